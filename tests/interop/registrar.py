# SPDX-License-Identifier: GPL-3.0-or-later
# A SIP registrar by hand, of which each test says how it behaves.
import hashlib
import re
import socket
import threading
import time


def digest(algorithm, *parts):
    return hashlib.new({"MD5": "md5", "SHA-256": "sha256"}[algorithm], ":".join(parts).encode()).hexdigest()


class Registrar:
    """Answers REGISTER over UDP at IP:PORT. What it does is set by its fields at any time:
    algorithms: challenges that are sent, in this order; (): nobody is asked
    passwords: user → password; refuse: a status that everybody gets; silent: no answer
    least: 423 below that; expires: what is granted (0: what is asked for); extra: header lines of a 200."""

    def __init__(self, ip, port=5060, passwords=None, realm="lab"):
        self.place = (ip, port)
        self.passwords, self.realm = passwords or {}, realm
        self.algorithms, self.least, self.expires = ("SHA-256", "MD5"), 0, 0
        self.refuse, self.silent, self.extra = 0, False, []
        self.heard = []  # (when, text, status) of each REGISTER
        self.bindings = {}  # contact URI → until
        self.nonce = 0
        self.start()

    def start(self):
        family = socket.AF_INET6 if ":" in self.place[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind(self.place)
        self.is_running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def stop(self):
        self.is_running = False
        self.socket.close()

    def run(self):
        sock = self.socket
        while self.is_running:
            try:
                data, source = sock.recvfrom(65536)
            except OSError:
                return
            text = data.decode("utf-8", "replace")
            if text.startswith("REGISTER ") and not self.silent:
                status, lines = self.judge(text)
                self.heard.append((time.monotonic(), text, status))
                self.answer(text, source, status, lines)
            elif text.startswith("REGISTER "):
                self.heard.append((time.monotonic(), text, 0))

    def send(self, text, source):
        try:
            self.socket.sendto(text.encode(), source)
        except OSError:
            pass

    def answer(self, text, source, status, lines):
        kept = re.findall(r"(?im)^(?:via|from|call-id|cseq):.*$", text)
        kept = [line.strip() + (";received=%s" % source[0] if line.lower().startswith("via") else "") for line in kept]
        to = re.search(r"(?im)^to:.*$", text).group(0).strip()
        self.send("\r\n".join(["SIP/2.0 %d Because" % status] + kept + [to + ";tag=reg"] + lines + ["Content-Length: 0", "", ""]), source)

    def challenge(self):
        self.nonce += 1
        return 401, ['WWW-Authenticate: Digest realm="%s", nonce="n%d", qop="auth", algorithm=%s' % (self.realm, self.nonce, algorithm)
                     for algorithm in self.algorithms]

    def proved(self, text):
        line = re.search(r"(?im)^authorization: digest (.*)$", text)
        if not line:
            return False
        values = {name: a or b for name, a, b in re.findall(r'(\w+)=(?:"([^"]*)"|([^",\s]+))', line.group(1))}
        algorithm = values.get("algorithm", "MD5")
        password = self.passwords.get(values["username"], "")
        ha1 = digest(algorithm, values["username"], values["realm"], password)
        ha2 = digest(algorithm, "REGISTER", values["uri"])
        return values["response"] == digest(algorithm, ha1, values["nonce"], values["nc"], values["cnonce"], values["qop"], ha2)

    def judge(self, text):
        if self.refuse:
            return self.refuse, []
        if self.algorithms and not self.proved(text):
            return self.challenge()
        uri, rest = re.search(r"(?im)^contact: <([^>]*)>(.*)$", text).groups()
        asked = int(re.search(r"expires=(\d+)", rest).group(1))
        if 0 < asked < self.least:
            return 423, ["Min-Expires: %d" % self.least]
        if asked == 0:
            self.bindings.pop(uri, None)
        else:
            self.bindings[uri] = time.monotonic() + (self.expires or asked)
        return 200, ["Contact: <%s>;expires=%d" % (each, max(1, round(until - time.monotonic()))) for each, until in self.bindings.items()] + self.extra
