/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collects claims of one name, counts each key once, and proves the tag that was asked for. */
#include "node/directory/name-search.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "identity/proof.h"
#include "identity/seal.h"
#include "node/directory/query.h"

#define MAX_CLAIMS 64 /* as many values as a look-up gives */

/* Claims whose work is evaluated. Of the tag that was asked for: all, or a few forgeries would hide
   the honest one. */
#define MAX_CHECKS MAX_CLAIMS
#define MAX_EVIDENCE 4 /* beside a bare name */
#define MAX_SEEN 4     /* whose place is looked up beforehand */

/* After the first claim of a bare name the others are waited for as long again as it took, and so
   long at least. Every node near the place keeps all claims, so that they come together; one that
   is dead would hold up the look-up by a second and more. */
#define OTHERS_MS 400
#define OTHERS_MOST_MS 3000

typedef struct {
  KithClaim claim;
  gchar *source;
  gboolean tag_holds; /* the work was evaluated and proves the tag */
} Found;

struct _KithNameSearch {
  GObject parent_instance;
  KithClock *clock;
  KithAddress *address;
  guint8 least_work;
  KithSearchDepth depth;
  guint8 secret[32];
  KithDirectoryQuery *query;
  GTask *task;
  GCancellable *cancellable; /* of the work checks */
  GPtrArray *claims;         /* of Found */
  GPtrArray *contacts;       /* of KithFound: what will be returned */
  gint64 started;
  guint others_timer;
  guint checks_started;
  guint checks_pending;
  guint asked;
  gboolean over;
  gboolean alone; /* there is a network to ask, and nobody in it answered */
};

G_DEFINE_FINAL_TYPE (KithNameSearch, kith_name_search, G_TYPE_OBJECT)

enum { SIGNAL_SEEN, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
found_free (gpointer data)
{
  Found *found = data;

  g_free (found->source);
  g_free (found);
}

static KithFound *
contact_from_claim (KithNameSearch *search, const Found *found, KithProof proof)
{
  KithFound *contact = kith_found_new ();

  contact->name = g_strdup (found->claim.name);
  contact->key = found->claim.identity;
  contact->has_tag = proof == KITH_PROOF_TAG || found->tag_holds;
  memcpy (contact->tag, found->claim.tag, KITH_TAG_LEN);
  contact->proof = proof;
  contact->source = g_strdup (found->source);
  contact->age_ms = MAX (0, kith_clock_wall (search->clock) / 1000 - found->claim.issued * 1000);
  return contact;
}

/* Ends the search with what stands in contacts. */
static void
finish (KithNameSearch *search)
{
  g_autoptr (GTask) task = g_steal_pointer (&search->task);

  if (task == NULL) {
    return;
  }
  g_clear_pointer (&search->query, kith_directory_query_free);
  kith_clock_cancel (search->clock, &search->others_timer);
  g_cancellable_cancel (search->cancellable);
  if (g_task_return_error_if_cancelled (task)) {
    return;
  }
  if (search->contacts->len > 0) {
    g_task_return_pointer (task,
                           g_steal_pointer (&search->contacts),
                           (GDestroyNotify)g_ptr_array_unref);
    return;
  }
  if (search->asked == 0) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "no locator is running: see `kith status`");
    return;
  }
  if (search->alone) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_NOT_READY,
                             "no other node of the network answers: see `kith status`");
    return;
  }
  g_autofree gchar *who = search->address->has_tag
                              ? kith_name_with_tag (search->address->name, search->address->tag)
                              : g_strdup (search->address->name);
  g_task_return_new_error (task,
                           KITH_ERROR,
                           KITH_ERROR_NOT_FOUND,
                           search->address->has_tag ? "nobody in the network proves to be %s"
                                                    : "nobody in the network goes by the name %s",
                           who);
}

typedef struct {
  KithNameSearch *search;
  Found *found; /* a copy */
} Check;

static void finish_if_over (KithNameSearch *search);

static Found *
find_key (KithNameSearch *search, const KithPeerKey *key)
{
  for (guint i = 0; i < search->claims->len; i++) {
    Found *found = search->claims->pdata[i];
    if (kith_peer_key_equal (&found->claim.identity, key)) {
      return found;
    }
  }
  return NULL;
}

