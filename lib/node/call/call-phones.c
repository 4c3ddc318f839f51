/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that phones of the house make: whom they mean, whether they may, and the call itself. */
#include "node/call/call-phones.h"

#include "base/log.h"
#include "node/call/call-private.h"
#include "node/call/callee.h"

#define MOST_OF_ONE 4 /* calls of one phone at the same time */

/* So many calls a phone may begin at once, and one more in this time: 20 a minute. */
#define DIAL_BURST 20
#define DIAL_EVERY_US (3 * G_USEC_PER_SEC)
#define MOST_REMEMBERED 4096 /* phones, before all are taken as new ones */

/* How much a phone dials. */
typedef struct {
  guint tokens;
  gint64 at_us; /* as of then */
} Dialled;

static KithCallerKind
caller_kind (const KithPhoneEntry *entry)
{
  switch (entry->phone.rights) {
  case KITH_PHONE_HOME:
    return KITH_CALLER_HOME;
  case KITH_PHONE_GUEST:
    return KITH_CALLER_GUEST;
  case KITH_PHONE_DOOR:
    return KITH_CALLER_DOOR;
  }
  return KITH_CALLER_PLAIN;
}

/* What becomes of what a phone dials. */
typedef struct {
  KithCallee callee;
  KithReason reason; /* it does not come to a call, of which it is told; NONE: it does */
  KithTraceMark mark;
  gchar *detail;
} Verdict;

static void
verdict_clear (Verdict *verdict)
{
  kith_callee_clear (&verdict->callee);
  g_clear_pointer (&verdict->detail, g_free);
}

static void
refuse (Verdict *verdict, KithReason reason, KithTraceMark mark, gchar *detail)
{
  kith_callee_clear (&verdict->callee);
  verdict->reason = reason;
  verdict->mark = mark;
  verdict->detail = detail;
}

static void
check_right (const KithPhoneEntry *entry, Verdict *verdict)
{
  switch (kith_call_right (caller_kind (entry), verdict->callee.kind)) {
  case KITH_RIGHT_YES:
  case KITH_RIGHT_RINGS: /* whoever rings for the owner */
    return;
  case KITH_RIGHT_NOBODY:
  case KITH_RIGHT_PERMIT:
  case KITH_RIGHT_NO:
  case KITH_RIGHT_STRANGERS:
  case KITH_RIGHT_PLAIN_IN:
  case KITH_RIGHT_TOLL:
  case KITH_RIGHT_GRANT:
    break;
  }
  refuse (verdict,
          KITH_REASON_UNAUTHORIZED,
          KITH_MARK_NO_RIGHT,
          g_strdup_printf ("%s is of class %s",
                           entry->phone.name,
                           kith_phone_class_word (entry->phone.rights)));
}

/* Calls that phones have, and those of @phone. */
static guint
count_calls (KithCallList *list, const char *phone, guint *of_phone)
{
  guint all = 0;

  *of_phone = 0;
  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    const KithCall *call = l->data;
    if (call->state != KITH_CALL_ENDED) {
      all += kith_call_is_bridged (call);
      *of_phone += g_strcmp0 (call->house.caller, phone) == 0
                   || (!call->outgoing && g_strcmp0 (call->who.phone, phone) == 0);
    }
  }
  return all;
}

static guint
check_room (KithCallList *list, const char *phone)
{
  guint of_phone = 0;
  guint all = count_calls (list, phone, &of_phone);

  if (of_phone >= MOST_OF_ONE) {
    return 486;
  }
  return all >= list->context->config->bridge_max_calls ? 503 : 0;
}

/* FALSE: it dials too often. */
static gboolean
take_token (KithCallList *list, const char *phone)
{
  gint64 now_us = kith_clock_now (list->context->clock);

  if (list->dialled == NULL) {
    list->dialled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  }
  Dialled *dialled = g_hash_table_lookup (list->dialled, phone);
  if (dialled == NULL) {
    if (g_hash_table_size (list->dialled) >= MOST_REMEMBERED) {
      g_hash_table_remove_all (list->dialled);
    }
    dialled = g_new0 (Dialled, 1);
    dialled->tokens = DIAL_BURST;
    dialled->at_us = now_us;
    (void)g_hash_table_insert (list->dialled, g_strdup (phone), dialled);
  }
  gint64 gained = (now_us - dialled->at_us) / DIAL_EVERY_US;
  if (gained > 0) {
    dialled->tokens = (guint)MIN (DIAL_BURST, dialled->tokens + gained);
    dialled->at_us += gained * DIAL_EVERY_US;
  }
  if (dialled->tokens == 0) {
    return FALSE;
  }
  dialled->tokens--;
  return TRUE;
}

