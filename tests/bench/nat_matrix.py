#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# The matrix of NATs: a first call for each pair of routers, with and without relays, on IPv4 and dual stack, with times and paths.
"""nat_matrix.py BUILD [options]

    --kinds none,full,addr,port,sym,blocked    rows and columns (none: public)
    --relays none,friend,turn                  what can relay: nothing, one common friend, a TURN server
    --stacks v4,dual
    --cells port:sym,sym:sym                   only these pairs (caller:callee)
    --extras                                   also: the same private prefix at both homes, a carrier's NAT before one
    --calls N                                  first calls in each cell, each with new nodes (1)
    --rtt MS                                   between any two hosts (0)
    --stun                                     a STUN server is configured besides
    --figures                                  the cells of docs/benchmarks.md: RTT 100 ms, 10 calls
    --json | --markdown                        instead of text

Each call: new nodes, dialled by name, answered at once, tones both ways checked in the recordings. Exit code 1 when a cell that can work
failed, when a direct path exists but was not taken within 5 s, or when one that cannot work did not say why within 5 s, in a sentence that
names the cause and a way out. Needs root.
"""
import argparse
import json
import os
import statistics
import sys
import time

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("build")
options.add_argument("--kinds", default="none,full,addr,port,sym,blocked")
options.add_argument("--relays", default="none,friend,turn")
options.add_argument("--stacks", default="v4,dual")
options.add_argument("--cells", default="")
options.add_argument("--extras", action="store_true")
options.add_argument("--calls", type=int, default=1)
options.add_argument("--rtt", type=float, default=0)
options.add_argument("--stun", action="store_true")
options.add_argument("--figures", action="store_true")
options.add_argument("--json", action="store_true")
options.add_argument("--markdown", action="store_true")
args = options.parse_args()
os.environ["KITH_BUILD_DIR"] = os.path.abspath(args.build)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../netns"))
from kithlab import need  # noqa: E402  (the environment comes first)
from nattalk import STRICTNESS, Bed, direct_possible, unexplained  # noqa: E402

need("gdbus", "nft", "conntrack", "turnserver")
WORDS = {"none": "public", "full": "full cone", "addr": "address-restricted", "port": "port-restricted", "sym": "symmetric",
         "blocked": "UDP blocked"}
FIGURES = (("none", "none", "none"), ("port", "port", "none"), ("sym", "addr", "none"), ("sym", "port", "friend"), ("sym", "port", "turn"),
           ("sym", "sym", "friend"), ("sym", "sym", "turn"), ("blocked", "port", "turn"))
FAIL_WITHIN_MS = 5000


class Cell:
    """One pair of homes with one relay."""

    def __init__(self, a, b, relay, stack, a_options=None, b_options=None, label=""):
        self.a, self.b, self.relay, self.stack = a, b, relay, stack
        self.a_options, self.b_options = a_options or {}, b_options or {}
        self.label = label or "%s × %s" % (WORDS[a], WORDS[b])
        self.results = []

    def kinds(self):
        """As they act, with the carriers' NATs."""
        return [max(kind, options_of.get("cgn") or "none", key=STRICTNESS.index)
                for kind, options_of in ((self.a, self.a_options), (self.b, self.b_options))]

    def expected(self):
        """"direct", "friend", "relay" or "fails"."""
        kinds = self.kinds()
        if direct_possible(*kinds, v6=self.stack == "dual"):
            return "direct"
        if self.relay == "turn":
            return "relay"
        # A friend is reached by UDP.
        return "friend" if self.relay == "friend" and "blocked" not in kinds else "fails"

    def deviation(self, result):
        """What is not as it should be, or ""."""
        expected = self.expected()
        if expected == "fails":
            if result["ok"]:
                return "worked although it cannot"
            if result["failed-ms"] > FAIL_WITHIN_MS or result.get("state") != "ended":
                return "no reason within 5 s"
            if result["reason"] not in ("unreachable", "not-found"):
                return "ended as %s" % (result["reason"] or "nothing")
            missing = unexplained(*self.kinds(), result["why"])
            return "`kith why` does not speak of %s" % missing if missing else ""
        if not result["ok"]:
            return "failed: %s" % (result["reason"] or result.get("state"))
        return "" if result["path"] == expected else "by %s instead of %s" % (result["path"], expected)

    def run(self, bed):
        begun = time.monotonic()
        want = self.expected()
        try:
            pair = bed.pair(self.a, self.b, relay=self.relay, a_options=self.a_options, b_options=self.b_options,
                            config="stun=%s:3478\n" % bed.turn(3).address if args.stun else "")
            with pair:
                result = pair.talk(want=want if want != "fails" else None)
        except (AssertionError, RuntimeError) as error:
            result = {"ok": False, "reason": "the nodes did not come so far: %s" % str(error)[:160], "detail": "", "failed-ms": 1e6, "state": ""}
        result["deviation"] = self.deviation(result)
        result["took-s"] = round(time.monotonic() - begun, 1)
        self.results.append(result)
        return result


