/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Allocates, refreshes, asks for permissions and carries datagrams. */
#include "link/turn-client.h"

#include <gio/gio.h>
#include <string.h>

#include "base/log.h"
#include "link/link-hub.h"
#include "link/local-addresses.h"
#include "link/socket-watch.h"
#include "link/turn-message.h"
#include "link/turn-stream.h"

#define GIVE_UP_MS 8000      /* until the first allocation */
#define ANSWER_MS 5000       /* the same for every later request over a stream */
#define FIRST_RETRY_MS 300   /* over UDP; doubled each time (RFC 8489 section 6.2.1) */
#define MAX_SENDS 5          /* over UDP */
#define MAX_CHALLENGES 3     /* 401 and 438 in a row */
#define LIFETIME_S 600       /* asked for */
#define PERMISSION_MS 240000 /* of the 300 s they live */
#define ALIVE_MS                                                                                   \
  20000 /* between two questions whether the server lives, and, by UDP, knows us still */
#define MAX_TRANSACTIONS 16
#define TRANSPORT_UDP 17
#define UDP_READS_AT_ONCE 32

typedef struct {
  KithTurnMethod method; /* 0: free */
  guint8 id[KITH_TURN_ID_LEN];
  KithCandidate peer; /* CREATE_PERMISSION */
  guint32 lifetime_s; /* ALLOCATE, REFRESH */
  guint sends;
  gint64 due_us; /* send again or give up */
} Transaction;

typedef struct {
  KithCandidate peer; /* family 0: free; the port does not count */
  gint64 used_us;
  gint64 asked_us;
} Permission;

struct _KithTurnClient {
  KithTurnServer *server;
  const KithTurnClientEvents *events;
  gpointer user_data;
  KithTurnStream *stream; /* TCP, TLS */
  GByteArray *in;         /* of the stream: what is no whole message yet */
  GCancellable *resolving;
  GSocket *udp;
  GSource *udp_source;
  KithCandidate address; /* of the server */
  Transaction transactions[MAX_TRANSACTIONS];
  Permission permissions[KITH_TURN_MAX_PEERS];
  KithDeadline timer;
  gint64 refresh_us, alive_us, give_up_us;
  guint8 *realm, *nonce, *algorithms; /* NULL: not challenged yet */
  gsize realm_len, nonce_len, algorithms_len;
  KithTurnKey key;
  guint n_challenges;
  gboolean ready, failed;
  gboolean was_sent_on;    /* by a server, to another one */
  KithCandidate alternate; /* … that is to be asked by the loop; family 0: none */
  gboolean *freed;
};

static void run_timer (KithTurnClient *client);

static gboolean
is_datagram (KithTurnClient *client)
{
  return client->server->transport == KITH_TURN_UDP;
}

static void
close_all (KithTurnClient *client)
{
  if (client->resolving != NULL) {
    g_cancellable_cancel (client->resolving);
    g_clear_object (&client->resolving);
  }
  kith_socket_unwatch (&client->udp_source);
  g_clear_object (&client->udp);
  g_clear_pointer (&client->stream, kith_turn_stream_free);
  kith_deadline_clear (&client->timer);
}

/* The last event; the client may be gone after it. */
static void
fail (KithTurnClient *client, const char *why)
{
  if (!client->failed) {
    client->failed = TRUE;
    close_all (client);
    client->events->failed (why, client->user_data);
  }
}

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
      fail (client, known[i].why);
      return;
    }
  }
  g_autofree gchar *why = g_strdup_printf ("it refuses with code %u", code);
  fail (client, why);
}

/* Sending */

