# SPDX-License-Identifier: GPL-3.0-or-later
# `kith contact` between real nodes: added by proof only, online when linked, under a name of one's own, gone when removed.
from kithlab import Lab, check, wait_until, network

with Lab() as lab:
    carol, alice, bob = network(lab, "carol", "alice", "bob")

    def contact(code, *words):
        result = alice.kith("contact", *words)
        check(result.returncode == code, "kith contact %s exits %d: %s" % (" ".join(words), code, (result.stderr or result.stdout).split("\n")[0]))
        return result.stdout

    def listed():
        return {c["name"]: c for c in alice.json("contact", "list")["contacts"]}

    key = bob.property("/account/1", "Account", "Key")
    check(key in contact(3, "add", "bob"), "who claims the name is shown")
    contact(5, "add", "nobody")
    contact(2, "add", "sip:x@192.0.2.1")
    contact(2, "add", "not a name")
    wait_until(lambda: "~" in bob.property("/account/1", "Account", "FullAddress"), 10, "bob has his tag")
    full = bob.property("/account/1", "Account", "FullAddress")
    contact(0, "add", full, "--relay")
    wait_until(lambda: listed()["bob"]["relays-for-us"] == "no", 15, "bob is linked, and does not relay: that is told")
    check("does not relay for you" in alice.kith("contact", "list").stdout, "in words, too")
    check(listed()["bob"]["key"] == key and listed()["bob"]["full-address"] == full and listed()["bob"]["relay"], "bob is a friend")
    wait_until(lambda: listed()["bob"]["online"], 10, "a link to bob is kept")
    contact(1, "add", full)
    contact(0, "set", "bob", "--name", "Robert", "--relay", "off")
    check(list(listed()) == ["robert"] and not listed()["robert"]["relay"], "he has another name, and relays no more")
    resolved = alice.json("resolve", "robert")["candidates"]
    check(len(resolved) == 1 and resolved[0]["key"] == key and resolved[0]["proof"] == "pinned", "the name means him")
    alice.stop_kith()
    alice.start_kith("alice", bootstrap=[carol.address + ":4222"], options=["--dht-port", "4222"])
    check(listed()["robert"]["key"] == key, "and is kept over a restart")
    contact(5, "set", "bob", "--relay", "on")
    contact(0, "remove", "robert")
    check(not listed(), "nobody is left")
    check(alice.kith("resolve", "robert").returncode == 5, "and the name means nobody")
