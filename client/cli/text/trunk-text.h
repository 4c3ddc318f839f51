/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How `kith` shows trunks, and how it takes their passwords. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* How a trunk is, in a few words: "registered until 14:23:11", "wrong password since 13:58:00, next
   try 14:08:00". (transfer full) */
gchar *kith_trunk_text_state (KithBusTrunk *trunk);

/* What is wrong and what to do about it; "" when nothing is. (transfer full) */
gchar *kith_trunk_text_remedy (const char *name,
                               const char *reason,
                               const char *domain,
                               guint status,
                               const char *detail);

/* One line for each of @trunks (element-type KithBusObject). */
void kith_trunk_text_list (KithCli *cli, GPtrArray *trunks);

/* All of one. */
void kith_trunk_text_say (KithCli *cli, KithBusTrunk *trunk);

/* Reads a password: of "--password-file FILE" ("-" is stdin), else from the terminal without
   showing it, else a line of stdin. Returns a file descriptor with it as its first line; -1 after
   having complained, with *@code; -2: none was given, and nobody can be asked. */
int kith_trunk_text_password (KithCli *cli, gboolean ask, int *code);

G_END_DECLS
