# SPDX-License-Identifier: GPL-3.0-or-later
# A made-up telephone that says exactly what a test wants: SIP messages, session descriptions, calls in both directions, over UDP, TCP and TLS.
import os
import random
import re
import selectors
import socket
import ssl
import time

from sound import Sound

SHOW = bool(os.environ.get("KITH_SHOW"))
COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "c": "content-type", "l": "content-length", "k": "supported"}


def bracketed(ip):
    return "[%s]" % ip if ":" in ip else ip


class Message:
    """One SIP message that came, and over which way: Phone.send() takes .way to answer it."""

    def __init__(self, data, way=None):
        self.data, self.way, self.time = data, way, time.monotonic()
        self.text = data.decode("utf-8", "replace")
        head, _, self.body = self.text.partition("\r\n\r\n")
        first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        self.first, self.fields = first, []
        for line in lines:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.fields.append((COMPACT.get(name, name), value.strip()))
        word = first.split(" ")
        self.status = int(word[1]) if word[0] == "SIP/2.0" and len(word) > 1 and word[1].isdigit() else 0
        self.method = (self["cseq"].split() or [""])[-1] if self.status else word[0]

    def __getitem__(self, name):
        """The first field with this name, or ""."""
        return (self.every(name) or [""])[0]

    def every(self, name):
        return [value for field, value in self.fields if field == name.lower()]

    def tag(self, name):
        found = re.search(r";\s*tag=([^;>\s]+)", self[name])
        return found.group(1) if found else ""

    def uri(self, name):
        found = re.search(r"<([^>]*)>", self[name]) or re.search(r"(sips?:[^;,\s]+)", self[name])
        return found.group(1) if found else ""

    @property
    def media(self):
        return Media(self.body)

    def fits(self, wanted):
        """@wanted: a method ("BYE": a request), a number (a response), a class of numbers ("2xx"), or a function of the message."""
        if callable(wanted):
            return bool(wanted(self))
        if isinstance(wanted, int):
            return self.status == wanted
        if re.fullmatch(r"[1-6]xx", wanted):
            return self.status // 100 == int(wanted[0])
        return not self.status and self.method == wanted


class Media:
    """The audio line of a session description: where to send, which codecs, which direction; .lines are all m= lines."""

    def __init__(self, text):
        session, *parts = re.split(r"(?m)^(?=m=)", text)
        self.text, self.lines = text, [part.split("\r\n")[0] for part in parts]
        self.part = next((part for part in parts if re.match(r"m=audio [1-9]", part)), parts[0] if parts else "")
        host = re.search(r"(?m)^c=IN IP[46] ([^\s/]+)", self.part) or re.search(r"(?m)^c=IN IP[46] ([^\s/]+)", session)
        line = re.match(r"m=\w+ (\d+)\S* (\S+) (.*)", self.part)
        self.host, self.port = host.group(1) if host else "", int(line.group(1)) if line else 0
        self.profile, self.formats = (line.group(2), line.group(3).split()) if line else ("", [])
        way = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)", self.part) or re.search(
            r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)", session)
        self.direction = way.group(1) if way else "sendrecv"
        origin = re.search(r"(?m)^o=\S+ (\d+) (\d+)", session)
        self.session, self.version = (int(origin.group(1)), int(origin.group(2))) if origin else (0, 0)

    @property
    def address(self):
        return self.host, self.port


def describe(ip, port, formats=(0, 101), direction="sendrecv", version=1, connection=None, profile="RTP/AVP", session=(), extra=()):
    """A session description with one audio line. @connection: another address in c=; @session, @extra: more lines."""
    names = {0: "PCMU/8000", 8: "PCMA/8000", 9: "G722/8000", 96: "opus/48000/2", 101: "telephone-event/8000"}
    family = "IP6" if ":" in ip else "IP4"
    lines = ["v=0", "o=phone 2208988800 %d IN %s %s" % (version, family, ip), "s=call",
             "c=IN %s %s" % ("IP6" if ":" in (connection or ip) else "IP4", connection or ip), "t=0 0", *session,
             "m=audio %d %s %s" % (port, profile, " ".join(str(f) for f in formats))]
    lines += ["a=rtpmap:%d %s" % (f, names[f]) for f in formats if f in names]
    if direction:
        lines.append("a=" + direction)
    return "\r\n".join([*lines, *extra]) + "\r\n"


