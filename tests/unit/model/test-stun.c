/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages of STUN and TURN: the vectors of RFC 5769, what we write and read ourselves, and what is
   refused. */
#include <string.h>

#include "model/net/stun.h"

static const guint8 vector_request[] = {
  0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
  0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
  0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
  0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
  0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
  0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
  0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
};

static const guint8 vector_answer4[] = {
  0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
  0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
  0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
  0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99, 0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
  0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7, 0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96,
};

static const guint8 vector_answer6[] = {
  0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
  0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b, 0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
  0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
  0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
  0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1, 0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
  0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04, 0xc8, 0xfb, 0x0b, 0x4c,
};

static KithEndpoint
address (const char *text)
{
  KithEndpoint endpoint;

  g_assert_true (kith_endpoint_parse (text, &endpoint));
  return endpoint;
}

static void
assert_address (const KithEndpoint *endpoint, const char *text)
{
  g_autofree gchar *is = endpoint->family != 0 ? kith_endpoint_to_text (endpoint) : NULL;

  g_assert_cmpstr (is, ==, text);
}

static void
test_vectors (void)
{
  KithStun stun;

  g_assert_true (kith_stun_decode (vector_request, sizeof vector_request, &stun));
  g_assert_cmpuint (stun.method, ==, KITH_STUN_BINDING);
  g_assert_cmpint (stun.kind, ==, KITH_STUN_REQUEST);
  g_assert_true (stun.has_fingerprint);
  g_assert_true (stun.has_foreign);
  g_assert_true (kith_stun_has_cookie (stun.id));
  g_assert_cmpuint (stun.id[15], ==, 0xae);

  g_assert_true (kith_stun_decode (vector_answer4, sizeof vector_answer4, &stun));
  g_assert_cmpint (stun.kind, ==, KITH_STUN_SUCCESS);
  g_assert_true (stun.has_fingerprint);
  assert_address (&stun.mapped, "192.0.2.1:32853");

  g_assert_true (kith_stun_decode (vector_answer6, sizeof vector_answer6, &stun));
  assert_address (&stun.mapped, "[2001:db8:1234:5678:11:2233:4455:6677]:32853");
}

/* Every byte of a message with a fingerprint counts. */
static void
test_fingerprint (void)
{
  guint8 data[sizeof vector_answer4];
  KithStun stun;

  for (gsize i = 0; i < sizeof data; i++) {
    memcpy (data, vector_answer4, sizeof data);
    data[i] ^= 1;
    g_assert_false (kith_stun_decode (data, sizeof data, &stun) && stun.has_fingerprint);
  }
  for (gsize len = 0; len < sizeof data; len++) {
    g_assert_false (kith_stun_decode (vector_answer4, len, &stun));
  }
}

static void
test_round_trip (void)
{
  const guint8 random[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  KithStun said
      = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_SUCCESS, .has_fingerprint = TRUE };
  KithStun heard;
  guint8 data[KITH_STUN_MAX];

  kith_stun_make_id (said.id, random);
  said.mapped = address ("[2001:db8::7]:4321");
  said.other = address ("203.0.113.2:3479");
  said.origin = address ("203.0.113.1:3478");
  const gsize len = kith_stun_encode (&said, data, sizeof data);
  g_assert_cmpuint (len, ==, 20 + 24 + 12 + 12 + 8);
  g_assert_cmpuint (kith_stun_encode (&said, data, len - 1), ==, 0);
  g_assert_cmpuint (kith_stun_encode (&said, data, 19), ==, 0);
  g_assert_cmpuint (kith_stun_encode (&said, data, len), ==, len);
  g_assert_true (kith_stun_decode (data, len, &heard));
  g_assert_cmpmem (heard.id, sizeof heard.id, said.id, sizeof said.id);
  assert_address (&heard.mapped, "[2001:db8::7]:4321");
  assert_address (&heard.other, "203.0.113.2:3479");
  assert_address (&heard.origin, "203.0.113.1:3478");
  g_assert_true (heard.has_fingerprint);

  KithStun question = { .method = KITH_STUN_BINDING,
                        .kind = KITH_STUN_REQUEST,
                        .change = KITH_STUN_CHANGE_PORT,
                        .response_port = 40000 };
  g_assert_cmpuint (kith_stun_encode (&question, data, sizeof data), ==, 36);
  g_assert_true (kith_stun_decode (data, 36, &heard));
  g_assert_cmpuint (heard.change, ==, KITH_STUN_CHANGE_PORT);
  g_assert_cmpuint (heard.response_port, ==, 40000);
  g_assert_false (heard.has_foreign);

  KithStun refusal = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_ERROR, .error_code = 420 };
  g_assert_cmpuint (kith_stun_encode (&refusal, data, sizeof data), ==, 28);
  g_assert_true (kith_stun_decode (data, 28, &heard));
  g_assert_cmpuint (heard.error_code, ==, 420);
}

