# SPDX-License-Identifier: GPL-3.0-or-later
# What phones of a house do when they are slow, gone, or answer at once: eight that ring, races of CANCEL, storms; and calls that outlive kith-edge many times.
import os

from house import edge_pid, register, talks
from interop import Scene, check, wait_until

KILLS = int(os.environ.get("KITH_EDGE_KILLS", "4"))  # each time it waits twice as long, up to half a minute


def kill_edge(kith, times):
    """kith-edge dies so often, each time as soon as it is back; gives how often it came back."""
    back = 0
    for _ in range(times):
        pid = edge_pid(kith)
        os.kill(pid, 9)
        back += bool(wait_until(lambda: edge_pid(kith) not in (0, pid), 40, 0.02))
    return back


def ring_all(bob, phones):
    """bob calls alice: the calls at her phones, and the one that bob's `kith call` is."""
    running = bob.start("call", "alice")
    calls = [phone.take(8) for phone in phones]
    check(all(calls), "all of %d phones ring" % len(phones))
    return calls, running


def stops(call, elsewhere):
    cancel = call.expect("CANCEL")
    if cancel is None:
        return False
    call.reply(200, request=cancel)
    call.reply(487, "Request Terminated")
    return ("cause=200" in (cancel["reason"] or "")) == elsewhere


with Scene() as scene:
    alice = scene.kith("alice", tone=1000)
    bob = scene.kith("bob", tone=660, bootstrap=[alice])
    check(alice.wait_registered() and bob.wait_registered(), "both nodes are registered")
    phones = [scene.phone(name="phone%d" % i, transport="tcp" if i == 1 else "udp", v6=i == 2, tone=440) for i in range(8)]
    accounts = [register(alice, phone, at=alice.at6 if i == 2 else None) for i, phone in enumerate(phones)]
    desk, lan6 = phones[0], phones[2]

    # eight ring, the one with IPv6 alone answers
    calls, running = ring_all(bob, phones)
    for call in calls:
        call.reply(180, "Ringing")
    check(calls[2].accept() is not None, "the phone with IPv6 alone answers")
    check(all([stops(call, True) for i, call in enumerate(calls) if i != 2]), "the seven others stop: elsewhere")
    check(talks(scene, lan6, calls[2].incoming_request.media, bob, 660), "sound goes both ways")
    check(calls[2].bye().status == 200 and bob.wait_state("ended"), "it hangs up")
    running.wait(5)
    missed = [call for call in alice.calls() if call.get("missed")]
    check(not missed, "nothing was missed")

    # and it dials
    call = accounts[2].dial("bob")
    check(call.expect(180, "INVITE") is not None, "the phone with IPv6 alone dials bob")
    call.request("CANCEL")
    check(call.expect(487, "INVITE") is not None and bob.wait_state("ended"), "and gives up")

    # two answer at the same time: one has the call, the other is hung up
    calls, running = ring_all(bob, phones)
    for call in calls[3:]:
        call.reply(180, "Ringing")
    for call in calls[:2]:
        call.reply(200, "OK", call.phone.describe())
    check(all([stops(call, True) for call in calls[3:]]), "those that rang stop")
    calls[2].reply(180, "Ringing")
    check(stops(calls[2], True), "and one that said nothing yet, with its first word")
    check(calls[0].expect("ACK") is not None, "phone0 has it")
    late = calls[1].expect(lambda m: m.method in ("CANCEL", "ACK") and not m.status)
    if late is not None and late.method == "CANCEL":
        calls[1].reply(200, request=late)
        late = calls[1].expect("ACK")
    bye = calls[1].expect("BYE")
    check(late is not None and bye is not None, "phone1, whose 200 crossed, gets ACK and BYE")
    calls[1].reply(200, request=bye)
    check(calls[0].bye().status == 200 and bob.wait_state("ended"), "phone0 hangs up")
    running.wait(5)

    # bob gives up while they ring: no "elsewhere"
    calls, running = ring_all(bob, phones)
    for call in calls:
        call.reply(180, "Ringing")
    check(bob.wait_state("ringing") and bob.kith("hangup").code == 0, "bob hears that they ring, and hangs up")
    check(all([stops(call, False) for call in calls]), "bob gives up, and all stop, not as answered elsewhere")
    running.wait(5)
    check(wait_until(lambda: alice.calls()[-1].get("missed"), 3), "that is a missed call")

    # one vanishes while it rings, the others decline one after the other
    calls, running = ring_all(bob, phones)
    phones[1].hang_up_tcp()
    for call in calls[2:]:
        call.reply(486, "Busy Here")
        call.expect("ACK")
    calls[0].reply(180, "Ringing")
    alice.kith("reject")
    check(stops(calls[0], False) and bob.wait_state("ended"), "alice declines at her node, and phone0 stops")
    running.wait(5)
    check(accounts[1].register().status == 200, "the phone that vanished comes back")

    # who dials gives up just when bob answers
    call = accounts[0].dial("bob")
    check(call.expect(180, "INVITE") is not None and bob.kith("answer").code == 0, "bob answers")
    call.request("CANCEL")
    final = call.expect(lambda m: m.status >= 200, "INVITE")
    check(final is not None and final.status in (200, 487), "phone0 has the 200, or 487: one of them was faster")
    if final.status == 200:
        call.ack()
        check(call.bye().status == 200, "BYE ends it")
    check(bob.wait_state("ended") and alice.wait_state("ended"), "the call is over everywhere")

    # a storm of one phone: four at once, and no more than 20 a minute
    busy = [accounts[3].dial("phone%d" % i) for i in (4, 5, 6, 7, 4, 5)]
    answers = [call.expect(lambda m: m.status >= 486, "INVITE", 0.3) for call in busy]
    statuses = [answer.status if answer else 0 for answer in answers]
    check(statuses == [0, 0, 0, 0, 486, 486], "four calls ring, the fifth and sixth are refused: %s" % statuses)
    for call in busy[:4]:
        call.request("CANCEL")
    for phone in phones[4:]:
        ringing = phone.take()
        ringing.reply(180, "Ringing")
        stops(ringing, False)
    more = [accounts[3].dial("bob").expect(lambda m: m.status >= 180, "INVITE", 1) for _ in range(24)]
    statuses = [answer.status if answer else 0 for answer in more]
    check(480 in statuses, "more than 20 a minute are refused: %s" % statuses)
    alice.kith("hangup", "--all")

    # kith-edge dies again and again in a call of a phone, which goes on
    call = accounts[0].dial("bob")
    check(call.expect(180, "INVITE", 8) is not None and bob.kith("answer").code == 0, "phone0 has a call with bob")
    ok = call.expect(200, "INVITE")
    call.ack()
    desk.sound.start(ok.media.address)
    check(scene.hears(desk, 660), "phone0 hears bob")
    check(kill_edge(alice, KILLS) == KILLS, "kith-edge came back %d times" % KILLS)
    check(scene.hears(desk, 660) and scene.hears(bob, desk.hz), "both hear each other all the same")
    desk.sound.stop()
    bye = wait_until(lambda: call.bye(0.5), 10, 0.1)
    check(bye is not None and bye.status == 200 and bob.wait_state("ended"), "BYE ends it")
