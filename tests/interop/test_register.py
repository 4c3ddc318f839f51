# SPDX-License-Identifier: GPL-3.0-or-later
# Phones register: `kith phone add`, then a scripted phone (SHA-256 and MD5, UDP and TCP) and baresip; what `kith phone list` says; wrong passwords;
# registrations outlive kith-edge and kithd.
import os
import re
import shutil
import socket
import struct
import subprocess

from account import Account, edge_pid, listed, says
from interop import Scene, check, wait_until


def add(kith, name, *options):
    return kith.json("phone", "add", name, *options)["password"]


def baresip(scene, kith, name, password):
    """A real phone on this host; gives its process."""
    home = os.path.join(scene.dir, "baresip-" + name)
    os.makedirs(home)
    scene.address("10.9.0.102")
    with open(home + "/config", "w", encoding="utf-8") as file:
        file.write("sip_listen 10.9.0.102:5060\nmodule_path /usr/lib/baresip/modules\nmodule g711.so\nmodule_tmp account.so\nmodule_app menu.so\n")
    with open(home + "/accounts", "w", encoding="utf-8") as file:
        file.write("<sip:%s@%s>;auth_pass=%s;regint=120\n" % (name, kith.ip, password))
    open(home + "/contacts", "w", encoding="utf-8").close()
    return scene.start(["baresip", "-f", home], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


with Scene() as scene:
    kith, phone, table = scene.kith("alice"), scene.phone(), scene.phone(ip="10.9.0.101", transport="tcp")
    desk, attic = Account(kith, phone, "desk", add(kith, "desk")), Account(kith, table, "attic", add(kith, "attic"), "MD5")
    says(kith, "desk", "never registered")

    answer = desk.register(password="guess-guess")
    check(answer is not None and answer.status == 403, "a wrong password: %s" % (answer.first if answer else "silence"))
    says(kith, "desk", "wrong password since ")
    says(kith, "desk", "(from 10.9.0.100)")
    answer = Account(kith, phone, "nobody", "guess-guess").register()
    check(answer is not None and answer.status == 403, "nobody has the same answer")

    answer = desk.register()
    check(answer is not None and answer.status == 200 and "expires=600" in answer["contact"], "desk registers with SHA-256 over UDP")
    says(kith, "desk", "ok udp")
    says(kith, "desk", "Scripted 1.0")
    answer = attic.register()
    check(answer is not None and answer.status == 200, "attic registers with MD5 over TCP")
    says(kith, "attic", "ok tcp")
    # both are asked whether they are there
    asked = phone.expect("OPTIONS", seconds=3)
    check(asked is not None and asked.first.startswith("OPTIONS %s " % phone.uri), "desk is asked where it registered")
    if asked is not None:
        desk.reply(asked)
    asked = table.expect("OPTIONS", seconds=3)
    check(asked is not None, "attic is asked over its connection")
    if asked is not None:
        attic.reply(asked)
    check(wait_until(lambda: re.search(r"ok \d+ ms udp", listed(kith, "desk")), 3, 0.1), "desk: ok, with a time")
    check(wait_until(lambda: re.search(r"ok \d+ ms tcp", listed(kith, "attic")), 3, 0.1), "attic: ok, with a time")
    shown = kith.json("phone", "show", "desk")["registrations"][0]
    check(shown["round-trip"] > 0 and not shown["silent"] and shown["last-seen"] > 0, "kith phone show says so of its registration")

    # what phones keep their way open with is answered
    raw = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    raw.bind(("10.9.0.100", 0))
    raw.settimeout(2)
    raw.sendto(b"\r\n\r\n", (kith.ip, kith.port))
    check(raw.recv(99) == b"\r\n", "two line ends get one (UDP)")
    raw.sendto(bytes.fromhex("000100002112a442") + b"123456789012", (kith.ip, kith.port))
    answer = raw.recv(99)
    port = struct.unpack("!H", answer[26:28])[0] ^ 0x2112
    check(answer[:2] == b"\x01\x01" and port == raw.getsockname()[1], "a STUN binding request is answered")
    raw.close()
    stream = socket.create_connection((kith.ip, kith.port), 3)
    stream.settimeout(2)
    stream.sendall(b"\r\n\r\n")
    check(stream.recv(99) == b"\r\n", "two line ends get one (TCP)")
    stream.close()

    shown = kith.json("phone", "show", "desk")
    check(shown["registrations"][0]["contact"] == phone.uri and shown["digest-used"] == "sha-256", "kith phone show says where")

    if shutil.which("baresip"):
        # with two challenges it gives up, and comes again after 30 to 60 s
        soft = baresip(scene, kith, "soft", add(kith, "soft", "--digest", "md5"))
        says(kith, "soft", "ok udp", 10)
        says(kith, "soft", "baresip")
        soft.terminate()
        soft.wait(10)
    else:
        print("baresip is not here: left out")

    # kith-edge dies: what is registered is
    pid = edge_pid(kith)
    check(pid > 0, "kith-edge runs")
    os.kill(pid or kith.daemon.pid, 9)
    check(wait_until(lambda: edge_pid(kith) not in (0, pid), 5, 0.1), "kith-edge is back")
    answer = desk.register("X-Ask: who") or desk.register("X-Ask: who")  # the first may come before its socket is open
    check(answer is not None and answer.status == 200 and phone.uri in answer["contact"], "and knows desk")

    # kithd restarts: the same
    kith.stop()
    kith.run()
    says(kith, "desk", "registered before the restart")
    answer = desk.register("X-Ask: who")
    check(answer is not None and answer.status == 200 and phone.uri in answer["contact"], "registered still")

    kith.kith("phone", "end", "desk")
    says(kith, "desk", "not registered since ")
    check(desk.register() is not None, "desk comes back")
    says(kith, "desk", "ok udp")
    kith.kith("phone", "password", "desk")
    answer = desk.register()
    check(answer is not None and answer.status == 403, "the old password opens nothing any more")
    kith.kith("phone", "remove", "desk")
    answer = desk.register()
    check(answer is not None and answer.status == 403, "nor is there such a phone")
