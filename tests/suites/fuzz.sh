#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Fuzzes every target for some seconds, starting from its corpus; new inputs go to a scratch directory.
#
#   fuzz.sh BUILD CORPUS SECONDS
set -eu
[ "${KITH_QUICK:-no}" = no ] || exit 77
[ -d "$1" ] || {
  echo "SKIPPED: there is no build in $1"
  exit 77
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
pids=
# Two targets at a time: each one is a single thread.
for target in "$1"/tests/fuzz/fuzz-*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=${target##*/fuzz-}
  mkdir -p "$scratch/$name" "$scratch/artifacts"
  (
    if "$target" -max_total_time="$3" -max_len=4096 -rss_limit_mb=1024 -timeout=10 -artifact_prefix="$scratch/artifacts/$name-" \
      -print_final_stats=1 "$scratch/$name" "$2/$name" >"$scratch/$name.log" 2>&1; then
      echo "ok    $name: $(grep -c . "$scratch/$name.log") lines, $(grep 'number_of_executed_units' "$scratch/$name.log")"
    else
      echo "FAIL  $name"
      tail -n 40 "$scratch/$name.log"
      for artifact in "$scratch/artifacts/$name-"*; do
        [ -f "$artifact" ] && { echo "input $artifact in base64:"; base64 "$artifact"; }
      done
      exit 1
    fi
  ) &
  pids="$pids $!"
  if [ "$(echo "$pids" | wc -w)" -ge 2 ]; then
    for pid in $pids; do wait "$pid" || failed=1; done
    pids=
  fi
done
for pid in $pids; do wait "$pid" || failed=1; done
exit "$failed"
