/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the values of a saying into its words. */
#include "words/saying.h"

#include "base/text.h"
#include "words/saying-fill.h"
#include "words/word-table.h"

#define MAX_SENTENCE 6000

KithSaying *
kith_saying_read (const char *code, GVariant *values)
{
  gboolean is_whole = code != NULL && values != NULL
                      && g_variant_is_of_type (values, G_VARIANT_TYPE_VARDICT)
                      && kith_words_find (code) != NULL;

  if (!is_whole) {
    return NULL;
  }
  g_autofree gchar *text = kith_saying_fill (code, values, FALSE, &is_whole);
  g_autofree gchar *help = kith_saying_fill (code, values, TRUE, &is_whole);
  return is_whole ? kith_saying_new_with (code, values) : NULL;
}

static gchar *
words_of (KithSaying *saying, gboolean is_help)
{
  g_autoptr (GVariant) values = kith_saying_get_values (saying);
  gboolean is_whole = TRUE;
  g_autofree gchar *raw
      = kith_saying_fill (kith_saying_get_code (saying), values, is_help, &is_whole);

  return kith_text_safe (raw, -1, MAX_SENTENCE);
}

gchar *
kith_saying_tell (KithSaying *saying)
{
  return words_of (saying, FALSE);
}

gchar *
kith_saying_help (KithSaying *saying)
{
  return words_of (saying, TRUE);
}