/* What a proved tag means: the one who was asked for, or evidence beside a name that several
   use. */
static void
take_tag (KithNameSearch *search, const Found *checked, const guint8 *tag)
{
  Found *found = find_key (search, &checked->claim.identity);

  if (!search->address->has_tag) {
    if (found != NULL) {
      found->tag_holds = TRUE;
    }
    return;
  }
  if (memcmp (tag, search->address->tag, KITH_TAG_LEN) == 0) {
    g_ptr_array_add (search->contacts, contact_from_claim (search, checked, KITH_PROOF_TAG));
    finish (search);
  }
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Check *check = user_data;
  g_autoptr (KithNameSearch) search = check->search;
  guint8 tag[KITH_TAG_LEN];
  g_autoptr (GError) error = NULL;

  search->checks_pending--;
  if (!kith_work_check_finish (result, tag, &error)) {
    kith_info ("directory", "a claim's tag was refused: %s", error->message);
  } else if (search->task != NULL) {
    take_tag (search, check->found, tag);
  }
  found_free (check->found);
  g_free (check);
  finish_if_over (search);
}

static void
check_work (KithNameSearch *search, const Found *found)
{
  guint most = search->address->has_tag ? MAX_CHECKS : MAX_EVIDENCE;

  if (!found->claim.has_work || search->checks_started == most) {
    return;
  }
  Check *check = g_new0 (Check, 1);
  check->search = g_object_ref (search);
  check->found = g_memdup2 (found, sizeof *found);
  check->found->source = g_strdup (found->source);
  search->checks_started++;
  search->checks_pending++;
  kith_work_check_async (&found->claim, search->least_work, search->cancellable, on_checked, check);
}

static void
check_tag (KithNameSearch *search, const Found *found)
{
  if (memcmp (found->claim.tag, search->address->tag, KITH_TAG_LEN) == 0) {
    check_work (search, found);
  }
}

static void
finish_if_over (KithNameSearch *search)
{
  gboolean bare = !search->address->has_tag;

  if (!search->over || search->task == NULL) {
    return;
  }
  if (bare && search->claims->len > 1 && search->checks_started == 0) {
    for (guint i = 0; i < search->claims->len; i++) {
      check_work (search, search->claims->pdata[i]);
    }
  }
  if (search->checks_pending > 0) {
    return;
  }
  for (guint i = 0; bare && i < search->claims->len; i++) {
    KithFound *contact = contact_from_claim (search, search->claims->pdata[i], KITH_PROOF_NONE);
    g_ptr_array_add (search->contacts, contact);
  }
  finish (search);
}

/* One more claim of a key that is known: the newer one counts, and what its tag says. */
static void
take_newer (KithNameSearch *search, Found *found, const KithClaim *claim)
{
  gboolean other_tag
      = claim->has_work
        && (!found->claim.has_work || memcmp (claim->tag, found->claim.tag, KITH_TAG_LEN) != 0);

  if (claim->seq <= found->claim.seq) {
    return;
  }
  found->claim = *claim;
  if (other_tag && search->address->has_tag) {
    check_tag (search, found);
  }
}

static gboolean
on_others_time (gpointer user_data)
{
  g_autoptr (KithNameSearch) search = g_object_ref (user_data);

  search->others_timer = 0;
  search->over = TRUE;
  finish_if_over (search);
  return G_SOURCE_REMOVE;
}

static void
wait_for_others (KithNameSearch *search)
{
  gint64 took_ms = (kith_clock_now (search->clock) - search->started) / 1000;
  gint64 wait_ms = search->depth == KITH_SEARCH_ALL ? OTHERS_MOST_MS
                                                    : CLAMP (took_ms, OTHERS_MS, OTHERS_MOST_MS);

  search->others_timer = kith_clock_add (search->clock, (guint)wait_ms, on_others_time, search);
}

