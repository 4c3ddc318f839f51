/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the command line by the table of verbs. */
#include <string.h>

#include "base/text.h"
#include "cli/verb.h"

#define MAX_ARGUMENT 4096

/* The option of the verb, or of any verb while none has been named. */
static const KithOption *
find_option (KithCli *cli, const char *name)
{
  const KithVerb *const *verb;
  const KithOption *option = kith_verb_option (cli->verb, name);

  for (verb = kith_verb_table (); option == NULL && cli->verb == NULL && *verb != NULL; verb++) {
    option = kith_verb_option (*verb, name);
  }
  return option;
}

/* TRUE when @word may follow an option whose value may be left out, such as "[on|off]"; then only
   as one of these words. */
static gboolean
is_alternative (const KithOption *option, const char *word)
{
  g_autofree gchar *list = g_strndup (option->value + 1, strlen (option->value) - 2);
  g_auto (GStrv) words = g_strsplit (list, "|", -1);

  return word != NULL && g_strv_contains ((const gchar *const *)words, word);
}

/* @at: index of the option, moved on when its value is the next argument. */
static gboolean
take_option (KithCli *cli, int argc, char **argv, int *at, gchar **why)
{
  const char *equals = strchr (argv[*at], '=');
  g_autofree gchar *name = equals != NULL
                               ? g_strndup (argv[*at] + 2, (gsize)(equals - argv[*at] - 2))
                               : g_strdup (argv[*at] + 2);
  g_autofree gchar *shown = kith_text_safe (name, -1, 40);
  const KithOption *option = find_option (cli, name);
  const char *value = equals != NULL ? equals + 1 : NULL;

  if (option == NULL) {
    *why = g_strdup_printf ("there is no option --%s%s%s",
                            shown,
                            cli->verb != NULL ? " for " : "",
                            cli->verb != NULL ? cli->verb->name : "");
    return FALSE;
  }
  if (option->value == NULL && value != NULL) {
    *why = g_strdup_printf ("the option --%s takes no value", shown);
    return FALSE;
  }
  if (option->value != NULL && option->value[0] == '[') {
    if (value == NULL && *at + 1 < argc && is_alternative (option, argv[*at + 1])) {
      value = argv[++*at];
    }
  } else if (option->value != NULL && value == NULL) {
    if (*at + 1 >= argc) {
      *why
          = g_strdup_printf ("the option --%s needs a value: --%s %s", shown, shown, option->value);
      return FALSE;
    }
    value = argv[++*at];
  }
  g_hash_table_insert (cli->options,
                       g_strdup (option->name),
                       g_strdup (value != NULL ? value : ""));
  return TRUE;
}

static gboolean
take_word (KithCli *cli, const char *word, gchar **why)
{
  g_autofree gchar *shown = NULL;

  if (cli->verb != NULL) {
    g_ptr_array_add (cli->arguments, g_strdup (word));
    return TRUE;
  }
  cli->verb = kith_verb_find (word);
  if (cli->verb == NULL) {
    shown = kith_text_safe (word, -1, 40);
    *why = g_strdup_printf ("there is no verb \"%s\"", shown);
  }
  return cli->verb != NULL;
}

/* Options given before the verb may belong to another one. */
static gboolean
check_options (KithCli *cli, gchar **why)
{
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, cli->options);
  while (g_hash_table_iter_next (&iter, &name, NULL)) {
    if (kith_verb_option (cli->verb, name) == NULL) {
      *why
          = g_strdup_printf ("there is no option --%s for %s", (const char *)name, cli->verb->name);
      return FALSE;
    }
  }
  if (kith_cli_option (cli, "bus") != NULL && kith_cli_option (cli, "system") != NULL) {
    *why = g_strdup ("--bus and --system exclude each other");
    return FALSE;
  }
  return TRUE;
}

