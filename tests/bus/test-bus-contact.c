/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contacts on the bus: added by proof only, named, set, kept over a restart, forgotten. */
#include <string.h>

#include "bus-fixture.h"
#include "model/names/peer-key.h"

#define MANAGER KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER
#define CONTACT KITH_BUS_IFACE_CONTACT

static gchar *
key_of (guint8 mark)
{
  KithPeerKey key;

  memset (key.bytes, mark, sizeof key.bytes);
  return kith_peer_key_to_text (&key);
}

static GVariant *
add_arguments (const char *address, const char *name, int relay)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  if (name != NULL) {
    g_variant_dict_insert (&dict, "name", "s", name);
  }
  if (relay >= 0) {
    g_variant_dict_insert (&dict, "relay", "b", relay == 1);
  }
  return g_variant_new ("(s@a{sv})", address, g_variant_dict_end (&dict));
}

static gchar *
add (Bus *bus, const char *address, const char *name, int relay)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = bus_call (bus, MANAGER, "AddContact", add_arguments (address, name, relay), &error);
  gchar *path = NULL;

  g_assert_no_error (error);
  g_variant_get (reply, "(o)", &path);
  return path;
}

static void
add_fails (Bus *bus, const char *address, const char *name, const char *word)
{
  bus_call_fails (bus, MANAGER, "AddContact", add_arguments (address, name, -1), word);
}

static GVariant *
set_arguments (const char *property, GVariant *value)
{
  return g_variant_new ("(ssv)", CONTACT, property, value);
}

static void
set_property (Bus *bus, const char *path, const char *property, GVariant *value)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus,
                                         path,
                                         "org.freedesktop.DBus.Properties",
                                         "Set",
                                         set_arguments (property, value),
                                         &error);

  g_assert_no_error (error);
}

static void
assert_text (Bus *bus, const char *path, const char *property, const char *expected)
{
  g_autofree gchar *text = bus_get_text (bus, path, CONTACT, property);

  g_assert_cmpstr (text, ==, expected);
}

static void
assert_flag (Bus *bus, const char *path, const char *property, gboolean expected)
{
  g_autoptr (GVariant) value = bus_get (bus, path, CONTACT, property);

  g_assert_cmpint (g_variant_get_boolean (value), ==, expected);
}

static gboolean
is_exported (Bus *bus, const char *path)
{
  g_autoptr (GVariant) objects = bus_get_objects (bus);
  g_autoptr (GVariant) object = g_variant_lookup_value (objects, path, NULL);

  return object != NULL;
}

/* What "bob" means now, as Resolve tells it. */
static void
assert_means (Bus *bus, const char *name, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = bus_call (bus, MANAGER, "Resolve", g_variant_new ("(sa{sv})", name, NULL), &error);
  const char *found = NULL;

  g_assert_no_error (error);
  g_autoptr (GVariant) all = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (all), ==, 1);
  g_autoptr (GVariant) first = g_variant_get_child_value (all, 0);
  g_assert_true (g_variant_lookup (first, "key", "&s", &found));
  g_assert_cmpstr (found, ==, key);
}

static void
test_life (void)
{
  Bus bus;
  g_autofree gchar *key = key_of (0x22);
  g_autofree gchar *other = key_of (0x33);

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  add_fails (&bus, key, "bob", "NotReady"); /* no identity yet */
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *bob = add (&bus, key, "Bob", 1);
  g_assert_true (is_exported (&bus, bob));
  assert_text (&bus, bob, "Name", "bob");
  assert_text (&bus, bob, "Key", key);
  assert_text (&bus, bob, "FullAddress", key);
  assert_flag (&bus, bob, "Relay", TRUE);
  assert_flag (&bus, bob, "Online", FALSE);
  assert_means (&bus, "bob", key);

  g_autofree gchar *carol = add (&bus, other, "carol", -1);
  assert_flag (&bus, carol, "Relay", FALSE);
  set_property (&bus, carol, "Relay", g_variant_new_boolean (TRUE));
  assert_flag (&bus, carol, "Relay", TRUE);
  set_property (&bus, bob, "Relay", g_variant_new_boolean (FALSE));
  set_property (&bus, bob, "Name", g_variant_new_string ("Robert"));
  assert_text (&bus, bob, "Name", "robert");
  assert_means (&bus, "robert", key);
  bus_down (&bus);
}

static void
test_restart (void)
{
  Bus bus;
  g_autofree gchar *key = key_of (0x22);

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *bob = add (&bus, key, "bob", 1);
  g_autoptr (GVariant) before = bus_get (&bus, bob, CONTACT, "AddedAt");
  g_autoptr (GVariant) reply = bus_call (&bus, MANAGER, "Stop", NULL, NULL);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);

  bus_start_daemon (&bus, NULL);
  g_assert_true (is_exported (&bus, bob));
  assert_text (&bus, bob, "Key", key);
  assert_flag (&bus, bob, "Relay", TRUE);
  g_autoptr (GVariant) after = bus_get (&bus, bob, CONTACT, "AddedAt");
  g_assert_true (g_variant_equal (before, after));

  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) gone = bus_call (&bus, bob, CONTACT, "Forget", NULL, &error);
  g_assert_no_error (error);
  g_assert_false (is_exported (&bus, bob));
  bus_call_fails (&bus, MANAGER, "Resolve", g_variant_new ("(sa{sv})", "bob", NULL), "NotFound");
  bus_down (&bus);
}

