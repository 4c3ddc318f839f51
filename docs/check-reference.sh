#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The API reference comes about without a warning, and holds what a plugin needs, with its text.
#
#   check-reference.sh DOXYFILE DIRECTORY
set -eu
command -v doxygen >/dev/null || {
  echo "SKIPPED: doxygen is not installed"
  exit 77
}
doxygen "$1" || {
  echo "doxygen has something to say about the headers: see above" >&2
  exit 1
}
html=$2/html
# shows PAGE TEXT: the page says so.
shows() {
  sed 's/<[^>]*>//g' "$html/$1" | grep -q -F "$2" || {
    echo "the reference's $1 does not say: $2" >&2
    exit 1
  }
}
shows locator_8h.html "kith_locator_look_up_async"
shows locator_8h.html "found may be called any number of times"
shows plugin_8h.html "What a plugin exports: one const struct."
shows index.html "Writing a plugin"
