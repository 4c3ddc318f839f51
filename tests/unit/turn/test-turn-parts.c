/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests how messages of TURN are sealed and framed, and the URIs of servers. */
#include <string.h>

#include "base/error.h"
#include "model/net/turn-server.h"
#include "turn/turn-message.h"

static void
test_uris (void)
{
  static const struct {
    const char *uri;
    const char *host; /* NULL: refused */
    guint16 port;
    KithTurnTransport transport;
    const char *label;
  } cases[] = {
    { "turn:turn.example", "turn.example", 3478, KITH_TURN_UDP, "turn.example:3478 (UDP)" },
    { "TURN:Turn.Example:99", "turn.example", 99, KITH_TURN_UDP, "turn.example:99 (UDP)" },
    { "turn:a.example?transport=udp", "a.example", 3478, KITH_TURN_UDP, NULL },
    { "turn:a.example:80?transport=tcp", "a.example", 80, KITH_TURN_TCP, "a.example:80 (TCP)" },
    { "turns:a.example", "a.example", 5349, KITH_TURN_TLS, "a.example:5349 (TLS)" },
    { "turns:a.example:443?transport=tcp", "a.example", 443, KITH_TURN_TLS, NULL },
    { "turn:192.0.2.1", "192.0.2.1", 3478, KITH_TURN_UDP, NULL },
    { "turn:[2001:db8::1]", "2001:db8::1", 3478, KITH_TURN_UDP, "[2001:db8::1]:3478 (UDP)" },
    { "turn:[2001:db8::1]:5", "2001:db8::1", 5, KITH_TURN_UDP, NULL },
    { "turns:a.example?transport=udp", NULL, 0, 0, NULL },
    { "turn:a.example?transport=sctp", NULL, 0, 0, NULL },
    { "turn:a.example?", NULL, 0, 0, NULL },
    { "turn:", NULL, 0, 0, NULL },
    { "turn:a.example:", NULL, 0, 0, NULL },
    { "turn:a.example:0", NULL, 0, 0, NULL },
    { "turn:a.example:65536", NULL, 0, 0, NULL },
    { "turn:a.example:port", NULL, 0, 0, NULL },
    { "turn:a example", NULL, 0, 0, NULL },
    { "turn:a/b", NULL, 0, 0, NULL },
    { "turn:2001:db8::1", NULL, 0, 0, NULL },
    { "turn:[2001:db8::1", NULL, 0, 0, NULL },
    { "turn:[192.0.2.1]", NULL, 0, 0, NULL },
    { "turn:[2001:db8::1]x", NULL, 0, 0, NULL },
    { "turn:me@a.example", NULL, 0, 0, NULL },
    { "stun:a.example", NULL, 0, 0, NULL },
    { "a.example:3478", NULL, 0, 0, NULL },
    { "", NULL, 0, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (KithTurnServer) server
        = kith_turn_server_parse (cases[i].uri, "u", "sesame", NULL, &error);
    g_test_message ("%s", cases[i].uri);
    if (cases[i].host == NULL) {
      g_assert_null (server);
      g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
      g_assert_null (strstr (error->message, "sesame"));
      continue;
    }
    g_assert_no_error (error);
    g_assert_cmpstr (server->host, ==, cases[i].host);
    g_assert_cmpint (server->port, ==, cases[i].port);
    g_assert_cmpint (server->transport, ==, cases[i].transport);
    g_assert_true (cases[i].label == NULL || strcmp (cases[i].label, server->label) == 0);
  }
}

static void
test_credentials (void)
{
  g_autofree gchar *long_user = g_strnfill (KITH_TURN_MAX_USER + 1, 'u');
  g_autofree gchar *long_password = g_strnfill (KITH_TURN_MAX_PASSWORD + 1, 'p');

  g_assert_null (kith_turn_server_parse ("turn:a", "", "p", NULL, NULL));
  g_assert_null (kith_turn_server_parse ("turn:a", "u", "", NULL, NULL));
  g_assert_null (kith_turn_server_parse ("turn:a", NULL, "p", NULL, NULL));
  g_assert_null (kith_turn_server_parse ("turn:a", long_user, "p", NULL, NULL));
  g_assert_null (kith_turn_server_parse ("turn:a", "u", long_password, NULL, NULL));
}

/* RFC 5769 section 2.2: a response to a binding request, with its addresses, made with short-term
   credentials. */
static void
test_published_vector (void)
{
  static const guint8 sample[] = "\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86"
                                 "\xfa\x87\xdf\xae\x80\x22\x00"
                                 "\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20\x00\x20\x00"
                                 "\x08\x00\x01\xa1\x47\xe1\x12"
                                 "\xa6\x43\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74"
                                 "\x89\xf9\x2a\xf9\xba\x53\xf0"
                                 "\x6b\xe7\xd7\x80\x28\x00\x04\xc0\x7d\x4c\x96";
  const KithTurnKey key = { FALSE, 22, "VOkJxbRl1RmTxUk/WvJxBt" };
  KithTurnKey other = key;
  KithStun message;

  g_assert_true (kith_stun_decode (sample, sizeof sample - 1, &message));
  g_assert_cmpuint (message.method, ==, KITH_STUN_BINDING);
  g_assert_cmpint (message.kind, ==, KITH_STUN_SUCCESS);
  g_autofree gchar *mapped = kith_endpoint_to_text (&message.mapped);
  g_assert_cmpstr (mapped, ==, "192.0.2.1:32853");
  g_assert_true (kith_turn_message_is_authentic (sample, &message, &key));
  other.bytes[0] ^= 1;
  g_assert_false (kith_turn_message_is_authentic (sample, &message, &other));
}

/* RFC 5769 section 2.4: a request with long-term credentials, written byte by byte as there. */
static void
test_long_term_vector (void)
{
  static const guint8 sample[] = "\x00\x01\x00\x60\x21\x12\xa4\x42\x78\xad\x34\x33\xc6\xad\x72\xc0"
                                 "\x29\xda\x41\x2e\x00\x06\x00"
                                 "\x12\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf"
                                 "\xe3\x82\xb9\x00\x00\x00\x15"
                                 "\x00\x1c\x66\x2f\x2f\x34\x39\x39\x6b\x39\x35\x34\x64\x36\x4f\x4c"
                                 "\x33\x34\x6f\x4c\x39\x46\x53"
                                 "\x54\x76\x79\x36\x34\x73\x41\x00\x14\x00\x0b\x65\x78\x61\x6d\x70"
                                 "\x6c\x65\x2e\x6f\x72\x67\x00"
                                 "\x00\x08\x00\x14\xf6\x70\x24\x65\x6d\xd6\x4a\x3e\x02\xb8\xe0\x71"
                                 "\x2e\x85\xc9\xa2\x8c\xa8\x96"
                                 "\x66";
  static const char user[]
      = "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9";
  static const char nonce[] = "f//499k954d6OL34oL9FSTvy64sA";
  KithStun message;
  const KithStunBytes realm = { (const guint8 *)"example.org", 11 };
  KithStun said = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_REQUEST, .realm = realm };
  guint8 data[128];
  KithTurnKey key;

  kith_turn_key_derive (&key, FALSE, user, &realm, "TheMatrIX");
  g_assert_true (kith_stun_decode (sample, sizeof sample - 1, &message));
  g_assert_true (kith_turn_message_is_authentic (sample, &message, &key));
  g_assert_cmpmem (message.nonce.data, message.nonce.len, nonce, strlen (nonce));
  memcpy (said.id, message.id, sizeof said.id);
  said.user = (KithStunBytes){ (const guint8 *)user, strlen (user) };
  said.nonce = (KithStunBytes){ (const guint8 *)nonce, strlen (nonce) };
  gsize len = kith_stun_encode (&said, data, sizeof data);
  len = kith_turn_message_seal (data, len, sizeof data, &key);
  g_assert_cmpmem (data, len, sample, sizeof sample - 1);
}

