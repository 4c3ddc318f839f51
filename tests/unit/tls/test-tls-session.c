/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real handshakes between two sessions: what is trusted, what is not, and what must be refused. */
#include <string.h>

#include "base/text.h"
#include "tls-bench.h"

static TlsHouse house; /* of "nuc.example", made now */

static KithTlsTrust *
server_of (const TlsHouse *of)
{
  g_autoptr (GError) error = NULL;
  KithTlsTrust *trust = kith_tls_trust_new_server (of->chain, of->key, &error);

  g_assert_no_error (error);
  return trust;
}

static KithTlsTrust *
cas_of (const TlsHouse *of)
{
  g_autoptr (GError) error = NULL;
  KithTlsTrust *trust = kith_tls_trust_new_cas (of->ca, strlen (of->ca), &error);

  g_assert_no_error (error);
  return trust;
}

static void
expect_text (KithTlsSession *session, const char *text)
{
  guint8 out[256];
  const gsize len = kith_tls_session_read (session, out, sizeof out);

  g_assert_cmpmem (out, len, text, strlen (text));
}

/* A client that believes @trust asks the server of @of for @domain. NULL: it works; else why
   not. */
static gchar *
try (const TlsHouse *of, KithTlsTrust *trust, const char *domain)
{
  g_autoptr (KithTlsTrust) shown = server_of (of);
  g_autoptr (KithTlsSession) server = kith_tls_session_new (shown, NULL, NULL);
  g_autoptr (KithTlsSession) client = kith_tls_session_new (trust, domain, NULL);

  g_assert_true (kith_tls_session_write (client, "hello", 5));
  tls_talk (client, server, 100000);
  if (kith_tls_session_get_state (client) == KITH_TLS_FAILED) {
    guint8 out[16];
    g_assert_cmpuint (kith_tls_session_read (server, out, sizeof out), ==, 0);
    g_assert_cmpint (kith_tls_session_get_state (server), ==, KITH_TLS_FAILED);
    return g_strdup (kith_tls_session_why (client));
  }
  expect_text (server, "hello");
  return NULL;
}

static void
test_both_ways (void)
{
  static const gsize chunks[] = { 100000, 1460, 7, 1 };
  g_autoptr (KithTlsTrust) shown = server_of (&house);
  g_autoptr (KithTlsTrust) cas = cas_of (&house);

  for (gsize i = 0; i < G_N_ELEMENTS (chunks); i++) {
    g_autoptr (KithTlsSession) server = kith_tls_session_new (shown, NULL, NULL);
    g_autoptr (KithTlsSession) client = kith_tls_session_new (cas, "nuc.example", NULL);
    g_assert_true (kith_tls_session_write (client, "early", 5));
    g_assert_cmpuint (kith_tls_session_waiting (client), ==, 5);
    tls_talk (client, server, chunks[i]);
    g_assert_cmpint (kith_tls_session_get_state (client), ==, KITH_TLS_OPEN);
    g_assert_cmpint (kith_tls_session_get_state (server), ==, KITH_TLS_OPEN);
    g_assert_cmpstr (kith_tls_session_version (server), ==, "TLS 1.3");
    expect_text (server, "early");
    g_assert_true (kith_tls_session_write (server, "answer", 6));
    tls_talk (client, server, chunks[i]);
    expect_text (client, "answer");
    kith_tls_session_end (client);
    tls_talk (client, server, chunks[i]);
    expect_text (server, "");
    g_assert_cmpint (kith_tls_session_get_state (server), ==, KITH_TLS_CLOSED);
    g_assert_true (kith_tls_session_write (server, "last", 4)); /* the other way is open */
    tls_talk (client, server, chunks[i]);
    expect_text (client, "last");
  }
}

