/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verbs against a daemon that plays its part on a private bus: what is said, asked and
   returned. */
#include "played-daemon.h"

#include "common/await.h"

typedef struct {
  gchar *out;
  gchar *err;
  int code;
} Run;

static void
speak_english (void)
{
  g_setenv ("LANGUAGE", "en", TRUE);
  g_unsetenv ("LC_ALL");
}

/* What is started from now on. FALSE: it was built without translations. */
static gboolean
speak_german (void)
{
  g_setenv ("LANGUAGE", "de", TRUE);
  g_setenv ("LC_ALL", "C.UTF-8", TRUE); /* LANGUAGE counts with every locale but "C" */
  return g_file_test (KITH_BUILD_DIR "/lib/words/po/locale/de/LC_MESSAGES/kith.mo",
                      G_FILE_TEST_EXISTS);
}

static gboolean
on_look (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
on_stuck (gpointer process)
{
  g_subprocess_force_exit (process);
  return G_SOURCE_REMOVE;
}

/* Starts `kith` with @line as arguments on the private bus. (transfer full) */
static GSubprocess *
start (Fake *fake, const char *line)
{
  g_autofree gchar *command = g_strdup_printf ("%s --bus %s %s",
                                               KITH_PROGRAM,
                                               g_test_dbus_get_bus_address (fake->bus),
                                               line);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_shell_parse_argv (command, NULL, &argv, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (fake->output, "", 0, &error));
  g_subprocess_launcher_set_stdout_file_path (launcher, fake->output);
  process = g_subprocess_launcher_spawnv (launcher, (const gchar *const *)argv, &error);
  g_assert_no_error (error);
  return process;
}

static void
finish (Fake *fake, GSubprocess *process, const char *input, Run *result)
{
  KithAwait await = { NULL };
  g_autoptr (GAsyncResult) done = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate_utf8_async (process, input, NULL, kith_await_ready, &await);
  done = kith_await_result (&await);
  g_subprocess_communicate_utf8_finish (process, done, NULL, &result->err, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fake->output, &result->out, NULL, &error));
  g_assert_true (g_subprocess_get_if_exited (process));
  result->code = g_subprocess_get_exit_status (process);
  g_test_message ("%s%s", result->out, result->err);
  g_object_unref (process);
}

/* Ctrl-C as soon as the program has written @text. */
static void
interrupt (Fake *fake, GSubprocess *process, const char *text)
{
  guint timer = g_timeout_add (STEP_MS, on_look, NULL);

  while (!has_said (fake, text)) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_source_remove (timer);
  g_subprocess_send_signal (process, SIGINT);
}

static void
run (Fake *fake, const char *line, Run *result)
{
  finish (fake, start (fake, line), "", result);
}

static void
clear (Run *result)
{
  g_clear_pointer (&result->out, g_free);
  g_clear_pointer (&result->err, g_free);
}

/* The history in words: who, by the same rules as live, how long, what was missed, many of one
   stranger as one. */
static void
test_history (Fake *fake, gconstpointer data)
{
  static const char mismatch[]
      = "from mum (alice~7k2f9qxm) (ANOTHER KEY than before)  3 min 12 s  The other side hung up";
  Run result;

  run (fake, "calls --all", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, mismatch));
  g_assert_nonnull (strstr (result.out, "23 calls from 198.51.100.7, the first 20"));
  g_assert_nonnull (strstr (result.out, "missed: the line was busy"));
  /* oldest first */
  g_assert_cmpint (strstr (result.out, "mum") - strstr (result.out, "23 calls"), <, 0);
  clear (&result);
  run (fake, "calls --missed", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_null (strstr (result.out, "mum"));
  g_assert_nonnull (strstr (result.out, "23 calls"));
  clear (&result);
  run (fake, "--json calls --missed", &result);
  g_assert_nonnull (strstr (result.out, "\"missed\": true"));
  g_assert_null (strstr (result.out, "mum"));
  clear (&result);
  run (fake, "why 8", &result);
  g_assert_nonnull (strstr (result.out, "Call 8, the last of 23 calls from 198.51.100.7"));
  clear (&result);
}

