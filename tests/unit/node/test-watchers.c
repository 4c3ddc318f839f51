/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who watches is told: at once, then not more often than once a second, and only what is news; on a
   notifier and a registrar that are played. */
#include <glib/gstdio.h>
#include <string.h>

#include "common/fake-notifier.h"
#include "common/fake-registrar.h"
#include "model/phone/phone-import.h"
#include "node/phones/watchers.h"

#define NOON_S G_GINT64_CONSTANT (1767268800)

typedef struct {
  gchar *dir;
  KithClock *clock;
  KithStore *store;
  KithFakeRegistrar *registrar;
  KithFakeNotifier *notifier;
  KithPhones *phones;
  KithWatchers *watchers;
  GString *told; /* names whose watchers changed */
} House;

static gchar *
find (const char *user, gpointer user_data)
{
  return strcmp (user, "me") == 0    ? g_strdup ("me")
         : strcmp (user, "bob") == 0 ? g_strdup ("contact/3")
                                     : NULL;
}

static void
on_changed (KithWatchers *watchers, const char *name, House *house)
{
  g_string_append_printf (house->told, "%s\n", name);
}

static void
house_up (House *house, gconstpointer data)
{
  static const char *const names[] = { "attic", "desk" };
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;

  house->dir = g_dir_make_tmp ("kith-watchers-XXXXXX", NULL);
  house->clock = kith_clock_new_manual (NOON_S * G_USEC_PER_SEC);
  g_autoptr (KithDatabase) database = kith_database_open (house->dir, &error);
  g_assert_no_error (error);
  house->store = kith_store_new (database);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    KithPhoneLine *line = g_new0 (KithPhoneLine, 1);
    (void)g_strlcpy (line->phone.name, names[i], sizeof line->phone.name);
    (void)g_snprintf (line->phone.number, sizeof line->phone.number, "1%u", i);
    line->phone.secret.has_md5 = TRUE;
    g_ptr_array_add (lines, line);
  }
  const KithPhonesParts phones = { .clock = house->clock,
                                   .store = house->store,
                                   .lines = lines,
                                   .max = 4,
                                   .rules = { .max_expires_s = 600 } };
  house->phones = kith_phones_new (&phones, &error);
  g_assert_no_error (error);
  house->registrar = kith_fake_registrar_new ();
  kith_phones_attach (house->phones, KITH_REGISTRAR (house->registrar));
  kith_fake_registrar_start (house->registrar);
  house->notifier = kith_fake_notifier_new ();
  const KithWatchersParts parts = { .clock = house->clock,
                                    .phones = house->phones,
                                    .notifier = KITH_NOTIFIER (house->notifier),
                                    .find = find };
  house->watchers = kith_watchers_new (&parts);
  house->told = g_string_new (NULL);
  g_signal_connect (house->watchers, "changed", G_CALLBACK (on_changed), house);
}

static void
house_down (House *house, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;

  g_object_unref (house->watchers);
  kith_fake_registrar_die (house->registrar);
  g_object_unref (house->phones);
  kith_store_stop (house->store);
  g_object_unref (house->store);
  g_object_unref (house->registrar);
  g_object_unref (house->notifier);
  g_object_unref (house->clock);
  g_string_free (house->told, TRUE);
  dir = g_dir_open (house->dir, 0, NULL);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir)) {
    g_autofree gchar *file = g_build_filename (house->dir, name, NULL);
    (void)g_unlink (file);
  }
  (void)g_rmdir (house->dir);
  g_free (house->dir);
}

/* One call of @key in the source @source; NULL: none. */
static void
set_call (House *house, const char *source, const char *key, KithWatchedState state)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_watched_entry_free);

  if (key != NULL) {
    KithWatchedEntry *entry = g_new0 (KithWatchedEntry, 1);
    entry->key = g_strdup (key);
    entry->id = g_strdup_printf ("%s-1", source);
    entry->state = state;
    entry->remote_uri = g_strdup ("sip:carol@example.org");
    g_ptr_array_add (entries, entry);
  }
  kith_watchers_set_calls (house->watchers, source, entries);
}

