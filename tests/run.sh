#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds the test presets and runs every suite; ends with one ctest summary and its exit code.
#
#   sh tests/run.sh [--quick | --slow]      --quick: no sanitizer build, no fuzzing; --slow: also the tests that take many minutes
#
# Tests that cannot run here (no root for network namespaces, say) are skipped and named with their reason before the summary.
# Takes about 10 minutes on two cores, some more when no compiler cache knows the sources; --quick takes less.
set -eu
export LANGUAGE=en # tests read what kith says to people
cd "$(dirname "$0")/.."
quick=no
slow=
case ${1:-} in
  --quick) quick=yes ;;
  --slow) slow="-C deep" ;;
  '') ;;
  *)
    echo "usage: sh tests/run.sh [--quick | --slow]" >&2
    exit 2
    ;;
esac

work=$(mktemp -d)
ctest_pid=
# end_tree PID: ends a process with all that it started.
end_tree() {
  for child in $(pgrep -P "$1" 2>/dev/null || :); do end_tree "$child"; done
  kill "$1" 2>/dev/null || :
}
leave() {
  trap '' INT TERM HUP
  echo "tests/run.sh: interrupted" >&2
  [ -z "$ctest_pid" ] || { end_tree "$ctest_pid"; wait "$ctest_pid" 2>/dev/null || :; }
  exit 1
}
trap 'rm -rf "$work"' EXIT
trap leave INT TERM HUP

started=$(date +%s)
say() { printf '\n==> [%4d s] %s\n' $(($(date +%s) - started)) "$*"; }

say "Installing what is missing"
status=0
sh packaging/install-deps.sh --test || status=$?
if [ "$status" -eq 1 ] && [ "$(id -u)" -ne 0 ]; then
  # Without the rights to install: what the build needs has to be there; tests that need more are skipped.
  sh packaging/install-deps.sh
  echo "Some tests will be skipped, since not all that they need is installed."
elif [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then
  exit "$status"
fi

say "Building the preset dev (build-dev)"
KITH_BUILD_NICE=0 KITH_QUICK=no sh tests/suites/build.sh . dev -DKITH_SUITES=ON || {
  echo "The build of the preset dev failed: its output is above." >&2
  exit 1
}

# Most tests wait in real time and compute little: one of network namespaces takes a tenth of a core. So there are six places for each core, and a test
# takes one to four of them, by how much it computes or how exactly it measures (PROCESSORS in its CMakeLists.txt). The other builds are made beside them.
# Where that is allowed tests come before whatever else the machine does.
jobs=$(($(nproc) * 6))
first=
if nice -n -10 true 2>/dev/null && [ "$(nice -n -10 nice 2>/dev/null)" = -10 ]; then
  first="nice -n -10"
fi

say "Running the suites"
# One summary for all: the suites of the other builds are tests of this one (tests/suites). It is kept back for the end.
mkfifo "$work/output"
keep_summary() {
  : >"$work/summary"
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$work/log"
    case $line in
      [0-9]*"% tests passed"*) break ;;
      *) printf '%s\n' "$line" ;;
    esac
  done
  printf '%s\n' "$line" >>"$work/summary"
  cat >>"$work/summary"
}
keep_summary <"$work/output" &
filter_pid=$!
# shellcheck disable=SC2086 # an option and its word
KITH_QUICK=$quick KITH_JOBS=$(($(nproc) * 4)) $first ctest --preset dev --repeat until-pass:2 $slow --no-tests=error -j "$jobs" >"$work/output" 2>&1 &
ctest_pid=$!
status=0
wait "$ctest_pid" || status=$?
ctest_pid=
wait "$filter_pid" || :

say "Left out, and why"
awk '
  / Test: / { name = $3; reason = "it gave none" }
  /^(SKIPPED|skipped): / { reason = $0; sub (/^[A-Za-z]+: */, "", reason) }
  /^ok .* # SKIP/ { part = $0; sub (/^ok [0-9]+ /, "", part); sub (/ # SKIP */, ": ", part); parts[++n] = name " " part }
  /^Test Skipped/ { print name ": " reason; left++ }
  /^Test (Passed|Failed|Skipped)/ { if (!/Skipped/) for (i = 1; i <= n; i++) { print parts[i]; left++ } n = 0 }
  END { if (!left) print "no test of this run" }' build-dev/Testing/Temporary/LastTest.log
if [ -z "$slow" ]; then
  ctest --preset dev -C deep -N -L slow | sed -n 's/^ *Test *#[0-9]*: \(.*\)/\1: takes many minutes, --slow runs it/p'
fi

say "The ten slowest tests, and why they take more than 20 s"
sed -n 's/^ *[0-9]*\/[0-9]* Test *#[0-9]*: \([^ ]*\) .* \([0-9.]*\) sec.*$/\2 \1/p' "$work/log" | grep -v ' suites/' >"$work/times" || :
[ "$quick" = yes ] || awk '
  / Test: / { name = $3 }
  /^Test time =/ { print $4, name " (asan)" }' build-asan/Testing/Temporary/LastTest.log 2>/dev/null >>"$work/times" || :
sort -rn "$work/times" | awk '
  FNR == NR { if ($0 !~ /^#/) { name = $1; sub (/^[^ ]+ +/, ""); why[name] = $0 } next }
  { n++ }
  n <= 10 { printf "%7.1f s  %s%s\n", $1, $2 " " $3, ($1 > 20 && $2 in why ? ": " why[$2] : "") }
  $1 > 20 && !($2 in why) { left[$2] = 1 }
  END { for (name in left) print "above 20 s, and tests/long-tests.txt has no reason: " name }' tests/long-tests.txt -

say "Summary"
cat "$work/summary" 2>/dev/null || :
exit "$status"
