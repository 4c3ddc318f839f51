/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the words for who calls: names, tags and keys, and that nobody has a tag who has proved
   none. */
#include "model/call/who.h"

#include <string.h>

static void
test_names (void)
{
  static const struct {
    KithWho who;
    const char *name, *text;
  } rows[] = {
    { { "bob", "", "7k2f9qxm", "KEY", "bob", "srtp-link", "seen" }, "bob~7k2f9qxm", NULL },
    { { "mum", "alice", "7k2f9qxm", "KEY", "mum", "srtp-link", "seen" },
      "mum (alice~7k2f9qxm)",
      NULL },
    { { "alice", "alice", "7k2f9qxm", "KEY", "alice", "srtp-link", "seen" },
      "alice~7k2f9qxm",
      NULL },
    { { "mum", "alice", "", "KEY", "mum", "srtp-link", "seen" }, "mum", NULL },
    { { "bob", NULL, NULL, "KEY", "bob", "srtp-link", "mismatch" },
      "bob",
      "bob (ANOTHER KEY than before)" },
    { { NULL, NULL, NULL, "KEY", "KEY", "srtp-link", "unknown" }, "KEY", NULL },
    { { "nemo", "", "", "", "nemo", "", "unknown" }, "nemo", NULL },
    { { "Bob", "", "", "", "sip:bob@192.0.2.7", "none", "unknown" },
      "\"Bob\" <sip:bob@192.0.2.7>",
      NULL },
    { { "Bob\" <sip:mum@home>", "", "", "", "sip:bob@192.0.2.7", "none", "unknown" },
      "\"Bob' 'sip:mum@home'\" <sip:bob@192.0.2.7>",
      NULL },
    { { "", "", "", "", "sip:bob@192.0.2.7", "none", "unknown" }, "sip:bob@192.0.2.7", NULL },
    { { "desk", "", "", "", "desk", "none", "unknown" }, "desk (ordinary SIP)", NULL },
    { { "bob", "", "9f2vmg55", "", "sip:bob@192.0.2.7", "none", "unknown" }, /* has no key */
      "\"bob\" <sip:bob@192.0.2.7>",
      NULL },
    { { 0 }, "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *name = kith_who_name (&rows[i].who);
    g_autofree gchar *text = kith_who_text (&rows[i].who);
    g_assert_cmpstr (name, ==, rows[i].name);
    g_assert_cmpstr (text, ==, rows[i].text != NULL ? rows[i].text : rows[i].name);
  }
}

static void
test_unproved (void)
{
  static const struct {
    const char *said, *shown;
  } rows[] = {
    { "Bob", "Bob" },
    { "Peña", "Peña" },
    { "Pen\xcc\x83"
      "a",
      "Pen\xcc\x83"
      "a" }, /* the same, as two characters */
    { "bob~9f2vmg55", "bob" },
    { "bob~9F2VMG55", "bob" },
    { "bob ~ 9f2vmg55", "bob" },
    { "bob~~9f2vmg55", "bob" },
    { "bob\xef\xbd\x9e"
      "9f2vmg55",
      "bob" }, /* fullwidth */
    { "bob\xe2\x88\xbc"
      "9f2vmg55",
      "bob" }, /* operator */
    { "bob\xcb\x9c"
      "9f2vmg55",
      "bob" }, /* small tilde */
    { "bob\xe3\x80\x9c"
      "9f2vmg55",
      "bob" }, /* wave dash */
    { "bob \xcc\x83"
      "9f2vmg55",
      "bob" }, /* above a blank */
    { "bob~9f2vmg55 (home)", "bob" },
    { "bob~9f2vmg55555555", "bob" },
    { "~Anna~", "Anna" },
    { "Anna ~ me", "Anna   me" },
    { "~9f2vmg55", NULL },
    { "~", NULL },
    { "", NULL },
    { NULL, NULL },
    { "a\nb~\x1b[31m", "a?b ?[31m" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *shown = kith_who_unproved (rows[i].said);
    g_test_message ("%s", rows[i].said != NULL ? rows[i].said : "NULL");
    if (rows[i].shown != NULL
        && strchr (rows[i].shown, '?') != NULL) { /* how that looks is base/text's */
      g_assert_null (strpbrk (shown, "\n\x1b~"));
      continue;
    }
    g_assert_cmpstr (shown, ==, rows[i].shown);
  }
  g_autofree gchar *uri = kith_who_unproved_uri ("sip:bob~9f2vmg55@192.0.2.7");
  g_assert_cmpstr (uri, ==, "sip:bob%7E9f2vmg55@192.0.2.7");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/who/names", test_names);
  g_test_add_func ("/model/who/unproved", test_unproved);
  return g_test_run ();
}
