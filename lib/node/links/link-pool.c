/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps links by their number and gives each one its SIP stream. */
#include "node/links/link-pool.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "model/call/reason.h"

/* well ones that one identity may open to us; as many again may be lost and not dead yet */
#define MAX_OF_ONE 4
#define NEWER_MS 400 /* a link that takes longer to make may be looked for where the peer was */
#define MOVING_DATA "kith-moving"
#define STRANGER_DATA "kith-stranger"

struct _KithLinkPool {
  GObject parent_instance;
  KithDirectory *directory;
  KithLinkMaker *maker;
  KithSip *sip;
  KithInbox *inbox;
  KithLinkPolicy policy;
  gpointer policy_data;
  gint64 ahead_s;    /* how far in the future the last record was */
  GHashTable *links; /* id → KithLink (owned) */
};

G_DEFINE_FINAL_TYPE (KithLinkPool, kith_link_pool, G_TYPE_OBJECT)

enum { SIGNAL_OPENED, SIGNAL_CLOSED, SIGNAL_SUSPECT, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
on_link_moving (KithLink *link, gboolean moving, KithLinkPool *pool)
{
  gboolean was = g_object_get_data (G_OBJECT (link), MOVING_DATA) != NULL;

  g_object_set_data (G_OBJECT (link), MOVING_DATA, GINT_TO_POINTER (moving));
  if (was != moving && pool->inbox != NULL) {
    kith_inbox_set_urgent (pool->inbox, moving);
  }
}

static void
on_link_closed (KithLink *link, guint reason, KithLinkPool *pool)
{
  guint id = kith_link_get_id (link);
  g_autoptr (KithLink) kept = g_object_ref (link);

  kith_info ("link", "link/%u closed (%s)", id, kith_reason_word (reason));
  on_link_moving (link, FALSE, pool);
  g_signal_handlers_disconnect_by_data (link, pool);
  g_hash_table_remove (pool->links, GUINT_TO_POINTER (id));
  kith_sip_detach_link (pool->sip, id);
  kith_directory_forget (pool->directory, &kith_link_get_peer (kept)->identity);
  g_signal_emit (pool, signals[SIGNAL_CLOSED], 0, kept, reason);
}

static void
on_link_suspect (KithLink *link, gboolean suspect, KithLinkPool *pool)
{
  g_signal_emit (pool, signals[SIGNAL_SUSPECT], 0, link, suspect);
}

/* TRUE when the peer is heard on @link: neither suspect nor looking for another path. */
static gboolean
is_well (KithLink *link)
{
  return kith_link_get_state (link) == KITH_LINK_UP
         && g_object_get_data (G_OBJECT (link), MOVING_DATA) == NULL;
}

/* Enters @link and attaches its SIP stream. FALSE: the link was closed for want of it. */
static gboolean
take_link (KithLinkPool *pool, KithLink *link)
{
  guint id = kith_link_get_id (link);
  g_autofree gchar *key = kith_peer_key_to_text (&kith_link_get_peer (link)->identity);
  g_autofree gchar *host = g_strconcat (key, ".kith.alt", NULL);
  g_autoptr (GError) error = NULL;
  int fd = kith_link_take_sip (link);

  if (fd < 0 || !kith_sip_attach_link (pool->sip, id, fd, NULL, host, &error)) {
    kith_warning ("link",
                  "link/%u has no SIP stream: %s",
                  id,
                  error != NULL ? error->message : "taken already");
    kith_link_close (link, KITH_REASON_INTERNAL);
    return FALSE;
  }
  g_hash_table_insert (pool->links, GUINT_TO_POINTER (id), g_object_ref (link));
  g_signal_connect (link, "closed", G_CALLBACK (on_link_closed), pool);
  g_signal_connect (link, "suspect", G_CALLBACK (on_link_suspect), pool);
  g_signal_connect (link, "moving", G_CALLBACK (on_link_moving), pool);
  kith_info ("link", "link/%u is up (%s)", id, kith_link_is_outgoing (link) ? "ours" : "theirs");
  g_signal_emit (pool, signals[SIGNAL_OPENED], 0, link);
  return TRUE;
}

/* TRUE when the peer has opened enough. Links on which nobody is heard count apart, so that who
   lost the network can come back. */
static gboolean
has_enough (KithLinkPool *pool, const KithPeerKey *identity)
{
  GHashTableIter iter;
  gpointer link;
  guint well = 0, lost = 0;

  g_hash_table_iter_init (&iter, pool->links);
  while (g_hash_table_iter_next (&iter, NULL, &link)) {
    if (!kith_link_is_outgoing (link)
        && kith_peer_key_equal (&kith_link_get_peer (link)->identity, identity)) {
      *(is_well (link) ? &well : &lost) += 1;
    }
  }
  return well >= MAX_OF_ONE || well + lost >= 2 * MAX_OF_ONE;
}

/* How many links people have opened who were strangers then. */
static guint
count_strangers (KithLinkPool *pool)
{
  GHashTableIter iter;
  gpointer link;
  guint n = 0;

  g_hash_table_iter_init (&iter, pool->links);
  while (g_hash_table_iter_next (&iter, NULL, &link)) {
    n += g_object_get_data (link, STRANGER_DATA) != NULL;
  }
  return n;
}

/* TRUE when there is no place for one more link of @identity. */
static gboolean
is_full_for (KithLinkPool *pool, const KithPeerKey *identity, gboolean is_stranger)
{
  if (has_enough (pool, identity)) {
    return TRUE;
  }
  return is_stranger ? count_strangers (pool) >= KITH_LINKS_OF_STRANGERS
                     : g_hash_table_size (pool->links) >= KITH_LINKS_MAX;
}

static void
on_accepted (KithLinkMaker *maker, KithLink *link, KithLinkPool *pool)
{
  const KithPeerKey *identity = &kith_link_get_peer (link)->identity;
  KithStanding standing = pool->policy (identity, pool->policy_data);

  if (standing == KITH_STANDING_REFUSED) {
    kith_info ("link", "link/%u of a stranger was refused", kith_link_get_id (link));
    kith_link_close (link, KITH_REASON_UNAUTHORIZED);
    return;
  }
  if (is_full_for (pool, identity, standing == KITH_STANDING_STRANGER)) {
    kith_info ("link", "link/%u was refused: there are too many", kith_link_get_id (link));
    kith_link_close (link, KITH_REASON_BUSY);
    return;
  }
  if (standing == KITH_STANDING_STRANGER) {
    g_object_set_data (G_OBJECT (link), STRANGER_DATA, link);
  }
  (void)take_link (pool, link);
}

static gboolean
has_any (KithLinkPool *pool, const KithPeerKey *identity)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, pool->links);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    if (kith_peer_key_equal (&kith_link_get_peer (value)->identity, identity)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* About a link that exists: the inbox of the identity was found when it was made. Few messages
   matter here: with another address than before each is refused first, and after four refusals by a
   node libopendht forgets that it listens there, for 30 s. */
static gboolean
is_of_move (KithLinkPool *pool, const KithPeerKey *identity, const KithKnock *knock)
{
  switch (knock->kind) {
  case KITH_KNOCK_OFFER:
  case KITH_KNOCK_ANSWER:
    return FALSE;
  case KITH_KNOCK_MOVE:
    return TRUE;
  case KITH_KNOCK_CHECK:
    return has_any (pool, identity);
  }
  return FALSE;
}

static void
on_knock_out (KithLinkMaker *maker,
              const KithPeerKey *identity,
              const KithKnock *knock,
              KithLinkPool *pool)
{
  guint8 secret[32];

  if (pool->inbox != NULL) {
    gboolean by_name = !is_of_move (pool, identity, knock)
                       && kith_directory_get_name_secret (pool->directory, identity, secret);
    kith_inbox_send (pool->inbox, identity, by_name ? secret : NULL, knock);
  }
}

static void
on_knock_in (KithInbox *inbox, const KithKnock *knock, KithLinkPool *pool)
{
  if (knock->kind == KITH_KNOCK_ANSWER
      || pool->policy (&knock->device.identity, pool->policy_data) != KITH_STANDING_REFUSED) {
    kith_link_maker_take_knock (pool->maker, knock);
  }
}

static void
kith_link_pool_dispose (GObject *object)
{
  KithLinkPool *pool = KITH_LINK_POOL (object);

  kith_link_pool_set_inbox (pool, NULL);
  if (pool->maker != NULL) {
    g_signal_handlers_disconnect_by_data (pool->maker, pool);
  }
  if (pool->links != NULL) {
    kith_link_pool_clear (pool);
  }
  g_clear_pointer (&pool->links, g_hash_table_unref);
  g_clear_object (&pool->maker);
  g_clear_object (&pool->sip);
  g_clear_object (&pool->directory);
  G_OBJECT_CLASS (kith_link_pool_parent_class)->dispose (object);
}

static void
kith_link_pool_class_init (KithLinkPoolClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_link_pool_dispose;
  signals[SIGNAL_OPENED] = g_signal_new ("opened",
                                         KITH_TYPE_LINK_POOL,
                                         G_SIGNAL_RUN_LAST,
                                         0,
                                         NULL,
                                         NULL,
                                         NULL,
                                         G_TYPE_NONE,
                                         1,
                                         KITH_TYPE_LINK);
  signals[SIGNAL_CLOSED] = g_signal_new ("closed",
                                         KITH_TYPE_LINK_POOL,
                                         G_SIGNAL_RUN_LAST,
                                         0,
                                         NULL,
                                         NULL,
                                         NULL,
                                         G_TYPE_NONE,
                                         2,
                                         KITH_TYPE_LINK,
                                         G_TYPE_UINT);
  signals[SIGNAL_SUSPECT] = g_signal_new ("suspect",
                                          KITH_TYPE_LINK_POOL,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          2,
                                          KITH_TYPE_LINK,
                                          G_TYPE_BOOLEAN);
}

static void
kith_link_pool_init (KithLinkPool *pool)
{
  pool->links = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
}

KithLinkPool *
kith_link_pool_new (KithDirectory *directory,
                    KithLinkMaker *maker,
                    KithSip *sip,
                    KithLinkPolicy policy,
                    gpointer user_data)
{
  KithLinkPool *pool = g_object_new (KITH_TYPE_LINK_POOL, NULL);

  pool->directory = g_object_ref (directory);
  pool->maker = g_object_ref (maker);
  pool->sip = g_object_ref (sip);
  pool->policy = policy;
  pool->policy_data = user_data;
  g_signal_connect (maker, "accepted", G_CALLBACK (on_accepted), pool);
  g_signal_connect (maker, "knock", G_CALLBACK (on_knock_out), pool);
  return pool;
}

/* Takes back what our links asked of the inbox that goes. */
static void
leave_inbox (KithLinkPool *pool)
{
  GHashTableIter iter;
  gpointer link;

  g_signal_handlers_disconnect_by_data (pool->inbox, pool);
  g_hash_table_iter_init (&iter, pool->links);
  while (g_hash_table_iter_next (&iter, NULL, &link)) {
    if (g_object_get_data (link, MOVING_DATA) != NULL) {
      kith_inbox_set_urgent (pool->inbox, FALSE);
    }
  }
}

void
kith_link_pool_set_inbox (KithLinkPool *pool, KithInbox *inbox)
{
  if (pool->inbox != NULL) {
    leave_inbox (pool);
  }
  if (g_set_object (&pool->inbox, inbox) && inbox != NULL) {
    g_signal_connect (inbox, "knock", G_CALLBACK (on_knock_in), pool);
  }
}

void
kith_link_pool_clear (KithLinkPool *pool)
{
  GHashTableIter iter;
  gpointer link;

  g_hash_table_iter_init (&iter, pool->links);
  while (g_hash_table_iter_next (&iter, NULL, &link)) {
    g_signal_handlers_disconnect_by_data (link, pool);
    on_link_moving (link, FALSE, pool);
    kith_sip_detach_link (pool->sip, kith_link_get_id (link));
  }
  g_hash_table_remove_all (pool->links);
}

KithLink *
kith_link_pool_get (KithLinkPool *pool, guint id)
{
  return g_hash_table_lookup (pool->links, GUINT_TO_POINTER (id));
}

KithStanding
kith_link_pool_judge (KithLinkPool *pool, const KithPeerKey *identity)
{
  return pool->policy (identity, pool->policy_data);
}

guint
kith_link_pool_count (KithLinkPool *pool)
{
  return g_hash_table_size (pool->links);
}

gint64
kith_link_pool_get_ahead (KithLinkPool *pool)
{
  return pool->ahead_s;
}

gboolean
kith_link_pool_has_address (KithLinkPool *pool)
{
  KithReach reach = { 0 };

  if (!kith_link_maker_get_slot (pool->maker, &reach)) {
    return TRUE;
  }
  return kith_candidates_any_sendable (reach.candidates, reach.n_candidates);
}

/* Opening */

guint
kith_link_pool_prepare (KithLinkPool *pool)
{
  return kith_link_maker_prepare (pool->maker);
}

void
kith_link_pool_unprepare (KithLinkPool *pool, guint id)
{
  kith_link_maker_unprepare (pool->maker, id);
}

#define PEER_NAT "kith-peer-nat" /* kind + 1 */

void
kith_link_pool_set_peer_nat (KithLink *link, KithNatKind kind)
{
  g_object_set_data (G_OBJECT (link), PEER_NAT, GUINT_TO_POINTER ((guint)kind + 1));
}

gboolean
kith_link_pool_get_peer_nat (KithLink *link, KithNatKind *kind)
{
  guint known = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (link), PEER_NAT));

  *kind = known != 0 ? (KithNatKind)(known - 1) : KITH_NAT_UNKNOWN;
  return known != 0;
}

