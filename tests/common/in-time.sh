#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs a program that keeps real time to the millisecond before all others, where that is allowed (root): then tests can run beside it.
set -eu
if command -v chrt >/dev/null 2>&1 && chrt --rr 2 true 2>/dev/null; then
  exec chrt --rr 2 "$@"
fi
exec "$@"
