/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates, refreshes, asks for permissions and sends datagrams. */
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "turn/turn-private.h"

#define GIVE_UP_MS 8000             /* until the first allocation */
#define ANSWER_MS 5000              /* the same for every later request over a stream */
#define FIRST_RETRY_MS 300          /* over UDP; doubled each time (RFC 8489 section 6.2.1) */
#define MAX_SENDS 5                 /* over UDP */
#define PERMISSION_MS 240000        /* of the 300 s they live */
#define TRANSPORT_UDP (17u << 24)   /* as it is on the wire */
#define ALGORITHM_SHA256 (2u << 16) /* the same, without parameters */

gboolean
kith_turn_is_datagram (KithTurnClient *client)
{
  return client->server->transport == KITH_TURN_UDP;
}

void
kith_turn_client_forget (KithStunBytes *bytes)
{
  g_free ((gpointer)bytes->data);
  *bytes = (KithStunBytes){ 0 };
}

/* The last event; the client may be gone after it. */
void
kith_turn_client_fail (KithTurnClient *client, const char *why)
{
  if (!client->failed) {
    client->failed = TRUE;
    kith_turn_transport_close (client);
    client->events->failed (why, client->user_data);
  }
}

/* Sending */

gboolean
kith_turn_client_make_id (guint8 id[KITH_STUN_ID_LEN])
{
  guint8 random[12];

  if (!kith_random_bytes (random, sizeof random)) {
    return FALSE;
  }
  kith_stun_make_id (id, random);
  return TRUE;
}

static void
put_credentials (KithTurnClient *client, KithStun *message)
{
  message->user
      = (KithStunBytes){ (const guint8 *)client->server->user, strlen (client->server->user) };
  message->realm = client->realm;
  message->nonce = client->nonce;
  if (client->key.sha256) {
    message->algorithms = client->algorithms;
    message->algorithm = ALGORITHM_SHA256;
  }
}

/* Builds the request anew, with today's nonce, and sends it. */
gboolean
kith_turn_client_send_transaction (KithTurnClient *client, KithTurnTransaction *transaction)
{
  const gboolean is_sealed = transaction->method != KITH_STUN_BINDING && client->realm.data != NULL;
  KithStun message = { .method = transaction->method, .kind = KITH_STUN_REQUEST };
  guint8 data[KITH_STUN_MAX];

  memcpy (message.id, transaction->id, sizeof message.id);
  message.transport = transaction->method == KITH_STUN_ALLOCATE ? TRANSPORT_UDP : 0;
  message.has_lifetime
      = transaction->method == KITH_STUN_ALLOCATE || transaction->method == KITH_STUN_REFRESH;
  message.lifetime_s = transaction->lifetime_s;
  message.peer = transaction->peer;
  if (is_sealed) {
    put_credentials (client, &message);
  }
  gsize len = kith_stun_encode (&message, data, sizeof data);
  if (is_sealed) {
    len = kith_turn_message_seal (data, len, sizeof data, &client->key);
  }
  guint ms = kith_turn_is_datagram (client) ? FIRST_RETRY_MS << transaction->sends : ANSWER_MS;
  transaction->sends++;
  transaction->due_us = kith_clock_now (client->timer.clock) + (gint64)ms * 1000;
  return len > 0 && kith_turn_transport_send (client, data, len);
}

KithTurnTransaction *
kith_turn_client_begin (KithTurnClient *client,
                        KithStunMethod method,
                        const KithEndpoint *peer,
                        guint32 lifetime_s)
{
  for (guint i = 0; i < KITH_TURN_MAX_TRANSACTIONS; i++) {
    KithTurnTransaction *transaction = &client->transactions[i];
    if (transaction->method == 0) {
      *transaction = (KithTurnTransaction){ .method = method, .lifetime_s = lifetime_s };
      if (peer != NULL) {
        transaction->peer = *peer;
      }
      if (!kith_turn_client_make_id (transaction->id)) {
        transaction->method = 0;
        return NULL;
      }
      (void)kith_turn_client_send_transaction (client, transaction);
      return transaction;
    }
  }
  return NULL;
}