static void
test_sha256 (void)
{
  const KithStunBytes realm = { (const guint8 *)"r", 1 };
  KithStun said = { .method = KITH_STUN_REFRESH, .kind = KITH_STUN_SUCCESS, .has_lifetime = TRUE };
  KithStun message;
  guint8 data[128];
  KithTurnKey key;

  kith_turn_key_derive (&key, TRUE, "u", &realm, "p");
  gsize len = kith_stun_encode (&said, data, sizeof data);
  g_assert_cmpuint (kith_turn_message_seal (data, len, len + 35, &key), ==, 0); /* no room */
  len = kith_stun_encode (&said, data, sizeof data);
  len = kith_turn_message_seal (data, len, len + 36, &key);
  g_assert_cmpuint (kith_turn_message_frame (data, len), ==, len);
  g_assert_true (kith_stun_decode (data, len, &message));
  g_assert_true (message.is_sha256);
  g_assert_true (kith_turn_message_is_authentic (data, &message, &key));
  for (gsize i = 4; i < len; i++) {
    if (i < message.integrity_at || i >= message.integrity_at + 4) {
      data[i] ^= 1;
      g_assert_false (kith_turn_message_is_authentic (data, &message, &key));
      data[i] ^= 1;
    }
  }
  key.sha256 = FALSE; /* nobody talks us down */
  g_assert_false (kith_turn_message_is_authentic (data, &message, &key));
}

