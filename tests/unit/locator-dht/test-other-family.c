/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests who is told our IPv6 address and how often, that messages with it pass the filter, and
   which addresses of others are believed. */
#include <glib.h>
#include <string.h>

#include "datagrams/datagram-filter.h"
#include "datagrams/other-family.h"

static KithEndpoint
v4 (guint8 a, guint8 d)
{
  return (KithEndpoint){ .family = 4, .ip = { a, 128, 0, d }, .port = 4222 };
}

static KithEndpoint
v6 (guint8 last)
{
  return (KithEndpoint){ .family = 6, .ip = { 0x2a, 0x01, 0x04, 0xf8, [15] = last }, .port = 0 };
}

static void
test_whom (void)
{
  const KithEndpoint host[] = { v4 (44, 9), v6 (9) };
  const KithEndpoint known = v4 (44, 1), other = v4 (44, 2), lan = v4 (10, 1), six = v6 (1);

  kith_other_set_host (host, 1, 4222);
  g_assert_false (kith_other_is_due (&known, 1000)); /* we have none */
  kith_other_set_host (host, 2, 0);
  g_assert_false (kith_other_is_due (&known, 1000)); /* no socket */
  kith_other_set_host (host, 2, 4222);
  g_assert_true (kith_other_is_due (&known, 1000));
  g_assert_false (kith_other_is_due (&known, 1000 + KITH_OTHER_EVERY_MS - 1));
  g_assert_true (kith_other_is_due (&known, 1000 + KITH_OTHER_EVERY_MS));
  g_assert_true (kith_other_is_due (&other, 1000));
  g_assert_false (kith_other_is_due (&lan, 1000));
  g_assert_false (kith_other_is_due (&six, 1000));
  kith_other_set_host (host, 2, 4222); /* perhaps another address: all are told anew */
  g_assert_true (kith_other_is_due (&known, 1001));
}

/* A real message with the field passes the filter, which finds it; a field of another size does
   not. */
static void
test_field (void)
{
  static const guint8 head[] = { 0x86, 0xa1, 'a', 0x81, 0xa2, 'i', 'd', 0xc4, 20 };
  static const guint8 tail[]
      = { 0xa1, 'q', 0xa4, 'p', 'i',  'n', 'g',  0xa1, 't', 0xce, 1,   2,    3,   4,
          0xa1, 'y', 0xa1, 'q', 0xa1, 'v', 0xa4, 'R',  'N', 'G',  '1', 0xa1, 'n', 77 };
  const KithEndpoint host = v6 (9);
  guint8 message[sizeof head + 20 + sizeof tail] = { 0 };
  guint8 marked[256], large[1200] = { 0x81 };
  KithDatagram info;

  memcpy (message, head, sizeof head);
  memset (message + sizeof head, 5, 20);
  memcpy (message + sizeof head + 20, tail, sizeof tail);
  kith_other_set_host (&host, 1, 0x1234);
  g_assert_cmpint (kith_datagram_check (message, sizeof message, 77, &info), ==, KITH_DROP_NOT);
  g_assert_null (info.other);
  gsize len = kith_other_add (message, sizeof message, marked, sizeof marked);
  g_assert_cmpuint (len, ==, sizeof message + KITH_OTHER_FIELD);
  g_assert_cmpint (kith_datagram_check (marked, len, 77, &info), ==, KITH_DROP_NOT);
  g_assert_nonnull (info.other);
  g_assert_cmpmem (info.other, 16, host.ip, 16);
  g_assert_cmpuint (info.other[16] << 8 | info.other[17], ==, 0x1234);
  marked[sizeof message + 3] = KITH_OTHER_LEN - 1;
  g_assert_cmpint (kith_datagram_check (marked, len - 1, 77, &info), ==, KITH_DROP_TYPE);
  g_assert_cmpuint (kith_other_add (message, sizeof message, marked, len - 1), ==, 0);
  g_assert_cmpuint (kith_other_add (large, 1101, large, sizeof large), ==, 0);
  g_assert_cmpuint (kith_other_add (message, 0, marked, sizeof marked), ==, 0);
}

static void
test_believed (void)
{
  const KithEndpoint host = v6 (9);
  guint8 field[KITH_OTHER_LEN] = { 0x2a, 0x01, 0x04, 0xf8, [15] = 7, [16] = 0x10, [17] = 0x7e };
  guint8 bad[KITH_OTHER_LEN];
  KithEndpoint told;

  kith_other_set_host (NULL, 0, 4222);
  kith_other_note (field);
  g_assert_false (kith_other_take (&told)); /* without IPv6 it serves nothing */
  kith_other_set_host (&host, 1, 4222);
  kith_other_note (field);
  g_assert_true (kith_other_take (&told));
  g_assert_cmpuint (told.family, ==, 6);
  g_assert_cmpuint (told.port, ==, 0x107e);
  g_assert_cmpmem (told.ip, 16, field, 16);
  g_assert_false (kith_other_take (&told));

  static const guint8 firsts[][2] = { { 0xff, 0x02 }, { 0xfe, 0x80 }, { 0xfd, 0 }, { 0, 0 } };
  for (guint i = 0; i < G_N_ELEMENTS (firsts);
       i++) { /* multicast, of the link, private, loopback */
    memset (bad, 0, sizeof bad);
    memcpy (bad, firsts[i], 2);
    bad[15] = 1;
    bad[17] = 9;
    kith_other_note (bad);
    g_assert_false (kith_other_take (&told));
  }
  memcpy (bad, field, sizeof bad);
  bad[16] = bad[17] = 0;
  kith_other_note (bad); /* no port */
  g_assert_false (kith_other_take (&told));
  memcpy (bad, host.ip, 16);
  bad[17] = 9;
  kith_other_note (bad); /* ourselves */
  g_assert_false (kith_other_take (&told));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dht/other-family/whom", test_whom);
  g_test_add_func ("/dht/other-family/field", test_field);
  g_test_add_func ("/dht/other-family/believed", test_believed);
  return g_test_run ();
}
