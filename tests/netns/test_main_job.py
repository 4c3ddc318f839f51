# SPDX-License-Identifier: GPL-3.0-or-later
# Two hosts find each other by name in the DHT and talk, encrypted; each hears the other's tone.
import os
import time

from kithlab import Lab, check, hears, need, network, wait_until

need("gdbus")

with Lab() as lab:
    carol, alice, bob = network(lab, "carol", "alice", "bob", tones=(880, 440, 660))
    status = bob.json("status")
    check(status["accounts"][0]["state"] == "registered", "bob's status says registered: his record was read back")

    ringing = bob.kith_start("--json", "watch")
    call = alice.kith_start("call", "bob")
    incoming = bob.wait_call("incoming")
    check(alice.wait_call("ringing", 3), "alice sees it ring")
    facts = bob.call_facts(incoming)
    check(facts["PeerName"] == "alice", "bob sees who calls: %s" % facts["PeerName"])
    check(facts["Encryption"] == "srtp-link", "bob sees that it is encrypted")
    check(facts["Trust"] == "unknown", "bob sees that alice is new to him")

    check(bob.kith("answer").returncode == 0, "bob answers")
    alice.wait_call("active")
    bob.wait_call("active")
    time.sleep(3)
    outgoing = alice.call_in("active")
    stats = alice.json("show", outgoing.rsplit("/", 1)[1])
    print("      ", stats)
    check(bob.kith("hangup").returncode == 0, "bob hangs up")
    check(call.wait(5) == 0, "alice's `kith call` ends with 0")
    output = call.stdout.read()
    print("      " + output.replace("\n", "\n      "))
    for word in ("dialing", "ringing", "active", "encrypted"):  # locating may be over before the first look
        check(word in output, "`kith call` said: %s" % word)
    facts = alice.call_facts(outgoing)
    check(facts["StateReason"] == "remote", "alice reads why it ended: %s" % facts["StateReason"])
    times = [int(facts[k]) for k in ("StartedAt", "LocatedAt", "LinkedAt", "RangAt", "AnsweredAt", "FlowingAt", "EndedAt")]
    check(all(times) and times == sorted(times), "the time line is complete and in order: %s ms" %
          [round((t - times[0]) / 1000, 1) for t in times])
    ringing.terminate()
    check("incoming" in ringing.stdout.read(), "`kith watch` on bob's side told of the call")

    check(hears(alice.heard, 660), "alice's recording holds bob's tone")
    check(not hears(alice.heard, 440, show=False), "and not her own")
    check(hears(bob.heard, 440), "bob's recording holds alice's tone")

    # The second time the name is pinned, and the link is warm.
    alice.kith_start("call", "bob")
    again = bob.wait_call("incoming")
    check(alice.call_facts(alice.wait_call("ringing"))["Trust"] == "seen", "alice knows bob now")
    check(bob.kith("answer").returncode == 0, "bob answers again")
    alice.wait_call("active")
    bob.wait_call("active")
    check(alice.kith("hangup").returncode == 0, "alice hangs up")
    wait_until(lambda: bob.property(again, "Call", "State") == "ended", 3, "bob's call has ended")

    # A clean stop withdraws the record: others know at once.
    check(bob.stop_kith() == 0, "bob's daemon stops cleanly")
    started = time.monotonic()
    result = alice.kith("call", "bob")
    took = time.monotonic() - started
    check(result.returncode != 0 and took < 4, "calling bob now fails in %.1f s: %s" % (took, result.stdout.strip().splitlines()[-1:]))
