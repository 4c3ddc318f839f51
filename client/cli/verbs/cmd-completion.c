/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith completion`: completion for shells, made from the table of verbs, and the words that these
   ask for. */
#include <string.h>

#include "cli/text/call-pick.h"
#include "cli/verb.h"

#define MAX_HISTORY 120 /* all that the daemon remembers */
#define CONTACTS "$(kith completion contacts 2>/dev/null)"
#define PHONES "$(kith completion phones 2>/dev/null)"
#define CALLS "$(kith completion calls 2>/dev/null)"
#define ENDED "$(kith completion all-calls 2>/dev/null)"

static void
append_options (GString *text, const KithOption *options)
{
  for (; options != NULL && options->name != NULL; options++) {
    g_string_append_printf (text, " --%s", options->name);
  }
}

static void
append_verbs (GString *text)
{
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    g_string_append_printf (text, "%s%s", verb != kith_verb_table () ? " " : "", (*verb)->name);
  }
}

/* "[add|list] [WHO]": the words of the first argument, with spaces between; NULL when it is no
   choice of words. (transfer full) */
static gchar *
choice_of (const KithVerb *verb)
{
  const char *end = strchr (verb->arguments, ']');

  return verb->arguments[0] == '[' && end != NULL && strchr (verb->arguments, '|') != NULL
             ? g_strdelimit (g_strndup (verb->arguments + 1, (gsize)(end - verb->arguments - 1)),
                             "|",
                             ' ')
             : NULL;
}

/* What may stand where an argument is expected: a string in the double quotes of a shell; "" when
   anything may. (transfer full) */
static gchar *
words_of (const KithVerb *verb, gboolean is_first)
{
  g_autofree gchar *choice = choice_of (verb);

  if (choice != NULL) {
    return is_first ? g_steal_pointer (&choice)
                    : g_strdup (verb == &kith_verb_phone ? PHONES : CONTACTS);
  }
  if (!is_first) {
    return g_strdup ("");
  }
  if (g_str_equal (verb->arguments, "ADDRESS")) {
    return g_strdup (CONTACTS);
  }
  if (g_str_equal (verb->arguments, "[CALL]")) {
    return g_strdup (verb == &kith_verb_why || verb == &kith_verb_show ? ENDED : CALLS);
  }
  if (g_str_equal (verb->arguments, "[VERB]")) {
    return g_strdup ("$verbs");
  }
  return g_strdup (g_str_equal (verb->arguments, "SHELL") ? "bash zsh fish" : "");
}

/* One branch for each verb, the same in bash and in zsh: options, or what the argument may be. */
static void
append_cases (GString *text)
{
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    g_autofree gchar *first = words_of (*verb, TRUE);
    g_autofree gchar *next = words_of (*verb, FALSE);

    g_string_append_printf (text,
                            "  %s)\n    if [[ $cur == -* ]]; then list=\"$common",
                            (*verb)->name);
    append_options (text, (*verb)->options);
    g_string_append_printf (
        text,
        "\"\n    elif [[ -z $first ]]; then list=\"%s\"\n    else list=\"%s\"\n    fi\n    ;;\n",
        first,
        next);
  }
}

/* Options with a value, as alternatives of a case. */
static void
append_valued (GString *text)
{
  for (const KithOption *option = kith_verb_common_options (); option->name != NULL; option++) {
    if (option->value != NULL) {
      g_string_append_printf (text, "--%s|", option->name);
    }
  }
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    for (const KithOption *option = (*verb)->options; option != NULL && option->name != NULL;
         option++) {
      if (option->value != NULL && option->value[0] != '[') {
        g_string_append_printf (text, "--%s|", option->name);
      }
    }
  }
  g_string_truncate (text, text->len - 1);
}

/* The words up to the one that is typed have been read: the verb, and whether it has an argument
   already. */
static void
append_body (GString *text)
{
  g_string_append (text, "  common=\"");
  append_options (text, kith_verb_common_options ());
  g_string_append (text, "\"\n  verbs=\"");
  append_verbs (text);
  g_string_append (text, "\"\n  case $verb in\n  '') list=\"$common $verbs\" ;;\n");
  append_cases (text);
  g_string_append (text, "  *) list='' ;;\n  esac\n");
}

static void
append_loop (GString *text, const char *begin, const char *word)
{
  g_string_append_printf (text, "%s\n    word=%s\n    case $word in\n    ", begin, word);
  append_valued (text);
  g_string_append (text,
                   ") ((i++)) ;;\n"
                   "    -*) ;;\n"
                   "    *) if [[ -z $verb ]]; then verb=$word; else first=${first:-$word}; fi ;;\n"
                   "    esac\n"
                   "  done\n");
}

static gchar *
bash_text (void)
{
  GString *text
      = g_string_new ("# bash completion for kith, made by `kith completion bash`\n"
                      "_kith ()\n"
                      "{\n"
                      "  local cur=${COMP_WORDS[COMP_CWORD]} verb='' first='' word i list "
                      "common verbs\n");

  append_loop (text, "  for ((i = 1; i < COMP_CWORD; i++)); do", "${COMP_WORDS[i]}");
  append_body (text);
  g_string_append (text,
                   "  [[ ${COMP_WORDS[COMP_CWORD-1]} == --relay ]] && list='on off'\n"
                   "  mapfile -t COMPREPLY < <(compgen -W \"$list\" -- \"$cur\")\n"
                   "}\n"
                   "complete -F _kith kith\n");
  return g_string_free (text, FALSE);
}

static gchar *
zsh_text (void)
{
  GString *text = g_string_new ("#compdef kith\n"
                                "# zsh completion for kith, made by `kith completion zsh`\n"
                                "_kith ()\n"
                                "{\n"
                                "  local cur=${words[CURRENT]} verb='' first='' word i list common "
                                "verbs\n");

  append_loop (text, "  for ((i = 2; i < CURRENT; i++)); do", "${words[i]}");
  append_body (text);
  g_string_append (text,
                   "  [[ ${words[CURRENT-1]} == --relay ]] && list='on off'\n"
                   "  compadd -- ${=list}\n"
                   "}\n"
                   "compdef _kith kith\n");
  return g_string_free (text, FALSE);
}

/* fish writes a command's output as (command). */
static const char *
without_dollar (const char *words)
{
  return words[0] == '$' ? words + 1 : words;
}

static void
append_fish_options (GString *text, const KithOption *options, const char *condition)
{
  for (; options != NULL && options->name != NULL; options++) {
    g_autofree gchar *help = g_strdelimit (g_strdup (options->help), "'\\", '`');

    g_string_append_printf (text,
                            "complete -c kith%s -l %s%s -d '%s'\n",
                            condition,
                            options->name,
                            options->value == NULL     ? ""
                            : options->value[0] == '[' ? " -a 'on off'"
                                                       : " -x",
                            help);
  }
}

