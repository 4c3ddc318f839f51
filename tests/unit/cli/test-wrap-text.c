/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines that fit a terminal. */
#include "cli/text/wrap-text.h"

#include <string.h>

static void
assert_wraps (const char *text, guint indent)
{
  g_autofree gchar *wrapped = kith_wrap_text (text, indent);
  g_auto (GStrv) lines = g_strsplit (wrapped, "\n", -1);
  GString *joined = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++) {
    guint start = i == 0 ? 0 : indent;
    g_assert_cmpint (g_utf8_strlen (lines[i], -1) + (i == 0 ? indent : 0), <=, KITH_WRAP_COLUMNS);
    g_assert_cmpuint (strspn (lines[i], " "), ==, start);
    g_string_append_printf (joined, "%s%s", i > 0 ? " " : "", lines[i] + start);
  }
  g_autofree gchar *all = g_string_free (joined, FALSE);
  g_assert_cmpstr (all, ==, text); /* no word is lost */
}

static void
test_fits (void)
{
  GString *text = g_string_new ("“one”");

  assert_wraps ("", 0);
  for (guint i = 0; i < 100; i++) {
    assert_wraps (text->str, 0);
    assert_wraps (text->str, 24);
    g_string_append_printf (text, " wörd%u", i);
  }
  (void)g_string_free (text, TRUE);
}

static void
test_long_word (void)
{
  g_autofree gchar *word = g_strnfill (100, 'x');
  g_autofree gchar *text = g_strconcat ("a ", word, " b", NULL);
  g_autofree gchar *expected = g_strconcat ("a\n  ", word, "\n  b", NULL);
  g_autofree gchar *wrapped = kith_wrap_text (text, 2);

  g_assert_cmpstr (wrapped, ==, expected);
}

static void
test_fit (void)
{
  g_autofree gchar *short_one = kith_fit_text ("bøb", 5);
  g_autofree gchar *exact = kith_fit_text ("bøb", 3);
  g_autofree gchar *long_one = kith_fit_text ("bøbøb", 4);
  g_autofree gchar *nothing = kith_fit_text ("", 2);

  g_assert_cmpstr (short_one, ==, "bøb  ");
  g_assert_cmpstr (exact, ==, "bøb");
  g_assert_cmpstr (long_one, ==, "bøb…");
  g_assert_cmpstr (nothing, ==, "  ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/wrap-text/fits", test_fits);
  g_test_add_func ("/cli/wrap-text/long-word", test_long_word);
  g_test_add_func ("/cli/wrap-text/fit", test_fit);
  return g_test_run ();
}
