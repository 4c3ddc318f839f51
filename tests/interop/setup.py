# SPDX-License-Identifier: GPL-3.0-or-later
# A made-up telephone that fetches its settings, and what it reads in the documents of each vendor: user, password, server and port.
import http.client
import re
import urllib.parse
import xml.etree.ElementTree as tree


def get(url, file="", agent="Scripted 1.0", method="GET"):
    """The answer to a phone at 10.9.0.100: status (0: nobody listens), type, text."""
    at = urllib.parse.urlsplit(url)
    link = http.client.HTTPConnection(at.hostname, at.port, timeout=5, source_address=("10.9.0.100", 0))
    try:
        link.request(method, at.path + file, headers={"User-Agent": agent})
        answer = link.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read().decode()
    except ConnectionError:  # also in the moment in which it ends
        return 0, "", ""
    finally:
        link.close()


def of_lines(text):
    """user, password, server and port of "key = value" lines."""
    rows = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    return [rows["account.1." + key] for key in ("auth_name", "password", "sip_server.1.address", "sip_server.1.port")]


def of_xml(*names):
    """A reader of the texts of these elements; a server may have its port behind it."""
    def read(text):
        root = tree.fromstring(text.encode())
        found = [next(element for element in root.iter() if element.tag == name).text for name in names]
        return found if len(found) == 4 else found[:2] + found[2].split(":")
    return read


def of_gigaset(text):
    root = tree.fromstring(text)
    return [root.find(".//" + name).get("value") for name in ("S_SIP_USER_ID", "S_SIP_PASSWORD", "S_SIP_SERVER", "S_SIP_SERVER_PORT")]


def of_page(text):
    cells = re.findall("<td>([^<]*)</td>", text)
    return cells[:4]
