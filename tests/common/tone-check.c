/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tone-check FILE.wav [HZ…]: are these tones in the recording, how loud and with what gaps. */
#include <stdio.h>
#include <stdlib.h>

#include "tone-detect.h"

enum { EXIT_HEARD = 0, EXIT_NOT_HEARD = 1, EXIT_TROUBLE = 2 };

static KithToneRule rule;
static double max_gap_ms = -1, max_first_s = -1;
static gchar **absent;
static gchar **arguments;

static const GOptionEntry options[] = {
  { "absent",
    'a',
    0,
    G_OPTION_ARG_STRING_ARRAY,
    &absent,
    "A tone that must not be there (repeatable)",
    "HZ" },
  { "max-gap-ms",
    'g',
    0,
    G_OPTION_ARG_DOUBLE,
    &max_gap_ms,
    "Longest allowed gap within a tone",
    "MS" },
  { "max-first-s", 0, 0, G_OPTION_ARG_DOUBLE, &max_first_s, "A tone must begin by this time", "S" },
  { "min-ms",
    'm',
    0,
    G_OPTION_ARG_DOUBLE,
    &rule.min_ms,
    "How much of a tone makes it present (500)",
    "MS" },
  { "min-db", 0, 0, G_OPTION_ARG_DOUBLE, &rule.min_db, "Least level in dBFS (-40)", "DB" },
  { "min-share",
    0,
    0,
    G_OPTION_ARG_DOUBLE,
    &rule.min_share,
    "Least share of the power (0.1)",
    "SHARE" },
  { "from", 0, 0, G_OPTION_ARG_DOUBLE, &rule.from_s, "Look only at the part from here", "S" },
  { "to", 0, 0, G_OPTION_ARG_DOUBLE, &rule.to_s, "Look only at the part to here", "S" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL, "FILE.wav [HZ…]" },
  { 0 },
};

/* Prints one line about a tone; TRUE if it is as wanted. */
static gboolean
judge (const KithToneSound *sound, const char *text, gboolean wanted)
{
  KithToneReport report;

  kith_tone_measure (sound, g_ascii_strtod (text, NULL), &rule, &report);
  gboolean right = report.present == wanted;
  if (wanted && max_gap_ms >= 0 && report.longest_gap_ms > max_gap_ms) {
    right = FALSE;
  }
  if (wanted && max_first_s >= 0 && report.first_s > max_first_s) {
    right = FALSE;
  }
  printf ("%s Hz: %s, level %.1f dBFS, %.0f ms in all, from %.2f s to %.2f s, longest gap %.0f ms: "
          "%s\n",
          text,
          report.present ? "present" : "absent",
          report.level_db,
          report.total_ms,
          report.first_s,
          report.last_s,
          report.longest_gap_ms,
          right ? "ok" : "NOT as wanted");
  return right;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_auto (KithToneSound) sound = { 0 };
  gboolean right = TRUE;

  rule = kith_tone_rule_default;
  g_option_context_set_summary (context,
                                "Exit code 0: all tones given are in the recording (and none of "
                                "--absent), 1: not so, 2: the file cannot be read.");
  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || arguments == NULL) {
    fprintf (stderr, "tone-check: %s\n", error != NULL ? error->message : "which file? see --help");
    return EXIT_TROUBLE;
  }
  g_autofree gchar *wrong = kith_tone_sound_read (&sound, arguments[0]);
  if (wrong != NULL) {
    fprintf (stderr, "tone-check: %s\n", wrong);
    return EXIT_TROUBLE;
  }
  printf ("%s: %.2f s at %u Hz\n", arguments[0], (double)sound.n / sound.rate, sound.rate);
  for (guint i = 1; arguments[i] != NULL; i++) {
    right = judge (&sound, arguments[i], TRUE) && right;
  }
  for (guint i = 0; absent != NULL && absent[i] != NULL; i++) {
    right = judge (&sound, absent[i], FALSE) && right;
  }
  return right ? EXIT_HEARD : EXIT_NOT_HEARD;
}
