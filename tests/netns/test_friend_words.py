# SPDX-License-Identifier: GPL-3.0-or-later
# A friend who does not carry, or carries no more: both ends and the friend's owner are told whose will or quota it is.
import os
import sqlite3
import time

from kithlab import check, need, wait_until
from nattalk import Bed, online_contacts

need("gdbus", "nft", "conntrack")


def set_relay(host, other, word):
    result = host.kith("contact", "set", other.name, "--relay", word)
    check(result.returncode == 0, "%s sets relay %s for %s" % (host.name, word, other.name))


def told(host, obstacle, line):
    """What `kith why` has of the newest call; waits until it is there."""
    def found():
        why = host.json("why")
        return why["friend-hurdle"] == obstacle and why["friend"] == "fred" and any(line in e["text"] for e in why["entries"])

    wait_until(found, 45, "%s is told “%s” and “%s”" % (host.name, obstacle, line))


def says(text, *parts):
    """The words are there, however the lines break."""
    flat = " ".join(text.split())
    for part in parts:
        check(part in flat, "it says “%s”: %s" % (part, flat[-400:]))


def fails(pair, what, *parts):
    worked, facts, _ = pair.connect()
    check(not worked and facts["State"] == "ended" and facts["StateReason"] == "unreachable", "%s: no call" % what)
    says(facts["Detail"], parts[0])
    says(pair.alice.kith("why").stdout, *parts)


def nearly_spend(friend):
    """All but 30 kB of a megabyte a day was relayed for everybody already."""
    check(friend.stop_kith() == 0, "the friend's daemon stops")
    with open(friend._config(), "a") as out:
        out.write("[relay]\nmax-megabytes-per-day=1\n")
    database = sqlite3.connect(os.path.join(friend.dir, "state", "kith.db"))
    with database:
        changed = database.execute("UPDATE contacts SET relayed_day = ?, relayed_today = 970000", (int(time.time() // 86400),)).rowcount
    database.close()
    check(changed == 2, "it has two contacts")


with Bed() as bed:
    with bed.pair("sym", "sym", relay="friend") as pair:
        alice, bob, fred = pair.alice, pair.bob, pair.friends[0]

        # In a call: the callee takes consent back.
        worked, call, _ = pair.connect()
        check(worked and pair.path_kind(call)[0] == "friend", "fred carries a call")
        check(alice.json("why")["friend-hurdle"] == "", "nothing is in the way")
        set_relay(bob, fred, "off")
        told(alice, "peer-setting", "Fred carries no more: the other side does not want fred to carry calls any more")
        told(bob, "own-setting", "Fred carries no more: you took relay off for fred")
        pair.hang_up(call)

        # Before a call: who of the three does not agree?
        fails(pair, "the callee does not want it", "%s does not want fred to carry" % bob.name, "Ask %s to run" % bob.name)
        set_relay(bob, fred, "on")
        set_relay(alice, fred, "off")
        fails(pair, "the caller does not want it", "you have relay off for fred, who would carry", "Run “kith contact set fred --relay on”")
        set_relay(alice, fred, "on")
        set_relay(fred, alice, "off")
        time.sleep(2.5)  # no word of it for so long is a no
        fails(pair, "fred does not want it for the caller", "fred does not relay for you", "Ask fred to run")
        set_relay(fred, alice, "on")
        set_relay(fred, bob, "off")
        fails(pair, "fred does not want it for the callee", "fred has no link to %s, or does not relay for them" % bob.name)
        set_relay(fred, bob, "on")

        # In a call: the day's quota is used up. Calling again is of no use, and is not advised.
        nearly_spend(fred)
        fred.start_kith(bootstrap=[pair.publics[0].address + ":4222"], options=["--dht-port", "4222"])
        for host in (alice, bob):
            wait_until(lambda h=host: "fred" in online_contacts(h), 30, "%s is linked to fred again" % host.name)
        check("used up" not in fred.kith("status").stdout, "there is some left")
        worked, call, call_b = pair.connect()
        check(worked, "fred carries another call")
        for host in (alice, bob):
            told(host, "quota", "Fred carries no more: has relayed enough today")
        relay = fred.json("status")["daemon"]["relay"]
        # Who asked, alice, pays: the call is over when it is for her. Bob's bytes are nearly as many.
        check(alice.name in relay["spent"] and set(relay["spent"]) <= {alice.name, bob.name}, "fred's status has who has none left: %s" % relay["spent"])
        check(0 < relay["day-ends-at"] / 1e6 - time.time() <= 86400, "and until when")
        says(fred.kith("status").stdout, "today’s 1 MB are used up for", "until midnight UTC (in ")
        says(fred.kith("doctor").stdout, "today’s 1 MB are used up for", "raise max-megabytes-per-day")
        wait_until(lambda: alice.call_facts(call)["State"] == "ended" and bob.call_facts(call_b)["State"] == "ended", 40, "the call ends")
        for host in (alice, bob):
            text = host.kith("why").stdout
            says(text, "fred has relayed as much as it may today (until midnight UTC)", "Ask fred to raise max-megabytes-per-day", "Another friend", "TURN")
            check("all again" not in text.split("\n\n")[-1], "it does not say: call again")
        fails(pair, "the next call", "fred has relayed as much as it may today", "Ask fred to raise max-megabytes-per-day")
        told(alice, "quota", "Fred does not carry: has relayed enough today")
