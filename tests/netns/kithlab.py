# SPDX-License-Identifier: GPL-3.0-or-later
# A laboratory of hosts in network namespaces, each with a real kithd, for the tests and benchmarks of this folder.
"""Hosts on one switch, each in its own network namespace.

    with Lab(delay_ms=50) as lab:
        alice = lab.host("alice").start_kith("alice", tone=440)

Every process is started by the laboratory and ended by its PID; namespaces are removed on every way out, and what a laboratory
that was killed outright (KILL) left behind, by the next one. Needs root.
"""
import atexit
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("KITH_BUILD_DIR", "")
SKIP = 77
SPACES = "/run/netns"
# Shorter than the time limit of ctest, which kills without a word.
LIMIT_S = int(os.environ.get("KITH_LAB_SECONDS", "0"))
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


def skip(why):
    print("SKIPPED: " + why)
    sys.exit(SKIP)


def need(*programs):
    """Skips the test, naming what is missing, unless root and all programs are there."""
    if os.geteuid() != 0:
        skip("network namespaces need root")
    for program in programs + ("ip", "dbus-daemon"):
        if shutil.which(program) is None:
            skip("the program %s is missing" % program)
    # A namespace without a name: nothing to take away again.
    if subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False).returncode != 0:
        skip("network namespaces cannot be made here")
    if not os.path.exists(path("daemon/kithd")):
        skip("KITH_BUILD_DIR does not name a build of Kith")


def die_with_parent(number):
    """This process gets the signal @number when the one that started it has gone, however that went."""
    libc.prctl(PR_SET_PDEATHSIG, number)


def remove_space(space):
    """Ends what runs in the namespace, and removes it and its folder in /etc."""
    pids = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=False).stdout
    for pid in pids.split():
        try:
            os.kill(int(pid), signal.SIGKILL)
        except OSError:
            pass
    subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)
    shutil.rmtree("/etc/netns/" + space, ignore_errors=True)


def sweep():
    """Removes what is left of laboratories whose process is no more."""
    names = set()
    for folder in (SPACES, "/etc/netns"):
        if os.path.isdir(folder):
            names.update(os.listdir(folder))
    for name in sorted(names):
        owner = re.match(r"kt(\d+)-", name)
        if owner and not os.path.exists("/proc/" + owner.group(1)):
            remove_space(name)
    for name in os.listdir(tempfile.gettempdir()):
        owner = re.match(r"kithlab-(\d+)-", name)
        if owner and not os.path.exists("/proc/" + owner.group(1)) and not os.environ.get("KITH_KEEP_LAB"):
            shutil.rmtree(os.path.join(tempfile.gettempdir(), name), ignore_errors=True)


def path(name):
    return os.path.join(BUILD, name)


def sh(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(command), result.stderr.strip()))
    return result.stdout


