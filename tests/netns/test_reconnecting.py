# SPDX-License-Identifier: GPL-3.0-or-later
# The network under a call goes away and comes back: what both users see, that nobody rings again, and how a lost call ends and is made anew.
import time

from kithlab import check, need, wait_until
from nattalk import Bed

need("gdbus", "nft", "conntrack")


def told(watch, call, reconnecting):
    """The word of `kith watch` that this call is reconnecting, or is back."""
    return watch.wait(lambda w: [e for e in w.events if e["event"] == "reconnecting" and e["call"] == call and e["reconnecting"] == reconnecting], 6)


with Bed(rtt_ms=40) as bed, bed.pair("full", "port") as pair:
    alice, bob = pair.alice, pair.bob
    worked, call_a, call_b = pair.connect()
    check(worked, "the call stands")
    number_a, number_b = (int(call.rsplit("/", 1)[1]) for call in (call_a, call_b))
    sides = ((alice, pair.watches[0], number_a, call_a), (bob, pair.watches[1], number_b, call_b))
    time.sleep(1)

    cut = time.monotonic()
    alice.home.cut()
    for host, watch, number, call in sides:
        words = told(watch, number, True)
        check(words, "%s sees the call reconnecting after %.0f ms" % (host.name, (words[0]["heard-at"] - cut) * 1000 if words else 0))
        check("reconnecting…" in host.kith("show", str(number)).stdout, "kith show says it at %s" % host.name)
    alice.home.mend()
    for host, watch, number, call in sides:
        words = told(watch, number, False)
        check(words and words[0]["state"] == "active", "%s hears again after %d ms of silence" % (host.name, words[0]["reconnected-after"] if words else 0))
    for host, _, number, _ in sides:
        texts = [entry["text"] for entry in host.json("why", str(number))["entries"]]
        again = [text for text in texts if " back after " in text or "heard again" in text]
        check(len(again) == 1 and again[0].startswith("Voice is back after "), "one line of %s's time line says so: %s" % (host.name, again))
        check(not [text for text in texts if text.startswith("Quality bad")], "and none calls the outage bad quality")
    states = [e["state"] for e in pair.watches[1].events if e["event"] == "state" and e["call"] == number_b]
    check(states == ["incoming", "connecting", "active"], "nobody rang again: %s" % " ".join(states))
    time.sleep(1)
    shown = alice.json("show", str(number_a))
    check(shown["statistics"]["interruptions"] >= 1 and shown["statistics"]["longest-gap-ms"] >= 500,
          "figures: %d interruptions, %d ms at most" % (shown["statistics"]["interruptions"], shown["statistics"]["longest-gap-ms"]))

    cut = time.monotonic()
    alice.home.cut()
    time.sleep(25)
    for host, watch, number, call in sides:
        check(host.property(call, "Call", "State") == "active" and host.property(call, "Call", "Reconnecting"), "after 25 s %s still hopes" % host.name)
    for host, watch, number, call in sides:
        wait_until(lambda h=host, c=call: h.property(c, "Call", "State") == "ended", 15, "the call of %s ends" % host.name)
        facts = host.call_facts(call)
        check(facts["StateReason"] == "network-lost" and facts["Detail"].startswith("nothing was heard from"),
              "%s after %.0f s: %s" % (host.name, time.monotonic() - cut, facts["Detail"]))
    alice.home.mend()
    begun = time.monotonic()
    worked, call_a, call_b = pair.connect()
    check(worked, "the next call stands %.1f s after the network is back" % (time.monotonic() - begun))
    time.sleep(1)

    bob.home.cut()
    told(pair.watches[0], int(call_a.rsplit("/", 1)[1]), True)
    begun = time.monotonic()
    alice.gdbus(call_a, "Call.Hangup", "")
    check(alice.property(call_a, "Call", "State") == "ended", "hanging up without network takes %.0f ms" % ((time.monotonic() - begun) * 1000))
    bob.home.mend()
    wait_until(lambda: bob.property(call_b, "Call", "State") == "ended", 12, "bob hears of it when the network is back")
    check(bob.property(call_b, "Call", "StateReason") == "remote", "and is told who hung up")
