/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries the TURN servers, picks the best, and tries again when none works. */
#include "turn/turn-pool.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "net/local-addresses.h"
#include "turn/turn-client.h"
#include "turn/turn-gate.h"
#include "turn/turn-tls.h"

#define LOG "turn"
#define BETTER_MS 400   /* a better server may still answer after the first did */
#define SUSPECTED_MS 60 /* … but hardly one that is suspected */
#define SUSPECT_MS 3000
#define RETRY_MS 15000 /* while none works; doubled … */
#define RETRY_MAX_MS 300000
#define WATCH_MS 4000 /* until a server is asked again for the address that watches it; doubled … */
#define WATCH_MAX_MS 300000

typedef struct {
  KithTurnPool *pool; /* (unowned) */
  KithTurnServer *server;
  /* who lent an address last: server, or another one to which that sends us; NULL: nobody */
  KithTurnServer *lender;
  KithTurnClient *client; /* while it is asked */
  KithTurnState state;
  guint round; /* of the state */
  gchar *why;
  gint64 asked_us;
  guint took_ms;
  KithEndpoint address;
  KithTurnTls *bridge; /* TLS: once it is used */
} Entry;

struct _KithTurnPool {
  GObject parent_instance;
  KithClock *clock;
  Entry entries[KITH_TURN_MAX_SERVERS];
  guint n;
  Entry *used;
  Entry *suspected;      /* in this round */
  KithTurnClient *guard; /* holds an address at the one in use, if that is by UDP */
  const Entry *guarded;
  gboolean is_on_guard; /* it has one */
  KithTimer watch;      /* when it has none */
  guint watch_ms;
  guint losses;
  guint round;
  gint64 checked_us;
  gint64 decide_us; /* 0: no answer yet in this round */
  KithTimer decide, retry;
  guint retry_ms;
};

static void turn_init (KithTurnInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithTurnPool,
                               kith_turn_pool,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_TURN, turn_init))

static guint
rank (const Entry *entry)
{
  return entry->server->transport * KITH_TURN_MAX_SERVERS + (guint)(entry - entry->pool->entries);
}

static Entry *
find_best (KithTurnPool *pool)
{
  Entry *best = NULL;

  for (guint i = 0; i < pool->n; i++) {
    Entry *one = &pool->entries[i];
    if (one->state == KITH_TURN_WORKS && one->round == pool->round
        && (best == NULL || rank (one) < rank (best))) {
      best = one;
    }
  }
  return best;
}

/* TRUE while one that is asked would be better than @entry; @trusted: and is not suspected. */
static gboolean
may_better_come (KithTurnPool *pool, const Entry *entry, gboolean trusted)
{
  for (guint i = 0; i < pool->n; i++) {
    const Entry *one = &pool->entries[i];
    if (one->client != NULL && !(trusted && one == pool->suspected)
        && (entry == NULL || rank (one) < rank (entry))) {
      return TRUE;
    }
  }
  return FALSE;
}

static void check (KithTurnPool *pool);

/* The guard */

static void
stand_down (KithTurnPool *pool)
{
  g_clear_pointer (&pool->guard, kith_turn_client_free);
  kith_timer_clear (&pool->watch);
  pool->guarded = NULL;
  pool->is_on_guard = FALSE;
}

static void
on_guard_ready (const KithEndpoint *server,
                const KithEndpoint *relayed,
                const KithEndpoint *mapped,
                gpointer user_data)
{
  KithTurnPool *pool = user_data;

  pool->is_on_guard = TRUE;
  pool->watch_ms = 0;
}

static void
on_datagram (const KithEndpoint *from, const guint8 *data, gsize len, gpointer user_data)
{
}

/* A server that gives no second address is asked for it again later, since its answer may have been
   lost. One that took it away has forgotten the others, too. */
static void
on_guard_failed (const char *why, gpointer user_data)
{
  KithTurnPool *pool = user_data;
  const Entry *lost = pool->guarded;
  gboolean was_on_guard = pool->is_on_guard;

  g_clear_pointer (&pool->guard, kith_turn_client_free);
  pool->is_on_guard = FALSE;
  if (!was_on_guard) {
    pool->watch_ms = CLAMP (pool->watch_ms * 2, WATCH_MS, WATCH_MAX_MS);
    kith_timer_set_ms (&pool->watch, pool->watch_ms);
    return;
  }
  g_autoptr (KithTurnPool) kept = g_object_ref (pool);
  kith_info (LOG, "the addresses of %s are lost: %s", lost->server->label, why);
  pool->guarded = NULL;
  pool->losses++;
  pool->used = NULL;
  check (pool);
  g_signal_emit_by_name (pool, "changed");
}

