/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter in front of libopendht: what passes, what does not, and the reason that is given. */
#include <glib.h>
#include <string.h>

#include "datagrams/datagram-filter.h"
#include "datagrams/datagram-join.h"
#include "dht-lab.h"

#define NETWORK 77
#define ID "\xc4\x14IIIIIIIIIIIIIIIIIIII"
#define HASH "\xc4\x14HHHHHHHHHHHHHHHHHHHH"
#define TAIL "\xa1t\xce\x11\x22\x33\x44\xa1v\xa4RNG1\xa1nM"
#define BYTES(text) text, sizeof text - 1

/* A datagram under construction: literal msgpack, in which 'M' of "\xa1nM" stands for the network
   77. */
static GByteArray *
packet (const char *first, gsize first_len, const char *second, gsize second_len)
{
  GByteArray *bytes = g_byte_array_new ();

  g_byte_array_append (bytes, (const guint8 *)first, (guint)first_len);
  g_byte_array_append (bytes, (const guint8 *)second, (guint)second_len);
  return bytes;
}

static KithDrop
check (const char *data, gsize len)
{
  KithDatagram info;

  return kith_datagram_check ((const uint8_t *)data, len, NETWORK, &info);
}

#define assert_drop(literal, reason)                                                               \
  g_assert_cmpstr (kith_drop_word (check (BYTES (literal))), ==, reason)

/* A put of one value, whose packed form is given. */
static KithDrop
check_put (const char *value, gsize len)
{
  g_autoptr (GByteArray) bytes
      = packet (BYTES ("\x86\xa1"
                       "a\x84\xa2id" ID "\xa1h" HASH "\xa5token\xc4\x02TT\xa6values\x91"),
                value,
                len);

  g_byte_array_append (bytes,
                       (const guint8 *)"\xa1q\xa3put\xa1y\xa1q" TAIL,
                       sizeof "\xa1q\xa3put\xa1y\xa1q" TAIL - 1);
  return check ((const char *)bytes->data, bytes->len);
}

#define assert_put(literal, reason)                                                                \
  g_assert_cmpstr (kith_drop_word (check_put (BYTES (literal))), ==, reason)

static void
test_messages (void)
{
  assert_drop ("\x86\xa1"
               "a\x81\xa2id" ID "\xa1q\xa4ping\xa1y\xa1q" TAIL,
               "passed");
  assert_drop ("\x85\xa1r\x82\xa2id" ID "\xa2sa\xc4\x04\x7f\0\0\1\xa1y\xa1r" TAIL, "passed");
  assert_drop ("\x86\xa1"
               "e\x92\xcd\x01\x91\xa1w\xa1r\x81\xa2id" ID "\xa1y\xa1"
               "e" TAIL,
               "passed");
  assert_drop ("\x86\xa1"
               "a\x83\xa2id" ID "\xa1h" HASH
               "\xa1q\x82\xa1s\x91\1\xa1w\x90\xa1q\xa3get\xa1y\xa1q" TAIL,
               "passed");
  assert_drop ("\x85\xa1r\x83\xa2id" ID "\xa5token\xc4\x02TT\xa6"
               "fileds\x82\xa1"
               "f\x92\1\4\xa1v\x94\1\0\2\0\xa1y\xa1r" TAIL,
               "passed");

  /* Network, method, what is missing, what is twice, what must not be together. */
  assert_drop ("\x85\xa1r\x81\xa2id" ID "\xa1y\xa1r\xa1t\1\xa1v\xa4RNG1\xa1n\x4e", "network");
  assert_drop ("\x84\xa1r\x81\xa2id" ID "\xa1y\xa1r\xa1t\1\xa1v\xa4RNG1", "network");
  assert_drop ("\x86\xa1"
               "a\x81\xa2id" ID "\xa1q\xa4pong\xa1y\xa1q" TAIL,
               "method");
  assert_drop ("\x86\xa1"
               "a\x81\xa2id" ID "\xa1q\xa3get\xa1y\xa1q" TAIL,
               "structure");
  assert_drop ("\x85\xa1r\x80\xa1y\xa1r" TAIL, "structure");
  assert_drop ("\x85\xa1r\x82\xa2id" ID "\xa2id" ID "\xa1y\xa1r" TAIL, "structure");
  assert_drop ("\x86\xa1r\x81\xa2id" ID "\xa1"
               "a\x81\xa2id" ID "\xa1y\xa1r" TAIL,
               "structure");
  assert_drop ("\x85\xa1"
               "e\x91\xcd\x01\x91\xa1y\xa1"
               "e" TAIL,
               "structure");
  assert_drop ("\x84\xa1r\x81\xa2id" ID TAIL, "structure");
  assert_drop ("\x85\xa1r\x81\xa2id" ID "\xa1y\xa1z" TAIL, "structure");
  assert_drop ("\x86\xa1r\x81\xa2id" ID "\xa1y\xa1r\xa1x\x91\1" TAIL, "structure");

  /* Types and sizes. */
  assert_drop ("\x85\xa1r\1\xa1y\xa1r" TAIL, "type");
  assert_drop ("\x85\xa1r\x81\xa2id\xc4\x13IIIIIIIIIIIIIIIIIII\xa1y\xa1r" TAIL, "type");
  assert_drop ("\x85\xa1r\x82\xa2id" ID "\xa2n4\xc4\x05"
               "12345\xa1y\xa1r" TAIL,
               "type");
  assert_drop ("\x85\xa1r\x82\xa2id" ID "\xa6"
               "fileds\x82\xa1"
               "f\x90\xa1v\x90\xa1y\xa1r" TAIL,
               "type");
  assert_drop ("\x85\xa1r\x82\xa2id" ID "\xa6"
               "fileds\x82\xa1"
               "f\x92\1\4\xa1v\x91\1\xa1y\xa1r" TAIL,
               "type");
  assert_drop ("\x85\xa1r\x81\xa2id" ID "\xa1y\1" TAIL, "type");

  /* No msgpack. */
  assert_drop ("", "malformed");
  assert_drop ("\xc1", "malformed");
  assert_drop ("\xdf\xff\xff\xff\xff", "malformed");
  assert_drop ("\x85\xa1r\x81\xa2id" ID "\xa1y\xa1r" TAIL "X", "malformed");
}

