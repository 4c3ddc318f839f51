/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes links and keeps them: what comes in, what goes out, and what is up. */
#include "link/maker/linker.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "link/maker/incoming.h"
#include "net/local-addresses.h"
#include "link/maker/nat-watch.h"
#include "link/maker/opening.h"
#include "path/path.h"
#include "path/prepared.h"

#define MAX_OPENINGS 64

struct _KithLinker {
  GObject parent_instance;
  KithLinkHub *hub;
  KithNatWatch *nat;      /* NULL: nobody outside is asked */
  KithIncoming *incoming; /* while running */
  KithPrepared *prepared; /* agents for openings that may come */
  GHashTable *openings;   /* KithOpening → GTask (owned) */
  GPtrArray *links;       /* of KithQuicLink that are up (owned) */
  KithAddressWatch *watch;
  guint turn_losses; /* known of */
  KithCandidate addresses[KITH_MAX_LOCAL];
  guint n_addresses;
};

static void kith_linker_iface_init (KithLinkMakerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithLinker,
                               kith_linker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LINK_MAKER, kith_linker_iface_init))

static void
emit_knock (const KithPeerKey *identity, const KithKnock *knock, gpointer user_data)
{
  g_signal_emit_by_name (user_data, "knock", identity, knock);
}

/* Links that are up */

static void
on_link_down (KithQuicLink *link, KithReason reason, const char *text, gpointer user_data)
{
  g_ptr_array_remove_fast (KITH_LINKER (user_data)->links, link);
}

static void
on_link_nothing (KithQuicLink *link, gpointer user_data)
{
}

static const KithQuicLinkOwner link_owner = {
  .connected = on_link_nothing,
  .gathered = on_link_nothing,
  .up = on_link_nothing,
  .down = on_link_down,
};

static void
keep (KithLinker *self, KithQuicLink *link)
{
  g_ptr_array_add (self->links, g_object_ref (link));
  kith_quic_link_set_owner (link, &link_owner, self);
}

/* Incoming */

static void
on_slot_changed (gpointer user_data)
{
  KithLinker *self = user_data;
  KithReach slot = { 0 };

  if (self->nat != NULL && self->incoming != NULL
      && kith_incoming_get_slot (self->incoming, &slot)) {
    kith_nat_watch_set_slot (self->nat, &slot);
  }
  g_signal_emit_by_name (self, "slot-changed");
}

static void
on_incoming_up (KithQuicLink *link, gpointer user_data)
{
  keep (user_data, link);
  g_signal_emit_by_name (user_data, "accepted", link);
}

static const KithIncomingEvents incoming_events = {
  .slot_changed = on_slot_changed,
  .knock = emit_knock,
  .up = on_incoming_up,
};

static void
on_addresses_settled (gpointer user_data)
{
  KithLinker *self = user_data;
  KithCandidate addresses[KITH_MAX_LOCAL] = { 0 };
  guint n = kith_local_addresses (addresses);

  if (n == self->n_addresses && memcmp (addresses, self->addresses, sizeof addresses) == 0) {
    return;
  }
  memcpy (self->addresses, addresses, sizeof addresses);
  self->n_addresses = n;
  kith_info ("link", "this host's addresses changed: listening anew");
  if (self->nat != NULL) {
    kith_nat_watch_look_again (self->nat);
  }
  if (self->hub->paths->turn != NULL) {
    kith_turn_pool_check (self->hub->paths->turn);
  }
  kith_prepared_clear (self->prepared);
  (void)kith_incoming_renew_slot (self->incoming, NULL);
  for (guint i = 0; i < self->links->len; i++) {
    kith_quic_link_addresses_changed (self->links->pdata[i], addresses, n);
  }
}

/* Who sees us how is known, or known anew. */
static void
on_nat_changed (gpointer user_data)
{
  KithLinker *self = user_data;
  KithReach slot = { 0 };

  if (self->incoming != NULL && kith_incoming_get_slot (self->incoming, &slot)
      && kith_nat_watch_wants_slot (self->nat, &slot)) {
    kith_incoming_better_slot (self->incoming);
  }
  g_signal_emit_by_name (self, "nat-changed");
}

