# SPDX-License-Identifier: GPL-3.0-or-later
# `kith why` names the cause of every way in which a call can fail, tells a good one from its time line, and remembers over a restart.
import json
import re
import signal
import time

from kithlab import Lab, check, need, network, wait_until

need("gdbus")


def why(host, *words, show=False):
    """What `kith why` says of a call: (the time line, the sentence). Checks its shape."""
    result = host.kith("why", *words)
    check(result.returncode == 0, "`kith why` explains: %d %s" % (result.returncode, result.stderr))
    if show:
        print(result.stdout)
    check(max(len(line) for line in result.stdout.splitlines()) <= 80, "it fits 80 columns")
    lines, _, sentence = result.stdout.partition("\n\n")
    sentence = " ".join(sentence.split())
    check(sentence.endswith(".") and "{" not in sentence, "a sentence: " + sentence)
    return lines, sentence


def facts(host, *words):
    return json.loads(host.kith("--json", "why", *words).stdout)


def dial(host, address, during=None):
    process = host.kith_start("call", address)
    if during is not None:
        during()
    process.wait(40)
    process.stdout.read()


with Lab() as lab:
    carol, alice, bob = network(lab, "carol", "alice", "bob")
    check(alice.kith("why").returncode == 5, "before the first call there is nothing to explain: exit 5")
    check(alice.kith("why", "nonsense").returncode == 2, "what is no number of a call: exit 2")

    def doctor(host):
        result = host.kith("--json", "doctor")
        report = json.loads(result.stdout)
        return result.returncode, {row["check"]: row for row in report["findings"]}

    code, report = doctor(alice)
    check(code == 0 and report["network"]["state"] == "ok" and report["registration"]["state"] == "ok" and report["microphone"]["state"] == "ok",
          "`kith doctor` finds a node that is well: %s" % {name: row["state"] for name, row in report.items()})
    check(max(len(line) for line in alice.kith("doctor").stdout.splitlines()) <= 80, "and says so in 80 columns")

    dial(alice, "nemo")
    _, sentence = why(alice)
    check("Nobody of the name nemo" in sentence and "spelling" in sentence, "not found, and what to do")

    def reject():
        bob.wait_call("incoming")
        bob.kith("reject")

    dial(alice, "bob", reject)
    lines, sentence = why(alice, show=True)
    check("bob declined" in sentence, "declined")
    check(" reach " in lines and " candidate " in lines, "the time line of a new link says where the peer is")
    check("You declined" in why(bob)[1], "and the other side knows that it was its own doing")

    # A good call, while it goes on and after.
    talk = alice.kith_start("call", "bob")
    bob.wait_call("incoming")
    check("waits for your answer" in why(bob)[1], "while it rings here")
    check("ringing" in why(alice)[1], "while it rings there")
    bob.kith("answer")
    bob.wait_call("active")
    time.sleep(6)
    check("The call goes on" in why(alice)[1], "while it goes on")
    bob.kith("hangup")
    talk.wait(10)
    lines, sentence = why(alice, show=True)
    check("The call was fine" in sentence and "directly" in sentence and "bob hung up" in sentence, "a good call")
    for word in ("look-up", "reach", "keys", "sip", "media", "state", "end"):
        check((" %s " % word) in lines, "the time line has “%s”" % word)
    for text in ("INVITE sent", "180 Ringing", "200 OK", "first packet", "first sound", "MOS", "They hung up"):
        check(text in lines, "the time line says “%s”" % text)
    good = facts(alice)
    times = [entry["ms"] for entry in good["entries"]]
    check(times == sorted(times) and times[-1] >= 5000, "its times go forward, in ms since the call began")
    check(good["mos"] > 3.9 and good["packets-lost"] == 0 and good["codec"] == "opus", "its last figures are kept")
    lines, sentence = why(bob, show=True)
    check("You hung up" in sentence, "seen from the other side")
    for text in ("Ours: ", "Theirs: ", "Using the path"):
        check(text in lines, "whose time line says “%s”, too" % text)

    # An ordinary SIP address where nothing listens.
    dial(alice, "sip:dave@%s:5999" % carol.address)
    check("nothing listens there" in why(alice)[1] and "the other phone is on" in why(alice)[1], "nothing takes SIP there")

    # Gone without a word: found, but not there.
    bob.daemon.kill()
    bob.daemon.wait()
    dial(alice, "bob")
    check("found but did not answer" in why(alice)[1] and "Try again in a minute" in why(alice)[1], "a peer that vanished")

    # The network goes away under a call.
    process = alice.kith_start("call", "carol")
    carol.wait_call("incoming")
    carol.kith("answer")
    carol.wait_call("active")
    time.sleep(3)
    carol.ip("link", "set", "eth0", "down")
    wait_until(lambda: facts(alice)["reconnecting"], 10, "`kith why` knows that nothing is heard")
    said = facts(alice)["sentence"]
    check("Nothing has been heard of carol for" in said and "another one is being looked for" in said, "and says so: " + said)
    said = facts(carol)["sentence"]
    check("Your network is away" in said and "Connect to a network" in said, "and on the host whose network it was: " + said)
    wait_until(lambda: json.loads(carol.kith("--json", "status").stdout)["accounts"][0]["state"] != "registered", 10, "carol sees that she is away")
    status = json.loads(carol.kith("--json", "status").stdout)
    check(status["accounts"][0]["state"] != "registered", "`kith status` there is not “registered”: %s" % status["accounts"][0]["state"])
    wait_until(lambda: not carol.registered(), 10, "without a network carol is not registered any more")
    check("no network" in " ".join(carol.kith("status").stdout.split()), "and `kith status` says why")
    wait_until(lambda: alice.call_facts(alice.calls()[-1])["StateReason"] == "network-lost", 45, "the call ends for want of a path")
    process.send_signal(signal.SIGINT)
    process.wait(10)
    lines, sentence = why(alice, show=True)
    check(re.search(r"lost after ([2-9]|1\d) s", sentence) and "trouble" in lines, "a lost network, and for how long they talked: " + sentence)
    _, sentence = why(carol)
    check(re.search(r"went away after ([2-9]|1\d) s, and did not come back for (2\d|3\d) s", sentence), "and on the other host: " + sentence)
    check(facts(alice)["mos"] > 3.9, "the quality is that of the time in which they were heard: %.1f" % facts(alice)["mos"])

    # A way that never came about is not called encrypted.
    carol.kith("call", "bob", "--timeout", "6")
    check("encrypted" not in carol.kith("show").stdout, "a call without a link is not encrypted")

    # The history outlives the daemon, and numbers go on.
    last = facts(alice)
    alice.stop_kith()
    alice.start_kith()
    check(facts(alice)["entries"] == last["entries"] and facts(alice)["sentence"] == last["sentence"], "the time line is there after a restart")
    check("bob declined" in why(alice, "2")[1], "an older call by its number")
    check(alice.kith("why", "99").returncode == 5, "a call that never was: exit 5")
    past = json.loads(alice.kith("--json", "calls", "--all").stdout)["calls"]
    check([call["call"] for call in past] == list(range(last["call"], 0, -1)), "`kith calls --all` has them all")
    dial(alice, "nemo")
    check(facts(alice)["call"] == last["call"] + 1, "the next call has the next number")
    check("No other node of the network answers" in why(alice)[1] or "Nobody of the name" in why(alice)[1], "and is explained")

    # Without a daemon the doctor says so, and what to do.
    alice.stop_kith()
    code, report = doctor(alice)
    check(code == 7 and report["daemon"]["state"] == "bad" and "systemctl" in report["daemon"]["remedy"], "a daemon that does not run: exit 7")
