/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells what happens to a call, as it happens. */
#include "cli/text/call-log.h"

#include <string.h>

#include "cli/text/call-pick.h"
#include "cli/text/call-text.h"
#include "cli/text/call-who.h"

struct _KithCallLog {
  KithCli *cli;
  KithBusObject *object;
  KithBusCall *call; /* of object */
  gboolean with_number;
  gulong handler;
  gchar *state; /* last told */
  gchar *peer;  /* identity last told */
  gchar *end;   /* (nullable): why it ends, when this program ends it */
  gboolean is_answered;
  gboolean is_reconnecting;
  gboolean is_held;
  guint n_calls; /* that it stood for when it was told last */
};

/* When the state was entered, by the daemon's clock where it tells. */
static gint64
time_of (KithCallLog *log, const char *state)
{
  gint64 at = 0;

  if (g_str_equal (state, "dialing")) {
    at = kith_bus_call_get_located_at (log->call);
  } else if (g_str_equal (state, "ringing") || g_str_equal (state, "early")) {
    at = kith_bus_call_get_rang_at (log->call);
  } else if (g_str_equal (state, "connecting")) {
    at = kith_bus_call_get_answered_at (log->call);
  } else if (g_str_equal (state, "active")) {
    at = kith_bus_call_get_flowing_at (log->call);
  } else if (g_str_equal (state, "ended")) {
    at = kith_bus_call_get_ended_at (log->call);
  } else if (g_str_equal (state, "locating") || g_str_equal (state, "incoming")
             || g_str_equal (state, "new")) {
    at = kith_bus_call_get_started_at (log->call);
  }
  return at > 0 ? at : g_get_real_time ();
}

static void
tell (KithCallLog *log, gint64 at, KithColour colour, const char *word, const char *text)
{
  gint64 started = kith_bus_call_get_started_at (log->call);
  guint number = kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (log->object)));
  g_autofree gchar *prefix
      = log->with_number ? g_strdup_printf ("call %u ", number) : g_strdup ("");

  kith_cli_say (*text != '\0' ? "%s%s%8.3f s%s  %s%-11s%s %s\n" : "%s%s%8.3f s%s  %s%s%s%s\n",
                prefix,
                kith_cli_colour (log->cli, KITH_COLOUR_QUIET),
                started > 0 && at > started ? (double)(at - started) / G_USEC_PER_SEC : 0.0,
                kith_cli_colour (log->cli, KITH_COLOUR_PLAIN),
                kith_cli_colour (log->cli, colour),
                word,
                kith_cli_colour (log->cli, KITH_COLOUR_PLAIN),
                text);
}

/* Who the peer is, how far that is known and whether others can listen: told when it changes. */
static void
tell_peer (KithCallLog *log, gint64 at)
{
  const char *key = kith_bus_call_get_peer_key (log->call);
  const char *encryption = kith_call_text_encryption (log->call);
  g_autofree gchar *peer = kith_call_text_peer (log->call);
  g_autofree gchar *safe_key = NULL;
  g_autofree gchar *text = NULL;

  if (key != NULL && *key != '\0') {
    g_autofree gchar *trust = kith_call_text_trust (log->call);

    safe_key = kith_cli_safe (key);
    text = g_strdup_printf ("%s, %s, key %s", peer, trust, safe_key);
  } else {
    text = g_strdup_printf ("%s, identity not proved", peer);
  }
  if (g_strcmp0 (log->peer, text) == 0) {
    return;
  }
  tell (log, at, KITH_COLOUR_PLAIN, "peer", text);
  if (*encryption != '\0') {
    tell (log,
          at,
          g_str_has_prefix (encryption, "NOT") ? KITH_COLOUR_BAD : KITH_COLOUR_GOOD,
          "encryption",
          encryption);
  }
  g_free (log->peer);
  log->peer = g_steal_pointer (&text);
}

static gchar *
audio_text (KithCallLog *log)
{
  KithBusCallMedia *media = kith_bus_object_peek_call_media (log->object);
  const char *codec = media != NULL ? kith_bus_call_media_get_codec (media) : NULL;
  g_autofree gchar *path = media != NULL ? kith_call_text_path (media) : NULL;
  g_autofree gchar *safe_codec = NULL;
  g_autofree gchar *safe_path = NULL;

  if (codec == NULL || *codec == '\0') {
    return g_strdup ("you can talk");
  }
  safe_codec = kith_cli_safe (codec);
  if (path == NULL) {
    return g_strdup_printf ("you can talk; %s", safe_codec);
  }
  safe_path = kith_cli_safe (path);
  return g_strdup_printf ("you can talk; %s, path %s", safe_codec, safe_path);
}

