/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One small record a transaction, with one timer; a final refusal is kept until it is
   acknowledged, a repetition gets it again. */
#include "edge/worker/traffic/servers.h"

#include <string.h>

#include "edge/edge-limits.h"
#include "edge/worker/screen/purse.h"
#include "edge/worker/traffic/brief.h"
#include "model/sip/transaction.h"

typedef struct {
  guint64 key; /* the key */
  KithServers *owner;
  KithTimer timer;
  gint64 end_us;
  KithWay way;
  KithTransactionKind kind;
  KithTransactionState state;
  gboolean stranger; /* counts as one */
  gboolean rang;     /* more than 100 was said */
  gboolean kept;     /* the edge answers it itself */
  gsize bytes;       /* of the request */
  gint64 repeat_us;  /* when the answer is repeated; 0: never */
  guint repeats;     /* so far */
  KithPurse purse;
  GString *last; /* what a repetition gets, NULL: nothing */
} Server;

struct _KithServers {
  KithClock *clock;
  const guint8 *key;
  KithServersFuncs funcs;
  GHashTable *table; /* of Server */
  GString *brief;
  guint strangers;
  guint64 repeated;
};

static void
server_free (gpointer data)
{
  Server *server = data;

  server->owner->strangers -= server->stranger;
  kith_timer_finish (&server->timer);
  if (server->last != NULL) {
    g_string_free (server->last, TRUE);
  }
  g_free (server);
}

KithServers *
kith_servers_new (KithClock *clock, const guint8 *key, const KithServersFuncs *funcs)
{
  KithServers *servers = g_new0 (KithServers, 1);

  servers->clock = g_object_ref (clock);
  servers->key = key;
  servers->funcs = *funcs;
  servers->table = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, server_free);
  servers->brief = g_string_new (NULL);
  return servers;
}

void
kith_servers_free (KithServers *servers)
{
  if (servers != NULL) {
    g_hash_table_unref (servers->table);
    g_string_free (servers->brief, TRUE);
    g_object_unref (servers->clock);
    g_free (servers);
  }
}

static Server *
find (KithServers *servers, const gchar *mark, KithBranchKind kind)
{
  guint64 key = kith_branch_key (mark, kind);

  return g_hash_table_lookup (servers->table, &key);
}

static gboolean
is_invite (const Server *server)
{
  return server->kind == KITH_TRANSACTION_INVITE_SERVER;
}

static gboolean
is_pending (const Server *server)
{
  return server->state == KITH_TRANSACTION_TRYING || server->state == KITH_TRANSACTION_PROCEEDING;
}

static void
forget (Server *server)
{
  if (is_invite (server) && is_pending (server)) {
    server->owner->funcs.call (server->owner->funcs.data, &server->way, FALSE, 0);
  }
  (void)g_hash_table_remove (server->owner->table, &server->key);
}

static void
arm (Server *server)
{
  kith_timer_set (&server->timer,
                  server->repeat_us > 0 ? MIN (server->repeat_us, server->end_us) : server->end_us);
}

/* To who may be somebody else one answer goes for one request; all others have theirs repeated. */
static gboolean
may_repeat (const Server *server)
{
  return server->purse.proved || server->rang;
}

/* What the table says; its state and timers are followed. FALSE: nothing. */
static gboolean
step (Server *server, KithTransactionEvent event, KithTransactionStep *next)
{
  gint64 now_us = kith_clock_now (server->owner->clock);

  if (!kith_transaction_step (server->kind, server->way.to.tcp, server->state, event, next)) {
    return FALSE;
  }
  server->state = next->state;
  if (next->timer != KITH_TRANSACTION_TIMER_NONE) {
    server->end_us = now_us + (gint64)kith_transaction_timer_ms (next->timer) * 1000;
    server->repeat_us = 0;
  }
  if ((next->actions & KITH_TRANSACTION_REPEAT) != 0 && may_repeat (server)) {
    guint ms = kith_transaction_repeat_ms (server->kind, server->state, server->repeats++);
    server->repeat_us = now_us + (gint64)ms * 1000;
  } else if ((next->actions & KITH_TRANSACTION_STOP_REPEAT) != 0) {
    server->repeat_us = 0;
  }
  arm (server);
  return TRUE;
}

