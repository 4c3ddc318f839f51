/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps contacts by their keys, with one pin for each name. */
#include "node/people/contacts.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "model/names/epoch.h"
#include "store/contact-store.h"

struct _KithContacts {
  GObject parent_instance;
  KithClock *clock;
  KithTrust *trust;
  KithDatabase *database;
  KithPeerKey self;
  GHashTable *by_id;     /* id → KithContact (owned) */
  GHashTable *by_key;    /* KithPeerKey in the person → KithContact */
  GHashTable *uncounted; /* set of ids whose bytes changed since the last flush */
  guint last_id;         /* the greatest that was given out */
  gint64 day;            /* of the last look at the bytes of the day */
};

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
  g_clear_object (&contacts->database);
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
}

static void
enter (KithContacts *contacts, KithContact *person)
{
  g_hash_table_insert (contacts->by_id, GUINT_TO_POINTER (person->id), person);
  g_hash_table_insert (contacts->by_key, &person->key, person);
  contacts->last_id = MAX (contacts->last_id, person->id);
}

KithContacts *
kith_contacts_new (KithClock *clock,
                   KithTrust *trust,
                   KithDatabase *database,
                   const KithPeerKey *self,
                   GError **error)
{
  g_autoptr (GPtrArray) people = kith_contact_store_load (database, KITH_CONTACTS_MAX, error);

  if (people == NULL) {
    return NULL;
  }
  KithContacts *contacts = g_object_new (KITH_TYPE_CONTACTS, NULL);
  contacts->database = g_object_ref (database);
  contacts->clock = g_object_ref (clock);
  contacts->trust = g_object_ref (trust);
  contacts->self = *self;
  contacts->day = kith_epoch_at (kith_clock_wall (clock));
  g_ptr_array_set_free_func (people, NULL);
  for (guint i = 0; i < people->len; i++) {
    enter (contacts, people->pdata[i]);
  }
  return contacts;
}

static gint64
now_s (KithContacts *contacts)
{
  return kith_clock_wall (contacts->clock) / G_USEC_PER_SEC;
}

static KithContact *
lookup (KithContacts *contacts, guint id, GError **error)
{
  KithContact *person = g_hash_table_lookup (contacts->by_id, GUINT_TO_POINTER (id));

  if (person == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_FOUND,
                         "there is no such contact: `kith contact list` shows all");
  }
  return person;
}

static const KithContact *
find_name (KithContacts *contacts, const char *name)
{
  GHashTableIter iter;
  gpointer person;

  g_hash_table_iter_init (&iter, contacts->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &person)) {
    if (strcmp (((KithContact *)person)->name, name) == 0) {
      return person;
    }
  }
  return NULL;
}

/* Names: a contact's is pinned to its key */

/* TRUE when @name (normal form) may stand for @key. */
static gboolean
check_name (KithContacts *contacts, const char *name, const KithPeerKey *key, GError **error)
{
  const KithContact *other = find_name (contacts, name);
  KithPeerKey pinned;

  if ((other != NULL && !kith_peer_key_equal (&other->key, key))
      || (kith_trust_get_pin (contacts->trust, name, &pinned)
          && !kith_peer_key_equal (&pinned, key))) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "you know somebody else as %s already: choose another name with --name NAME",
                 name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_new (KithContacts *contacts, const KithFound *found, const char *name, GError **error)
{
  const KithContact *known = kith_contacts_find (contacts, &found->key);

  if (kith_peer_key_is_zero (&found->key)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "an ordinary SIP address has no key: only people of Kith can be contacts");
    return FALSE;
  }
  if (kith_peer_key_equal (&found->key, &contacts->self)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "that is your own address");
    return FALSE;
  }
  if (known != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "they are your contact %s already: `kith contact set %s` changes it",
                 known->name,
                 known->name);
    return FALSE;
  }
  if (name == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "a key has no name: choose one with --name NAME");
    return FALSE;
  }
  if (g_hash_table_size (contacts->by_id) >= KITH_CONTACTS_MAX) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "there are %u contacts already: remove one first",
                 KITH_CONTACTS_MAX);
    return FALSE;
  }
  return TRUE;
}