static gchar *
fish_text (void)
{
  GString *text = g_string_new ("# fish completion for kith, made by `kith completion fish`\n"
                                "complete -c kith -f\n");

  append_fish_options (text, kith_verb_common_options (), "");
  for (const KithVerb *const *verb = kith_verb_table (); *verb != NULL; verb++) {
    g_autofree gchar *condition
        = g_strdup_printf (" -n '__fish_seen_subcommand_from %s'", (*verb)->name);
    g_autofree gchar *words = words_of (*verb, TRUE);
    g_autofree gchar *next = words_of (*verb, FALSE);

    g_string_append_printf (text,
                            "complete -c kith -n __fish_use_subcommand -a %s -d '%s'\n",
                            (*verb)->name,
                            (*verb)->summary);
    append_fish_options (text, (*verb)->options, condition);
    if (g_str_equal (words, "$verbs")) {
      g_autoptr (GString) verbs = g_string_new (NULL);

      append_verbs (verbs);
      g_string_append_printf (text, "complete -c kith%s -a '%s'\n", condition, verbs->str);
    } else if (*words != '\0' || *next != '\0') {
      g_string_append_printf (text,
                              "complete -c kith%s -a '%s%s%s'\n",
                              condition,
                              without_dollar (words),
                              *next != '\0' ? " " : "",
                              without_dollar (next));
    }
  }
  return g_string_free (text, FALSE);
}

