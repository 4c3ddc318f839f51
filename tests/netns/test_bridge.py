# SPDX-License-Identifier: GPL-3.0-or-later
# A phone of alice's house calls bob by his name, and bob calls alice, whose phone answers: each hears the other's tone, over an encrypted link.
import os
import time

from kithlab import Lab, check, hears, need, network, wait_until
from phones import Baresip

need("gdbus", "baresip")
TALK_S = 3


def is_active(host):
    return host.wait_call("active", 8)


with Lab() as lab:
    alice, bob = network(lab, "alice", "bob")
    bob.heard = os.path.join(lab.dir, "bob-heard-%c.wav")
    bob.stop_kith()
    bob.start_kith(tone=660, bootstrap=[alice.address + ":4222"], options=["--dht-port", "4222"])
    bob.wait_registered()
    password = alice.json("phone", "add", "desk", "--digest", "md5")["password"]
    phone = Baresip(lab.host("desk"), "desk", "pcma", 880, alice.address, password)
    wait_until(lambda: "ok udp" in alice.kith("phone", "list").stdout, 10, "the phone has registered")

    # desk dials bob
    phone.command("dial", "sip:bob@" + alice.address)
    rings = bob.wait_call("incoming")
    check(bob.property(rings, "Call", "PeerName") == "alice", "bob is called by alice")
    check(alice.wait_call("ringing") is not None, "and it rings at alice's node")
    check(bob.kith("answer").returncode == 0, "bob answers")
    ours = is_active(alice)
    check(is_active(bob) is not None, "both are active")
    check(bob.property(rings, "Call", "Encryption") == "srtp-link", "for bob the call is encrypted")
    check(alice.property(ours, "Call", "Encryption") == "none", "at alice's the weaker part counts")
    time.sleep(TALK_S)
    shown = " ".join(alice.kith("show", ours.split("/")[-1]).stdout.split())
    legs = alice.json("show", ours.split("/")[-1])["legs"]
    check([(leg["side"], leg["kind"], leg["label"], leg["encryption"], leg["how"]) for leg in legs]
          == [("callee", "link", "bob", "srtp-link", "relay"), ("caller", "phone", "desk", "none", "relay")], "kith show tells both parts: %s" % legs)
    check("the phone desk, flowing, not encrypted, PCMA, packets relayed" in shown, "in words, too")
    check("encrypted to their node, NOT ENCRYPTED from here to the phone" in shown, "with what is encrypted")
    check(", phone desk" in alice.kith("calls").stdout, "and kith calls says whose call it is")
    check(bob.kith("hangup").returncode == 0, "bob hangs up")
    alice.wait_call("ended")
    print("      " + alice.kith("why", ours.split("/")[-1]).stdout.replace("\n", "\n      "))
    check(hears(bob.heard.replace("%c", rings.split("/")[-1]), 880), "bob heard the phone")
    check(hears(phone.recording(), 660), "the phone heard bob")

    # bob calls alice: her phone answers by itself
    bob.kith_start("call", "alice")
    theirs = is_active(bob)
    ours = is_active(alice)
    time.sleep(TALK_S)
    check(bob.property(theirs, "Call", "Encryption") == "srtp-link", "encrypted between the nodes")
    check(bob.kith("hangup").returncode == 0, "bob hangs up")
    alice.wait_call("ended")
    print("      " + alice.kith("why", ours.split("/")[-1]).stdout.replace("\n", "\n      "))
    check(hears(bob.heard.replace("%c", theirs.split("/")[-1]), 880), "bob heard the phone")
    check(hears(phone.recording(), 660), "the phone heard bob")
    phone.stop()
