/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listens on a slot, answers offers, and drops what does not become an authenticated link in
   time. */
#include "link/maker/link-listener.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"

/* of each kind: found the slot, are known and sent an offer, are strangers and did */
#define MAX_PENDING 16
#define MAX_OF_ONE 4      /* of the offers: of one identity, so that it leaves room for others */
#define MAX_OF_STRANGER 2 /* the same of one that is not known */
#define MAX_REMEMBERED 64 /* offers' ids that were seen */
#define ANNOUNCE_MS 200
#define RETRY_MS 1000
#define CHECK_MS 8000 /* a slot that checks back must be found by then */

typedef struct {
  KithLinkListener *listener;
  KithQuicLink *link; /* (owned) */
  KithTimer deadline;
  gboolean by_offer;
  gboolean is_known; /* by_offer: a contact, or pinned */
  guint8 seed[KITH_SEED_LEN];
  guint8 link_id[KITH_SEED_LEN]; /* by_offer; else of the last check, or zeros */
  KithPeerKey identity;          /* by_offer */
  KithPeerKey device;            /* by_offer */
  guint n_told;
  KithCandidate told[KITH_MAX_CANDIDATES]; /* of the slot */
} Pending;

struct _KithLinkListener {
  KithLinkHub *hub;
  const KithLinkListenerEvents *events;
  gpointer user_data;
  Pending *slot;
  GQueue pending; /* of Pending, oldest first */
  guint n_offers; /* of pending: by offer */
  guint8 remembered[MAX_REMEMBERED][KITH_SEED_LEN];
  guint n_remembered; /* counts on; the place is the remainder */
  KithTimer announce;
  gint64 announced;
  KithTimer retry;
};

static void
pending_free (Pending *pending)
{
  kith_timer_finish (&pending->deadline);
  kith_quic_link_abandon (pending->link, "dropped");
  g_object_unref (pending->link);
  g_free (pending);
}

/* Takes @pending out of where it is; a slot has to be followed by a new one. Returns TRUE when it
   was the slot. */
static gboolean
take_out (Pending *pending)
{
  KithLinkListener *listener = pending->listener;

  if (listener->slot == pending) {
    listener->slot = NULL;
    return TRUE;
  }
  if (g_queue_remove (&listener->pending, pending) && pending->by_offer) {
    listener->n_offers--;
  }
  return FALSE;
}

static void
drop (Pending *pending)
{
  (void)take_out (pending);
  pending_free (pending);
}

static void follow_slot (KithLinkListener *listener);

static void
on_pending_deadline (gpointer user_data)
{
  Pending *pending = user_data;
  KithLinkListener *listener = pending->listener;
  gboolean is_slot = pending == listener->slot;

  kith_debug ("link",
              is_slot ? "the slot checked back, and nobody came: listening anew"
                      : "an incoming link was not authenticated in time");
  drop (pending);
  if (is_slot) { /* its checks shall end */
    follow_slot (listener);
  }
}

static void
announce (KithLinkListener *listener)
{
  kith_timer_set (&listener->announce,
                  MAX (kith_clock_now (listener->hub->clock),
                       listener->announced + (gint64)ANNOUNCE_MS * 1000));
}

static void
on_announce (gpointer user_data)
{
  KithLinkListener *listener = user_data;

  listener->announced = kith_clock_now (listener->hub->clock);
  listener->events->slot_changed (listener->user_data);
}

/* Puts @pending among those that wait for authentication; the oldest of the slot's makes room. */
static void
enqueue (KithLinkListener *listener, Pending *pending)
{
  if (!pending->by_offer && listener->pending.length - listener->n_offers >= MAX_PENDING) {
    for (GList *one = listener->pending.head; one != NULL; one = one->next) {
      if (!((Pending *)one->data)->by_offer) {
        drop (one->data);
        break;
      }
    }
  }
  g_queue_push_tail (&listener->pending, pending);
  listener->n_offers += pending->by_offer ? 1 : 0;
  kith_timer_set_ms (&pending->deadline, listener->hub->times.pending);
}

