# SPDX-License-Identifier: GPL-3.0-or-later
# The DHT worker may die at any time: no call notices, and it is back with our records within two seconds.
import os
import signal
import time

from kithlab import Lab, check, hears, need, network, wait_until

need("gdbus")


def workers_of(host):
    """PIDs of the worker processes that are children of the host's daemon."""
    found = []
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % pid) as stat:
                name, rest = stat.read().split("(", 1)[1].rsplit(")", 1)
            if name == "kith-dht" and int(rest.split()[1]) == host.daemon_pid() and rest.split()[0] != "Z":
                found.append(int(pid))
        except OSError:
            pass
    return found


with Lab() as lab:
    carol, alice, bob = network(lab, "carol", "alice", "bob", tones=(880, 440, 660))
    talk = alice.kith_start("call", "bob")
    bob.wait_call("incoming")
    bob.kith("answer")
    alice.wait_call("active")
    bob_call = bob.wait_call("active")

    before = workers_of(bob)
    check(len(before) == 1, "bob has one worker")
    os.kill(before[0], signal.SIGKILL)
    killed, killed_at = time.monotonic(), time.time() * 1e6
    wait_until(lambda: [w for w in workers_of(bob) if w != before[0]], 2, "a new worker runs")
    check(True, "a new worker runs after %.2f s" % (time.monotonic() - killed))
    wait_until(lambda: bob.property("/account/1", "Account", "RegisteredAt") > killed_at, 2, "bob's record was read back anew")
    check(True, "bob is registered again after %.2f s" % (time.monotonic() - killed))
    check(bob.property(bob_call, "Call", "State") == "active", "the call did not notice")
    time.sleep(1.5)
    alice.kith("hangup")
    talk.wait(5)
    check(hears(alice.heard, 660) and hears(bob.heard, 440), "voice went both ways all the time")

    # Someone who was not there before finds him: his records are back in the network.
    dave = lab.host("dave").start_kith("dave", tone=550, bootstrap=[carol.address + ":4222"])
    dave.wait_registered()
    found = dave.kith("resolve", "bob")
    check(found.returncode == 3, "a newcomer finds bob: %s" % found.stdout.strip())

    # The daemon goes, its worker goes.
    worker = workers_of(dave)
    dave.daemon.kill()
    dave.daemon.wait()
    wait_until(lambda: not os.path.exists("/proc/%d" % worker[0]), 2, "the worker of a killed daemon is gone")
    check(True, "the worker of a killed daemon is gone")
