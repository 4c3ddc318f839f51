# SPDX-License-Identifier: GPL-3.0-or-later
# Every node finds out what kind of NAT it is behind and how it is seen, with two other Kith nodes as its only witnesses.
import re

from kithlab import check, need, wait_until
from natlab import KINDS, NatLab

need("nft", "conntrack")
# As the laboratory names them, and as Kith does.
WORDS = {"none": "none", "full": "full-cone", "addr": "address-restricted", "port": "port-restricted", "sym": "symmetric", "blocked": "blocked"}


def nat(host):
    return host.json("status")["daemon"]["nat"]


def wait_kind(host, word, seconds=12):
    def found():
        facts = nat(host)
        return facts if facts["kind"] == word else None
    try:
        return wait_until(found, seconds, "%s is behind %s" % (host.name, word))
    except AssertionError as error:
        raise AssertionError("%s, but says %s" % (error, nat(host))) from error


with NatLab() as net:
    public = net.kith_network()
    peers = [node.address + ":4222" for node in public]
    hosts = []
    for letter, kind in zip("ABCDEF", KINDS):
        host = net.home(letter, kind).host("h" + letter.lower())
        hosts.append((host.start_kith(host.name, bootstrap=peers), kind))
    hosts.append((net.home("G", "full", cgn="port").host("hg"), "port"))
    hosts[-1][0].start_kith("hg", bootstrap=peers)
    for host, kind in hosts:
        facts = wait_kind(host, WORDS[kind])
        home = host.home
        outer = host.address if kind == "none" else home.wan_address
        seen = facts["seen-as"].split(":")[0]
        check(seen == ("" if kind == "blocked" else outer), "%-8s %s, seen as %s by %d" %
              (kind, facts["text"], facts["seen-as"] or "nobody", facts["witnesses"]))
    check(nat(public[0])["kind"] == "none", "the witnesses themselves have no NAT")

    line = re.search(r"NAT +(.*)", hosts[3][0].kith("status").stdout).group(1)
    check(re.match(r"port-restricted NAT, seen as [\d.]+:\d+ by [1-9] others?$", line), "`kith status` says: " + line)
    lines = re.findall(r"remedy +(.*)", hosts[5][0].kith("status").stdout)
    check(any("TURN" in line for line in lines), "and where UDP is blocked what to do: %s" % lines)

    # The modem starts anew: the router has another address, and nobody tells the host.
    behind = hosts[2][0]
    behind.home.renumber()
    wait_until(lambda: nat(behind)["seen-as"].startswith(behind.home.wan_address), 30, "the router's new address is noticed")
    check(True, "the router's new address is noticed: %s" % nat(behind)["seen-as"])

    # The addresses change: everything is asked anew.
    moved = hosts[3][0]
    moved.home.set_kind("sym")
    moved.roam()
    check(wait_kind(moved, "symmetric"), "after a move behind another NAT that one is found")
    late = hosts[5][0]
    late.home.set_kind("addr")
    facts = wait_kind(late, "address-restricted", 60)
    check(facts["seen-as"].startswith(late.home.wan_address), "UDP is let through again: %s" % facts["text"])
