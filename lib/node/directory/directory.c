/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pins first, then the locators; searches for the same key are shared. */
#include "node/directory/directory.h"

#include <string.h>

#include "base/error.h"
#include "node/directory/name-search.h"
#include "node/directory/reach-copies.h"
#include "node/directory/reach-search.h"

#define MAX_SEARCHES 16
#define OVER_LIFE_US (1 * G_USEC_PER_SEC)   /* a search younger than this is shared, */
#define SEARCH_LIFE_US (4 * G_USEC_PER_SEC) /* … and one younger than this that goes on */
#define MAX_COPIES 16
/* how long it is remembered by which name a key was found */
#define NAME_LIFE_US (60 * G_USEC_PER_SEC)
#define COPIES_DATA "kith-copies"

struct _KithDirectory {
  GObject parent_instance;
  KithClock *clock;
  KithTrust *trust;
  guint8 least_work;
  GPtrArray *locators;
  GQueue searches; /* of KithReachSearch, newest first */
  GQueue copies;   /* of KithReachCopies, newest first */
};

G_DEFINE_FINAL_TYPE (KithDirectory, kith_directory, G_TYPE_OBJECT)

static void
kith_directory_dispose (GObject *object)
{
  KithDirectory *directory = KITH_DIRECTORY (object);

  g_queue_clear_full (&directory->searches, g_object_unref);
  while (directory->copies.head != NULL) {
    g_autoptr (KithReachCopies) copy = g_queue_pop_head (&directory->copies);
    g_signal_handlers_disconnect_by_data (copy, directory);
  }
  g_clear_pointer (&directory->locators, g_ptr_array_unref);
  g_clear_object (&directory->trust);
  g_clear_object (&directory->clock);
  G_OBJECT_CLASS (kith_directory_parent_class)->dispose (object);
}

static void
kith_directory_class_init (KithDirectoryClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_directory_dispose;
}

static void
kith_directory_init (KithDirectory *directory)
{
  directory->locators = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&directory->searches);
  g_queue_init (&directory->copies);
}

KithDirectory *
kith_directory_new (KithClock *clock, KithTrust *trust, guint8 least_work)
{
  KithDirectory *directory = g_object_new (KITH_TYPE_DIRECTORY, NULL);

  directory->clock = g_object_ref (clock);
  directory->trust = g_object_ref (trust);
  directory->least_work = least_work;
  return directory;
}

void
kith_directory_add (KithDirectory *directory, KithLocator *locator)
{
  g_ptr_array_add (directory->locators, g_object_ref (locator));
}

GPtrArray *
kith_directory_get_locators (KithDirectory *directory)
{
  return directory->locators;
}

/* Reach: one search for each key, shared while it is young. */

static KithReachSearch *
find_search (KithDirectory *directory, const KithPeerKey *identity)
{
  for (GList *l = directory->searches.head; l != NULL; l = l->next) {
    if (kith_peer_key_equal (kith_reach_search_get_identity (l->data), identity)) {
      return l->data;
    }
  }
  return NULL;
}

/* @by_name: the key was found by a name, whose inbox was asked already. */
static KithReachSearch *
get_search (KithDirectory *directory, const KithPeerKey *identity, gboolean by_name)
{
  gint64 now = kith_clock_now (directory->clock);

  for (GList *l = directory->searches.head; l != NULL; l = l->next) {
    if (kith_peer_key_equal (kith_reach_search_get_identity (l->data), identity)) {
      gint64 age = now - kith_reach_search_get_started (l->data);
      if (age < (kith_reach_search_is_over (l->data) ? OVER_LIFE_US : SEARCH_LIFE_US)) {
        return l->data;
      }
      g_object_unref (l->data);
      g_queue_delete_link (&directory->searches, l);
      break;
    }
  }
  if (directory->searches.length == MAX_SEARCHES) {
    g_object_unref (g_queue_pop_tail (&directory->searches));
  }
  KithReachSearch *search = kith_reach_search_new (directory->clock, identity, directory->locators);
  g_queue_push_head (&directory->searches, search);
  if (!by_name) {
    kith_reach_search_ask_inbox (search, directory->locators);
  }
  return search;
}

static void
drop_search (KithDirectory *directory, KithReachSearch *search)
{
  if (g_queue_remove (&directory->searches, search)) {
    g_object_unref (search);
  }
}

