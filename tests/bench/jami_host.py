# SPDX-License-Identifier: GPL-3.0-or-later
# Jami as it is measured beside Kith: a jamid on a host of the laboratory, its sound, what it says on the bus, its packets on the wire.
"""A Jami is a host of natlab.py with a sound server whose microphone is a tone, and a jamid that is a new one for each call.

    jami = Jami(lab, home.host("alice"), TONE_A)
    jami.begin(details)     # a new account
    jami.announced(45)
    jami.invoke("CallManager", "placeCallWithMedia", "(ssaa{ss})", jami.account, identity, MEDIA)
"""
import math
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

from kithlab import skip, wait_until
from natlab import inside

JAMID = shutil.which("jamid") or "/usr/libexec/jamid"
if not os.path.exists(JAMID):
    skip("Jami is not installed: apt-get install jami-daemon (it is measured beside Kith and needed for nothing else)")
try:
    from gi.repository import Gio, GLib
except ImportError:
    DEBIAN = "/usr/bin/python3"
    if os.path.realpath(sys.executable) == os.path.realpath(DEBIAN) or not os.path.exists(DEBIAN):
        skip("the Python module gi is missing: apt-get install python3-gi")
    os.execv(DEBIAN, [DEBIAN, "-B"] + sys.argv)

# Other tones than a ringback has (425, 440, 480 Hz); whole periods in a block of 10 ms.
TONE_A, TONE_B = 1000, 1300
RATE, BLOCK = 48000, 480
HEARD = 0.01 * 32768  # -40 dBFS: what Kith's own stamp of the first sound takes for sound
BUS_NAME = "cx.ring.Ring"
PACE = ["--format=s16le", "--rate=%d" % RATE, "--channels=1", "--latency-msec=10", "--process-time-msec=10"]


def loudness(samples, frequency):
    """The amplitude of this frequency in a block, and whether it is most of what there is (Goertzel)."""
    factor = 2 * math.cos(2 * math.pi * frequency / RATE)
    one = two = energy = 0.0
    for sample in samples:
        one, two = sample + factor * one - two, one
        energy += sample * sample
    power = one * one + two * two - factor * one * two
    return 2 * math.sqrt(max(power, 0)) / len(samples), power * 2 / len(samples) > energy / 2


class Ear(threading.Thread):
    """Listens to a host's loudspeaker for a tone and keeps the moment at which it began."""

    def __init__(self, jami, tone):
        super().__init__(daemon=True)
        self.tone, self.heard_at = tone, None
        self.process = jami.lab.run(jami.host.space, ["parec", "--device=spk.monitor"] + PACE, env=jami.environment, stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL)
        self.start()

    def run(self):
        while self.heard_at is None:
            block = self.process.stdout.read(2 * BLOCK)
            if len(block) < 2 * BLOCK:
                return
            if any(block):
                amplitude, is_pure = loudness(struct.unpack("<%dh" % BLOCK, block), self.tone)
                if amplitude > HEARD and is_pure:
                    self.heard_at = time.time()

    def stop(self):
        end(self.process)


def play(pipe, tone):
    """Writes the tone to a player as long as there is one."""
    samples = [int(9000 * math.sin(2 * math.pi * tone * i / RATE)) for i in range(BLOCK * 10)]
    block = struct.pack("<%dh" % len(samples), *samples)
    try:
        while True:
            pipe.write(block)
            pipe.flush()
    except OSError:
        pass


