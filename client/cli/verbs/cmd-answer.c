/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith answer`: takes the call that rings. */
#include "cli/call-act.h"
#include "cli/verb.h"

static int
run (KithCli *cli)
{
  return kith_cli_act_on_call (cli, KITH_PICK_RINGING, "Accept", NULL);
}

static const char *const members[] = { "Call.Accept", NULL };

const KithVerb kith_verb_answer = {
  .name = "answer",
  .arguments = "[CALL]",
  .summary = "Answer the call that rings",
  .details = "Returns when the call is answered; `kith watch` or `kith show` tell how it goes on.",
  .max_args = 1,
  .members = members,
  .exits = "4 5",
  .run = run,
};