static gboolean
send_bytes (KithTurnClient *client, const guint8 *data, gsize len)
{
  if (client->stream != NULL) {
    return kith_turn_stream_send (client->stream, data, len);
  }
  return client->udp != NULL
         && g_socket_send_with_blocking (client->udp, (const gchar *)data, len, FALSE, NULL, NULL)
                == (gssize)len;
}

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
static gboolean
send_transaction (KithTurnClient *client, Transaction *transaction)
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
  guint ms = is_datagram (client) ? FIRST_RETRY_MS << transaction->sends : ANSWER_MS;
  transaction->sends++;
  transaction->due_us = kith_deadlines_now () + (gint64)ms * 1000;
  return !writer.failed && send_bytes (client, writer.data, writer.len);
}

static Transaction *
begin (KithTurnClient *client, KithTurnMethod method, const KithCandidate *peer, guint32 lifetime_s)
{
  for (guint i = 0; i < MAX_TRANSACTIONS; i++) {
    Transaction *transaction = &client->transactions[i];
    if (transaction->method == 0) {
      *transaction = (Transaction){ .method = method, .lifetime_s = lifetime_s };
      if (peer != NULL) {
        transaction->peer = *peer;
      }
      if (!kith_link_random (transaction->id, sizeof transaction->id)) {
        transaction->method = 0;
        return NULL;
      }
      (void)send_transaction (client, transaction);
      return transaction;
    }
  }
  return NULL;
}

/* Receiving: answers */

static gboolean
take_bytes (guint8 **where, gsize *where_len, const guint8 *data, gsize len)
{
  g_free (*where);
  *where = len > 0 ? g_memdup2 (data, len) : NULL;
  *where_len = len;
  return *where != NULL;
}

/* A server that was started again challenges anew whom it knew. */
static gboolean
is_fresh_challenge (KithTurnClient *client, const KithTurnMessage *message)
{
  return message->error_code == 401
         && (client->realm == NULL
             || (client->ready && message->nonce != NULL
                 && (message->nonce_len != client->nonce_len
                     || memcmp (message->nonce, client->nonce, client->nonce_len) != 0)));
}

/* TRUE when the request may be made again with what the challenge @message says. */
static gboolean
take_challenge (KithTurnClient *client, const KithTurnMessage *message)
{
  gboolean again = message->error_code == 438 || is_fresh_challenge (client, message);

  if (!again || message->nonce == NULL || message->realm == NULL
      || client->n_challenges++ >= MAX_CHALLENGES) {
    return FALSE;
  }
  gboolean sha256 = kith_turn_message_offers_sha256 (message);
  if (client->realm != NULL && client->key.sha256 && !sha256) {
    return FALSE; /* nobody talks us down */
  }
  if (!take_bytes (&client->realm, &client->realm_len, message->realm, message->realm_len)
      || !take_bytes (&client->nonce, &client->nonce_len, message->nonce, message->nonce_len)) {
    return FALSE;
  }
  (void)take_bytes (&client->algorithms,
                    &client->algorithms_len,
                    message->algorithms,
                    message->algorithms_len);
  kith_turn_key_derive (&client->key,
                        sha256,
                        client->server->user,
                        client->realm,
                        client->realm_len,
                        client->server->password);
  return TRUE;
}

static void
plan_refresh (KithTurnClient *client, const KithTurnMessage *message)
{
  guint32 lifetime_s = message->has_lifetime ? message->lifetime_s : LIFETIME_S;

  lifetime_s = CLAMP (lifetime_s, 30, 3600);
  client->refresh_us
      = kith_deadlines_now () + (gint64)(lifetime_s - MIN (60, lifetime_s / 3)) * G_USEC_PER_SEC;
}

static void
on_allocated (KithTurnClient *client, const KithTurnMessage *message)
{
  if (message->relayed.family != 4 || !kith_candidate_is_sendable (&message->relayed)) {
    fail (client, "it gave us no IPv4 address");
    return;
  }
  client->ready = TRUE;
  client->alive_us = kith_deadlines_now () + (gint64)ALIVE_MS * 1000;
  plan_refresh (client, message);
  kith_deadline_set (&client->timer, 0);
  KithCandidate relayed = message->relayed;
  KithCandidate mapped = message->mapped;
  relayed.type = KITH_CANDIDATE_RELAY;
  mapped.type = KITH_CANDIDATE_SRFLX;
  client->events->ready (&client->address, &relayed, &mapped, client->user_data);
}

