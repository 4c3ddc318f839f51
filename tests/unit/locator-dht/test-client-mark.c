/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests when a node says that it is only a client, and how its messages say it. */
#include <glib.h>
#include <string.h>

#include "datagrams/client-mark.h"
#include "datagrams/datagram-filter.h"

static KithEndpoint
v4 (guint8 a, guint8 b, guint8 c, guint8 d)
{
  return (KithEndpoint){ .family = 4, .ip = { a, b, c, d }, .port = 4222 };
}

static KithEndpoint
v6 (guint8 last)
{
  return (KithEndpoint){ .family = 6, .ip = { 0x2a, 0x01, 0x04, 0xf8, [15] = last }, .port = 4222 };
}

static void
test_when (void)
{
  KithEndpoint ours = v4 (44, 1, 2, 3);
  KithEndpoint lan = v4 (192, 168, 1, 7);
  KithEndpoint known = v4 (44, 128, 0, 1);
  KithEndpoint stranger = v4 (44, 128, 0, 2);
  KithEndpoint stranger6 = v6 (9);

  kith_client_reset ();
  g_assert_false (kith_client_is_due (&known)); /* nothing is known of the host yet */
  kith_client_set_host (&ours, 1);
  g_assert_false (kith_client_is_due (&known));
  kith_client_set_host (NULL, 0);
  g_assert_true (kith_client_is_due (&known));
  g_assert_true (kith_client_is_due (&stranger6));
  g_assert_false (kith_client_is_due (&lan));

  kith_client_note_sent (&known);
  kith_client_note_came (&known); /* through the hole that we made */
  kith_client_note_came (&lan);
  g_assert_true (kith_client_is_due (&known));
  kith_client_note_came (&stranger);
  g_assert_false (kith_client_is_due (&known));
  g_assert_true (kith_client_is_due (&stranger6)); /* the firewall of IPv6 is another one */
  kith_client_note_came (&stranger6);
  g_assert_false (kith_client_is_due (&stranger6));
  kith_client_reset ();
}

/* {"q": "ping", "t": 1, "v": "x", "n": 7} as the filter wants it is not needed here: any map will
   do, and nothing else. */
static void
test_how (void)
{
  static const guint8 map[] = { 0x81, 0xa1, 'y', 0xa1, 'r' };
  static const guint8 expected[] = { 0x82, 0xa1, 'y', 0xa1, 'r', 0xa1, 's', 0xc3 };
  static const guint8 full[] = { 0x8f, 0xc0 };
  static const guint8 array[] = { 0x91, 0xc0 };
  guint8 marked[64];

  g_assert_cmpuint (kith_client_mark (map, sizeof map, marked, sizeof marked), ==, sizeof expected);
  g_assert_cmpmem (marked, sizeof expected, expected, sizeof expected);
  g_assert_cmpuint (kith_client_mark (map, sizeof map, marked, sizeof expected - 1), ==, 0);
  g_assert_cmpuint (kith_client_mark (full, sizeof full, marked, sizeof marked), ==, 0);
  g_assert_cmpuint (kith_client_mark (array, sizeof array, marked, sizeof marked), ==, 0);
  g_assert_cmpuint (kith_client_mark (map, 0, marked, sizeof marked), ==, 0);
}

/* Real messages with the mark pass the filter of other nodes. */
static void
test_passes (void)
{
  /* {"a": {"id": 20 bytes}, "q": "ping", "t": 4 bytes as a number, "y": "q", "v": "RNG1", "n":
     77} */
  static const guint8 head[] = { 0x86, 0xa1, 'a', 0x81, 0xa2, 'i', 'd', 0xc4, 20 };
  static const guint8 tail[]
      = { 0xa1, 'q', 0xa4, 'p', 'i',  'n', 'g',  0xa1, 't', 0xce, 1,   2,    3,   4,
          0xa1, 'y', 0xa1, 'q', 0xa1, 'v', 0xa4, 'R',  'N', 'G',  '1', 0xa1, 'n', 77 };
  guint8 message[sizeof head + 20 + sizeof tail] = { 0 };
  guint8 marked[128];
  KithDatagram info;

  memcpy (message, head, sizeof head);
  memset (message + sizeof head, 5, 20);
  memcpy (message + sizeof head + 20, tail, sizeof tail);
  g_assert_cmpint (kith_datagram_check (message, sizeof message, 77, &info), ==, KITH_DROP_NOT);
  gsize len = kith_client_mark (message, sizeof message, marked, sizeof marked);
  g_assert_cmpuint (len, ==, sizeof message + KITH_CLIENT_MARK_LEN);
  g_assert_cmpint (kith_datagram_check (marked, len, 77, &info), ==, KITH_DROP_NOT);
  g_assert_cmpint (info.kind, ==, KITH_DATAGRAM_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/client-mark/when", test_when);
  g_test_add_func ("/dht/client-mark/how", test_how);
  g_test_add_func ("/dht/client-mark/passes", test_passes);
  return g_test_run ();
}
