#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures calls between two hosts in network namespaces: set-up, audio, failure, start, memory and CPU.
"""calls.py BUILD [--rtt MS] [--loss PERCENT] [--cold N] [--warm N] [--json]

Three hosts: carol is the DHT's first node, alice calls, bob answers. All times are the daemons' own stamps (one machine, one clock):
a cold call is the first one of a freshly started alice, a warm one goes over the link that is up. Needs root.
"""
import argparse
import json
import os
import statistics
import sys
import time

options = argparse.ArgumentParser()
options.add_argument("build")
options.add_argument("--rtt", type=float, default=0)
options.add_argument("--loss", type=float, default=0, help="percent, each way")
options.add_argument("--cold", type=int, default=20)
options.add_argument("--warm", type=int, default=20)
options.add_argument("--json", action="store_true")
args = options.parse_args()
os.environ["KITH_BUILD_DIR"] = os.path.abspath(args.build)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../netns"))
from kithlab import Lab, need, network, wait_until  # noqa: E402  (the environment comes first)

need("gdbus")
rows = {}


def note(name, value):
    rows.setdefault(name, []).append(value)


def tree(pid):
    """The daemon and its worker."""
    pids = [pid]
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open("/proc/%s/stat" % entry) as f:
                    if int(f.read().rsplit(")", 1)[1].split()[1]) == pid:
                        pids.append(int(entry))
            except OSError:
                pass
    return pids


def memory(pid):
    rss = pss = threads = 0
    for p in tree(pid):
        with open("/proc/%d/smaps_rollup" % p) as f:
            for line in f:
                if line.startswith("Rss:"):
                    rss += int(line.split()[1])
                elif line.startswith("Pss:"):
                    pss += int(line.split()[1])
        threads += len(os.listdir("/proc/%d/task" % p))
    return rss / 1024, pss / 1024, threads


def cpu(pid):
    total = 0
    for p in tree(pid):
        for task in os.listdir("/proc/%d/task" % p):
            try:
                with open("/proc/%d/task/%s/schedstat" % (p, task)) as f:
                    total += int(f.read().split()[0])
            except OSError:
                pass
    return total / 1e9


def statistics_of(host, call):
    import re
    text = host.gdbus(call, "Call.Media.GetStatistics")
    return {k: float(v) for k, v in re.findall(r"'([\w-]+)': <(?:uint32 |uint64 |int64 )?(-?[\d.]+)>", text)}


def talk(alice, bob, kind, seconds=0.6):
    """One call; its times go under the names of @kind. FALSE when it was lost."""
    alice.gdbus("", "Manager.Dial", "bob", "{}")
    try:
        incoming = bob.wait_call("incoming", 6)
        ringing = alice.wait_call("ringing", 6)
        bob.gdbus(incoming, "Call.Accept")
        alice.wait_call("active", 6)
        bob.wait_call("active", 6)
    except AssertionError as error:
        print("LOST: %s" % error)
        for call in alice.calls()[-1:]:
            print("      ", alice.call_facts(call))
        return False
    time.sleep(seconds)
    a, b = alice.call_facts(ringing), bob.call_facts(incoming)
    sa, sb = statistics_of(alice, ringing), statistics_of(bob, incoming)
    started = int(a["StartedAt"])
    note(kind + " call: dial -> rings (callee)", (int(b["RangAt"]) - started) / 1000)
    note(kind + " call: dial -> ringing seen (caller)", (int(a["RangAt"]) - started) / 1000)
    if kind == "first":
        note("first call: dial -> located", (int(a["LocatedAt"]) - started) / 1000)
        note("first call: located -> link up", (int(a["LinkedAt"]) - int(a["LocatedAt"])) / 1000)
    answered = int(b["AnsweredAt"])
    if sa.get("first-heard-us") and sb.get("first-heard-us"):
        note("answer -> first audio heard by the caller", (sa["first-heard-us"] - answered) / 1000)
        note("answer -> first audio heard by the callee", (sb["first-heard-us"] - answered) / 1000)
        note("mouth to ear (first frame captured -> first sound)", (sb["first-heard-us"] - sa["first-sent-us"]) / 1000 + 20)
        note("mouth to ear (first frame captured -> first sound)", (sa["first-heard-us"] - sb["first-sent-us"]) / 1000 + 20)
    note(kind + " call: dial -> media both ways, less the time to answer",
         (max(int(a["FlowingAt"]), int(b["FlowingAt"])) - started - (answered - int(b["RangAt"]))) / 1000)
    bob.gdbus(incoming, "Call.Hangup", "")
    wait_until(lambda: alice.property(ringing, "Call", "State") == "ended", 5, "the hang-up arrives")
    return True