/* TRUE when the server sends us to another one, which will be asked. It need not seal that (RFC 8489 section 10). */
static gboolean
take_alternate (KithTurnClient *client, const guint8 *data, const KithTurnMessage *message)
{
  const KithCandidate *to = &message->alternate;
  gboolean is_forged = message->integrity_at != 0 && client->realm != NULL
                       && !kith_turn_message_is_authentic (data, message, &client->key);
  /* On one host, such as in a test, a server may send to its neighbour. */
  gboolean is_near = to->family != 0 && to->port != 0 && kith_candidate_is_loopback (to)
                     && kith_candidate_is_loopback (&client->address);

  if (message->error_code != 300 || client->was_sent_on || client->ready || to->family == 0
      || is_forged || (!is_near && !kith_candidate_is_sendable (to))) {
    return FALSE;
  }
  client->was_sent_on = TRUE;
  client->alternate = *to;
  kith_deadline_set (&client->timer, 0);
  return TRUE;
}

static void
on_error (KithTurnClient *client, const Transaction *transaction, guint code)
{
  switch (transaction->method) {
  case KITH_TURN_CREATE_PERMISSION:
    if (code == 437) {
      fail_by_code (client, code);
    } else {
      kith_debug ("turn", "no permission for a peer (%u)", code);
    }
    return;
  case KITH_TURN_ALLOCATE:
  case KITH_TURN_REFRESH:
    fail_by_code (client, code);
    return;
  case KITH_TURN_BINDING:
  case KITH_TURN_SEND:
  case KITH_TURN_DATA:
    return; /* it lives */
  }
}

static void
on_answer (KithTurnClient *client, const guint8 *data, const KithTurnMessage *message)
{
  Transaction *transaction = NULL;

  for (guint i = 0; i < MAX_TRANSACTIONS && transaction == NULL; i++) {
    Transaction *one = &client->transactions[i];
    if (one->method != 0 && one->method == (KithTurnMethod)message->method
        && memcmp (one->id, message->id, sizeof one->id) == 0) {
      transaction = one;
    }
  }
  if (transaction == NULL) {
    return;
  }
  if (message->class == KITH_TURN_ERROR && take_challenge (client, message)) {
    transaction->sends = 0;
    (void)kith_link_random (transaction->id, sizeof transaction->id);
    (void)send_transaction (client, transaction);
    kith_deadline_set (&client->timer, 0);
    return;
  }
  /* An error need not be sealed (RFC 8489 section 9.2.5); what counts as success must be. */
  if (message->class == KITH_TURN_SUCCESS && transaction->method != KITH_TURN_BINDING
      && !kith_turn_message_is_authentic (data, message, &client->key)) {
    return;
  }
  Transaction done = *transaction;
  transaction->method = 0;
  if (message->class == KITH_TURN_ERROR) {
    if (done.method != KITH_TURN_ALLOCATE || !take_alternate (client, data, message)) {
      on_error (client, &done, message->error_code);
    }
    return;
  }
  client->n_challenges = 0;
  if (done.method == KITH_TURN_ALLOCATE && !client->ready) {
    on_allocated (client, message);
  } else if (done.method == KITH_TURN_REFRESH) {
    plan_refresh (client, message);
  }
}

static void
on_message (KithTurnClient *client, const guint8 *data, gsize len)
{
  KithTurnMessage message;

  if (!kith_turn_message_decode (data, len, &message)) {
    return;
  }
  client->alive_us = kith_deadlines_now () + (gint64)ALIVE_MS * 1000;
  if (message.class == KITH_TURN_SUCCESS || message.class == KITH_TURN_ERROR) {
    on_answer (client, data, &message);
  } else if (message.class == KITH_TURN_INDICATION && message.method == KITH_TURN_DATA
             && client->ready && message.peer.family == 4 && message.data_len > 0) {
    client->events->datagram (&message.peer, message.data, message.data_len, client->user_data);
  }
}

