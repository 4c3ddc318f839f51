# SPDX-License-Identifier: GPL-3.0-or-later
# A strict reader of OpenMetrics 1.0: what any monitoring program may refuse is an error here.
import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(r'(%s)(?:\{(.*)\})? (-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-][0-9]+)?)' % NAME)
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIXES = {"gauge": "", "counter": "_total", "info": "_info"}


class Metrics:
    """The families of a text; .value(name, label=value) is a sample's."""

    def __init__(self, text):
        self.kinds, self.samples = {}, {}
        lines = text.split("\n")
        if lines[-2:] != ["# EOF", ""]:
            raise ValueError("it does not end with # EOF")
        family, begun = None, set()
        for line in lines[:-2]:
            if line.startswith("#"):
                family = self._describe(line, family, begun)
            else:
                self._sample(line, family)

    def _describe(self, line, family, begun):
        _, word, name, rest = line.split(" ", 3)
        if (name, word) in begun:
            raise ValueError("twice: " + line)
        if word == "TYPE":
            if name in self.kinds or rest not in SUFFIXES:
                raise ValueError("a family that is not in one piece, or of no kind: " + line)
            self.kinds[name] = rest
            family = name
        elif name != family or word not in ("UNIT", "HELP"):
            raise ValueError("out of its place: " + line)
        elif word == "UNIT" and not name.endswith("_" + rest):
            raise ValueError("the name does not end with its unit: " + line)
        begun.add((name, word))
        return family

    def _sample(self, line, family):
        found = SAMPLE.fullmatch(line)
        if not found or family is None or found.group(1) != family + SUFFIXES[self.kinds[family]]:
            raise ValueError("no sample of %s: %s" % (family, line))
        labels, at = {}, 0
        text = found.group(2) or ""
        while at < len(text):
            label = LABEL.match(text, at)
            if not label or label.group(1) in labels:
                raise ValueError("labels: " + line)
            labels[label.group(1)] = label.group(2)
            at = label.end()
        key = (found.group(1), tuple(sorted(labels.items())))
        if key in self.samples:
            raise ValueError("twice: " + line)
        if self.kinds[family] == "counter" and found.group(3).startswith("-"):
            raise ValueError("a counter below 0: " + line)
        self.samples[key] = float(found.group(3))

    def value(self, name, **labels):
        return self.samples[(name, tuple(sorted(labels.items())))]
