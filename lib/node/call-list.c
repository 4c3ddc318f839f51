/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes calls from addresses and dialogs, and forgets them some time after their end. */
#include "node/call-list.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "node/call-private.h"
#include "node/call-report.h"
#include "store/history.h"

#define MAX_ENDED 64 /* kept at most, however young */

/* Calls of one peer that nobody answered, in a minute; ordinary SIP as a whole counts as one peer. More are busy without ringing. */
#define MAX_UNANSWERED 12
#define MAX_UNANSWERED_PLAIN 30
#define UNANSWERED_US (60 * G_USEC_PER_SEC)

/* A call that rang lately. */
typedef struct {
  KithPeerKey peer; /* zero: ordinary SIP */
  guint call;
  gint64 at_us;
} Ring;

struct _KithCallList {
  GObject parent_instance;
  const KithCallContext *context;
  GQueue calls;  /* of KithCall (owned), oldest first */
  GArray *rings; /* of Ring, oldest first: unanswered so far */
  guint last_id;
  guint sweeper;
};

G_DEFINE_FINAL_TYPE (KithCallList, kith_call_list, G_TYPE_OBJECT)

enum { SIGNAL_ADDED, SIGNAL_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

static guint
count (KithCallList *list, gboolean ended)
{
  guint n = 0;

  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    n += (kith_call_get_state (l->data) == KITH_CALL_ENDED) == ended;
  }
  return n;
}

static void
remove_call (KithCallList *list, KithCall *call)
{
  g_queue_remove (&list->calls, call);
  g_signal_handlers_disconnect_by_data (call, list);
  g_signal_emit (list, signals[SIGNAL_REMOVED], 0, call);
  g_object_unref (call);
}