static const KithTurnClientEvents guard_events = { on_guard_ready, on_datagram, on_guard_failed };

static void
stand_guard (KithTurnPool *pool)
{
  pool->guard = kith_turn_client_new (pool->guarded->lender, pool->clock, &guard_events, pool);
}

static void
on_watch (gpointer user_data)
{
  stand_guard (user_data);
}

static void
guard (KithTurnPool *pool, const Entry *entry)
{
  if (pool->guarded == entry) {
    return;
  }
  stand_down (pool);
  if (entry->server->transport == KITH_TURN_UDP) {
    pool->guarded = entry;
    pool->watch_ms = 0;
    stand_guard (pool);
  }
}

static void
use (KithTurnPool *pool, Entry *entry)
{
  g_autoptr (GError) error = NULL;

  if (entry->server->transport == KITH_TURN_TLS && entry->bridge == NULL) {
    entry->bridge = kith_turn_tls_new (entry->lender, &error);
    if (entry->bridge == NULL) {
      kith_warning (LOG, "%s cannot be used: %s", entry->server->label, error->message);
      return;
    }
  }
  if (pool->used != entry) {
    kith_info (LOG, "relayed addresses come from %s", entry->server->label);
  }
  pool->used = entry;
  guard (pool, entry);
  g_signal_emit_by_name (pool, "changed");
}

static void
plan_retry (KithTurnPool *pool)
{
  pool->retry_ms = CLAMP (pool->retry_ms * 2, RETRY_MS, RETRY_MAX_MS);
  kith_timer_set_ms (&pool->retry, pool->retry_ms);
}

static void
decide (KithTurnPool *pool)
{
  Entry *best = find_best (pool);

  if (best != NULL) {
    pool->retry_ms = 0;
    kith_timer_clear (&pool->retry);
    use (pool, best);
  } else if (!may_better_come (pool, NULL, FALSE)) {
    pool->used = NULL;
    stand_down (pool);
    plan_retry (pool);
  }
}

static void
on_decide (gpointer user_data)
{
  decide (user_data);
}

static void
on_retry (gpointer user_data)
{
  check (user_data);
}

/* An answer came: decides now, or when those that would be better had their time. */
static void
look_at_results (KithTurnPool *pool)
{
  Entry *best = find_best (pool);

  if (best != NULL && pool->decide_us == 0) {
    pool->decide_us = kith_clock_now (pool->clock) + (gint64)BETTER_MS * 1000;
  }
  if (best == NULL || !may_better_come (pool, best, FALSE)) {
    kith_timer_set (&pool->decide, 0);
  } else if (!may_better_come (pool, best, TRUE)) {
    kith_timer_set (
        &pool->decide,
        MIN (pool->decide_us, kith_clock_now (pool->clock) + (gint64)SUSPECTED_MS * 1000));
  } else {
    kith_timer_set (&pool->decide, pool->decide_us);
  }
}

/* What belongs to another lender than @server ends. */
static void
set_lender (Entry *entry, KithTurnServer *server)
{
  gboolean is_same = entry->lender != NULL && entry->lender->port == server->port
                     && strcmp (entry->lender->host, server->host) == 0;

  if (is_same) {
    return;
  }
  g_clear_pointer (&entry->bridge, kith_turn_tls_free);
  if (entry->pool->guarded == entry) {
    stand_down (entry->pool);
  }
  g_clear_pointer (&entry->lender, kith_turn_server_unref);
  entry->lender = kith_turn_server_ref (server);
}

static void
on_ready (const KithEndpoint *server,
          const KithEndpoint *relayed,
          const KithEndpoint *mapped,
          gpointer user_data)
{
  Entry *entry = user_data;

  entry->state = KITH_TURN_WORKS;
  entry->round = entry->pool->round;
  entry->address = *server;
  set_lender (entry, kith_turn_client_get_server (entry->client));
  entry->took_ms = (guint)((kith_clock_now (entry->pool->clock) - entry->asked_us) / 1000);
  g_clear_pointer (&entry->why, g_free);
  g_clear_pointer (&entry->client, kith_turn_client_free);
  kith_debug (LOG, "%s works, %u ms", entry->server->label, entry->took_ms);
  look_at_results (entry->pool);
}

