# SPDX-License-Identifier: GPL-3.0-or-later
# Calls across the laboratory of NATs: two nodes at home, their witnesses, the expectation for each pair of NATs, gaps in the voice.
"""A Bed is one internet with public Kith nodes; a Pair are two Kith nodes on it that call each other.

    with Bed(rtt_ms=100) as bed:
        with bed.pair("port", "sym", relay="friend") as pair:
            result = pair.talk()
"""
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time

from kithlab import check, path, sh, wait_until
from natlab import TURN_PASSWORD, TURN_USER, NatLab

TONE_A, TONE_B = 440, 660
STRICTNESS = ("none", "full", "addr", "port", "sym", "blocked")


def direct_possible(a, b, v6=False):
    """Whether two nodes behind such NATs can meet without a relay; with IPv6 behind stateful firewalls always, if UDP passes at all."""
    if "blocked" in (a, b):
        return False
    if v6:
        return True
    return not ({a, b} == {"sym"} or {a, b} == {"sym", "port"})


def unexplained(a, b, sentence):
    """What the sentence of `kith why` does not say about a call between NATs that cannot meet and have no relay, or ""."""
    if a == "blocked":
        words = ("UDP", "TURN server")  # nobody answers the caller
    elif b == "blocked":
        words = ("Nobody",)  # the callee never came as far as to be known
    else:
        words = ("symmetric NAT", "TURN server") + (("port-restricted NAT",) if "port" in (a, b) else ())
    return ", ".join("“%s”" % word for word in words if word not in sentence)


class Watch:
    """What a node tells on its bus, as `kith watch` reads it, without asking over and over."""

    def __init__(self, host):
        self.host, self.events, self.calls = host, [], {}
        self.news = threading.Condition()
        self.process = host.kith_start("--json", "watch")
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            event["heard-at"] = time.monotonic()
            with self.news:
                self.events.append(event)
                if "call" in event and "state" in event:
                    self.calls.setdefault(event["call"], {}).update(event)
                self.news.notify_all()
        with self.news:
            self.news.notify_all()

    def wait(self, condition, seconds):
        """The first true value of condition(self), else None."""
        with self.news:
            self.news.wait_for(lambda: condition(self), seconds)
            return condition(self)

    def wait_state(self, direction, states, seconds, after=0):
        """A call of this direction with a number above @after in one of the states."""

        def found(watch):
            for number, call in sorted(watch.calls.items(), reverse=True):
                if number > after and call["direction"] == direction and call["state"] in states:
                    return call
            return None

        return self.wait(found, seconds)

    def newest(self):
        with self.news:
            return max(self.calls, default=0)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


class Bed:
    """An internet with two public Kith nodes (fresh for every pair), homes that stay, TURN servers and a friend when asked."""

    def __init__(self, rtt_ms=0, v6=False, wires=False, jitter_ms=0, loss=0):
        self.net = NatLab(rtt_ms=rtt_ms, v6=v6, wires=wires, jitter_ms=jitter_ms, loss=loss)
        self.rtt_ms, self.v6 = rtt_ms, v6
        self.homes, self.nodes = {}, []

    def __enter__(self):
        self.net.__enter__()
        return self

    def __exit__(self, kind, value, trace):
        self.net.__exit__(kind, value, trace)

    def host(self, side, kind, cgn=None, same_prefix=False, upnp=False):
        """The host of this side ("a" or "b") behind such a router."""
        key = (side, kind, cgn, same_prefix, upnp)
        if key not in self.homes:
            letter = chr(ord("A") + len(self.homes))
            home = self.net.home(letter, kind, cgn=cgn, same_prefix=same_prefix, upnp=upnp)
            self.homes[key] = home.host("%s%s%s%s%s" % (side, kind, "c" + cgn if cgn else "", "same" if same_prefix else "", "upnp" if upnp else ""))
        return self.homes[key]

    def public(self, name):
        for node in self.net.hosts:
            if node.name == name:
                return node
        return self.net.public(name)

    def turn(self, number=0):
        while len(self.net.turns) <= number:
            self.net.turn(("udp", "tcp", "tls"))
        return self.net.turns[number]

    def pair(self, a, b, relay="none", a_options=None, b_options=None, **options):
        return Pair(self, self.host("a", a, **(a_options or {})), self.host("b", b, **(b_options or {})), relay, **options)


def forget(host):
    """The node is a new one: nothing is known of anybody."""
    shutil.rmtree(os.path.join(host.dir, "state"), ignore_errors=True)
    if os.path.exists(host.heard):
        os.unlink(host.heard)


