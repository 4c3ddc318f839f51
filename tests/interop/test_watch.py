# SPDX-License-Identifier: GPL-3.0-or-later
# Phones watch phones, their owner and each other's presence: SUBSCRIBE by hand, what NOTIFY says of calls and registrations, refreshes
# and ends, who may not, NOTIFYs that are refused.
import re
import time

from account import Account
from interop import Scene, check, wait_until


class Subscription:
    """A phone's subscription to @user."""

    def __init__(self, account, user, event, expires=600, fields=()):
        self.account, self.phone, self.kith, self.event = account, account.phone, account.kith, event
        self.call = self.phone.call_to(self.kith, user=user)
        self.call.ours = "<sip:%s@%s>;tag=%s" % (account.user, self.kith.ip, self.call.tag)
        self.fields, self.notes = list(fields), []
        self.answer = self.subscribe(expires)

    def subscribe(self, expires):
        lines = ["Event: " + self.event, "Expires: %d" % expires, "Accept: application/dialog-info+xml", *self.fields]
        self.call.request("SUBSCRIBE", "", fields=lines)
        answer = self.call.expect(lambda m: m.status >= 200, "SUBSCRIBE", 3)
        if answer is not None and answer.status == 407:
            proof = self.account.answer(answer.every("proxy-authenticate"), "SUBSCRIBE", self.call.target)
            self.call.request("SUBSCRIBE", "", fields=[*lines, "Proxy-Authorization: " + proof])
            answer = self.call.expect(lambda m: m.status >= 200, "SUBSCRIBE", 3)
        if answer is not None and answer.status < 300:
            self.call.theirs, self.call.target = answer["to"], answer.uri("contact") or self.call.target
        return answer

    def note(self, seconds=2, status=200):
        """The next NOTIFY, which is answered with @status (0: not at all)."""
        note = self.phone.expect("NOTIFY", seconds=seconds, call_id=self.call.call_id)
        if note is not None:
            self.notes.append(note)
            if status:
                self.account.reply(note, status)
        return note

    def drain(self, seconds=0.3):
        """All that are on their way."""
        last = None
        while True:
            note = self.note(seconds)
            if note is None:
                return last
            last = note


def over(subscription):
    """The NOTIFY that ends it."""
    note = subscription.note(3)
    while note is not None and not note["subscription-state"].startswith("terminated"):
        note = subscription.note(3)
    return note


def state(note):
    found = re.findall(r"<state>(\w+)</state>", note.body) if note is not None else []
    return found or (["idle"] if note is not None else [])


def version(note):
    return int(re.search(r'version="(\d+)"', note.body).group(1))


def status(answer):
    return answer.status if answer is not None else 0


