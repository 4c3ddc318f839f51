/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith why`: what happened in a call, and what to do about it. */
#include <string.h>

#include "cli/text/call-pick.h"
#include "cli/text/call-who.h"
#include "cli/text/wrap-text.h"
#include "cli/verb.h"
#include "words/saying.h"
#include "words/step-words.h"

#define TEXT_COLUMN 24 /* where the text of a line of the time line starts */

/* A text of @facts, "" if there is none. */
static const char *
text_of (GVariant *facts, const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (facts, key, "&s", &text) ? text : "";
}

static gint64
time_of (GVariant *facts, const char *key)
{
  gint64 time = 0;

  (void)g_variant_lookup (facts, key, "x", &time);
  return time;
}

static guint
count_of (GVariant *facts, const char *key)
{
  guint count = 0;

  (void)g_variant_lookup (facts, key, "u", &count);
  return count;
}

static void
say_title (KithCli *cli, GVariant *facts)
{
  KithCallWho who;

  kith_call_who_read_facts (&who, facts);
  g_autofree gchar *line = kith_call_who_line (&who);
  g_autofree gchar *at = kith_cli_clock_text (who.started_at);
  g_autofree gchar *state = kith_cli_safe (text_of (facts, "state"));

  kith_cli_say ("%sCall %u%s %s%s, %s, %s\n",
                kith_cli_colour (cli, KITH_COLOUR_STRONG),
                count_of (facts, "call"),
                who.calls > 1 ? ", the last of" : "",
                line,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                at,
                who.is_missed ? "missed" : state);
}

static void
say_entry (KithCli *cli, gint64 ms, const char *kind, const char *text)
{
  g_autofree gchar *safe = kith_cli_safe (text);
  g_autofree gchar *wrapped = kith_wrap_text (safe, TEXT_COLUMN);
  g_autofree gchar *safe_kind = kith_cli_safe (kind);
  gboolean is_bad = strcmp (kind, "trouble") == 0;

  kith_cli_say ("%8" G_GINT64_FORMAT " ms  %s%-10s%s %s\n",
                ms,
                kith_cli_colour (cli, is_bad ? KITH_COLOUR_BAD : KITH_COLOUR_QUIET),
                safe_kind,
                kith_cli_colour (cli, KITH_COLOUR_PLAIN),
                wrapped);
}

/* Code and values of the entry @index; FALSE: kithd tells none. */
static gboolean
get_step (GVariant *steps, gsize index, const char **code, GVariant **values)
{
  if (steps == NULL || index >= g_variant_n_children (steps)) {
    return FALSE;
  }
  g_variant_get_child (steps, index, "(&s@a{sv})", code, values);
  return **code != '\0';
}

static void
say_entries (KithCli *cli, GVariant *facts)
{
  g_autoptr (GVariant) entries
      = g_variant_lookup_value (facts, "entries", G_VARIANT_TYPE ("a(xss)"));
  g_autoptr (GVariant) steps
      = g_variant_lookup_value (facts, "steps", G_VARIANT_TYPE ("a(sa{sv})"));
  gint64 first = time_of (facts, "started-at");

  for (gsize i = 0; entries != NULL && i < g_variant_n_children (entries); i++) {
    g_autoptr (GVariant) values = NULL;
    const char *code = NULL;
    const char *kind = NULL;
    const char *text = NULL;
    gint64 at = 0;
    g_variant_get_child (entries, i, "(x&s&s)", &at, &kind, &text);
    (void)get_step (steps, i, &code, &values);
    g_autofree gchar *told = kith_step_text (code, values, text);
    say_entry (cli, MAX (at - first, 0) / 1000, kind, told);
  }
  if (count_of (facts, "dropped") > 0) {
    kith_cli_say ("             (%u more did not fit)\n", count_of (facts, "dropped"));
  }
}

/* In words of ours, or, where this version has none for the code, in the daemon's. (transfer
   full) */
static gchar *
sentence_of (GVariant *facts)
{
  g_autoptr (GVariant) values = g_variant_lookup_value (facts, "values", G_VARIANT_TYPE_VARDICT);
  g_autoptr (KithSaying) saying = kith_saying_read (text_of (facts, "code"), values);

  if (saying == NULL) {
    return kith_cli_safe (text_of (facts, "sentence"));
  }
  g_autofree gchar *cause = kith_saying_tell (saying);
  g_autofree gchar *help = kith_saying_help (saying);
  g_autofree gchar *sentence = g_strconcat (cause, *help != '\0' ? " " : "", help, NULL);
  return kith_cli_safe (sentence);
}

static void
say_why (KithCli *cli, GVariant *facts)
{
  g_autofree gchar *safe = sentence_of (facts);
  g_autofree gchar *wrapped = kith_wrap_text (safe, 0);

  say_title (cli, facts);
  say_entries (cli, facts);
  kith_cli_say ("\n%s\n", wrapped);
}

static void
put_entries (KithJson *json, GVariant *entries, GVariant *steps, gint64 first)
{
  kith_json_open_array (json, "entries");
  for (gsize i = 0; i < g_variant_n_children (entries); i++) {
    g_autoptr (GVariant) values = NULL;
    const char *code = NULL;
    const char *kind = NULL;
    const char *text = NULL;
    gint64 at = 0;
    g_variant_get_child (entries, i, "(x&s&s)", &at, &kind, &text);
    kith_json_open_object (json, NULL);
    kith_json_add_int (json, "at-us", at);
    kith_json_add_int (json, "ms", MAX (at - first, 0) / 1000);
    kith_json_add_string (json, "kind", kind);
    kith_json_add_string (json, "text", text);
    if (get_step (steps, i, &code, &values)) {
      kith_json_add_string (json, "code", code);
      kith_json_add_variant (json, "values", values);
    }
    kith_json_close (json);
  }
  kith_json_close (json);
}

static void
put_why (GVariant *facts)
{
  KithJson *json = kith_json_new ();
  g_autoptr (GVariant) steps
      = g_variant_lookup_value (facts, "steps", G_VARIANT_TYPE ("a(sa{sv})"));
  GVariantIter iter;
  const char *key;
  GVariant *value;

  kith_json_open_object (json, NULL);
  g_variant_iter_init (&iter, facts);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a(xss)"))) {
      put_entries (json, value, steps, time_of (facts, "started-at"));
    } else if (strcmp (key, "steps") != 0) { /* they stand in the entries */
      kith_json_add_variant (json, key, value);
    }
    g_variant_unref (value);
  }
  kith_cli_put_json (json);
}

static int
run (KithCli *cli)
{
  const char *argument = kith_cli_argument (cli, 0);
  g_autoptr (GError) error = NULL;
  guint number = 0;

  if (argument != NULL && (number = kith_cli_parse_call (argument)) == 0) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              "CALL is a number such as 3; `kith calls --all` lists them");
  }
  if (!kith_cli_connect (cli, TRUE)) {
    return KITH_EXIT_NO_DAEMON;
  }
  g_autoptr (GVariant) reply = kith_cli_invoke (cli,
                                                kith_daemon_view_get_manager (cli->daemon),
                                                "Explain",
                                                g_variant_new ("(u)", number),
                                                &error);
  if (reply == NULL) {
    return kith_cli_fail (cli, error);
  }
  g_autoptr (GVariant) facts = g_variant_get_child_value (reply, 0);
  if (cli->is_json) {
    put_why (facts);
  } else {
    say_why (cli, facts);
  }
  return KITH_EXIT_OK;
}

static const char *const members[] = { "Manager.Explain", NULL };

const KithVerb kith_verb_why = {
  .name = "why",
  .arguments = "[CALL]",
  .summary = "Say why a call went as it did, and what to do about it",
  .details = "Shows the call's time line, in milliseconds since it began, and one plain sentence. "
             "Without CALL: the last\n"
             "call. It works while the call goes on, and for the last 100 calls, also of earlier "
             "runs of kithd.",
  .max_args = 1,
  .members = members,
  .exits = "5",
  .run = run,
};
