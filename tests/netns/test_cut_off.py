# SPDX-License-Identifier: GPL-3.0-or-later
# A network that blocks UDP, from the start or under a running node, is called that, and nobody is said not to exist whom nobody was asked for.
import json
import time

from kithlab import check, need, wait_until
from nattalk import Bed, Watch

need("gdbus", "nft", "conntrack")


def words(text):
    return " ".join(text.split())


def status(host):
    return host.json("status")["accounts"][0]


def again(pair):
    """alice's node is started again."""
    pair.alice.stop_kith()
    pair.alice.start_kith(pair.alice.name, tone=440, bootstrap=[pair.publics[0].address + ":4222"], options=["--dht-port", "4222"], wait=False)
    wait_until(lambda: pair.alice.kith("status").returncode == 0, 10, "alice's daemon answers")
    pair.watches[0] = Watch(pair.alice)
    pair.watches[0].wait(lambda w: w.events, 5)


def network(host):
    report = json.loads(host.kith("--json", "doctor").stdout)
    return next(row for row in report["findings"] if row["check"] == "network")


def unreachable(pair, what):
    worked, facts, _ = pair.connect()
    ms = (int(facts["EndedAt"]) - int(facts["StartedAt"])) / 1000
    check(not worked and facts["StateReason"] == "unreachable" and ms < 5000, "%s: %s after %.0f ms" % (what, facts["StateReason"], ms))
    said = words(pair.alice.kith("why").stdout)
    check("Check the spelling" not in said and ("No other node of the network answers" in said or "lets no UDP through" in said),
          "the sentence is about the network: ..." + said[-260:])


with Bed() as bed:
    with bed.pair("port", "port") as pair:
        alice = pair.alice
        time.sleep(2)
        alice.home.set_kind("blocked")
        begun = time.monotonic()
        wait_until(lambda: status(alice)["state"] == "alone", 15, "nobody has been asked for anything, and alone is seen")
        print("      after %.1f s" % (time.monotonic() - begun))
        check(time.monotonic() - begun < 12, "within a few seconds")
        check("UDP" in status(alice)["state-reason"], "why: %s" % status(alice))
        check("TURN" in network(alice)["remedy"], "the doctor knows what helps: %s" % network(alice))
        alice.home.set_kind("port")
        alice.wait_registered(45)
        result = pair.talk()
        check(result["ok"], "the network is back, and calls work: %s %s" % (result["reason"], result["detail"]))

        again(pair)  # bob's place is known no more
        alice.wait_registered(20)
        alice.home.set_kind("blocked")
        time.sleep(2)
        unreachable(pair, "two seconds after the network was cut")
        check(status(alice)["state"] == "alone", "and then alone is seen at once: %s" % status(alice))
        unreachable(pair, "and again")

        again(pair)
        wait_until(lambda: status(alice)["state"] == "alone", 15, "blocked from the start, one node is named: alone")
        check("UDP" in status(alice)["state-reason"], "the reason: %s" % status(alice))
        text = words(alice.kith("status").stdout)
        check("name a running node" not in text and "TURN" in text, "what to do: %s" % text[:300])
        found = network(alice)
        check("UDP" in found["finding"] and "TURN" in found["remedy"], "the doctor: %s" % found)
        unreachable(pair, "a call then")
