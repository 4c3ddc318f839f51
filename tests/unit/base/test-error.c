/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error table is total, its names are unique, and they survive the bus. */
#include <string.h>

#include "base/error.h"

static void
test_total (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (gint code = 0; code < KITH_N_ERRORS; code++) {
    const char *name = kith_error_dbus_name ((KithError)code);
    const char *text = kith_error_text ((KithError)code);
    g_assert_nonnull (name);
    g_assert_true (g_str_has_prefix (name, "org.kith.Kith1.Error."));
    g_assert_true (g_dbus_is_interface_name (name));
    g_assert_true (g_hash_table_add (names, (gpointer)name));
    g_assert_nonnull (text);
    g_assert_cmpuint (strlen (text), >, 5);
    g_assert_true (g_ascii_isupper (text[0]));
    g_assert_false (g_str_has_suffix (text, "."));
  }
  g_assert_null (kith_error_dbus_name ((KithError)KITH_N_ERRORS));
  g_assert_null (kith_error_dbus_name ((KithError)-1));
  g_assert_null (kith_error_text ((KithError)KITH_N_ERRORS));
}

static void
test_bus (void)
{
  for (gint code = 0; code < KITH_N_ERRORS; code++) {
    g_autoptr (GError) sent = g_error_new_literal (KITH_ERROR, code, "why");
    g_autofree gchar *name = g_dbus_error_encode_gerror (sent);
    g_assert_cmpstr (name, ==, kith_error_dbus_name ((KithError)code));
    g_autoptr (GError) got = g_dbus_error_new_for_dbus_error (name, "why");
    g_assert_error (got, KITH_ERROR, code);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/error/total", test_total);
  g_test_add_func ("/base/error/bus", test_bus);
  return g_test_run ();
}