static void
test_refusals (void)
{
  Bus bus;
  g_autofree gchar *key = key_of (0x22);
  g_autofree gchar *other = key_of (0x33);

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *own
      = bus_get_text (&bus, KITH_BUS_DEFAULT_ACCOUNT, KITH_BUS_IFACE_ACCOUNT, "Key");
  g_autofree gchar *bob = add (&bus, key, "bob", -1);
  add_fails (&bus, key, "bobby", "Exists");                /* the same person twice */
  add_fails (&bus, other, "bob", "Exists");                /* another one of that name */
  add_fails (&bus, other, NULL, "InvalidArguments");       /* a key has no name */
  add_fails (&bus, other, "not a name", "InvalidAddress"); /* … and not every text is one */
  add_fails (&bus, own, "me", "InvalidArguments");         /* ourselves */
  add_fails (&bus, "nobody", NULL, "NotFound");            /* nobody claims it */
  add_fails (&bus, "sip:x@192.0.2.7", "x", "Unsupported"); /* no key */
  add_fails (&bus, "", "x", "InvalidAddress");
  bus_call_fails (&bus,
                  MANAGER,
                  "AddContact",
                  g_variant_new_parsed ("('x', {'relay': <'on'>})"),
                  "InvalidArguments");
  bus_call_fails (&bus,
                  MANAGER,
                  "AddContact",
                  g_variant_new_parsed ("('x', {'colour': <true>})"),
                  "InvalidArguments");
  g_autofree gchar *carol = add (&bus, other, "carol", -1);
  bus_call_fails (&bus,
                  carol,
                  "org.freedesktop.DBus.Properties",
                  "Set",
                  set_arguments ("Name", g_variant_new_string ("bob")),
                  "Exists");
  assert_text (&bus, carol, "Name", "carol");
  bus_down (&bus);
}

#ifdef KITH_SLOW_DISK
#define DELAY_US (300 * 1000) /* of each fsync(), see slow-disk.c */

typedef struct {
  gboolean is_there;
  gint64 at;
  GVariant *reply;
  GError *error;
} Answer;

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &answer->error);
  answer->at = g_get_monotonic_time ();
  answer->is_there = TRUE;
}

/* Asks for something that has to be written, does not wait for it, and sees how long kithd takes
   for other answers until that one comes. */
static gint64
measure (Bus *bus, const char *path, const char *iface, const char *method, GVariant *parameters)
{
  Answer answer = { 0 };
  gint64 begin = g_get_monotonic_time ();
  gint64 longest = 0;

  g_dbus_connection_call (bus->connection,
                          KITH_BUS_NAME,
                          path,
                          iface,
                          method,
                          parameters,
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          20000,
                          NULL,
                          on_answer,
                          &answer);
  while (!answer.is_there) {
    gint64 asked = g_get_monotonic_time ();
    g_autofree gchar *state = bus_get_text (bus, MANAGER, "State");
    longest = MAX (longest, g_get_monotonic_time () - asked);
    while (g_main_context_iteration (NULL, FALSE)) {
    }
  }
  g_assert_no_error (answer.error);
  g_variant_unref (answer.reply);
  g_assert_cmpint (answer.at - begin, >=, DELAY_US);
  g_test_message ("answered after %d ms, others within %d ms",
                  (int)((answer.at - begin) / 1000),
                  (int)(longest / 1000));
  return longest;
}

/* A slow disk holds up who asked for a change, and nobody else; what was answered is there after a
   death, and what was not is written before the end. */
static void
test_slow_disk (void)
{
  Bus bus;
  g_autofree gchar *bobs = key_of (0x22);
  g_autofree gchar *carols = key_of (0x33);
  const char *const prefix[] = { "env", "LD_PRELOAD=" KITH_SLOW_DISK, NULL };
  gint64 least = G_MAXINT64;

  bus_up (&bus);
  bus.prefix = prefix;
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *bob = add (&bus, bobs, "bob", 0);
  for (guint i = 0; i < 5 && least >= DELAY_US / 2; i++) { /* the machine has other things to do */
    g_autofree gchar *name = g_strdup_printf ("bob%u", i);
    gint64 longest = measure (&bus,
                              bob,
                              "org.freedesktop.DBus.Properties",
                              "Set",
                              set_arguments ("Name", g_variant_new_string (name)));
    least = MIN (least, longest);
  }
  g_assert_cmpint (least, <, DELAY_US / 2);
  (void)measure (&bus, MANAGER, "AddContact", add_arguments (carols, "carol", -1));
  g_subprocess_force_exit (bus.daemon);
  g_assert_true (g_subprocess_wait (bus.daemon, NULL, NULL));
  g_clear_object (&bus.daemon);

  bus_start_daemon (&bus, NULL);
  assert_means (&bus, "carol", carols);
  assert_text (&bus, bob, "Key", bobs);
  g_dbus_connection_call (bus.connection,
                          KITH_BUS_NAME,
                          bob,
                          "org.freedesktop.DBus.Properties",
                          "Set",
                          set_arguments ("Relay", g_variant_new_boolean (TRUE)),
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          -1,
                          NULL,
                          NULL,
                          NULL);
  g_autoptr (GVariant) stopped = bus_call (&bus, MANAGER, "Stop", NULL, NULL);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  bus.prefix = NULL;
  bus_start_daemon (&bus, NULL);
  assert_flag (&bus, bob, "Relay", TRUE);
  bus_down (&bus);
}
#endif

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/contact/life", test_life);
  g_test_add_func ("/bus/contact/restart", test_restart);
  g_test_add_func ("/bus/contact/refusals", test_refusals);
#ifdef KITH_SLOW_DISK
  g_test_add_func ("/bus/contact/slow-disk", test_slow_disk);
#endif
  return g_test_run ();
}
