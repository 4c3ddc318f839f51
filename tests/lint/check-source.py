#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what every source file must have and must not have: licence, purpose, size, names and banned calls.

usage: check-source.py SOURCE_DIR
"""
import os
import re
import sys

FILE_WALL = 1000
FUNCTION_WALL = 100
PORT_WALL = 160
COLUMN_WALL = 160
COMMENT_WALL = 100
FIELD_WALL = 25
BOOLEAN_WALL = 5
# Where structs are measured: in the rooms whose objects lived long and knew everybody.
MEASURED = ("lib/node/call/", "lib/link/", "lib/quic/", "lib/path/", "lib/media/stream/")
C_SPDX = re.compile(r"/\* SPDX-License-Identifier: GPL-3\.0-or-later(?: AND [A-Za-z0-9.-]+)? \*/")
HASH_SPDX = "# SPDX-License-Identifier: GPL-3.0-or-later"
PRODUCT = ("lib/", "daemon/", "client/", "plugins/")
ON_LOOP = ("lib/", "daemon/", "plugins/")

# Pattern, where it is banned, and what to use in its place.
BANNED = [
    (r"\bgoto\b", PRODUCT, "return early; g_autoptr and g_autofree clean up"),
    (r"\b(sleep|usleep|nanosleep|g_usleep|thrd_sleep)\s*\(", PRODUCT, "kith_clock_add() and go back to the loop"),
    (r"\bg_error\s*\(", PRODUCT, "kith_log() and a GError"),
    (r"\b(g_assert\w*|assert|abort|g_abort)\s*\(", PRODUCT, "g_return_if_fail() for programmers' faults, a GError for all else"),
    (r"\b(strcpy|stpcpy|strncpy)\s*\(", PRODUCT, "g_strlcpy() or g_strdup()"),
    (r"\b(strcat|strncat)\s*\(", PRODUCT, "GString or g_strconcat()"),
    (r"\bv?sprintf\s*\(", PRODUCT, "g_snprintf() or g_strdup_printf()"),
    (r"\bgets\s*\(", PRODUCT, "g_data_input_stream_read_line_async()"),
    (r"\b(strtok|strtok_r)\s*\(", PRODUCT, "g_strsplit()"),
    (r"\b(atoi|atol|atoll|atof)\s*\(", PRODUCT, "g_ascii_string_to_unsigned()"),
    (r"\b(system|popen)\s*\(", PRODUCT, "GSubprocess with an argument vector"),
    (r"\bg_spawn_command_line\w*\s*\(", PRODUCT, "GSubprocess with an argument vector"),
    (r"\b(alloca|g_alloca|g_newa0?)\s*\(", PRODUCT, "g_malloc() with a bound"),
    (r"\b(rand|srand|random|drand48)\s*\(", PRODUCT, "kith_random_bytes() or kith_random_uint32() (base/random.h)"),
    (r"\b(gethostbyname|gethostbyaddr)\w*\s*\(", PRODUCT, "GResolver, asynchronously"),
    (r"\b(GAsyncQueue|g_async_queue_)", PRODUCT, "KithMailbox (base/mailbox.h)"),
    (r"\bg_settings_", PRODUCT, "KithConfig (node/config.h)"),
    (r"\bg_(?!dbus_address_)(dbus|bus|resolver|file|network_monitor|socket_client)_\w+_sync\s*\(", ON_LOOP, "the _async() function: the loop never blocks"),
    (r"\bg_bus_get_sync\s*\(", ON_LOOP, "g_bus_get()"),
    (r"\bg_(get_monotonic_time|get_real_time|date_time_new_now\w*|timer_new)\s*\(", ON_LOOP, "kith_clock_now() or kith_clock_wall() (base/clock.h)"),
    (r"(\b(clock_gettime|gettimeofday|ftime)\s*\(|(?<![\w.>])time\s*\(\s*(NULL|0|&))", ON_LOOP, "kith_clock_now() or kith_clock_wall() (base/clock.h)"),
    (r"\bg_timeout_(add|source_new)\w*\s*\(", ON_LOOP, "kith_timer_set() or kith_clock_add() (base/clock.h)"),
    (r"\bkith_clock_thread_(now|wall)\s*\(", ON_LOOP, "kith_clock_now() or kith_clock_wall(): only real-time threads read what no test can move"),
    (r"\b(g_random_\w+|g_rand_\w+|gnutls_rnd|getrandom|getentropy|su_rand\w*)\s*\(", ON_LOOP, "kith_random_bytes() or kith_random_uint32() (base/random.h)"),
    (r"\bkith_random_set_seed\s*\(", PRODUCT, "nothing: it is there for tests"),
    (r"\bg_(print|printerr|message|warning|critical|debug|info)\s*\(", ("lib/",), "kith_log() and its short forms (base/log.h)"),
]
# Where a banned call is made for everybody, or cannot be another one: a pattern of BANNED matches no call there.
ALLOWED = {
    "lib/base/clock.": ("g_get_monotonic_time", "g_get_real_time", "kith_clock_thread_now", "kith_clock_thread_wall"),
    "lib/base/log.c": ("kith_clock_thread_wall",),  # a line of log tells the world's time, from any thread
    "lib/base/random.": ("kith_random_set_seed", "getrandom", "g_get_monotonic_time", "g_get_real_time"),
    "lib/media/": ("kith_clock_thread_now", "kith_clock_thread_wall"),  # GStreamer's threads
    "lib/sip/sofia/sofia-source.c": ("kith_clock_thread_now",),  # how long one turn may last
    "lib/sip/sofia/sofia-patches.c": ("su_random64",),  # makes a key of the library's own
    "plugins/locator-dht/worker/": ("clock_gettime",),  # a program without GLib
}
# Words of the place where the product was made, not of the product. Written in pieces, so that this file passes too.
STRANGE = [
    r"/wo" r"rk/", r"/tmp/ki" r"th/", r"\.\./sha" r"red\b", r"\bis" r"sue #?\d", r"\bsub" r"agents?\b", r"\bco" r"ordinator\b", r"\bTO" r"DO\b",
    r"\bFIX" r"ME\b", r"\bX" r"XX\b", r"\bClau" r"de\b", r"\bAnth" r"ropic\b", r"\bOpen" r"AI\b", r"\bCo" r"pilot\b", r"\blanguage mo" r"del\b",
]
TEXT = (".c", ".h", ".cpp", ".cc", ".hpp", ".py", ".sh", ".md", ".txt", ".cmake", ".xml", ".in", ".conf", ".json", ".yml", ".yaml", ".1", ".5", ".7", ".8")
C_NAMES = (".c", ".h", ".cpp", ".cc", ".hpp")
HASH_NAMES = (".py", ".sh", ".cmake", "CMakeLists.txt")


# The time line only tells: who may read it, to explain, to keep or to show it.
TRACE_READERS = ("lib/model/call/trace.", "lib/words/", "lib/store/history.c", "daemon/objects/bus-explain.c")


def check_time_line(path, bare):
    if path.startswith(PRODUCT) and not path.startswith(TRACE_READERS):
        for number, line in enumerate(bare.split("\n"), 1):
            if re.search(r"\bkith_trace_get_\w+\s*\(", line):
                yield number, "the time line only tells: what decides is a value of its own (KithLinkReport, KithCallFindings)"


def files(root):
    """All source files below the root, without builds and corpora."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in (".git", "corpus", "data", "__pycache__", ".cache") and not f.startswith("build"))
        for name in sorted(names):
            if name.endswith(TEXT):
                yield os.path.relpath(os.path.join(folder, name), root)