/* Time */

/* It is asked for anew when the peer is sent to again. */
static void
forget_permission (KithTurnClient *client, const KithEndpoint *peer)
{
  for (guint i = 0; i < KITH_TURN_MAX_PEERS; i++) {
    KithTurnPermission *one = &client->permissions[i];
    if (one->peer.family == 4 && memcmp (one->peer.ip, peer->ip, 4) == 0) {
      one->asked_us = 0;
    }
  }
}

/* FALSE: the client failed and may be gone. */
static gboolean
look_at_transactions (KithTurnClient *client, gint64 now, gint64 *next)
{
  for (guint i = 0; i < KITH_TURN_MAX_TRANSACTIONS; i++) {
    KithTurnTransaction *transaction = &client->transactions[i];
    if (transaction->method == 0) {
      continue;
    }
    if (now >= transaction->due_us) {
      if (kith_turn_is_datagram (client) && transaction->sends < MAX_SENDS) {
        (void)kith_turn_client_send_transaction (client, transaction);
      } else if (transaction->method == KITH_STUN_CREATE_PERMISSION) {
        transaction->method = 0;
        forget_permission (client, &transaction->peer);
        continue;
      } else {
        kith_turn_client_fail (client, "it does not answer");
        return FALSE;
      }
    }
    *next = MIN (*next, transaction->due_us);
  }
  return TRUE;
}

/* Begins again at the alternate. */
static void
go_there (KithTurnClient *client)
{
  KithTurnServer *other
      = kith_turn_server_sent_to (client->server, &client->alternate, client->alternate_name);

  kith_debug ("turn", "%s sends us to %s", client->server->label, other->label);
  kith_turn_server_unref (client->server);
  client->server = other;
  client->alternate.family = 0;
  kith_turn_transport_close (client);
  memset (client->transactions, 0, sizeof client->transactions);
  g_byte_array_set_size (client->in, 0);
  kith_turn_client_forget (&client->realm);
  kith_turn_client_forget (&client->nonce);
  client->n_challenges = 0;
  client->give_up_us = kith_clock_now (client->timer.clock) + (gint64)GIVE_UP_MS * 1000;
  kith_turn_transport_open (client);
}

static void
on_time (gpointer user_data)
{
  KithTurnClient *client = user_data;
  gint64 now = kith_clock_now (client->timer.clock);

  if (client->alternate.family != 0) {
    go_there (client);
  }
  if (!client->ready && now >= client->give_up_us) {
    kith_turn_client_fail (client, "it does not answer");
    return;
  }
  if (client->ready && now >= client->refresh_us) {
    client->refresh_us = now + (gint64)KITH_TURN_LIFETIME_S * G_USEC_PER_SEC;
    (void)kith_turn_client_begin (client, KITH_STUN_REFRESH, NULL, KITH_TURN_LIFETIME_S);
  }
  if (client->ready && now >= client->alive_us) {
    client->alive_us = now + (gint64)KITH_TURN_ALIVE_MS * 1000;
    /* A connection tells when it ends. By UDP a server that was started again would answer as
       before, without our address. */
    (void)kith_turn_client_begin (client,
                                  kith_turn_is_datagram (client) ? KITH_STUN_REFRESH
                                                                 : KITH_STUN_BINDING,
                                  NULL,
                                  KITH_TURN_LIFETIME_S);
  }
  kith_turn_client_run_timer (client);
}

void
kith_turn_client_run_timer (KithTurnClient *client)
{
  gint64 next = client->ready ? MIN (client->refresh_us, client->alive_us) : client->give_up_us;

  if (look_at_transactions (client, kith_clock_now (client->timer.clock), &next)) {
    kith_timer_set (&client->timer, next);
  }
}

/* The outside */

