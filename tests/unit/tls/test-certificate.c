/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Certificates of this host: when they are made anew, and whom a certificate is for. */
#include <string.h>

#include "tls-bench.h"

static TlsHouse house;

static const char *const names[] = { "nuc.example", "localhost", NULL };
static const KithEndpoint addresses[]
    = { { .ip = { 192, 0, 2, 7 }, .family = 4 }, { .ip = { 0x20, 1, 0xd, 0xb8 }, .family = 6 } };

static KithTlsWanted
wanted_now (void)
{
  return (KithTlsWanted){ .ca = house.ca,
                          .ca_key = house.ca_key,
                          .key = house.key,
                          .names = names,
                          .addresses = addresses,
                          .n_addresses = 1,
                          .now_s = tls_now () };
}

static void
test_fits (void)
{
  static const char *const other_names[] = { "nuc.example", "kith.local", NULL };
  KithTlsWanted wanted = wanted_now ();
  TlsHouse other;

  g_assert_true (kith_tls_certificate_fits (house.chain, &wanted));
  wanted.now_s += 369 * TLS_YEAR / 365; /* 31 days before its end */
  g_assert_true (kith_tls_certificate_fits (house.chain, &wanted));
  wanted.now_s += 2 * TLS_YEAR / 365;
  g_assert_false (kith_tls_certificate_fits (house.chain, &wanted));
  wanted = wanted_now ();
  wanted.n_addresses = 2;
  g_assert_false (kith_tls_certificate_fits (house.chain, &wanted));
  wanted.n_addresses = 0;
  g_assert_false (kith_tls_certificate_fits (house.chain, &wanted));
  wanted = wanted_now ();
  wanted.names = other_names;
  g_assert_false (kith_tls_certificate_fits (house.chain, &wanted));
  tls_house_set_up (&other, tls_now (), "nuc.example");
  wanted = wanted_now ();
  wanted.ca = other.ca;
  g_assert_false (kith_tls_certificate_fits (house.chain, &wanted));
  wanted = wanted_now ();
  wanted.key = other.key;
  g_assert_false (kith_tls_certificate_fits (house.chain, &wanted));
  wanted = wanted_now ();
  g_assert_false (kith_tls_certificate_fits ("nonsense", &wanted));
  g_assert_true (kith_tls_ca_fits (house.ca, house.ca_key, wanted.now_s));
  g_assert_false (kith_tls_ca_fits (house.ca, other.ca_key, wanted.now_s));
  g_assert_false (kith_tls_ca_fits (house.ca, house.ca_key, wanted.now_s + 20 * TLS_YEAR));
  g_assert_false (kith_tls_ca_fits (house.chain, house.key, wanted.now_s));
  tls_house_clear (&other);
}

static void
test_anew (void)
{
  KithTlsWanted wanted = wanted_now ();
  g_autoptr (GError) error = NULL;

  wanted.n_addresses = 2;
  g_autofree gchar *chain = kith_tls_certificate_new (&wanted, &error);
  g_assert_no_error (error);
  g_assert_true (kith_tls_certificate_fits (chain, &wanted));
  g_assert_true (kith_tls_certificate_names (chain, "2001:db8::", NULL));
  wanted.ca_key = "nonsense";
  g_assert_null (kith_tls_certificate_new (&wanted, &error));
  g_assert_nonnull (error);
}

static void
test_fingerprint (void)
{
  g_autofree gchar *text = kith_tls_fingerprint (house.ca);

  g_assert_cmpuint (strlen (text), ==, 32 * 3 - 1);
  g_assert_true (g_regex_match_simple ("^([0-9A-F]{2}:){31}[0-9A-F]{2}$", text, 0, 0));
  g_assert_null (kith_tls_fingerprint ("nonsense"));
}

/* From tests/data/tls/: certificates with names of every kind (README there). */
static void
test_names (void)
{
  static const struct {
    const char *file, *domain;
    gboolean fits;
    const char *named;
  } rows[] = {
    { "sip-uri", "example.org", TRUE, NULL },
    { "sip-uri", "sip.example.org", FALSE, "example.org" }, /* its DNS name does not count */
    { "person-uri", "example.org", FALSE, "dns.example.org" },
    { "person-uri", "dns.example.org", TRUE, NULL },
    { "wildcard", "sip.example.org", FALSE, "*.example.org" },
    { "common-name", "example.org", TRUE, NULL },
    { "common-name-and-dns", "example.org", FALSE, "dns.example.org" },
    { "nul-in-name", "example.org", FALSE, "nobody" },
    { "address", "192.0.2.9", TRUE, NULL },
    { "address", "192.0.2.10", FALSE, "192.0.2.9" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *path = g_strdup_printf ("%s/tls/%s.pem", KITH_TEST_DATA, rows[i].file);
    g_autofree gchar *pem = NULL;
    g_autofree gchar *named = NULL;
    g_autoptr (GError) error = NULL;
    (void)g_file_get_contents (path, &pem, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (kith_tls_certificate_names (pem, rows[i].domain, &named), ==, rows[i].fits);
    g_assert_cmpstr (named, ==, rows[i].named);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  tls_house_set_up (&house, tls_now (), "nuc.example");
  g_test_add_func ("/certificate/fits", test_fits);
  g_test_add_func ("/certificate/anew", test_anew);
  g_test_add_func ("/certificate/fingerprint", test_fingerprint);
  g_test_add_func ("/certificate/names", test_names);
  const int code = g_test_run ();
  tls_house_clear (&house);
  return code;
}