class Pair:
    """alice behind one router and bob behind another one, both registered.

    relay: "none", "friend" (fred, public, is a contact of both, and lets them relay), "friends2" (frida too), "turn" (one server), "turn2"
    (two), "turn+friend"."""

    def __init__(self, bed, alice, bob, relay="none", config="", work_bits=0):
        self.bed, self.alice, self.bob, self.relay = bed, alice, bob, relay
        self.config = config
        self.friends, self.watches = [], []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None and kind is not SystemExit and os.environ.get("KITH_SHOW_LOGS"):
            self.bed.net.show_logs()
        self.stop()

    def write_config(self, host, turns=()):
        text = "[dht]\ndiscovery=false\n[link]\n" + self.config
        if turns:
            text += "[turn]\nserver=%s\nuser=%s\npassword=%s\nca=%s\n" % (";".join(turns), TURN_USER, TURN_PASSWORD,
                                                                           os.path.join(host.lab.dir, "ca.pem"))
        with open(host._config(), "w") as out:
            out.write(text)
        os.chmod(host._config(), 0o600)

    def start(self):
        bed = self.bed
        self.publics = [bed.public("carol"), bed.public("dave")]
        if "friend" in self.relay:
            self.friends = [bed.public("fred")] + ([bed.public("frida")] if self.relay == "friends2" else [])
        turns = []
        if "turn" in self.relay:
            servers = [bed.turn(n) for n in range(2 if self.relay == "turn2" else 1)]
            turns = [uri % server.address for server in servers for uri in ("turn:%s:3478", "turn:%s:3478?transport=tcp")]
        bootstrap = [self.publics[0].address + ":4222"]
        homes = [self.alice, self.bob]
        for host in self.publics + self.friends + homes:
            forget(host)
            self.write_config(host, turns if host in homes else ())
            tone = {self.alice: TONE_A, self.bob: TONE_B}.get(host, 880)
            host.start_kith(host.name, tone=tone, bootstrap=[] if host is self.publics[0] else bootstrap,
                            options=["--dht-port", "4222"], wait=False)
        for host in self.publics + self.friends + homes:
            wait_until(lambda h=host: h.kith("status").returncode == 0, 10, "%s's daemon answers" % host.name)
        for host in self.friends + homes:
            # Without UDP the network is out of reach, unless a TURN server leads there.
            if host not in homes or host.home.kind != "blocked" or "turn" in self.relay:
                host.wait_registered(20)
        for friend in self.friends:
            self.befriend(friend)
        self.watches = [Watch(self.alice), Watch(self.bob)]
        for watch in self.watches:
            watch.wait(lambda w: w.events, 5)

    def befriend(self, friend):
        """A contact of both that relays for them, and they agree."""
        keys = {host: host.property("/account/1", "Account", "Key") for host in (self.alice, self.bob, friend)}
        for one, other in ((self.alice, friend), (self.bob, friend), (friend, self.alice), (friend, self.bob)):
            result = one.kith("contact", "add", keys[other], "--name=" + other.name, "--relay=on")
            if result.returncode != 0:
                raise AssertionError("%s does not take %s as a friend: %s" % (one.name, other.name, (result.stdout + result.stderr).strip()))
        for one in (self.alice, self.bob):
            if one.home.kind == "blocked" and "turn" not in self.relay:
                continue  # a friend is reached by UDP
            wait_until(lambda o=one: friend.name in online_contacts(o), 15, "%s is linked to its friend %s" % (one.name, friend.name))

    def stop(self):
        for watch in self.watches:
            watch.stop()
        hosts = getattr(self, "publics", []) + self.friends + [self.alice, self.bob]
        running = [host for host in hosts if host.daemon is not None and host.daemon.poll() is None]
        for host in running:
            host.daemon.send_signal(signal.SIGTERM)
        for host in running:
            try:
                host.daemon.wait(6)
            except subprocess.TimeoutExpired:
                host.daemon.kill()
                host.daemon.wait()
        for host in hosts:
            host.daemon = None

    def friend_in_use(self):
        """The friend's host whose name the path tells."""
        _, details = self.path_kind(self.call_a)
        return next(friend for friend in self.friends if details == "via " + friend.name)

    # Calls

    def dial(self):
        """alice dials bob; the number of the call."""
        before = self.watches[0].newest()
        self.alice.gdbus("", "Manager.Dial", self.bob.name, "{}")
        call = self.watches[0].wait(lambda w: max(w.calls, default=0) > before and max(w.calls), 5)
        if not call:
            raise AssertionError("a call was dialled and `kith watch` does not tell of it")
        return call

    def connect(self, seconds=12):
        """Dials and answers; (TRUE, call of alice, call of bob), or (FALSE, the facts of the call that failed, None)."""
        watch_a, watch_b = self.watches
        before_b = watch_b.newest()
        number = self.dial()
        path_of = "/call/%d" % number

        def rings_or_ended(_):
            return watch_a.calls[number]["state"] in ("ringing", "ended")

        if not watch_a.wait(rings_or_ended, seconds) or watch_a.calls[number]["state"] == "ended":
            facts = self.alice.call_facts(path_of)
            if facts["State"] != "ended":
                self.alice.gdbus(path_of, "Call.Hangup", "")
            return False, facts, None
        incoming = watch_b.wait_state("incoming", ("incoming",), 5, before_b)
        if incoming is None:
            return False, self.alice.call_facts(path_of), None
        path_b = "/call/%d" % incoming["call"]
        self.bob.gdbus(path_b, "Call.Accept")
        both = watch_a.wait_state("outgoing", ("active",), 8, number - 1) and watch_b.wait_state("incoming", ("active",), 8, before_b)
        if not both:
            facts = self.alice.call_facts(path_of)
            self.alice.gdbus(path_of, "Call.Hangup", "")
            return False, facts, None
        return True, path_of, path_b

    def path_kind(self, call):
        """"direct", "relay" or "friend", and the details."""
        facts = self.alice.json("show", call.rsplit("/", 1)[1])
        kind, local, remote = facts.get("path-kind", ""), facts.get("local-candidate", ""), facts.get("remote-candidate", "")
        turns = [turn.address + ":" for turn in self.bed.net.turns] + ["[%s]" % turn.address6 for turn in self.bed.net.turns]
        if kind == "friend":
            details = "via " + facts.get("via", "")
            return kind, details
        if kind == "relay" or any(remote.startswith(turn) or local.startswith(turn) for turn in turns):
            kind = "relay"
        elif kind in ("host", "srflx", "prflx"):
            kind = "direct"
        return kind, "%s → %s" % (local, remote)

    def hang_up(self, call_a):
        self.alice.gdbus(call_a, "Call.Hangup", "")
        number = int(call_a.rsplit("/", 1)[1])
        self.watches[0].wait(lambda w: w.calls[number]["state"] == "ended", 5)

    def talk(self, seconds=1.2, want=None, patience=5):
        """One call: what happened, as a dict. With @want ("direct") it waits up to @patience s for the path to become that."""
        begun = time.monotonic()
        worked, call_a, call_b = self.connect()
        if not worked:
            facts = call_a
            ended = int(facts.get("EndedAt", 0)) or int(facts["StartedAt"]) + int((time.monotonic() - begun) * 1e6)
            return {"ok": False, "reason": facts.get("StateReason", ""), "detail": facts.get("Detail", ""),
                    "failed-ms": (ended - int(facts["StartedAt"])) / 1000, "state": facts.get("State", ""),
                    "why": self.alice.json("why").get("sentence", "")}
        first, details = self.path_kind(call_a)
        kind = first
        moved_ms = 0
        if want:
            end = time.monotonic() + patience
            while kind != want and time.monotonic() < end:
                time.sleep(0.1)
                kind, details = self.path_kind(call_a)
            moved_ms = (time.monotonic() - begun) * 1000
        time.sleep(seconds)
        a, b = self.alice.call_facts(call_a), self.bob.call_facts(call_b)
        heard = [statistics_of(host, call).get("first-heard-us", 0) for host, call in ((self.alice, call_a), (self.bob, call_b))]
        self.hang_up(call_a)
        started, answered = int(a["StartedAt"]), int(b["AnsweredAt"])
        voice = [hears(self.alice.heard, TONE_B), hears(self.bob.heard, TONE_A)]
        return {"ok": all(voice), "voice": voice, "path": kind, "first-path": first, "moved-ms": moved_ms if kind != first else 0,
                "candidates": details, "located-ms": (int(a["LocatedAt"]) - started) / 1000,
                "linked-ms": (int(a["LinkedAt"]) - started) / 1000, "ring-ms": (int(b["RangAt"]) - started) / 1000,
                "seen-ms": (int(a["RangAt"]) - started) / 1000,
                "sound-ms": [(h - answered) / 1000 if h else None for h in heard],
                "reason": "" if all(voice) else "no voice", "detail": ""}


