# SPDX-License-Identifier: GPL-3.0-or-later
# A state directory of 0.1.0 keeps all under this version, also when it starts again: identity, pinned name, contact with its relay setting, history.
import os
import shutil

from interop import Scene, check

KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../data/state-0.1.0")
KEY = "xza1nmedpr6x07wsgq1r3pcaee8bg76s3j8s78nr3j6taasfvq20"
BOB = "a1je313xdpmsq75md8f20gg954bdqc5phrbfqwcgnfgzqnpb670g"


def looks_right(kith, when):
    account = kith.json("status")["accounts"][0]
    check(account["name"] == "alice" and account["key"] == KEY, "%s: the identity is that of before" % when)
    contacts = kith.json("contact", "list")["contacts"]
    check([(c["name"], c["key"], c["relay"]) for c in contacts] == [("bob", BOB, True)], "%s: so is the contact" % when)
    history = kith.kith("calls", "--all").out
    check("to bob" in history and history.count("from \"Phone\" <sip:phone@") >= 2, "%s: and the calls:\n%s" % (when, history.rstrip()))


with Scene() as scene:
    kith = scene.kith("alice", start=False)
    for name in os.listdir(KEPT):
        shutil.copyfile(os.path.join(KEPT, name), os.path.join(kith.dir, "state", name))
        os.chmod(os.path.join(kith.dir, "state", name), 0o600)
    kith.run()
    looks_right(kith, "at first")
    check(kith.json("status")["daemon"].get("database-put-aside", "") == "", "the database was not put aside")
    copy = kith.dir + "/state/kith.db.bak-4"
    check(os.path.exists(copy) and os.stat(copy).st_mode & 0o777 == 0o600, "and is kept as it was")
    with open(kith.dir + "/state/trust") as file:
        check("bob" in file.read(), "the pinned name is kept")
    call = scene.phone().dial(kith)
    check(call.expect(180) is not None, "it rings")
    kith.kith("reject")
    kith.stop()
    kith.run()
    looks_right(kith, "the second time")
