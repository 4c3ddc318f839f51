# SPDX-License-Identifier: GPL-3.0-or-later
# A host with two addresses (RFC 3263 section 4.3): where nothing listens at the first, or nobody answers there, the second one is called within 4 s.
import socket
import time

from interop import Scene, check

with Scene() as scene:
    kith = scene.kith("alice")
    phone = scene.phone()
    first = scene.address("10.9.0.60")
    for name, silent in (("refuses.lab", False), ("silent.lab", True)):
        scene.alias(name, first)
        scene.alias(name, phone.ip)
        deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM) if silent else None
        if deaf is not None:
            deaf.bind((first, 5060))
        began = time.monotonic()
        running = kith.start("call", "sip:bob@" + name)
        call = phone.take(6)
        took = time.monotonic() - began
        if check(call is not None, "%s: the second address is called" % name):
            check(took < 4, "%s: after %.1f s" % (name, took))
            call.reply(486, "Busy Here")
        told, _ = running.communicate(timeout=10)
        check(call is None or "SIP 486" in told, "%s: its own answer counts: %s" % (name, told[-200:]))
        if deaf is not None:
            deaf.setblocking(False)
            check(b"INVITE" in deaf.recv(100), "%s: the first address was asked first" % name)
            deaf.close()
