# SPDX-License-Identifier: GPL-3.0-or-later
# The marks of packets (DSCP), as the wire has them: voice and links EF, SIP CS3, IPv4 and IPv6, UDP and TCP; what kith.conf says, and none.
import socket
import struct
import threading

from interop import Scene, check, wait_until

EF, CS3, AF41 = 46, 24, 34
DHT, SSDP = 4222, 1900


class Tap:
    """All packets that come from one host, at the switch's end of its wire: (family, "udp" or "tcp", from port, to port) → the marks seen."""

    def __init__(self, node):
        self.seen = {}
        self.sources = (socket.inet_aton(node.ip), socket.inet_pton(socket.AF_INET6, node.ip6))
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind(("host%d" % node.number, 0))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            frame = self.socket.recv(65536)
            kind = struct.unpack(">H", frame[12:14])[0]
            packet = frame[14:]
            if kind == 0x0800 and packet[12:16] == self.sources[0]:
                self._note(4, packet[9], packet[1] >> 2, packet[(packet[0] & 15) * 4:])
            elif kind == 0x86DD and packet[8:24] == self.sources[1]:
                self._note(6, packet[6], (packet[0] << 4 & 0xF0 | packet[1] >> 4) >> 2, packet[40:])

    def _note(self, family, protocol, mark, data):
        if protocol == 17 or (protocol == 6 and len(data) > (data[12] >> 4) * 4):  # TCP: what carries something
            ports = struct.unpack(">HH", data[:4])
            self.seen.setdefault((family, "udp" if protocol == 17 else "tcp", *ports), set()).add(mark)

    def marks(self, family, protocol, wanted):
        """The marks of all flows of that kind whose ports wanted() takes."""
        return set().union(*[marks for (f, p, *ports), marks in list(self.seen.items()) if (f, p) == (family, protocol) and wanted(*ports)])


def phone_call(node, tap, phone, target, what, voice, signalling):
    family, protocol = 6 if ":" in phone.ip else 4, phone.transport
    call = phone.dial(target)
    ok = call.answered(node)
    if not check(ok is not None and ok.status == 200, what + ": answered"):
        return
    rtp, rtcp = phone.sound.port, phone.sound.port + 1
    phone.sound.start(ok.media.address)
    wait_until(lambda: tap.marks(family, "udp", lambda a, b: b == rtp) and tap.marks(family, "udp", lambda a, b: b == rtcp), 4)
    phone.sound.stop()
    call.bye()
    check(tap.marks(family, "udp", lambda a, b: b == rtp) == {voice}, "%s: RTP has %d" % (what, voice))
    check(tap.marks(family, "udp", lambda a, b: b == rtcp) == {voice}, "%s: RTCP has %d" % (what, voice))
    sip = tap.marks(family, protocol, lambda a, b: 5060 in (a, b))
    check(sip == {signalling}, "%s: SIP has %d (%s)" % (what, signalling, sip))


with Scene() as scene:
    alice = scene.kith("alice")
    bob = scene.kith("bob", bootstrap=[alice], conf="[sip]\ndscp=0\n[audio]\ndscp=%d\n" % AF41)
    taps = {node: Tap(node) for node in (alice, bob)}
    phone_call(alice, taps[alice], scene.phone(), alice, "IPv4, UDP", EF, CS3)
    phone_call(alice, taps[alice], scene.phone(v6=True, transport="tcp"), alice.at6, "IPv6, TCP", EF, CS3)
    phone_call(bob, taps[bob], scene.phone(), bob, "as kith.conf has it", AF41, 0)

    tcp = scene.phone(transport="tcp")
    running = alice.start("call", tcp.uri)
    invite = tcp.take()
    check(invite is not None, "alice calls over TCP")
    invite.reply(486, "Busy Here")
    running.wait(5)
    sip = taps[alice].marks(4, "tcp", lambda a, b: b == tcp.port)
    check(sip == {CS3}, "a connection of ours has %d (%s)" % (CS3, sip))

    bob.wait_registered()
    running = alice.start("call", "bob")
    check(wait_until(lambda: bob.state() == "incoming", 15), "bob rings")
    bob.kith("answer")
    bob.wait_state("active")
    for node, mark in ((alice, EF), (bob, AF41)):
        def link(a, b):
            return not {DHT, SSDP} & {a, b} and 5060 not in (a, b) and not {a, b} & {p.sound.port + n for p in scene.phones for n in (0, 1)}
        wait_until(lambda: taps[node].marks(4, "udp", link), 3)
        found = taps[node].marks(4, "udp", link) | taps[node].marks(6, "udp", link)
        check(found == {mark}, "the link of %s has %d (%s)" % (node.name, mark, found))
    alice.kith("hangup")
    running.wait(5)
