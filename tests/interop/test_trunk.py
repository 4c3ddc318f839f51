# SPDX-License-Identifier: GPL-3.0-or-later
# A trunk registers at a registrar by hand: digests, 423, a wrong password, a refusal, one that dies and is back, another password, one that is removed;
# kithd and kith-edge that end; what `kith trunk`, `kith status` and kith.conf say.
import os
import re
import signal
import time

from interop import Scene, check, wait_until
from registrar import Registrar

SECRET = "correct horse"


def state(kith, name="home"):
    return kith.json("trunk", "show", name)


def wait_state(kith, wanted, seconds=6, name="home"):
    found = wait_until(lambda: (lambda t: t if t["state"] == wanted else None)(state(kith, name)), seconds, 0.05)
    return check(found is not None and bool(found), "%s is %s%s" % (name, wanted, "" if found else ", not %s" % state(kith, name)["state"]))


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


with Scene() as scene:
    kith = scene.kith("alice")
    scene.address("10.9.0.101")
    registrar = Registrar("10.9.0.101", passwords={"bob": SECRET})
    secret, wrong = write(scene.dir + "/secret", SECRET + "\n"), write(scene.dir + "/wrong", "wrong\n")

    added = kith.kith("trunk", "add", "home", "--domain", "10.9.0.101", "--user", "bob", "--password-file", wrong)
    check(added.code == 1 and "refuses the password" in added.out, "a wrong password is said at once: %s" % added.out.strip())
    check(state(kith)["state-reason"] == "wrong-password" and len(registrar.heard) == 2, "and not tried again (%d requests)" % len(registrar.heard))
    wait = state(kith)["retry-at"] / 1e6 - time.time()
    check(590 < wait <= 601, "for %d s" % wait)

    told = [line for line in kith.kith("doctor").out.splitlines() if "refused its password" in line]
    check(len(told) == 1 and "home: 10.9.0.101" in told[0], "kith doctor says it: %s" % told)

    check(kith.kith("trunk", "set", "home", "--password-file", secret).code == 0, "another password is taken")
    wait_state(kith, "registered")
    proof = registrar.heard[-1][1]
    check("algorithm=SHA-256" in proof, "SHA-256 where both are offered")
    check(proof.startswith("REGISTER sip:10.9.0.101 SIP/2.0\r\n") and "From: <sip:bob@10.9.0.101>" in proof, "the Request-URI has no user")
    check(list(registrar.bindings) == ["sip:bob@10.9.0.10:5060;ob"], "the contact: %s" % list(registrar.bindings))
    check("home, registered until" in kith.kith("status").out, "kith status has it")
    check("1 trunk, and nothing is wrong with it" in kith.kith("doctor").out, "kith doctor is content")
    tested = kith.kith("trunk", "test", "home")
    check(tested.code == 0 and tested.out.endswith("registered\n"), "kith trunk test: %s" % tested.out.split("\n"))

    registrar.algorithms, registrar.least = ("MD5",), 1800
    kith.kith("trunk", "test", "home")
    check([status for _, _, status in registrar.heard[-3:]] == [401, 423, 200], "MD5, and 423 taken at once: %s" % [s for _, _, s in registrar.heard[-3:]])
    check(1790 <= state(kith)["expires-at"] / 1e6 - time.time() <= 1801, "for the time that it wants")

    registrar.refuse = 403
    tested = kith.kith("trunk", "test", "home")
    check(tested.code == 1 and "refuses this user (403 Because)" in tested.out, "403: %s" % tested.out.strip())
    registrar.refuse = 0

    registrar.algorithms, registrar.least = ("SHA-256", "MD5"), 0
    kith.kith("trunk", "test", "home")
    wait_state(kith, "registered")
    registrar.stop()
    kith.kith("trunk", "test", "home")
    check(state(kith)["state-reason"] == "no-answer", "a dead registrar is no answer: %s" % state(kith)["detail"])
    registrar.start()
    wait_state(kith, "registered", 12)

    edge = int(re.search(r"\d+", os.popen("pgrep -P %d -x kith-edge" % kith.daemon.pid).read()).group(0))
    before = len(registrar.heard)
    os.kill(edge, signal.SIGKILL)
    wait_until(lambda: len(registrar.heard) > before + 1, 5)
    wait_state(kith, "registered")

    check(kith.kith("trunk", "set", "home", "--off").code == 0 and wait_until(lambda: not registrar.bindings, 3), "off: the registration is taken back")
    check(state(kith)["state"] == "off", "and it says so")
    kith.kith("trunk", "set", "home", "--on", "--rings", "phone/desk", "--prefixes", "+49;+43")
    wait_state(kith, "registered")
    check(state(kith)["settings"]["prefixes"] == "+49;+43", "settings are kept")

    kith.stop()
    check(not registrar.bindings, "kithd ends: the registration is taken back")
    kith.run()
    wait_state(kith, "registered", 10)
    check(state(kith)["rings"] == "phone/desk" and state(kith)["has-password"], "it is there after a restart")

    cellar = scene.kith("bob", conf="[trunk cellar]\ndomain=10.9.0.101\nuser=bob\npassword=%s\n" "number=+4930123456\n" % SECRET)
    wait_state(cellar, "registered", 10, "cellar")
    answer = cellar.kith("trunk", "set", "cellar", "--off")
    check(answer.code != 0 and "kith.conf, line 1" in answer.out, "what stands in kith.conf is changed there: %s" % answer.out.strip())
    cellar.stop()
    cellar.write_conf("[trunk cellar]\ndomain=10.9.0.101\n")
    refused = kith.scene.start(cellar.command(cellar.program("daemon/kithd"), "--config", cellar.dir + "/kith.conf", "--check-config"), stderr=-1, text=True)
    check("--user" in refused.communicate(timeout=10)[1], "a trunk without a user is refused")

    for arguments, text in (
        (("add", "Home", "--domain", "a", "--user", "b"), "try home"),
        (("add", "home", "--domain", "a", "--user", "b"), "already"),
        (("add", "two", "--user", "b"), "--domain"),
        (("add", "two", "--domain", "sip:a", "--user", "b"), "domain"),
        (("set", "home", "--max-calls", "99"), "1 to 32"),
        (("show", "nobody"), "kith trunk list"),
        (("set", "home"), "what is to be set"),
    ):
        answer = kith.kith("trunk", *arguments)
        check(answer.code != 0 and text in answer.out, "kith trunk %s: %s" % (" ".join(arguments), answer.out.strip()))

    check(kith.kith("trunk", "remove", "home").code == 0 and wait_until(lambda: not registrar.bindings, 3), "removed: the registration is taken back")
    check("No trunks" in kith.kith("trunk", "list").out, "and there is none")
    check(SECRET not in "".join(open(os.path.join(folder, name), errors="replace").read() for folder, _, names in os.walk(scene.dir) for name in names
                                if name.endswith(".log")), "no log has the password")
