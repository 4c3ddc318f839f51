/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes at a server's and at a client's session, whole or behind a true handshake: nothing but
   an end may come of them, and what it says stays small. */
/* link: kith-tls */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/tls/tls-bench.h"

#define MOST_SAID 65536

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static KithTlsTrust *server_trust;
static KithTlsTrust *client_trust;

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

static void
set_up (void)
{
  TlsHouse house;

  tls_house_set_up (&house, tls_now (), "nuc.example");
  server_trust = kith_tls_trust_new_server (house.chain, house.key, NULL);
  client_trust = kith_tls_trust_new_cas (house.ca, strlen (house.ca), NULL);
  demand (server_trust != NULL && client_trust != NULL);
  tls_house_clear (&house);
}

/* The first byte says in what pieces; what follows are records, or none. */
static void
feed (KithTlsSession *session, const uint8_t *data, size_t size)
{
  const size_t piece = size > 0 ? data[0] + 1u : 1;
  guint8 out[512];
  gsize said = 0;

  for (size_t at = 1; at < size; at += piece) {
    const KithTlsState state = kith_tls_session_feed (session, data + at, MIN (piece, size - at));
    while (kith_tls_session_read (session, out, sizeof out) > 0) {
    }
    (void)kith_tls_session_peek (session, &said);
    demand (said <= MOST_SAID);
    demand ((state == KITH_TLS_FAILED) <= (kith_tls_session_why (session) != NULL));
  }
  (void)kith_tls_session_write (session, "x", 1);
  kith_tls_session_end (session);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (server_trust == NULL) {
    set_up ();
  }
  g_autoptr (KithTlsSession) server = kith_tls_session_new (server_trust, NULL, NULL);
  g_autoptr (KithTlsSession) client = kith_tls_session_new (client_trust, "nuc.example", NULL);
  g_autoptr (KithTlsSession) talking = kith_tls_session_new (server_trust, NULL, NULL);
  g_autoptr (KithTlsSession) peer = kith_tls_session_new (client_trust, "nuc.example", NULL);

  feed (server, data, size);
  feed (client, data, size);
  tls_talk (peer, talking, 4096);
  demand (kith_tls_session_get_state (talking) == KITH_TLS_OPEN);
  feed (talking, data, size);
  return 0;
}
