#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Short-time objective intelligibility of degraded speech, after Taal, Hendriks, Heusdens and Jensen (IEEE TASLP 19-7, 2011).
"""stoi.py CLEAN.wav HEARD.wav [--shift] | stoi.py --check

Prints how intelligible HEARD is, 0 to 1, CLEAN being what was said. HEARD may begin earlier or later and be longer: it is aligned first,
as a whole; with --shift each utterance by itself as well, for a delay that changes in the pauses. CLEAN may be played several times over.
Only numpy is needed. --check tries the measure on speech whose answers are known, and fails when they do not come out.
"""
import argparse
import sys
import wave

try:
    import numpy as np
except ImportError:
    print("SKIPPED: numpy is missing; install python3-numpy and use /usr/bin/python3")
    sys.exit(77)

RATE = 10000
FRAME, HOP, FFT = 256, 128, 512
BANDS, FIRST_HZ = 15, 150
SEGMENT = 30          # frames: 384 ms
CLIP_DB = -15
DYNAMIC_DB = 40       # frames that are softer than the loudest by more hold no speech


def read_wav(path):
    """The samples of the first channel, -1 to 1, and their rate."""
    with wave.open(path, "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError("%s: not 16 bits" % path)
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float) / 32768
        return data[::file.getnchannels()], file.getframerate()


def resample(x, rate, to=RATE):
    """Band-limited, by cutting or padding the spectrum."""
    if rate == to or len(x) == 0:
        return x
    n = int(round(len(x) * to / rate))
    spectrum = np.fft.rfft(x)
    size = n // 2 + 1
    spectrum = spectrum[:size] if size <= len(spectrum) else np.pad(spectrum, (0, size - len(spectrum)))
    return np.fft.irfft(spectrum, n) * (n / len(x))


def frames_of(x):
    window = np.hanning(FRAME + 2)[1:-1]
    count = max((len(x) - FRAME) // HOP + 1, 0)
    index = np.arange(FRAME)[None, :] + HOP * np.arange(count)[:, None]
    return x[index] * window


def without_silence(clean, heard):
    a, b = frames_of(clean), frames_of(heard)
    energy = 20 * np.log10(np.linalg.norm(a, axis=1) + 1e-12)
    keep = energy > energy.max() - DYNAMIC_DB
    result = []
    for kept in (a[keep], b[keep]):
        out = np.zeros((len(kept) - 1) * HOP + FRAME)
        for i, frame in enumerate(kept):
            out[i * HOP:i * HOP + FRAME] += frame
        result.append(out)
    return result


def band_matrix():
    hz = np.linspace(0, RATE, FFT + 1)[:FFT // 2 + 1]
    matrix = np.zeros((BANDS, len(hz)))
    for k in range(BANDS):
        centre = FIRST_HZ * 2 ** (k / 3)
        low = np.argmin((hz - centre * 2 ** (-1 / 6)) ** 2)
        high = np.argmin((hz - centre * 2 ** (1 / 6)) ** 2)
        matrix[k, low:high] = 1
    return matrix


def envelopes(x):
    spectrum = np.abs(np.fft.rfft(frames_of(x), FFT)) ** 2
    return np.sqrt(band_matrix() @ spectrum.T)  # bands × frames


def stoi_aligned(clean, heard):
    """Both at 10 kHz and aligned."""
    n = min(len(clean), len(heard))
    clean, heard = without_silence(clean[:n], heard[:n])
    x, y = envelopes(clean), envelopes(heard)
    if x.shape[1] < SEGMENT:
        raise ValueError("too little speech: %d frames" % x.shape[1])
    clip = 10 ** (-CLIP_DB / 20)
    total, count = 0.0, 0
    for m in range(SEGMENT, x.shape[1] + 1):
        a, b = x[:, m - SEGMENT:m], y[:, m - SEGMENT:m]
        scale = np.linalg.norm(a, axis=1, keepdims=True) / (np.linalg.norm(b, axis=1, keepdims=True) + 1e-12)
        b = np.minimum(b * scale, a * (1 + clip))
        a = a - a.mean(axis=1, keepdims=True)
        b = b - b.mean(axis=1, keepdims=True)
        total += np.sum(a * b / (np.linalg.norm(a, axis=1, keepdims=True) * np.linalg.norm(b, axis=1, keepdims=True) + 1e-12))
        count += BANDS
    return total / count


def find_offset(clean, heard):
    """How many samples later @heard is; where it fits best, by the whole waveform."""
    size = 1 << int(np.ceil(np.log2(len(clean) + len(heard))))
    cross = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(clean, size)), size)
    best = int(np.argmax(cross))
    return best if best < len(heard) else best - size


