/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a TURN client makes of the server's answers: challenges, addresses, refusals, and peers'
   datagrams. */
#include <string.h>

#include "base/log.h"
#include "net/local-addresses.h"
#include "turn/turn-private.h"

#define MAX_CHALLENGES 3 /* 401 and 438 in a row */

static void
fail_by_code (KithTurnClient *client, guint code)
{
  static const struct {
    guint code;
    const char *why;
  } known[] = {
    { 300, "it sends us to another server that does not serve us either, or may not be used" },
    { 400, "it does not understand our request" },
    { 401, "it refuses the user or the password; check [turn] user and password" },
    { 403, "it forbids us to allocate" },
    { 437, "our allocation there is gone" },
    { 438, "it does not accept its own nonce" },
    { 440, "it has no IPv4 addresses to give" },
    { 441, "it refuses the user or the password; check [turn] user and password" },
    { 442, "it does not relay UDP" },
    { 486, "the user has reached its quota of allocations there" },
    { 500, "it has an internal error" },
    { 508, "it has no capacity left" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    if (known[i].code == code) {
      kith_turn_client_fail (client, known[i].why);
      return;
    }
  }
  g_autofree gchar *why = g_strdup_printf ("it refuses with code %u", code);
  kith_turn_client_fail (client, why);
}

static gboolean
take_bytes (KithStunBytes *where, const KithStunBytes *bytes)
{
  kith_turn_client_forget (where);
  *where = (KithStunBytes){ g_memdup2 (bytes->data, bytes->len), bytes->len };
  return where->data != NULL;
}

/* A server that was started again challenges anew whom it knew. */
static gboolean
is_fresh_challenge (KithTurnClient *client, const KithStun *message)
{
  return message->error_code == 401
         && (client->realm.data == NULL
             || (client->ready && message->nonce.data != NULL
                 && (message->nonce.len != client->nonce.len
                     || memcmp (message->nonce.data, client->nonce.data, client->nonce.len) != 0)));
}

/* TRUE when the request may be made again with what the challenge @message says. */
static gboolean
take_challenge (KithTurnClient *client, const KithStun *message)
{
  gboolean again = message->error_code == 438 || is_fresh_challenge (client, message);

  if (!again || message->nonce.data == NULL || message->realm.data == NULL
      || client->n_challenges++ >= MAX_CHALLENGES) {
    return FALSE;
  }
  gboolean sha256 = kith_turn_message_offers_sha256 (message);
  if (client->realm.data != NULL && client->key.sha256 && !sha256) {
    return FALSE; /* nobody talks us down */
  }
  if (!take_bytes (&client->realm, &message->realm)
      || !take_bytes (&client->nonce, &message->nonce)) {
    return FALSE;
  }
  (void)take_bytes (&client->algorithms, &message->algorithms);
  kith_turn_key_derive (&client->key,
                        sha256,
                        client->server->user,
                        &client->realm,
                        client->server->password);
  return TRUE;
}

static void
plan_refresh (KithTurnClient *client, const KithStun *message)
{
  guint32 lifetime_s = message->has_lifetime ? message->lifetime_s : KITH_TURN_LIFETIME_S;

  lifetime_s = CLAMP (lifetime_s, 30, 3600);
  client->refresh_us = kith_clock_now (client->timer.clock)
                       + (gint64)(lifetime_s - MIN (60, lifetime_s / 3)) * G_USEC_PER_SEC;
}

static void
on_allocated (KithTurnClient *client, const KithStun *message)
{
  if (message->relayed.family != 4 || !kith_endpoint_is_sendable (&message->relayed)) {
    kith_turn_client_fail (client, "it gave us no IPv4 address");
    return;
  }
  client->ready = TRUE;
  plan_refresh (client, message);
  kith_timer_set (&client->timer, 0);
  KithEndpoint relayed = message->relayed;
  KithEndpoint mapped = message->mapped;
  client->events->ready (&client->address, &relayed, &mapped, client->user_data);
}

/* TRUE when the server sends us to another one, which will be asked. It need not seal that (RFC
   8489 section 10). */
static gboolean
take_alternate (KithTurnClient *client, const guint8 *data, const KithStun *message)
{
  const KithEndpoint *to = &message->alternate;
  gboolean is_forged = message->integrity_at != 0 && client->realm.data != NULL
                       && !kith_turn_message_is_authentic (data, message, &client->key);
  /* On one host, such as in a test, a server may send to its neighbour. */
  gboolean is_near = to->family != 0 && to->port != 0 && kith_endpoint_is_loopback (to)
                     && kith_endpoint_is_loopback (&client->address);

  if (message->error_code != 300 || client->was_sent_on || client->ready || to->family == 0
      || is_forged || (!is_near && !kith_endpoint_is_sendable (to))) {
    return FALSE;
  }
  client->was_sent_on = TRUE;
  client->alternate = *to;
  client->alternate_name = message->domain.len > 0
                               ? g_strndup ((const char *)message->domain.data, message->domain.len)
                               : NULL;
  kith_timer_set (&client->timer, 0);
  return TRUE;
}

static void
on_error (KithTurnClient *client, const KithTurnTransaction *transaction, guint code)
{
  switch (transaction->method) {
  case KITH_STUN_CREATE_PERMISSION:
    if (code == 437) {
      fail_by_code (client, code);
    } else {
      kith_debug ("turn", "no permission for a peer (%u)", code);
    }
    return;
  case KITH_STUN_ALLOCATE:
  case KITH_STUN_REFRESH:
    fail_by_code (client, code);
    return;
  case KITH_STUN_BINDING:
  case KITH_STUN_SEND:
  case KITH_STUN_DATA:
    return; /* it lives */
  }
}

/* The server lives. Whoever does not know a request's id cannot say that: by UDP anybody can send
   in the server's name. */
static void
put_off_question (KithTurnClient *client)
{
  client->alive_us = kith_clock_now (client->timer.clock) + (gint64)KITH_TURN_ALIVE_MS * 1000;
}

static void
on_answer (KithTurnClient *client, const guint8 *data, const KithStun *message)
{
  KithTurnTransaction *transaction = NULL;

  for (guint i = 0; i < KITH_TURN_MAX_TRANSACTIONS && transaction == NULL; i++) {
    KithTurnTransaction *one = &client->transactions[i];
    if (one->method != 0 && one->method == (KithStunMethod)message->method
        && memcmp (one->id, message->id, sizeof one->id) == 0) {
      transaction = one;
    }
  }
  if (transaction == NULL) {
    return;
  }
  if (message->kind == KITH_STUN_ERROR && take_challenge (client, message)) {
    transaction->sends = 0;
    (void)kith_turn_client_make_id (transaction->id);
    (void)kith_turn_client_send_transaction (client, transaction);
    kith_timer_set (&client->timer, 0);
    return;
  }
  /* An error need not be sealed (RFC 8489 section 9.2.5); what counts as success must be. */
  if (message->kind == KITH_STUN_SUCCESS && transaction->method != KITH_STUN_BINDING
      && !kith_turn_message_is_authentic (data, message, &client->key)) {
    return;
  }
  KithTurnTransaction done = *transaction;
  transaction->method = 0;
  put_off_question (client);
  if (message->kind == KITH_STUN_ERROR) {
    if (done.method != KITH_STUN_ALLOCATE || !take_alternate (client, data, message)) {
      on_error (client, &done, message->error_code);
    }
    return;
  }
  client->n_challenges = 0;
  if (done.method == KITH_STUN_ALLOCATE && !client->ready) {
    on_allocated (client, message);
  } else if (done.method == KITH_STUN_REFRESH) {
    plan_refresh (client, message);
  }
}

void
kith_turn_client_answer (KithTurnClient *client, const guint8 *data, gsize len)
{
  KithStun message;

  if (!kith_stun_decode (data, len, &message) || !kith_stun_has_cookie (message.id)) {
    return;
  }
  if (message.kind == KITH_STUN_SUCCESS || message.kind == KITH_STUN_ERROR) {
    on_answer (client, data, &message);
  } else if (message.kind == KITH_STUN_INDICATION && message.method == KITH_STUN_DATA
             && client->ready && message.peer.family == 4 && message.data.len > 0) {
    if (!kith_turn_is_datagram (client)) {
      put_off_question (client);
    }
    client->events->datagram (&message.peer,
                              message.data.data,
                              message.data.len,
                              client->user_data);
  }
}