/* Answers the offer with all our candidates, if there are more than last time. */
static void
send_answer (Pending *pending)
{
  KithKnock knock = { .kind = KITH_KNOCK_ANSWER };

  knock.n_candidates = kith_quic_link_get_candidates (pending->link, knock.candidates);
  if (knock.n_candidates <= pending->n_told) {
    return;
  }
  pending->n_told = knock.n_candidates;
  memcpy (knock.link_id, pending->link_id, sizeof knock.link_id);
  memcpy (knock.seed, pending->seed, sizeof knock.seed);
  knock.issued = kith_clock_wall (pending->listener->hub->clock) / G_USEC_PER_SEC;
  pending->listener->events->knock (&pending->identity, &knock, pending->listener->user_data);
}

/* The slot is in use: listen on another one. */
static void
follow_slot (KithLinkListener *listener)
{
  g_autoptr (GError) error = NULL;

  if (!kith_link_listener_renew_slot (listener, &error)) {
    kith_warning ("link", "no new listening socket: %s", error->message);
  }
}

static void
on_pending_connected (KithQuicLink *link, gpointer user_data)
{
  Pending *pending = user_data;
  KithLinkListener *listener = pending->listener;

  if (listener->slot == pending) {
    (void)take_out (pending);
    enqueue (listener, pending);
    follow_slot (listener);
  } else if (!pending->by_offer) { /* a former one that somebody found all the same */
    kith_timer_set_ms (&pending->deadline, listener->hub->times.pending);
  }
}

static void
on_pending_gathered (KithQuicLink *link, gpointer user_data)
{
  Pending *pending = user_data;
  KithCandidate candidates[KITH_MAX_CANDIDATES];

  if (pending->by_offer) {
    send_answer (pending);
    return;
  }
  guint n = kith_quic_link_get_candidates (link, candidates);
  if (pending != pending->listener->slot) {
    return;
  }
  gboolean is_news = n != pending->n_told;
  for (guint i = 0; i < n && !is_news; i++) {
    is_news = !kith_candidate_is_same (&candidates[i], &pending->told[i]);
  }
  if (is_news) {
    announce (pending->listener);
  }
}

/* The caller came by the slot: what it offered in the same attempt is not needed any more. */
static void
drop_offer (KithLinkListener *listener, const guint8 *link_id, const KithPeerKey *device)
{
  for (GList *one = listener->pending.head; one != NULL; one = one->next) {
    Pending *pending = one->data;
    if (pending->by_offer && memcmp (pending->link_id, link_id, KITH_SEED_LEN) == 0
        && kith_peer_key_equal (&pending->device, device)) {
      drop (pending);
      return;
    }
  }
}

static void
on_pending_up (KithQuicLink *link, gpointer user_data)
{
  Pending *pending = user_data;
  KithLinkListener *listener = pending->listener;
  g_autoptr (KithQuicLink) kept = g_steal_pointer (&pending->link);

  if (!pending->by_offer) {
    drop_offer (listener, pending->link_id, &kith_link_get_peer (KITH_LINK (kept))->device);
  }

  /* Not pending_free(): the link lives on. */
  if (take_out (pending)) {
    follow_slot (listener);
  }
  kith_quic_link_set_owner (kept, NULL, NULL);
  kith_timer_finish (&pending->deadline);
  g_free (pending);
  listener->events->up (kept, listener->user_data);
}

static void
on_pending_down (KithQuicLink *link, KithReason reason, const char *text, gpointer user_data)
{
  Pending *pending = user_data;
  KithLinkListener *listener = pending->listener;

  if (reason == KITH_REASON_UNTRUSTED) {
    kith_info ("link", "an incoming link was refused: %s", text);
  }
  gboolean was_slot = take_out (pending);
  pending_free (pending);
  if (was_slot) {
    follow_slot (listener);
  }
}

static const KithQuicLinkOwner pending_owner = {
  .connected = on_pending_connected,
  .gathered = on_pending_gathered,
  .up = on_pending_up,
  .down = on_pending_down,
};

