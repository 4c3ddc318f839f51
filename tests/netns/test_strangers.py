# SPDX-License-Identifier: GPL-3.0-or-later
# Who answers only people it knows (strangers=refuse): a stranger learns no address of it and is told why, a contact gets through.
from kithlab import check, need
from natlab import inside
from nattalk import Bed, Pair

need("gdbus", "nft", "conntrack")


class Refusing(Pair):
    def write_config(self, host, turns=()):
        super().write_config(host, turns)
        if host is self.bob:
            with open(host._config(), "a") as out:
                out.write("[node]\nstrangers=refuse\n")


def addresses(host):
    """The host's address and its home's, as they may stand in a text."""
    return {host.address, host.home.wan_address}


def flows(pair):
    """UDP between the two homes that is not the DHT's, as the router of bob's home has seen it."""
    lines = inside(pair.bob.home.outer, "conntrack", "-L", "-p", "udp").splitlines()
    ours = pair.alice.home.wan_address
    return [line for line in lines if ("src=" + ours in line or "dst=" + ours in line) and "port=4222" not in line]


def why(pair):
    text = pair.alice.kith("why").stdout
    print(text)
    return text


def refused(pair):
    worked, facts, _ = pair.connect()
    check(not worked, "the stranger's call does not get through")
    ms = (int(facts["EndedAt"]) - int(facts["StartedAt"])) / 1000
    check(facts["StateReason"] == "unauthorized" and ms < 5000, "it ends as %s after %.0f ms" % (facts["StateReason"], ms))
    text = why(pair)
    check("takes calls only from people they know" in " ".join(text.split()), "the caller is told why")
    for text in (text, pair.alice.kith("--json", "why").stdout, pair.alice.kith("--json", "resolve", pair.bob.name).stdout):
        check(not any(address in text for address in addresses(pair.bob)), "no address of bob is in what the caller has")
    check(not flows(pair), "nothing but the DHT's packets passed between the homes: %s" % flows(pair))
    check(not pair.bob.json("calls", "--all")["calls"], "bob was not bothered")


with Bed(rtt_ms=100) as bed:
    for kinds in (("port", "port"), ("port", "full")):
        with Refusing(bed, bed.host("a", kinds[0]), bed.host("b", kinds[1])) as pair:
            print("== bob behind a router of the kind", kinds[1])
            refused(pair)
            key = pair.alice.property("/account/1", "Account", "Key")
            result = pair.bob.kith("contact", "add", key, "--name=" + pair.alice.name)
            check(result.returncode == 0, "alice is a contact of bob now: %s" % result.stderr)
            result = pair.talk()
            check(result["ok"] and result["path"] == "direct", "and gets through: %s %s" % (result.get("reason"), result.get("detail")))
            print("      rings after %.0f ms, sounds after %s" % (result["ring-ms"], result["sound-ms"]))
