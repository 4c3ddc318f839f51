/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds and checks the work of a name in threads. */
#include "identity/proof.h"

#include <sodium.h>
#include <string.h>
#include <sys/resource.h>

#include "base/error.h"
#include "base/log.h"

#define DOMAIN_TEXT "kith1"
#define SALT_TEXT "kith1 name work"
#define OPSLIMIT 1
#define MEMLIMIT (64 * 1024 * 1024)
#define HASH_LEN 32
#define MAX_CHECK_THREADS 2
#define LOWEST_PRIORITY 19

/* One search; shared by its thread and the cancellable's handler. */
typedef struct {
  gatomicrefcount refs;
  gint over; /* atomic: whoever sets it returns the task */
  GTask *task;
  gulong cancelled_handler;
  KithPeerKey key;
  guint8 difficulty;
  gchar name[KITH_NAME_MAX + 1];
} Search;

typedef struct {
  guint64 nonce;
  guint8 tag[KITH_TAG_LEN];
} Found;

typedef struct {
  KithClaim claim;
  guint8 least;
} Check;

gboolean
kith_work_evaluate (const char *name, const KithPeerKey *key, guint64 nonce, guint8 hash[32])
{
  g_return_val_if_fail (name != NULL && key != NULL && strlen (name) <= KITH_NAME_MAX, FALSE);
  gchar password[sizeof DOMAIN_TEXT + KITH_NAME_MAX + KITH_KEY_LEN + sizeof nonce];
  guint8 salt_source[crypto_generichash_BYTES];
  guint64 big_endian = GUINT64_TO_BE (nonce);
  gchar *at = g_stpcpy (g_stpcpy (password, DOMAIN_TEXT), name);

  memcpy (at, key->bytes, KITH_KEY_LEN);
  memcpy (at + KITH_KEY_LEN, &big_endian, sizeof big_endian);
  gsize len = (gsize)(at - password) + KITH_KEY_LEN + sizeof big_endian;
  (void)crypto_generichash (salt_source,
                            sizeof salt_source,
                            (const guint8 *)SALT_TEXT,
                            strlen (SALT_TEXT),
                            NULL,
                            0);
  return crypto_pwhash (hash,
                        HASH_LEN,
                        password,
                        len,
                        salt_source,
                        OPSLIMIT,
                        MEMLIMIT,
                        crypto_pwhash_ALG_ARGON2ID13)
         == 0;
}

guint
kith_work_bits (const guint8 hash[32])
{
  guint bits = 0;

  while (bits < HASH_LEN * 8 && (hash[bits / 8] >> (7 - bits % 8) & 1) == 0) {
    bits++;
  }
  return bits;
}

void
kith_work_tag (const guint8 hash[32], guint8 difficulty, guint8 tag[KITH_TAG_LEN])
{
  g_return_if_fail (difficulty <= KITH_WORK_BITS_MAX);
  memset (tag, 0, KITH_TAG_LEN);
  for (guint i = 0; i < KITH_TAG_LEN * 8; i++) {
    guint bit = difficulty + i;
    tag[i / 8] |= (guint8)((hash[bit / 8] >> (7 - bit % 8) & 1) << (7 - i % 8));
  }
}

static void
return_no_memory (GTask *task)
{
  g_task_return_new_error (
      task,
      KITH_ERROR,
      KITH_ERROR_LIMIT_REACHED,
      "There are no 64 MiB of memory to compute the tag of a name; close something and try again");
}

static void
return_cancelled (GTask *task)
{
  g_task_return_new_error (task,
                           KITH_ERROR,
                           KITH_ERROR_CANCELLED,
                           "%s",
                           kith_error_text (KITH_ERROR_CANCELLED));
}

/* Search */

static void
search_unref (gpointer data)
{
  Search *search = data;

  if (g_atomic_ref_count_dec (&search->refs)) {
    g_object_unref (search->task);
    g_free (search);
  }
}

static Search *
search_ref (Search *search)
{
  g_atomic_ref_count_inc (&search->refs);
  return search;
}

/* TRUE for the one caller that may return the task. */
static gboolean
claim_return (Search *search)
{
  return g_atomic_int_compare_and_exchange (&search->over, FALSE, TRUE);
}

static gboolean
on_idle_return_cancelled (gpointer user_data)
{
  return_cancelled (((Search *)user_data)->task);
  return G_SOURCE_REMOVE;
}

/* Any thread. Returns the task from the main context, so that the callback never runs inside
   g_cancellable_cancel(). */
static void
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Search *search = user_data;

  if (!claim_return (search)) {
    return;
  }
  GSource *source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_idle_return_cancelled, search_ref (search), search_unref);
  g_source_attach (source, g_task_get_context (search->task));
  g_source_unref (source);
}

/* Of this thread only: on Linux a nice value belongs to a thread, and 0 means the calling one. */
static void
lower_priority (void)
{
  if (setpriority (PRIO_PROCESS, 0, LOWEST_PRIORITY) != 0) {
    kith_debug ("identity", "the search for the tag runs at normal priority");
  }
}

/* Counts until found, out of memory or over. */
static void
search_run (Search *search)
{
  guint8 hash[HASH_LEN];

  for (guint64 nonce = 0; !g_atomic_int_get (&search->over); nonce++) {
    if (!kith_work_evaluate (search->name, &search->key, nonce, hash)) {
      if (claim_return (search)) {
        return_no_memory (search->task);
      }
      return;
    }
    if (kith_work_bits (hash) >= search->difficulty && claim_return (search)) {
      Found *found = g_new0 (Found, 1);
      found->nonce = nonce;
      kith_work_tag (hash, search->difficulty, found->tag);
      g_task_return_pointer (search->task, found, g_free);
      return;
    }
  }
}

