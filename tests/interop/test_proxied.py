# SPDX-License-Identifier: GPL-3.0-or-later
# Calls between phones of the house by kith-edge alone: forks, CANCEL, hold, texts, an edge that dies in a call, and the other roles; kithd hears of none.
import os
import re

from account import Account
from house import edge_pid, register
from interop import Scene, check, wait_until
from phone import Call


def answered_elsewhere(loser):
    cancel = loser.expect("CANCEL")
    check(cancel is not None and "cause=200" in cancel["reason"], "the other place hears that it was answered elsewhere")
    loser.reply(200, request=cancel)
    loser.reply(487, "Request Terminated")
    check(loser.expect("ACK") is not None, "and its refusal is acknowledged")


def request_outside(phone, kith, account, method, user, body=""):
    """A request that is no call; gives its final answer."""
    call = phone.call_to(kith, user=user)
    call.request(method, body, "text/plain")
    return call.expect(lambda m: m.status >= 200, method)


def take(phone, call):
    """The other end of @call at @phone."""
    invite = phone.expect(lambda m: m.method == "INVITE" and not m.status and not m.tag("to"), call_id=call.call_id)
    return Call.incoming(phone, invite) if invite else None


with Scene() as scene:
    alice = scene.kith("alice")
    desk, dect = scene.phone(name="desk", tone=440), scene.phone(name="dect", tone=880, transport="tcp")
    cell = scene.phone(name="dect", tone=660)  # dect's other place
    desk_account = register(alice, desk)
    dect_account = register(alice, dect)
    twin = Account(alice, cell, "dect", dect_account.password)
    twin.id = "twin@phone"
    check(twin.register().status == 200, "dect has two places")

    # both ring, one answers
    call = desk_account.dial("dect")
    one, two = take(dect, call), take(cell, call)
    check(one is not None and two is not None, "both places ring")
    invite = two.incoming_request
    check(len(invite.every("via")) == 2 and invite["max-forwards"] == "69", "it came by one proxy")
    one.reply(180, "Ringing")
    two.reply(180, "Ringing")
    check(two.accept() is None, "no ACK before it was answered there")
    ok = call.expect(200, "INVITE")
    call.ack()
    check(two.expect("ACK") is not None, "the answer goes back, and its ACK comes by the edge")
    answered_elsewhere(one)
    desk.sound.start(ok.media.address)
    cell.sound.start(invite.media.address)
    check(ok.media.host == cell.ip and invite.media.host == desk.ip, "their sound has no address of the node")
    check(scene.hears(desk, 660) and scene.hears(cell, 440), "desk and dect hear each other")
    desk.sound.stop()
    cell.sound.stop()
    check(not alice.calls(), "kithd has no call")
    house = alice.json("calls")["house-calls"]
    check([(row["caller"], row["callee"], row["state"]) for row in house] == [("desk", "dect", "active")], "but knows of it: %s" % house)
    check(re.search(r"- .* active +desk to dect", alice.kith("calls").out) is not None, "kith calls tells it")

    # hold by the callee, a text in the call, and an edge that dies
    two.request("INVITE", cell.describe(direction="sendonly", version=2))
    held = call.expect("INVITE")
    check(held is not None and held.media.direction == "sendonly", "hold goes to the caller")
    call.reply(200, "OK", desk.describe(direction="recvonly"))
    check(two.expect(200, "INVITE") is not None, "and its answer back")
    two.ack()
    check(call.expect("ACK") is not None, "and the ACK of that")
    pid = edge_pid(alice)
    os.kill(pid, 9)
    check(wait_until(lambda: edge_pid(alice) not in (0, pid), 5, 0.1), "kith-edge is back")
    bye = None
    for _ in range(20):  # its socket opens in a moment
        call.request("BYE")
        bye = two.expect("BYE", seconds=0.3)
        if bye is not None:
            break
    check(bye is not None, "the next edge passes BYE on")
    two.reply(200, request=bye)
    check(call.expect(200, "BYE") is not None, "and its answer")
    check(wait_until(lambda: alice.json("calls")["house-calls"] == [], 3), "kithd knows that it is over")
    dect.hang_up_tcp()
    answer = dect_account.register()
    check(answer is not None and answer.status == 200, "dect, whose connection ended, registers anew: %s" % (answer and answer.first))

    # who calls gives up: before anything rings, and while it does
    call = desk_account.dial("dect")
    one, two = take(dect, call), take(cell, call)
    one.reply(180, "Ringing")
    check(call.expect(180, "INVITE") is not None, "dect rings")
    call.request("CANCEL")
    check(call.expect(200, "CANCEL") is not None, "desk gives up")
    cancel = one.expect("CANCEL")
    check(cancel is not None and "cause=487" in cancel["reason"] and "elsewhere" not in cancel["reason"], "which is what dect hears")
    check(cell.quiet(0.3, lambda m: m.method == "CANCEL"), "who has said nothing yet is not cancelled yet")
    one.reply(200, request=cancel)
    one.reply(487, "Request Terminated")
    two.reply(180, "Ringing")
    cancel = two.expect("CANCEL")
    check(cancel is not None, "but then")
    two.reply(200, "OK", cell.describe())  # it crosses
    ok = call.expect(200, "INVITE")
    check(ok is not None, "an answer that crosses the CANCEL counts")
    call.ack()
    check(two.expect("ACK") is not None, "and is acknowledged")
    call.request("BYE")
    bye = two.expect("BYE")
    check(bye is not None, "desk hangs up")
    two.reply(200, request=bye)

    # refusals: the better one of two; nobody there
    call = desk_account.dial("dect")
    one, two = take(dect, call), take(cell, call)
    one.reply(480, "Away")
    two.reply(486, "Busy Here")
    check(call.expect(lambda m: m.status >= 300, "INVITE").status == 486, "busy is more than away")
    check(alice.kith("phone", "add", "attic").code == 0, "a phone that is nowhere")
    check(desk_account.dial("attic").expect(480, "INVITE") is not None, "480")

    # a text
    call = desk.call_to(alice, user="dect")
    call.request("MESSAGE", "hello", "text/plain")
    text = cell.expect("MESSAGE")
    check(text is not None and text.body == "hello", "a text goes to dect")
    twin.reply(text)
    check(call.expect(200, "MESSAGE") is not None, "and is confirmed")
    check(request_outside(desk, alice, desk_account, "REFER", "dect").status == 405, "REFER is not for phones yet")
    check(request_outside(desk, alice, desk_account, "MESSAGE", "dect", "x" * 1301).status == 413, "nor are long texts")

    check(re.search(r"edge\s+serving", alice.kith("status").out) is not None, "kith status tells of the edge")
