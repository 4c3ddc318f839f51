# SPDX-License-Identifier: GPL-3.0-or-later
# Voice beside a busy machine: a call between two kithds, so many busy processes beside it, and every interruption in what both heard.
"""usage: KITH_BUILD_DIR=BUILD busy.py [--busy N] [--seconds S] [--without]     (root; --without: with no right to any priority, to compare with)

Prints the interruptions of 20 ms and more of a tone, and the longest at each end. Exit code 1 when one took 100 ms or more."""
import argparse
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from interop import Scene  # noqa: E402 (its folder has to be known first)
from sound import Wav  # noqa: E402

STEP_S = 0.005


def gaps(samples, rate):
    """Lengths in ms of the stretches without sound, between the first and the last sound."""
    size = int(rate * STEP_S)
    loud = [max(abs(s) for s in samples[at:at + size]) > 300 for at in range(0, len(samples) - size, size)]
    if True not in loud:
        return None
    first, last = loud.index(True), len(loud) - 1 - loud[::-1].index(True)
    found, run = [], 0
    for sounds in loud[first:last + 1]:
        if not sounds:
            run += 1
            continue
        if run * STEP_S >= 0.020:
            found.append(round(run * STEP_S * 1000))
        run = 0
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--without", action="store_true")
    options = parser.parse_args()
    prefix = ["setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice"] if options.without else []
    prefix = ["setsid", *prefix]  # as systemd starts a service: a session of its own
    worst = 0
    with Scene() as scene:
        alice = scene.kith("alice", tone=440, prefix=prefix)
        bob = scene.kith("bob", tone=660, prefix=prefix, bootstrap=[alice])
        if not bob.wait_registered() or not alice.wait_registered():
            sys.exit("the two did not find each other")
        talk = alice.start("call", "bob")
        if not bob.wait_state("incoming", 15):
            sys.exit("no call came: " + talk.stdout.read())
        bob.kith("answer")
        if not alice.wait_state("active", 10):
            sys.exit("the call was not answered")
        time.sleep(2)
        # sessions of their own, so that the kernel's grouping by session treats them as another user's work
        crowd = [scene.start([sys.executable, "-c", "while True: pass"], start_new_session=n % 2 == 0) for n in range(options.busy)]
        time.sleep(options.seconds)
        for one in crowd:
            one.kill()
        alice.kith("hangup")
        for node in (alice, bob):
            names = node.recordings()
            wav = Wav(names[-1]) if names else None
            found = gaps(wav.samples, wav.rate) if wav else None
            if found is None:
                sys.exit("%s heard nothing" % node.name)
            seconds = len(wav.samples) / wav.rate
            worst = max([worst, *found])
            print("%s: %.1f s heard, %d interruptions of 20 ms and more, the longest %d ms; of 100 ms and more: %d" %
                  (node.name, seconds, len(found), max(found, default=0), sum(f >= 100 for f in found)))
    return 1 if worst >= 100 else 0


sys.exit(main())
