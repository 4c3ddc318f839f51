/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The root object: identity, dialling, looking up, agents, the shape of the bus, and hostile
   input. */
#include <string.h>

#include "bus-fixture.h"

#define MANAGER KITH_BUS_ROOT, KITH_BUS_IFACE_MANAGER

static GVariant *
one_option (const char *key, GVariant *value)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, key, value);
  return g_variant_dict_end (&dict);
}

/* Every check ends with this: the daemon is there and answers. */
static void
assert_alive (Bus *bus)
{
  g_autofree gchar *version = bus_get_text (bus, MANAGER, "Version");

  g_assert_cmpstr (version, ==, KITH_VERSION);
}

/* Why a call to nobody ends: on a machine without a network for another reason. */
static void
assert_in_vain (const char *reason)
{
  if (!g_str_equal (reason, "unreachable")) {
    g_assert_cmpstr (reason, ==, "not-found");
  }
}

static void
test_without_identity (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *state = bus_get_text (&bus, MANAGER, "State");
  g_autofree gchar *account = bus_get_text (&bus, MANAGER, "DefaultAccount");
  g_autoptr (GVariant) features = bus_get (&bus, MANAGER, "Features");
  g_assert_cmpstr (state, ==, "no-identity");
  g_assert_cmpstr (account, ==, "/");
  g_assert_true (g_variant_is_of_type (features, G_VARIANT_TYPE ("as")));
  bus_call_fails (&bus, MANAGER, "Dial", g_variant_new ("(sa{sv})", "bob", NULL), "NotReady");
  bus_call_fails (&bus, MANAGER, "Resolve", g_variant_new ("(sa{sv})", "bob", NULL), "NotReady");
  g_autoptr (GVariant) objects = bus_get_objects (&bus);
  g_autoptr (GVariant) none = g_variant_lookup_value (objects, KITH_BUS_DEFAULT_ACCOUNT, NULL);
  g_autoptr (GVariant) plugin
      = g_variant_lookup_value (objects, KITH_BUS_PLUGIN_PREFIX "static", NULL);
  g_assert_null (none);
  g_assert_nonnull (plugin);
  assert_alive (&bus);
  bus_down (&bus);
}

static void
test_identity (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  bus_call_fails (&bus,
                  MANAGER,
                  "CreateIdentity",
                  g_variant_new ("(sa{sv})", "not a name", NULL),
                  "InvalidAddress");
  bus_call_fails (&bus,
                  MANAGER,
                  "CreateIdentity",
                  g_variant_new ("(sa{sv})", "", NULL),
                  "InvalidAddress");
  bus_call_fails (
      &bus,
      MANAGER,
      "CreateIdentity",
      g_variant_new ("(s@a{sv})", "alice", one_option ("colour", g_variant_new_string ("red"))),
      "InvalidArguments");
  bus_call_fails (
      &bus,
      MANAGER,
      "CreateIdentity",
      g_variant_new ("(s@a{sv})", "alice", one_option ("words", g_variant_new_uint32 (12))),
      "InvalidArguments");
  bus_call_fails (
      &bus,
      MANAGER,
      "CreateIdentity",
      g_variant_new ("(s@a{sv})", "alice", one_option ("words", g_variant_new_string ("one two"))),
      "InvalidArguments");
  g_autofree gchar *words = bus_make_identity (&bus);
  g_auto (GStrv) list = g_strsplit (words, " ", -1);
  g_assert_cmpuint (g_strv_length (list), ==, 12);
  bus_call_fails (&bus,
                  MANAGER,
                  "CreateIdentity",
                  g_variant_new ("(sa{sv})", "alice", NULL),
                  "Exists");

  g_autofree gchar *state = bus_get_text (&bus, MANAGER, "State");
  g_autofree gchar *account = bus_get_text (&bus, MANAGER, "DefaultAccount");
  g_assert_cmpstr (state, ==, "running");
  g_assert_cmpstr (account, ==, KITH_BUS_DEFAULT_ACCOUNT);
  g_autofree gchar *name = bus_get_text (&bus, account, KITH_BUS_IFACE_ACCOUNT, "Name");
  g_autofree gchar *kind = bus_get_text (&bus, account, KITH_BUS_IFACE_ACCOUNT, "Kind");
  g_autofree gchar *key = bus_get_text (&bus, account, KITH_BUS_IFACE_ACCOUNT, "Key");
  g_autoptr (GVariant) port = bus_get (&bus, account, KITH_BUS_IFACE_ACCOUNT, "SipPort");
  g_assert_cmpstr (name, ==, "alice");
  g_assert_cmpstr (kind, ==, "kith");
  g_assert_cmpuint (strlen (key), ==, 52);
  g_assert_cmpuint (g_variant_get_uint16 (port), >, 0);
  bus_down (&bus);
}

