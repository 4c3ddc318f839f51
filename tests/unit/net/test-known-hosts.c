/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose address is that of a contact's ordinary SIP telephone. */
#include "net/known-hosts.h"

/* Who knows the hosts. */
typedef struct {
  const char *const *hosts;
  guint asked;
} Lister;

static GStrv
list (gpointer user_data)
{
  Lister *lister = user_data;

  lister->asked++;
  return g_strdupv ((GStrv)lister->hosts);
}

static void
test_hosts (void)
{
  static const char *const many[]
      = { "192.0.2.7", "2001:db8::0:1", "localhost", "a.invalid", NULL };
  static const char *const few[] = { "192.0.2.8", NULL };
  g_autoptr (KithClock) clock = kith_clock_new_manual (G_USEC_PER_SEC);
  Lister lister = { .hosts = many };
  KithKnownHosts *hosts = kith_known_hosts_new (clock, list, &lister);

  g_assert_true (kith_known_hosts_has (hosts, "192.0.2.7"));
  g_assert_true (kith_known_hosts_has (hosts, "2001:db8::1"));
  g_assert_false (kith_known_hosts_has (hosts, "192.0.2.8"));
  g_assert_false (kith_known_hosts_has (hosts, "192.0.2.77"));
  g_assert_false (kith_known_hosts_has (hosts, ""));
  gint64 end_us = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  while (!kith_known_hosts_has (hosts, "127.0.0.1") && g_get_monotonic_time () < end_us) {
    g_main_context_iteration (NULL, FALSE); /* the name is looked up */
  }
  g_assert_true (kith_known_hosts_has (hosts, "127.0.0.1"));
  KithEndpoint all[8];
  const guint n = kith_known_hosts_list (hosts, all, G_N_ELEMENTS (all));
  g_assert_cmpuint (n, >=, 3); /* localhost may be two */
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *text = kith_endpoint_to_text (&all[i]);
    g_assert_true (g_str_equal (text, "192.0.2.7:0") || g_str_equal (text, "[2001:db8::1]:0")
                   || g_str_equal (text, "127.0.0.1:0") || g_str_equal (text, "[::1]:0"));
  }
  g_assert_cmpuint (kith_known_hosts_list (hosts, all, 2), ==, 2);
  for (guint i = 0; i < 1000; i++) { /* a flood does not make it read the lists again */
    (void)kith_known_hosts_has (hosts, "198.51.100.1");
  }
  g_assert_cmpuint (lister.asked, ==, 1);
  lister.hosts = few;
  kith_clock_advance (clock, 6000);
  g_assert_true (kith_known_hosts_has (hosts, "192.0.2.8"));
  g_assert_false (kith_known_hosts_has (hosts, "192.0.2.7"));
  g_assert_false (kith_known_hosts_has (hosts, "127.0.0.1"));
  g_assert_cmpuint (lister.asked, ==, 2);
  kith_known_hosts_free (hosts);
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/net/known-hosts", test_hosts);
  return g_test_run ();
}
