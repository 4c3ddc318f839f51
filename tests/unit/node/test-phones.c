/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones on a registrar that is played: added, changed and forgotten, how each is, and where; what
   is left of that after a restart of either side. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "common/fake-registrar.h"
#include "model/phone/phone-import.h"
#include "model/phone/phone-password.h"
#include "node/phones/phones.h"

#define NOON_S G_GINT64_CONSTANT (1767268800)
#define NOON_US (NOON_S * G_USEC_PER_SEC)

typedef struct {
  gchar *dir;
  KithClock *clock;
  KithStore *store;
  KithFakeRegistrar *registrar;
  GPtrArray *lines; /* of kith.conf */
  KithPhones *phones;
  guint max;
  GString *told;
} House;

static gchar *
name_fault (const char *name, gpointer user_data)
{
  return g_str_equal (name, "bob") ? g_strdup ("bob is a contact") : NULL;
}

static gchar *
number_fault (const char *number, gpointer user_data)
{
  return g_str_equal (number, "77") ? g_strdup ("Number 77 is bob's") : NULL;
}

static void
on_entry (House *house, const char *what, const KithPhoneEntry *entry)
{
  g_string_append_printf (house->told, "%s %s\n", what, entry->phone.name);
}

static void
on_added (KithPhones *phones, const KithPhoneEntry *entry, House *house)
{
  on_entry (house, "added", entry);
}

static void
on_changed (KithPhones *phones, const KithPhoneEntry *entry, House *house)
{
  on_entry (house, "changed", entry);
}

static void
on_removed (KithPhones *phones, const KithPhoneEntry *entry, House *house)
{
  on_entry (house, "removed", entry);
}

static void
on_bound (KithPhones *phones, const KithPhoneBinding *binding, House *house)
{
  g_string_append_printf (house->told, "bound %s/%u\n", binding->phone, binding->id);
}

static void
on_unbound (KithPhones *phones, const KithPhoneBinding *binding, House *house)
{
  g_string_append_printf (house->told, "unbound %s/%u\n", binding->phone, binding->id);
}

static void
turn (void)
{
  for (guint i = 0; i < 20; i++) {
    g_main_context_iteration (NULL, FALSE);
  }
}

/* What is there in the database begins to live. */
static void
open_house (House *house)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = kith_database_open (house->dir, &error);

  g_assert_no_error (error);
  house->store = kith_store_new (database);
  const KithPhonesParts parts = { .clock = house->clock,
                                  .store = house->store,
                                  .lines = house->lines,
                                  .max = house->max,
                                  .rules = { .outside = FALSE, .max_expires_s = 3600 },
                                  .name_fault = name_fault,
                                  .number_fault = number_fault };
  house->phones = kith_phones_new (&parts, &error);
  g_assert_no_error (error);
  g_object_connect (house->phones,
                    "signal::added",
                    on_added,
                    house,
                    "signal::changed",
                    on_changed,
                    house,
                    "signal::removed",
                    on_removed,
                    house,
                    "signal::bound",
                    on_bound,
                    house,
                    "signal::unbound",
                    on_unbound,
                    house,
                    NULL);
  kith_phones_attach (house->phones, KITH_REGISTRAR (house->registrar));
}

static void
close_house (House *house)
{
  turn ();
  kith_fake_registrar_die (house->registrar);
  g_clear_object (&house->phones);
  kith_store_stop (house->store);
  g_clear_object (&house->store);
}

static void
house_up (House *house, gconstpointer data)
{
  house->dir = g_dir_make_tmp ("kith-phones-XXXXXX", NULL);
  house->clock = kith_clock_new_manual (NOON_US);
  house->registrar = kith_fake_registrar_new ();
  house->lines = g_ptr_array_new_with_free_func (g_free);
  house->max = 4;
  house->told = g_string_new (NULL);
  open_house (house);
  kith_fake_registrar_start (house->registrar);
}

