# SPDX-License-Identifier: GPL-3.0-or-later
# Calls between kithd and an ordinary telephone: either calls, either hangs up, over UDP and TCP, IPv4 and IPv6, voice both ways.
from interop import Scene, check


def spoken(scene, kith, phone, media, how):
    phone.hz += 110  # not the tone of the call before
    phone.sound.start(media.address, hz=phone.hz)
    check(scene.hears(phone, 1000), how + ": the telephone hears 1000 Hz")
    check(scene.hears(kith, phone.hz), "%s: alice hears %d Hz" % (how, phone.hz))
    phone.sound.stop()


with Scene() as scene:
    kith = scene.kith("alice", tone=1000, options=["--sip-bind", "0.0.0.0"])
    for how, phone in (("UDP", scene.phone(tone=440)), ("TCP", scene.phone(transport="tcp", tone=660))):
        call = phone.dial(kith)
        ok = call.answered(kith)
        if check(ok is not None and ok.status == 200, how + ": a call to kithd is answered"):
            spoken(scene, kith, phone, ok.media, how)
            bye = call.bye()
            check(bye is not None and bye.status == 200 and kith.wait_state("ended"), how + ": the telephone hangs up")

        running = kith.start("call", phone.uri)
        call = phone.take()
        if check(call is not None, how + ": a call of kithd arrives"):
            check(call.accept() is not None, how + ": the 200 is acknowledged")
            spoken(scene, kith, phone, call.incoming_request.media, how)
            kith.kith("hangup")
            bye = call.expect("BYE")
            check(bye is not None, how + ": alice hangs up")
            call.reply(200, "OK", request=bye)
            check(running.wait(5) == 0, how + ": `kith call` ends well")
    kith.stop()

    kith = scene.kith("carol", tone=1000, options=["--sip-bind", "::"])
    phone = scene.phone(v6=True, tone=880)
    call = phone.dial(kith.at6)
    ok = call.answered(kith)
    if check(ok is not None and ok.status == 200, "IPv6: a call to kithd is answered"):
        spoken(scene, kith, phone, ok.media, "IPv6")
        kith.kith("hangup")
        bye = call.expect("BYE")
        check(bye is not None, "IPv6: kithd hangs up")
        call.reply(200, "OK", request=bye)
