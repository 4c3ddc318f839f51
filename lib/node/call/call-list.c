/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes calls from addresses and dialogs, and forgets them some time after their end. */
#include "node/call/call-list.h"

#include "base/error.h"
#include "base/log.h"
#include "base/signal-new.h"
#include "node/call/call-list-private.h"
#include "node/call/call-private.h"
#include "node/call/call-report.h"
#include "node/call/callee.h"
#include "node/people/pins.h"
#include "store/history.h"
#include "store/past-calls.h"

#define MAX_ENDED 64 /* kept at most, however young */

/* Of these: calls of strangers that were not answered. */
#define MAX_ENDED_STRANGERS 8

G_DEFINE_FINAL_TYPE (KithCallList, kith_call_list, G_TYPE_OBJECT)

enum { SIGNAL_ADDED, SIGNAL_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

static guint
count_ended (KithCallList *list)
{
  guint n = 0;

  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    n += kith_call_get_state (l->data) == KITH_CALL_ENDED;
  }
  return n;
}

static void
remove_call (KithCallList *list, KithCall *call)
{
  g_queue_remove (&list->calls, call);
  g_signal_handlers_disconnect_by_data (call, list);
  call->gate = NULL;
  g_signal_emit (list, signals[SIGNAL_REMOVED], 0, call);
  g_object_unref (call);
}

/* TRUE when a call is kept with those of strangers. */
static gboolean
is_of_strangers (KithCall *call)
{
  g_autofree gchar *group = kith_call_get_group (call);

  return group != NULL;
}

static guint
count_of_strangers (KithCallList *list)
{
  guint n = 0;

  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    n += kith_call_get_state (l->data) == KITH_CALL_ENDED && is_of_strangers (l->data);
  }
  return n;
}

/* Removes what ended long enough ago, and the oldest ones when there are too many: first those of
   strangers, who have a share of their own. */
static void
remove_old (KithCallList *list)
{
  gint64 oldest = kith_clock_wall (list->context->clock) - (gint64)KITH_ENDED_STAYS_MS * 1000;
  guint ended = count_ended (list);
  guint strangers = count_of_strangers (list);

  for (GList *l = list->calls.head; l != NULL;) {
    KithCall *call = l->data;
    l = l->next;
    if (call->state != KITH_CALL_ENDED) {
      continue;
    }
    gboolean of_strangers = is_of_strangers (call);
    if (call->at.ended <= oldest
        || (of_strangers ? strangers > MAX_ENDED_STRANGERS : ended - strangers > MAX_ENDED)) {
      ended--;
      strangers -= of_strangers;
      remove_call (list, call);
    }
  }
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

  if (!call->outgoing || call->who.pin_name == NULL || kith_peer_key_is_zero (&call->who.key)
      || kith_trust_judge (context->trust, call->who.pin_name, &call->who.key)
             != KITH_TRUST_UNKNOWN) {
    return;
  }
  gint64 now = kith_clock_wall (context->clock) / G_USEC_PER_SEC;
  if (!kith_trust_pin (context->trust, call->who.pin_name, &call->who.key, now, &error)) {
    kith_warning (call->log_id, "the peer's key was not remembered: %s", error->message);
  } else if (context->store != NULL) {
    kith_pins_keep (context->trust, context->store, call->log_id);
  }
}

/* Keeps @facts (transfer full) (element-type KithCallFacts), all at once; without, the telephone
   works as well. */
static void
keep_facts (KithCallList *list, GPtrArray *facts)
{
  const KithCallContext *context = list->context;

  if (context->store != NULL && facts->len > 0) {
    kith_past_calls_keep (context->store, facts, context->config->history_keep);
  } else {
    g_ptr_array_unref (facts);
  }
}

static void
keep_call (KithCallList *list, KithCall *call)
{
  GPtrArray *facts = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_call_facts_free);

  g_ptr_array_add (facts, kith_call_report (call));
  keep_facts (list, facts);
}

