/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones in the database: kept over a restart, strange rows passed over, what ran out deleted; a
   database of before gets their tables. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "model/phone/phone-password.h"
#include "store/phone-store.h"

#define NOW 1767268800

typedef struct {
  gchar *dir;
  KithDatabase *database;
} Place;

static void
place_up (Place *place, gconstpointer data)
{
  place->dir = g_dir_make_tmp ("kith-phones-XXXXXX", NULL);
  place->database = kith_database_open (place->dir, NULL);
  g_assert_nonnull (place->database);
}

static void
place_again (Place *place)
{
  g_autoptr (GError) error = NULL;

  g_clear_object (&place->database);
  place->database = kith_database_open (place->dir, &error);
  g_assert_no_error (error);
}

static void
place_down (Place *place, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (place->dir, 0, NULL);
  const char *name = NULL;

  g_clear_object (&place->database);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *file = g_build_filename (place->dir, name, NULL);
    (void)g_unlink (file);
  }
  (void)g_rmdir (place->dir);
  g_free (place->dir);
}

static KithPhone
make_phone (const char *name, const char *number)
{
  KithPhone phone = { .rights = KITH_PHONE_GUEST, .digest = KITH_PHONE_DIGEST_MD5, .since = NOW };

  (void)g_strlcpy (phone.name, name, sizeof phone.name);
  (void)g_strlcpy (phone.number, number, sizeof phone.number);
  kith_phone_secret_make (name, "pass1234", &phone.secret);
  return phone;
}

static void
run (Place *place, const char *sql)
{
  g_autoptr (GError) error = NULL;

  (void)kith_database_run (place->database, sql, &error);
  g_assert_no_error (error);
}

static void
assert_same (const KithPhone *a, const KithPhone *b)
{
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpstr (a->number, ==, b->number);
  g_assert_cmpint (a->rights, ==, b->rights);
  g_assert_cmpint (a->digest, ==, b->digest);
  g_assert_cmpmem (&a->secret, sizeof a->secret, &b->secret, sizeof b->secret);
  g_assert_cmpint (a->since, ==, b->since);
}