static void
take_claim (KithNameSearch *search, KithLocator *locator, const KithClaim *claim)
{
  Found *found = find_key (search, &claim->identity);

  if (found != NULL) {
    take_newer (search, found, claim);
    return;
  }
  if (search->claims->len == MAX_CLAIMS) {
    return;
  }
  found = g_new0 (Found, 1);
  found->claim = *claim;
  found->source = g_strdup (kith_locator_get_name (locator));
  g_ptr_array_add (search->claims, found);
  if (search->claims->len <= MAX_SEEN) {
    g_signal_emit (search, signals[SIGNAL_SEEN], 0, &found->claim.identity);
  }
  if (search->address->has_tag) {
    check_tag (search, found);
  } else if (search->claims->len == 1) {
    wait_for_others (search);
  }
}

static void
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  g_autoptr (KithNameSearch) search = g_object_ref (user_data);
  KithClaim claim;

  if (contact != NULL) {
    if (!search->address->has_tag) {
      g_ptr_array_add (search->contacts, kith_found_copy (contact));
      finish (search);
    }
    return;
  }
  gint64 now = kith_clock_wall (search->clock) / G_USEC_PER_SEC;
  if (value != NULL
      && kith_claim_open (value, search->address->name, search->secret, now, &claim, NULL)) {
    take_claim (search, locator, &claim);
  }
}

static void
on_done (guint asked, gpointer user_data)
{
  g_autoptr (KithNameSearch) search = g_object_ref (user_data);

  search->asked = asked;
  search->alone = kith_directory_query_was_unanswered (search->query);
  search->over = TRUE;
  finish_if_over (search);
}

static void
kith_name_search_finalize (GObject *object)
{
  KithNameSearch *search = KITH_NAME_SEARCH (object);

  g_clear_pointer (&search->query, kith_directory_query_free);
  if (search->clock != NULL) {
    kith_clock_cancel (search->clock, &search->others_timer);
  }
  g_clear_object (&search->clock);
  g_clear_object (&search->task);
  g_clear_object (&search->cancellable);
  g_clear_pointer (&search->address, kith_address_free);
  g_clear_pointer (&search->claims, g_ptr_array_unref);
  g_clear_pointer (&search->contacts, g_ptr_array_unref);
  G_OBJECT_CLASS (kith_name_search_parent_class)->finalize (object);
}

static void
kith_name_search_class_init (KithNameSearchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_name_search_finalize;
  signals[SIGNAL_SEEN] = g_signal_new ("seen",
                                       KITH_TYPE_NAME_SEARCH,
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
kith_name_search_init (KithNameSearch *search)
{
  search->claims = g_ptr_array_new_with_free_func (found_free);
  search->contacts = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_found_free);
  search->cancellable = g_cancellable_new ();
}

KithNameSearch *
kith_name_search_new (KithClock *clock,
                      const KithAddress *address,
                      guint8 least_work,
                      KithSearchDepth depth)
{
  KithNameSearch *search = g_object_new (KITH_TYPE_NAME_SEARCH, NULL);
  g_autofree gchar *text = kith_address_to_text (address);

  search->clock = g_object_ref (clock);
  search->address = kith_address_parse (text, NULL);
  search->least_work = least_work;
  search->depth = depth;
  if (search->address != NULL && search->address->name != NULL) {
    kith_name_secret (search->address->name, search->secret);
  }
  return search;
}

const guint8 *
kith_name_search_get_secret (KithNameSearch *search)
{
  return search->address != NULL && search->address->name != NULL ? search->secret : NULL;
}

void
kith_name_search_run_async (KithNameSearch *search,
                            GPtrArray *locators,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  guint8 location[KITH_LOCATION_LEN];

  search->task = g_task_new (search, cancellable, callback, user_data);
  search->started = kith_clock_now (search->clock);
  g_task_set_check_cancellable (search->task, FALSE);
  if (search->address == NULL || search->address->name == NULL) {
    search->over = TRUE;
    finish (search);
    return;
  }
  kith_claim_location (search->secret, location);
  KithQuery question = { .name = search->address->name, .location = location };
  search->query = kith_directory_query_new (on_found, on_done, search);
  for (guint i = 0; i < locators->len; i++) {
    if (kith_locator_get_state (locators->pdata[i]) != KITH_LOCATOR_OFFLINE) {
      kith_directory_query_ask (search->query, locators->pdata[i], &question);
    }
  }
  kith_directory_query_run (search->query);
}

GPtrArray *
kith_name_search_run_finish (KithNameSearch *search, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
