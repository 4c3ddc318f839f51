/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes the tables of phones. */
#include "store/phone-store.h"

#include <string.h>

#include "base/log.h"
#include "store/schema.h"

/* Of a phone of kith.conf there are only a past and bindings. */
const char kith_schema_phones_1[]
    = "CREATE TABLE phones ("
      " name TEXT PRIMARY KEY, number TEXT NOT NULL,"
      " class TEXT NOT NULL, digest TEXT NOT NULL, md5 BLOB, sha256 BLOB, since INTEGER NOT NULL)"
      " STRICT, WITHOUT ROWID;"
      "CREATE TABLE phone_pasts ("
      " name TEXT PRIMARY KEY, registered INTEGER NOT NULL,"
      " learned TEXT NOT NULL, model TEXT NOT NULL) STRICT, WITHOUT ROWID;"
      "CREATE TABLE bindings ("
      " id INTEGER PRIMARY KEY, phone TEXT NOT NULL, contact TEXT NOT NULL, instance TEXT,"
      " call_id TEXT NOT NULL, path TEXT, user_agent TEXT, reg_id INTEGER NOT NULL,"
      " q INTEGER NOT NULL, cseq INTEGER NOT NULL, expires INTEGER NOT NULL,"
      " transport INTEGER NOT NULL, source TEXT NOT NULL, natted INTEGER NOT NULL) STRICT";

typedef gpointer (*ReadFunc) (KithStatement *statement);

/* All rows of @statement; @what names one that @read cannot read. */
static GPtrArray *
read_all (KithStatement *statement,
          ReadFunc read,
          GDestroyNotify free_row,
          const char *what,
          GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (free_row);
  gboolean row = FALSE;

  while (TRUE) {
    if (!kith_statement_step (statement, &row, error)) {
      return NULL;
    }
    if (!row) {
      return g_steal_pointer (&list);
    }
    gpointer item = read (statement);
    if (item != NULL) {
      g_ptr_array_add (list, item);
    } else {
      kith_warning ("phone", "%s in the database cannot be read: it is passed over", what);
    }
  }
}

/* TRUE when @text is a name in its normal form, which is copied. */
static gboolean
read_name (const char *text, gchar name[KITH_PHONE_NAME_MAX + 1])
{
  return kith_phone_name_normalize (text, name, NULL) && strcmp (text, name) == 0;
}

/* FALSE: there are no bytes of that column. */
static gboolean
read_secret (KithStatement *statement, int column, guint8 *secret, gsize len)
{
  gsize have = 0;
  const guint8 *bytes = kith_statement_get_bytes (statement, column, &have);

  if (bytes == NULL || have != len) {
    return FALSE;
  }
  memcpy (secret, bytes, len);
  return TRUE;
}

/* Phones */

static gpointer
read_phone (KithStatement *statement)
{
  g_autofree KithPhone *phone = g_new0 (KithPhone, 1);
  KithPhoneSecret *secret = &phone->secret;
  const char *number = kith_statement_get_text (statement, 1);

  if (!kith_phone_number_check (number, NULL)
      || !read_name (kith_statement_get_text (statement, 0), phone->name)
      || !kith_phone_class_parse (kith_statement_get_text (statement, 2), &phone->rights, NULL)
      || !kith_phone_digest_parse (kith_statement_get_text (statement, 3), &phone->digest, NULL)) {
    return NULL;
  }
  (void)g_strlcpy (phone->number, number, sizeof phone->number);
  secret->has_md5 = read_secret (statement, 4, secret->md5, sizeof secret->md5);
  secret->has_sha256 = read_secret (statement, 5, secret->sha256, sizeof secret->sha256);
  phone->since = CLAMP (kith_statement_get_int (statement, 6), 1, (gint64)G_MAXUINT32);
  return secret->has_md5 || secret->has_sha256 ? g_steal_pointer (&phone) : NULL;
}

