/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes contacts one after the other: each is checked, kept by the store's thread with the pins
   of its name, and only then known. */
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "model/phone/phone.h"
#include "node/people/contacts-private.h"
#include "node/people/pins.h"
#include "store/contact-store.h"

typedef enum {
  CHANGE_ADD,
  CHANGE_NAME,
  CHANGE_NUMBER,
  CHANGE_RELAY,
  CHANGE_REMOVE,
  CHANGE_COUNTS
} Kind;

typedef struct {
  Kind kind;
  guint id;            /* CHANGE_ADD: once it is there */
  gchar *name;         /* CHANGE_NAME, CHANGE_NUMBER: what was asked for */
  gboolean relay;      /* CHANGE_RELAY */
  GArray *ids;         /* CHANGE_COUNTS: whose */
  KithContact *person; /* as the row will be; CHANGE_COUNTS: NULL */
  /* rows of KithContact: CHANGE_COUNTS: those that changed; CHANGE_ADD: all, should the file begin
     anew */
  GPtrArray *others;
  guint last_id;
  KithTrustMove *move; /* of the pin of its name, in memory; NULL: there is none … */
  KithTrustCopy *pins; /* … as the file will be */
  gboolean wrote_pins;
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->name);
  g_clear_pointer (&change->ids, g_array_unref);
  kith_contact_free (change->person);
  g_clear_pointer (&change->others, g_ptr_array_unref);
  kith_trust_move_free (change->move);
  kith_trust_copy_free (change->pins);
  g_free (change);
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

/* On the store's thread */

static gboolean
write_rows (KithDatabase *database, Change *change, GError **error)
{
  switch (change->kind) {
  case CHANGE_ADD:
    return kith_contact_store_add_to (database,
                                      change->person,
                                      change->others,
                                      change->last_id,
                                      error);
  case CHANGE_NAME:
  case CHANGE_NUMBER:
  case CHANGE_RELAY:
    return kith_contact_store_update (database, change->person, error);
  case CHANGE_REMOVE:
    return kith_contact_store_remove (database, change->id, error);
  case CHANGE_COUNTS:
    return kith_contact_store_update_all (database, change->others, error);
  }
  return FALSE;
}

/* The row and the pins of its name, both or none. */
static gboolean
keep (KithDatabase *database, gpointer data, GError **error)
{
  Change *change = data;

  if (change->kind != CHANGE_COUNTS && !kith_database_check_lasting (database, error)) {
    return FALSE;
  }
  if (!kith_database_begin (database, error)) {
    return FALSE;
  }
  gboolean ok = write_rows (database, change, error);
  if (ok && change->pins != NULL) {
    ok = kith_trust_copy_write (change->pins, error);
    change->wrote_pins = ok;
  }
  if (ok && kith_database_commit (database, error)) {
    return TRUE;
  }
  kith_database_rollback (database);
  return FALSE;
}

/* Names: a contact's is pinned to its key */

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

/* Something else that is dialled by @text (nullable). (transfer full), NULL: nothing is. */
static gchar *
find_fault (KithContacts *contacts, const char *text)
{
  return text != NULL && contacts->fault != NULL ? contacts->fault (text, contacts->fault_data)
                                                 : NULL;
}

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
  g_autofree gchar *fault = find_fault (contacts, name);
  if (fault != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "%s: choose another name with --name NAME",
                 fault);
    return FALSE;
  }
  return TRUE;
}

/* Moves the pin of their name from @from to @to, of which either may be NULL. */
static gboolean
move_pin (KithContacts *contacts, Change *change, const char *from, const char *to, GError **error)
{
  change->move
      = kith_trust_move (contacts->trust, from, to, &change->person->key, now_s (contacts), error);
  if (change->move == NULL) {
    return FALSE;
  }
  change->pins = kith_trust_copy (contacts->trust);
  return TRUE;
}

static void
move_back (KithContacts *contacts, const Change *change)
{
  if (change->move != NULL) {
    kith_trust_move_back (contacts->trust, change->move);
  }
  if (change->wrote_pins) {
    kith_pins_keep (contacts->trust, contacts->store, "contact");
  }
}

/* The turn of a change: is it allowed, and what will the row be? */

static gboolean
check_new (KithContacts *contacts, const KithContact *person, GError **error)
{
  const KithContact *known = kith_contacts_find (contacts, &person->key);

  if (kith_peer_key_is_zero (&person->key)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "an ordinary SIP address has no key: only people of Kith can be contacts");
    return FALSE;
  }
  if (kith_peer_key_equal (&person->key, &contacts->self)) {
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
  if (person->name == NULL) {
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

static void
copy_others (KithContacts *contacts, Change *change)
{
  GHashTableIter iter;
  gpointer person;

  change->last_id = contacts->last_id;
  change->others = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_contact_free);
  g_hash_table_iter_init (&iter, contacts->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &person)) {
    g_ptr_array_add (change->others, kith_contact_copy (person));
  }
}

