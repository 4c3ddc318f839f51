# SPDX-License-Identifier: GPL-3.0-or-later
# Descriptions that come late or early: INVITE and re-INVITE without one, sound before the answer, a 200 that relies on its 183; a 302; a Contact behind a NAT.
import time

from interop import Scene, check


def forget(phone):
    """What the telephone heard until now does not count."""
    time.sleep(0.2)
    phone.sound.packets.clear()


with Scene() as scene:
    kith = scene.kith("alice", tone=1000)
    phone = scene.phone(tone=440)

    # 3PCC, click-to-dial: no offer in the INVITE, the answer comes in the ACK
    call = phone.call_to(kith)
    call.contact = "<sip:phone@192.168.44.4:5060>"  # behind a NAT: what goes there is lost
    call.invite("")
    ringing = call.expect(180)
    check(ringing is not None and kith.wait_state("incoming"), "an INVITE without an offer rings")
    kith.kith("answer")
    ok = call.expect(200, "INVITE")
    if check(ok is not None and ok.media is not None, "the 200 carries our offer"):
        check(ok.media.direction == "sendrecv" and len(ok.media.formats) >= 3, "it is complete: %s, %s" % (ok.media.direction, ok.media.formats))
        call.theirs = ok["to"]
        call.ack(phone.describe())
        phone.sound.start(ok.media.address)
        check(scene.hears(phone, 1000) and scene.hears(kith, 440), "voice both ways with the answer of the ACK")

        # a PBX that holds, and asks for an offer to resume
        call.invite(phone.describe(direction="sendonly", version=2))
        held = call.expect(200, "INVITE")
        check(held is not None and held.media.direction in ("recvonly", "inactive"), "held by a re-INVITE")
        call.ack()
        forget(phone)
        call.invite("")
        again = call.expect(200, "INVITE")
        whole = again is not None and again.media.direction == "sendrecv" and len(again.media.formats) >= 3
        if check(whole, "a re-INVITE without an offer gets a complete one"):
            call.ack(phone.describe(version=3))
            check(scene.hears(phone, 1000), "and its answer in the ACK brings the voice back")
        phone.sound.stop()
        kith.kith("hangup")
        bye = call.expect("BYE")
        if check(bye is not None, "BYE goes to where the telephone speaks from, not to its private Contact"):
            call.reply(200, "OK", request=bye)

    call = phone.call_to(kith)
    call.invite("")
    call.expect(180)
    kith.wait_state("incoming")
    kith.kith("answer")
    ok = call.expect(200, "INVITE")
    call.theirs = ok["to"]
    call.ack()
    bye = call.expect("BYE")
    if check(bye is not None, "an ACK without the answer ends in BYE"):
        call.reply(200, "OK", request=bye)

    # an announcement before the answer, and a 200 that says no more than its 183
    running = kith.start("call", phone.uri)
    call = phone.take()
    forget(phone)
    call.reply(183, "Session Progress", body=phone.describe())
    phone.sound.start(call.incoming_request.media.address)
    check(kith.wait_state("early"), "the state is early")
    check(scene.hears(kith, 440), "what comes before the answer is heard")
    check(len(phone.sound.packets) == 0, "no packet of ours before the answer (%d)" % len(phone.sound.packets))
    call.reply(200, "OK")
    check(call.expect("ACK") is not None, "a 200 without a description is an answer")
    check(scene.hears(phone, 1000) and kith.wait_state("active"), "then both hear each other")
    phone.sound.stop()
    bye = call.bye()
    check(bye is not None and bye.status == 200 and running.wait(5) == 0, "and the call ends well")

    # a desk phone with forwarding
    running = kith.start("call", phone.uri)
    call = phone.take()
    call.contact = "<sip:home@10.9.0.77:5070>"
    call.reply(302, "Moved Temporarily", fields=["Contact: <sip:home@10.9.0.77:5070>"])
    call.expect("ACK")
    code = running.wait(5)
    check(code == 15, "302: unreachable (exit code %s)" % code)
    show = kith.json("show", str(kith.calls()[-1]["call"]))
    check(show.get("moved-to") == "sip:home@10.9.0.77:5070", "where to is told: %s" % show.get("moved-to"))
    check(phone.quiet(0.5, "INVITE"), "and not dialled")