static void
test_much (void)
{
  g_autoptr (KithTlsTrust) shown = server_of (&house);
  g_autoptr (KithTlsTrust) cas = cas_of (&house);
  g_autoptr (KithTlsSession) server = kith_tls_session_new (shown, NULL, NULL);
  g_autoptr (KithTlsSession) client = kith_tls_session_new (cas, "localhost", NULL);
  g_autofree gchar *text = g_strnfill (60000, 'x');
  guint8 out[4096];
  gsize got = 0;

  tls_talk (client, server, 9000);
  g_assert_true (kith_tls_session_write (client, text, 60000));
  tls_talk (client, server, 9000);
  for (gsize n = 1; n > 0;) {
    n = kith_tls_session_read (server, out, sizeof out);
    got += n;
  }
  g_assert_cmpuint (got, ==, 60000);
  /* nobody reads: there is an end to what is kept */
  for (guint i = 0; i < 4; i++) {
    (void)kith_tls_session_write (client, text, 60000);
  }
  tls_talk (client, server, 100000);
  g_assert_cmpint (kith_tls_session_get_state (server), ==, KITH_TLS_FAILED);
}

static void
test_early_bound (void)
{
  g_autoptr (KithTlsTrust) cas = cas_of (&house);
  g_autoptr (KithTlsSession) client = kith_tls_session_new (cas, "localhost", NULL);
  g_autofree gchar *text = g_strnfill (KITH_TLS_EARLY_MAX, 'x');

  g_assert_true (kith_tls_session_write (client, text, KITH_TLS_EARLY_MAX));
  g_assert_false (kith_tls_session_write (client, "x", 1));
}

static void
test_names (void)
{
  g_autoptr (KithTlsTrust) cas = cas_of (&house);
  g_autofree gchar *by_name = try (&house, cas, "NUC.example");
  g_autofree gchar *by_address = try (&house, cas, "192.0.2.7");
  g_autofree gchar *wrong = try (&house, cas, "sip.example.org");
  g_autofree gchar *wrong_address = try (&house, cas, "192.0.2.8");

  g_assert_null (by_name);
  g_assert_null (by_address);
  g_assert_cmpstr (wrong, ==, "its certificate is for nuc.example, not for sip.example.org");
  g_assert_cmpstr (wrong_address, ==, "its certificate is for nuc.example, not for 192.0.2.8");
}

static void
test_unknown_ca (void)
{
  TlsHouse other;
  tls_house_set_up (&other, tls_now (), "nuc.example");
  g_autoptr (KithTlsTrust) cas = cas_of (&other);
  g_autofree gchar *why = try (&house, cas, "nuc.example");

  g_assert_cmpstr (why, ==, "nobody who is trusted has signed its certificate");
  tls_house_clear (&other);
}

static void
test_times (void)
{
  static const struct {
    gint years;
    const char *why;
  } rows[] = { { -3, "its certificate has expired" }, { 2, "its certificate is not valid yet" } };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    TlsHouse old;
    tls_house_set_up (&old, tls_now () + rows[i].years * TLS_YEAR, "nuc.example");
    g_autoptr (KithTlsTrust) cas = cas_of (&old);
    g_autofree gchar *why = try (&old, cas, "nuc.example");
    g_assert_cmpstr (why, ==, rows[i].why);
    tls_house_clear (&old);
  }
}

static void
test_pin (void)
{
  guint8 pin[KITH_TLS_PIN_LEN];

  g_assert_true (kith_tls_pin_of (house.chain, pin));
  g_autoptr (KithTlsTrust) right = kith_tls_trust_new_pin (pin, NULL);
  g_autofree gchar *fine = try (&house, right, "whatever.example");
  g_assert_null (fine);
  g_autofree gchar *print = kith_tls_fingerprint (house.chain);
  g_auto (GStrv) bytes = g_strsplit (print, ":", -1);
  g_autofree gchar *hex = g_strjoinv ("", bytes);
  guint8 whole[KITH_TLS_PIN_LEN];
  g_assert_true (kith_hex_decode (hex, whole, sizeof whole));
  g_autoptr (KithTlsTrust) by_print = kith_tls_trust_new_pin (whole, NULL);
  g_autofree gchar *fine_too = try (&house, by_print, "whatever.example");
  g_assert_null (fine_too);
  pin[3] ^= 1;
  g_autoptr (KithTlsTrust) wrong = kith_tls_trust_new_pin (pin, NULL);
  g_autofree gchar *why = try (&house, wrong, "nuc.example");
  g_assert_cmpstr (why, ==, "its key is not the one that was pinned");
}