static guint
subscribe (House *house, const char *user, KithWatchEvent event)
{
  guint id = 0;

  g_assert_cmpuint (kith_fake_notifier_subscribe (house->notifier, "desk", user, event, &id),
                    ==,
                    0);
  return id;
}

static void
assert_body (House *house, guint id, guint count, const char *part)
{
  g_assert_cmpuint (kith_fake_notifier_count (house->notifier, id), ==, count);
  if (strstr (kith_fake_notifier_body (house->notifier, id), part) == NULL) {
    g_error ("no %s in %s", part, kith_fake_notifier_body (house->notifier, id));
  }
}

/* At once; then not twice within a second, and what is over by then is not told. */
static void
test_pace (House *house, gconstpointer data)
{
  const guint id = subscribe (house, "10", KITH_WATCH_DIALOG); /* by the number */

  assert_body (house, id, 1, "version=\"0\" state=\"full\" entity=\"sip:10@192.168.1.5\"");
  set_call (house, "calls", "phone/attic", KITH_WATCHED_EARLY);
  g_assert_cmpuint (kith_fake_notifier_count (house->notifier, id), ==, 1);
  kith_clock_advance (house->clock, KITH_WATCH_APART_MS - 1);
  g_assert_cmpuint (kith_fake_notifier_count (house->notifier, id), ==, 1);
  kith_clock_advance (house->clock, 1);
  assert_body (house, id, 2, "<state>early</state>");
  assert_body (house, id, 2, "version=\"1\"");
  kith_clock_advance (house->clock, 5000);
  set_call (house, "calls", "phone/attic", KITH_WATCHED_CONFIRMED); /* at once: it was long ago */
  assert_body (house, id, 3, "<state>confirmed</state>");
  set_call (house, "calls", "phone/attic", KITH_WATCHED_CONFIRMED); /* no news */
  set_call (house, "calls", NULL, 0);
  set_call (house, "calls", "phone/attic", KITH_WATCHED_CONFIRMED);
  kith_clock_advance (house->clock, 5000);
  g_assert_cmpuint (kith_fake_notifier_count (house->notifier, id), ==, 3);
  set_call (house, "calls", "phone/desk", KITH_WATCHED_CONFIRMED); /* another one's */
  assert_body (house, id, 4, "version=\"3\"");
  g_assert_null (strstr (kith_fake_notifier_body (house->notifier, id), "<dialog "));
  kith_fake_notifier_refresh (house->notifier, id); /* the whole state, though it is no news */
  assert_body (house, id, 5, "version=\"4\"");
}

/* Calls of both kinds are told together. */
static void
test_sources (House *house, gconstpointer data)
{
  const guint id = subscribe (house, "attic", KITH_WATCH_DIALOG);

  kith_clock_advance (house->clock, 2000);
  set_call (house, "calls", "phone/attic", KITH_WATCHED_CONFIRMED);
  kith_clock_advance (house->clock, 2000);
  set_call (house, "proxy", "phone/attic", KITH_WATCHED_TRYING);
  kith_clock_advance (house->clock, 2000);
  assert_body (house, id, 3, "id=\"calls-1\"");
  assert_body (house, id, 3, "id=\"proxy-1\"");
  set_call (house, "calls", NULL, 0);
  assert_body (house, id, 4, "id=\"proxy-1\"");
  g_assert_null (strstr (kith_fake_notifier_body (house->notifier, id), "id=\"calls-1\""));
}

