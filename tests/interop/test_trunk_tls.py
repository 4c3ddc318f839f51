# SPDX-License-Identifier: GPL-3.0-or-later
# A trunk over TLS: a registrar with a CA of its own (ca=), one whose key is pinned (pin=), one that the system believes, and those that are not who
# they should be.
import hashlib
import os
import socket
import ssl
import subprocess
import threading

from interop import Scene, check, run, wait_until
from registrar import Registrar

SECRET = "correct horse"
HOST = "10.9.0.101"


class TlsRegistrar(Registrar):
    """The same over TLS, with the certificate of @name in the scene's folder."""

    def __init__(self, folder, name, **options):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.asked = []  # names that were asked for (SNI)
        self.context.sni_callback = lambda _, asked, __: self.asked.append(asked)
        self.show(folder, name)
        super().__init__(HOST, 5061, **options)

    def show(self, folder, name):
        self.context.load_cert_chain("%s/%s.pem" % (folder, name), "%s/%s.key" % (folder, name))

    def start(self):
        self.listener = socket.create_server(self.place, backlog=16)
        self.is_running = True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while self.is_running:
            try:
                raw, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(raw,), daemon=True).start()
            except OSError:
                return

    def serve(self, raw):
        try:
            one = self.context.wrap_socket(raw, server_side=True)
            while True:
                data = one.recv(65536)
                if not data:
                    return
                text = data.decode("utf-8", "replace")
                if text.startswith("REGISTER "):
                    status, lines = self.judge(text)
                    self.heard.append((0, text, status))
                    self.answer(text, one, status, lines)
        except OSError:
            pass

    def answer(self, text, source, status, lines):
        self.to = source
        super().answer(text, source.getpeername(), status, lines)

    def send(self, text, source):
        self.to.sendall(text.encode())


def certificates(folder):
    """A CA, and what it signed: for sip.lab, for other.lab, and one that has ended; one that a stranger signed."""
    def openssl(*words):
        run("openssl", *words)
    for ca in ("ca", "stranger"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder + "/%s.key" % ca, "-out", folder + "/%s.pem" % ca, "-subj",
                "/CN=%s" % ca, "-days", "30")
    for name, host, ca, days in (("good", "sip.lab", "ca", "30"), ("other", "other.lab", "ca", "30"), ("ended", "sip.lab", "ca", "-1"),
                                 ("strange", "sip.lab", "stranger", "30")):
        with open(folder + "/san", "w", encoding="ascii") as out:
            out.write("subjectAltName=DNS:%s\n" % host)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", folder + "/%s.key" % name, "-out", folder + "/csr", "-subj", "/CN=x")
        openssl("x509", "-req", "-in", folder + "/csr", "-CA", folder + "/%s.pem" % ca, "-CAkey", folder + "/%s.key" % ca, "-CAcreateserial", "-days", days,
                "-extfile", folder + "/san", "-out", folder + "/%s.pem" % name)
    out = subprocess.run(["openssl", "x509", "-in", folder + "/strange.pem", "-pubkey", "-noout"], capture_output=True, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=out, capture_output=True, check=True).stdout
    return hashlib.sha256(der).hexdigest()


with Scene() as scene:
    scene.address(HOST)
    scene.alias("sip.lab", HOST)
    pin = certificates(scene.dir)
    # what this system believes: the CA, for kith-edge reads its file when it starts
    run("mount", "--bind", scene.dir + "/ca.pem", "/etc/ssl/certs/ca-certificates.crt")
    kith = scene.kith("alice")
    secret = scene.dir + "/secret"
    with open(secret, "w", encoding="ascii") as out:
        out.write(SECRET + "\n")
    registrar = TlsRegistrar(scene.dir, "good", passwords={"bob": SECRET})

    def add(name, *options):
        return kith.kith("trunk", "add", name, "--domain", "sip.lab:5061", "--user", "bob", "--password-file", secret, "--transport", "tls", *options)

    added = add("home")
    trunk = kith.json("trunk", "show", "home")
    check(added.code == 0 and trunk["state"] == "registered", "a trunk by TLS registers, as the system believes its CA: %s" % added.out.strip())
    check(registrar.asked[-1:] == ["sip.lab"], "the domain is asked for: %s" % registrar.asked)
    check(registrar.heard and all("Via: SIP/2.0/TLS" in text and ";transport=tls" in text for _, text, _ in registrar.heard), "Via and Contact say TLS")

    for name, words in (("other", "for other.lab, not for sip.lab"), ("ended", "has expired"), ("strange", "nobody who is trusted")):
        registrar.show(scene.dir, name)
        before = len(registrar.heard)
        added = add(name)
        trunk = kith.json("trunk", "show", name)
        check(added.code == 1 and trunk["state-reason"] == "certificate" and words in added.out + str(trunk), "%s: %s" % (name, added.out.strip()))
        check(len(registrar.heard) == before, "it gets no REGISTER")
        kith.kith("trunk", "remove", name)

    added = add("pinned", "--pin", pin)
    check(added.code == 0, "with its key pinned it does: %s" % added.out.strip())
    kith.kith("trunk", "remove", "pinned")
    added = add("own", "--ca", scene.dir + "/stranger.pem")
    check(added.code == 0, "with its CA named it does: %s" % added.out.strip())
    kith.kith("trunk", "remove", "own")
    registrar.show(scene.dir, "good")
    added = add("narrow", "--ca", scene.dir + "/stranger.pem")
    check(added.code == 1, "and then nobody else is believed: %s" % added.out.strip())
