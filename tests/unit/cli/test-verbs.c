/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verbs against a daemon that plays its part on a private bus: what is said, asked and returned. */
#include <signal.h>
#include <string.h>

#include "bus/kith-bus.h"
#include "bus/names.h"
#include "common/await.h"

#define PATH KITH_BUS_CALL_PREFIX "1"

/* One call that goes through these states, a step each; the last one stays. */
typedef struct {
  GTestDBus *bus;
  GDBusConnection *connection;
  GDBusObjectManagerServer *objects;
  KithBusManager *manager;
  KithBusAccount *account;
  KithBusCall *call;
  const char *const *states;
  const char *reason;
  gchar *asked; /* what was asked of the daemon, in order */
  guint timer;
  guint name_id;
  guint namesakes;        /* of who is dialled */
  gboolean leaves;        /* the bus, when it is asked for statistics */
  GSubprocess *suspended; /* gets Ctrl-Z while its Dial is not answered yet */
} Fake;

typedef struct {
  gchar *out;
  gchar *err;
  int code;
} Run;

static void
note (Fake *fake, const char *what)
{
  gchar *more = g_strconcat (fake->asked != NULL ? fake->asked : "", what, ";", NULL);

  g_free (fake->asked);
  fake->asked = more;
}

static void
enter (Fake *fake, const char *state, const char *reason)
{
  if (g_str_equal (state, "connecting")) {
    kith_bus_call_set_answered_at (fake->call, g_get_real_time ());
  } else if (g_str_equal (state, "ringing")) {
    kith_bus_call_set_peer_name (fake->call, "bob\033[31m");
    kith_bus_call_set_peer_tag (fake->call, "7k2f9qxm");
    kith_bus_call_set_peer_key (fake->call, "00112233");
    kith_bus_call_set_encryption (fake->call, "srtp-link");
  }
  kith_bus_call_set_state_reason (fake->call, reason);
  kith_bus_call_set_state (fake->call, state);
  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (fake->call));
}

