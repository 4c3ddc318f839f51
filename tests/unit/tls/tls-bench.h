/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A CA, a server of it and two sessions that talk, for the tests of TLS. */
#pragma once

#include "base/clock.h"
#include "tls/tls-session.h"

#define TLS_YEAR ((gint64)365 * 24 * 3600)

typedef struct {
  gchar *ca_key, *ca, *key, *chain;
} TlsHouse;

static inline gint64
tls_now (void)
{
  return kith_clock_wall (kith_clock_get_default ()) / G_USEC_PER_SEC;
}

/* A CA that was made at @made_s, and what it signed then for @name and 192.0.2.7. */
static inline void
tls_house_set_up (TlsHouse *house, gint64 made_s, const char *name)
{
  static const KithEndpoint address = { .ip = { 192, 0, 2, 7 }, .family = 4 };
  const char *const names[] = { name, "localhost", NULL };
  g_autoptr (GError) error = NULL;

  house->ca_key = kith_tls_key_new (&error);
  g_assert_no_error (error);
  house->ca = kith_tls_ca_new (house->ca_key, "Kith of nuc", made_s, &error);
  g_assert_no_error (error);
  house->key = kith_tls_key_new (&error);
  g_assert_no_error (error);
  const KithTlsWanted wanted = { .ca = house->ca,
                                 .ca_key = house->ca_key,
                                 .key = house->key,
                                 .names = names,
                                 .addresses = &address,
                                 .n_addresses = 1,
                                 .now_s = made_s };
  house->chain = kith_tls_certificate_new (&wanted, &error);
  g_assert_no_error (error);
}

static inline void
tls_house_clear (TlsHouse *house)
{
  g_free (house->ca_key);
  g_free (house->ca);
  g_free (house->key);
  g_free (house->chain);
}

/* Carries what @from has to say to @to, @chunk bytes at a time. TRUE: it had something. */
static inline gboolean
tls_carry (KithTlsSession *from, KithTlsSession *to, gsize chunk)
{
  gsize len = 0;
  const guint8 *bytes = kith_tls_session_peek (from, &len);

  for (gsize at = 0; at < len; at += chunk) {
    (void)kith_tls_session_feed (to, bytes + at, MIN (chunk, len - at));
  }
  kith_tls_session_sent (from);
  return len > 0;
}

/* Until both have nothing to say. */
static inline void
tls_talk (KithTlsSession *a, KithTlsSession *b, gsize chunk)
{
  gboolean more = TRUE;

  while (more) {
    more = tls_carry (a, b, chunk);
    more = tls_carry (b, a, chunk) || more;
  }
}
