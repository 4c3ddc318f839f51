/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short array, in the order in which they began to ring. */
#include "node/phones/house-calls.h"

#include <string.h>

#include "base/log.h"

#define LOG "phone"
#define MOST 512
#define LONGEST_US ((gint64)13 * 3600 * G_USEC_PER_SEC) /* longer than the edge waits for an end */

typedef struct {
  KithProxiedCall call;
  gint64 started_us;  /* since the epoch */
  gint64 answered_us; /* 0: not yet */
} Entry;

struct _KithHouseCalls {
  KithClock *clock;
  KithEdge *edge;
  GArray *all; /* of Entry */
};

/* The index of the call @id; the length: it is not known. */
static guint
find (const KithHouseCalls *calls, guint64 id)
{
  guint i = 0;

  while (i < calls->all->len && g_array_index (calls->all, Entry, i).call.id != id) {
    i++;
  }
  return i;
}

/* What an edge that died never told the end of. */
static void
drop_old (KithHouseCalls *calls, gint64 now_us)
{
  while (calls->all->len > 0
         && (calls->all->len >= MOST
             || g_array_index (calls->all, Entry, 0).started_us + LONGEST_US < now_us)) {
    g_array_remove_index (calls->all, 0);
  }
}

static void
on_proxied_call (KithEdge *edge, const KithProxiedCall *call, KithHouseCalls *calls)
{
  const gint64 now_us = kith_clock_wall (calls->clock);
  const guint index = find (calls, call->id);
  const gboolean known = index < calls->all->len;

  if (call->phase == KITH_PROXIED_TERMINATED) {
    if (known) {
      const Entry *entry = &g_array_index (calls->all, Entry, index);
      kith_info (LOG,
                 "%s to %s: over%s",
                 entry->call.caller,
                 entry->call.callee,
                 entry->answered_us != 0 ? "" : ", not answered");
      g_array_remove_index (calls->all, index);
    }
    return;
  }
  kith_info (LOG,
             "%s to %s: %s",
             call->caller,
             call->callee,
             kith_proxied_phase_word (call->phase));
  if (!known) {
    const Entry entry = { .call = *call, .started_us = now_us };
    drop_old (calls, now_us);
    g_array_append_val (calls->all, entry);
  }
  Entry *entry = &g_array_index (calls->all, Entry, find (calls, call->id));
  entry->call.phase = call->phase;
  if (call->phase == KITH_PROXIED_CONFIRMED && entry->answered_us == 0) {
    entry->answered_us = now_us;
  }
}

KithHouseCalls *
kith_house_calls_new (KithClock *clock, KithEdge *edge)
{
  KithHouseCalls *calls = g_new0 (KithHouseCalls, 1);

  calls->clock = g_object_ref (clock);
  calls->edge = edge;
  calls->all = g_array_new (FALSE, FALSE, sizeof (Entry));
  g_signal_connect (edge, "proxied-call", G_CALLBACK (on_proxied_call), calls);
  return calls;
}

void
kith_house_calls_free (KithHouseCalls *calls)
{
  if (calls != NULL) {
    g_signal_handlers_disconnect_by_data (calls->edge, calls);
    g_array_unref (calls->all);
    g_object_unref (calls->clock);
    g_free (calls);
  }
}

GVariant *
kith_house_calls_list (KithHouseCalls *calls)
{
  GVariantBuilder rows;

  g_variant_builder_init (&rows, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < calls->all->len; i++) {
    const Entry *entry = &g_array_index (calls->all, Entry, i);
    g_auto (GVariantDict) row = G_VARIANT_DICT_INIT (NULL);
    g_variant_dict_insert (&row, "caller", "s", entry->call.caller);
    g_variant_dict_insert (&row, "callee", "s", entry->call.callee);
    g_variant_dict_insert (&row,
                           "state",
                           "s",
                           entry->call.phase == KITH_PROXIED_CONFIRMED ? "active" : "ringing");
    g_variant_dict_insert (&row, "started-at", "x", entry->started_us);
    g_variant_dict_insert (&row, "answered-at", "x", entry->answered_us);
    g_variant_builder_add_value (&rows, g_variant_dict_end (&row));
  }
  return g_variant_ref_sink (g_variant_builder_end (&rows));
}

gboolean
kith_house_calls_has (KithHouseCalls *calls, const char *name)
{
  for (guint i = 0; i < calls->all->len; i++) {
    const KithProxiedCall *call = &g_array_index (calls->all, Entry, i).call;
    if (strcmp (call->caller, name) == 0 || strcmp (call->callee, name) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}