/* Keeps how many calls those stand for that were refused as one. */
static void
keep_refused (KithCallList *list)
{
  GPtrArray *facts = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_call_facts_free);

  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    KithCall *call = l->data;
    if (call->refused.id != NULL && call->refused.times != call->refused.kept) {
      call->refused.kept = call->refused.times;
      g_ptr_array_add (facts, kith_call_report (call));
      kith_call_notify (call);
    }
  }
  keep_facts (list, facts);
}

static gboolean
on_sweep (gpointer user_data)
{
  KithCallList *list = user_data;

  keep_refused (list);
  remove_old (list);
  if (list->calls.length == 0) {
    list->sweeper = 0;
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

/* Another call with the same peer that nobody has answered yet, or NULL. */
static KithCall *
find_other (KithCallList *list, const KithCall *call)
{
  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    KithCall *other = l->data;
    if (other != call && other->state != KITH_CALL_ENDED && !kith_call_is_answered (other)
        && kith_peer_key_equal (&other->who.key, &call->who.key)) {
      return other;
    }
  }
  return NULL;
}

/* Nobody is called while a call with them rings, theirs or ours. */
static gchar *
find_hindrance (KithCall *call, gpointer user_data)
{
  const KithCall *other
      = kith_peer_key_is_zero (&call->who.key) ? NULL : find_other (user_data, call);
  const char *who = call->who.name != NULL ? call->who.name : "them";

  if (other == NULL) {
    return NULL;
  }
  kith_trace_mark (call->findings->trace, KITH_MARK_TWICE);
  return other->state == KITH_CALL_INCOMING
             ? g_strdup_printf ("%s is calling you: kith answer %u", who, other->id)
             : g_strdup_printf ("you are calling %s already in call %u: kith hangup %u",
                                who,
                                other->id,
                                other->id);
}

static void
take_foreground (KithCall *call, gpointer user_data)
{
  KithCallList *list = user_data;

  kith_foreground_take (list->foreground, call);
}

static const KithCallGate gate
    = { .take_foreground = take_foreground, .find_hindrance = find_hindrance };

static void
on_call_state (KithCall *call, guint before, guint after, guint reason, KithCallList *list)
{
  if (after == KITH_CALL_CONNECTING) {
    kith_ring_book_forget (list->rings, kith_call_get_id (call));
  }
  if (after == KITH_CALL_ENDED) {
    kith_foreground_leave (list->foreground, call);
    call->refused.kept = call->refused.times;
    keep_call (list, call);
  }
  if (after == KITH_CALL_ACTIVE && before == KITH_CALL_CONNECTING) {
    pin_callee (list, call);
    kith_caller_met (&call->who, list->context, call->log_id);
  }
}

void
kith_call_list_add (KithCallList *list, KithCall *call)
{
  g_queue_push_tail (&list->calls, call);
  call->gate = &gate;
  call->gate_data = list;
  g_signal_connect (call, "state-changed", G_CALLBACK (on_call_state), list);
  if (list->sweeper == 0) {
    list->sweeper = kith_clock_add (list->context->clock, 1000, on_sweep, list);
  }
}

void
kith_call_list_tell (KithCallList *list, KithCall *call)
{
  g_signal_emit (list, signals[SIGNAL_ADDED], 0, call);
}

static void
on_link_closed (KithLinkPool *pool, KithLink *link, guint reason, KithCallList *list)
{
  g_autoptr (GList) calls = kith_call_list_get (list);

  for (GList *l = calls; l != NULL; l = l->next) {
    kith_call_on_link_closed (l->data, link, reason);
  }
}

static void
kith_call_list_dispose (GObject *object)
{
  KithCallList *list = KITH_CALL_LIST (object);

  if (list->context != NULL) {
    kith_call_list_end_all (list);
    kith_clock_cancel (list->context->clock, &list->sweeper);
    kith_call_list_shut_door (list);
    g_signal_handlers_disconnect_by_data (list->context->links, list);
    list->context = NULL;
  }
  g_clear_pointer (&list->rings, kith_ring_book_free);
  g_clear_pointer (&list->dialled, g_hash_table_unref);
  g_clear_pointer (&list->foreground, kith_foreground_free);
  G_OBJECT_CLASS (kith_call_list_parent_class)->dispose (object);
}

static void
kith_call_list_class_init (KithCallListClass *klass)
{
  GType type = KITH_TYPE_CALL_LIST;

  G_OBJECT_CLASS (klass)->dispose = kith_call_list_dispose;
  signals[SIGNAL_ADDED] = kith_signal_new (type, "added", 1, KITH_TYPE_CALL);
  signals[SIGNAL_REMOVED] = kith_signal_new (type, "removed", 1, KITH_TYPE_CALL);
}

static void
kith_call_list_init (KithCallList *list)
{
  g_queue_init (&list->calls);
}

KithCallList *
kith_call_list_new (const KithCallContext *context)
{
  KithCallList *list = g_object_new (KITH_TYPE_CALL_LIST, NULL);

  list->context = context;
  list->last_id = context->store != NULL
                      ? kith_history_last_number (kith_store_get_database (context->store))
                      : 0;
  list->rings = kith_ring_book_new ();
  list->foreground = kith_foreground_new ();
  kith_call_list_open_door (list);
  g_signal_connect_after (context->links, "closed", G_CALLBACK (on_link_closed), list);
  return list;
}

/* Calls of the user's own: a stranger who rings keeps nobody from dialling. */
static guint
count_own (KithCallList *list)
{
  guint n = 0;

  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    KithCall *call = l->data;
    KithCallState state = kith_call_get_state (call);
    n += state != KITH_CALL_ENDED && !kith_call_is_bridged (call)
         && !(state == KITH_CALL_INCOMING && call->who.is_stranger);
  }
  return n;
}

