#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the unit, node, bus and fuzz-replay tests of the ASan and UBSan build, two at a time.
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
exec ctest --preset asan --no-tests=error -j "${KITH_JOBS:-1}" -L 'unit|node|bus|fuzz' -LE 'slow' --output-on-failure
