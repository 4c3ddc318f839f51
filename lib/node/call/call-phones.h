/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that phones of the house make. */
#pragma once

#include "node/call/call-list-private.h"
#include "ports/sip.h"

G_BEGIN_DECLS

/* A phone dials: *@word is KITH_JUDGE_KNOWN, or the status of a refusal. FALSE: it is no phone, or
   it may call us, which is to be judged as any other call. */
gboolean kith_call_phones_judge (KithCallList *list, const KithInvite *invite, guint *word);

/* @dialog is a phone's, which dials somebody: it becomes a call, or is refused. FALSE: it is not
   a phone's, or a call to us, to be taken as any other. */
gboolean kith_call_phones_take (KithCallList *list, KithDialog *dialog);

G_END_DECLS