/* Makes a listening link; @offer: for whom, or NULL for anybody. */
static Pending *
pending_new (KithLinkListener *listener, const KithKnock *offer, GError **error)
{
  Pending *pending = g_new0 (Pending, 1);
  KithQuicLinkConfig config = { .role = KITH_ICE_CALLEE,
                                .seed = pending->seed,
                                .is_slot = offer == NULL,
                                .expects_peer = offer != NULL };

  pending->listener = listener;
  pending->by_offer = offer != NULL;
  if (offer != NULL) {
    memcpy (pending->seed, offer->seed, sizeof pending->seed);
    memcpy (pending->link_id, offer->link_id, sizeof pending->link_id);
    pending->identity = config.identity = offer->device.identity;
    pending->device = config.device = offer->device.device;
  } else if (!kith_random_bytes (pending->seed, sizeof pending->seed)) {
    g_free (pending);
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_FAILED, "The system has no randomness");
    return NULL;
  }
  pending->link = kith_quic_link_new (listener->hub, &config, error);
  if (pending->link == NULL) {
    g_free (pending);
    return NULL;
  }
  kith_quic_link_set_owner (pending->link, &pending_owner, pending);
  kith_timer_init (&pending->deadline, listener->hub->clock, on_pending_deadline, pending);
  return pending;
}

static void
on_retry (gpointer user_data)
{
  (void)kith_link_listener_renew_slot (user_data, NULL);
}

KithLinkListener *
kith_link_listener_new (KithLinkHub *hub, const KithLinkListenerEvents *events, gpointer user_data)
{
  KithLinkListener *listener = g_new0 (KithLinkListener, 1);

  listener->hub = kith_link_hub_ref (hub);
  listener->events = events;
  listener->user_data = user_data;
  kith_timer_init (&listener->announce, hub->clock, on_announce, listener);
  kith_timer_init (&listener->retry, hub->clock, on_retry, listener);
  return listener;
}

void
kith_link_listener_free (KithLinkListener *listener)
{
  if (listener == NULL) {
    return;
  }
  g_clear_pointer (&listener->slot, pending_free);
  g_queue_clear_full (&listener->pending, (GDestroyNotify)pending_free);
  kith_timer_finish (&listener->announce);
  kith_timer_finish (&listener->retry);
  kith_link_hub_unref (listener->hub);
  g_free (listener);
}

gboolean
kith_link_listener_renew_slot (KithLinkListener *listener, GError **error)
{
  g_clear_pointer (&listener->slot, pending_free);
  listener->slot = pending_new (listener, NULL, error);
  announce (listener);
  if (listener->slot == NULL) {
    kith_timer_set_ms (&listener->retry, RETRY_MS);
    return FALSE;
  }
  kith_timer_clear (&listener->retry);
  return TRUE;
}

void
kith_link_listener_better_slot (KithLinkListener *listener)
{
  Pending *former = g_steal_pointer (&listener->slot);
  g_autoptr (GError) error = NULL;

  if (former != NULL) {
    enqueue (listener, former); /* for those who are on the way with the record that is replaced */
  }
  if (!kith_link_listener_renew_slot (listener, &error)) {
    kith_warning ("link", "no new listening socket: %s", error->message);
  }
}

gboolean
kith_link_listener_get_slot (KithLinkListener *listener, KithReach *reach)
{
  reach->has_slot = FALSE;
  reach->n_candidates = 0;
  if (listener->slot == NULL) {
    return FALSE;
  }
  reach->n_candidates = kith_quic_link_get_candidates (listener->slot->link, reach->candidates);
  listener->slot->n_told = reach->n_candidates;
  memcpy (listener->slot->told, reach->candidates, sizeof listener->slot->told);
  memcpy (reach->slot_seed, listener->slot->seed, sizeof reach->slot_seed);
  reach->has_slot = reach->n_candidates > 0;
  return reach->has_slot;
}

