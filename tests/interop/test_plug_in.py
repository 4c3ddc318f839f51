# SPDX-License-Identifier: GPL-3.0-or-later
# A phone is plugged in while `kith phone add` waits: it looks for its settings by multicast as the phones of five vendors do (their SUBSCRIBEs in the
# form that is published for them), is told where they are, fetches and reads them, and registers: nothing is typed.
import json
import os
import pty
import re
import socket
import struct
import subprocess
import threading
import time
import urllib.parse

from account import Account, says
from interop import Scene, check, follow_parent, wait_until
from phone import Message
from setup import get, of_gigaset, of_lines, of_xml

GROUP = ("224.0.1.75", 5060)


class Seeker:
    """A phone without settings. @user: of its From; @vendor, @model: in Event; @agent: in its SUBSCRIBE, and of its HTTP."""

    def __init__(self, ip, user, event, agent, via=";branch=z9hG4bK42054260", contact_user="", expires="0"):
        self.ip, self.user, self.event, self.agent, self.via, self.contact_user, self.expires = ip, user, event, agent, via, contact_user, expires
        self.call_id, self.number = "%d@%s" % (time.monotonic_ns(), ip), 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ip))
        self.port = self.socket.getsockname()[1]

    def subscribe(self, to=GROUP):
        lines = ["SUBSCRIBE sip:%s@224.0.1.75 SIP/2.0" % self.user, "Via: SIP/2.0/UDP %s:%d%s" % (self.ip, self.port, self.via),
                 "From: <sip:%s@224.0.1.75>;tag=42054258" % self.user, "To: <sip:%s@224.0.1.75>" % self.user, "Call-ID: " + self.call_id,
                 "CSeq: 1 SUBSCRIBE", "Contact: <sip:%s%s:%d>" % (self.contact_user, self.ip, self.port), "Max-Forwards: 70",
                 *(["User-Agent: " + self.agent] if self.agent else []), "Expires: " + self.expires, "Event: " + self.event, "Accept: application/url",
                 "Content-Length: 0", "", ""]
        self.socket.sendto("\r\n".join(lines).encode(), to)

    def read(self, seconds):
        self.socket.settimeout(seconds)
        try:
            data, way = self.socket.recvfrom(4096)
        except TimeoutError:
            return None
        return Message(data, way)

    def answer(self, notify, status="200 OK"):
        lines = ["SIP/2.0 " + status] + ["Via: " + via for via in notify.every("via")]
        lines += ["From: " + notify["from"], "To: " + notify["to"], "Call-ID: " + notify["call-id"], "CSeq: " + notify["cseq"], "Content-Length: 0", "", ""]
        self.socket.sendto("\r\n".join(lines).encode(), notify.way)

    def look(self, seconds=6):
        """SUBSCRIBEs each half second; gives the 200 and the NOTIFY, or None for what does not come."""
        end, ok = time.monotonic() + seconds, None
        while time.monotonic() < end:
            self.subscribe()
            message = self.read(0.5)
            while message is not None:
                if message.status == 200:
                    ok = message
                elif message.method == "NOTIFY":
                    self.answer(message)
                    return ok, message
                message = self.read(0.5)
        return ok, None

    def close(self):
        self.socket.close()


class Terminal:
    """`kith WORDS` on a terminal, where it may ask."""

    def __init__(self, kith, *words):
        self.here, there = pty.openpty()
        self.process = subprocess.Popen(kith.command(kith.program("client/cli/kith"), "--bus", kith.bus, *words), stdin=there, stdout=there, stderr=there,
                                        preexec_fn=follow_parent, env=dict(os.environ, NO_COLOR="1"))
        os.close(there)
        self.text = ""
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while True:
                data = os.read(self.here, 4096)
                if not data:
                    return
                self.text += data.decode("utf-8", "replace")
        except OSError:
            return

    def shows(self, text, seconds=5):
        return wait_until(lambda: text in self.text, seconds, 0.05)

    def type(self, text):
        os.write(self.here, text.encode())

    def ended(self, seconds=8):
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