static gchar *
join_lines (GPtrArray *words)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < words->len; i++) {
    g_string_append_printf (text, "%s\n", (const char *)words->pdata[i]);
  }
  return g_string_free (text, FALSE);
}

static void
add_history (KithCli *cli, GPtrArray *words)
{
  g_autoptr (GVariant) reply = kith_cli_invoke (cli,
                                                kith_daemon_view_get_manager (cli->daemon),
                                                "GetCallHistory",
                                                g_variant_new ("(u)", MAX_HISTORY),
                                                NULL);
  g_autoptr (GVariant) calls = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;

  for (gsize i = 0; calls != NULL && i < g_variant_n_children (calls); i++) {
    g_autoptr (GVariant) facts = g_variant_get_child_value (calls, i);
    guint number = 0;

    if (g_variant_lookup (facts, "call", "u", &number)) {
      g_ptr_array_add (words, g_strdup_printf ("%u", number));
    }
  }
}

/* What a shell completes with for @object, one of the list @what. (transfer full) */
static gchar *
word_of (const char *what, KithBusObject *object)
{
  if (g_str_equal (what, "contacts")) {
    return kith_cli_safe (kith_bus_contact_get_name (kith_bus_object_peek_contact (object)));
  }
  if (g_str_equal (what, "phones")) {
    return kith_cli_safe (kith_bus_phone_get_name (kith_bus_object_peek_phone (object)));
  }
  return g_strdup_printf (
      "%u",
      kith_cli_call_number (g_dbus_object_get_object_path (G_DBUS_OBJECT (object))));
}

/* Words, one on each line: names of contacts and phones, numbers of calls. Without a daemon there
   are none, and none is started. */
static int
list_words (KithCli *cli, const char *what)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  if (kith_cli_try_connect (cli, FALSE, NULL)) {
    g_autoptr (GPtrArray) objects
        = g_str_equal (what, "contacts") ? kith_daemon_view_list_contacts (cli->daemon)
          : g_str_equal (what, "phones") ? kith_daemon_view_list_phones (cli->daemon)
                                         : kith_daemon_view_list_calls (cli->daemon);

    for (guint i = 0; i < objects->len; i++) {
      g_ptr_array_add (words, word_of (what, objects->pdata[i]));
    }
    if (g_str_equal (what, "all-calls")) {
      add_history (cli, words);
    }
  }
  g_autofree gchar *text = join_lines (words);
  kith_cli_put_text (cli, what, text);
  return KITH_EXIT_OK;
}

static int
run (KithCli *cli)
{
  static const struct {
    const char *name;
    gchar *(*text) (void);
  } shells[] = { { "bash", bash_text }, { "zsh", zsh_text }, { "fish", fish_text } };
  static const char *const lists[] = { "contacts", "phones", "calls", "all-calls", NULL };
  const char *wanted = kith_cli_argument (cli, 0);

  for (guint i = 0; i < G_N_ELEMENTS (shells); i++) {
    if (g_str_equal (wanted, shells[i].name)) {
      g_autofree gchar *text = shells[i].text ();

      kith_cli_put_text (cli, shells[i].name, text);
      return KITH_EXIT_OK;
    }
  }
  if (g_strv_contains (lists, wanted)) {
    return list_words (cli, wanted);
  }
  return kith_cli_complain (cli,
                            KITH_EXIT_USAGE,
                            "completion is there for bash, zsh and fish: kith completion bash");
}

const KithVerb kith_verb_completion = {
  .name = "completion",
  .arguments = "SHELL",
  .summary = "Print the completion for a shell (bash, zsh or fish)",
  .details
  = "For this shell: source <(kith completion bash), the same with zsh, or kith completion fish | "
    "source. Names of contacts and phones and numbers of calls are completed too: the shell asks "
    "for "
    "them by kith completion contacts, phones, calls or all-calls, which starts no kithd.",
  .min_args = 1,
  .max_args = 1,
  .exits = "",
  .run = run,
};