/* Sends what may be sent, made short where only that fits. */
static void
say (Server *server, const GString *text, guint status)
{
  KithServers *servers = server->owner;
  KithPurse *purse = &server->purse;
  gboolean is_yes = is_invite (server) && status >= 200 && status < 300;
  gboolean is_refusal = status >= 200 && !is_yes && !server->rang;
  gsize most = server->bytes + KITH_EDGE_MOST_MORE;
  const GString *out = text;

  for (guint brief = KITH_BRIEF_WHOLE; !purse->proved && brief <= KITH_BRIEF_BARE; brief++) {
    if (brief > KITH_BRIEF_WHOLE) {
      (void)kith_brief (text->str, text->len, (KithBrief)brief, servers->brief);
      out = servers->brief;
    }
    if (is_refusal ? out->len <= most : kith_purse_has_room (purse, status, is_yes, out->len)) {
      break;
    }
  }
  if (is_refusal && !purse->proved) {
    if (out->len <= most) {
      purse->said += out->len;
      servers->funcs.send (servers->funcs.data, &server->way, out->str, out->len);
    }
  } else if (kith_purse_may_say (purse, status, is_yes, out->len)) {
    servers->funcs.send (servers->funcs.data, &server->way, out->str, out->len);
  }
}

static guint
status_of (const GString *text)
{
  return text->len > 11 ? (guint)g_ascii_strtoull (text->str + 8, NULL, 10) : 0;
}

static void
say_again (Server *server)
{
  if (server->last != NULL) {
    server->owner->repeated++;
    say (server, server->last, status_of (server->last));
  }
}

static void
on_timer (gpointer user_data)
{
  Server *server = user_data;
  KithTransactionStep next;

  if (kith_clock_now (server->owner->clock) >= server->end_us) {
    forget (server);
  } else if (step (server, KITH_TRANSACTION_EVENT_REPEAT_DUE, &next)) {
    say_again (server);
  }
}

/* The peer had our answer: it knows the tag in it. */
static gboolean
knows_answer (const Server *server, const KithSipLines *lines)
{
  g_autofree KithSipLines *kept = g_new (KithSipLines, 1);

  return server->last != NULL && kith_sip_lines_read (kept, server->last->str, server->last->len)
         && kith_sip_piece_same (kith_sip_lines_tag (kept, KITH_HEADER_TO),
                                 kith_sip_lines_tag (lines, KITH_HEADER_TO));
}

static KithServersVerdict
take_ack (Server *server, const KithSipLines *lines)
{
  KithTransactionStep next;

  if (server->state == KITH_TRANSACTION_COMPLETED) {
    server->purse.proved = server->purse.proved || knows_answer (server, lines);
  }
  if (!step (server, KITH_TRANSACTION_EVENT_ACK, &next)) {
    return KITH_SERVERS_ABSORBED;
  }
  if (server->state == KITH_TRANSACTION_ENDED) {
    forget (server);
  }
  return KITH_SERVERS_PASS; /* the user agent acts on it, too */
}

gboolean
kith_servers_knows (KithServers *servers,
                    const KithSipLines *lines,
                    const gchar *mark,
                    const KithWay *way)
{
  KithBranchKind kind = kith_branch_kind (lines->method);
  const Server *server = find (servers, mark, kind);

  if (server == NULL && kind == KITH_BRANCH_CANCEL) {
    server = find (servers, mark, KITH_BRANCH_INVITE);
  }
  return server != NULL && kith_endpoint_is_same_host (&server->way.to.peer, &way->to.peer);
}

static Server *
make (KithServers *servers, const KithSipLines *lines, const gchar *mark, const KithWay *way)
{
  KithBranchKind kind = kith_branch_kind (lines->method);
  Server *server = g_new0 (Server, 1);

  server->key = kith_branch_key (mark, kind);
  server->owner = servers;
  server->way = *way;
  server->kind
      = kind == KITH_BRANCH_INVITE ? KITH_TRANSACTION_INVITE_SERVER : KITH_TRANSACTION_SERVER;
  kith_timer_init (&server->timer, servers->clock, on_timer, server);
  g_hash_table_insert (servers->table, &server->key, server);
  return server;
}