static void
on_reach_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  KithReach *reach = kith_reach_search_wait_finish (KITH_REACH_SEARCH (source), result, &error);

  /* A slot serves one caller and "offline" may be over in a second: the next call asks anew. */
  drop_search (g_task_get_source_object (task), KITH_REACH_SEARCH (source));
  if (reach == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_task_return_pointer (task, reach, g_free);
}

void
kith_directory_forget (KithDirectory *directory, const KithPeerKey *identity)
{
  KithReachSearch *search = find_search (directory, identity);

  if (search != NULL) {
    drop_search (directory, search);
  }
}

void
kith_directory_reach_async (KithDirectory *directory,
                            const KithPeerKey *identity,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (directory, cancellable, callback, user_data);

  kith_reach_search_wait_async (get_search (directory, identity, FALSE),
                                cancellable,
                                on_reach_found,
                                task);
}

KithReach *
kith_directory_reach_finish (KithDirectory *directory, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

KithReachWatch *
kith_directory_watch (KithDirectory *directory,
                      const KithPeerKey *identity,
                      guint delay_ms,
                      KithReachWatchFunc func,
                      gpointer user_data)
{
  return kith_reach_watch_new (directory->clock,
                               directory->locators,
                               identity,
                               delay_ms,
                               func,
                               user_data);
}

/* Copies beside a name */

static void
on_copy_found (KithReachCopies *copy, const KithReach *reach, KithDirectory *directory)
{
  KithReachSearch *search = find_search (directory, &reach->device.identity);

  if (search != NULL) {
    kith_reach_search_offer (search, reach);
  }
}

/* The name has told all that it has: its keys need not wait for more of it. */
static void
on_copies_done (KithReachCopies *copy, KithDirectory *directory)
{
  g_autoptr (GPtrArray) searches = g_ptr_array_new_with_free_func (g_object_unref);

  for (GList *l = directory->searches.head; l != NULL; l = l->next) {
    if (kith_reach_copies_has_key (copy, kith_reach_search_get_identity (l->data))) {
      g_ptr_array_add (searches, g_object_ref (l->data));
    }
  }
  for (guint i = 0; i < searches->len; i++) {
    kith_reach_search_settle (searches->pdata[i]);
  }
}

static void
drop_oldest_copy (KithDirectory *directory)
{
  g_autoptr (KithReachCopies) oldest = g_queue_pop_tail (&directory->copies);

  g_signal_handlers_disconnect_by_data (oldest, directory);
}

static void
look_beside (KithDirectory *directory, KithNameSearch *claims)
{
  const guint8 *secret = kith_name_search_get_secret (claims);

  if (secret == NULL) {
    return;
  }
  if (directory->copies.length == MAX_COPIES) {
    drop_oldest_copy (directory);
  }
  KithReachCopies *copy = kith_reach_copies_new (directory->clock, secret, directory->locators);
  g_queue_push_head (&directory->copies, copy);
  g_signal_connect (copy, "found", G_CALLBACK (on_copy_found), directory);
  g_signal_connect (copy, "done", G_CALLBACK (on_copies_done), directory);
  g_object_set_data_full (G_OBJECT (claims), COPIES_DATA, g_object_ref (copy), g_object_unref);
}

gboolean
kith_directory_get_name_secret (KithDirectory *directory,
                                const KithPeerKey *identity,
                                guint8 secret[32])
{
  gint64 oldest = kith_clock_now (directory->clock) - NAME_LIFE_US;

  for (GList *l = directory->copies.head; l != NULL; l = l->next) {
    if (kith_reach_copies_get_started (l->data) >= oldest
        && kith_reach_copies_has_key (l->data, identity)) {
      memcpy (secret, kith_reach_copies_get_secret (l->data), 32);
      return TRUE;
    }
  }
  return FALSE;
}

/* Names */

static GPtrArray *
single (KithFound *contact)
{
  GPtrArray *contacts = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_found_free);

  g_ptr_array_add (contacts, contact);
  return contacts;
}

static KithFound *
contact_of_key (const KithAddress *address,
                const KithPeerKey *key,
                KithProof proof,
                const char *source)
{
  KithFound *contact = kith_found_new ();

  contact->name = g_strdup (address->name);
  contact->key = *key;
  contact->proof = proof;
  contact->source = g_strdup (source);
  contact->age_ms = -1;
  return contact;
}

