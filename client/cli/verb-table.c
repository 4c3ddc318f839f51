/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of verbs. */
#include "cli/verb.h"

static const KithVerb *const verbs[] = {
  &kith_verb_init,    &kith_verb_status,     &kith_verb_call,    &kith_verb_answer,
  &kith_verb_reject,  &kith_verb_hangup,     &kith_verb_calls,   &kith_verb_show,
  &kith_verb_why,     &kith_verb_mute,       &kith_verb_unmute,  &kith_verb_resolve,
  &kith_verb_contact, &kith_verb_watch,      &kith_verb_plugins, &kith_verb_doctor,
  &kith_verb_stop,    &kith_verb_completion, &kith_verb_help,    NULL,
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
  { KITH_EXIT_OK, "done; a call ended because somebody hung up; resolve: one proved result" },
  { KITH_EXIT_FAILED, "it failed, the line on stderr says why" },
  { KITH_EXIT_USAGE, "the command line is wrong, or the address is none" },
  { KITH_EXIT_UNPROVED, "resolve: one result, not proved" },
  { KITH_EXIT_SEVERAL, "several match: people of that name, or calls" },
  { KITH_EXIT_NONE, "nothing matches: nobody of that name, or no such call" },
  { KITH_EXIT_REVOKED, "resolve: the key was revoked" },
  { KITH_EXIT_NO_DAEMON, "kithd is not running or left" },
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