static void
put_event (KithCallLog *log, const char *event, gint64 at, GVariant *statistics)
{
  KithJson *json = kith_json_new ();

  kith_json_open_object (json, NULL);
  kith_json_add_string (json, "event", event);
  kith_json_add_int (json, "at", at);
  kith_call_text_json (json, log->object, statistics);
  kith_cli_put_json (json);
}

/* "missed      from bob~7k2f9qxm: the line was busy" */
static void
tell_missed (KithCallLog *log, gint64 at)
{
  KithCallWho who;

  kith_call_who_read (&who, log->call);
  g_autofree gchar *line = kith_call_who_line (&who);
  g_autofree gchar *outcome = kith_call_who_outcome (&who);
  g_autofree gchar *text = g_strconcat (line, strchr (outcome, ':'), NULL);

  log->n_calls = who.calls;
  tell (log, at, KITH_COLOUR_STRONG, "missed", text);
}

/* A stranger tries again and again while the line is busy: told when they are twice as many as the
   last time. */
static void
tell_more (KithCallLog *log)
{
  guint calls = kith_bus_call_get_calls (log->call);
  gint64 at = kith_bus_call_get_ended_at (log->call);

  if (!kith_bus_call_get_missed (log->call) || calls < 2 * MAX (log->n_calls, 1)) {
    return;
  }
  log->n_calls = calls;
  if (log->cli->is_json) {
    put_event (log, "missed", at, NULL);
  } else {
    tell_missed (log, at);
  }
}

static void
tell_end (KithCallLog *log, gint64 at)
{
  KithBusCall *call = log->call;
  gint64 answered = kith_bus_call_get_answered_at (call);
  g_autoptr (GVariant) statistics = NULL;
  g_autofree gchar *text
      = log->end != NULL && answered == 0 ? g_strdup (log->end) : kith_call_text_end (call);

  if (kith_bus_call_get_missed (call)) {
    tell_missed (log, at);
    return;
  }
  tell (log, at, answered > 0 ? KITH_COLOUR_STRONG : KITH_COLOUR_BAD, "ended", text);
  if (answered > 0) {
    statistics = kith_call_text_statistics (log->cli, log->object);
  }
  if (statistics != NULL) {
    g_autofree gchar *quality = kith_call_text_quality (statistics);
    g_autofree gchar *line
        = g_strdup_printf ("%.1f s, %s", (double)(at - answered) / G_USEC_PER_SEC, quality);

    tell (log, at, KITH_COLOUR_PLAIN, "talked", line);
  }
}

static void
tell_state (KithCallLog *log, const char *state)
{
  gint64 at = time_of (log, state);
  g_autofree gchar *address = kith_cli_safe (kith_bus_call_get_peer_address (log->call));
  g_autofree gchar *text = NULL;

  if (g_str_equal (state, "locating")) {
    tell (log, at, KITH_COLOUR_PLAIN, state, address);
  } else if (g_str_equal (state, "dialing")) {
    const char *by = kith_call_text_source (kith_bus_call_get_located_by (log->call));
    g_autofree gchar *peer = kith_call_text_peer (log->call);
    g_autofree gchar *safe_by = kith_cli_safe (by);

    text = by != NULL && *by != '\0' ? g_strdup_printf ("%s, found by %s", peer, safe_by)
                                     : g_strdup (peer);
    tell (log, at, KITH_COLOUR_PLAIN, state, text);
  } else if (g_str_equal (state, "ringing") || g_str_equal (state, "incoming")) {
    tell (log, at, KITH_COLOUR_STRONG, state, g_str_equal (state, "incoming") ? address : "");
    tell_peer (log, at);
  } else if (g_str_equal (state, "early")) {
    tell (log, at, KITH_COLOUR_STRONG, state, "not answered yet: what you hear comes from there");
    tell_peer (log, at);
  } else if (g_str_equal (state, "connecting")) {
    tell (log, at, KITH_COLOUR_PLAIN, state, "answered, waiting for the first sound");
    tell_peer (log, at);
  } else if (g_str_equal (state, "active")) {
    text = audio_text (log);
    tell_peer (log, at);
    tell (log, at, KITH_COLOUR_GOOD, state, text);
  } else if (g_str_equal (state, "ended")) {
    tell_end (log, at);
  } else if (!g_str_equal (state, "new")) {
    g_autofree gchar *safe = kith_cli_safe (state);

    tell (log, at, KITH_COLOUR_PLAIN, safe, "");
  }
}