/* A call that is no longer on the bus is shown from the history. */
static void
test_show_past (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "show 7", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (
      strstr (result.out, "Call 7 from mum (alice~7k2f9qxm) (ANOTHER KEY than before)"));
  g_assert_nonnull (strstr (result.out, "ANOTHER KEY than before under this name"));
  g_assert_nonnull (strstr (result.out, "193.000 s"));
  clear (&result);
  run (fake, "--json show 7", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "\"peer-own-name\": \"alice\""));
  clear (&result);
  run (fake, "show 77", &result);
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
}

/* A missed call is told as that by whoever watches, however short its life on the bus was. */
static void
test_watch_missed (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:bob@198.51.100.7", "ended");
  kith_bus_call_set_peer_name (fake->call, "bob");
  kith_bus_call_set_state_reason (fake->call, "busy");
  kith_bus_call_set_missed (fake->call, TRUE);
  kith_bus_call_set_calls (fake->call, 1);
  kith_bus_call_set_ended_at (fake->call, g_get_real_time ());
  GSubprocess *process = start (fake, "watch");
  while (fake->asked == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  interrupt (fake, process, "missed ");
  finish (fake, process, "", &result);
  g_assert_nonnull (
      strstr (result.out, "missed      from \"bob\" <sip:bob@198.51.100.7>: the line was busy"));
  clear (&result);
  run (fake, "calls", &result);
  g_assert_nonnull (strstr (result.out, "missed: the line was busy"));
  clear (&result);
}

/* A call that is followed ends with `kith`; one that is not goes on. Ctrl-Z hangs up. */
static void
test_tied (Fake *fake, gconstpointer data)
{
  static const char *const features[] = { "kith", "hangup-with-caller", NULL };
  static const char *const states[] = { "dialing", "ringing", NULL };
  Run result;

  kith_bus_manager_set_features (fake->manager, features);
  fake->states = states;
  GSubprocess *process = start (fake, "call bob");
  while (fake->call == NULL || g_strcmp0 (kith_bus_call_get_state (fake->call), "ringing") != 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_subprocess_send_signal (process, SIGTSTP);
  guint timer = g_timeout_add (10000, on_stuck, process);
  finish (fake, process, "", &result);
  g_source_remove (timer);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;tied;Hangup;local;");
  clear (&result);
}

static void
test_not_tied (Fake *fake, gconstpointer data)
{
  static const char *const features[] = { "kith", "hangup-with-caller", NULL };
  static const char *const states[] = { "dialing", NULL };
  Run result;

  kith_bus_manager_set_features (fake->manager, features);
  fake->states = states;
  run (fake, "call --no-wait bob", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;");
  clear (&result);
}

/* All states are told in their order, the text of others is made safe, and hanging up is
   success. */
static void
test_call (Fake *fake, gconstpointer data)
{
  static const char *const states[]
      = { "dialing", "ringing", "connecting", "active", "ended", NULL };
  static const char *const told[] = { "locating",   "dialing", "ringing", "encrypted, SRTP",
                                      "connecting", "active",  "ended",   "lost 10 of 100" };
  const char *at;
  Run result;
  guint i;

  fake->states = states;
  fake->reason = "remote";
  run (fake, "call bob", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (result.err, ==, "");
  for (at = result.out, i = 0; i < G_N_ELEMENTS (told); i++) {
    at = strstr (at, told[i]);
    g_assert_nonnull (at);
  }
  g_assert_null (strchr (result.out, '\033'));
  g_assert_nonnull (strstr (result.out, "~7k2f9qxm, new, unverified, key 00112233"));
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;");
  clear (&result);
}

static void
test_call_json (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "dialing", "ringing", "ended", NULL };
  g_auto (GStrv) lines = NULL;
  Run result;

  fake->states = states;
  fake->reason = "busy";
  run (fake, "--json call bob", &result);
  g_assert_cmpint (result.code, ==, 11);
  lines = g_strsplit (result.out, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5);
  g_assert_true (g_str_has_prefix (lines[0], "{\"event\": \"state\", \"at\": "));
  g_assert_nonnull (strstr (lines[0], "\"state\": \"locating\""));
  g_assert_nonnull (strstr (lines[2], "\"peer-name\": \"bob\\u001b[31m\""));
  g_assert_nonnull (strstr (lines[3], "\"state-reason\": \"busy\""));
  clear (&result);
}

static void
test_call_ambiguous (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ended", NULL };
  Run result;

  fake->states = states;
  fake->reason = "ambiguous";
  run (fake, "call twins", &result);
  g_assert_cmpint (result.code, ==, 4);
  g_assert_nonnull (strstr (result.out, "bob~aaaaaaaa"));
  g_assert_nonnull (strstr (result.out, "bob~bbbbbbbb"));
  g_assert_cmpstr (fake->asked, ==, "Dial;twins;Resolve;");
  clear (&result);
  g_clear_handle_id (&fake->timer, g_source_remove);
  g_clear_object (&fake->call);
  g_clear_pointer (&fake->asked, g_free);
  g_dbus_object_manager_server_unexport (fake->objects, PATH);
  fake->states = states;
  run (fake, "--json call twins", &result);
  g_assert_cmpint (result.code, ==, 4);
  g_assert_nonnull (strstr (result.out, "\n{\"event\": \"candidates\", \"address\": \"twins\", "));
  clear (&result);
}

/* Nobody shows the tag: who else goes by the name is asked once, if there is anybody. */
static void
test_call_nobody (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ended", NULL };
  static const char *const asked[]
      = { "Dial;bob~7k2f9qxm;", "Dial;bob~7k2f9qxm;Dial;bob~7k2f9qxm;Resolve;" };

  for (guint i = 0; i < G_N_ELEMENTS (asked); i++) {
    Run result;
    fake->namesakes = i;
    fake->states = states;
    fake->reason = "not-found";
    run (fake, "call bob~7k2f9qxm", &result);
    g_assert_cmpint (result.code, ==, 13);
    g_assert_cmpint (strstr (result.out, "bob~aaaaaaaa") != NULL, ==, i > 0);
    g_assert_cmpstr (fake->asked, ==, asked[i]);
    clear (&result);
    g_clear_handle_id (&fake->timer, g_source_remove);
    g_clear_object (&fake->call);
    g_dbus_object_manager_server_unexport (fake->objects, PATH);
  }
}

static void
test_call_refused (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "call b@d@", &result);
  g_assert_cmpint (result.code, ==, 2);
  g_assert_cmpstr (result.err, ==, "kith: that is no address: use a name\n");
  clear (&result);
}

/* Nobody answers: the call is hung up, and the exit code says why. */
static void
test_call_timeout (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ringing", NULL };
  gint64 began_us = g_get_monotonic_time ();
  Run result;

  fake->states = states;
  run (fake, "call bob --timeout 1", &result);
  g_assert_cmpint (g_get_monotonic_time () - began_us, >=, 1 * G_USEC_PER_SEC); /* no less */
  g_assert_cmpint (result.code, ==, 12);
  g_assert_cmpstr (result.err, ==, ""); /* told once */
  g_assert_nonnull (strstr (result.out, "ended       Nobody answered within 1 s\n"));
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;Hangup;local;");
  clear (&result);
}

static void
test_call_interrupt (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ringing", NULL };
  GSubprocess *process = start (fake, "call bob");
  Run result;

  fake->states = states;
  interrupt (fake, process, "ringing");
  finish (fake, process, "", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (fake->asked, "Hangup;local;"));
  clear (&result);
}

/* Ctrl-Z while the call is only being made: it is hung up as soon as it is there. */
static void
test_call_suspended (Fake *fake, gconstpointer data)
{
  static const char *const states[] = { "ringing", NULL };
  Run result;

  fake->states = states;
  fake->suspended = start (fake, "call bob");
  guint timer = g_timeout_add (10000, on_stuck, fake->suspended);
  finish (fake, fake->suspended, "", &result);
  g_source_remove (timer);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Dial;bob;Hangup;local;");
  clear (&result);
}

static void
test_resolve (Fake *fake, gconstpointer data)
{
  static const struct {
    const char *line;
    int code;
  } rows[] = { { "resolve bob~aaaaaaaa", 0 },
               { "resolve bob", 3 },
               { "resolve twins", 4 },
               { "resolve nobody", 5 } };
  guint i;

  for (i = 0; i < G_N_ELEMENTS (rows); i++) {
    Run result;

    run (fake, rows[i].line, &result);
    g_assert_cmpint (result.code, ==, rows[i].code);
    clear (&result);
  }
}

static void
test_incoming (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "answer", &result);
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
  export_call (fake, "incoming", "sip:carol", "incoming");
  run (fake, "answer 7", &result);
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
  run (fake, "answer", &result);
  g_assert_cmpint (result.code, ==, 0);
  clear (&result);
  run (fake, "reject", &result); /* it does not ring any more */
  g_assert_cmpint (result.code, ==, 5);
  clear (&result);
  enter (fake, "incoming", "none");
  run (fake, "reject --busy call/1", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_cmpstr (fake->asked, ==, "Accept;Reject;busy;");
  clear (&result);
}

static void
test_show_and_mute (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:carol", "active");
  run (fake, "--json show", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "\"call\": 1, "));
  g_assert_nonnull (strstr (result.out, "\"packets-received\": 90}"));
  clear (&result);
  run (fake, "calls", &result);
  g_assert_nonnull (strstr (result.out, "from sip:carol"));
  clear (&result);
  run (fake, "mute", &result);
  g_assert_cmpint (result.code, ==, 0);
  clear (&result);
  run (fake, "--json show 1", &result);
  g_assert_nonnull (strstr (result.out, "\"muted\": true"));
  clear (&result);
}

/* The name of an ordinary SIP phone is what it says itself: it never stands there as if it were
   proved. */
static void
test_said_name (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:mallory@192.0.2.9", "incoming");
  kith_bus_call_set_peer_name (fake->call, "bob~7k2f9qxm");
  kith_bus_call_set_encryption (fake->call, "none");
  run (fake, "calls", &result);
  g_assert_nonnull (strstr (result.out, "from \"bob~7k2f9qxm\" <sip:mallory@192.0.2.9>"));
  clear (&result);
  run (fake, "show 1", &result);
  g_assert_nonnull (strstr (result.out, "from \"bob~7k2f9qxm\" <sip:mallory@192.0.2.9>"));
  clear (&result);
}

static gboolean
on_register (gpointer user_data)
{
  Fake *fake = user_data;

  kith_bus_account_set_state (fake->account, "registered");
  return G_SOURCE_REMOVE;
}

static void
test_status (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "status --wait 1", &result);
  g_assert_cmpint (result.code, ==, 1);
  g_assert_nonnull (strstr (result.out, "alice~11111111"));
  clear (&result);
  g_timeout_add (300, on_register, fake);
  run (fake, "status --wait 10", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "registered"));
  clear (&result);
  kith_bus_manager_set_notices (
      fake->manager,
      g_variant_new_parsed ("[('database', 'warning', 'whatever words', 'Any.'),"
                            " ('disk', 'bad', 'it is full', 'Make room.')]"));
  kith_bus_manager_set_notice_findings (
      fake->manager,
      g_variant_new_parsed ("[{'code': <'database-put-aside'>, 'values': <{'file': <'/x'>}>},"
                            " {'code': <'newer-than-we'>, 'values': <{'dir': <'/x'>}>}]"));
  kith_bus_manager_set_database_put_aside (fake->manager, "/x/kith.db.broken-1");
  run (fake, "status", &result);
  g_assert_nonnull (strstr (result.out, "it is full"));
  g_assert_nonnull (strstr (result.out, "kith.db.broken-1"));
  g_assert_null (strstr (result.out, "whatever words")); /* told once */
  clear (&result);
  kith_bus_manager_set_notice_findings (
      fake->manager,
      g_variant_new_parsed (
          "[{'code': <'database-put-aside'>, 'values': <{'file': <'/x'>}>},"
          " {'code': <'disk-low'>, 'values': <{'dir': <'/x'>, 'free-megabytes': <@u 50>}>}]"));
  run (fake, "status", &result);
  g_assert_nonnull (strstr (result.out, "less than 50 MB are free for /x"));
  g_assert_nonnull (strstr (result.out, "Free some space"));
  clear (&result);
}

