# SPDX-License-Identifier: GPL-3.0-or-later
# A call goes on while the network changes under it: the voice is back within three seconds of each change, and nothing rings again.
#
#   test_survive.py [all | CHANGE...]     without: one for each thing that makes a call look for a new path; all: every one of survival.py
#
# They mostly wait, so two run at a time, each in a process of its own. What another load made late is tried once more, alone.
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from kithlab import check, need
from survival import SCENARIOS, run

NAMES = ("down-10s", "v4-to-v6", "both-renumber", "loss-10", "switch-home", "switch", "lan-address", "wan-renumber", "rebind", "turn-dies-turn",
         "turn-dies-friend", "friend-dies-friend")
AT_ONCE = 2


def run_apart(name):
    """run (name) in another process: its result."""
    done = subprocess.run([sys.executable, "-B", os.path.abspath(__file__), "--one", name], capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"name": name, "wrong": ["the laboratory failed: %s" % (done.stdout + done.stderr)[-2000:]]}


def main(words):
    if words[:1] == ["--one"]:
        print(json.dumps(run(words[1])))
        return
    need("gdbus", "nft", "conntrack", "turnserver")
    names = list(SCENARIOS) if words == ["all"] else words or NAMES
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(run_apart, names))
    for result in results:
        name = result["name"]
        if result["wrong"]:
            print("      %s: %s: once more, alone" % (name, result["wrong"]), flush=True)
            result = run_apart(name)
        check(not result["wrong"], "%s: %s" % (SCENARIOS[name].words, result["wrong"] or "the voice was back after %s ms" % result.get("back-ms")))


main(sys.argv[1:])
