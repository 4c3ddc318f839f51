/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the verbs have in common that do one thing to one call. */
#include "cli/call-act.h"

#include "cli/text/call-text.h"

void
kith_cli_confirm (KithCli *cli, KithBusObject *object)
{
  KithJson *json;

  if (!cli->is_json) {
    return;
  }
  json = kith_json_new ();
  kith_json_open_object (json, NULL);
  kith_call_text_json (json, object, NULL);
  kith_cli_put_json (json);
}

int
kith_cli_act_on_call (KithCli *cli, KithPick pick, const char *method, const char *text)
{
  g_autoptr (KithBusObject) object = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  int code = KITH_EXIT_OK;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  object = kith_cli_pick_call (cli, kith_cli_argument (cli, 0), pick, &code);
  if (object == NULL) {
    return code;
  }
  reply = kith_cli_invoke (cli,
                           kith_bus_object_peek_call (object),
                           method,
                           text != NULL ? g_variant_new ("(s)", text) : NULL,
                           &error);
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  kith_cli_confirm (cli, object);
  return KITH_EXIT_OK;
}

int
kith_cli_mute_call (KithCli *cli, gboolean is_muted)
{
  g_autoptr (KithBusObject) object = NULL;
  g_autoptr (GError) error = NULL;
  int code = KITH_EXIT_OK;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  object = kith_cli_pick_call (cli, kith_cli_argument (cli, 0), KITH_PICK_LIVE, &code);
  if (object == NULL) {
    return code;
  }
  if (kith_bus_object_peek_call_media (object) == NULL) {
    return kith_cli_complain (cli, KITH_EXIT_FAILED, "this call has no audio");
  }
  if (!kith_daemon_view_set_property (cli->daemon,
                                      kith_bus_object_peek_call_media (object),
                                      "Muted",
                                      g_variant_new_boolean (is_muted),
                                      &error)) {
    return kith_cli_fail (cli, error);
  }
  kith_cli_confirm (cli, object);
  return KITH_EXIT_OK;
}
