# SPDX-License-Identifier: GPL-3.0-or-later
# Calls to and from an ordinary SIP phone (baresip) with G.722: a tone above 4 kHz, which narrow codecs do not carry, is heard both ways.
import os
import sys
import time

from kithlab import Lab, check, hears, need, sh, wait_until
from phones import MODULES, Baresip

need("baresip", "sox")
if not os.path.exists(MODULES + "/g722.so"):
    print("skipped: this baresip has no G.722")
    sys.exit(77)

with Lab() as lab:
    file = os.path.join(lab.dir, "5000.wav")
    sh("sox", "-n", "-r", "48000", "-c", "1", "-b", "16", file, "synth", "10", "sine", "5000", "vol", "0.5")
    alice = lab.host("alice").start_kith("alice", audio_in=file, options=["--dht-port", "4222"])
    phone = Baresip(lab.host("desk"), "bob", "g722", 6000)

    process = alice.kith_start("call", phone.uri)
    call = alice.wait_call("active")
    time.sleep(3)
    check(alice.property(call, "Call.Media", "Codec").lower() == "g722", "G.722 is the codec")
    check(alice.kith("hangup").returncode == 0 and process.wait(5) == 0, "alice hangs up")
    check(hears(alice.heard, 6000), "alice hears the phone's 6000 Hz")
    wait_until(phone.recording, 3, "the phone's recording")
    check(hears(phone.recording(), 5000), "the phone hears alice's 5000 Hz")

    phone.command("dial", "sip:alice@%s" % alice.address)
    call = alice.wait_call("incoming")
    check(alice.kith("answer").returncode == 0, "alice answers the phone")
    alice.wait_call("active")
    time.sleep(3)
    check(alice.property(call, "Call.Media", "Codec").lower() == "g722", "G.722 is the codec of the phone's call, too")
    phone.command("hangup")
    wait_until(lambda: alice.property(call, "Call", "State") == "ended", 3, "the phone's hang-up arrives")
    check(hears(alice.heard, 6000) and hears(phone.recording(), 5000), "and both hear each other")
    phone.stop()
