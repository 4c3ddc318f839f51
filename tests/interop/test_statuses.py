# SPDX-License-Identifier: GPL-3.0-or-later
# Refusals of ordinary telephones and servers: each says what it is and what to do, in `kith call` and `kith why`, with the phrase of the peer.
from interop import Scene, check

REFUSALS = [
    (401, "Unauthorized", "password", "does not log in"),
    (407, "Proxy Authentication Required", "password", "does not log in"),
    (403, "Forbidden", "does not let you call", "Ask whoever runs it"),
    (404, "Gibt es hier nicht", "nobody of that name", "Check the address"),
    (408, "Request Timeout", "in vain", "telephone is on"),
    (420, "Bad Extension", "extension", "supported instead of required"),
    (421, "Extension Required", "insists on an extension", "supported instead of required"),
    (422, "Session Interval Too Small", "session timers", "session timers off"),
    (480, "Temporarily Unavailable", "takes no call now", "Try again later"),
    (481, "Call Does Not Exist", "does not know this call", "Call again"),
    (484, "Address Incomplete", "not complete", "whole number"),
    (486, "Busy Here", "busy", "Try again later"),
    (488, "Not Acceptable Here", "codec or encryption", "Opus"),
    (491, "Request Pending", "same moment", "in a moment"),
    (500, "Kaputt", "went wrong within it", "log"),
    (503, "Service Unavailable", "overloaded or out of service", "Try again later"),
    (603, "Nein danke", "declined", ""),
    (606, "Not Acceptable", "kinds of audio", "Opus"),
    (499, "Who Knows", "declined", ""),
]

with Scene() as scene:
    kith = scene.kith("alice")
    phone = scene.phone()
    for status, phrase, what, remedy in REFUSALS:
        running = kith.start("call", phone.uri)
        call = phone.take()
        if not check(call is not None, "%d: the call arrives" % status):
            break
        call.reply(status, phrase)
        told, _ = running.communicate(timeout=10)
        why = " ".join(kith.kith("why").out.split())
        last = [line for line in told.splitlines() if " ended " in line][-1:]
        check(last and what in last[0].lower() + last[0] and "SIP %d" % status in last[0], "%d: %s" % (status, last))
        check(what in why and remedy in why, "%d: %s" % (status, why.split("end ")[-1][-250:]))
        if status != 499:
            check(phrase in why and phrase in last[0], "%d: the phrase is shown" % status)

    for uri, cause in ((phone.uri.replace("5060", "5999") if "5060" in phone.uri else phone.uri + ":5999", "nothing listens there"),
                       ("sip:bob@nosuch.invalid", "nosuch.invalid"), ("sip:bob@10.9.0.100:1;transport=tcp", "nothing listens there")):
        result = kith.kith("call", uri)
        why = " ".join(kith.kith("why").out.split())
        check(result.code == 15 and cause in result.out and "503" not in result.out, "%s: %s" % (uri, result.out.splitlines()[-1]))
        check("was not reached" in why and cause in why, "  why: " + why[-200:])
