/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that phones of the house make: whom they mean, whether they may, and the call itself. */
#include "node/call/call-phones.h"

#include "base/log.h"
#include "node/call/call-private.h"
#include "node/call/callee.h"

#define MOST_OF_ONE 4 /* calls of one phone at the same time */

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

/* 0: it may; else the status of a refusal. */
static guint
check_right (const KithPhoneEntry *entry, const KithCallee *callee)
{
  switch (kith_call_right (caller_kind (entry), callee->kind)) {
  case KITH_RIGHT_YES:
  case KITH_RIGHT_RINGS: /* whoever rings for the owner */
    return 0;
  case KITH_RIGHT_NOBODY:
  case KITH_RIGHT_PERMIT:
    return 404;
  case KITH_RIGHT_NO:
  case KITH_RIGHT_STRANGERS:
  case KITH_RIGHT_PLAIN_IN:
  case KITH_RIGHT_TOLL:
  case KITH_RIGHT_GRANT:
    return 403;
  }
  return 403;
}

/* Calls that phones have, and those of @phone. */
static guint
count_calls (KithCallList *list, const char *phone, guint *of_phone)
{
  guint all = 0;

  *of_phone = 0;
  for (GList *l = list->calls.head; l != NULL; l = l->next) {
    const KithCall *call = l->data;
    if (call->state != KITH_CALL_ENDED && kith_call_is_bridged (call)) {
      all++;
      *of_phone += g_strcmp0 (call->house.caller, phone) == 0;
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

static guint
judge (KithCallList *list, const char *phone, const char *dialled, KithCallee *callee)
{
  const KithCallContext *context = list->context;
  const KithPhoneEntry *entry
      = context->phones != NULL ? kith_phones_get (context->phones, phone) : NULL;

  *callee = (KithCallee){ 0 };
  if (entry == NULL) { /* it was removed just now */
    return 403;
  }
  if (!kith_callee_find (context, dialled, callee, NULL)) {
    return 404;
  }
  guint status = check_right (entry, callee);
  return status != 0 ? status : check_room (list, phone);
}

gboolean
kith_call_phones_judge (KithCallList *list, const KithInvite *invite, guint *word)
{
  KithCallee callee;

  if (invite->phone == NULL || invite->is_probe) {
    return FALSE;
  }
  guint status = judge (list, invite->phone, invite->request_user, &callee);
  kith_callee_clear (&callee);
  *word = status != 0 ? status : KITH_JUDGE_KNOWN;
  return status != 0 || callee.kind != KITH_CALLEE_ME;
}

static void
begin (KithCallList *list, KithDialog *dialog, KithCallee *callee, const char *dialled)
{
  KithAddress *address = kith_callee_take_address (callee);
  KithCall *call = kith_call_new_outgoing (list->context, ++list->last_id, address, dialled);
  kith_caller_is_phone (&call->who, callee->phone);
  KithSaying *saying = kith_saying_new ("step-phone-dials");
  kith_saying_put (saying, "device", kith_dialog_get_phone (dialog));
  kith_saying_put (saying, "name", dialled);
  kith_trace_say (call->findings->trace, KITH_TRACE_SIP, saying);
  kith_call_list_add (list, call);
  kith_call_take_phone (call, dialog);
  kith_call_list_tell (list, call);
  if (call->state != KITH_CALL_ENDED) {
    kith_call_dial (call);
  }
}

gboolean
kith_call_phones_take (KithCallList *list, KithDialog *dialog)
{
  const char *phone = kith_dialog_get_phone (dialog);
  const char *dialled = phone != NULL ? kith_dialog_get_request_user (dialog) : NULL;
  KithCallee callee;

  if (phone == NULL) {
    return FALSE;
  }
  guint status = judge (list, phone, dialled, &callee);
  if (status != 0) {
    kith_callee_clear (&callee);
    kith_dialog_reject (dialog, status, NULL);
    return TRUE;
  }
  if (callee.kind == KITH_CALLEE_ME) {
    kith_callee_clear (&callee);
    return FALSE;
  }
  begin (list, dialog, &callee, dialled);
  return TRUE;
}
