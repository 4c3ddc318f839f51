# SPDX-License-Identifier: GPL-3.0-or-later
# A trunk at Kamailio, in a domain of its own with NAPTR and SRV: digests with SHA-256 and MD5, UDP and TCP, 423, Service-Route, a first server that says
# nothing, a server that is killed and comes back, another address of ours.
import os
import shutil
import signal
import subprocess
import time

from interop import Scene, check, run, skip, wait_until
from registrar import Registrar

SECRET = "correct horse"
CONFIG = """
debug=1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
alias="%(domain)s"
listen=udp:%(ip)s:5060
listen=tcp:%(ip)s:5060
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "pv.so"
loadmodule "rr.so"
loadmodule "textops.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "ctl.so"
modparam("ctl", "binrpc", "unix:%(dir)s/ctl")
modparam("auth", "algorithm", "%(algorithm)s")
modparam("registrar", "max_contacts", 5)
request_route {
  if (!is_method("REGISTER")) {
    sl_send_reply("405", "Method Not Allowed");
    exit;
  }
  if (!pv_www_authenticate("$td", "%(secret)s", "0")) {
    www_challenge("$td", "1");
    exit;
  }
  if ($(hdr(Expires){s.int}) > 0 && $(hdr(Expires){s.int}) < %(least)d) {
    append_to_reply("Min-Expires: %(least)d\\r\\n");
    sl_send_reply("423", "Interval Too Brief");
    exit;
  }
  append_to_reply("Service-Route: <sip:%(ip)s;lr>\\r\\n");
  save("location");
}
"""


class Kamailio:
    def __init__(self, scene, ip, domain, algorithm="SHA-256", least=0):
        self.scene, self.dir = scene, os.path.join(scene.dir, "kamailio-" + ip)
        os.makedirs(self.dir)
        scene.address(ip)
        with open(self.dir + "/kamailio.cfg", "w", encoding="utf-8") as file:
            file.write(CONFIG % {"ip": ip, "domain": domain, "algorithm": algorithm, "least": least, "secret": SECRET, "dir": self.dir})
        self.start()

    def start(self):
        self.log = open(self.dir + "/log", "a", encoding="utf-8")
        self.process = self.scene.start(["kamailio", "-DD", "-E", "-f", self.dir + "/kamailio.cfg", "-Y", self.dir, "-m", "32", "-M", "8"],
                                        stdout=self.log, stderr=self.log, start_new_session=True)
        check(wait_until(lambda: os.path.exists(self.dir + "/ctl"), 5), "Kamailio runs")

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for name in ("ctl",):
            if os.path.exists(os.path.join(self.dir, name)):
                os.unlink(os.path.join(self.dir, name))

    def contacts(self):
        """The contacts that it has."""
        out = subprocess.run(["kamcmd", "-s", "unix:%s/ctl" % self.dir, "ul.dump"], capture_output=True, text=True, check=False).stdout
        return [line.split("Address:")[1].strip() for line in out.splitlines() if "Address:" in line]