static gboolean
has_relayed (const KithReach *slot)
{
  for (guint i = 0; i < slot->n_candidates; i++) {
    if (slot->candidates[i].type == KITH_CANDIDATE_RELAY) {
      return TRUE;
    }
  }
  return FALSE;
}

/* What a TURN server forgot is not to be in the reach record, nor to be offered. */
static void
on_turn (gpointer user_data)
{
  KithLinker *self = user_data;
  guint losses = kith_turn_pool_get_losses (self->hub->paths->turn);
  KithReach slot = { 0 };

  if (losses == self->turn_losses) {
    return;
  }
  self->turn_losses = losses;
  kith_prepared_clear (self->prepared);
  if (self->incoming != NULL && kith_incoming_get_slot (self->incoming, &slot)
      && has_relayed (&slot)) {
    (void)kith_incoming_renew_slot (self->incoming, NULL);
  }
}

/* Others can come in by other ports of the router than before. */
static void
on_mapped (gpointer user_data)
{
  if (KITH_LINKER (user_data)->incoming != NULL) {
    g_signal_emit_by_name (user_data, "slot-changed");
  }
}

static const KithNatWatchEvents nat_events = { .changed = on_nat_changed, .mapped = on_mapped };

/* Outgoing */

static void
on_opening_done (KithOpening *opening, KithQuicLink *link, const GError *error, gpointer user_data)
{
  KithLinker *self = user_data;
  gpointer value = NULL;

  if (!g_hash_table_steal_extended (self->openings, opening, NULL, &value)) {
    return;
  }
  g_autoptr (GTask) task = value;
  if (link != NULL) {
    keep (self, link);
    g_task_return_pointer (task, g_object_ref (link), g_object_unref);
  } else {
    g_task_return_error (task, g_error_copy (error));
  }
  kith_opening_free (opening);
}

static const KithOpeningEvents opening_events = { .knock = emit_knock, .done = on_opening_done };

static void
linker_open_async (KithLinkMaker *base,
                   const KithLinkTarget *target,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  KithLinker *self = KITH_LINKER (base);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, linker_open_async);
  g_task_set_check_cancellable (task, FALSE);
  if (self->incoming == NULL) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "Links are not being made; start first");
    return;
  }
  if (g_hash_table_size (self->openings) >= MAX_OPENINGS) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_LIMIT_REACHED,
                             "Too many links are being opened; try again in a moment");
    return;
  }
  KithOpening *opening = kith_opening_new (self->hub,
                                           target,
                                           kith_prepared_take (self->prepared, target->prepared),
                                           cancellable,
                                           &opening_events,
                                           self);
  g_hash_table_insert (self->openings, opening, g_steal_pointer (&task));
  kith_opening_start (opening);
}

static KithLink *
linker_open_finish (KithLinkMaker *base, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, base), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

static guint
linker_prepare (KithLinkMaker *base)
{
  KithLinker *self = KITH_LINKER (base);

  return self->incoming != NULL ? kith_prepared_add (self->prepared) : 0;
}

static void
linker_unprepare (KithLinkMaker *base, guint id)
{
  kith_prepared_drop (KITH_LINKER (base)->prepared, id);
}

static void
linker_retarget (KithLinkMaker *base, const KithLinkTarget *target)
{
  GHashTableIter iter;
  gpointer opening;

  g_hash_table_iter_init (&iter, KITH_LINKER (base)->openings);
  while (g_hash_table_iter_next (&iter, &opening, NULL)) {
    kith_opening_retarget (opening, target);
  }
}

/* The maker */

static gboolean
linker_start (KithLinkMaker *base, GError **error)
{
  KithLinker *self = KITH_LINKER (base);

  if (self->incoming != NULL) {
    return TRUE;
  }
  self->incoming = kith_incoming_new (self->hub, &incoming_events, self);
  self->hub->knock = emit_knock;
  self->hub->knock_data = self;
  if (!kith_incoming_renew_slot (self->incoming, error)) {
    g_clear_pointer (&self->incoming, kith_incoming_free);
    return FALSE;
  }
  memset (self->addresses, 0, sizeof self->addresses);
  self->n_addresses = kith_local_addresses (self->addresses);
  self->watch = kith_address_watch_new (on_addresses_settled, self);
  if (self->nat != NULL) {
    kith_nat_watch_start (self->nat);
  }
  if (self->hub->paths->turn != NULL) {
    kith_turn_pool_watch (self->hub->paths->turn, on_turn, self);
    kith_turn_pool_check (self->hub->paths->turn);
  }
  return TRUE;
}

