/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith calls`: the calls there are. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/text/call-pick.h"
#include "cli/text/call-text.h"
#include "cli/text/call-who.h"
#include "cli/verb.h"
#include "model/call/reason.h"

#define MAX_KEPT 120 /* calls that the daemon remembers: 100, and 20 of strangers */

static void
say_call (KithCli *cli, KithBusObject *object)
{
  KithBusCall *call = kith_bus_object_peek_call (object);
  const char *state = kith_bus_call_get_state (call);
  const char *shown = kith_bus_call_get_reconnecting (call)    ? "reconnecting"
                      : kith_bus_call_get_held_by_peer (call)  ? "on hold"
                      : kith_call_text_is_in_background (call) ? "background"
                                                               : state;
  KithCallWho who;

  kith_call_who_read (&who, call);
  g_autofree gchar *line = kith_call_who_line (&who);
  g_autofree gchar *outcome = kith_call_who_outcome (&who);
  g_autofree gchar *started = kith_cli_clock_text (who.started_at);
  g_autofree gchar *safe_state = kith_cli_safe (shown);
  g_autofree gchar *phone = kith_call_text_phone (call);
  kith_cli_say ("%3u  %s  %-12s  %s%s%s%s%s\n",
                kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object))),
                started,
                safe_state,
                line,
                phone != NULL ? ", phone " : "",
                phone != NULL ? phone : "",
                *outcome != '\0' ? "  " : "",
                outcome);
}

/* One call of the history, or several of one stranger. */
static void
say_past (GVariant *facts)
{
  guint number = 0;
  KithCallWho who;

  kith_call_who_read_facts (&who, facts);
  (void)g_variant_lookup (facts, "call", "u", &number);
  g_autofree gchar *line = kith_call_who_line (&who);
  g_autofree gchar *outcome = kith_call_who_outcome (&who);
  g_autofree gchar *started = kith_cli_date_text (who.started_at);
  g_autofree gchar *first = who.calls > 1 ? kith_cli_date_text (who.first_at) : g_strdup ("");
  kith_cli_say ("%3u  %s  %s%s%s  %s\n",
                number,
                started,
                line,
                *first != '\0' ? ", the first " : "",
                first,
                outcome);
}

/* Calls of phones with each other, "  -  14:03:12  active        desk to dect"; in JSON as the daemon
   gives them. Returns how many there are. */
static gsize
say_house (KithCli *cli, KithJson *json)
{
  GVariant *rows = kith_bus_manager_get_house_calls (kith_daemon_view_get_manager (cli->daemon));
  const gsize n = rows != NULL ? g_variant_n_children (rows) : 0; /* NULL: an older daemon */

  if (json != NULL && rows != NULL) {
    kith_json_add_variant (json, "house-calls", rows);
  }
  for (gsize i = 0; json == NULL && i < n; i++) {
    g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
    const char *caller = "", *callee = "", *state = "";
    gint64 started_at = 0;
    (void)g_variant_lookup (row, "caller", "&s", &caller);
    (void)g_variant_lookup (row, "callee", "&s", &callee);
    (void)g_variant_lookup (row, "state", "&s", &state);
    (void)g_variant_lookup (row, "started-at", "x", &started_at);
    g_autofree gchar *started = kith_cli_clock_text (started_at);
    g_autofree gchar *from = kith_cli_safe (caller);
    g_autofree gchar *to = kith_cli_safe (callee);
    g_autofree gchar *safe_state = kith_cli_safe (state);
    kith_cli_say ("  -  %s  %-12s  %s to %s\n", started, safe_state, from, to);
  }
  return n;
}

static gboolean
is_missed (GVariant *facts)
{
  gboolean missed = FALSE;

  return g_variant_lookup (facts, "missed", "b", &missed) && missed;
}

/* Those of @all that were missed. (transfer full) */
static GVariant *
only_missed (GVariant *all)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (gsize i = 0; i < g_variant_n_children (all); i++) {
    g_autoptr (GVariant) facts = g_variant_get_child_value (all, i);
    if (is_missed (facts)) {
      g_variant_builder_add_value (&builder, facts);
    }
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* The calls that ended and are kept: for people the oldest first, as in the list without; in JSON
   as the daemon gives them, the newest first. */
static int
run_all (KithCli *cli, gboolean missed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli,
                                                kith_daemon_view_get_manager (cli->daemon),
                                                "GetCallHistory",
                                                g_variant_new ("(u)", MAX_KEPT),
                                                &error);

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_autoptr (GVariant) all = g_variant_get_child_value (reply, 0);
  g_autoptr (GVariant) calls = missed ? only_missed (all) : g_variant_ref (all);
  gsize n = g_variant_n_children (calls);
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_variant (json, "calls", calls);
    kith_cli_put_json (json);
    return KITH_EXIT_OK;
  }
  for (gsize i = n; i > 0; i--) {
    g_autoptr (GVariant) facts = g_variant_get_child_value (calls, i - 1);
    say_past (facts);
  }
  if (n == 0) {
    kith_cli_say (missed ? "No missed calls.\n" : "No calls.\n");
  }
  return KITH_EXIT_OK;
}

/* TRUE when the user says yes at the terminal. */
static gboolean
confirm (KithCli *cli)
{
  char answer[16] = "";

  if (cli->is_json || !isatty (STDIN_FILENO) || !isatty (STDOUT_FILENO)) {
    return FALSE;
  }
  kith_cli_say ("Forget all calls that ended, and their time lines? [y/N] ");
  return fgets (answer, sizeof answer, stdin) != NULL && g_ascii_tolower (answer[0]) == 'y';
}

static int
run_clear (KithCli *cli)
{
  g_autoptr (GError) error = NULL;
  guint32 n = 0;

  if (kith_cli_option (cli, "yes") == NULL && !confirm (cli)) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              "nothing was forgotten: `kith calls --clear --yes` does it without "
                              "asking");
  }
  g_autoptr (GVariant) reply = kith_cli_invoke (cli,
                                                kith_daemon_view_get_manager (cli->daemon),
                                                "ClearCallHistory",
                                                NULL,
                                                &error);
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(u)", &n);
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_int (json, "removed", n);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%u %s forgotten.\n", n, n == 1 ? "call is" : "calls are");
  }
  return KITH_EXIT_OK;
}

static int
run (KithCli *cli)
{
  g_autoptr (GPtrArray) calls = NULL;
  guint i;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (kith_cli_option (cli, "clear") != NULL) {
    return run_clear (cli);
  }
  if (kith_cli_option (cli, "all") != NULL || kith_cli_option (cli, "missed") != NULL) {
    return run_all (cli, kith_cli_option (cli, "missed") != NULL);
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
    kith_json_close (json);
    (void)say_house (cli, json);
    kith_cli_put_json (json);
    return KITH_EXIT_OK;
  }
  for (i = 0; i < calls->len; i++) {
    say_call (cli, g_ptr_array_index (calls, i));
  }
  if (say_house (cli, NULL) + calls->len == 0) {
    kith_cli_say ("No calls.\n");
  }
  return KITH_EXIT_OK;
}

static const KithOption options[] = {
  { "all", NULL, "instead those that ended, up to the last 100, also of earlier runs of kithd" },
  { "missed", NULL, "of these the missed ones: nobody answered here, and you did not decline" },
  { "clear", NULL, "forget the calls that ended, and their time lines" },
  { "yes", NULL, "with --clear: do not ask" },
  { NULL, NULL, NULL },
};

static const KithPairing pairings[] = {
  { "yes", "--clear", NULL },
  { "all", NULL, "clear" },
  { "missed", NULL, "clear" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.GetCallHistory",
                                       "Manager.ClearCallHistory",
                                       "Manager.HouseCalls",
                                       "Call.Reconnecting",
                                       "Call.HeldByPeer",
                                       "Call.Foreground",
                                       "Call.Legs",
                                       "Call.State",
                                       "Call.StateReason",
                                       "Call.Direction",
                                       "Call.StartedAt",
                                       "Call.PeerName",
                                       "Call.PeerOwnName",
                                       "Call.PeerSource",
                                       "Call.Missed",
                                       "Call.Calls",
                                       NULL };

const KithVerb kith_verb_calls = {
  .name = "calls",
  .arguments = "",
  .summary = "List the calls; ended ones stay for 30 seconds",
  .details
  = "The number in front is the CALL argument of other verbs. The newest call is the last "
    "line; with --json --all or --missed it is the first one. Unanswered calls of one stranger "
    "within a day are one line with their number; they have a share of their own, and push none "
    "of your calls out. Calls of two phones of the house with each other have no number.",
  .options = options,
  .pairings = pairings,
  .members = members,
  .exits = "",
  .run = run,
};