static gboolean
prepare_add (KithContacts *contacts, Change *change, GError **error)
{
  KithContact *person = change->person;

  if (!check_new (contacts, person, error)) {
    return FALSE;
  }
  gchar *normal = kith_name_normalize (person->name, error);
  if (normal == NULL) {
    return FALSE;
  }
  g_free (person->name);
  person->name = normal;
  person->since = now_s (contacts);
  if (!check_name (contacts, normal, &person->key, error)
      || !move_pin (contacts, change, NULL, normal, error)) {
    return FALSE;
  }
  copy_others (contacts, change);
  return TRUE;
}

/* FALSE and no error: that is the name already. */
static gboolean
prepare_name (KithContacts *contacts, Change *change, const KithContact *person, GError **error)
{
  gchar *normal = kith_name_normalize (change->name, error);

  if (normal == NULL) {
    return FALSE;
  }
  g_free (change->person->name);
  change->person->name = normal;
  return strcmp (normal, person->name) != 0 && check_name (contacts, normal, &person->key, error)
         && move_pin (contacts, change, person->name, normal, error);
}

/* FALSE and no error: they have it already. */
static gboolean
prepare_number (KithContacts *contacts, Change *change, const KithContact *person, GError **error)
{
  const char *number = *change->name != '\0' ? change->name : NULL;
  const KithContact *other = number != NULL ? kith_contacts_find_number (contacts, number) : NULL;

  if (g_strcmp0 (number, person->number) == 0
      || (number != NULL && !kith_phone_number_check (number, error))) {
    return FALSE;
  }
  g_autofree gchar *fault = other != NULL
                                ? g_strdup_printf ("Number %s is %s's", number, other->name)
                                : find_fault (contacts, number);
  if (fault != NULL) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_EXISTS, "%s: choose another with --number", fault);
    return FALSE;
  }
  g_free (change->person->number);
  change->person->number = g_strdup (number);
  return TRUE;
}

static void
prepare_counts (KithContacts *contacts, Change *change)
{
  change->others = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_contact_free);
  for (guint i = 0; i < change->ids->len; i++) {
    const KithContact *person = lookup (contacts, g_array_index (change->ids, guint, i), NULL);
    if (person != NULL) {
      g_ptr_array_add (change->others, kith_contact_copy (person));
    }
  }
}

/* FALSE and no error: it is so already. */
static gboolean
prepare (KithContacts *contacts, Change *change, GError **error)
{
  KithContact *person = NULL;

  if (change->kind == CHANGE_COUNTS) {
    prepare_counts (contacts, change);
    return TRUE;
  }
  if (change->kind != CHANGE_ADD) {
    person = lookup (contacts, change->id, error);
    if (person == NULL || (change->kind == CHANGE_RELAY && person->relay == change->relay)) {
      return FALSE;
    }
    change->person = kith_contact_copy (person);
    change->person->relay = change->kind == CHANGE_RELAY ? change->relay : person->relay;
  }
  switch (change->kind) {
  case CHANGE_ADD:
    return prepare_add (contacts, change, error);
  case CHANGE_NAME:
    return prepare_name (contacts, change, person, error);
  case CHANGE_NUMBER:
    return prepare_number (contacts, change, person, error);
  case CHANGE_REMOVE:
    return move_pin (contacts, change, person->name, NULL, error);
  case CHANGE_RELAY:
  case CHANGE_COUNTS:
    return TRUE;
  }
  return FALSE;
}

/* It is kept: now it is so. */
static void
apply (KithContacts *contacts, Change *change)
{
  KithContact *person = lookup (contacts, change->id, NULL);

  switch (change->kind) {
  case CHANGE_ADD:
    person = g_steal_pointer (&change->person);
    change->id = person->id;
    kith_contacts_enter (contacts, person);
    kith_contacts_tell_added (contacts, person);
    break;
  case CHANGE_NAME:
    g_free (person->name);
    person->name = g_strdup (change->person->name);
    kith_contacts_tell_changed (contacts, person);
    break;
  case CHANGE_NUMBER:
    g_free (person->number);
    person->number = g_strdup (change->person->number);
    kith_contacts_tell_changed (contacts, person);
    break;
  case CHANGE_RELAY:
    person->relay = change->relay;
    kith_contacts_tell_relay (contacts, person);
    kith_contacts_tell_changed (contacts, person);
    break;
  case CHANGE_REMOVE:
    kith_contacts_drop (contacts, person);
    break;
  case CHANGE_COUNTS:
    break;
  }
}

