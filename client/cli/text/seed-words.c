/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The 12 words of an identity, read and shown with care. */
#include "cli/text/seed-words.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE 1024
#define BETWEEN " \t\r\n\v\f,;.:()0123456789" /* also commas, and the numbers of a list */

void
kith_seed_words_free (gchar *words)
{
  if (words != NULL) {
    explicit_bzero (words, strlen (words));
    g_free (words);
  }
}

static guint
count_words (const char *text)
{
  guint n = 0;
  gboolean is_inside = FALSE;

  for (; *text != '\0'; text++) {
    n += !is_inside && strchr (BETWEEN, *text) == NULL;
    is_inside = strchr (BETWEEN, *text) == NULL;
  }
  return n;
}

/* One space between the words, nothing else. (transfer full) */
static gchar *
tidy (const char *text)
{
  gchar *words = g_malloc (strlen (text) + 1);
  gchar *at = words;

  for (; *text != '\0'; text++) {
    if (strchr (BETWEEN, *text) == NULL) {
      *at++ = *text;
    } else if (at > words && at[-1] != ' ') {
      *at++ = ' ';
    }
  }
  *at = '\0';
  return g_strchomp (words);
}

/* Appends lines to @buffer until there are enough words, the input or the room ends. */
static void
read_lines (gchar *buffer, gsize size)
{
  while (count_words (buffer) < KITH_SEED_WORDS && strlen (buffer) + 1 < size) {
    if (fgets (buffer + strlen (buffer), (int)(size - strlen (buffer)), stdin) == NULL) {
      break;
    }
  }
}

static void
read_hidden (gchar *buffer, gsize size)
{
  struct termios before;
  struct termios hidden;
  gboolean is_terminal = tcgetattr (STDIN_FILENO, &before) == 0;

  if (is_terminal) {
    g_printerr ("The %d words (they are not shown): ", KITH_SEED_WORDS);
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  read_lines (buffer, size);
  if (is_terminal) {
    (void)tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
    g_printerr ("\n");
  }
}

gchar *
kith_seed_words_read (KithCli *cli)
{
  gchar buffer[LINE] = "";
  gchar *words = NULL;

  (void)setvbuf (stdin, NULL, _IONBF, 0);
  read_hidden (buffer, sizeof buffer);
  if (!g_utf8_validate (buffer, -1, NULL)) {
    kith_cli_complain (cli,
                       KITH_EXIT_USAGE,
                       "the words are not valid UTF-8; set the terminal to UTF-8 and type them "
                       "again");
  } else if (count_words (buffer) == KITH_SEED_WORDS) {
    words = tidy (buffer);
  } else {
    kith_cli_complain (cli,
                       KITH_EXIT_USAGE,
                       "these are %u words; an identity has %d, type them in their order",
                       count_words (buffer),
                       KITH_SEED_WORDS);
  }
  explicit_bzero (buffer, sizeof buffer);
  return words;
}

void
kith_seed_words_show (KithCli *cli, const char *words)
{
  const char *at = words;
  guint i = 0;

  kith_cli_say (
      "\nThese %d words are your identity. Write them on paper now: they are not shown again.\n\n",
      KITH_SEED_WORDS);
  while (*at != '\0') {
    gsize len = strcspn (at, " ");

    if (len > 0) {
      i++;
      kith_cli_say ("%s%4u %s%-10.*s%s",
                    i % 4 == 1 ? "  " : "",
                    i,
                    kith_cli_colour (cli, KITH_COLOUR_STRONG),
                    (int)len,
                    at,
                    kith_cli_colour (cli, KITH_COLOUR_PLAIN));
      kith_cli_say ("%s", i % 4 == 0 ? "\n" : "");
    }
    at += len + (at[len] == ' ');
  }
  kith_cli_say (
      "\nWhoever has them is you: show them to nobody and keep no photo of them. With them,\n"
      "`kith init NAME --restore` brings you back on another machine.\n");
}
