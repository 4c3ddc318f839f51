#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Configures and builds a preset, quietly unless it fails, and after whatever else wants to compute.
#
#   build.sh SOURCE PRESET [OPTION...]
set -eu
[ "${KITH_QUICK:-no}" = no ] || {
  echo "SKIPPED: --quick makes the dev build only"
  exit 77
}
[ "$2" != fuzz ] || command -v clang-14 >/dev/null || {
  echo "SKIPPED: fuzzing needs clang-14 and libfuzzer-14-dev"
  exit 77
}
cd "$1"
preset=$2
shift 2
launcher=
if command -v ccache >/dev/null; then
  launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset "$preset" $launcher "$@" && nice -n "${KITH_BUILD_NICE:-15}" cmake --build --preset "$preset"; } >"$log" 2>&1; then
  cat "$log"
  exit 1
fi
