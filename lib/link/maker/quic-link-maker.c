/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes links and keeps them: what comes in, what goes out, and what is up. */
#include "link/maker/quic-link-maker.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "link/maker/link-attempt.h"
#include "link/maker/link-listener.h"
#include "net/local-addresses.h"
#include "path/early-agents.h"
#include "path/path.h"

#define MAX_ATTEMPTS 64

struct _KithQuicLinkMaker {
  GObject parent_instance;
  KithLinkHub *hub;
  KithNat *nat;               /* NULL: nobody outside is asked */
  KithLinkListener *listener; /* while running */
  KithEarlyAgents *early;     /* agents for attempts that may come */
  GHashTable *attempts;       /* KithLinkAttempt → GTask (owned) */
  GPtrArray *links;           /* of KithQuicLink that are up (owned) */
  KithAddressWatch *watch;
  guint turn_losses; /* known of */
  KithEndpoint addresses[KITH_MAX_LOCAL];
  guint n_addresses;
};

static void kith_quic_link_maker_iface_init (KithLinkMakerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithQuicLinkMaker,
                               kith_quic_link_maker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LINK_MAKER,
                                                      kith_quic_link_maker_iface_init))

static void
emit_knock (const KithPeerKey *identity, const KithKnock *knock, gpointer user_data)
{
  g_signal_emit_by_name (user_data, "knock", identity, knock);
}

/* Links that are up */

