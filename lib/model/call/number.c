/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Separators go first; then the longest rule that fits counts. */
#include "model/call/number.h"

#include <string.h>

#define LEAST_GLOBAL 5 /* digits behind the "+" */
#define MOST_GLOBAL 15
#define SEPARATORS " \t-./()"

static const char *
or_else (const char *text, const char *usual)
{
  return text != NULL ? text : usual;
}

/* Digits, "+" in front alone, "*" and "#"; at most KITH_NUMBER_MAX of them. FALSE: something
   else, or nothing. */
static gboolean
strip (const char *text, gchar *out)
{
  gsize len = 0;

  for (; *text != '\0'; text++) {
    if (*out == '+' && g_str_has_prefix (text, "(0)")) {
      text += 2; /* "+49 (0)30": nobody dials that nought */
    } else if (g_str_has_prefix (text, "\xc2\xa0")) {
      text += 1; /* a blank that does not break */
    } else if (strchr (SEPARATORS, *text) == NULL) {
      gboolean good
          = g_ascii_isdigit (*text) || *text == '*' || *text == '#' || (*text == '+' && len == 0);
      if (!good || len == KITH_NUMBER_MAX) {
        return FALSE;
      }
      out[len++] = *text;
    }
    out[len] = '\0';
  }
  return len > 0;
}

static gboolean
is_global (const char *text)
{
  gsize digits = *text == '+' ? strspn (text + 1, "0123456789") : 0;

  return digits >= LEAST_GLOBAL && digits <= MOST_GLOBAL && text[digits + 1] == '\0'
         && text[1] != '0';
}

/* One of a list with ";" between. */
static gboolean
is_in (const char *list, const char *text)
{
  g_auto (GStrv) words = g_strsplit (or_else (list, ""), ";", -1);

  for (guint i = 0; words[i] != NULL; i++) {
    if (g_str_equal (g_strstrip (words[i]), text)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* What @text becomes by the rules, as a global number; or NULL. (transfer full) */
static gchar *
globalize (const char *text, const KithDialRules *rules)
{
  const char *international = or_else (rules->international, "00");
  const char *national = or_else (rules->national, "0");
  const char *country = or_else (rules->country, "");
  const char *area = or_else (rules->area, "");

  if (*text == '+') {
    return g_strdup (text);
  }
  if (*international != '\0' && g_str_has_prefix (text, international)) {
    return g_strconcat ("+", text + strlen (international), NULL);
  }
  if (*country == '\0') {
    return NULL;
  }
  if (g_str_has_prefix (text, national)) { /* an empty one: all have their area's code */
    return g_strconcat ("+", country, text + strlen (national), NULL);
  }
  return *area != '\0' ? g_strconcat ("+", country, area, text, NULL) : NULL;
}

/* "tel:" and its parameters off; @context: (out): what a local number is part of, or empty. */
static gchar *
take_uri (const char *dialled, gchar *context)
{
  g_autofree gchar *text = g_strdup (dialled);

  *context = '\0';
  if (g_ascii_strncasecmp (text, "tel:", 4) != 0) {
    return g_steal_pointer (&text);
  }
  g_auto (GStrv) parts = g_strsplit (text + 4, ";", -1);
  for (guint i = 1; parts[0] != NULL && parts[i] != NULL; i++) {
    if (g_ascii_strncasecmp (parts[i], "phone-context=+", 15) == 0
        && !strip (parts[i] + 14, context)) {
      *context = '\0';
    }
  }
  return g_strdup (or_else (parts[0], ""));
}

void
kith_number_read (const char *dialled, const KithDialRules *rules, KithNumber *number)
{
  gchar context[KITH_NUMBER_MAX + 1] = "";
  g_autofree gchar *text = take_uri (dialled, context);

  memset (number, 0, sizeof *number);
  if (!strip (text, number->text)) {
    number->text[0] = '\0';
    return;
  }
  if (is_in (rules->emergency, number->text)) {
    number->kind = KITH_NUMBER_EMERGENCY;
    return;
  }
  if (strpbrk (number->text, "*#") != NULL) {
    number->kind = number->text[0] == '+' ? KITH_NUMBER_NONE : KITH_NUMBER_KEYS;
    number->text[number->text[0] == '+' ? 0 : strlen (number->text)] = '\0';
    return;
  }
  g_autofree gchar *global = *context != '\0' && number->text[0] != '+'
                                 ? g_strconcat (context, number->text, NULL)
                                 : globalize (number->text, rules);
  if (global == NULL) {
    number->kind = KITH_NUMBER_LOCAL;
  } else if (is_global (global)) {
    number->kind = KITH_NUMBER_GLOBAL;
    (void)g_strlcpy (number->text, global, sizeof number->text);
  } else {
    number->kind = number->text[0] == '+' ? KITH_NUMBER_NONE : KITH_NUMBER_LOCAL;
    number->text[number->text[0] == '+' ? 0 : strlen (number->text)] = '\0';
  }
}

gboolean
kith_number_format_parse (const char *word, KithNumberFormat *format)
{
  static const char *const words[] = { "e164", "00", "national" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (word, words[i])) {
      *format = (KithNumberFormat)i;
      return TRUE;
    }
  }
  return FALSE;
}

gchar *
kith_number_format (const KithNumber *number, KithNumberFormat format, const KithDialRules *rules)
{
  const char *country = or_else (rules->country, "");
  const char *digits = number->text + 1;

  if (number->kind != KITH_NUMBER_GLOBAL || format == KITH_NUMBER_AS_E164) {
    return g_strdup (number->text);
  }
  if (format == KITH_NUMBER_AS_NATIONAL && *country != '\0' && g_str_has_prefix (digits, country)) {
    return g_strconcat (or_else (rules->national, "0"), digits + strlen (country), NULL);
  }
  return g_strconcat (or_else (rules->international, "00"), digits, NULL);
}

gsize
kith_number_match (const char *number, const char *prefixes)
{
  g_auto (GStrv) words = g_strsplit (or_else (prefixes, ""), ";", -1);
  gsize longest = 0;

  for (guint i = 0; words[i] != NULL; i++) {
    const char *word = g_strstrip (words[i]);
    gsize len = g_str_equal (word, "*") ? 0 : strlen (word);
    if (*word != '\0' && strncmp (number, word, len) == 0) {
      longest = MAX (longest, len + 1);
    }
  }
  return longest;
}
