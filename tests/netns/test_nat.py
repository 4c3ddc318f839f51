# SPDX-License-Identifier: GPL-3.0-or-later
# A handful of cells of the matrix of NATs: first calls by name between homes, the path they take, and the reason where there is none.
from kithlab import check, need
from nattalk import Bed

need("gdbus", "nft", "conntrack", "turnserver")

CELLS = (
    # caller, callee, relay, what is special about their homes, and what has to happen
    ("port", "port", "none", {}, {}, "direct"),
    ("sym", "addr", "none", {}, {}, "direct"),
    ("port", "port", "none", {"same_prefix": True}, {"same_prefix": True}, "direct"),
    ("full", "port", "none", {"cgn": "port"}, {}, "direct"),
    ("port", "sym", "none", {}, {}, "fails"),
    ("sym", "sym", "turn", {}, {}, "relay"),
    ("port", "port", "turn", {}, {}, "direct"),
)

with Bed() as bed:
    for a, b, relay, a_options, b_options, expected in CELLS:
        words = ["%s × %s" % (a, b)] + ["%s=%s" % item for item in (a_options or b_options).items()] + ["relay: " + relay]
        name = " ".join(words)
        with bed.pair(a, b, relay=relay, a_options=a_options, b_options=b_options) as pair:
            result = pair.talk(want=expected if expected != "fails" else None)
        if expected == "fails":
            check(not result["ok"] and result["state"] == "ended" and result["reason"] == "unreachable" and result["failed-ms"] < 5000,
                  "%s cannot meet: %s after %.0f ms, %s" % (name, result["reason"], result.get("failed-ms", 0), result["detail"]))
            continue
        check(result["ok"], "%s: voice both ways %s" % (name, result["detail"] or result["reason"]))
        check(result["path"] == expected, "%s: path %s (%s), rings after %.0f ms, sound %.0f and %.0f ms after the answer" %
              ((name, result["path"], result["candidates"], result["ring-ms"]) + tuple(result["sound-ms"])))