/* Receiving: the stream */

static void
on_stream_up (gpointer user_data)
{
  KithTurnClient *client = user_data;

  (void)kith_turn_stream_get_remote (client->stream, &client->address);
  (void)begin (client, KITH_TURN_ALLOCATE, NULL, LIFETIME_S);
  run_timer (client);
}

static void
on_stream_data (const guint8 *data, gsize len, gpointer user_data)
{
  KithTurnClient *client = user_data;
  gboolean freed = FALSE;
  gsize at = 0;
  gsize whole = 0;

  g_byte_array_append (client->in, data, (guint)len);
  client->freed = &freed;
  while (!client->failed && at < client->in->len
         && (whole = kith_turn_message_frame (client->in->data + at, client->in->len - at)) > 0
         && whole <= client->in->len - at) {
    on_message (client, client->in->data + at, whole);
    if (freed) {
      return;
    }
    at += whole;
  }
  client->freed = NULL;
  if (client->failed) {
    return;
  }
  g_byte_array_remove_range (client->in, 0, (guint)at);
  if (whole == G_MAXSIZE) {
    fail (client, "it does not speak TURN");
  }
}

static void
on_stream_writable (gpointer user_data)
{
}

static void
on_stream_down (const char *why, gpointer user_data)
{
  KithTurnClient *client = user_data;

  if (client->alternate.family == 0) { /* else it has sent us away */
    fail (client, why);
  }
}

static const KithTurnStreamEvents stream_events
    = { on_stream_up, on_stream_data, on_stream_writable, on_stream_down };

/* Receiving: UDP */

static gboolean
on_udp_readable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  KithTurnClient *client = user_data;
  guint8 buffer[KITH_TURN_MESSAGE_MAX];
  gboolean freed = FALSE;

  for (guint i = 0; i < UDP_READS_AT_ONCE; i++) {
    gssize n = g_socket_receive_with_blocking (client->udp,
                                               (gchar *)buffer,
                                               sizeof buffer,
                                               FALSE,
                                               NULL,
                                               NULL);
    if (n <= 0) {
      break; /* refused by ICMP counts as silence: somebody else may have sent that */
    }
    client->freed = &freed;
    on_message (client, buffer, (gsize)n);
    if (freed) {
      return G_SOURCE_REMOVE;
    }
    client->freed = NULL;
    if (client->failed) {
      return G_SOURCE_REMOVE;
    }
  }
  return G_SOURCE_CONTINUE;
}

static gboolean
open_udp (KithTurnClient *client, GInetAddress *ip)
{
  g_autoptr (GSocketAddress) to = g_inet_socket_address_new (ip, client->server->port);

  client->address
      = (KithCandidate){ .family = g_inet_address_get_family (ip) == G_SOCKET_FAMILY_IPV4 ? 4 : 6,
                         .port = client->server->port };
  memcpy (client->address.ip, g_inet_address_to_bytes (ip), client->address.family == 4 ? 4 : 16);
  client->udp = g_socket_new (g_inet_address_get_family (ip),
                              G_SOCKET_TYPE_DATAGRAM,
                              G_SOCKET_PROTOCOL_UDP,
                              NULL);
  if (client->udp == NULL || !g_socket_connect (client->udp, to, NULL, NULL)) {
    return FALSE;
  }
  g_socket_set_blocking (client->udp, FALSE);
  kith_socket_watch (&client->udp_source, client->udp, G_IO_IN, on_udp_readable, client);
  return TRUE;
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GList *list = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  gboolean open = FALSE;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    return;
  }
  KithTurnClient *client = user_data;
  g_clear_object (&client->resolving);
  /* IPv4 first: it is what everybody has; then what comes. */
  for (guint round = 0; round < 2; round++) {
    for (GList *one = list; one != NULL && !open; one = one->next) {
      if ((g_inet_address_get_family (one->data) == G_SOCKET_FAMILY_IPV4) == (round == 0)) {
        open = open_udp (client, one->data);
      }
    }
  }
  g_resolver_free_addresses (list);
  if (!open) {
    fail (client, error != NULL ? error->message : "no address of it can be reached from here");
    return;
  }
  (void)begin (client, KITH_TURN_ALLOCATE, NULL, LIFETIME_S);
  run_timer (client);
}

