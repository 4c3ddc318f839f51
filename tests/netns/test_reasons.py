# SPDX-License-Identifier: GPL-3.0-or-later
# Every way in which a call can fail to happen ends with its own reason, in words, fast, and with its own exit code.
import signal
import time

from kithlab import Lab, check, need, network, wait_until

need("gdbus")


def try_call(host, address, reason, seconds, during=None, options=()):
    """Dials with the CLI; @during(call) acts while it rings. Checks the reason, the words and the time."""
    started = time.monotonic()
    process = host.kith_start(*options, "call", address)
    if during is not None:
        during()
    code = process.wait(seconds + 10)
    took = time.monotonic() - started
    output = process.stdout.read()
    last = output.strip().splitlines()[-1] if output.strip() else ""
    facts = host.call_facts(host.calls()[-1])
    check(facts["StateReason"] == reason and took < seconds,
          "%-22s %s in %.2f s, exit %d: %s" % (address, facts["StateReason"], took, code, last))
    return code


with Lab() as lab:
    carol, alice, bob, mallory = network(lab, "carol", "alice", "bob", "mallory")
    codes = {}

    codes["not-found"] = try_call(alice, "nobody", "not-found", 4)

    def reject():
        bob.wait_call("incoming")
        check(bob.kith("reject").returncode == 0, "bob rejects")

    codes["rejected"] = try_call(alice, "bob", "rejected", 4, reject)

    def busy():
        bob.wait_call("incoming")
        check(bob.kith("reject", "--busy").returncode == 0, "bob says that he is busy")

    codes["busy"] = try_call(alice, "bob", "busy", 4, busy)

    # Bob is in a call with carol, and alice's rings beside it: the one that he answers last is heard, and the other one comes back.
    talk = carol.kith_start("call", "bob")
    bob.wait_call("incoming")
    bob.kith("answer")
    bob.wait_call("active")
    with_carol = bob.call_in("active")
    second = alice.kith_start("call", "bob")
    with_alice = bob.wait_call("incoming")
    check(bob.property(with_carol, "Call", "Foreground"), "bob hears carol while alice's call rings")
    bob.kith("answer", with_alice.rsplit("/", 1)[1])
    wait_until(lambda: bob.property(with_alice, "Call", "State") == "active", 5, "bob talks with alice")
    check(bob.property(with_alice, "Call", "Foreground") and not bob.property(with_carol, "Call", "Foreground"),
          "bob hears alice, and not carol")
    shown = bob.kith("show", with_carol.rsplit("/", 1)[1]).stdout
    check("active, not in the foreground" in shown, "kith show says so: " + shown.split("\n")[0])
    second.send_signal(signal.SIGINT)
    second.wait(5)
    wait_until(lambda: bob.property(with_carol, "Call", "Foreground"), 3, "carol is heard again")
    check(bob.property(with_carol, "Call", "State") == "active", "and that call goes on")
    bob.kith("hangup", with_carol.rsplit("/", 1)[1])
    talk.wait(5)

    # Cancelled while ringing: the caller leaves.
    process = alice.kith_start("call", "bob")
    incoming = bob.wait_call("incoming")
    process.send_signal(signal.SIGINT)
    code = process.wait(5)
    wait_until(lambda: bob.property(incoming, "Call", "State") == "ended", 3, "bob's phone stops ringing")
    check(alice.call_facts(alice.calls()[-1])["StateReason"] == "local" and code == 0, "Ctrl-C while ringing cancels (exit %d)" % code)
    check(bob.call_facts(incoming)["StateReason"] == "remote", "bob reads that the caller gave up")

    # Several claimants: never rings.
    second = lab.host("bob2")
    second.start_kith("bob", tone=550, bootstrap=[carol.address + ":4222"])
    second.wait_registered()
    codes["ambiguous"] = try_call(mallory, "bob", "ambiguous", 4)
    check(codes["ambiguous"] == 4, "several claimants: exit 4, as documented")
    result = mallory.kith("resolve", "bob")
    check(result.returncode == 4 and result.stdout.count("somebody claims this name") == 2,
          "`kith resolve` lists them: %d %s%s" % (result.returncode, result.stdout, result.stderr))
    check(alice.kith("resolve", "nobody").returncode == 5, "`kith resolve nobody` exits 5")
    wait_until(lambda: "~" in bob.property("/account/1", "Account", "FullAddress"), 10, "bob has a tag")
    tagged = bob.property("/account/1", "Account", "FullAddress")
    check(mallory.kith("resolve", tagged).returncode == 0, "%s is proved" % tagged)
    key = bob.property("/account/1", "Account", "Key")

    def answer_and_end():
        bob.wait_call("incoming")
        bob.kith("answer")
        bob.wait_call("active")
        bob.kith("hangup")

    check(try_call(mallory, tagged, "remote", 6, answer_and_end) == 0, "the tagged name rings the right one")
    check(try_call(mallory, key, "remote", 6, answer_and_end) == 0, "so does the full key")

    # A peer that is gone without a word: within 4 s.
    for process in (second.daemon,):
        process.kill()
        process.wait()
    check(try_call(mallory, "bob~" + "0" * 8, "not-found", 4) == codes["not-found"], "a tag that nobody proves is not found")

    bob.daemon.kill()
    bob.daemon.wait()
    codes["unreachable"] = try_call(mallory, key, "unreachable", 4.5)
    check(len({codes["not-found"], codes["rejected"], codes["busy"], codes["ambiguous"], codes["unreachable"]}) == 5,
          "five reasons, five exit codes: %s" % codes)
    check(0 not in codes.values(), "and none of them is 0")

    # A stranger cannot keep the phone ringing: after a dozen calls in a minute that nobody answered, it is busy for him.
    states = []
    for _ in range(14):
        alice.gdbus("", "Manager.Dial", "carol", "{}")
        call = alice.calls()[-1]
        wait_until(lambda c=call: alice.property(c, "Call", "State") in ("ringing", "ended"), 5, "it rings or is refused")
        states.append(alice.property(call, "Call", "State"))
        if states[-1] == "ringing":
            alice.gdbus(call, "Call.Hangup", "")
            wait_until(lambda: not carol.call_in("incoming"), 3, "carol's phone is quiet again")
    check(states == ["ringing"] * 12 + ["ended"] * 2, "12 calls ring in vain, the next two do not ring: %s" % states)