typedef struct {
  KithPeerKey identity;
  KithLinkMaker *maker; /* (owned) */
  guint prepared;       /* agent of the maker; 0: none */
  guint64 seq;          /* of the record that is tried */
  KithNatKind nat;      /* the peer's, as it says */
  KithLinkReport report;
  KithReachWatch *watch; /* for newer ones, or NULL (owned) */
  KithInbox *inbox;      /* that is looked into while the answer is awaited, or NULL (owned) */
  gboolean reused;
  KithTrace *trace; /* nullable */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_clear_pointer (&request->trace, kith_trace_unref);
  g_clear_object (&request->inbox);
  g_clear_pointer (&request->watch, kith_reach_watch_free);
  kith_link_maker_unprepare (request->maker, request->prepared);
  g_object_unref (request->maker);
  g_free (request);
}

/* What the record says of the way to the peer. */
static void
take_record (Request *request, const KithReach *reach)
{
  KithTrace *trace = request->trace;
  gint64 age = kith_clock_wall (kith_clock_get_default ()) / G_USEC_PER_SEC - reach->issued;
  guint age_s = (guint)CLAMP (age, 0, G_MAXINT);

  request->report.has_record = TRUE;
  kith_trace_mark (trace, KITH_MARK_RECORD);
  if ((reach->capabilities & KITH_CAPABILITY_KNOWN_ONLY) != 0) {
    request->report.known_only = TRUE;
    kith_trace_mark (trace, KITH_MARK_KNOWN_ONLY);
    KithSaying *saying = kith_saying_new ("step-record-known-only");
    kith_saying_put_number (saying, "age-s", age_s);
    kith_trace_say (trace, KITH_TRACE_REACH, saying);
    return;
  }
  request->report.their_nat = reach->nat != KITH_NAT_UNKNOWN
                                  ? reach->nat
                                  : kith_nat_guess (reach->candidates, reach->n_candidates);
  KithSaying *saying = kith_saying_new ("step-record");
  kith_saying_put_number (saying, "age-s", age_s);
  kith_saying_put_number (saying, "candidates", reach->n_candidates);
  kith_saying_put_flag (saying, "slot", reach->has_slot);
  kith_trace_say (trace, KITH_TRACE_REACH, saying);
  kith_trace_add_nat (trace, TRUE, request->report.their_nat, NULL, NULL);
}