static KithCall *
dial (KithCallList *list, const char *text, gboolean listen_only, GError **error)
{
  KithCallee callee;

  if (!kith_callee_find_near (list->context, text, &callee)) {
    callee.address = kith_address_parse (text, error);
  }
  const char *phone = callee.phone;
  g_autoptr (KithAddress) address
      = phone != NULL || callee.address != NULL ? kith_callee_take_address (&callee) : NULL;
  if (address == NULL) {
    return NULL;
  }
  guint most = list->context->config->max_calls;

  if (count_own (list) >= most) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 most == 1 ? "you have a call already: hang it up first"
                           : "there are %u calls already: hang one up first",
                 most);
    return NULL;
  }
  KithCall *call
      = kith_call_new_outgoing (list->context, ++list->last_id, g_steal_pointer (&address), text);
  kith_caller_is_phone (&call->who, phone);
  call->listen_only = listen_only;
  kith_call_list_add (list, call);
  kith_foreground_take (list->foreground, call);
  kith_call_list_tell (list, call);
  kith_call_dial (call);
  return call;
}

KithCall *
kith_call_list_dial (KithCallList *list, const char *text, GError **error)
{
  return dial (list, text, FALSE, error);
}

KithCall *
kith_call_list_dial_to_listen (KithCallList *list, const char *text, GError **error)
{
  return dial (list, text, TRUE, error);
}

GList *
kith_call_list_get (KithCallList *list)
{
  return g_list_copy (list->calls.head);
}

void
kith_call_list_end_all (KithCallList *list)
{
  keep_refused (list);
  while (list->calls.head != NULL) {
    KithCall *call = list->calls.head->data;
    /* Nobody declined: it may ring elsewhere (480), and is one that was missed. */
    KithReason reason = kith_call_get_state (call) == KITH_CALL_INCOMING ? KITH_REASON_NO_ANSWER
                                                                         : KITH_REASON_LOCAL;
    kith_call_end (call, reason, "the daemon is stopping");
    remove_call (list, call);
  }
}
