/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a link keeps its repair informed, and what it does for it. */
#include <string.h>

#include "link/link-private.h"

#define LINK_ID_LABEL "EXPORTER-kith-link-id"

static gboolean
on_repair_note (const guint8 *data, gsize len, gpointer user_data)
{
  KithQuicLink *link = user_data;

  return link->phase == KITH_LINK_PHASE_UP && kith_quic_send_note (link->quic, data, len);
}

static void
on_repair_moving (gboolean moving, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (link->phase == KITH_LINK_PHASE_UP) {
    g_signal_emit_by_name (link, "moving", moving);
  }
}

static const KithPathRepairEvents repair_events = { on_repair_note, on_repair_moving };

gboolean
kith_quic_link_start_repair (KithQuicLink *link)
{
  KithPathRepairConfig config = { .paths = link->paths, .identity = link->peer.identity };

  if (!kith_quic_export_key (link->quic,
                             LINK_ID_LABEL,
                             NULL,
                             0,
                             link->link_id,
                             sizeof link->link_id)) {
    return FALSE;
  }
  memcpy (config.link_id, link->link_id, sizeof config.link_id);
  link->repair = kith_path_repair_new (link->hub, &config, &repair_events, link);
  kith_path_repair_set_trace (link->repair, link->trace);
  return TRUE;
}

gboolean
kith_quic_link_has_id (KithQuicLink *link, const guint8 link_id[KITH_SEED_LEN])
{
  return link->phase == KITH_LINK_PHASE_UP
         && memcmp (link->link_id, link_id, sizeof link->link_id) == 0;
}

/* Candidates that were gathered after the link was up already, over a friend. */
static gboolean
take_late (KithQuicLink *link, const KithKnock *knock)
{
  KithPath *first = kith_path_set_find (link->paths, KITH_PATH_FIRST, knock->seed);
  gboolean is_for_caller = knock->kind == KITH_KNOCK_ANSWER;

  if (first == NULL || is_for_caller != (first->role == KITH_ICE_CALLER)) {
    return FALSE;
  }
  kith_ice_add_remote (first->ice,
                       knock->candidates,
                       MIN (knock->n_candidates, KITH_MAX_CANDIDATES));
  return TRUE;
}

gboolean
kith_quic_link_take_knock (KithQuicLink *link, const KithKnock *knock)
{
  return link->phase == KITH_LINK_PHASE_UP
         && kith_peer_key_equal (&link->peer.device, &knock->device.device)
         && (kith_path_repair_take_knock (link->repair, knock) || take_late (link, knock));
}

void
kith_quic_link_addresses_changed (KithQuicLink *link, const KithEndpoint *addresses, guint n)
{
  g_autoptr (KithQuicLink) kept = g_object_ref (link);

  if (link->phase == KITH_LINK_PHASE_UP) {
    kith_path_repair_addresses_changed (link->repair, addresses, n);
  }
}
