#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares our jitter buffer with those of libraries: the same speech, the same packets, the same clock.
"""buffers.py BUILD [--seeds N] [--only WORD] [--markdown]

Speech goes through Kith's encoder and redundancy and a network made up on a clock of its own, and comes out of each of the jitter buffers of
receiver.h. Each condition lasts from the beginning of the call; "start" is STOI of its first 7 s, the other figures are those of the 24 s from second
12 on: STOI, aligned once, and ("turns") each 8 s by themselves, so that a change of the delay counts less; mouth to ear with the network in it;
share of the frames that were made up. speex_jitter needs libspeexdsp-dev when it is built. "after": the delay 30 s after it ended.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import stoi  # noqa: E402  (names numpy when it is missing)
from speech_limits import WELL, judge, make_clip  # noqa: E402

SETTLE_S, JUDGED_S, CALM_S, TURN_S = 12, 24, 45, 8
BUFFERS = (("own, from 20 ms", "20,own"), ("own, from 40 ms", "40,own"), ("speex_jitter", "20,speex"), ("rtpjitterbuffer 40 ms", "40,gst:40"),
           ("rtpjitterbuffer 100 ms", "100,gst:100"), ("rtpjitterbuffer led by our rule", "20,gst:auto"))
# delay, jitter, hops, whether packets overtake each other, loss
CONDITIONS = (("nothing wrong", WELL), ("jitter of 5 ms", "20,5,1,0,0"), ("jitter of 25 ms on each of two hops", "25,25,2,0,0"),
              ("the same, packets overtake", "25,25,2,1,0"), ("250 +- 100 ms", "250,100,1,0,0"), ("5 % loss", "20,0,1,0,5"),
              ("20 % loss", "20,0,1,0,20"), ("250 +- 100 ms, 20 % loss", "250,100,1,0,20"))

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("build")
options.add_argument("--seeds", type=int, default=1)
options.add_argument("--only", default="", help="conditions whose names hold this")
options.add_argument("--buffer", default="", help="buffers whose names hold this")
options.add_argument("--markdown", action="store_true")
args = options.parse_args()


def measure(folder, clip, clean, words, network, seed):
    """One story; None when this build has no such buffer."""
    heard, end = os.path.join(folder, "heard.wav"), SETTLE_S + JUDGED_S
    run = subprocess.run([os.path.join(args.build, "tests/bench/speech-story"), clip, heard, str(end + CALM_S), "%d,%s" % (seed, words),
                          "0:" + network, "%d:%s" % (end, WELL)], capture_output=True, text=True, check=False)
    if run.returncode == 77:
        return None
    run.check_returncode()
    seconds = {line["second"]: line for line in map(json.loads, run.stdout.splitlines())}
    sound = stoi.resample(*stoi.read_wav(heard))
    first = sound[:len(clean)]
    moved, _ = stoi.align(clean, first, True)
    start = stoi.stoi_aligned(clean, moved)
    value, late = judge(clean, sound, SETTLE_S, JUDGED_S)
    turns = statistics.mean(judge(clean, sound, begin, TURN_S)[0] for begin in range(SETTLE_S, SETTLE_S + JUDGED_S, TURN_S))
    _, calm = judge(clean, sound, end + CALM_S - 15, 13)
    before, after = seconds[SETTLE_S], seconds[end]
    frames = {key: after[key] - before[key] for key in ("played", "recovered", "concealed")}
    return {"start": start, "stoi": value, "turns": turns, "late": late, "after": calm,
            "concealed": 100 * frames["concealed"] / max(sum(frames.values()), 1)}


with tempfile.TemporaryDirectory(prefix="kith-buffers-") as the_folder:
    the_clip, samples, rate = make_clip(the_folder)
    said = stoi.resample(samples, rate)
    if args.markdown:
        print("| network | jitter buffer | STOI | turns | start | mouth to ear | made up | after |\n|---|---|---|---|---|---|---|---|")
    for name, network in CONDITIONS:
        if args.only not in name:
            continue
        for buffer, words in BUFFERS:
            if args.buffer not in buffer:
                continue
            found = [measure(the_folder, the_clip, said, words, network, seed + 1) for seed in range(args.seeds)]
            if None in found:
                continue
            row = {key: statistics.mean(one[key] for one in found) for key in found[0]}
            form = "| %s | %s | %.3f | %.3f | %.3f | %.0f ms | %.1f %% | %.0f ms |" if args.markdown else \
                "%-36s %-32s STOI %.3f  turns %.3f  start %.3f  mouth to ear %4.0f ms  made up %5.1f %%  after %4.0f ms"
            print(form % (name, buffer, row["stoi"], row["turns"], row["start"], row["late"], row["concealed"], row["after"]), flush=True)
