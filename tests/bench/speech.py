#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures how well speech is understood over bad networks: Kith's audio by itself, two daemons in namespaces, and baresip beside them.
"""speech.py BUILD [--pair] [--kithd] [--baresip] [--codec opus|pcmu|g722] [--only WORD] [--settle S] [--json]

Without a choice: --pair. --pair joins two audio ends of one process by a bad network (no root needed); --kithd makes a call between two
daemons on hosts of their own, --baresip one between two baresips on the same hosts, over the same wires (both need root). Real speech of
espeak-ng is said over and over; after a change of the network --settle seconds pass, then one whole turn of it is judged by STOI (0 to 1)
against what was said, aligned once for the turn; "utt" is the same with each utterance aligned by itself.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import stoi  # noqa: E402  (names numpy when it is missing)
import numpy as np  # noqa: E402

TEXT = ("The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It is easy to tell the depth of a well. "
        "These days a chicken leg is a rare dish. Rice is often served in round bowls. The juice of lemons makes fine punch.")
# name, keys of the wire (each way), hops they are on
CONDITIONS = [
    ("clean", {}, 1),
    ("jitter 25 ms on each of 2 hops", {"delay": 25, "jitter": 25}, 2),
    ("250 +- 100 ms delay", {"delay": 250, "jitter": 100}, 1),
    ("5 % loss", {"loss": 5}, 1),
    ("10 % loss", {"loss": 10}, 1),
    ("20 % loss", {"loss": 20}, 1),
    ("bursts (5 % begin, 40 % end)", {"enter": 5, "leave": 40}, 1),
    ("250 +- 100 ms, 20 % loss", {"delay": 250, "jitter": 100, "loss": 20}, 1),
    ("clean again", {}, 1),
]
CALM_S = 40  # until nothing of the last condition is left

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("build")
options.add_argument("--pair", action="store_true")
options.add_argument("--kithd", action="store_true")
options.add_argument("--baresip", action="store_true")
options.add_argument("--codec", default="opus", choices=["opus", "pcmu", "g722"])
options.add_argument("--only", default="", help="conditions whose names hold this")
options.add_argument("--settle", type=int, default=20)
options.add_argument("--json", action="store_true")
args = options.parse_args()
args.build = os.path.abspath(args.build)
os.environ["KITH_BUILD_DIR"] = args.build
sys.path.insert(0, os.path.join(HERE, "../netns"))
conditions = [c for c in CONDITIONS if args.only in c[0]]
folder = tempfile.mkdtemp(prefix="kith-speech-")
rows = []


def make_clip(rate=48000, turns=1):
    raw, name = os.path.join(folder, "raw.wav"), os.path.join(folder, "clip-%d-%d.wav" % (rate, turns))
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "160", "-w", raw, TEXT], check=True)
    subprocess.run(["sox", raw, "-r", str(rate), "-c", "1", "-b", "16", name, "norm", "-6", "pad", "0", "0.3",
                    "repeat", str(turns - 1)], check=True)
    return name


CLIP = make_clip()
CLEAN = stoi.resample(*stoi.read_wav(CLIP))
LENGTH = len(CLEAN)  # at 10 kHz
TURN_S = LENGTH / stoi.RATE


def judge(heard, begin_s):
    """STOI, STOI with each utterance aligned, and by how many seconds the turn of speech heard from begin_s on is shifted."""
    part = stoi.cut(heard, int(begin_s * stoi.RATE), LENGTH)
    cross = np.fft.irfft(np.fft.rfft(part) * np.conj(np.fft.rfft(CLEAN)), LENGTH)
    lag = int(np.argmax(cross))
    said = np.roll(CLEAN, lag)
    moved, _ = stoi.align(said, part, True)
    return stoi.stoi_aligned(said, part), stoi.stoi_aligned(said, moved), lag / stoi.RATE


def note(system, name, result, delay_ms, facts):
    row = {"system": system, "condition": name, "stoi": round(result[0], 3), "utt": round(result[1], 3), "mouth_to_ear_ms": delay_ms}
    row.update(facts)
    rows.append(row)
    if not args.json:
        def number(key, form="%d"):
            return form % row[key] if row.get(key) is not None else "-"
        print("%-8s %-32s STOI %.3f  utt %.3f  MOS %s  mouth to ear %5s ms  buffer %4s ms  %5s kbit/s  recovered %5s %%  made up %5s %%" % (
            system, name, row["stoi"], row["utt"], number("mos", "%.2f"), number("mouth_to_ear_ms"), number("delay"),
            number("kbit", "%.1f"), number("recovered", "%.1f"), number("concealed", "%.1f")), flush=True)


def shares(before, after, seconds):
    """What the statistics say of a turn: @before and @after are dictionaries of growing counts."""
    frames = {key: after[key] - before[key] for key in ("played", "recovered", "concealed")}
    total = max(sum(frames.values()), 1)
    return {"recovered": 100 * frames["recovered"] / total, "concealed": 100 * frames["concealed"] / total,
            "kbit": (after["sent_bytes"] - before["sent_bytes"]) * 8 / 1000 / seconds, "delay": after["delay"], "mos": after["mos"]}


def run_pair():
    for name, keys, hops in conditions:
        heard = os.path.join(folder, "heard.wav")
        words = dict(keys)
        if hops == 2:  # one hop after the other in order: the sum, in order
            words = {"delay": 2 * keys["delay"], "jitter": 2 * keys["jitter"]}
        seconds = int(args.settle + TURN_S + 2)
        step = "0:" + ",".join("%s=%g" % pair for pair in words.items())
        out = subprocess.run([os.path.join(args.build, "tests/bench/speech-pair"), CLIP, heard, str(seconds),
                              {"opus": "opus", "g722": "G722", "pcmu": "PCMU"}[args.codec], "1:20", step], capture_output=True, text=True, check=True).stdout
        lines = [json.loads(line) for line in out.splitlines()]
        steps = [line for line in lines if "second" in line]
        result = judge(stoi.resample(*stoi.read_wav(heard)), args.settle)
        shift = result[2] + args.settle - lines[0]["alice_after_bob_ms"] / 1000
        note("pair", name, result, 1000 * (shift % TURN_S), shares(steps[args.settle - 1], steps[-1], steps[-1]["second"] - args.settle))


def statistics_of(host, call):
    import re
    text = host.gdbus(call, "Call.Media.GetStatistics")
    raw = {k: float(v) for k, v in re.findall(r"'([\w-]+)': <(?:uint32 |uint64 |int64 )?(-?[\d.]+)>", text)}
    return {"played": raw["frames-played"], "recovered": raw["frames-recovered"], "concealed": raw["frames-concealed"],
            "sent_bytes": raw["bytes-sent"], "delay": raw["delay-ms"], "mos": raw["mos"], "raw": raw}


def set_wires(hosts, keys, hops):
    for i, host in enumerate(hosts):
        mine = dict(keys) if i < hops else {}
        burst = "%g,%g" % (mine.pop("enter", 0), mine.pop("leave", 50))
        words = {"delay": 0, "jitter": 0, "loss": 0}
        words.update(mine)
        host.impair("burst=" + burst, *["%s=%g" % pair for pair in words.items()])


def samples_in(path):
    return max(os.path.getsize(path) - 44, 0) / 2


def first_loud(path):
    """Seconds from the beginning of a recording to the first 20 ms at -40 dBFS."""
    x, rate = stoi.read_wav(path)
    size = rate // 50
    for i in range(len(x) // size):
        if np.sqrt(np.mean(x[i * size:(i + 1) * size] ** 2)) >= 0.01:
            return i / 50
    return 0.0


def run_kithd():
    from kithlab import Lab, need, network
    need("gdbus")
    with Lab(wires=True) as lab:
        alice, bob = network(lab, "alice", "bob", audio_in=CLIP)
        alice.gdbus("", "Manager.Dial", "bob", "{}")
        incoming = bob.wait_call("incoming", 10)
        bob.gdbus(incoming, "Call.Accept")
        mine, his = alice.wait_call("active", 10), bob.wait_call("active", 10)
        marks = []
        for name, keys, hops in conditions:
            set_wires((bob, alice), keys, hops)
            time.sleep(CALM_S if name == "clean again" else args.settle)
            before, sent = statistics_of(bob, his), statistics_of(alice, mine)
            begin = samples_in(bob.heard) / 48000
            time.sleep(TURN_S + 1)
            after, sent_after = statistics_of(bob, his), statistics_of(alice, mine)
            before["sent_bytes"], after["sent_bytes"] = sent["sent_bytes"], sent_after["sent_bytes"]
            marks.append((name, begin, shares(before, after, TURN_S + 1)))
        # When the first sample of the recording was heard, and when the first one was said.
        heard_us = after["raw"]["first-heard-us"] - first_loud(bob.heard) * 1e6
        said_us = sent["raw"]["first-sent-us"] - 20000
        alice.gdbus(mine, "Call.Hangup", "")
        time.sleep(0.5)
        heard = stoi.resample(*stoi.read_wav(bob.heard))
        for name, begin, facts in marks:
            result = judge(heard, begin)
            shift = result[2] + begin + (heard_us - said_us) / 1e6
            note("kithd", name, result, 1000 * (shift % TURN_S), facts)


def run_baresip():
    from kithlab import Lab, need
    from phones import Baresip
    need("baresip", "sox")
    rate = {"opus": 48000, "g722": 16000, "pcmu": 8000}[args.codec]
    turns = int(len(conditions) * (args.settle + TURN_S + 2) / TURN_S) + 3
    with Lab(wires=True) as lab:
        hosts = [lab.host("alice"), lab.host("bob")]
        phones = [Baresip(host, host.name, args.codec, 440) for host in hosts]
        for phone in phones:  # speech in place of its tone
            shutil.copy(make_clip(rate, turns), os.path.join(phone.dir, "tone.wav"))
        phones[0].command("dial", phones[1].uri)
        time.sleep(3)
        began, marks = time.monotonic(), []
        for name, keys, hops in conditions:
            set_wires((hosts[1], hosts[0]), keys, hops)
            time.sleep(args.settle)
            marks.append((name, time.monotonic() - began))
            time.sleep(TURN_S + 1)
        end = time.monotonic() - began
        phones[0].command("hangup")
        time.sleep(1)
        for phone in phones:
            phone.stop()
        x, r = stoi.read_wav(phones[1].recording())
        heard = stoi.resample(x, r)
        for name, at in marks:
            note("baresip", name, judge(heard, len(heard) / stoi.RATE - (end - at)), None, {})


try:
    if args.pair or not (args.kithd or args.baresip):
        run_pair()
    if args.kithd:
        run_kithd()
    if args.baresip:
        run_baresip()
    if args.json:
        print(json.dumps(rows, indent=1))
finally:
    shutil.rmtree(folder, ignore_errors=True)