/* Removes what ended long enough ago, and the oldest ones when there are too many. */
static gboolean
on_sweep (gpointer user_data)
{
  KithCallList *list = user_data;
  gint64 oldest = kith_clock_wall (list->context->clock) - (gint64)KITH_ENDED_STAYS_MS * 1000;
  guint ended = count (list, TRUE);

  for (GList *l = list->calls.head; l != NULL;) {
    KithCall *call = l->data;
    l = l->next;
    if (call->state == KITH_CALL_ENDED && (call->ended_at <= oldest || ended > MAX_ENDED)) {
      ended--;
      remove_call (list, call);
    }
  }
  if (list->calls.length == 0) {
    list->sweeper = 0;
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

void
kith_call_list_forget_ended (KithCallList *list)
{
  for (GList *l = list->calls.head; l != NULL;) {
    KithCall *call = l->data;
    l = l->next;
    if (call->state == KITH_CALL_ENDED) {
      remove_call (list, call);
    }
  }
}

/* Pins the callee after the first call that was answered: a pin never moves by itself. */
static void
pin_callee (KithCallList *list, KithCall *call)
{
  const KithCallContext *context = list->context;
  g_autoptr (GError) error = NULL;

  if (!call->outgoing || call->peer_name == NULL || kith_peer_key_is_zero (&call->peer_key)
      || call->trust != KITH_TRUST_UNKNOWN) {
    return;
  }
  gint64 now = kith_clock_wall (context->clock) / G_USEC_PER_SEC;
  if (!kith_trust_pin (context->trust, call->peer_name, &call->peer_key, now, &error)) {
    kith_warning (call->log_id, "the peer's key was not remembered: %s", error->message);
  }
}

static void
forget_ring (KithCallList *list, guint call)
{
  for (guint i = 0; i < list->rings->len; i++) {
    if (g_array_index (list->rings, Ring, i).call == call) {
      g_array_remove_index (list->rings, i);
      return;
    }
  }
}

/* Keeps what is known of a call that ended; without, the telephone works as well. */
static void
keep_call (KithCallList *list, KithCall *call)
{
  g_autoptr (KithCallFacts) facts = kith_call_report (call);
  g_autoptr (GError) error = NULL;

  if (list->context->database != NULL
      && !kith_history_add (list->context->database,
                            facts,
                            list->context->config->history_keep,
                            &error)) {
    kith_warning ("store", "call %u is not in the history: %s", facts->number, error->message);
  }
}

static void
on_call_state (KithCall *call, guint before, guint after, guint reason, KithCallList *list)
{
  if (after == KITH_CALL_CONNECTING) {
    forget_ring (list, kith_call_get_id (call));
  }
  if (after == KITH_CALL_ENDED) {
    keep_call (list, call);
  }
  if (after == KITH_CALL_ACTIVE && before == KITH_CALL_CONNECTING) {
    pin_callee (list, call);
  }
}

static void
add_call (KithCallList *list, KithCall *call)
{
  g_queue_push_tail (&list->calls, call);
  g_signal_connect (call, "state-changed", G_CALLBACK (on_call_state), list);
  if (list->sweeper == 0) {
    list->sweeper = kith_clock_add (list->context->clock, 1000, on_sweep, list);
  }
}

/* TRUE when @peer has let the phone ring in vain too often. */
static gboolean
rings_too_often (KithCallList *list, const KithPeerKey *peer)
{
  gint64 oldest = kith_clock_now (list->context->clock) - UNANSWERED_US;
  guint most = kith_peer_key_is_zero (peer) ? MAX_UNANSWERED_PLAIN : MAX_UNANSWERED;
  guint n = 0;

  while (list->rings->len > 0 && g_array_index (list->rings, Ring, 0).at_us < oldest) {
    g_array_remove_index (list->rings, 0);
  }
  for (guint i = 0; i < list->rings->len; i++) {
    n += kith_peer_key_equal (&g_array_index (list->rings, Ring, i).peer, peer);
  }
  return n >= most || list->rings->len >= 4 * MAX_UNANSWERED_PLAIN;
}

/* Who calls anew has lost the call that we still hope for: it makes room. */
static void
end_lost_calls (KithCallList *list, KithLink *link)
{
  const KithPeerKey *peer = &kith_link_get_peer (link)->identity;
  g_autoptr (GList) calls = kith_call_list_get (list);

  for (GList *l = calls; l != NULL; l = l->next) {
    KithCall *call = l->data;
    if (call->answered && call->link != NULL && call->link != link
        && kith_peer_key_equal (&call->peer_key, peer) && kith_call_is_cut_off (call)) {
      kith_call_end (call,
                     KITH_REASON_NETWORK_LOST,
                     "the connection was lost, and they are calling again");
    }
  }
}

/* Both call each other at the same time, as after a lost call: the call of the greater key goes on, the other one makes room for it. */
static void
yield_to (KithCallList *list, KithLink *link)
{
  const KithPeerKey *peer = &kith_link_get_peer (link)->identity;
  g_autoptr (GList) calls = kith_call_list_get (list);

  if (memcmp (peer->bytes, list->context->identity.bytes, KITH_KEY_LEN) <= 0) {
    return;
  }
  for (GList *l = calls; l != NULL; l = l->next) {
    KithCall *call = l->data;
    if (call->outgoing && !call->answered && kith_peer_key_equal (&call->peer_key, peer)) {
      kith_call_end (call, KITH_REASON_REPLACED, "they are calling you at the same time");
    }
  }
}

/* Why a call over this link (0: ordinary SIP, which means us whatever user it names) is refused before anyone is rung; NONE: it may ring. */
static KithReason
refusal (KithCallList *list, guint link_id)
{
  const KithCallContext *context = list->context;

  if (link_id != 0 && kith_link_pool_get (context->links, link_id) == NULL) {
    return KITH_REASON_UNREACHABLE;
  }
  KithLink *link = kith_link_pool_get (context->links, link_id);
  const KithPeerKey nobody = { 0 };
  if (rings_too_often (list, link != NULL ? &kith_link_get_peer (link)->identity : &nobody)) {
    return KITH_REASON_BUSY;
  }
  if (link != NULL) {
    end_lost_calls (list, link);
    yield_to (list, link);
  }
  return count (list, FALSE) > 0 ? KITH_REASON_BUSY : KITH_REASON_NONE;
}

/* What the SIP stack asks before it keeps anything of an INVITE. */
static guint
judge (const KithInvite *invite, gpointer user_data)
{
  KithReason reason = invite->is_probe ? KITH_REASON_NONE : refusal (user_data, invite->link_id);

  return reason != KITH_REASON_NONE ? kith_reason_to_sip (reason) : 0;
}

static void
on_incoming (KithSip *sip, KithDialog *dialog, KithCallList *list)
{
  KithReason reason = refusal (list, kith_dialog_get_link_id (dialog));

  if (reason != KITH_REASON_NONE) {
    kith_info ("calls", "an incoming call was refused (%s)", kith_reason_word (reason));
    kith_dialog_reject (dialog, kith_reason_to_sip (reason), NULL);
    return;
  }
  g_autoptr (KithCall) call = kith_call_new_incoming (list->context, ++list->last_id, dialog);
  add_call (list, g_object_ref (call));
  Ring ring = { call->peer_key, kith_call_get_id (call), kith_clock_now (list->context->clock) };
  g_array_append_val (list->rings, ring);
  kith_call_ring_us (call);
  g_signal_emit (list, signals[SIGNAL_ADDED], 0, call);
}

static void
on_link_closed (KithLinkPool *pool, KithLink *link, guint reason, KithCallList *list)
{
  g_autoptr (GList) calls = kith_call_list_get (list);

  for (GList *l = calls; l != NULL; l = l->next) {
    KithCall *call = l->data;
    if (call->link == link) {
      kith_call_on_link_closed (call, reason);
    }
  }
}

static void
kith_call_list_dispose (GObject *object)
{
  KithCallList *list = KITH_CALL_LIST (object);

  kith_call_list_end_all (list);
  if (list->context != NULL) {
    kith_clock_cancel (list->context->clock, &list->sweeper);
    g_signal_handlers_disconnect_by_data (list->context->sip, list);
    kith_sip_set_judge (list->context->sip, NULL, NULL);
    g_signal_handlers_disconnect_by_data (list->context->links, list);
    list->context = NULL;
  }
  g_clear_pointer (&list->rings, g_array_unref);
  G_OBJECT_CLASS (kith_call_list_parent_class)->dispose (object);
}

static void
kith_call_list_class_init (KithCallListClass *klass)
{
  GType type = KITH_TYPE_CALL_LIST;

  G_OBJECT_CLASS (klass)->dispose = kith_call_list_dispose;
  signals[SIGNAL_ADDED] = g_signal_new ("added",
                                        type,
                                        G_SIGNAL_RUN_LAST,
                                        0,
                                        NULL,
                                        NULL,
                                        NULL,
                                        G_TYPE_NONE,
                                        1,
                                        KITH_TYPE_CALL);
  signals[SIGNAL_REMOVED] = g_signal_new ("removed",
                                          type,
                                          G_SIGNAL_RUN_LAST,
                                          0,
                                          NULL,
                                          NULL,
                                          NULL,
                                          G_TYPE_NONE,
                                          1,
                                          KITH_TYPE_CALL);
}

static void
kith_call_list_init (KithCallList *list)
{
  g_queue_init (&list->calls);
  list->rings = g_array_new (FALSE, FALSE, sizeof (Ring));
}

KithCallList *
kith_call_list_new (const KithCallContext *context)
{
  KithCallList *list = g_object_new (KITH_TYPE_CALL_LIST, NULL);

  list->context = context;
  list->last_id = context->database != NULL ? kith_history_last_number (context->database) : 0;
  g_signal_connect (context->sip, "incoming", G_CALLBACK (on_incoming), list);
  kith_sip_set_judge (context->sip, judge, list);
  g_signal_connect_after (context->links, "closed", G_CALLBACK (on_link_closed), list);
  return list;
}

KithCall *
kith_call_list_dial (KithCallList *list, const char *text, GError **error)
{
  g_autoptr (KithAddress) address = kith_address_parse (text, error);

  if (address == NULL) {
    return NULL;
  }
  if (count (list, FALSE) >= KITH_MAX_CALLS) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "there are %d calls already: hang one up first",
                 KITH_MAX_CALLS);
    return NULL;
  }
  KithCall *call
      = kith_call_new_outgoing (list->context, ++list->last_id, g_steal_pointer (&address), text);
  add_call (list, call);
  g_signal_emit (list, signals[SIGNAL_ADDED], 0, call);
  kith_call_dial (call);
  return call;
}

GList *
kith_call_list_get (KithCallList *list)
{
  return g_list_copy (list->calls.head);
}

void
kith_call_list_end_all (KithCallList *list)
{
  while (list->calls.head != NULL) {
    KithCall *call = list->calls.head->data;
    /* Nobody declined: it may ring elsewhere (480), and is one that was missed. */
    KithReason reason = kith_call_get_state (call) == KITH_CALL_INCOMING ? KITH_REASON_NO_ANSWER
                                                                         : KITH_REASON_LOCAL;
    kith_call_end (call, reason, "the daemon is stopping");
    remove_call (list, call);
  }
}
