/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The normal form of user names, with GLib's Unicode tables. */
#include "model/names/name.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define MAX_TEXT 512

typedef struct {
  gunichar first, last;
} Range;

/* Letters and marks that show nothing (Default_Ignorable_Code_Point), which RFC 8264 section 9.13
   disallows. */
static const Range ignorable[] = {
  { 0x034F, 0x034F }, { 0x115F, 0x1160 }, { 0x17B4, 0x17B5 },   { 0x180B, 0x180F },
  { 0x3164, 0x3164 }, { 0xFE00, 0xFE0F }, { 0xE0100, 0xE01EF },
};

/* Old Hangul jamo that compose to nothing (RFC 8264 section 9.9). */
static const Range old_jamo[] = { { 0x1100, 0x11FF }, { 0xA960, 0xA97F }, { 0xD7B0, 0xD7FF } };

/* Blocks that run from right to left. */
static const Range right_to_left[] = {
  { 0x0590, 0x08FF },   { 0xFB1D, 0xFDFF },   { 0xFE70, 0xFEFF },
  { 0x10800, 0x10FFF }, { 0x1E800, 0x1EFFF },
};

static gboolean
in_ranges (gunichar c, const Range *ranges, guint n_ranges)
{
  for (guint i = 0; i < n_ranges; i++) {
    if (c >= ranges[i].first && c <= ranges[i].last) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS, why);
  return FALSE;
}

static gboolean
is_mark (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_SPACING_MARK;
}

static gboolean
is_letter (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_LOWERCASE_LETTER || type == G_UNICODE_UPPERCASE_LETTER
         || type == G_UNICODE_OTHER_LETTER || type == G_UNICODE_MODIFIER_LETTER;
}

static gboolean
is_digit (gunichar c)
{
  return g_unichar_type (c) == G_UNICODE_DECIMAL_NUMBER;
}

static gboolean
is_allowed (gunichar c)
{
  if (in_ranges (c, ignorable, G_N_ELEMENTS (ignorable))
      || in_ranges (c, old_jamo, G_N_ELEMENTS (old_jamo))) {
    return FALSE;
  }
  return c == '.' || c == '-' || c == '_' || is_letter (c) || is_mark (c) || is_digit (c);
}

/* Width mapping (RFC 8265 section 3.3.2 rule 1) and lower case (rule 3), without a look at the
   locale. */
static gchar *
map_width_and_case (const char *text)
{
  GString *out = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    gunichar wide[G_UNICHAR_MAX_DECOMPOSITION_LENGTH] = { c };
    gsize n = 1;
    if (c >= 0xFF01 && c <= 0xFFEF) {
      n = g_unichar_fully_decompose (c, TRUE, wide, G_N_ELEMENTS (wide));
    }
    for (gsize i = 0; i < n; i++) {
      g_string_append_unichar (out, g_unichar_tolower (wide[i]));
    }
  }
  return g_string_free (out, FALSE);
}

static gboolean
check_characters (const char *name, GError **error)
{
  gunichar first = g_utf8_get_char (name);

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (is_allowed (c)) {
      continue;
    }
    char utf8[8] = "";
    utf8[g_unichar_to_utf8 (c, utf8)] = '\0';
    g_autofree gchar *shown = kith_text_safe (utf8, -1, 1);
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_INVALID_ADDRESS,
        "A name cannot contain \"%s\" (U+%04X); use letters, digits, \".\", \"-\" and \"_\"",
        shown,
        c);
    return FALSE;
  }
  if (!is_letter (first) && !is_digit (first)) {
    return refuse (error, "A name begins with a letter or a digit; put one in front");
  }
  g_autofree gchar *compatible = g_utf8_normalize (name, -1, G_NORMALIZE_NFKC);
  if (compatible == NULL || strcmp (compatible, name) != 0) {
    return refuse (error,
                   "A name cannot contain ligatures, superscripts or similar forms of letters; use "
                   "plain letters");
  }
  return TRUE;
}