static gchar *
account_key (Bus *bus)
{
  return bus_get_text (bus, KITH_BUS_DEFAULT_ACCOUNT, KITH_BUS_IFACE_ACCOUNT, "Key");
}

/* The identity outlives the daemon, and its words make it again elsewhere. */
static void
test_identity_returns (void)
{
  Bus bus;
  g_autoptr (GError) error = NULL;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *key = account_key (&bus);
  g_subprocess_send_signal (bus.daemon, SIGTERM);
  g_assert_cmpint (bus_wait_exit (bus.daemon), ==, 0);
  g_clear_object (&bus.daemon);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *key_again = account_key (&bus);
  g_assert_cmpstr (key, ==, key_again);
  bus_down (&bus);

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autoptr (GVariant) reply = bus_call (
      &bus,
      MANAGER,
      "CreateIdentity",
      g_variant_new ("(s@a{sv})", "alice", one_option ("words", g_variant_new_string (words))),
      &error);
  const char *shown = NULL;
  g_assert_no_error (error);
  g_variant_get (reply, "(&s)", &shown);
  g_assert_cmpstr (shown, ==, "");
  g_autofree gchar *restored = account_key (&bus);
  g_assert_cmpstr (key, ==, restored);
  bus_down (&bus);
}

static void
test_dial (void)
{
  Bus bus;
  g_autofree gchar *long_name = g_strnfill (513, 'a');

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  bus_call_fails (&bus, MANAGER, "Dial", g_variant_new ("(sa{sv})", "", NULL), "InvalidAddress");
  bus_call_fails (&bus,
                  MANAGER,
                  "Dial",
                  g_variant_new ("(sa{sv})", "a b c", NULL),
                  "InvalidAddress");
  bus_call_fails (&bus,
                  MANAGER,
                  "Dial",
                  g_variant_new ("(sa{sv})", long_name, NULL),
                  "InvalidAddress");
  bus_call_fails (
      &bus,
      MANAGER,
      "Dial",
      g_variant_new ("(s@a{sv})", "bob", one_option ("video", g_variant_new_boolean (TRUE))),
      "InvalidArguments");
  bus_call_fails (&bus,
                  MANAGER,
                  "Resolve",
                  g_variant_new ("(sa{sv})", "a b c", NULL),
                  "InvalidAddress");
  bus_call_fails (&bus, MANAGER, "Resolve", g_variant_new ("(sa{sv})", "nobody", NULL), "NotFound");
  bus_call_fails (&bus,
                  MANAGER,
                  "Resolve",
                  g_variant_new ("(s@a{sv})", "bob", one_option ("x", g_variant_new_int32 (1))),
                  "InvalidArguments");

  g_autofree gchar *call = bus_dial (&bus, "nobody");
  g_assert_true (g_str_has_prefix (call, KITH_BUS_CALL_PREFIX));
  bus_wait_call_state (&bus, call, "ended");
  g_autofree gchar *reason = bus_get_text (&bus, call, KITH_BUS_IFACE_CALL, "StateReason");
  g_autofree gchar *direction = bus_get_text (&bus, call, KITH_BUS_IFACE_CALL, "Direction");
  g_autofree gchar *peer = bus_get_text (&bus, call, KITH_BUS_IFACE_CALL, "PeerAddress");
  g_autofree gchar *account = bus_get_text (&bus, call, KITH_BUS_IFACE_CALL, "Account");
  g_autoptr (GVariant) started = bus_get (&bus, call, KITH_BUS_IFACE_CALL, "StartedAt");
  g_autoptr (GVariant) ended = bus_get (&bus, call, KITH_BUS_IFACE_CALL, "EndedAt");
  assert_in_vain (reason);
  g_assert_cmpstr (direction, ==, "outgoing");
  g_assert_cmpstr (peer, ==, "nobody");
  g_assert_cmpstr (account, ==, KITH_BUS_DEFAULT_ACCOUNT);
  g_assert_cmpint (g_variant_get_int64 (started), >, 0);
  g_assert_cmpint (g_variant_get_int64 (ended), >=, g_variant_get_int64 (started));
  bus_call_fails (&bus,
                  call,
                  KITH_BUS_IFACE_CALL,
                  "Hangup",
                  g_variant_new ("(s)", ""),
                  "WrongState");
  bus_call_fails (&bus, call, KITH_BUS_IFACE_CALL, "Accept", NULL, "WrongState");
  bus_call_fails (&bus,
                  call,
                  KITH_BUS_IFACE_CALL,
                  "Reject",
                  g_variant_new ("(s)", "busy"),
                  "WrongState");
  bus_call_fails (&bus,
                  call,
                  KITH_BUS_IFACE_CALL,
                  "Reject",
                  g_variant_new ("(s)", "because"),
                  "InvalidArguments");
  bus_call_fails (&bus, call, KITH_BUS_IFACE_CALL_MEDIA, "GetStatistics", NULL, "WrongState");
  bus_down (&bus);
}