static gboolean
on_step (gpointer user_data)
{
  Fake *fake = user_data;

  if (fake->states == NULL || *fake->states == NULL) {
    fake->timer = 0;
    return G_SOURCE_REMOVE;
  }
  enter (fake, *fake->states, g_str_equal (*fake->states, "ended") ? fake->reason : "none");
  fake->states++;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_call_method (KithBusCall *call, GDBusMethodInvocation *invocation, gpointer user_data)
{
  Fake *fake = user_data;

  note (fake, g_dbus_method_invocation_get_method_name (invocation));
  enter (fake, "connecting", "none");
  kith_bus_call_complete_accept (call, invocation);
  return TRUE;
}

static gboolean
on_end_method (KithBusCall *call,
               GDBusMethodInvocation *invocation,
               const char *reason,
               gpointer user_data)
{
  Fake *fake = user_data;

  note (fake, g_dbus_method_invocation_get_method_name (invocation));
  note (fake, reason);
  fake->states = NULL;
  enter (fake, "ended", g_str_equal (reason, "local") ? "local" : "rejected");
  g_dbus_method_invocation_return_value (invocation, NULL);
  return TRUE;
}

static gboolean
on_get_statistics (KithBusCallMedia *media, GDBusMethodInvocation *invocation, gpointer user_data)
{
  Fake *fake = user_data;
  GVariantBuilder builder;

  if (fake->leaves) {
    g_bus_unown_name (fake->name_id);
    fake->name_id = 0;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "packets-received", g_variant_new_uint64 (90));
  g_variant_builder_add (&builder, "{sv}", "packets-lost", g_variant_new_uint64 (10));
  g_variant_builder_add (&builder, "{sv}", "mos", g_variant_new_double (4.25));
  kith_bus_call_media_complete_get_statistics (media, invocation, g_variant_builder_end (&builder));
  return TRUE;
}

static void
export_call (Fake *fake, const char *direction, const char *address, const char *state)
{
  g_autoptr (KithBusObjectSkeleton) object = kith_bus_object_skeleton_new (PATH);
  g_autoptr (KithBusCallMedia) media = kith_bus_call_media_skeleton_new ();

  g_clear_object (&fake->call);
  fake->call = kith_bus_call_skeleton_new ();
  kith_bus_call_set_direction (fake->call, direction);
  kith_bus_call_set_peer_address (fake->call, address);
  kith_bus_call_set_state (fake->call, state);
  kith_bus_call_set_state_reason (fake->call, "none");
  kith_bus_call_set_trust (fake->call, "unknown");
  kith_bus_call_set_namesakes (fake->call, fake->namesakes);
  kith_bus_call_set_started_at (fake->call, g_get_real_time ());
  g_signal_connect (fake->call, "handle-accept", G_CALLBACK (on_call_method), fake);
  g_signal_connect (fake->call, "handle-hangup", G_CALLBACK (on_end_method), fake);
  g_signal_connect (fake->call, "handle-reject", G_CALLBACK (on_end_method), fake);
  g_signal_connect (media, "handle-get-statistics", G_CALLBACK (on_get_statistics), fake);
  kith_bus_object_skeleton_set_call (object, fake->call);
  kith_bus_object_skeleton_set_call_media (object, media);
  g_dbus_object_manager_server_export (fake->objects, G_DBUS_OBJECT_SKELETON (object));
}

static gboolean
on_dial (KithBusManager *manager,
         GDBusMethodInvocation *invocation,
         const char *address,
         GVariant *options,
         gpointer user_data)
{
  Fake *fake = user_data;

  gboolean is_tied = FALSE;

  note (fake, "Dial");
  note (fake, address);
  if (g_variant_lookup (options, "hangup-with-caller", "b", &is_tied)) {
    note (fake, is_tied ? "tied" : "not tied");
  }
  if (g_str_equal (address, "b@d@")) {
    g_dbus_method_invocation_return_dbus_error (invocation,
                                                "org.kith.Kith1.Error.InvalidAddress",
                                                "that is no address: use a name");
    return TRUE;
  }
  if (fake->suspended != NULL) {
    g_subprocess_send_signal (fake->suspended, SIGTSTP);
  }
  export_call (fake, "outgoing", address, "locating");
  fake->timer = g_timeout_add (KITH_STEP_MS, on_step, fake);
  kith_bus_manager_complete_dial (manager, invocation, PATH);
  return TRUE;
}

static GVariant *
claimant (const char *address, const char *proof)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "address", g_variant_new_string (address));
  g_variant_builder_add (&builder, "{sv}", "proof", g_variant_new_string (proof));
  g_variant_builder_add (&builder, "{sv}", "source", g_variant_new_string ("dht"));
  return g_variant_builder_end (&builder);
}

