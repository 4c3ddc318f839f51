/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith call`: calls somebody and stays until the call ends. */
#include <string.h>

#include "bus/names.h"
#include "cli/interrupt.h"
#include "cli/output-stream.h"
#include "cli/text/call-log.h"
#include "cli/text/call-pick.h"
#include "cli/text/call-text.h"
#include "cli/text/claimants.h"
#include "cli/verb.h"
#include "model/call/reason.h"

/* What may end the wait besides the call itself. */
typedef struct {
  KithInterrupt interrupt;
  guint timer;
  guint timeout_s;
  gboolean is_late; /* nobody answered in time */
  gboolean is_hanging_up;
} KithCallWait;

/* A call that is followed ends with us, however we end; a kithd of before knows no such thing. */
static GVariant *
make_options (KithCli *cli)
{
  KithBusManager *manager = kith_daemon_view_get_manager (cli->daemon);
  const char *const *features = kith_bus_manager_get_features (manager);
  GVariantBuilder options;

  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (kith_cli_option (cli, "no-wait") == NULL && features != NULL
      && g_strv_contains (features, KITH_BUS_FEATURE_HANGUP_WITH_CALLER)) {
    g_variant_builder_add (&options,
                           "{sv}",
                           KITH_BUS_FEATURE_HANGUP_WITH_CALLER,
                           g_variant_new_boolean (TRUE));
  }
  if (kith_cli_option (cli, "listen-only") != NULL) {
    g_variant_builder_add (&options, "{sv}", "listen-only", g_variant_new_boolean (TRUE));
  }
  return g_variant_builder_end (&options);
}

/* Returns the path of the new call, or NULL after having complained. (transfer full) */
static gchar *
dial (KithCli *cli, const char *address, int *code)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  gchar *path = NULL;

  reply = kith_cli_invoke (cli,
                           kith_daemon_view_get_manager (cli->daemon),
                           "Dial",
                           g_variant_new ("(s@a{sv})", address, make_options (cli)),
                           &error);
  if (reply == NULL) {
    *code = kith_cli_fail (cli, error);
    return NULL;
  }
  g_variant_get (reply, "(o)", &path);
  return path;
}

static gboolean
on_answer_timeout (gpointer user_data)
{
  KithCallWait *wait = user_data;

  wait->timer = 0;
  wait->is_late = TRUE;
  return G_SOURCE_REMOVE;
}

/* Asks for the end; the log tells when it has come. */
static void
hang_up (KithCallLog *log, KithCallWait *wait)
{
  KithBusCall *call = kith_bus_object_peek_call (kith_call_log_get_object (log));

  if (!wait->is_hanging_up) {
    wait->is_hanging_up = TRUE;
    if (wait->is_late) {
      g_autofree gchar *text = g_strdup_printf ("Nobody answered within %u s", wait->timeout_s);
      kith_call_log_set_end (log, text);
    }
    kith_bus_call_call_hangup (call, "local", NULL, NULL, NULL);
  }
}

static void
hang_up_if_asked (KithCallLog *log, KithCallWait *wait)
{
  if (wait->interrupt.count > 0 || wait->is_late || kith_output_is_lost ()) {
    hang_up (log, wait);
  }
}

/* Until the call ended, the daemon left or the user did. */
static void
follow (KithCli *cli, KithCallLog *log, KithCallWait *wait)
{
  hang_up_if_asked (log, wait); /* it may have been asked for while the call was made */
  while (!kith_call_log_is_over (log) && wait->interrupt.count < 2
         && !kith_daemon_view_is_gone (cli->daemon)) {
    g_main_context_iteration (NULL, TRUE);
    if (kith_call_log_is_answered (log)) {
      g_clear_handle_id (&wait->timer, g_source_remove);
    }
    hang_up_if_asked (log, wait);
  }
}

/* The tag was dialled that nobody shows: who else goes by the name is shown. kithd has looked
   already whether anybody does: to ask again takes seconds. */
static void
show_namesakes (KithCli *cli, KithBusCall *call)
{
  const char *address = kith_cli_argument (cli, 0);
  const char *tilde = strchr (address, '~');

  if (tilde != NULL && kith_bus_call_get_namesakes (call) > 0) {
    g_autofree gchar *name = g_strndup (address, (gsize)(tilde - address));
    (void)kith_cli_show_claimants (cli, name, "candidates");
  }
}

static int
end_code (KithCli *cli, KithCallLog *log, const KithCallWait *wait)
{
  KithBusCall *call = kith_bus_object_peek_call (kith_call_log_get_object (log));
  KithReason reason = KITH_REASON_INTERNAL;

  if (!kith_call_log_is_over (log)) {
    return wait->interrupt.count > 1
               ? KITH_EXIT_INTERRUPTED
               : kith_cli_complain (cli,
                                    KITH_EXIT_NO_DAEMON,
                                    "kithd has left the bus, and the call with it");
  }
  (void)kith_reason_from_word (kith_bus_call_get_state_reason (call), &reason);
  if (wait->is_late && reason == KITH_REASON_LOCAL) {
    reason = KITH_REASON_NO_ANSWER;
  }
  if (reason == KITH_REASON_AMBIGUOUS) {
    (void)kith_cli_show_claimants (cli, kith_cli_argument (cli, 0), "candidates");
    return KITH_EXIT_SEVERAL;
  }
  if (reason == KITH_REASON_NOT_FOUND) {
    show_namesakes (cli, call);
  }
  return kith_reason_exit_code (reason);
}

static int
stay (KithCli *cli, const char *path, KithCallWait *wait)
{
  g_autoptr (KithBusObject) object = NULL;
  g_autoptr (KithCallLog) log = NULL;
  g_autoptr (GError) error = NULL;
  int code;

  kith_interrupt_watch (&wait->interrupt);
  kith_output_watch_reader ();
  if (wait->timeout_s > 0) {
    wait->timer = g_timeout_add (wait->timeout_s * 1000, on_answer_timeout, wait);
  }
  object = kith_daemon_view_wait_object (cli->daemon, path, &error);
  if (object != NULL) {
    log = kith_call_log_new (cli, object, FALSE);
    follow (cli, log, wait);
    code = end_code (cli, log, wait);
  } else {
    code = kith_cli_fail (cli, error);
  }
  g_clear_handle_id (&wait->timer, g_source_remove);
  return code;
}

/* Ctrl-Z counts from before the call is there: it would go on while this program stands still. */
static int
dial_and_stay (KithCli *cli, guint timeout_s)
{
  KithCallWait wait = { .timeout_s = timeout_s };
  int code = KITH_EXIT_OK;

  kith_interrupt_watch_stop (&wait.interrupt);
  g_autofree gchar *path = dial (cli, kith_cli_argument (cli, 0), &code);
  if (path != NULL) {
    code = stay (cli, path, &wait);
  }
  kith_interrupt_unwatch (&wait.interrupt);
  return code;
}

static int
run (KithCli *cli)
{
  g_autofree gchar *path = NULL;
  int code = KITH_EXIT_OK;
  guint timeout_s;

  if (!kith_cli_option_seconds (cli, "timeout", &timeout_s)) {
    return KITH_EXIT_USAGE;
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  if (kith_cli_option (cli, "no-wait") == NULL) {
    return dial_and_stay (cli, timeout_s);
  }
  path = dial (cli, kith_cli_argument (cli, 0), &code);
  if (path == NULL) {
    return code;
  }
  if (cli->is_json) {
    KithJson *json = kith_json_new ();

    kith_json_open_object (json, NULL);
    kith_json_add_int (json, "call", kith_cli_call_number (path));
    kith_cli_put_json (json);
  } else {
    kith_cli_say ("call %u\n", kith_cli_call_number (path));
  }
  return KITH_EXIT_OK;
}

static const KithOption options[] = {
  { "no-wait", NULL, "print the call's number and leave; `kith hangup` ends the call" },
  { "timeout", "SECONDS", "hang up if nobody has answered by then" },
  { "listen-only", NULL, "call without a microphone: they hear nothing of you" },
  { NULL, NULL, NULL },
};

static const KithPairing pairings[] = {
  { "timeout", NULL, "no-wait" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Manager.Dial",
                                       "Manager.Features",
                                       "Manager.Resolve",
                                       "Call.Hangup",
                                       "Call.StateChanged",
                                       "Call.State",
                                       "Call.StateReason",
                                       "Call.SipStatus",
                                       "Call.LocatedBy",
                                       "Call.Namesakes",
                                       "Call.PeerAddress",
                                       "Call.PeerName",
                                       "Call.PeerTag",
                                       "Call.PeerKey",
                                       "Call.PeerOwnName",
                                       "Call.SeenCalls",
                                       "Call.SeenSince",
                                       "Call.Trust",
                                       "Call.Encryption",
                                       "Call.LocatedAt",
                                       "Call.RangAt",
                                       "Call.AnsweredAt",
                                       "Call.FlowingAt",
                                       "Call.EndedAt",
                                       "Call.Reconnecting",
                                       "Call.HeldByPeer",
                                       "Call.ReconnectedAfter",
                                       "Call.Media.Codec",
                                       "Call.Media.GetStatistics",
                                       NULL };

const KithVerb kith_verb_call = {
  .name = "call",
  .arguments = "ADDRESS",
  .summary = "Call somebody and stay until the call ends",
  .details
  = "Shows each step as it happens, with the seconds since the start: locating, dialing, ringing, "
    "connecting,\n"
    "active, ended; and who the peer is, how far that is proved, and whether others can listen.\n"
    "When the network under the call changes it says \"reconnecting…\", and how long the voice was "
    "away "
    "when it is back.\n"
    "Ctrl-C hangs up (exit code 0, also before anybody answered), and a second one leaves at "
    "once. Ctrl-Z,\n"
    "a reader of the output that leaves and the end of kith itself, whatever ended it, hang up as "
    "well. If several people go by the name, nobody is "
    "rung:\n"
    "they are listed with the evidence for each, and the exit code is 4. The exit code says how "
    "the call\n"
    "ended.",
  .min_args = 1,
  .max_args = 1,
  .options = options,
  .pairings = pairings,
  .members = members,
  .exits = "4 130 reasons",
  .run = run,
};
