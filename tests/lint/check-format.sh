#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Fails on any C file that clang-format would change, and on misspelt words where codespell is there.
#
#   check-format.sh SOURCE_DIR
set -eu
cd "$1"
formatter=
for candidate in clang-format-14 clang-format; do
  if command -v "$candidate" >/dev/null 2>&1 && "$candidate" --version | grep -q 'version 14\.'; then
    formatter=$candidate
    break
  fi
done
if [ -z "$formatter" ]; then
  echo "SKIPPED: there is no clang-format 14 (other versions format differently)"
  exit 77
fi
failed=0
list=$(mktemp)
trap 'rm -f "$list"' EXIT
find lib daemon client plugins tests -name '*.[ch]' -not -path '*/corpus/*' -not -path '*/build*' | sort >"$list"
n=$(grep -c . "$list")
[ "$n" -gt 0 ] || {
  echo "There is nothing to check in $1"
  exit 1
}
while read -r file; do
  if ! "$formatter" --style=file --dry-run -Werror "$file" >/dev/null 2>&1; then
    echo "$file: run $formatter -i on it"
    failed=1
  fi
done <"$list"
# Words that codespell does not know, or that are misspelt on purpose.
words='offerer,nd,keep-alives,alraedy,fileds'
if command -v codespell >/dev/null 2>&1; then
  codespell --skip='*.sdp,*/corpus/*,*/data/*,wordlist*,*.bin,*.po,*/test-german.c,./build*,.git,LICENSE' --ignore-words-list="$words" \
    lib daemon client plugins docs packaging tests || failed=1
else
  echo "codespell is not installed: spelling was not checked"
fi
echo "$n files were checked"
exit "$failed"
