# SPDX-License-Identifier: GPL-3.0-or-later
# The registrar against programs that others wrote: sipsak and SIPp register (digest MD5), sipvicious looks for users and guesses passwords, and learns that SIP
# is spoken here, and nothing else.
import os
import re
import shutil
import subprocess

from account import Account, says
from interop import Scene, check

SIPP = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:gate@[remote_ip]>;tag=[call_number]
To: <sip:gate@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:gate@[local_ip]:[local_port]>
Expires: 600
Content-Length: 0

]]></send>
  <recv response="401" auth="true"/>
  <send retrans="500"><![CDATA[
REGISTER sip:[remote_ip] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
Max-Forwards: 70
From: <sip:gate@[remote_ip]>;tag=[call_number]
To: <sip:gate@[remote_ip]>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:gate@[local_ip]:[local_port]>
[authentication username=gate password=PASSWORD]
Expires: 600
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
"""


def run(scene, *command, seconds=20):
    """A program of others on this host: its exit code and all that it says."""
    process = scene.start([*command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=scene.dir,
                          env=dict(os.environ, HOME=scene.dir, COLUMNS="200"))
    try:
        out, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    return process.returncode, re.sub(r"\x1b\[[0-9;]*m", "", out)


def missing(*programs):
    gone = [program for program in programs if shutil.which(program) is None]
    if gone:
        print("left out: %s is not here" % ", ".join(gone))
    return bool(gone)


with Scene() as scene:
    kith, desk = scene.kith("alice"), scene.phone()
    scene.address("10.9.0.120")
    password = {name: kith.json("phone", "add", name, *more)["password"]
                for name, more in (("desk", ()), ("gate", ("--digest", "md5")), ("sak", ("--digest", "md5")))}
    check(Account(kith, desk, "desk", password["desk"]).register().status == 200, "desk is registered")

    if not missing("sipsak"):
        code, out = run(scene, "sipsak", "-U", "-C", "sip:sak@10.9.0.120:5060", "-s", "sip:sak@" + kith.ip, "-u", "sak", "-a", password["sak"],
                        "-x", "600", "-H", "10.9.0.120", "-v")
        check(code == 0, "sipsak registers: %s" % (out.strip().splitlines() or ["silence"])[-1])
        says(kith, "sak", "ok udp")
        code, out = run(scene, "sipsak", "-s", "sip:anybody@" + kith.ip, "-H", "10.9.0.120", "-vv")
        check(code == 0 and "200 OK" in out, "its OPTIONS has 200")

    if not missing("sipp"):
        with open(scene.dir + "/register.xml", "w", encoding="ascii") as file:
            file.write(SIPP.replace("PASSWORD", password["gate"]))
        for transport, word in (("t1", "tcp"), ("u1", "udp")):
            code, out = run(scene, "sipp", kith.ip, "-sf", "register.xml", "-m", "1", "-t", transport, "-i", "10.9.0.120", "-p", "5070", "-nostdin")
            check(code == 0, "SIPp registers with MD5 over " + word)
        there = kith.json("phone", "show", "gate")["registrations"]
        check([one["transport"] for one in there] == ["udp"], "the connection is gone, and what registered by it; the other one is there")

    if not missing("sipvicious_svmap") or not missing("svmap"):
        svmap, svwar, svcrack = ("sipvicious_" + name if shutil.which("sipvicious_svmap") else name for name in ("svmap", "svwar", "svcrack"))
        _, out = run(scene, svmap, kith.ip)
        check(kith.ip in out, "svmap: somebody speaks SIP here")
        check("kith" not in out.lower(), "and not who")
        with open(scene.dir + "/names", "w", encoding="ascii") as file:
            file.write("desk\ngate\nsak\nnobody\nadmin\n")
        for method in ("REGISTER", "OPTIONS"):
            _, out = run(scene, svwar, "-m", method, "-d", "names", "--force", kith.ip)
            check("found nothing" in out and "| desk" not in out, "svwar -m %s tells nobody from anybody" % method)
        with open(scene.dir + "/guesses", "w", encoding="ascii") as file:
            file.write("".join("guess%d\n" % i for i in range(20)) + password["desk"] + "\n")
        _, out = run(scene, svcrack, "-u", "desk", "-d", "guesses", kith.ip, seconds=8)
        check(password["desk"] not in out, "svcrack: after five guesses it hears nothing, and does not find the right one")
        check("wrong passwords within a minute" in open(kith.log_name, encoding="utf-8").read(), "kithd's log says so")
    check(kith.alive(), "kithd is alive")