static void
on_failed (const char *why, gpointer user_data)
{
  Entry *entry = user_data;

  if (entry->state != KITH_TURN_FAILED || g_strcmp0 (entry->why, why) != 0) {
    kith_warning (LOG, "the TURN server %s cannot be used: %s", entry->server->label, why);
  }
  entry->state = KITH_TURN_FAILED;
  entry->round = entry->pool->round;
  g_free (entry->why);
  entry->why = g_strdup (why);
  g_clear_pointer (&entry->client, kith_turn_client_free);
  look_at_results (entry->pool);
}

static const KithTurnClientEvents client_events = { on_ready, on_datagram, on_failed };

static void
check (KithTurnPool *pool)
{
  pool->round++;
  pool->suspected = NULL;
  pool->checked_us = kith_clock_now (pool->clock);
  pool->decide_us = 0;
  kith_timer_clear (&pool->decide);
  kith_timer_clear (&pool->retry);
  for (guint i = 0; i < pool->n; i++) {
    Entry *entry = &pool->entries[i];
    g_clear_pointer (&entry->client, kith_turn_client_free);
    entry->asked_us = pool->checked_us;
    entry->client = kith_turn_client_new (entry->server, pool->clock, &client_events, entry);
  }
}

static void
stop (KithTurnPool *pool)
{
  kith_timer_clear (&pool->decide);
  kith_timer_clear (&pool->retry);
  pool->used = NULL;
  stand_down (pool);
  for (guint i = 0; i < pool->n; i++) {
    g_clear_pointer (&pool->entries[i].client, kith_turn_client_free);
    g_clear_pointer (&pool->entries[i].bridge, kith_turn_tls_free);
  }
}

static gboolean
get_relay (const Entry *used, KithTurnRelay *relay)
{
  *relay = (KithTurnRelay){ .address = used->address,
                            .tcp = used->server->transport != KITH_TURN_UDP,
                            .user = used->server->user,
                            .password = used->server->password };
  if (used->bridge != NULL) {
    KithEndpoint addresses[KITH_MAX_LOCAL];
    guint n = kith_local_addresses (addresses);
    return kith_turn_tls_get_address (used->bridge,
                                      n > 0 ? addresses[0].family : 4,
                                      &relay->address);
  }
  return TRUE;
}

