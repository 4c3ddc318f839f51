#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Fails when the unit in $1 is exposed more than 2.0 by systemd-analyze; 77 when that program is not there.
set -u
unit=${1:?the unit file}
command -v systemd-analyze >/dev/null 2>&1 || {
  echo "skipped: there is no systemd-analyze"
  exit 77
}
systemd-analyze security --help 2>/dev/null | grep -q -- --offline || {
  echo "skipped: this systemd-analyze cannot work offline"
  exit 77
}
systemd-analyze security --offline=true --no-pager --threshold=20 "$unit" 2>&1
