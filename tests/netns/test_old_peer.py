# SPDX-License-Identifier: GPL-3.0-or-later
# An earlier version and this one on one network: calls both ways, an update of one side in place, and the way back.
"""usage: test_old_peer.py     (root; some minutes: it builds the earlier version, once)

KITH_OLD names the tag or commit; without it that is the newest tag "v…", else what was there before the newest "Unreleased" of the changelog.
KITH_OLD_BUILD names a build of it that is there already."""
import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.realpath(os.environ.get("KITH_SOURCE_DIR", os.path.join(HERE, "..", "..")))
sys.path.insert(0, os.path.join(HERE, "..", "interop"))
from interop import BUILD, Scene, build, check, skip, wait_until  # noqa: E402 (its folder has to be known first)

HEADING = "## [Unreleased]"


def git(*words, cwd=SOURCE):
    """What git prints, or None when it fails."""
    result = subprocess.run(["git", "-c", "safe.directory=*", *words], cwd=cwd, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else None


def has_heading(commit):
    return HEADING in (git("show", commit + ":CHANGELOG.md") or "")


def find_old():
    """The commit of the earlier version; skips the test where the history does not have it."""
    if shutil.which("git") is None:
        skip("the program git is missing, by which an earlier version would be had")
    top = git("rev-parse", "--show-toplevel")
    if top is None or os.path.realpath(top) != SOURCE:
        skip("the history of Kith is not here: no earlier version can be built")
    wanted = os.environ.get("KITH_OLD")
    if wanted:
        found = git("rev-parse", "--verify", "--quiet", wanted + "^{commit}")
        return found or skip("KITH_OLD=%s is no commit of this history" % wanted)
    tag = git("describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", "HEAD")
    if tag:
        return git("rev-parse", tag + "^{commit}")
    for commit in (git("log", "--format=%H", "-S" + HEADING, "--", "CHANGELOG.md") or "").split():
        before = git("rev-parse", "--verify", "--quiet", commit + "^")
        if before and has_heading(commit) and not has_heading(before):
            return before
    return skip("the history does not go back to an earlier version (git fetch --unshallow gets it)")


def run_quietly(log, *command):
    if subprocess.run(command, stdout=log, stderr=log, check=False).returncode != 0:
        log.seek(0)
        print(log.read()[-4000:])
        sys.exit("FAILED: the earlier version could not be built: %s" % " ".join(command))


def build_old():
    """The folder of a build of the earlier version; it is kept beside the build that is tested, and made only once."""
    given = os.environ.get("KITH_OLD_BUILD")
    if given:
        return os.path.abspath(given)
    if os.geteuid() != 0 or not os.path.exists(build("daemon/kithd")):
        return ""  # the scene says what is missing
    commit = find_old()
    folder = os.path.join(BUILD, "earlier", commit[:12])
    if os.path.exists(folder + "/done"):
        return folder
    for left in glob.glob(os.path.join(BUILD, "earlier", "*")):
        shutil.rmtree(left, ignore_errors=True)
    os.makedirs(folder)
    tree = folder + "-source"
    try:
        with open(folder + "/build.log", "w+") as log:
            run_quietly(log, "git", "-c", "safe.directory=*", "-C", SOURCE, "worktree", "add", "--force", "--detach", tree, commit)
            launcher = ["-DCMAKE_C_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
            run_quietly(log, "cmake", "-S", tree, "-B", folder, "-G", "Ninja", "-DKITH_TESTS=OFF", *launcher)
            run_quietly(log, "cmake", "--build", folder)
    finally:
        git("worktree", "remove", "--force", tree)
    open(folder + "/done", "w").close()
    return folder


def call(scene, caller, callee, what):
    """@caller calls @callee by its name, is answered, both hear each other, and it ends at both."""
    running = caller.start("call", callee.name)
    if check(callee.wait_state("incoming", 12), "%s: it rings" % what):
        callee.kith("answer")
        check(caller.wait_state("active", 10) and callee.wait_state("active", 10), "%s: it is answered" % what)
        check(scene.hears(caller, callee.tone) and scene.hears(callee, caller.tone), "%s: both hear each other" % what)
    caller.kith("hangup")
    running.wait(10)
    check(wait_until(lambda: caller.state() in (None, "ended") and callee.state() in (None, "ended"), 6, 0.1), "%s: it ends at both" % what)


def both_ways(scene, one, other, what):
    call(scene, one, other, "%s calls %s %s" % (one.name, other.name, what))
    call(scene, other, one, "%s calls %s %s" % (other.name, one.name, what))


if "KITH_SCENE" not in os.environ:
    os.environ["KITH_OLD_BUILD"] = build_old()
OLD = os.environ["KITH_OLD_BUILD"]

with Scene() as scene:
    old = scene.kith("olivia", tone=440, build_dir=OLD)
    new = scene.kith("nelly", tone=660, bootstrap=[old])
    database = old.dir + "/state/kith.db"
    check(old.wait_registered() and new.wait_registered(), "both are registered")
    both_ways(scene, old, new, "(an earlier version and this one)")
    key = old.json("status")["accounts"][0]["key"]
    check(old.kith("contact", "add", "nelly").code == 0, "olivia has a contact")
    kept = len(old.json("calls", "--all").get("calls", []))

    old.stop(9)
    old.build_dir = BUILD
    old.run()
    check(old.wait_registered(), "killed, updated and started, olivia is registered")
    check(old.json("status")["accounts"][0]["key"] == key, "her identity is the same")
    check([person["name"] for person in old.json("contact", "list")["contacts"]] == ["nelly"], "so are her contacts")
    check(len(old.json("calls", "--all").get("calls", [])) == kept > 0, "and her calls")
    both_ways(scene, old, new, "(after the update)")

    copies = glob.glob(database + ".bak-*")
    if check(len(copies) == 1, "the database is kept as it was: %s" % ", ".join(map(os.path.basename, copies))):
        old.stop()
        os.replace(copies[0], database)
        for part in ("-wal", "-shm"):
            if os.path.exists(database + part):
                os.unlink(database + part)
        old.build_dir = OLD
        old.run()
        check(old.wait_registered(), "with that copy the earlier version starts again")
        check([person["name"] for person in old.json("contact", "list")["contacts"]] == ["nelly"], "and has its contacts")
        both_ways(scene, new, old, "(and back)")
