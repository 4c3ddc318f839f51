/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts in the database: kept over a restart, numbers never given twice, strange rows passed
   over. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "store/contact-store.h"

static KithContact *
make (const char *name, guint8 mark)
{
  KithContact *person = kith_contact_new ();

  person->name = g_strdup (name);
  memset (person->key.bytes, mark, sizeof person->key.bytes);
  person->since = 1767268800;
  return person;
}

static void
add (KithDatabase *database, const char *name, guint8 mark, guint expected)
{
  g_autoptr (KithContact) person = make (name, mark);
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_contact_store_add (database, person, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (person->id, ==, expected);
}

static GPtrArray *
load (KithDatabase *database)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *people = kith_contact_store_load (database, 1000, &error);

  g_assert_no_error (error);
  return people;
}

static void
test_restart (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *dir = g_dir_make_tmp ("kith-contacts-XXXXXX", &error);
  g_autoptr (KithDatabase) database = kith_database_open (dir, &error);
  g_autoptr (KithContact) carol = make ("carol", 3);

  g_assert_no_error (error);
  add (database, "bob", 2, 1);
  carol->own_name = g_strdup ("caroline");
  carol->has_tag = TRUE;
  memset (carol->tag, 9, sizeof carol->tag);
  g_assert_true (kith_contact_store_add (database, carol, &error));
  carol->relay = TRUE;
  carol->number = g_strdup ("12");
  carol->relayed = G_GUINT64_CONSTANT (5000000000);
  carol->relayed_day = 20454;
  carol->relayed_today = 77;
  g_assert_true (kith_contact_store_update (database, carol, &error));
  g_clear_object (&database);

  database = kith_database_open (dir, &error);
  g_assert_no_error (error);
  g_autoptr (GPtrArray) people = load (database);
  g_assert_cmpuint (people->len, ==, 2);
  const KithContact *first = people->pdata[0];
  const KithContact *second = people->pdata[1];
  g_assert_cmpstr (first->name, ==, "bob");
  g_assert_null (first->own_name);
  g_assert_false (first->has_tag);
  g_assert_false (first->relay);
  g_assert_cmpuint (second->id, ==, carol->id);
  g_assert_cmpstr (second->own_name, ==, "caroline");
  g_assert_cmpmem (second->tag, sizeof second->tag, carol->tag, sizeof carol->tag);
  g_assert_cmpmem (&second->key, sizeof second->key, &carol->key, sizeof carol->key);
  g_assert_true (second->relay);
  g_assert_null (first->number);
  g_assert_cmpstr (second->number, ==, "12");
  g_assert_cmpint (second->since, ==, 1767268800);
  g_assert_cmpuint (second->relayed, ==, carol->relayed);
  g_assert_cmpint (second->relayed_day, ==, 20454);
  g_assert_cmpuint (second->relayed_today, ==, 77);

  g_clear_object (&database);
  for (const char *const *name = (const char *const[]){ "", "-wal", "-shm", NULL }; *name != NULL;
       name++) {
    g_autofree gchar *file = g_strconcat (dir, "/" KITH_DATABASE_FILE, *name, NULL);
    (void)g_remove (file);
  }
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static void
test_rules (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (&error);
  g_autoptr (KithContact) same_name = make ("bob", 3);
  g_autoptr (KithContact) same_key = make ("dave", 2);

  add (database, "bob", 2, 1);
  g_assert_false (kith_contact_store_add (database, same_name, NULL));
  g_assert_false (kith_contact_store_add (database, same_key, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_clear_error (&error);
  g_assert_true (kith_contact_store_remove (database, 1, &error));
  g_autoptr (KithContact) next = make ("erin", 4);
  g_assert_true (kith_contact_store_add (database, next, &error));
  g_assert_cmpuint (next->id, >, 1); /* the number of one that is gone stays free */

  /* Rows of another program. */
  g_assert_true (kith_database_run (
      database,
      "INSERT INTO contacts (name, key, relay, since, relayed, relayed_day, relayed_today)"
      " VALUES ('a b~', zeroblob(32), 0, 0, 0, 0, 0), ('short', x'0102', 0, 0, 0, 0, 0)",
      &error));
  g_assert_no_error (error);
  g_autoptr (GPtrArray) people = load (database);
  g_assert_cmpuint (people->len, ==, 1);
  g_autoptr (GPtrArray) none = kith_contact_store_load (database, 0, &error);
  g_assert_cmpuint (none->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/contacts/restart", test_restart);
  g_test_add_func ("/store/contacts/rules", test_rules);
  return g_test_run ();
}
