/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One small record a transaction, with one timer; the request is kept while it may have to be sent
   again or acknowledged. */
#include "edge/worker/traffic/clients.h"

#include <errno.h>
#include <string.h>

#include "edge/edge-limits.h"
#include "model/sip/sip-splice.h"
#include "model/sip/transaction.h"

#define MADE "Kith-Made: edge\r\n"

typedef struct {
  guint64 key; /* the key */
  KithClients *owner;
  KithTimer timer;
  gint64 end_us;
  KithWay way;
  KithTransactionKind kind;
  KithTransactionState state;
  gint64 repeat_us; /* when it is sent again; 0: never */
  guint repeats;    /* so far */
  GString *text;    /* as it was sent */
  GString *ack;     /* of a refusal, as it was sent */
} Client;

struct _KithClients {
  KithClock *clock;
  const guint8 *key;
  KithClientsFuncs funcs;
  GHashTable *table; /* of Client */
  GString *out;
  guint64 repeated;
};

static void
client_free (gpointer data)
{
  Client *client = data;

  kith_timer_finish (&client->timer);
  g_string_free (client->text, TRUE);
  if (client->ack != NULL) {
    g_string_free (client->ack, TRUE);
  }
  g_free (client);
}

KithClients *
kith_clients_new (KithClock *clock, const guint8 *key, const KithClientsFuncs *funcs)
{
  KithClients *clients = g_new0 (KithClients, 1);

  clients->clock = g_object_ref (clock);
  clients->key = key;
  clients->funcs = *funcs;
  clients->table = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, client_free);
  clients->out = g_string_new (NULL);
  return clients;
}

void
kith_clients_free (KithClients *clients)
{
  if (clients != NULL) {
    g_hash_table_unref (clients->table);
    g_string_free (clients->out, TRUE);
    g_object_unref (clients->clock);
    g_free (clients);
  }
}

static Client *
find (KithClients *clients, const gchar *mark, KithBranchKind kind)
{
  guint64 key = kith_branch_key (mark, kind);

  return g_hash_table_lookup (clients->table, &key);
}

static gboolean
is_invite (const Client *client)
{
  return client->kind == KITH_TRANSACTION_INVITE_CLIENT;
}

static gboolean
is_pending (const Client *client)
{
  return client->state == KITH_TRANSACTION_TRYING || client->state == KITH_TRANSACTION_PROCEEDING;
}

static void
forget (Client *client)
{
  const KithClientsFuncs *funcs = &client->owner->funcs;

  if (is_invite (client) && is_pending (client)) {
    funcs->call (funcs->data, &client->way, FALSE, 0);
  }
  (void)g_hash_table_remove (client->owner->table, &client->key);
}

/* What the table says; its state and timers are followed. FALSE: nothing. */
static gboolean
step (Client *client, KithTransactionEvent event, KithTransactionStep *next)
{
  gint64 now_us = kith_clock_now (client->owner->clock);

  if (!kith_transaction_step (client->kind, client->way.to.tcp, client->state, event, next)) {
    return FALSE;
  }
  client->state = next->state;
  if (next->timer != KITH_TRANSACTION_TIMER_NONE) {
    /* how long it may ring is the user agent's to say */
    guint ms = next->timer == KITH_TRANSACTION_TIMER_C ? KITH_EDGE_RING_MS
                                                       : kith_transaction_timer_ms (next->timer);
    client->end_us = now_us + (gint64)ms * 1000;
  }
  if ((next->actions & KITH_TRANSACTION_REPEAT) != 0) {
    guint ms = kith_transaction_repeat_ms (client->kind, client->state, client->repeats++);
    client->repeat_us = now_us + (gint64)ms * 1000;
  } else if ((next->actions & KITH_TRANSACTION_STOP_REPEAT) != 0) {
    client->repeat_us = 0;
  }
  kith_timer_set (&client->timer,
                  client->repeat_us > 0 ? MIN (client->repeat_us, client->end_us) : client->end_us);
  return TRUE;
}

void
kith_clients_refuse (KithClients *clients, const KithSipLines *lines, guint status)
{
  const KithSipReply reply = { .status = status,
                               .phrase = status == 408   ? "Request Timeout"
                                         : status == 430 ? "Flow Failed"
                                         : status == 480 ? "Not Registered"
                                                         : "Service Unavailable",
                               .to_tag = "kith-edge",
                               .lines = MADE };

  if (kith_sip_reply (lines, &reply, clients->out)) {
    clients->funcs.made (clients->funcs.data, clients->out->str, clients->out->len);
  }
}