static void
judge (KithCallList *list, const char *phone, const char *dialled, Verdict *verdict)
{
  const KithCallContext *context = list->context;
  const KithPhoneEntry *entry
      = context->phones != NULL ? kith_phones_get (context->phones, phone) : NULL;
  g_autoptr (GError) error = NULL;

  *verdict = (Verdict){ .reason = KITH_REASON_NONE };
  if (entry == NULL) { /* it was removed just now */
    refuse (verdict, KITH_REASON_UNAUTHORIZED, KITH_MARK_NO_RIGHT, NULL);
  } else if (!kith_callee_find (context, dialled, &verdict->callee, &error)) {
    refuse (verdict, KITH_REASON_NOT_FOUND, KITH_MARK_NO_LINE, g_strdup (error->message));
  } else {
    check_right (entry, verdict);
  }
}

gboolean
kith_call_phones_judge (KithCallList *list, const KithInvite *invite, guint *word)
{
  Verdict verdict;

  if (invite->phone == NULL || invite->is_probe) {
    return FALSE;
  }
  *word = check_room (list, invite->phone);
  if (*word == 0 && !take_token (list, invite->phone)) {
    kith_info ("calls", "%s dials too often: refused (480)", invite->phone);
    *word = 480;
  }
  if (*word != 0) {
    return TRUE;
  }
  judge (list, invite->phone, invite->request_user, &verdict);
  gboolean is_ours = verdict.reason != KITH_REASON_NONE || verdict.callee.kind != KITH_CALLEE_ME;
  verdict_clear (&verdict);
  *word = KITH_JUDGE_KNOWN;
  return is_ours;
}

static KithCall *
make_call (KithCallList *list, KithDialog *dialog, Verdict *verdict, const char *dialled)
{
  KithAddress *address = verdict->reason == KITH_REASON_NONE
                             ? kith_callee_take_address (&verdict->callee)
                             : g_new0 (KithAddress, 1);
  KithCall *call = kith_call_new_outgoing (list->context, ++list->last_id, address, dialled);

  kith_caller_is_phone (&call->who, verdict->callee.phone);
  KithSaying *saying = kith_saying_new ("step-phone-dials");
  kith_saying_put (saying, "device", kith_dialog_get_phone (dialog));
  kith_saying_put (saying, "name", dialled);
  kith_trace_say (call->findings->trace, KITH_TRACE_SIP, saying);
  kith_call_list_add (list, call);
  kith_call_take_phone (call, dialog);
  kith_call_list_tell (list, call);
  return call;
}

gboolean
kith_call_phones_take (KithCallList *list, KithDialog *dialog)
{
  const char *phone = kith_dialog_get_phone (dialog);
  const char *dialled = phone != NULL ? kith_dialog_get_request_user (dialog) : NULL;
  Verdict verdict;

  if (phone == NULL) {
    return FALSE;
  }
  guint status = check_room (list, phone); /* others may have come with it */
  if (status != 0) {
    kith_dialog_reject (dialog, status, NULL);
    return TRUE;
  }
  judge (list, phone, dialled, &verdict);
  if (verdict.reason == KITH_REASON_NONE && verdict.callee.kind == KITH_CALLEE_ME) {
    verdict_clear (&verdict);
    return FALSE;
  }
  KithCall *call = make_call (list, dialog, &verdict, dialled);
  if (call->state != KITH_CALL_ENDED && verdict.reason != KITH_REASON_NONE) {
    kith_trace_mark (call->findings->trace, verdict.mark);
    kith_call_end (call, verdict.reason, verdict.detail);
  } else if (call->state != KITH_CALL_ENDED) {
    kith_call_dial (call);
  }
  verdict_clear (&verdict);
  return TRUE;
}
