/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith show`: everything about one call. */
#include "cli/text/call-pick.h"
#include "cli/text/call-text.h"
#include "cli/text/call-who.h"
#include "cli/verb.h"

static void
say_step (KithCli *cli, gint64 started, const char *label, gint64 at)
{
  g_autofree gchar *text = NULL;

  if (at > 0) {
    text = g_strdup_printf ("%.3f s", (double)(at - started) / G_USEC_PER_SEC);
    kith_cli_field (cli, label, text);
  }
}

static void
say_times (KithCli *cli, KithBusCall *call, GVariant *statistics)
{
  gint64 at = kith_bus_call_get_started_at (call);
  g_autofree gchar *started = kith_cli_clock_text (at);
  gint64 heard = 0;

  kith_cli_field (cli, "started", started);
  say_step (cli, at, "located", kith_bus_call_get_located_at (call));
  say_step (cli, at, "linked", kith_bus_call_get_linked_at (call));
  say_step (cli, at, "rang", kith_bus_call_get_rang_at (call));
  say_step (cli, at, "answered", kith_bus_call_get_answered_at (call));
  say_step (cli, at, "flowing", kith_bus_call_get_flowing_at (call));
  if (statistics != NULL && g_variant_lookup (statistics, "first-heard-us", "x", &heard)) {
    say_step (cli, at, "heard", heard);
  }
  say_step (cli, at, "ended", kith_bus_call_get_ended_at (call));
}

static void
say_peer (KithCli *cli, KithBusCall *call)
{
  gboolean has_key
      = kith_bus_call_get_peer_key (call) != NULL && *kith_bus_call_get_peer_key (call) != '\0';
  g_autofree gchar *trust = kith_call_text_trust (call);
  const char *stranger = kith_call_text_had_peer (call) ? "identity not proved" : "";
  gboolean is_ended = g_strcmp0 (kith_bus_call_get_state (call), "ended") == 0;
  g_autofree gchar *end = is_ended ? kith_call_text_end (call) : NULL;

  g_autofree gchar *state
      = g_strconcat (kith_bus_call_get_state (call),
                     kith_bus_call_get_reconnecting (call)   ? ", reconnecting…"
                     : kith_bus_call_get_held_by_peer (call) ? ", held by them"
                                                             : "",
                     kith_call_text_is_in_background (call) ? ", not in the foreground" : "",
                     NULL);
  kith_cli_field (cli, "state", state);
  kith_cli_field (cli, "reason", end);
  kith_cli_field (cli, "address", kith_bus_call_get_peer_address (call));
  kith_cli_field (cli, "key", kith_bus_call_get_peer_key (call));
  kith_cli_field (cli, "trust", has_key ? trust : stranger);
  kith_cli_field (cli, "encryption", kith_call_text_encryption (call));
  kith_cli_field (cli, "found by", kith_call_text_source (kith_bus_call_get_located_by (call)));
}

/* The parts of a call that is not this node's alone. */
static void
say_legs (KithCli *cli, KithBusCall *call)
{
  GVariant *legs = kith_bus_call_get_legs (call);
  gsize n = legs != NULL ? g_variant_n_children (legs) : 0;

  for (gsize i = 0; n > 1 && i < n; i++) {
    g_autoptr (GVariant) leg = g_variant_get_child_value (legs, i);
    g_autofree gchar *text = kith_call_text_leg (leg);
    kith_cli_field (cli, i == 0 ? "parts" : "", text);
  }
}

static void
say_media (KithCli *cli,
           KithBusCallMedia *media,
           gboolean has_talked,
           gboolean has_microphone,
           GVariant *statistics)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *quality = NULL;

  if (media == NULL) {
    return;
  }
  path = kith_call_text_path (media);
  kith_cli_field (cli, "codec", kith_bus_call_media_get_codec (media));
  kith_cli_field (cli, "path", path);
  if (has_microphone) {
    kith_cli_field (cli, "microphone", kith_bus_call_media_get_muted (media) ? "muted" : "on");
  }
  if (has_talked && statistics != NULL) {
    quality = kith_call_text_quality (statistics);
    kith_cli_field (cli, "quality", quality);
  }
}

static void
say_title (KithCli *cli, guint number, const KithCallWho *who)
{
  g_autofree gchar *line = kith_call_who_line (who);

  kith_cli_say ("%sCall %u%s %s%s\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                number,
                who->calls > 1 ? ", the last of" : "",
                line,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN));
}

static void
say_all (KithCli *cli, KithBusObject *object, GVariant *statistics)
{
  KithBusCall *call = kith_bus_object_peek_call (object);
  gboolean has_talked = kith_bus_call_get_answered_at (call) > 0;
  KithCallWho who;

  kith_call_who_read (&who, call);
  say_title (cli,
             kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object))),
             &who);
  say_peer (cli, call);
  say_legs (cli, call);
  say_media (cli,
             kith_bus_object_peek_call_media (object),
             has_talked,
             has_talked && !kith_bus_call_get_bridged (call),
             statistics);
  say_times (cli, call, statistics);
}

/* A call that is kept: the same, as far as it was written down */

static const char *
text_of (GVariant *facts, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (facts, key, "&s", &text) ? text : "";
}

static void
say_past_times (KithCli *cli, GVariant *facts)
{
  static const struct {
    const char *key, *label;
  } steps[]
      = { { "located-at", "located" },   { "linked-at", "linked" },   { "rang-at", "rang" },
          { "answered-at", "answered" }, { "flowing-at", "flowing" }, { "ended-at", "ended" } };
  gint64 started = 0;

  (void)g_variant_lookup (facts, "started-at", "x", &started);
  g_autofree gchar *when = kith_cli_clock_text (started);
  kith_cli_field (cli, "started", when);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++) {
    gint64 at = 0;
    (void)g_variant_lookup (facts, steps[i].key, "x", &at);
    say_step (cli, started, steps[i].label, at);
  }
}

static void
say_past (KithCli *cli, GVariant *facts)
{
  guint number = 0;
  KithCallWho who;

  kith_call_who_read_facts (&who, facts);
  g_autofree gchar *outcome = kith_call_who_outcome (&who);
  g_autofree gchar *trust = kith_call_who_trust (&who);
  gboolean is_plain = *who.key == '\0';
  (void)g_variant_lookup (facts, "call", "u", &number);
  say_title (cli, number, &who);
  kith_cli_field (cli, "state", text_of (facts, "state"));
  kith_cli_field (cli, "reason", outcome);
  kith_cli_field (cli, "address", who.address);
  kith_cli_field (cli, "key", who.key);
  kith_cli_field (cli, "trust", is_plain ? "identity not proved" : trust);
  kith_cli_field (cli, "encryption", kith_call_text_encryption_of (who.encryption));
  kith_cli_field (cli, "found by", kith_call_text_source (text_of (facts, "located-by")));
  kith_cli_field (cli, "codec", text_of (facts, "codec"));
  kith_cli_field (cli, "path", text_of (facts, "path"));
  if (who.answered_at > 0) {
    g_autofree gchar *quality = kith_call_text_quality (facts);
    kith_cli_field (cli, "quality", quality);
  }
  say_past_times (cli, facts);
}

/* What `kith why` knows of a call that is no longer on the bus. */
static int
show_past (KithCli *cli, guint number)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli,
                                                kith_daemon_view_get_manager (cli->daemon),
                                                "Explain",
                                                g_variant_new ("(u)", number),
                                                &error);

  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_autoptr (GVariant) facts = g_variant_get_child_value (reply, 0);
  if (!cli->is_json) {
    say_past (cli, facts);
    return KITH_EXIT_OK;
  }
  GVariantDict dict;
  g_variant_dict_init (&dict, facts);
  (void)g_variant_dict_remove (&dict, "entries"); /* the time line is that of `kith why` */
  (void)g_variant_dict_remove (&dict, "dropped");
  g_autoptr (GVariant) rest = g_variant_ref_sink (g_variant_dict_end (&dict));
  KithJson *json = kith_json_new ();
  kith_json_add_variant (json, NULL, rest);
  kith_cli_put_json (json);
  return KITH_EXIT_OK;
}

static int
run (KithCli *cli)
{
  g_autoptr (KithBusObject) object = NULL;
  g_autoptr (GVariant) statistics = NULL;
  int code = KITH_EXIT_OK;
  guint number = 0;

  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (!kith_cli_has_call (cli, kith_cli_argument (cli, 0), &number)) {
    return show_past (cli, number);
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
    = { "Manager.Explain", "Call.SeenCalls",      "Call.SeenSince",    "Call.Media.GetStatistics",
        "Call.Trust",      "Call.Encryption",     "Call.Reconnecting", "Call.HeldByPeer",
        "Call.Foreground", "Call.Code",           "Call.Bridged",      "Call.Legs",
        "Call.Values",     "Call.Media.PathKind", "Call.Media.Via",    NULL };

const KithVerb kith_verb_show = {
  .name = "show",
  .arguments = "[CALL]",
  .summary = "Show everything about a call: identity, path, times, quality",
  .details
  = "Without CALL: the live call, else the newest ended one. Times are seconds since the "
    "call was started. With CALL also calls that are kept, as far as that is written down, as "
    "long as `kith why` explains them.",
  .max_args = 1,
  .members = members,
  .exits = "4 5",
  .run = run,
};