/* TRUE when an offer with this id came before. */
static gboolean
is_remembered (KithLinkListener *listener, const guint8 *link_id)
{
  for (guint i = 0; i < MIN (listener->n_remembered, MAX_REMEMBERED); i++) {
    if (memcmp (listener->remembered[i], link_id, KITH_SEED_LEN) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static Pending *
find_offer (KithLinkListener *listener, const KithKnock *knock)
{
  for (GList *one = listener->pending.head; one != NULL; one = one->next) {
    Pending *pending = one->data;
    if (pending->by_offer && memcmp (pending->link_id, knock->link_id, KITH_SEED_LEN) == 0
        && kith_peer_key_equal (&pending->device, &knock->device.device)) {
      return pending;
    }
  }
  return NULL;
}

/* TRUE when there is room for one more offer of @identity. Strangers, of whom anybody can make as
   many as wanted, have places of their own. */
static gboolean
has_room (KithLinkListener *listener, const KithPeerKey *identity, gboolean is_known)
{
  guint of_one = 0;
  guint of_kind = 0;

  for (GList *one = listener->pending.head; one != NULL; one = one->next) {
    Pending *pending = one->data;
    of_one += pending->by_offer && kith_peer_key_equal (&pending->identity, identity) ? 1 : 0;
    of_kind += pending->by_offer && pending->is_known == is_known ? 1 : 0;
  }
  return of_kind < MAX_PENDING && of_one < (is_known ? MAX_OF_ONE : MAX_OF_STRANGER);
}

static gboolean
is_known (KithLinkListener *listener, const KithPeerKey *identity)
{
  KithLinkHub *hub = listener->hub;

  return hub->is_known != NULL && hub->is_known (identity, hub->user_data);
}

/* The listening agent of @seed: the slot, or a former one whose caller is not authenticated yet. */
static Pending *
find_seed (KithLinkListener *listener, const guint8 *seed)
{
  if (listener->slot != NULL && memcmp (listener->slot->seed, seed, KITH_SEED_LEN) == 0) {
    return listener->slot;
  }
  for (GList *one = listener->pending.head; one != NULL; one = one->next) {
    Pending *pending = one->data;
    if (!pending->by_offer && memcmp (pending->seed, seed, KITH_SEED_LEN) == 0) {
      return pending;
    }
  }
  return NULL;
}

void
kith_link_listener_take_check (KithLinkListener *listener, const KithKnock *knock)
{
  Pending *pending = find_seed (listener, knock->seed);

  if (pending == NULL) {
    return;
  }
  kith_quic_link_add_remote (pending->link,
                             knock->candidates,
                             MIN (knock->n_candidates, KITH_MAX_CANDIDATES));
  memcpy (pending->link_id, knock->link_id, sizeof pending->link_id);
  if (pending == listener->slot && pending->deadline.place == NULL) {
    kith_timer_set_ms (&pending->deadline, CHECK_MS);
  }
}

guint
kith_link_listener_add_friend_path (KithLinkListener *listener,
                                    const guint8 link_id[KITH_SEED_LEN],
                                    const KithFriendPath *friend_path)
{
  for (GList *one = listener->pending.head; one != NULL; one = one->next) {
    Pending *pending = one->data;
    if (pending->by_offer && memcmp (pending->link_id, link_id, KITH_SEED_LEN) == 0) {
      return kith_quic_link_add_friend_path (pending->link, friend_path);
    }
  }
  return 0;
}

void
kith_link_listener_take_offer (KithLinkListener *listener, const KithKnock *knock)
{
  g_autoptr (GError) error = NULL;
  Pending *pending = find_offer (listener, knock);
  guint n = MIN (knock->n_candidates, KITH_MAX_CANDIDATES);

  if (pending != NULL) {
    kith_quic_link_add_remote (pending->link, knock->candidates, n);
    return;
  }
  gboolean known = is_known (listener, &knock->device.identity);
  if (is_remembered (listener, knock->link_id)
      || !has_room (listener, &knock->device.identity, known)) {
    return;
  }
  memcpy (listener->remembered[listener->n_remembered++ % MAX_REMEMBERED],
          knock->link_id,
          KITH_SEED_LEN);
  pending = pending_new (listener, knock, &error);
  if (pending == NULL) {
    kith_warning ("link", "an offer could not be answered: %s", error->message);
    return;
  }
  pending->is_known = known;
  enqueue (listener, pending);
  kith_quic_link_add_remote (pending->link, knock->candidates, n);
  send_answer (pending);
}
