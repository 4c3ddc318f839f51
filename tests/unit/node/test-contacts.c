/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts by themselves: names and their pins, counts of bytes and days, bounds, and what is
   kept. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <string.h>

#include "base/error.h"
#include "node/node-fixture.h"
#include "store/contact-store.h"

typedef struct {
  World world;
  Host *host;
  GString *told;
} Book;

static gboolean refuses_commit;

/* In place of that of the library, which does the work, but for a commit that finds the disk
   full. */
int
sqlite3_exec (sqlite3 *sqlite,
              const char *sql,
              int (*row) (void *, int, char **, char **),
              void *data,
              char **message)
{
  static int (
      *real) (sqlite3 *, const char *, int (*) (void *, int, char **, char **), void *, char **);

  if (real == NULL) {
    *(void **)&real = dlsym (RTLD_NEXT, "sqlite3_exec");
  }
  return refuses_commit && strcmp (sql, "COMMIT") == 0 ? SQLITE_FULL
                                                       : real (sqlite, sql, row, data, message);
}

static void
on_told (KithContacts *contacts, const KithContact *person, Book *book)
{
  g_string_append_printf (book->told, "%s ", person->name);
}

static void
book_up (Book *book, gconstpointer data)
{
  world_init (&book->world, NOON_US);
  book->host = host_new_bare (&book->world, "alice");
  book->told = g_string_new (NULL);
  g_signal_connect (book->host->contacts, "changed", G_CALLBACK (on_told), book);
}

static void
book_down (Book *book, gconstpointer data)
{
  g_signal_handlers_disconnect_by_data (book->host->contacts, book);
  g_string_free (book->told, TRUE);
  host_free (book->host);
  world_clear (&book->world);
}

static KithPeerKey
key_of (guint number)
{
  KithPeerKey key = { { 0 } };

  memcpy (key.bytes, &number, sizeof number);
  key.bytes[31] = 1;
  return key;
}

static const KithContact *
add (Book *book, guint number, const char *name, int *code)
{
  g_autoptr (KithFound) found = kith_found_new ();
  g_autoptr (GError) error = NULL;

  found->name = g_strdup (name);
  found->key = key_of (number);
  const KithContact *person = contact_add_now (book->host->contacts, found, NULL, FALSE, &error);
  g_assert_true ((person == NULL) == (error != NULL));
  *code = error != NULL ? error->code : -1;
  return person;
}

static void
assert_pinned (Book *book, const char *name, guint number)
{
  KithPeerKey expected = key_of (number);
  KithPeerKey key;

  g_assert_cmpint (kith_trust_get_pin (book->host->trust, name, &key), ==, number != 0);
  g_assert_true (number == 0 || kith_peer_key_equal (&key, &expected));
}

/* The pin is that of the contact's name, wherever it goes; that the people verified it goes
   along. */