def cut(x, start, length):
    """@length samples from @start on, silence where there are none."""
    out = np.zeros(length)
    begin, end = max(start, 0), min(start + length, len(x))
    if end > begin:
        out[begin - start:end - start] = x[begin:end]
    return out


def utterances(clean, pause_s=0.15):
    """Where speech begins and ends (samples), parts between pauses."""
    size = RATE // 100
    count = len(clean) // size
    level = np.sqrt(np.mean(clean[:count * size].reshape(count, size) ** 2, axis=1))
    loud = level > level.max() * 0.02
    spans, begin, last = [], None, None
    for i in np.flatnonzero(loud):
        if begin is not None and i - last > pause_s * 100:
            spans.append((begin * size, (last + 1) * size))
            begin = None
        begin = i if begin is None else begin
        last = i
    if begin is not None:
        spans.append((begin * size, (last + 1) * size))
    return spans


def align(clean, heard, each_utterance=False, reach_s=0.25):
    """@heard brought to the time of @clean."""
    offset = find_offset(clean, heard)
    whole = cut(heard, offset, len(clean))
    if not each_utterance:
        return whole, offset
    reach = int(reach_s * RATE)
    for begin, end in utterances(clean):
        piece = clean[begin:end]
        if len(piece) < RATE // 10:
            continue
        around = cut(heard, offset + begin - reach, len(piece) + 2 * reach)
        at = min(max(find_offset(piece, around), 0), 2 * reach)
        whole[begin:end] = cut(around, at, len(piece))
    return whole, offset


def stoi(clean, clean_rate, heard, heard_rate, each_utterance=False):
    """0 to 1; @clean and @heard as they come."""
    a, b = resample(clean, clean_rate), resample(heard, heard_rate)
    moved, _ = align(a, b, each_utterance)
    return stoi_aligned(a, moved)


def say(condition, text):
    print("%s  %s" % ("ok   " if condition else "FAIL ", text))
    return bool(condition)


def check():
    import os
    here = os.path.dirname(os.path.abspath(__file__))
    x, rate = read_wav(os.path.join(here, "../../packaging/speech/alice.wav"))
    noise = np.random.default_rng(1)
    good = say(abs(stoi(x, rate, x, rate) - 1) < 1e-6, "the same is 1")
    late = np.concatenate([np.zeros(rate // 3), x, np.zeros(rate)])
    good &= say(abs(stoi(x, rate, late, rate) - 1) < 0.005, "a copy 333 ms later is 1")
    good &= say(stoi(x, rate, x * 0.1, rate) > 0.999, "loudness does not matter")
    values = [stoi(x, rate, x + noise.standard_normal(len(x)) * np.std(x) * 10 ** (-snr / 20), rate) for snr in (30, 15, 5, 0, -5, -15)]
    good &= say(all(a > b for a, b in zip(values, values[1:])), "falls with noise: " + " ".join("%.3f" % v for v in values))
    good &= say(values[0] > 0.95 and values[-1] < 0.6, "near 1 with little noise, low with much")
    good &= say(stoi(x, rate, noise.standard_normal(len(x)) * 0.1, rate) < 0.5, "noise alone is not speech")
    part = len(x) // 2
    gap = np.concatenate([x[:part], np.zeros(rate // 12), x[part:]])
    good &= say(stoi(x, rate, gap, rate, True) > stoi(x, rate, gap, rate), "a delay that grows in the middle is followed with --shift")
    # Reference values of the paper's own program lie near 0.75 for white noise at 0 dB on clean speech.
    good &= say(0.55 < values[3] < 0.9, "white noise at 0 dB lies where the paper has it")
    return good


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("clean", nargs="?")
    options.add_argument("heard", nargs="?")
    options.add_argument("--shift", action="store_true", help="align each utterance by itself")
    options.add_argument("--check", action="store_true")
    args = options.parse_args()
    if args.check:
        return 0 if check() else 1
    if args.heard is None:
        options.error("two files are needed")
    clean, heard = read_wav(args.clean), read_wav(args.heard)
    print("%.4f" % stoi(*clean, *heard, args.shift))
    return 0


if __name__ == "__main__":
    sys.exit(main())