def without_comments(text, keep_strings=False):
    """The same number of lines, with comments, strings (unless they are kept) and character constants blanked."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda match: match[0] if keep_strings and match[0][0] in "\"'" else re.sub(r"[^\n]", " ", match[0]), text)


def check_head(path, lines):
    if path.endswith(C_NAMES):
        if not lines or not C_SPDX.fullmatch(lines[0]):
            yield 1, "the first line is not /* SPDX-License-Identifier: GPL-3.0-or-later */"
        end = next((at for at, line in enumerate(lines[1:], 2) if line.endswith("*/")), len(lines))
        purpose = " ".join(" ".join(lines[1:end]).split())
        if not re.match(r"/\* .{15,}", purpose) or not re.search(r"[.!?] \*/$", purpose):
            yield 2, "the second line is not a sentence in a comment that says what the file is for"
    elif path.endswith(HASH_NAMES):
        at = 1 if lines and lines[0].startswith("#!") else 0
        if len(lines) <= at or lines[at] != HASH_SPDX:
            yield at + 1, f"the line is not {HASH_SPDX}"


def check_size(path, lines):
    if len(lines) > FILE_WALL:
        yield len(lines), f"the file is longer than {FILE_WALL} lines: divide it"
    if re.fullmatch(r"lib/ports/.+\.h", path) and len(lines) > PORT_WALL:
        yield len(lines), f"the port is longer than {PORT_WALL} lines: divide it by what its users want"
    start = None
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMN_WALL:
            yield number, f"the line is longer than {COLUMN_WALL} columns"
        if not path.endswith(C_NAMES):
            continue
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            if number - start - 1 > FUNCTION_WALL:
                yield start, f"the function is longer than {FUNCTION_WALL} lines: divide it"
            start = None


def check_comments(text):
    """Comments are as wide as code, but for drawings and tables of their own (with runs of spaces)."""
    for number, (line, code) in enumerate(zip(text.split("\n"), without_comments(text, True).split("\n")), 1):
        if len(line) > COMMENT_WALL >= len(code.rstrip()) and not re.search(r"\S {3,}\S", line):
            yield number, f"the comment is wider than {COMMENT_WALL} columns: put it above the thing, in several lines"


def is_allowed(path, call):
    """True where @call is made for everybody."""
    return any(path.startswith(place) and call.rstrip("( ") in calls for place, calls in ALLOWED.items())


def check_calls(path, text):
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        for pattern, where, instead in BANNED:
            match = re.search(pattern, line)
            if match and path.startswith(where) and not is_allowed(path, match[0]):
                yield number, f"{match[0].rstrip('( ')} is banned: use {instead}"


def fields_of(text, at):
    """The fields of the struct whose body begins at @at, as declarations; what is declared inside an inner struct is that one's."""
    depth, body = 1, []
    while depth > 0 and at < len(text):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        body.append(text[at] if depth == 1 else "")
        at += 1
    for declaration in "".join(body).split(";"):
        words = declaration.strip(" \n}")
        for one in re.split(r",(?![^(]*\))", words) if words else []:
            yield words, one


