/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith stop`: asks the daemon to leave cleanly. */
#include "cli/verb.h"

static int
run (KithCli *cli)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  if (!kith_cli_connect (cli, FALSE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  reply = kith_cli_invoke (cli, kith_daemon_view_get_manager (cli->daemon), "Stop", NULL, &error);
  if (reply == NULL && !kith_daemon_view_is_absence (error)) {
    return kith_cli_fail (cli, error);
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_bool (json, "stopped", TRUE);
    kith_cli_put_json (json);
  }
  return KITH_EXIT_OK;
}

static const char *const members[] = { "Manager.Stop", NULL };

const KithVerb kith_verb_stop = {
  .name = "stop",
  .arguments = "",
  .summary = "Stop kithd: calls end, your record is withdrawn",
  .details = "Returns when all that is done. A systemd unit or D-Bus activation may start kithd "
             "again when it is needed.",
  .members = members,
  .exits = "",
  .run = run,
};