static void
test_presence (House *house, gconstpointer data)
{
  const guint attic = subscribe (house, "attic", KITH_WATCH_PRESENCE);
  const guint me = subscribe (house, "me", KITH_WATCH_PRESENCE);

  assert_body (house, attic, 1, "<basic>closed</basic>");
  assert_body (house, attic, 1, "not registered");
  assert_body (house, me, 1, "<basic>open</basic>");
  kith_clock_advance (house->clock, 2000);
  const guint id = kith_fake_registrar_register (house->registrar,
                                                 "attic",
                                                 "192.168.1.40:5062",
                                                 NOON_S + 600,
                                                 0);
  assert_body (house, attic, 2, "<basic>open</basic>");
  kith_clock_advance (house->clock, 2000);
  set_call (house, "calls", "phone/attic", KITH_WATCHED_EARLY); /* it rings: not in a call */
  g_assert_cmpuint (kith_fake_notifier_count (house->notifier, attic), ==, 2);
  set_call (house, "calls", "phone/attic", KITH_WATCHED_CONFIRMED);
  assert_body (house, attic, 3, "on-the-phone");
  kith_clock_advance (house->clock, 2000);
  set_call (house, "calls", NULL, 0);
  kith_clock_advance (house->clock, 2000);
  kith_fake_registrar_reach (house->registrar, id, 0);
  assert_body (house, attic, 5, "does not answer");
  assert_body (house, attic, 5, "<basic>closed</basic>");
  kith_clock_advance (house->clock, 2000);
  kith_fake_registrar_unregister (house->registrar, id);
  assert_body (house, attic, 6, "not registered");
  g_assert_cmpuint (kith_fake_notifier_count (house->notifier, me), ==, 1);
}

static void
test_who (House *house, gconstpointer data)
{
  static const struct {
    const char *user;
    KithWatchEvent event;
    guint status;
  } cases[] = {
    { "attic", KITH_WATCH_DIALOG, 0 },     { "me", KITH_WATCH_DIALOG, 0 },
    { "bob", KITH_WATCH_DIALOG, 0 },       { "nobody", KITH_WATCH_DIALOG, 404 },
    { "bob", KITH_WATCH_PRESENCE, 404 },   { "nobody", KITH_WATCH_PRESENCE, 404 },
    { "desk", KITH_WATCH_MESSAGES, 0 },    { "11", KITH_WATCH_MESSAGES, 0 },
    { "attic", KITH_WATCH_MESSAGES, 403 }, { "", KITH_WATCH_DIALOG, 404 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_cmpuint (
        kith_fake_notifier_subscribe (house->notifier, "desk", cases[i].user, cases[i].event, NULL),
        ==,
        cases[i].status);
  }
  g_auto (GStrv) attic = kith_watchers_list (house->watchers, "attic");
  g_auto (GStrv) desk = kith_watchers_list (house->watchers, "desk");
  g_assert_cmpstr (attic[0], ==, "desk dialog");
  g_assert_null (attic[1]);
  g_assert_cmpuint (g_strv_length (desk), ==, 2);
  g_assert_cmpstr (house->told->str, ==, "attic\ndesk\ndesk\n");
  const guint bob = subscribe (house, "bob", KITH_WATCH_DIALOG);
  kith_clock_advance (house->clock, 2000);
  set_call (house, "calls", "contact/3", KITH_WATCHED_CONFIRMED);
  assert_body (house, bob, 2, "confirmed");
}

/* Ends: by the phone, and when one of the two is removed. */
static void
test_ends (House *house, gconstpointer data)
{
  const guint one = subscribe (house, "attic", KITH_WATCH_DIALOG);
  const guint two = subscribe (house, "attic", KITH_WATCH_PRESENCE);

  g_string_truncate (house->told, 0);
  kith_fake_notifier_end (house->notifier, one);
  g_assert_cmpuint (kith_watchers_count (house->watchers), ==, 1);
  g_assert_cmpstr (house->told->str, ==, "attic\n");
  kith_fake_notifier_end (house->notifier, one); /* once is enough */
  set_call (house, "calls", "phone/attic", KITH_WATCHED_CONFIRMED);
  kith_clock_advance (house->clock, 5000);
  g_assert_cmpuint (kith_fake_notifier_count (house->notifier, one), ==, 1);
  const KithPhoneEntry *attic = kith_phones_get (house->phones, "attic");
  g_signal_emit_by_name (house->phones, "removed", attic);
  KithWatchEnd why = KITH_WATCH_DEACTIVATED;
  g_assert_true (kith_fake_notifier_was_ended (house->notifier, two, &why));
  g_assert_cmpint (why, ==, KITH_WATCH_NO_RESOURCE);
  g_assert_cmpuint (kith_watchers_count (house->watchers), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/watchers/" name, House, NULL, house_up, func, house_down)
  ADD ("pace", test_pace);
  ADD ("sources", test_sources);
  ADD ("presence", test_presence);
  ADD ("who", test_who);
  ADD ("ends", test_ends);
  return g_test_run ();
}
