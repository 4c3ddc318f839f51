#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Holds how well speech is understood over a bad network, and that the delay comes back down, on a clock that load does not touch.
"""speech_limits.py PATH-OF-SPEECH-STORY

Two sentences, said over and over, go through Kith's encoder, its redundancy, a network with losses or jitter, and its jitter buffer. Once the
condition has lasted for a while, 24 s are judged by STOI; then the network is well again. Exit code 1 when a limit is missed.
"""
import json
import os
import subprocess
import sys
import tempfile
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import stoi  # noqa: E402  (names numpy when it is missing)
import numpy as np  # noqa: E402

SETTLE_S, JUDGED_S, CALM_S = 12, 24, 45
WELL = "20,0,1,0,0"
CONDITIONS = (
    # name, delay, jitter, hops, whether packets overtake each other, loss; STOI at least, delay of the buffer at most while it lasts and after
    ("nothing wrong", WELL, 0.98, 40),
    ("20 % loss", "20,0,1,0,20", 0.92, 120),
    ("jitter of 25 ms on each of two hops", "25,25,2,0,0", 0.98, 140),
    ("the same, packets overtake each other", "25,25,2,1,0", 0.98, 140),
)
CALM_MS = 40


def say(condition, text):
    print("%s  %s" % ("ok   " if condition else "FAIL ", text), flush=True)
    return bool(condition)


def make_clip(folder):
    """Both sentences of the package, one after the other, with pauses."""
    parts = []
    for name in ("alice", "bob"):
        x, rate = stoi.read_wav(os.path.join(HERE, "../../packaging/speech/%s.wav" % name))
        parts += [x / np.abs(x).max() * 0.5, np.zeros(rate // 4)]
    x, rate = stoi.resample(np.concatenate(parts), rate, 48000), 48000
    path = os.path.join(folder, "clip.wav")
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((x * 32767).astype("<i2").tobytes())
    return path, x, rate


def judge(clean, heard, begin_s, seconds):
    """STOI of that part, and by how much it is later than it was said (ms)."""
    turn = len(clean)
    part = stoi.cut(heard, int(begin_s * stoi.RATE), int(seconds * stoi.RATE))
    said = np.resize(clean, len(part) + 2 * turn)
    size = len(part) // turn * turn
    cross = np.fft.irfft(np.fft.rfft(part[:size]) * np.conj(np.fft.rfft(said[:size])), size)[:turn]
    lag = int(np.argmax(cross))
    late = (begin_s * stoi.RATE + lag) % turn
    return stoi.stoi_aligned(said[turn - lag:turn - lag + len(part)], part), late / stoi.RATE * 1000


def main():
    good = True
    with tempfile.TemporaryDirectory(prefix="kith-speech-") as folder:
        clip, x, rate = make_clip(folder)
        clean = stoi.resample(x, rate)
        for name, words, least, most_ms in CONDITIONS:
            heard = os.path.join(folder, "heard.wav")
            end = SETTLE_S + JUDGED_S
            out = subprocess.run([sys.argv[1], clip, heard, str(end + CALM_S), "1", "0:" + words, "%d:%s" % (end, WELL)], capture_output=True,
                                 text=True, check=True).stdout
            seconds = {line["second"]: line for line in map(json.loads, out.splitlines())}
            sound = stoi.resample(*stoi.read_wav(heard))
            value, late = judge(clean, sound, SETTLE_S, JUDGED_S)
            calm, late_calm = judge(clean, sound, end + CALM_S - 14, 13)
            before, after = seconds[SETTLE_S], seconds[end]
            frames = {key: after[key] - before[key] for key in ("played", "recovered", "concealed")}
            print("      %s: %s of %d frames, mouth to ear %.0f ms, buffer %d ms, then %.0f and %d; %.1f kbit/s" % (
                name, ", ".join("%s %d" % pair for pair in frames.items()), sum(frames.values()), late, after["delay"], late_calm,
                seconds[end + CALM_S]["delay"], (after["bytes"] - before["bytes"]) * 0.008 / JUDGED_S))
            good &= say(value >= least, "%s: STOI %.3f, at least %.2f" % (name, value, least))
            good &= say(after["delay"] <= most_ms, "%s: the buffer adds %d ms, at most %d" % (name, after["delay"], most_ms))
            good &= say(seconds[end + CALM_S]["delay"] <= CALM_MS and calm >= 0.98,
                        "%s: when it is over, %d ms, at most %d, and STOI %.3f" % (name, seconds[end + CALM_S]["delay"], CALM_MS, calm))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
