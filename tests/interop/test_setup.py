# SPDX-License-Identifier: GPL-3.0-or-later
# Phones set themselves up: `kith phone add`, then a program plays the phone: it fetches its settings as each vendor's phones do, reads them, and
# registers with what it read. Who does not know the address gets nothing.
import json
import os
import signal
import socket
import time
import urllib.parse
import xml.etree.ElementTree as tree

from account import Account, edge_pid, says
from interop import Scene, check, wait_until
from setup import get, of_gigaset, of_lines, of_page, of_xml


# what the phone calls itself, the file that it asks for, what reads the answer
PHONES = [
    ("Yealink SIP-T31P 124.86.0.40 80:5e:c0:aa:bb:01", "805ec0aabb01.cfg", of_lines),
    ("Grandstream Model HW GXP1625 SW 1.0.7.70 DevId 000b82aabb02", "cfg000b82aabb02.xml", of_xml("P36", "P34", "P47")),
    ("Mozilla/4.0 (compatible; snomD375-SIP 10.1.175.16 000413AABB03)", "snomD375-000413AABB03.htm", of_xml("user_pname", "user_pass", "user_host")),
    ("Fanvil X3S 2.12.1 0c383eaabb04", "0c383eaabb04.cfg", of_xml("RegisterUser", "RegisterPswd", "RegisterAddr", "RegisterPort")),
    ("Gigaset N510 IP PRO/42.250; 7C2F80AABB05", "7C2F80AABB05.xml", of_gigaset),
    ("Mozilla/5.0 (X11; Linux x86_64)", "", of_page),
]

with Scene() as scene:
    kith, phone = scene.kith("alice"), scene.phone()
    begun = time.monotonic()
    for i, (agent, file, read) in enumerate(PHONES):
        name = "phone%d" % i
        url = kith.json("phone", "add", name)["setup"]["url"]
        status, kind, text = get(url, file, agent)
        check(status == 200, "%s fetches %s: %d %s" % (agent.split("/")[0], file or "the page", status, kind))
        user, password, server, port = read(text)
        check((user, server, int(port)) == (name, kith.ip, kith.port), "it reads %s at %s:%s" % (user, server, port))
        answer = Account(kith, phone, user, password, "MD5").register()
        check(answer is not None and answer.status == 200, "and registers with its password")
        says(kith, name, "ok udp")
        kith.kith("phone", "remove", name)
        check(get(url, file, agent)[0] == 0, "a phone that was removed has no settings any more, and nobody listens")
    took = time.monotonic() - begun
    check(took < 60, "six phones were added, fetched and registered in %.1f s" % took)

    # Linphone gets the hash in place of the password
    added = kith.json("phone", "add", "soft")
    text = get(added["setup"]["url"], "", "LinphoneAndroid/5.2.0 (Pixel) LinphoneSDK/5.3")[2]
    entries = {(section.get("name"), entry.get("name")): entry.text for section in tree.fromstring(text.encode()) for entry in section}
    soft = Account(kith, phone, "soft", added["password"], "MD5")
    check(entries["auth_info_0", "ha1"] == soft.digest("soft:kith:" + added["password"]), "Linphone's document has the hash of RFC 7616")
    check(entries["proxy_0", "reg_proxy"] == "<sip:%s:%d;transport=udp>" % (kith.ip, kith.port), "and the server")
    check(added["password"] not in text, "and no password")

    # what is not for strangers
    url = added["setup"]["url"]
    check(get(url[:-2] + ("0" if url[-2] != "0" else "1") + "/")[0] == 404, "another token: 404")
    check(get(url, method="POST")[0] == 405, "POST: 405")
    check(get(url, "%00")[0] == 404 and get(url, "x" * 100)[0] == 404, "names that are none: 404")
    check(get(url, "a" * 4000)[0] == 431, "a request of 4 kB: 431")
    check(get(url, "../../../../etc/passwd")[2].count("root:") == 0, "no file of this host")
    check(get(url, agent="\x01\x1b[31m evil")[0] == 200, "a User-Agent with signs of a terminal is taken without them")

    # another password, and the old address gives nothing
    again = kith.json("phone", "password", "soft")
    check(again["password"] != added["password"] and get(url)[0] == 404, "kith phone password: a new one, the old address is dead")
    check(again["setup"]["url"] != url and get(again["setup"]["url"])[0] == 200, "and a new address")

    # slow ones and many: the connections of one host are bounded, and SIP goes on
    at = urllib.parse.urlsplit(again["setup"]["url"])
    slow = []
    for _ in range(12):
        one = socket.create_connection((at.hostname, at.port), 3, ("10.9.0.100", 0))
        one.sendall(b"GET /p/")
        one.settimeout(2)
        slow.append(one)

    def is_closed(one):
        try:
            return one.recv(1) == b""
        except (TimeoutError, ConnectionError) as error:
            return isinstance(error, ConnectionError)

    check(sum(is_closed(one) for one in slow[8:]) == 4, "a host has four connections, more are closed")
    answer = Account(kith, phone, "soft", again["password"]).register()
    check(answer is not None and answer.status == 200, "phones register meanwhile")
    for one in slow:
        one.close()

    # kith-edge dies: the address is served by the next one
    pid = edge_pid(kith)
    os.kill(pid, signal.SIGKILL)
    check(wait_until(lambda: edge_pid(kith) not in (0, pid), 5, 0.05), "kith-edge is back")

    def served():
        try:
            return get(again["setup"]["url"])[0] == 200
        except OSError:
            return False

    check(wait_until(served, 5, 0.1), "and the address still holds")
    used = sum(get(again["setup"]["url"])[0] == 200 for _ in range(24))
    check(used < 24, "after 20 fetches there is nothing more (%d of 24)" % used)

    # the port is taken: said, and the phone can be typed in
    kith.kith("phone", "add", "never", "--no-http")
    shown = kith.json("phone", "add", "plain", "--no-http")
    check("url" not in shown["setup"], "--no-http: no address")
    check(json.dumps(shown).count(shown["password"]) == 1, "and the password is said once")
