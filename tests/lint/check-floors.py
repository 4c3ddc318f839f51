#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails on any #include that goes up a floor, sideways, or to a foreign library outside its room.

usage: check-floors.py FLOORS SOURCE_DIR

FLOORS has one line a floor, from the top: its number, then its rooms. "ROOM:a,b" may include the foreign libraries a and b, "ROOM+OTHER" may
include OTHER beside it. GLib and the C library are free. client/ and plugins/ see of the rooms below only base, model, ports and worker (not client/), bus
and words. "inner ROOM a b > c > d": the inner floors of a room, from the top, by its folders; "." are the files of the room itself, which may
be above or below any folder unless they are named. "door FILE a b": of its own floor and those above, only FILE may include the rooms a and b.
"""
import os
import re
import sys

# A header's first words → the library it belongs to.
FOREIGN = [
    (r"sodium(\.h|/)", "sodium"),
    (r"(nice/|agent\.h)", "nice"),
    (r"ngtcp2/", "ngtcp2"),
    (r"gnutls/", "gnutls"),
    (r"natpmp\.h", "natpmp"),
    (r"miniupnpc/", "miniupnpc"),
    (r"sofia-(sip|resolv)/", "sofia"),
    (r"gst/", "gst"),
    (r"opus/", "opus"),
    (r"spandsp", "spandsp"),
    (r"srtp2/", "srtp2"),
    (r"opendht", "opendht"),
    (r"seccomp\.h", "seccomp"),
    (r"sqlite3", "sqlite"),
    (r"(gtk|gdk|adw|pango)", "gtk"),
    (r"polkit", "polkit"),
    (r"(pulse|pipewire)/", "sound"),
    (r"(openssl|nettle|gcrypt)", "crypto"),
    (r"json-glib/", "json"),
    (r"qrencode.h", "qrencode"),
    (r"(libsoup|curl)/", "web"),
]
FREE = re.compile(
    r"(glib(-object|-unix)?\.h|glib/|gio/|gmodule\.h|gobject/|sys/|linux/|netinet/|arpa/|net/"
    r"|(assert|ctype|dirent|dlfcn|errno|fcntl|fenv|float|getopt|grp|ifaddrs|inttypes|libintl|limits|link|locale|malloc|math|netdb|poll|pthread|pwd|resolv"
    r"|sched|semaphore|setjmp|signal|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|string|strings|syslog|termios|time|unistd"
    r"|wchar|wordexp)\.h$)"
)
# What rooms of these trees may see below them.
VIEW = {
    "client": {"lib/base", "lib/model", "lib/bus", "lib/words"},
    "plugins": {"lib/base", "lib/model", "lib/ports", "lib/bus", "lib/worker"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


def read_floors(path):
    rooms, beside, inner, doors = {}, {}, {}, {}
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip()]
    floors = [line for line in lines if line[0] not in ("inner", "door")]
    if not floors or [line[0] for line in floors] != [str(n) for n in range(len(floors), 0, -1)]:
        sys.exit(f"{path}: expected one line a floor, numbered from the top down to 1")
    for line in floors:
        for word in line[1:]:
            word, _, libraries = word.partition(":")
            room, *others = word.split("+")
            rooms[room] = (int(line[0]), set(filter(None, libraries.split(","))))
            beside[room] = set(others)
    for line in lines:
        if line[0] == "inner":
            levels = " ".join(line[2:]).split(" > ")
            inner[line[1]] = {folder: len(levels) - i for i, level in enumerate(levels) for folder in level.split()}
        if line[0] == "door":
            doors |= dict.fromkeys(line[2:], line[1])
    return rooms, beside, inner, doors


def room_of(rooms, path):
    found = [room for room in rooms if path == room or path.startswith(room + "/")]
    return max(found, key=len) if found else None


def resolve(root, includer, name, generated):
    """The path of a quoted include below the root, or None."""
    here = os.path.dirname(includer)
    roots = [here, "lib", here.split("/", 1)[0] if here.startswith(("client", "plugins")) else "lib", os.path.dirname(here)]
    for base in roots:
        path = os.path.normpath(os.path.join(base, name))
        if os.path.exists(os.path.join(root, path)):
            return path
    # A header that is generated at build time lies in the room that its first folder names.
    return os.path.join("lib", name) if name.split("/")[0] in generated else None


def check_foreign(room, libraries, name):
    for pattern, library in FOREIGN:
        if re.match(pattern, name):
            return None if library in libraries else f"<{name}> of {library} belongs to another room than {room}"
    if FREE.match(name):
        return None
    return f"<{name}> is of a library that no room owns: give it to one in the floors file, and its pattern to this script"


def folder_in(room, path):
    """The folder of @room that @path lies in, "." for the room itself."""
    rest = path[len(room) + 1:]
    return rest.split("/", 1)[0] if "/" in rest else "."


def check_inner(room, inner, path, name, target):
    floors = inner.get(room)
    here, there = folder_in(room, path), folder_in(room, target)
    if floors is None or here == there:
        return None
    for folder in (here, there):
        if folder != "." and folder not in floors:
            return f"{room}/{folder} has no inner floor in the floors file"
    if here not in floors or there not in floors:
        return None
    if floors[there] > floors[here]:
        return f'"{name}" goes up inside {room}: {here} may not know {there}'
    if floors[there] == floors[here]:
        return f'"{name}" goes sideways inside {room}: {here} and {there} are on one inner floor'
    return None


def check_door(rooms, doors, path, name, other):
    door = doors.get(other)
    if door is None or path == door or rooms[room_of(rooms, path)][0] < rooms[room_of(rooms, door)][0]:
        return None
    return f'"{name}" of {other} comes in by another door: up here only {door} may include it'


def check_include(root, floors, generated, path, kind, name):
    rooms, beside, inner, doors = floors
    room = room_of(rooms, path)
    floor, libraries = rooms[room]
    if kind == "<":
        return check_foreign(room, libraries, name)
    target = resolve(root, path, name, generated)
    other = room_of(rooms, target) if target else None
    if other is None:
        return f'"{name}" is in no room of the floors file (write it from the root of lib/, as in "model/address.h")'
    if other == room:
        return check_inner(room, inner, path, name, target)
    if other in beside[room]:
        return None
    other_floor = rooms[other][0]
    if other_floor > floor:
        return f'"{name}" goes up: floor {floor} ({room}) may not know floor {other_floor} ({other})'
    if other_floor == floor:
        return f'"{name}" goes sideways: {room} and {other} are rooms of floor {floor}'
    view = VIEW.get(room.split("/")[0])
    if view is not None and other not in view:
        return f'"{name}" is hidden: {room} may see only {", ".join(sorted(view))}'
    if other.split("/")[0] in ("client",):
        return f'"{name}" is a client\'s: nobody else may include it'
    return check_door(rooms, doors, path, name, other)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    floors = read_floors(sys.argv[1])
    rooms = floors[0]
    root = sys.argv[2]
    generated = {room.split("/")[1] for room in rooms if room == "lib/bus"}
    n_files = n_includes = 0
    failures = []
    for top in ("lib", "daemon", "client", "plugins"):
        for folder, _, names in os.walk(os.path.join(root, top)):
            for file_name in sorted(names):
                if not file_name.endswith((".c", ".h", ".cpp", ".hpp", ".cc")):
                    continue
                path = os.path.relpath(os.path.join(folder, file_name), root)
                n_files += 1
                if room_of(rooms, path) is None:
                    failures.append(f"{path}: lies in no room of the floors file")
                    continue
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    for number, line in enumerate(file, 1):
                        match = INCLUDE.match(line)
                        if match:
                            n_includes += 1
                            why = check_include(root, floors, generated, path, match[1], match[2])
                            if why:
                                failures.append(f"{path}:{number}: {why}")
    for failure in failures:
        print(failure)
    print(f"{n_files} files, {n_includes} includes, {len(failures)} failures")
    sys.exit(1 if failures or n_files == 0 else 0)


main()