def check_structs(path, text):
    """Fields and booleans of every struct: more of them is a state machine without a table."""
    blank = without_comments(text)
    for match in re.finditer(r"\bstruct\b\s*(\w*)\s*\{", blank):
        fields = list(fields_of(blank, match.end()))
        n_booleans = sum(bool(re.match(r"(const\s+)?(gboolean|bool)\b(?!\s*\(\*)", words)) or one.rstrip().endswith((": 1", ":1")) for words, one in fields)
        number = blank.count("\n", 0, match.start()) + 1
        if len(fields) > FIELD_WALL:
            yield number, f"the struct has {len(fields)} fields, more than {FIELD_WALL}: divide it"
        if n_booleans > BOOLEAN_WALL:
            yield number, f"the struct has {n_booleans} booleans, more than {BOOLEAN_WALL}: what is a state gets a table"


def check_words(lines):
    for number, line in enumerate(lines, 1):
        for pattern in STRANGE:
            match = re.search(pattern, line, re.I)
            if match:
                yield number, f'"{match[0]}" is no word of the product: say it in the product\'s terms'


def check_paths(path, lines):
    if path.startswith("tests/") and path.endswith(C_NAMES):
        for number, line in enumerate(lines, 1):
            if "/nonex" "istent" in line:
                yield number, "others may have made that folder: use absent_path() (tests/common/absent.h)"


def check_file(root, path):
    try:
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError:
        yield 1, "the file is not UTF-8"
        return
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    else:
        yield len(lines), "there is no end of line at the end"
    yield from check_head(path, lines)
    yield from check_words(lines)
    yield from check_paths(path, lines)
    if path.endswith(C_NAMES) or path.endswith((".py", ".sh")):
        yield from check_size(path, lines)
    if path.endswith(C_NAMES):
        yield from check_calls(path, text)
        yield from check_comments(text)
        yield from check_time_line(path, without_comments(text))
    if path.endswith(C_NAMES) and path.startswith(MEASURED):
        yield from check_structs(path, text)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    root = sys.argv[1]
    failures, seen, n_files = [], {}, 0
    for path in files(root):
        n_files += 1
        failures += [f"{path}:{number}: {why}" for number, why in check_file(root, path)]
        name = os.path.basename(path)
        if path.endswith(C_NAMES) and name in seen:
            failures.append(f"{path}:1: there is a file of this name already: {seen[name]}")
        seen[name] = path
    for failure in failures:
        print(failure)
    print(f"{n_files} files, {len(failures)} failures")
    sys.exit(1 if failures or n_files == 0 else 0)


main()