class Phone:
    """A telephone at one address: a UDP socket and a TCP listener on the same port, and what connections there are."""

    def __init__(self, ip, port=5060, name="phone", transport="udp", tone=440, ca=None):
        """@ca: the file of the CA that is trusted, with the transport "tls": then the other side's certificate must be for its address."""
        self.ip, self.port, self.name, self.transport, self.hz, self.ca = ip, port, name, transport, tone, ca
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.udp, self.listener = socket.socket(family, socket.SOCK_DGRAM), socket.socket(family, socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for one in (self.udp, self.listener):
            one.bind((ip, port))
        self.port = self.udp.getsockname()[1]
        self.listener.listen(16)
        self.waiting, self.seen, self._buffers, self._made = [], [], {}, {}
        self._sources = selectors.DefaultSelector()
        self._sources.register(self.udp, selectors.EVENT_READ)
        self._sources.register(self.listener, selectors.EVENT_READ)
        self._sound = None

    @property
    def host(self):
        return "%s:%d" % (bracketed(self.ip), self.port)

    @property
    def uri(self):
        return "sip:%s@%s%s" % (self.name, self.host, "" if self.transport == "udp" else ";transport=" + self.transport)

    @property
    def sound(self):
        if self._sound is None:
            self._sound = Sound(self.ip, self.hz)
        return self._sound

    def describe(self, **options):
        """Our own session description (see describe())."""
        return describe(self.ip, self.sound.port, **options)

    def connect(self, to):
        """A TCP connection to @to: the one that there is, or a new one."""
        if to not in self._made:
            made = socket.create_connection(to, 3, (self.ip, 0))
            if self.transport == "tls":
                made = ssl.create_default_context(cafile=self.ca).wrap_socket(made, server_hostname=to[0])
            self._made[to] = self._keep(made)
        return self._made[to]

    def _keep(self, connection):
        self._buffers[connection] = b""
        self._sources.register(connection, selectors.EVENT_READ)
        return connection

    def hang_up_tcp(self):
        """Closes all TCP connections."""
        for connection in list(self._buffers):
            self._drop(connection)

    def _drop(self, connection):
        self._sources.unregister(connection)
        del self._buffers[connection]
        self._made = {to: made for to, made in self._made.items() if made is not connection}
        connection.close()

    def send(self, data, way, transport=None):
        """Bytes or text to @way: an address, or the .way of a message that came."""
        data = data if isinstance(data, bytes) else data.encode()
        if SHOW:
            print("--> %s\n%s" % (way, data.decode("utf-8", "replace")), flush=True)
        if isinstance(way, socket.socket):
            way.sendall(data)
        elif (transport or self.transport) != "udp":
            self.connect(way).sendall(data)
        else:
            self.udp.sendto(data, way)

    def _read(self, source):
        if source is self.udp:
            data, address = source.recvfrom(65535)
            if data.strip(b"\r\n\0"):
                self._arrived(data, address[:2])
        elif source is self.listener:
            self._keep(source.accept()[0])
        else:
            try:
                data = source.recv(65536)
                while isinstance(source, ssl.SSLSocket) and source.pending() > 0:
                    data += source.recv(65536)
            except OSError:
                data = b""
            if not data:
                self._drop(source)
                return
            self._buffers[source] += data
            self._cut(source)

    def _cut(self, source):
        """Takes the whole messages out of a stream's buffer."""
        while True:
            head, end, rest = self._buffers[source].lstrip(b"\r\n").partition(b"\r\n\r\n")
            length = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)", head)
            size = int(length.group(1)) if length else 0
            if not end or len(rest) < size:
                return
            self._buffers[source] = rest[size:]
            self._arrived(head + end + rest[:size], source)

    def _arrived(self, data, way):
        message = Message(data, way)
        if SHOW:
            print("<-- %s\n%s" % (way, message.text), flush=True)
        self.waiting.append(message)
        self.seen.append(message)

    def expect(self, wanted, method=None, seconds=5, call_id=None):
        """The next message that fits (Message.fits(); @method: of a response), or None in time. What came before it stays for others."""
        end = time.monotonic() + seconds
        while True:
            for message in self.waiting:
                if message.fits(wanted) and method in (None, message.method) and call_id in (None, message["call-id"]):
                    self.waiting.remove(message)
                    return message
            left = end - time.monotonic()
            if left <= 0:
                return None
            for key, _ in self._sources.select(left):
                self._read(key.fileobj)

    def quiet(self, seconds, wanted=lambda message: True):
        """TRUE when nothing that fits came within that time."""
        return self.expect(wanted, seconds=seconds) is None

    def dial(self, target, **options):
        """Calls @target (a Kith, or an Address): sends the INVITE and gives the Call."""
        call = Call(self, target, **options)
        call.invite()
        return call

    def call_to(self, target, **options):
        """A Call that has sent nothing yet: for other requests, or an INVITE of one's own."""
        return Call(self, target, **options)

    def take(self, seconds=5):
        """The next call that comes in, or None."""
        invite = self.expect(lambda m: m.method == "INVITE" and not m.status and not m.tag("to"), seconds=seconds)
        return Call.incoming(self, invite) if invite else None

    def close(self):
        if self._sound is not None:
            self._sound.close()
        self.hang_up_tcp()
        self.udp.close()
        self.listener.close()


