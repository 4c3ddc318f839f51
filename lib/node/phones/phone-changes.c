/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes phones one after the other: each change is checked, kept by the store's thread, and only
   then known. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/phone/phone-import.h"
#include "model/phone/phone-password.h"
#include "node/phones/phones-private.h"

#define MAX_SHOWN 40

typedef enum { CHANGE_ADD, CHANGE_SET, CHANGE_PASSWORD, CHANGE_REMOVE, CHANGE_IMPORT } Kind;

typedef struct {
  Kind kind;
  gchar *name; /* as it was asked for, then as the phone has it; CHANGE_IMPORT: NULL */
  gchar *number, *rights, *digest; /* wishes; NULL: none */
  GPtrArray *lines;                /* CHANGE_IMPORT: of KithPhoneLine */
  GPtrArray *rows;                 /* of KithPhone: as they will be */
  gchar *password;                 /* the new one, or NULL */
} Change;

static void
wipe_free (gchar *secret)
{
  if (secret != NULL) {
    explicit_bzero (secret, strlen (secret));
    g_free (secret);
  }
}

static void
row_free (gpointer data)
{
  explicit_bzero (data, sizeof (KithPhone));
  g_free (data);
}

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->name);
  g_free (change->number);
  g_free (change->rights);
  g_free (change->digest);
  g_clear_pointer (&change->lines, g_ptr_array_unref);
  g_ptr_array_unref (change->rows);
  wipe_free (change->password);
  g_free (change);
}

/* On the store's thread: all of it or nothing. */
static gboolean
keep (KithDatabase *database, gpointer data, GError **error)
{
  const Change *change = data;

  if (!kith_database_check_lasting (database, error) || !kith_database_begin (database, error)) {
    return FALSE;
  }
  gboolean ok
      = change->kind != CHANGE_REMOVE || kith_phone_store_remove (database, change->name, error);
  for (guint i = 0; ok && i < change->rows->len; i++) {
    ok = kith_phone_store_put (database, change->rows->pdata[i], error);
  }
  if (ok && kith_database_commit (database, error)) {
    return TRUE;
  }
  kith_database_rollback (database);
  return FALSE;
}

/* The turn of a change: is it allowed, and what will the rows be? */

/* (transfer full), NULL: no contact has it. */
static gchar *
find_number_fault (KithPhones *phones, const char *number)
{
  return phones->parts.number_fault != NULL
             ? phones->parts.number_fault (number, phones->parts.user_data)
             : NULL;
}

static gboolean
check_number (KithPhones *phones, const char *number, const char *name, GError **error)
{
  const KithPhoneEntry *other = kith_phones_get_by_number (phones, number);

  if (!kith_phone_number_check (number, error)) {
    return FALSE;
  }
  if (other != NULL && strcmp (other->phone.name, name) != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "Number %s is %s's: choose another with --number",
                 number,
                 other->phone.name);
    return FALSE;
  }
  g_autofree gchar *fault = find_number_fault (phones, number);
  if (fault != NULL) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_EXISTS, "%s: choose another with --number", fault);
    return FALSE;
  }
  return TRUE;
}

static gboolean
refuse_config (const KithPhoneEntry *entry, GError **error)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_EXISTS,
               "%s is set in kith.conf, line %u: change it there",
               entry->phone.name,
               entry->line);
  return FALSE;
}

static gboolean
check_new_name (KithPhones *phones, const char *name, GError **error)
{
  const KithPhoneEntry *known = kith_phones_get (phones, name);

  if (known != NULL && known->line > 0) {
    return refuse_config (known, error);
  }
  if (known != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "There is a phone %s already: choose another name, or see `kith phone show %s`",
                 name,
                 name);
    return FALSE;
  }
  g_autofree gchar *fault = phones->parts.name_fault != NULL
                                ? phones->parts.name_fault (name, phones->parts.user_data)
                                : NULL;
  if (fault != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "%s: whoever dials it would reach the phone; choose another name",
                 fault);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_room (KithPhones *phones, guint more, GError **error)
{
  if ((guint)g_tree_nnodes (phones->entries) + more > phones->parts.max) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "No more than %u phones are allowed: remove one, or raise max in [phones] of "
                 "kith.conf",
                 phones->parts.max);
    return FALSE;
  }
  return TRUE;
}

static gboolean
next_number (KithPhones *phones, guint *from, KithPhone *row, GError **error)
{
  while (kith_phone_number_next (phones->numbers, from, row->number)) {
    g_autofree gchar *fault = find_number_fault (phones, row->number);
    if (fault == NULL) {
      return TRUE;
    }
  }
  g_set_error_literal (error,
                       KITH_ERROR,
                       KITH_ERROR_LIMIT_REACHED,
                       "All numbers are taken: remove a phone first");
  return FALSE;
}