/* The same for a request that was sent already: it gets back the branch that the user agent
   knows. */
static void
refuse (Client *client, guint status)
{
  KithClients *clients = client->owner;
  g_autofree KithSipLines *lines = g_new (KithSipLines, 1);
  gchar mark[KITH_EDGE_MARK + 1];
  KithSipPiece inner;
  KithSipVia via;

  if (kith_sip_lines_read (lines, client->text->str, client->text->len)
      && kith_sip_lines_via (lines, 0, &via)
      && kith_branch_read_outward (clients->key, via.branch, &inner, mark)) {
    g_autofree gchar *own
        = g_strdup_printf ("SIP/2.0/TCP 127.0.0.1;branch=%.*s", KITH_SIP_PIECE (inner));
    const KithSipEdit edit = { .pop_via = TRUE, .via = own };
    g_autoptr (GString) text = g_string_new (NULL);
    (void)kith_sip_splice (lines, &edit, text);
    if (kith_sip_lines_read (lines, text->str, text->len)) {
      kith_clients_refuse (clients, lines, status);
    }
  }
  forget (client);
}

/* Sends the request, or refuses it; FALSE then. */
static gboolean
transmit (Client *client)
{
  const KithClientsFuncs *funcs = &client->owner->funcs;
  int why = funcs->send (funcs->data, &client->way, client->text->str, client->text->len);

  if (why == 0 || why == EAGAIN || why == ENOBUFS) {
    return TRUE;
  }
  refuse (client, 503);
  return FALSE;
}

static void
on_timer (gpointer user_data)
{
  Client *client = user_data;
  KithTransactionStep next;
  gboolean is_over = kith_clock_now (client->owner->clock) >= client->end_us;

  if (is_over && is_invite (client) && client->state == KITH_TRANSACTION_PROCEEDING) {
    forget (client);
  } else if (!step (client,
                    is_over ? KITH_TRANSACTION_EVENT_TIMER_DUE : KITH_TRANSACTION_EVENT_REPEAT_DUE,
                    &next)) {
    forget (client);
  } else if ((next.actions & KITH_TRANSACTION_TELL_TIMEOUT) != 0) {
    refuse (client, 408);
  } else if ((next.actions & KITH_TRANSACTION_SEND) != 0) {
    client->owner->repeated++;
    (void)transmit (client);
  } else if (client->state == KITH_TRANSACTION_ENDED) {
    forget (client);
  }
}

/* The request as the network sees it. (transfer full), or NULL: there is no way to it. */
static GString *
write_request (KithClients *clients,
               const KithSipLines *lines,
               const KithWay *way,
               const KithClientsTarget *target,
               gchar *mark)
{
  KithEndpoint own;
  KithSipVia via;
  gchar host[64];

  if (!kith_sip_lines_via (lines, 0, &via) || via.branch.len == 0
      || !clients->funcs.own_address (clients->funcs.data, way, &own)) {
    return NULL;
  }
  kith_way_host (&own, TRUE, host, sizeof host);
  g_autofree gchar *branch = kith_branch_outward (clients->key, via.branch, mark);
  g_autofree gchar *value = g_strdup_printf ("%s %s:%u;branch=%s;rport",
                                             kith_sip_way_protocol (&way->to),
                                             host,
                                             own.port,
                                             branch);
  const KithSipEdit edit
      = { .uri = target->uri, .pop_via = TRUE, .via = value, .route = target->route };
  GString *text = g_string_sized_new (512);
  (void)kith_sip_splice (lines, &edit, text);
  return text;
}

static void
send_ack (KithClients *clients,
          const KithSipLines *lines,
          const KithWay *way,
          const KithClientsTarget *target)
{
  gchar mark[KITH_EDGE_MARK + 1] = "";
  KithWay to = *way;
  g_autoptr (GString) text = write_request (clients, lines, way, target, mark);

  if (text == NULL) {
    return;
  }
  const Client *client = find (clients, mark, KITH_BRANCH_INVITE);
  if (client == NULL
      || client->state != KITH_TRANSACTION_COMPLETED) { /* a refusal was acknowledged here */
    (void)clients->funcs.send (clients->funcs.data, &to, text->str, text->len);
  }
}

