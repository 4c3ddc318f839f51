/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the edge is given and what it says reaches the other end. */
#include <errno.h>
#include <unistd.h>

#include "common/fake-edge-port.h"
#include "common/fake-sip.h"
#include "node/edge-tie.h"

static GStrv
list_hosts (gpointer user_data)
{
  static const char *const hosts[] = { "192.0.2.7", NULL };

  return g_strdupv ((GStrv)hosts);
}

static void
test_tie (void)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (0);
  g_autoptr (KithFakeExchange) exchange = kith_fake_exchange_new ();
  g_autoptr (KithSip) sip = kith_fake_sip_new (exchange, "198.51.100.1", 5060);
  g_autoptr (KithEdge) edge = kith_fake_edge_new ();
  KithKnownHosts *hosts = kith_known_hosts_new (clock, list_hosts, NULL);
  KithEdgeTie *tie = kith_edge_tie_new (edge, sip, hosts);
  KithEndpoint known[4];
  const char *problem = NULL;
  int error_number = 0;

  const int fd = kith_fake_edge_spawn (KITH_FAKE_EDGE (edge));
  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_assert_cmpuint (kith_fake_edge_list_known (KITH_FAKE_EDGE (edge), known, 4), ==, 1);
  g_assert_cmpuint (known[0].ip[0], ==, 192);

  KithEdgeFacts facts = { .state = KITH_EDGE_SERVING, .port = 5060 };
  kith_fake_edge_set_facts (KITH_FAKE_EDGE (edge), &facts);
  g_assert_cmpuint (kith_fake_sip_get_edge (KITH_FAKE_SIP (sip), &problem, &error_number),
                    ==,
                    5060);
  g_assert_null (problem);
  facts = (KithEdgeFacts){ .state = KITH_EDGE_BLOCKED,
                           .problem = "port 5060 is taken by baresip (process 4711)",
                           .error_number = EADDRINUSE };
  kith_fake_edge_set_facts (KITH_FAKE_EDGE (edge), &facts);
  g_assert_cmpuint (kith_fake_sip_get_edge (KITH_FAKE_SIP (sip), &problem, &error_number), ==, 0);
  g_assert_cmpstr (problem, ==, facts.problem);
  g_assert_cmpint (error_number, ==, EADDRINUSE);

  kith_edge_tie_free (tie);
  facts.problem = NULL;
  kith_fake_edge_set_facts (KITH_FAKE_EDGE (edge), &facts);
  (void)kith_fake_sip_get_edge (KITH_FAKE_SIP (sip), &problem, &error_number);
  g_assert_nonnull (problem);
  kith_known_hosts_free (hosts);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edge-tie", test_tie);
  return g_test_run ();
}
