/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verbs have in common that do one thing to one call. */
#pragma once

#include "cli/text/call-pick.h"

G_BEGIN_DECLS

/* Connects, picks the call of the first argument and calls @method, with @text as its parameter
   unless that is NULL. Returns the exit code. */
int kith_cli_act_on_call (KithCli *cli, KithPick pick, const char *method, const char *text);

/* Connects, picks the live call of the first argument and mutes its microphone or not. Returns the
   exit code. */
int kith_cli_mute_call (KithCli *cli, gboolean is_muted);

/* Says that @object is done with; with --json as {"call": 3, "state": "ended"…}. */
void kith_cli_confirm (KithCli *cli, KithBusObject *object);

G_END_DECLS