def profile(vendor, model, version):
    return 'ua-profile;profile-type="device";vendor="%s";model="%s";version="%s"' % (vendor, model, version)


# how each says who it is; the file that it asks for; what reads the answer
PHONES = [
    ("MAC805ec0aabb01", profile("Yealink", "T31P", "124.86.0.40"), "Yealink SIP-T31P 124.86.0.40", "805ec0aabb01.cfg", of_lines,
     {"contact_user": "MAC805ec0aabb01@"}),
    ("MAC%3A000B82AABB02", profile("Grandstream", "GXP1625", "1.0.7.70"), "Grandstream GXP1625 1.0.7.70", "cfg000b82aabb02.xml", of_xml("P36", "P34", "P47"),
     {"via": ";branch=z9hG4bK1611133778;rport"}),
    # neither a branch nor a User-Agent
    ("MAC%3a000413AABB03", profile("snom", "snomD375", "10.1.175.16"), "", "snomD375-000413AABB03.htm", of_xml("user_pname", "user_pass", "user_host"),
     {"via": ";rport"}),
    ("MAC0c383eaabb04", profile("Fanvil", "X3S", "2.12.1"), "Fanvil X3S 2.12.1 0c383eaabb04", "0c383eaabb04.cfg",
     of_xml("RegisterUser", "RegisterPswd", "RegisterAddr", "RegisterPort"), {}),
    ("MAC%3a7C2F80AABB05", profile("Gigaset", "N510 IP PRO", "42.250"), "Gigaset N510 IP PRO/42.250; 7C2F80AABB05", "7C2F80AABB05.xml", of_gigaset, {}),
]
FETCHES = {"": "Mozilla/4.0 (compatible; snomD375-SIP 10.1.175.16 000413AABB03)"}

