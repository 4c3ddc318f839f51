/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All calls: limits, busy, and how long an ended call stays. */
#pragma once

#include <glib-object.h>

#include "node/call/call.h"
#include "node/call/leg/call-context.h"

G_BEGIN_DECLS

#define KITH_ENDED_STAYS_MS 30000 /* an ended call stays so that a late client can read why */

#define KITH_TYPE_CALL_LIST (kith_call_list_get_type ())
G_DECLARE_FINAL_TYPE (KithCallList, kith_call_list, KITH, CALL_LIST, GObject)

/* Signals: "added" (KithCall), "removed" (KithCall). @context must outlive the list. Takes the
   incoming dialogs of its stack. */
KithCallList *kith_call_list_new (const KithCallContext *context);

/* (transfer none). KITH_ERROR_INVALID_ADDRESS, KITH_ERROR_UNSUPPORTED, KITH_ERROR_LIMIT_REACHED. */
KithCall *kith_call_list_dial (KithCallList *list, const char *address, GError **error);

/* The same without our microphone: silence is sent. */
KithCall *kith_call_list_dial_to_listen (KithCallList *list, const char *address, GError **error);

/* (transfer container) (element-type KithCall), oldest first. */
GList *kith_call_list_get (KithCallList *list);

/* Ends all calls and removes them. */
void kith_call_list_end_all (KithCallList *list);

/* Removes the calls that ended at once, instead of after a while. */
void kith_call_list_forget_ended (KithCallList *list);

G_END_DECLS
