/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps contacts by their keys, with one pin for each name. */
#include "node/people/contacts.h"

#include <string.h>

#include "base/log.h"
#include "model/names/epoch.h"
#include "node/people/contacts-private.h"
#include "store/contact-store.h"

G_DEFINE_FINAL_TYPE (KithContacts, kith_contacts, G_TYPE_OBJECT)

enum { SIGNAL_ADDED, SIGNAL_CHANGED, SIGNAL_RELAY_CHANGED, SIGNAL_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
kith_contacts_finalize (GObject *object)
{
  KithContacts *contacts = KITH_CONTACTS (object);

  g_hash_table_unref (contacts->uncounted);
  g_hash_table_unref (contacts->by_key);
  g_hash_table_unref (contacts->by_id);
  g_clear_object (&contacts->store);
  g_clear_object (&contacts->trust);
  g_clear_object (&contacts->clock);
  G_OBJECT_CLASS (kith_contacts_parent_class)->finalize (object);
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name,
                       KITH_TYPE_CONTACTS,
                       G_SIGNAL_RUN_LAST,
                       0,
                       NULL,
                       NULL,
                       NULL,
                       G_TYPE_NONE,
                       1,
                       G_TYPE_POINTER);
}

static void
kith_contacts_class_init (KithContactsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_contacts_finalize;
  signals[SIGNAL_ADDED] = add_signal ("added");
  signals[SIGNAL_CHANGED] = add_signal ("changed");
  signals[SIGNAL_RELAY_CHANGED] = add_signal ("relay-changed");
  signals[SIGNAL_REMOVED] = add_signal ("removed");
}

static void
kith_contacts_init (KithContacts *contacts)
{
  contacts->by_id = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)kith_contact_free);
  contacts->by_key = g_hash_table_new (kith_peer_key_hash, kith_peer_key_equal);
  contacts->uncounted = g_hash_table_new (NULL, NULL);
  g_queue_init (&contacts->changes);
}

void
kith_contacts_enter (KithContacts *contacts, KithContact *person)
{
  g_hash_table_insert (contacts->by_id, GUINT_TO_POINTER (person->id), person);
  g_hash_table_insert (contacts->by_key, &person->key, person);
  contacts->last_id = MAX (contacts->last_id, person->id);
}

KithContacts *
kith_contacts_new (KithClock *clock,
                   KithTrust *trust,
                   KithStore *store,
                   const KithPeerKey *self,
                   GError **error)
{
  g_autoptr (GPtrArray) people
      = kith_contact_store_load (kith_store_get_database (store), KITH_CONTACTS_MAX, error);

  if (people == NULL) {
    return NULL;
  }
  KithContacts *contacts = g_object_new (KITH_TYPE_CONTACTS, NULL);
  contacts->store = g_object_ref (store);
  contacts->clock = g_object_ref (clock);
  contacts->trust = g_object_ref (trust);
  contacts->self = *self;
  contacts->day = kith_epoch_at (kith_clock_wall (clock));
  g_ptr_array_set_free_func (people, NULL);
  for (guint i = 0; i < people->len; i++) {
    kith_contacts_enter (contacts, people->pdata[i]);
  }
  return contacts;
}

void
kith_contacts_tell_added (KithContacts *contacts, const KithContact *person)
{
  g_signal_emit (contacts, signals[SIGNAL_ADDED], 0, person);
}

void
kith_contacts_tell_changed (KithContacts *contacts, const KithContact *person)
{
  g_signal_emit (contacts, signals[SIGNAL_CHANGED], 0, person);
}

void
kith_contacts_tell_relay (KithContacts *contacts, const KithContact *person)
{
  g_signal_emit (contacts, signals[SIGNAL_RELAY_CHANGED], 0, person);
}

void
kith_contacts_drop (KithContacts *contacts, KithContact *person)
{
  (void)g_hash_table_steal (contacts->by_id, GUINT_TO_POINTER (person->id));
  (void)g_hash_table_remove (contacts->by_key, &person->key);
  (void)g_hash_table_remove (contacts->uncounted, GUINT_TO_POINTER (person->id));
  g_signal_emit (contacts, signals[SIGNAL_REMOVED], 0, person);
  kith_contact_free (person);
}

