/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded table; idle ones make room, those of calls stay. */
#include "edge/worker/traffic/flows.h"

#include "edge/edge-limits.h"

#define SWEEP_MS 1000

struct _KithFlows {
  KithClock *clock;
  KithFlowsClose close;
  gpointer data;
  GHashTable *table; /* stream → KithFlow */
  KithTimer sweep;
  guint most, most_of_source;
  guint64 refused;
};

static void
flow_free (gpointer data)
{
  KithFlow *flow = data;

  kith_sip_stream_free (flow->in);
  g_free (flow);
}

static gboolean
is_used (const KithFlow *flow)
{
  return flow->calling > 0 || flow->calls > 0 || flow->registered;
}

static void
on_sweep (gpointer user_data)
{
  KithFlows *flows = user_data;
  gint64 now_us = kith_clock_now (flows->clock);
  GHashTableIter iter;
  gpointer value = NULL;
  g_autoptr (GArray) idle = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_hash_table_iter_init (&iter, flows->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithFlow *flow = value;
    gint64 most_s = flow->useful ? KITH_EDGE_IDLE_S : KITH_EDGE_FIRST_MESSAGE_S;
    if (!is_used (flow) && now_us - flow->last_us > most_s * G_USEC_PER_SEC) {
      g_array_append_val (idle, flow->stream);
    }
  }
  for (guint i = 0; i < idle->len; i++) {
    guint32 stream = g_array_index (idle, guint32, i);
    kith_flows_remove (flows, stream);
    flows->close (flows->data, stream);
  }
  if (g_hash_table_size (flows->table) > 0) {
    kith_timer_set_ms (&flows->sweep, SWEEP_MS);
  }
}

KithFlows *
kith_flows_new (KithClock *clock, KithFlowsClose close, gpointer data)
{
  KithFlows *flows = g_new0 (KithFlows, 1);

  flows->clock = g_object_ref (clock);
  flows->close = close;
  flows->data = data;
  flows->most = KITH_EDGE_MAX_STREAMS;
  flows->most_of_source = KITH_EDGE_MAX_STREAMS_A_SOURCE;
  flows->table = g_hash_table_new_full (NULL, NULL, NULL, flow_free);
  kith_timer_init (&flows->sweep, clock, on_sweep, flows);
  return flows;
}

void
kith_flows_free (KithFlows *flows)
{
  if (flows != NULL) {
    kith_timer_finish (&flows->sweep);
    g_hash_table_unref (flows->table);
    g_object_unref (flows->clock);
    g_free (flows);
  }
}

void
kith_flows_set_limits (KithFlows *flows, guint most, guint most_of_source)
{
  flows->most = most;
  flows->most_of_source = most_of_source;
}

void
kith_flows_add (KithFlows *flows, guint32 stream, const KithWay *way)
{
  KithFlow *flow = g_new0 (KithFlow, 1);

  flow->stream = stream;
  flow->way = *way;
  flow->way.to.tcp = TRUE;
  flow->way.stream = stream;
  flow->source = kith_way_source (&way->to.peer);
  flow->in = kith_sip_stream_new ();
  flow->last_us = kith_clock_now (flows->clock);
  g_hash_table_insert (flows->table, GUINT_TO_POINTER (stream), flow);
  if (!kith_timer_is_set (&flows->sweep)) {
    kith_timer_set_ms (&flows->sweep, SWEEP_MS);
  }
}

static guint
count_of (KithFlows *flows, guint64 source)
{
  GHashTableIter iter;
  gpointer value = NULL;
  guint n = 0;

  g_hash_table_iter_init (&iter, flows->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const KithFlow *flow = value;
    n += flow->accepted && flow->source == source;
  }
  return n;
}

/* Who makes room: of the source that has most, what was idle for longest. */
static KithFlow *
choose_leaver (KithFlows *flows)
{
  GHashTableIter iter;
  gpointer value = NULL;
  KithFlow *best = NULL;
  guint most = 0;

  g_hash_table_iter_init (&iter, flows->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithFlow *flow = value;
    if (!flow->accepted || is_used (flow)) {
      continue;
    }
    guint same = count_of (flows, flow->source);
    if (same > most || (same == most && flow->last_us < best->last_us)) {
      best = flow;
      most = same;
    }
  }
  return best;
}

gboolean
kith_flows_accept (KithFlows *flows, guint32 stream, const KithWay *way)
{
  if (count_of (flows, kith_way_source (&way->to.peer)) >= flows->most_of_source) {
    flows->refused++;
    return FALSE;
  }
  if (g_hash_table_size (flows->table) >= flows->most) {
    const KithFlow *leaver = choose_leaver (flows);
    guint32 number = leaver != NULL ? leaver->stream : 0;
    flows->refused++;
    if (leaver == NULL) {
      return FALSE;
    }
    kith_flows_remove (flows, number);
    flows->close (flows->data, number);
  }
  kith_flows_add (flows, stream, way);
  kith_flows_get (flows, stream)->accepted = TRUE;
  return TRUE;
}

void
kith_flows_remove (KithFlows *flows, guint32 stream)
{
  (void)g_hash_table_remove (flows->table, GUINT_TO_POINTER (stream));
}

KithFlow *
kith_flows_get (KithFlows *flows, guint32 stream)
{
  return stream != 0 ? g_hash_table_lookup (flows->table, GUINT_TO_POINTER (stream)) : NULL;
}

KithFlow *
kith_flows_find (KithFlows *flows, const KithSipWay *to)
{
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, flows->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithFlow *flow = value;
    if (!flow->broken && flow->way.to.tls == to->tls
        && kith_endpoint_is_same (&flow->way.to.peer, &to->peer)) {
      return flow;
    }
  }
  return NULL;
}

void
kith_flows_active (KithFlows *flows, KithFlow *flow)
{
  flow->useful = TRUE;
  flow->last_us = kith_clock_now (flows->clock);
}

void
kith_flows_call (KithFlows *flows, guint32 stream, gboolean begins, guint status)
{
  KithFlow *flow = kith_flows_get (flows, stream);

  if (flow == NULL) {
    return;
  }
  flow->last_us = kith_clock_now (flows->clock);
  if (begins) {
    flow->calling++;
    return;
  }
  flow->calling -= flow->calling > 0;
  flow->calls += status >= 200 && status < 300 && flow->calls < KITH_EDGE_MAX_CALLS_A_STREAM;
}

guint
kith_flows_count (KithFlows *flows)
{
  return g_hash_table_size (flows->table);
}

guint64
kith_flows_refused (KithFlows *flows)
{
  return flows->refused;
}
