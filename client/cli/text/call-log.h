/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells what happens to a call, as it happens. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef struct _KithCallLog KithCallLog;

/* Begins with the present state. @with_number: each line starts with the number of the call, for
   when there are several. (transfer full) */
KithCallLog *kith_call_log_new (KithCli *cli, KithBusObject *object, gboolean with_number);
void kith_call_log_free (KithCallLog *log);

/* When it ends: says this, instead of what the daemon says. */
void kith_call_log_set_end (KithCallLog *log, const char *text);

/* TRUE once the call has ended, which has been told then. */
gboolean kith_call_log_is_over (KithCallLog *log);

/* TRUE once somebody answered. */
gboolean kith_call_log_is_answered (KithCallLog *log);

/* (transfer none) */
KithBusObject *kith_call_log_get_object (KithCallLog *log);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithCallLog, kith_call_log_free)

G_END_DECLS