static void
on_link_down (KithQuicLink *link, KithReason reason, const char *text, gpointer user_data)
{
  g_ptr_array_remove_fast (KITH_QUIC_LINK_MAKER (user_data)->links, link);
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
keep (KithQuicLinkMaker *self, KithQuicLink *link)
{
  g_ptr_array_add (self->links, g_object_ref (link));
  kith_quic_link_set_owner (link, &link_owner, self);
}

/* Incoming */

static void
on_slot_changed (gpointer user_data)
{
  KithQuicLinkMaker *self = user_data;
  KithReach slot = { 0 };

  if (self->nat != NULL && self->listener != NULL
      && kith_link_listener_get_slot (self->listener, &slot)) {
    kith_nat_set_slot (self->nat, &slot);
  }
  g_signal_emit_by_name (self, "slot-changed");
}

static void
on_listener_up (KithQuicLink *link, gpointer user_data)
{
  keep (user_data, link);
  g_signal_emit_by_name (user_data, "accepted", link);
}

static const KithLinkListenerEvents listener_events = {
  .slot_changed = on_slot_changed,
  .knock = emit_knock,
  .up = on_listener_up,
};

static void
on_addresses_settled (gpointer user_data)
{
  KithQuicLinkMaker *self = user_data;
  KithEndpoint addresses[KITH_MAX_LOCAL] = { 0 };
  guint n = kith_local_addresses (addresses);

  if (n == self->n_addresses && memcmp (addresses, self->addresses, sizeof addresses) == 0) {
    return;
  }
  memcpy (self->addresses, addresses, sizeof addresses);
  self->n_addresses = n;
  kith_info ("link", "this host's addresses changed: listening anew");
  if (self->nat != NULL) {
    kith_nat_look_again (self->nat);
  }
  if (self->hub->paths->turn != NULL) {
    kith_turn_check (self->hub->paths->turn);
  }
  kith_early_agents_clear (self->early);
  (void)kith_link_listener_renew_slot (self->listener, NULL);
  for (guint i = 0; i < self->links->len; i++) {
    kith_quic_link_addresses_changed (self->links->pdata[i], addresses, n);
  }
}

/* Agents made from now on ask a server that answers. */
static void
use_stun (KithQuicLinkMaker *self)
{
  KithEndpoint server;

  if (!kith_nat_get_stun (self->nat, &server)) {
    return;
  }
  g_autofree gchar *text = kith_endpoint_to_text (&server);
  *strrchr (text, ':') = '\0';
  if (text[0] == '[') { /* "[v6]" without its brackets */
    text[strlen (text) - 1] = '\0';
  }
  kith_path_hub_set_stun (self->hub->paths, text[0] == '[' ? text + 1 : text, server.port);
}

/* Who sees us how is known, or known anew. */
static void
on_nat_changed (gpointer user_data)
{
  KithQuicLinkMaker *self = user_data;
  KithReach slot = { 0 };

  use_stun (self);
  if (self->listener != NULL && kith_link_listener_get_slot (self->listener, &slot)
      && kith_nat_wants_slot (self->nat, &slot)) {
    kith_link_listener_better_slot (self->listener);
  }
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
  KithQuicLinkMaker *self = user_data;
  guint losses = kith_turn_get_losses (self->hub->paths->turn);
  KithReach slot = { 0 };

  if (losses == self->turn_losses) {
    return;
  }
  self->turn_losses = losses;
  kith_early_agents_clear (self->early);
  if (self->listener != NULL && kith_link_listener_get_slot (self->listener, &slot)
      && has_relayed (&slot)) {
    (void)kith_link_listener_renew_slot (self->listener, NULL);
  }
}

/* Others can come in by other ports of the router than before. */
static void
on_mapped (gpointer user_data)
{
  if (KITH_QUIC_LINK_MAKER (user_data)->listener != NULL) {
    g_signal_emit_by_name (user_data, "slot-changed");
  }
}

/* Outgoing */

static void
on_attempt_done (KithLinkAttempt *attempt,
                 KithQuicLink *link,
                 const GError *error,
                 gpointer user_data)
{
  KithQuicLinkMaker *self = user_data;
  gpointer value = NULL;

  if (!g_hash_table_steal_extended (self->attempts, attempt, NULL, &value)) {
    return;
  }
  g_autoptr (GTask) task = value;
  g_task_set_task_data (task,
                        g_memdup2 (kith_link_attempt_get_report (attempt), sizeof (KithLinkReport)),
                        g_free);
  if (link != NULL) {
    keep (self, link);
    g_task_return_pointer (task, g_object_ref (link), g_object_unref);
  } else {
    g_task_return_error (task, g_error_copy (error));
  }
  kith_link_attempt_free (attempt);
}

static const KithLinkAttemptEvents attempt_events
    = { .knock = emit_knock, .done = on_attempt_done };

static void
maker_open_async (KithLinkMaker *base,
                  const KithLinkTarget *target,
                  GCancellable *cancellable,
                  GAsyncReadyCallback callback,
                  gpointer user_data)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (base);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, maker_open_async);
  g_task_set_check_cancellable (task, FALSE);
  if (self->listener == NULL) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "Links are not being made; start first");
    return;
  }
  if (g_hash_table_size (self->attempts) >= MAX_ATTEMPTS) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_LIMIT_REACHED,
                             "Too many links are being opened; try again in a moment");
    return;
  }
  KithLinkAttempt *attempt
      = kith_link_attempt_new (self->hub,
                               target,
                               kith_early_agents_take (self->early, target->prepared),
                               cancellable,
                               &attempt_events,
                               self);
  g_hash_table_insert (self->attempts, attempt, g_steal_pointer (&task));
  kith_link_attempt_start (attempt);
}

static KithLink *
maker_open_finish (KithLinkMaker *base,
                   GAsyncResult *result,
                   KithLinkReport *report,
                   GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, base), NULL);
  const KithLinkReport *found = g_task_get_task_data (G_TASK (result));

  if (report != NULL && found != NULL) {
    kith_link_report_add (report, found);
  }
  return g_task_propagate_pointer (G_TASK (result), error);
}

static guint
maker_prepare (KithLinkMaker *base)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (base);

  return self->listener != NULL ? kith_early_agents_add (self->early) : 0;
}

static void
maker_unprepare (KithLinkMaker *base, guint id)
{
  kith_early_agents_drop (KITH_QUIC_LINK_MAKER (base)->early, id);
}

static void
maker_retarget (KithLinkMaker *base, const KithLinkTarget *target)
{
  GHashTableIter iter;
  gpointer attempt;

  g_hash_table_iter_init (&iter, KITH_QUIC_LINK_MAKER (base)->attempts);
  while (g_hash_table_iter_next (&iter, &attempt, NULL)) {
    kith_link_attempt_retarget (attempt, target);
  }
}

/* The maker */

