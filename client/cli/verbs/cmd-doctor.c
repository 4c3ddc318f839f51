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

#define TEXT_COLUMN 24 /* where findings start */

typedef struct {
  gchar *check;
  gchar *state;
  gchar *finding;
  gchar *remedy;
} Row;

static void
row_free (gpointer data)
{
  Row *row = data;

  g_free (row->check);
  g_free (row->state);
  g_free (row->finding);
  g_free (row->remedy);
  g_free (row);
}

/* Takes @finding. */
static void
add_row (GPtrArray *rows, const char *check, const char *state, gchar *finding, const char *remedy)
{
  Row *row = g_new0 (Row, 1);

  row->check = g_strdup (check);
  row->state = g_strdup (state);
  row->finding = finding;
  row->remedy = g_strdup (strcmp (state, "ok") == 0 ? "" : remedy);
  g_ptr_array_add (rows, row);
}

/* What can be seen without the daemon */

static void
check_time (GPtrArray *rows)
{
  struct timex status = { 0 };
  int code = adjtimex (&status);

  if (code < 0) {
    add_row (rows, "time-sync", "unknown", g_strdup ("the system does not tell"), "");
  } else if (code == TIME_ERROR || (status.status & STA_UNSYNC) != 0) {
    add_row (rows,
             "time-sync",
             "warning",
             g_strdup ("the system’s clock is not kept by NTP"),
             "Records of a clock that is wrong by 10 minutes are believed by nobody: timedatectl "
             "set-ntp true.");
  } else {
    add_row (rows, "time-sync", "ok", g_strdup ("the system’s clock is kept by NTP"), "");
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
    add_row (rows, "identity", "bad", g_strdup (finding), remedy);
  } else if (stat (key, &st) != 0) {
    add_row (rows,
             "identity",
             "warning",
             g_strdup_printf ("there is none in %s", dir),
             "Make one: kith init NAME (or name the right place: kithd --state-dir DIR).");
  } else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    add_row (rows,
             "identity",
             "bad",
             g_strdup_printf ("%s can be read by others, and kithd refuses it", key),
             "Forbid it: chmod 600 identity.key, in that directory.");
  } else {
    add_row (rows, "identity", "ok", g_strdup_printf ("its key is in %s", dir), "");
  }
  if (stat (dir, &st) == 0 && access (dir, W_OK) != 0) {
    add_row (rows,
             "disk",
             "bad",
             g_strdup_printf ("%s cannot be written to", dir),
             "Make it writable for you, or choose another: kithd --state-dir DIR.");
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
    add_row (rows,
             "configuration",
             "bad",
             g_strdup (fault),
             "Correct it: kithd does not start with it. kith.conf(5) tells what is allowed.");
    return;
  }
  g_auto (GStrv) lines = g_strsplit (g_strstrip (doubts), "\n", -1);
  g_autoptr (GString) finding = g_string_new (NULL);
  g_autoptr (GString) remedy = g_string_new (NULL);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) halves = g_strsplit (lines[i], " → ", 2);
    g_string_append_printf (finding, "%s%s", i > 0 ? "; " : "", halves[0]);
    g_string_append_printf (remedy, "%s%s", i > 0 ? " " : "", halves[1] != NULL ? halves[1] : "");
  }
  if (*doubts == '\0') {
    add_row (rows, "configuration", "ok", g_strdup ("kith.conf has no fault"), "");
  } else {
    add_row (rows,
             "configuration",
             "warning",
             g_string_free (g_steal_pointer (&finding), FALSE),
             remedy->str);
  }
}

static int
examine_alone (KithCli *cli, GPtrArray *rows, const GError *why)
{
  gboolean absent = kith_daemon_view_is_absence (why);
  gboolean is_system = kith_cli_option (cli, "system") != NULL;

  if (g_error_matches (why, KITH_ERROR, KITH_ERROR_NOT_AUTHORIZED)) { /* of another user's kithd */
    g_auto (GStrv) halves = g_strsplit (why->message, ": run kith ", 2);
    add_row (rows,
             "daemon",
             "bad",
             g_strdup (halves[0]),
             "Run kith as the user that kithd runs as, or on the system bus as root.");
    return KITH_EXIT_FAILED;
  }

  if (g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_NO_SERVER)) {
    const char *remedy = strstr (why->message, "): ");
    gsize len = remedy != NULL ? (gsize)(remedy - why->message) + 1 : strlen (why->message);
    g_autofree gchar *cause = g_strndup (why->message, len);
    add_row (rows,
             "daemon",
             "bad",
             g_strdup_printf ("kithd does not run where it was looked for: %s", cause),
             is_system ? "Install and start dbus."
                       : "Run kith in a login session or give --bus ADDRESS. If kithd does not run "
                         "then: systemctl --user enable --now kithd, or kithd in a terminal.");
  } else if (absent) {
    add_row (rows,
             "daemon",
             "bad",
             g_strdup ("kithd does not run, or on another bus"),
             is_system
                 ? "Start it as root: kithd --system."
                 : "Start it: systemctl --user enable --now kithd, or kithd in a terminal. On "
                   "the system bus: kith --system doctor.");
  } else {
    add_row (rows,
             "daemon",
             "bad",
             g_strdup (why->message),
             is_system ? "Start it anew." : "Start it anew: systemctl --user restart kithd.");
  }
  check_config (rows);
  check_files (rows);
  check_time (rows);
  return absent ? KITH_EXIT_NO_DAEMON : KITH_EXIT_FAILED;
}

/* What the daemon knows */

static void
take_findings (GPtrArray *rows, GVariant *reply, const char *version)
{
  g_autoptr (GVariant) findings = g_variant_get_child_value (reply, 0);
  GVariantIter iter;
  const char *check;
  const char *state;
  const char *finding;
  const char *remedy;

  g_variant_iter_init (&iter, findings);
  while (g_variant_iter_next (&iter, "(&s&s&s&s)", &check, &state, &finding, &remedy)) {
    if (strcmp (check, "daemon") == 0 && g_strcmp0 (version, KITH_VERSION) != 0) {
      add_row (rows,
               check,
               "warning",
               g_strdup_printf ("kithd is %s, and kith is %s", version, KITH_VERSION),
               "Start the new one: systemctl --user restart kithd.");
      continue;
    }
    add_row (rows, check, state, g_strdup (finding), remedy);
    if (strcmp (check, "clock") == 0) {
      check_time (rows);
    }
  }
}

static int
examine (KithCli *cli, GPtrArray *rows)
{
  KithBusManager *manager = kith_daemon_view_get_manager (cli->daemon);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = kith_cli_invoke (cli, manager, "Diagnose", NULL, &error);

  if (reply == NULL) {
    return examine_alone (cli, rows, error);
  }
  take_findings (rows, reply, kith_bus_manager_get_version (manager));
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

  for (guint i = 0; i < rows->len; i++) {
    say_row (cli, rows->pdata[i]);
  }
  if (bad > 0) {
    kith_cli_say ("\n%u %s to be mended%s.\n",
                  bad,
                  bad == 1 ? "thing has" : "things have",
                  warnings > 0 ? ", and more deserves a look" : "");
  } else if (warnings > 0) {
    kith_cli_say ("\nIt works; %u %s a look.\n",
                  warnings,
                  warnings == 1 ? "thing deserves" : "things deserve");
  } else {
    kith_cli_say ("\nAll is well.\n");
  }
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

static const char *const members[] = { "Manager.Diagnose", "Manager.Version", NULL };

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
