/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One small record a call; one that nobody hangs up ends after twelve hours. */
#include "edge/worker/proxy/proxy-calls.h"

#include "edge/edge-limits.h"

#define LONGEST_US ((gint64)12 * 3600 * G_USEC_PER_SEC)
#define SWEEP_MS 60000

typedef struct {
  KithProxiedCall call;
  gint64 until_us;
} Entry;

struct _KithProxyCalls {
  KithClock *clock;
  KithProxyCallsTell tell;
  gpointer data;
  GHashTable *table; /* id in the value → Entry */
  KithTimer timer;
};

static void
end (KithProxyCalls *calls, Entry *entry, guint status)
{
  KithProxiedCall call = entry->call;

  call.phase = KITH_PROXIED_TERMINATED;
  call.status = (guint16)status;
  (void)g_hash_table_remove (calls->table, &entry->call.id);
  calls->tell (calls->data, &call);
}

static void
on_timer (gpointer user_data)
{
  KithProxyCalls *calls = user_data;
  const gint64 now_us = kith_clock_now (calls->clock);
  g_autoptr (GPtrArray) old = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value = NULL;

  g_hash_table_iter_init (&iter, calls->table);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (((Entry *)value)->until_us <= now_us) {
      g_ptr_array_add (old, value);
    }
  }
  for (guint i = 0; i < old->len; i++) {
    end (calls, old->pdata[i], 0);
  }
  if (g_hash_table_size (calls->table) > 0) {
    kith_timer_set_ms (&calls->timer, SWEEP_MS);
  }
}

KithProxyCalls *
kith_proxy_calls_new (KithClock *clock, KithProxyCallsTell tell, gpointer data)
{
  KithProxyCalls *calls = g_new0 (KithProxyCalls, 1);

  calls->clock = g_object_ref (clock);
  calls->tell = tell;
  calls->data = data;
  calls->table = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  kith_timer_init (&calls->timer, clock, on_timer, calls);
  return calls;
}

void
kith_proxy_calls_free (KithProxyCalls *calls)
{
  if (calls != NULL) {
    kith_timer_finish (&calls->timer);
    g_hash_table_unref (calls->table);
    g_object_unref (calls->clock);
    g_free (calls);
  }
}

void
kith_proxy_calls_put (KithProxyCalls *calls, const KithProxiedCall *call)
{
  Entry *entry = g_hash_table_lookup (calls->table, &call->id);

  if (entry == NULL) {
    if (call->phase == KITH_PROXIED_TERMINATED
        || g_hash_table_size (calls->table) >= KITH_EDGE_MAX_TOLD) {
      return;
    }
    entry = g_new0 (Entry, 1);
    entry->call = *call;
    entry->until_us = kith_clock_now (calls->clock) + LONGEST_US;
    (void)g_hash_table_insert (calls->table, &entry->call.id, entry);
    if (!kith_timer_is_set (&calls->timer)) {
      kith_timer_set_ms (&calls->timer, SWEEP_MS);
    }
    calls->tell (calls->data, call);
  } else if (!kith_proxied_phase_may (entry->call.phase, call->phase)) {
    return;
  } else if (call->phase == KITH_PROXIED_TERMINATED) {
    end (calls, entry, call->status);
  } else {
    entry->call.phase = call->phase;
    calls->tell (calls->data, call);
  }
}

void
kith_proxy_calls_end (KithProxyCalls *calls, guint64 id)
{
  Entry *entry = g_hash_table_lookup (calls->table, &id);
  const KithProxiedCall unknown
      = { .id = id, .phase = KITH_PROXIED_TERMINATED, .caller = "-", .callee = "-" };

  if (entry != NULL) {
    end (calls, entry, 0);
  } else {
    calls->tell (calls->data, &unknown);
  }
}
