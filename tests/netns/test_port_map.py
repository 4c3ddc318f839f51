# SPDX-License-Identifier: GPL-3.0-or-later
# Routers that map ports let others in: by PCP, by NAT-PMP and by UPnP; others come in through it; it is taken away at the end.
import re
import time
import subprocess

from kithlab import check, need, wait_until
from natlab import NatLab

need("nft", "conntrack", "miniupnpd")


def nat(host):
    return host.json("status")["daemon"]["nat"]


def nat_line(host):
    """What kith status says of the NAT; it may take two lines."""
    return " ".join(re.search(r"NAT +(.*(?:\n {4,}.*)*)", host.kith("status").stdout).group(1).split())


def mapped_ports(home):
    """The outer ports that miniupnpd has mapped now, with their inner addresses."""
    rules = subprocess.run(["ip", "netns", "exec", home.router, "nft", "list", "chain", "inet", "kith", "prerouting_miniupnpd"],
                           capture_output=True, text=True, check=True).stdout
    return re.findall(r"dport (\d+).*dnat .*?to ([\d.]+:\d+)", rules)


def try_one(net, letter, way, peers):
    """A callee behind a symmetric NAT whose router maps ports: a caller behind a symmetric NAT meets it all the same."""
    home = net.home(letter, "sym", upnp=way)
    callee = home.host("callee" + letter.lower())
    callee.start_kith("callee" + letter.lower(), tone=660, bootstrap=peers)
    name = {"pcp": "PCP", "natpmp": "NAT-PMP", "upnp": "UPnP"}[way]

    def in_force():
        facts = nat(callee)
        return facts if facts["mapping"] == name and mapped_ports(home) else None

    facts = wait_until(in_force, 15, "%s maps a port" % name)
    check(facts["mapped-address"].startswith(home.wan_address + ":"), "%s maps a port: %s" % (name, facts["mapped-address"]))
    outer = facts["mapped-address"].split(":")[1]
    check(outer in [port for port, _ in mapped_ports(home)], "as the router's rules say: %s" % mapped_ports(home))
    line = nat_line(callee)
    check("port mapping by %s" % name in line, "`kith status` says: " + line)
    check("the router keeps a port open (%s, %s:" % (name, home.wan_address) in " ".join(callee.kith("doctor").stdout.split()),
          "`kith doctor` knows the mapping")
    return home, callee


def restart(home, callee):
    """The router starts anew and says so: what it mapped is there again at once, for the same outer port."""
    before, name = set(mapped_ports(home)), nat(callee)["mapping"]
    home.restart_miniupnpd()
    check(before and not mapped_ports(home), "the router starts anew and has forgotten %s" % sorted(before))

    def is_back():
        return before & set(mapped_ports(home)) if nat(callee)["mapped-address"].split(":")[1] in dict(mapped_ports(home)) else None

    after = wait_until(is_back, 8, "ports are mapped anew")
    check(nat(callee)["mapping"] == name, "%s maps %s again" % (name, sorted(after)))


with NatLab() as net:
    public = net.kith_network()
    peers = [node.address + ":4222" for node in public]
    caller = net.home("C", "sym").host("caller")
    caller.start_kith("caller", tone=440, bootstrap=peers)
    for letter, way in (("A", "pcp"), ("B", "natpmp"), ("E", "upnp")):
        home, callee = try_one(net, letter, way, peers)
        callee.wait_registered()
        # A node that has just found its STUN server listens anew, and the router maps that port a moment later.
        wait_until(lambda: nat(callee)["kind"] == "symmetric", 10, "the callee knows its NAT, and its last record went out")
        time.sleep(0.5)
        wait_until(lambda: "found by" in caller.kith("resolve", callee.name).stdout, 20, "the young network knows the callee")
        caller.kith_start("call", callee.name)
        incoming = callee.wait_call("incoming", 8)
        path = wait_until(lambda: caller.call_in("ringing"), 5, "the caller hears it ring")
        check(incoming and path, "symmetric × symmetric meets through the mapped port")
        callee.kith("answer")
        caller.wait_call("active")
        caller.kith("hangup")
        if way != "upnp":
            restart(home, callee)
        wait_until(lambda: len(mapped_ports(home)) <= 2, 12, "only the link's port and the listening agent's stay mapped")
        callee.stop_kith()
        wait_until(lambda: not mapped_ports(home), 3, "the mapping is taken away at the end")
        check(True, "the mapping is taken away when the node stops")

    # A carrier's NAT before the router: what that maps is of no use, and is not told to anybody.
    home = net.home("D", "port", cgn="port", upnp="natpmp")
    host = home.host("host")
    host.start_kith("host", bootstrap=peers)
    facts = wait_until(lambda: nat(host) if nat(host)["outer-nat"] else None, 15, "the second NAT is noticed")
    check(not mapped_ports(home) and facts["mapping"] == "", "behind a carrier's NAT nothing is mapped")
    line = nat_line(host)
    check("another NAT is before it" in line, "`kith status` says: " + line)
