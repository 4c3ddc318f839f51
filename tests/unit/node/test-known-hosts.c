/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose address is that of a contact's ordinary SIP telephone. */
#include "node/people/known-hosts.h"
#include "ports/locator.h"

#define TYPE_LISTER (lister_get_type ())
G_DECLARE_FINAL_TYPE (Lister, lister, TEST, LISTER, GObject)

/* A locator that knows hosts and nothing else. */
struct _Lister {
  GObject parent_instance;
  const char *const *hosts;
  guint asked;
};

static GStrv
lister_get_sip_hosts (KithLocator *locator)
{
  Lister *lister = TEST_LISTER (locator);

  lister->asked++;
  return g_strdupv ((GStrv)lister->hosts);
}

static void
lister_iface_init (KithLocatorInterface *iface)
{
  iface->get_sip_hosts = lister_get_sip_hosts;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (Lister,
                               lister,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LOCATOR, lister_iface_init))

static void
lister_class_init (ListerClass *klass)
{
}

static void
lister_init (Lister *lister)
{
}

static void
test_hosts (void)
{
  static const char *const many[]
      = { "192.0.2.7", "2001:db8::0:1", "localhost", "a.invalid", NULL };
  static const char *const few[] = { "192.0.2.8", NULL };
  g_autoptr (KithClock) clock = kith_clock_new_manual (G_USEC_PER_SEC);
  g_autoptr (GPtrArray) locators = g_ptr_array_new_with_free_func (g_object_unref);
  Lister *lister = g_object_new (TYPE_LISTER, NULL);

  lister->hosts = many;
  g_ptr_array_add (locators, lister);
  KithKnownHosts *hosts = kith_known_hosts_new (clock, locators);
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
  for (guint i = 0; i < 1000; i++) { /* a flood does not make it read the lists again */
    (void)kith_known_hosts_has (hosts, "198.51.100.1");
  }
  g_assert_cmpuint (lister->asked, ==, 1);
  lister->hosts = few;
  kith_clock_advance (clock, 6000);
  g_assert_true (kith_known_hosts_has (hosts, "192.0.2.8"));
  g_assert_false (kith_known_hosts_has (hosts, "192.0.2.7"));
  g_assert_false (kith_known_hosts_has (hosts, "127.0.0.1"));
  g_assert_cmpuint (lister->asked, ==, 2);
  kith_known_hosts_free (hosts);
  while (g_main_context_iteration (NULL, FALSE)) {
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node/known-hosts", test_hosts);
  return g_test_run ();
}
