/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contacts: whom the user keeps, under which name, and who of them may relay. */
#pragma once

#include <glib-object.h>

#include "base/clock.h"
#include "identity/trust.h"
#include "model/names/contact.h"
#include "model/names/found.h"
#include "store/store.h"

G_BEGIN_DECLS

#define KITH_CONTACTS_MAX 1000

/* Main thread. Changes are done one after the other. Each is on the disk before it is known and its
   callback comes; if it cannot be kept, nothing changes and KITH_ERROR_FAILED says why. */
#define KITH_TYPE_CONTACTS (kith_contacts_get_type ())
G_DECLARE_FINAL_TYPE (KithContacts, kith_contacts, KITH, CONTACTS, GObject)

/**
 * KithContacts signals, each with a gpointer const KithContact *: "added"; "changed" (its name,
 * relay, online or bytes; the relay setting is told by "relay-changed" as well); "removed" (it is
 * still there to be read, for the last time).
 */

/* @self: our own identity, who is no contact. The names of contacts are pinned in @trust, so that
   they are final wherever a name is looked up. They are read from @store, which has not started
   yet. (transfer full), or NULL and the error of the database. */
KithContacts *kith_contacts_new (KithClock *clock,
                                 KithTrust *trust,
                                 KithStore *store,
                                 const KithPeerKey *self,
                                 GError **error);

/**
 * kith_contacts_add_async:
 * @found: whom a look-up found, with a key; copied
 * @name: (nullable): what to call them; NULL: the name that was found
 *
 * Adds them and pins the name. Errors: KITH_ERROR_INVALID_ARGUMENTS (no key, our own key, or no
 * name), KITH_ERROR_INVALID_ADDRESS (@name is none), KITH_ERROR_EXISTS (the key is a contact, or
 * the name stands for somebody else), KITH_ERROR_LIMIT_REACHED, KITH_ERROR_FAILED (it cannot be
 * kept: cause and remedy; so do all changes below).
 */
void kith_contacts_add_async (KithContacts *contacts,
                              const KithFound *found,
                              const char *name,
                              gboolean relay,
                              GAsyncReadyCallback callback,
                              gpointer user_data);

/* NULL when there is none. (transfer none), until it is removed. */
const KithContact *kith_contacts_get (KithContacts *contacts, guint id);
const KithContact *kith_contacts_find (KithContacts *contacts, const KithPeerKey *key);

/* A contact with relay on of this key, or NULL. */
const KithContact *kith_contacts_find_friend (KithContacts *contacts, const KithPeerKey *key);

/* The one whom phones dial by @number, or NULL. */
const KithContact *kith_contacts_find_number (KithContacts *contacts, const char *number);

/* Why a contact may not have a name or a number, such as "Number 11 is desk's"; NULL: they may.
   (transfer full) */
typedef gchar *(*KithContactFaultFunc) (const char *text, gpointer user_data);

/* Who else is dialled by names and numbers; without, contacts alone are. */
void
kith_contacts_set_fault (KithContacts *contacts, KithContactFaultFunc fault, gpointer user_data);

/* All, the oldest first. (transfer container) (element-type KithContact) */
GPtrArray *kith_contacts_list (KithContacts *contacts);

/* KITH_ERROR_NOT_FOUND when there is no such contact. Another name moves the pin:
   KITH_ERROR_INVALID_ADDRESS, KITH_ERROR_EXISTS as above. */
void kith_contacts_set_name_async (KithContacts *contacts,
                                   guint id,
                                   const char *name,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
void kith_contacts_set_relay_async (KithContacts *contacts,
                                    guint id,
                                    gboolean relay,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

/* By which phones of the house dial them; "": none. KITH_ERROR_INVALID_ARGUMENTS (it is none),
   KITH_ERROR_EXISTS (somebody else has it), KITH_ERROR_NOT_FOUND. */
void kith_contacts_set_number_async (KithContacts *contacts,
                                     guint id,
                                     const char *number,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);

/* Forgets the contact and the pin of its name. KITH_ERROR_NOT_FOUND. */
void kith_contacts_remove_async (KithContacts *contacts,
                                 guint id,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);

/* The id of the contact that was added or changed, or 0 and an error. */
guint kith_contacts_change_finish (KithContacts *contacts, GAsyncResult *result, GError **error);

/* Whether a link to them is up. An unknown id is ignored. */
void kith_contacts_set_online (KithContacts *contacts, guint id, gboolean online);

/* What they said of relaying for us. An unknown id is ignored. */
void kith_contacts_set_relays (KithContacts *contacts, guint id, KithRelaysForUs relays);

/* So many bytes more were relayed for them; kept by kith_contacts_flush_async(). */
void kith_contacts_add_relayed (KithContacts *contacts, guint id, guint64 bytes);

/* What was relayed for them since midnight (UTC). */
guint64 kith_contacts_get_relayed_today (KithContacts *contacts, const KithContact *person);

/* To be called now and then: tells of those whose bytes of the day became those of yesterday. */
void kith_contacts_check_day (KithContacts *contacts);

/* Keeps the counts of bytes and tells of those that changed. @callback: (nullable): when that and
   all changes before it are on the disk, or cannot be kept, which the log says. */
void kith_contacts_flush_async (KithContacts *contacts,
                                GAsyncReadyCallback callback,
                                gpointer user_data);

G_END_DECLS
