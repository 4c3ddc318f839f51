# SPDX-License-Identifier: GPL-3.0-or-later
# What happens to the network under a running call, and how long the voice was away on each side.
"""SCENARIOS names the changes; run (name) makes a call across an internet of its own, lets the change happen and measures.

The figures come from the recordings of what each side heard while the other one sent a tone: the longest stretch without it. An outage of
the network itself is subtracted: what is left is the time until voice is back after the network is.
"""
import time

from nattalk import TONE_A, TONE_B, Bed, statistics_of, tone_report, voice_gap

SCENARIOS = {}
BEFORE_S = 3.0  # of voice before the change: a prepared path needs a moment to be prepared


class Scenario:
    def __init__(self, change, words, outage_s=0, after_s=6, a="port", b="port", relay="none", v6=False, rtt_ms=0, wires=False,
                 limit_ms=3000, ends=False, reconnecting=False):
        self.change, self.words, self.outage_s, self.after_s = change, words, outage_s, after_s
        self.a, self.b, self.relay, self.v6, self.rtt_ms, self.wires = a, b, relay, v6, rtt_ms, wires
        self.limit_ms, self.ends, self.reconnecting = limit_ms, ends, reconnecting


def scenario(name, words, **facts):
    def register(change):
        SCENARIOS[name] = Scenario(change, words, **facts)
        return change
    return register


@scenario("lan-address", "the caller's LAN address changes")
def lan_address(pair):
    pair.alice.roam()


@scenario("lan-address-callee", "the callee's LAN address changes")
def lan_address_callee(pair):
    pair.bob.roam()


@scenario("wan-renumber", "the caller's router gets another public address")
def wan_renumber(pair):
    pair.alice.home.renumber()


@scenario("wan-renumber-sym", "the same behind a symmetric NAT, the callee public", a="sym", b="none")
def wan_renumber_sym(pair):
    pair.alice.home.renumber()


@scenario("both-renumber", "both routers get another public address at once", after_s=12)
def both_renumber(pair):
    pair.alice.home.renumber()
    pair.bob.home.renumber()


@scenario("rebind", "the caller's NAT forgets its mappings and takes other ports")
def rebind(pair):
    pair.alice.home.rebind()


@scenario("down-2s", "the caller's interface is down for 2 s", outage_s=2)
def down_2(pair):
    pair.alice.unplug()
    time.sleep(2)
    pair.alice.plug_in()


@scenario("down-10s", "the caller's interface is down for 10 s", outage_s=10, after_s=7, reconnecting=True)
def down_10(pair):
    pair.alice.unplug()
    time.sleep(10)
    pair.alice.plug_in()


@scenario("hole-10s", "nothing passes for 10 s and nobody is told", outage_s=10, after_s=7, reconnecting=True)
def hole_10(pair):
    pair.alice.home.cut()
    time.sleep(10)
    pair.alice.home.mend()


@scenario("switch", "from the cable to the Wi-Fi of the same home")
def switch(pair):
    pair.alice.unplug("eth0")


@scenario("switch-home", "from the Wi-Fi of the home to another network behind another NAT")
def switch_home(pair):
    other = pair.alice.interfaces["wlan0"]["home"]
    pair.alice.unplug("wlan0" if other.wan_address in pair.path_kind(pair.call_a)[1] else "eth0")


@scenario("v4-to-v6", "the caller's network has IPv4 only, gets IPv6, and loses IPv4 4 s later", v6=True)
def v4_to_v6(pair):
    pair.alice.only(None)
    time.sleep(4)
    pair.alice.only("v6")


@scenario("v6-to-v4", "the caller's network has both, and then IPv4 only", v6=True)
def v6_to_v4(pair):
    pair.alice.only("v4")


@scenario("turn-dies-turn", "the TURN server in use dies, there is a second one", a="sym", b="sym", relay="turn2", limit_ms=1500)
def turn_dies_turn(pair):
    kill_used_turn(pair)


@scenario("turn-dies-friend", "the TURN server dies, there is a friend", a="sym", b="sym", relay="turn+friend")
def turn_dies_friend(pair):
    for server in pair.bed.net.turns:
        server.kill()


@scenario("friend-dies-friend", "the friend that carries the call dies, there is a second one", a="sym", b="sym", relay="friends2")
def friend_dies_friend(pair):
    used = pair.friend_in_use()
    used.daemon.kill()
    used.daemon.wait()


def harm(*words):
    def change(pair):
        pair.alice.home.wire.set(*words)
    return change


for percent in (5, 10, 20):
    scenario("loss-%d" % percent, "%d %% of the packets are lost, both ways" % percent, wires=True, after_s=10, limit_ms=600)(harm("loss=%d" % percent))
scenario("bursts", "bursts of loss: 1 % of the packets begin one, 20 % end it", wires=True, after_s=10, limit_ms=1000)(harm("burst=1,20"))
scenario("delay", "250 ms more each way, and jitter of 100 ms", wires=True, after_s=10, limit_ms=1000)(harm("delay=250", "jitter=100"))


@scenario("down-60s", "the caller's interface is down for 60 s: the call ends, and another one works", outage_s=60, ends=True, reconnecting=True)
def down_60(pair):
    pair.alice.unplug()
    time.sleep(60)
    pair.alice.plug_in()


