/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith doctor`: what works, what does not, and what mends it. */
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/error.h"
#include "cli/find-kithd.h"
#include "cli/text/wrap-text.h"
#include "cli/verb.h"
#include "words/saying.h"

#define TEXT_COLUMN 24 /* where findings start */

typedef struct {
  gchar *check;
  gchar *state;
  gchar *finding;
  gchar *remedy;
  gchar *code; /* NULL: an older daemon's row */
  GVariant *values;
} Row;

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->check);
  g_free (row->state);
  g_free (row->finding);
  g_free (row->remedy);
  g_free (row->code);
  g_clear_pointer (&row->values, g_variant_unref);
  g_free (row);
}

static Row *
add_row (GPtrArray *rows, const char *check, const char *state)
{
  Row *row = g_new0 (Row, 1);

  row->check = g_strdup (check);
  row->state = g_strdup (state);
  g_ptr_array_add (rows, row);
  return row;
}

static gchar *
help_of (const char *state, KithSaying *saying)
{
  return strcmp (state, "ok") == 0 ? g_strdup ("") : kith_saying_help (saying);
}

/* Takes @saying. */
static void
say (GPtrArray *rows, const char *check, const char *state, KithSaying *saying)
{
  Row *row = add_row (rows, check, state);

  row->finding = kith_saying_tell (saying);
  row->remedy = help_of (state, saying);
  row->code = g_strdup (kith_saying_get_code (saying));
  row->values = kith_saying_get_values (saying);
  kith_saying_free (saying);
}

static KithSaying *
saying_with (const char *code, const char *name, const char *text)
{
  KithSaying *saying = kith_saying_new (code);

  kith_saying_put (saying, name, text);
  return saying;
}

/* What can be seen without the daemon */

static void
check_time (GPtrArray *rows)
{
  struct timex status = { 0 };
  int code = adjtimex (&status);

  if (code < 0) {
    say (rows, "time-sync", "unknown", kith_saying_new ("time-sync-unknown"));
  } else if (code == TIME_ERROR || (status.status & STA_UNSYNC) != 0) {
    say (rows, "time-sync", "warning", kith_saying_new ("time-sync-off"));
  } else {
    say (rows, "time-sync", "ok", kith_saying_new ("time-sync-on"));
  }
}

static void
check_files (GPtrArray *rows)
{
  g_autofree gchar *dir = g_build_filename (g_get_user_state_dir (), "kith", NULL);
  g_autofree gchar *key = g_build_filename (dir, "identity.key", NULL);
  g_autofree gchar *state = NULL;
  g_autofree gchar *finding = NULL;
  g_autofree gchar *remedy = NULL;
  struct stat st;

  if (stat (key, &st) == 0 && kith_check_state (&state, &finding, &remedy)
      && strcmp (state, "bad") == 0) { /* as kithd itself judges it */
    KithSaying *told = saying_with ("identity-told", "error", finding);
    kith_saying_put (told, "help", remedy);
    say (rows, "identity", "bad", told);
  } else if (stat (key, &st) != 0) {
    say (rows, "identity", "warning", saying_with ("identity-not-in", "dir", dir));
  } else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    say (rows, "identity", "bad", saying_with ("identity-readable", "file", key));
  } else {
    say (rows, "identity", "ok", saying_with ("identity-in", "dir", dir));
  }
  if (stat (dir, &st) == 0 && access (dir, W_OK) != 0) {
    say (rows, "disk", "bad", saying_with ("disk-unwritable-alone", "dir", dir));
  }
}

/* One row of all doubts, as the daemon gives one. */
static void
check_config (GPtrArray *rows)
{
  g_autofree gchar *doubts = NULL;
  g_autofree gchar *fault = NULL;

  if (!kith_check_config (&doubts, &fault)) {
    return;
  }
  if (fault != NULL) {
    say (rows, "configuration", "bad", saying_with ("config-fault-alone", "error", fault));
    return;
  }
  g_auto (GStrv) lines = g_strsplit (g_strstrip (doubts), "\n", -1);
  if (*doubts == '\0') {
    say (rows, "configuration", "ok", saying_with ("config-fine", "file", "kith.conf"));
    return;
  }
  KithSaying *saying = kith_saying_new ("config-doubts");
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) halves = g_strsplit (lines[i], " → ", 2);
    KithSaying *told = saying_with ("config-told", "error", halves[0]);
    kith_saying_put (told, "help", halves[1]);
    kith_saying_add_saying (saying, "doubts", told);
  }
  say (rows, "configuration", "warning", saying);
}

static int
examine_alone (KithCli *cli, GPtrArray *rows, const GError *why)
{
  gboolean absent = kith_daemon_view_is_absence (why);
  gboolean is_system = kith_cli_option (cli, "system") != NULL;

  if (g_error_matches (why, KITH_ERROR, KITH_ERROR_NOT_AUTHORIZED)) { /* of another user's kithd */
    g_auto (GStrv) halves = g_strsplit (why->message, ": run kith ", 2);
    say (rows, "daemon", "bad", saying_with ("daemon-other-user", "error", halves[0]));
    return KITH_EXIT_FAILED;
  }

  if (g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_NO_SERVER)) {
    const char *remedy = strstr (why->message, "): ");
    gsize len = remedy != NULL ? (gsize)(remedy - why->message) + 1 : strlen (why->message);
    g_autofree gchar *cause = g_strndup (why->message, len);
    say (rows,
         "daemon",
         "bad",
         saying_with (is_system ? "daemon-no-system-bus" : "daemon-no-bus", "error", cause));
  } else if (absent) {
    say (rows,
         "daemon",
         "bad",
         kith_saying_new (is_system ? "daemon-absent-system" : "daemon-absent"));
  } else {
    say (rows,
         "daemon",
         "bad",
         saying_with (is_system ? "daemon-silent-system" : "daemon-silent", "error", why->message));
  }
  check_config (rows);
  check_files (rows);
  check_time (rows);
  return absent ? KITH_EXIT_NO_DAEMON : KITH_EXIT_FAILED;
}

/* What the daemon knows */

static void
say_versions (GPtrArray *rows, const char *version)
{
  KithSaying *saying = saying_with ("daemon-other-version", "version", version);

  kith_saying_put (saying, "own-version", KITH_VERSION);
  say (rows, "daemon", "warning", saying);
}

static const char *
text_of (GVariant *finding, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (finding, key, "&s", &text) ? text : "";
}

/* In words of ours, or, where this version has none for the code, in the daemon's. */
static void
take_finding (KithCli *cli, GPtrArray *rows, GVariant *finding)
{
  const char *state = text_of (finding, "state");
  const char *code = text_of (finding, "code");
  Row *row = add_row (rows, text_of (finding, "check"), state);

  row->values = g_variant_lookup_value (finding, "values", G_VARIANT_TYPE_VARDICT);
  row->code = row->values != NULL ? g_strdup (code) : NULL;
  g_autoptr (KithSaying) saying = cli->is_json ? NULL : kith_saying_read (code, row->values);
  row->finding
      = saying != NULL ? kith_saying_tell (saying) : g_strdup (text_of (finding, "finding"));
  row->remedy = saying != NULL ? help_of (state, saying) : g_strdup (text_of (finding, "remedy"));
}

/* @findings: aa{sv} */
static void
take_findings (KithCli *cli, GPtrArray *rows, GVariant *findings, const char *version)
{
  for (gsize i = 0; i < g_variant_n_children (findings); i++) {
    g_autoptr (GVariant) finding = g_variant_get_child_value (findings, i);
    const char *check = text_of (finding, "check");
    if (strcmp (check, "daemon") == 0 && g_strcmp0 (version, KITH_VERSION) != 0) {
      say_versions (rows, version);
    } else {
      take_finding (cli, rows, finding);
    }
    if (strcmp (check, "clock") == 0) {
      check_time (rows);
    }
  }
}

/* The rows of a daemon that has no codes, as if they had unknown ones: aa{sv}. (transfer full) */
static GVariant *
from_older (GVariant *findings)
{
  GVariantBuilder builder;
  GVariantIter iter;
  const char *check;
  const char *state;
  const char *finding;
  const char *remedy;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  g_variant_iter_init (&iter, findings);
  while (g_variant_iter_next (&iter, "(&s&s&s&s)", &check, &state, &finding, &remedy)) {
    g_variant_builder_add_parsed (&builder,
                                  "{'check': <%s>, 'state': <%s>, 'finding': <%s>, 'remedy': <%s>}",
                                  check,
                                  state,
                                  finding,
                                  remedy);
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static int
examine (KithCli *cli, GPtrArray *rows)
{
  KithBusManager *manager = kith_daemon_view_get_manager (cli->daemon);
  const char *version = kith_bus_manager_get_version (manager);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli, manager, "Examine", NULL, &error);

  if (reply != NULL) {
    g_autoptr (GVariant) findings = g_variant_get_child_value (reply, 0);
    take_findings (cli, rows, findings, version);
    return KITH_EXIT_OK;
  }
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD)) {
    g_clear_error (&error);
    reply = kith_cli_invoke (cli, manager, "Diagnose", NULL, &error);
  }
  if (reply == NULL) {
    return examine_alone (cli, rows, error);
  }
  g_autoptr (GVariant) older = g_variant_get_child_value (reply, 0);
  g_autoptr (GVariant) findings = from_older (older);
  take_findings (cli, rows, findings, version);
  return KITH_EXIT_OK;
}

/* Saying it */

static KithColour
colour_of (const char *state)
{
  return strcmp (state, "ok") == 0    ? KITH_COLOUR_GOOD
         : strcmp (state, "bad") == 0 ? KITH_COLOUR_BAD
                                      : KITH_COLOUR_STRONG;
}

static void
say_row (KithCli *cli, const Row *row)
{
  g_autofree gchar *state = kith_cli_safe (row->state);
  g_autofree gchar *check = kith_cli_safe (row->check);
  g_autofree gchar *finding = kith_cli_safe (row->finding);
  g_autofree gchar *wrapped = kith_wrap_text (finding, TEXT_COLUMN);

  kith_cli_say ("%s%-8s%s %-14s %s\n",
                kith_cli_colour (cli, colour_of (row->state)),
                state,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                check,
                wrapped);
  if (*row->remedy != '\0') {
    g_autofree gchar *remedy = kith_cli_safe (row->remedy);
    g_autofree gchar *lines = kith_wrap_text (remedy, TEXT_COLUMN + 2);
    kith_cli_say ("%*s→ %s\n", TEXT_COLUMN, "", lines);
  }
}

static guint
count (GPtrArray *rows, const char *state)
{
  guint n = 0;

  for (guint i = 0; i < rows->len; i++) {
    n += strcmp (((Row *)rows->pdata[i])->state, state) == 0;
  }
  return n;
}

static void
say_rows (KithCli *cli, GPtrArray *rows)
{
  guint bad = count (rows, "bad");
  guint warnings = count (rows, "warning");
  g_autoptr (KithSaying) saying = kith_saying_new (bad > 0        ? "doctor-bad"
                                                   : warnings > 0 ? "doctor-warnings"
                                                                  : "doctor-well");

  for (guint i = 0; i < rows->len; i++) {
    say_row (cli, rows->pdata[i]);
  }
  kith_saying_put_number (saying, "things", bad > 0 ? bad : warnings);
  kith_saying_put_flag (saying, "warnings", warnings > 0);
  g_autofree gchar *text = kith_saying_tell (saying);
  kith_cli_say ("\n%s\n", text);
}

static void
put_rows (GPtrArray *rows)
{
  KithJson *json = kith_json_new ();

  kith_json_open_object (json, NULL);
  kith_json_add_bool (json, "healthy", count (rows, "bad") == 0);
  kith_json_open_array (json, "findings");
  for (guint i = 0; i < rows->len; i++) {
    const Row *row = rows->pdata[i];
    kith_json_open_object (json, NULL);
    kith_json_add_string (json, "check", row->check);
    kith_json_add_string (json, "state", row->state);
    kith_json_add_string (json, "finding", row->finding);
    kith_json_add_string (json, "remedy", row->remedy);
    if (row->code != NULL) {
      kith_json_add_string (json, "code", row->code);
      kith_json_add_variant (json, "values", row->values);
    }
    kith_json_close (json);
  }
  kith_cli_put_json (json);
}

static int
run (KithCli *cli)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);
  g_autoptr (GError) error = NULL;
  int code = kith_cli_try_connect (cli, TRUE, &error) ? examine (cli, rows)
                                                      : examine_alone (cli, rows, error);

  if (cli->is_json) {
    put_rows (rows);
  } else {
    say_rows (cli, rows);
  }
  return code != KITH_EXIT_OK ? code : count (rows, "bad") > 0 ? KITH_EXIT_FAILED : KITH_EXIT_OK;
}

static const char *const members[]
    = { "Manager.Examine", "Manager.Diagnose", "Manager.Version", NULL };

const KithVerb kith_verb_doctor = {
  .name = "doctor",
  .arguments = "",
  .summary = "Check everything and say what to mend",
  .details = "Configuration, identity, clock, network, registration, NAT, servers, friends, sound, "
             "SIP and disk. "
             "Exit code 1: something is\n"
             "bad; 7: kithd does not run, and only what can be seen without it was checked.",
  .members = members,
  .exits = "",
  .run = run,
};
