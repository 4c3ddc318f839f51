#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures Jami on the bed of nat_matrix.py: first calls between new nodes behind chosen kinds of NAT, until it rings and until there is sound.
"""jami_matrix.py BUILD [options]

    --cells port:port:none,sym:sym:turn    caller:callee:help (kinds of NAT as in natlab.py; the figures' cells when not given)
    --calls N                              first calls in each cell, each with new accounts (10); 3 where none of these works
    --rtt MS                               between any two hosts (100)
    --settle S                             from "announced" at both ends to the call (4)
    --patience S                           how long a call may take to ring, and again to have sound both ways (100)
    --ipv6                                 leaves IPv6 on at the hosts of Jami (off: first calls of this jamid were seen to hang with it)
    --debug                                jamid writes all it does; with KITH_KEEP_LAB=1 the logs stay
    --json | --markdown                    instead of text

help: none, turn (one server for both ends, reached by TCP and UDP), proxy (a DHT proxy, that is the DHT by HTTP, for an end without UDP),
turn+proxy. BUILD gives the wire that delays.

Each call: two public DHT nodes, two jamid with new accounts that never heard of each other, both announced in the DHT. alice calls the 40 hex
digits of bob's identity; no contact and no name server is needed for that. bob answers when alice sees it ring. Each has a tone for a microphone
(PulseAudio) and listens for the other's in what its loudspeaker gets; "first packet" is the first SRTP packet that comes to the host. All times
are taken outside of jamid, on the host's one clock. Needs root. What it takes, in Debian 12:

    apt-get install jami-daemon dhtnode pulseaudio pulseaudio-utils python3-gi tcpdump dbus iproute2 nftables conntrack coturn openssl
"""
import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("build")
options.add_argument("--cells", default="")
options.add_argument("--calls", type=int, default=10)
options.add_argument("--rtt", type=float, default=100)
options.add_argument("--settle", type=float, default=4)
options.add_argument("--patience", type=float, default=100)
options.add_argument("--ipv6", action="store_true")
options.add_argument("--debug", action="store_true")
options.add_argument("--json", action="store_true")
options.add_argument("--markdown", action="store_true")
args = options.parse_args()
os.environ["KITH_BUILD_DIR"] = os.path.abspath(args.build)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../netns"))
from kithlab import need, wait_until  # noqa: E402  (the environment comes first)
from natlab import KINDS, TURN_PASSWORD, TURN_REALM, TURN_USER, NatLab, inside  # noqa: E402
from jami_host import TONE_A, TONE_B, Ear, GLib, Jami, end, first_media  # noqa: E402  (says so when Jami is not installed)

need("dhtnode", "pulseaudio", "pactl", "pacat", "parec", "tcpdump", "nft", "conntrack", "turnserver", "openssl")
WORDS = {"none": "public", "full": "full cone", "addr": "address-restricted", "port": "port-restricted", "sym": "symmetric",
         "blocked": "UDP blocked"}
FIGURES = ("none:none:none", "none:none:turn", "addr:addr:none", "addr:addr:turn", "port:port:none", "port:port:turn", "sym:port:turn",
           "sym:sym:turn", "blocked:port:turn", "blocked:port:turn+proxy")
TRIES = 3  # a cell in which none of so many calls worked is left
PROXY_PORT = 8090
ANNOUNCE_S = 45
MEDIA = [{"MEDIA_TYPE": "MEDIA_TYPE_AUDIO", "ENABLED": "true", "MUTED": "false", "SOURCE": "", "LABEL": "audio_0"}]
OVER = ("OVER", "FAILURE", "BUSY", "HUNGUP", "PEER_BUSY")