def wait_until(condition, seconds, what):
    """The first true value of condition(), polled; fails with @what in words."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %g s: %s" % (seconds, what))
        time.sleep(0.01)


def check(truth, what):
    print("%s  %s" % ("ok   " if truth else "FAIL ", what), flush=True)
    if not truth:
        raise AssertionError(what)


class Lab:
    # A laboratory for use by hand outlives the shell that set it up.
    follows_parent = True

    def __init__(self, delay_ms=0, jitter_ms=0, loss=0, v6=True, wires=False):
        self.wires = wires  # hosts have wires that can be changed later, even when nothing is wrong with them now
        self.delay_ms, self.jitter_ms, self.loss, self.v6 = delay_ms, jitter_ms, loss, v6
        self.prefix = "kt%d" % os.getpid()
        self.dir = tempfile.mkdtemp(prefix="kithlab-%d-" % os.getpid())
        os.chmod(self.dir, 0o755)
        self.hosts, self.processes, self.spaces = [], [], []
        self.closed = False
        atexit.register(self.close)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, self._on_signal)
        if self.follows_parent:
            die_with_parent(signal.SIGTERM)
        signal.alarm(LIMIT_S)
        sweep()
        self.switch = self.space("sw")

    def __enter__(self):
        sh("ip", "netns", "exec", self.switch, "ip", "link", "add", "br0", "type", "bridge")
        sh("ip", "netns", "exec", self.switch, "ip", "link", "set", "br0", "up")
        sh("ip", "netns", "exec", self.switch, "ip", "addr", "add", "10.77.0.1/24", "dev", "br0")
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and kind is not SystemExit:
            self.show_logs()
        self.close()

    def _on_signal(self, number, frame):
        if self.closed:  # on its way already: let it finish
            return
        print("FAIL  ended by %s" % signal.Signals(number).name, flush=True)
        if number == signal.SIGALRM:
            self.show_logs()
        self.close()
        sys.stdout.flush()
        os._exit(1)

    def space(self, name):
        full = "%s-%s" % (self.prefix, name)
        self.spaces.append(full)
        sh("ip", "netns", "add", full)
        # `ip netns exec` lays the files of this folder over /etc: every host knows the others as NAME.lab.
        os.makedirs("/etc/netns/" + full, exist_ok=True)
        with open("/etc/netns/%s/hosts" % full, "w") as hosts:
            hosts.write("127.0.0.1 localhost\n" + "".join("10.77.0.%d host%d.lab\n" % (n, n) for n in range(10, 40)))
        sh("ip", "netns", "exec", full, "ip", "link", "set", "lo", "up")
        return full

    def host(self, name):
        host = Host(self, name, len(self.hosts) + 10)
        self.hosts.append(host)
        return host

    def run(self, space, command, **options):
        """Starts a process in a namespace; it is ended with the laboratory."""
        if space is not None:
            command = ["ip", "netns", "exec", space] + command
        # Should this program be killed outright, its processes go with it.
        process = subprocess.Popen(command, preexec_fn=lambda: die_with_parent(signal.SIGKILL), **options)
        self.processes.append(process)
        return process

    def show_logs(self):
        for name in sorted(os.listdir(self.dir)):
            if name.endswith(".log"):
                print("---- %s (last 60 lines)" % name)
                with open(os.path.join(self.dir, name), errors="replace") as log:
                    print("".join(log.readlines()[-60:]))

    def close(self):
        if self.closed:
            return
        self.closed = True
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + 4
        for process in reversed(self.processes):
            try:
                process.wait(max(0.05, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for space in self.spaces:
            remove_space(space)
        if os.environ.get("KITH_KEEP_LAB"):
            print("kept: " + self.dir)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


class Wire:
    """A wire between two namespaces (bad-wire.c): delay and jitter in ms, loss in percent; all of it can be changed while it is used."""

    def __init__(self, lab, space1, port1, space2, port2, delay=0, jitter=0, loss=0):
        self.process = lab.run(None, [path("tests/netns/wire"), space1, port1, space2, port2, str(delay), str(jitter), str(loss), "live"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError("the wire from %s to %s did not start" % (space1, space2))

    def set(self, *words):
        """Changes it from now on: "loss=10", "ab:delay=80", "burst=1,30", "down=1", … (see bad-wire.c; ab is from the first to the second)."""
        self.process.stdin.write(" ".join(words) + "\n")
        self.process.stdin.flush()


class Host:
    """One machine: a namespace with the interface eth0 on the switch."""

    def __init__(self, lab, name, number):
        self.lab, self.name = lab, name
        self.space = lab.space(name)
        self.attach(number)
        self.dir = os.path.join(lab.dir, name)
        os.mkdir(self.dir, 0o700)
        self.daemon = self.bus = self.bus_address = None
        self.heard = os.path.join(lab.dir, name + "-heard.wav")

    def attach(self, number):
        """Plugs it in; sets its address."""
        lab = self.lab
        self.address = "10.77.0.%d" % number
        self.host_name = "host%d.lab" % number
        port = "p%d" % number
        self.wire = None
        if lab.wires or lab.delay_ms or lab.jitter_ms or lab.loss:
            # Half of the wire's delay on each host: two hosts are delay_ms apart, one way.
            self.wire = Wire(lab, lab.switch, port, self.space, "eth0", lab.delay_ms / 2, lab.jitter_ms / 2, lab.loss / 2)
        else:
            sh("ip", "link", "add", port, "netns", lab.switch, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        sh("ip", "netns", "exec", lab.switch, "ip", "link", "set", port, "master", "br0", "up")
        self.ip("addr", "add", self.address + "/24", "dev", "eth0")
        if lab.v6:
            self.ip("addr", "add", "fd77::%d/64" % number, "dev", "eth0", "nodad")
        self.ip("link", "set", "eth0", "up")
        self.ip("route", "add", "default", "via", "10.77.0.1")

    def ip(self, *words):
        sh("ip", "netns", "exec", self.space, "ip", *words)

    def impair(self, *words):
        """Changes this host's wire (of a Lab with wires) from now on: "loss=10", "ab:delay=80", "down=1", … (ab is towards the host)."""
        self.wire.set(*words)

    def command(self, *words):
        return ["ip", "netns", "exec", self.space] + list(words)

    # kithd and its bus

    def start_bus(self):
        socket = os.path.join(self.dir, "bus")
        config = os.path.join(self.dir, "bus.conf")
        with open(config, "w") as out:
            out.write("<busconfig><type>session</type><listen>unix:path=%s</listen><auth>EXTERNAL</auth>"
                      "<policy context='default'><allow send_destination='*'/><allow receive_sender='*'/>"
                      "<allow own='*'/><allow eavesdrop='false'/></policy></busconfig>" % socket)
        self.bus = self.lab.run(self.space, ["dbus-daemon", "--config-file=" + config, "--nofork", "--nopidfile"],
                                stderr=subprocess.DEVNULL)
        self.bus_address = "unix:path=" + socket
        wait_until(lambda: os.path.exists(socket), 5, "the bus of %s" % self.name)

    def init(self, name):
        return sh(*self.command(path("daemon/kithd"), "--state-dir", os.path.join(self.dir, "state"), "--init", name))

    def start_kith(self, name=None, tone=None, bootstrap=None, options=(), audio_in=None, wait=True):
        """Makes the identity if @name is new here and starts the daemon; a tone of @tone Hz is its microphone."""
        if self.bus is None:
            self.start_bus()
        if name is not None and not os.path.exists(os.path.join(self.dir, "state", "identity.key")):
            self.init(name)
        command = [path("daemon/kithd"), "--state-dir", os.path.join(self.dir, "state"), "--bus", self.bus_address,
                   "--work-bits", "0", "--dht-network", "77", "--log-level", "debug", "--log-personal",
                   "--config", self._config(), "--audio-in", audio_in or ("tone:%d" % tone if tone else "silence"),
                   "--audio-out", self.heard]
        for peer in bootstrap or []:
            command += ["--bootstrap", peer]
        self.log = open(os.path.join(self.lab.dir, self.name + ".log"), "a")
        self.daemon = self.lab.run(self.space, command + list(options), stderr=self.log, stdout=self.log)
        if wait:
            wait_until(lambda: self.started() or self.daemon.poll() is not None, 10, "%s's daemon answers" % self.name)
            if self.daemon.poll() is not None:
                raise AssertionError("kithd of %s ended with %s" % (self.name, self.daemon.returncode))
        return self

    def started(self):
        """TRUE when it serves names, and ordinary SIP where that is on."""
        status = self.kith("--json", "status")
        return status.returncode == 0 and json.loads(status.stdout)["daemon"]["state"] != "starting"

    def _config(self):
        name = os.path.join(self.dir, "kith.conf")
        if not os.path.exists(name):
            with open(name, "w") as out:
                out.write("[dht]\ndiscovery=false\n")
        return name

    def daemon_pid(self):
        """The PID of kithd itself (the process that we hold may be `ip netns exec`, which execs it: the same)."""
        return self.daemon.pid

    def stop_kith(self):
        self.daemon.send_signal(signal.SIGTERM)
        return self.daemon.wait(6)

    def kith(self, *words, timeout=30):
        return subprocess.run(self.command(path("client/cli/kith"), "--bus", self.bus_address, *words), capture_output=True,
                              text=True, timeout=timeout, check=False)

    def kith_start(self, *words):
        """`kith` in the background, its output in a pipe."""
        return self.lab.run(self.space, [path("client/cli/kith"), "--bus", self.bus_address] + list(words),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def json(self, *words):
        result = self.kith("--json", *words)
        if result.returncode != 0:
            raise RuntimeError("kith %s: %s%s" % (" ".join(words), result.stdout, result.stderr))
        return json.loads(result.stdout)

    # One round trip each, without starting a CLI: for polling and for benchmarks.

    def gdbus(self, object_path, method, *arguments):
        return sh("gdbus", "call", "--address", self.bus_address, "--dest", "org.kith.Kith1", "--object-path",
                  "/org/kith/Kith1" + object_path, "--method", "org.kith.Kith1." + method, *arguments).strip()

    def property(self, object_path, interface, name):
        text = sh("gdbus", "call", "--address", self.bus_address, "--dest", "org.kith.Kith1", "--object-path",
                  "/org/kith/Kith1" + object_path, "--method", "org.freedesktop.DBus.Properties.Get",
                  "org.kith.Kith1." + interface, name).strip()
        found = re.match(r"\(<(.*)>,\)$", text)
        value = found.group(1)
        value = re.sub(r"^(uint32|uint16|int64|uint64|objectpath) ", "", value)
        if value[0] in "'\"":
            return value[1:-1]
        return {"true": True, "false": False}.get(value, int(value) if re.match(r"-?\d+$", value) else value)

    def registered(self):
        try:
            return self.property("/account/1", "Account", "State") == "registered"
        except RuntimeError:
            return False

    def wait_registered(self, seconds=15):
        wait_until(self.registered, seconds, "%s is registered" % self.name)

    def calls(self):
        """The calls' object paths below the root, such as "/call/1", oldest first."""
        text = sh("gdbus", "call", "--address", self.bus_address, "--dest", "org.kith.Kith1", "--object-path",
                  "/org/kith/Kith1", "--method", "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
        numbers = sorted({int(n) for n in re.findall(r"/org/kith/Kith1/call/(\d+)'", text)})
        return ["/call/%d" % n for n in numbers]

    def call_in(self, state):
        for call in reversed(self.calls()):
            try:
                if self.property(call, "Call", "State") == state:
                    return call
            except RuntimeError:
                continue  # an ended call is removed after half a minute
        return None

    def wait_call(self, state, seconds=10):
        return wait_until(lambda: self.call_in(state), seconds, "%s has a call that is %s" % (self.name, state))

    def call_facts(self, call):
        text = sh("gdbus", "call", "--address", self.bus_address, "--dest", "org.kith.Kith1", "--object-path",
                  "/org/kith/Kith1" + call, "--method", "org.freedesktop.DBus.Properties.GetAll", "org.kith.Kith1.Call")
        facts = {}
        pattern = r"""'(\w+)': <(?:uint32 |int64 |uint16 |objectpath )?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[-\w.]+)>"""
        for key, value in re.findall(pattern, text):
            facts[key] = value[1:-1] if value[0] in "'\"" else value
        return facts


def hears(wav, *tones, **options):
    """TRUE when the recording holds each of the tones (Hz), by the judge program of the tests."""
    command = [path("tests/common/tone-check"), wav] + [str(tone) for tone in tones]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if options.get("show", True):
        print("      " + result.stdout.strip().replace("\n", "\n      "))
    return result.returncode == 0


def network(lab, *names, tones=(440, 660, 880), **options):
    """Hosts of these names with identities, the first being everybody's bootstrap, all registered."""
    hosts = [lab.host(name) for name in names]
    for i, host in enumerate(hosts):
        peers = [] if i == 0 else [hosts[0].address + ":4222"]
        host.start_kith(names[i], tone=tones[i % len(tones)], bootstrap=peers, options=["--dht-port", "4222"], **options)
    if len(hosts) > 1:
        for host in hosts:
            host.wait_registered()
    return hosts