static gboolean
maker_start (KithLinkMaker *base, GError **error)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (base);

  if (self->listener != NULL) {
    return TRUE;
  }
  self->listener = kith_link_listener_new (self->hub, &listener_events, self);
  self->hub->knock = emit_knock;
  self->hub->knock_data = self;
  if (!kith_link_listener_renew_slot (self->listener, error)) {
    g_clear_pointer (&self->listener, kith_link_listener_free);
    return FALSE;
  }
  memset (self->addresses, 0, sizeof self->addresses);
  self->n_addresses = kith_local_addresses (self->addresses);
  self->watch = kith_address_watch_new (on_addresses_settled, self);
  if (self->nat != NULL) {
    kith_nat_start (self->nat);
  }
  if (self->hub->paths->turn != NULL) {
    g_signal_connect_swapped (self->hub->paths->turn, "changed", G_CALLBACK (on_turn), self);
    kith_turn_check (self->hub->paths->turn);
  }
  return TRUE;
}

static void
maker_stop (KithLinkMaker *base)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (base);
  g_autoptr (KithQuicLinkMaker) kept = g_object_ref (self);
  g_autoptr (GPtrArray) links = g_steal_pointer (&self->links);
  g_autoptr (GHashTable) attempts = g_steal_pointer (&self->attempts);
  GHashTableIter iter;
  gpointer attempt;
  gpointer task;

  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  self->attempts = g_hash_table_new (NULL, NULL);
  self->hub->knock = NULL;
  kith_early_agents_clear (self->early);
  if (self->nat != NULL) {
    kith_nat_stop (self->nat);
  }
  if (self->hub->paths->turn != NULL) {
    g_signal_handlers_disconnect_by_data (self->hub->paths->turn, self);
    kith_turn_stop (self->hub->paths->turn);
  }
  g_clear_pointer (&self->watch, kith_address_watch_free);
  g_clear_pointer (&self->listener, kith_link_listener_free);
  for (guint i = 0; i < links->len; i++) {
    kith_quic_link_set_owner (links->pdata[i], NULL, NULL);
    kith_link_close (links->pdata[i], KITH_REASON_LOCAL);
  }
  g_hash_table_iter_init (&iter, attempts);
  while (g_hash_table_iter_next (&iter, &attempt, &task)) {
    kith_link_attempt_free (attempt);
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_CANCELLED,
                             "Links are no longer being made");
    g_object_unref (task);
  }
}

static gboolean
maker_get_slot (KithLinkMaker *base, KithReach *reach)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (base);

  if (self->listener == NULL) {
    reach->has_slot = FALSE;
    reach->n_candidates = 0;
    return FALSE;
  }
  if (!kith_link_listener_get_slot (self->listener, reach)) {
    return FALSE;
  }
  if (self->nat != NULL) {
    kith_nat_add_outer (self->nat, reach);
  }
  return TRUE;
}

/* TRUE when @knock belongs to a link that is up. */
static gboolean
take_for_link (KithQuicLinkMaker *self, const KithKnock *knock)
{
  for (guint i = 0; i < self->links->len; i++) {
    if (kith_quic_link_take_knock (self->links->pdata[i], knock)) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
maker_take_knock (KithLinkMaker *base, const KithKnock *knock)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (base);
  GHashTableIter iter;
  gpointer attempt;

  if (self->listener == NULL || take_for_link (self, knock)) {
    return;
  }
  switch (knock->kind) {
  case KITH_KNOCK_OFFER:
    kith_link_listener_take_offer (self->listener, knock);
    break;
  case KITH_KNOCK_CHECK:
    kith_link_listener_take_check (self->listener, knock);
    break;
  case KITH_KNOCK_MOVE: /* of a link that is gone */
    break;
  case KITH_KNOCK_ANSWER:
    g_hash_table_iter_init (&iter, self->attempts);
    while (g_hash_table_iter_next (&iter, &attempt, NULL)) {
      if (kith_link_attempt_take_answer (attempt, knock)) {
        break;
      }
    }
    break;
  }
}

static guint
maker_add_friend_path (KithLinkMaker *base,
                       const guint8 link_id[KITH_SEED_LEN],
                       const KithFriendPath *friend_path)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (base);
  GHashTableIter iter;
  gpointer attempt;
  guint id = 0;

  g_hash_table_iter_init (&iter, self->attempts);
  while (id == 0 && g_hash_table_iter_next (&iter, &attempt, NULL)) {
    id = kith_link_attempt_add_friend_path (attempt, link_id, friend_path);
  }
  if (id == 0 && self->listener != NULL) {
    id = kith_link_listener_add_friend_path (self->listener, link_id, friend_path);
  }
  for (guint i = 0; id == 0 && i < self->links->len; i++) {
    if (kith_quic_link_has_id (self->links->pdata[i], link_id)) {
      id = kith_quic_link_add_friend_path (self->links->pdata[i], friend_path);
    }
  }
  return id;
}