static void
house_down (House *house, gconstpointer data)
{
  close_house (house);
  g_autoptr (GDir) dir = g_dir_open (house->dir, 0, NULL);
  const char *name = NULL;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *file = g_build_filename (house->dir, name, NULL);
    (void)g_unlink (file);
  }
  (void)g_rmdir (house->dir);
  g_free (house->dir);
  g_object_unref (house->registrar);
  g_ptr_array_unref (house->lines);
  g_object_unref (house->clock);
  g_string_free (house->told, TRUE);
}

/* Asking and waiting for the answer */

typedef struct {
  gboolean is_done;
  gchar *name;
  gchar *password;
  GError *error;
} Answer;

static void
answer_clear (Answer *answer)
{
  g_free (answer->name);
  g_free (answer->password);
  g_clear_error (&answer->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->is_done = TRUE;
  (void)kith_phones_change_finish (KITH_PHONES (source),
                                   result,
                                   &answer->name,
                                   &answer->password,
                                   &answer->error);
}

static void
wait_for (const Answer *answer)
{
  while (!answer->is_done) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
add (House *house, const char *name, const char *number, Answer *answer)
{
  const KithPhoneWishes wishes = { .number = number };

  kith_phones_add_async (house->phones, name, &wishes, on_answer, answer);
  wait_for (answer);
}

static void
add_ok (House *house, const char *name)
{
  g_auto (Answer) answer = { 0 };

  add (house, name, NULL, &answer);
  g_assert_no_error (answer.error);
}

static void
assert_told (House *house, const char *told)
{
  g_assert_cmpstr (house->told->str, ==, told);
  g_string_truncate (house->told, 0);
}

static KithPhoneState
state_of (House *house, const char *name)
{
  return kith_phones_get (house->phones, name)->state;
}

/* A change whose answer must be an error that says @told. */
static void
assert_refused (Answer *answer, int code, const char *told)
{
  wait_for (answer);
  g_assert_error (answer->error, KITH_ERROR, code);
  g_test_message ("%s", answer->error->message);
  g_assert_nonnull (strstr (answer->error->message, told));
  g_assert_null (answer->password);
  answer_clear (answer);
  *answer = (Answer){ 0 };
}

static void
test_add (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  KithPhoneSecret secret = { 0 };

  add (house, "Desk", NULL, &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpstr (answer.name, ==, "desk");
  g_assert_cmpuint (strlen (answer.password), ==, KITH_PHONE_PASSWORD_LEN);
  assert_told (house, "added desk\n");
  const KithPhoneEntry *desk = kith_phones_get (house->phones, "desk");
  g_assert_cmpstr (desk->phone.number, ==, "11");
  g_assert_cmpint (desk->state, ==, KITH_PHONE_NEVER);
  g_assert_cmpint (desk->phone.since, ==, NOON_S);
  g_assert_true (kith_phones_get_by_number (house->phones, "11") == desk);
  kith_phone_secret_make ("desk", answer.password, &secret);
  g_assert_cmpmem (&desk->phone.secret, sizeof secret, &secret, sizeof secret);

  /* the registrar has it, and nothing of it is gone after a restart */
  const KithPhone *there = kith_fake_registrar_get_phone (house->registrar, "desk");
  g_assert_cmpmem (&there->secret, sizeof secret, &secret, sizeof secret);
  close_house (house);
  open_house (house);
  desk = kith_phones_get (house->phones, "desk");
  g_assert_cmpmem (&desk->phone.secret, sizeof secret, &secret, sizeof secret);
  g_assert_cmpuint (kith_fake_registrar_count_phones (house->registrar), ==, 0);
  kith_fake_registrar_start (house->registrar);
  g_assert_cmpuint (kith_fake_registrar_count_phones (house->registrar), ==, 1);
  g_assert_cmpuint (kith_fake_registrar_get_rules (house->registrar)->max_expires_s, ==, 3600);
}

static void
test_add_refused (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  add_ok (house, "desk");
  add (house, "my desk", NULL, &answer);
  assert_refused (&answer,
                  KITH_ERROR_INVALID_ARGUMENTS,
                  "A phone's name is 1 to 24 letters, digits, \"-\" or \".\": try my-desk");
  add (house, "DESK", NULL, &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "There is a phone desk already");
  add (house, "bob", NULL, &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "bob is a contact: ");
  add (house, "attic", "11", &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "Number 11 is desk's: choose another with --number");
  add (house, "attic", "77", &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "Number 77 is bob's: choose another with --number");
  add (house, "attic", "112", &answer);
  assert_refused (&answer, KITH_ERROR_INVALID_ARGUMENTS, "calls for help");
  const KithPhoneWishes king = { .rights = "king" };
  kith_phones_add_async (house->phones, "attic", &king, on_answer, &answer);
  assert_refused (&answer, KITH_ERROR_INVALID_ARGUMENTS, "home, guest and door");
  add_ok (house, "b");
  add_ok (house, "c");
  add_ok (house, "d");
  add (house, "e", NULL, &answer);
  assert_refused (&answer, KITH_ERROR_LIMIT_REACHED, "No more than 4 phones");
  g_assert_cmpuint (kith_fake_registrar_count_phones (house->registrar), ==, 4);
}

/* Two at once get numbers of their own. */
static void
test_add_two (House *house, gconstpointer data)
{
  g_auto (Answer) first = { 0 };
  g_auto (Answer) second = { 0 };
  g_auto (Answer) third = { 0 };
  const KithPhoneWishes wishes = { .number = "30" };

  kith_phones_add_async (house->phones, "a", NULL, on_answer, &first);
  kith_phones_add_async (house->phones, "b", &wishes, on_answer, &second);
  kith_phones_add_async (house->phones, "c", &wishes, on_answer, &third);
  wait_for (&first);
  wait_for (&second);
  g_assert_no_error (first.error);
  g_assert_no_error (second.error);
  assert_refused (&third, KITH_ERROR_EXISTS, "Number 30 is b's");
}

static void
test_set (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  KithPhoneWishes wishes = { .number = "42", .rights = "guest", .digest = "md5" };

  add_ok (house, "desk");
  add_ok (house, "attic");
  g_string_truncate (house->told, 0);
  kith_phones_set_async (house->phones, "desk", &wishes, on_answer, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  assert_told (house, "changed desk\n");
  const KithPhone *there = kith_fake_registrar_get_phone (house->registrar, "desk");
  g_assert_cmpstr (there->number, ==, "42");
  g_assert_cmpint (there->rights, ==, KITH_PHONE_GUEST);
  g_assert_cmpint (there->digest, ==, KITH_PHONE_DIGEST_MD5);
  g_assert_null (kith_phones_get_by_number (house->phones, "11"));
  g_assert_nonnull (kith_phones_get_by_number (house->phones, "42"));
  answer_clear (&answer);
  answer = (Answer){ 0 };

  wishes = (KithPhoneWishes){ .number = "12" };
  kith_phones_set_async (house->phones, "desk", &wishes, on_answer, &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "Number 12 is attic's");
  wishes = (KithPhoneWishes){ .number = "42" }; /* its own */
  kith_phones_set_async (house->phones, "desk", &wishes, on_answer, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  answer_clear (&answer);
  answer = (Answer){ 0 };
  kith_phones_set_async (house->phones, "cellar", &wishes, on_answer, &answer);
  assert_refused (&answer, KITH_ERROR_NOT_FOUND, "There is no phone cellar");
}

/* Who knew the old password is out. */
static void
test_password (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };
  KithPhoneSecret secret = { 0 };

  add_ok (house, "desk");
  const guint id = kith_fake_registrar_register (house->registrar,
                                                 "desk",
                                                 "192.168.1.7:5062",
                                                 NOON_S + 300,
                                                 0);
  g_assert_cmpint (state_of (house, "desk"), ==, KITH_PHONE_OK);
  g_string_truncate (house->told, 0);
  kith_phones_set_password_async (house->phones, "desk", on_answer, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  kith_phone_secret_make ("desk", answer.password, &secret);
  const KithPhone *there = kith_fake_registrar_get_phone (house->registrar, "desk");
  g_assert_cmpmem (&there->secret, sizeof secret, &secret, sizeof secret);
  g_assert_null (kith_fake_registrar_get_binding (house->registrar, id));
  g_assert_cmpuint (kith_phones_get (house->phones, "desk")->bindings->len, ==, 0);
  g_assert_cmpint (state_of (house, "desk"), ==, KITH_PHONE_GONE);
  assert_told (house, "unbound desk/1\nchanged desk\n");
}

static void
test_remove (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  add_ok (house, "desk");
  (void)
      kith_fake_registrar_register (house->registrar, "desk", "192.168.1.7:5062", NOON_S + 300, 0);
  g_string_truncate (house->told, 0);
  kith_phones_remove_async (house->phones, "Desk", on_answer, &answer);
  wait_for (&answer);
  g_assert_no_error (answer.error);
  assert_told (house, "unbound desk/1\nremoved desk\n");
  g_assert_null (kith_phones_get (house->phones, "desk"));
  g_assert_null (kith_phones_get_by_number (house->phones, "11"));
  g_assert_cmpuint (kith_fake_registrar_count_phones (house->registrar), ==, 0);
  g_assert_cmpuint (kith_fake_registrar_count_bindings (house->registrar), ==, 0);
  answer_clear (&answer);
  answer = (Answer){ 0 };
  kith_phones_remove_async (house->phones, "desk", on_answer, &answer);
  assert_refused (&answer, KITH_ERROR_NOT_FOUND, "There is no phone desk");
  close_house (house);
  open_house (house);
  g_autoptr (GPtrArray) list = kith_phones_list (house->phones);
  g_assert_cmpuint (list->len, ==, 0);
}

/* How it is, since when, and from where. */
static void
test_states (House *house, gconstpointer data)
{
  KithFakeRegistrar *registrar = house->registrar;

  add_ok (house, "desk");
  const KithPhoneEntry *desk = kith_phones_get (house->phones, "desk");
  kith_clock_advance (house->clock, 1000);
  kith_fake_registrar_report (registrar, "desk", KITH_PHONE_REFUSED, "192.168.1.40:5060", "");
  g_assert_cmpint (desk->state, ==, KITH_PHONE_WRONG_PASSWORD);
  g_assert_cmpint (desk->since_us, ==, NOON_US + G_USEC_PER_SEC);
  g_autofree gchar *source = kith_endpoint_to_text (&desk->report.source);
  g_assert_cmpstr (source, ==, "192.168.1.40:5060");
  kith_clock_advance (house->clock, 1000);
  kith_fake_registrar_report (registrar, "desk", KITH_PHONE_REFUSED, "192.168.1.41:5060", "");
  g_assert_cmpint (desk->since_us, ==, NOON_US + G_USEC_PER_SEC); /* since then, still */
  g_assert_cmpuint (desk->report.source.ip[3], ==, 41);

  const guint id
      = kith_fake_registrar_register (registrar, "desk", "192.168.1.7:5062", NOON_S + 300, 0);
  g_assert_cmpint (desk->state, ==, KITH_PHONE_OK);
  g_assert_cmpint (desk->past.registered_s, ==, NOON_S + 2);
  g_assert_cmpstr (desk->past.model, ==, "Yealink SIP-T31P 124.86");
  g_assert_cmpint (desk->past.learned, ==, KITH_PHONE_DIGEST_SHA256);

  /* somebody else's attempt tells nothing of a phone that is there */
  g_string_truncate (house->told, 0);
  kith_fake_registrar_report (registrar, "desk", KITH_PHONE_REFUSED, "192.168.1.66:5060", "");
  g_assert_cmpint (desk->state, ==, KITH_PHONE_OK);
  assert_told (house, "");

  kith_clock_advance (house->clock, 60000);
  kith_fake_registrar_report (registrar, "desk", KITH_PHONE_SILENT, "192.168.1.7:5062", "");
  g_assert_cmpint (desk->state, ==, KITH_PHONE_UNREACHABLE);
  g_assert_cmpint (desk->since_us, ==, NOON_US + 62 * G_USEC_PER_SEC);
  kith_fake_registrar_unregister (registrar, id);
  g_assert_cmpint (desk->state, ==, KITH_PHONE_GONE);
  kith_fake_registrar_report (registrar, "desk", KITH_PHONE_MISTAKEN, "192.168.1.7:1", "asterisk");
  g_assert_cmpint (desk->state, ==, KITH_PHONE_WRONG_REALM);
  g_assert_cmpstr (desk->report.text, ==, "asterisk");
  kith_fake_registrar_report (registrar, "nobody", KITH_PHONE_HEARD, "192.168.1.7:1", "");
}

static void
test_bindings (House *house, gconstpointer data)
{
  KithFakeRegistrar *registrar = house->registrar;

  add_ok (house, "desk");
  g_string_truncate (house->told, 0);
  const guint first
      = kith_fake_registrar_register (registrar, "desk", "192.168.1.7:5062", NOON_S + 300, 0);
  assert_told (house, "bound desk/1\nchanged desk\nchanged desk\n");
  (void)kith_fake_registrar_register (registrar, "desk", "192.168.1.7:5062", NOON_S + 600, first);
  const KithPhoneEntry *desk = kith_phones_get (house->phones, "desk");
  g_assert_cmpuint (desk->bindings->len, ==, 1);
  g_assert_cmpint (((KithPhoneBinding *)desk->bindings->pdata[0])->expires_s, ==, NOON_S + 600);

  /* more than one phone may have: the registrar is told to end it */
  for (guint i = 1; i <= KITH_PHONE_MAX_BINDINGS; i++) {
    (void)kith_fake_registrar_register (registrar, "desk", "192.168.1.8:1", NOON_S + 600, 0);
  }
  g_assert_cmpuint (desk->bindings->len, ==, KITH_PHONE_MAX_BINDINGS);
  g_assert_cmpuint (kith_fake_registrar_count_bindings (registrar), ==, KITH_PHONE_MAX_BINDINGS);
  /* so it is of phones that are none */
  (void)kith_fake_registrar_register (registrar, "attic", "192.168.1.9:1", NOON_S + 600, 0);
  g_assert_cmpuint (kith_fake_registrar_count_bindings (registrar), ==, KITH_PHONE_MAX_BINDINGS);

  kith_phones_end_binding (house->phones, first);
  g_assert_cmpuint (desk->bindings->len, ==, KITH_PHONE_MAX_BINDINGS - 1);
  g_assert_null (kith_fake_registrar_get_binding (registrar, first));
  kith_phones_end_binding (house->phones, 999);
  kith_fake_registrar_die (registrar); /* also while there is no registrar */
  kith_phones_end_binding (house->phones, 2);
  g_assert_cmpuint (desk->bindings->len, ==, KITH_PHONE_MAX_BINDINGS - 2);
}

/* The registrar's process ends: a new one is told all, but for what ran out meanwhile. */
static void
test_registrar_dies (House *house, gconstpointer data)
{
  KithFakeRegistrar *registrar = house->registrar;

  add_ok (house, "desk");
  add_ok (house, "attic");
  (void)kith_fake_registrar_register (registrar, "desk", "192.168.1.7:5062", NOON_S + 300, 0);
  const guint old
      = kith_fake_registrar_register (registrar, "attic", "192.168.1.8:5062", NOON_S + 2, 0);
  kith_fake_registrar_die (registrar);
  kith_clock_advance (house->clock, 2000);
  kith_fake_registrar_start (registrar);
  g_assert_cmpuint (kith_fake_registrar_count_phones (registrar), ==, 2);
  g_assert_cmpuint (kith_fake_registrar_count_bindings (registrar), ==, 1);
  g_assert_null (kith_fake_registrar_get_binding (registrar, old));
  g_assert_nonnull (kith_fake_registrar_get_rules (registrar));
  g_assert_cmpint (state_of (house, "desk"), ==, KITH_PHONE_OK);
  g_assert_cmpint (state_of (house, "attic"), ==, KITH_PHONE_GONE);
}

static void
assert_is (House *house, const char *name, const char *state, guint ms)
{
  const KithPhoneEntry *entry = kith_phones_get (house->phones, name);

  g_assert_cmpstr (kith_phone_state_word (entry->state), ==, state);
  g_assert_cmpuint (entry->report.round_trip_ms, ==, ms);
}

/* It answers or not at each place where it is registered: it is reached where it answers at one. */
static void
test_reach (House *house, gconstpointer data)
{
  add_ok (house, "desk");
  const guint one = kith_fake_registrar_register (house->registrar,
                                                  "desk",
                                                  "192.168.1.40:5062",
                                                  NOON_S + 600,
                                                  0);
  const guint two = kith_fake_registrar_register (house->registrar,
                                                  "desk",
                                                  "192.168.1.41:5062",
                                                  NOON_S + 600,
                                                  0);
  assert_is (house, "desk", "ok", 0);
  kith_fake_registrar_reach (house->registrar, one, 3);
  assert_is (house, "desk", "ok", 3);
  const KithPhoneEntry *desk = kith_phones_get (house->phones, "desk");
  const KithPhoneBinding *first = desk->bindings->pdata[0];
  g_assert_cmpuint (first->round_trip_ms, ==, 3);
  g_assert_cmpint (first->heard_us, ==, kith_clock_wall (house->clock));
  kith_fake_registrar_reach (house->registrar, one, 0);
  assert_is (house, "desk", "ok", 3); /* there is the other one */
  kith_fake_registrar_reach (house->registrar, two, 0);
  assert_is (house, "desk", "unreachable", 3);
  const gint64 since_us = desk->since_us;
  kith_clock_advance (house->clock, 60000);
  kith_fake_registrar_reach (house->registrar, two, 0);
  g_assert_cmpint (desk->since_us, ==, since_us);
  kith_fake_registrar_reach (house->registrar, two, 9);
  assert_is (house, "desk", "ok", 9);
  g_string_truncate (house->told, 0);
  kith_fake_registrar_unregister (house->registrar, two);
  assert_is (house, "desk", "unreachable", 9); /* what is left is silent */
  kith_fake_registrar_register (house->registrar, "desk", "192.168.1.40:5062", NOON_S + 900, one);
  assert_is (house, "desk", "ok", 9);
  first = desk->bindings->pdata[0];
  g_assert_false (first->silent);
  g_assert_cmpuint (first->round_trip_ms, ==, 0);
  kith_fake_registrar_reach (house->registrar, 4711, 9); /* there is none */
}

/* kithd restarts: what was registered 5 s ago is still there, what ended is gone at once. */
static void
test_restart (House *house, gconstpointer data)
{
  KithFakeRegistrar *registrar = house->registrar;

  add_ok (house, "desk");
  add_ok (house, "attic");
  (void)kith_fake_registrar_register (registrar, "desk", "192.168.1.7:5062", NOON_S + 300, 0);
  const guint gone
      = kith_fake_registrar_register (registrar, "attic", "192.168.1.8:5062", NOON_S + 300, 0);
  kith_clock_advance (house->clock, 4999);
  turn ();
  {
    g_autoptr (GPtrArray) rows
        = kith_phone_store_load_bindings (kith_store_get_database (house->store), 0, 9, NULL);
    g_assert_cmpuint (rows->len, ==, 0); /* not each by itself */
  }
  kith_clock_advance (house->clock, 1);
  turn ();
  kith_fake_registrar_unregister (registrar, gone);
  close_house (house);

  open_house (house);
  const KithPhoneEntry *desk = kith_phones_get (house->phones, "desk");
  g_assert_cmpuint (desk->bindings->len, ==, 1);
  g_assert_cmpint (desk->state, ==, KITH_PHONE_KEPT);
  g_assert_cmpstr (desk->past.model, ==, "Yealink SIP-T31P 124.86");
  g_assert_cmpint (state_of (house, "attic"), ==, KITH_PHONE_GONE);
  kith_fake_registrar_start (registrar);
  g_assert_cmpuint (kith_fake_registrar_count_bindings (registrar), ==, 1);
  const guint next
      = kith_fake_registrar_register (registrar, "attic", "192.168.1.8:5062", NOON_S + 300, 0);
  g_assert_cmpuint (next, >, 1); /* no number is given twice */
}

/* What was told within the last seconds is kept when kithd ends. */
static void
test_flush (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  add_ok (house, "desk");
  (void)
      kith_fake_registrar_register (house->registrar, "desk", "192.168.1.7:5062", NOON_S + 300, 0);
  kith_phones_flush_async (house->phones, on_answer, &answer);
  wait_for (&answer);
  close_house (house);
  open_house (house);
  g_assert_cmpint (state_of (house, "desk"), ==, KITH_PHONE_KEPT);
}

/* A phone that registered with MD5 alone is spared the other challenge, until its password is a new
   one. */
static void
test_learned (House *house, gconstpointer data)
{
  KithPhoneReport report = { .phone = "desk",
                             .event = KITH_PHONE_HEARD,
                             .source = { .family = 4, .ip = { 192, 168, 1, 7 }, .port = 5060 },
                             .digest = KITH_PHONE_DIGEST_MD5 };
  g_auto (Answer) answer = { 0 };

  add_ok (house, "desk");
  g_assert_cmpint (kith_fake_registrar_get_phone (house->registrar, "desk")->digest,
                   ==,
                   KITH_PHONE_DIGEST_AUTO);
  kith_registrar_tell_report (KITH_REGISTRAR (house->registrar), &report);
  kith_fake_registrar_die (house->registrar);
  kith_fake_registrar_start (house->registrar);
  g_assert_cmpint (kith_fake_registrar_get_phone (house->registrar, "desk")->digest,
                   ==,
                   KITH_PHONE_DIGEST_MD5);
  kith_phones_set_password_async (house->phones, "desk", on_answer, &answer);
  wait_for (&answer);
  g_assert_cmpint (kith_fake_registrar_get_phone (house->registrar, "desk")->digest,
                   ==,
                   KITH_PHONE_DIGEST_AUTO);
}

static void
add_line (House *house, guint number, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = kith_phone_import_read (text, strlen (text), 1, &error);

  g_assert_no_error (error);
  KithPhoneLine *line = g_memdup2 (lines->pdata[0], sizeof (KithPhoneLine));
  line->line = number;
  g_ptr_array_add (house->lines, line);
}

/* What stands in kith.conf is there, is kept nowhere, and cannot be changed from here. */
static void
test_config (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  add_ok (house, "desk");
  add_ok (house, "attic");
  close_house (house);
  add_line (house, 41, "desk 77 pass1234");
  add_line (house, 45, "gate 12 pass1234 door"); /* attic's number */
  open_house (house);
  kith_fake_registrar_start (house->registrar);
  g_assert_cmpuint (kith_fake_registrar_count_phones (house->registrar), ==, 2);
  g_assert_cmpstr (kith_fake_registrar_get_phone (house->registrar, "desk")->number, ==, "77");
  g_assert_null (kith_phones_get (house->phones, "attic"));
  kith_phones_remove_async (house->phones, "desk", on_answer, &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "desk is set in kith.conf, line 41: change it there");
  kith_phones_set_password_async (house->phones, "gate", on_answer, &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "line 45");
  add (house, "gate", NULL, &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "line 45");

  /* its bindings are */
  (void)kith_fake_registrar_register (house->registrar, "gate", "192.168.1.9:1", NOON_S + 300, 0);
  kith_clock_advance (house->clock, 5000);
  close_house (house);
  g_ptr_array_set_size (house->lines, 0);
  open_house (house); /* and without these lines, those of before are back */
  g_assert_null (kith_phones_get (house->phones, "gate"));
  g_assert_cmpstr (kith_phones_get (house->phones, "desk")->phone.number, ==, "11");
  g_assert_nonnull (kith_phones_get (house->phones, "attic"));
}

static void
import (House *house, const char *text, Answer *answer)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *lines = kith_phone_import_read (text, strlen (text), 100, &error);

  g_assert_no_error (error);
  kith_phones_import_async (house->phones, lines, on_answer, answer);
  wait_for (answer);
}

static void
test_import (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  add_ok (house, "desk");
  import (house, "a - pass1234\nb 12 pass1234\nc - pass1234", &answer);
  g_assert_no_error (answer.error);
  g_assert_cmpstr (kith_phones_get (house->phones, "a")->phone.number, ==, "13");
  g_assert_cmpstr (kith_phones_get (house->phones, "b")->phone.number, ==, "12");
  g_assert_cmpstr (kith_phones_get (house->phones, "c")->phone.number, ==, "14");
  g_assert_cmpuint (kith_fake_registrar_count_phones (house->registrar), ==, 4);
}

/* One that is wrong: none is there. */
static void
test_import_refused (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  add_ok (house, "desk");
  import (house, "a 300 pass1234\nb 11 pass1234", &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "2: Number 11 is desk's");
  import (house, "a 300 pass1234\n\ndesk 301 pass1234", &answer);
  assert_refused (&answer, KITH_ERROR_EXISTS, "3: There is a phone desk already");
  import (house, "a 300 pass1234\nb - pass1234\nc - pass1234\nd - pass1234", &answer);
  assert_refused (&answer, KITH_ERROR_LIMIT_REACHED, "No more than 4");
  g_assert_cmpuint (kith_fake_registrar_count_phones (house->registrar), ==, 1);
}

/* Nothing is known that is not on the disk. */
static void
test_not_kept (House *house, gconstpointer data)
{
  g_auto (Answer) answer = { 0 };

  close_house (house);
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database
      = kith_database_open_instead (house->dir, "the disk is full; free some space", &error);
  house->store = kith_store_new (database);
  const KithPhonesParts parts = { .clock = house->clock, .store = house->store, .max = 4 };
  house->phones = kith_phones_new (&parts, &error);
  g_assert_no_error (error);
  add (house, "desk", NULL, &answer);
  g_assert_error (answer.error, KITH_ERROR, KITH_ERROR_FAILED);
  g_assert_nonnull (strstr (answer.error->message, "free some space"));
  g_assert_null (answer.password);
  g_assert_null (kith_phones_get (house->phones, "desk"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/phones/" name, House, NULL, house_up, func, house_down)
  ADD ("add", test_add);
  ADD ("add-refused", test_add_refused);
  ADD ("add-two", test_add_two);
  ADD ("set", test_set);
  ADD ("password", test_password);
  ADD ("remove", test_remove);
  ADD ("states", test_states);
  ADD ("bindings", test_bindings);
  ADD ("registrar-dies", test_registrar_dies);
  ADD ("reach", test_reach);
  ADD ("restart", test_restart);
  ADD ("flush", test_flush);
  ADD ("learned", test_learned);
  ADD ("config", test_config);
  ADD ("import", test_import);
  ADD ("import-refused", test_import_refused);
  ADD ("not-kept", test_not_kept);
  return g_test_run ();
}