static void
test_agents (void)
{
  Bus bus;
  const char *const none[] = { NULL };
  const char *const ring[] = { "ring", NULL };
  const char *const wrong[] = { "ring", "cook", NULL };
  g_autoptr (GError) error = NULL;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  bus_call_fails (&bus,
                  MANAGER,
                  "RegisterAgent",
                  g_variant_new ("(o^as)", "/a", wrong),
                  "InvalidArguments");
  bus_call_fails (&bus, MANAGER, "UnregisterAgent", g_variant_new ("(o)", "/a"), "NotFound");
  for (guint i = 0; i < KITH_BUS_MAX_AGENTS; i++) {
    g_autofree gchar *path = g_strdup_printf ("/a/%u", i);
    g_autoptr (GVariant) reply = bus_call (&bus,
                                           MANAGER,
                                           "RegisterAgent",
                                           g_variant_new ("(o^as)", path, i % 2 == 0 ? none : ring),
                                           &error);
    g_assert_no_error (error);
  }
  bus_call_fails (&bus, MANAGER, "RegisterAgent", g_variant_new ("(o^as)", "/a/3", ring), "Exists");
  bus_call_fails (&bus,
                  MANAGER,
                  "RegisterAgent",
                  g_variant_new ("(o^as)", "/b", ring),
                  "LimitReached");
  g_autoptr (GVariant) gone
      = bus_call (&bus, MANAGER, "UnregisterAgent", g_variant_new ("(o)", "/a/3"), &error);
  g_assert_no_error (error);
  bus_call_fails (&bus, MANAGER, "UnregisterAgent", g_variant_new ("(o)", "/a/3"), "NotFound");

  /* Those of a connection that leaves make room. */
  GDBusConnection *second = g_dbus_connection_new_for_address_sync (
      bus.address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);
  g_assert_no_error (error);
  for (guint round = 0; round < 3; round++) {
    g_autoptr (GVariant) reply = g_dbus_connection_call_sync (round == 0 ? second : bus.connection,
                                                              KITH_BUS_NAME,
                                                              MANAGER,
                                                              "RegisterAgent",
                                                              g_variant_new ("(o^as)", "/b", ring),
                                                              NULL,
                                                              G_DBUS_CALL_FLAGS_NONE,
                                                              5000,
                                                              NULL,
                                                              &error);
    if (round == 1) { /* full again */
      g_assert_nonnull (error);
      g_clear_error (&error);
      g_assert_true (g_dbus_connection_close_sync (second, NULL, NULL));
    } else {
      g_assert_no_error (error);
    }
  }
  g_object_unref (second);
  bus_down (&bus);
}

/* Interfaces as they are on the bus, against the XML files in the source. */
static void
assert_same_interface (GDBusNodeInfo *live, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *file = g_strdup_printf ("%s/%s.xml", KITH_BUS_XML_DIR, name);
  g_autofree gchar *xml = NULL;

  g_assert_true (g_file_get_contents (file, &xml, NULL, &error));
  g_autoptr (GDBusNodeInfo) source = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  GDBusInterfaceInfo *a = g_dbus_node_info_lookup_interface (live, name);
  GDBusInterfaceInfo *b = g_dbus_node_info_lookup_interface (source, name);
  g_assert_nonnull (a);
  g_assert_nonnull (b);
  g_autoptr (GString) text_a = g_string_new (NULL);
  g_autoptr (GString) text_b = g_string_new (NULL);
  g_dbus_interface_info_generate_xml (a, 0, text_a);
  g_dbus_interface_info_generate_xml (b, 0, text_b);
  g_string_replace (text_b, /* it is for the generator, which keeps it to itself */
                    "    <annotation name=\"org.gtk.GDBus.C.UnixFD\" value=\"true\">\n"
                    "    </annotation>\n",
                    "",
                    0);
  g_assert_cmpstr (text_a->str, ==, text_b->str);
}

