# SPDX-License-Identifier: GPL-3.0-or-later
# What a node counts (`kith metrics`), read strictly: a phone, a stranger who is refused, a call, kith-edge that dies.
import os

from house import edge_pid, register
from interop import Scene, check, wait_until
from metrics import Metrics

with Scene() as scene:
    kith = scene.kith("alice")
    phone = scene.phone(name="desk")
    register(kith, phone)

    def now():
        return Metrics(kith.kith("metrics").out)

    first = now()
    check(first.value("kith_phones", state="ok") == 1 and first.value("kith_phone_bindings") == 1, "one phone, one binding")
    check(first.value("kith_worker_up", process="kith-edge") == 1, "kith-edge runs")
    check(first.value("kith_resident_memory_bytes", process="kithd") > 1 << 20
          and first.value("kith_resident_memory_bytes", process="kith-edge") > 1 << 19, "memory of both")
    check(sum(value for (name, _), value in first.samples.items() if name == "kith_registration") == 1, "one state of registration")
    check(sum(value for (name, _), value in first.samples.items() if name == "kith_calls") == 0, "no call")
    check(Metrics(kith.json("metrics")["metrics"]).kinds == first.kinds, "the same with --json")
    check("desk" not in kith.kith("metrics").out and "10.9." not in kith.kith("metrics").out, "nobody is named")

    call = kith.start("call", "sip:nobody@%s" % phone.host)
    asked = phone.take(5)
    check(asked is not None, "a call begins")
    check(wait_until(lambda: sum(value for (name, _), value in now().samples.items() if name == "kith_calls") == 1, 3, 0.1), "it is counted")
    asked.reply(486, "Busy Here")
    check(wait_until(lambda: now().value("kith_calls_ended_total", reason="busy") == 1, 3, 0.1), "it ended as busy")
    check(now().value("kith_calls_begun_total", direction="out") == 1, "one call began")
    call.wait(5)

    os.kill(edge_pid(kith), 9)
    check(wait_until(lambda: now().value("kith_worker_restarts_total", process="kith-edge") == 1, 5, 0.1), "kith-edge was started anew")
