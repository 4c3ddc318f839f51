/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Character by character (XML 1.0 section 2.2). */
#include "model/phone/xml-text.h"

#include <string.h>

static gboolean
is_allowed (gunichar c)
{
  return (c >= 0x20 && c != 0x7f && c < 0xd800) || (c >= 0xe000 && c < 0xfffe)
         || (c >= 0x10000 && c <= 0x10ffff);
}

static void
put_char (GString *out, gunichar c)
{
  switch (c) {
  case '<':
    g_string_append (out, "&lt;");
    return;
  case '>':
    g_string_append (out, "&gt;");
    return;
  case '&':
    g_string_append (out, "&amp;");
    return;
  case '"':
    g_string_append (out, "&quot;");
    return;
  case '\'':
    g_string_append (out, "&apos;");
    return;
  default:
    g_string_append_unichar (out, is_allowed (c) ? c : '?');
  }
}

void
kith_xml_put (GString *out, const char *text, gsize most)
{
  const char *end = text + strnlen (text, most);

  while (text < end) {
    const gunichar c = g_utf8_get_char_validated (text, end - text);
    if (c == (gunichar)-2) { /* cut in two */
      return;
    }
    put_char (out, c);
    text = c == (gunichar)-1 ? text + 1 : g_utf8_next_char (text);
  }
}

void
kith_xml_put_attribute (GString *out, const char *name, const char *text, gsize most)
{
  if (text != NULL && *text != '\0') {
    g_string_append_printf (out, " %s=\"", name);
    kith_xml_put (out, text, most);
    g_string_append_c (out, '"');
  }
}