static gboolean
on_examine (KithBusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
  kith_bus_manager_complete_examine (
      manager,
      invocation,
      g_variant_new_parsed (
          "[{'check': <'network'>, 'state': <'ok'>, 'finding': <'told by kithd'>, 'remedy': <''>,"
          "  'code': <'network-online'>, 'values': <{'peers': <@u 3>}>},"
          " {'check': <'clock'>, 'state': <'ok'>, 'finding': <'right'>, 'remedy': <''>},"
          " {'check': <'stun'>, 'state': <'warning'>, 'finding': <'a value lacks'>,"
          "  'remedy': <'Do so.'>, 'code': <'stun-silent'>, 'values': <@a{sv} {}>},"
          " {'check': <'tea'>, 'state': <'warning'>, 'finding': <'it is cold'>,"
          "  'remedy': <'Boil it.'>, 'code': <'tea-cold'>, 'values': <{'cups': <@u 2>}>}]"));
  return TRUE;
}

static gboolean
on_diagnose (KithBusManager *manager, GDBusMethodInvocation *invocation, gpointer user_data)
{
  kith_bus_manager_complete_diagnose (
      manager,
      invocation,
      g_variant_new_parsed ("[('disk', 'bad', 'it is full', 'Make room.')]"));
  return TRUE;
}

