/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modules are drawn light where they are light, whatever the terminal's colours are: black and
   white are named. */
#include "common/qr-code.h"

#include <qrencode.h>
#include <string.h>

#define MAX_TEXT 512
#define MARGIN 2 /* modules; four are wanted (ISO 18004), two do for telephones */

/* TRUE: dark. */
static gboolean
is_dark (const QRcode *code, int x, int y)
{
  return x >= 0 && y >= 0 && x < code->width && y < code->width
         && (code->data[y * code->width + x] & 1) != 0;
}

gchar *
kith_qr_text (const char *text)
{
  static const char *const blocks[] = { "\u2588", "\u2580", "\u2584", " " };
  QRcode *code = strlen (text) <= MAX_TEXT
                     ? QRcode_encodeString (text, 0, QR_ECLEVEL_L, QR_MODE_8, 1)
                     : NULL;

  if (code == NULL) {
    return NULL;
  }
  GString *out = g_string_new (NULL);
  for (int y = -MARGIN; y < code->width + MARGIN; y += 2) {
    g_string_append (out, "\033[97;40m");
    for (int x = -MARGIN; x < code->width + MARGIN; x++) {
      const guint upper = is_dark (code, x, y) ? 1 : 0;
      const guint lower = is_dark (code, x, y + 1) ? 1 : 0;
      /* 0: both light, 1: the upper one alone, 2: the lower one alone, 3: none */
      g_string_append (out, blocks[upper * 2 + lower]);
    }
    g_string_append (out, "\033[0m\n");
  }
  QRcode_free (code);
  return g_string_free (out, FALSE);
}
