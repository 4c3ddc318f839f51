# SPDX-License-Identifier: GPL-3.0-or-later
# The voice of a made-up telephone: RTP with a tone in PCMU, what came back, and how much of a given tone is in it.
import math
import random
import socket
import struct
import threading
import time

RATE = 8000
PCMU, PCMA, DIGITS = 0, 8, 101


def _encode(sample):
    """One sample of 16 bits in µ-law (G.711)."""
    magnitude = min(abs(sample), 32635) + 132
    segment = magnitude.bit_length() - 8
    code = segment << 4 | (magnitude >> (segment + 3)) & 0x0F
    return (code | (0x80 if sample < 0 else 0)) ^ 0xFF


def _decode(byte):
    code = byte ^ 0xFF
    magnitude = ((code & 0x0F) * 2 + 33 << (code >> 4 & 7)) - 33
    return -4 * magnitude if code & 0x80 else 4 * magnitude


DECODED = [_decode(byte) for byte in range(256)]


def tone(hz, level=9000):
    """One second of a tone in PCMU: with whole Hz, it can be repeated without a click."""
    return bytes(_encode(round(level * math.sin(2 * math.pi * hz * n / RATE))) for n in range(RATE))


def share(samples, hz, rate=RATE):
    """How much of the energy lies at @hz, 0 to 1: the median over the tenths of a second that are not silent; 0 if all are."""
    size = rate // 10
    turn = [(math.cos(2 * math.pi * hz * n / rate), math.sin(2 * math.pi * hz * n / rate)) for n in range(size)]
    found = []
    for start in range(0, len(samples) - size + 1, size):
        part = samples[start:start + size]
        energy = sum(s * s for s in part)
        if energy > 400 * size:
            real = sum(s * c for s, (c, _) in zip(part, turn))
            imaginary = sum(s * i for s, (_, i) in zip(part, turn))
            found.append(2 * (real * real + imaginary * imaginary) / (size * energy))
    return sorted(found)[len(found) // 2] if found else 0.0


class Wav:
    """A recording that may still be written: what its header says of the length is not believed."""

    def __init__(self, name):
        with open(name, "rb") as file:
            data = file.read()
        at, self.samples, self.rate, channels = 12, (), RATE, 1
        while at + 8 <= len(data):
            kind, size = data[at:at + 4], struct.unpack("<I", data[at + 4:at + 8])[0]
            if kind == b"fmt ":
                channels, self.rate = struct.unpack("<HI", data[at + 10:at + 16])
            elif kind == b"data":
                body = data[at + 8:]
                self.samples = struct.unpack("<%dh" % (len(body) // 2), body[:len(body) // 2 * 2])[::channels]
                break
            at += 8 + size + size % 2

    def last(self, seconds):
        return self.samples[-int(seconds * self.rate):]


class Packet:
    """One RTP packet that came."""

    def __init__(self, data, source):
        self.time, self.data, self.source = time.monotonic(), data, source
        self.marker, self.type = bool(data[1] & 0x80), data[1] & 0x7F
        self.number, self.stamp, self.ssrc = struct.unpack(">HII", data[2:12])
        self.payload = data[12:]


class Sound:
    """An RTP socket (and one for RTCP above it). Sends a tone in the background from start() to stop(); .packets is all that came."""

    def __init__(self, ip, hz=440, port=0):
        self.ip, self.hz = ip, hz
        self.port = self._open(port)
        self.ssrc, self.number, self.stamp = random.getrandbits(32), random.getrandbits(15), random.getrandbits(28)
        self.packets, self.rtcp, self.sent = [], [], 0
        self._sender = self._sending = None
        for which, store in ((self.socket, self._store_rtp), (self.rtcp_socket, self._store_rtcp)):
            threading.Thread(target=self._take, args=(which, store), daemon=True).start()

    def _open(self, port):
        family = socket.AF_INET6 if ":" in self.ip else socket.AF_INET
        for wanted in [port] if port else random.sample(range(20000, 32000, 2), 50):
            self.socket, self.rtcp_socket = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
            try:
                self.socket.bind((self.ip, wanted))
                self.rtcp_socket.bind((self.ip, wanted + 1))
                return wanted
            except OSError:
                self.socket.close()
                self.rtcp_socket.close()
        raise RuntimeError("no free port for RTP at " + self.ip)

    def _take(self, which, store):
        while True:
            try:
                data, source = which.recvfrom(4096)
            except OSError:
                return
            store(data, source)

    def _store_rtp(self, data, source):
        if len(data) < 12 or data[0] >> 6 != 2:
            return
        if 192 <= data[1] <= 223:
            self.rtcp.append((time.monotonic(), data, source))
        else:
            self.packets.append(Packet(data, source))

    def _store_rtcp(self, data, source):
        self.rtcp.append((time.monotonic(), data, source))

    def packet(self, payload, kind=PCMU, marker=False, step=None):
        """The next RTP packet of our stream, as bytes; @step: by how many samples the time moves on (default: one for each byte)."""
        data = struct.pack(">BBHII", 0x80, kind | (0x80 if marker else 0), self.number & 0xFFFF, self.stamp & 0xFFFFFFFF, self.ssrc)
        self.number += 1
        self.stamp += len(payload) if step is None else step
        return data + payload

    def send(self, data, to):
        """Any bytes, from the RTP socket."""
        self.sent += 1
        try:
            self.socket.sendto(data, to)
        except OSError:
            pass  # nobody listens there (any more): a telephone goes on

    def start(self, to, kind=PCMU, frame_ms=20, hz=None):
        """Sends the tone to the address @to until stop()."""
        self.stop()
        self._sending = threading.Event()
        self._sender = threading.Thread(target=self._speak, args=(to, kind, frame_ms, tone(hz or self.hz), self._sending), daemon=True)
        self._sender.start()

    def _speak(self, to, kind, frame_ms, second, ended):
        size, at, due = RATE * frame_ms // 1000, 0, time.monotonic()
        second += second[:size]
        while not ended.is_set():
            self.send(self.packet(second[at:at + size], kind, marker=at == 0 and self.sent == 0), to)
            at = (at + size) % RATE
            due += frame_ms / 1000
            ended.wait(max(0, due - time.monotonic()))

    def stop(self):
        if self._sender is not None:
            self._sending.set()
            self._sender.join()
            self._sender = None

    def digit(self, to, key, kind=DIGITS, ends=3):
        """One key as RFC 4733 has it, 100 ms long."""
        event = "0123456789*#ABCD".index(key)
        for n in range(1, 6 + ends):
            last = n > 5
            body = struct.pack(">BBH", event, (0x80 if last else 0) | 10, 160 * min(n, 5))
            self.send(self.packet(body, kind, marker=n == 1, step=0), to)
            time.sleep(0.02)
        self.stamp += 800

    def since(self, moment):
        """The packets that came since @moment (time.monotonic())."""
        return [packet for packet in list(self.packets) if packet.time >= moment]

    def events(self, first=0, kind=DIGITS):
        """The keys (numbers of RFC 4733) in the packets that came, from that one on."""
        return [packet.payload[0] for packet in list(self.packets)[first:] if packet.type == kind and len(packet.payload) == 4]

    def heard(self, hz, seconds=2.0):
        """The share of a tone in the PCMU of the last seconds."""
        samples = []
        for packet in self.since(time.monotonic() - seconds):
            if packet.type == PCMU:
                samples += [DECODED[byte] for byte in packet.payload]
        return share(samples, hz)

    def close(self):
        self.stop()
        self.socket.close()
        self.rtcp_socket.close()
