#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs a build into a folder of its own and tries what was installed: files, programs, and a daemon that finds its worker.
#
#   check-install.py CMAKE BUILD LIBDIR
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

cmake, build, lib = sys.argv[1:4]
units = "lib/systemd/user"
problems = 0


def check(truth, what):
    global problems
    print(("ok    " if truth else "FAIL  ") + what, flush=True)
    problems += 0 if truth else 1


def children(pid):
    """PID and program of every child of @pid."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%d/stat" % int(name)) as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            if int(fields[1]) == pid:
                found.append((int(name), os.readlink("/proc/%s/exe" % name)))
        except (OSError, ValueError):
            pass
    return found


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    return None


def stop(process):
    if process is not None and process.poll() is None:
        process.terminate()
        try:
            process.wait(8)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def check_files(prefix):
    for name in ("bin/kith", "bin/kithd", "libexec/kith/kith-dht", "libexec/kith/kith-edge", "libexec/kith/kith-upnp"):
        check(os.access(os.path.join(prefix, name), os.X_OK), "%s is there and can be run" % name)
    for name in (lib + "/libkith.so.1", lib + "/kith/plugins/dht.so", lib + "/kith/plugins/static.so", units + "/kithd.service",
                 "share/dbus-1/services/org.kith.Kith1.service", "share/dbus-1/system.d/org.kith.Kith1.conf",
                 "share/bash-completion/completions/kith", "share/locale/de/LC_MESSAGES/kith.mo", "share/man/man1/kith.1", "share/man/man5/kith.conf.5",
                 "share/man/man8/kithd.8"):
        full = os.path.join(prefix, name)
        check(os.path.isfile(full) and os.path.getsize(full) > 0, "%s is there" % name)
    for name in (units + "/kithd.service", "share/dbus-1/services/org.kith.Kith1.service"):
        try:
            with open(os.path.join(prefix, name)) as text:
                check("/bin/kithd" in text.read(), "%s starts kithd" % name)
        except OSError:
            pass
    if shutil.which("bash"):
        name = os.path.join(prefix, "share/bash-completion/completions/kith")
        check(subprocess.run(["bash", "-n", name], check=False).returncode == 0, "bash can read the completion")
    strange = [f for _, _, files in os.walk(prefix) for f in files if f.startswith("test-") or "unfiltered" in f or f.endswith(".a")]
    check(not strange, "nothing of the tests was installed: %s" % strange)


def check_policy(folder, plain):
    """Where the system bus of Debian reads policies, and one that is XML (no "--" in a comment)."""
    for name in (plain, "/etc/dbus-1/system.d/org.kith.Kith1.conf"):
        try:
            tree = xml.etree.ElementTree.parse(folder + name)
            owners = tree.findall("policy/allow[@own='org.kith.Kith1']")
            check(len(owners) == 1, "%s lets one user own the name" % name)
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            check(False, "%s: %s" % (name, error))


def check_programs(prefix, environment):
    for name in ("kith", "kithd"):
        result = subprocess.run([os.path.join(prefix, "bin", name), "--version"], capture_output=True, text=True, env=environment,
                                check=False)
        check(result.returncode == 0 and name in result.stdout, "%s --version: %s" % (name, (result.stdout + result.stderr).strip()))


def check_language(prefix, folder, environment):
    """The translations are found beside the program, wherever it was installed; what programs read stays English."""
    def doctor(*options, **more):
        command = [os.path.join(prefix, "bin", "kith"), "--bus", "unix:path=/nowhere", *options, "doctor"]
        return subprocess.run(command, capture_output=True, text=True, env=dict(environment, **more), check=False).stdout

    # LANGUAGE counts with every locale but "C"; C.UTF-8 is on every Debian.
    check("kithd läuft nicht" in doctor(LANGUAGE="de"), "kith doctor speaks German with LANGUAGE=de")
    check("kithd does not run" in doctor(LANGUAGE="xx"), "and English where there is no translation")
    check("kithd does not run" in doctor("--json", LANGUAGE="de"), "and with --json")
    made = os.path.join(folder, "locales")
    os.mkdir(made)
    if shutil.which("localedef") and subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", os.path.join(made, "de_DE.UTF-8")],
                                                    capture_output=True, check=False).returncode == 0:
        check("kithd läuft nicht" in doctor(LANG="de_DE.UTF-8", LOCPATH=made), "kith doctor speaks German with LANG=de_DE.UTF-8")
    else:
        print("skip  LANG=de_DE.UTF-8: there is no localedef with the sources of locales")


def check_daemon(prefix, folder, environment):
    """A daemon from the prefix, on a bus of its own, that talks to nobody: it starts the worker from the same prefix."""
    address = "unix:path=" + os.path.join(folder, "bus")
    with open(os.path.join(folder, "bus.conf"), "w") as out:
        out.write("<busconfig><type>session</type><listen>%s</listen><auth>EXTERNAL</auth><policy context='default'>"
                  "<allow send_destination='*'/><allow receive_sender='*'/><allow own='*'/></policy></busconfig>" % address)
    kithd, kith = os.path.join(prefix, "bin/kithd"), os.path.join(prefix, "bin/kith")
    state = ["--state-dir", os.path.join(folder, "state")]
    made = subprocess.run([kithd] + state + ["--init", "installed"], capture_output=True, text=True, env=environment, check=False)
    check(made.returncode == 0, "kithd --init makes an identity " + made.stderr.strip())
    bus = daemon = None
    try:
        bus = subprocess.Popen(["dbus-daemon", "--config-file=" + os.path.join(folder, "bus.conf"), "--nofork", "--nopidfile"],
                               stderr=subprocess.DEVNULL)
        check(wait_for(lambda: os.path.exists(os.path.join(folder, "bus")), 5), "a message bus runs")
        daemon = subprocess.Popen([kithd] + state + ["--bus", address, "--dht-network", "77", "--no-discovery", "--dht-port", "0",
                                  "--sip-bind", "127.0.0.1", "--sip-port", "0", "--work-bits", "0", "--audio-in", "silence",
                                  "--audio-out", os.path.join(folder, "heard.wav")], env=environment)
        # Between fork and exec the child is still kithd.
        worker = wait_for(lambda: [c for c in children(daemon.pid) if c[1].endswith("/kith-dht")], 10)
        wanted = os.path.realpath(os.path.join(prefix, "libexec/kith/kith-dht"))
        check(worker is not None and worker[0][1] == wanted, "kithd starts %s" % (worker[0][1] if worker else "no worker"))
        answers = wait_for(lambda: subprocess.run([kith, "--bus", address, "status"], capture_output=True, env=environment,
                                                  check=False).returncode == 0, 10)
        check(answers, "kith status speaks with it")
        daemon.send_signal(signal.SIGTERM)
        check(daemon.wait(8) == 0, "and it stops cleanly")
        check(worker is None or wait_for(lambda: not os.path.exists("/proc/%d" % worker[0][0]), 3), "with its worker")
    finally:
        stop(daemon)
        stop(bus)


def main():
    def leave(number, frame):
        sys.exit(1)

    signal.signal(signal.SIGTERM, leave)
    with tempfile.TemporaryDirectory(prefix="kith-install-") as folder:
        # DESTDIR: nothing of this machine is touched, also when root runs this.
        prefix = os.path.join(folder, "opt/kith")
        result = subprocess.run([cmake, "--install", build, "--prefix", "/opt/kith"], capture_output=True, text=True, check=False,
                                env=dict(os.environ, DESTDIR=folder))
        check(result.returncode == 0, "cmake --install " + result.stderr.strip())
        check_policy(folder, "/opt/kith" + "/share/dbus-1/system.d/org.kith.Kith1.conf")
        # Nothing of this machine's settings, and no libraries from elsewhere.
        environment = {"HOME": folder, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
        check_files(prefix)
        check_programs(prefix, environment)
        check_language(prefix, folder, environment)
        if shutil.which("dbus-daemon"):
            check_daemon(prefix, folder, environment)
        else:
            print("skip  the daemon is not tried: there is no dbus-daemon")
    print("%d problems" % problems)
    return 1 if problems else 0


sys.exit(main())
