# SPDX-License-Identifier: GPL-3.0-or-later
# A handful of cells of the matrix of NATs, on IPv4 and dual stack: first calls by name between homes, the path they take, or why there is none.
from kithlab import check, need
from nattalk import Bed, unexplained

need("gdbus", "nft", "conntrack", "turnserver")

CELLS = (
    # stack, caller, callee, relay, what is special about their homes, and what has to happen
    ("v4", "port", "port", "none", {}, {}, "direct"),
    ("v4", "sym", "addr", "none", {}, {}, "direct"),
    ("v4", "port", "port", "none", {"same_prefix": True}, {"same_prefix": True}, "direct"),
    ("v4", "full", "port", "none", {"cgn": "port"}, {}, "direct"),
    ("v4", "port", "sym", "none", {}, {}, "fails"),
    ("v4", "blocked", "port", "none", {}, {}, "fails"),
    ("v4", "sym", "sym", "turn", {}, {}, "relay"),
    ("v4", "port", "port", "turn", {}, {}, "direct"),
    ("v4", "blocked", "sym", "turn", {}, {}, "relay"),
    ("dual", "sym", "sym", "none", {}, {}, "direct"),  # by IPv6: both firewalls let in whom they let out to
)


def fails(name, a, b, result):
    check(not result["ok"] and result["state"] == "ended" and result["reason"] == "unreachable" and result["failed-ms"] < 5000,
          "%s cannot meet: %s after %.0f ms, %s" % (name, result["reason"], result.get("failed-ms", 0), result["detail"]))
    missing = unexplained(a, b, result["why"])
    check(not missing, "and `kith why` says so: %s%s" % (result["why"], " (without %s)" % missing if missing else ""))


def works(name, expected, result):
    check(result["ok"], "%s: voice both ways %s" % (name, result["detail"] or result["reason"]))
    check(result["path"] == expected, "%s: path %s (%s), rings after %.0f ms, sound %.0f and %.0f ms after the answer" %
          ((name, result["path"], result["candidates"], result["ring-ms"]) + tuple(result["sound-ms"])))


for stack in ("v4", "dual"):
    with Bed(v6=stack == "dual") as bed:
        for _, a, b, relay, a_options, b_options, expected in (cell for cell in CELLS if cell[0] == stack):
            words = ["%s × %s" % (a, b)] + ["%s=%s" % item for item in (a_options or b_options).items()] + ["relay: " + relay, stack]
            with bed.pair(a, b, relay=relay, a_options=a_options, b_options=b_options) as pair:
                result = pair.talk(want=expected if expected != "fails" else None)
            if expected == "fails":
                fails(" ".join(words), a, b, result)
            else:
                works(" ".join(words), expected, result)
                if stack == "dual":
                    check("[2" in result["candidates"], "over IPv6: %s" % result["candidates"])
