#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Checks manual pages with mandoc: no warning may remain. Exit code 77: mandoc is not installed.
command -v mandoc > /dev/null || { echo "mandoc is not installed: skipped"; exit 77; }
# References between pages that are not installed yet are not an error of the pages.
found=$(mandoc -T lint -W warning "$@" 2>&1)
if [ -n "$found" ]; then
  printf '%s\n' "$found"
  exit 1
fi