/* Takes back what was pinned for a change that could not be kept; @was: there was a pin before. */
static void
unpin (KithContacts *contacts, const char *name, gboolean was)
{
  if (!was) {
    (void)kith_trust_forget (contacts->trust, name, NULL);
  }
}

static gboolean
is_pinned (KithContacts *contacts, const char *name)
{
  KithPeerKey pinned;

  return kith_trust_get_pin (contacts->trust, name, &pinned);
}

/* Keeps @person under an id of its own. A file that was damaged begins anew and numbers from 1 again: then all are written once more. */
static gboolean
store_new (KithContacts *contacts, KithContact *person, GError **error)
{
  GHashTableIter iter;
  gpointer other;

  if (!kith_contact_store_add (contacts->database, person, error)) {
    return FALSE;
  }
  if (person->id > contacts->last_id) {
    return TRUE;
  }
  if (!kith_contact_store_remove (contacts->database, person->id, error)) {
    return FALSE;
  }
  g_hash_table_iter_init (&iter, contacts->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &other)) {
    if (!kith_contact_store_update (contacts->database, other, error)) {
      return FALSE;
    }
  }
  return kith_contact_store_add (contacts->database, person, error);
}

const KithContact *
kith_contacts_add (KithContacts *contacts,
                   const KithFound *found,
                   const char *name,
                   gboolean relay,
                   GError **error)
{
  g_autoptr (KithContact) person = kith_contact_new ();
  const char *chosen = name != NULL ? name : found->name;

  if (!kith_database_check_lasting (contacts->database, error)
      || !check_new (contacts, found, chosen, error)) {
    return NULL;
  }
  person->name = kith_name_normalize (chosen, error);
  if (person->name == NULL || !check_name (contacts, person->name, &found->key, error)) {
    return NULL;
  }
  person->own_name = g_strdup (found->name);
  person->key = found->key;
  person->has_tag = found->has_tag;
  memcpy (person->tag, found->tag, sizeof person->tag);
  person->relay = relay;
  person->since = now_s (contacts);
  gboolean was_pinned = is_pinned (contacts, person->name);
  if (!kith_trust_pin (contacts->trust, person->name, &person->key, person->since, error)) {
    return NULL;
  }
  if (!store_new (contacts, person, error)) {
    unpin (contacts, person->name, was_pinned);
    return NULL;
  }
  KithContact *kept = g_steal_pointer (&person);
  enter (contacts, kept);
  g_signal_emit (contacts, signals[SIGNAL_ADDED], 0, kept);
  return kept;
}

