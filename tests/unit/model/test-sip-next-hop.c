/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where messages go next: every form of URI, Route and Via in one table
   each. */
#include "model/sip/sip-next-hop.h"

typedef struct {
  const char *text;
  const char *transport; /* NULL: refused */
  const char *endpoint;  /* NULL: a name */
  guint16 port;          /* of a name */
} Hop;

static void
check (const KithSipHop *hop, const Hop *row)
{
  g_assert_cmpstr (kith_sip_transport_word (hop->transport), ==, row->transport);
  g_assert_cmpint (hop->endpoint.family != 0, ==, row->endpoint != NULL);
  if (row->endpoint != NULL) {
    g_autofree gchar *text = kith_endpoint_to_text (&hop->endpoint);
    g_assert_cmpstr (text, ==, row->endpoint);
  } else {
    g_assert_cmpuint (hop->endpoint.port, ==, row->port);
    g_assert_true (kith_sip_piece_is (hop->host, "h.example"));
  }
}

static void
test_uris (void)
{
  static const Hop rows[] = {
    { "sip:a@192.0.2.7", "udp", "192.0.2.7:5060", 0 },
    { "sip:192.0.2.7:5070;lr", "udp", "192.0.2.7:5070", 0 },
    { "sip:a@192.0.2.7;transport=TCP", "tcp", "192.0.2.7:5060", 0 },
    { "sip:a@192.0.2.7;transport=tls", "tls", "192.0.2.7:5061", 0 },
    { "sips:a@192.0.2.7;transport=tcp", "tls", "192.0.2.7:5061", 0 },
    { "sips:a@192.0.2.7:5099", "tls", "192.0.2.7:5099", 0 },
    { "sip:[2001:db8::7]:5099;transport=udp", "udp", "[2001:db8::7]:5099", 0 },
    { "sip:[2001:db8::7]", "udp", "[2001:db8::7]:5060", 0 },
    { "sip:[::ffff:192.0.2.7]", "udp", "192.0.2.7:5060", 0 },
    { "sip:a@h.example", "", NULL, 0 },
    { "sip:a@h.example:5070", "udp", NULL, 5070 },
    { "sip:a@h.example;transport=tcp", "tcp", NULL, 0 },
    { "sips:a@h.example", "tls", NULL, 0 },
    { "sip:a@h.example;maddr=192.0.2.9;ttl=1", "", NULL, 0 },
    { "sip:192.0.2.9@h.example?Route=%3Csip:x%3E", "", NULL, 0 },
    { "sip:a@h.example;transport=sctp", NULL, NULL, 0 },
    { "sip:a@h.example;transport", NULL, NULL, 0 },
    { "tel:+4930", NULL, NULL, 0 },
    { "", NULL, NULL, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipHop hop;
    g_test_message ("%s", rows[i].text);
    gboolean good = kith_sip_hop_of_uri (kith_sip_piece (rows[i].text), &hop);
    g_assert_cmpint (good, ==, rows[i].transport != NULL);
    if (good) {
      check (&hop, &rows[i]);
    }
  }
}

static void
test_routes (void)
{
  static const Hop row = { "", "tcp", "192.0.2.7:5060", 0 };
  gboolean loose = FALSE;
  KithSipHop hop;

  g_assert_true (
      kith_sip_hop_of_route (kith_sip_piece ("\"P, <x>\" <sip:t@192.0.2.7;transport=tcp;lr>;x=y"),
                             &hop,
                             &loose));
  check (&hop, &row);
  g_assert_true (loose);
  g_assert_true (kith_sip_hop_of_route (kith_sip_piece ("<sip:t@192.0.2.7;transport=tcp;lrx>;lr"),
                                        &hop,
                                        &loose));
  check (&hop, &row);
  g_assert_false (loose);
  g_assert_false (kith_sip_hop_of_route (kith_sip_piece ("<tel:1>"), &hop, &loose));
  g_assert_false (kith_sip_hop_of_route (kith_sip_piece ("<sip:t@192.0.2.7"), &hop, NULL));
}

static void
test_vias (void)
{
  static const Hop rows[] = {
    { "SIP/2.0/UDP 192.0.2.7", "udp", "192.0.2.7:5060", 0 },
    { "SIP/2.0/UDP 192.0.2.7:5070;branch=z9", "udp", "192.0.2.7:5070", 0 },
    { "SIP/2.0/UDP 192.0.2.7:5070;rport", "udp", "192.0.2.7:5070", 0 },
    { "SIP/2.0/UDP 192.0.2.7:5070;received=192.0.2.8", "udp", "192.0.2.8:5070", 0 },
    { "SIP/2.0/UDP h.example;received=192.0.2.8;rport=9", "udp", "192.0.2.8:9", 0 },
    { "SIP/2.0/UDP h.example;received=[2001:db8::8];rport=9", "udp", "[2001:db8::8]:9", 0 },
    { "SIP/2.0/UDP h.example;received=2001:db8::8", "udp", "[2001:db8::8]:5060", 0 },
    { "SIP/2.0/UDP 192.0.2.7;maddr=192.0.2.99", "udp", "192.0.2.7:5060", 0 },
    { "SIP/2.0/TCP h.example:7;received=192.0.2.8;rport=9", "tcp", "192.0.2.8:7", 0 },
    { "SIP/2.0/TLS h.example;received=192.0.2.8;rport=9", "tls", "192.0.2.8:5061", 0 },
    { "SIP/2.0/UDP h.example", "udp", NULL, 0 },
    { "SIP/2.0/UDP h.example:5070", "udp", NULL, 5070 },
    { "SIP/2.0/SCTP h.example", NULL, NULL, 0 },
    { "SIP/2.0/UDP 192.0.2.7;received=h.example", NULL, NULL, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipHop hop;
    KithSipVia via;
    g_test_message ("%s", rows[i].text);
    g_assert_true (kith_sip_via_split (kith_sip_piece (rows[i].text), &via));
    gboolean good = kith_sip_hop_of_via (&via, &hop);
    g_assert_cmpint (good, ==, rows[i].transport != NULL);
    if (good) {
      check (&hop, &rows[i]);
    }
  }
}

static void
test_numbers (void)
{
  static const char *const good[] = { "0.0.0.0", "255.255.255.255", "::", "[::1]", "fe80::1" };
  static const char *const bad[] = { "",     "1.2.3",  "1.2.3.256", "01.2.3.4", "1.2.3.4 ",
                                     "[::1", "::1::2", "fe80::1%1", "[]",       "0x7f.1" };
  KithEndpoint endpoint = { .port = 7 };

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++) {
    g_assert_true (kith_sip_host_is_number (kith_sip_piece (good[i]), &endpoint));
    g_assert_cmpuint (endpoint.port, ==, 7);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_test_message ("%s", bad[i]);
    g_assert_false (kith_sip_host_is_number (kith_sip_piece (bad[i]), &endpoint));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/sip-next-hop/uris", test_uris);
  g_test_add_func ("/model/sip-next-hop/routes", test_routes);
  g_test_add_func ("/model/sip-next-hop/vias", test_vias);
  g_test_add_func ("/model/sip-next-hop/numbers", test_numbers);
  return g_test_run ();
}
