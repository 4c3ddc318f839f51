# SPDX-License-Identifier: GPL-3.0-or-later
# A call goes on while the network changes under it: the voice is back within three seconds of each change, and nothing rings again.
import sys

from kithlab import check, need
from survival import SCENARIOS, run

need("gdbus", "nft", "conntrack", "turnserver")
NAMES = ("loss-10", "down-2s", "hole-10s", "lan-address", "wan-renumber", "rebind", "switch", "switch-home", "v4-to-v6",
         "turn-dies-friend")
for name in sys.argv[1:] or NAMES:
    result = run(name)
    check(not result["wrong"], "%s: %s" % (SCENARIOS[name].words, result["wrong"] or "the voice was back after %s ms" % result["back-ms"]))