def kill_used_turn(pair):
    """The server whose address is in the path."""
    _, candidates = pair.path_kind(pair.call_a)
    for server in pair.bed.net.turns:
        if server.address + ":" in candidates:
            server.kill()
            return
    pair.bed.net.turns[0].kill()


def prepare(pair, name):
    if name == "switch":
        pair.alice.add_interface("wlan0")
    elif name == "switch-home":
        pair.alice.add_interface("wlan0", pair.bed.net.home("M", "addr"))


def states_told(watch, number):
    """What was told of this call: its states, and whether somebody could read that it reconnects."""
    states, reconnecting = [], False
    for event in watch.events:
        if event.get("call") != number:
            continue
        if "state" in event and (not states or states[-1] != event["state"]):
            states.append(event["state"])
        reconnecting = reconnecting or event.get("reconnecting") is True or event.get("event") == "reconnecting"
    return states, reconnecting


def rung(watch):
    return sum(event.get("event") == "ring" for event in watch.events)


def run(name, rtt_ms=None):
    """One call under this change; a dict of what came of it, "wrong" holding what should not be."""
    plan = SCENARIOS[name]
    rtt = plan.rtt_ms if rtt_ms is None else rtt_ms
    with Bed(rtt_ms=rtt, v6=plan.v6, wires=plan.wires) as bed:
        if name == "v4-to-v6":
            bed.host("a", plan.a).only("v4")
        with bed.pair(plan.a, plan.b, relay=plan.relay) as pair:
            prepare(pair, name)
            worked, pair.call_a, pair.call_b = pair.connect()
            if not worked:
                return {"name": name, "wrong": ["no call came about: %s" % pair.call_a.get("Detail")]}
            pair.begun = time.monotonic()
            time.sleep(BEFORE_S)
            before = pair.path_kind(pair.call_a)
            begun = time.monotonic()
            plan.change(pair)
            result = ended(pair, name) if plan.ends else survived(pair, plan, before)
            result["took-s"] = round(time.monotonic() - begun, 1)
            return result


def survived(pair, plan, before):
    name = next(key for key, value in SCENARIOS.items() if value is plan)
    time.sleep(plan.after_s)
    wrong = []
    numbers = [int(call.rsplit("/", 1)[1]) for call in (pair.call_a, pair.call_b)]
    told = [states_told(watch, number) for watch, number in zip(pair.watches, numbers)]
    alive = [states[-1:] == ["active"] for states, _ in told]
    after = pair.path_kind(pair.call_a)
    figures = [statistics_of(host, call) for host, call in ((pair.alice, pair.call_a), (pair.bob, pair.call_b))] if all(alive) else [{}, {}]
    seconds = time.monotonic() - pair.begun
    pair.hang_up(pair.call_a)
    gaps = [voice_gap(pair.alice.heard, TONE_B, seconds), voice_gap(pair.bob.heard, TONE_A, seconds)]
    shares = []
    for host, tone in ((pair.alice, TONE_B), (pair.bob, TONE_A)):
        report = tone_report(host.heard, tone)
        shares.append(round(report["ms"] / max(1, report["length"] * 1000, seconds * 1000), 3))
    back = [max(0, gap - plan.outage_s * 1000) for gap in gaps]
    if not all(alive):
        wrong.append("the call ended: %s" % [pair.watches[i].calls[numbers[i]].get("state-reason") for i in (0, 1)])
    wrong += ["%s hears nothing for %d ms" % (who, gap) for who, gap, late in zip(("the caller", "the callee"), gaps, back) if late > plan.limit_ms]
    if rung(pair.watches[1]) > 1:
        wrong.append("it rang again")
    if plan.reconnecting and not told[1][1]:
        wrong.append("the callee's user was not told that it reconnects")
    return {"name": name, "words": plan.words, "gap-ms": gaps, "back-ms": back, "heard-share": shares, "reconnecting": [t[1] for t in told],
            "path-before": before, "path-after": after, "mos": [round(f.get("mos", 0), 2) for f in figures], "wrong": wrong}


def ended(pair, name):
    """The network was away too long: both ends said so by themselves, and a new call works."""
    wrong = []
    reasons = []
    for watch, number in zip(pair.watches, (pair.call_a, pair.call_b)):
        number = int(number.rsplit("/", 1)[1])
        watch.wait(lambda w, n=number: w.calls[n]["state"] == "ended", 1)
        reasons.append(watch.calls[number].get("state-reason") if watch.calls[number]["state"] == "ended" else "still " + watch.calls[number]["state"])
    if reasons != ["network-lost"] * 2:
        wrong.append("ended as %s" % reasons)
    begun = time.monotonic()
    again = {"ok": False, "reason": "not tried"}
    while time.monotonic() - begun < 30 and not again["ok"]:
        again = pair.talk()
    if not again["ok"]:
        wrong.append("a new call does not work: %s" % again["reason"])
    return {"name": name, "words": SCENARIOS[name].words, "ended": reasons, "redial-s": round(time.monotonic() - begun, 1), "wrong": wrong}
