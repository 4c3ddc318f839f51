#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plants one violation of each kind into a small tree of its own, and wants the checks to find every one.

usage: test-lints.py LINT_DIR
"""
import os
import shutil
import subprocess
import sys
import tempfile

LINT = os.path.abspath(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)
HEAD = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n/* A file that is here to be looked at. */\n"
GOOD = {
    "lib/base/a.h": HEAD + "#include <glib.h>\n#include <string.h>\n",
    "lib/model/b.c": HEAD + '#include "base/a.h"\n\nint\nmain (void)\n{\n  return 0;\n}\n',
    "lib/model/b.h": HEAD,
    "lib/ports/c.h": HEAD + '#include "model/b.h"\n',
    "lib/identity/d.h": HEAD + "#include <sodium.h>\n",
    "lib/link/e.h": HEAD + '#include "ports/c.h"\n',
    "lib/node/f.h": HEAD + '#include "identity/d.h"\n',
    "lib/node/engines.c": HEAD + '#include "link/e.h"\n',
    "daemon/g.h": HEAD + '#include "node/f.h"\n',
    "client/common/h.h": HEAD + '#include "model/b.h"\n',
    "client/cli/i.h": HEAD + '#include "common/h.h"\n',
    "plugins/locator-static/j.h": HEAD + '#include "ports/c.h"\n',
    "tests/k.sh": "#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\n# Says hello.\necho hello\n",
}


def c_file(line):
    return {"lib/node/z.c": HEAD + "\n" + line + "\n"}


FLOORS = [
    ("goes up", {"lib/base/z.h": HEAD + '#include "model/b.h"\n'}),
    ("goes up", {"lib/link/z.h": HEAD + '#include "node/f.h"\n'}),
    ("goes sideways", {"lib/nat/z.h": HEAD + '#include "identity/d.h"\n'}),
    ("goes up inside", {"lib/node/people/z.h": HEAD + '#include "node/call/y.h"\n', "lib/node/call/y.h": HEAD}),
    ("goes sideways inside", {"lib/node/people/z.h": HEAD + '#include "node/config/y.h"\n', "lib/node/config/y.h": HEAD}),
    ("has no inner floor", {"lib/node/attic/z.h": HEAD + '#include "node/config/y.h"\n', "lib/node/config/y.h": HEAD}),
    ("by another door", {"lib/node/call/z.h": HEAD + '#include "link/e.h"\n'}),
    ("by another door", {"daemon/z.h": HEAD + '#include "link/e.h"\n'}),
    ("goes sideways", {"client/common/z.h": HEAD + '#include "cli/i.h"\n'}),
    ("goes up", {"plugins/locator-static/z.h": HEAD + '#include "node/f.h"\n'}),
    ("is hidden", {"client/cli/z.h": HEAD + '#include "ports/c.h"\n'}),
    ("client's", {"daemon/z.h": HEAD + '#include "../client/common/h.h"\n'}),
    ("belongs to another room", {"lib/node/z.h": HEAD + "#include <sodium.h>\n"}),
    ("belongs to another room", {"lib/sip/z.h": HEAD + "#include <gst/gst.h>\n"}),
    ("belongs to another room", {"lib/identity/z.h": HEAD + "# include <nice/agent.h>\n"}),
    ("no room owns", {"lib/node/z.h": HEAD + "#include <zlib.h>\n"}),
    ("is in no room", {"lib/node/z.h": HEAD + '#include "nobody/knows.h"\n'}),
    ("lies in no room", {"lib/strange/z.h": HEAD}),
]
BANNED = [
    "void f (void) { goto end; }", "void f (void) { sleep (1); }", "void f (void) { g_usleep (1); }", 'void f (void) { g_error ("x"); }',
    "void f (void) { g_assert_not_reached (); }", "void f (void) { abort (); }", "void f (void) { strcpy (a, b); }",
    "void f (void) { strcat (a, b); }", 'void f (void) { sprintf (a, "x"); }', "void f (void) { gets (a); }",
    "void f (void) { strtok (a, b); }", "void f (void) { atoi (a); }", 'void f (void) { system ("x"); }', 'void f (void) { popen ("x", "r"); }',
    "void f (void) { rand (); }", "void f (void) { gethostbyname (a); }", "GAsyncQueue *q;", "void f (void) { g_async_queue_new (); }",
    'void f (void) { g_settings_new ("x"); }', "void f (void) { g_bus_get_sync (a, b, c); }",
    "gint64 a = g_get_monotonic_time ();", "gint64 a = g_get_real_time ();", "void f (void) { g_timeout_add (1, f, a); }",
    "void f (void) { g_timeout_add_seconds (1, f, a); }", "void f (void) { g_timeout_source_new (1); }",
    "void f (void) { clock_gettime (CLOCK_MONOTONIC, &a); }", "time_t a = time (NULL);", "gint64 a = kith_clock_thread_now ();",
    "guint a = g_random_int ();", "gint a = g_random_int_range (1, 2);", "void f (void) { gnutls_rnd (GNUTLS_RND_NONCE, a, b); }",
    "void f (void) { getrandom (a, b, 0); }", "unsigned a = su_random ();", "void f (void) { kith_random_set_seed (1); }",
    "void f (void) { g_dbus_connection_call_sync (a); }", 'void f (void) { g_warning ("x"); }',
]
SOURCE = [("is banned: use ", c_file(line)) for line in BANNED] + [
    ("only tells", c_file("void f (void) { if (kith_trace_get_marks (trace) != 0) { g (); } }")),
    ("only tells", {"lib/model/call/z.c": HEAD + "\nint a = kith_trace_get_nat (trace, TRUE);\n"}),
    ("use absent_path()", {"tests/unit/z.c": HEAD + 'const char *nothing = "/nonex' + 'istent/x";\n'}),
    ("first line is not", {"lib/node/z.c": "/* A file without a licence at its head. */\n"}),
    ("second line is not", {"lib/node/z.c": "/* SPDX-License-Identifier: GPL-3.0-or-later */\n#include <glib.h>\n"}),
    ("SPDX", {"tests/z.sh": "#!/bin/sh\necho hello\n"}),
    ("SPDX", {"tests/CMakeLists.txt": "project (x)\n"}),
    ("longer than 160 lines", {"lib/ports/z.h": HEAD + "int a;\n" * 159}),
    ("longer than 1000 lines", {"lib/node/z.c": HEAD + "int a;\n" * 999}),
    ("longer than 100 lines", {"lib/node/z.c": HEAD + "int\nf (void)\n{\n" + "  a ();\n" * 101 + "}\n"}),
    ("columns", c_file("int " + "a" * 200 + ";")),
    ("wider than 100 columns", c_file("/* " + "word " * 20 + "*/")),
    ("wider than 100 columns", c_file("int a; /* " + "word " * 20 + "*/")),
    ("file of this name already", {"lib/node/b.c": HEAD}),
    ("no word of the product", c_file("/* see /wo" "rk/shared */")),
    ("no word of the product", {"lib/z.md": "# Notes\n\nTO" "DO: write them.\n"}),
    ("no word of the product", {"lib/z.md": "# Notes\n\nSee is" "sue 7.\n"}),
    ("not UTF-8", {"lib/node/z.c": b"/* SPDX-License-Identifier: GPL-3.0-or-later */\n/* \xff */\n"}),
    ("26 fields", {"lib/link/z.h": HEAD + "struct _Z {\n" + "  guint a, b;\n" * 12 + "  struct {\n    guint a;\n    guint b;\n  } c;\n  GFunc d;\n};\n"}),
    ("6 booleans", {"lib/quic/z.c": HEAD + "typedef struct {\n" + "  gboolean a; /* it; is */\n" * 4 + "  gboolean b, c;\n} Z;\n"}),
    ("6 booleans", {"lib/path/z.h": HEAD + "struct Z {\n" + "  guint a : 1;\n" * 6 + "};\n"}),
    ("6 booleans", {"lib/node/call/leg/z.h": HEAD + "struct Z {\n  gboolean a, b, c, d, e, f;\n};\n"}),
    ("no end of line", {"lib/node/z.c": HEAD + "int a;"}),
]
# What looks like a violation and is none.
HARMLESS = [
    {"lib/ports/z.h": HEAD + "int a;\n" * 158}, {"lib/ports/z.c": HEAD + "int a;\n" * 159},
    c_file("/* there is no goto and no sleep (1) here */"), c_file('const char *a = "system (x)";'), c_file("void f (void) { my_system (1); }"),
    {"tests/z.c": HEAD + "void f (void) { g_assert_true (x); }\n"}, {"lib/node/z.c": HEAD + "int a;\n" * 998},
    {"lib/node/z.c": HEAD + "int\nf (void)\n{\n" + "  a ();\n" * 100 + "}\n"},
    {"lib/link/z.h": HEAD + "struct Z {\n  gboolean (*ask) (int a, int b);\n" + "  guint a;\n" * 19 + "  gboolean a, b, c, d, e;\n};\n"},
    {"lib/media/z.h": HEAD + "struct Z {\n" + "  gboolean a;\n" * 30 + "};\n"}, {"client/cli/z.c": HEAD + "void f (void) { g_bus_get_sync (a, b, c); }\n"},
    {"lib/words/z.c": HEAD + "int a = kith_trace_get_marks (trace);\n"},
    c_file("/* " + "word " * 18 + "*/"), c_file('const char *a = "' + "word " * 20 + '";'), c_file("/* a" + " " * 100 + "b */"),
    {"lib/node/z.c": HEAD.replace("that is here", "that is\n   here")},
    c_file("/* kith_trace_get_marks (trace) */"), c_file("void f (void) { kith_trace_tell (trace); }"),
    {"lib/media/z.c": HEAD + "gint64 a = kith_clock_thread_now ();\n"}, c_file("void f (void) { on_time (NULL); p->time (0); }"),
]
CIRCLE = {
    "lib/nat/x.h": HEAD, "lib/nat/x.c": HEAD + '#include "nat/x.h"\n#include "nat/y.h"\n',
    "lib/nat/y.h": HEAD, "lib/nat/y.c": HEAD + '#include "nat/y.h"\n#include "nat/x.h"\n',
}
SHEETS = [
    ("more than 18", {f"lib/nat/z{n}.c": HEAD for n in range(19)}),
    ("inner floors, more than 8", {f"lib/nat/z{n}.h": HEAD + f'#include "nat/z{n + 1}.h"\n' for n in range(8)} | {"lib/nat/z8.h": HEAD}),
    ("a circle of includes: x, y", CIRCLE),
    ("a circle of includes: one, two", {
        "lib/nat/one/x.c": HEAD + '#include "nat/two/z.h"\n', "lib/nat/one/y.h": HEAD,
        "lib/nat/two/w.c": HEAD + '#include "nat/one/y.h"\n', "lib/nat/two/z.h": HEAD}),
    ("without sub-folders", {f"lib/nat/z{n}.c": HEAD + "int a;\n" * 900 for n in range(5)}),
    ("% of the product", {f"lib/nat/in/z{n}.c": HEAD + "int a;\n" * 900 for n in range(5)}),
]
# One object in several files, which share a header of their own.
ONE_OBJECT = [{path: text + ('#include "nat/x-private.h"\n' if path.endswith(".c") else "") for path, text in CIRCLE.items()} | {"lib/nat/x-private.h": HEAD}]
FORMAT = [("run clang-format", c_file("int   badly  (int a){return a;}"))]
SHELL = [("SC2115", {"tests/z.sh": '#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\nrm -rf "$1/"*\n'})]


def write(root, tree):
    for name, text in tree.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())


def run(command, extra):
    """Exit code and output of a check on the good tree with @extra added."""
    root = tempfile.mkdtemp(prefix="kith-lint-")
    try:
        write(root, GOOD)
        write(root, extra)
        shutil.copy(os.path.join(LINT, "../../.clang-format"), root)
        for top in ("lib", "daemon", "client", "plugins", "docs", "packaging", "tests"):
            os.makedirs(os.path.join(root, top), exist_ok=True)
        done = subprocess.run(command + [root], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr
    finally:
        shutil.rmtree(root)


def main():
    checks = [
        ("floors", [sys.executable, os.path.join(LINT, "check-floors.py"), os.path.join(LINT, "floors.txt")], FLOORS, []),
        ("sheets", [sys.executable, os.path.join(LINT, "check-sheets.py")], SHEETS, ONE_OBJECT),
        ("source", [sys.executable, os.path.join(LINT, "check-source.py")], SOURCE, HARMLESS),
        ("format", ["sh", os.path.join(LINT, "check-format.sh")], FORMAT, []),
        ("shell", ["sh", os.path.join(LINT, "check-shell.sh")], SHELL, []),
    ]
    failures = n_found = 0
    for name, command, planted, harmless in checks:
        for extra in [{}] + harmless:
            code, output = run(command, extra)
            if code == 77:
                print(f"{name}: skipped here: {output.strip()}")
                planted = []
                break
            if code != 0:
                failures += 1
                print(f"FAIL {name}: found something in {extra or 'the good tree'}:\n{output}")
        for words, extra in planted:
            code, output = run(command, extra)
            if code != 1 or words not in output:
                failures += 1
                print(f'FAIL {name}: exit code {code} and no "{words}" for {extra}:\n{output}')
            n_found += 1
    print(f"{n_found} violations planted, {failures} failures")
    sys.exit(1 if failures else 0)


main()
