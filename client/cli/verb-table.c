/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of verbs. */
#include "cli/verb.h"

#include <string.h>

static const KithVerb *const verbs[] = {
  &kith_verb_init,
  &kith_verb_status,
  &kith_verb_call,
  &kith_verb_answer,
  &kith_verb_reject,
  &kith_verb_hangup,
  &kith_verb_calls,
  &kith_verb_show,
  &kith_verb_why,
  &kith_verb_mute,
  &kith_verb_unmute,
  &kith_verb_resolve,
  &kith_verb_contact,
  &kith_verb_phone,
  &kith_verb_trunk,
  &kith_verb_watch,
  &kith_verb_plugins,
  &kith_verb_doctor,
  &kith_verb_metrics,
  &kith_verb_stop,
  &kith_verb_completion,
  &kith_verb_help,
  NULL,
};

static const KithOption common_options[] = {
  { "json", NULL, "write JSON: one object, or one on each line as things happen" },
  { "bus", "ADDRESS", "find kithd on the D-Bus with this address" },
  { "system", NULL, "find kithd on the system bus instead of the session bus" },
  { "help", NULL, "show help, of a verb if one is given" },
  { "version", NULL, "show the version" },
  { NULL, NULL, NULL },
};

static const KithExit exits[] = {
  { KITH_EXIT_OK,
    "call: it ended because somebody hung up; resolve: one proved result; doctor: nothing is bad; "
    "done" },
  { KITH_EXIT_FAILED,
    "doctor: something is bad; status: not registered in time, or the line on stderr says why it "
    "failed; it failed, the line on stderr says why" },
  { KITH_EXIT_USAGE,
    "call, resolve, contact: the command line is wrong, or Kith cannot call such an address; "
    "phone: "
    "the command line is wrong, or there can be no such phone; trunk: the command line is wrong, "
    "or "
    "there can be no such trunk; the command line is wrong" },
  { KITH_EXIT_UNPROVED,
    "resolve: one result, not proved; contact: the one who was found is not proved, and was not "
    "added; not proved" },
  { KITH_EXIT_SEVERAL,
    "call: several people of that name, and none was rung; resolve, contact: several people of "
    "that name; several calls match" },
  { KITH_EXIT_NONE,
    "call, resolve: nobody of that name; contact: nobody of that name, or no such contact; phone: "
    "no such phone; trunk: no such trunk; no such call" },
  { KITH_EXIT_REVOKED, "the key was revoked" },
  { KITH_EXIT_NO_DAEMON, "doctor: kithd is not running; kithd is not running or left" },
  { KITH_EXIT_INTERRUPTED, "left by Ctrl-C without waiting for the end of the call" },
  { 0, NULL },
};

const KithVerb *const *
kith_verb_table (void)
{
  return verbs;
}

const KithOption *
kith_verb_common_options (void)
{
  return common_options;
}

const KithExit *
kith_verb_exits (void)
{
  return exits;
}

/* TRUE when @name is in "call, resolve". */
static gboolean
is_among (const char *name, const char *list, gsize len)
{
  g_autofree gchar *names = g_strndup (list, len);
  g_auto (GStrv) each = g_strsplit (names, ", ", -1);

  return g_strv_contains ((const gchar *const *)each, name);
}

gchar *
kith_verb_exit_text (const KithVerb *verb, int code)
{
  const KithExit *row = exits;

  while (row->text != NULL && row->code != code) {
    row++;
  }
  g_auto (GStrv) clauses = g_strsplit (row->text != NULL ? row->text : "", "; ", -1);
  for (guint i = 0; clauses[i] != NULL; i++) {
    const char *colon = strstr (clauses[i], ": ");
    if (colon == NULL) {
      return g_strdup (clauses[i]);
    }
    if (is_among (verb->name, clauses[i], (gsize)(colon - clauses[i]))) {
      return g_strdup (colon + 2);
    }
  }
  return g_strdup ("");
}

const KithVerb *
kith_verb_find (const char *name)
{
  guint i;

  for (i = 0; verbs[i] != NULL; i++) {
    if (g_str_equal (verbs[i]->name, name)) {
      return verbs[i];
    }
  }
  return NULL;
}

static const KithOption *
find_in (const KithOption *options, const char *name)
{
  for (; options != NULL && options->name != NULL; options++) {
    if (g_str_equal (options->name, name)) {
      return options;
    }
  }
  return NULL;
}

const KithOption *
kith_verb_option (const KithVerb *verb, const char *name)
{
  const KithOption *option = find_in (common_options, name);

  if (option == NULL && verb != NULL) {
    option = find_in (verb->options, name);
  }
  return option;
}