class Call:
    """One dialog, as the telephone sees it; for calls in either direction."""

    def __init__(self, phone, target, user=None, name='"Phone"', call_id=None, tag=None):
        self.phone, self.way, self.transport = phone, (target.ip, target.port), phone.transport
        self.call_id, self.tag = call_id or "%012x@phone" % random.getrandbits(48), tag or "%08x" % random.getrandbits(32)
        self.uri = self.target = "sip:%s@%s:%d" % (user or target.name, bracketed(target.ip), target.port)
        if self.transport != "udp":
            self.uri = self.target = self.uri + ";transport=" + self.transport
        self.ours, self.theirs = "%s <sip:%s@%s>;tag=%s" % (name, phone.name, phone.host, self.tag), "<%s>" % self.uri
        self.contact = "<%s>" % phone.uri
        self.number, self.routes, self.branch, self.invited, self.incoming_request, self.acks = 0, [], None, 0, None, True

    @classmethod
    def incoming(cls, phone, invite):
        self = cls.__new__(cls)
        self.phone, self.way, self.transport = phone, invite.way, re.match(r"SIP/2.0/(\w+)", invite["via"]).group(1).lower()
        self.call_id, self.tag = invite["call-id"], "%08x" % random.getrandbits(32)
        self.uri = self.target = invite.uri("contact")
        self.ours, self.theirs, self.contact = "%s;tag=%s" % (invite["to"], self.tag), invite["from"], "<%s>" % phone.uri
        self.number, self.routes, self.branch, self.invited = 1000, invite.every("record-route"), None, 0
        self.acks = True
        self.incoming_request = invite
        return self

    def request(self, method, body="", kind="application/sdp", fields=(), without=(), number=None, branch=None, send=True):
        """Sends a request within the call; gives its text. @fields: more ("Name: value"); @without: names of fields that are left out."""
        if number is None:
            if method not in ("ACK", "CANCEL"):
                self.number += 1
            number = self.invited if method in ("ACK", "CANCEL") and self.invited else self.number
        if method == "INVITE":
            self.invited = number
        if branch is None:
            branch = self.branch if method == "CANCEL" else "z9hG4bK-%012x" % random.getrandbits(48)
        if method == "INVITE":
            self.branch, self.invited_at = branch, (self.target, self.theirs)
        target, to = self.invited_at if method == "CANCEL" else (self.target, self.theirs)
        lines = ["%s %s SIP/2.0" % (method, target),
                 "Via: SIP/2.0/%s %s;branch=%s;rport" % (self.transport.upper(), self.phone.host, branch), "Max-Forwards: 70",
                 "From: " + self.ours, "To: " + to, "Call-ID: " + self.call_id, "CSeq: %d %s" % (number, method)]
        lines += ["Route: " + route for route in self.routes]
        if method not in ("ACK", "BYE", "CANCEL"):
            lines.append("Contact: " + self.contact)
        data = body if isinstance(body, bytes) else body.encode()
        lines += list(fields)
        if data:
            lines.append("Content-Type: " + kind)
        lines.append("Content-Length: %d" % len(data))
        unwanted = tuple(name.lower() + ":" for name in without)
        text = "\r\n".join(line for line in lines if not line.lower().startswith(unwanted or ("\0",))).encode() + b"\r\n\r\n" + data
        if send:
            self.phone.send(text, self.way, self.transport)
        return text

    def invite(self, body=None, **options):
        """An INVITE with our description, or with @body ("": without one)."""
        return self.request("INVITE", self.phone.describe() if body is None else body, **options)

    def ack(self, body="", **options):
        return self.request("ACK", body, **options)

    def expect(self, wanted, method=None, seconds=5):
        """The next message of this call that fits, or None. Learns tag, Contact and route; a refused INVITE is acknowledged (unless .acks = False).
        A number with the method INVITE means the answer to the last one: an answer to an earlier one may have been repeated."""
        fits = wanted
        if method == "INVITE" and isinstance(wanted, int) and self.invited:
            def fits(m):
                return m.status == wanted and m["cseq"].split()[:1] == [str(self.invited)]
        message = self.phone.expect(fits, method, seconds, self.call_id)
        if message is None:
            return None
        if not message.status and message.method in ("INVITE", "UPDATE"):
            self.incoming_request = message
            self.target = message.uri("contact") or self.target
        elif message.method == "INVITE" and message.status >= 300 and self.acks:
            known, self.theirs = self.theirs, message["to"]
            self.request("ACK", branch=self.branch)
            self.theirs = known
        elif message.method == "INVITE" and 100 < message.status < 300 and message.tag("to"):
            self.theirs, self.target = message["to"], message.uri("contact") or self.target
            self.routes = message.every("record-route")[::-1] or self.routes
        return message

    def answered(self, kith, seconds=5):
        """After invite(): waits until it rings, has it answered on the other side, acknowledges, and gives the 200 (or the refusal)."""
        first = self.expect(lambda m: m.status >= 180, "INVITE", seconds)
        if first is None or first.status >= 200:
            return first
        kith.kith("answer")
        final = self.expect(lambda m: m.status >= 200, "INVITE", seconds)
        if final is not None and final.status < 300:
            self.ack()
        return final

    def reply(self, status, phrase="As told", body="", kind="application/sdp", fields=(), request=None, tag=True, send=True):
        """Answers the last INVITE or UPDATE of the other side, or @request; gives the text."""
        request = request or self.incoming_request
        to = request["to"]
        if tag and status > 100 and not request.tag("to"):
            to += ";tag=" + self.tag
        lines = ["SIP/2.0 %d %s" % (status, phrase)]
        lines += ["Via: " + via for via in request.every("via")] + ["Record-Route: " + route for route in request.every("record-route")]
        lines += ["From: " + request["from"], "To: " + to, "Call-ID: " + request["call-id"], "CSeq: " + request["cseq"]]
        if 100 < status < 300 and request.method in ("INVITE", "UPDATE"):
            lines.append("Contact: " + self.contact)
        data = body if isinstance(body, bytes) else body.encode()
        lines += list(fields)
        if data:
            lines.append("Content-Type: " + kind)
        text = "\r\n".join([*lines, "Content-Length: %d" % len(data)]).encode() + b"\r\n\r\n" + data
        if send:
            self.phone.send(text, request.way, self.transport)
        return text

    def accept(self, **options):
        """180, then 200 with our description; gives the ACK."""
        self.reply(180, "Ringing")
        self.reply(200, "OK", self.phone.describe(**options))
        return self.expect("ACK")

    def bye(self, seconds=5):
        self.request("BYE")
        return self.expect(lambda m: m.status >= 200, "BYE", seconds)
