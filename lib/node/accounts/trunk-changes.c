/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes trunks one after the other: each change is checked, kept by the store's thread, and only
   then known. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "node/accounts/trunks-private.h"

#define MAX_SHOWN 40

typedef enum { CHANGE_ADD, CHANGE_SET, CHANGE_ENABLE, CHANGE_REMOVE } Kind;

typedef struct {
  Kind kind;
  gchar *name;
  GHashTable *values; /* key → value (owned), or NULL */
  gchar *password;    /* NULL: as it is */
  gboolean enabled;   /* CHANGE_ENABLE */
  KithTrunkRow *row;  /* as it will be */
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  if (change->password != NULL) {
    explicit_bzero (change->password, strlen (change->password));
    g_free (change->password);
  }
  g_clear_pointer (&change->values, g_hash_table_unref);
  kith_trunk_row_free (change->row);
  g_free (change->name);
  g_free (change);
}

/* On the store's thread. */
static gboolean
keep (KithDatabase *database, gpointer data, GError **error)
{
  const Change *change = data;

  return kith_database_check_lasting (database, error)
         && (change->kind == CHANGE_REMOVE ? kith_trunk_store_remove (database, change->name, error)
                                           : kith_trunk_store_put (database, change->row, error));
}

/* The turn of a change: is it allowed, and what will the row be? */

static gboolean
prepare_add (KithTrunks *trunks, const Change *change, GError **error)
{
  const KithTrunkHeld *known = kith_trunks_find (trunks, change->name);

  if (!kith_trunk_name_check (change->name, error)) {
    return FALSE;
  }
  if (known != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "There is a trunk %s already: choose another name, or see `kith trunk show %s`",
                 change->name,
                 change->name);
    return FALSE;
  }
  if (g_tree_nnodes (trunks->all) >= KITH_TRUNKS_MAX) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "No more than %d trunks are allowed: remove one first",
                 KITH_TRUNKS_MAX);
    return FALSE;
  }
  change->row->trunk = kith_trunk_default (change->name);
  change->row->trunk.since = kith_clock_wall (trunks->clock) / G_USEC_PER_SEC;
  change->row->enabled = TRUE;
  return TRUE;
}

static gboolean
prepare_own (KithTrunks *trunks, const Change *change, GError **error)
{
  const KithTrunkHeld *held = kith_trunks_find (trunks, change->name);

  if (held == NULL) {
    g_autofree gchar *shown = kith_text_safe (change->name, -1, MAX_SHOWN);
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_NOT_FOUND,
                 "There is no trunk %s: `kith trunk list` shows all",
                 shown);
    return FALSE;
  }
  if (held->entry.line > 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "%s is set in kith.conf, line %u: change it there",
                 change->name,
                 held->entry.line);
    return FALSE;
  }
  change->row->trunk = held->entry.trunk;
  change->row->enabled = change->kind == CHANGE_ENABLE ? change->enabled : held->entry.enabled;
  (void)g_strlcpy (change->row->password, held->password, sizeof change->row->password);
  return TRUE;
}

static gboolean
apply_wishes (const Change *change, GError **error)
{
  KithTrunkRow *row = change->row;
  GHashTableIter iter;
  gpointer key, value;

  if (change->values != NULL) {
    g_hash_table_iter_init (&iter, change->values);
    while (g_hash_table_iter_next (&iter, &key, &value)) {
      if (!kith_trunk_set (&row->trunk, key, value, error)) {
        return FALSE;
      }
    }
  }
  if (change->password != NULL) {
    if (*change->password != '\0' && !kith_trunk_password_check (change->password, error)) {
      return FALSE;
    }
    (void)g_strlcpy (row->password, change->password, sizeof row->password);
  }
  g_autofree gchar *certificates = kith_trunks_read_certificates (&row->trunk, error);
  return certificates != NULL && kith_trunk_check (&row->trunk, error);
}

static gboolean
prepare (KithTrunks *trunks, const Change *change, GError **error)
{
  const gboolean ok = change->kind == CHANGE_ADD ? prepare_add (trunks, change, error)
                                                 : prepare_own (trunks, change, error);

  return ok && (change->kind == CHANGE_REMOVE || apply_wishes (change, error));
}

static void start_next (KithTrunks *trunks);

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (KithTrunks) trunks = g_object_ref (g_task_get_source_object (task));
  const Change *change = g_task_get_task_data (task);
  GError *error = NULL;

  if (!kith_store_run_finish (KITH_STORE (source), result, NULL, &error)) {
    g_task_return_error (task, error);
  } else {
    if (change->kind == CHANGE_REMOVE) {
      kith_trunks_drop (trunks, change->name);
    } else {
      kith_trunks_enter (trunks, change->row);
    }
    g_task_return_boolean (task, TRUE);
  }
  trunks->is_changing = FALSE;
  start_next (trunks);
}

/* Gives the next change its turn, if no other one has it. */
static void
start_next (KithTrunks *trunks)
{
  while (!trunks->is_changing && trunks->changes.length > 0) {
    g_autoptr (GTask) task = g_queue_pop_head (&trunks->changes);
    Change *change = g_task_get_task_data (task);
    GError *error = NULL;

    if (prepare (trunks, change, &error)) {
      trunks->is_changing = TRUE;
      kith_store_run_async (trunks->store, keep, change, NULL, on_kept, g_steal_pointer (&task));
    } else {
      g_task_return_error (task, error);
    }
  }
}

/* (transfer full) */
static Change *
change_new (Kind kind, const char *name, const KithTrunkWishes *wishes)
{
  Change *change = g_new0 (Change, 1);

  change->kind = kind;
  change->name = g_strdup (name);
  change->row = g_new0 (KithTrunkRow, 1);
  if (wishes != NULL) {
    change->values = wishes->values != NULL ? g_hash_table_ref (wishes->values) : NULL;
    change->password = g_strdup (wishes->password);
  }
  return change;
}

static void
ask (KithTrunks *trunks, Change *change, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (trunks, NULL, callback, user_data);

  g_task_set_task_data (task, change, change_free);
  g_queue_push_tail (&trunks->changes, task);
  start_next (trunks);
}

void
kith_trunks_add_async (KithTrunks *trunks,
                       const char *name,
                       const KithTrunkWishes *wishes,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  ask (trunks, change_new (CHANGE_ADD, name, wishes), callback, user_data);
}

void
kith_trunks_set_async (KithTrunks *trunks,
                       const char *name,
                       const KithTrunkWishes *wishes,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  ask (trunks, change_new (CHANGE_SET, name, wishes), callback, user_data);
}

void
kith_trunks_remove_async (KithTrunks *trunks,
                          const char *name,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  ask (trunks, change_new (CHANGE_REMOVE, name, NULL), callback, user_data);
}

void
kith_trunks_enable_async (KithTrunks *trunks,
                          const char *name,
                          gboolean enabled,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  Change *change = change_new (CHANGE_ENABLE, name, NULL);

  change->enabled = enabled;
  ask (trunks, change, callback, user_data);
}

gboolean
kith_trunks_change_finish (KithTrunks *trunks, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
