#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares the keys that the sources of the configuration know with those that kith.conf(5) describes, in both directions.
root=$1
page=$root/docs/man/kith.conf.5
known=$({
  sed -n 's/^ *\(UINT\|BOOL\|STRING\|LIST\|{\) *(\{0,1\}"\([a-z]*\)", "\([a-z-]*\)".*/[\2] \3/p' "$root/lib/node/config/config.c"
  sed -n '/turn_keys\[\]/,/NULL/p' "$root/lib/node/config/config-turn.c" | grep -o '"[a-z-]*"' | sed 's/"\(.*\)"/[turn] \1/'
  sed -n '/phone_keys\[\]/,/NULL/p' "$root/lib/node/config/config-phones.c" | grep -o '"[a-z0-9-]*"' | sed 's/"\(.*\)"/[phone] \1/'
  sed -n '/route_keys\[\]/,/NULL/p' "$root/lib/node/config/config-routes.c" | grep -o '"[a-z0-9-]*"' | sed 's/"\(.*\)"/[route] \1/'
  sed -n '/^static const Key rows/,/^};/p' "$root/lib/model/trunk/trunk.c" | grep -o 'ROW ("[a-z-]*"' | sed 's/.*"\(.*\)"/[trunk] \1/'
  sed -n 's/^#define PASSWORD "\([a-z]*\)".*/[trunk] \1/p' "$root/lib/node/config/config-trunks.c"
  sed -n '/known_keys\[\]/,/NULL/p' "$root/plugins/locator-dht/dht-config.c" | grep -o '"[a-z-]*"' | sed 's/"\(.*\)"/[dht] \1/'
  sed -n 's/.*strcmp (keys\[i\], "\([a-z-]*\)").*/[static] \1/p' "$root/plugins/locator-static/static-plugin.c"
} | sort -u)
described=$(awk '/^\.Ss \[/ { group = $2 } /^\.It Ic / { print group " " $3 }' "$page" | sort -u)
if [ "$(printf '%s\n' "$known" | wc -l)" -lt 15 ]; then
  echo "check-man-conf: the sources were not understood: $known"
  exit 1
fi
if [ "$known" != "$described" ]; then
  echo "$page and the sources differ:"
  printf 'sources:\n%s\npage:\n%s\n' "$known" "$described"
  exit 1
fi
