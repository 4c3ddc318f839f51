# SPDX-License-Identifier: GPL-3.0-or-later
# Phones register: `kith phone add`, then a scripted phone (SHA-256 and MD5, UDP and TCP) and baresip; what `kith phone list` says; wrong passwords;
# registrations outlive kith-edge and kithd.
import hashlib
import os
import re
import shutil
import subprocess

from interop import Scene, check, wait_until


class Account:
    """A user of the registrar, as a phone has it."""

    def __init__(self, kith, phone, user, password, algorithm="SHA-256"):
        self.kith, self.phone, self.user, self.password, self.algorithm = kith, phone, user, password, algorithm
        self.number, self.id, self.used = 0, "%s-%s@phone" % (user, algorithm), {}

    def digest(self, text):
        return (hashlib.sha256 if self.algorithm == "SHA-256" else hashlib.md5)(text.encode()).hexdigest()

    def send(self, fields, authorization=""):
        self.number += 1
        tcp = self.phone.transport == "tcp"
        lines = ["REGISTER sip:%s SIP/2.0" % self.kith.ip,
                 "Via: SIP/2.0/%s %s;rport;branch=z9hG4bK%s%d" % ("TCP" if tcp else "UDP", self.phone.host, self.user, self.number),
                 "Max-Forwards: 70", "From: <sip:%s@%s>;tag=7" % (self.user, self.kith.ip), "To: <sip:%s@%s>" % (self.user, self.kith.ip),
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
        for text in challenge.every("www-authenticate"):
            if "algorithm=" + self.algorithm in text:
                nonce = re.search('nonce="([^"]+)"', text).group(1)
                uri = "sip:%s" % self.kith.ip
                count = self.used[nonce] = self.used.get(nonce, 0) + 1
                ha1 = self.digest("%s:kith:%s" % (self.user, password or self.password))
                response = self.digest("%s:%s:%08x:c1:auth:%s" % (ha1, nonce, count, self.digest("REGISTER:" + uri)))
                return self.send(fields, 'Digest username="%s", realm="kith", nonce="%s", uri="%s", response="%s", algorithm=%s, qop=auth, nc=%08x, '
                                         'cnonce="c1"' % (self.user, nonce, uri, response, self.algorithm, count))
        return challenge


def listed(kith, name):
    return next((line for line in kith.kith("phone", "list").out.splitlines() if line.startswith(name + " ")), "")


def says(kith, name, text, seconds=3):
    found = wait_until(lambda: text in listed(kith, name), seconds, 0.1)
    check(found, "%s: “%s”%s" % (name, text, "" if found else " is wanted, and there is: " + listed(kith, name)))


def add(kith, name, *options):
    return kith.json("phone", "add", name, *options)["password"]


def edge_pid(kith):
    """kithd's child with that name; 0: none."""
    with open("/proc/%d/task/%d/children" % (kith.daemon.pid, kith.daemon.pid), encoding="ascii") as file:
        for pid in file.read().split():
            with open("/proc/%s/comm" % pid, encoding="ascii") as name:
                if name.read().strip() == "kith-edge":
                    return int(pid)
    return 0


def baresip(scene, kith, name, password):
    """A real phone on this host; gives its process."""
    home = os.path.join(scene.dir, "baresip-" + name)
    os.makedirs(home)
    scene.address("10.9.0.102")
    with open(home + "/config", "w", encoding="utf-8") as file:
        file.write("sip_listen 10.9.0.102:5060\nmodule_path /usr/lib/baresip/modules\nmodule g711.so\nmodule_tmp account.so\nmodule_app menu.so\n")
    with open(home + "/accounts", "w", encoding="utf-8") as file:
        file.write("<sip:%s@%s>;auth_pass=%s;regint=120\n" % (name, kith.ip, password))
    open(home + "/contacts", "w", encoding="utf-8").close()
    return scene.start(["baresip", "-f", home], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


with Scene() as scene:
    kith, phone, table = scene.kith("alice"), scene.phone(), scene.phone(ip="10.9.0.101", transport="tcp")
    desk, attic = Account(kith, phone, "desk", add(kith, "desk")), Account(kith, table, "attic", add(kith, "attic"), "MD5")
    says(kith, "desk", "never registered")

    answer = desk.register(password="guess-guess")
    check(answer is not None and answer.status == 403, "a wrong password: %s" % (answer.first if answer else "silence"))
    says(kith, "desk", "wrong password since ")
    says(kith, "desk", "(from 10.9.0.100)")
    answer = Account(kith, phone, "nobody", "guess-guess").register()
    check(answer is not None and answer.status == 403, "nobody has the same answer")

    answer = desk.register()
    check(answer is not None and answer.status == 200 and "expires=600" in answer["contact"], "desk registers with SHA-256 over UDP")
    says(kith, "desk", "ok udp")
    says(kith, "desk", "Scripted 1.0")
    answer = attic.register()
    check(answer is not None and answer.status == 200, "attic registers with MD5 over TCP")
    says(kith, "attic", "ok tcp")
    shown = kith.json("phone", "show", "desk")
    check(shown["registrations"][0]["contact"] == phone.uri and shown["digest-used"] == "sha-256", "kith phone show says where")

    if shutil.which("baresip"):
        # with two challenges it gives up, and comes again after 30 to 60 s
        soft = baresip(scene, kith, "soft", add(kith, "soft", "--digest", "md5"))
        says(kith, "soft", "ok udp", 10)
        says(kith, "soft", "baresip")
        soft.terminate()
        soft.wait(10)
    else:
        print("baresip is not here: left out")

    # kith-edge dies: what is registered is
    pid = edge_pid(kith)
    check(pid > 0, "kith-edge runs")
    os.kill(pid or kith.daemon.pid, 9)
    check(wait_until(lambda: edge_pid(kith) not in (0, pid), 5, 0.1), "kith-edge is back")
    answer = desk.register("X-Ask: who")
    check(answer is not None and answer.status == 200 and phone.uri in answer["contact"], "and knows desk")

    # kithd restarts: the same
    kith.stop()
    kith.run()
    says(kith, "desk", "registered before the restart")
    answer = desk.register("X-Ask: who")
    check(answer is not None and answer.status == 200 and phone.uri in answer["contact"], "registered still")

    kith.kith("phone", "end", "desk")
    says(kith, "desk", "not registered since ")
    check(desk.register() is not None, "desk comes back")
    says(kith, "desk", "ok udp")
    kith.kith("phone", "password", "desk")
    answer = desk.register()
    check(answer is not None and answer.status == 403, "the old password opens nothing any more")
    kith.kith("phone", "remove", "desk")
    answer = desk.register()
    check(answer is not None and answer.status == 403, "nor is there such a phone")