/* The youngest link to @identity on which the peer is heard. */
static KithLink *
find_up (KithLinkPool *pool, const KithPeerKey *identity)
{
  GHashTableIter iter;
  gpointer value;
  KithLink *best = NULL;

  g_hash_table_iter_init (&iter, pool->links);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    KithLink *link = value;
    if (is_well (link) && kith_peer_key_equal (&kith_link_get_peer (link)->identity, identity)
        && (best == NULL || kith_link_get_id (link) > kith_link_get_id (best))) {
      best = link;
    }
  }
  return best;
}

/* The peer closed a link at once. */
static KithError
error_of_refusal (KithReason reason)
{
  return reason == KITH_REASON_UNAUTHORIZED ? KITH_ERROR_NOT_AUTHORIZED
         : reason == KITH_REASON_BUSY       ? KITH_ERROR_LIMIT_REACHED
                                            : KITH_ERROR_UNREACHABLE;
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KithLinkPool *pool = g_task_get_source_object (task);
  GError *error = NULL;
  Request *request = g_task_get_task_data (task);
  g_autoptr (KithLink) link
      = kith_link_maker_open_finish (pool->maker, result, &request->report, &error);

  g_clear_pointer (&request->watch, kith_reach_watch_free);
  if (request->inbox != NULL) {
    kith_inbox_set_urgent (request->inbox, FALSE);
    g_clear_object (&request->inbox);
  }
  if (link == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (kith_link_get_state (link) == KITH_LINK_CLOSED) {
    /* Between "up" and this turn of the loop; "closed" has been said, and the pool would keep it
       for ever. */
    KithReason reason = kith_link_get_reason (link);
    if (error_of_refusal (reason) != KITH_ERROR_UNREACHABLE) {
      request->report.refused = reason;
    }
    g_task_return_new_error (task,
                             KITH_ERROR,
                             error_of_refusal (reason),
                             "%s",
                             kith_link_get_why (link));
    return;
  }
  if (!take_link (pool, link)) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_FAILED,
                             "the link's SIP stream could not be attached");
    return;
  }
  kith_link_pool_set_peer_nat (link, request->nat);
  g_task_return_pointer (task, g_steal_pointer (&link), g_object_unref);
}

