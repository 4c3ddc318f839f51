/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of contacts that are done when the function returns. */
#pragma once

#include "node/people/contacts.h"

G_BEGIN_DECLS

/* Each runs the loop until its answer is there; errors are those of node/people/contacts.h. */
const KithContact *contact_add_now (KithContacts *contacts,
                                    const KithFound *found,
                                    const char *name,
                                    gboolean relay,
                                    GError **error);
gboolean contact_set_name_now (KithContacts *contacts, guint id, const char *name, GError **error);
gboolean
contact_set_number_now (KithContacts *contacts, guint id, const char *number, GError **error);
gboolean contact_set_relay_now (KithContacts *contacts, guint id, gboolean relay, GError **error);
gboolean contact_remove_now (KithContacts *contacts, guint id, GError **error);

/* All changes that were asked for are done, and the counts are kept. */
void contact_flush_now (KithContacts *contacts);

G_END_DECLS