class Bed:
    """The internet of nat_matrix.py with two public DHT nodes instead of Kith's, and homes that stay."""

    def __init__(self):
        self.net, self.ends, self.nodes = NatLab(rtt_ms=args.rtt, v6=False), {}, []

    def __enter__(self):
        self.net.__enter__()
        self.publics = [self.net.public(name) for name in ("carol", "dave")]
        return self

    def __exit__(self, kind, value, trace):
        self.net.__exit__(kind, value, trace)

    def at(self, side, kind):
        if (side, kind) not in self.ends:
            home = self.net.home(chr(ord("A") + len(self.ends)), kind)
            self.ends[side, kind] = Jami(self.net, home.host(side + kind), TONE_A if side == "a" else TONE_B, args.ipv6, args.debug)
        return self.ends[side, kind]

    def start_nodes(self):
        for node in self.nodes:
            end(node)
        self.nodes = []
        for host, other in (self.publics, self.publics[::-1]):
            command = ["dhtnode", "-s", "-p", "4222", "-b", other.address + ":4222", "--proxyserver", str(PROXY_PORT)]
            log = open(os.path.join(self.net.dir, "dhtnode-%s.log" % host.name), "w")
            self.nodes.append(self.net.run(host.space, command, cwd=host.dir, stdin=subprocess.DEVNULL, stdout=log, stderr=log))
        for host in self.publics:
            wait_until(lambda h=host: ":4222 " in inside(h.space, "ss", "-lun"), 5, "the DHT node listens")
        time.sleep(1 + 5 * args.rtt / 1000)  # until they have found each other: a DHT proxy without a network turns its users away for a minute

    def details(self, aid, kind):
        """The account: nothing that would look for servers which are not on this internet."""
        found = {"Account.type": "RING", "Account.hostname": self.publics[0].address + ":4222", "Account.archivePassword": "",
                 "Account.archivePIN": "", "Account.archivePath": "", "RingNS.uri": "", "TURN.enable": "false", "STUN.enable": "false",
                 "Account.upnpEnabled": "false", "Account.peerDiscovery": "false", "Account.accountDiscovery": "false",
                 "Account.accountPublish": "false", "Account.proxyEnabled": "false", "Account.bootstrapListUrl": "",
                 "Account.dhtProxyListUrl": "", "Account.videoEnabled": "false", "Account.ringtoneEnabled": "false"}
        if "turn" in aid:
            if not self.net.turns:
                self.net.turn(("udp", "tcp"))
            found.update({"TURN.enable": "true", "TURN.server": self.net.turns[0].address + ":3478", "TURN.username": TURN_USER,
                          "TURN.password": TURN_PASSWORD, "TURN.realm": TURN_REALM})
        if "proxy" in aid and kind == "blocked":
            found.update({"Account.proxyEnabled": "true", "Account.proxyServer": "%s:%d" % (self.publics[0].address, PROXY_PORT)})
        return found


