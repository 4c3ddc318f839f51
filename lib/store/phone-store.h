/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phones of the house, what is remembered of them, and their bindings in the database. */
#pragma once

#include "model/phone/phone-binding.h"
#include "model/phone/phone.h"
#include "store/database.h"

G_BEGIN_DECLS

/* What is remembered of a phone, also of one that stands in kith.conf. */
typedef struct {
  gchar name[KITH_PHONE_NAME_MAX + 1];
  gint64 registered_s;                     /* when it registered last, seconds since the epoch */
  KithPhoneDigest learned;                 /* which challenge it understands; AUTO: not known */
  gchar model[KITH_BINDING_AGENT_MAX + 1]; /* what it calls itself, or "" */
} KithPhonePast;

/* The thread of the database; errors are those of the database. What cannot be a phone, a past or a
   binding (written by another program) is passed over with a warning. */

/* All phones in the order of their names, at most @max. (transfer full) (element-type KithPhone) */
GPtrArray *kith_phone_store_load (KithDatabase *database, guint max, GError **error);

/* Adds a phone, or changes the one of its name. */
gboolean kith_phone_store_put (KithDatabase *database, const KithPhone *phone, GError **error);

/* Forgets a phone with its past. */
gboolean kith_phone_store_remove (KithDatabase *database, const char *name, GError **error);

/* (transfer full) (element-type KithPhonePast), at most @max. */
GPtrArray *kith_phone_store_load_pasts (KithDatabase *database, guint max, GError **error);
gboolean
kith_phone_store_put_past (KithDatabase *database, const KithPhonePast *past, GError **error);

/* Those that are valid at @now (seconds since the epoch), at most @max; the others are deleted.
   (transfer full) (element-type KithPhoneBinding) */
GPtrArray *
kith_phone_store_load_bindings (KithDatabase *database, gint64 now, guint max, GError **error);
gboolean kith_phone_store_put_binding (KithDatabase *database,
                                       const KithPhoneBinding *binding,
                                       GError **error);
gboolean kith_phone_store_remove_binding (KithDatabase *database, guint32 id, GError **error);

G_END_DECLS
