/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The optimal string alignment distance, over a table that fits the stack. */
#include "base/nearest.h"

#include <string.h>

#define MAX_BYTES 32
#define MAX_DISTANCE 2

static gboolean
same (char a, char b)
{
  return g_ascii_tolower (a) == g_ascii_tolower (b);
}

static guint
distance (const char *a, gsize len_a, const char *b, gsize len_b)
{
  guint8 table[MAX_BYTES + 1][MAX_BYTES + 1];

  for (gsize i = 0; i <= len_a; i++) {
    table[i][0] = (guint8)i;
  }
  for (gsize k = 0; k <= len_b; k++) {
    table[0][k] = (guint8)k;
  }
  for (gsize i = 1; i <= len_a; i++) {
    for (gsize k = 1; k <= len_b; k++) {
      guint replaced = table[i - 1][k - 1] + !same (a[i - 1], b[k - 1]);
      guint least = MIN (replaced, MIN (table[i - 1][k], table[i][k - 1]) + 1U);
      if (i > 1 && k > 1 && same (a[i - 1], b[k - 2]) && same (a[i - 2], b[k - 1])) {
        least = MIN (least, table[i - 2][k - 2] + 1U);
      }
      table[i][k] = (guint8)least;
    }
  }
  return table[len_a][len_b];
}

const char *
kith_nearest_word (const char *typed, const char *const *words)
{
  gsize len = strlen (typed);
  const char *best = NULL;
  guint best_distance = MAX_DISTANCE + 1;

  for (guint i = 0; len <= MAX_BYTES && words[i] != NULL; i++) {
    gsize other = strlen (words[i]);
    if (other > MAX_BYTES) {
      continue;
    }
    guint d = distance (typed, len, words[i], other);
    if (d < best_distance && d * 2 <= MAX (len, other)) {
      best = words[i];
      best_distance = d;
    }
  }
  return best;
}
