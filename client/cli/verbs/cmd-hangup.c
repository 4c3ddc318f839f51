/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith hangup`: ends calls. */
#include "cli/call-act.h"
#include "cli/verb.h"

/* Ends one and counts it; that it has ended meanwhile is as good. */
static int
end_call (KithCli *cli, KithBusObject *object, guint *n_ended)
{
  KithBusCall *call = kith_bus_object_peek_call (object);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (kith_bus_call_get_state (call), "ended") == 0) {
    return KITH_EXIT_OK;
  }
  reply = kith_cli_invoke (cli, call, "Hangup", g_variant_new ("(s)", "local"), &error);
  if (reply == NULL && g_strcmp0 (kith_bus_call_get_state (call), "ended") != 0) {
    return kith_cli_fail (cli, error);
  }
  kith_cli_confirm (cli, object);
  ++*n_ended;
  return KITH_EXIT_OK;
}

/* Who reads JSON gets an object in any case. */
static void
put_none (void)
{
  KithJson *json = kith_json_new ();

  kith_json_open_object (json, NULL);
  kith_json_open_array (json, "calls");
  kith_cli_put_json (json);
}

static int
run (KithCli *cli)
{
  g_autoptr (GPtrArray) calls = NULL;
  int code = KITH_EXIT_OK;
  guint n_ended = 0;
  guint i;

  if (kith_cli_option (cli, "all") == NULL) {
    return kith_cli_act_on_call (cli, KITH_PICK_LIVE, "Hangup", "local");
  }
  if (cli->arguments->len > 0) {
    return kith_cli_complain (cli, KITH_EXIT_USAGE, "give CALL or --all, not both");
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  calls = kith_daemon_view_list_calls (cli->daemon);
  for (i = 0; i < calls->len; i++) {
    int one = end_call (cli, g_ptr_array_index (calls, i), &n_ended);

    code = one != KITH_EXIT_OK ? one : code;
  }
  if (cli->is_json && code == KITH_EXIT_OK && n_ended == 0) {
    put_none ();
  }
  return code;
}

static const KithOption options[] = {
  { "all", NULL, "end all calls; there being none is fine" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Call.Hangup", NULL };

const KithVerb kith_verb_hangup = {
  .name = "hangup",
  .arguments = "[CALL]",
  .summary = "End a call, whether it is dialled, rings or is answered",
  .details = "Returns when the call has ended.",
  .max_args = 1,
  .options = options,
  .members = members,
  .exits = "4 5",
  .run = run,
};
