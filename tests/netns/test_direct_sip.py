# SPDX-License-Identifier: GPL-3.0-or-later
# Calls to and from an ordinary SIP phone (baresip): PCMU, PCMA and Opus, plain RTP, voice checked by tone both ways.
import time

from kithlab import Lab, check, hears, need, wait_until
from phones import Baresip

need("gdbus", "baresip", "sox")

with Lab() as lab:
    alice = lab.host("alice").start_kith("alice", tone=440, options=["--dht-port", "4222"])
    desk = lab.host("desk")

    for codec, tone in (("pcmu", 660), ("pcma", 750), ("opus", 880)):
        phone = Baresip(desk, "bob", codec, tone)

        process = alice.kith_start("call", phone.uri)
        call = alice.wait_call("active")
        facts = alice.call_facts(call)
        time.sleep(3)
        statistics = alice.gdbus(call, "Call.Media.GetStatistics")
        check(facts["Encryption"] == "none", "%s: the call to the phone is shown as not encrypted" % codec)
        check(alice.property(call, "Call.Media", "Codec").lower() == codec, "%s is the codec" % codec)
        check(alice.kith("hangup").returncode == 0 and process.wait(5) == 0, "alice hangs up")
        check("NOT ENCRYPTED" in process.stdout.read(), "`kith call` says so plainly")
        check(hears(alice.heard, tone), "%s: alice hears the phone's %d Hz" % (codec, tone))
        wait_until(phone.recording, 3, "the phone's recording")
        check(hears(phone.recording(), 440), "%s: the phone hears alice's 440 Hz" % codec)

        phone.command("dial", "sip:alice@%s" % alice.address)
        call = alice.wait_call("incoming")
        facts = alice.call_facts(call)
        check(facts["Encryption"] == "none" and facts["PeerKey"] == "", "%s: the phone's call is shown as ordinary SIP from %s" %
              (codec, facts["PeerAddress"]))
        check(alice.kith("answer").returncode == 0, "alice answers")
        alice.wait_call("active")
        time.sleep(3)
        phone.command("hangup")
        wait_until(lambda c=call: alice.property(c, "Call", "State") == "ended", 3, "the phone's hang-up arrives")
        check(alice.property(call, "Call", "StateReason") == "remote", "its reason is remote")
        check(hears(alice.heard, tone), "%s: alice hears the phone that called" % codec)
        check(hears(phone.recording(), 440), "%s: the phone that called hears alice" % codec)
        phone.stop()

    started = time.monotonic()
    result = alice.kith("call", "sip:bob@%s" % desk.address)
    took = time.monotonic() - started
    check(result.returncode != 0 and took < 4.5, "no phone there any more: %.1f s, exit %d: %s" %
          (took, result.returncode, result.stdout.strip().splitlines()[-1]))
    result = alice.kith("call", "sip:bob@no-such-host.invalid")
    check(result.returncode != 0, "no such host: %s" % result.stdout.strip().splitlines()[-1])

    phone = Baresip(desk, "carl", "pcmu", 660)
    process = alice.kith_start("call", "sip:carl@%s:5060;transport=tcp" % desk.address)
    alice.wait_call("active")
    check(alice.kith("hangup").returncode == 0 and process.wait(5) == 0, "a call over TCP works too")

    process = alice.kith_start("call", "sip:carl@" + desk.host_name)
    alice.wait_call("active")
    check(alice.kith("hangup").returncode == 0 and process.wait(5) == 0, "and one to a host name")