/* What is said of a code that this version knows is its own words, in its user's language; of
   others the daemon's. Programs read English. */
static void
test_doctor (Fake *fake, gconstpointer data)
{
  Run result;

  g_signal_connect (fake->manager, "handle-diagnose", G_CALLBACK (on_diagnose), NULL);
  run (fake, "doctor", &result); /* of an older daemon */
  g_assert_cmpint (result.code, ==, 1);
  g_assert_nonnull (strstr (result.out, "it is full"));
  clear (&result);
  g_signal_connect (fake->manager, "handle-examine", G_CALLBACK (on_examine), NULL);
  run (fake, "doctor", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "3 nodes are known"));
  g_assert_nonnull (strstr (result.out, "a value lacks"));
  g_assert_nonnull (strstr (result.out, "it is cold"));
  g_assert_nonnull (strstr (result.out, " things deserve a look."));
  clear (&result);
  run (fake, "--json doctor", &result); /* "time-sync" is said by kith itself */
  g_autofree gchar *english = g_steal_pointer (&result.out);
  g_assert_nonnull (strstr (english, "told by kithd"));
  g_assert_nonnull (strstr (english, "time-sync"));
  g_assert_nonnull (strstr (english, "\"code\": \"network-online\", \"values\": {\"peers\": 3}"));
  g_assert_nonnull (strstr (english, "\"code\": \"tea-cold\", \"values\": {\"cups\": 2}"));
  clear (&result);
  if (speak_german ()) {
    run (fake, "--json doctor", &result);
    g_assert_cmpstr (result.out, ==, english);
    clear (&result);
    run (fake, "doctor", &result);
    g_assert_nonnull (strstr (result.out, "3 Knoten sind bekannt"));
    g_assert_nonnull (strstr (result.out, "it is cold"));
    g_assert_nonnull (strstr (result.out, " Punkte verdienen einen Blick."));
    clear (&result);
  }
  speak_english ();
}

