# SPDX-License-Identifier: GPL-3.0-or-later
# A real kithd and a made-up telephone on one wire, in network namespaces of the test's own; for all tests of this folder.
"""How to write a test: a file test_NAME.py becomes the ctest `interop/NAME` (label interop, 60 s at most; aim at 10 s).

    from interop import Scene, check

    with Scene() as scene:
        kith = scene.kith("alice", tone=1000)          # kithd on a host of its own, 10.9.0.10 and fd09::10, its microphone a tone of 1000 Hz
        phone = scene.phone(tone=440)                  # a telephone at 10.9.0.100:5060; also scene.phone(v6=True, transport="tcp", port=5070, ip=…)
        call = phone.dial(kith)                        # sends an INVITE; phone.call_to(kith) sends nothing yet
        ok = call.answered(kith)                       # 180, `kith answer`, 200, ACK
        phone.sound.start(ok.media.address)            # RTP, until phone.sound.stop()
        check(scene.hears(phone, 1000) and scene.hears(kith, 440), "both hear each other")
        check(call.bye().status == 200, "BYE ends it")

        running = kith.start("call", phone.uri)        # the other way: `kith call` in the background
        call = phone.take()                            # the INVITE that comes: call.incoming_request, its description call.incoming_request.media
        call.accept()                                  # 180, 200, ACK; or call.reply(183, body=phone.describe()), call.reply(486, "Busy Here"), …

Messages: call.request("INFO", body, kind, fields=["Event: x"], without=["Max-Forwards"], number=CSeq, send=False) makes any request of the call and
gives its bytes, phone.send(bytes, (kith.ip, kith.port)) sends what you made of them. call.expect(200, "INFO"), call.expect("BYE"), call.expect("4xx"),
call.expect(lambda m: …) give the Message or None: m["call-id"], m.status, m.method, m.every("via"), m.tag("to"), m.body, m.media. phone.expect(…) takes any
call's; phone.quiet(2, "INVITE") is TRUE when none comes. A description: phone.describe(direction="sendonly", formats=[8], connection="0.0.0.0", version=2, 
extra=[…]).
The node: kith.kith("answer") runs the CLI (.code, .out), kith.json("show", "1"), kith.calls(), kith.state() of the newest call, kith.wait_state("active"),
kith.heard_samples(), kith.alive(), kith.rss_kib(), kith.stop(), kith.run() again; options=["--sip-port", "5070"], conf="[sip]\n…\n".
Two nodes: scene.kith("bob", bootstrap=[alice]), bob.wait_registered(). scene.alias("door.lab", "10.9.0.100") writes the namespace's /etc/hosts.

By hand, as root: KITH_BUILD_DIR=build-dev python3 tests/interop/test_calls.py; KITH_SHOW=1 prints the messages, KITH_KEEP=1 keeps logs and recordings.
The test runs itself in new network, mount and PID namespaces: tests do not meet each other, and whatever happens, nothing of it stays.
Without root: skipped (77). Names that many tests of a kind share belong into phone.py (SIP) or sound.py (RTP).
"""
import ctypes
import glob
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from phone import Phone
from sound import Wav, share

SKIPPED = 77
BUILD = os.path.abspath(os.environ.get("KITH_BUILD_DIR", "build-dev"))
KEEP = bool(os.environ.get("KITH_KEEP"))
FOLDER = "kith-interop-"
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)
failed = []


def check(truth, what):
    """Says and counts it; the test goes on. Gives @truth as bool."""
    print("%s  %s" % ("ok   " if truth else "FAIL ", what), flush=True)
    if not truth:
        failed.append(what)
    return bool(truth)


def wait_until(condition, seconds, step=0.02):
    """The first true value of condition(); its last value when none was true in time."""
    end = time.monotonic() + seconds
    value = condition()
    while not value and time.monotonic() < end:
        time.sleep(step)
        value = condition()
    return value