static void
test_no_tls (void)
{
  static const char *const rubbish[] = { "OPTIONS sip:nuc SIP/2.0\r\n\r\n",
                                         "\x16\x03\x01\xff\xff",
                                         "\x16\x03\x00\x00\x01\x01",
                                         "\x15\x03\x03\x00\x02\x02\x28",
                                         "GET / HTTP/1.1\r\n\r\n" };
  g_autoptr (KithTlsTrust) shown = server_of (&house);

  for (gsize i = 0; i < G_N_ELEMENTS (rubbish); i++) {
    g_autoptr (KithTlsSession) server = kith_tls_session_new (shown, NULL, NULL);
    guint8 bytes[64] = { 0 };
    memcpy (bytes, rubbish[i], strlen (rubbish[i]));
    (void)kith_tls_session_feed (server, bytes, sizeof bytes);
    g_assert_cmpint (kith_tls_session_get_state (server), ==, KITH_TLS_FAILED);
    g_assert_nonnull (kith_tls_session_why (server));
    g_assert_false (kith_tls_session_write (server, "x", 1));
  }
}

/* A record that somebody has changed on its way ends the session. */
static void
test_tampered (void)
{
  g_autoptr (KithTlsTrust) shown = server_of (&house);
  g_autoptr (KithTlsTrust) cas = cas_of (&house);
  g_autoptr (KithTlsSession) server = kith_tls_session_new (shown, NULL, NULL);
  g_autoptr (KithTlsSession) client = kith_tls_session_new (cas, "localhost", NULL);
  gsize len = 0;
  guint8 out[64];

  tls_talk (client, server, 9000);
  g_assert_true (kith_tls_session_write (client, "pay 1", 5));
  const guint8 *bytes = kith_tls_session_peek (client, &len);
  g_autofree guint8 *changed = g_memdup2 (bytes, len);
  changed[len - 1] ^= 1;
  (void)kith_tls_session_feed (server, changed, len);
  g_assert_cmpuint (kith_tls_session_read (server, out, sizeof out), ==, 0);
  g_assert_cmpint (kith_tls_session_get_state (server), ==, KITH_TLS_FAILED);
}

static void
test_sides (void)
{
  g_autoptr (KithTlsTrust) shown = server_of (&house);
  g_autoptr (KithTlsTrust) cas = cas_of (&house);
  g_autoptr (GError) error = NULL;

  g_assert_null (kith_tls_session_new (shown, "nuc.example", NULL));
  g_assert_null (kith_tls_session_new (cas, NULL, NULL));
  g_assert_null (kith_tls_trust_new_cas ("none", 4, &error));
  g_assert_nonnull (error);
  g_assert_null (kith_tls_trust_new_server (house.chain, house.ca_key, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  tls_house_set_up (&house, tls_now (), "nuc.example");
  g_test_add_func ("/tls-session/both-ways", test_both_ways);
  g_test_add_func ("/tls-session/much", test_much);
  g_test_add_func ("/tls-session/early-bound", test_early_bound);
  g_test_add_func ("/tls-session/names", test_names);
  g_test_add_func ("/tls-session/unknown-ca", test_unknown_ca);
  g_test_add_func ("/tls-session/times", test_times);
  g_test_add_func ("/tls-session/pin", test_pin);
  g_test_add_func ("/tls-session/no-tls", test_no_tls);
  g_test_add_func ("/tls-session/tampered", test_tampered);
  g_test_add_func ("/tls-session/sides", test_sides);
  const int code = g_test_run ();
  tls_house_clear (&house);
  return code;
}
