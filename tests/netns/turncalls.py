# SPDX-License-Identifier: GPL-3.0-or-later
# The steps of test_turn.py and test_udp_blocked.py: calls through a TURN server, where no direct path exists.
import os
import sys
import time

from kithlab import check, hears, need, wait_until
from natlab import TURN_PASSWORD, TURN_USER, NatLab

need("turnserver", "nft", "conntrack", "openssl")

# How people are told of in the log.
TUNNEL_ON = "the DHT goes through"
ASKED_AGAIN = "a relayed address is asked for again"


def turn_group(*servers, password=TURN_PASSWORD, ca=None):
    return "[turn]\nserver=%s\nuser=%s\npassword=%s\n%s" % (";".join(servers), TURN_USER, password, "ca=%s\n" % ca if ca else "")


def start(host, tone, net, extra=""):
    with open(os.path.join(host.dir, "kith.conf"), "w") as out:
        out.write("[dht]\ndiscovery=false\n" + extra)
    host.start_kith(host.name, tone=tone, bootstrap=net.bootstrap)


def log_of(host):
    with open(os.path.join(host.lab.dir, host.name + ".log"), errors="replace") as log:
        return log.read()


def call(caller, callee, tones, through):
    """Rings, is answered, sounds both ways, and shows the path."""
    # In a network that has just come about not every look-up finds at once.
    wait_until(lambda: "found by" in caller.kith("resolve", callee.name).stdout, 15, "%s finds %s" % (caller.name, callee.name))
    started = time.monotonic()
    caller.kith_start("call", callee.name)
    incoming = callee.wait_call("incoming", 8)
    rang = time.monotonic()
    check(callee.call_facts(incoming)["Encryption"] == "srtp-link", "%s rings, after %.2f s" % (callee.name, rang - started))
    check(callee.kith("answer").returncode == 0, "%s answers" % callee.name)
    caller.wait_call("active")
    callee.wait_call("active")
    time.sleep(3)
    check(caller.kith("hangup").returncode == 0, "%s hangs up" % caller.name)
    wait_until(lambda: callee.property(incoming, "Call", "State") == "ended", 5, "%s's call has ended" % callee.name)
    story = caller.json("why")
    print("       %s: %s" % (story["path-kind"], story["sentence"]), flush=True)
    if through is not None:
        check(through.allocations() > 0, "coturn made allocations: %d" % through.allocations())
        check(story["path-kind"] == "relay", "the path is one through a relay")
    check(hears(caller.heard, tones[callee.name]), "%s's recording holds %s's tone" % (caller.name, callee.name))
    check(hears(callee.heard, tones[caller.name]), "%s's recording holds %s's tone" % (callee.name, caller.name))


def symmetric_pair(net, tones, turn):
    """Two hosts behind symmetric NATs who know this server by UDP, registered."""
    hosts = [net.home("A", "sym").host("alice"), net.home("B", "sym").host("bob")]
    for host in hosts:
        start(host, tones[host.name], net, turn_group("turn:" + turn.host_name))
    for host in hosts:
        host.wait_registered()
    return hosts


def symmetric_by_udp():
    tones = {"alice": 440, "bob": 660}
    with NatLab() as net:
        net.kith_network()
        turn = net.turn(("udp",))
        alice, bob = symmetric_pair(net, tones, turn)
        check("relayed addresses come from" in log_of(alice), "alice's TURN server was found to work")
        check(TURN_PASSWORD not in log_of(alice), "the password is not in alice's log")
        call(alice, bob, tones, turn)


def restarted():
    """A server by UDP that is started again has forgotten its addresses: new ones are published, and a call goes through them."""
    tones = {"alice": 440, "bob": 660}
    with NatLab() as net:
        net.kith_network()
        turn = net.turn(("udp",))
        alice, bob = symmetric_pair(net, tones, turn)
        before = turn.allocations()
        turn.kill()
        turn.start()
        started = time.monotonic()
        wait_until(lambda: all("are lost: our allocation there is gone" in log_of(host) for host in (alice, bob)), 30, "both notice")
        print("       noticed within %.1f s" % (time.monotonic() - started), flush=True)
        wait_until(lambda: log_of(bob).count("relayed addresses come from") == 2, 10, "bob has a relayed address again")
        wait_until(lambda: turn.allocations() > before, 5, "coturn makes new allocations")
        call(alice, bob, tones, turn)


def symmetric_by_streams():
    """One side by TCP, the other by TLS; a server with a wrong password and one with a certificate of nobody are left out."""
    tones = {"alice": 440, "bob": 660}
    with NatLab() as net:
        net.kith_network()
        turn = net.turn(("tcp", "tls"))
        authority = os.path.join(net.dir, "ca.pem")
        alice, bob = net.home("A", "sym").host("alice"), net.home("B", "sym").host("bob")
        wrong = "[turn wrong]\nserver=turn:%s?transport=tcp\nuser=%s\npassword=a-wrong-one\n" % (turn.host_name, TURN_USER)
        start(alice, 440, net, wrong + turn_group("turns:" + turn.host_name, ca=authority))
        start(bob, 660, net, turn_group("turns:" + turn.host_name) + "[turn tcp]\nserver=turn:%s?transport=tcp\nuser=%s\npassword=%s\n"
              % (turn.address, TURN_USER, TURN_PASSWORD))
        for host in (alice, bob):
            host.wait_registered()
            wait_until(lambda: "relayed addresses come from" in log_of(host), 5, "%s has a TURN server" % host.name)
        check("refuses the user or the password" in log_of(alice), "alice's log says that a password is wrong")
        check("a-wrong-one" not in log_of(alice), "and does not tell it")
        wait_until(lambda: "certificate is not to be trusted" in log_of(bob), 5, "bob's log says that a certificate is not to be trusted")
        check("come from %s:5349 (TLS)" % turn.host_name in log_of(alice), "alice uses TLS")
        check("come from %s:3478 (TCP)" % turn.address in log_of(bob), "bob uses TCP")
        call(alice, bob, tones, turn)


