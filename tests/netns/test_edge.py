# SPDX-License-Identifier: GPL-3.0-or-later
# kith-edge may die at any time: calls over links do not notice, ordinary calls go on and can be ended, and the next ones work.
import os
import signal
import time

from kithlab import Lab, check, hears, need, network, wait_until
from phones import Baresip

need("gdbus", "baresip", "sox")
KILLS = int(os.environ.get("KITH_EDGE_KILLS", "3"))  # the next one starts after 0.1, then 1, 2 … 30 s


def edges_of(host):
    """PIDs of the processes with the sockets of ordinary SIP that are children of the host's daemon."""
    found = []
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % pid) as stat:
                name, rest = stat.read().split("(", 1)[1].rsplit(")", 1)
            if name == "kith-edge" and int(rest.split()[1]) == host.daemon_pid() and rest.split()[0] != "Z":
                found.append(int(pid))
        except OSError:
            pass
    return found


def kill_edge(host):
    before = edges_of(host)
    check(len(before) == 1, "%s has one kith-edge" % host.name)
    os.kill(before[0], signal.SIGKILL)
    killed = time.monotonic()
    wait_until(lambda: [e for e in edges_of(host) if e != before[0]], 35, "a new kith-edge runs")
    check(True, "a new one runs after %.2f s" % (time.monotonic() - killed))


def is_listening(host, port=5060):
    """TRUE when the host's edge has its port."""
    wanted = ":%04X" % port
    for name in ("udp", "udp6"):
        with open("/proc/%d/net/%s" % (host.daemon_pid(), name)) as table:
            if any(line.split()[1].endswith(wanted) for line in list(table)[1:]):
                return True
    return False


with Lab() as lab:
    carol, alice, bob = network(lab, "carol", "alice", "bob", tones=(880, 440, 660))
    talk = alice.kith_start("call", "bob")
    bob.wait_call("incoming")
    bob.kith("answer")
    alice.wait_call("active")
    bob_call = bob.wait_call("active")
    time.sleep(1)
    for i in range(KILLS):
        kill_edge(bob)
    check(bob.property(bob_call, "Call", "State") == "active", "the call over a link did not notice")
    time.sleep(1)
    alice.kith("hangup")
    talk.wait(5)
    check(hears(alice.heard, 660) and hears(bob.heard, 440), "voice went both ways all the time")
    for host in (alice, bob):
        last = host.json("why")
        check(last["packets-lost"] == 0, "%s lost no packet (%s)" % (host.name, last["packets-lost"]))

    desk = lab.host("desk")
    phone = Baresip(desk, "desk", "pcmu", 750)
    process = carol.kith_start("call", phone.uri)
    call = carol.wait_call("active")
    time.sleep(2)
    kill_edge(carol)
    wait_until(lambda: is_listening(carol), 5, "its port is served again")
    time.sleep(1)
    check(carol.property(call, "Call", "State") == "active", "the ordinary call goes on")
    phone.command("hangup")
    wait_until(lambda: carol.property(call, "Call", "State") == "ended", 5, "the phone's BYE arrives")
    process.wait(5)
    check(hears(carol.heard, 750), "the phone was heard")

    phone.command("dial", "sip:carol@%s" % carol.address)
    call = carol.wait_call("incoming")
    carol.kith("answer")
    carol.wait_call("active")
    kill_edge(carol)
    check(carol.kith("hangup").returncode == 0, "carol hangs up")
    wait_until(phone.recording, 5, "the phone's recording: its call is over")
    wait_until(lambda: carol.property(call, "Call", "State") == "ended", 5, "the call is over")
    phone.stop()

    # The daemon goes, its edge goes.
    edge = edges_of(carol)
    carol.daemon.kill()
    carol.daemon.wait()
    wait_until(lambda: not os.path.exists("/proc/%d" % edge[0]), 2, "the edge of a killed daemon is gone")
    check(True, "the edge of a killed daemon is gone")
