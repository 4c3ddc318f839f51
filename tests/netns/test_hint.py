# SPDX-License-Identifier: GPL-3.0-or-later
# Nobody answers STUN questions, but the DHT tells how it sees the host: the guess that comes of it lets others in where the router keeps ports.
from kithlab import check, need, wait_until
from natlab import nft
from nattalk import Bed, Pair
from turncalls import log_of

need("gdbus", "nft")

# What is asked of a DHT port by STUN (its cookie: RFC 8489, 5) does not leave the home.
MUTE = "table inet mute {\n chain through { type filter hook forward priority 0; udp dport 4222 @th,96,32 0x2112A442 drop; }\n}\n"


class Untold(Pair):
    def write_config(self, host, turns=()):
        super().write_config(host, turns)
        if host is self.bob:
            nft(host.home.router, MUTE)


with Bed() as bed:
    with Untold(bed, bed.host("a", "port"), bed.host("b", "full")) as pair:
        outer = pair.bob.home.wan_address
        wait_until(lambda: pair.bob.json("status")["daemon"]["nat"]["checked-at"] != 0, 20, "bob to have asked in vain")
        nat = pair.bob.json("status")["daemon"]["nat"]
        check(nat["witnesses"] == 0 and not nat["seen-as"], "nobody told bob how he is seen: %s" % nat)
        wait_until(lambda: "2 candidates" in log_of(pair.bob).rsplit("a reach record", 1)[-1], 10, "bob's record to have a second address")
        result = pair.talk()
        check(result["ok"] and result["path"] == "direct", "alice, behind a port-restricted NAT, gets through: %s %s"
              % (result.get("reason"), result.get("detail")))
        told = [line for line in pair.alice.kith("why").stdout.splitlines() if "Theirs" in line and outer in line]
        check(told, "to the address that only the DHT has seen: %s" % told)