static gpointer
search_thread (gpointer data)
{
  Search *search = data;
  GCancellable *cancellable = g_task_get_cancellable (search->task);

  if (search->difficulty > 0) {
    lower_priority ();
  }
  search_run (search);
  if (cancellable != NULL) {
    g_cancellable_disconnect (cancellable, search->cancelled_handler);
  }
  search_unref (search);
  return NULL;
}

/* Checks */

/* Everything that can be seen without an evaluation. */
static const char *
find_flaw (const Check *check)
{
  if (!check->claim.has_work) {
    return "The claim has no work yet";
  }
  if (check->claim.difficulty < check->least) {
    return "The claim has less work than this network asks for";
  }
  return check->claim.difficulty > KITH_WORK_BITS_MAX
             ? "The claim says to have an impossible amount of work"
             : NULL;
}

static void
return_flaw (GTask *task, const char *flaw)
{
  g_task_return_new_error (task,
                           KITH_ERROR,
                           KITH_ERROR_UNTRUSTED,
                           "%s; its tag proves nothing",
                           flaw);
}

static void
run_check (gpointer data, gpointer user_data)
{
  g_autoptr (GTask) task = data;
  const Check *check = g_task_get_task_data (task);
  guint8 hash[HASH_LEN];
  guint8 tag[KITH_TAG_LEN];

  if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    return_cancelled (task);
    return;
  }
  if (!kith_work_evaluate (check->claim.name, &check->claim.identity, check->claim.nonce, hash)) {
    return_no_memory (task);
    return;
  }
  kith_work_tag (hash, check->claim.difficulty, tag);
  if (kith_work_bits (hash) < check->claim.difficulty
      || memcmp (tag, check->claim.tag, KITH_TAG_LEN) != 0) {
    return_flaw (task, "The claim's work does not hold");
    return;
  }
  g_task_return_pointer (task, g_memdup2 (tag, KITH_TAG_LEN), g_free);
}

static GThreadPool *
get_check_pool (void)
{
  static gsize once = 0;
  static GThreadPool *pool;

  if (g_once_init_enter (&once)) {
    pool = g_thread_pool_new (run_check, NULL, MAX_CHECK_THREADS, FALSE, NULL);
    g_once_init_leave (&once, 1);
  }
  return pool;
}

/* Public functions */

void
kith_work_find_async (const char *name,
                      const KithPeerKey *key,
                      guint8 difficulty,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  g_return_if_fail (name != NULL && strlen (name) <= KITH_NAME_MAX && key != NULL);
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_source_tag (task, kith_work_find_async);
  g_task_set_check_cancellable (task, FALSE);
  if (difficulty > KITH_WORK_BITS_MAX) {
    g_task_return_new_error (task,
                             KITH_ERROR,
                             KITH_ERROR_INVALID_ARGUMENTS,
                             "At most %d bits of work can be asked for",
                             KITH_WORK_BITS_MAX);
    return;
  }
  Search *search = g_new0 (Search, 1);
  g_atomic_ref_count_init (&search->refs);
  search->task = g_steal_pointer (&task);
  search->key = *key;
  search->difficulty = difficulty;
  g_strlcpy (search->name, name, sizeof search->name);
  if (cancellable != NULL) {
    search->cancelled_handler = g_cancellable_connect (cancellable,
                                                       G_CALLBACK (on_cancelled),
                                                       search_ref (search),
                                                       search_unref);
  }
  GThread *thread = g_thread_try_new ("kith-tag", search_thread, search_ref (search), NULL);
  if (thread != NULL) {
    g_thread_unref (thread);
  } else {
    search_unref (search);
    if (claim_return (search)) {
      return_no_memory (search->task);
    }
  }
  search_unref (search);
}

gboolean
kith_work_find_finish (GAsyncResult *result,
                       guint64 *nonce,
                       guint8 tag[KITH_TAG_LEN],
                       GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  g_autofree Found *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL) {
    return FALSE;
  }
  *nonce = found->nonce;
  memcpy (tag, found->tag, KITH_TAG_LEN);
  return TRUE;
}

void
kith_work_check_async (const KithClaim *claim,
                       guint8 least_difficulty,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  g_return_if_fail (claim != NULL);
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Check *check = g_new0 (Check, 1);

  g_task_set_source_tag (task, kith_work_check_async);
  g_task_set_check_cancellable (task, FALSE);
  check->claim = *claim;
  check->claim.name[KITH_NAME_MAX] = '\0';
  check->least = least_difficulty;
  g_task_set_task_data (task, check, g_free);
  const char *flaw = find_flaw (check);
  if (flaw != NULL) {
    return_flaw (task, flaw);
    g_object_unref (task);
    return;
  }
  /* if no thread can be made now, a later one takes it */
  (void)g_thread_pool_push (get_check_pool (), task, NULL);
}

gboolean
kith_work_check_finish (GAsyncResult *result, guint8 tag[KITH_TAG_LEN], GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), FALSE);
  g_autofree guint8 *found = g_task_propagate_pointer (G_TASK (result), error);

  if (found == NULL) {
    return FALSE;
  }
  memcpy (tag, found, KITH_TAG_LEN);
  return TRUE;
}
