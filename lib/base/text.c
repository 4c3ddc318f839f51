/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sanitizing, base 32 and hexadecimal. */
#include "base/text.h"

#include <string.h>

#define REPLACEMENT 0xFFFDu

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static gboolean
is_showable (gunichar c)
{
  static const guint32 hidden = 1u << G_UNICODE_CONTROL | 1u << G_UNICODE_FORMAT
                                | 1u << G_UNICODE_SURROGATE | 1u << G_UNICODE_PRIVATE_USE
                                | 1u << G_UNICODE_UNASSIGNED | 1u << G_UNICODE_LINE_SEPARATOR
                                | 1u << G_UNICODE_PARAGRAPH_SEPARATOR;

  return (hidden >> g_unichar_type (c) & 1) == 0;
}

int
kith_text_find_broken (int argc, char **argv)
{
  for (int i = 1; i < argc; i++) {
    if (!g_utf8_validate (argv[i], -1, NULL)) {
      return i;
    }
  }
  return 0;
}

gchar *
kith_text_safe (const char *text, gssize len, guint max_chars)
{
  GString *out = g_string_new (NULL);
  const char *p = text;
  const char *end = text == NULL ? NULL : text + (len < 0 ? strlen (text) : (gsize)len);
  guint chars = 0;

  while (p < end) {
    if (chars == max_chars) {
      g_string_append (out, "…");
      break;
    }
    gunichar c = g_utf8_get_char_validated (p, end - p);
    gboolean valid = c < 0x110000u;
    g_string_append_unichar (out, valid && is_showable (c) ? c : REPLACEMENT);
    p = valid ? g_utf8_next_char (p) : p + 1;
    chars++;
  }
  return g_string_free (out, FALSE);
}

gchar *
kith_base32_encode (const guint8 *data, gsize len)
{
  GString *out = g_string_sized_new (len * 8 / 5 + 2);
  guint32 bits = 0;
  guint n = 0;

  for (gsize i = 0; i < len; i++) {
    bits = bits << 8 | data[i];
    for (n += 8; n >= 5; n -= 5) {
      g_string_append_c (out, alphabet[bits >> (n - 5) & 31]);
    }
    bits &= (1u << n) - 1;
  }
  if (n > 0) {
    g_string_append_c (out, alphabet[bits << (5 - n) & 31]);
  }
  return g_string_free (out, FALSE);
}

static gint
base32_value (char c)
{
  char lower = g_ascii_tolower (c);

  if (lower == 'o') {
    return 0;
  }
  if (lower == 'i' || lower == 'l') {
    return 1;
  }
  const char *at = lower != '\0' ? strchr (alphabet, lower) : NULL;
  return at != NULL ? (gint)(at - alphabet) : -1;
}

gboolean
kith_base32_decode (const char *text, guint8 *data, gsize len)
{
  guint32 bits = 0;
  guint n = 0;
  gsize at = 0;
  gsize chars = 0;

  for (; *text != '\0'; text++) {
    if (*text == '-') {
      continue;
    }
    gint value = base32_value (*text);
    if (value < 0 || ++chars > (len * 8 + 4) / 5) {
      return FALSE;
    }
    bits = bits << 5 | (guint32)value;
    n += 5;
    if (n >= 8) {
      n -= 8;
      data[at++] = (guint8)(bits >> n);
      bits &= (1u << n) - 1;
    }
  }
  return at == len && bits == 0 && chars == (len * 8 + 4) / 5;
}

gchar *
kith_hex_encode (const guint8 *data, gsize len)
{
  GString *out = g_string_sized_new (2 * len + 1);

  for (gsize i = 0; i < len; i++) {
    g_string_append_printf (out, "%02x", data[i]);
  }
  return g_string_free (out, FALSE);
}

gboolean
kith_hex_decode (const char *text, guint8 *data, gsize len)
{
  if (strlen (text) != 2 * len) {
    return FALSE;
  }
  for (gsize i = 0; i < len; i++) {
    gint high = g_ascii_xdigit_value (text[2 * i]);
    gint low = g_ascii_xdigit_value (text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return FALSE;
    }
    data[i] = (guint8)(high << 4 | low);
  }
  return TRUE;
}
