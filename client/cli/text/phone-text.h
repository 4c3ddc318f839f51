/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How `kith` shows phones. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* How a phone is, in a few words: "ok, 3 ms, tls", "never registered", "unreachable since 14:20",
   "wrong password since 13:58 (from 192.168.1.40)". (transfer full) */
gchar *kith_phone_text_state (KithBusPhone *phone);

/* One line for each of @phones (element-type KithBusObject). */
void kith_phone_text_list (KithCli *cli, GPtrArray *phones);

/* All of one, with where it is registered. */
void kith_phone_text_say (KithCli *cli, KithBusObject *object);

/* The same as an object; @key as in json-writer.h. */
void kith_phone_text_json (KithCli *cli, KithJson *json, const char *key, KithBusObject *object);

G_END_DECLS
