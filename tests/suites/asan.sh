#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the unit, node, bus and fuzz-replay tests of the ASan and UBSan build.
set -eu
[ "${KITH_QUICK:-no}" = no ] || {
  echo "SKIPPED: --quick leaves the sanitizers out"
  exit 77
}
[ -d "$1" ] || {
  echo "SKIPPED: there is no build in $1"
  exit 77
}
cd "$1/.."
# Indented, so that nobody takes its summary for that of the whole run.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# These tests speak in real time, here several times slower: one that fails is given a second try.
ctest --preset asan --no-tests=error --repeat until-pass:2 -j "${KITH_JOBS:-1}" -L 'unit|node|bus|fuzz' --output-on-failure >"$log" 2>&1 || status=$?
sed 's/^/    /' "$log"
exit "$status"
