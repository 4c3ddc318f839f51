/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A daemon that plays its part on a private bus, and notes what is asked of it. */
#pragma once

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "bus/kith-bus.h"
#include "bus/names.h"

#define PATH KITH_BUS_CALL_PREFIX "1"
#define STEP_MS 30
#define PATIENCE_MS 10000

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
  gchar *asked;  /* what was asked of the daemon, in order */
  gchar *output; /* the file that the program writes to */
  guint n_waits; /* steps that it was waited for */
  guint timer;
  guint name_id;
  guint namesakes;        /* of who is dialled */
  gboolean leaves;        /* the bus, when it is asked for statistics */
  GSubprocess *suspended; /* gets Ctrl-Z while its Dial is not answered yet */
} Fake;

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

/* Whether the program has written @text. */
static gboolean
has_said (Fake *fake, const char *text)
{
  g_autofree gchar *said = NULL;

  return fake->output != NULL && g_file_get_contents (fake->output, &said, NULL, NULL)
         && strstr (said, text) != NULL;
}

/* The next state comes when the last one was told, however long the program takes. */
static gboolean
on_step (gpointer user_data)
{
  Fake *fake = user_data;

  if (fake->states != NULL && !has_said (fake, kith_bus_call_get_state (fake->call))
      && fake->n_waits++ < PATIENCE_MS / STEP_MS) {
    return G_SOURCE_CONTINUE;
  }
  fake->n_waits = 0;
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
  fake->timer = g_timeout_add (STEP_MS, on_step, fake);
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

/* Two calls: one of a contact that was answered, and 23 of a telephone that calls itself by a
   tag. */
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
  g_variant_dict_insert (&dict, "code", "s", is_first ? "so-it-was" : "call-busy-remote");
  g_variant_dict_insert_value (&dict, "values", g_variant_new_parsed ("{'peer': <'bob'>}"));
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

/* With a time line; call 7 is told of by a kithd that knew no codes for it. */
static GVariant *
explained_call (guint number)
{
  g_autoptr (GVariant) facts = g_variant_ref_sink (past_call (number));
  GVariantDict dict;

  g_variant_dict_init (&dict, facts);
  g_variant_dict_insert_value (
      &dict,
      "entries",
      g_variant_new_parsed ("[(@x 1767268800002000, 'path', 'Through carol, about 12 ms one way'),"
                            " (1767268800003000, 'trouble', 'A step of next year'),"
                            " (1767268800004000, 'sip', 'What kithd says'),"
                            " (1767268800005000, 'media', 'Kept by an older kithd')]"));
  if (number == 8) {
    g_variant_dict_insert_value (
        &dict,
        "steps",
        g_variant_new_parsed ("[('step-through', {'friend': <'carol'>, 'delay-ms': <@x 12>}),"
                              " ('step-of-next-year', @a{sv} {}),"
                              " ('step-status-sent', {'sip-code': <'a text'>}),"
                              " ('', {})]"));
  }
  return g_variant_dict_end (&dict);
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
    kith_bus_manager_complete_explain (manager, invocation, explained_call (number));
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

  close (g_file_open_tmp ("kith-verbs-XXXXXX", &fake->output, &error));
  g_assert_no_error (error);
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
  (void)g_unlink (fake->output);
  g_clear_pointer (&fake->output, g_free);
  g_test_dbus_down (fake->bus);
  g_clear_object (&fake->bus);
}
