# SPDX-License-Identifier: GPL-3.0-or-later
# Requests outside of a call: each gets a number, none silence; keep-alives get none; a call rings afterwards and can be cancelled or refused; strangers=refuse.
from interop import Scene, check

REQUESTS = [
    ("OPTIONS", "", "", ["Accept: application/sdp"], (200,)),
    ("MESSAGE", "good day", "text/plain", [], (405,)),
    ("NOTIFY", "Messages-Waiting: yes\r\n", "application/simple-message-summary", ["Event: message-summary", "Subscription-State: active"], (405, 481, 489)),
    ("SUBSCRIBE", "", "", ["Event: dialog", "Expires: 600"], (405, 489)),
    ("PUBLISH", "", "", ["Event: presence", "Expires: 600"], (405, 489)),
    ("REFER", "", "", ["Refer-To: <sip:200@10.9.0.100>"], (405, 603)),
    ("REGISTER", "", "", ["Expires: 120"], (403, 405)),
    ("INFO", "Signal=5\r\n", "application/dtmf-relay", [], (405, 481)),
    ("BYE", "", "", [], (481,)),
]

with Scene() as scene:
    kith, phone = scene.kith("alice"), scene.phone()
    for data in (b"\r\n\r\n", b"\0", b"", b"jaK"):
        phone.send(data, (kith.ip, kith.port))
    for method, body, kind, fields, right in REQUESTS:
        call = phone.call_to(kith)
        call.request(method, body, kind, fields)
        answer = call.expect(lambda m: m.status >= 200, seconds=2)
        check(answer is not None and answer.status in right, "%s: %s" % (method, answer.first if answer else "silence"))
        if answer is not None and answer.status in (200, 405):
            check("INVITE" in answer["allow"], "  its Allow: " + answer["allow"])
    check(phone.quiet(0.3, lambda m: not m["call-id"].endswith("@phone")), "keep-alives are not answered with a message")

    call = phone.dial(kith)
    check(call.expect(180) is not None and kith.wait_state("incoming"), "a call rings afterwards")
    call.request("CANCEL")
    check(call.expect(200, "CANCEL") is not None and call.expect(487, "INVITE") is not None, "and can be cancelled")
    call = phone.dial(kith)
    check(call.expect(180) is not None and kith.wait_state("incoming"), "another one rings")
    kith.kith("reject")
    check(call.expect("6xx", "INVITE", 2) is not None or call.phone.seen[-1].status >= 400, "and is refused: " + call.phone.seen[-1].first)

    # strangers=refuse: 403, and nothing rings, but for the host of a contact
    shy, stranger = scene.kith("bob", start=False, conf="[node]\nstrangers=refuse\n"), scene.phone()
    with open(shy.dir + "/contacts", "w") as out:
        out.write("[desk]\nsip=sip:desk@%s\n" % phone.ip)
    shy.run()
    call = stranger.dial(shy)
    answer = call.expect(lambda m: m.status >= 180, "INVITE")
    check(answer is not None and answer.status == 403, "a stranger's INVITE: %s" % (answer.first if answer else "silence"))
    check(not shy.calls(), "and no call is there")
    call = phone.dial(shy)
    check(call.expect(180) is not None and shy.wait_state("incoming"), "a contact's host rings")
