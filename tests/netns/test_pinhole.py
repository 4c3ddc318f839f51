# SPDX-License-Identifier: GPL-3.0-or-later
# A router with an IPv6 firewall lets others in to the listening agent when it is asked by PCP, as long as the node runs.
import ipaddress
import re
import subprocess

from kithlab import check, need, sh, wait_until
from natlab import NatLab, inside

need("nft", "conntrack", "miniupnpd")


def nat(host):
    return host.json("status")["daemon"]["nat"]


def pinholes(home):
    """Inner addresses and ports that the router's firewall lets others in to."""
    rules = subprocess.run(["ip", "netns", "exec", home.router, "nft", "list", "chain", "inet", "kith", "miniupnpd"],
                           capture_output=True, text=True, check=True).stdout
    # The destination is at bit 192 of the header; nft writes it as a number.
    found = re.findall(r"dport (\d+) @nh,192,128 0x([0-9a-f]+)", rules)
    return [(str(ipaddress.IPv6Address(int(address, 16))), port) for port, address in found]


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
    callee.start_kith("callee", tone=660, bootstrap=peers)
    hole = wait_until(lambda: nat(callee)["pinhole"], 15, "the router opens its firewall")
    address, port = re.match(r"\[(.*)\]:(\d+)$", hole).groups()
    check((address, port) in pinholes(home), "the router's firewall is opened for %s: %s" % (hole, pinholes(home)))
    line = " ".join(callee.kith("status").stdout.split())
    check("IPv6 firewall opened by PCP, " + hole in line, "`kith status` says so")
    doctor = " ".join(callee.kith("doctor").stdout.split())
    check("and one in its IPv6 firewall" in doctor, "`kith doctor` knows it")
    callee.wait_registered()
    facts = wait_until(lambda: nat(callee) if nat(callee)["ipv6-kind"] != "unknown" else None, 20, "the IPv6 firewall is found out")
    check(facts["ipv6-kind"] == "firewall" and facts["kind"] == "symmetric", "a host with both knows its NAT (%s) and its IPv6 firewall" % facts["kind"])
    address, port = re.match(r"\[(.*)\]:(\d+)$", nat(callee)["pinhole"]).groups()
    check(arrives(callee, public[0], address, port), "somebody who was never sent anything comes in to it")
    check(not arrives(callee, public[0], address, int(port) - 1), "and to no other port")

    home.restart_miniupnpd()
    wait_until(lambda: (address, port) in pinholes(home), 8, "it is opened anew")
    check(arrives(callee, public[1], address, port), "after the router started anew it is open again")

    callee.stop_kith()
    wait_until(lambda: not pinholes(home), 3, "it is closed at the end")
    check(not arrives(callee, public[1], address, port), "when the node stops, the firewall is closed")