const KithContact *
kith_contacts_get (KithContacts *contacts, guint id)
{
  return g_hash_table_lookup (contacts->by_id, GUINT_TO_POINTER (id));
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

/* Forgets the pin of a name that is no longer theirs. FALSE: that could not be kept. */
static gboolean
drop_pin (KithContacts *contacts, const char *name, const KithPeerKey *key, GError **error)
{
  KithTrustLevel level = kith_trust_judge (contacts->trust, name, key);

  return level == KITH_TRUST_MISMATCH || level == KITH_TRUST_UNKNOWN
         || kith_trust_forget (contacts->trust, name, error);
}

/* Takes that back: @level is what it was. */
static void
restore_pin (KithContacts *contacts, const KithContact *person, KithTrustLevel level)
{
  if (level == KITH_TRUST_SEEN || level == KITH_TRUST_VERIFIED) {
    (void)kith_trust_pin (contacts->trust, person->name, &person->key, now_s (contacts), NULL);
  }
  if (level == KITH_TRUST_VERIFIED) {
    (void)kith_trust_verify (contacts->trust, person->name, &person->key, NULL);
  }
}

/* Their new name: pinned, with its being verified, and kept. */
static gboolean
rename_person (KithContacts *contacts, KithContact *person, const char *name, GError **error)
{
  KithTrustLevel level = kith_trust_judge (contacts->trust, person->name, &person->key);
  gchar *before = person->name;

  if (!kith_trust_pin (contacts->trust, name, &person->key, now_s (contacts), error)
      || (level == KITH_TRUST_VERIFIED
          && !kith_trust_verify (contacts->trust, name, &person->key, error))) {
    return FALSE;
  }
  person->name = g_strdup (name);
  if (!kith_contact_store_update (contacts->database, person, error)) {
    g_free (person->name);
    person->name = before;
    return FALSE;
  }
  if (!drop_pin (contacts, before, &person->key, error)) {
    g_free (person->name);
    person->name = before;
    (void)kith_contact_store_update (contacts->database, person, NULL);
    return FALSE;
  }
  g_free (before);
  return TRUE;
}

gboolean
kith_contacts_set_name (KithContacts *contacts, guint id, const char *name, GError **error)
{
  KithContact *person = lookup (contacts, id, error);
  g_autofree gchar *normal = person != NULL ? kith_name_normalize (name, error) : NULL;

  if (normal == NULL) {
    return FALSE;
  }
  if (strcmp (normal, person->name) == 0) {
    return TRUE;
  }
  if (!kith_database_check_lasting (contacts->database, error)
      || !check_name (contacts, normal, &person->key, error)) {
    return FALSE;
  }
  gboolean was_pinned = is_pinned (contacts, normal);
  if (!rename_person (contacts, person, normal, error)) {
    unpin (contacts, normal, was_pinned);
    return FALSE;
  }
  g_signal_emit (contacts, signals[SIGNAL_CHANGED], 0, person);
  return TRUE;
}

gboolean
kith_contacts_set_relay (KithContacts *contacts, guint id, gboolean relay, GError **error)
{
  KithContact *person = lookup (contacts, id, error);

  if (person == NULL) {
    return FALSE;
  }
  if (person->relay == relay) {
    return TRUE;
  }
  if (!kith_database_check_lasting (contacts->database, error)) {
    return FALSE;
  }
  person->relay = relay;
  if (!kith_contact_store_update (contacts->database, person, error)) {
    person->relay = !relay;
    return FALSE;
  }
  g_signal_emit (contacts, signals[SIGNAL_RELAY_CHANGED], 0, person);
  g_signal_emit (contacts, signals[SIGNAL_CHANGED], 0, person);
  return TRUE;
}

gboolean
kith_contacts_remove (KithContacts *contacts, guint id, GError **error)
{
  KithContact *person = lookup (contacts, id, error);

  if (person == NULL || !kith_database_check_lasting (contacts->database, error)) {
    return FALSE;
  }
  KithTrustLevel level = kith_trust_judge (contacts->trust, person->name, &person->key);
  if (!drop_pin (contacts, person->name, &person->key, error)) {
    return FALSE;
  }
  if (!kith_contact_store_remove (contacts->database, id, error)) {
    restore_pin (contacts, person, level);
    return FALSE;
  }
  (void)g_hash_table_steal (contacts->by_id, GUINT_TO_POINTER (id));
  (void)g_hash_table_remove (contacts->by_key, &person->key);
  (void)g_hash_table_remove (contacts->uncounted, GUINT_TO_POINTER (id));
  g_signal_emit (contacts, signals[SIGNAL_REMOVED], 0, person);
  kith_contact_free (person);
  return TRUE;
}

void
kith_contacts_set_online (KithContacts *contacts, guint id, gboolean online)
{
  KithContact *person = lookup (contacts, id, NULL);

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
  KithContact *person = lookup (contacts, id, NULL);

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
  KithContact *person = lookup (contacts, id, NULL);

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

void
kith_contacts_flush (KithContacts *contacts)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (contacts->uncounted);

  g_hash_table_remove_all (contacts->uncounted);
  for (GList *l = ids; l != NULL; l = l->next) {
    KithContact *person = lookup (contacts, GPOINTER_TO_UINT (l->data), NULL);
    g_autoptr (GError) error = NULL;
    if (person == NULL) {
      continue;
    }
    if (!kith_contact_store_update (contacts->database, person, &error)) {
      kith_warning ("contact", "what was relayed cannot be kept: %s", error->message);
    }
    g_signal_emit (contacts, signals[SIGNAL_CHANGED], 0, person);
  }
}
