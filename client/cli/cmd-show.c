/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith show`: everything about one call. */
#include "cli/call-pick.h"
#include "cli/call-text.h"
#include "cli/verb.h"

static void
say_step (KithCli *cli, KithBusCall *call, const char *label, gint64 at)
{
  gint64 started = kith_bus_call_get_started_at (call);
  g_autofree gchar *text = NULL;

  if (at > 0) {
    text = g_strdup_printf ("%.3f s", (double)(at - started) / G_USEC_PER_SEC);
    kith_cli_field (cli, label, text);
  }
}

static void
say_times (KithCli *cli, KithBusCall *call, GVariant *statistics)
{
  g_autofree gchar *started = kith_cli_clock_text (kith_bus_call_get_started_at (call));
  gint64 heard = 0;

  kith_cli_field (cli, "started", started);
  say_step (cli, call, "located", kith_bus_call_get_located_at (call));
  say_step (cli, call, "linked", kith_bus_call_get_linked_at (call));
  say_step (cli, call, "rang", kith_bus_call_get_rang_at (call));
  say_step (cli, call, "answered", kith_bus_call_get_answered_at (call));
  say_step (cli, call, "flowing", kith_bus_call_get_flowing_at (call));
  if (statistics != NULL && g_variant_lookup (statistics, "first-heard-us", "x", &heard)) {
    say_step (cli, call, "heard", heard);
  }
  say_step (cli, call, "ended", kith_bus_call_get_ended_at (call));
}

static void
say_peer (KithCli *cli, KithBusCall *call)
{
  gboolean has_key
      = kith_bus_call_get_peer_key (call) != NULL && *kith_bus_call_get_peer_key (call) != '\0';
  const char *stranger = kith_call_text_had_peer (call) ? "identity not proved" : "";
  gboolean is_ended = g_strcmp0 (kith_bus_call_get_state (call), "ended") == 0;
  g_autofree gchar *end = is_ended ? kith_call_text_end (call) : NULL;

  if (kith_bus_call_get_reconnecting (call) || kith_bus_call_get_held_by_peer (call)) {
    g_autofree gchar *state = g_strdup_printf (
        "%s, %s",
        kith_bus_call_get_state (call),
        kith_bus_call_get_reconnecting (call) ? "reconnecting…" : "held by them");

    kith_cli_field (cli, "state", state);
  } else {
    kith_cli_field (cli, "state", kith_bus_call_get_state (call));
  }
  kith_cli_field (cli, "reason", end);
  kith_cli_field (cli, "address", kith_bus_call_get_peer_address (call));
  kith_cli_field (cli, "key", kith_bus_call_get_peer_key (call));
  kith_cli_field (cli, "trust", has_key ? kith_call_text_trust (call) : stranger);
  kith_cli_field (cli, "encryption", kith_call_text_encryption (call));
  kith_cli_field (cli, "found by", kith_call_text_source (kith_bus_call_get_located_by (call)));
}

static void
say_media (KithCli *cli, KithBusCallMedia *media, gboolean has_talked, GVariant *statistics)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *quality = NULL;

  if (media == NULL) {
    return;
  }
  path = kith_call_text_path (media);
  kith_cli_field (cli, "codec", kith_bus_call_media_get_codec (media));
  kith_cli_field (cli, "path", path);
  if (has_talked) {
    kith_cli_field (cli, "microphone", kith_bus_call_media_get_muted (media) ? "muted" : "on");
  }
  if (has_talked && statistics != NULL) {
    quality = kith_call_text_quality (statistics);
    kith_cli_field (cli, "quality", quality);
  }
}

static void
say_all (KithCli *cli, KithBusObject *object, GVariant *statistics)
{
  KithBusCall *call = kith_bus_object_peek_call (object);
  g_autofree gchar *peer = kith_call_text_peer (call);
  gboolean is_out = g_strcmp0 (kith_bus_call_get_direction (call), "outgoing") == 0;

  kith_cli_say ("%sCall %u %s %s%s\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object))),
                is_out ? "to" : "from",
                peer,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN));
  say_peer (cli, call);
  say_media (cli,
             kith_bus_object_peek_call_media (object),
             kith_bus_call_get_answered_at (call) > 0,
             statistics);
  say_times (cli, call, statistics);
}

static int
run (KithCli *cli)
{
  g_autoptr (KithBusObject) object = NULL;
  g_autoptr (GVariant) statistics = NULL;
  int code = KITH_EXIT_OK;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  object = kith_cli_pick_call (cli, kith_cli_argument (cli, 0), KITH_PICK_ANY, &code);
  if (object == NULL) {
    return code;
  }
  statistics = kith_call_text_statistics (cli, object);
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_call_text_json (json, object, statistics);
    kith_cli_put_json (json);
  } else {
    say_all (cli, object, statistics);
  }
  return KITH_EXIT_OK;
}

static const char *const members[]
    = { "Call.Media.GetStatistics", "Call.Trust",          "Call.Encryption", "Call.Reconnecting",
        "Call.HeldByPeer",          "Call.Media.PathKind", "Call.Media.Via",  NULL };

const KithVerb kith_verb_show = {
  .name = "show",
  .arguments = "[CALL]",
  .summary = "Show everything about a call: identity, path, times, quality",
  .details = "Without CALL: the live call, else the newest ended one. Times are seconds since the "
             "call was started.",
  .max_args = 1,
  .members = members,
  .exits = "4 5",
  .run = run,
};