static void
put_state (KithCallLog *log, const char *state)
{
  g_autoptr (GVariant) statistics = NULL;

  if (g_str_equal (state, "ended") && log->is_answered) {
    statistics = kith_call_text_statistics (log->cli, log->object);
  }
  put_event (log, "state", time_of (log, state), statistics);
}

/* The network under the call went away, or came back; its state does not change. */
static void
tell_reconnecting (KithCallLog *log)
{
  gboolean is_reconnecting = kith_bus_call_get_reconnecting (log->call);
  guint after_ms = kith_bus_call_get_reconnected_after (log->call);
  gint64 at = g_get_real_time ();

  if (is_reconnecting == log->is_reconnecting || kith_call_log_is_over (log)) {
    return;
  }
  log->is_reconnecting = is_reconnecting;
  if (log->cli->is_json) {
    put_event (log, "reconnecting", at, NULL);
  } else if (is_reconnecting) {
    tell (log, at, KITH_COLOUR_BAD, "reconnecting…", "");
  } else {
    g_autofree gchar *text
        = g_strdup_printf ("voice is back after %.1f s", (double)after_ms / 1000);

    tell (log, at, KITH_COLOUR_GOOD, text, "");
  }
}

/* The other side put the call on hold, or took it back; its state does not change. */
static void
tell_held (KithCallLog *log)
{
  gboolean is_held = kith_bus_call_get_held_by_peer (log->call);
  gint64 at = g_get_real_time ();

  if (is_held == log->is_held) {
    return;
  }
  log->is_held = is_held;
  if (log->cli->is_json) {
    put_event (log, "held-by-peer", at, NULL);
  } else {
    tell (log,
          at,
          is_held ? KITH_COLOUR_BAD : KITH_COLOUR_GOOD,
          is_held ? "on hold: they do not hear you" : "no longer on hold",
          "");
  }
}

static void
log_clear (gpointer data)
{
  KithCallLog *log = data;

  g_object_unref (log->object);
  g_free (log->state);
  g_free (log->peer);
  g_free (log->end);
}

static void
tell_changes (KithCallLog *log)
{
  const char *state = kith_bus_call_get_state (log->call);

  if (g_strcmp0 (state, "ended") != 0) {
    tell_reconnecting (log);
    tell_held (log);
  }
  if (kith_call_log_is_over (log)) {
    tell_more (log);
    return;
  }
  if (state == NULL || g_strcmp0 (log->state, state) == 0) {
    return;
  }
  g_free (log->state);
  log->state = g_strdup (state);
  log->is_answered = log->is_answered || kith_bus_call_get_answered_at (log->call) > 0;
  if (log->cli->is_json) {
    put_state (log, log->state);
  } else {
    tell_state (log, log->state);
  }
}

/* What is told of an end is asked of kithd first, and the main loop goes on meanwhile: whoever owns
   the log may free it there, as when kithd leaves. */
static void
update (KithCallLog *log)
{
  (void)g_rc_box_acquire (log);
  tell_changes (log);
  g_rc_box_release_full (log, log_clear);
}

static void
on_properties_changed (KithBusCall *call,
                       GVariant *changed,
                       const char *const *invalidated,
                       gpointer log)
{
  update (log);
}

KithCallLog *
kith_call_log_new (KithCli *cli, KithBusObject *object, gboolean with_number)
{
  KithCallLog *log = g_rc_box_new0 (KithCallLog);

  log->cli = cli;
  log->object = g_object_ref (object);
  log->call = kith_bus_object_peek_call (object);
  log->with_number = with_number;
  log->handler = g_signal_connect (log->call,
                                   "g-properties-changed",
                                   G_CALLBACK (on_properties_changed),
                                   log);
  update (log);
  return log;
}

void
kith_call_log_free (KithCallLog *log)
{
  if (log == NULL) {
    return;
  }
  g_signal_handler_disconnect (log->call, log->handler);
  g_rc_box_release_full (log, log_clear);
}

void
kith_call_log_set_end (KithCallLog *log, const char *text)
{
  g_free (log->end);
  log->end = g_strdup (text);
}

gboolean
kith_call_log_is_over (KithCallLog *log)
{
  return g_strcmp0 (log->state, "ended") == 0;
}

gboolean
kith_call_log_is_answered (KithCallLog *log)
{
  return log->is_answered;
}

KithBusObject *
kith_call_log_get_object (KithCallLog *log)
{
  return log->object;
}
