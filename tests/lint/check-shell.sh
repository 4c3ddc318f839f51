#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs shellcheck over every shell script.
#
#   check-shell.sh SOURCE_DIR
set -eu
cd "$1"
command -v shellcheck >/dev/null 2>&1 || {
  echo "SKIPPED: shellcheck is not installed"
  exit 77
}
list=$(mktemp)
trap 'rm -f "$list"' EXIT
find . -name '*.sh' -not -path './build*' -not -path './.git/*' | sort >"$list"
n=$(grep -c . "$list")
[ "$n" -gt 0 ] || {
  echo "There is nothing to check in $1"
  exit 1
}
failed=0
while read -r file; do
  shellcheck --severity=warning "$file" || failed=1
done <"$list"
echo "$n scripts were checked"
exit "$failed"