with Scene() as scene:
    kith, p1, p2, p3 = scene.kith("alice"), scene.phone(name="desk"), scene.phone(name="attic", transport="tcp"), scene.phone()
    desk, attic = (Account(kith, phone, name, kith.json("phone", "add", name)["password"]) for phone, name in ((p1, "desk"), (p2, "attic")))
    check(desk.register().status == 200 and attic.register().status == 200, "desk and attic are registered")
    number = kith.json("phone", "show", "attic")["number"]

    began = time.monotonic()
    watch = Subscription(desk, number, "dialog")
    check(status(watch.answer) in (200, 202), "desk subscribes to attic's calls by its number: %s" % status(watch.answer))
    check(watch.answer is not None and 60 <= int(watch.answer["expires"]) <= 600, "for so long: " + watch.answer["expires"])
    first = watch.note()
    check(first is not None and time.monotonic() - began < 0.7, "a NOTIFY comes at once")
    check(state(first) == ["idle"] and first["event"] == "dialog" and first["subscription-state"].startswith("active"), "attic is idle, and that is told")
    check('entity="sip:%s@%s' % (number, kith.ip) in first.body, "of whom was subscribed to")
    presence = Subscription(desk, "attic", "presence")
    told = presence.note()
    check(told is not None and "<basic>open</basic>" in told.body and "on-the-phone" not in told.body, "attic is there")
    me = Subscription(attic, "me", "dialog")
    check(state(me.note()) == ["idle"], "attic watches the owner")
    mail = Subscription(desk, "desk", "message-summary")
    told = mail.note()
    check(told is not None and told.body.startswith("Messages-Waiting: no\r\n"), "desk has no messages")
    check(kith.json("phone", "show", "attic")["watchers"] == ["desk dialog", "desk presence"], "kith phone show tells who watches")
    check("desk (dialog, presence)" in kith.kith("phone", "show", "attic").out, "in words, too")

    # who may not
    stranger = p3.call_to(kith, user="attic")
    stranger.request("SUBSCRIBE", "", fields=["Event: dialog", "Expires: 600"])
    answer = stranger.expect(lambda m: m.status >= 200, "SUBSCRIBE", 2)
    check(status(answer) == 405, "nobody else may: %s" % status(answer))
    check(status(Subscription(desk, "nobody", "dialog").answer) == 404, "nobody of that name: 404")
    check(status(Subscription(desk, "attic", "message-summary").answer) == 403, "another one's messages: 403")
    short = Subscription(desk, "attic", "dialog", expires=30)
    check(status(short.answer) == 423 and short.answer["min-expires"] == "60", "30 s are too short: 423")
    other = Subscription(desk, "attic", "conference")
    check(status(other.answer) == 489 and "dialog" in other.answer["allow-events"], "another package: 489")

    # somebody calls the owner: attic and desk ring
    call = p3.dial(kith)
    rung = [phone.take(3) for phone in (p1, p2)]
    for one in rung:
        if one is not None:
            one.reply(180, "Ringing")
    note = watch.note(3)
    check(state(note) == ["early"] and "recipient" in note.body and version(note) > version(first), "attic rings: early, a higher version")
    mine = me.note(3)
    check(state(mine) == ["early"], "so does the owner")
    ended = time.monotonic()
    call.request("CANCEL")
    for one in rung:
        if one is not None and one.expect("CANCEL", seconds=3) is not None:
            one.reply(487, "Request Terminated")
    last = watch.note(3)
    check(state(last) == ["idle"] and version(last) > version(note), "then it is idle again")
    check(time.monotonic() - ended < 3, "within three seconds")
    check(state(me.note(3)) == ["idle"], "the owner, too")

    # desk calls attic, which goes by kith-edge alone
    time.sleep(1)
    inner = desk.dial("attic")
    rung = p2.take(3)
    if rung is not None:
        rung.reply(180, "Ringing")
    note = watch.note(3)
    check(state(note) == ["early"] and "sip:desk@" in note.body, "desk calls attic: early, and who calls")
    if rung is not None:
        rung.reply(486, "Busy Here")
    check(inner.expect(486, "INVITE", 3) is not None, "attic is busy")
    last = watch.note(3) or last
    check(state(last) == ["idle"], "and idle again")

    # a refresh has the whole state, and a higher version; Expires 0 ends it
    check(status(watch.subscribe(600)) in (200, 202), "a refresh is accepted")
    again = watch.drain(0.5)
    check(again is not None and version(again) >= version(last), "and the state told once more")
    check(status(watch.subscribe(0)) in (200, 202), "an end is accepted")
    note = over(watch)
    said = note["subscription-state"] if note else "nothing"
    check(said.startswith("terminated"), "the last NOTIFY says so: " + said)
    check(wait_until(lambda: kith.json("phone", "show", "attic")["watchers"] == ["desk presence"], 3, 0.1), "desk watches attic's presence alone")

    # attic goes: presence says so
    p2.hang_up_tcp()
    told = presence.note(3)
    check(told is not None and "<basic>closed</basic>" in told.body, "attic's connection is gone: closed")
    check(attic.register().status == 200, "attic comes back")
    told = presence.note(3)
    check(told is not None and "<basic>open</basic>" in told.body, "open")

    # a NOTIFY that is refused ends it
    gone = Subscription(desk, "attic", "dialog")
    check(gone.note(2, 481) is not None, "desk knows nothing of that subscription any more: 481")
    check(wait_until(lambda: "desk dialog" not in kith.json("phone", "show", "attic")["watchers"], 3, 0.1), "it is forgotten")

    # sixteen of one phone, the next is refused; ends of phones end them
    many = [Subscription(attic, "desk", "dialog") for _ in range(17)]
    right = sum(status(one.answer) in (200, 202) for one in many)
    check(right == 15 and status(many[-1].answer) == 503, "sixteen of one phone, the next is refused: %d, %s" % (right, status(many[-1].answer)))
    for one in many:
        if status(one.answer) in (200, 202):
            one.note()
    check(len(kith.json("phone", "show", "desk")["watchers"]) == 16, "they are listed")
    kith.kith("phone", "remove", "desk")
    ends = [over(one) for one in many[:3]]
    check(all(end is not None and "noresource" in end["subscription-state"] for end in ends), "desk is removed: noresource")

    # kithd stops: who watches is told
    last = Subscription(attic, "me", "presence")
    check(last.note() is not None, "attic watches the owner's presence")
    kith.stop()
    end = over(last)
    check(end is not None and "deactivated" in end["subscription-state"], "kithd stops: deactivated")
