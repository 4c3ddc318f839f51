/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts in words and as JSON. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* All facts of one, and one line of a list. */
void kith_contact_text_say (KithCli *cli, KithBusContact *contact);
void kith_contact_text_line (KithCli *cli, KithBusContact *contact);

/* Adds an object with all properties and its path. */
void kith_contact_text_json (KithJson *json, const char *key, KithBusObject *object);

/* Waits until the relay setting is read back as @relay, 0 or 1 (-1: no matter); 2 s at most. */
void kith_contact_text_await (KithCli *cli, KithBusContact *contact, int relay);

/* "1.2 MB" (transfer full) */
gchar *kith_contact_text_bytes (guint64 bytes);

G_END_DECLS
