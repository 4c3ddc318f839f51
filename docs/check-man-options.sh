#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares the options of a program's --help with those of its manual page, in both directions.
program=$1
page=$2
wanted=$("$program" --help | sed -n 's/^ *\(-[a-z?], \)\{0,1\}--\([a-z-]*\).*/\2/p' | grep -v -e '^help' | sort -u)
described=$(sed -n 's/^\.It Fl \\-\([a-z-]*\).*/\1/p' "$page" | sort -u)
[ -n "$wanted" ] || { echo "$program --help names no options"; exit 1; }
if [ "$wanted" != "$described" ]; then
  echo "$page and $program --help differ:"
  printf 'program:\n%s\npage:\n%s\n' "$wanted" "$described"
  exit 1
fi
