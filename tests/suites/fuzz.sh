#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzzes every target, all of its corpus first; new inputs go to a scratch directory. The seconds are shared by all targets, each has two at least.
#
#   fuzz.sh BUILD CORPUS SECONDS
set -eu
[ "${KITH_QUICK:-no}" = no ] || {
  echo "SKIPPED: --quick leaves fuzzing out"
  exit 77
}
[ -d "$1" ] || {
  echo "SKIPPED: there is no build in $1 (fuzzing needs clang-14 and libfuzzer-14-dev)"
  exit 77
}
# GObjects are freed at once, where AddressSanitizer sees it.
export G_SLICE=always-malloc
corpus=$2
wanted=$(find "$1/tests/fuzz" -maxdepth 1 -type f -executable -name 'fuzz-*' | wc -l)
[ "$wanted" -gt 0 ] || {
  echo "There is no fuzz target in $1/tests/fuzz"
  exit 1
}
seconds=$((($3 + wanted / 2) / wanted))
[ "$seconds" -ge 2 ] || seconds=2
scratch=$(mktemp -d)
failed=0
targets=0
pids=
end_all() {
  for pid in $pids; do kill "$pid" 2>/dev/null || :; done
}
trap 'rm -rf "$scratch"' EXIT
trap 'end_all; exit 1' INT TERM HUP

# fuzz TARGET NAME: runs one target, and shows the input that broke it.
fuzz() {
  log=$scratch/$2.log
  words=$(sed -n 's|^/\* dict: \([a-z-]*\) \*/$|\1|p' "$corpus/../fuzz-$2.c")
  nice -n 15 "$1" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=1024 -timeout=10 -artifact_prefix="$scratch/artifacts/$2-" \
    ${words:+"-dict=$corpus/../dict/$words.dict"} -print_final_stats=1 "$scratch/$2" "$corpus/$2" >"$log" 2>&1 &
  fuzzer=$!
  trap 'kill "$fuzzer" 2>/dev/null; exit 1' TERM
  if wait "$fuzzer"; then
    echo "ok    $2: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    return 0
  fi
  echo "FAIL  $2"
  tail -n 40 "$log"
  for artifact in "$scratch/artifacts/$2-"*; do
    [ -f "$artifact" ] || continue
    echo "input $artifact in base64:"
    base64 "$artifact"
  done
  return 1
}

mkdir -p "$scratch/artifacts"
# One target at a time, after all others that want to compute: tests that wait in real time run beside this one.
for target in "$1"/tests/fuzz/fuzz-*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=${target##*/fuzz-}
  mkdir -p "$scratch/$name"
  [ -d "$corpus/$name" ] || {
    echo "FAIL  $name has no corpus in $corpus"
    failed=1
    continue
  }
  targets=$((targets + 1))
  (trap - EXIT; fuzz "$target" "$name") &
  pids="$pids $!"
  if [ "$(echo "$pids" | wc -w)" -ge 1 ]; then
    for pid in $pids; do wait "$pid" || failed=1; done
    pids=
  fi
done
for pid in $pids; do wait "$pid" || failed=1; done
[ "$targets" -eq "$wanted" ] || failed=1
echo "$targets targets were fuzzed for $seconds s each"
exit "$failed"
