/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith watch`: tells of calls as they come and go. */
#include "cli/interrupt.h"
#include "cli/output-stream.h"
#include "cli/text/call-log.h"
#include "cli/text/call-pick.h"
#include "cli/text/call-text.h"
#include "cli/verb.h"
#include "common/ring-agent.h"

typedef struct {
  KithCli *cli;
  GHashTable *logs; /* object path → KithCallLog */
  gchar *account;   /* state last told */
} KithWatch;

static void
add_call (KithWatch *watch, GDBusObject *object)
{
  const char *path = g_dbus_object_get_object_path (object);

  if (kith_bus_object_peek_call (KITH_BUS_OBJECT (object)) == NULL
      || g_hash_table_contains (watch->logs, path)) {
    return;
  }
  g_hash_table_insert (watch->logs,
                       g_strdup (path),
                       kith_call_log_new (watch->cli, KITH_BUS_OBJECT (object), TRUE));
}

static void
tell_account (KithWatch *watch, KithBusAccount *account)
{
  const char *state = kith_bus_account_get_state (account);
  g_autofree gchar *address = NULL;
  g_autofree gchar *safe = NULL;

  if (g_strcmp0 (state, watch->account) == 0) {
    return;
  }
  g_free (watch->account);
  watch->account = g_strdup (state);
  if (watch->cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "event", "account");
    kith_json_add_int (json, "at", g_get_real_time ());
    kith_cli_json_properties (json, account);
    kith_cli_put_json (json);
    return;
  }
  address = kith_cli_safe (kith_bus_account_get_full_address (account));
  safe = kith_cli_safe (state);
  kith_cli_say ("%s is %s\n", address, safe);
}

static void
on_account_changed (KithBusAccount *account,
                    GVariant *changed,
                    const char *const *invalidated,
                    gpointer watch)
{
  tell_account (watch, account);
}

static void
add_account (KithWatch *watch, GDBusObject *object)
{
  KithBusAccount *account = kith_bus_object_peek_account (KITH_BUS_OBJECT (object));

  if (account != NULL) {
    tell_account (watch, account);
    g_signal_connect (account, "g-properties-changed", G_CALLBACK (on_account_changed), watch);
  }
}

static void
on_object_added (GDBusObjectManager *objects, GDBusObject *object, gpointer watch)
{
  add_call (watch, object);
  add_account (watch, object);
}

static void
on_object_removed (GDBusObjectManager *objects, GDBusObject *object, gpointer user_data)
{
  KithWatch *watch = user_data;

  g_hash_table_remove (watch->logs, g_dbus_object_get_object_path (object));
}

static void
on_ring (const char *path, gpointer user_data)
{
  KithWatch *watch = user_data;
  guint number = kith_cli_call_number (path);

  if (watch->cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "event", "ring");
    kith_json_add_int (json, "at", g_get_real_time ());
    kith_json_add_int (json, "call", number);
    kith_cli_put_json (json);
    return;
  }
  kith_cli_say ("%scall %u rings: `kith answer %u` or `kith reject %u`\n",
                kith_cli_option (watch->cli, "bell") != NULL ? "\a" : "",
                number,
                number,
                number);
}

/* Tells what is there already. */
static void
begin (KithWatch *watch)
{
  GDBusObjectManager *objects = kith_daemon_view_get_objects (watch->cli->daemon);
  g_autoptr (GPtrArray) calls = kith_daemon_view_list_calls (watch->cli->daemon);
  g_autoptr (GPtrArray) accounts = kith_daemon_view_list_accounts (watch->cli->daemon);
  guint i;

  g_signal_connect (objects, "object-added", G_CALLBACK (on_object_added), watch);
  g_signal_connect (objects, "object-removed", G_CALLBACK (on_object_removed), watch);
  for (i = 0; i < accounts->len; i++) {
    add_account (watch, g_ptr_array_index (accounts, i));
  }
  for (i = 0; i < calls->len; i++) {
    add_call (watch, g_ptr_array_index (calls, i));
  }
}

static void
end (KithWatch *watch)
{
  g_autoptr (GPtrArray) accounts = kith_daemon_view_list_accounts (watch->cli->daemon);
  guint i;

  g_signal_handlers_disconnect_by_data (kith_daemon_view_get_objects (watch->cli->daemon), watch);
  for (i = 0; i < accounts->len; i++) {
    g_signal_handlers_disconnect_by_data (
        kith_bus_object_peek_account (g_ptr_array_index (accounts, i)),
        watch);
  }
  g_hash_table_unref (watch->logs);
  g_free (watch->account);
}

static int
run (KithCli *cli)
{
  KithWatch watch = { cli, NULL, NULL };
  KithInterrupt interrupt = { 0 };
  g_autoptr (KithRingAgent) agent = NULL;
  g_autoptr (GError) error = NULL;
  int code = KITH_EXIT_OK;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  watch.logs
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)kith_call_log_free);
  kith_interrupt_watch (&interrupt);
  kith_output_watch_reader ();
  begin (&watch);
  agent = kith_ring_agent_new (cli->daemon, on_ring, &watch, &error);
  if (agent == NULL) {
    code = kith_cli_fail (cli, error);
  }
  while (agent != NULL && interrupt.count == 0 && !kith_output_is_lost ()
         && !kith_daemon_view_is_gone (cli->daemon)) {
    g_main_context_iteration (NULL, TRUE);
  }
  if (agent != NULL && interrupt.count == 0 && !kith_output_is_lost ()) {
    code = kith_cli_complain (cli, KITH_EXIT_NO_DAEMON, "kithd has left the bus");
  }
  g_clear_pointer (&agent, kith_ring_agent_free);
  end (&watch);
  kith_interrupt_unwatch (&interrupt);
  return code;
}

static const KithOption options[] = {
  { "bell", NULL, "ring the terminal's bell when a call comes in" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.RegisterAgent",
                                       "Manager.UnregisterAgent",
                                       "Agent.IncomingCall",
                                       "Agent.Release",
                                       "Call.State",
                                       "Call.Reconnecting",
                                       "Call.HeldByPeer",
                                       "Call.Missed",
                                       "Call.Calls",
                                       "Account.State",
                                       NULL };

const KithVerb kith_verb_watch = {
  .name = "watch",
  .arguments = "",
  .summary = "Tell of calls as they come and go, until Ctrl-C",
  .details
  = "Incoming calls are announced with the verbs that answer and reject them; every "
    "change of a call's state and of your registration is shown. Calls that you missed are told "
    "as such, also those that found the line busy. With --json, each line is an object with "
    "\"event\": \"ring\", \"state\", \"reconnecting\", \"held-by-peer\", \"missed\" (more calls of "
    "a stranger who "
    "was told of) or \"account\"; a missed call is a \"state\" with \"missed\": true.",
  .options = options,
  .members = members,
  .exits = "",
  .run = run,
};