/* RFC 3489: no cookie, and the address is not masked. */
static void
test_old_form (void)
{
  KithStun said = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_SUCCESS, .id = { 9, 9, 9, 9 } };
  KithStun heard;
  guint8 data[64];

  said.mapped = address ("192.0.2.9:5000");
  const gsize len = kith_stun_encode (&said, data, sizeof data);
  g_assert_cmpuint (len, ==, 32);
  g_assert_cmpmem (data + 28, 4, said.mapped.ip, 4);
  g_assert_true (kith_stun_decode (data, len, &heard));
  assert_address (&heard.mapped, "192.0.2.9:5000");
}

#define HEAD(len)                                                                                  \
  0x01, 0x01, 0x00, len, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12

static void
test_first_counts (void)
{
  /* MAPPED-ADDRESS, XOR-MAPPED-ADDRESS twice: the masked one counts, and of these the first. */
  const guint8 data[]
      = { HEAD (36), 0,    1,    0,    8,    0,    1, 0x10, 0, 1, 2, 3, 4, 0, 0x20, 0, 8, 0, 1,
          0x21,      0x12, 0x21, 0x12, 0xa4, 0x43, 0, 0x20, 0, 8, 0, 1, 0, 0, 9,    9, 9, 9 };
  KithStun stun;

  g_assert_true (kith_stun_decode (data, sizeof data, &stun));
  assert_address (&stun.mapped, "0.0.0.1:0");
}

static void
test_refused (void)
{
  static const guint8 dht[20] = { 0x86, 0xa1, 'a' };
  static const guint8 long_length[20] = { 0x00, 0x01, 0, 4, 0x21, 0x12, 0xa4, 0x42 };
  static const guint8 over[] = { HEAD (8), 0, 0x20, 0, 8, 0, 1, 0, 0 };
  static const guint8 family[] = { HEAD (12), 0, 0x20, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4 };
  static const guint8 short6[] = { HEAD (12), 0, 0x20, 0, 8, 0, 2, 0, 0, 1, 2, 3, 4 };
  static const guint8 short_change[] = { HEAD (8), 0, 3, 0, 2, 0, 0, 0, 0 };
  static const guint8 error_code[] = { HEAD (8), 0, 9, 0, 4, 0, 0, 2, 99 };
  static const struct {
    const guint8 *data;
    gsize len;
  } all[] = {
    { dht, sizeof dht },
    { long_length, sizeof long_length },
    { over, sizeof over },
    { family, sizeof family },
    { short6, sizeof short6 },
    { short_change, sizeof short_change },
    { error_code, sizeof error_code },
  };
  KithStun stun;

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_assert_false (kith_stun_decode (all[i].data, all[i].len, &stun));
  }
}

