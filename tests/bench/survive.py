#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures how long the voice is away when the network changes under a call.
"""survive.py BUILD [--rtt MS] [--repeat N] [--only NAME,NAME] [--json | --markdown] [--list]

One call for each change, with a tone each way; the gap is the longest stretch without it in what each side recorded, less the time for which
there was no network at all. Exit code 1 when voice was not back in time, a call ended that should not, or it rang again. Needs root.
"""
import argparse
import json
import os
import statistics
import sys

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("build")
options.add_argument("--rtt", type=float, default=100)
options.add_argument("--repeat", type=int, default=1)
options.add_argument("--only", default="")
options.add_argument("--json", action="store_true")
options.add_argument("--markdown", action="store_true")
options.add_argument("--list", action="store_true", help="name the changes")
args = options.parse_args()
os.environ["KITH_BUILD_DIR"] = os.path.abspath(args.build)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../netns"))
from kithlab import need  # noqa: E402  (the environment comes first)
from survival import SCENARIOS, run  # noqa: E402

if args.list:
    for name, plan in SCENARIOS.items():
        print("%-22s %s" % (name, plan.words))
    sys.exit(0)
need("gdbus", "nft", "conntrack", "turnserver")
names = args.only.split(",") if args.only else list(SCENARIOS)
if args.markdown:
    print("| change | caller without voice, ms | callee without voice, ms | heard of the whole | path | remark |\n|---|---|---|---|---|---|")
results = []
for name in names:
    mine = [run(name, args.rtt) for _ in range(args.repeat)]
    results += mine
    if args.json:
        continue
    remark = "; ".join(sorted({w for r in mine for w in r["wrong"]}))
    gaps = [[r["back-ms"][side] for r in mine if "back-ms" in r] for side in (0, 1)]
    cells = ["%.0f / %.0f" % (statistics.median(g), max(g)) if g else "–" for g in gaps]
    last = mine[-1]
    if "ended" in last:
        cells = [str(last["ended"][0]), str(last["ended"][1])]
        remark = remark or "a new call %.1f s after the network was back" % last["redial-s"]
    share = "%.1f %%" % (100 * min(min(r["heard-share"]) for r in mine if "heard-share" in r)) if gaps[0] else "–"
    path = "%s → %s" % (last["path-before"][0], last["path-after"][0]) if "path-after" in last else "–"
    if args.markdown:
        print("| %s | %s | %s | %s | %s | %s |" % (SCENARIOS[name].words, cells[0], cells[1], share, path, remark), flush=True)
    else:
        print("%-20s back after %13s and %13s ms   heard %7s   %-18s %s" %
              (name, cells[0], cells[1], share, path, ("! " if any(r["wrong"] for r in mine) else "") + remark), flush=True)
if args.json:
    print(json.dumps({"rtt-ms": args.rtt, "changes": results}, indent=1))
sys.exit(1 if any(r["wrong"] for r in results) else 0)
