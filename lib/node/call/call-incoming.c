/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that come in: who may ring, who makes room, and what is kept of those who may not. */
#include <string.h>

#include "base/log.h"
#include "model/call/ring-policy.h"
#include "node/call/call-list-private.h"
#include "node/call/call-phones.h"
#include "node/call/call-private.h"

/* Refused strangers who get an object of their own: so many at once, and one more in this time.
   Others are only counted in the log. */
#define REFUSED_BURST 10
#define REFUSED_EVERY_US (3 * G_USEC_PER_SEC)

/* Who calls. */
typedef struct {
  KithLink *link; /* NULL: ordinary SIP */
  KithRinger ringer;
} Caller;

/* FALSE when the link is gone that it came over. */
static gboolean
find_caller (KithCallList *list,
             guint link_id,
             const char *source,
             const char *phone,
             Caller *caller)
{
  const KithCallContext *context = list->context;

  *caller = (Caller){ 0 };
  caller->link = link_id != 0 ? kith_link_pool_get (context->links, link_id) : NULL;
  if (caller->link != NULL) {
    caller->ringer.key = kith_link_get_peer (caller->link)->identity;
    caller->ringer.is_known = kith_caller_is_known (context, &caller->ringer.key);
    return TRUE;
  }
  caller->ringer.source = source != NULL ? source : "";
  caller->ringer.is_known
      = phone != NULL
        || (context->knows_host != NULL
            && context->knows_host (caller->ringer.source, context->knows_host_data));
  return link_id == 0;
}

static gboolean
is_same (const KithCall *call, const Caller *caller)
{
  return caller->link != NULL && kith_peer_key_equal (&call->who.key, &caller->ringer.key);
}

/* Who calls anew has lost the call that we still hope for. */
static gboolean
is_lost (KithCall *call, const Caller *caller)
{
  return is_same (call, caller) && kith_call_is_answered (call)
         && kith_call_find_leg (call, caller->link) == NULL && kith_call_is_cut_off (call);
}

/* Both call each other at the same time, as after a lost call: the call of the greater key goes
   on. */
static gboolean
yields (KithCallList *list, const KithCall *call, const Caller *caller)
{
  return is_same (call, caller) && call->outgoing && !kith_call_is_answered (call)
         && memcmp (caller->ringer.key.bytes, list->context->identity.bytes, KITH_KEY_LEN) > 0;
}

static gboolean
rings_too_often (KithCallList *list, const Caller *caller)
{
  return kith_ring_book_is_too_often (list->rings,
                                      &caller->ringer,
                                      kith_clock_now (list->context->clock));
}

static void
weigh (KithCallList *list, const Caller *caller, KithRingVerdict *verdict)
{
  KithRingFacts facts = {
    .is_known = caller->ringer.is_known,
    .strangers_ring = list->context->config->strangers_ring,
    .rings_too_often = rings_too_often (list, caller),
  };
  guint live = 0;

  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    KithCall *call = l->data;
    if (call->state == KITH_CALL_ENDED || is_lost (call, caller) || yields (list, call, caller)) {
      continue;
    }
    live += !kith_call_is_bridged (call);
    if (call->state == KITH_CALL_INCOMING) {
      facts.ringing++;
      facts.strangers += call->who.is_stranger;
      facts.rings_already = facts.rings_already || is_same (call, caller);
    } else {
      facts.is_crossed
          = facts.is_crossed
            || (is_same (call, caller) && call->outgoing && !kith_call_is_answered (call));
    }
  }
  facts.is_at_limit = live >= list->context->config->max_calls;
  kith_ring_policy (&facts, verdict);
}

/* Ends what makes room for a new call of @caller. */
static void
make_room (KithCallList *list, const Caller *caller, KithRingAct act)
{
  g_autoptr (GList) calls = kith_call_list_get (list);

  for (GList *l = calls; l != NULL; l = l->next) {
    KithCall *call = l->data;
    gboolean rings = call->state == KITH_CALL_INCOMING;
    if (is_lost (call, caller)) {
      kith_call_end (call,
                     KITH_REASON_NETWORK_LOST,
                     "the connection was lost, and they are calling again");
    } else if (act != KITH_RING_REFUSE && yields (list, call, caller)) {
      kith_call_end (call, KITH_REASON_REPLACED, "they are calling you at the same time");
    } else if (rings && act == KITH_RING_REPLACE_OWN && is_same (call, caller)) {
      kith_call_end (call, KITH_REASON_REPLACED, "they are calling you again");
    } else if (rings && act == KITH_RING_REPLACE_STRANGER && call->who.is_stranger) {
      kith_call_end (call, KITH_REASON_BUSY, "somebody whom you know was calling");
    }
  }
}

/* Refused at the door */