/* The lines that this kith has no words for are kithd's, whoever wrote them. */
static void
assert_time_line (const char *out, const char *path)
{
  g_assert_nonnull (strstr (out, path));
  g_assert_nonnull (strstr (out, "A step of next year\n"));
  g_assert_nonnull (strstr (out, "What kithd says\n"));
  g_assert_nonnull (strstr (out, "Kept by an older kithd\n"));
}

static void
test_time_line (Fake *fake, gconstpointer data)
{
  Run result;
  Run english;

  run (fake, "why 7", &result);
  assert_time_line (result.out, "Through carol, about 12 ms one way\n");
  clear (&result);
  run (fake, "why 8", &result);
  assert_time_line (result.out, "Through carol, about 12 ms one way\n");
  clear (&result);
  run (fake, "--json why 7", &result);
  g_assert_null (strstr (result.out, "\"step"));
  clear (&result);
  run (fake, "--json why 8", &english);
  g_assert_nonnull (strstr (english.out, "\"text\": \"Through carol, about 12 ms one way\""));
  g_assert_nonnull (strstr (english.out, "\"code\": \"step-through\""));
  g_assert_nonnull (strstr (english.out, "\"code\": \"step-of-next-year\""));
  g_assert_nonnull (strstr (english.out, "\"friend\": \"carol\""));
  g_assert_null (strstr (english.out, "\"steps\""));
  if (speak_german ()) {
    run (fake, "why 7", &result);
    assert_time_line (result.out, "Through carol, about 12 ms one way\n");
    clear (&result);
    run (fake, "why 8", &result);
    assert_time_line (result.out, "Über carol, etwa 12 ms in einer Richtung\n");
    clear (&result);
    run (fake, "--json why 8", &result);
    g_assert_cmpstr (result.out, ==, english.out);
    clear (&result);
  }
  clear (&english);
  speak_english ();
}

