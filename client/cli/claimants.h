/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who answers to an address, with the evidence for each. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Resolves @address and shows the result. Returns the exit code of `kith resolve`. */
int kith_cli_show_claimants (KithCli *cli, const char *address);

G_END_DECLS
