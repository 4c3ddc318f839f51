/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The phones of the house: which there are, how each is, and where it is to be reached. */
#pragma once

#include "base/clock.h"
#include "model/phone/phone-binding.h"
#include "model/phone/phone-state.h"
#include "model/phone/phone.h"
#include "ports/edge/registrar.h"
#include "store/phone-store.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Main thread. Changes are done one after the other. Each is on the disk before it is known and its
   callback comes; if it cannot be kept, nothing changes and KITH_ERROR_FAILED says why. */
#define KITH_TYPE_PHONES (kith_phones_get_type ())
G_DECLARE_FINAL_TYPE (KithPhones, kith_phones, KITH, PHONES, GObject)

/* A phone and what is known of it; what is named by pointers lives as long as the entry. */
typedef struct {
  KithPhone phone;
  guint line; /* of kith.conf, where it stands; 0: it is in the database */
  KithPhoneState state;
  gint64 since_us;        /* since when, wall time; 0: not known */
  KithPhoneReport report; /* the last one that changed the state or confirmed it */
  KithPhonePast past;
  GPtrArray *bindings; /* of KithPhoneBinding, by their id */
} KithPhoneEntry;

/**
 * KithPhones signals: "added", "changed", "removed" (gpointer const KithPhoneEntry *: of one that
 * is removed for the last time); "bound" (gpointer const KithPhoneBinding *: new or refreshed),
 * "unbound" (the same, for the last time).
 */

/* What phones are made of. */
typedef struct {
  KithClock *clock;
  KithStore *store; /* which has not started yet */
  /* (element-type KithPhoneLine): the phones of kith.conf, in place of those of their names in the
     database */
  GPtrArray *lines;
  guint max;
  KithPhoneRules rules;
  KithPhoneDigest digest; /* of those that have none of their own */
  /* (nullable): why a phone may not have this name, such as "bob is a contact"; NULL: it may.
     (transfer full) */
  gchar *(*name_fault) (const char *name, gpointer user_data);
  /* (nullable): why it may not have this number, such as "Number 12 is bob's". (transfer full) */
  gchar *(*number_fault) (const char *number, gpointer user_data);
  gpointer user_data;
} KithPhonesParts;

/* (transfer full), or NULL and the error of the database. */
KithPhones *kith_phones_new (const KithPhonesParts *parts, GError **error);

/* From now on @registrar has them. (nullable): nobody has; once. */
void kith_phones_attach (KithPhones *phones, KithRegistrar *registrar);

/* So many there may be. */
guint kith_phones_get_max (KithPhones *phones);

/* In the order of their names; (transfer container) (element-type KithPhoneEntry). */
GPtrArray *kith_phones_list (KithPhones *phones);

/* (transfer none), until it is removed; NULL: there is none of this name. */
const KithPhoneEntry *kith_phones_get (KithPhones *phones, const char *name);
const KithPhoneEntry *kith_phones_get_by_number (KithPhones *phones, const char *number);

/* What may be asked for a phone; NULL: as it is, or the default. */
typedef struct {
  const char *number; /* default: the next one that is free */
  const char *rights; /* default: "home" */
  const char *digest; /* default: "auto" */
} KithPhoneWishes;

/* Adds a phone with a password of its own. KITH_ERROR_INVALID_ARGUMENTS (name, number, class or
   digest: what would be right), KITH_ERROR_EXISTS (the name or the number is taken),
   KITH_ERROR_LIMIT_REACHED. */
void kith_phones_add_async (KithPhones *phones,
                            const char *name,
                            const KithPhoneWishes *wishes,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* Changes one. KITH_ERROR_NOT_FOUND, KITH_ERROR_EXISTS (also: it stands in kith.conf),
   KITH_ERROR_INVALID_ARGUMENTS; so do the two below. */
void kith_phones_set_async (KithPhones *phones,
                            const char *name,
                            const KithPhoneWishes *wishes,
                            GAsyncReadyCallback callback,
                            gpointer user_data);

/* A new password: what registered with the old one is gone. */
void kith_phones_set_password_async (KithPhones *phones,
                                     const char *name,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

void kith_phones_remove_async (KithPhones *phones,
                               const char *name,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

/* Adds all of @lines (of kith_phone_import_read(), transfer full) or none; errors begin with the
   line: "17: number 300 is desk's". */
void kith_phones_import_async (KithPhones *phones,
                               GPtrArray *lines,
                               GAsyncReadyCallback callback,
                               gpointer user_data);

/* FALSE and an error; else @password (out, nullable) (transfer full): the new one or NULL, which
   the caller wipes, and @name (out, nullable) (transfer full): the phone's in its normal form. */
gboolean kith_phones_change_finish (KithPhones *phones,
                                    GAsyncResult *result,
                                    gchar **name,
                                    gchar **password,
                                    GError **error);

/* Ends a binding; an id that is not there is passed over. */
void kith_phones_end_binding (KithPhones *phones, guint id);

/* Keeps at once what is otherwise kept within 5 s. @callback (nullable): it is on the disk, or
   cannot be kept, which the log says; answered by kith_phones_change_finish(). */
void kith_phones_flush_async (KithPhones *phones, GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