/* An invitation with a tag and a key says that they belong together: only a claim, or a pin that we
   made, can show it. */
static gboolean
needs_proof (KithDirectory *directory, const KithAddress *address)
{
  KithPeerKey pinned;

  return address->has_tag && address->name != NULL
         && !(kith_trust_get_pin (directory->trust, address->name, &pinned)
              && kith_peer_key_equal (&pinned, &address->key));
}

/* What is known without asking anyone; NULL when the network has to be asked. */
static KithFound *
known_contact (KithDirectory *directory, const KithAddress *address)
{
  KithPeerKey key;

  if (address->has_key && !needs_proof (directory, address)) {
    return contact_of_key (address, &address->key, KITH_PROOF_KEY, "address");
  }
  if (address->kind == KITH_ADDRESS_SIP) {
    KithFound *contact = kith_found_new ();
    contact->sip_uri = g_strdup (address->sip_uri);
    contact->name = g_strdup (address->sip_user);
    contact->source = g_strdup ("address");
    contact->age_ms = -1;
    return contact;
  }
  if (address->kind == KITH_ADDRESS_NAME
      && kith_trust_get_pin (directory->trust, address->name, &key)) {
    return contact_of_key (address, &key, KITH_PROOF_PINNED, "petname");
  }
  return NULL;
}

gboolean
kith_directory_knows (KithDirectory *directory, const KithAddress *address)
{
  g_autoptr (KithFound) known = known_contact (directory, address);

  return known != NULL;
}

static void
on_seen (KithNameSearch *search, const KithPeerKey *key, KithDirectory *directory)
{
  g_autoptr (KithReachSearch) reach = g_object_ref (get_search (directory, key, TRUE));
  KithReachCopies *copy = g_object_get_data (G_OBJECT (search), COPIES_DATA);

  if (copy == NULL) {
    return;
  }
  kith_reach_copies_add_key (copy, key);
  if (kith_reach_copies_is_done (copy)) {
    kith_reach_search_settle (reach);
  }
}

static void
on_claims_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GPtrArray *contacts = kith_name_search_run_finish (KITH_NAME_SEARCH (source), result, &error);

  const KithPeerKey *meant = g_task_get_task_data (task); /* NULL: the address has no key */
  if (contacts == NULL && meant != NULL
      && g_error_matches (error, KITH_ERROR, KITH_ERROR_NOT_FOUND)) {
    g_error_free (error);
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_UNREACHABLE,
                             "nobody in the network shows the tag of this address: they are "
                             "offline, or the address is wrong");
    return;
  }
  if (contacts == NULL) {
    g_task_return_error (task, error);
    return;
  }
  const KithFound *first = contacts->pdata[0];
  if (meant != NULL && !kith_peer_key_equal (&first->key, meant)) {
    g_ptr_array_unref (contacts);
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_UNTRUSTED,
                             "the key in this address is not that of its tag: ask for the address "
                             "again");
    return;
  }
  g_task_return_pointer (task, contacts, (GDestroyNotify)g_ptr_array_unref);
}

void
kith_directory_resolve_async (KithDirectory *directory,
                              const KithAddress *address,
                              KithSearchDepth depth,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (directory, cancellable, callback, user_data);
  KithFound *known = known_contact (directory, address);

  if (known != NULL) {
    if (!kith_peer_key_is_zero (&known->key)) {
      (void)get_search (directory, &known->key, FALSE);
    }
    g_task_return_pointer (task, single (known), (GDestroyNotify)g_ptr_array_unref);
    return;
  }
  if (address->has_key) {
    g_task_set_task_data (task, g_memdup2 (&address->key, sizeof address->key), g_free);
  }
  g_autoptr (KithNameSearch) search
      = kith_name_search_new (directory->clock, address, directory->least_work, depth);
  look_beside (directory, search);
  g_signal_connect_object (search, "seen", G_CALLBACK (on_seen), directory, G_CONNECT_DEFAULT);
  kith_name_search_run_async (search,
                              directory->locators,
                              cancellable,
                              on_claims_found,
                              g_steal_pointer (&task));
}

GPtrArray *
kith_directory_resolve_finish (KithDirectory *directory, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
