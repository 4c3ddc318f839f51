# SPDX-License-Identifier: GPL-3.0-or-later
# What tests of the phones of a house share: registered phones, sound both ways, and the process of kithd that they speak with.
from account import Account
from interop import check


def edge_pid(kith):
    """kithd's child with that name; 0: none."""
    try:
        with open("/proc/%d/task/%d/children" % (kith.daemon.pid, kith.daemon.pid), encoding="ascii") as file:
            children = file.read().split()
    except OSError:
        return 0
    for pid in children:
        try:
            with open("/proc/%s/comm" % pid, encoding="ascii") as name:
                if name.read().strip() == "kith-edge":
                    return int(pid)
        except OSError:  # it ended just now
            continue
    return 0


def register(kith, phone, *options, at=None):
    """Adds @phone at @kith (kith phone add, with @options) and registers it (@at: by another of its addresses); gives its Account."""
    account = Account(at or kith, phone, phone.name, kith.json("phone", "add", phone.name, *options)["password"])
    answer = account.register()
    check(answer is not None and answer.status == 200, "%s is registered" % phone.name)
    return account


def talks(scene, phone, media, kith, hz):
    """Sound both ways between a phone and a node."""
    phone.sound.start(media.address)
    heard = scene.hears(phone, hz), scene.hears(kith, phone.hz)
    phone.sound.stop()
    return heard == (True, True) or print("phone hears, node hears: %s, %s" % heard)