static void
linker_stop (KithLinkMaker *base)
{
  KithLinker *self = KITH_LINKER (base);
  g_autoptr (KithLinker) kept = g_object_ref (self);
  g_autoptr (GPtrArray) links = g_steal_pointer (&self->links);
  g_autoptr (GHashTable) openings = g_steal_pointer (&self->openings);
  GHashTableIter iter;
  gpointer opening;
  gpointer task;

  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  self->openings = g_hash_table_new (NULL, NULL);
  self->hub->knock = NULL;
  kith_prepared_clear (self->prepared);
  if (self->nat != NULL) {
    kith_nat_watch_stop (self->nat);
  }
  if (self->hub->paths->turn != NULL) {
    kith_turn_pool_unwatch (self->hub->paths->turn, self);
    kith_turn_pool_stop (self->hub->paths->turn);
  }
  g_clear_pointer (&self->watch, kith_address_watch_free);
  g_clear_pointer (&self->incoming, kith_incoming_free);
  for (guint i = 0; i < links->len; i++) {
    kith_quic_link_set_owner (links->pdata[i], NULL, NULL);
    kith_link_close (links->pdata[i], "goodbye");
  }
  g_hash_table_iter_init (&iter, openings);
  while (g_hash_table_iter_next (&iter, &opening, &task)) {
    kith_opening_free (opening);
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_CANCELLED,
                             "Links are no longer being made");
    g_object_unref (task);
  }
}

static gboolean
linker_get_slot (KithLinkMaker *base, KithReach *reach)
{
  KithLinker *self = KITH_LINKER (base);

  if (self->incoming == NULL) {
    reach->has_slot = FALSE;
    reach->n_candidates = 0;
    return FALSE;
  }
  if (!kith_incoming_get_slot (self->incoming, reach)) {
    return FALSE;
  }
  if (self->nat != NULL) {
    kith_nat_watch_add_outer (self->nat, reach);
  }
  return TRUE;
}