/* What was asked for is in @row. */
static gboolean
apply_wishes (KithPhones *phones, const Change *change, KithPhone *row, GError **error)
{
  if (change->number != NULL) {
    if (!check_number (phones, change->number, row->name, error)) {
      return FALSE;
    }
    (void)g_strlcpy (row->number, change->number, sizeof row->number);
  }
  if ((change->rights != NULL && !kith_phone_class_parse (change->rights, &row->rights, error))
      || (change->digest != NULL
          && !kith_phone_digest_parse (change->digest, &row->digest, error))) {
    return FALSE;
  }
  if ((row->digest == KITH_PHONE_DIGEST_MD5 && !row->secret.has_md5)
      || (row->digest == KITH_PHONE_DIGEST_SHA256 && !row->secret.has_sha256)) {
    g_set_error (
        error,
        KITH_ERROR,
        KITH_ERROR_INVALID_ARGUMENTS,
        "The hash for %s of %s is not known: `kith phone password %s` makes a new password",
        kith_phone_digest_word (row->digest),
        row->name,
        row->name);
    return FALSE;
  }
  return TRUE;
}

static gboolean
make_password (Change *change, KithPhone *row, GError **error)
{
  change->password = g_malloc0 (KITH_PHONE_PASSWORD_LEN + 1);
  if (!kith_phone_password_make (change->password)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_FAILED,
                         "The system gives no random numbers");
    return FALSE;
  }
  kith_phone_secret_make (row->name, change->password, &row->secret);
  return TRUE;
}

static gboolean
prepare_add (KithPhones *phones, Change *change, GError **error)
{
  KithPhone *row = g_new0 (KithPhone, 1);
  guint from = 0;

  g_ptr_array_add (change->rows, row);
  if (!kith_phone_name_normalize (change->name, row->name, error)
      || !check_new_name (phones, row->name, error) || !check_room (phones, 1, error)
      || !make_password (change, row, error) || !apply_wishes (phones, change, row, error)
      || (change->number == NULL && !next_number (phones, &from, row, error))) {
    return FALSE;
  }
  row->since = kith_clock_wall (phones->clock) / G_USEC_PER_SEC;
  g_free (change->name);
  change->name = g_strdup (row->name);
  return TRUE;
}

/* The entry that is to be changed, or NULL and an error. */
static const KithPhoneEntry *
find_own (KithPhones *phones, Change *change, GError **error)
{
  gchar name[KITH_PHONE_NAME_MAX + 1];
  const KithPhoneEntry *entry = kith_phone_name_normalize (change->name, name, NULL)
                                    ? kith_phones_get (phones, name)
                                    : NULL;

  if (entry == NULL) {
    g_autofree gchar *shown = kith_text_safe (change->name, -1, MAX_SHOWN);
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_NOT_FOUND,
                 "There is no phone %s: `kith phone list` shows all",
                 shown);
    return NULL;
  }
  if (entry->line > 0) {
    (void)refuse_config (entry, error);
    return NULL;
  }
  g_free (change->name);
  change->name = g_strdup (entry->phone.name);
  return entry;
}

static gboolean
prepare_import (KithPhones *phones, Change *change, GError **error)
{
  g_autoptr (GPtrArray) open = g_ptr_array_new (); /* rows that want a number */
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  guint from = 0;

  if (!check_room (phones, change->lines->len, error)) {
    return FALSE;
  }
  for (guint i = 0; i < change->lines->len; i++) {
    const KithPhoneLine *line = change->lines->pdata[i];
    KithPhone *row = g_memdup2 (&line->phone, sizeof line->phone);
    g_autoptr (GError) problem = NULL;

    g_ptr_array_add (change->rows, row);
    row->since = kith_clock_wall (phones->clock) / G_USEC_PER_SEC;
    if (!check_new_name (phones, row->name, &problem)
        || (row->number[0] != '\0' && !check_number (phones, row->number, row->name, &problem))) {
      g_set_error (error, KITH_ERROR, problem->code, "%u: %s", line->line, problem->message);
      return FALSE;
    }
    if (row->number[0] != '\0') {
      (void)g_hash_table_add (taken, row->number);
    } else {
      g_ptr_array_add (open, row);
    }
  }
  for (guint i = 0; i < open->len; i++) {
    KithPhone *row = open->pdata[i];
    do {
      if (!next_number (phones, &from, row, error)) {
        return FALSE;
      }
    } while (g_hash_table_contains (taken, row->number));
  }
  return TRUE;
}

