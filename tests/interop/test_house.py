# SPDX-License-Identifier: GPL-3.0-or-later
# The phones of alice's house: they dial bob and each other, ring when bob calls, hold, are refused, and go on when kith-edge dies.
import os
import time

from house import edge_pid, register, talks
from interop import Scene, check, wait_until

with Scene() as scene:
    alice = scene.kith("alice", tone=1000)
    bob = scene.kith("bob", tone=660, bootstrap=[alice])
    check(alice.wait_registered() and bob.wait_registered(), "both nodes are registered")
    desk, dect = scene.phone(name="desk", tone=440), scene.phone(name="dect", tone=880, transport="tcp")
    desk_account, dect_account = register(alice, desk), register(alice, dect, "--class", "guest")

    # desk dials bob, who answers: in the codec that both have
    call = desk.dial(alice, user="bob")
    check(call.expect(180, "INVITE") is not None and bob.wait_state("incoming"), "bob rings, and desk hears of it")
    check(call.phone.quiet(0.3, lambda m: m.status == 200), "but it is not answered yet")
    check(bob.kith("answer").code == 0, "bob answers")
    ok = call.expect(200, "INVITE")
    call.ack()
    check(ok is not None and "0" in ok.media.formats, "desk has the answer, in its codec")
    check(talks(scene, desk, ok.media, bob, 660), "desk and bob hear each other")
    legs = alice.calls()[-1]["legs"]
    check([(leg["kind"], leg["how"]) for leg in legs] == [("link", "relay"), ("phone", "relay")], "packets are relayed: %s" % legs)

    # hold, and on
    call.invite(desk.describe(direction="sendonly", version=2))
    held = call.expect(200, "INVITE")
    call.ack()
    check(held is not None and held.media.direction == "recvonly", "hold is answered")
    check(bob.wait_state("active") and wait_until(lambda: bob.calls()[-1]["held-by-peer"], 3), "and bob is told")
    check(alice.wait_state("held"), "alice's node says held")
    call.invite(desk.describe(version=3))
    check(call.expect(200, "INVITE") is not None, "and off hold")
    call.ack()
    check(wait_until(lambda: not bob.calls()[-1]["held-by-peer"], 5) and alice.wait_state("active"), "bob is told that, too")

    # a re-INVITE without an offer
    call.invite("")
    offer = call.expect(200, "INVITE")
    check(offer is not None and offer.media.port > 0, "asked for an offer, kithd makes one")
    call.ack(desk.describe(version=4))
    check(talks(scene, desk, offer.media, bob, 660), "they hear each other still")

    # kith-edge dies in the call
    pid = edge_pid(alice)
    os.kill(pid, 9)
    check(wait_until(lambda: edge_pid(alice) not in (0, pid), 5, 0.1), "kith-edge is back")
    bye = None
    for _ in range(20):  # its socket opens in a moment
        bye = call.bye(0.3)
        if bye is not None:
            break
    dect.hang_up_tcp()
    check(dect_account.register().status == 200, "dect, whose connection ended, registers anew")
    check(bye is not None and bye.status == 200 and bob.wait_state("ended"), "BYE ends the call at both ends")

    # what does not come to a call
    call = desk_account.dial("bob")
    check(call.expect(180, "INVITE") is not None, "bob rings again")
    check(bob.kith("reject", "--busy").code == 0 and call.expect(486, "INVITE") is not None, "bob is busy: 486")
    call = desk_account.dial("bob")
    check(call.expect(180, "INVITE") is not None, "and again")
    call.request("CANCEL")
    check(call.expect(200, "CANCEL") is not None and call.expect(487, "INVITE") is not None, "desk gives up")
    check(bob.wait_state("ended"), "and bob's phone stops")
    check(desk_account.dial("0301234567").expect(404, "INVITE") is not None, "no line leads out: 404")
    check(dect_account.dial("bob").expect(403, "INVITE") is not None, "a guest's phone calls no people: 403")
    check(desk_account.dial("nobody-of-that-name").expect(404, "INVITE", 8) is not None, "nobody of that name: 404")
    other = scene.phone(ip=desk.ip, port=5070, name="desk")
    check(other.dial(alice, user="bob").expect(407, "INVITE") is not None, "who calls as desk from another port has to prove it")

    # desk dials dect
    call = desk_account.dial("dect")
    inner = dect.take()
    check(inner is not None, "dect rings")
    inner.accept()
    ok = call.expect(200, "INVITE")
    call.ack()
    desk.sound.start(ok.media.address)
    dect.sound.start(inner.incoming_request.media.address)
    check(scene.hears(desk, 880) and scene.hears(dect, 440), "desk and dect hear each other")
    desk.sound.stop()
    dect.sound.stop()
    inner.request("BYE")
    check(call.expect("BYE") is not None, "dect hangs up, and desk hears of it")
    call.reply(200, request=call.phone.seen[-1])

    # bob calls alice: all ring, dect answers
    running = bob.start("call", "alice")
    first, second = desk.take(8), dect.take(8)
    check(first is not None and second is not None and alice.wait_state("incoming"), "both phones ring, and alice's node")
    check("bob" in second.incoming_request["from"], "they show bob: %s" % second.incoming_request["from"])
    first.reply(180, "Ringing")
    check(second.accept() is not None, "dect answers")
    cancel = first.expect("CANCEL")
    check(cancel is not None and "cause=200" in (cancel["reason"] or ""), "desk stops: completed elsewhere")
    first.reply(200, request=cancel)
    first.reply(487, "Request Terminated")
    check(talks(scene, dect, second.incoming_request.media, bob, 660), "dect and bob hear each other")
    check(alice.wait_state("active"), "the call is active")
    check(bob.kith("hangup").code == 0 and second.expect("BYE") is not None, "bob hangs up: BYE to dect")
    second.reply(200, request=dect.seen[-1])
    running.wait(5)

    # and once more: alice answers at her node
    running = bob.start("call", "alice")
    first, second = desk.take(8), dect.take(8)
    check(first is not None and second is not None, "both phones ring again")
    first.reply(180, "Ringing")
    second.reply(180, "Ringing")
    check(alice.kith("answer").code == 0, "alice answers at her node")
    for ringing in (first, second):
        cancel = ringing.expect("CANCEL")
        check(cancel is not None and "cause=200" in (cancel["reason"] or ""), "%s stops" % ringing.phone.name)
        ringing.reply(200, request=cancel)
        ringing.reply(487, "Request Terminated")
    check(scene.hears(bob, 1000), "bob hears alice's microphone")
    check(alice.kith("hangup").code == 0, "alice hangs up")
    running.wait(5)
    time.sleep(0.2)
