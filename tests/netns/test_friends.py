# SPDX-License-Identifier: GPL-3.0-or-later
# Friends relay friends: two homes that can never meet, no server of any kind, and public friends of both in between.
import time

from kithlab import check, need, wait_until
from nattalk import TONE_A, TONE_B, Bed, tone_report

need("gdbus", "nft", "conntrack")


def relayed(friend):
    return friend.json("status")["daemon"]["relay"]


def set_relay(host, other, word):
    result = host.kith("contact", "set", other.name, "--relay", word)
    check(result.returncode == 0, "%s sets relay %s for %s" % (host.name, word, other.name))


def wait_linked(host, other):
    def linked():
        return any(c["name"] == other.name and c["online"] for c in host.json("contact", "list")["contacts"])

    wait_until(linked, 15, "%s is linked to %s" % (host.name, other.name))


def fails(pair, what):
    worked, facts, _ = pair.connect()
    if worked:
        pair.hang_up(facts)
        check(False, "%s: the call must not work" % what)
        return
    ms = (int(facts["EndedAt"]) - int(facts["StartedAt"])) / 1000
    check(facts["State"] == "ended" and facts["StateReason"] == "unreachable" and ms < 5000,
          "%s: %s after %.0f ms" % (what, facts["StateReason"], ms))


def hears_at_end(host, tone):
    """The tone was there in the last second of what was recorded."""
    report = tone_report(host.heard, tone)
    return report["present"] and report["last"] > report["length"] - 1.0


with Bed() as bed:
    with bed.pair("sym", "sym", relay="friends2") as pair:
        alice, bob, friends = pair.alice, pair.bob, pair.friends
        started = time.monotonic()
        worked, call_a, call_b = pair.connect()
        check(worked, "symmetric × symmetric rings and is answered %s" % ("" if worked else call_a))
        facts_a = alice.call_facts(call_a)
        print("      rang after %d ms" % ((int(bob.call_facts(call_b)["RangAt"]) - int(facts_a["StartedAt"])) / 1000))
        kind, details = pair.path_kind(call_a)
        check(kind == "friend", "the path is %s (%s)" % (kind, details))
        time.sleep(3)

        before = [relayed(friend).get("bytes", 0) for friend in friends]
        time.sleep(1)
        grown = [relayed(friend).get("bytes", 0) - b for friend, b in zip(friends, before)]
        check(max(grown) > 3000, "a friend carries the voice: %s bytes in a second" % grown)
        carrier, other = friends if grown[0] >= grown[1] else reversed(friends)
        text = carrier.kith("status").stdout
        line = [l for l in text.splitlines() if "relays" in l]
        check(line and "1 call for" in line[0] and "today" in line[0], "its status says so: %s" % line)
        pairs = relayed(carrier)["pairs"]
        check(len(pairs) == 1 and set(pairs[0][:2]) == {alice.name, bob.name}, "and as JSON: %s" % pairs)
        why = "\n".join(entry["text"].lower() for entry in alice.json("why")["entries"])
        check("knock carried by %s" % carrier.name in why or "knock carried by %s" % other.name in why, "the time line tells who carried the knock")
        check("%s relays, about" % carrier.name in why, "… and who relays")

        carrier.daemon.kill()
        carrier.daemon.wait()
        killed = time.monotonic()

        def other_carries():
            return relayed(other).get("bytes", 0) > 20000

        wait_until(other_carries, 15, "the other friend carries")
        print("      the other friend carried 20 kB %.1f s after the first one died" % (time.monotonic() - killed))
        time.sleep(2)
        check(alice.call_facts(call_a)["State"] == "active" and bob.call_facts(call_b)["State"] == "active", "the call goes on")
        pair.hang_up(call_a)
        time.sleep(0.5)
        for host, tone in ((alice, TONE_B), (bob, TONE_A)):
            report = tone_report(host.heard, tone)
            check(hears_at_end(host, tone), "%s hears the other to the end: %s" % (host.name, report))

        # Each of the three may say no. The link of the call that is over still runs over the friend: it goes with the first no.
        friend = other
        for who, whom in ((alice, friend), (bob, friend), (friend, alice)):
            set_relay(who, whom, "off")
            check(relayed(friend)["calls"] == 0, "no channel is left")
            fails(pair, "relay off at %s for %s" % (who.name, whom.name))
            set_relay(who, whom, "on")
            wait_linked(who, whom)
        check(relayed(friend)["calls"] == 0, "nothing was relayed")

        # A stranger: the friend knows nothing of alice any more, while she and bob still trust it.
        check(friend.kith("contact", "remove", alice.name).returncode == 0, "the friend forgets the caller")
        fails(pair, "a stranger")
        check(relayed(friend)["calls"] == 0, "the stranger was not relayed")