/* KITH_STUN_MAX_ATTRIBUTES empty attributes pass, one more does not; the same with the size. */
static void
test_bounds (void)
{
  guint8 data[KITH_STUN_MAX + 4] = { HEAD (0) };
  KithStun stun;

  for (guint n = KITH_STUN_MAX_ATTRIBUTES; n <= KITH_STUN_MAX_ATTRIBUTES + 1; n++) {
    for (guint i = 0; i < n; i++) {
      data[20 + 4 * i] = 0x80;
    }
    data[3] = (guint8)(4 * n);
    g_assert_cmpint (kith_stun_decode (data, 20 + 4 * (gsize)n, &stun),
                     ==,
                     n == KITH_STUN_MAX_ATTRIBUTES);
  }
  for (gsize len = KITH_STUN_MAX; len <= KITH_STUN_MAX + 4; len += 4) {
    memset (data + 20, 0, sizeof data - 20);
    data[2] = (guint8)((len - 20) >> 8);
    data[3] = (guint8)(len - 20);
    data[20] = 0x80;
    data[22] = (guint8)((len - 24) >> 8);
    data[23] = (guint8)(len - 24);
    g_assert_cmpint (kith_stun_decode (data, len, &stun), ==, len == KITH_STUN_MAX);
  }
}

/* A message of TURN with everything that it may have. */
static void
test_turn (void)
{
  const guint8 random[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
  guint8 payload[KITH_STUN_DATA_MAX];
  KithStun said = { .method = KITH_STUN_DATA, .kind = KITH_STUN_INDICATION, .has_lifetime = TRUE };
  KithStun heard;
  guint8 data[KITH_STUN_MAX];

  for (gsize i = 0; i < sizeof payload; i++) {
    payload[i] = (guint8)i;
  }
  kith_stun_make_id (said.id, random);
  said.peer = address ("192.0.2.7:4222");
  said.relayed = address ("[2001:db8::1]:9");
  said.alternate = address ("192.0.2.8:80");
  said.transport = 17U << 24;
  said.data = (KithStunBytes){ payload, sizeof payload };
  said.realm = (KithStunBytes){ (const guint8 *)"realm", 5 };
  said.nonce = (KithStunBytes){ (const guint8 *)"", 0 };
  const gsize len = kith_stun_encode (&said, data, sizeof data);
  g_assert_true (kith_stun_decode (data, len, &heard));
  g_assert_cmpuint (heard.method, ==, KITH_STUN_DATA);
  g_assert_cmpint (heard.kind, ==, KITH_STUN_INDICATION);
  assert_address (&heard.peer, "192.0.2.7:4222");
  assert_address (&heard.relayed, "[2001:db8::1]:9");
  assert_address (&heard.alternate, "192.0.2.8:80");
  g_assert_cmpuint (heard.transport, ==, 17U << 24);
  g_assert_true (heard.has_lifetime && heard.lifetime_s == 0); /* there, and none */
  g_assert_cmpmem (heard.data.data, heard.data.len, payload, sizeof payload);
  g_assert_cmpmem (heard.realm.data, heard.realm.len, "realm", 5);
  g_assert_true (heard.nonce.data != NULL && heard.nonce.len == 0);
  g_assert_null (heard.algorithms.data);
  g_assert_true (heard.has_foreign); /* none of this is for a binding request */
  for (gsize i = 0; i < len; i++) {
    g_assert_false (kith_stun_decode (data, i, &heard));
  }
}

/* Behind the integrity only the fingerprint counts. */
static void
test_behind_integrity (void)
{
  const guint8 digest[20] = { 0 };
  const guint8 lifetime[4] = { 0, 0, 0, 9 };
  KithStun said = { .method = KITH_STUN_REFRESH, .kind = KITH_STUN_SUCCESS };
  KithStun heard;
  guint8 data[128];
  gsize len = kith_stun_encode (&said, data, sizeof data);

  len = kith_stun_append (data, len, sizeof data, KITH_STUN_INTEGRITY, digest, sizeof digest);
  len = kith_stun_append (data, len, sizeof data, 0x000d, lifetime, sizeof lifetime);
  len = kith_stun_append_fingerprint (data, len, sizeof data);
  g_assert_true (kith_stun_decode (data, len, &heard));
  g_assert_true (heard.has_fingerprint && !heard.has_lifetime && !heard.is_sha256);
  g_assert_cmpuint (heard.integrity_at, ==, KITH_STUN_HEADER_LEN);
  data[len - 1] ^= 1;
  g_assert_false (kith_stun_decode (data, len, &heard));
}

/* What an attribute of TURN must not be. */
static void
test_turn_refused (void)
{
  static const struct {
    guint type;
    gsize len;
    const char *value;
  } bad[] = {
    { 0x000d, 3, "\0\0\0" },           { 0x0009, 3, "\0\0\4" },
    { 0x0009, 4, "\0\0\7\0" },         { 0x0009, 4, "\0\0\4\144" },
    { 0x0012, 7, "\0\1\0\0\1\2\3" },   { 0x0012, 20, "\0\1\0\0\1\2\3\4\0\0\0\0\0\0\0\0\0\0\0" },
    { 0x0012, 8, "\0\3\0\0\1\2\3\4" }, { KITH_STUN_INTEGRITY, 8, "\0\1\0\0\1\2\3\4" },
  };
  const KithStun said = { .method = KITH_STUN_ALLOCATE, .kind = KITH_STUN_ERROR };
  const guint8 long_text[KITH_STUN_TEXT_MAX + 1] = { 0 };
  guint8 data[KITH_STUN_MAX];
  KithStun heard;
  gsize len;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    len = kith_stun_encode (&said, data, sizeof data);
    len = kith_stun_append (data, len, sizeof data, bad[i].type, bad[i].value, bad[i].len);
    g_assert_false (kith_stun_decode (data, len, &heard));
  }
  for (gsize n = KITH_STUN_TEXT_MAX; n <= sizeof long_text; n++) {
    len = kith_stun_encode (&said, data, sizeof data);
    len = kith_stun_append (data, len, sizeof data, 0x0014, long_text, n);
    g_assert_cmpint (kith_stun_decode (data, len, &heard), ==, n == KITH_STUN_TEXT_MAX);
  }
  for (guint i = 0; i < 5; i++) {
    len = kith_stun_append (data, len, sizeof data, 0x0013, long_text, sizeof long_text);
  }
  g_assert_cmpuint (len, ==, 0); /* it never grows over its room */
}

