/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith completion`: the shell's completion, made from the table of verbs. */
#include "cli/verb.h"

static void
append_options (GString *text, const KithOption *options)
{
  for (; options != NULL && options->name != NULL; options++) {
    g_string_append_printf (text, " --%s", options->name);
  }
}

static void
append_cases (GString *text)
{
  const KithVerb *const *verb;

  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    g_string_append_printf (text, "    %s) words=\"$common", (*verb)->name);
    append_options (text, (*verb)->options);
    g_string_append (text, "\"");
    if (g_str_equal ((*verb)->arguments, "[CALL]")) {
      g_string_append_printf (text,
                              "; [[ $cur == -* ]] || words=$(kith calls%s 2>/dev/null | awk '$1 ~ "
                              "/^[0-9]+$/ { print $1 }')",
                              g_str_equal ((*verb)->name, "why") ? " --all" : "");
    } else if (g_str_equal ((*verb)->name, "contact")) {
      g_string_append (
          text,
          "; [[ $cur == -* ]] || words=\"on off add list set remove $(kith contact list "
          "2>/dev/null | awk '/relay o/ { print $1 }')\"");
    } else if (g_str_equal ((*verb)->arguments, "[VERB]")) {
      g_string_append (text, "; [[ $cur == -* ]] || words=$verbs");
    } else if (g_str_equal ((*verb)->arguments, "SHELL")) {
      g_string_append (text, "; [[ $cur == -* ]] || words=bash");
    }
    g_string_append (text, " ;;\n");
  }
}

/* Options with a value, as alternatives of a case. */
static void
append_valued (GString *text)
{
  const KithVerb *const *verb;
  const KithOption *option;

  for (option = kith_verb_common_options (); option->name != NULL; option++) {
    if (option->value != NULL) {
      g_string_append_printf (text, "--%s|", option->name);
    }
  }
  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    for (option = (*verb)->options; option != NULL && option->name != NULL; option++) {
      if (option->value != NULL && option->value[0] != '[') {
        g_string_append_printf (text, "--%s|", option->name);
      }
    }
  }
  g_string_truncate (text, text->len - 1);
}

static gchar *
bash_text (void)
{
  GString *text
      = g_string_new ("# bash completion for kith, made by `kith completion bash`\n"
                      "_kith ()\n"
                      "{\n"
                      "  local cur=${COMP_WORDS[COMP_CWORD]} verb='' word i words common verbs\n");
  const KithVerb *const *verb;

  g_string_append (text, "  common=\"");
  append_options (text, kith_verb_common_options ());
  g_string_append (text, "\"\n  verbs=\"");
  for (verb = kith_verb_table (); *verb != NULL; verb++) {
    g_string_append_printf (text, "%s%s", verb != kith_verb_table () ? " " : "", (*verb)->name);
  }
  g_string_append (text,
                   "\"\n"
                   "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                   "    word=${COMP_WORDS[i]}\n"
                   "    case $word in\n"
                   "    ");
  append_valued (text);
  g_string_append (text,
                   ") ((i++)) ;;\n"
                   "    -*) ;;\n"
                   "    *) verb=$word; break ;;\n"
                   "    esac\n"
                   "  done\n"
                   "  case $verb in\n"
                   "    '') words=\"$common $verbs\" ;;\n");
  append_cases (text);
  g_string_append (text,
                   "    *) words='' ;;\n"
                   "  esac\n"
                   "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
                   "}\n"
                   "complete -F _kith kith\n");
  return g_string_free (text, FALSE);
}

static int
run (KithCli *cli)
{
  g_autofree gchar *text = NULL;

  if (g_strcmp0 (kith_cli_argument (cli, 0), "bash") != 0) {
    return kith_cli_complain (cli,
                              KITH_EXIT_USAGE,
                              "completion is there for bash: kith completion bash");
  }
  text = bash_text ();
  kith_cli_put_text (cli, "bash", text);
  return KITH_EXIT_OK;
}

const KithVerb kith_verb_completion = {
  .name = "completion",
  .arguments = "SHELL",
  .summary = "Print the completion for a shell (bash)",
  .details = "For this shell: source <(kith completion bash)",
  .min_args = 1,
  .max_args = 1,
  .exits = "",
  .run = run,
};
