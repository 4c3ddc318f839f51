# SPDX-License-Identifier: GPL-3.0-or-later
# IPv6 alone: from the start, by a first node with two addresses; and in the middle of a call, where all nodes had met over IPv4.
import time

from kithlab import check, need, wait_until
from natlab import NatLab
from nattalk import Bed

need("gdbus", "nft", "conntrack")

with NatLab(v6=True) as net:
    carol = net.kith_network()[0]
    alice = net.home("A", "port").host("alice")
    alice.only("v6")
    alice.start_kith("alice", tone=440, bootstrap=["[%s]:4222" % carol.address6], options=["--dht-port", "4222"], wait=False)
    wait_until(alice.registered, 20, "behind a firewall, with IPv6 only, by a node that has two addresses: registered")

with Bed(v6=True) as bed, bed.pair("port", "port") as pair:
    alice, bob = pair.alice, pair.bob
    worked, call_a, _ = pair.connect()
    check(worked, "a call over either family")
    time.sleep(3)
    alice.only("v6")
    time.sleep(4)
    check(alice.call_facts(call_a)["State"] == "active", "goes on when only IPv6 is left")
    pair.hang_up(call_a)
    begun = time.monotonic()
    wait_until(alice.registered, 45, "then the node is registered, though every bootstrap host was named by IPv4")
    print("      after %.1f s" % (time.monotonic() - begun))
    call = bob.kith_start("call", alice.name)
    alice.wait_call("incoming", 8)
    check(True, "and can be called")
    check(alice.kith("answer").returncode == 0, "answers")
    time.sleep(1)
    bob.kith("hangup")
    call.wait(5)
    check("directly" in bob.kith("why").stdout, "directly")