static void
test_values (void)
{
  g_autofree gchar *large = g_strnfill (513, 'd');
  g_autoptr (GByteArray) value = packet (BYTES ("\x82\xa2id\1\xa3"
                                                "dat\x81\xa4"
                                                "body\x82\xa4type\0\xa4"
                                                "data\xc5\x02\x01"),
                                         large,
                                         513);

  assert_put ("\x82\xa2id\1\xa3"
              "dat\x81\xa4"
              "body\x82\xa4type\0\xa4"
              "data\xc4\2dd",
              "passed");
  assert_put ("\x83\xa2id\1\xa3"
              "dat\x81\xa4"
              "body\x82\xa4type\0\xa4"
              "data\xc4\2dd\xa1p\1",
              "passed");
  /* Signed: an owner, a sequence number, a recipient, a signature; encrypted: only a cypher. */
  assert_put ("\x82\xa2id\1\xa3"
              "dat\x82\xa4"
              "body\x84\xa3seq\0\xa5owner\xc4\1o\xa4type\0\xa4"
              "data\xc4\2dd\xa3sig\xc4\1s",
              "signed");
  assert_put ("\x82\xa2id\1\xa3"
              "dat\x81\xa4"
              "body\x83\xa5owner\xc4\1o\xa4type\0\xa4"
              "data\xc4\2dd",
              "signed");
  assert_put ("\x82\xa2id\1\xa3"
              "dat\x82\xa4"
              "body\x82\xa4type\0\xa4"
              "data\xc4\2dd\xa3sig\xc4\1s",
              "signed");
  assert_put ("\x82\xa2id\1\xa3"
              "dat\x82\xa3sig\xc4\1s\xa4"
              "body\x82\xa4type\0\xa4"
              "data\xc4\2dd",
              "signed");
  assert_put ("\x82\xa2id\1\xa3"
              "dat\x81\xa4"
              "body\x83\xa2to" HASH "\xa4type\0\xa4"
              "data\xc4\2dd",
              "signed");
  assert_put ("\x82\xa2id\1\xa3"
              "dat\xc4\4cccc",
              "encrypted");
  /* Types that we never send, sizes that our records never have. */
  assert_put ("\x82\xa2id\1\xa3"
              "dat\x81\xa4"
              "body\x82\xa4type\x08\xa4"
              "data\xc4\2dd",
              "value-type");
  assert_put ("\x82\xa2id\1\xa3"
              "dat\x81\xa4"
              "body\x83\xa4type\0\xa4"
              "data\xc4\2dd\xa5utype\xa1t",
              "value-type");
  g_assert_cmpstr (kith_drop_word (check_put ((const char *)value->data, value->len)),
                   ==,
                   "oversized");
  assert_put ("\xcd\x02\x59", "oversized"); /* 601 bytes announced, to come in parts */
  assert_put ("\x82\xa2id\0\xa3"
              "dat\x81\xa4"
              "body\x82\xa4type\0\xa4"
              "data\xc4\2dd",
              "type");
  assert_put ("\x81\xa2id\1", "structure");
}

