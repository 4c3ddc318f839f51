/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contacts in the database. */
#pragma once

#include "model/names/contact.h"
#include "store/database.h"

G_BEGIN_DECLS

/* The thread of the database; errors are those of the database. */

/* All contacts, the oldest first, at most @max; what cannot be a contact (written by another
   program) is passed over with a warning. (transfer full) (element-type KithContact) */
GPtrArray *kith_contact_store_load (KithDatabase *database, guint max, GError **error);

/* Adds @person and fills in its id, which no other contact had before. KITH_ERROR_FAILED also when
   its key or name is there already. */
gboolean kith_contact_store_add (KithDatabase *database, KithContact *person, GError **error);

/* The same where @others (element-type KithContact) are known, with ids of at most @last_id: a file
   that was damaged begins anew and numbers from 1 again. Then they are written once more first. */
gboolean kith_contact_store_add_to (KithDatabase *database,
                                    KithContact *person,
                                    GPtrArray *others,
                                    guint last_id,
                                    GError **error);

/* Keeps what changed; one that is not there (the file was lost meanwhile) is added under its id. */
gboolean
kith_contact_store_update (KithDatabase *database, const KithContact *person, GError **error);
gboolean kith_contact_store_update_all (KithDatabase *database, GPtrArray *people, GError **error);
gboolean kith_contact_store_remove (KithDatabase *database, guint id, GError **error);

G_END_DECLS
