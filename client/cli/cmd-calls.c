/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith calls`: the calls there are. */
#include "cli/call-pick.h"
#include "cli/call-text.h"
#include "cli/verb.h"

static void
say_call (KithCli *cli, KithBusObject *object)
{
  KithBusCall *call = kith_bus_object_peek_call (object);
  const char *state = kith_bus_call_get_state (call);
  g_autofree gchar *peer = kith_call_text_peer (call);
  g_autofree gchar *started = kith_cli_clock_text (kith_bus_call_get_started_at (call));
  g_autofree gchar *safe_state = kith_cli_safe (state);
  gboolean is_out = g_strcmp0 (kith_bus_call_get_direction (call), "outgoing") == 0;

  kith_cli_say ("%3u  %s  %-10s  %s %s%s%s\n",
                kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object))),
                started,
                safe_state,
                is_out ? "to" : "from",
                peer,
                g_strcmp0 (state, "ended") == 0 ? "  " : "",
                g_strcmp0 (state, "ended") == 0 ? kith_call_text_reason (call) : "");
}

static int
run (KithCli *cli)
{
  g_autoptr (GPtrArray) calls = NULL;
  guint i;

  if (!kith_cli_connect (cli, FALSE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  calls = kith_daemon_view_list_calls (cli->daemon);
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_open_array (json, "calls");
    for (i = 0; i < calls->len; i++) {
      kith_json_open_object (json, NULL);
      kith_call_text_json (json, g_ptr_array_index (calls, i), NULL);
      kith_json_close (json);
    }
    kith_cli_put_json (json);
    return KITH_EXIT_OK;
  }
  for (i = 0; i < calls->len; i++) {
    say_call (cli, g_ptr_array_index (calls, i));
  }
  if (calls->len == 0) {
    kith_cli_say ("No calls.\n");
  }
  return KITH_EXIT_OK;
}

static const char *const members[] = { "Call.State",     "Call.StateReason", "Call.Direction",
                                       "Call.StartedAt", "Call.PeerName",    NULL };

const KithVerb kith_verb_calls = {
  .name = "calls",
  .arguments = "",
  .summary = "List the calls; ended ones stay for 30 seconds",
  .details = "The number in front is the CALL argument of other verbs.",
  .members = members,
  .exits = "",
  .run = run,
};