def measure(lab):
    carol, alice, bob = network(lab, "carol", "alice", "bob", tones=(880, 440, 660))
    lost = calls = 0
    for number in range(args.cold + min(args.cold, 5)):
        known = number >= args.cold
        alice.stop_kith()
        if not known and os.path.exists(alice.dir + "/state/trust"):
            os.unlink(alice.dir + "/state/trust")  # so that bob's name has to be looked up again
        begun = time.time()
        alice.start_kith(tone=440, bootstrap=[carol.address + ":4222"], options=["--dht-port", "4222"], wait=False)
        wait_until(alice.registered, 20, "alice is registered")
        note("start -> registered", alice.property("/account/1", "Account", "RegisteredAt") / 1000 - begun * 1000)
        calls += 1
        lost += not talk(alice, bob, "first known" if known else "first")
    pid = bob.daemon_pid()
    time.sleep(45)  # until the last call is forgotten, and ten seconds more: then it is idle
    rss, pss, threads = memory(pid)
    note("idle memory, all our processes: RSS MiB", rss)
    note("idle memory, all our processes: PSS MiB", pss)
    note("idle threads", threads)
    for _ in range(args.warm):
        calls += 1
        lost += not talk(alice, bob, "repeat")
    alice.gdbus("", "Manager.Dial", "bob", "{}")
    incoming = bob.wait_call("incoming")
    bob.gdbus(incoming, "Call.Accept")
    bob.wait_call("active")
    time.sleep(2)
    before, begun = cpu(pid), time.monotonic()
    time.sleep(8)
    note("CPU in an Opus call: percent of a core", (cpu(pid) - before) / (time.monotonic() - begun) * 100)
    rss, pss, threads = memory(pid)
    note("memory in a call: RSS MiB", rss)
    note("memory in a call: PSS MiB", pss)
    note("threads in a call", threads)
    bob.gdbus(incoming, "Call.Hangup", "")
    time.sleep(0.5)
    for fresh in (False, True):
        if fresh:
            alice.stop_kith()
            alice.start_kith(tone=440, bootstrap=[carol.address + ":4222"], options=["--dht-port", "4222"])
            alice.wait_registered()
        else:
            bob.daemon.kill()
            bob.daemon.wait()
        alice.gdbus("", "Manager.Dial", "bob", "{}")
        call = alice.calls()[-1]
        wait_until(lambda c=call: alice.property(c, "Call", "State") == "ended", 15, "the call to nobody ends")
        facts = alice.call_facts(call)
        note("gone peer -> reason (%s)" % ("no link" if fresh else "warm link"), (int(facts["EndedAt"]) - int(facts["StartedAt"])) / 1000)
        print("gone peer: %s, %s" % (facts["StateReason"], facts["Detail"]))
    return calls, lost


with Lab(delay_ms=args.rtt / 2, loss=args.loss) as the_lab:
    total, gone = measure(the_lab)
table = {name: {"median": statistics.median(v), "worst": max(v), "n": len(v)} for name, v in rows.items()}
if args.json:
    print(json.dumps({"rtt": args.rtt, "loss": args.loss, "calls": total, "lost": gone, "rows": table}))
else:
    print("\nRTT %g ms, loss %g %%: %d calls, %d lost" % (args.rtt, args.loss, total, gone))
    for name, row in table.items():
        print("%-66s median %8.1f   worst %8.1f   n %d" % (name, row["median"], row["worst"], row["n"]))
