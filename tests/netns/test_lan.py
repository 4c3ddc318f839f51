# SPDX-License-Identifier: GPL-3.0-or-later
# Two hosts on one network that know nothing of each other: discovery joins them, and a call by name works.
import time

from kithlab import Lab, check, hears, need

need("gdbus")

with Lab() as lab:
    hosts = [lab.host(name) for name in ("alice", "bob")]
    for host in hosts:
        with open(host._config(), "w") as out:
            out.write("")  # discovery is on when nothing is said
    alice, bob = hosts
    alice.start_kith("alice", tone=440, options=["--dht-port", "4222"])
    bob.start_kith("bob", tone=660, options=["--dht-port", "4222"])
    begun = time.monotonic()
    alice.wait_registered()
    bob.wait_registered()
    check(True, "both are registered %.2f s after the second one runs, without any bootstrap" % (time.monotonic() - begun))
    talk = alice.kith_start("call", "bob")
    bob.wait_call("incoming")
    bob.kith("answer")
    alice.wait_call("active")
    time.sleep(1.5)
    alice.kith("hangup")
    check(talk.wait(5) == 0 and hears(alice.heard, 660) and hears(bob.heard, 440), "alice calls bob by name; voice both ways")

    # The user's own key file goes first, and may name a key or an ordinary address.
    key = bob.property("/account/1", "Account", "Key")
    with open(alice.dir + "/contacts", "w") as out:
        out.write("[robert]\nkey=%s\n\n[desk]\nsip=sip:bob@%s\n" % (key, bob.address))
    alice.stop_kith()
    alice.start_kith(tone=440, options=["--dht-port", "4222"])
    alice.wait_registered()
    found = alice.kith("resolve", "robert")
    check(found.returncode == 0 and key in found.stdout, "the key file proves robert: %s" % found.stdout.strip())
    talk = alice.kith_start("call", "robert")
    bob.wait_call("incoming")
    bob.kith("answer")
    call = alice.wait_call("active")
    facts = alice.call_facts(call)
    check(facts["LocatedBy"] == "static" and facts["Encryption"] == "srtp-link", "robert is called by his key, encrypted")
    alice.kith("hangup")
    talk.wait(5)
    talk = alice.kith_start("call", "desk")
    bob.wait_call("incoming")
    bob.kith("answer")
    call = alice.wait_call("active")
    check(alice.call_facts(call)["Encryption"] == "none", "desk is called by plain SIP, shown as not encrypted")
    alice.kith("hangup")
    talk.wait(5)