void
kith_clients_send (KithClients *clients,
                   const KithSipLines *lines,
                   const KithWay *way,
                   const KithClientsTarget *target)
{
  KithBranchKind kind = kith_branch_kind (lines->method);
  gchar mark[KITH_EDGE_MARK + 1] = "";
  KithTransactionStep next;

  if (kith_sip_piece_is (lines->method, "ACK")) {
    send_ack (clients, lines, way, target);
    return;
  }
  GString *text = g_hash_table_size (clients->table) < KITH_EDGE_MAX_CLIENTS
                      ? write_request (clients, lines, way, target, mark)
                      : NULL;
  if (text == NULL) {
    kith_clients_refuse (clients, lines, 503);
    return;
  }
  if (find (clients, mark, kind) != NULL) {
    g_string_free (text, TRUE);
    return;
  }
  const Client *invite
      = kind == KITH_BRANCH_CANCEL ? find (clients, mark, KITH_BRANCH_INVITE) : NULL;
  Client *client = g_new0 (Client, 1);
  client->key = kith_branch_key (mark, kind);
  client->owner = clients;
  client->way = invite != NULL ? invite->way : *way;
  client->kind
      = kind == KITH_BRANCH_INVITE ? KITH_TRANSACTION_INVITE_CLIENT : KITH_TRANSACTION_CLIENT;
  client->text = text;
  kith_timer_init (&client->timer, clients->clock, on_timer, client);
  g_hash_table_insert (clients->table, &client->key, client);
  (void)step (client, KITH_TRANSACTION_EVENT_START, &next);
  if (transmit (client) && is_invite (client)) {
    clients->funcs.call (clients->funcs.data, &client->way, TRUE, 0);
  }
}

static void
acknowledge (Client *client, const KithSipLines *response)
{
  const KithClientsFuncs *funcs = &client->owner->funcs;
  g_autofree KithSipLines *sent = g_new (KithSipLines, 1);
  KithSipPiece to;

  if (client->ack == NULL && kith_sip_lines_read (sent, client->text->str, client->text->len)) {
    client->ack = g_string_new (NULL);
    (void)kith_sip_lines_get (response, KITH_HEADER_TO, &to);
    kith_sip_follow (sent, "ACK", to, NULL, client->ack);
  }
  if (client->ack != NULL) {
    (void)funcs->send (funcs->data, &client->way, client->ack->str, client->ack->len);
  }
}

KithClientsVerdict
kith_clients_take (KithClients *clients, const KithSipLines *lines, const gchar *mark)
{
  Client *client = find (clients, mark, kith_branch_kind (lines->method));
  KithTransactionStep next;

  if (client == NULL) {
    return KITH_CLIENTS_FORWARD;
  }
  gboolean was_pending = is_pending (client);
  if (!step (client, kith_transaction_event_of (lines->status), &next)) {
    return KITH_CLIENTS_ABSORBED;
  }
  if (is_invite (client) && was_pending && lines->status >= 200) {
    clients->funcs.call (clients->funcs.data, &client->way, FALSE, lines->status);
  }
  if ((next.actions & KITH_TRANSACTION_SEND_ACK) != 0) {
    acknowledge (client, lines);
  }
  if (client->state == KITH_TRANSACTION_ENDED) {
    forget (client);
  }
  /* of 100, too, the user agent hears: somebody is there */
  return (next.actions & KITH_TRANSACTION_PASS) != 0 || lines->status == 100
             ? KITH_CLIENTS_FORWARD
             : KITH_CLIENTS_ABSORBED;
}

static void
give_up (KithClients *clients,
         guint status,
         gboolean (*is_hit) (const Client *, gconstpointer),
         gconstpointer what)
{
  GHashTableIter iter;
  gpointer value = NULL;
  g_autoptr (GPtrArray) hit = g_ptr_array_new ();

  g_hash_table_iter_init (&iter, clients->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (is_hit (value, what)) {
      g_ptr_array_add (hit, value);
    }
  }
  for (guint i = 0; i < hit->len; i++) {
    refuse (hit->pdata[i], status);
  }
}

static gboolean
is_calling (const Client *client, gconstpointer peer)
{
  return client->state == KITH_TRANSACTION_TRYING && !client->way.to.tcp
         && kith_endpoint_is_same (&client->way.to.peer, peer);
}

static gboolean
is_on (const Client *client, gconstpointer stream)
{
  return is_pending (client) && client->way.stream == *(const guint32 *)stream;
}

void
kith_clients_refused (KithClients *clients, const KithEndpoint *peer)
{
  give_up (clients, 503, is_calling, peer);
}

void
kith_clients_lost (KithClients *clients, guint32 stream, guint status)
{
  give_up (clients, status, is_on, &stream);
}

gboolean
kith_clients_wait (KithClients *clients)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, clients->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (is_pending (value)) {
      return TRUE;
    }
  }
  return FALSE;
}

guint64
kith_clients_repeated (KithClients *clients)
{
  return clients->repeated;
}