static gboolean
on_resolve (KithBusManager *manager,
            GDBusMethodInvocation *invocation,
            const char *address,
            GVariant *options,
            gpointer user_data)
{
  GVariantBuilder builder;

  note (user_data, "Resolve");
  if (g_str_equal (address, "nobody")) {
    g_dbus_method_invocation_return_dbus_error (invocation,
                                                "org.kith.Kith1.Error.NotFound",
                                                "nobody of that name");
    return TRUE;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_add_value (
      &builder,
      claimant ("bob~aaaaaaaa", g_str_equal (address, "bob") ? "none" : "tag"));
  if (g_str_equal (address, "twins")) {
    g_variant_builder_add_value (&builder, claimant ("bob~bbbbbbbb", "tag"));
  }
  kith_bus_manager_complete_resolve (manager, invocation, g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean
on_create_identity (KithBusManager *manager,
                    GDBusMethodInvocation *invocation,
                    const char *name,
                    GVariant *options,
                    gpointer user_data)
{
  const char *words = "";

  note (user_data, "CreateIdentity");
  note (user_data, name);
  (void)g_variant_lookup (options, "words", "&s", &words);
  note (user_data, words);
  kith_bus_manager_complete_create_identity (manager,
                                             invocation,
                                             *words == '\0' ? "a b c d e f g h i j k l" : "");
  return TRUE;
}

static gboolean
on_register_agent (KithBusManager *manager,
                   GDBusMethodInvocation *invocation,
                   const char *path,
                   const char *const *roles,
                   gpointer user_data)
{
  Fake *fake = user_data;

  note (fake, "RegisterAgent");
  g_dbus_connection_call (fake->connection,
                          g_dbus_method_invocation_get_sender (invocation),
                          path,
                          KITH_BUS_IFACE_AGENT,
                          "IncomingCall",
                          g_variant_new ("(o)", PATH),
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          -1,
                          NULL,
                          NULL,
                          NULL);
  kith_bus_manager_complete_register_agent (manager, invocation);
  return TRUE;
}

/* Two calls: one of a contact that was answered, and 23 of a telephone that calls itself by a tag. */
static GVariant *
past_call (guint number)
{
  GVariantDict dict;
  gboolean is_first = number == 7;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "call", "u", number);
  g_variant_dict_insert (&dict, "direction", "s", "incoming");
  g_variant_dict_insert (&dict, "state", "s", "ended");
  g_variant_dict_insert (&dict, "state-reason", "s", is_first ? "remote" : "busy");
  g_variant_dict_insert (&dict, "peer-name", "s", is_first ? "mum" : "bob");
  g_variant_dict_insert (&dict, "peer-own-name", "s", is_first ? "alice" : "");
  g_variant_dict_insert (&dict, "peer-tag", "s", is_first ? "7k2f9qxm" : "");
  g_variant_dict_insert (&dict, "peer-key", "s", is_first ? "00112233" : "");
  g_variant_dict_insert (&dict, "peer-address", "s", is_first ? "mum" : "sip:bob@198.51.100.7");
  g_variant_dict_insert (&dict, "peer-source", "s", is_first ? "" : "198.51.100.7");
  g_variant_dict_insert (&dict, "trust", "s", is_first ? "mismatch" : "unknown");
  g_variant_dict_insert (&dict, "encryption", "s", is_first ? "srtp-link" : "none");
  g_variant_dict_insert (&dict, "started-at", "x", G_GINT64_CONSTANT (1767268800000000));
  g_variant_dict_insert (&dict, "first-at", "x", G_GINT64_CONSTANT (1767265200000000));
  g_variant_dict_insert (&dict,
                         "answered-at",
                         "x",
                         is_first ? G_GINT64_CONSTANT (1767268801000000) : G_GINT64_CONSTANT (0));
  g_variant_dict_insert (&dict, "ended-at", "x", G_GINT64_CONSTANT (1767268993000000));
  g_variant_dict_insert (&dict, "missed", "b", !is_first);
  g_variant_dict_insert (&dict, "calls", "u", is_first ? 1 : 23);
  g_variant_dict_insert (&dict, "sentence", "s", "So it was.");
  return g_variant_dict_end (&dict);
}

static gboolean
on_get_history (KithBusManager *manager,
                GDBusMethodInvocation *invocation,
                guint max,
                gpointer user_data)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_builder_add_value (&builder, past_call (8));
  g_variant_builder_add_value (&builder, past_call (7));
  kith_bus_manager_complete_get_call_history (manager,
                                              invocation,
                                              g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean
on_explain (KithBusManager *manager,
            GDBusMethodInvocation *invocation,
            guint number,
            gpointer user_data)
{
  if (number != 7 && number != 8) {
    g_dbus_method_invocation_return_dbus_error (invocation,
                                                "org.kith.Kith1.Error.NotFound",
                                                "there is no such call");
  } else {
    kith_bus_manager_complete_explain (manager, invocation, past_call (number));
  }
  return TRUE;
}

static void
export_manager (Fake *fake)
{
  g_autoptr (KithBusObjectSkeleton) object
      = kith_bus_object_skeleton_new (KITH_BUS_DEFAULT_ACCOUNT);
  g_autoptr (GError) error = NULL;

  fake->manager = kith_bus_manager_skeleton_new ();
  kith_bus_manager_set_version (fake->manager, "0.1.0");
  kith_bus_manager_set_state (fake->manager, "running");
  g_signal_connect (fake->manager, "handle-dial", G_CALLBACK (on_dial), fake);
  g_signal_connect (fake->manager, "handle-resolve", G_CALLBACK (on_resolve), fake);
  g_signal_connect (fake->manager, "handle-create-identity", G_CALLBACK (on_create_identity), fake);
  g_signal_connect (fake->manager, "handle-register-agent", G_CALLBACK (on_register_agent), fake);
  g_signal_connect (fake->manager, "handle-get-call-history", G_CALLBACK (on_get_history), fake);
  g_signal_connect (fake->manager, "handle-explain", G_CALLBACK (on_explain), fake);
  g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (fake->manager),
                                    fake->connection,
                                    KITH_BUS_ROOT,
                                    &error);
  g_assert_no_error (error);
  fake->account = kith_bus_account_skeleton_new ();
  kith_bus_account_set_full_address (fake->account, "alice~11111111");
  kith_bus_account_set_state (fake->account, "publishing");
  kith_bus_object_skeleton_set_account (object, fake->account);
  g_dbus_object_manager_server_export (fake->objects, G_DBUS_OBJECT_SKELETON (object));
}

static void
on_name (GDBusConnection *connection, const char *name, gpointer is_owned)
{
  *(gboolean *)is_owned = TRUE;
}

static void
set_up (Fake *fake, gconstpointer data)
{
  gboolean is_owned = FALSE;
  g_autoptr (GError) error = NULL;

  fake->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fake->bus);
  fake->connection = g_dbus_connection_new_for_address_sync (
      g_test_dbus_get_bus_address (fake->bus),
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
          | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);
  g_assert_no_error (error);
  fake->objects = g_dbus_object_manager_server_new (KITH_BUS_ROOT);
  export_manager (fake);
  g_dbus_object_manager_server_set_connection (fake->objects, fake->connection);
  fake->name_id = g_bus_own_name_on_connection (fake->connection,
                                                KITH_BUS_NAME,
                                                G_BUS_NAME_OWNER_FLAGS_NONE,
                                                on_name,
                                                NULL,
                                                &is_owned,
                                                NULL);
  while (!is_owned) {
    g_main_context_iteration (NULL, TRUE);
  }
}

static void
tear_down (Fake *fake, gconstpointer data)
{
  g_clear_handle_id (&fake->timer, g_source_remove);
  g_clear_handle_id (&fake->name_id, g_bus_unown_name);
  g_clear_object (&fake->call);
  g_clear_object (&fake->account);
  g_clear_object (&fake->manager);
  g_clear_object (&fake->objects);
  g_dbus_connection_close_sync (fake->connection, NULL, NULL);
  g_clear_object (&fake->connection);
  g_clear_pointer (&fake->asked, g_free);
  g_test_dbus_down (fake->bus);
  g_clear_object (&fake->bus);
}

static gboolean
on_interrupt (gpointer process)
{
  g_subprocess_send_signal (process, SIGINT);
  return G_SOURCE_REMOVE;
}

static gboolean
on_stuck (gpointer process)
{
  g_subprocess_force_exit (process);
  return G_SOURCE_REMOVE;
}

/* Starts `kith` with @line as arguments on the private bus. (transfer full) */
static GSubprocess *
start (Fake *fake, const char *line)
{
  g_autofree gchar *command = g_strdup_printf ("%s --bus %s %s",
                                               KITH_PROGRAM,
                                               g_test_dbus_get_bus_address (fake->bus),
                                               line);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_shell_parse_argv (command, NULL, &argv, &error);
  g_assert_no_error (error);
  process = g_subprocess_newv ((const gchar *const *)argv,
                               G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                   | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                               &error);
  g_assert_no_error (error);
  return process;
}

static void
finish (GSubprocess *process, const char *input, Run *result)
{
  KithAwait await = { NULL };
  g_autoptr (GAsyncResult) done = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate_utf8_async (process, input, NULL, kith_await_ready, &await);
  done = kith_await_result (&await);
  g_subprocess_communicate_utf8_finish (process, done, &result->out, &result->err, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_get_if_exited (process));
  result->code = g_subprocess_get_exit_status (process);
  g_test_message ("%s%s", result->out, result->err);
  g_object_unref (process);
}

static void
run (Fake *fake, const char *line, Run *result)
{
  finish (start (fake, line), "", result);
}

static void
clear (Run *result)
{
  g_clear_pointer (&result->out, g_free);
  g_clear_pointer (&result->err, g_free);
}

/* The history in words: who, by the same rules as live, how long, what was missed, many of one stranger as one. */
static void
test_history (Fake *fake, gconstpointer data)
{
  static const char mismatch[]
      = "from mum (alice~7k2f9qxm) (ANOTHER KEY than before)  3 min 12 s  The other side hung up";
  Run result;

  run (fake, "calls --all", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, mismatch));
  g_assert_nonnull (strstr (result.out, "23 calls from 198.51.100.7, the first 20"));
  g_assert_nonnull (strstr (result.out, "missed: the line was busy"));
  g_assert_cmpint (strstr (result.out, "mum") - strstr (result.out, "23 calls"),
                   <,
                   0); /* oldest first */
  clear (&result);
  run (fake, "calls --missed", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_null (strstr (result.out, "mum"));
  g_assert_nonnull (strstr (result.out, "23 calls"));
  clear (&result);
  run (fake, "--json calls --missed", &result);
  g_assert_nonnull (strstr (result.out, "\"missed\": true"));
  g_assert_null (strstr (result.out, "mum"));
  clear (&result);
  run (fake, "why 8", &result);
  g_assert_nonnull (strstr (result.out, "Call 8, the last of 23 calls from 198.51.100.7"));
  clear (&result);
}

/* A call that is no longer on the bus is shown from the history. */
static void
test_show_past (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "show 7", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (
      strstr (result.out, "Call 7 from mum (alice~7k2f9qxm) (ANOTHER KEY than before)"));
  g_assert_nonnull (strstr (result.out, "ANOTHER KEY than before under this name"));
  g_assert_nonnull (strstr (result.out, "193.000 s"));
  clear (&result);
  run (fake, "--json show 7", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "\"peer-own-name\": \"alice\""));
  clear (&result);
  run (fake, "show 77", &result);
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
}