def cells():
    if args.figures:
        return [Cell(a, b, relay, "v4") for a, b, relay in FIGURES]
    kinds = args.kinds.split(",")
    pairs = [tuple(c.split(":")) for c in args.cells.split(",")] if args.cells else [(a, b) for a in kinds for b in kinds]
    found = []
    for stack in args.stacks.split(","):
        for relay in args.relays.split(","):
            found += [Cell(a, b, relay, stack) for a, b in pairs]
            if args.extras:
                same, carrier = {"same_prefix": True}, {"cgn": "port"}
                found += [Cell("port", "port", relay, stack, same, same, "same prefix, port × port"),
                          Cell("full", "port", relay, stack, carrier, {}, "carrier's NAT + full × port"),
                          Cell("port", "port", relay, stack, {}, carrier, "port × carrier's NAT + port"),
                          Cell("full", "addr", relay, stack, {"cgn": "sym"}, {}, "symmetric carrier's NAT × addr")]
    return found


def middle(values):
    values = [v for v in values if v is not None]
    return "%.0f / %.0f" % (statistics.median(values), max(values)) if values else "–"


def row(cell):
    """The cell's figures as words."""
    worked = [r for r in cell.results if r["ok"]]
    failed = [r for r in cell.results if not r["ok"]]
    paths = sorted({r["path"] for r in worked})
    marks = sorted({r["deviation"] for r in cell.results if r["deviation"]})
    reasons = sorted({r["reason"] for r in failed if r["reason"]})
    details = sorted({r.get("why") or r["detail"] for r in failed if r.get("why") or r["detail"]})
    return [cell.label, cell.relay, cell.stack, ", ".join(paths) or "–", "%d of %d" % (len(worked), len(cell.results)),
            middle([r["ring-ms"] for r in worked]), middle([r["sound-ms"][0] for r in worked]), middle([r["sound-ms"][1] for r in worked]),
            "; ".join(["! " + m for m in marks] + (["%s after %s ms" % (", ".join(reasons), middle([r["failed-ms"] for r in failed]))] if failed else [])
                      + details)]


HEAD = ["caller × callee", "relay", "stack", "path", "calls", "dial → rings", "answer → caller hears", "answer → callee hears", "remark"]
WIDTHS = [38, 7, 6, 8, 8, 13, 22, 22, 0]


def tell(words, heading=False):
    if args.markdown:
        print("| " + " | ".join(words) + " |")
        if heading:
            print("|" + "---|" * len(words))
    else:
        print("  ".join(word.ljust(width) for word, width in zip(words, WIDTHS)), flush=True)


def main():
    rtt = 100 if args.figures and not args.rtt else args.rtt
    calls = 10 if args.figures and args.calls == 1 else args.calls
    all_cells = cells()
    if not args.json:
        tell(HEAD, True)
    for stack in ("v4", "dual"):
        mine = [cell for cell in all_cells if cell.stack == stack]
        if not mine:
            continue
        with Bed(rtt_ms=rtt, v6=stack == "dual") as bed:
            for cell in mine:
                for _ in range(calls):
                    cell.run(bed)
                if not args.json:
                    tell(row(cell))
    bad = [cell for cell in all_cells if any(r["deviation"] for r in cell.results)]
    if args.json:
        print(json.dumps({"rtt-ms": rtt, "calls": calls, "cells": [
            {"label": c.label, "caller": c.a, "callee": c.b, "relay": c.relay, "stack": c.stack, "expected": c.expected(), "calls": c.results}
            for c in all_cells]}, indent=1))
    else:
        print("\nRTT %g ms; median / worst in ms; %d cells, %d not as they should be" % (rtt, len(all_cells), len(bad)))
    return 1 if bad else 0


sys.exit(main())
