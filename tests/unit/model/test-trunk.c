/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trunk as a value: what its keys take and refuse. */
#include "model/trunk/trunk.h"

#include "base/error.h"

static void
test_names (void)
{
  static const char *const good[] = { "home", "a", "sip-1.de", "abcdefghijklmnopqrstuvwx" };
  static const char *const bad[]
      = { "", "1", "Home", "my trunk", "-a", "a-", "abcdefghijklmnopqrstuvwxy", "ä", "a/b" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (kith_trunk_name_check (good[i], NULL));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_false (kith_trunk_name_check (bad[i], &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_assert_nonnull (g_strrstr (error->message, ": try "));
  }
}

static void
test_values (void)
{
  /* value NULL: the same comes back as was said */
  static const struct {
    const char *key, *said, *kept;
  } rows[] = {
    { "domain", "sip.example.org", NULL },
    { "domain", "sip.example.org:5070", NULL },
    { "domain", "[2001:db8::1]:5060", NULL },
    { "domain", "192.0.2.7", NULL },
    { "user", "4930123456", NULL },
    { "number", "+4930123456", NULL },
    { "proxy", "proxy.example.org", NULL },
    { "transport", "tls", NULL },
    { "transport", "auto", "" },
    { "transport", "", "" },
    { "ca", "/etc/kith/ca.pem", NULL },
    { "pin", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", NULL },
    { "accept-from", "192.0.2.7; 2001:db8::7", "192.0.2.7;2001:db8::7" },
    { "accept-from", "", "" },
    { "hold", "pass", NULL },
    { "hold", "", "local" },
    { "rings", "phone/desk;contact/bob@10", NULL },
    { "rings", "", "me" },
    { "format", "national", NULL },
    { "format", "", "e164" },
    { "identity", "pai", NULL },
    { "country", "49", NULL },
    { "area", "30", NULL },
    { "prefixes", "+49;+43", NULL },
    { "allow", "*", NULL },
    { "deny", "+49900;0900", NULL },
    { "max-calls", "4", NULL },
    { "max-calls", "", "2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithTrunk trunk = kith_trunk_default ("home");
    g_autoptr (GError) error = NULL;
    g_test_message ("%s=%s", rows[i].key, rows[i].said);
    g_assert_true (kith_trunk_set (&trunk, rows[i].key, rows[i].said, &error));
    g_assert_no_error (error);
    g_autofree gchar *kept = kith_trunk_get (&trunk, rows[i].key);
    g_assert_cmpstr (kept, ==, rows[i].kept != NULL ? rows[i].kept : rows[i].said);
  }
}

static void
test_refusals (void)
{
  static const struct {
    const char *key, *said;
  } rows[] = {
    { "colour", "red" },
    { "domain", "sip:example.org" },
    { "domain", "bob@example.org" },
    { "domain", "example.org:0" },
    { "domain", "example.org:65536" },
    { "domain", "2001:db8::1" },
    { "domain", "[2001:db8::1" },
    { "domain", "[x]" },
    { "domain", "a b" },
    { "domain", ".a" },
    { "domain", ":5060" },
    { "user", "bob@example.org" },
    { "user", "bob\r\nVia: x" },
    { "user", "\"bob\"" },
    { "number", "030123456" },
    { "number", "+49" },
    { "transport", "sctp" },
    { "ca", "a\nb" },
    { "pin", "abc" },
    { "accept-from", "example.org" },
    { "accept-from", "1.1.1.1;1.1.1.2;1.1.1.3;1.1.1.4;1.1.1.5;1.1.1.6;1.1.1.7;1.1.1.8;1.1.1.9" },
    { "hold", "music" },
    { "format", "e.164" },
    { "identity", "me" },
    { "country", "+49" },
    { "prefixes", "+49,+43" },
    { "max-calls", "0" },
    { "max-calls", "33" },
    { "max-calls", "-1" },
  };
  KithTrunk trunk = kith_trunk_default ("home");
  const KithTrunk before = trunk;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GError) error = NULL;
    g_test_message ("%s=%s", rows[i].key, rows[i].said);
    g_assert_false (kith_trunk_set (&trunk, rows[i].key, rows[i].said, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_assert_cmpmem (&trunk, sizeof trunk, &before, sizeof before);
  }
  g_autofree gchar *longest = g_strnfill (KITH_TRUNK_USER_MAX + 1, 'a');
  g_assert_false (kith_trunk_set (&trunk, "user", longest, NULL));
  longest[KITH_TRUNK_USER_MAX] = '\0';
  g_assert_true (kith_trunk_set (&trunk, "user", longest, NULL));
}

static void
test_whole (void)
{
  KithTrunk trunk = kith_trunk_default ("home");
  g_autofree gchar *password = g_strnfill (KITH_TRUNK_PASSWORD_MAX + 1, 'a');

  g_assert_false (kith_trunk_check (&trunk, NULL));
  g_assert_true (kith_trunk_set (&trunk, "domain", "example.org", NULL));
  g_assert_false (kith_trunk_check (&trunk, NULL));
  g_assert_true (kith_trunk_set (&trunk, "user", "bob", NULL));
  g_assert_true (kith_trunk_check (&trunk, NULL));
  for (guint i = 0; kith_trunk_keys ()[i] != NULL; i++) {
    g_autofree gchar *value = kith_trunk_get (&trunk, kith_trunk_keys ()[i]);
    KithTrunk again = trunk;
    g_assert_true (kith_trunk_set (&again, kith_trunk_keys ()[i], value, NULL));
    g_assert_cmpmem (&again, sizeof again, &trunk, sizeof trunk);
  }
  g_assert_false (kith_trunk_password_check (password, NULL));
  g_assert_true (kith_trunk_password_check (password + 1, NULL));
  g_assert_false (kith_trunk_password_check ("", NULL));
  g_assert_false (kith_trunk_password_check ("a\n", NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trunk/names", test_names);
  g_test_add_func ("/trunk/values", test_values);
  g_test_add_func ("/trunk/refusals", test_refusals);
  g_test_add_func ("/trunk/whole", test_whole);
  return g_test_run ();
}
