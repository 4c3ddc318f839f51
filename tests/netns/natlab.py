#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# A laboratory of NATs: homes behind routers of chosen kinds on an internet of namespaces, with verbs that change the network under a call.
"""Homes, public hosts and TURN servers around one router that is the internet:

    alice --lan-- home A --wan--+              +--wan-- home B --lan-- bob
                (or: carrier) --+-- internet --+
    carol, dave (public) -------+              +------- coturn

    with NatLab(rtt_ms=100, v6=True) as net:
        alice = net.home("A", "port").host("alice")
        bob = net.home("B", "sym", cgn="port").host("bob")
        net.home("A").renumber()

Kinds of home: see KINDS. By hand (root, KITH_BUILD_DIR for delays and kithd):

    natlab.py up [A=port] [B=sym] [rtt=100] [jitter=MS] [loss=PERCENT] [v6=1] [same-prefix=1] [cgn-a=port] [cgn-b=port]
                 [turn=udp,tcp,tls] [upnp-a=1] [upnp-b=1] [two-lans=1] [kith=1]
    natlab.py verify | exec HOST COMMAND... | show | down
    natlab.py cut|mend|renumber|rebind A|B, roam|unplug|plug|switch HOST, only HOST v4|v6, wire A|B key=value..., kind A|B KIND

Hosts are alice (home A), bob (home B), carol and dave (public), turn; routers are ra, rb, carriers ga, gb.
"""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import kithlab
from kithlab import Host, Lab, Wire, sh, wait_until

# The mapping and the filtering of each kind, as the prober tells them (RFC 4787): EI endpoint-independent, AD address-dependent,
# APD address-and-port-dependent.
KINDS = {
    "none": ("none", "EI"),      # routed public addresses, everything open
    "full": ("EI", "EI"),        # full cone
    "addr": ("EI", "AD"),        # address-restricted cone
    "port": ("EI", "APD"),       # port-restricted cone
    "sym": ("APD", "APD"),       # symmetric
    "blocked": None,             # port, but no UDP at all gets out
}
# Addresses that libraries take for public ones: a part of the amateurs' network that is not used on the internet.
PUBLIC = "44.128.%d.%d"
ROUTED = "44.129.%d.%d"
CARRIER = "100.64.%d.%d"
TURN_USER, TURN_PASSWORD, TURN_REALM = "kith", "secret", "lab"
PORT_RANGES = ("20000-29999", "30000-39999", "40000-49999")