static void
test_frames (void)
{
  g_assert_cmpuint (kith_turn_message_frame ((const guint8 *)"\x01\x01\x00", 3), ==, 0);
  g_assert_cmpuint (kith_turn_message_frame ((const guint8 *)"\x01\x01\x00\x08", 4), ==, 28);
  g_assert_cmpuint (kith_turn_message_frame ((const guint8 *)"\x01\x01\x00\x09", 4), ==, G_MAXSIZE);
  g_assert_cmpuint (kith_turn_message_frame ((const guint8 *)"\x01\x01\xff\xfc", 4), ==, G_MAXSIZE);
  g_assert_cmpuint (kith_turn_message_frame ((const guint8 *)"\x40\x01\x00\x05", 4), ==, 12);
  g_assert_cmpuint (kith_turn_message_frame ((const guint8 *)"HTTP", 4), !=, 0);
  g_assert_cmpuint (kith_turn_message_frame ((const guint8 *)"\x80\x01\x00\x05", 4), ==, G_MAXSIZE);
}

static gboolean
offers (const char *nonce, const char *algorithms, gsize len)
{
  const KithStun message = { .nonce = { (const guint8 *)nonce, strlen (nonce) },
                             .algorithms = { (const guint8 *)algorithms, len } };

  return kith_turn_message_offers_sha256 (&message);
}

static void
test_algorithms (void)
{
  g_assert_true (offers ("obMatJos2gAAAx", "\0\2\0\0\0\1\0\0", 8));
  g_assert_true (offers ("obMatJos2wAAAx", "\0\1\0\0\0\2\0\0", 8));
  g_assert_false (offers ("obMatJos2AAAAx", "\0\2\0\0\0\1\0\0", 8)); /* the flag is not set */
  g_assert_false (offers ("abMatJos2gAAAx", "\0\2\0\0\0\1\0\0", 8)); /* no such nonce */
  g_assert_false (offers ("obMatJos2", "\0\2\0\0", 4));
  g_assert_false (offers ("obMatJos2gAAAx", "\0\1\0\0", 4)); /* MD5 only */
  g_assert_false (offers ("obMatJos2gAAAx", "\0\2\0", 3));
  g_assert_false (offers ("obMatJos2gAAAx", "\0\1\377\377\0\2\0\0", 8));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/turn/uris", test_uris);
  g_test_add_func ("/link/turn/credentials", test_credentials);
  g_test_add_func ("/link/turn/published-vector", test_published_vector);
  g_test_add_func ("/link/turn/long-term-vector", test_long_term_vector);
  g_test_add_func ("/link/turn/sha256", test_sha256);
  g_test_add_func ("/link/turn/frames", test_frames);
  g_test_add_func ("/link/turn/algorithms", test_algorithms);
  return g_test_run ();
}
