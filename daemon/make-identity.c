/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shortest life of a node: it is made, gets its keys, and is gone. */
#include "make-identity.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "node/node.h"
#include "runner.h"
#include "terminal.h"

#define WORDS_MAX 256

static void
wipe (gchar *text)
{
  if (text != NULL) {
    explicit_bzero (text, strlen (text));
    g_free (text);
  }
}

static int
exit_status_of (const GError *error)
{
  gboolean asked_wrongly = g_error_matches (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS)
                           || g_error_matches (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  return asked_wrongly ? KITHD_EXIT_USAGE : KITHD_EXIT_FAILED;
}

int
kithd_make_identity (KithConfig *config, const char *name, gboolean restore)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithNode) node = kith_node_new (config, &error);
  char given[WORDS_MAX] = "";
  gchar *words = NULL;
  gboolean made = FALSE;

  if (restore && fgets (given, sizeof given, stdin) == NULL) {
    (void)fprintf (stderr, "kithd: the 12 words are expected on standard input\n");
    return KITHD_EXIT_USAGE;
  }
  given[strcspn (given, "\r\n")] = '\0';
  if (node != NULL) {
    made = kith_node_create_identity (node, name, restore ? given : NULL, &words, &error);
  }
  explicit_bzero (given, sizeof given);
  if (!made) {
    kithd_print_line (stderr, "kithd: %s", error->message);
    return exit_status_of (error);
  }
  gboolean is_shown
      = restore || words == NULL || (printf ("%s\n", words) > 0 && fflush (stdout) == 0);
  if (!is_shown) {
    (void)fprintf (stderr,
                   "kithd: the 12 words could not be written to the output (%s). This is your "
                   "identity, write them on paper now:\n  %s\n",
                   g_strerror (errno),
                   words);
  }
  wipe (words);
  return is_shown ? KITHD_EXIT_CLEAN : KITHD_EXIT_FAILED;
}