def start_dns(scene, lines):
    with open(scene.dir + "/dns.conf", "w", encoding="utf-8") as file:
        file.write("\n".join(["no-hosts", "no-resolv", "no-daemon", "listen-address=10.9.0.1", "bind-interfaces", "user=root", "group=root", *lines, ""]))
    with open(scene.dir + "/resolv.conf", "w", encoding="utf-8") as file:
        file.write("nameserver 10.9.0.1\n")
    run("mount", "--bind", scene.dir + "/resolv.conf", "/etc/resolv.conf")
    scene.start(["dnsmasq", "--conf-file=" + scene.dir + "/dns.conf", "--pid-file="], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def host(name, ip):
    return "host-record=%s,%s" % (name, ip)


def service(kind, domain, target, priority):
    return "srv-host=_sip._%s.%s,%s,5060,%d,1" % (kind, domain, target, priority)


def state(kith, name):
    return kith.json("trunk", "show", name)


def wait_registered(kith, name, seconds, what):
    found = wait_until(lambda: state(kith, name)["state"] == "registered", seconds, 0.05)
    return check(found, "%s%s" % (what, "" if found else ": %s" % {k: state(kith, name)[k] for k in ("state", "state-reason", "detail", "registrar")}))


for program in ("kamailio", "kamcmd", "dnsmasq"):
    if shutil.which(program) is None:
        skip("the program %s is missing" % program)

with Scene() as scene:
    start_dns(scene, [
        "naptr-record=sha.lab,10,10,s,SIP+D2U,,_sip._udp.sha.lab",
        service("udp", "sha.lab", "dead.lab", 10), service("udp", "sha.lab", "a.lab", 20),
        "naptr-record=md5.lab,20,10,s,SIP+D2U,,_sip._udp.md5.lab", "naptr-record=md5.lab,10,10,s,SIP+D2T,,_sip._tcp.md5.lab",
        service("tcp", "md5.lab", "b.lab", 10), service("udp", "md5.lab", "dead.lab", 10),
        host("a.lab", "10.9.0.111"), host("b.lab", "10.9.0.112"), host("dead.lab", "10.9.0.120"),
    ])
    sha, md5 = Kamailio(scene, "10.9.0.111", "sha.lab"), Kamailio(scene, "10.9.0.112", "md5.lab", "MD5", least=1800)
    dead = Registrar(scene.address("10.9.0.120"))
    dead.silent = True
    kith = scene.kith("alice")
    secret = scene.dir + "/secret"
    with open(secret, "w", encoding="utf-8") as file:
        file.write(SECRET + "\n")

    began = time.monotonic()
    added = kith.kith("trunk", "add", "sha", "--domain", "sha.lab", "--user", "bob", "--password-file", secret)
    took = time.monotonic() - began
    check(added.code == 0 and "DNS: ok (2 targets)" in added.out, "NAPTR, SRV and SHA-256: %s" % added.out.split("\n"))
    check(len(dead.heard) == 4 and 4.0 <= took < 4.8, "the server that says nothing is passed over in 4 s (%.2f s, %d requests)" % (took, len(dead.heard)))
    check(sha.contacts() == ["sip:bob@10.9.0.10:5060;ob"], "Kamailio has it: %s" % sha.contacts())

    added = kith.kith("trunk", "add", "md5", "--domain", "md5.lab", "--user", "carol", "--password-file", secret)
    shown = state(kith, "md5")
    check(added.code == 0 and shown["registrar"] == "tcp 10.9.0.112:5060", "MD5 over TCP, as NAPTR prefers: %s" % added.out.split("\n"))
    check(1790 <= shown["expires-at"] / 1e6 - time.time() <= 1801, "423 is answered with the time that is asked for")
    check([c.split(";")[0] for c in md5.contacts()] == ["sip:carol@10.9.0.10:5060"], "Kamailio has it: %s" % md5.contacts())

    heard = len(dead.heard)
    tested = kith.kith("trunk", "test", "sha")
    check(tested.code == 0 and len(dead.heard) == heard, "a refresh goes to the server that works: %s" % tested.out.split("\n"))

    began = time.monotonic()
    run(*kith.space, "sh", "-ec", "echo 1 > /proc/sys/net/ipv4/conf/eth0/promote_secondaries; ip address add 10.9.0.77/24 dev eth0; "
        "ip address del 10.9.0.10/24 dev eth0; ip route replace default via 10.9.0.1")
    moved = wait_until(lambda: "sip:bob@10.9.0.77:5060;ob" in sha.contacts(), 3)
    took = time.monotonic() - began
    check(moved and took < 1, "another address of ours is told within a second (%.2f s): %s" % (took, sha.contacts()))
    check(wait_until(lambda: sha.contacts() == ["sip:bob@10.9.0.77:5060;ob"], 2), "and the old one is taken away: %s" % sha.contacts())
    check(wait_until(lambda: [c.split(";")[0] for c in md5.contacts()] == ["sip:carol@10.9.0.77:5060"], 3), "over TCP, too: %s" % md5.contacts())

    md5.kill()
    check(wait_until(lambda: state(kith, "md5")["state"] != "registered", 3), "a server that is killed is noticed")
    md5.start()
    wait_registered(kith, "md5", 45, "and that it is back")

    check(kith.kith("trunk", "remove", "sha").code == 0 and wait_until(lambda: not sha.contacts(), 3), "removed: Kamailio has nothing of it")
    kith.stop()
    check(not md5.contacts(), "kithd ends: Kamailio has nothing of it: %s" % md5.contacts())