/* A missed call is told as that by whoever watches, however short its life on the bus was. */
static void
test_watch_missed (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:bob@198.51.100.7", "ended");
  kith_bus_call_set_peer_name (fake->call, "bob");
  kith_bus_call_set_state_reason (fake->call, "busy");
  kith_bus_call_set_missed (fake->call, TRUE);
  kith_bus_call_set_calls (fake->call, 1);
  kith_bus_call_set_ended_at (fake->call, g_get_real_time ());
  GSubprocess *process = start (fake, "watch");
  while (fake->asked == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_timeout_add (500, on_interrupt, process);
  finish (process, "", &result);
  g_assert_nonnull (
      strstr (result.out, "missed      from \"bob\" <sip:bob@198.51.100.7>: the line was busy"));
  clear (&result);
  run (fake, "calls", &result);
  g_assert_nonnull (strstr (result.out, "missed: the line was busy"));
  clear (&result);
}

/* A call that is followed ends with `kith`; one that is not goes on. Ctrl-Z hangs up. */
static void
test_tied (Fake *fake, gconstpointer data)
{
  static const char *const features[] = { "kith", "hangup-with-caller", NULL };
  static const char *const states[] = { "dialing", "ringing", NULL };
  Run result;

  kith_bus_manager_set_features (fake->manager, features);
  fake->states = states;
  GSubprocess *process = start (fake, "call bob");
  while (fake->call == NULL || g_strcmp0 (kith_bus_call_get_state (fake->call), "ringing") != 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_subprocess_send_signal (process, SIGTSTP);
  guint timer = g_timeout_add (10000, on_stuck, process);
  finish (process, "", &result);
  g_source_remove (timer);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;tied;Hangup;local;");
  clear (&result);
}

static void
test_not_tied (Fake *fake, gconstpointer data)
{
  static const char *const features[] = { "kith", "hangup-with-caller", NULL };
  static const char *const states[] = { "dialing", NULL };
  Run result;

  kith_bus_manager_set_features (fake->manager, features);
  fake->states = states;
  run (fake, "call --no-wait bob", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;");
  clear (&result);
}

/* All states are told in their order, the text of others is made safe, and hanging up is success. */
static void
test_call (Fake *fake, gconstpointer data)
{
  static const char *const states[]
      = { "dialing", "ringing", "connecting", "active", "ended", NULL };
  static const char *const told[] = { "locating",   "dialing", "ringing", "encrypted, SRTP",
                                      "connecting", "active",  "ended",   "lost 10 of 100" };
  const char *at;
  Run result;
  guint i;

  fake->states = states;
  fake->reason = "remote";
  run (fake, "call bob", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  for (at = result.out, i = 0; i < G_N_ELEMENTS (told); i++) {
    at = strstr (at, told[i]);
    g_assert_nonnull (at);
  }
  g_assert_null (strchr (result.out, '\033'));
  g_assert_nonnull (strstr (result.out, "~7k2f9qxm, new, unverified, key 00112233"));
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;");
  clear (&result);
}

static void
test_call_json (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "dialing", "ringing", "ended", NULL };
  g_auto (GStrv) lines = NULL;
  Run result;

  fake->states = states;
  fake->reason = "busy";
  run (fake, "--json call bob", &result);
  g_assert_cmpint (result.code, ==, 11);
  lines = g_strsplit (result.out, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_true (g_str_has_prefix (lines[0], "{\"event\": \"state\", \"at\": "));
  g_assert_nonnull (strstr (lines[0], "\"state\": \"locating\""));
  g_assert_nonnull (strstr (lines[2], "\"peer-name\": \"bob\\u001b[31m\""));
  g_assert_nonnull (strstr (lines[3], "\"state-reason\": \"busy\""));
  clear (&result);
}

static void
test_call_ambiguous (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ended", NULL };
  Run result;

  fake->states = states;
  fake->reason = "ambiguous";
  run (fake, "call twins", &result);
  g_assert_cmpint (result.code, ==, 4);
  g_assert_nonnull (strstr (result.out, "bob~aaaaaaaa"));
  g_assert_nonnull (strstr (result.out, "bob~bbbbbbbb"));
  g_assert_cmpstr (fake->asked, ==, "Dial;twins;Resolve;");
  clear (&result);
  g_clear_handle_id (&fake->timer, g_source_remove);
  g_clear_object (&fake->call);
  g_clear_pointer (&fake->asked, g_free);
  g_dbus_object_manager_server_unexport (fake->objects, PATH);
  fake->states = states;
  run (fake, "--json call twins", &result);
  g_assert_cmpint (result.code, ==, 4);
  g_assert_nonnull (strstr (result.out, "\n{\"event\": \"candidates\", \"address\": \"twins\", "));
  clear (&result);
}

/* Nobody shows the tag: who else goes by the name is asked once, if there is anybody. */
static void
test_call_nobody (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ended", NULL };
  static const char *const asked[]
      = { "Dial;bob~7k2f9qxm;", "Dial;bob~7k2f9qxm;Dial;bob~7k2f9qxm;Resolve;" };

  for (guint i = 0; i < G_N_ELEMENTS (asked); i++) {
    Run result;
    fake->namesakes = i;
    fake->states = states;
    fake->reason = "not-found";
    run (fake, "call bob~7k2f9qxm", &result);
    g_assert_cmpint (result.code, ==, 13);
    g_assert_cmpint (strstr (result.out, "bob~aaaaaaaa") != NULL, ==, i > 0);
    g_assert_cmpstr (fake->asked, ==, asked[i]);
    clear (&result);
    g_clear_handle_id (&fake->timer, g_source_remove);
    g_clear_object (&fake->call);
    g_dbus_object_manager_server_unexport (fake->objects, PATH);
  }
}

static void
test_call_refused (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "call b@d@", &result);
  g_assert_cmpint (result.code, ==, 2);
  g_assert_cmpstr (result.err, ==, "kith: that is no address: use a name\n");
  clear (&result);
}

/* Nobody answers: the call is hung up, and the exit code says why. */
static void
test_call_timeout (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ringing", NULL };
  gint64 began_us = g_get_monotonic_time ();
  Run result;

  fake->states = states;
  run (fake, "call bob --timeout 1", &result);
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, 1 * G_USEC_PER_SEC); /* no less */
  g_assert_cmpint (result.code, ==, 12);
  g_assert_cmpstr (result.err, ==, ""); /* told once */
  g_assert_nonnull (strstr (result.out, "ended       Nobody answered within 1 s\n"));
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;Hangup;local;");
  clear (&result);
}

static void
test_call_interrupt (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ringing", NULL };
  GSubprocess *process = start (fake, "call bob");
  Run result;

  fake->states = states;
  while (fake->call == NULL || g_strcmp0 (kith_bus_call_get_state (fake->call), "ringing") != 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_timeout_add (200, on_interrupt, process);
  finish (process, "", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (fake->asked, "Hangup;local;"));
  clear (&result);
}

/* Ctrl-Z while the call is only being made: it is hung up as soon as it is there. */
static void
test_call_suspended (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ringing", NULL };
  Run result;

  fake->states = states;
  fake->suspended = start (fake, "call bob");
  guint timer = g_timeout_add (10000, on_stuck, fake->suspended);
  finish (fake->suspended, "", &result);
  g_source_remove (timer);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;Hangup;local;");
  clear (&result);
}

static void
test_resolve (Fake *fake, gconstpointer data)
{
  static const struct {
    const char *line;
    int code;
  } rows[] = { { "resolve bob~aaaaaaaa", 0 },
               { "resolve bob", 3 },
               { "resolve twins", 4 },
               { "resolve nobody", 5 } };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    Run result;

    run (fake, rows[i].line, &result);
    g_assert_cmpint (result.code, ==, rows[i].code);
    clear (&result);
  }
}

static void
test_incoming (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "answer", &result);
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
  export_call (fake, "incoming", "sip:carol", "incoming");
  run (fake, "answer 7", &result);
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
  run (fake, "answer", &result);
  g_assert_cmpint (result.code, ==, 0);
  clear (&result);
  run (fake, "reject", &result); /* it does not ring any more */
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
  enter (fake, "incoming", "none");
  run (fake, "reject --busy call/1", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Accept;Reject;busy;");
  clear (&result);
}

static void
test_show_and_mute (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:carol", "active");
  run (fake, "--json show", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "\"call\": 1, "));
  g_assert_nonnull (strstr (result.out, "\"packets-received\": 90}"));
  clear (&result);
  run (fake, "calls", &result);
  g_assert_nonnull (strstr (result.out, "from sip:carol"));
  clear (&result);
  run (fake, "mute", &result);
  g_assert_cmpint (result.code, ==, 0);
  clear (&result);
  run (fake, "--json show 1", &result);
  g_assert_nonnull (strstr (result.out, "\"muted\": true"));
  clear (&result);
}

/* The name of an ordinary SIP phone is what it says itself: it never stands there as if it were proved. */
static void
test_said_name (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:mallory@192.0.2.9", "incoming");
  kith_bus_call_set_peer_name (fake->call, "bob~7k2f9qxm");
  kith_bus_call_set_encryption (fake->call, "none");
  run (fake, "calls", &result);
  g_assert_nonnull (strstr (result.out, "from \"bob~7k2f9qxm\" <sip:mallory@192.0.2.9>"));
  clear (&result);
  run (fake, "show 1", &result);
  g_assert_nonnull (strstr (result.out, "from \"bob~7k2f9qxm\" <sip:mallory@192.0.2.9>"));
  clear (&result);
}

static gboolean
on_register (gpointer user_data)
{
  Fake *fake = user_data;

  kith_bus_account_set_state (fake->account, "registered");
  return G_SOURCE_REMOVE;
}

static void
test_status (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "status --wait 1", &result);
  g_assert_cmpint (result.code, ==, 1);
  g_assert_nonnull (strstr (result.out, "alice~11111111"));
  clear (&result);
  g_timeout_add (300, on_register, fake);
  run (fake, "status --wait 10", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "registered"));
  clear (&result);
  kith_bus_manager_set_notices (
      fake->manager,
      g_variant_new_parsed ("[('database', 'warning', 'whatever words', 'Any.'),"
                            " ('disk', 'bad', 'it is full', 'Make room.')]"));
  kith_bus_manager_set_database_put_aside (fake->manager, "/x/kith.db.broken-1");
  run (fake, "status", &result);
  g_assert_nonnull (strstr (result.out, "it is full"));
  g_assert_nonnull (strstr (result.out, "kith.db.broken-1"));
  g_assert_null (strstr (result.out, "whatever words")); /* told once */
  clear (&result);
}