def end(process, seconds=5):
    """Ends a process that we started."""
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Jami:
    """A host with a sound server whose microphone is a tone, a bus, and a jamid that is a new one for each call."""

    def __init__(self, lab, host, tone, ipv6=False, debug=False):
        self.lab, self.host, self.tone, self.debug = lab, host, tone, debug
        self.events, self.news, self.process, self.account, self.identity = [], threading.Condition(), None, None, None
        self.home = os.path.join(host.dir, "home")
        runtime = os.path.join(host.dir, "runtime")
        os.mkdir(runtime, 0o700)
        host.start_bus()
        self.environment = dict(os.environ, HOME=self.home, XDG_RUNTIME_DIR=runtime, DBUS_SESSION_BUS_ADDRESS=host.bus_address,
                                PULSE_SERVER="unix:" + os.path.join(host.dir, "pulse"))
        for name, folder in (("CONFIG", ".config"), ("DATA", ".local/share"), ("CACHE", ".cache")):
            self.environment["XDG_%s_HOME" % name] = os.path.join(self.home, folder)
        with open("/etc/netns/%s/resolv.conf" % host.space, "w") as out:
            out.write("nameserver 127.0.0.1\n")  # refused at once: there is no name server on this internet
        if not ipv6:
            inside(host.space, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        self._start_sound()
        self._connect()

    def _start_sound(self):
        log = open(os.path.join(self.lab.dir, "pulse-%s.log" % self.host.name), "w")
        without = {k: v for k, v in self.environment.items() if k != "PULSE_SERVER"}
        name = os.path.join(self.host.dir, "pulse")
        self.lab.run(self.host.space, ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes",
                                       "-L", "module-null-sink sink_name=spk rate=%d" % RATE,
                                       "-L", "module-null-sink sink_name=mic rate=%d" % RATE,
                                       "-L", "module-native-protocol-unix auth-anonymous=1 socket=" + name],
                     env=without, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: os.path.exists(name), 10, "the sound server of %s" % self.host.name)
        for what, device in (("sink", "spk"), ("source", "mic.monitor")):
            subprocess.run(["pactl", "set-default-" + what, device], env=self.environment, check=True)
        player = self.lab.run(self.host.space, ["pacat", "--playback", "--device=mic"] + PACE, env=self.environment, stdin=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        threading.Thread(target=play, args=(player.stdin, self.tone), daemon=True).start()
        # Such devices work in blocks of up to 2 s unless a client wants less: these want 10 ms, so that it does not count as Jami's delay.
        for device in ("spk.monitor", "mic.monitor"):
            self.lab.run(self.host.space, ["parec", "--device=" + device] + PACE, env=self.environment, stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)

    def _connect(self):
        """The bus, heard by a thread of its own, so that every signal has the time at which it came."""
        context = GLib.MainContext.new()

        def listen():
            context.push_thread_default()
            flags = Gio.DBusConnectionFlags
            self.bus = Gio.DBusConnection.new_for_address_sync(self.host.bus_address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION,
                                                               None, None)
            self.bus.set_exit_on_close(False)
            self.bus.signal_subscribe(None, None, None, None, None, Gio.DBusSignalFlags.NONE, self._on_signal)
            connected.set()
            GLib.MainLoop.new(context, False).run()

        connected = threading.Event()
        threading.Thread(target=listen, daemon=True).start()
        if not connected.wait(10):
            raise RuntimeError("the bus of %s does not answer" % self.host.name)

    def _on_signal(self, _bus, _sender, _path, _interface, name, parameters):
        with self.news:
            self.events.append((time.time(), name, parameters.unpack()))
            self.news.notify_all()

    def find(self, name, condition, since=0):
        return next((event for event in list(self.events) if event[0] >= since and event[1] == name and condition(event[2])), None)

    def wait(self, condition, seconds):
        with self.news:
            self.news.wait_for(condition, seconds)
            return condition()

    def invoke(self, manager, method, kinds="()", *values):
        answer = self.bus.call_sync(BUS_NAME, "/cx/ring/Ring/" + manager, "cx.ring.Ring." + manager, method, GLib.Variant(kinds, values), None,
                                    Gio.DBusCallFlags.NO_AUTO_START, 30000, None).unpack()
        return answer[0] if answer else None

    def has_name(self):
        return self.bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                  GLib.Variant("(s)", (BUS_NAME,)), None, Gio.DBusCallFlags.NONE, 5000, None).unpack()[0]

    # One life of jamid

    def begin(self, details):
        """A jamid that knows nothing, and an account on it."""
        shutil.rmtree(self.home, ignore_errors=True)
        os.mkdir(self.home)
        del self.events[:]
        log = open(os.path.join(self.lab.dir, "jamid-%s.log" % self.host.name), "w")
        self.process = self.lab.run(self.host.space, [JAMID, "-p", "-c"] + (["-d"] if self.debug else []), env=self.environment,
                                    stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: self.has_name() or self.process.poll() is not None, 20, "jamid of %s is on its bus" % self.host.name)
        if self.process.poll() is not None:
            raise RuntimeError("jamid of %s ended with %s" % (self.host.name, self.process.returncode))
        self.account = self.invoke("ConfigurationManager", "addAccount", "(a{ss})", dict(details, **{
            "Account.alias": self.host.name, "Account.displayName": self.host.name}))

    def announced(self, seconds):
        """Whether its device is announced in the DHT; its identity is known then."""
        told = self.wait(lambda: self.find("volatileAccountDetailsChanged", lambda p: p[1].get("Account.deviceAnnounced") == "true"), seconds)
        self.identity = self.invoke("ConfigurationManager", "getAccountDetails", "(s)", self.account).get("Account.username", "")
        return told is not None

    def state(self):
        """What it says about its account."""
        told = self.invoke("ConfigurationManager", "getVolatileAccountDetails", "(s)", self.account)
        return "%s, announced: %s" % (told.get("Account.registrationStatus"), told.get("Account.deviceAnnounced"))

    def stop(self):
        end(self.process, 10)

    def states(self, call, since):
        """What it told of a call: (ms since, state, code)."""
        return [(round((t - since) * 1000), p[2], p[3]) for t, name, p in list(self.events)
                if t >= since and name == "callStateChanged" and p[1] == call]


def first_media(name, own, turns, since):
    """From a capture: the time of the first SRTP packet that came in after @since, and "direct" or "relay"; (None, "") without."""
    with open(name, "rb") as capture:
        data = capture.read()
    at = 24
    while at + 16 <= len(data):
        seconds, micro, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16:at + 16 + length]
        at += 16 + length
        moment = seconds + micro / 1e6
        if moment < since or len(frame) < 42 or frame[12:14] != b"\x08\x00" or socket.inet_ntoa(frame[26:30]) == own:
            continue
        body = 14 + 4 * (frame[14] & 15)
        body += 8 if frame[23] == 17 else 4 * (frame[body + 12] >> 4)
        if is_media(frame[body:]):
            return moment, "relay" if socket.inet_ntoa(frame[26:30]) in turns else "direct"
    return None, ""


def is_media(payload):
    """An SRTP packet, bare or as TURN brings it (RFC 8656: ChannelData, Data indication). The DHT's own begin with 0x81 and more."""
    if len(payload) > 4 and 0x40 <= payload[0] <= 0x4F:
        payload = payload[4:]
    elif len(payload) > 20 and payload[:2] == b"\x00\x17":
        at = 20
        while at + 4 <= len(payload):
            kind, length = struct.unpack_from(">HH", payload, at)
            if kind == 0x0013:
                payload = payload[at + 4:at + 4 + length]
                break
            at += 4 + (length + 3) // 4 * 4
    return len(payload) > 16 and payload[0] in (0x80, 0x90) and not 64 <= payload[1] & 0x7F <= 95