static GDBusNodeInfo *
introspect (Bus *bus, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply
      = bus_call (bus, path, "org.freedesktop.DBus.Introspectable", "Introspect", NULL, &error);
  const char *xml = NULL;

  g_assert_no_error (error);
  g_variant_get (reply, "(&s)", &xml);
  GDBusNodeInfo *info = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);
  return info;
}

static void
test_introspection (void)
{
  Bus bus;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *path = bus_dial (&bus, "nobody");
  g_autoptr (GDBusNodeInfo) root = introspect (&bus, KITH_BUS_ROOT);
  g_autoptr (GDBusNodeInfo) account = introspect (&bus, KITH_BUS_DEFAULT_ACCOUNT);
  g_autoptr (GDBusNodeInfo) call = introspect (&bus, path);
  g_autoptr (GDBusNodeInfo) plugin = introspect (&bus, KITH_BUS_PLUGIN_PREFIX "static");
  assert_same_interface (root, KITH_BUS_IFACE_MANAGER);
  assert_same_interface (account, KITH_BUS_IFACE_ACCOUNT);
  assert_same_interface (call, KITH_BUS_IFACE_CALL);
  assert_same_interface (call, KITH_BUS_IFACE_CALL_MEDIA);
  assert_same_interface (plugin, KITH_BUS_IFACE_PLUGIN);
  g_assert_nonnull (g_dbus_node_info_lookup_interface (root, "org.freedesktop.DBus.ObjectManager"));
  bus_down (&bus);
}

static void
on_object_added (GDBusObjectManager *manager, GDBusObject *object, gpointer user_data)
{
  g_string_append_printf (user_data, "+%s ", g_dbus_object_get_object_path (object));
}

typedef struct {
  GDBusObjectManager *manager;
  GString *seen;
  const char *path;
} Seen;

/* The client's picture follows the signals: it has the account, and the call at its end. */
static gboolean
has_seen (gpointer user_data)
{
  Seen *seen = user_data;
  g_autoptr (GDBusInterface) call
      = g_dbus_object_manager_get_interface (seen->manager, seen->path, KITH_BUS_IFACE_CALL);

  return call != NULL && strstr (seen->seen->str, "+" KITH_BUS_DEFAULT_ACCOUNT " ") != NULL
         && strstr (seen->seen->str, seen->path) != NULL
         && g_strcmp0 (kith_bus_call_get_state (KITH_BUS_CALL (call)), "ended") == 0;
}

/* GLib's own client of ObjectManager sees what the daemon shows, also what comes later. */
static void
test_object_manager (void)
{
  Bus bus;
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) seen = g_string_new (NULL);

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autoptr (GDBusObjectManager) manager
      = kith_bus_object_manager_client_new_sync (bus.connection,
                                                 G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE,
                                                 KITH_BUS_NAME,
                                                 KITH_BUS_ROOT,
                                                 NULL,
                                                 &error);
  g_assert_no_error (error);
  g_signal_connect (manager, "object-added", G_CALLBACK (on_object_added), seen);
  g_autofree gchar *words = bus_make_identity (&bus);
  g_autofree gchar *path = bus_dial (&bus, "nobody");
  Seen picture = { manager, seen, path };
  g_assert_true (bus_wait (15000, has_seen, &picture));
  g_autoptr (GDBusInterface) call
      = g_dbus_object_manager_get_interface (manager, path, KITH_BUS_IFACE_CALL);
  g_autoptr (GDBusInterface) media
      = g_dbus_object_manager_get_interface (manager, path, KITH_BUS_IFACE_CALL_MEDIA);
  g_assert_true (KITH_BUS_IS_CALL (call));
  g_assert_true (KITH_BUS_IS_CALL_MEDIA (media));
  g_assert_cmpstr (kith_bus_call_get_state (KITH_BUS_CALL (call)), ==, "ended");
  assert_in_vain (kith_bus_call_get_state_reason (KITH_BUS_CALL (call)));
  g_clear_object (&call);
  g_clear_object (&media);
  g_clear_object (&manager);
  bus_down (&bus);
}

