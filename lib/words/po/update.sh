#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes kith.pot anew from the words in the sources, and brings the translations up to it.
set -eu

usage () {
  cat << 'END'
Usage: sh lib/words/po/update.sh [FOLDER]

Makes kith.pot and, for each language, LANGUAGE.po of what is there now; needs gettext.
  FOLDER  put them there, and leave those in the sources alone
END
}

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
out=${1:-$here}
case $out in
-*) usage; exit 2 ;;
esac

cd "$top"
# File names without lines, and no date: nothing changes unless a word does.
xgettext --files-from="$here/POTFILES" --output=- --language=C --from-code=UTF-8 --add-location=file --package-name=kith \
  --msgid-bugs-address="see README.md" --keyword --keyword=PHRASE --keyword=ONE --keyword=HELP --keyword=ONE_OR_MANY:1,2 |
  sed -e '/^"POT-Creation-Date:/d' -e '/^#, fuzzy$/d' -e '/^#, c-format$/d' \
    -e '1,/^#$/c# SPDX-License-Identifier: GPL-3.0-or-later\n# The words of lib/words, made by update.sh.' > "$out/kith.pot.new"
mv "$out/kith.pot.new" "$out/kith.pot"
while read -r language; do
  msgmerge --quiet --no-fuzzy-matching --add-location=file --output-file="$out/$language.po.new" "$here/$language.po" "$out/kith.pot"
  mv "$out/$language.po.new" "$out/$language.po"
done < "$here/LINGUAS"