static void start_next (KithContacts *contacts);

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (KithContacts) contacts = g_object_ref (g_task_get_source_object (task));
  Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (kith_store_run_finish (KITH_STORE (source), result, NULL, &error)) {
    apply (contacts, change);
    g_task_return_int (task, (gssize)change->id);
  } else {
    move_back (contacts, change);
    if (change->kind == CHANGE_COUNTS) {
      kith_warning ("contact", "what was relayed cannot be kept: %s", error->message);
    }
    g_task_return_error (task, error);
  }
  contacts->is_changing = FALSE;
  start_next (contacts);
}

/* Gives the next change its turn, if no other one has it. */
static void
start_next (KithContacts *contacts)
{
  while (!contacts->is_changing && contacts->changes.length > 0) {
    g_autoptr (GTask) task = g_queue_pop_head (&contacts->changes);
    Change *change = g_task_get_task_data (task);
    GError *error = NULL;

    if (prepare (contacts, change, &error)) {
      contacts->is_changing = TRUE;
      kith_store_run_async (contacts->store, keep, change, NULL, on_kept, g_steal_pointer (&task));
    } else if (error == NULL) {
      g_task_return_int (task, (gssize)change->id);
    } else {
      g_task_return_error (task, error);
    }
  }
}

static void
ask (KithContacts *contacts, Change *change, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (contacts, NULL, callback, user_data);

  g_task_set_task_data (task, change, change_free);
  g_queue_push_tail (&contacts->changes, task);
  start_next (contacts);
}

static Change *
change_new (Kind kind, guint id)
{
  Change *change = g_new0 (Change, 1);

  change->kind = kind;
  change->id = id;
  return change;
}

void
kith_contacts_add_async (KithContacts *contacts,
                         const KithFound *found,
                         const char *name,
                         gboolean relay,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  Change *change = change_new (CHANGE_ADD, 0);
  KithContact *person = kith_contact_new ();

  person->name = g_strdup (name != NULL ? name : found->name);
  person->own_name = g_strdup (found->name);
  person->key = found->key;
  person->has_tag = found->has_tag;
  memcpy (person->tag, found->tag, sizeof person->tag);
  person->relay = relay;
  change->person = person;
  ask (contacts, change, callback, user_data);
}

void
kith_contacts_set_name_async (KithContacts *contacts,
                              guint id,
                              const char *name,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  Change *change = change_new (CHANGE_NAME, id);

  change->name = g_strdup (name);
  ask (contacts, change, callback, user_data);
}

void
kith_contacts_set_number_async (KithContacts *contacts,
                                guint id,
                                const char *number,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  Change *change = change_new (CHANGE_NUMBER, id);

  change->name = g_strdup (number);
  ask (contacts, change, callback, user_data);
}

void
kith_contacts_set_relay_async (KithContacts *contacts,
                               guint id,
                               gboolean relay,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  Change *change = change_new (CHANGE_RELAY, id);

  change->relay = relay;
  ask (contacts, change, callback, user_data);
}

void
kith_contacts_remove_async (KithContacts *contacts,
                            guint id,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  ask (contacts, change_new (CHANGE_REMOVE, id), callback, user_data);
}

guint
kith_contacts_change_finish (KithContacts *contacts, GAsyncResult *result, GError **error)
{
  gssize id = g_task_propagate_int (G_TASK (result), error);

  return id > 0 ? (guint)id : 0;
}

void
kith_contacts_flush_async (KithContacts *contacts, GAsyncReadyCallback callback, gpointer user_data)
{
  Change *change = change_new (CHANGE_COUNTS, 0);
  g_autoptr (GList) ids = g_hash_table_get_keys (contacts->uncounted);

  g_hash_table_remove_all (contacts->uncounted);
  change->ids = g_array_new (FALSE, FALSE, sizeof (guint));
  for (GList *l = ids; l != NULL; l = l->next) {
    guint id = GPOINTER_TO_UINT (l->data);
    const KithContact *person = lookup (contacts, id, NULL);
    if (person != NULL) {
      g_array_append_val (change->ids, id);
      kith_contacts_tell_changed (contacts, person);
    }
  }
  if (change->ids->len == 0 && callback == NULL) {
    change_free (change);
    return;
  }
  ask (contacts, change, callback, user_data);
}
