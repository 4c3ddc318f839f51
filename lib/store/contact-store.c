/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes the table of contacts. */
#include "store/contact-store.h"

#include <string.h>

#include "base/log.h"
#include "model/phone/phone.h"
#include "store/schema.h"

const char kith_schema_contacts_1[]
    = "CREATE TABLE contacts ("
      " id INTEGER PRIMARY KEY AUTOINCREMENT,"
      " name TEXT NOT NULL UNIQUE, own_name TEXT, key BLOB NOT NULL UNIQUE, tag BLOB,"
      " relay INTEGER NOT NULL, since INTEGER NOT NULL,"
      " relayed INTEGER NOT NULL, relayed_day INTEGER NOT NULL, relayed_today INTEGER NOT NULL)"
      " STRICT";

/* NULL: none; that no two have the same is seen to before it is written. */
const char kith_schema_contacts_2[] = "ALTER TABLE contacts ADD COLUMN number TEXT";

#define COLUMNS                                                                                    \
  "name, own_name, key, tag, relay, since, relayed, relayed_day, relayed_today, number"

static guint64
amount (KithStatement *statement, int column)
{
  gint64 value = kith_statement_get_int (statement, column);

  return value > 0 ? (guint64)value : 0;
}

/* (transfer full), NULL: none, or none that can be dialled. */
static gchar *
read_number (const char *text)
{
  return text != NULL && kith_phone_number_check (text, NULL) ? g_strdup (text) : NULL;
}

/* The present row, or NULL when it cannot be a contact. */
static KithContact *
read_person (KithStatement *statement)
{
  g_autoptr (KithContact) person = kith_contact_new ();
  g_autofree gchar *name = kith_name_normalize (kith_statement_get_text (statement, 1), NULL);
  gint64 id = kith_statement_get_int (statement, 0);
  gsize key_len = 0;
  gsize tag_len = 0;
  const guint8 *key = kith_statement_get_bytes (statement, 3, &key_len);
  const guint8 *tag = kith_statement_get_bytes (statement, 4, &tag_len);

  if (id <= 0 || id >= G_MAXUINT || name == NULL || key_len != sizeof person->key.bytes) {
    return NULL;
  }
  person->id = (guint)id;
  person->name = g_steal_pointer (&name);
  person->own_name = kith_name_normalize (kith_statement_get_text (statement, 2), NULL);
  memcpy (person->key.bytes, key, sizeof person->key.bytes);
  if (tag_len == sizeof person->tag) {
    memcpy (person->tag, tag, sizeof person->tag);
    person->has_tag = TRUE;
  }
  person->relay = kith_statement_get_int (statement, 5) != 0;
  person->since = CLAMP (kith_statement_get_int (statement, 6), 0, (gint64)G_MAXUINT32);
  person->relayed = amount (statement, 7);
  person->relayed_day = kith_statement_get_int (statement, 8);
  person->relayed_today = amount (statement, 9);
  person->number = read_number (kith_statement_get_text (statement, 10));
  return g_steal_pointer (&person);
}

GPtrArray *
kith_contact_store_load (KithDatabase *database, guint max, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT id, " COLUMNS " FROM contacts ORDER BY id LIMIT ?1",
                               error);
  g_autoptr (GPtrArray) people = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_contact_free);
  gboolean row = FALSE;

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (statement, 1, max);
  while (TRUE) {
    if (!kith_statement_step (statement, &row, error)) {
      return NULL;
    }
    if (!row) {
      return g_steal_pointer (&people);
    }
    KithContact *person = read_person (statement);
    if (person != NULL) {
      g_ptr_array_add (people, person);
    } else {
      kith_warning ("contact", "a contact in the database cannot be read: it is passed over");
    }
  }
}

static void
bind_person (KithStatement *statement, const KithContact *person)
{
  kith_statement_bind_text (statement, 1, person->name);
  kith_statement_bind_text (statement, 2, person->own_name);
  kith_statement_bind_bytes (statement, 3, person->key.bytes, sizeof person->key.bytes);
  kith_statement_bind_bytes (statement,
                             4,
                             person->has_tag ? person->tag : NULL,
                             person->has_tag ? sizeof person->tag : 0);
  kith_statement_bind_int (statement, 5, person->relay ? 1 : 0);
  kith_statement_bind_int (statement, 6, person->since);
  kith_statement_bind_int (statement, 7, (gint64)MIN (person->relayed, G_MAXINT64));
  kith_statement_bind_int (statement, 8, person->relayed_day);
  kith_statement_bind_int (statement, 9, (gint64)MIN (person->relayed_today, G_MAXINT64));
  kith_statement_bind_text (statement, 10, person->number);
}

gboolean
kith_contact_store_add (KithDatabase *database, KithContact *person, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "INSERT INTO contacts (" COLUMNS ")"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                               error);

  if (statement == NULL) {
    return FALSE;
  }
  bind_person (statement, person);
  if (!kith_statement_run (statement, error)) {
    return FALSE;
  }
  person->id = (guint)kith_database_get_last_id (database);
  return TRUE;
}

gboolean
kith_contact_store_update (KithDatabase *database, const KithContact *person, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "INSERT OR REPLACE INTO contacts (" COLUMNS ", id)"
                               " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                               error);

  if (statement == NULL) {
    return FALSE;
  }
  bind_person (statement, person);
  kith_statement_bind_int (statement, 11, person->id);
  return kith_statement_run (statement, error);
}

gboolean
kith_contact_store_update_all (KithDatabase *database, GPtrArray *people, GError **error)
{
  for (guint i = 0; i < people->len; i++) {
    if (!kith_contact_store_update (database, people->pdata[i], error)) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_contact_store_add_to (KithDatabase *database,
                           KithContact *person,
                           GPtrArray *others,
                           guint last_id,
                           GError **error)
{
  if (!kith_contact_store_add (database, person, error)) {
    return FALSE;
  }
  return person->id > last_id
         || (kith_contact_store_remove (database, person->id, error)
             && kith_contact_store_update_all (database, others, error)
             && kith_contact_store_add (database, person, error));
}

gboolean
kith_contact_store_remove (KithDatabase *database, guint id, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database, "DELETE FROM contacts WHERE id = ?1", error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_int (statement, 1, id);
  return kith_statement_run (statement, error);
}
