#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds the test presets and runs every suite; ends with one ctest summary and its exit code.
#
#   sh tests/run.sh [--quick]      --quick: no sanitizer build, no fuzzing
#
# Tests that cannot run here (no root for network namespaces, say) are skipped and named at the end.
set -eu
cd "$(dirname "$0")/.."
quick=no
case ${1:-} in
  --quick) quick=yes ;;
  '') ;;
  *)
    echo "usage: sh tests/run.sh [--quick]" >&2
    exit 2
    ;;
esac

say() { printf '\n==> %s\n' "$*"; }

say "Installing what is missing"
sh packaging/install-deps.sh --test

# cmake_build PRESET [OPTION...]: configures and builds quietly; the whole output only when it fails.
cmake_build() {
  preset=$1
  shift
  say "Building the preset $preset"
  log=$(mktemp)
  if ! { cmake --preset "$preset" "$@" && cmake --build --preset "$preset"; } >"$log" 2>&1; then
    cat "$log"
    rm -f "$log"
    echo "The build of the preset $preset failed: its output is above." >&2
    exit 1
  fi
  rm -f "$log"
}

cmake_build dev -DKITH_SUITES=ON
if [ "$quick" = no ]; then
  cmake_build asan
  cmake_build fuzz
fi

say "Running the suites"
# One summary for all: the suites of the other builds are tests of this one (tests/suites).
KITH_QUICK=$quick ctest --preset dev --no-tests=error