GPtrArray *
kith_phone_store_load (KithDatabase *database, guint max, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT name, number, class, digest, md5, sha256, since FROM phones"
                               " ORDER BY name LIMIT ?1",
                               error);

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (statement, 1, max);
  return read_all (statement, read_phone, g_free, "a phone", error);
}

gboolean
kith_phone_store_put (KithDatabase *database, const KithPhone *phone, GError **error)
{
  const KithPhoneSecret *secret = &phone->secret;
  g_autoptr (KithStatement) statement = kith_database_prepare (
      database,
      "INSERT INTO phones (name, number, class, digest, md5, sha256, since)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO UPDATE SET"
      " number = ?2, class = ?3, digest = ?4, md5 = ?5, sha256 = ?6, since = ?7",
      error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (statement, 1, phone->name);
  kith_statement_bind_text (statement, 2, phone->number);
  kith_statement_bind_text (statement, 3, kith_phone_class_word (phone->rights));
  kith_statement_bind_text (statement, 4, kith_phone_digest_word (phone->digest));
  kith_statement_bind_bytes (statement,
                             5,
                             secret->has_md5 ? secret->md5 : NULL,
                             secret->has_md5 ? sizeof secret->md5 : 0);
  kith_statement_bind_bytes (statement,
                             6,
                             secret->has_sha256 ? secret->sha256 : NULL,
                             secret->has_sha256 ? sizeof secret->sha256 : 0);
  kith_statement_bind_int (statement, 7, phone->since);
  return kith_statement_run (statement, error);
}

/* Runs @sql with a name for its one parameter. */
static gboolean
run_with_name (KithDatabase *database, const char *sql, const char *name, GError **error)
{
  g_autoptr (KithStatement) statement = kith_database_prepare (database, sql, error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (statement, 1, name);
  return kith_statement_run (statement, error);
}

gboolean
kith_phone_store_remove (KithDatabase *database, const char *name, GError **error)
{
  return run_with_name (database, "DELETE FROM phones WHERE name = ?1", name, error)
         && run_with_name (database, "DELETE FROM phone_pasts WHERE name = ?1", name, error);
}

/* What is remembered of them */

static gpointer
read_past (KithStatement *statement)
{
  g_autofree KithPhonePast *past = g_new0 (KithPhonePast, 1);

  if (!read_name (kith_statement_get_text (statement, 0), past->name)
      || !kith_phone_digest_parse (kith_statement_get_text (statement, 2), &past->learned, NULL)) {
    return NULL;
  }
  past->registered_s = CLAMP (kith_statement_get_int (statement, 1), 0, (gint64)G_MAXUINT32);
  (void)g_strlcpy (past->model, kith_statement_get_text (statement, 3), sizeof past->model);
  return g_steal_pointer (&past);
}

GPtrArray *
kith_phone_store_load_pasts (KithDatabase *database, guint max, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT name, registered, learned, model FROM phone_pasts"
                               " ORDER BY name LIMIT ?1",
                               error);

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (statement, 1, max);
  return read_all (statement, read_past, g_free, "what is remembered of a phone", error);
}

gboolean
kith_phone_store_put_past (KithDatabase *database, const KithPhonePast *past, GError **error)
{
  g_autoptr (KithStatement) statement = kith_database_prepare (
      database,
      "INSERT OR REPLACE INTO phone_pasts (name, registered, learned, model)"
      " VALUES (?1, ?2, ?3, ?4)",
      error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (statement, 1, past->name);
  kith_statement_bind_int (statement, 2, past->registered_s);
  kith_statement_bind_text (statement, 3, kith_phone_digest_word (past->learned));
  kith_statement_bind_text (statement, 4, past->model);
  return kith_statement_run (statement, error);
}

/* Bindings */

#define BINDING_COLUMNS                                                                            \
  "id, phone, contact, instance, call_id, path, user_agent, reg_id, q, cseq, expires, transport,"  \
  " source, natted"

static gchar *
read_text (KithStatement *statement, int column)
{
  const char *text = kith_statement_get_text (statement, column);

  return *text != '\0' ? g_strdup (text) : NULL;
}

/* The number of a column, or one that is out of bounds. */
static guint
read_number (KithStatement *statement, int column)
{
  return (guint)CLAMP (kith_statement_get_int (statement, column), 0, (gint64)G_MAXUINT32);
}

static gpointer
read_binding (KithStatement *statement)
{
  g_autoptr (KithPhoneBinding) binding = g_new0 (KithPhoneBinding, 1);
  guint transport = read_number (statement, 11);

  binding->id = read_number (statement, 0);
  if (!read_name (kith_statement_get_text (statement, 1), binding->phone)
      || transport > KITH_PHONE_TLS
      || !kith_endpoint_parse (kith_statement_get_text (statement, 12), &binding->source)) {
    return NULL;
  }
  binding->contact = read_text (statement, 2);
  binding->instance = read_text (statement, 3);
  binding->call_id = read_text (statement, 4);
  binding->path = read_text (statement, 5);
  binding->user_agent = read_text (statement, 6);
  binding->reg_id = (guint8)MIN (read_number (statement, 7), G_MAXUINT8);
  binding->q = (guint16)MIN (read_number (statement, 8), G_MAXUINT16);
  binding->cseq = read_number (statement, 9);
  binding->expires_s = kith_statement_get_int (statement, 10);
  binding->transport = (KithPhoneTransport)transport;
  binding->natted = kith_statement_get_int (statement, 13) != 0;
  return kith_phone_binding_is_sound (binding) ? g_steal_pointer (&binding) : NULL;
}

GPtrArray *
kith_phone_store_load_bindings (KithDatabase *database, gint64 now, guint max, GError **error)
{
  g_autoptr (KithStatement) old
      = kith_database_prepare (database, "DELETE FROM bindings WHERE expires <= ?1", error);
  g_autoptr (KithStatement) statement
      = old != NULL ? kith_database_prepare (database,
                                             "SELECT " BINDING_COLUMNS
                                             " FROM bindings ORDER BY id LIMIT ?1",
                                             error)
                    : NULL;

  if (statement == NULL) {
    return NULL;
  }
  kith_statement_bind_int (old, 1, now);
  kith_statement_bind_int (statement, 1, max);
  return kith_statement_run (old, error) ? read_all (statement,
                                                     read_binding,
                                                     (GDestroyNotify)kith_phone_binding_free,
                                                     "a binding of a phone",
                                                     error)
                                         : NULL;
}

gboolean
kith_phone_store_put_binding (KithDatabase *database,
                              const KithPhoneBinding *binding,
                              GError **error)
{
  g_autofree gchar *source = kith_endpoint_to_text (&binding->source);
  g_autoptr (KithStatement) statement = kith_database_prepare (
      database,
      "INSERT OR REPLACE INTO bindings (" BINDING_COLUMNS ")"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_int (statement, 1, binding->id);
  kith_statement_bind_text (statement, 2, binding->phone);
  kith_statement_bind_text (statement, 3, binding->contact);
  kith_statement_bind_text (statement, 4, binding->instance);
  kith_statement_bind_text (statement, 5, binding->call_id);
  kith_statement_bind_text (statement, 6, binding->path);
  kith_statement_bind_text (statement, 7, binding->user_agent);
  kith_statement_bind_int (statement, 8, binding->reg_id);
  kith_statement_bind_int (statement, 9, binding->q);
  kith_statement_bind_int (statement, 10, binding->cseq);
  kith_statement_bind_int (statement, 11, binding->expires_s);
  kith_statement_bind_int (statement, 12, binding->transport);
  kith_statement_bind_text (statement, 13, source);
  kith_statement_bind_int (statement, 14, binding->natted ? 1 : 0);
  return kith_statement_run (statement, error);
}

gboolean
kith_phone_store_remove_binding (KithDatabase *database, guint32 id, GError **error)
{
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database, "DELETE FROM bindings WHERE id = ?1", error);

  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_int (statement, 1, id);
  return kith_statement_run (statement, error);
}
