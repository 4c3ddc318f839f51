/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All tables of words as one. */
#include "words/word-table.h"

static const KithWords *(*const tables[]) (guint index)
    = { kith_call_words_at, kith_doctor_words_at, kith_config_words_at, kith_obstacle_words_at,
        kith_end_words_at,  kith_status_words_at, kith_step_words_at };

const KithWords *
kith_words_at (guint index)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    const KithWords *words = tables[i](index);
    if (words != NULL) {
      return words;
    }
    for (guint n = 0; tables[i](n) != NULL; n++) {
      index--;
    }
  }
  return NULL;
}

/* All words by their codes, made once. */
static gpointer
index_words (gpointer unused)
{
  GHashTable *index = g_hash_table_new (g_str_hash, g_str_equal);
  const KithWords *words;

  for (guint i = 0; (words = kith_words_at (i)) != NULL; i++) {
    g_hash_table_insert (index, (gpointer)words->code, (gpointer)words);
  }
  return index;
}

const KithWords *
kith_words_find (const char *code)
{
  static GOnce once = G_ONCE_INIT;

  return g_hash_table_lookup (g_once (&once, index_words, NULL), code);
}