static void
test_pins (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  KithPeerKey key = key_of (2);
  g_autoptr (GError) error = NULL;
  int code;

  const KithContact *bob = add (book, 2, "bob", &code);
  assert_pinned (book, "bob", 2);
  g_assert_true (kith_trust_verify (book->host->trust, "bob", &key, NULL));
  g_assert_true (contact_set_name_now (contacts, bob->id, "Bobby", &error));
  g_assert_cmpstr (bob->name, ==, "bobby");
  assert_pinned (book, "bob", 0);
  assert_pinned (book, "bobby", 2);
  g_assert_cmpint (kith_trust_judge (book->host->trust, "bobby", &key), ==, KITH_TRUST_VERIFIED);

  KithPeerKey other = key_of (9);
  g_assert_true (kith_trust_pin (book->host->trust, "carol", &other, 1, NULL)); /* by a call */
  g_assert_false (contact_set_name_now (contacts, bob->id, "carol", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_EXISTS);
  g_assert_cmpstr (bob->name, ==, "bobby");
  g_assert_null (add (book, 3, "carol", &code));
  g_assert_cmpint (code, ==, KITH_ERROR_EXISTS);
  assert_pinned (book, "carol", 9);
  g_assert_nonnull (add (book, 9, "carol", &code));

  g_assert_true (contact_remove_now (contacts, bob->id, NULL));
  assert_pinned (book, "bobby", 0);
  assert_pinned (book, "carol", 9);
}

/* What cannot be kept did not happen: neither the contact nor the pin. */
static void
test_not_kept (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  KithDatabase *database = book->host->database;
  KithPeerKey other = key_of (9);
  g_autoptr (GError) error = NULL;
  int code;
  const KithContact *bob = add (book, 2, "bob", &code);

  g_assert_true (kith_trust_pin (book->host->trust, "erin", &other, 1, NULL)); /* by a call */
  g_assert_true (kith_database_run (database, "PRAGMA query_only = ON", NULL));
  g_assert_null (add (book, 3, "carol", &code));
  g_assert_cmpint (code, ==, KITH_ERROR_FAILED);
  assert_pinned (book, "carol", 0);
  g_assert_null (add (book, 9, "erin", &code));
  assert_pinned (book, "erin", 9);
  g_assert_false (contact_set_name_now (contacts, bob->id, "bobby", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_cmpstr (bob->name, ==, "bob");
  assert_pinned (book, "bob", 2);
  assert_pinned (book, "bobby", 0);
  g_assert_true (kith_database_run (database, "PRAGMA query_only = OFF", NULL));
  g_assert_true (contact_set_name_now (contacts, bob->id, "bobby", NULL));
  assert_pinned (book, "bob", 0);
}

/* The pins are those of the contacts, in the file as well, also when it was written before the
   database failed. */
static void
test_commit_fails (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  KithPeerKey key = key_of (2);
  g_autoptr (GError) error = NULL;
  int code;
  const KithContact *bob = add (book, 2, "bob", &code);

  g_assert_true (kith_trust_verify (book->host->trust, "bob", &key, NULL));
  gint64 since = kith_trust_get_since (book->host->trust, "bob");
  pass (&book->world, 5000);
  refuses_commit = TRUE;
  g_assert_null (add (book, 3, "carol", &code));
  g_assert_cmpint (code, ==, KITH_ERROR_FAILED);
  g_assert_false (contact_set_name_now (contacts, bob->id, "bobby", NULL));
  g_assert_false (contact_remove_now (contacts, bob->id, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_true (kith_contacts_get (contacts, bob->id) == bob);
  g_assert_cmpstr (bob->name, ==, "bob");
  refuses_commit = FALSE;
  settle ();
  for (guint i = 0; i < 2; i++) { /* in memory, and as the next start will know it */
    g_autoptr (KithTrust) trust
        = i == 0 ? g_object_ref (book->host->trust) : kith_trust_open (book->host->dir, NULL);
    g_auto (GStrv) names = kith_trust_list (trust);
    g_assert_cmpuint (g_strv_length (names), ==, 1);
    g_assert_cmpint (kith_trust_judge (trust, "bob", &key), ==, KITH_TRUST_VERIFIED);
    g_assert_cmpint (kith_trust_get_since (trust, "bob"), ==, since);
  }
  g_autoptr (GPtrArray) rows = kith_contact_store_load (book->host->database, 9, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
}

static void
on_turn (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GString *turns = user_data;
  g_autoptr (GError) error = NULL;

  (void)kith_contacts_change_finish (KITH_CONTACTS (source), result, &error);
  g_string_append_printf (turns, "%d ", error != NULL ? error->code : -1);
}

/* Changes that are asked for at once are done one after the other, each as if it were alone: none
   takes back what another one did. */
static void
test_turns (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  g_autoptr (GString) turns = g_string_new (NULL);
  g_autoptr (KithFound) carol = kith_found_new ();
  g_autofree gchar *expected
      = g_strdup_printf ("-1 -1 -1 %d -1 %d ", KITH_ERROR_EXISTS, KITH_ERROR_NOT_FOUND);
  int code;
  const KithContact *bob = add (book, 2, "bob", &code);
  guint id = bob->id;

  carol->name = g_strdup ("bob"); /* free once bob has another name, and taken by her after that */
  carol->key = key_of (3);
  kith_contacts_add_relayed (contacts, id, 700);
  kith_contacts_set_name_async (contacts, id, "bobby", on_turn, turns);
  g_assert_cmpstr (bob->name, ==, "bob"); /* not before it is kept */
  kith_contacts_set_relay_async (contacts, id, TRUE, on_turn, turns);
  kith_contacts_flush_async (contacts, NULL, NULL);
  kith_contacts_add_async (contacts, carol, NULL, FALSE, on_turn, turns);
  kith_contacts_set_name_async (contacts, id, "bob", on_turn, turns);
  kith_contacts_remove_async (contacts, id + 1, on_turn, turns);
  kith_contacts_set_relay_async (contacts, id + 1, TRUE, on_turn, turns);
  g_assert_cmpstr (turns->str, ==, ""); /* never from within */
  settle ();
  g_assert_cmpstr (turns->str, ==, expected);
  g_autoptr (GPtrArray) rows = kith_contact_store_load (book->host->database, 9, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
  const KithContact *kept = rows->pdata[0];
  g_assert_cmpstr (kept->name, ==, "bobby");
  g_assert_true (kept->relay);
  g_assert_cmpuint (kept->relayed, ==, 700);
  assert_pinned (book, "bobby", 2);
  assert_pinned (book, "bob", 0);
}

/* A damaged file was begun anew while contacts were known: ids stay theirs, and all are in the new
   one after the next change. */
static void
test_begun_anew (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  int code;
  const KithContact *bob = add (book, 2, "bob", &code);
  guint carol = add (book, 3, "carol", &code)->id;
  guint bobs_id = bob->id;

  g_assert_true (kith_database_run (book->host->database,
                                    "DELETE FROM contacts; DELETE FROM sqlite_sequence",
                                    NULL));
  g_assert_true (contact_remove_now (contacts, carol, NULL));
  const KithContact *erin = add (book, 4, "erin", &code);
  g_assert_nonnull (erin);
  g_assert_cmpuint (erin->id, !=, bobs_id);
  g_assert_true (kith_contacts_get (contacts, bobs_id) == bob);
  g_assert_true (kith_contacts_find (contacts, &bob->key) == bob);
  g_autoptr (KithContacts) again = kith_contacts_new (book->world.clock,
                                                      book->host->trust,
                                                      book->host->store,
                                                      host_key (book->host),
                                                      NULL);
  g_autoptr (GPtrArray) all = kith_contacts_list (again);
  g_assert_cmpuint (all->len, ==, 2);
  g_assert_cmpstr (kith_contacts_get (again, bobs_id)->name, ==, "bob");
  g_assert_cmpstr (kith_contacts_get (again, erin->id)->name, ==, "erin");
}

static void
test_unknown (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  GError *error = NULL;

  g_assert_false (contact_set_relay_now (contacts, 7, TRUE, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (contact_set_name_now (contacts, 7, "x", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (contact_remove_now (contacts, 7, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_NOT_FOUND);
  g_clear_error (&error);
  kith_contacts_set_online (contacts, 7, TRUE);
  kith_contacts_add_relayed (contacts, 7, 100);
  contact_flush_now (contacts);
  g_assert_cmpstr (book->told->str, ==, "");
}

static void
test_bytes (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  g_autoptr (GError) error = NULL;
  int code;
  const KithContact *bob = add (book, 2, "bob", &code);

  kith_contacts_add_relayed (contacts, bob->id, 1000);
  kith_contacts_add_relayed (contacts, bob->id, 500);
  g_assert_cmpstr (book->told->str, ==, ""); /* not for each packet */
  contact_flush_now (contacts);
  contact_flush_now (contacts);
  g_assert_cmpstr (book->told->str, ==, "bob ");
  g_assert_cmpuint (kith_contacts_get_relayed_today (contacts, bob), ==, 1500);
  kith_contacts_check_day (contacts);
  gsize before = book->told->len;
  kith_contacts_check_day (contacts);
  g_assert_cmpuint (book->told->len, ==, before);
  pass (&book->world, 12 * 3600 * 1000); /* midnight */
  kith_contacts_check_day (contacts);
  g_assert_cmpstr (book->told->str + before,
                   ==,
                   "bob "); /* who shows the bytes of the day is told */
  g_assert_cmpuint (kith_contacts_get_relayed_today (contacts, bob), ==, 0);
  kith_contacts_add_relayed (contacts, bob->id, 7);
  g_assert_cmpuint (kith_contacts_get_relayed_today (contacts, bob), ==, 7);
  g_assert_cmpuint (bob->relayed, ==, 1507);
  contact_flush_now (contacts);

  g_autoptr (KithContacts) again = kith_contacts_new (book->world.clock,
                                                      book->host->trust,
                                                      book->host->store,
                                                      host_key (book->host),
                                                      &error);
  g_assert_no_error (error);
  const KithContact *kept = kith_contacts_get (again, bob->id);
  g_assert_cmpuint (kept->relayed, ==, 1507);
  g_assert_cmpuint (kith_contacts_get_relayed_today (again, kept), ==, 7);
  g_assert_false (kept->online);
}

#ifndef __SANITIZE_ADDRESS__
static void
test_bound (Book *book, gconstpointer data)
{
  int code;

  for (guint i = 0; i < KITH_CONTACTS_MAX; i++) {
    g_autofree gchar *name = g_strdup_printf ("friend%u", i);
    g_assert_nonnull (add (book, i + 10, name, &code));
  }
  g_assert_null (add (book, 5, "late", &code));
  g_assert_cmpint (code, ==, KITH_ERROR_LIMIT_REACHED);
  assert_pinned (book, "late", 0);
  g_autoptr (GPtrArray) all = kith_contacts_list (book->host->contacts);
  g_assert_cmpuint (all->len, ==, KITH_CONTACTS_MAX);
  g_assert_cmpstr (((const KithContact *)all->pdata[999])->name, ==, "friend999");
}
#endif

/* What cannot be kept is not done, and it is said why, for every change. */
static void
test_cannot_be_kept (Book *book, gconstpointer data)
{
  KithContacts *before = book->host->contacts;
  g_autoptr (GError) error = NULL;
  int code;
  g_autoptr (KithDatabase) lost
      = kith_database_open_instead (book->host->dir, "made by a newer Kith; update", &error);
  g_autoptr (KithStore) lost_store = kith_store_new (lost);

  guint id = add (book, 1, "bob", &code)->id;
  g_autoptr (GPtrArray) people = kith_contacts_list (before);
  g_assert_true (kith_contact_store_add (lost, people->pdata[0], &error));
  g_autoptr (KithContacts) contacts = kith_contacts_new (book->world.clock,
                                                         book->host->trust,
                                                         lost_store,
                                                         host_key (book->host),
                                                         &error);
  g_assert_nonnull (kith_contacts_get (contacts, id));
  book->host->contacts = contacts;
  g_assert_null (add (book, 2, "carol", &code));
  g_assert_cmpint (code, ==, KITH_ERROR_FAILED);
  book->host->contacts = before;
  g_assert_false (contact_set_name_now (contacts, id, "robert", &error));
  g_assert_nonnull (strstr (error->message, "made by a newer Kith; update"));
  g_clear_error (&error);
  g_assert_false (contact_set_relay_now (contacts, id, TRUE, &error));
  g_clear_error (&error);
  g_assert_false (contact_remove_now (contacts, id, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_cmpstr (kith_contacts_get (contacts, id)->name, ==, "bob");
  g_assert_false (kith_contacts_get (contacts, id)->relay);
  KithPeerKey pin;
  g_assert_true (kith_trust_get_pin (book->host->trust, "bob", &pin));
  g_assert_false (kith_trust_get_pin (book->host->trust, "carol", &pin));
}

static gchar *
house_fault (const char *text, gpointer user_data)
{
  return strcmp (text, "11") == 0     ? g_strdup ("Number 11 is desk's")
         : strcmp (text, "desk") == 0 ? g_strdup ("desk is a phone of this house")
                                      : NULL;
}

/* A number is one contact's, and no phone's; a phone's name is no contact's either. */
static void
test_numbers (Book *book, gconstpointer data)
{
  KithContacts *contacts = book->host->contacts;
  g_autoptr (GError) error = NULL;
  int code = 0;
  const KithContact *bob = add (book, 1, "bob", &code);
  const KithContact *carol = add (book, 2, "carol", &code);

  kith_contacts_set_fault (contacts, house_fault, NULL);
  g_assert_null (kith_contacts_find_number (contacts, "12"));
  g_assert_true (contact_set_number_now (contacts, bob->id, "12", &error));
  g_assert_true (kith_contacts_find_number (contacts, "12") == bob);
  g_assert_false (contact_set_number_now (contacts, carol->id, "12", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_EXISTS);
  g_assert_cmpstr (error->message, ==, "Number 12 is bob's: choose another with --number");
  g_clear_error (&error);
  g_assert_false (contact_set_number_now (contacts, carol->id, "11", &error));
  g_assert_cmpstr (error->message, ==, "Number 11 is desk's: choose another with --number");
  g_clear_error (&error);
  g_assert_false (contact_set_number_now (contacts, carol->id, "0x", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  g_assert_false (contact_set_name_now (contacts, carol->id, "desk", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (contact_set_number_now (contacts, bob->id, "12", &error)); /* as it is */
  g_assert_true (contact_set_number_now (contacts, bob->id, "", &error));
  g_assert_null (kith_contacts_find_number (contacts, "12"));
  g_assert_true (contact_set_number_now (contacts, carol->id, "12", &error));
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/contacts/" name, Book, NULL, book_up, function, book_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("pins", test_pins);
  ADD ("not-kept", test_not_kept);
  ADD ("commit-fails", test_commit_fails);
  ADD ("turns", test_turns);
  ADD ("cannot-be-kept", test_cannot_be_kept);
  ADD ("begun-anew", test_begun_anew);
  ADD ("unknown", test_unknown);
  ADD ("bytes", test_bytes);
  ADD ("numbers", test_numbers);
#ifndef __SANITIZE_ADDRESS__ /* a thousand pins, each a file of all of them, cost minutes there */
  ADD ("bound", test_bound);
#endif
  return g_test_run ();
}
