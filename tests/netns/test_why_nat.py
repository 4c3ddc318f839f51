# SPDX-License-Identifier: GPL-3.0-or-later
# Between homes that cannot meet, `kith why` names the NATs and what helps, and `kith doctor` says so beforehand.
import json
import time

from kithlab import check, need, wait_until
from nattalk import Bed

need("gdbus", "nft", "conntrack", "turnserver")
RECORD_S = 3  # until a record that says something new is in the network


def sentence(host):
    result = host.kith("why")
    print(result.stdout)
    check(result.returncode == 0, "`kith why` explains: %s" % result.stderr)
    return " ".join(result.stdout.partition("\n\n")[2].split())


def finding(host, name):
    report = json.loads(host.kith("--json", "doctor").stdout)
    return next(row for row in report["findings"] if row["check"] == name)


def time_line(host, *wanted):
    """The time line of the last call on one line; it has all that is wanted."""
    entries = json.loads(host.kith("--json", "why").stdout)["entries"]
    candidates = [entry for entry in entries if entry["kind"] == "candidate"]
    check(2 <= len(candidates) <= 12, "%s's has %d lines about candidates" % (host.name, len(candidates)))
    for kind, text in wanted:
        check(any(entry["kind"] == kind and text in entry["text"] for entry in entries), "%s's says of %s “%s”" % (host.name, kind, text))


def wait_known(pair):
    """Both know their NATs, and the callee's record says so."""
    for host in (pair.alice, pair.bob):
        wait_until(lambda h=host: "NAT, seen as" in finding(h, "nat")["finding"], 15, "%s knows its NAT" % host.name)
    time.sleep(RECORD_S)


with Bed() as bed:
    stun = "stun=%s:3478\n" % bed.turn().address
    with bed.pair("sym", "sym", config=stun) as pair:
        wait_known(pair)
        nat = finding(pair.alice, "nat")
        check(nat["state"] == "warning" and "symmetric" in nat["finding"] and "relay" in nat["remedy"], "the doctor warns of the NAT: %s" % nat)
        result = pair.talk()
        check(result["reason"] == "unreachable", "no path between symmetric NATs: %s" % result["reason"])
        said = sentence(pair.alice)
        time_line(pair.alice, ("nat", "Ours: symmetric NAT"), ("nat", "Theirs: symmetric NAT"), ("candidate", "Ours: 192.168."),
                  ("candidate", "Ours: 44.128."), ("candidate", "Theirs: 192.168."), ("candidate", "Theirs: 44.128."),
                  ("pair", "pairs were tried, none answered: 192.168."))
        check("Both of you are behind symmetric NATs" in said and "--relay on" in said and "TURN" in said, "it says why: " + said)

    server = "[turn]\nserver=turn:%s:3478\nuser=kith\npassword=wrong\n" % bed.turn().address
    with bed.pair("sym", "sym", config=stun + server) as pair:
        wait_known(pair)
        result = pair.talk()
        check(result["reason"] == "unreachable", "no path, and a TURN server that refuses us: %s" % result["reason"])
        said = sentence(pair.alice)
        check("TURN server in kith.conf did not help: %s:3478" % bed.turn().address in said and "it refuses the user or the password" in said,
              "it names the server and what that said: " + said)
        check("name a TURN server" not in said and "Check [turn]" in said, "and what is to be mended")

    with bed.pair("port", "sym", config=stun) as pair:
        wait_known(pair)
        result = pair.talk()
        check(result["reason"] == "unreachable", "no path: %s" % result["reason"])
        said = sentence(pair.alice)
        check("port-restricted NAT and bsym behind a symmetric NAT" in said and "TURN" in said, "it names both NATs: " + said)

    with bed.pair("port", "port", config=stun) as pair:
        wait_known(pair)
        result = pair.talk()
        check(result["ok"], "a direct path: %s" % result["detail"])
        said = sentence(pair.alice)
        check("The call was fine" in said and "directly" in said, "and a good call: " + said)
        for host in (pair.alice, pair.bob):
            time_line(host, ("nat", "Ours: port-restricted NAT"), ("nat", "Theirs: port-restricted NAT"), ("candidate", "Ours: 192.168."),
                      ("candidate", "Ours: 44.128."), ("candidate", "Theirs: 192.168."), ("candidate", "Theirs: 44.128."),
                      ("pair", "A pair works"), ("pair", "not used: "), ("path", "Using the path: 44.128."))
        check(finding(pair.alice, "nat")["state"] == "ok", "the doctor finds nothing wrong with the NAT")

    with bed.pair("sym", "sym", relay="friend", config=stun) as pair:
        result = pair.talk(want="friend")
        check(result["ok"] and result["path"] == "friend", "through a friend: %s %s" % (result["path"], result["detail"]))
        said = sentence(pair.alice)
        check("through a friend" in said, "the sentence says by which way: " + said)
        check("through fred" in pair.alice.kith("why").stdout.lower(), "and the time line through whom")
        check(finding(pair.alice, "friends")["state"] == "ok", "the doctor knows the friend: %s" % finding(pair.alice, "friends"))
