/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts in words and as JSON. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* All facts of one. */
void kith_contact_text_say (KithCli *cli, KithBusContact *contact);

/* One line for each, within the width of the terminal: what does not fit is cut. (element-type
   KithBusObject) */
void kith_contact_text_list (KithCli *cli, GPtrArray *people);

/* "relays for you", "does not relay for you" …, "" when nothing is known (static). */
const char *kith_contact_text_relays (KithBusContact *contact);

/* Adds an object with all properties and its path. */
void kith_contact_text_json (KithJson *json, const char *key, KithBusObject *object);

/* Waits until the relay setting is read back as @relay, 0 or 1 (-1: no matter); 2 s at most. */
void kith_contact_text_await (KithCli *cli, KithBusContact *contact, int relay);

/* "1.2 MB" (transfer full) */
gchar *kith_contact_text_bytes (guint64 bytes);

G_END_DECLS
