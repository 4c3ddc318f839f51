# SPDX-License-Identifier: GPL-3.0-or-later
# The NAT laboratory is what it says: each kind of router proves its kind, also after its address and its ports have changed.
from kithlab import check, need
from natlab import KINDS, NatLab, verify

need("nft", "conntrack")

with NatLab(v6=True) as net:
    hosts = [net.home(letter, kind).host("h" + letter.lower()) for letter, kind in zip("ABCDEF", KINDS)]
    hosts.append(net.home("G", "port", cgn="port").host("hg"))
    hosts.append(net.home("H", "full", cgn="sym").host("hh"))
    before = verify(net, hosts)
    for host, kind, found, is_right in before:
        check(is_right, "%-8s%s: %s" % (kind, " behind a carrier's NAT" if host.home.cgn else "", found))
    for home in net.homes.values():
        if home.kind != "none":
            home.renumber()
        if (home.cgn or home.kind) in ("port", "sym"):
            home.rebind()
    hosts[3].roam()
    for (host, kind, found, is_right), (_, _, old, _) in zip(verify(net, hosts), before):
        check(is_right, "%-8s with another address: %s" % (kind, found.get("seen", "nothing")))
        if found["udp"] and kind != "none":
            check(found["seen"].split(":")[0] != old["seen"].split(":")[0], "%-8s was %s" % (kind, old["seen"]))
    net.homes["D"].cut()
    found = verify(net, [hosts[3]])[0][2]
    check(not found["udp"], "nothing passes where the wire is cut")
    net.homes["D"].mend()
    check(verify(net, [hosts[3]])[0][3], "and everything when it is mended")
