/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The help as text, made from the table of verbs. */
#include "cli/text/help-text.h"

#include <string.h>

#include "cli/text/wrap-text.h"
#include "model/call/reason.h"
#include "words/reason-words.h"

#define COLUMN 26

static void
append_row (GString *text, const char *left, const char *right)
{
  gsize len = strlen (left);
  g_autofree gchar *wrapped = kith_wrap_text (right, COLUMN + 2);

  if (len < COLUMN) {
    g_string_append_printf (text, "  %-*s%s\n", COLUMN, left, wrapped);
  } else {
    g_string_append_printf (text, "  %s\n  %*s%s\n", left, COLUMN, "", wrapped);
  }
}

/* Paragraphs, whose lines may end anywhere, in as many columns as a terminal has. */
static void
append_paragraphs (GString *text, const char *paragraphs)
{
  g_auto (GStrv) each = g_strsplit (paragraphs, "\n\n", -1);

  for (guint i = 0; each[i] != NULL; i++) {
    g_autofree gchar *wrapped = kith_wrap_text (g_strdelimit (each[i], "\n", ' '), 0);
    g_string_append_printf (text, "\n%s\n", wrapped);
  }
}

static void
append_options (GString *text, const KithOption *options)
{
  for (; options != NULL && options->name != NULL; options++) {
    g_autofree gchar *left = g_strdup_printf ("--%s%s%s",
                                              options->name,
                                              options->value != NULL ? " " : "",
                                              options->value != NULL ? options->value : "");

    append_row (text, left, options->help);
  }
}

gchar *
kith_help_overview (void)
{
  GString *text
      = g_string_new ("Kith: call people by name, encrypted, with no server between you.\n"
                      "\n"
                      "Usage: kith [OPTION…] VERB [ARGUMENT…]\n"
                      "\n"
                      "  kith init alice           once: become alice\n"
                      "  kith call bob             call bob; Ctrl-C hangs up\n"
                      "  kith answer               take the call that rings\n"
                      "\n"
                      "Verbs:\n");
  const KithVerb *const *verb;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    g_autofree gchar *left = g_strdup_printf ("%s %s", (*verb)->name, (*verb)->arguments);

    append_row (text, left, (*verb)->summary);
  }
  append_paragraphs (text,
                     "ADDRESS is a name (bob), a name with its tag (bob~7k2f9qxm), a key, a kith: "
                     "invitation or a SIP address (sip:bob@192.0.2.7, bob@example.org). CALL is a "
                     "number from `kith calls`; where it may be left out, the only call that fits "
                     "is meant.");
  g_string_append (text, "\nOptions of every verb:\n");
  append_options (text, kith_verb_common_options ());
  g_string_append (text,
                   "\n`kith help VERB` tells more; kith(1) tells all. The daemon is kithd(8).\n");
  return g_string_free (text, FALSE);
}

static void
append_exit (GString *text, int code, const char *meaning)
{
  g_autofree gchar *left = g_strdup_printf ("%d", code);

  append_row (text, left, meaning);
}

/* What @code means for @verb. (transfer full) */
static gchar *
meaning_of (const KithVerb *verb, int code)
{
  for (guint i = 0; i < KITH_N_REASONS; i++) {
    if (code != KITH_EXIT_OK && kith_reason_exit_code ((KithReason)i) == code) {
      return g_strdup (kith_reason_text ((KithReason)i));
    }
  }
  return kith_verb_exit_text (verb, code);
}

static void
add_code (GArray *codes, int code)
{
  g_array_append_val (codes, code);
}

static void
add_reasons (GArray *codes)
{
  for (guint i = 0; i < KITH_N_REASONS; i++) {
    int code = kith_reason_exit_code ((KithReason)i);

    /* `kith call` lists the claimants and says KITH_EXIT_SEVERAL instead. */
    if (code != KITH_EXIT_OK && i != KITH_REASON_AMBIGUOUS) {
      add_code (codes, code);
    }
  }
}

static gint
compare_codes (gconstpointer a, gconstpointer b)
{
  return *(const int *)a - *(const int *)b;
}

static void
append_exits (GString *text, const KithVerb *verb)
{
  g_auto (GStrv) words = g_strsplit (verb->exits, " ", -1);
  g_autoptr (GArray) codes = g_array_new (FALSE, FALSE, sizeof (int));

  add_code (codes, KITH_EXIT_OK);
  add_code (codes, KITH_EXIT_FAILED);
  add_code (codes, KITH_EXIT_USAGE);
  if (verb->members != NULL) {
    add_code (codes, KITH_EXIT_NO_DAEMON);
  }
  for (guint i = 0; words[i] != NULL; i++) {
    if (g_str_equal (words[i], "reasons")) {
      add_reasons (codes);
    } else if (*words[i] != '\0') {
      add_code (codes, (int)g_ascii_strtoll (words[i], NULL, 10));
    }
  }
  g_array_sort (codes, compare_codes);
  for (guint i = 0; i < codes->len; i++) {
    int code = g_array_index (codes, int, i);
    g_autofree gchar *meaning = meaning_of (verb, code);

    append_exit (text, code, meaning);
  }
}

gchar *
kith_help_verb (const KithVerb *verb)
{
  GString *text = g_string_new (NULL);
  guint i;

  g_string_append_printf (text,
                          "Usage: kith %s%s%s%s\n\n%s.\n",
                          verb->name,
                          verb->options != NULL ? " [OPTION…]" : "",
                          *verb->arguments != '\0' ? " " : "",
                          verb->arguments,
                          verb->summary);
  append_paragraphs (text, verb->details);
  if (verb->options != NULL) {
    g_string_append (text, "\nOptions:\n");
    append_options (text, verb->options);
  }
  g_string_append (text, "\nOptions of every verb:\n");
  append_options (text, kith_verb_common_options ());
  g_string_append (text, "\nExit codes:\n");
  append_exits (text, verb);
  if (verb->members != NULL) {
    g_string_append (text, "\nThe same on D-Bus (org.kith.Kith1):\n");
    for (i = 0; verb->members[i] != NULL; i++) {
      g_string_append_printf (text, "  %s\n", verb->members[i]);
    }
  }
  return g_string_free (text, FALSE);
}