KithTurnClient *
kith_turn_client_new (KithTurnServer *server,
                      KithClock *clock,
                      const KithTurnClientEvents *events,
                      gpointer user_data)
{
  KithTurnClient *client = g_new0 (KithTurnClient, 1);

  client->server = kith_turn_server_ref (server);
  client->events = events;
  client->user_data = user_data;
  client->in = g_byte_array_new ();
  client->give_up_us = kith_clock_now (clock) + (gint64)GIVE_UP_MS * 1000;
  kith_timer_init (&client->timer, clock, on_time, client);
  kith_turn_transport_open (client);
  kith_turn_client_run_timer (client);
  return client;
}

void
kith_turn_client_free (KithTurnClient *client)
{
  if (client == NULL) {
    return;
  }
  if (client->freed != NULL) {
    *client->freed = TRUE;
  }
  if (client->ready && !client->failed) {
    (void)kith_turn_client_begin (client, KITH_STUN_REFRESH, NULL, 0);
  }
  kith_turn_transport_close (client);
  kith_timer_finish (&client->timer);
  g_byte_array_unref (client->in);
  kith_turn_client_forget (&client->realm);
  kith_turn_client_forget (&client->nonce);
  kith_turn_client_forget (&client->algorithms);
  g_free (client->alternate_name);
  explicit_bzero (&client->key, sizeof client->key);
  kith_turn_server_unref (client->server);
  g_free (client);
}

KithTurnServer *
kith_turn_client_get_server (KithTurnClient *client)
{
  return client->server;
}

/* The entry of @to, or the one that is missed least. */
static KithTurnPermission *
find_permission (KithTurnClient *client, const KithEndpoint *to)
{
  KithTurnPermission *oldest = &client->permissions[0];

  for (guint i = 0; i < KITH_TURN_MAX_PEERS; i++) {
    KithTurnPermission *one = &client->permissions[i];
    if (one->peer.family == 4 && memcmp (one->peer.ip, to->ip, 4) == 0) {
      return one;
    }
    if (one->used_us < oldest->used_us) {
      oldest = one;
    }
  }
  *oldest = (KithTurnPermission){ .peer = *to };
  return oldest;
}

gboolean
kith_turn_client_send (KithTurnClient *client,
                       const KithEndpoint *to,
                       const guint8 *data,
                       gsize len)
{
  gint64 now = kith_clock_now (client->timer.clock);
  KithStun message = { .method = KITH_STUN_SEND, .kind = KITH_STUN_INDICATION };
  guint8 bytes[KITH_STUN_MAX];

  if (!client->ready || client->failed || to->family != 4 || len == 0 || len > KITH_STUN_DATA_MAX
      || !kith_endpoint_is_sendable (to) || !kith_turn_client_make_id (message.id)) {
    return FALSE;
  }
  KithTurnPermission *permission = find_permission (client, to);
  if (permission->asked_us == 0 || now - permission->asked_us > (gint64)PERMISSION_MS * 1000) {
    if (kith_turn_client_begin (client, KITH_STUN_CREATE_PERMISSION, to, 0) == NULL) {
      return FALSE; /* many are under way: the sender tries again */
    }
    permission->asked_us = now;
    kith_timer_set (&client->timer, 0); /* what has to be done at once is done by the loop */
  }
  permission->used_us = now;
  message.peer = *to;
  message.data = (KithStunBytes){ data, len };
  const gsize whole = kith_stun_encode (&message, bytes, sizeof bytes);
  return whole > 0 && kith_turn_transport_send (client, bytes, whole);
}

guint
kith_turn_client_count_peers (KithTurnClient *client)
{
  gint64 now = kith_clock_now (client->timer.clock);
  guint n = 0;

  for (guint i = 0; i < KITH_TURN_MAX_PEERS; i++) {
    const KithTurnPermission *one = &client->permissions[i];
    n += one->asked_us != 0 && now - one->asked_us <= (gint64)300 * G_USEC_PER_SEC ? 1 : 0;
  }
  return n;
}