/* Time */

/* It is asked for anew when the peer is sent to again. */
static void
forget_permission (KithTurnClient *client, const KithCandidate *peer)
{
  for (guint i = 0; i < KITH_TURN_MAX_PEERS; i++) {
    Permission *one = &client->permissions[i];
    if (one->peer.family == 4 && memcmp (one->peer.ip, peer->ip, 4) == 0) {
      one->asked_us = 0;
    }
  }
}

/* FALSE: the client failed and may be gone. */
static gboolean
look_at_transactions (KithTurnClient *client, gint64 now, gint64 *next)
{
  for (guint i = 0; i < MAX_TRANSACTIONS; i++) {
    Transaction *transaction = &client->transactions[i];
    if (transaction->method == 0) {
      continue;
    }
    if (now >= transaction->due_us) {
      if (is_datagram (client) && transaction->sends < MAX_SENDS) {
        (void)send_transaction (client, transaction);
      } else if (transaction->method == KITH_TURN_CREATE_PERMISSION) {
        transaction->method = 0;
        forget_permission (client, &transaction->peer);
        continue;
      } else {
        fail (client, "it does not answer");
        return FALSE;
      }
    }
    *next = MIN (*next, transaction->due_us);
  }
  return TRUE;
}

static void
connect_to_server (KithTurnClient *client)
{
  if (is_datagram (client)) {
    g_autoptr (GResolver) resolver = g_resolver_get_default ();
    client->resolving = g_cancellable_new ();
    g_resolver_lookup_by_name_async (resolver,
                                     client->server->host,
                                     client->resolving,
                                     on_resolved,
                                     client);
  } else {
    client->stream = kith_turn_stream_new (client->server, &stream_events, client);
  }
}

/* Begins again at the alternate. */
static void
go_there (KithTurnClient *client)
{
  KithTurnServer *other = kith_turn_server_sent_to (client->server, &client->alternate);

  kith_debug ("turn", "%s sends us to %s", client->server->label, other->label);
  kith_turn_server_unref (client->server);
  client->server = other;
  client->alternate.family = 0;
  close_all (client);
  memset (client->transactions, 0, sizeof client->transactions);
  g_byte_array_set_size (client->in, 0);
  g_clear_pointer (&client->realm, g_free);
  g_clear_pointer (&client->nonce, g_free);
  client->n_challenges = 0;
  client->give_up_us = kith_deadlines_now () + (gint64)GIVE_UP_MS * 1000;
  connect_to_server (client);
}

static void
on_time (gpointer user_data)
{
  KithTurnClient *client = user_data;
  gint64 now = kith_deadlines_now ();

  if (client->alternate.family != 0) {
    go_there (client);
  }
  if (!client->ready && now >= client->give_up_us) {
    fail (client, "it does not answer");
    return;
  }
  if (client->ready && now >= client->refresh_us) {
    client->refresh_us = now + (gint64)LIFETIME_S * G_USEC_PER_SEC;
    (void)begin (client, KITH_TURN_REFRESH, NULL, LIFETIME_S);
  }
  if (client->ready && now >= client->alive_us) {
    client->alive_us = now + (gint64)ALIVE_MS * 1000;
    /* A connection tells when it ends. By UDP a server that was started again would answer as before, without our address. */
    (void)begin (client,
                 is_datagram (client) ? KITH_TURN_REFRESH : KITH_TURN_BINDING,
                 NULL,
                 LIFETIME_S);
  }
  run_timer (client);
}