static void
test_phones (Place *place, gconstpointer data)
{
  KithPhone desk = make_phone ("desk", "11");
  KithPhone attic = make_phone ("attic", "12");
  g_autoptr (GError) error = NULL;

  attic.secret.has_sha256 = FALSE;
  memset (attic.secret.sha256, 0, sizeof attic.secret.sha256);
  g_assert_true (kith_phone_store_put (place->database, &desk, &error));
  g_assert_true (kith_phone_store_put (place->database, &attic, &error));
  (void)g_strlcpy (desk.number, "20", sizeof desk.number);
  g_assert_true (kith_phone_store_put (place->database, &desk, &error)); /* changed, not added */
  place_again (place);
  g_autoptr (GPtrArray) list = kith_phone_store_load (place->database, 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  assert_same (list->pdata[0], &attic);
  assert_same (list->pdata[1], &desk);
  g_assert_true (kith_phone_store_remove (place->database, "attic", &error));
  g_autoptr (GPtrArray) rest = kith_phone_store_load (place->database, 10, &error);
  g_assert_cmpuint (rest->len, ==, 1);
}

static void
test_pasts (Place *place, gconstpointer data)
{
  KithPhonePast past
      = { .name = "desk", .registered_s = NOW, .learned = KITH_PHONE_DIGEST_MD5, .model = "T31P" };
  g_autoptr (GError) error = NULL;

  g_assert_true (kith_phone_store_put_past (place->database, &past, &error));
  past.registered_s = NOW + 60;
  g_assert_true (kith_phone_store_put_past (place->database, &past, &error));
  place_again (place);
  g_autoptr (GPtrArray) list = kith_phone_store_load_pasts (place->database, 10, &error);
  g_assert_cmpuint (list->len, ==, 1);
  const KithPhonePast *kept = list->pdata[0];
  g_assert_cmpstr (kept->name, ==, "desk");
  g_assert_cmpint (kept->registered_s, ==, NOW + 60);
  g_assert_cmpint (kept->learned, ==, KITH_PHONE_DIGEST_MD5);
  g_assert_cmpstr (kept->model, ==, "T31P");
  g_assert_true (kith_phone_store_remove (place->database, "desk", &error));
  g_autoptr (GPtrArray) none = kith_phone_store_load_pasts (place->database, 10, &error);
  g_assert_cmpuint (none->len, ==, 0);
}

static void
put_binding (Place *place, guint32 id, gint64 expires_s)
{
  KithPhoneBinding binding
      = { .id = id,
          .phone = "desk",
          .contact = (gchar *)"sip:desk@192.0.2.7:5062;transport=tcp",
          .instance = (gchar *)"<urn:uuid:00000000-0000-1000-8000-805EC0000000>",
          .call_id = (gchar *)"1@desk",
          .path = (gchar *)"<sip:10.0.0.9;lr>",
          .user_agent = (gchar *)"Yealink SIP-T31P 124.86",
          .reg_id = 1,
          .q = 500,
          .cseq = 4000000000,
          .expires_s = expires_s,
          .transport = KITH_PHONE_TLS,
          .source = { .family = 6, .ip = { 0x20, 1, [15] = 7 }, .port = 5062 },
          .natted = TRUE };
  g_autoptr (GError) error = NULL;

  (void)kith_phone_store_put_binding (place->database, &binding, &error);
  g_assert_no_error (error);
}

static void
test_bindings (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  put_binding (place, 4000000000, NOW + 100);
  put_binding (place, 2, NOW); /* it runs out now */
  put_binding (place, 3, NOW + 50);
  put_binding (place, 3, NOW + 60);
  place_again (place);
  g_autoptr (GPtrArray) list = kith_phone_store_load_bindings (place->database, NOW, 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (list->len, ==, 2);
  const KithPhoneBinding *first = list->pdata[0];
  const KithPhoneBinding *second = list->pdata[1];
  g_assert_cmpuint (first->id, ==, 3);
  g_assert_cmpint (first->expires_s, ==, NOW + 60);
  g_assert_cmpuint (second->id, ==, 4000000000);
  g_assert_cmpstr (second->phone, ==, "desk");
  g_assert_cmpstr (second->contact, ==, "sip:desk@192.0.2.7:5062;transport=tcp");
  g_assert_cmpstr (second->instance, ==, "<urn:uuid:00000000-0000-1000-8000-805EC0000000>");
  g_assert_cmpstr (second->call_id, ==, "1@desk");
  g_assert_cmpstr (second->path, ==, "<sip:10.0.0.9;lr>");
  g_assert_cmpstr (second->user_agent, ==, "Yealink SIP-T31P 124.86");
  g_assert_cmpuint (second->reg_id, ==, 1);
  g_assert_cmpuint (second->q, ==, 500);
  g_assert_cmpuint (second->cseq, ==, 4000000000);
  g_assert_cmpint (second->transport, ==, KITH_PHONE_TLS);
  g_assert_cmpuint (second->source.port, ==, 5062);
  g_assert_cmpuint (second->source.ip[15], ==, 7);
  g_assert_true (second->natted);
  g_assert_true (kith_phone_store_remove_binding (place->database, 3, &error));
  g_autoptr (GPtrArray) rest = kith_phone_store_load_bindings (place->database, 0, 10, &error);
  g_assert_cmpuint (rest->len, ==, 1); /* what ran out was deleted, too */
}

/* Rows of another program. */
static void
test_strange (Place *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  run (place,
       "INSERT INTO phones VALUES ('Desk', '11', 'home', 'auto', "
       "x'00112233445566778899aabbccddeeff',"
       " NULL, 5), ('a', '112', 'home', 'auto', x'00112233445566778899aabbccddeeff', NULL, 5),"
       " ('b', '12', 'king', 'auto', x'00112233445566778899aabbccddeeff', NULL, 5),"
       " ('c', '13', 'home', 'auto', x'0011', NULL, 5), ('d', '14', 'home', 'none', NULL, NULL, 5),"
       " ('good', '15', 'home', 'auto', x'00112233445566778899aabbccddeeff', NULL, -5);"
       "INSERT INTO phone_pasts VALUES ('DESK', 1, 'auto', ''), ('x', 1, '?', '');"
       "INSERT INTO bindings VALUES (1, 'good', 'sip:a' || char (13), NULL, 'c', NULL, NULL, 0, 0, "
       "0,"
       " 9999999999, 0, '192.0.2.1:5060', 0), (-2, 'good', 'sip:a', NULL, 'c', NULL, NULL, 0, 0, 0,"
       " 9999999999, 0, '192.0.2.1:5060', 0), (3, 'good', 'sip:a', NULL, 'c', NULL, NULL, 0, 0, 0,"
       " 9999999999, 7, '192.0.2.1:5060', 0), (4, 'good', 'sip:a', NULL, 'c', NULL, NULL, 0, 0, 0,"
       " 9999999999, 0, 'nowhere', 0)");
  g_autoptr (GPtrArray) phones = kith_phone_store_load (place->database, 10, &error);
  g_autoptr (GPtrArray) pasts = kith_phone_store_load_pasts (place->database, 10, &error);
  g_autoptr (GPtrArray) bindings
      = kith_phone_store_load_bindings (place->database, NOW, 10, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (phones->len, ==, 1);
  g_assert_cmpstr (((KithPhone *)phones->pdata[0])->name, ==, "good");
  g_assert_cmpint (((KithPhone *)phones->pdata[0])->since, ==, 1);
  g_assert_cmpuint (pasts->len, ==, 0);
  g_assert_cmpuint (bindings->len, ==, 0);
}

/* A database of 0.1.0 goes on with the new tables. */
static void
test_step (Place *place, gconstpointer data)
{
  KithPhone desk = make_phone ("desk", "11");
  g_autofree gchar *file = g_build_filename (place->dir, KITH_DATABASE_FILE, NULL);
  g_autofree gchar *old = NULL;
  g_autoptr (GError) error = NULL;
  gsize len = 0;

  g_clear_object (&place->database);
  g_assert_true (g_file_get_contents (KITH_TEST_DATA "/kith-0.1.0.db", &old, &len, &error));
  g_assert_true (g_file_set_contents (file, old, (gssize)len, &error));
  place_again (place);
  g_assert_true (kith_phone_store_put (place->database, &desk, &error));
  g_autoptr (GPtrArray) list = kith_phone_store_load (place->database, 10, &error);
  g_assert_cmpuint (list->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/phone-store/" name, Place, NULL, place_up, func, place_down)
  ADD ("phones", test_phones);
  ADD ("pasts", test_pasts);
  ADD ("bindings", test_bindings);
  ADD ("strange", test_strange);
  ADD ("step", test_step);
  return g_test_run ();
}