static void
test_discovery (void)
{
  const char node[] = "\x81\xa3"
                      "dht\x93" ID "\xcd\x10\x7e\x4d";
  uint16_t port = 1;
  uint32_t network = 1;

  g_assert_cmpint (kith_discovery_check ((const uint8_t *)"\xa1q", 2, &port, &network),
                   ==,
                   KITH_DROP_NOT);
  g_assert_cmpuint (port, ==, 0);
  g_assert_cmpint (kith_discovery_check ((const uint8_t *)node, sizeof node - 1, &port, &network),
                   ==,
                   KITH_DROP_NOT);
  g_assert_cmpuint (port, ==, 4222);
  g_assert_cmpuint (network, ==, 77);
  for (gsize cut = 0; cut < sizeof node - 1; cut++) {
    g_assert_cmpint (kith_discovery_check ((const uint8_t *)node, cut, &port, &network),
                     ==,
                     KITH_DROP_DISCOVERY);
  }
  g_assert_cmpint (kith_discovery_check ((const uint8_t *)"\x81\xa3"
                                                          "dht\1",
                                         6,
                                         &port,
                                         &network),
                   ==,
                   KITH_DROP_DISCOVERY);
  g_assert_cmpint (kith_discovery_check ((const uint8_t *)"\xa1x", 2, &port, &network),
                   ==,
                   KITH_DROP_DISCOVERY);
}

/* No beginning of a message that passes may pass. */
static void
test_truncation (void)
{
  const char whole[] = "\x86\xa1"
                       "a\x83\xa2id" ID "\xa1h" HASH "\xa1q\x82\xa1s\x91\1\xa1w\x91\x82\xa1"
                       "f\1\xa1v\5\xa1q\xa3get\xa1y\xa1q" TAIL;

  assert_drop (whole, "passed");
  for (gsize cut = 0; cut < sizeof whole - 1; cut++) {
    g_assert_cmpint (check (whole, cut), ==, KITH_DROP_MALFORMED);
  }
}

static void
test_killers (void)
{
  static const char *const names[]
      = { "kill0.bin", "kill1.bin", "kill2.bin", "kill3.bin", "min11.bin" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = g_build_filename ("opendht-killers", names[i], NULL);
    g_autoptr (GBytes) killer = lab_data (path);
    gsize len;
    const uint8_t *data = g_bytes_get_data (killer, &len);
    KithDatagram info;
    g_assert_cmpint (kith_datagram_check (data, len, 0, &info), ==, KITH_DROP_TYPE);
  }
}

/* An update with two values, which come in parts in any order. */

#define UPDATE_HEAD                                                                                \
  "\x86\xa1"                                                                                       \
  "a\x84\xa2id" ID "\xa3sid\1\xa5token\xc4\2TT\xa6values"
#define UPDATE_TAIL "\xa1q\xa6update\xa1y\xa1q" TAIL
#define VALUE_1                                                                                    \
  "\x82\xa2id\1\xa3"                                                                               \
  "dat\x81\xa4"                                                                                    \
  "body\x82\xa4type\0\xa4"                                                                         \
  "data\xc4\2d1"
#define VALUE_2                                                                                    \
  "\x82\xa2id\2\xa3"                                                                               \
  "dat\x81\xa4"                                                                                    \
  "body\x82\xa4type\0\xa4"                                                                         \
  "data\xc4\2d2"
#define PART(index, value)                                                                         \
  "\x84\xa1nM\xa1y\xa1p\xa1t\xce\x11\x22\x33\x44\xa1p\x81" index "\x82\xa1o\0\xa1"                 \
  "d\xc4\x1f" value
#define VALUE_BAD                                                                                  \
  "\x82\xa2id\2\xa3"                                                                               \
  "dat\xc4\x14"                                                                                    \
  "cccccccccccccccccccc"

G_STATIC_ASSERT (sizeof VALUE_1 - 1 == 0x1f);
G_STATIC_ASSERT (sizeof VALUE_BAD - 1 == 0x1f);

static KithDrop
take (KithJoin *join, gint64 now, const char *data, gsize len, uint8_t *out, gsize *out_len)
{
  static const uint8_t source[KITH_JOIN_SOURCE_LEN]
      = { [10] = 0xff, [11] = 0xff, 127, 0, 0, 1, 80, 1 };
  KithDatagram info;
  const KithDrop drop = kith_datagram_check ((const uint8_t *)data, len, NETWORK, &info);

  *out_len = 0;
  if (drop != KITH_DROP_NOT) {
    return drop;
  }
  if (info.kind == KITH_DATAGRAM_PART) {
    return kith_join_part (join, now, source, &info, out, out_len);
  }
  g_assert_cmpuint (info.n_sizes, ==, 2);
  return kith_join_head (join, now, source, (const uint8_t *)data, len, &info);
}