static void
fill_target (Request *request, const KithReach *reach, KithLinkTarget *target)
{
  request->seq = reach->seq;
  request->nat = reach->nat;
  target->identity = request->identity;
  target->device = reach->device.device;
  target->has_slot = reach->has_slot;
  target->n_candidates = reach->n_candidates;
  target->trace = request->trace;
  memcpy (target->slot_seed, reach->slot_seed, sizeof target->slot_seed);
  memcpy (target->candidates, reach->candidates, sizeof target->candidates);
}

/* The peer listens elsewhere since a moment, or knows more of how it can be reached. */
static void
on_newer (const KithReach *reach, gpointer user_data)
{
  Request *request = user_data;
  KithLinkTarget target = { 0 };

  if (reach->seq > request->seq) {
    fill_target (request, reach, &target);
    kith_trace_set_nat (request->trace, TRUE, reach->nat);
    if (reach->nat != KITH_NAT_UNKNOWN) {
      request->report.their_nat = reach->nat;
    }
    kith_link_maker_retarget (request->maker, &target);
  }
}

static void
on_reach (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  KithLinkPool *pool = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree KithReach *reach = kith_directory_reach_finish (pool->directory, result, &error);

  if (reach == NULL) {
    g_task_return_error (task, error);
    return;
  }
  KithLinkTarget target = { .prepared = request->prepared };
  fill_target (request, reach, &target);
  pool->ahead_s
      = MAX (reach->issued - kith_clock_wall (kith_clock_get_default ()) / G_USEC_PER_SEC, 0);
  take_record (request, reach);
  request->watch
      = kith_directory_watch (pool->directory, &request->identity, NEWER_MS, on_newer, request);
  GCancellable *cancellable = g_task_get_cancellable (task);
  if (g_set_object (&request->inbox, pool->inbox) && request->inbox != NULL) {
    kith_inbox_set_urgent (request->inbox, TRUE);
  }
  kith_link_maker_open_async (pool->maker,
                              &target,
                              cancellable,
                              on_opened,
                              g_steal_pointer (&task));
}

