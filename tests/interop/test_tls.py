# SPDX-License-Identifier: GPL-3.0-or-later
# Phones that register and call over TLS: the certificate and its CA, calls both ways, renumbering in a call, and what strangers do to the port.
import glob
import os
import re
import select
import socket
import ssl
import subprocess
import time

from account import Account
from interop import Address, Scene, check, run, wait_until

TLS = 5061
OPTIONS = ("OPTIONS sip:kith SIP/2.0\r\nVia: SIP/2.0/%s 10.9.0.1:9;branch=z9hG4bKo%d;rport\r\nFrom: <sip:x@y>;tag=1\r\nTo: <sip:kith>\r\n"
           "Call-ID: o%d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")


def edge(kith):
    return next(row for row in kith.json("status")["daemon"]["workers"] if row["name"] == "kith-edge")


def edge_pid(kith):
    for path in glob.glob("/proc/[0-9]*/comm"):
        with open(path, encoding="ascii") as file:
            if file.read().strip() == "kith-edge":
                pid = int(path.split("/")[2])
                with open("/proc/%d/stat" % pid, encoding="ascii") as stat:
                    if int(stat.read().split(")")[1].split()[1]) == kith.daemon.pid:
                        return pid
    return 0


def context(ca):
    return ssl.create_default_context(cafile=ca)


def closes(one, seconds):
    """TRUE when the other side ends the connection in time; what it says before is thrown away."""
    end = time.monotonic() + seconds
    one.settimeout(0.2)
    while time.monotonic() < end:
        try:
            if one.recv(65536) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def certificates(scene, kith, ca):
    """Other people's TLS: OpenSSL's and GnuTLS's tools."""
    out = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % (kith.ip, TLS), "-CAfile", ca, "-verify_ip", kith.ip, "-verify_return_error",
                          "-brief"], input="", capture_output=True, text=True, check=False)
    check("Verification: OK" in out.stderr and "TLSv1.3" in out.stderr, "openssl s_client believes the certificate, for the node's address")
    out = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % (kith.ip, TLS), "-CAfile", ca, "-verify_ip", "10.9.0.77", "-verify_return_error"],
                         input="", capture_output=True, text=True, check=False)
    check(out.returncode != 0 and "IP address mismatch" in out.stdout + out.stderr, "but for no other address")
    out = subprocess.run(["openssl", "s_client", "-connect", "%s:%d" % (kith.ip, TLS), "-tls1_1"], input="", capture_output=True, text=True, check=False)
    check(out.returncode != 0, "TLS 1.1 is refused")
    try:
        out = subprocess.run(["gnutls-cli", "--x509cafile", ca, "-p", str(TLS), kith.ip], input="", capture_output=True, text=True, check=False)
        check("The certificate is trusted" in out.stdout, "gnutls-cli believes it, too")
    except FileNotFoundError:
        print("gnutls-cli is not installed: not asked")
    try:
        ssl.create_default_context().wrap_socket(socket.create_connection((kith.ip, TLS), 3), server_hostname=kith.ip)
        check(False, "who does not have the CA does not believe it")
    except ssl.SSLCertVerificationError:
        check(True, "who does not have the CA does not believe it")
    check(wait_until(lambda: edge(kith)["counts"]["tls-failed"] >= 2, 12, 0.5), "what failed is counted")