def wrong_password():
    """Nothing but a sentence in the log and in the call's time line comes of it: the direct way is as it was."""
    tones = {"alice": 440, "bob": 660}
    with NatLab() as net:
        net.kith_network()
        turn = net.turn(("udp",))
        alice, bob = net.home("A", "port").host("alice"), net.home("B", "port").host("bob")
        start(alice, 440, net, turn_group("turn:" + turn.host_name, password="a-wrong-one"))
        start(bob, 660, net)
        for host in (alice, bob):
            host.wait_registered()
        wait_until(lambda: "refuses the user or the password" in log_of(alice), 10, "alice's log says that the password is wrong")
        call(alice, bob, tones, None)
        why = alice.kith("--json", "why").stdout
        check("it refuses the user or the password" in why, "and so does the call's time line")
        check("a-wrong-one" not in why + log_of(alice), "neither tells it")
        call(alice, bob, tones, None)


def blocked(kind):
    """alice's network lets no UDP out: she registers, calls and is called through the server; then UDP works again."""
    tones = {"alice": 440, "bob": 660}
    with NatLab() as net:
        net.kith_network()
        turn = net.turn(("tcp", "tls"))
        uri = "turn:%s?transport=tcp" % turn.host_name if kind == "tcp" else "turns:" + turn.host_name
        alice, bob = net.home("A", "blocked").host("alice"), net.home("B", "port").host("bob")
        started = time.monotonic()
        start(alice, 440, net, turn_group(uri, ca=os.path.join(net.dir, "ca.pem")))
        start(bob, 660, net)
        alice.wait_registered(15)
        print("       alice is registered %.1f s after her start was asked for" % (time.monotonic() - started))
        check(TUNNEL_ON in log_of(alice), "alice's log says that the DHT goes through the server")
        bob.wait_registered()
        # In turns, so that each of them makes a new link once.
        first, second = (alice, bob) if kind == "tcp" else (bob, alice)
        call(first, second, tones, turn)
        call(second, first, tones, turn)
        net.home("A").set_kind("port")
        wait_until(lambda: "the tunnel is closed: UDP works" in log_of(alice), 30, "the tunnel is closed when UDP works")
        wait_until(lambda: "found by" in bob.kith("resolve", "alice").stdout, 15, "bob finds alice without it")
        check(alice.registered(), "alice is still registered")


def both_blocked():
    """Neither network lets UDP out, and one of them has no IPv4: relay speaks to relay, and the tunnel leads from IPv6 to the DHT's IPv4."""
    tones = {"alice": 440, "bob": 660}
    with NatLab(v6=True) as net:
        net.kith_network()
        turn = net.turn(("tcp", "tls"))
        alice, bob = net.home("A", "blocked").host("alice"), net.home("B", "blocked").host("bob")
        alice.ip("-4", "addr", "flush", "dev", "eth0")
        start(alice, 440, net, turn_group("turn:[%s]?transport=tcp" % turn.address6))
        start(bob, 660, net, turn_group("turns:" + turn.host_name, ca=os.path.join(net.dir, "ca.pem")))
        for host in (alice, bob):
            host.wait_registered(20)
            check(TUNNEL_ON in log_of(host), "%s speaks to the DHT through the server" % host.name)
        call(alice, bob, tones, turn)


def server_comes_back():
    """The TURN server dies under the tunnel and comes back, and this host's address changes: alice is found again each time."""
    tones = {"alice": 440, "bob": 660}
    with NatLab() as net:
        net.kith_network()
        turn = net.turn(("tcp",))
        alice, bob = net.home("A", "blocked").host("alice"), net.home("B", "port").host("bob")
        start(alice, 440, net, turn_group("turn:%s?transport=tcp" % turn.address))
        start(bob, 660, net)
        for host in (alice, bob):
            host.wait_registered()
        turn.kill()
        wait_until(lambda: "the tunnel is closed" in log_of(alice), 20, "alice's log says that the tunnel is closed")
        turn.start()
        wait_until(lambda: log_of(alice).count(TUNNEL_ON) == 2, 30, "the tunnel is made anew")
        wait_until(lambda: ASKED_AGAIN in log_of(alice), 30, "the slot gets a relayed address again")
        call(bob, alice, tones, turn)
        alice.roam()
        time.sleep(2)
        call(alice, bob, tones, turn)
        check(alice.property("/account/1", "Account", "State") == "registered", "alice is registered")


def run(**steps):
    """All of them, or those that are named on the command line."""
    for name in sys.argv[1:] or steps:
        print("---- " + name, flush=True)
        steps[name]()
