/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates, refreshes, asks for permissions and sends datagrams. */
#include <string.h>

#include "base/log.h"
#include "base/random.h"
#include "turn/turn-private.h"

#define GIVE_UP_MS 8000      /* until the first allocation */
#define ANSWER_MS 5000       /* the same for every later request over a stream */
#define FIRST_RETRY_MS 300   /* over UDP; doubled each time (RFC 8489 section 6.2.1) */
#define MAX_SENDS 5          /* over UDP */
#define PERMISSION_MS 240000 /* of the 300 s they live */
#define TRANSPORT_UDP 17

gboolean
kith_turn_is_datagram (KithTurnClient *client)
{
  return client->server->transport == KITH_TURN_UDP;
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

static void
put_credentials (KithTurnClient *client, KithTurnWriter *writer)
{
  if (client->realm == NULL) {
    return;
  }
  kith_turn_writer_put (writer,
                        KITH_TURN_ATTR_USERNAME,
                        client->server->user,
                        strlen (client->server->user));
  kith_turn_writer_put (writer, KITH_TURN_ATTR_REALM, client->realm, client->realm_len);
  kith_turn_writer_put (writer, KITH_TURN_ATTR_NONCE, client->nonce, client->nonce_len);
  if (client->key.sha256) {
    kith_turn_writer_put (writer,
                          KITH_TURN_ATTR_ALGORITHMS,
                          client->algorithms,
                          client->algorithms_len);
    kith_turn_writer_put_u32 (writer, KITH_TURN_ATTR_ALGORITHM, 2u << 16);
  }
  kith_turn_writer_seal (writer, &client->key);
}

/* Builds the request anew, with today's nonce, and sends it. */
gboolean
kith_turn_client_send_transaction (KithTurnClient *client, KithTurnTransaction *transaction)
{
  const guint8 transport[4] = { TRANSPORT_UDP };
  KithTurnWriter writer;

  kith_turn_writer_begin (&writer, transaction->method, KITH_TURN_REQUEST, transaction->id);
  switch (transaction->method) {
  case KITH_TURN_ALLOCATE:
    kith_turn_writer_put (&writer, KITH_TURN_ATTR_TRANSPORT, transport, sizeof transport);
    kith_turn_writer_put_u32 (&writer, KITH_TURN_ATTR_LIFETIME, transaction->lifetime_s);
    break;
  case KITH_TURN_REFRESH:
    kith_turn_writer_put_u32 (&writer, KITH_TURN_ATTR_LIFETIME, transaction->lifetime_s);
    break;
  case KITH_TURN_CREATE_PERMISSION:
    kith_turn_writer_put_address (&writer, KITH_TURN_ATTR_PEER, &transaction->peer);
    break;
  case KITH_TURN_BINDING:
  case KITH_TURN_SEND:
  case KITH_TURN_DATA:
    break;
  }
  if (transaction->method != KITH_TURN_BINDING) {
    put_credentials (client, &writer);
  }
  guint ms = kith_turn_is_datagram (client) ? FIRST_RETRY_MS << transaction->sends : ANSWER_MS;
  transaction->sends++;
  transaction->due_us = kith_clock_now (client->timer.clock) + (gint64)ms * 1000;
  return !writer.failed && kith_turn_transport_send (client, writer.data, writer.len);
}

KithTurnTransaction *
kith_turn_client_begin (KithTurnClient *client,
                        KithTurnMethod method,
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
      if (!kith_random_bytes (transaction->id, sizeof transaction->id)) {
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
      } else if (transaction->method == KITH_TURN_CREATE_PERMISSION) {
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
  g_clear_pointer (&client->realm, g_free);
  g_clear_pointer (&client->nonce, g_free);
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
    (void)kith_turn_client_begin (client, KITH_TURN_REFRESH, NULL, KITH_TURN_LIFETIME_S);
  }
  if (client->ready && now >= client->alive_us) {
    client->alive_us = now + (gint64)KITH_TURN_ALIVE_MS * 1000;
    /* A connection tells when it ends. By UDP a server that was started again would answer as before, without our address. */
    (void)kith_turn_client_begin (client,
                                  kith_turn_is_datagram (client) ? KITH_TURN_REFRESH
                                                                 : KITH_TURN_BINDING,
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
    (void)kith_turn_client_begin (client, KITH_TURN_REFRESH, NULL, 0);
  }
  kith_turn_transport_close (client);
  kith_timer_finish (&client->timer);
  g_byte_array_unref (client->in);
  g_free (client->realm);
  g_free (client->nonce);
  g_free (client->algorithms);
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
  KithTurnWriter writer;
  guint8 id[KITH_TURN_ID_LEN];

  if (!client->ready || client->failed || to->family != 4 || len == 0 || len > KITH_TURN_DATA_MAX
      || !kith_endpoint_is_sendable (to) || !kith_random_bytes (id, sizeof id)) {
    return FALSE;
  }
  KithTurnPermission *permission = find_permission (client, to);
  if (permission->asked_us == 0 || now - permission->asked_us > (gint64)PERMISSION_MS * 1000) {
    if (kith_turn_client_begin (client, KITH_TURN_CREATE_PERMISSION, to, 0) == NULL) {
      return FALSE; /* many are under way: the sender tries again */
    }
    permission->asked_us = now;
    kith_timer_set (&client->timer, 0); /* what has to be done at once is done by the loop */
  }
  permission->used_us = now;
  kith_turn_writer_begin (&writer, KITH_TURN_SEND, KITH_TURN_INDICATION, id);
  kith_turn_writer_put_address (&writer, KITH_TURN_ATTR_PEER, to);
  kith_turn_writer_put (&writer, KITH_TURN_ATTR_DATA, data, len);
  return !writer.failed && kith_turn_transport_send (client, writer.data, writer.len);
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