static void
test_init (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "init Alice", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "12 l"));
  clear (&result);
  finish (start (fake, "init alice --restore"), "a b c d\ne f g h i j k l\n", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_null (strstr (result.out, "12 l"));
  clear (&result);
  finish (start (fake, "init alice --restore"), "1. A, 2. b 3) c\n d e f g h i j k l\n", &result);
  g_assert_cmpint (result.code, ==, 0);
  clear (&result);
  finish (start (fake, "init alice --restore"), "a b c\n", &result);
  g_assert_cmpint (result.code, ==, 2);
  clear (&result);
  g_assert_cmpstr (fake->asked,
                   ==,
                   "CreateIdentity;alice;;CreateIdentity;alice;a b c d e f g h i j k l;"
                   "CreateIdentity;alice;A b c d e f g h i j k l;");
}

static void
test_watch (Fake *fake, gconstpointer data)
{
  GSubprocess *process;
  Run result;

  export_call (fake, "incoming", "sip:carol", "incoming");
  process = start (fake, "watch --bell");
  while (fake->asked == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_timeout_add (500, on_interrupt, process);
  finish (process, "", &result);
  g_assert_nonnull (strstr (result.out, "alice~11111111 is publishing"));
  g_assert_nonnull (strstr (result.out, "incoming"));
  g_assert_nonnull (strstr (result.out, "\acall 1 rings: `kith answer 1`"));
  clear (&result);
}

static void
test_daemon_leaves (Fake *fake, gconstpointer data)
{
  GSubprocess *process = start (fake, "call bob");
  Run result;

  while (fake->call == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_bus_unown_name (fake->name_id);
  fake->name_id = 0;
  finish (process, "", &result);
  g_assert_cmpint (result.code, ==, 7);
  g_assert_nonnull (strstr (result.err, "has left the bus"));
  clear (&result);
  fake->name_id = g_bus_own_name_on_connection (fake->connection,
                                                KITH_BUS_NAME,
                                                G_BUS_NAME_OWNER_FLAGS_NONE,
                                                NULL,
                                                NULL,
                                                NULL,
                                                NULL);
}

/* kithd ends a call as it leaves, and is gone before it has told the figures. */
static void
test_leaves_at_the_end (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:carol", "active");
  kith_bus_call_set_answered_at (fake->call, g_get_real_time ());
  g_assert_true (g_setenv ("GLIBC_TUNABLES", /* what is freed is overwritten */
                           "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165",
                           TRUE));
  GSubprocess *process = start (fake, "--json watch");
  g_unsetenv ("GLIBC_TUNABLES");
  while (fake->asked == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  fake->leaves = TRUE;
  enter (fake, "ended", "local");
  finish (process, "", &result);
  g_assert_cmpint (result.code, ==, 7);
  g_assert_nonnull (strstr (result.out, "\"state\": \"ended\""));
  clear (&result);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*func) (Fake *fake, gconstpointer data);
  } tests[] = {
    { "/verbs/call", test_call },
    { "/verbs/call-json", test_call_json },
    { "/verbs/call-ambiguous", test_call_ambiguous },
    { "/verbs/call-nobody", test_call_nobody },
    { "/verbs/call-refused", test_call_refused },
    { "/verbs/call-timeout", test_call_timeout },
    { "/verbs/call-interrupt", test_call_interrupt },
    { "/verbs/call-suspended", test_call_suspended },
    { "/verbs/resolve", test_resolve },
    { "/verbs/incoming", test_incoming },
    { "/verbs/show-and-mute", test_show_and_mute },
    { "/verbs/said-name", test_said_name },
    { "/verbs/status", test_status },
    { "/verbs/init", test_init },
    { "/verbs/watch", test_watch },
    { "/verbs/history", test_history },
    { "/verbs/show-past", test_show_past },
    { "/verbs/watch-missed", test_watch_missed },
    { "/verbs/tied", test_tied },
    { "/verbs/not-tied", test_not_tied },
    { "/verbs/daemon-leaves", test_daemon_leaves },
    { "/verbs/leaves-at-the-end", test_leaves_at_the_end },
  };
  guint i;

  g_test_init (&argc, &argv, NULL);
  for (i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_test_add (tests[i].path, Fake, NULL, set_up, tests[i].func, tear_down);
  }
  return g_test_run ();
}