KithServersVerdict
kith_servers_take (KithServers *servers,
                   const KithSipLines *lines,
                   const gchar *mark,
                   const KithWay *way,
                   gsize bytes,
                   gboolean proved)
{
  gboolean ack = kith_sip_piece_is (lines->method, "ACK");
  Server *server = find (servers, mark, kith_branch_kind (lines->method));
  KithTransactionStep next;

  if (ack) {
    return server != NULL ? take_ack (server, lines) : KITH_SERVERS_PASS;
  }
  if (server != NULL) {
    kith_purse_heard (&server->purse, bytes);
    if (step (server, KITH_TRANSACTION_EVENT_AGAIN, &next)) {
      say_again (server);
    }
    return KITH_SERVERS_ABSORBED;
  }
  gboolean stranger = !proved;
  if (g_hash_table_size (servers->table) >= KITH_EDGE_MAX_SERVERS
      || (stranger && servers->strangers >= KITH_EDGE_MAX_STRANGERS)) {
    return KITH_SERVERS_FULL;
  }
  server = make (servers, lines, mark, way);
  server->bytes = bytes;
  server->stranger = stranger;
  servers->strangers += stranger;
  server->purse.proved = proved || way->to.tcp;
  kith_purse_heard (&server->purse, bytes);
  server->end_us = kith_clock_now (servers->clock) + (gint64)KITH_EDGE_RING_MS * 1000;
  (void)step (server, KITH_TRANSACTION_EVENT_START, &next);
  if (is_invite (server)) {
    servers->funcs.call (servers->funcs.data, way, TRUE, 0);
  }
  return KITH_SERVERS_NEW;
}

void
kith_servers_drop (KithServers *servers, const KithSipLines *lines, const gchar *mark)
{
  Server *server = find (servers, mark, kith_branch_kind (lines->method));

  if (server != NULL) {
    forget (server);
  }
}

static void
keep (Server *server, const GString *text)
{
  if (server->last == NULL) {
    server->last = g_string_sized_new (text->len);
  }
  g_string_truncate (server->last, 0);
  g_string_append_len (server->last, text->str, (gssize)text->len);
}

gboolean
kith_servers_answer (KithServers *servers,
                     KithSipPiece method,
                     const gchar *mark,
                     guint status,
                     const GString *text)
{
  Server *server = find (servers, mark, kith_branch_kind (method));
  KithTransactionStep next;

  if (server == NULL) {
    return FALSE;
  }
  gboolean was_pending = is_pending (server);
  server->rang = server->rang || (was_pending && status > 100 && status < 200);
  if (!step (server,
             status == 100 && is_invite (server) ? KITH_TRANSACTION_EVENT_PROVISIONAL
                                                 : kith_transaction_event_of (status),
             &next)) {
    return TRUE;
  }
  if (is_invite (server) && was_pending && status >= 200) {
    servers->funcs.call (servers->funcs.data, &server->way, FALSE, status);
  }
  say (server, text, status);
  if (server->state == KITH_TRANSACTION_ENDED) {
    forget (server);
  } else if (server->state != KITH_TRANSACTION_ACCEPTED) {
    keep (server, text);
  } else if (server->last != NULL) { /* the user agent repeats its yes itself */
    g_string_free (g_steal_pointer (&server->last), TRUE);
  }
  return TRUE;
}

void
kith_servers_keep (KithServers *servers, const gchar *mark, KithSipPiece method)
{
  Server *server = find (servers, mark, kith_branch_kind (method));

  if (server != NULL) {
    server->kept = TRUE;
  }
}

gboolean
kith_servers_is_kept (KithServers *servers, const gchar *mark)
{
  const Server *server = find (servers, mark, KITH_BRANCH_INVITE);

  return server != NULL && server->kept;
}

gboolean
kith_servers_owe (KithServers *servers, guint32 stream)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, servers->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const Server *server = value;
    if (server->way.stream == stream && is_pending (server)) {
      return TRUE;
    }
  }
  return FALSE;
}

void
kith_servers_lost (KithServers *servers, guint32 stream)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, servers->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (((Server *)value)->way.stream == stream) {
      g_hash_table_iter_remove (&iter);
    }
  }
}

guint64
kith_servers_repeated (KithServers *servers)
{
  return servers->repeated;
}
