#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The words of lib/words and their translations: kith.pot is not stale, every language has all of them, and no braces got lost.
set -eu

top=$1
po=$top/lib/words/po
if ! command -v xgettext > /dev/null; then
  echo "SKIPPED: gettext is not installed"
  exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
bad=0
complain () {
  echo "$1"
  bad=1
}

sh "$po/update.sh" "$folder"
diff -u "$po/kith.pot" "$folder/kith.pot" || complain "kith.pot is stale: sh lib/words/po/update.sh makes it anew"
while read -r language; do
  diff -u "$po/$language.po" "$folder/$language.po" || complain "$language.po is not up to kith.pot: sh lib/words/po/update.sh merges them"
  msgfmt --check --output-file=/dev/null "$po/$language.po" || complain "$language.po has a fault"
  msgattrib --untranslated --no-wrap "$po/$language.po" > "$folder/left"
  [ ! -s "$folder/left" ] || { cat "$folder/left"; complain "$language.po lacks words"; }
  [ -z "$(msgattrib --only-obsolete "$po/$language.po")" ] || complain "$language.po has words that nothing says any more"
done < "$po/LINGUAS"
# What is marked must be read by xgettext, too.
for file in $(cd "$top" && grep -rlE '\b(PHRASE|ONE|HELP|ONE_OR_MANY) \("' --include='*.c' lib client daemon plugins | sort); do
  grep -qx "$file" "$po/POTFILES" || complain "$file is not in lib/words/po/POTFILES"
done
# Each step of a time line that is told has words, and no words are left over; "step-state-" is put together with what follows.
steps="$top/lib/words/step-words.c"
grep -oE '^  \{ "[a-z-]+"' "$steps" | cut -d'"' -f2 | sort > "$folder/rows"
(cd "$top" && grep -rhoE '"(step|route|refusal)-[a-z-]+"' --include='*.[ch]' lib daemon --exclude=step-words.c) | tr -d '"' | sort -u > "$folder/told"
while read -r code; do
  case $code in
  *-) grep -q "^$code" "$folder/rows" || complain "no step begins with $code" ;;
  *) grep -qx "$code" "$folder/rows" || complain "the step $code has no words in lib/words/step-words.c" ;;
  esac
done < "$folder/told"
sed -n 's/^\(.*-\)$/^\1/p' "$folder/told" > "$folder/begun"
grep -vxF -f "$folder/told" "$folder/rows" | grep -v -f "$folder/begun" > "$folder/left" || true
while read -r code; do
  complain "nothing tells of the step $code"
done < "$folder/left"
exit $bad
