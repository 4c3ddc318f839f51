#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Fails when the unit in $1 may stay dead after some ends, has no bound on memory, is not understood by systemd-analyze, or is exposed more than 2.0 by
# its measure; 77 when that program is not there.
set -u
unit=${1:?the unit file}
has() {
  grep -q "^$1\$" "$unit" || {
    echo "$unit: there is no line $1"
    exit 1
  }
}
has 'StartLimitIntervalSec=0'
has 'Restart=on-failure'
has 'RestartSec=[1-9][0-9]*'
has 'MemoryMax=[1-9][0-9]*M'
has 'MemoryHigh=[1-9][0-9]*M'
has 'OOMPolicy=continue'
command -v systemd-analyze >/dev/null 2>&1 || {
  echo "skipped: there is no systemd-analyze"
  exit 77
}
systemd-analyze security --help 2>/dev/null | grep -q -- --offline || {
  echo "skipped: this systemd-analyze cannot work offline"
  exit 77
}
# Keys that this systemd is too old for are no faults, and the program need not be installed yet.
faults=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep "$(basename "$unit")" |
  grep -v -e "Unknown key .*'Restart\(Steps\|MaxDelaySec\)'" -e 'is not executable')
[ -z "$faults" ] || {
  echo "$faults"
  exit 1
}
systemd-analyze security --offline=true --no-pager --threshold=20 "$unit" 2>&1