static gboolean
prepare (KithPhones *phones, Change *change, GError **error)
{
  const KithPhoneEntry *entry = NULL;
  KithPhone *row = NULL;

  switch (change->kind) {
  case CHANGE_ADD:
    return prepare_add (phones, change, error);
  case CHANGE_IMPORT:
    return prepare_import (phones, change, error);
  case CHANGE_SET:
  case CHANGE_PASSWORD:
  case CHANGE_REMOVE:
    entry = find_own (phones, change, error);
    break;
  }
  if (entry == NULL) {
    return FALSE;
  }
  if (change->kind == CHANGE_REMOVE) {
    return TRUE;
  }
  row = g_memdup2 (&entry->phone, sizeof entry->phone);
  g_ptr_array_add (change->rows, row);
  return (change->kind != CHANGE_PASSWORD || make_password (change, row, error))
         && apply_wishes (phones, change, row, error);
}

/* It is kept: now it is so. */
static void
apply (KithPhones *phones, const Change *change)
{
  if (change->kind == CHANGE_REMOVE) {
    kith_phones_drop (phones, change->name);
  }
  for (guint i = 0; i < change->rows->len; i++) {
    kith_phones_enter (phones, change->rows->pdata[i]);
  }
}

static void start_next (KithPhones *phones);

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (KithPhones) phones = g_object_ref (g_task_get_source_object (task));
  GError *error = NULL;

  if (kith_store_run_finish (KITH_STORE (source), result, NULL, &error)) {
    apply (phones, g_task_get_task_data (task));
    g_task_return_boolean (task, TRUE);
  } else {
    g_task_return_error (task, error);
  }
  phones->is_changing = FALSE;
  start_next (phones);
}

/* Gives the next change its turn, if no other one has it. */
static void
start_next (KithPhones *phones)
{
  while (!phones->is_changing && phones->changes.length > 0) {
    g_autoptr (GTask) task = g_queue_pop_head (&phones->changes);
    Change *change = g_task_get_task_data (task);
    GError *error = NULL;

    if (prepare (phones, change, &error)) {
      phones->is_changing = TRUE;
      kith_store_run_async (phones->store, keep, change, NULL, on_kept, g_steal_pointer (&task));
    } else {
      g_task_return_error (task, error);
    }
  }
}

static void
ask (KithPhones *phones, Change *change, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (phones, NULL, callback, user_data);

  g_task_set_task_data (task, change, change_free);
  g_queue_push_tail (&phones->changes, task);
  start_next (phones);
}

static Change *
change_new (Kind kind, const char *name, const KithPhoneWishes *wishes)
{
  Change *change = g_new0 (Change, 1);

  change->kind = kind;
  change->name = g_strdup (name);
  change->rows = g_ptr_array_new_with_free_func (row_free);
  if (wishes != NULL) {
    change->number = g_strdup (wishes->number);
    change->rights = g_strdup (wishes->rights);
    change->digest = g_strdup (wishes->digest);
  }
  return change;
}

void
kith_phones_add_async (KithPhones *phones,
                       const char *name,
                       const KithPhoneWishes *wishes,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  ask (phones, change_new (CHANGE_ADD, name, wishes), callback, user_data);
}

void
kith_phones_set_async (KithPhones *phones,
                       const char *name,
                       const KithPhoneWishes *wishes,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  ask (phones, change_new (CHANGE_SET, name, wishes), callback, user_data);
}

void
kith_phones_set_password_async (KithPhones *phones,
                                const char *name,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  ask (phones, change_new (CHANGE_PASSWORD, name, NULL), callback, user_data);
}

void
kith_phones_remove_async (KithPhones *phones,
                          const char *name,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  ask (phones, change_new (CHANGE_REMOVE, name, NULL), callback, user_data);
}

void
kith_phones_import_async (KithPhones *phones,
                          GPtrArray *lines,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  Change *change = change_new (CHANGE_IMPORT, NULL, NULL);

  change->lines = lines;
  ask (phones, change, callback, user_data);
}

gboolean
kith_phones_change_finish (KithPhones *phones,
                           GAsyncResult *result,
                           gchar **name,
                           gchar **password,
                           GError **error)
{
  Change *change = g_task_get_task_data (G_TASK (result));
  const gboolean ok = g_task_propagate_boolean (G_TASK (result), error);

  if (name != NULL) {
    *name = ok && change != NULL ? g_strdup (change->name) : NULL;
  }
  if (password != NULL) {
    *password = ok && change != NULL ? g_steal_pointer (&change->password) : NULL;
  }
  return ok;
}