void
kith_link_pool_open_async (KithLinkPool *pool,
                           const KithLinkWish *wish,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (pool, cancellable, callback, user_data);
  Request *request = g_new0 (Request, 1);
  KithLink *up = wish->fresh ? NULL : find_up (pool, &wish->identity);

  request->identity = wish->identity;
  request->maker = g_object_ref (pool->maker);
  request->prepared = wish->prepared;
  request->reused = up != NULL;
  request->trace = wish->trace != NULL ? kith_trace_ref (wish->trace) : NULL;
  g_task_set_task_data (task, request, request_free);
  if (up != NULL) {
    kith_trace_tell (wish->trace, KITH_TRACE_REACH, "step-link-there");
    g_task_return_pointer (task, g_object_ref (up), g_object_unref);
    return;
  }
  if (wish->urgent && request->prepared == 0) {
    request->prepared = kith_link_maker_prepare (pool->maker);
  }
  kith_directory_reach_async (pool->directory,
                              &request->identity,
                              cancellable,
                              on_reach,
                              g_steal_pointer (&task));
}

KithLink *
kith_link_pool_open_finish (KithLinkPool *pool,
                            GAsyncResult *result,
                            gboolean *reused,
                            KithLinkReport *report,
                            GError **error)
{
  Request *request = g_task_get_task_data (G_TASK (result));

  *reused = request->reused;
  if (report != NULL) {
    *report = request->report;
  }
  return g_task_propagate_pointer (G_TASK (result), error);
}
