/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the braces in the words, and writes each kind of value. */
#include "words/saying-fill.h"

#include <string.h>

#include "words/value-words.h"
#include "words/word-table.h"

#define MAX_DEPTH 3 /* sayings within sayings */

typedef struct {
  GVariant *values;
  GString *out;
  gboolean is_help;
  gboolean is_whole;
  guint depth;
} Fill;

static gchar *
fill_code (const char *code, GVariant *values, gboolean is_help, gboolean *is_whole, guint depth);

static gchar *
fill_saying (const Fill *fill, GVariant *pair, gboolean *is_whole)
{
  const char *code = NULL;
  g_autoptr (GVariant) values = NULL;

  g_variant_get (pair, "(&s@a{sv})", &code, &values);
  return fill_code (code, values, fill->is_help, is_whole, fill->depth + 1);
}

/* One after the other; the same help is said once. */
static gchar *
fill_sayings (const Fill *fill, GVariant *list, gboolean *is_whole)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) pair = g_variant_get_child_value (list, i);
    g_autofree gchar *part = fill_saying (fill, pair, is_whole);
    if (*part != '\0' && !g_ptr_array_find_with_equal_func (parts, part, g_str_equal, NULL)) {
      g_ptr_array_add (parts, g_steal_pointer (&part));
    }
  }
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (fill->is_help ? " " : "; ", (gchar **)parts->pdata);
}

/* What is written for the value @name. (transfer full) */
static gchar *
word_of (Fill *fill, const char *name)
{
  const char *otherwise = NULL;
  KithValueKind kind = kith_words_kind (name, &otherwise);
  const char *type = kith_value_type (kind);
  g_autoptr (GVariant) value
      = type != NULL ? g_variant_lookup_value (fill->values, name, G_VARIANT_TYPE (type)) : NULL;

  if (value == NULL) {
    fill->is_whole = fill->is_whole && otherwise != NULL;
    return g_strdup (otherwise != NULL ? otherwise : "");
  }
  if (kind == KITH_VALUE_SAYING) {
    return fill_saying (fill, value, &fill->is_whole);
  }
  if (kind == KITH_VALUE_SAYINGS) {
    return fill_sayings (fill, value, &fill->is_whole);
  }
  return kith_value_text (kind, value);
}

static gboolean
has_value (const Fill *fill, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (fill->values, name, NULL);

  return value != NULL;
}

/* The brace that closes the one at @open; NULL: there is none. */
static const char *
find_end (const char *open, const char *end)
{
  guint depth = 0;

  for (const char *at = open; at < end; at++) {
    depth += *at == '{';
    if (*at == '}' && --depth == 0) {
      return at;
    }
  }
  return NULL;
}

static void
fill_text (Fill *fill, const char *text, const char *end)
{
  for (const char *at = text; at < end;) {
    const char *close = *at == '{' ? find_end (at, end) : NULL;
    if (close == NULL) {
      g_string_append_c (fill->out, *at++);
      continue;
    }
    const gsize len = strcspn (at + 1, "?}");
    g_autofree gchar *name = g_strndup (at + 1, len);
    if (at[1 + len] != '?') {
      g_autofree gchar *word = word_of (fill, name);
      g_string_append (fill->out, word);
    } else if (has_value (fill, name)) {
      fill_text (fill, at + 1 + len + 1, close);
    }
    at = close + 1;
  }
}

/* The number that comes first in @text; 0 when it is not there. */
static guint32
first_number (GVariant *values, const char *text)
{
  const char *open = strchr (text, '{');
  guint32 number = 0;

  if (open != NULL) {
    g_autofree gchar *name = g_strndup (open + 1, strcspn (open + 1, "?}"));
    (void)g_variant_lookup (values, name, "u", &number);
  }
  return number;
}

static const char *
pick_text (const KithWords *words, GVariant *values, gboolean is_help)
{
  if (is_help) {
    return kith_words_translate (words->help);
  }
  return words->many != NULL ? kith_words_translate_many (words->text,
                                                          words->many,
                                                          first_number (values, words->text))
                             : kith_words_translate (words->text);
}

static gchar *
fill_code (const char *code, GVariant *values, gboolean is_help, gboolean *is_whole, guint depth)
{
  const KithWords *words = depth <= MAX_DEPTH ? kith_words_find (code) : NULL;
  Fill fill = { values, NULL, is_help, words != NULL, depth };

  if (words != NULL) {
    const char *text = pick_text (words, values, is_help);
    fill.out = g_string_new (NULL);
    if (text != NULL) {
      fill_text (&fill, text, text + strlen (text));
    }
  }
  *is_whole = *is_whole && fill.is_whole;
  return fill.out != NULL ? g_string_free (fill.out, FALSE) : g_strdup ("");
}

gchar *
kith_saying_fill (const char *code, GVariant *values, gboolean is_help, gboolean *is_whole)
{
  return fill_code (code, values, is_help, is_whole, 0);
}
