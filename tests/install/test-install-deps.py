# SPDX-License-Identifier: GPL-3.0-or-later
# packaging/install-deps.sh with programs of our own in the place of apt-get and dpkg-query: it starts no service, leaves nothing behind, and waits its turn.
"""usage: test-install-deps.py INSTALL_DEPS_SH"""
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

SCRIPT = sys.argv[1]
failures = []


def check(truth, what):
    print("%s  %s" % ("ok   " if truth else "FAIL ", what))
    if not truth:
        failures.append(what)


class Machine:
    """A folder with the programs that the script finds first, and the place of policy-rc.d."""

    def __init__(self, apt_get):
        self.dir = tempfile.mkdtemp(prefix="kith-install-deps-")
        self.policy = os.path.join(self.dir, "policy-rc.d")
        self.program("dpkg-query", "echo not-installed")
        self.program("sudo", 'exec "$@"')
        self.program("apt-get", 'echo "$*" >>"$KITH_DIR/asked"\n' + apt_get)

    def program(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as out:
            out.write("#!/bin/sh\n" + text + "\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def start(self):
        environment = dict(os.environ, PATH=self.dir + ":" + os.environ["PATH"], KITH_DIR=self.dir, KITH_POLICY_RC_D=self.policy, KITH_LOCK_PAUSE_S="0.1")
        return subprocess.Popen(["sh", SCRIPT, "--test"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self):
        process = self.start()
        out = process.communicate(timeout=20)[0]
        return process.returncode, out

    def read(self, name):
        path = os.path.join(self.dir, name)
        if not os.path.exists(path):
            return ""
        with open(path) as file:
            return file.read()

    def close(self):
        shutil.rmtree(self.dir)


machine = Machine('cp "$KITH_POLICY_RC_D" "$KITH_DIR/policy-then" && "$KITH_POLICY_RC_D"; echo $? >"$KITH_DIR/allowed"')
code, out = machine.run()
check(code == 0 and "coturn" in out.split("installing with")[0], "it says beforehand what it installs")
check(machine.read("allowed") == "101\n", "while it installs, no service may be started")
check(not os.path.exists(machine.policy), "afterwards that is as it was")
machine.close()

machine = Machine("cat \"$KITH_POLICY_RC_D\" >\"$KITH_DIR/policy-then\"")
with open(machine.policy, "w") as file:
    file.write("#!/bin/sh\nexit 104\n")
check(machine.run()[0] == 0 and machine.read("policy-then") == machine.read("policy-rc.d") == "#!/bin/sh\nexit 104\n", "a policy that is there stays as it is")
machine.close()

machine = Machine("exit 100")
code, out = machine.run()
check(code == 1 and not os.path.exists(machine.policy), "nor is one left behind when it fails")
machine.close()

machine = Machine('touch "$KITH_DIR/now"; sleep 30')
process = machine.start()
end = time.monotonic() + 10
while not os.path.exists(machine.dir + "/now") and time.monotonic() < end:
    time.sleep(0.02)
os.kill(process.pid, signal.SIGTERM)
subprocess.run(["pkill", "-TERM", "-P", str(process.pid)], check=False)
code = process.wait(20)
check(code != 0 and not os.path.exists(machine.policy), "or is interrupted")
machine.close()

machine = Machine("""n=$(wc -l <"$KITH_DIR/asked")
if [ "$n" -le 3 ]; then echo 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)'; exit 100; fi""")
code, out = machine.run()
check(code == 0 and "waiting for it" in out, "it waits for another package manager")
check("DPkg::Lock::Timeout=" in machine.read("asked"), "and lets apt-get wait for the lock of dpkg")
machine.close()
sys.exit(1 if failures else 0)