def skip(why):
    print("SKIPPED: " + why)
    sys.exit(SKIPPED)


def build(name):
    return os.path.join(BUILD, name)


def run(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(command), result.stderr.strip()))
    return result.stdout


def follow_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def enter_namespaces():
    """Runs this program once more as the first process of namespaces of its own, passes its exit code on, and takes its folder away."""
    if os.geteuid() != 0:
        skip("network namespaces need root")
    for program in ("ip", "dbus-daemon", "unshare", "nsenter"):
        if shutil.which(program) is None:
            skip("the program %s is missing" % program)
    space = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    if subprocess.run([*space, "true"], capture_output=True, check=False).returncode != 0:
        skip("namespaces cannot be made here")
    if not os.path.exists(build("daemon/kithd")):
        skip("KITH_BUILD_DIR does not name a build of Kith")
    for left in glob.glob(os.path.join(tempfile.gettempdir(), FOLDER + "*")):
        owner = re.match(FOLDER + r"(\d+)-", os.path.basename(left))
        if owner and not os.path.exists("/proc/" + owner.group(1)) and not os.path.exists(left + "/kept"):
            shutil.rmtree(left, ignore_errors=True)
    folder = tempfile.mkdtemp(prefix="%s%d-" % (FOLDER, os.getpid()))
    child = subprocess.Popen([*space, sys.executable, "-B", *sys.argv], env=dict(os.environ, KITH_SCENE=folder), preexec_fn=follow_parent)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: child.kill())
    status = child.wait()
    if KEEP:
        open(folder + "/kept", "w").close()
        print("kept: " + folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.flush()
    os._exit(status if status >= 0 else 1)


class Scene:
    """A switch (the test's own namespace) to which telephones' addresses and the nodes' hosts belong."""

    def __init__(self):
        if not os.environ.get("KITH_SCENE"):
            enter_namespaces()
        self.dir = os.environ["KITH_SCENE"]
        self.nodes, self.phones, self.processes = [], [], []
        self.network = str(random.randrange(1000, 1000000))
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "br0", "type", "bridge")
        run("ip", "link", "set", "br0", "up")
        run("ip", "address", "add", "10.9.0.1/24", "dev", "br0")
        run("ip", "address", "add", "fd09::1/64", "dev", "br0", "nodad")
        self.hosts = os.path.join(self.dir, "hosts")
        with open(self.hosts, "w") as out:
            out.write("127.0.0.1 localhost\n")
        run("mount", "--bind", self.hosts, "/etc/hosts")

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind not in (None, SystemExit):
            failed.append("%s: %s" % (kind.__name__, value))
        for node in self.nodes:
            if kind is None and not node.stopped:
                check(node.alive(), "kithd of %s is alive at the end" % node.name)
            if failed:
                node.show_log()
            node.stop()
        for one in self.phones:
            one.close()
        if kind is None and failed:
            print("FAILED: " + "; ".join(failed))
            sys.exit(1)

    def alias(self, name, ip):
        """The host @name has this address, for all in this scene."""
        with open(self.hosts, "a") as out:
            out.write("%s %s\n" % (ip, name))

    def address(self, ip):
        """One more address at the telephones' side of the switch."""
        known = run("ip", "-o", "address", "show", "dev", "br0")
        if " %s/" % ip not in known:
            run("ip", "address", "add", ip + ("/64" if ":" in ip else "/24"), "dev", "br0", *(["nodad"] if ":" in ip else []))
        return ip

    def phone(self, ip=None, port=5060, v6=False, **options):
        """A telephone of its own address, 10.9.0.100 or fd09::100 and up. More in options: name, transport ("udp", "tcp"), tone."""
        number = 100 + len(self.phones)
        phone = Phone(self.address(ip or ("fd09::%d" if v6 else "10.9.0.%d") % number), port, **options)
        self.phones.append(phone)
        return phone

    def kith(self, name="alice", start=True, **options):
        """A host with a running kithd of this name (see Kith); start=False: run() starts it."""
        node = Kith(self, name, 10 + len(self.nodes), **options)
        self.nodes.append(node)
        if start:
            node.run()
        return node

    def start(self, command, **options):
        process = subprocess.Popen(command, preexec_fn=follow_parent, **options)
        self.processes.append(process)
        return process

    def hears(self, who, hz, seconds=4):
        """TRUE as soon as at least half of the last second's sound at @who (a Phone or a Kith) is a tone of @hz; FALSE after @seconds."""
        def now():
            if isinstance(who, Phone):
                return who.sound.heard(hz, 1.0) > 0.5
            return who.heard(hz, 1.0) > 0.5
        return bool(wait_until(now, seconds, 0.1))