def nft(space, text):
    result = subprocess.run(["ip", "netns", "exec", space, "nft", "-f", "-"], input=text, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError("nft: " + result.stderr)


def inside(space, *command):
    return sh("ip", "netns", "exec", space, *command)


def nat_rules(kind, ports, upnp):
    """The router's rules. An answer to an unsolicited packet would confirm a mapping that was never used, so: silence."""
    before = after = ""
    udp = "oifname wan meta l4proto udp masquerade"
    if kind == "full":
        after = "oifname wan meta l4proto udp update @eim { udp sport : ip saddr }"
        before = "iifname wan meta l4proto udp dnat ip to udp dport map @eim"
    elif kind == "addr":
        after = "oifname wan meta l4proto udp update @adf { ip daddr . udp sport : ip saddr }"
        before = "iifname wan meta l4proto udp dnat ip to ip saddr . udp dport map @adf"
    elif kind == "port":
        udp += " to :%s" % ports
    elif kind == "sym":
        udp += " to :%s fully-random" % ports
    blocked = "meta l4proto udp drop;" if kind == "blocked" else ""
    mapped = ("jump prerouting_miniupnpd", "jump postrouting_miniupnpd", "jump miniupnpd") if upnp else ("", "", "")
    # One server speaks both on one port; the first byte is the version.
    deaf = {"natpmp": "udp dport 5351 @th,64,8 != 0 drop;", "pcp": "udp dport 5351 @th,64,8 0 drop;"}.get(upnp, "")
    chains = "chain %s { }" if upnp else ""
    return """
table inet kith {
  map eim { type inet_service : ipv4_addr; flags dynamic,timeout; timeout 5m; size 65535; }
  map adf { type ipv4_addr . inet_service : ipv4_addr; flags dynamic,timeout; timeout 5m; size 65535; }
  %s
  chain inbound { type nat hook prerouting priority dstnat; meta nfproto ipv6 accept; %s; %s; }
  chain outbound { type nat hook postrouting priority srcnat; meta nfproto ipv6 accept; %s; %s; %s; oifname wan masquerade; }
  chain to_router { type filter hook input priority 0; %s ct state established,related accept;
              iifname wan meta l4proto ipv6-icmp accept; iifname wan drop; }
  chain through { type filter hook forward priority 0; %s ct state established,related accept; ct status dnat accept; %s;
              meta l4proto ipv6-icmp accept; iifname wan drop; }
}
""" % ("\n  ".join(chains % name for name in ("prerouting_miniupnpd", "postrouting_miniupnpd", "miniupnpd")) if upnp else "",
       mapped[0], before, after, mapped[1], udp, deaf, blocked, mapped[2])


class NatLab(Lab):
    """The internet: a router in the middle, everything else on a wire of its own to it."""

    def __init__(self, rtt_ms=0, jitter_ms=0, loss=0, v6=False, wires=False):
        super().__init__(v6=v6)
        self.rtt_ms, self.jitter, self.percent = rtt_ms, jitter_ms, loss
        self.wires = wires or bool(rtt_ms or jitter_ms or loss)
        self.homes, self.turns, self.sites = {}, [], 0

    def __enter__(self):
        inside(self.switch, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        # What has no way ends in silence, as on the internet. coturn closes an allocation when it is told that a peer is unreachable.
        inside(self.switch, "ip", "route", "add", "blackhole", "default")
        inside(self.switch, "ip", "-6", "route", "add", "blackhole", "default")
        nft(self.switch, """table inet core {
  set dead { type ifname; }
  chain silent { type filter hook output priority 0; icmp type destination-unreachable drop; icmpv6 type destination-unreachable drop; }
  chain out { type filter hook postrouting priority 0; oifname @dead drop; }
  chain in { type filter hook prerouting priority -300; iifname @dead drop; }
}""")
        return self

    def __exit__(self, kind, value, trace):
        super().__exit__(kind, value, trace)

    def space(self, name):
        full = super().space(name)
        with open("/etc/netns/%s/hosts" % full, "a") as hosts:
            hosts.write("".join("%s turn%d.lab\n" % (PUBLIC % (200 + n, 10), n) for n in range(4)))
        # No waiting for duplicate addresses, no stray routes.
        inside(full, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
               "net.ipv6.conf.default.accept_ra=0")
        return full

    def plug(self, space, interface, gateway, prefix=24, gateway6=None):
        """A wire from @interface in @space to the internet, whose end has the address @gateway. Returns port and wire (or None)."""
        self.sites += 1
        port = "w%d" % self.sites
        wire = None
        if self.wires:
            # Two wires each way between two hosts: a quarter of the round trip on each.
            wire = Wire(self, self.switch, port, space, interface, self.rtt_ms / 4, self.jitter / 2, self.percent / 2)
        else:
            sh("ip", "link", "add", port, "netns", self.switch, "type", "veth", "peer", "name", interface, "netns", space)
        inside(self.switch, "ip", "addr", "add", "%s/%d" % (gateway, prefix), "dev", port)
        if self.v6 and gateway6:
            inside(self.switch, "ip", "addr", "add", gateway6 + "/64", "dev", port, "nodad")
        inside(self.switch, "ip", "link", "set", port, "up")
        inside(space, "ip", "link", "set", interface, "up")
        return port, wire

    def home(self, letter, kind=None, **options):
        """The home of this letter (A, B, C…); made at the first time."""
        if letter not in self.homes:
            self.homes[letter] = Home(self, letter, kind or "port", **options)
        return self.homes[letter]

    def public(self, name, two_addresses=True):
        host = PublicHost(self, name, len(self.hosts) + 1)
        host.has_two = two_addresses
        if two_addresses:
            host.ip("addr", "add", host.second + "/24", "dev", "eth0")
            if self.v6:
                host.ip("addr", "add", host.second6 + "/64", "dev", "eth0", "nodad")
        self.hosts.append(host)
        return host

    def turn(self, kinds=("udp",)):
        """One more coturn: a STUN and TURN server for UDP, TCP and TLS as asked."""
        server = Turn(self, len(self.turns), kinds)
        self.turns.append(server)
        return server

    def dead(self, port, is_dead):
        inside(self.switch, "nft", "add" if is_dead else "delete", "element", "inet", "core", "dead", "{ %s }" % port)

    def kith_network(self, names=("carol", "dave")):
        """Public Kith nodes: the first one is everybody's bootstrap, all can be witnesses. No STUN server is needed with them."""
        nodes = [self.public(name) for name in names]
        for i, node in enumerate(nodes):
            node.start_kith(names[i], tone=880 + 110 * i, bootstrap=[] if i == 0 else [nodes[0].address + ":4222"],
                            options=["--dht-port", "4222"])
        self.bootstrap = [nodes[0].address + ":4222"]
        nodes[-1].wait_registered()
        return nodes


class PublicHost(Host):
    """A host on the internet itself, with one address or two."""

    def attach(self, number):
        lab = self.lab
        net = number + 100
        self.address, self.second = PUBLIC % (net, 10), PUBLIC % (net, 11)
        self.address6, self.second6 = "2001:db8:%x::10" % net, "2001:db8:%x::11" % net
        self.port, self.wire = lab.plug(self.space, "eth0", PUBLIC % (net, 1), gateway6="2001:db8:%x::1" % net)
        self.ip("addr", "add", self.address + "/24", "dev", "eth0")
        self.ip("route", "add", "default", "via", PUBLIC % (net, 1))
        if lab.v6:
            self.ip("addr", "add", self.address6 + "/64", "dev", "eth0", "nodad")
            self.ip("-6", "route", "add", "default", "via", "2001:db8:%x::1" % net)

    def kill_network(self):
        self.lab.dead(self.port, True)


class Home:
    """A router with a LAN behind it, directly on the internet or behind a carrier's NAT."""

    def __init__(self, lab, letter, kind, cgn=None, same_prefix=False, upnp=False, v6=None):
        self.lab, self.letter, self.kind, self.cgn, self.upnp = lab, letter, kind, cgn, upnp
        self.v6 = lab.v6 if v6 is None else v6
        self.number = ord(letter) - ord("A") + 1
        self.prefix = "192.168.1" if same_prefix else "192.168.%d" % self.number
        self.prefix6 = "2001:db8:a%02x:" % self.number
        self.wan_number, self.range, self.hosts = 11, 0, []
        self.router = lab.space("r" + letter.lower())
        self.carrier = None
        self.miniupnpd = None
        self._routing(self.router)
        self._wan()
        self._lan()
        self.set_kind(kind)
        if cgn:
            self._load(self.carrier, cgn, 0, False)
        if upnp:
            self._start_miniupnpd()

    def _routing(self, space):
        inside(space, "sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")

    def _wan(self):
        lab, n = self.lab, self.number
        outer = self.router
        gateway6 = "2001:db8:%x::1" % n
        if self.cgn:
            outer = self.carrier = lab.space("g" + self.letter.lower())
            self._routing(outer)
        self.port, self.wire = lab.plug(outer, "wan", PUBLIC % (n, 1), gateway6=gateway6)
        inside(outer, "ip", "addr", "add", PUBLIC % (n, self.wan_number) + "/24", "dev", "wan")
        inside(outer, "ip", "route", "add", "default", "via", PUBLIC % (n, 1))
        if self.v6:
            inside(outer, "ip", "addr", "add", "2001:db8:%x::11/64" % n, "dev", "wan", "nodad")
            inside(outer, "ip", "-6", "route", "add", "default", "via", gateway6)
            inside(lab.switch, "ip", "-6", "route", "add", self.prefix6 + ":/64", "via", "2001:db8:%x::11" % n)
        if not self.cgn:
            return
        sh("ip", "link", "add", "wan", "netns", self.router, "type", "veth", "peer", "name", "in", "netns", outer)
        for space, port, last in ((outer, "in", 1), (self.router, "wan", 11)):
            inside(space, "ip", "addr", "add", CARRIER % (n, last) + "/24", "dev", port)
            if self.v6:
                inside(space, "ip", "addr", "add", "2001:db8:c%02x::%d/64" % (n, last), "dev", port, "nodad")
            inside(space, "ip", "link", "set", port, "up")
        inside(self.router, "ip", "route", "add", "default", "via", CARRIER % (n, 1))
        if self.v6:
            inside(self.router, "ip", "-6", "route", "add", "default", "via", "2001:db8:c%02x::1" % n)
            inside(outer, "ip", "-6", "route", "add", self.prefix6 + ":/64", "via", "2001:db8:c%02x::11" % n)

    def _lan(self):
        inside(self.router, "ip", "link", "add", "lan", "type", "bridge")
        inside(self.router, "ip", "link", "set", "lan", "up")
        if self.kind == "none":
            self.prefix = ".".join((ROUTED % (self.number, 0)).split(".")[:3])
            inside(self.lab.switch, "ip", "route", "add", self.prefix + ".0/24", "via", PUBLIC % (self.number, 11))
        inside(self.router, "ip", "addr", "add", self.prefix + ".1/24", "dev", "lan")
        if self.v6:
            inside(self.router, "ip", "addr", "add", self.prefix6 + ":1/64", "dev", "lan", "nodad")

    def _load(self, space, kind, ports, upnp):
        subprocess.run(["ip", "netns", "exec", space, "nft", "delete", "table", "inet", "kith"], capture_output=True, check=False)
        if kind != "none":
            nft(space, nat_rules(kind, PORT_RANGES[ports % len(PORT_RANGES)], upnp))
        self._forget(space)

    @staticmethod
    def _forget(space):
        subprocess.run(["ip", "netns", "exec", space, "conntrack", "-F"], capture_output=True, check=False)

    def set_kind(self, kind):
        """Another kind of NAT from now on ("none" only from the beginning, since its addresses are others)."""
        if (kind == "none") != (self.kind == "none"):
            raise ValueError("a home with public addresses is made so at once")
        self.kind = kind
        self._load(self.router, kind, self.range, self.upnp)

    def _start_miniupnpd(self):
        lab = self.lab
        name = os.path.join(lab.dir, "miniupnpd-%s.conf" % self.letter)
        with open(name, "w") as out:
            out.write("\n".join([
                "ext_ifname=wan", "listening_ip=lan", "enable_natpmp=%s" % ("no" if self.upnp == "upnp" else "yes"),
                "enable_upnp=%s" % ("no" if self.upnp in ("natpmp", "pcp") else "yes"), "secure_mode=yes", "system_uptime=no",
                "upnp_table_name=kith", "upnp_nat_table_name=kith", "upnp_forward_chain=miniupnpd",
                "upnp_nat_chain=prerouting_miniupnpd", "upnp_nat_postrouting_chain=postrouting_miniupnpd",
                "ipv6_disable=%s" % ("no" if self.v6 else "yes"),
                "lease_file=%s/leases-%s" % (lab.dir, self.letter), "uuid=58d803b3-161d-4148-b043-%012d" % self.number,
                "allow 1024-65535 %s.0/24 1024-65535" % self.prefix, "deny 0-65535 0.0.0.0/0 0-65535", ""]))
        # The router talks to the LAN by multicast.
        inside(self.router, "ip", "route", "replace", "224.0.0.0/4", "dev", "lan")
        log = open(os.path.join(lab.dir, "miniupnpd-%s.log" % self.letter), "a")
        self.miniupnpd = lab.run(self.router, ["miniupnpd", "-d", "-f", name, "-P", "%s/miniupnpd-%s.pid" % (lab.dir, self.letter)],
                                 stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def restart_miniupnpd(self):
        """The router starts anew: it has forgotten what it mapped."""
        self.miniupnpd.terminate()
        self.miniupnpd.wait(5)
        for chain in ("prerouting_miniupnpd", "postrouting_miniupnpd", "miniupnpd"):
            inside(self.router, "nft", "flush", "chain", "inet", "kith", chain)
        leases = os.path.join(self.lab.dir, "leases-" + self.letter)
        if os.path.exists(leases):
            os.remove(leases)
        self._forget(self.router)
        self._start_miniupnpd()

    def host(self, name):
        host = HomeHost(self.lab, name, self)
        self.lab.hosts.append(host)
        return host

    @property
    def outer(self):
        """The namespace of the NAT that faces the internet."""
        return self.carrier or self.router

    @property
    def wan_address(self):
        return PUBLIC % (self.number, self.wan_number)

    # What changes under a call.

    def cut(self):
        """Nothing passes between this home and the internet; nobody is told."""
        self.lab.dead(self.port, True)

    def mend(self):
        self.lab.dead(self.port, False)

    def renumber(self):
        """Another public address, as after a new start of the modem: all mappings are gone."""
        if self.kind == "none":
            raise ValueError("a home with routed addresses keeps them")
        old = self.wan_address
        self.wan_number += 10
        inside(self.outer, "ip", "addr", "del", old + "/24", "dev", "wan")
        inside(self.outer, "ip", "addr", "add", self.wan_address + "/24", "dev", "wan")
        inside(self.outer, "ip", "route", "replace", "default", "via", PUBLIC % (self.number, 1))
        self._load(self.outer, self.cgn or self.kind, self.range, self.upnp if not self.cgn else False)

    def rebind(self):
        """The NAT forgets all mappings and takes other ports from now on."""
        if (self.cgn or self.kind) not in ("port", "sym"):
            raise ValueError("this kind of NAT keeps the ports as they are")
        self.range += 1
        self._load(self.outer, self.cgn or self.kind, self.range, self.upnp if not self.cgn else False)


class HomeHost(Host):
    """A host in a home, on its cable (eth0), and on more interfaces when asked."""

    def __init__(self, lab, name, home):
        self.home = home
        home.hosts.append(self)
        super().__init__(lab, name, len(home.hosts))

    def attach(self, number):
        self.interfaces = {}
        self.plugs = 0
        self.add_interface("eth0", self.home, 9 + number, 100)
        self.address = self.interfaces["eth0"]["address"]

    def add_interface(self, interface, home=None, last=None, metric=600):
        """One more interface, on the LAN of @home (its own by default); the one with the least metric is used."""
        home = home or self.home
        port = "%s%d" % (self.name[:8], len(home.hosts) * 10 + len(self.interfaces))
        sh("ip", "link", "add", port, "netns", home.router, "type", "veth", "peer", "name", interface, "netns", self.space)
        inside(home.router, "ip", "link", "set", port, "master", "lan", "up")
        last = last or 100 + len(home.hosts) * 10 + len(self.interfaces)
        self.interfaces[interface] = {"home": home, "last": last, "metric": metric, "v4": True, "v6": True,
                                      "address": "%s.%d" % (home.prefix, last)}
        self._configure(interface)

    def _configure(self, interface):
        facts = self.interfaces[interface]
        home = facts["home"]
        self.ip("link", "set", interface, "up")
        facts["address"] = "%s.%d" % (home.prefix, facts["last"])
        if facts["v4"]:
            self.ip("addr", "replace", facts["address"] + "/24", "dev", interface)
            self.ip("route", "replace", "default", "via", home.prefix + ".1", "dev", interface, "metric", str(facts["metric"]))
        if home.v6 and facts["v6"]:
            self.ip("addr", "replace", "%s:%d/64" % (home.prefix6, facts["last"]), "dev", interface, "nodad")
            self.ip("-6", "route", "replace", "default", "via", home.prefix6 + ":1", "dev", interface, "metric", str(facts["metric"]))

    def roam(self, interface="eth0"):
        """Another address in the LAN, as after a walk to another access point."""
        facts = self.interfaces[interface]
        self.ip("addr", "flush", "dev", interface, "scope", "global")
        facts["last"] += 60
        self._configure(interface)
        self.address = facts["address"]

    def unplug(self, interface="eth0"):
        """The interface goes down, and its addresses and routes with it."""
        self.ip("addr", "flush", "dev", interface, "scope", "global")
        self.ip("link", "set", interface, "down")

    def plug_in(self, interface="eth0"):
        self._configure(interface)

    def only(self, family):
        """From now on the network has one kind of address, "v4" or "v6"; None: both again."""
        for interface, facts in self.interfaces.items():
            facts["v4"], facts["v6"] = family != "v6", family != "v4"
            self._configure(interface)
            if not facts["v4"]:
                self.ip("-4", "addr", "flush", "dev", interface)
            if not facts["v6"]:
                self.ip("-6", "addr", "flush", "dev", interface, "scope", "global")


class Turn:
    """coturn on the internet, by UDP, TCP and TLS (port 5349) as asked; it can be killed and started again."""

    def __init__(self, lab, number, kinds):
        self.lab, self.number, self.kinds = lab, number, kinds
        net = 200 + number
        self.name = "turn%d" % number
        self.space = lab.space(self.name)
        self.address, self.second = PUBLIC % (net, 10), PUBLIC % (net, 11)
        self.address6 = "2001:db8:%x::10" % net
        self.host_name = "turn%d.lab" % number
        lab.plug(self.space, "eth0", PUBLIC % (net, 1), gateway6="2001:db8:%x::1" % net)
        for address in (self.address, self.second):
            inside(self.space, "ip", "addr", "add", address + "/24", "dev", "eth0")
        inside(self.space, "ip", "route", "add", "default", "via", PUBLIC % (net, 1))
        if lab.v6:
            inside(self.space, "ip", "addr", "add", self.address6 + "/64", "dev", "eth0", "nodad")
            inside(self.space, "ip", "-6", "route", "add", "default", "via", "2001:db8:%x::1" % net)
        self.process = None
        self.start()

    def certificate(self):
        """A CA of the laboratory and this server's certificate; the CA is in lab.dir/ca.pem."""
        name = os.path.join(self.lab.dir, self.name)
        authority = os.path.join(self.lab.dir, "ca")
        if not os.path.exists(authority + ".pem"):
            sh("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", authority + ".key",
               "-out", authority + ".pem", "-days", "2", "-subj", "/CN=The laboratory")
        sh("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key", "-out",
           name + ".csr", "-subj", "/CN=" + self.host_name)
        with open(name + ".ext", "w") as out:
            out.write("subjectAltName=DNS:%s,IP:%s\n" % (self.host_name, self.address))
        sh("openssl", "x509", "-req", "-in", name + ".csr", "-CA", authority + ".pem", "-CAkey", authority + ".key", "-CAcreateserial",
           "-days", "2", "-extfile", name + ".ext", "-out", name + ".pem")
        return ["--cert=%s.pem" % name, "--pkey=%s.key" % name]

    def start(self):
        command = ["turnserver", "-n", "--listening-ip=" + self.address, "--listening-ip=" + self.second, "--relay-ip=" + self.address,
                   "--listening-port=3478", "--alt-listening-port=3479", "--lt-cred-mech", "--user=%s:%s" % (TURN_USER, TURN_PASSWORD),
                   "--realm=" + TURN_REALM, "--no-cli", "--no-dtls", "--allow-loopback-peers", "--fingerprint", "--log-file=stdout",
                   "--simple-log", "--verbose", "--pidfile=%s/%s.pid" % (self.lab.dir, self.name), "--userdb=%s/%s.db" % (self.lab.dir, self.name)]
        if self.lab.v6:
            command += ["--listening-ip=" + self.address6, "--relay-ip=" + self.address6]
        command += self.certificate() + ["--tls-listening-port=5349"] if "tls" in self.kinds else ["--no-tls"]
        if "udp" not in self.kinds:
            command.append("--no-udp")
        if "tcp" not in self.kinds and "tls" not in self.kinds:
            command.append("--no-tcp")
        log = open(os.path.join(self.lab.dir, self.name + ".log"), "a")
        self.process = self.lab.run(self.space, command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        flag = "-lun" if "udp" in self.kinds else "-ltn"
        port = "%s:%d" % (self.address, 5349 if self.kinds == ("tls",) else 3478)
        wait_until(lambda: port in inside(self.space, "ss", flag) or self.process.poll() is not None, 10, "coturn listens")
        if self.process.poll() is not None:
            raise RuntimeError("coturn ended: see %s.log" % self.name)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def allocations(self):
        """How many allocations were made since the beginning."""
        with open(os.path.join(self.lab.dir, self.name + ".log"), errors="replace") as log:
            return len(re.findall(r"new, realm|ALLOCATE processed, success", log.read()))


# The prober: what RFC 5780 finds out, with a server of ours that answers from the address and port that it is asked to.

PROBE_PORTS = (7001, 7002)


def probe_server(first, second):
    import selectors
    chooser = selectors.DefaultSelector()
    sockets = {}
    for address in (first, second):
        for port in PROBE_PORTS:
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((address, port))
            sockets[(address, port)] = s
            chooser.register(s, selectors.EVENT_READ, (address, port))
    print("ready", flush=True)
    while True:
        for key, _ in chooser.select():
            address, port = key.data
            data, peer = key.fileobj.recvfrom(200)
            tag, how = data.decode().split()
            other = {first: second, second: first}[address]
            next_port = PROBE_PORTS[1 - PROBE_PORTS.index(port)]
            source = {"same": (address, port), "port": (address, next_port), "both": (other, next_port)}[how]
            sockets[source].sendto(("%s %s %d" % (tag, peer[0], peer[1])).encode(), peer)


def probe(first, second, wait_s):
    """Prints mapping and filtering as JSON."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((first, 9))
    own = s.getsockname()[0]
    s.close()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 0))
    tags = 0

    def ask(address, port, how):
        nonlocal tags
        for _ in range(2):
            tags += 1
            s.sendto(("%d %s" % (tags, how)).encode(), (address, port))
            end = time.monotonic() + wait_s
            while time.monotonic() < end:
                s.settimeout(max(0.001, end - time.monotonic()))
                try:
                    data = s.recv(200).decode().split()
                except OSError:
                    break
                if int(data[0]) == tags:
                    return data[1], int(data[2])
        return None

    here = ask(first, PROBE_PORTS[0], "same")
    result = {"udp": here is not None}
    if here:
        filtering = "EI" if ask(first, PROBE_PORTS[0], "both") else "AD" if ask(first, PROBE_PORTS[0], "port") else "APD"
        there = [ask(second, PROBE_PORTS[0], "same"), ask(second, PROBE_PORTS[1], "same")]
        mapping = "EI" if there == [here, here] else "AD" if there[0] == there[1] else "APD"
        result.update(mapping="none" if here == (own, s.getsockname()[1]) else mapping, filtering=filtering, seen="%s:%d" % here,
                      own="%s:%d" % (own, s.getsockname()[1]))
    print(json.dumps(result))


def verify(lab, hosts):
    """What kind of NAT each of the hosts is behind, found out by asking; (host, expected, found) for each."""
    prober = getattr(lab, "prober", None)
    if prober is None:
        prober = lab.prober = lab.public("prober")
        server = lab.run(prober.space, [sys.executable, "-B", os.path.abspath(__file__), "probe-server", prober.address, prober.second],
                         stdout=subprocess.PIPE, text=True)
        server.stdout.readline()
    results = []
    wait_s = 0.3 + 2 * lab.rtt_ms / 1000
    running = [(host, lab.run(host.space, [sys.executable, "-B", os.path.abspath(__file__), "probe", prober.address, prober.second, str(wait_s)],
                              stdout=subprocess.PIPE, text=True)) for host in hosts]
    for host, process in running:
        found = json.loads(process.communicate()[0])
        home = host.home
        # Behind two NATs the stricter one counts.
        order = ("none", "full", "addr", "port", "sym", "blocked")
        kind = max((home.kind, home.cgn or "none"), key=order.index)
        results.append((host, kind, found, (found["udp"] is False) if KINDS[kind] is None else
                        found["udp"] and KINDS[kind] == (found["mapping"], found["filtering"])))
    return results


# By hand.

def state_file():
    return os.path.join("/run/user/%d" % os.geteuid() if os.path.isdir("/run/user/%d" % os.geteuid()) else "/tmp",
                        os.environ.get("KITH_NATLAB", "kith-natlab") + ".json")


class HandLab(NatLab):
    follows_parent = False


def set_up(words):
    wish = {"A": "port", "B": "port", "rtt": 0, "jitter": 0, "loss": 0, "v6": 0, "same-prefix": 0, "cgn-a": None, "cgn-b": None,
            "turn": "", "upnp-a": 0, "upnp-b": 0, "two-lans": 0, "kith": 0}
    for word in words:
        key, _, value = word.partition("=")
        if key not in wish or not value:
            sys.exit("natlab: what is %s? See natlab.py --help" % word)
        wish[key] = value if isinstance(wish[key], str) or wish[key] is None else float(value)
    lab = HandLab(wish["rtt"], wish["jitter"], wish["loss"], bool(wish["v6"]), wires=bool(kithlab.BUILD))
    lab.__enter__()
    hosts = {}
    for letter, name in (("A", "alice"), ("B", "bob")):
        low = letter.lower()
        home = lab.home(letter, wish[letter], cgn=wish["cgn-" + low], same_prefix=bool(wish["same-prefix"]), upnp=bool(wish["upnp-" + low]))
        hosts[name] = home.host(name)
        if wish["two-lans"]:
            hosts[name].add_interface("wlan0")
    if wish["turn"]:
        lab.turn(tuple(wish["turn"].split(",")))
    if wish["kith"]:
        for node in lab.kith_network():
            hosts[node.name] = node
        for name, tone in (("alice", 440), ("bob", 660)):
            hosts[name].start_kith(name, tone=tone, bootstrap=lab.bootstrap)
    else:
        for name in ("carol", "dave"):
            hosts[name] = lab.public(name)
    return lab, hosts


def obey(lab, hosts, words):
    """One order to the laboratory that stands; returns what to say."""
    verb, rest = words[0], words[1:]
    homes = {"cut": Home.cut, "mend": Home.mend, "renumber": Home.renumber, "rebind": Home.rebind}
    singles = {"roam": HomeHost.roam, "unplug": HomeHost.unplug, "plug": HomeHost.plug_in, "only": HomeHost.only}
    if verb in homes:
        homes[verb](lab.homes[rest[0].upper()])
    elif verb in singles:
        singles[verb](hosts[rest[0]], *rest[1:2])
    elif verb == "switch":
        hosts[rest[0]].unplug("eth0")
    elif verb == "kind":
        lab.homes[rest[0].upper()].set_kind(rest[1])
    elif verb == "wire":
        home = lab.homes[rest[0].upper()]
        if home.wire is None:
            return "set KITH_BUILD_DIR before `up`: the wire is a program of the build"
        home.wire.set(*rest[1:])
    elif verb == "verify":
        lines = []
        for host, kind, found, is_right in verify(lab, [h for h in hosts.values() if isinstance(h, HomeHost)]):
            lines.append("%-6s %-8s %s %s" % (host.name, kind, "proved" if is_right else "WRONG", json.dumps(found)))
        return "\n".join(lines)
    else:
        return "natlab: what is %s?" % verb
    return ""


def keep(words):
    """The keeper's life: sets up, says so on the pipe, obeys until it is ended."""
    reader, writer = os.pipe()
    if os.fork() > 0:
        os.close(writer)
        with os.fdopen(reader) as told:
            text = told.read()
        print(text.strip())
        sys.exit(0 if text.startswith("up") else 1)
    os.close(reader)
    os.setsid()
    lab = None
    try:
        lab, hosts = set_up(words)
        path = os.path.join(lab.dir, "orders")
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(path)
        server.listen(4)
        spaces = {h.name: h.space for h in lab.hosts}
        spaces.update({"r" + k.lower(): home.router for k, home in lab.homes.items()})
        spaces.update({"g" + k.lower(): home.carrier for k, home in lab.homes.items() if home.carrier})
        spaces.update({t.name: t.space for t in lab.turns}, internet=lab.switch)
        with open(state_file(), "w") as out:
            json.dump({"pid": os.getpid(), "spaces": spaces, "orders": path, "dir": lab.dir, "up": words,
                       "buses": {h.name: h.bus_address for h in lab.hosts if h.bus_address},
                       "addresses": {h.name: h.address for h in lab.hosts}}, out)
        os.write(writer, ("up: %s\nhosts: %s\n" % (" ".join(words), ", ".join(sorted(spaces)))).encode())
    except BaseException as error:  # whatever it was, what was made is taken away
        os.write(writer, ("failed: %s\n" % error).encode())
        if lab is not None:
            lab.close()
        os._exit(1)
    os.close(writer)
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    while True:
        client, _ = server.accept()
        with client:
            try:
                words = json.loads(client.recv(4096).decode())
                client.sendall((obey(lab, hosts, words) or "done").encode())
            except (KeyError, IndexError):
                client.sendall(b"failed: there is no such home or host, or a word is missing: see natlab.py --help")
            except Exception as error:  # said to who asked; the laboratory stays
                client.sendall(("failed: %r" % error).encode())


def main(words):
    if not words or words[0] in ("-h", "--help"):
        print(__doc__)
        return
    verb = words[0]
    if verb == "probe-server":
        probe_server(*words[1:3])
    elif verb == "probe":
        probe(words[1], words[2], float(words[3]))
    elif verb == "up":
        if os.path.exists(state_file()) and os.path.exists("/proc/%d" % json.load(open(state_file()))["pid"]):
            sys.exit("natlab: one is up already: `natlab.py down` first, or name another one with KITH_NATLAB")
        keep(words[1:])
    else:
        try:
            with open(state_file()) as known:
                state = json.load(known)
        except OSError:
            sys.exit("natlab: none is up")
        if verb == "down":
            os.kill(state["pid"], signal.SIGTERM)
            wait_until(lambda: not os.path.exists("/proc/%d" % state["pid"]), 15, "the laboratory is taken away")
            os.unlink(state_file())
        elif verb == "exec":
            if words[1] not in state["spaces"]:
                sys.exit("natlab: no host %s; there are %s" % (words[1], ", ".join(sorted(state["spaces"]))))
            environment = dict(os.environ)
            if words[1] in state["buses"]:
                environment["DBUS_SESSION_BUS_ADDRESS"] = state["buses"][words[1]]
            os.execvpe("ip", ["ip", "netns", "exec", state["spaces"][words[1]]] + words[2:], environment)
        elif verb == "show":
            print(json.dumps(state, indent=2))
        else:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                s.connect(state["orders"])
                s.sendall(json.dumps(words).encode())
                answer = b""
                while True:
                    part = s.recv(4096)
                    if not part:
                        break
                    answer += part
            print(answer.decode())
            if b"failed" in answer or b"WRONG" in answer:
                sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
