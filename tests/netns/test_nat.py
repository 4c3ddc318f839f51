# SPDX-License-Identifier: GPL-3.0-or-later
# A handful of cells of the matrix of NATs: first calls by name between homes, the path they take, and the reason where there is none.
from kithlab import check, need
from nattalk import Bed

need("gdbus", "nft", "conntrack", "turnserver")

CELLS = (
    # caller, callee, what is special about their homes, and what has to happen
    ("port", "port", {}, {}, "direct"),
    ("sym", "addr", {}, {}, "direct"),
    ("port", "port", {"same_prefix": True}, {"same_prefix": True}, "direct"),
    ("full", "port", {"cgn": "port"}, {}, "direct"),
    ("port", "sym", {}, {}, "fails"),
)

with Bed() as bed:
    stun = "stun=%s:3478\n" % bed.turn().address
    for a, b, a_options, b_options, expected in CELLS:
        name = "%s × %s%s" % (a, b, " ".join([""] + ["%s=%s" % item for item in (a_options or b_options).items()]))
        with bed.pair(a, b, a_options=a_options, b_options=b_options, config=stun) as pair:
            result = pair.talk(want="direct" if expected == "direct" else None)
        if expected == "fails":
            check(not result["ok"] and result["state"] == "ended" and result["reason"] == "unreachable" and result["failed-ms"] < 5000,
                  "%s cannot meet: %s after %.0f ms, %s" % (name, result["reason"], result.get("failed-ms", 0), result["detail"]))
            continue
        check(result["ok"], "%s: voice both ways %s" % (name, result["detail"] or result["reason"]))
        check(result["path"] == expected, "%s: path %s (%s), rings after %.0f ms, sound %.0f and %.0f ms after the answer" %
              ((name, result["path"], result["candidates"], result["ring-ms"]) + tuple(result["sound-ms"])))
