#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the unit, node, bus and fuzz-replay tests of the ASan and UBSan build.
set -eu
[ "${KITH_QUICK:-no}" = no ] || exit 77
[ -d "$1" ] || {
  echo "SKIPPED: there is no build in $1"
  exit 77
}
cd "$1/.."
exec ctest --preset asan --no-tests=error -L 'unit|node|bus|fuzz' -LE 'slow' --output-on-failure
