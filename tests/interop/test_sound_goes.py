# SPDX-License-Identifier: GPL-3.0-or-later
# Where the sound of an ordinary call goes: never to a third host, nor to an address of this computer, and not on to somebody who holds the call.
import os
import struct
import time

from interop import BUILD, Scene, check

FORMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/sdp/odd-forms.txt")


def rtp(seq, ssrc):
    return struct.pack(">BBHII", 0x80, 0, seq, seq * 160, ssrc) + b"\xff" * 160


def invited(phone, kith, body):
    call = phone.call_to(kith)
    call.invite(body)
    return call


def behind_a_nat(scene, kith, phone, thief):
    """The telephone says 192.168.1.2 and is not there; a third host sends first."""
    call = invited(phone, kith, phone.describe(connection="192.168.1.2"))
    ok = call.answered(kith)
    if not check(ok is not None and ok.status == 200, "a call from behind a NAT is answered"):
        return
    for seq in range(20):
        thief.sound.send(rtp(seq, 0xdeadbeef), ok.media.address)
        time.sleep(0.01)
    phone.sound.start(ok.media.address, hz=440)
    for seq in range(20, 120):
        thief.sound.send(rtp(seq, 0xdeadbeef), ok.media.address)
        time.sleep(0.01)
    check(scene.hears(phone, 1000) and scene.hears(kith, 440), "both hear each other")
    check(not thief.sound.since(0), "the third host gets no packet (%d)" % len(thief.sound.since(0)))
    phone.sound.stop()
    call.bye()


def refused_places(kith, phone):
    for place, port in (("127.0.0.1", 4000), (kith.ip, 4000), (kith.ip, 5060), ("224.1.2.3", 4000), ("169.254.1.1", 4000)):
        text = phone.describe(connection=place).replace("m=audio %d" % phone.sound.port, "m=audio %d" % port)
        call = invited(phone, kith, text)
        answer = call.expect(lambda m: m.status >= 180)
        check(answer is not None and answer.status == 488, "c=%s port %d is refused (%s)" % (place, port, answer.status if answer else None))


def held(scene, kith, phone):
    call = phone.dial(kith)
    ok = call.answered(kith)
    phone.sound.start(ok.media.address, hz=550)
    check(scene.hears(phone, 1000), "the telephone hears kithd")
    version = 2
    for how, options in (("sendonly", {"direction": "sendonly"}), ("0.0.0.0", {"connection": "0.0.0.0", "direction": None}), ("back", {})):
        call.invite(phone.describe(version=version, **options))
        version += 1
        answer = call.expect(200, "INVITE")
        call.ack()
        time.sleep(0.3)
        since = time.monotonic()
        time.sleep(0.4)
        packets = len(phone.sound.since(since))
        shown = kith.kith("show").out
        if how == "back":
            check(answer is not None and packets > 10 and "held" not in shown, "taken back: sound flows again (%d)" % packets)
        else:
            check(answer is not None and "a=recvonly" in answer.body, how + " is answered recvonly")
            check(packets == 0 and "held by them" in shown, "%s: no packet (%d), and it is shown" % (how, packets))
    phone.sound.stop()
    call.bye()


def named(scene, kith, phone):
    scene.alias("phone.lab", phone.ip)
    call = invited(phone, kith, phone.describe().replace("c=IN IP4 " + phone.ip, "c=IN IP4 phone.lab"))
    ok = call.answered(kith)
    check(ok is not None and scene.hears(phone, 1000), "a name in c= is looked up when the call is answered")
    call.bye()


def odd_forms(kith, phone):
    with open(FORMS, encoding="ascii") as lines:
        forms = lines.read().split("\n== ")[1:]
    wrong = []
    for form in [f for f in forms if "\n=> rings 0 192.0.2.7" in f and "\\x00" not in f][::4]:  # a message with a NUL comes not so far
        name, _, text = form.split("\n", 2)
        body = b"".join(bytes([int(p[:2], 16)]) + p[2:].encode() if n else p.encode() for n, p in enumerate(text.replace("\n", "\r\n").split("\\x")))
        call = invited(phone, kith, body)
        first = call.expect(lambda m: m.status >= 180)
        if first is None or first.status != 180:
            wrong.append("%s: %s" % (name, first.status if first else None))
        else:
            call.request("CANCEL")
            call.expect(487)
    check(not wrong, "descriptions of real devices ring %s" % wrong)


with Scene() as scene:
    kith = scene.kith("alice", tone=1000, options=["--sip-bind", "0.0.0.0"])
    phone, thief = scene.phone(), scene.phone(ip="10.9.0.200")
    behind_a_nat(scene, kith, phone, thief)
    refused_places(kith, phone)
    held(scene, kith, phone)
    named(scene, kith, phone)
    odd_forms(kith, phone)
    check(kith.alive(), "kithd lives")