/* TRUE when @knock belongs to a link that is up. */
static gboolean
take_for_link (KithLinker *self, const KithKnock *knock)
{
  for (guint i = 0; i < self->links->len; i++) {
    if (kith_quic_link_take_knock (self->links->pdata[i], knock)) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
linker_take_knock (KithLinkMaker *base, const KithKnock *knock)
{
  KithLinker *self = KITH_LINKER (base);
  GHashTableIter iter;
  gpointer opening;

  if (self->incoming == NULL || take_for_link (self, knock)) {
    return;
  }
  switch (knock->kind) {
  case KITH_KNOCK_OFFER:
    kith_incoming_take_offer (self->incoming, knock);
    break;
  case KITH_KNOCK_CHECK:
    kith_incoming_take_check (self->incoming, knock);
    break;
  case KITH_KNOCK_MOVE: /* of a link that is gone */
    break;
  case KITH_KNOCK_ANSWER:
    g_hash_table_iter_init (&iter, self->openings);
    while (g_hash_table_iter_next (&iter, &opening, NULL)) {
      if (kith_opening_take_answer (opening, knock)) {
        break;
      }
    }
    break;
  }
}

static guint
linker_add_detour (KithLinkMaker *base,
                   const guint8 link_id[KITH_SEED_LEN],
                   const KithDetour *detour)
{
  KithLinker *self = KITH_LINKER (base);
  GHashTableIter iter;
  gpointer opening;
  guint id = 0;

  g_hash_table_iter_init (&iter, self->openings);
  while (id == 0 && g_hash_table_iter_next (&iter, &opening, NULL)) {
    id = kith_opening_add_detour (opening, link_id, detour);
  }
  if (id == 0 && self->incoming != NULL) {
    id = kith_incoming_add_detour (self->incoming, link_id, detour);
  }
  for (guint i = 0; id == 0 && i < self->links->len; i++) {
    if (kith_quic_link_has_id (self->links->pdata[i], link_id)) {
      id = kith_quic_link_add_detour (self->links->pdata[i], detour);
    }
  }
  return id;
}

static gboolean
linker_detour_input (KithLinkMaker *base, guint id, const guint8 *packet, gsize len)
{
  KithPath *path = kith_path_hub_find_detour (KITH_LINKER (base)->hub->paths, id);

  return path != NULL && kith_path_input (path, packet, len);
}

static void
linker_remove_detour (KithLinkMaker *base, guint id)
{
  KithPath *path = kith_path_hub_find_detour (KITH_LINKER (base)->hub->paths, id);

  if (path != NULL) {
    kith_path_lose (path);
  }
}

static void
linker_get_nat (KithLinkMaker *base, KithNatFacts *facts)
{
  KithLinker *self = KITH_LINKER (base);

  if (self->nat != NULL) {
    kith_nat_watch_get_facts (self->nat, facts);
  }
}

static void
linker_set_witnesses (KithLinkMaker *base, const KithCandidate *witnesses, guint n)
{
  KithLinker *self = KITH_LINKER (base);

  if (self->nat != NULL) {
    kith_nat_watch_set_witnesses (self->nat, witnesses, n);
  }
}

static void
linker_set_outer_hint (KithLinkMaker *base, const KithCandidate *outer)
{
  KithLinker *self = KITH_LINKER (base);

  if (self->nat != NULL) {
    kith_nat_watch_set_hint (self->nat, outer);
  }
}

static void
kith_linker_iface_init (KithLinkMakerInterface *iface)
{
  iface->start = linker_start;
  iface->stop = linker_stop;
  iface->get_slot = linker_get_slot;
  iface->open_async = linker_open_async;
  iface->open_finish = linker_open_finish;
  iface->prepare = linker_prepare;
  iface->unprepare = linker_unprepare;
  iface->retarget = linker_retarget;
  iface->take_knock = linker_take_knock;
  iface->get_nat = linker_get_nat;
  iface->set_witnesses = linker_set_witnesses;
  iface->set_outer_hint = linker_set_outer_hint;
  iface->add_detour = linker_add_detour;
  iface->detour_input = linker_detour_input;
  iface->remove_detour = linker_remove_detour;
}

static void
kith_linker_dispose (GObject *object)
{
  linker_stop (KITH_LINK_MAKER (object));
  G_OBJECT_CLASS (kith_linker_parent_class)->dispose (object);
}

static void
kith_linker_finalize (GObject *object)
{
  KithLinker *self = KITH_LINKER (object);

  g_ptr_array_unref (self->links);
  g_hash_table_unref (self->openings);
  g_clear_pointer (&self->prepared, kith_prepared_free);
  g_clear_pointer (&self->nat, kith_nat_watch_free);
  g_clear_pointer (&self->hub, kith_link_hub_unref);
  G_OBJECT_CLASS (kith_linker_parent_class)->finalize (object);
}

static void
kith_linker_class_init (KithLinkerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_linker_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_linker_finalize;
}

static void
kith_linker_init (KithLinker *self)
{
  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  self->openings = g_hash_table_new (NULL, NULL);
}

KithLinkMaker *
kith_linker_new (const KithLinkerConfig *config, GError **error)
{
  g_return_val_if_fail (config != NULL && config->device_secret != NULL, NULL);
  g_return_val_if_fail (config->get_device_cert != NULL && config->verify_device_cert != NULL,
                        NULL);

  KithLinkHub *hub = kith_link_hub_new (config, error);
  if (hub == NULL) {
    return NULL;
  }
  KithLinker *self = g_object_new (KITH_TYPE_LINKER, NULL);
  self->hub = hub;
  self->prepared = kith_prepared_new (hub->paths);
  if (!config->lan_only) {
    self->nat
        = kith_nat_watch_new (hub->paths, config->stun_servers, config->upnp_helper, &nat_events, self);
  }
  return KITH_LINK_MAKER (self);
}

void
kith_linker_set_times (KithLinker *self, const KithLinkTimes *times)
{
  g_return_if_fail (KITH_IS_LINKER (self));
  self->hub->times = *times;
  self->hub->paths->prepared_ms = times->prepared;
}
