/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mistyped words lead to the one that was meant, and far ones to none. */
#include "base/nearest.h"

static const char *const words[] = { "node", "sip", "link", "turn", "relay", "audio", "dht", NULL };

static void
test_near (void)
{
  static const struct {
    const char *typed, *meant;
  } cases[] = {
    { "turm", "turn" },   { "Turn", "turn" },   { "turns", "turn" }, { "reley", "relay" },
    { "lnik", "link" },   { "audoi", "audio" }, { "snip", "sip" },   { "dth", "dht" },
    { "weather", NULL },  { "", NULL },         { "x", NULL },       { "turn", "turn" },
    { "nodenode", NULL }, { "xyz", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].typed);
    g_assert_cmpstr (kith_nearest_word (cases[i].typed, words), ==, cases[i].meant);
  }
}

static void
test_long (void)
{
  g_autofree gchar *huge = g_strnfill (100000, 't');
  const char *const long_words[] = { huge, "turn", NULL };

  g_assert_null (kith_nearest_word (huge, long_words));
  g_assert_cmpstr (kith_nearest_word ("turm", long_words), ==, "turn");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/nearest/near", test_near);
  g_test_add_func ("/base/nearest/long", test_long);
  return g_test_run ();
}
