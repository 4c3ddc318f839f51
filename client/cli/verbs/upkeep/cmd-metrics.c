/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith metrics`: counters and gauges, for monitoring programs. */
#include "cli/verb.h"

static int
run (KithCli *cli)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  const char *text;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  reply = kith_cli_invoke (cli,
                           kith_daemon_view_get_manager (cli->daemon),
                           "GetMetrics",
                           NULL,
                           &error);
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_variant_get (reply, "(&s)", &text);
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "metrics", text);
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("%s", text);
  }
  return KITH_EXIT_OK;
}

static const char *const members[] = { "Manager.GetMetrics", NULL };

const KithVerb kith_verb_metrics = {
  .name = "metrics",
  .arguments = "",
  .summary = "Print counters and gauges for monitoring programs (OpenMetrics)",
  .details = "Calls, links, phones, refusals, memory and restarts. No name, number or address of "
             "anybody is among them.",
  .members = members,
  .exits = "",
  .run = run,
};