static void
run_timer (KithTurnClient *client)
{
  gint64 next = client->ready ? MIN (client->refresh_us, client->alive_us) : client->give_up_us;

  if (look_at_transactions (client, kith_deadlines_now (), &next)) {
    kith_deadline_set (&client->timer, next);
  }
}

/* The outside */

KithTurnClient *
kith_turn_client_new (KithTurnServer *server,
                      KithDeadlines *deadlines,
                      const KithTurnClientEvents *events,
                      gpointer user_data)
{
  KithTurnClient *client = g_new0 (KithTurnClient, 1);

  client->server = kith_turn_server_ref (server);
  client->events = events;
  client->user_data = user_data;
  client->in = g_byte_array_new ();
  client->give_up_us = kith_deadlines_now () + (gint64)GIVE_UP_MS * 1000;
  kith_deadline_init (&client->timer, deadlines, on_time, client);
  connect_to_server (client);
  run_timer (client);
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
    (void)begin (client, KITH_TURN_REFRESH, NULL, 0);
  }
  close_all (client);
  kith_deadline_finish (&client->timer);
  g_byte_array_unref (client->in);
  g_free (client->realm);
  g_free (client->nonce);
  g_free (client->algorithms);
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
static Permission *
find_permission (KithTurnClient *client, const KithCandidate *to)
{
  Permission *oldest = &client->permissions[0];

  for (guint i = 0; i < KITH_TURN_MAX_PEERS; i++) {
    Permission *one = &client->permissions[i];
    if (one->peer.family == 4 && memcmp (one->peer.ip, to->ip, 4) == 0) {
      return one;
    }
    if (one->used_us < oldest->used_us) {
      oldest = one;
    }
  }
  *oldest = (Permission){ .peer = *to };
  return oldest;
}

gboolean
kith_turn_client_send (KithTurnClient *client,
                       const KithCandidate *to,
                       const guint8 *data,
                       gsize len)
{
  gint64 now = kith_deadlines_now ();
  KithTurnWriter writer;
  guint8 id[KITH_TURN_ID_LEN];

  if (!client->ready || client->failed || to->family != 4 || len == 0 || len > KITH_TURN_DATA_MAX
      || !kith_candidate_is_sendable (to) || !kith_link_random (id, sizeof id)) {
    return FALSE;
  }
  Permission *permission = find_permission (client, to);
  if (permission->asked_us == 0 || now - permission->asked_us > (gint64)PERMISSION_MS * 1000) {
    if (begin (client, KITH_TURN_CREATE_PERMISSION, to, 0) == NULL) {
      return FALSE; /* many are under way: the sender tries again */
    }
    permission->asked_us = now;
    kith_deadline_set (&client->timer, 0); /* what has to be done at once is done by the loop */
  }
  permission->used_us = now;
  kith_turn_writer_begin (&writer, KITH_TURN_SEND, KITH_TURN_INDICATION, id);
  kith_turn_writer_put_address (&writer, KITH_TURN_ATTR_PEER, to);
  kith_turn_writer_put (&writer, KITH_TURN_ATTR_DATA, data, len);
  return !writer.failed && send_bytes (client, writer.data, writer.len);
}

guint
kith_turn_client_count_peers (KithTurnClient *client)
{
  gint64 now = kith_deadlines_now ();
  guint n = 0;

  for (guint i = 0; i < KITH_TURN_MAX_PEERS; i++) {
    const Permission *one = &client->permissions[i];
    n += one->asked_us != 0 && now - one->asked_us <= (gint64)300 * G_USEC_PER_SEC ? 1 : 0;
  }
  return n;
}