class Cell:
    """One pair of homes with one kind of help."""

    def __init__(self, text):
        parts = text.split(":")
        if len(parts) != 3 or not set(parts[:2]) <= set(KINDS) or set(parts[2].split("+")) - {"none", "turn", "proxy"}:
            sys.exit("jami_matrix: what is the cell %s? caller:callee:help, see --help" % text)
        self.a, self.b, self.aid = parts
        self.label = "%s × %s" % (WORDS[self.a], WORDS[self.b])
        self.results = []

    def run(self, bed):
        alice, bob = bed.at("a", self.a), bed.at("b", self.b)
        try:
            bed.start_nodes()
            for jami, kind in ((alice, self.a), (bob, self.b)):
                jami.begin(bed.details(self.aid, kind))
            begun = time.monotonic()
            announced = [jami.announced(max(1, ANNOUNCE_S - (time.monotonic() - begun))) for jami in (alice, bob)]
            absent = ["the %s after %d s: %s" % (side, ANNOUNCE_S, jami.state())
                      for side, jami, is_there in zip(("caller", "callee"), (alice, bob), announced) if not is_there]
            time.sleep(args.settle)
            result = self.call(bed, alice, bob)
            result["not-announced"] = absent
        except (AssertionError, RuntimeError, GLib.Error) as error:
            result = {"ok": False, "remark": "did not come so far: %s" % str(error)[:160]}
        finally:
            for jami in (alice, bob):
                jami.stop()
        self.results.append(result)
        return result

    def call(self, bed, alice, bob):
        captures = [os.path.join(bed.net.dir, jami.host.name + ".pcap") for jami in (alice, bob)]
        sniffers = [bed.net.run(jami.host.space, ["tcpdump", "-U", "--immediate-mode", "-s", "160", "-i", "eth0", "-w", name, "udp or tcp port 3478"],
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for jami, name in zip((alice, bob), captures)]
        for sniffer in sniffers:
            sniffer.stderr.readline()  # "listening on …"
        ears = [Ear(alice, TONE_B), Ear(bob, TONE_A)]
        time.sleep(0.3)
        try:
            result, answered = self.talk(alice, bob, ears)
        finally:
            for ear in ears:
                ear.stop()
            for sniffer in sniffers:
                end(sniffer)
        if answered:
            turns = [turn.address for turn in bed.net.turns]
            media = [first_media(name, jami.host.address, turns, answered) for jami, name in zip((alice, bob), captures)]
            result["packet-ms"] = [(t - answered) * 1000 if t else None for t, _ in media]
            result["path"] = media[0][1] or media[1][1]
        return result

    def talk(self, alice, bob, ears):
        """Dials, answers, listens, hangs up; the result and the time of the answer (or None)."""
        begun = time.time()
        call = alice.invoke("CallManager", "placeCallWithMedia", "(ssaa{ss})", alice.account, bob.identity, MEDIA)

        def told(jami, name, condition):
            return jami.find(name, condition, begun)

        def seen():
            return told(alice, "callStateChanged", lambda p: p[1] == call and p[2] in ("RINGING",) + OVER)

        alice.wait(seen, args.patience)
        rings = told(bob, "incomingCallWithMedia", lambda p: True)
        result = {"ok": False, "ring-ms": (rings[0] - begun) * 1000 if rings else None}
        if seen() is None or seen()[2][2] != "RINGING" or rings is None:
            result["failed-ms"] = (seen()[0] - begun) * 1000 if seen() else None
            result["remark"] = "%s %d" % (seen()[2][2], seen()[2][3]) if seen() else "says nothing for %g s" % args.patience
            self.finish(alice, call, begun, result)
            return result, None
        result["seen-ms"] = (seen()[0] - begun) * 1000
        answered = time.time()
        bob.invoke("CallManager", "acceptWithMedia", "(ssaa{ss})", rings[2][0], rings[2][1], rings[2][3])

        def over():
            return told(alice, "callStateChanged", lambda p: p[1] == call and p[2] in OVER)

        limit = time.monotonic() + args.patience
        while time.monotonic() < limit and not over() and not all(ear.heard_at for ear in ears):
            time.sleep(0.02)
        result["sound-ms"] = [(ear.heard_at - answered) * 1000 if ear.heard_at else None for ear in ears]
        result["ok"] = all(value is not None for value in result["sound-ms"])
        negotiated = [jami.find("mediaNegotiationStatus", lambda p: "SUCCESS" in p[1], answered) for jami in (alice, bob)]
        result["negotiated-ms"] = [(event[0] - answered) * 1000 if event else None for event in negotiated]
        if not result["ok"]:
            result["failed-ms"] = (over()[0] - begun) * 1000 if over() else None
            result["remark"] = "rang, then %s" % ("%s %d" % (over()[2][2], over()[2][3]) if over() else "no sound for %g s" % args.patience)
        self.finish(alice, call, begun, result)
        return result, answered

    @staticmethod
    def finish(alice, call, begun, result):
        result["states"] = alice.states(call, begun)
        try:
            alice.invoke("CallManager", "hangUp", "(ss)", alice.account, call)
        except GLib.Error:
            pass  # over already


def middle(values):
    values = [value for value in values if value is not None]
    return "%.0f / %.0f" % (statistics.median(values), max(values)) if values else "–"


def row(cell):
    worked = [r for r in cell.results if r["ok"]]
    failed = [r for r in cell.results if not r["ok"]]
    remarks = sorted({r.get("remark", "") for r in failed} | {w for r in cell.results for w in r.get("not-announced", [])})
    if failed:
        remarks.append("told after %s ms" % middle([r.get("failed-ms") for r in failed]))
    pairs = [middle([r[key][side] for r in worked]) for key in ("packet-ms", "sound-ms") for side in (0, 1)]
    # From dialling until both hear each other, without the time that the callee took to answer.
    both = [r["ring-ms"] + max(r["sound-ms"]) for r in worked]
    return [cell.label, cell.aid, ", ".join(sorted({r["path"] for r in worked if r.get("path")})) or "–",
            "%d of %d" % (len(worked), len(cell.results)), middle([r.get("ring-ms") for r in cell.results]),
            middle([r.get("seen-ms") for r in cell.results])] + pairs + [middle(both), "; ".join(remarks)]


HEAD = ["caller × callee", "help", "path", "calls", "dial → rings", "dial → ringing seen", "answer → first packet at caller",
        "answer → first packet at callee", "answer → caller hears", "answer → callee hears", "dial → both hear, less the time to answer", "remark"]
WIDTHS = [38, 10, 8, 9, 13, 19, 31, 31, 21, 21, 42, 0]


def tell(words, heading=False):
    """One line of the table; with --json it goes to stderr, to be seen on the way."""
    if args.markdown:
        line = "| " + " | ".join(words) + " |" + ("\n|" + "---|" * len(words) if heading else "")
    else:
        line = "  ".join(word.ljust(width) for word, width in zip(words, WIDTHS))
    print(line, file=sys.stderr if args.json else sys.stdout, flush=True)


def version():
    told = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "jami-daemon"], capture_output=True, text=True, check=False).stdout
    return told or "of an unknown version"


def main():
    cells = [Cell(text) for text in (args.cells.split(",") if args.cells else FIGURES)]
    tell(HEAD, True)
    with Bed() as bed:
        for cell in cells:
            while len(cell.results) < args.calls and (len(cell.results) < TRIES or any(r["ok"] for r in cell.results)):
                cell.run(bed)
            tell(row(cell))
    if args.json:
        print(json.dumps({"jami-daemon": version(), "rtt-ms": args.rtt, "cells": [
            {"caller": c.a, "callee": c.b, "help": c.aid, "calls": c.results} for c in cells]}, indent=1))
    else:
        print("\njami-daemon %s, RTT %g ms; median / worst in ms" % (version(), args.rtt))
    return 0


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
sys.exit(main())