static void
test_parts (void)
{
  static KithJoin join;
  static uint8_t out[KITH_JOIN_WHOLE_MAX];
  KithDatagram info;
  gsize len = 0;

  g_assert_cmpint (take (&join, 1000, BYTES (PART ("\0", VALUE_1)), out, &len), ==, KITH_DROP_PART);
  g_assert_cmpint (take (&join, 1000, BYTES (UPDATE_HEAD "\x92\x1f\x1f" UPDATE_TAIL), out, &len),
                   ==,
                   KITH_DROP_NOT);
  g_assert_cmpint (take (&join, 1001, BYTES (PART ("\1", VALUE_2)), out, &len), ==, KITH_DROP_NOT);
  g_assert_cmpuint (len, ==, 0);
  g_assert_cmpint (take (&join, 1002, BYTES (PART ("\0", VALUE_1)), out, &len), ==, KITH_DROP_NOT);
  g_assert_cmpuint (len, >, 0);
  g_assert_cmpint (kith_datagram_check (out, len, NETWORK, &info), ==, KITH_DROP_NOT);
  g_assert_cmpuint (info.n_values, ==, 2);
  g_assert_cmpuint (info.n_sizes, ==, 0);
  g_assert_cmpmem (info.values[0].data, info.values[0].len, "d1", 2);
  g_assert_cmpmem (info.values[1].data, info.values[1].len, "d2", 2);

  /* A part that hides an encrypted value ends the whole message; so does time. */
  g_assert_cmpint (take (&join, 2000, BYTES (UPDATE_HEAD "\x92\x1f\x1f" UPDATE_TAIL), out, &len),
                   ==,
                   KITH_DROP_NOT);
  g_assert_cmpint (take (&join, 2001, BYTES (PART ("\1", VALUE_BAD)), out, &len),
                   ==,
                   KITH_DROP_ENCRYPTED);
  g_assert_cmpint (take (&join, 2002, BYTES (PART ("\0", VALUE_1)), out, &len), ==, KITH_DROP_PART);
  g_assert_cmpint (take (&join, 3000, BYTES (UPDATE_HEAD "\x92\x1f\x1f" UPDATE_TAIL), out, &len),
                   ==,
                   KITH_DROP_NOT);
  g_assert_cmpint (take (&join, 3000 + KITH_JOIN_LIFE_MS, BYTES (PART ("\0", VALUE_1)), out, &len),
                   ==,
                   KITH_DROP_PART);
  /* Values and sizes mixed, and a size of nothing. */
  assert_drop (UPDATE_HEAD "\x92\x1f" VALUE_1 UPDATE_TAIL, "structure");
  assert_drop (UPDATE_HEAD "\x92\x1f\0" UPDATE_TAIL, "oversized");
}

/* A flood of heads is bounded, and one address cannot push out the others. */
static void
test_parts_flood (void)
{
  static KithJoin join;
  uint8_t source[KITH_JOIN_SOURCE_LEN] = { 1 };
  const char head[] = UPDATE_HEAD "\x92\x1f\x1f" UPDATE_TAIL;
  KithDatagram info;
  guint kept = 0;

  g_assert_cmpint (kith_datagram_check ((const uint8_t *)head, sizeof head - 1, NETWORK, &info),
                   ==,
                   KITH_DROP_NOT);
  (void)kith_join_head (&join, 1000, source, (const uint8_t *)head, sizeof head - 1, &info);
  source[0] = 2;
  for (guint i = 0; i < 1000; i++) {
    info.tid = i;
    (void)
        kith_join_head (&join, 1001 + i % 7, source, (const uint8_t *)head, sizeof head - 1, &info);
  }
  for (guint i = 0; i < KITH_JOIN_SLOTS; i++) {
    kept += join.slots[i].until_ms > 1010 && join.slots[i].source[0] == 2;
  }
  g_assert_cmpuint (kept, ==, KITH_JOIN_SLOTS / 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/datagram-filter/messages", test_messages);
  g_test_add_func ("/datagram-filter/values", test_values);
  g_test_add_func ("/datagram-filter/discovery", test_discovery);
  g_test_add_func ("/datagram-filter/truncation", test_truncation);
  g_test_add_func ("/datagram-filter/killers", test_killers);
  g_test_add_func ("/datagram-filter/parts", test_parts);
  g_test_add_func ("/datagram-filter/parts-flood", test_parts_flood);
  return g_test_run ();
}
