/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith reject`: refuses the call that rings. */
#include "cli/call-act.h"
#include "cli/verb.h"

static int
run (KithCli *cli)
{
  const char *reason = kith_cli_option (cli, "busy") != NULL ? "busy" : "rejected";

  return kith_cli_act_on_call (cli, KITH_PICK_RINGING, "Reject", reason);
}

static const KithOption options[] = {
  { "busy", NULL, "say that you are busy instead of that you decline" },
  { NULL, NULL, NULL },
};

static const char *const members[] = { "Call.Reject", NULL };

const KithVerb kith_verb_reject = {
  .name = "reject",
  .arguments = "[CALL]",
  .summary = "Refuse the call that rings",
  .details = "The caller is told that you declined, or with --busy that you are busy.",
  .max_args = 1,
  .options = options,
  .members = members,
  .exits = "4 5",
  .run = run,
};