static gboolean
is_same_host (const KithEndpoint *a, const KithEndpoint *b)
{
  return a->family == b->family && memcmp (a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

/* The best server by TCP or TLS: one that works, else, while that is not known, the first. NULL:
   none is configured, or all failed. */
static KithTurnServer *
find_stream_server (KithTurnPool *pool)
{
  const Entry *best = NULL;

  for (guint i = 0; i < pool->n; i++) {
    const Entry *one = &pool->entries[i];
    if (one->server->transport == KITH_TURN_UDP || one->state == KITH_TURN_FAILED) {
      continue;
    }
    gboolean better
        = best == NULL
          || (best->state != one->state ? one->state == KITH_TURN_WORKS : rank (one) < rank (best));
    best = better ? one : best;
  }
  return best != NULL ? best->server : NULL;
}

/* What the port asks */

static void
pool_check (KithTurn *turn)
{
  check (KITH_TURN_POOL (turn));
}

static void
pool_suspect (KithTurn *turn)
{
  KithTurnPool *pool = KITH_TURN_POOL (turn);
  gint64 due = pool->checked_us + (gint64)SUSPECT_MS * 1000;

  if (kith_clock_now (pool->clock) >= due) {
    Entry *used = pool->used;
    check (pool);
    pool->suspected = used;
  } else if (pool->retry_ms == 0) { /* else it is asked anyway */
    kith_timer_set (&pool->retry, due);
  }
}

static void
pool_stop (KithTurn *turn)
{
  stop (KITH_TURN_POOL (turn));
}

static gboolean
pool_get_relay (KithTurn *turn, KithTurnRelay *relay)
{
  KithTurnPool *pool = KITH_TURN_POOL (turn);

  return pool->used != NULL && get_relay (pool->used, relay);
}

static gboolean
pool_get_second (KithTurn *turn, KithTurnRelay *relay)
{
  KithTurnPool *pool = KITH_TURN_POOL (turn);
  const Entry *best = NULL;

  for (guint i = 0; i < pool->n && pool->used != NULL; i++) {
    const Entry *one = &pool->entries[i];
    gboolean is_ready = one->server->transport != KITH_TURN_TLS || one->bridge != NULL;
    if (one != pool->used && one->state == KITH_TURN_WORKS && is_ready
        && !is_same_host (&one->address, &pool->used->address)
        && (best == NULL || rank (one) < rank (best))) {
      best = one;
    }
  }
  return best != NULL && get_relay (best, relay);
}

static guint
pool_get_losses (KithTurn *turn)
{
  return KITH_TURN_POOL (turn)->losses;
}

static gboolean
pool_is_udp_open (KithTurn *turn)
{
  KithTurnPool *pool = KITH_TURN_POOL (turn);

  for (guint i = 0; i < pool->n; i++) {
    const Entry *one = &pool->entries[i];
    if (one->server->transport == KITH_TURN_UDP && one->state == KITH_TURN_WORKS
        && one->round == pool->round) {
      return TRUE;
    }
  }
  return FALSE;
}

static guint
pool_get_n (KithTurn *turn)
{
  return KITH_TURN_POOL (turn)->n;
}

static void
pool_get_facts (KithTurn *turn, guint index, KithTurnFacts *facts)
{
  KithTurnPool *pool = KITH_TURN_POOL (turn);
  const Entry *entry = &pool->entries[index];

  *facts = (KithTurnFacts){ .label = entry->server->label,
                            .transport = entry->server->transport,
                            .state = entry->state,
                            .is_used = pool->used == entry,
                            .why = entry->state == KITH_TURN_FAILED ? entry->why : NULL,
                            .took_ms = entry->took_ms };
}

static KithTurnGate *
pool_open_gate (KithTurn *turn,
                const KithTurnGateEvents *events,
                gpointer user_data,
                GError **error)
{
  KithTurnServer *server = find_stream_server (KITH_TURN_POOL (turn));

  if (server == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_FOUND,
                         "there is no TURN server by TCP or TLS that works");
    return NULL;
  }
  return kith_turn_gate_new (server, events, user_data, error);
}

static void
pool_close_gate (KithTurn *turn, KithTurnGate *gate)
{
  kith_turn_gate_free (gate);
}

static void
turn_init (KithTurnInterface *iface)
{
  iface->check = pool_check;
  iface->suspect = pool_suspect;
  iface->stop = pool_stop;
  iface->get_relay = pool_get_relay;
  iface->get_second = pool_get_second;
  iface->get_losses = pool_get_losses;
  iface->is_udp_open = pool_is_udp_open;
  iface->get_n = pool_get_n;
  iface->get_facts = pool_get_facts;
  iface->open_gate = pool_open_gate;
  iface->close_gate = pool_close_gate;
}

static void
kith_turn_pool_finalize (GObject *object)
{
  KithTurnPool *pool = KITH_TURN_POOL (object);

  stop (pool);
  for (guint i = 0; i < pool->n; i++) {
    kith_turn_server_unref (pool->entries[i].server);
    g_clear_pointer (&pool->entries[i].lender, kith_turn_server_unref);
    g_free (pool->entries[i].why);
  }
  kith_timer_finish (&pool->decide);
  kith_timer_finish (&pool->retry);
  kith_timer_finish (&pool->watch);
  g_object_unref (pool->clock);
  G_OBJECT_CLASS (kith_turn_pool_parent_class)->finalize (object);
}

static void
kith_turn_pool_class_init (KithTurnPoolClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_turn_pool_finalize;
}

static void
kith_turn_pool_init (KithTurnPool *pool)
{
  pool->clock = g_object_ref (kith_clock_get_default ());
  kith_timer_init (&pool->decide, pool->clock, on_decide, pool);
  kith_timer_init (&pool->retry, pool->clock, on_retry, pool);
  kith_timer_init (&pool->watch, pool->clock, on_watch, pool);
}

KithTurn *
kith_turn_pool_new (GPtrArray *servers)
{
  KithTurnPool *pool = g_object_new (KITH_TYPE_TURN_POOL, NULL);

  pool->n = MIN (servers->len, KITH_TURN_MAX_SERVERS);
  for (guint i = 0; i < pool->n; i++) {
    pool->entries[i].pool = pool;
    pool->entries[i].server = kith_turn_server_ref (servers->pdata[i]);
  }
  return KITH_TURN (pool);
}