static KithContact *
lookup (KithContacts *contacts, guint id)
{
  return g_hash_table_lookup (contacts->by_id, GUINT_TO_POINTER (id));
}

const KithContact *
kith_contacts_get (KithContacts *contacts, guint id)
{
  return lookup (contacts, id);
}

const KithContact *
kith_contacts_find (KithContacts *contacts, const KithPeerKey *key)
{
  return g_hash_table_lookup (contacts->by_key, key);
}

const KithContact *
kith_contacts_find_friend (KithContacts *contacts, const KithPeerKey *key)
{
  const KithContact *person = kith_contacts_find (contacts, key);

  return person != NULL && person->relay ? person : NULL;
}

const KithContact *
kith_contacts_find_number (KithContacts *contacts, const char *number)
{
  GHashTableIter iter;
  gpointer person;

  g_hash_table_iter_init (&iter, contacts->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &person)) {
    const char *theirs = ((KithContact *)person)->number;
    if (theirs != NULL && strcmp (theirs, number) == 0) {
      return person;
    }
  }
  return NULL;
}

void
kith_contacts_set_fault (KithContacts *contacts, KithContactFaultFunc fault, gpointer user_data)
{
  contacts->fault = fault;
  contacts->fault_data = user_data;
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  guint id_a = (*(const KithContact *const *)a)->id;
  guint id_b = (*(const KithContact *const *)b)->id;

  return id_a < id_b ? -1 : id_a > id_b;
}

GPtrArray *
kith_contacts_list (KithContacts *contacts)
{
  GPtrArray *list = g_ptr_array_sized_new (g_hash_table_size (contacts->by_id));
  GHashTableIter iter;
  gpointer person;

  g_hash_table_iter_init (&iter, contacts->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &person)) {
    g_ptr_array_add (list, person);
  }
  g_ptr_array_sort (list, compare_ids);
  return list;
}

void
kith_contacts_set_online (KithContacts *contacts, guint id, gboolean online)
{
  KithContact *person = lookup (contacts, id);

  if (person != NULL && person->online != online) {
    person->online = online;
    kith_info ("contact",
               "contact/%u is %s",
               id,
               online ? "linked with us" : "not linked with us any more");
    g_signal_emit (contacts, signals[SIGNAL_CHANGED], 0, person);
  }
}

void
kith_contacts_set_relays (KithContacts *contacts, guint id, KithRelaysForUs relays)
{
  KithContact *person = lookup (contacts, id);

  if (person != NULL && person->relays_for_us != relays) {
    person->relays_for_us = relays;
    g_signal_emit (contacts, signals[SIGNAL_CHANGED], 0, person);
  }
}

/* Bytes */

static void
turn_day (KithContacts *contacts, KithContact *person)
{
  gint64 day = kith_epoch_at (kith_clock_wall (contacts->clock));

  if (person->relayed_day != day) {
    person->relayed_day = day;
    person->relayed_today = 0;
  }
}

void
kith_contacts_add_relayed (KithContacts *contacts, guint id, guint64 bytes)
{
  KithContact *person = lookup (contacts, id);

  if (person == NULL || bytes == 0) {
    return;
  }
  turn_day (contacts, person);
  person->relayed += bytes;
  person->relayed_today += bytes;
  (void)g_hash_table_add (contacts->uncounted, GUINT_TO_POINTER (id));
}

guint64
kith_contacts_get_relayed_today (KithContacts *contacts, const KithContact *person)
{
  gint64 day = kith_epoch_at (kith_clock_wall (contacts->clock));

  return person->relayed_day == day ? person->relayed_today : 0;
}

void
kith_contacts_check_day (KithContacts *contacts)
{
  gint64 day = kith_epoch_at (kith_clock_wall (contacts->clock));
  g_autoptr (GPtrArray) people = contacts->day != day ? kith_contacts_list (contacts) : NULL;

  contacts->day = day;
  for (guint i = 0; people != NULL && i < people->len; i++) {
    const KithContact *person = people->pdata[i];
    if (person->relayed_day != day && person->relayed_today > 0) {
      g_signal_emit (contacts, signals[SIGNAL_CHANGED], 0, person);
    }
  }
}