/* TRUE when one of @words is the first argument, or an option that was given. */
static gboolean
has_one_of (KithCli *cli, const char *words)
{
  g_auto (GStrv) each = g_strsplit (words, " ", -1);

  for (guint i = 0; each[i] != NULL; i++) {
    if (g_str_has_prefix (each[i], "--") ? kith_cli_option (cli, each[i] + 2) != NULL
                                         : g_strcmp0 (each[i], kith_cli_argument (cli, 0)) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

/* An option that would be passed over in silence is an error. */
static gboolean
check_pairings (KithCli *cli, gchar **why)
{
  const KithPairing *row = cli->verb->pairings;

  for (; row != NULL && row->option != NULL; row++) {
    if (kith_cli_option (cli, row->option) == NULL) {
      continue;
    }
    if (row->with != NULL && !has_one_of (cli, row->with)) {
      g_auto (GStrv) each = g_strsplit (row->with, " ", -1);
      g_autofree gchar *list = g_strjoinv (" or ", each);

      *why = g_strdup_printf ("--%s goes only with %s", row->option, list);
      return FALSE;
    }
    if (row->not_with != NULL && kith_cli_option (cli, row->not_with) != NULL) {
      *why = g_strdup_printf ("--%s and --%s exclude each other", row->option, row->not_with);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_arguments (KithCli *cli, gchar **why)
{
  const KithVerb *verb = cli->verb;
  guint n = cli->arguments->len;

  if (n < verb->min_args) {
    *why = g_strdup_printf ("%s needs %s", verb->name, verb->arguments);
  } else if (n > verb->max_args) {
    *why = g_strdup_printf ("too many arguments: kith %s%s%s",
                            verb->name,
                            *verb->arguments != '\0' ? " " : "",
                            verb->arguments);
    /* The word too many may be meant for an option that takes only some words, or none. */
    for (const KithOption *option = verb->options; option != NULL && option->name != NULL;
         option++) {
      if (option->value != NULL && *option->value == '['
          && kith_cli_option (cli, option->name) != NULL) {
        g_autofree gchar *before = *why;
        *why = g_strdup_printf ("%s, where --%s takes %s", before, option->name, option->value);
      }
    }
  }
  return *why == NULL;
}

/* TRUE when @option stands somewhere, also behind what could not be read. */
static gboolean
is_wanted (int argc, char **argv, const char *option)
{
  for (int i = 1; i < argc && !g_str_equal (argv[i], "--"); i++) {
    if (g_str_equal (argv[i], option)) {
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
kith_cli_parse (KithCli *cli, int argc, char **argv, gchar **why)
{
  gboolean only_words = FALSE;
  gboolean is_good = TRUE;
  int i = kith_text_find_broken (argc, argv);

  *why = NULL;
  if (i > 0) {
    g_autofree gchar *shown = kith_text_safe (argv[i], -1, 40);

    *why
        = g_strdup_printf ("argument %d, \"%s\", is not valid UTF-8; set the terminal to UTF-8 and "
                           "type it again",
                           i,
                           shown);
    is_good = FALSE;
  }
  cli->arguments = g_ptr_array_new_with_free_func (g_free);
  cli->options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (i = 1; i < argc && is_good; i++) {
    if (strlen (argv[i]) > MAX_ARGUMENT) {
      *why = g_strdup ("an argument is too long");
      is_good = FALSE;
    } else if (only_words || argv[i][0] != '-' || argv[i][1] == '\0') {
      is_good = take_word (cli, argv[i], why);
    } else if (g_str_equal (argv[i], "--")) {
      only_words = TRUE;
    } else if (g_str_equal (argv[i], "-h")) {
      g_hash_table_insert (cli->options, g_strdup ("help"), g_strdup (""));
    } else if (argv[i][1] != '-') {
      *why = g_strdup_printf (
          "there are no short options but -h; the long ones begin with two hyphens");
      is_good = FALSE;
    } else {
      is_good = take_option (cli, argc, argv, &i, why);
    }
  }
  cli->is_json = kith_cli_option (cli, "json") != NULL || is_wanted (argc, argv, "--json");
  if (!is_good || cli->verb == NULL) {
    return is_good;
  }
  if (kith_cli_option (cli, "help") != NULL || kith_cli_option (cli, "version") != NULL) {
    return check_options (cli, why);
  }
  return check_options (cli, why) && check_arguments (cli, why) && check_pairings (cli, why);
}

void
kith_cli_clear (KithCli *cli)
{
  g_clear_pointer (&cli->arguments, g_ptr_array_unref);
  g_clear_pointer (&cli->options, g_hash_table_unref);
  g_clear_pointer (&cli->daemon, kith_daemon_view_free);
}

const char *
kith_cli_option (KithCli *cli, const char *name)
{
  return g_hash_table_lookup (cli->options, name);
}

const char *
kith_cli_argument (KithCli *cli, guint index)
{
  return index < cli->arguments->len ? g_ptr_array_index (cli->arguments, index) : NULL;
}

gboolean
kith_cli_option_seconds (KithCli *cli, const char *name, guint *seconds)
{
  const char *text = kith_cli_option (cli, name);
  guint64 value = 0;

  *seconds = 0;
  if (text == NULL) {
    return TRUE;
  }
  if (!g_ascii_string_to_unsigned (text, 10, 1, 86400, &value, NULL)) {
    kith_cli_complain (cli,
                       KITH_EXIT_USAGE,
                       "--%s takes a number of seconds from 1 to 86400",
                       name);
    return FALSE;
  }
  *seconds = (guint)value;
  return TRUE;
}