def renegotiates(kith, ca):
    """TLS 1.2 and its renegotiation, by which a peer could make us compute for ever."""
    process = subprocess.Popen(["openssl", "s_client", "-connect", "%s:%d" % (kith.ip, TLS), "-CAfile", ca, "-tls1_2"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(0.5)
    process.stdin.write(b"R\n")
    process.stdin.flush()
    try:
        out = process.communicate(timeout=5)[0].decode("utf-8", "replace")
        return "RENEGOTIATING" in out and "no renegotiation" in out
    except subprocess.TimeoutExpired:
        process.kill()
        return False


def changes_keys(kith, ca):
    """TLS 1.3: the peer takes other keys, and what it says then is heard."""
    process = subprocess.Popen(["openssl", "s_client", "-connect", "%s:%d" % (kith.ip, TLS), "-CAfile", ca, "-tls1_3"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for text in (b"K\n", b"k\n", (OPTIONS % ("TLS", 4, 4)).encode()):
        time.sleep(0.3)
        process.stdin.write(text)
        process.stdin.flush()
    time.sleep(0.5)
    process.stdin.close()
    try:
        return b"SIP/2.0 200" in process.stdout.read() and process.wait(5) == 0
    except subprocess.TimeoutExpired:
        process.kill()
        return False


def hostile(scene, kith, ca):
    # half-open handshakes: 16 of one source, the rest is refused at once
    many = [socket.create_connection((kith.ip, TLS), 3) for _ in range(40)]
    time.sleep(0.3)
    gone = [one for one in many if select.select([one], [], [], 0)[0]]
    check(len(many) - len(gone) == 16, "16 half-open handshakes of one source stay: %d" % (len(many) - len(gone)))
    hello = bytes.fromhex("160301")  # the first bytes of a ClientHello, then nothing
    for one in many:
        try:
            one.send(hello)
        except OSError:
            pass
    begin = time.monotonic()
    stay = [one for one in many if one not in gone]
    over = all(closes(one, 14) for one in stay[:2])
    took = time.monotonic() - begin
    check(over and 5 < took < 14, "after 10 s they are closed: %.1f s" % took)
    for one in many:
        one.close()
    # 256 of all sources, and a phone still gets in
    crowd = []
    for i in range(20):
        ip = scene.address("10.9.0.%d" % (200 + i))
        for _ in range(16):
            try:
                crowd.append(socket.create_connection((kith.ip, TLS), 3, (ip, 0)))
            except OSError:
                pass
    try:
        one = context(ca).wrap_socket(socket.create_connection((kith.ip, TLS), 3, (scene.address("10.9.0.250"), 0)), server_hostname=kith.ip)
        one.sendall((OPTIONS % ("TLS", 1, 1)).encode())
        check(one.recv(4096).startswith(b"SIP/2.0 200"), "among 320 half-open ones a new one gets in")
        one.close()
    except OSError as why:
        check(False, "among 320 half-open ones a new one gets in: %s" % why)
    for one in crowd:
        one.close()
    time.sleep(0.3)
    # garbage, plain SIP at the TLS port, TLS at the plain port
    for what, port, text in (("garbage", TLS, b"\x00\xff" * 4000), ("plain SIP at the TLS port", TLS, (OPTIONS % ("TCP", 2, 2)).encode()),
                             ("HTTP at the TLS port", TLS, b"GET / HTTP/1.1\r\n\r\n"),
                             ("a record of 65,535 bytes", TLS, b"\x16\x03\x01\xff\xff" + b"a" * 9000)):
        one = socket.create_connection((kith.ip, port), 3)
        one.sendall(text)
        check(closes(one, 4), "%s: closed" % what)
        one.close()
    one = socket.create_connection((kith.ip, 5060), 3)
    try:
        context(ca).wrap_socket(one, server_hostname=kith.ip)
        check(False, "TLS at the plain port: no handshake")
    except OSError:
        check(True, "TLS at the plain port: no handshake")
    # one byte a record, and a whole message comes of it
    one = context(ca).wrap_socket(socket.create_connection((kith.ip, TLS), 3), server_hostname=kith.ip)
    for byte in (OPTIONS % ("TLS", 3, 3)).encode():
        one.sendall(bytes([byte]))
    check(one.recv(4096).startswith(b"SIP/2.0 200"), "a message of one byte a record is read")
    one.close()
    check(renegotiates(kith, ca), "renegotiation is refused")
    check(changes_keys(kith, ca), "other keys are taken")


def memory(scene, kith, ca):
    """What an idle TLS connection costs kith-edge."""
    pid = edge_pid(kith)

    def pss():
        with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
            return int(re.search(r"Pss:\s+(\d+)", file.read()).group(1))
    before, idle = pss(), []
    for i in range(10):
        ip = scene.address("10.9.0.%d" % (200 + i))
        idle += [context(ca).wrap_socket(socket.create_connection((kith.ip, TLS), 3, (ip, 0)), server_hostname=kith.ip) for _ in range(12)]
    time.sleep(0.5)
    each = (pss() - before) / len(idle)
    print("kith-edge: %d KiB, and %.1f KiB for each of %d idle TLS connections" % (before, each, len(idle)))
    with open("/proc/%d/maps" % pid, encoding="ascii") as file:
        watched = "asan" in file.read()  # a sanitizer keeps what was freed
    check(each < 64 or watched, "an idle TLS connection costs less than 64 KiB")
    for one in idle:
        one.close()


with Scene() as scene:
    alice = scene.kith("alice", tone=1000)
    bob = scene.kith("bob", tone=660, bootstrap=[alice])
    ca = os.path.join(scene.dir, "ca.pem")
    check(wait_until(lambda: alice.json("phone", "ca")["sip-tls"].get("port") == TLS, 8, 0.1), "TLS is served at 5061")
    with open(ca, "w", encoding="ascii") as out:
        out.write(alice.kith("phone", "ca").out)
    for name in ("sip-ca.key", "sip-ca.pem", "sip-tls.key", "sip-tls.pem"):
        check(os.stat(alice.dir + "/state/" + name).st_mode & 0o777 == 0o600, "%s is ours alone" % name)
    certificates(scene, alice, ca)

    # a phone registers and calls, both ways
    check(alice.wait_registered() and bob.wait_registered(), "both nodes are registered")
    desk = scene.phone(name="desk", tone=440, transport="tls", ca=ca)
    added = alice.json("phone", "add", "desk")
    check(added["setup"]["tls-port"] == TLS and len(added["setup"]["tls-fingerprint"]) == 95, "`kith phone add` tells port and fingerprint")
    there = Address(alice.ip, TLS, "alice")
    account = Account(there, desk, "desk", added["password"])
    answer = account.register()
    check(answer is not None and answer.status == 200 and "SIP/2.0/TLS" in answer["via"], "desk registers over TLS")
    shown = alice.kith("phone", "list").out
    check(re.search(r"ok.* tls", shown), "kith phone list: ok … tls:\n" + shown)
    check("port 5061" in alice.kith("phone", "show", "desk").out, "kith phone show tells of TLS")
    call = account.dial("bob")
    check(call.expect(180, "INVITE") is not None and bob.wait_state("incoming") and bob.kith("answer").code == 0, "desk dials bob, who answers")
    ok = call.expect(200, "INVITE")
    call.ack()
    check(ok is not None and ";transport=tls" in ok["contact"] and ":%d" % TLS in ok["contact"], "the Contact is the TLS port: %s" % (ok and ok["contact"]))
    desk.sound.start(ok.media.address)
    check(scene.hears(desk, 660) and scene.hears(bob, 440), "they hear each other")

    # a new address: a new certificate, and the call goes on
    with open(alice.dir + "/state/sip-tls.pem", encoding="ascii") as file:
        old = file.read()
    run(*alice.space, "ip", "address", "add", "10.9.0.66/24", "dev", "eth0")

    def shows_new():
        try:
            one = context(ca).wrap_socket(socket.create_connection(("10.9.0.66", TLS), 2), server_hostname="10.9.0.66")
            one.close()
            return True
        except OSError:
            return False
    check(wait_until(shows_new, 8, 0.2), "a certificate for the new address is there")
    with open(alice.dir + "/state/sip-tls.pem", encoding="ascii") as file:
        check(file.read() != old, "it is a new one, of the same CA")
    call.invite(desk.describe(direction="sendonly", version=2))
    check(call.expect(200, "INVITE") is not None, "the call's connection stands: hold is answered")
    call.ack()
    desk.sound.stop()
    check(call.bye().status == 200 and bob.wait_state("ended"), "BYE over TLS ends it")

    running = bob.start("call", "alice")
    call = desk.take(8)
    check(call is not None and call.transport == "tls", "bob calls, and desk rings by its connection")
    if call is not None:
        call.accept()
        check(bob.wait_state("active"), "desk answers")
        call.request("BYE")
        check(call.expect(200, "BYE") is not None and bob.wait_state("ended"), "and hangs up")

    # desk dials dect, which has UDP: the edge alone is between them
    dect = scene.phone(name="dect", tone=880)
    check(Account(alice, dect, "dect", alice.json("phone", "add", "dect")["password"]).register().status == 200, "dect registers over UDP")
    call = account.dial("dect")
    inner = dect.take()
    check(inner is not None, "desk dials dect, which rings")
    if inner is not None:
        inner.reply(180, "Ringing")
        inner.reply(200, "OK", dect.describe())
        ok = call.expect(200, "INVITE")
        check(ok is not None and any(";transport=tls" in one for one in ok.every("record-route")), "one side of its Record-Route is TLS")
        call.ack()
        check(inner.expect("ACK") is not None, "ACK goes from TLS to UDP")
        inner.request("BYE")
        bye = call.expect("BYE")
        check(bye is not None, "and BYE the other way")
        call.reply(200, request=bye)
        check(inner.expect(200, "BYE") is not None, "and its answer back")

    # the connection ends: so does what was registered by it; kith-edge dies: the phone comes back
    os.kill(edge_pid(alice), 9)
    desk.hang_up_tcp()

    def again():
        try:
            answer = account.register()
            return answer is not None and answer.status == 200
        except OSError:
            desk.hang_up_tcp()
            return False
    check(wait_until(again, 6, 0.2), "kith-edge died, and the phone registers again over TLS")
    memory(scene, alice, ca)
    hostile(scene, alice, ca)
    check(account.register().status == 200, "and after all that desk still registers")
