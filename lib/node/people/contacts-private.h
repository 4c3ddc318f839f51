/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the contacts, shared by the file that knows them and the one that changes them. */
#pragma once

#include "node/people/contacts.h"

G_BEGIN_DECLS

struct _KithContacts {
  GObject parent_instance;
  KithClock *clock;
  KithTrust *trust;
  KithStore *store;
  KithPeerKey self;
  GHashTable *by_id;          /* id → KithContact (owned) */
  GHashTable *by_key;         /* KithPeerKey in the person → KithContact */
  GHashTable *uncounted;      /* set of ids whose bytes changed since the last flush */
  GQueue changes;             /* of GTask: those that wait for their turn, see contact-changes.c */
  gboolean is_changing;       /* one has its turn */
  guint last_id;              /* the greatest that was given out */
  gint64 day;                 /* of the last look at the bytes of the day */
  KithContactFaultFunc fault; /* (nullable) */
  gpointer fault_data;
};

/* Enters @person (transfer full), who is in the database, under its id. */
void kith_contacts_enter (KithContacts *contacts, KithContact *person);

/* What is known of them changed: signals. */
void kith_contacts_tell_added (KithContacts *contacts, const KithContact *person);
void kith_contacts_tell_changed (KithContacts *contacts, const KithContact *person);
void kith_contacts_tell_relay (KithContacts *contacts, const KithContact *person);

/* Forgets @person, who is in the database no more, and tells. */
void kith_contacts_drop (KithContacts *contacts, KithContact *person);

G_END_DECLS
