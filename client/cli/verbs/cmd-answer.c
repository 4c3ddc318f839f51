/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith answer` and `kith reject`: take the call that rings, or refuse it. */
#include "cli/call-act.h"
#include "cli/verb.h"

static int
run_answer (KithCli *cli)
{
  return kith_cli_act_on_call (cli, KITH_PICK_RINGING, "Accept", NULL);
}

static int
run_reject (KithCli *cli)
{
  const char *reason = kith_cli_option (cli, "busy") != NULL ? "busy" : "rejected";

  return kith_cli_act_on_call (cli, KITH_PICK_RINGING, "Reject", reason);
}

static const char *const answer_members[] = { "Call.Accept", NULL };

const KithVerb kith_verb_answer = {
  .name = "answer",
  .arguments = "[CALL]",
  .summary = "Answer the call that rings",
  .details = "Returns when the call is answered; `kith watch` or `kith show` tell how it goes on.",
  .max_args = 1,
  .members = answer_members,
  .exits = "4 5",
  .run = run_answer,
};

static const KithOption reject_options[] = {
  { "busy", NULL, "say that you are busy instead of that you decline" },
  { NULL, NULL, NULL },
};

static const char *const reject_members[] = { "Call.Reject", NULL };

const KithVerb kith_verb_reject = {
  .name = "reject",
  .arguments = "[CALL]",
  .summary = "Refuse the call that rings",
  .details = "The caller is told that you declined, or with --busy that you are busy.",
  .max_args = 1,
  .options = reject_options,
  .members = reject_members,
  .exits = "4 5",
  .run = run_reject,
};
