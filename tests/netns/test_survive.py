# SPDX-License-Identifier: GPL-3.0-or-later
# A call goes on while the network changes under it: the voice is back within three seconds of each change, and nothing rings again.
#
#   test_survive.py [all | CHANGE...]     without: the changes that differ most from each other; all: every one of survival.py
import sys

from kithlab import check, need
from survival import SCENARIOS, run

need("gdbus", "nft", "conntrack", "turnserver")
NAMES = ("loss-10", "down-2s", "lan-address", "wan-renumber", "both-renumber", "switch-home", "v4-to-v6", "turn-dies-friend")
for name in (SCENARIOS if sys.argv[1:] == ["all"] else sys.argv[1:] or NAMES):
    result = run(name)
    check(not result["wrong"], "%s: %s" % (SCENARIOS[name].words, result["wrong"] or "the voice was back after %s ms" % result["back-ms"]))