/* UTS 39: one script, except those that are written together. */
static gboolean
check_script (const char *name, GError **error)
{
  enum { HAN = 1, HIRAGANA = 2, KATAKANA = 4, HANGUL = 8, BOPOMOFO = 16, OTHER = 32 };
  guint seen = 0;
  GUnicodeScript other = G_UNICODE_SCRIPT_INVALID_CODE;

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    GUnicodeScript script = g_unichar_get_script (g_utf8_get_char (p));
    if (script == G_UNICODE_SCRIPT_COMMON || script == G_UNICODE_SCRIPT_INHERITED) {
      continue;
    }
    if (script == G_UNICODE_SCRIPT_HAN) {
      seen |= HAN;
    } else if (script == G_UNICODE_SCRIPT_HIRAGANA) {
      seen |= HIRAGANA;
    } else if (script == G_UNICODE_SCRIPT_KATAKANA) {
      seen |= KATAKANA;
    } else if (script == G_UNICODE_SCRIPT_HANGUL) {
      seen |= HANGUL;
    } else if (script == G_UNICODE_SCRIPT_BOPOMOFO) {
      seen |= BOPOMOFO;
    } else {
      if ((seen & OTHER) != 0 && script != other) {
        return refuse (error,
                       "A name cannot mix alphabets; write it with the letters of one of them");
      }
      seen |= OTHER;
      other = script;
    }
  }
  gboolean together = seen == OTHER || (seen & ~(guint)(HAN | HIRAGANA | KATAKANA)) == 0
                      || (seen & ~(guint)(HAN | HANGUL)) == 0
                      || (seen & ~(guint)(HAN | BOPOMOFO)) == 0;
  return together
         || refuse (error, "A name cannot mix alphabets; write it with the letters of one of them");
}

/* UTS 39: digits of one system, which covers the contextual rules for Arabic digits (RFC 5892 A.8
   and A.9). */
static gboolean
check_digits (const char *name, GError **error)
{
  gunichar zero = 0;

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (!is_digit (c)) {
      continue;
    }
    gunichar this_zero = c - (gunichar)g_unichar_digit_value (c);
    if (zero != 0 && this_zero != zero) {
      return refuse (error, "A name cannot mix digits of several systems; use one");
    }
    zero = this_zero;
  }
  return TRUE;
}

/* RFC 5893 section 2, simplified by what was checked before: one script and one system of
   digits. */
static gboolean
check_direction (const char *name, GError **error)
{
  gboolean any = FALSE;
  gunichar last = 0;

  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    any = any || in_ranges (c, right_to_left, G_N_ELEMENTS (right_to_left));
    last = is_mark (c) ? last : c;
  }
  if (!any) {
    return TRUE;
  }
  gunichar first = g_utf8_get_char (name);
  if (!is_letter (first) || !in_ranges (first, right_to_left, G_N_ELEMENTS (right_to_left))) {
    return refuse (error,
                   "A name that is written from right to left begins with a letter of its script");
  }
  gboolean good_end
      = is_digit (last)
        || (is_letter (last) && in_ranges (last, right_to_left, G_N_ELEMENTS (right_to_left)));
  return good_end
         || refuse (error,
                    "A name that is written from right to left ends with a letter or a digit");
}

gchar *
kith_name_normalize (const char *text, GError **error)
{
  if (text == NULL || *text == '\0') {
    refuse (error, "The name is empty; type one");
    return NULL;
  }
  if (strlen (text) > MAX_TEXT) {
    refuse (error, "The name is too long; 24 bytes are the most");
    return NULL;
  }
  if (!g_utf8_validate (text, -1, NULL)) {
    refuse (error, "The name is not valid UTF-8; set the terminal to UTF-8 and type it again");
    return NULL;
  }
  g_autofree gchar *mapped = map_width_and_case (text);
  g_autofree gchar *name = g_utf8_normalize (mapped, -1, G_NORMALIZE_NFC);
  if (name == NULL || *name == '\0') {
    refuse (error, "The name is empty; type one");
    return NULL;
  }
  if (!check_characters (name, error) || !check_script (name, error) || !check_digits (name, error)
      || !check_direction (name, error)) {
    return NULL;
  }
  if (strlen (name) > KITH_NAME_MAX) {
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_INVALID_ADDRESS,
        "The name is too long: %u bytes of UTF-8, and %d are the most; choose a shorter one",
        (guint)strlen (name),
        KITH_NAME_MAX);
    return NULL;
  }
  return g_steal_pointer (&name);
}

gchar *
kith_name_with_tag (const char *name, const guint8 tag[KITH_TAG_LEN])
{
  g_autofree gchar *text = kith_base32_encode (tag, KITH_TAG_LEN);

  return g_strdup_printf ("%s~%s", name, text);
}
