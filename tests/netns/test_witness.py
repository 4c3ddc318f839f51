# SPDX-License-Identifier: GPL-3.0-or-later
# Every node answers STUN questions on its DHT port: from the address and port that are asked for, not too often, not too much.
import json
import os
import re
import socket
import struct
import subprocess
import sys

from kithlab import check, need, wait_until
from natlab import NatLab

COOKIE = 0x2112A442
CHANGE_IP, CHANGE_PORT = 4, 2


def question(change=None, port=None, padding=0):
    body = b""
    if change is not None:
        body += struct.pack(">HHI", 3, 4, change)
    if port is not None:
        body += struct.pack(">HHHH", 0x27, 4, port, 0)
    if padding:
        body += struct.pack(">HH", 0x8022, padding - 4) + b"x" * (padding - 4)
    return struct.pack(">HHI", 1, len(body), COOKIE) + os.urandom(12) + body


def parse(data):
    found, at = {}, 20
    while at < len(data):
        kind, size = struct.unpack(">HH", data[at:at + 4])
        value = data[at + 4:at + 4 + size]
        if size == 8 and kind in (0x20, 0x802C, 0x802B):
            port, ip = struct.unpack(">HI", value[2:])
            if kind == 0x20:
                port, ip = port ^ COOKIE >> 16, ip ^ COOKIE
            found[kind] = "%s:%d" % (socket.inet_ntoa(struct.pack(">I", ip)), port)
        at += 4 + (size + 3) // 4 * 4
    return found


def asker(address, other, address6):
    """Runs in a namespace of its own; says one line for each finding."""
    def listen():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("", 0))
        s.settimeout(1)
        return s

    def ask(s, data, port=4222):
        s.sendto(data, (address, port))
        try:
            return s.recvfrom(2000)
        except socket.timeout:
            return None, None

    s = listen()
    own = s.getsockname()[1]
    data = question()
    answer, source = ask(s, data)
    found = parse(answer)
    check(found[0x20].endswith(":%d" % own), "a bare question is answered with our address: %s" % found[0x20])
    check(answer[4:20] == data[4:20] and source == (address, 4222), "with our transaction id, from the port that was asked")
    check(len(answer) + 8 <= 2 * (len(data) + 8), "an answer of %d bytes to a question of %d" % (len(answer), len(data)))
    second = int(found[0x802C].split(":")[1])
    check(found[0x802C] == "%s:%d" % (other, second) and second != 4222, "the other address and port are told: %s" % found[0x802C])
    for change, want in ((CHANGE_PORT, (address, second)), (CHANGE_IP, (other, 4222)), (CHANGE_IP | CHANGE_PORT, (other, second))):
        answer, source = ask(s, question(change))
        check(answer is not None and source == want, "CHANGE-REQUEST %d is answered from %s" % (change, source))
    answer, source = ask(s, question(), second)
    check(source == (address, second), "the second port answers too")
    answer, source = ask(s, question(CHANGE_PORT), second)
    check(source == (address, 4222), "and from the first one, if that is asked")
    elsewhere = listen()
    s.sendto(question(port=elsewhere.getsockname()[1]), (address, 4222))
    check(elsewhere.recvfrom(2000)[1] == (address, 4222), "RESPONSE-PORT: another socket of ours gets the answer")
    # Old form without the cookie (RFC 3489), as libnice asks.
    answer, source = ask(s, struct.pack(">HH", 1, 0) + os.urandom(16))
    check(answer is not None and answer[20:22] == b"\0\1", "the old form is answered in the old form")
    for what, data in (("of ICE", question()[:2] + struct.pack(">H", 8) + question()[4:20] + b"\0\6\0\4name"),
                       ("with a port below 1024", question(port=53)), ("cut short", question()[:19])):
        check(ask(s, data)[0] is None, "a question %s gets none" % what)
    # IPv6: an answer does not grow with the address.
    six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    six.settimeout(1)
    data = question()
    six.sendto(data, (address6, 4222))
    answer, source = six.recvfrom(2000)
    check(source[0] == address6 and answer[20:22] == b"\0\x20" and answer[25] == 2 and len(answer) == 44,
          "IPv6 is answered with an IPv6 address: %d bytes from %s" % (len(answer), source[0]))
    six.sendto(question(CHANGE_PORT), (address6, 4222))
    check(six.recvfrom(2000)[1][1] not in (4222, second), "and from another port, if that is asked")
    s.settimeout(0.3)
    count = 0
    for _ in range(200):
        s.sendto(question(), (address, 4222))
    try:
        while True:
            s.recv(2000)
            count += 1
    except socket.timeout:
        pass
    check(10 <= count <= 40, "of 200 questions at once %d are answered" % count)


if len(sys.argv) > 1:
    asker(*sys.argv[1:])
    sys.exit(0)
need("nft")
with NatLab(v6=True) as net:
    carol, dave = net.kith_network()
    asked = net.public("eve")
    command = [sys.executable, "-B", os.path.abspath(__file__), carol.address, carol.second, carol.address6]
    result = subprocess.run(asked.command(*command), capture_output=True, text=True, timeout=60, check=False)
    print(result.stdout, end="")
    check(result.returncode == 0, "all as it should be" + result.stderr)
    def counts():
        found = json.dumps(carol.json("plugins"))
        numbers = {key: int(re.search(r'"%s": ?(\d+)' % key, found).group(1)) for key in
                   ("stun-answered", "stun-refused", "peers", "restarts")}
        return numbers if numbers["stun-refused"] > 100 else None

    status = wait_until(counts, 10, "`kith plugins` counts what was asked")
    check(status["stun-answered"] > 10 , "`kith plugins` counts them: %s" % status)
    check(status["peers"] > 0 and status["restarts"] == 0, "and the DHT goes on as before")