static void
test_why (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "why 7", &result); /* the played daemon's code is of a newer one */
  g_assert_nonnull (strstr (result.out, "So it was."));
  clear (&result);
  run (fake, "why 8", &result);
  g_assert_nonnull (strstr (result.out, "bob is in another call. Try again later."));
  clear (&result);
  run (fake, "--json why 8", &result);
  g_assert_nonnull (strstr (result.out, "\"code\": \"call-busy-remote\""));
  g_assert_nonnull (strstr (result.out, "\"values\": {\"peer\": \"bob\"}"));
  clear (&result);
  if (speak_german ()) {
    run (fake, "why 8", &result);
    g_assert_nonnull (strstr (result.out, "bob spricht gerade mit jemand anderem."));
    clear (&result);
  }
  speak_english ();
}

static void
test_init (Fake *fake, gconstpointer data)
{
  Run result;

  run (fake, "init Alice", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_nonnull (strstr (result.out, "12 l"));
  clear (&result);
  finish (fake, start (fake, "init alice --restore"), "a b c d\ne f g h i j k l\n", &result);
  g_assert_cmpint (result.code, ==, 0);
  g_assert_null (strstr (result.out, "12 l"));
  clear (&result);
  finish (fake,
          start (fake, "init alice --restore"),
          "1. A, 2. b 3) c\n d e f g h i j k l\n",
          &result);
  g_assert_cmpint (result.code, ==, 0);
  clear (&result);
  finish (fake, start (fake, "init alice --restore"), "a b c\n", &result);
  g_assert_cmpint (result.code, ==, 2);
  clear (&result);
  g_assert_cmpstr (fake->asked,
                   ==,
                   "CreateIdentity;alice;;CreateIdentity;alice;a b c d e f g h i j k l;"
                   "CreateIdentity;alice;A b c d e f g h i j k l;");
}

static void
test_watch (Fake *fake, gconstpointer data)
{
  GSubprocess *process;
  Run result;

  export_call (fake, "incoming", "sip:carol", "incoming");
  process = start (fake, "watch --bell");
  while (fake->asked == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  interrupt (fake, process, "rings");
  finish (fake, process, "", &result);
  g_assert_nonnull (strstr (result.out, "alice~11111111 is publishing"));
  g_assert_nonnull (strstr (result.out, "incoming"));
  g_assert_nonnull (strstr (result.out, "\acall 1 rings: `kith answer 1`"));
  clear (&result);
}

static void
test_daemon_leaves (Fake *fake, gconstpointer data)
{
  GSubprocess *process = start (fake, "call bob");
  Run result;

  while (fake->call == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_bus_unown_name (fake->name_id);
  fake->name_id = 0;
  finish (fake, process, "", &result);
  g_assert_cmpint (result.code, ==, 7);
  g_assert_nonnull (strstr (result.err, "has left the bus"));
  clear (&result);
  fake->name_id = g_bus_own_name_on_connection (fake->connection,
                                                KITH_BUS_NAME,
                                                G_BUS_NAME_OWNER_FLAGS_NONE,
                                                NULL,
                                                NULL,
                                                NULL,
                                                NULL);
}

/* kithd ends a call as it leaves, and is gone before it has told the figures. */
static void
test_leaves_at_the_end (Fake *fake, gconstpointer data)
{
  Run result;

  export_call (fake, "incoming", "sip:carol", "active");
  kith_bus_call_set_answered_at (fake->call, g_get_real_time ());
  g_assert_true (g_setenv ("GLIBC_TUNABLES", /* what is freed is overwritten */
                           "glibc.malloc.tcache_count=0:glibc.malloc.perturb=165",
                           TRUE));
  GSubprocess *process = start (fake, "--json watch");
  g_unsetenv ("GLIBC_TUNABLES");
  while (fake->asked == NULL) {
    g_main_context_iteration (NULL, TRUE);
  }
  fake->leaves = TRUE;
  enter (fake, "ended", "local");
  finish (fake, process, "", &result);
  g_assert_cmpint (result.code, ==, 7);
  g_assert_nonnull (strstr (result.out, "\"state\": \"ended\""));
  clear (&result);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    void (*func) (Fake *fake, gconstpointer data);
  } tests[] = {
    { "/verbs/call", test_call },
    { "/verbs/call-json", test_call_json },
    { "/verbs/call-ambiguous", test_call_ambiguous },
    { "/verbs/call-nobody", test_call_nobody },
    { "/verbs/call-refused", test_call_refused },
    { "/verbs/call-timeout", test_call_timeout },
    { "/verbs/call-interrupt", test_call_interrupt },
    { "/verbs/call-suspended", test_call_suspended },
    { "/verbs/resolve", test_resolve },
    { "/verbs/incoming", test_incoming },
    { "/verbs/show-and-mute", test_show_and_mute },
    { "/verbs/said-name", test_said_name },
    { "/verbs/status", test_status },
    { "/verbs/doctor", test_doctor },
    { "/verbs/why", test_why },
    { "/verbs/time-line", test_time_line },
    { "/verbs/init", test_init },
    { "/verbs/watch", test_watch },
    { "/verbs/history", test_history },
    { "/verbs/show-past", test_show_past },
    { "/verbs/watch-missed", test_watch_missed },
    { "/verbs/tied", test_tied },
    { "/verbs/not-tied", test_not_tied },
    { "/verbs/daemon-leaves", test_daemon_leaves },
    { "/verbs/leaves-at-the-end", test_leaves_at_the_end },
  };
  guint i;

  g_test_init (&argc, &argv, NULL);
  speak_english ();
  for (i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_test_add (tests[i].path, Fake, NULL, set_up, tests[i].func, tear_down);
  }
  return g_test_run ();
}
