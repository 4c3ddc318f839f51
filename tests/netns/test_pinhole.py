# SPDX-License-Identifier: GPL-3.0-or-later
# A router with an IPv6 firewall lets others in to the listening agent when it is asked by PCP, as long as the node runs.
import ipaddress
import os
import re
import subprocess
import time

from kithlab import check, need, sh, wait_until
from natlab import NatLab, inside

need("nft", "conntrack", "miniupnpd")


def nat(host):
    return host.json("status")["daemon"]["nat"]


def hole_of(host):
    """Address and port that the node says are open, or None."""
    found = re.match(r"\[(.*)\]:(\d+)$", nat(host)["pinhole"])
    return found.groups() if found else None


def pinholes(home):
    """Inner addresses and ports that the router's firewall lets others in to."""
    rules = subprocess.run(["ip", "netns", "exec", home.router, "nft", "list", "chain", "inet", "kith", "miniupnpd"],
                           capture_output=True, text=True, check=True).stdout
    # The destination is at bit 192 of the header; nft writes it as a number.
    found = re.findall(r"dport (\d+) @nh,192,128 0x([0-9a-f]+)", rules)
    return [(str(ipaddress.IPv6Address(int(address, 16))), port) for port, address in found]


def requests(net, home):
    """So many MAP requests came to the router so far."""
    with open("%s/miniupnpd-%s.log" % (net.dir, home.letter)) as log:
        return len(re.findall(r"PCP request received from .* 60bytes", log.read()))


def arrives(host, sender, address, port):
    """TRUE when a datagram that nobody asked for comes from @sender to this address and port of @host."""
    inside(host.space, "nft", "add table ip6 count; add chain ip6 count in { type filter hook input priority -200; };"
           " flush chain ip6 count in; add rule ip6 count in udp dport %s counter" % port)
    sh("ip", "netns", "exec", sender.space, "python3", "-c",
       "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b'x', ('%s', %s))" % (address, port))
    try:
        wait_until(lambda: "packets 0 " not in subprocess.run(
            ["ip", "netns", "exec", host.space, "nft", "list", "table", "ip6", "count"], capture_output=True, text=True, check=True).stdout, 1, "")
    except AssertionError:
        return False
    return True


with NatLab(v6=True) as net:
    # One address each: a library that answers from a wildcard socket may take the other one, and a firewall drops that.
    public = [net.public(name, two_addresses=False) for name in ("carol", "dave")]
    peers = [text % getattr(node, key) for node in public for key, text in (("address", "%s:4222"), ("address6", "[%s]:4222"))]
    for node in public:
        node.start_kith(node.name, bootstrap=[peer for peer in peers if node.address not in peer and node.address6 not in peer],
                        options=["--dht-port", "4222"])
    home = net.home("A", "sym", upnp="pcp")
    callee = home.host("callee")
    # As routers announce themselves: by an address that means something on one interface only.
    words = subprocess.run(["ip", "netns", "exec", home.router, "ip", "-6", "-o", "addr", "show", "dev", "lan", "scope", "link"],
                           capture_output=True, text=True, check=True).stdout
    callee.ip("-6", "route", "replace", "default", "via", re.search(r"inet6 (fe80[^/]*)", words).group(1), "dev", "eth0", "metric", "100")
    # Kith nodes answer STUN on their DHT port; named like this, one is asked by IPv6 at once, and not only when the young DHT has found it.
    with open(os.path.join(callee.dir, "kith.conf"), "w") as conf:
        conf.write("[dht]\ndiscovery=false\n[link]\nstun=[%s]:4222\n" % public[0].address6)
    callee.start_kith("callee", tone=660, bootstrap=peers)
    hole = wait_until(lambda: nat(callee)["pinhole"], 15, "the router opens its firewall")
    check(hole_of(callee) in pinholes(home), "the router's firewall is opened for %s: %s" % (hole, pinholes(home)))
    line = " ".join(callee.kith("status").stdout.split())
    check("IPv6 firewall opened by PCP, " + hole.split("]:")[0] in line, "`kith status` says so")
    doctor = " ".join(callee.kith("doctor").stdout.split())
    check("and one in its IPv6 firewall" in doctor, "`kith doctor` knows it")
    callee.wait_registered()
    facts = wait_until(lambda: nat(callee) if "unknown" not in (nat(callee)["ipv6-kind"], nat(callee)["kind"]) else None, 20, "both are found out")
    check(facts["ipv6-kind"] == "firewall" and facts["kind"] == "symmetric", "a host with both knows its NAT and its IPv6 firewall: %s, %s" %
          (facts["kind"], facts["ipv6-kind"]))
    address, port = hole_of(callee)
    check(arrives(callee, public[0], address, port), "somebody who was never sent anything comes in to it")
    check(not arrives(callee, public[0], address, int(port) - 1), "and to no other port")

    # Whoever forges announcements makes the node ask again once, not once for each.
    before = requests(net, home)
    sh("ip", "netns", "exec", home.router, "python3", "-c", "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM);"
       " s.bind(('%s.1', 0)); [s.sendto(bytes([2, 128] + [0] * 22), ('224.0.0.1', 5350)) for i in range(100)]" % home.prefix)
    wait_until(lambda: requests(net, home) > before, 3, "the node asks whether its mappings are still there")
    time.sleep(2)
    check(requests(net, home) - before <= 8, "a hundred forged announcements are good for %d requests" % (requests(net, home) - before))

    home.restart_miniupnpd()
    check(not pinholes(home), "the router that starts anew has forgotten it")
    address, port = wait_until(lambda: hole_of(callee) if hole_of(callee) in pinholes(home) else None, 14, "it is opened anew")
    check(arrives(callee, public[1], address, port), "after the router started anew it is open again")

    callee.stop_kith()
    wait_until(lambda: not pinholes(home), 3, "it is closed at the end")
    check(not arrives(callee, public[1], address, port), "when the node stops, the firewall is closed")
