# SPDX-License-Identifier: GPL-3.0-or-later
# Floods of SIP by UDP from 4,000 addresses and by TCP: memory stays, little goes back, a call goes on, and calls ring afterwards.
import re
import socket
import time

from interop import Scene, build, check, run, wait_until

MOST_KIB = 40 * 1024  # above idle, in any flood
NEXT_KIB = 4 * 1024   # what the second round of all floods may add
DATA_BYTES = 180 << 20  # of which each thread of kithd takes 8 MiB of address space for its stack
RATE, SECONDS = 6000, 0.5

# Methods, Call-ID, branch: "-" is another one each time; KNOWN are those of the call that goes on.
FLOODS = [
    ("INVITE", "-", "-"),
    ("BYE", "KNOWN", "-"),
    ("INVITE", "KNOWN", "KNOWN"),
    ("BYE,OPTIONS,CANCEL,INVITE,UPDATE,ACK,PRACK", "KNOWN", "-"),
    ("ACK,CANCEL,INVITE,BYE", "KNOWN", "KNOWN"),
    ("OPTIONS,REGISTER,WHATEVER,CANCEL,SUBSCRIBE", "-", "-"),
]


def settled(kith):
    """Memory when kithd has done what it does once at the beginning."""
    wait_until(lambda: "tag is computed" in open(kith.log_name, encoding="utf-8", errors="replace").read(), 5, 0.1)
    low = kith.rss_kib()
    for _ in range(5):
        time.sleep(0.1)
        low = min(low, kith.rss_kib())
    return low


def flood(kith, methods, call_id, branch):
    out = run(build("tests/interop/sip-flood"), kith.ip, methods, call_id, branch, str(RATE), str(SECONDS))
    return [int(word) for word in out.split()]


def fill_places(kith):
    """One request on each of 256 connections from 32 addresses, which then say nothing; the sockets."""
    sockets = []
    for i in range(256):
        one = socket.create_connection((kith.ip, kith.port), 3, ("10.77.200.%d" % (1 + i // 8), 0))
        sockets.append(one)
        ask(one, "place%d" % i)
    return sockets


def ask(one, name):
    """OPTIONS by TCP; whether it is answered."""
    one.sendall(("OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/TCP 10.77.0.1;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"
                 "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n" % ("10.9.0.10", name, name)).encode())
    one.settimeout(2)
    try:
        return one.recv(4096).startswith(b"SIP/2.0 200 ")
    except OSError:
        return False


with Scene() as scene:
    run("ip", "route", "add", "local", "10.77.0.0/16", "dev", "lo")
    kith, phone = scene.kith("alice"), scene.phone(tone=440)
    run("prlimit", "--pid", str(kith.daemon.pid), "--data=%d" % DATA_BYTES)
    call = phone.dial(kith)
    ok = call.answered(kith)
    phone.sound.start(ok.media.address)
    check(ok is not None and kith.wait_state("active"), "a call is made")
    call_id, branch = ok["call-id"], re.search(r"branch=z9hG4bK([^;\s]*)", ok["via"]).group(1)
    idle = settled(kith)
    ends = []
    for number in range(2):
        for methods, known_id, known_branch in FLOODS:
            sent, sent_bytes, back, back_bytes = flood(kith, methods, call_id if known_id == "KNOWN" else "-", branch if known_branch == "KNOWN" else "-")
            grown = kith.rss_kib() - idle
            check(grown < MOST_KIB and back_bytes <= sent_bytes, "%s, Call-ID %s, branch %s: %d sent, %d back (%d of %d bytes), %+d KiB" %
                  (methods, known_id, known_branch, sent, back, back_bytes, sent_bytes, grown))
        ends.append(kith.rss_kib())
    check(ends[1] - ends[0] < NEXT_KIB, "the next floods add %d KiB" % (ends[1] - ends[0]))
    check([c["state"] for c in kith.calls() if c["call"] == 1] == ["active"], "the call goes on")

    sockets = fill_places(kith)
    newcomers = [socket.create_connection((kith.ip, kith.port), 3, ("10.77.201.%d" % (1 + i), 0)) for i in range(20)]
    served = sum(ask(one, "new%d" % i) for i, one in enumerate(newcomers))
    check(served == 20, "%d of 20 others are served by TCP while 256 connections stay" % served)
    check(kith.rss_kib() - idle < MOST_KIB, "connections cost %d KiB" % (kith.rss_kib() - idle))
    for one in sockets + newcomers:
        one.close()
    check(call.bye().status == 200, "the caller ends the call")
    kith.kith("hangup", "--all")  # one of the strangers rings, and has the only place of a stranger
    last = scene.phone(tone=440).dial(kith)
    check(last.expect(180, seconds=4) is not None, "the next call rings")
