# SPDX-License-Identifier: GPL-3.0-or-later
# Calls of alice's phones by number: a contact's, a phone's from the node itself; with the sound of both sides, and the tones of calls that fail.
from house import register, talks
from interop import Scene, check, wait_until


def tone_then(desk, call, hz, status):
    """183 with a tone of @hz, and after three seconds @status."""
    early = call.expect(183, "INVITE")
    check(early is not None and early.media.port > 0, "183 describes the sound of a tone")
    desk.sound.start(early.media.address)
    check(wait_until(lambda: desk.sound.heard(hz, 1.0) > 0.2, 4, 0.1), "desk hears %d Hz" % hz)
    final = call.expect(status, "INVITE", 8)
    check(final is not None and final.time - early.time > 2, "then %d, and no sooner than after the tone" % status)
    desk.sound.stop()


with Scene() as scene:
    alice = scene.kith("alice", tone=1000)
    bob = scene.kith("bob", tone=660, bootstrap=[alice])
    check(alice.wait_registered() and bob.wait_registered(), "both nodes are registered")
    desk = scene.phone(name="desk", tone=440)
    desk_account = register(alice, desk)

    # a contact's number
    key = bob.json("status")["accounts"][0]["key"]
    check(alice.kith("contact", "add", key, "--name=bob").code == 0, "bob is alice's contact")
    taken = alice.kith("contact", "set", "bob", "--number", "11")
    check(taken.code != 0 and "Number 11 is desk's: choose another with --number" in taken.out, "11 is desk's: %s" % taken.out.strip())
    check(alice.kith("contact", "set", "bob", "--number", "0").code != 0, "0 is no number")
    check(alice.json("contact", "set", "bob", "--number", "12")["number"] == "12", "bob has number 12")
    check("Number 12 is bob's" in alice.kith("phone", "add", "attic", "--number", "12").out, "which no phone gets")
    check("number 13" in alice.kith("phone", "add", "attic").out, "nor by itself")
    call = desk_account.dial("12")
    check(call.expect(180, "INVITE", 8) is not None and bob.wait_state("incoming"), "desk dials 12, and bob rings")
    bob.kith("answer")
    ok = call.expect(200, "INVITE")
    call.ack()
    check(ok is not None and talks(scene, desk, ok.media, bob, 660), "desk and bob hear each other")
    check(call.bye().status == 200 and bob.wait_state("ended"), "desk hangs up")

    # calls that fail
    tone_then(desk, desk_account.dial("0301234567"), 950, 404)
    check("The number 0301234567 is nobody’s in this house, and no line leads out." in alice.kith("why").out, "kith why says why")
    call = desk_account.dial("bob")
    check(call.expect(180, "INVITE", 8) is not None and bob.kith("reject", "--busy").code == 0, "bob rings, and is busy")
    tone_then(desk, call, 425, 486)
    check("bob is in another call." in alice.kith("why").out, "kith why says that, too")

    # keys between two phones: one knows packets for them, the other INFO alone
    dect = scene.phone(name="dect", tone=880, transport="tcp")
    check(register(alice, dect).register("Contact: <sip:dect@192.0.2.9:5060>", "Expires: 600").status == 200, "dect is behind a NAT: calls by kithd")
    call = desk_account.dial("dect")
    inner = dect.take()
    inner.reply(200, "OK", dect.describe(formats=(0,)), fields=["Allow: INVITE, ACK, BYE, CANCEL, INFO"])
    ok = call.expect(200, "INVITE")
    call.ack()
    check(inner.expect("ACK") is not None and "101" in ok.media.formats, "desk and dect talk, desk alone with packets for keys")
    desk.sound.start(ok.media.address)
    dect.sound.start(inner.incoming_request.media.address)
    check(scene.hears(desk, 880) and scene.hears(dect, 440), "they hear each other")
    desk.sound.stop()  # all packets of a key have one timestamp
    desk.sound.digit(ok.media.address, "7")
    info = inner.expect("INFO")
    check(info is not None and "Signal=7" in info.body, "dect is told of desk's key by INFO")
    inner.reply(200, request=info)
    before = len(desk.sound.packets)
    inner.request("INFO", "Signal=#\r\nDuration=160\r\n", "application/dtmf-relay")
    check(inner.expect(200, "INFO") is not None, "dect's INFO is answered")
    check(wait_until(lambda: {event for event in desk.sound.events(before)} == {11}, 3), "desk is told of it by packets: %s" % desk.sound.events(before))
    dect.sound.stop()
    check(call.bye().status == 200 and inner.expect("BYE") is not None, "desk hangs up")
    inner.reply(200, request=dect.seen[-1])

    # the node calls its phone
    for word in ("desk", "11"):
        running = alice.start("call", word)
        call = desk.take()
        check(call is not None and "alice" in call.incoming_request["from"], "kith call %s rings desk, which shows alice" % word)
        check(call.accept() is not None and alice.wait_state("connecting"), "desk answers")
        check(talks(scene, desk, call.incoming_request.media, alice, 1000), "desk and alice's node hear each other")
        check(alice.wait_state("active"), "the call is active")
        check(call.bye().status == 200 and alice.wait_state("ended"), "desk hangs up")
        running.wait(5)
    failed = alice.kith("call", "attic")
    check(failed.code == 15 and "The phone attic is not registered now." in failed.out, "attic is not registered: %s" % failed.out.strip().splitlines()[-1:])