static void
test_hostile_strings (void)
{
  Bus bus;
  g_autofree gchar *huge = g_strnfill (65536, 'A');
  g_autofree gchar *slashes = g_strnfill (512, '/');
  const char *const hostile[] = {
    "%s%s%n%n",
    "../../../etc/passwd",
    "a\r\nVia: x",
    "\x1b[2J",
    "\xe2\x80\xae"
    "bob",
    "sip:",
    "sip:@",
    "sip:a@[::1",
    "kith:?k=",
    "~",
    "bob~",
    "sip:bob@127.0.0.1:99999",
    "sip:a@b?Subject=x",
    "sips:bob@example.org",
    "<script>",
    "\xf4\x8f\xbf\xbf",
    "\x01",
    slashes,
    huge,
  };

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  g_autofree gchar *words = bus_make_identity (&bus);
  for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++) {
    const char *const methods[] = { "Dial", "Resolve", "CreateIdentity" };
    for (gsize m = 0; m < G_N_ELEMENTS (methods); m++) {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) reply = bus_call (&bus,
                                             MANAGER,
                                             methods[m],
                                             g_variant_new ("(sa{sv})", hostile[i], NULL),
                                             &error);
      g_autofree gchar *name = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;
      g_test_message ("%s %.40s: %s",
                      methods[m],
                      hostile[i],
                      error != NULL ? error->message : "taken");
      g_assert_null (reply);
      g_assert_true (g_str_has_prefix (name, KITH_BUS_ERROR_PREFIX));
      g_assert_cmpuint (strlen (error->message), <, 4096);
    }
  }
  assert_alive (&bus);
  bus_down (&bus);
}

static void
expect_foreign_error (Bus *bus,
                      const char *path,
                      const char *iface,
                      const char *method,
                      GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = bus_call (bus, path, iface, method, parameters, &error);

  g_assert_null (reply);
  g_assert_true (g_dbus_error_is_remote_error (error));
}

static void
on_flood_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply
      = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  (*(guint *)user_data)--;
}

static gboolean
is_zero (gpointer user_data)
{
  return *(guint *)user_data == 0;
}

static void
test_hostile_messages (void)
{
  Bus bus;
  guint open = 2000;
  GVariantBuilder many;

  bus_up (&bus);
  bus_start_daemon (&bus, NULL);
  expect_foreign_error (&bus, MANAGER, "Dial", g_variant_new ("(u)", 7));
  expect_foreign_error (&bus, MANAGER, "Dial", NULL);
  expect_foreign_error (&bus, MANAGER, "NoSuchMethod", NULL);
  expect_foreign_error (&bus,
                        KITH_BUS_ROOT "/call/4294967296",
                        KITH_BUS_IFACE_CALL,
                        "Accept",
                        NULL);
  expect_foreign_error (&bus, KITH_BUS_ROOT "/nowhere", KITH_BUS_IFACE_MANAGER, "Stop", NULL);
  expect_foreign_error (&bus,
                        KITH_BUS_ROOT,
                        "org.freedesktop.DBus.Properties",
                        "Get",
                        g_variant_new ("(ss)", "no.such", "X"));
  expect_foreign_error (
      &bus,
      KITH_BUS_ROOT,
      "org.freedesktop.DBus.Properties",
      "Set",
      g_variant_new ("(ssv)", KITH_BUS_IFACE_MANAGER, "State", g_variant_new_string ("stopping")));
  g_variant_builder_init (&many, G_VARIANT_TYPE ("a{sv}"));
  for (guint i = 0; i < 5000; i++) {
    g_autofree gchar *key = g_strdup_printf ("key-%u", i);
    g_variant_builder_add (&many, "{sv}", key, g_variant_new_uint32 (i));
  }
  bus_call_fails (&bus,
                  MANAGER,
                  "CreateIdentity",
                  g_variant_new ("(sa{sv})", "alice", &many),
                  "InvalidArguments");
  /* Each is answered, most of them from a sender that has just come and is being looked up. */
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) fresh = g_dbus_connection_new_for_address_sync (
      bus.address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2000; i++) {
    g_dbus_connection_call (fresh,
                            KITH_BUS_NAME,
                            MANAGER,
                            "Resolve",
                            g_variant_new ("(sa{sv})", "bob", NULL),
                            NULL,
                            G_DBUS_CALL_FLAGS_NONE,
                            15000,
                            NULL,
                            on_flood_reply,
                            &open);
  }
  g_assert_true (bus_wait (20000, is_zero, &open));
  g_assert_true (g_dbus_connection_close_sync (fresh, NULL, NULL));
  assert_alive (&bus);
  bus_down (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bus/manager/without-identity", test_without_identity);
  g_test_add_func ("/bus/manager/identity", test_identity);
  g_test_add_func ("/bus/manager/identity-returns", test_identity_returns);
  g_test_add_func ("/bus/manager/dial", test_dial);
  g_test_add_func ("/bus/manager/agents", test_agents);
  g_test_add_func ("/bus/manager/introspection", test_introspection);
  g_test_add_func ("/bus/manager/object-manager", test_object_manager);
  g_test_add_func ("/bus/manager/hostile-strings", test_hostile_strings);
  g_test_add_func ("/bus/manager/hostile-messages", test_hostile_messages);
  return g_test_run ();
}
