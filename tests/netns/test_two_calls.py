# SPDX-License-Identifier: GPL-3.0-or-later
# Two calls between the same two devices over one link: each is recorded by itself, and only the one that has the microphone is heard.
import os
import subprocess
import time

from kithlab import Lab, check, need, network, path, wait_until

need("gdbus")
PHASE_S = 1.7
MARGIN_S = 0.5


def heard(host, call, tone, begin, end):
    """How many ms of the tone are in the recording of the call, from @begin to @end s."""
    result = subprocess.run([path("tests/common/tone-check"), "--from", "%.2f" % begin, "--to", "%.2f" % end,
                             os.path.join(host.dir, "heard-%s.wav" % call), str(tone)], capture_output=True, text=True, check=False)
    print("      %s, call %s, %.1f to %.1f s: %s" % (host.name, call, begin, end, result.stdout.strip()))
    return float(result.stdout.split(" ms in all")[0].split(", ")[-1])


def talk(caller, callee):
    """One more call from @caller to @callee, answered: its numbers at both, and the process that waits for its end."""
    known = (set(caller.calls()), set(callee.calls()))
    process = caller.kith_start("call", callee.name)
    rings = callee.wait_call("incoming")
    number = rings.split("/")[-1]
    answered = callee.kith("answer", number)
    check(answered.returncode == 0, "%s answers call %s %s" % (callee.name, number, answered.stderr.strip()))
    dialled = wait_until(lambda: set(caller.calls()) - known[0], 5, "the call of %s" % caller.name).pop()
    wait_until(lambda: caller.property(dialled, "Call", "State") == "active", 5, "call %s of %s is active" % (dialled, caller.name))
    return dialled.split("/")[-1], number, process


with Lab() as lab:
    hosts = [lab.host(name) for name in ("alice", "bob")]
    for host in hosts:
        host.heard = os.path.join(host.dir, "heard-%c.wav")
    alice, bob = hosts
    alice.start_kith("alice", tone=440, options=["--dht-port", "4222"])
    bob.start_kith("bob", tone=660, bootstrap=[alice.address + ":4222"], options=["--dht-port", "4222"])
    for host in hosts:
        host.wait_registered()

    first = talk(alice, bob)
    begun = time.monotonic()
    time.sleep(PHASE_S)
    second = talk(bob, alice)
    alone = time.monotonic() - begun
    time.sleep(PHASE_S)
    check(all(host.property("/call/" + n, "Call", "State") == "active" for host, n in
              ((alice, first[0]), (bob, first[1]), (bob, second[0]), (alice, second[1]))), "both calls are active at both")
    both = time.monotonic() - begun
    check(alice.kith("hangup", second[1]).returncode == 0 and second[2].wait(5) is not None, "the second one is hung up")
    time.sleep(PHASE_S)
    whole = time.monotonic() - begun
    check(alice.kith("hangup", first[0]).returncode == 0 and first[2].wait(5) == 0, "and the first one")

    for host, number, other, tone in ((alice, first[0], second[1], 660), (bob, first[1], second[0], 440)):
        check(heard(host, number, tone, 0, alone - MARGIN_S) > 800, "%s hears the first call" % host.name)
        check(heard(host, number, tone, alone + MARGIN_S, both - MARGIN_S) == 0, "and nothing of it while the second one is there")
        check(heard(host, number, tone, both + MARGIN_S, whole) > 800, "and again when that is over")
        check(heard(host, other, tone, 0, both - alone) > 800, "the second call is heard, too")
        check(heard(host, other, 440 + 660 - tone, 0, both - alone) == 0, "without what %s says" % host.name)
    with open(os.path.join(lab.dir, "alice.log"), errors="replace") as log:
        text = log.read()
    links = {word for word in text.split() if word.startswith("link/")}
    check(len({word.rstrip(":,") for word in links}) == 1, "all over one link: %s" % sorted(links))