with Scene() as scene:
    kith, phone = scene.kith("alice"), scene.phone()
    scene.address("10.9.0.120")
    scene.address("10.9.0.121")

    # nobody waits: nobody answers, and the SIP port is not bothered either
    early = Seeker("10.9.0.120", *PHONES[0][:3])
    ok, notify = early.look(1)
    check(ok is None and notify is None, "nobody waits for a phone: it hears nothing")

    slowest = 0
    for i, (user, event, agent, file, read, more) in enumerate(PHONES):
        begun = time.monotonic()
        name = "phone%d" % i
        screen = Terminal(kith, "phone", "add", name)
        check(screen.shows("Plug the phone in now"), "kith phone add waits")
        seeker = Seeker("10.9.0.120", user, event, agent, **more)
        ok, notify = seeker.look()
        if not check(ok is not None and notify is not None, "%s is told where its settings are" % event.split('"')[3]):
            print(screen.text)
            continue
        check(ok["to"].startswith("<sip:%s@224.0.1.75>;tag=" % user) and ok["via"].count("received=10.9.0.120") == 1, "200 repeats To with a tag, and Via")
        check(notify["content-type"] == "application/url" and notify["event"] == event and notify["subscription-state"].startswith("terminated"),
              "NOTIFY has its event, and ends the subscription")
        check(notify.tag("from") == ok.tag("to") and notify.tag("to") == "42054258" and notify["call-id"] == seeker.call_id, "and belongs to it")
        check(notify.way[0] == kith.ip and seeker.read(1.2) is None, "it comes from the host itself, once: it was answered")
        status, kind, text = get(notify.body, file, FETCHES.get(agent, agent))
        check(status == 200, "it fetches %s: %d %s" % (file, status, kind))
        user, password, server, port = read(text)
        answer = Account(kith, phone, user, password, "MD5").register()
        check(answer is not None and answer.status == 200 and user == name, "and registers as %s at %s" % (user, server))
        check(screen.ended() == 0 and name + ": ok" in screen.text and "fetched its settings" in screen.text, "kith phone add says all of it, and ends")
        slowest = max(slowest, time.monotonic() - begun)
        kith.kith("phone", "remove", name)
        seeker.close()
    check(slowest < 60, "from kith phone add to registered: %.1f s at most" % slowest)

    # two at once: it is asked which
    screen = Terminal(kith, "phone", "add", "which")
    screen.shows("Plug the phone in now")
    one, two = Seeker("10.9.0.120", *PHONES[0][:3]), Seeker("10.9.0.121", *PHONES[1][:3])
    one.subscribe()
    two.subscribe()
    check(screen.shows("Which one is it?"), "two phones look: it is asked which")
    check("1  Yealink T31P (805ec0aabb01) at 10.9.0.120" in screen.text and "2  Grandstream GXP1625 (000b82aabb02) at 10.9.0.121" in screen.text, "and told")
    check(one.read(0.3) is None and two.read(0.3) is None, "neither was told anything")
    screen.type("2\r")
    found = [two.read(3), two.read(3)]
    check([m.status or m.method for m in found if m] == [200, "NOTIFY"], "the second one is told")
    check(one.read(0.5) is None, "and the first one is not")
    again = two.read(2)
    check(again is not None and again.body == found[1].body, "NOTIFY is repeated until it is answered")
    two.answer(again)
    two.call_id = "anew@10.9.0.121"
    ok, notify = two.look(2)
    check(notify is not None and notify.body == found[1].body, "the same phone, restarted, is told again without a question")
    url = urllib.parse.urlsplit(notify.body)
    check(get(notify.body)[0] == 200 and url.port == 5080, "the address is one")
    screen.process.terminate()
    screen.ended()

    # no terminal: nothing is given away, but to the one that is named
    waiting = kith.start("phone", "password", "which", "--wait", "20")
    wait_until(lambda: json.loads(kith.kith("--json", "status").out), 1)
    one.call_id = "third@10.9.0.120"
    ok, notify = one.look(3)
    check(ok is None and notify is None, "without a terminal a phone is told nothing")
    waiting.terminate()
    check(re.search("Yealink T31P .* looks for its settings: .*--mac 805ec0aabb01", waiting.stdout.read() or ""), "and the user how")
    waiting = kith.start("phone", "password", "which", "--mac", "80:5E:C0:AA:BB:01")
    one.call_id, two.call_id = "fourth@10.9.0.120", "fourth@10.9.0.121"
    ok, notify = two.look(2)
    check(notify is None, "--mac: another phone is told nothing")
    ok, notify = one.look(4)
    check(notify is not None, "--mac: that one is, without a question")
    waiting.terminate()
    check(kith.kith("phone", "password", "which", "--mac", "805ec0").code == 2, "--mac with too few digits: refused")
    check("look" in kith.kith("help", "phone").out, "kith help phone says it")

    # what is not for phones
    screen = Terminal(kith, "phone", "password", "which")
    screen.shows("Plug the phone in now")
    other = Seeker("10.9.0.121", "x", 'presence;vendor="a"', "")
    ok, notify = other.look(1)
    check(ok is None and notify is None, "another event: silence")
    for junk in (b"", b"\r\n\r\n", b"SUBSCRIBE", os.urandom(900), b"SUBSCRIBE sip:a SIP/2.0\r\n" + b"X: y\r\n" * 600, b"A" * 9000):
        other.socket.sendto(junk, GROUP)
    evil = Seeker("10.9.0.121", "MAC%3aABABABABABAB", profile("\x1b[31mEvil", "\x07" + "x" * 300, "1"), "")
    evil.subscribe()
    check(screen.shows("abababababab"), "a name of signs is shown")
    check("\x1b[31m" not in screen.text and "\x07" not in screen.text, "signs of a terminal do not reach it")
    for i in range(200):
        evil.call_id = "flood%d" % i
        evil.subscribe()
    check(kith.alive() and Account(kith, phone, "which", "wrong").register().status == 403, "a flood of 200 searches, and SIP goes on")
    screen.process.terminate()
    screen.ended()
    kith.kith("phone", "remove", "which")
    early.call_id = "last@10.9.0.120"
    ok, notify = early.look(1)
    check(ok is None and notify is None, "nobody waits any more: silence again")
