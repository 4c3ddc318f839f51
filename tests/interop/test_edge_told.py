# SPDX-License-Identifier: GPL-3.0-or-later
# What people are told of kith-edge: that it is not installed, who has its port, that it died and is back; and that nothing starts it when SIP is off.
import os
import shutil
import signal
import subprocess

from interop import BUILD, Scene, check, wait_until


def without_edge(folder):
    """A build as it would be installed, but for kith-edge."""
    for path in ("daemon/kithd", "client/cli/kith", "plugins/locator-dht/kith-dht"):
        os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
        shutil.copy2(os.path.join(BUILD, path), os.path.join(folder, path))
    return folder


def edges_of(kith):
    """PIDs of the kith-edge processes of a node."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as stat:
                name, rest = stat.read().split("(", 1)[1].rsplit(")", 1)
        except OSError:
            continue
        if name == "kith-edge" and int(rest.split()[1]) == kith.daemon.pid and rest.split()[0] != "Z":
            found.append(int(pid))
    return found


def edge_row(kith):
    rows = [row for row in kith.json("status")["daemon"]["workers"] if row["name"] == "kith-edge"]
    return rows[0] if rows else {}


def finding(kith):
    return [row for row in kith.json("doctor")["findings"] if row["check"] == "sip"][0]


def log_lines(kith, text):
    with open(kith.log_name) as log:
        return [line for line in log if text in line]


def taker(kith, port):
    """A program that has the port of the node's host."""
    script = "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', %d)); print('here', flush=True); " \
             "sys.stdin.read()" % port
    process = kith.scene.start(kith.command("python3", "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


with Scene() as scene:
    # Not installed: names and links work, all say what is missing; once it is there it is served.
    build = without_edge(os.path.join(scene.dir, "build"))
    alice = scene.kith("alice", build_dir=build)
    place = os.path.join(build, "plugins/locator-dht/kith-edge")
    wait_until(lambda: "there is no" in alice.kith("status").out, 5)
    status = " ".join(alice.kith("status").out.split())
    check("there is no " + place in status.replace("daemon/../", "") and "Install Kith completely" in status, "status says what is missing, and what to do")
    row = finding(alice)
    check(row["state"] == "bad" and row["code"] == "sip-edge-absent", "the doctor says the same: %s" % row["finding"])
    check(edge_row(alice)["state"] == "absent" and edge_row(alice)["pid"] == 0, "D-Bus has a row for it")
    lines = log_lines(alice, "install Kith completely")
    check(len(lines) == 1, "the log says it once: %s" % lines[:1])
    shutil.copy2(os.path.join(BUILD, "plugins/locator-dht/kith-edge"), place)
    check(wait_until(lambda: edge_row(alice)["state"] == "serving", 20), "it is started once it is there")
    check(finding(alice)["state"] == "ok", "and all is well: %s" % finding(alice)["finding"])

    # It dies, and is back.
    phone = scene.phone()
    check(phone.dial(alice).expect(180) is not None, "a telephone rings")
    before = edges_of(alice)
    os.kill(before[0], signal.SIGSEGV)
    check(wait_until(lambda: edges_of(alice) not in ([], before), 3, 0.02), "another one runs at once")
    check(wait_until(lambda: edge_row(alice)["state"] == "serving", 3), "and serves")
    check(len(log_lines(alice, "kith-edge ended by signal 11; starting it again in 100 ms")) == 1, "the log has one line of it")
    row = finding(alice)
    check(row["state"] == "warning" and row["code"] == "sip-edge-back" and "ended by signal 11" in row["finding"], "the doctor: %s" % row["finding"])
    status = alice.kith("status").out
    check("edge" in status and "serving" in status, "status has a line for it")
    check(edge_row(alice)["restarts"] == 1 and edge_row(alice)["last-end"] == "ended by signal 11", "and D-Bus its history")
    for _ in range(2):
        edge = edges_of(alice)
        os.kill(edge[0], signal.SIGSEGV)
        wait_until(lambda: edges_of(alice) not in ([], edge), 5, 0.02)
    row = finding(alice)
    check(row["state"] == "bad" and row["code"] == "sip-edge-dies", "the third time within a minute is bad: %s" % row["finding"])
    check(alice.stop() == 0, "kithd ends")
    check(not edges_of(alice), "and its edge with it")

    # The port is another program's: who it is, and it is taken when it is free.
    bob = scene.kith("bob", start=False)
    holder = taker(bob, 5060)
    bob.run()
    wait_until(lambda: "is taken by" in bob.kith("status").out, 5)
    status = " ".join(bob.kith("status").out.split())
    check("port 5060 is taken by python3 (process" in status and "End that program" in status, "status says who has the port: %s" % status[-200:])
    check(edge_row(bob)["state"] == "blocked", "the edge waits for it")
    check(len(log_lines(bob, "ordinary SIP does not work")) == 1, "the log says it once")
    holder.stdin.close()
    check(wait_until(lambda: edge_row(bob)["state"] == "serving", 10), "the port is taken when it is free")
    check(bob.stop() == 0, "kithd ends")
    check(not log_lines(bob, "starting it again"), "and nothing of its edge's end is told")

    # Nobody wants it.
    carol = scene.kith("carol", conf="[sip]\nenabled=false\n")
    check(not edges_of(carol) and not edge_row(carol), "without SIP there is none")
    check(finding(carol)["code"] == "sip-off", "and the doctor finds nothing")
