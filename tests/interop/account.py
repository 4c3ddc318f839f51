# SPDX-License-Identifier: GPL-3.0-or-later
# The account of a made-up telephone at kithd's registrar: REGISTER with digests by SHA-256 and MD5.
import hashlib
import re

from interop import check, wait_until
from phone import bracketed


def listed(kith, name):
    return next((line for line in kith.kith("phone", "list").out.splitlines() if line.startswith(name + " ")), "")


def says(kith, name, text, seconds=3):
    found = wait_until(lambda: text in listed(kith, name), seconds, 0.1)
    check(found, "%s: “%s”%s" % (name, text, "" if found else " is wanted, and there is: " + listed(kith, name)))


def edge_pid(kith):
    """kithd's child with that name; 0: none."""
    with open("/proc/%d/task/%d/children" % (kith.daemon.pid, kith.daemon.pid), encoding="ascii") as file:
        for pid in file.read().split():
            with open("/proc/%s/comm" % pid, encoding="ascii") as name:
                if name.read().strip() == "kith-edge":
                    return int(pid)
    return 0


class Account:
    """A user of the registrar, as a phone has it."""

    def __init__(self, kith, phone, user, password, algorithm="SHA-256"):
        self.kith, self.phone, self.user, self.password, self.algorithm = kith, phone, user, password, algorithm
        self.number, self.id, self.used = 0, "%s-%s@phone" % (user, algorithm), {}

    def digest(self, text):
        return (hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5)(text.encode()).hexdigest()

    def send(self, fields, authorization=""):
        self.number += 1
        host = bracketed(self.kith.ip)
        lines = ["REGISTER sip:%s SIP/2.0" % host,
                 "Via: SIP/2.0/%s %s;rport;branch=z9hG4bK%s%d" % (self.phone.transport.upper(), self.phone.host, self.user, self.number),
                 "Max-Forwards: 70", "From: <sip:%s@%s>;tag=7" % (self.user, host), "To: <sip:%s@%s>" % (self.user, host),
                 "Call-ID: " + self.id, "CSeq: %d REGISTER" % self.number, "User-Agent: Scripted 1.0", *fields]
        lines += ["Authorization: " + authorization] if authorization else []
        self.phone.send("\r\n".join(lines + ["Content-Length: 0", "", ""]), (self.kith.ip, self.kith.port))
        return self.phone.expect(lambda m: m.status >= 200, "REGISTER", 3, self.id)

    def register(self, *fields, password=None):
        """The final answer, after the challenge."""
        fields = fields or ("Contact: <%s>" % self.phone.uri, "Expires: 600")
        challenge = self.send(fields)
        if challenge is None or challenge.status != 401:
            return challenge
        answer = self.answer(challenge.every("www-authenticate"), "REGISTER", "sip:%s" % bracketed(self.kith.ip), password)
        return self.send(fields, answer) if answer else challenge

    def answer(self, challenges, method, uri, password=None):
        """Credentials for the challenge of our algorithm; None: there is none."""
        for text in challenges:
            if "algorithm=" + self.algorithm in text:
                nonce = re.search('nonce="([^"]+)"', text).group(1)
                count = self.used[nonce] = self.used.get(nonce, 0) + 1
                ha1 = self.digest("%s:kith:%s" % (self.user, password or self.password))
                response = self.digest("%s:%s:%08x:c1:auth:%s" % (ha1, nonce, count, self.digest("%s:%s" % (method, uri))))
                return ('Digest username="%s", realm="kith", nonce="%s", uri="%s", response="%s", algorithm=%s, qop=auth, nc=%08x, cnonce="c1"'
                        % (self.user, nonce, uri, response, self.algorithm, count))
        return None

    def dial(self, user):
        """An INVITE to @user, once more with the password where that is asked for; gives the Call."""
        call = self.phone.dial(self.kith, user=user)
        asked = call.expect(lambda m: m.status == 407 or m.status >= 180, "INVITE", 1)
        if asked is not None and asked.status == 407:
            call.invite(fields=["Proxy-Authorization: " + self.answer(asked.every("proxy-authenticate"), "INVITE", call.target)])
        elif asked is not None:
            self.phone.waiting.insert(0, asked)
        return call

    def reply(self, request, status=200):
        """@status to a request outside of a call."""
        lines = ["SIP/2.0 %d As told" % status] + ["Via: " + via for via in request.every("via")]
        to = request["to"] + ("" if request.tag("to") else ";tag=" + self.user)
        lines += ["From: " + request["from"], "To: " + to, "Call-ID: " + request["call-id"], "CSeq: " + request["cseq"]]
        self.phone.send("\r\n".join([*lines, "Content-Length: 0", "", ""]), request.way)