def online_contacts(host):
    """Names of the contacts to whom there is a link now."""
    return [contact["name"] for contact in host.json("contact", "list")["contacts"] if contact.get("online")]


def statistics_of(host, call):
    text = host.gdbus(call, "Call.Media.GetStatistics")
    return {k: float(v) for k, v in re.findall(r"'([\w-]+)': <(?:uint32 |uint64 |int64 )?(-?[\d.]+)>", text)}


def tone_report(wav, tone, *options):
    """Milliseconds heard in all, first and last second of it, longest gap in ms, and the length of the recording in seconds."""
    text = subprocess.run([path("tests/common/tone-check"), wav, str(tone)] + list(options), capture_output=True, text=True, check=False).stdout
    found = re.search(r": (\w+), level [-\d.]+ dBFS, (\d+) ms in all, from ([\d.]+) s to ([\d.]+) s, longest gap (\d+) ms", text)
    length = re.search(r": ([\d.]+) s at ", text)
    if not found:
        return {"present": False, "ms": 0, "first": 0, "last": 0, "gap": 0, "length": 0}
    return {"present": found.group(1) == "present", "ms": int(found.group(2)), "first": float(found.group(3)), "last": float(found.group(4)),
            "gap": int(found.group(5)), "length": float(length.group(1))}


def hears(wav, tone):
    return os.path.exists(wav) and tone_report(wav, tone)["present"]


def voice_gap(wav, tone, seconds):
    """Milliseconds of the longest stretch without the tone in @seconds of talk, the end included: who hears nothing may record nothing."""
    report = tone_report(wav, tone)
    tail = (max(report["length"], seconds) - report["last"]) * 1000 - 100
    return round(max(report["gap"], tail if tail > 400 else 0))


__all__ = ["Bed", "Pair", "Watch", "check", "direct_possible", "hears", "sh", "statistics_of", "tone_report", "unexplained", "voice_gap", "wait_until"]