static void
test_public (void)
{
  static const char *const public[]
      = { "203.0.113.1:1", "8.8.8.8:0", "100.63.0.1:1", "172.32.0.1:1", "[2001:db8::1]:1" };
  static const char *const private[]
      = { "10.0.0.1:1",    "172.16.0.1:1", "192.168.1.1:1",       "100.64.0.1:1", "100.127.0.1:1",
          "169.254.1.1:1", "127.0.0.1:1",  "224.0.0.1:1",         "[fe80::1]:1",  "[fd00::1]:1",
          "[ff02::1]:1",   "[::1]:1",      "[::ffff:10.0.0.1]:1", "0.0.0.0:1" };

  for (guint i = 0; i < G_N_ELEMENTS (public); i++) {
    KithEndpoint one = address (public[i]);
    g_assert_true (kith_endpoint_is_public (&one));
  }
  for (guint i = 0; i < G_N_ELEMENTS (private); i++) {
    KithEndpoint one = address (private[i]);
    g_assert_false (kith_endpoint_is_public (&one));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stun/vectors", test_vectors);
  g_test_add_func ("/stun/fingerprint", test_fingerprint);
  g_test_add_func ("/stun/round-trip", test_round_trip);
  g_test_add_func ("/stun/old-form", test_old_form);
  g_test_add_func ("/stun/first-counts", test_first_counts);
  g_test_add_func ("/stun/refused", test_refused);
  g_test_add_func ("/stun/bounds", test_bounds);
  g_test_add_func ("/stun/turn", test_turn);
  g_test_add_func ("/stun/behind-integrity", test_behind_integrity);
  g_test_add_func ("/stun/turn-refused", test_turn_refused);
  g_test_add_func ("/endpoint/public", test_public);
  return g_test_run ();
}