class Address:
    """Where to dial, when it is not a Kith itself."""

    def __init__(self, ip, port=5060, name="alice"):
        self.ip, self.port, self.name = ip, port, name


class Result:
    """What a `kith` command printed (both outputs together), and its exit code."""

    def __init__(self, code, out):
        self.code, self.out = code, out


class Kith:
    """One host: a network namespace with eth0 on the switch, a D-Bus and a kithd."""

    def __init__(self, scene, name, number, tone=1000, options=(), conf="", bootstrap=(), prefix=(), init=True, build_dir=BUILD):
        self.scene, self.name, self.number = scene, name, number
        self.ip, self.ip6, self.port = "10.9.0.%d" % number, "fd09::%d" % number, 5060
        self.tone, self.options, self.prefix, self.init = tone, list(options), list(prefix), init
        self.bootstrap = [node.ip + ":4222" for node in bootstrap]
        self.dir = os.path.join(scene.dir, name)
        os.makedirs(self.dir + "/state", 0o700)
        self.log_name, self.bus = self.dir + "/kithd.log", "unix:path=%s/bus" % self.dir
        self.daemon, self.stopped, self.build_dir = None, False, os.path.abspath(build_dir)
        self.write_conf(conf)
        self._make_host()
        with open(self.dir + "/bus.conf", "w") as out:
            out.write("<busconfig><type>session</type><listen>%s</listen><policy context='default'><allow send_destination='*'/>"
                      "<allow receive_sender='*'/><allow own='*'/></policy></busconfig>" % self.bus)
        self.bus_daemon = scene.start(["dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", "--config-file=" + self.dir + "/bus.conf"],
                                      stderr=subprocess.DEVNULL)
        if not wait_until(lambda: os.path.exists(self.dir + "/bus"), 5):
            raise RuntimeError("dbus-daemon did not start")

    @property
    def at6(self):
        """The same host by its IPv6 address, to dial it there."""
        return Address(self.ip6, self.port, self.name)

    def program(self, name):
        return os.path.join(self.build_dir, name)

    def write_conf(self, text):
        with open(self.dir + "/kith.conf", "w") as out:
            out.write(text)

    def _make_host(self):
        # The namespace lives as long as a process that holds it.
        self.holder = self.scene.start(["unshare", "--net", "sh", "-c", "echo here; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.holder.stdout.readline()
        self.space = ["nsenter", "--net=/proc/%d/ns/net" % self.holder.pid]
        wire = "host%d" % self.number
        run("ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        run("ip", "link", "set", wire, "master", "br0", "up")
        script = ("ip link set lo up; ip address add %s/24 dev eth0; ip address add %s/64 dev eth0 nodad; ip link set eth0 up; "
                  "ip route add default via 10.9.0.1" % (self.ip, self.ip6))
        run(*self.space, "sh", "-ec", script)

    def command(self, *words):
        """The words of a command that runs on this host."""
        return [*self.prefix, *self.space, *words]

    def run(self):
        """Starts kithd, and makes its identity if there is none; returns when it has started: names, and ordinary SIP where it is on."""
        if self.init and not os.path.exists(self.dir + "/state/identity.key"):
            run(*self.space, self.program("daemon/kithd"), "--state-dir", self.dir + "/state", "--init", self.name)
        more = [word for peer in self.bootstrap for word in ("--bootstrap", peer)]
        self.log = open(self.log_name, "a")
        self.daemon = self.scene.start(self.command(
            self.program("daemon/kithd"), "--bus", self.bus, "--config", self.dir + "/kith.conf", "--state-dir", self.dir + "/state", "--no-discovery",
            "--dht-port", "4222", "--dht-network", self.scene.network, "--work-bits", "0", "--audio-in", "tone:%d" % self.tone,
            "--audio-out", self.dir + "/heard-%c.wav", "--log-level", "debug", "--log-personal", *more, *self.options), stdout=self.log, stderr=self.log)
        self.stopped = False
        if not wait_until(lambda: self.started() or not self.alive(), 10) or not self.alive():
            raise RuntimeError("kithd of %s did not start" % self.name)

    def started(self):
        status = self.kith("--json", "status")
        return status.code in (0, 1) and json.loads(status.out)["daemon"]["state"] != "starting"

    def stop(self, number=signal.SIGTERM, seconds=8):
        """Ends kithd; gives its exit code (-9 when it had to be killed)."""
        self.stopped = True
        if self.daemon is None:
            return 0
        if self.alive():
            self.daemon.send_signal(number)
        try:
            return self.daemon.wait(seconds)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            return self.daemon.wait()

    def alive(self):
        return self.daemon.poll() is None

    def rss_kib(self):
        with open("/proc/%d/status" % self.daemon.pid) as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def kith(self, *words, timeout=20):
        """Runs `kith WORDS` and waits for it."""
        result = subprocess.run(self.command(self.program("client/cli/kith"), "--bus", self.bus, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                timeout=timeout, check=False)
        return Result(result.returncode, result.stdout.decode("utf-8", "replace"))

    def start(self, *words):
        """`kith WORDS` in the background, its output in a pipe."""
        return self.scene.start(self.command(self.program("client/cli/kith"), "--bus", self.bus, *words), stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def json(self, *words):
        """The JSON that `kith --json WORDS` prints: one value, or a list of them when it prints several lines."""
        values = [json.loads(line) for line in self.kith("--json", *words).out.splitlines() if line.strip()]
        return values[0] if len(values) == 1 else values

    def calls(self):
        """The calls that `kith calls` lists, oldest first."""
        found = self.json("calls")
        found = found if isinstance(found, list) else [found]
        return [call for part in found for call in (part.get("calls", [part] if "state" in part else []) if isinstance(part, dict) else [])]

    def state(self):
        """The state of the newest call, or None."""
        calls = self.calls()
        return calls[-1].get("state") if calls else None

    def wait_state(self, state, seconds=5):
        return self.state() == state or bool(wait_until(lambda: self.state() == state, seconds, 0.05))

    def wait_registered(self, seconds=15):
        return wait_until(lambda: '"registered"' in self.kith("--json", "status").out, seconds, 0.1)

    def recordings(self):
        """What it heard: files, oldest first (one for each call)."""
        return sorted(glob.glob(self.dir + "/heard-*.wav"), key=os.path.getmtime)

    def heard_samples(self, seconds=1.0):
        """(samples, rate) of the end of the newest recording."""
        names = self.recordings()
        if not names:
            return (), 8000
        wav = Wav(names[-1])
        return wav.last(seconds), wav.rate

    def heard(self, hz, seconds=1.0):
        """The share of a tone in the last seconds of the newest recording."""
        samples, rate = self.heard_samples(seconds)
        return share(samples, hz, rate)

    def log_text(self):
        with open(self.log_name, errors="replace") as file:
            return file.read()

    def show_log(self, lines=60):
        print("---- %s: kithd's last lines" % self.name)
        print("\n".join(self.log_text().splitlines()[-lines:]), flush=True)
