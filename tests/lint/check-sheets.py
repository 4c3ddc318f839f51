#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures every folder as one sheet of paper: few boxes, few floors, no circle, and no room that outgrows the house.

usage: check-sheets.py SOURCE_DIR [--table]

A box is a sub-folder, or a source file with its header. Its floors are the longest chain of includes between boxes. A circle is allowed between files
that all include one header which is nobody's own and which only their folder, or the folders inside it, know: they are one object in several files.
"""
import collections
import os
import re
import sys

TOPS = ("lib", "daemon", "client", "plugins")
MAX_BOXES = 18
MAX_ROOMS = 20  # of lib itself: the rooms that stand on the floors of floors.txt
MAX_FLOORS = 8
MAX_SHARE = 0.20  # of the product's lines, for one room
MAX_PLAIN = 4000  # lines of a room without sub-folders
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def stem(path):
    return os.path.splitext(path)[0]


class Tree:
    def __init__(self, root):
        self.texts = {}
        for top in TOPS:
            for folder, _, names in os.walk(os.path.join(root, top)):
                for name in names:
                    if name.endswith((".c", ".h")):
                        path = os.path.join(folder, name)
                        with open(path, encoding="utf-8", errors="replace") as file:
                            self.texts[os.path.relpath(path, root)] = file.read()
        self.lines = {path: text.count("\n") for path, text in self.texts.items()}
        self.folders = sorted({path[:i] for path in self.texts for i, c in enumerate(path) if c == "/"} - set(TOPS) | {"lib", "daemon"})
        self.includes = {path: {found for name in INCLUDE.findall(text) for found in [self.find(path, name)] if found}
                         for path, text in self.texts.items()}

    def find(self, includer, name):
        """The file that @includer means by @name, or None; the places are those of the build."""
        here = os.path.dirname(includer)
        parts = here.split("/")
        for base in [here, "lib", *("/".join(parts[:n]) for n in range(len(parts) - 1, 0, -1))]:
            path = os.path.normpath(os.path.join(base, name))
            if path in self.texts:
                return path
        return None

    def below(self, folder):
        return [path for path in self.texts if path.startswith(folder + "/")]


def sheet_of(tree, folder):
    """The boxes of @folder, and for each the boxes that it includes."""
    def box(path):
        rest = path[len(folder) + 1:]
        return f"{folder}/{rest.split('/')[0]}" if "/" in rest else stem(path)
    edges = collections.defaultdict(set)
    for path in tree.below(folder):
        edges[box(path)] |= {box(other) for other in tree.includes[path] if other.startswith(folder + "/")} - {box(path)}
    return dict(edges)


def groups_of(edges):
    """Boxes that include each other in a circle, as sets; those that do not are sets of one. Lower ones come first."""
    reach = {}
    for box in edges:
        seen, open_boxes = set(), [box]
        while open_boxes:
            for other in edges[open_boxes.pop()] - seen:
                seen.add(other)
                open_boxes.append(other)
        reach[box] = seen
    groups = {box: frozenset({box} | {other for other in reach[box] if box in reach[other]}) for box in edges}
    return sorted(set(groups.values()), key=lambda group: len(reach[next(iter(group))] | group)), groups


def floors_of(edges):
    order, groups = groups_of(edges)
    height = {}
    for group in order:
        under = {groups[other] for box in group for other in edges[box]} - {group}
        height[group] = 1 + max((height[other] for other in under), default=0)
    return max(height.values(), default=0)


def is_one_object(tree, folder, group):
    """Whether the .c files of @group that take part in its circle all include one header that nobody outside of @folder does."""
    files = [path for path in tree.below(folder) if any(stem(path) == box or path.startswith(box + "/") for box in group)]
    inside = {other for path in files for other in tree.includes[path] if other.endswith(".h")}
    edges = {box: set() for box in {stem(path) for path in files}}
    for path in files:
        edges[stem(path)] |= {stem(other) for other in tree.includes[path] if stem(other) in edges} - {stem(path)}
    sources = [path for circle in groups_of(edges)[0] if len(circle) > 1 for path in files if stem(path) in circle and path.endswith(".c")]
    if not sources:  # no circle between files, but one between folders
        sources = [path for path in files if path.endswith(".c")]
    for header in inside:
        if stem(header) + ".c" in tree.texts:
            continue
        users = [path for path in tree.texts if header in tree.includes[path]]
        if all(user.startswith(folder + "/") for user in users) and all(header in tree.includes[path] for path in sources):
            return True
    return False


def check(tree, table):
    failures = []
    total = sum(tree.lines.values())
    for folder in tree.folders:
        edges = sheet_of(tree, folder)
        floors = floors_of(edges)
        lines = sum(tree.lines[path] for path in tree.below(folder))
        if table:
            print(f"{folder:44} {lines:6} lines {100 * lines / total:5.1f} % {len(edges):3} boxes {floors:2} floors")
        most = MAX_ROOMS if folder == "lib" else MAX_BOXES
        if len(edges) > most:
            failures.append(f"{folder}: {len(edges)} boxes, more than {most}: make a folder of what belongs together")
        if floors > MAX_FLOORS:
            failures.append(f"{folder}: {floors} inner floors, more than {MAX_FLOORS}")
        for group in groups_of(edges)[0]:
            if len(group) > 1 and not is_one_object(tree, folder, group):
                names = ", ".join(sorted(os.path.basename(box) for box in group))
                failures.append(f"{folder}: a circle of includes: {names}")
        if folder.count("/") == 1 and folder.split("/")[0] in TOPS or folder == "daemon":
            if lines > max(MAX_SHARE * total, MAX_PLAIN):
                failures.append(f"{folder}: {100 * lines / total:.1f} % of the product, more than {MAX_SHARE:.0%}")
            has_folders = any("/" in path[len(folder) + 1:] for path in tree.below(folder))
            if lines > MAX_PLAIN and not has_folders:
                failures.append(f"{folder}: {lines} lines without sub-folders, more than {MAX_PLAIN}")
    return failures


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tree = Tree(sys.argv[1])
    failures = check(tree, "--table" in sys.argv[2:])
    for failure in failures:
        print(failure)
    print(f"{len(tree.folders)} folders, {len(failures)} failures")
    sys.exit(1 if failures or not tree.texts else 0)


main()
