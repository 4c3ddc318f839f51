# SPDX-License-Identifier: GPL-3.0-or-later
# Calls between this version and an older one, by name over a link and by ordinary SIP, either way round, with voice in both directions.
"""usage: KITH_BUILD_DIR=BUILD KITH_OLD_BUILD=BUILD_OF_THE_OTHER compatible.py     (root)"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from interop import Scene, check, wait_until  # noqa: E402 (its folder has to be known first)

if "KITH_OLD_BUILD" not in os.environ:
    sys.exit(__doc__)

with Scene() as scene:
    old = scene.kith("olivia", tone=440, build_dir=os.environ["KITH_OLD_BUILD"])
    new = scene.kith("nelly", tone=660, bootstrap=[old])
    check(old.wait_registered() and new.wait_registered(), "both are registered")
    for round_number in (1, 2):  # the second time names are known, and the link is there
        for caller, callee, address in ((old, new, "nelly"), (new, old, "olivia"), (old, new, "sip:nelly@" + new.ip), (new, old, "sip:olivia@" + old.ip)):
            what = "%s calls %s (%d)" % (caller.name, address, round_number)
            began = time.monotonic()
            running = caller.start("call", address)
            if not check(callee.wait_state("incoming", 10), "%s: it rings" % what):
                caller.kith("hangup")
                continue
            print("      rang after %.0f ms" % ((time.monotonic() - began) * 1000))
            callee.kith("answer")
            check(caller.wait_state("active", 10) and callee.wait_state("active", 10), "%s: it is answered" % what)
            time.sleep(1)
            check(scene.hears(caller, callee.tone) and scene.hears(callee, caller.tone), "%s: both hear each other" % what)
            (caller if round_number == 1 else callee).kith("hangup")
            running.wait(10)
            check(wait_until(lambda c=caller, d=callee: c.state() == d.state() == "ended", 5), "%s: it ends at both" % what)
