/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of verbs: what `kith` can do, read by the parser, the help, the completion and the
   tests. */
#pragma once

#include <glib.h>

#include "cli/cli.h"

G_BEGIN_DECLS

/* A long option. Arrays end with a row of NULL. */
struct _KithOption {
  const char *name; /* without the hyphens */
  /* what follows it, such as "SECONDS"; NULL: a switch; "[on|off]": one of these words, or
     nothing */
  const char *value;
  const char *help;
};

/* What an option asks for beside itself. Arrays end with a row of NULL. */
typedef struct {
  const char *option;
  /* (nullable): first arguments, or options with their hyphens, one of which must be there: "add
     set", "--clear" */
  const char *with;
  const char *not_with; /* (nullable): an option that excludes it */
} KithPairing;

struct _KithVerb {
  const char *name;
  const char *arguments; /* as in the usage line; "" for none */
  const char *summary;   /* one line without a full stop */
  const char *details;   /* paragraphs for `kith help VERB` */
  guint min_args;
  guint max_args;
  const KithOption *options;   /* (nullable) */
  const KithPairing *pairings; /* (nullable) */
  const char *const
      *members; /* (nullable): what it uses of D-Bus, as "Manager.Dial"; ends with NULL */
  /* the exit codes besides 0, 1, 2 and 7, such as "3 4 5"; "reasons": those of an ended call */
  const char *exits;
  int (*run) (KithCli *cli); /* returns the exit code */
};

/* An exit code that is no reason of a call. The text has clauses between semicolons, the first that
   fits counts: "VERB, VERB: text" for some verbs, the last one without verbs for all others. */
typedef struct {
  int code;
  const char *text;
} KithExit;

/* All verbs in the order of the help; ends with NULL. */
const KithVerb *const *kith_verb_table (void);

/* NULL if there is no such verb. */
const KithVerb *kith_verb_find (const char *name);

/* The options of every verb. */
const KithOption *kith_verb_common_options (void);

/* The exit codes apart from those of reasons; ends with a row whose text is NULL. */
const KithExit *kith_verb_exits (void);

/* What @code means for @verb, "" when it is none of these codes. (transfer full) */
gchar *kith_verb_exit_text (const KithVerb *verb, int code);

/* NULL if neither the verb (nullable) nor all verbs have this option. */
const KithOption *kith_verb_option (const KithVerb *verb, const char *name);

extern const KithVerb kith_verb_init;
extern const KithVerb kith_verb_status;
extern const KithVerb kith_verb_call;
extern const KithVerb kith_verb_answer;
extern const KithVerb kith_verb_reject;
extern const KithVerb kith_verb_hangup;
extern const KithVerb kith_verb_calls;
extern const KithVerb kith_verb_show;
extern const KithVerb kith_verb_why;
extern const KithVerb kith_verb_mute;
extern const KithVerb kith_verb_unmute;
extern const KithVerb kith_verb_resolve;
extern const KithVerb kith_verb_contact;
extern const KithVerb kith_verb_phone;
extern const KithVerb kith_verb_trunk;
extern const KithVerb kith_verb_watch;
extern const KithVerb kith_verb_plugins;
extern const KithVerb kith_verb_metrics;
extern const KithVerb kith_verb_doctor;
extern const KithVerb kith_verb_stop;
extern const KithVerb kith_verb_completion;
extern const KithVerb kith_verb_help;

G_END_DECLS