static gboolean
may_tell (KithCallList *list)
{
  gint64 now = kith_clock_now (list->context->clock);
  gint64 gained
      = list->refused_us == 0 ? REFUSED_BURST : (now - list->refused_us) / REFUSED_EVERY_US;

  if (gained > 0) {
    list->refused_us = list->refused_us == 0 ? now : list->refused_us + gained * REFUSED_EVERY_US;
    list->refused_tokens = (guint)MIN (REFUSED_BURST, list->refused_tokens + gained);
  }
  if (list->refused_tokens == 0) {
    return FALSE;
  }
  list->refused_tokens--;
  return TRUE;
}

/* The one that stands for the refused calls of @caller, or NULL. */
static KithCall *
find_refused (KithCallList *list, const Caller *caller)
{
  for (GList *l = list->calls.tail; l != NULL; l = l->prev) {
    KithCall *call = l->data;
    if (call->refused.id != NULL
        && (caller->link != NULL ? is_same (call, caller)
                                 : g_strcmp0 (call->who.source, caller->ringer.source) == 0)) {
      return call;
    }
  }
  return NULL;
}

/* The calls of one caller are told as one that ended at once: the first as it comes, how many they
   are once a second. */
static void
note_refused (KithCallList *list, const Caller *caller, const KithInvite *invite)
{
  KithCall *known = find_refused (list, caller);

  if (known != NULL) {
    if (g_strcmp0 (known->refused.id, invite->call_id) != 0) { /* no repetition */
      kith_call_refuse_again (known, invite);
    }
    return;
  }
  if (!may_tell (list)) {
    kith_debug ("calls", "a busy refusal of a stranger is not kept: there are too many of them");
    return;
  }
  KithCall *call = kith_call_new_refused (list->context, ++list->last_id, caller->link, invite);
  call->who.is_stranger = !caller->ringer.is_known;
  kith_call_list_add (list, call);
  kith_call_refuse (call);
  kith_call_list_tell (list, call);
}

/* What the SIP stack asks before it keeps anything of an INVITE. Somebody who is known is refused
   by the call itself, so that it is told like any other. */
static guint
judge (const KithInvite *invite, gpointer user_data)
{
  KithCallList *list = user_data;
  KithRingVerdict verdict;
  Caller caller;
  guint word = 0;

  if (kith_call_phones_judge (list, invite, &word)) {
    return word;
  }
  if (!find_caller (list, invite->link_id, invite->source, invite->phone, &caller)) {
    return kith_reason_to_sip (KITH_REASON_UNREACHABLE);
  }
  weigh (list, &caller, &verdict);
  guint go_on = caller.ringer.is_known ? KITH_JUDGE_KNOWN : KITH_JUDGE_GO_ON;
  if (invite->is_probe) {
    return verdict.status == 403 ? 403 : go_on; /* whether the line is busy is nobody's business */
  }
  if (verdict.act != KITH_RING_REFUSE || !verdict.is_missed) {
    return verdict.act == KITH_RING_REFUSE ? verdict.status : go_on;
  }
  if (caller.ringer.is_known && !rings_too_often (list, &caller)) {
    return KITH_JUDGE_KNOWN;
  }
  note_refused (list, &caller, invite);
  return verdict.status;
}

static void
on_incoming (KithSip *sip, KithDialog *dialog, KithCallList *list)
{
  guint link_id = kith_dialog_get_link_id (dialog);
  KithRingVerdict verdict = { KITH_RING_REFUSE, 480, FALSE };
  Caller caller;

  if (kith_call_phones_take (list, dialog)) {
    return;
  }
  if (find_caller (list,
                   link_id,
                   kith_dialog_get_remote_host (dialog),
                   kith_dialog_get_phone (dialog),
                   &caller)) {
    weigh (list, &caller, &verdict);
  }
  if (verdict.act == KITH_RING_REFUSE) {
    kith_info ("calls", "an incoming call was refused (%u)", verdict.status);
  }
  if (verdict.act == KITH_RING_REFUSE && !verdict.is_missed) {
    kith_dialog_reject (dialog, verdict.status, NULL);
    return;
  }
  make_room (list, &caller, verdict.act);
  g_autoptr (KithCall) call = kith_call_new_incoming (list->context, ++list->last_id, dialog);
  call->who.is_stranger = !caller.ringer.is_known;
  kith_call_list_add (list, g_object_ref (call));
  kith_ring_book_add (list->rings,
                      &caller.ringer,
                      kith_call_get_id (call),
                      kith_clock_now (list->context->clock));
  if (verdict.act == KITH_RING_REFUSE) {
    kith_call_refuse (call);
  } else {
    kith_call_ring (call);
  }
  kith_call_list_tell (list, call);
}

void
kith_call_list_open_door (KithCallList *list)
{
  g_signal_connect (list->context->sip, "incoming", G_CALLBACK (on_incoming), list);
  kith_sip_set_judge (list->context->sip, judge, list);
}

void
kith_call_list_shut_door (KithCallList *list)
{
  g_signal_handlers_disconnect_by_data (list->context->sip, list);
  kith_sip_set_judge (list->context->sip, NULL, NULL);
}