static gboolean
maker_friend_path_input (KithLinkMaker *base, guint id, const guint8 *packet, gsize len)
{
  KithPath *path = kith_path_hub_find_friend_path (KITH_QUIC_LINK_MAKER (base)->hub->paths, id);

  return path != NULL && kith_path_input (path, packet, len);
}

static void
maker_remove_friend_path (KithLinkMaker *base, guint id)
{
  KithPath *path = kith_path_hub_find_friend_path (KITH_QUIC_LINK_MAKER (base)->hub->paths, id);

  if (path != NULL) {
    kith_path_lose (path);
  }
}

static void
kith_quic_link_maker_iface_init (KithLinkMakerInterface *iface)
{
  iface->start = maker_start;
  iface->stop = maker_stop;
  iface->get_slot = maker_get_slot;
  iface->open_async = maker_open_async;
  iface->open_finish = maker_open_finish;
  iface->prepare = maker_prepare;
  iface->unprepare = maker_unprepare;
  iface->retarget = maker_retarget;
  iface->take_knock = maker_take_knock;
  iface->add_friend_path = maker_add_friend_path;
  iface->friend_path_input = maker_friend_path_input;
  iface->remove_friend_path = maker_remove_friend_path;
}

static void
kith_quic_link_maker_dispose (GObject *object)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (object);

  maker_stop (KITH_LINK_MAKER (object));
  if (self->nat != NULL) {
    g_signal_handlers_disconnect_by_data (self->nat, self);
    g_clear_object (&self->nat);
  }
  G_OBJECT_CLASS (kith_quic_link_maker_parent_class)->dispose (object);
}

static void
kith_quic_link_maker_finalize (GObject *object)
{
  KithQuicLinkMaker *self = KITH_QUIC_LINK_MAKER (object);

  g_ptr_array_unref (self->links);
  g_hash_table_unref (self->attempts);
  g_clear_pointer (&self->early, kith_early_agents_free);
  g_clear_pointer (&self->hub, kith_link_hub_unref);
  G_OBJECT_CLASS (kith_quic_link_maker_parent_class)->finalize (object);
}

static void
kith_quic_link_maker_class_init (KithQuicLinkMakerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_quic_link_maker_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_quic_link_maker_finalize;
}

static void
kith_quic_link_maker_init (KithQuicLinkMaker *self)
{
  self->links = g_ptr_array_new_with_free_func (g_object_unref);
  self->attempts = g_hash_table_new (NULL, NULL);
}

KithLinkMaker *
kith_quic_link_maker_new (const KithLinkConfig *config, GError **error)
{
  g_return_val_if_fail (config != NULL && config->device_secret != NULL, NULL);
  g_return_val_if_fail (config->get_device_cert != NULL && config->verify_device_cert != NULL,
                        NULL);

  KithLinkHub *hub = kith_link_hub_new (config, error);
  if (hub == NULL) {
    return NULL;
  }
  KithQuicLinkMaker *self = g_object_new (KITH_TYPE_QUIC_LINK_MAKER, NULL);
  self->hub = hub;
  self->early = kith_early_agents_new (hub->paths);
  if (config->nat != NULL) {
    self->nat = g_object_ref (config->nat);
    g_signal_connect_swapped (self->nat, "changed", G_CALLBACK (on_nat_changed), self);
    g_signal_connect_swapped (self->nat, "mapped", G_CALLBACK (on_mapped), self);
  }
  return KITH_LINK_MAKER (self);
}

void
kith_quic_link_maker_set_times (KithQuicLinkMaker *self, const KithLinkTimes *times)
{
  g_return_if_fail (KITH_IS_QUIC_LINK_MAKER (self));
  self->hub->times = *times;
  self->hub->paths->prepared_ms = times->prepared;
}
