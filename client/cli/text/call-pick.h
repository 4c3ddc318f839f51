/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the call that a CALL argument, or its absence, means. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

typedef enum {
  KITH_PICK_RINGING, /* incoming and not answered yet */
  KITH_PICK_LIVE,    /* not ended */
  KITH_PICK_ANY,     /* also ended; without an argument the live one, else the newest */
} KithPick;

/* @text: "3", "call/3", the object path, or NULL for the only one. (transfer full), or NULL after
   having complained, with *@code. */
KithBusObject *kith_cli_pick_call (KithCli *cli, const char *text, KithPick pick, int *code);

/* FALSE when @text is the number of a call (*@number) that is not on the bus, so that only the
   history can know it. */
gboolean kith_cli_has_call (KithCli *cli, const char *text, guint *number);

/* The number that @text means: "3", "call/3" or the object path; 0 if it is none. */
guint kith_cli_parse_call (const char *text);

/* The number in the path of a call, 0 if it is none. */
guint kith_cli_call_number (const char *path);

G_END_DECLS
