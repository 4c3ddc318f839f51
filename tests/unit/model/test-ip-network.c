/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks as text, and which addresses are of one. */
#include "model/net/ip-network.h"

static void
test_parse (void)
{
  static const char *const bad[] = { "",
                                     "/8",
                                     "10.0.0.0/33",
                                     "10.0.0.0/",
                                     "10.0.0.1/8",
                                     "2001::/129",
                                     "2001::1/127",
                                     "a.example",
                                     "10.0.0.0/-1",
                                     "10.0.0.0/8 ",
                                     "0x0a.0.0.0/8" };
  KithIpNetwork network;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_false (kith_ip_network_parse (bad[i], &network));
  }
  g_assert_true (kith_ip_network_parse ("10.32.0.0/11", &network));
  g_assert_cmpuint (network.prefix, ==, 11);
  g_assert_cmpuint (network.address.port, ==, 0);
  g_assert_true (kith_ip_network_parse ("::1", &network));
  g_assert_cmpuint (network.prefix, ==, 128);
  g_assert_true (kith_ip_network_parse ("0.0.0.0/0", &network));
  g_assert_cmpuint (network.prefix, ==, 0);
}

static void
test_has (void)
{
  static const struct {
    const char *network, *address;
    gboolean has;
  } rows[] = {
    { "127.0.0.0/8", "127.1.2.3:5060", TRUE },
    { "127.0.0.0/8", "128.0.0.1:5060", FALSE },
    { "10.32.0.0/11", "10.63.255.255:1", TRUE },
    { "10.32.0.0/11", "10.64.0.0:1", FALSE },
    { "10.32.0.0/11", "10.31.255.255:1", FALSE },
    { "192.0.2.7", "192.0.2.7:9", TRUE },
    { "192.0.2.7", "192.0.2.6:9", FALSE },
    { "0.0.0.0/0", "203.0.113.9:9", TRUE },
    { "0.0.0.0/0", "[::1]:9", FALSE },
    { "::/0", "[2001:db8::1]:9", TRUE },
    { "2001:db8::/33", "[2001:db8::1]:9", TRUE },
    { "2001:db8::/33", "[2001:db8:8000::]:9", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithIpNetwork network;
    KithEndpoint endpoint;
    g_assert_true (kith_ip_network_parse (rows[i].network, &network));
    g_assert_true (kith_endpoint_parse (rows[i].address, &endpoint));
    g_assert_cmpint (kith_ip_network_has (&network, &endpoint), ==, rows[i].has);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ip-network/parse", test_parse);
  g_test_add_func ("/ip-network/has", test_has);
  return g_test_run ();
}
