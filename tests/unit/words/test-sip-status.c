/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SIP statuses in words: all that telephones send, and phrases that nobody should trust. */
#include "words/sip-status.h"

#include <string.h>

/* "" when there is nothing to do or nothing is known of the status. (transfer full) */
static gchar *
remedy_of (guint status)
{
  KithSaying *saying = kith_sip_status_saying (status);
  gchar *remedy = saying != NULL ? kith_saying_help (saying) : g_strdup ("");

  g_clear_pointer (&saying, kith_saying_free);
  return remedy;
}

static void
test_words (void)
{
  static const guint known[] = { 400, 401, 403, 404, 405, 406, 407, 408, 415, 416, 420, 421, 422,
                                 480, 481, 484, 486, 488, 491, 500, 503, 600, 603, 604, 606 };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++) {
    g_test_message ("%u", known[i]);
    g_assert_nonnull (kith_sip_status_what (known[i]));
    g_autofree gchar *remedy = remedy_of (known[i]);
    g_assert_true (known[i] == 603 || *remedy != '\0');
  }
  for (guint status = 0; status < 1000; status++) {
    const char *what = kith_sip_status_what (status);
    g_autofree gchar *remedy = remedy_of (status);

    g_assert_true (what == NULL || (strlen (what) < 100 && !g_str_has_suffix (what, ".")));
    g_assert_true (*remedy == '\0' || g_str_has_suffix (remedy, "."));
    g_assert_true (what != NULL || *remedy == '\0');
    g_assert_true (what == NULL || status >= 400);
  }
  g_assert_nonnull (strstr (kith_sip_status_what (401), "password"));
  g_assert_nonnull (strstr (kith_sip_status_what (407), "password"));
  g_assert_nonnull (strstr (kith_sip_status_what (480), "away"));
}

static void
assert_said (guint status, const char *detail, const char *expected)
{
  g_autofree gchar *said = kith_sip_status_said (status, detail);

  g_assert_cmpstr (said, ==, expected);
}

static void
test_said (void)
{
  g_autofree gchar *endless = g_strnfill (4000, 'x');
  g_autofree gchar *detail = g_strconcat ("486 ", endless, NULL);
  g_autofree gchar *cut = kith_sip_status_said (486, detail);

  assert_said (486, "486 Busy Here", "“Busy Here” (SIP 486)");
  assert_said (486, "486 ", "SIP 486");
  assert_said (486, "486", "SIP 486");
  assert_said (486, NULL, "SIP 486");
  assert_said (486, "487 Busy Here", "SIP 486"); /* of another answer */
  assert_said (486, "no path", "SIP 486");
  assert_said (603, "603  Nein danke ", "“Nein danke” (SIP 603)");
  assert_said (603, "603 \x1b[31mred\n", "“\xEF\xBF\xBD[31mred\xEF\xBF\xBD” (SIP 603)");
  g_assert_cmpuint (g_utf8_strlen (cut, -1), <, 80);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sip-status/words", test_words);
  g_test_add_func ("/sip-status/said", test_said);
  return g_test_run ();
}
