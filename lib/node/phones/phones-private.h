/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the phones, shared by the files that hold them, change them and hear of them. */
#pragma once

#include "node/phones/phones.h"

G_BEGIN_DECLS

struct _KithPhones {
  GObject parent_instance;
  KithClock *clock;
  KithStore *store;
  KithRegistrar *registrar; /* NULL: nobody has them */
  KithPhonesParts parts;    /* clock, store and lines are not owned by it */
  GTree *entries;           /* name → KithPhoneEntry (owned) */
  GHashTable *numbers;      /* number → its entry */
  GHashTable *bindings;     /* id → KithPhoneBinding (of its entry) */
  GHashTable *late_ids;     /* set of ids of bindings that are not kept yet as they are … */
  GHashTable *late_pasts;   /* … and of names (owned) whose past is not */
  KithTimer flush_timer;
  GQueue changes; /* of GTask: those that wait for their turn */
  gboolean is_changing;
};

KithPhoneEntry *kith_phones_find (KithPhones *phones, const char *name);

/* Adds an entry of @phone, or changes that one; tells of it, and the registrar. With another secret
   than before what registered ends. */
void kith_phones_enter (KithPhones *phones, const KithPhone *phone);

/* Forgets it; tells of it, and the registrar. */
void kith_phones_drop (KithPhones *phones, const char *name);

/* phone-reports.c: what the registrar tells, and what it is told. */
void kith_phones_hear (KithPhones *phones);
void kith_phones_tell_phone (KithPhones *phones, const KithPhoneEntry *entry);
void kith_phones_put_event (KithPhones *phones, KithPhoneEntry *entry, KithPhoneEvent event);

/* The binding is in no list any more; frees it. */
void kith_phones_unbind (KithPhones *phones, KithPhoneBinding *binding);

void kith_phones_signal_changed (KithPhones *phones, const KithPhoneEntry *entry);
void kith_phones_signal_bound (KithPhones *phones, const KithPhoneBinding *binding);
void kith_phones_signal_unbound (KithPhones *phones, const KithPhoneBinding *binding);

G_END_DECLS
