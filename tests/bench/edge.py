#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures what ordinary SIP costs kithd and kith-edge together, and Kamailio beside them in the same run.
"""edge.py BUILD [--rounds N] [--only NAME] [--json FILE] [--markdown]

Each server answers the same load (tests/bench/sip-load.c) on the loopback of a network namespace of its own: 64 operations under way, and
one at a time. The servers take turns, and the least of all rounds counts: processor time as the kernel books it (schedstat), of all
processes of the server. Needs root, dbus-daemon, kamailio (without it: our own figures alone).
"""
import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
options = argparse.ArgumentParser()
options.add_argument("build")
options.add_argument("--rounds", type=int, default=5)
options.add_argument("--only", default="")
options.add_argument("--json", default="")
options.add_argument("--markdown", action="store_true")
args = options.parse_args()
BUILD = os.path.abspath(args.build)
PHONES = 1000
HOST = "127.0.0.1"
PASSWORD = "secret-of-phones"

if os.environ.get("KITH_BENCH_INSIDE") is None:
    os.environ["KITH_BENCH_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, "-B", os.path.abspath(__file__)] + sys.argv[1:])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=%s</listen><limit name="max_replies_per_connection">50000</limit>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"""

KAMAILIO = """#!KAMAILIO
debug=0
log_stderror=yes
fork=yes
auto_aliases=no
listen=udp:127.0.0.1:5060
disable_tcp=yes
dns=no
rev_dns=no
server_signature=no
maxbuffer=4194304
loadmodule "pv.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "hash_size", 14)
modparam("auth", "nonce_expire", 300)
request_route {
  if (!mf_process_maxfwd_header("70")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
#!ifdef DIGEST
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("kith", "secret-of-phones", "0")) { www_challenge("kith", "1"); exit; }
    save("location"); exit;
  }
#!endif
  if (is_method("REGISTER")) { save("location"); exit; }
#!ifdef REDIRECT
  if (is_method("ACK")) exit;
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  append_to_reply("Contact: <$ru>\\r\\n");
  sl_send_reply("302", "Moved Temporarily"); exit;
#!endif
#!ifdef STATELESS
  if (!has_totag()) { if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; } }
  forward(); exit;
#!endif
#!ifdef STATEFUL
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) t_relay(); exit; }
    sl_send_reply("404", "Not here"); exit;
  }
  t_check_trans();
  if (is_method("INVITE")) record_route();
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
  if (!t_relay()) sl_reply_error();
  exit;
#!endif
}
"""


def tree(root):
    """The process and all below it."""
    pids = [root]
    for pid in pids:
        try:
            for task in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/children" % (pid, task), encoding="ascii") as file:
                    pids += [int(child) for child in file.read().split()]
        except OSError:
            pass
    return pids


def cpu(pids):
    """Seconds of processor time of all their threads."""
    total = 0
    for pid in pids:
        try:
            for task in os.listdir("/proc/%d/task" % pid):
                with open("/proc/%d/task/%s/schedstat" % (pid, task), encoding="ascii") as file:
                    total += int(file.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def pss(pids):
    """MiB."""
    total = 0
    for pid in pids:
        try:
            with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            pass
    return total / 1024


def free_port():
    """Waits until nobody has port 5060."""
    for _ in range(100):
        probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            probe.bind((HOST, 5060))
            return
        except OSError:
            time.sleep(0.05)
        finally:
            probe.close()
    raise RuntimeError("port 5060 stays taken")


class Kith:
    """kithd with kith-edge, and PHONES phones u0, u1 …"""
    name = "kith"

    def __init__(self, role, phones=PHONES):
        free_port()
        self.dir = tempfile.mkdtemp(prefix="kith-edge-bench-")
        self.bus = "unix:path=%s/bus" % self.dir
        os.mkdir(self.dir + "/state", 0o700)
        with open(self.dir + "/bus.conf", "w", encoding="ascii") as file:
            file.write(BUS % (self.dir + "/bus"))
        mode = {"redirect": "redirect", "stateless": "stateless"}.get(role, "proxy")
        with open(self.dir + "/kith.conf", "w", encoding="ascii") as file:
            file.write("[node]\nwork-bits=0\nlocators=static\n[link]\nlan-only=true\nport-mapping=false\n"
                       "[sip]\nbind=127.0.0.1\nmode=%s\ntrusted=127.0.0.0/8\n[phones]\nmax=100000\nmax-expires=3600\n" % mode)
        with open(self.dir + "/phones", "w", encoding="ascii") as file:
            file.write("".join("u%d - %s\n" % (n, PASSWORD) for n in range(phones)))
        self.log = open(self.dir + "/log", "w", encoding="ascii")
        environment = dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.bus, XDG_STATE_HOME=self.dir + "/state", HOME=self.dir)
        self.environment = environment
        self.dbus = subprocess.Popen(["dbus-daemon", "--config-file=" + self.dir + "/bus.conf", "--nofork", "--nopidfile", "--nosyslog"])
        for _ in range(200):
            if os.path.exists(self.dir + "/bus"):
                break
            time.sleep(0.01)
        daemon = [BUILD + "/daemon/kithd", "--config", self.dir + "/kith.conf", "--state-dir", self.dir + "/state"]
        subprocess.run(daemon + ["--init", "bench"], env=environment, stdout=subprocess.DEVNULL, stderr=self.log, check=True)
        self.process = subprocess.Popen(daemon, env=environment, stdout=self.log, stderr=self.log)
        self.wait_edge()
        if phones > 0:
            self.cli("phone", "import", self.dir + "/phones")
        time.sleep(0.5)

    def cli(self, *words):
        for _ in range(50):
            done = subprocess.run([BUILD + "/client/cli/kith", *words], env=self.environment, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return done.stdout
            time.sleep(0.2)
        raise RuntimeError(" ".join(words) + ": " + done.stderr)

    def edge(self):
        for pid in tree(self.process.pid)[1:]:
            try:
                with open("/proc/%d/comm" % pid, encoding="ascii") as file:
                    if file.read().strip() == "kith-edge":
                        return pid
            except OSError:
                pass
        return 0

    def wait_edge(self):
        for _ in range(200):
            if answers():
                return
            time.sleep(0.05)
        raise RuntimeError("kith-edge does not answer: see %s/log" % self.dir)

    def pids(self):
        return tree(self.process.pid)

    def close(self):
        for process in (self.process, self.dbus):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(6)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)


class Kamailio:
    """One worker, the allocators that are the fastest."""
    name = "kamailio"

    def __init__(self, role, phones=PHONES):
        free_port()
        self.dir = tempfile.mkdtemp(prefix="kith-edge-bench-")
        with open(self.dir + "/kamailio.cfg", "w", encoding="ascii") as file:
            file.write(KAMAILIO)
        define = {"digest": "DIGEST", "redirect": "REDIRECT", "stateless": "STATELESS", "stateful": "STATEFUL"}.get(role, "REGISTER")
        self.log = open(self.dir + "/log", "w", encoding="ascii")
        self.process = subprocess.Popen(["kamailio", "-f", self.dir + "/kamailio.cfg", "-DD", "-E", "-x", "fm", "-X", "fm", "-m", "1024", "-M", "32",
                                         "-n", "1", "-A", define, "-Y", self.dir], stdout=self.log, stderr=self.log)
        for _ in range(200):
            if answers():
                return
            time.sleep(0.05)
        with open(self.dir + "/log", encoding="utf-8") as file:
            raise RuntimeError("kamailio does not answer: " + file.read()[-600:])

    def pids(self):
        return tree(self.process.pid)

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(6)
        except subprocess.TimeoutExpired:
            for pid in self.pids():
                os.kill(pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)


def answers():
    """TRUE when somebody says something to OPTIONS."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.settimeout(0.2)
    try:
        probe.connect((HOST, 5060))
        port = probe.getsockname()[1]
        probe.send(("OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bK%x;rport\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\n"
                    "To: <sip:127.0.0.1>\r\nCall-ID: %x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
                    % (port, random.getrandbits(40), random.getrandbits(40))).encode())
        return bool(probe.recv(2000))
    except OSError:
        return False
    finally:
        probe.close()


def load(kind, n, window, users=PHONES):
    done = subprocess.run([BUILD + "/tests/bench/sip-load", kind, HOST, "5060", str(n), str(window), str(users), "kith"],
                          capture_output=True, text=True, check=False, timeout=120)
    return {key: float(value) for key, value in re.findall(r"(\w+)=([\d.]+)", done.stdout)}


# what is done, the role of the server, the kind of load, how many with 64 under way and one at a time, the goals of both
ROWS = [
    ("REGISTER, refreshed", "digest", "refresh", 40000, 8000, 0.5, 1.0),
    ("REGISTER with a challenge", "digest", "digest", 20000, 4000, 0.7, 1.0),
    ("302 by location", "redirect", "redirect", 40000, 8000, 0.5, 1.0),
    ("stateful call by location", "stateful", "call", 10000, 2000, 0.4, 0.6),
    ("stateless call by location", "stateless", "call", 10000, 2000, 0.45, 1.0),
    ("OPTIONS", "register", "options", 40000, 8000, 1.0, 1.0),
]


def measure(server_class, row, window, n):
    _, role, kind, *_ = row
    server = server_class("register" if server_class is Kamailio and kind == "refresh" else role)
    try:
        if kind in ("redirect", "call"):
            load("digest", PHONES, 64)
        if kind == "refresh":
            load("refresh", window, window)
        before, own = cpu(server.pids()), cpu([server.process.pid])
        got = load(kind, n, window)
        used, share = cpu(server.pids()) - before, cpu([server.process.pid]) - own
        count = max(got.get("ok", 0), 1)
        return {"us": used / count * 1e6, "first-us": share / count * 1e6, "rate": count / got.get("seconds", 1), "failed": got.get("failed", n),
                "again": got.get("again", 0), "pss": pss(server.pids())}
    finally:
        server.close()


def compare():
    servers = [Kith] + ([Kamailio] if shutil.which("kamailio") else [])
    rows = []
    for row in ROWS:
        if args.only not in row[0]:
            continue
        for window, n, goal in ((64, row[3], row[5]), (1, row[4], row[6])):
            best = {}
            for _ in range(args.rounds):
                for server in servers:
                    got = measure(server, row, window, n)
                    if server.name not in best or got["us"] < best[server.name]["us"]:
                        best[server.name] = got
            ours, theirs = best["kith"], best.get("kamailio")
            rows.append({"what": row[0], "window": window, "kith-us": ours["us"], "kithd-us": ours["first-us"], "failed": ours["failed"],
                         "again": ours["again"], "kith-rate": ours["rate"], "goal": goal,
                         "kamailio-us": theirs["us"] if theirs else None, "kamailio-failed": theirs["failed"] if theirs else None,
                         "ratio": ours["us"] / theirs["us"] if theirs else None})
            print(json.dumps(rows[-1]), flush=True)
    return rows


def alone():
    """What has nobody to be compared with."""
    facts = {}
    server = Kith("register", phones=0)
    try:
        time.sleep(12)  # it gives back what the start needed
        edge = server.edge()
        with open("/proc/%d/status" % edge, encoding="ascii") as file:
            switches = int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read()).group(1))
        time.sleep(30)
        with open("/proc/%d/status" % edge, encoding="ascii") as file:
            facts["wake-ups in 30 s, no phone"] = int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read()).group(1)) - switches
        facts["PSS of idle kith-edge, MiB"] = round(pss([edge]), 2)
    finally:
        server.close()
    server = Kith("register", phones=0)
    try:
        us = []
        for _ in range(args.rounds):
            before = cpu(server.pids())
            got = load("junk", 100000, 1)
            time.sleep(0.3)
            us.append((cpu(server.pids()) - before) / got["ok"] * 1e6)
        facts["junk datagram of one who is trusted, µs"] = round(min(us), 2)
    finally:
        server.close()
    server = Kith("digest", phones=10000)
    try:
        load("digest", 10000, 64, 10000)
        time.sleep(6)  # they are on the disk
        times = []
        for _ in range(args.rounds):
            os.kill(server.edge(), signal.SIGKILL)
            begun = time.monotonic()
            load("digest", 1, 1, 10000)
            times.append(time.monotonic() - begun)
            time.sleep(8)
        facts["edge killed until REGISTER is answered, 10,000 bindings, s"] = round(min(times), 3)
        facts["… with kithd's memory, MiB"] = round(pss(server.pids()), 1)
    finally:
        server.close()
    return facts


def markdown(rows, facts):
    print("| work | under way | Kith, µs | of it kithd | Kamailio, µs | ratio | goal | failed |\n|---|---|---|---|---|---|---|---|")
    for row in rows:
        theirs = "%.1f" % row["kamailio-us"] if row["kamailio-us"] else "–"
        ratio = "%.2f" % row["ratio"] if row["ratio"] else "–"
        print("| %s | %d | %.1f | %.1f | %s | %s | %.2f | %d |"
              % (row["what"], row["window"], row["kith-us"], row["kithd-us"], theirs, ratio, row["goal"], row["failed"]))
    for name, value in facts.items():
        print("| %s | %s |" % (name, value))


results = compare()
found = {} if args.only else alone()
if args.json:
    with open(args.json, "w", encoding="utf-8") as out:
        json.dump({"rows": results, "facts": found}, out, indent=1)
if args.markdown:
    markdown(results, found)
else:
    print(json.dumps(found, ensure_ascii=False))
