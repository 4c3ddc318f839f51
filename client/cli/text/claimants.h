/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who answers to an address, with the evidence for each. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Who answers to @address, as an array of dictionaries. (transfer full), or NULL and @error. */
GVariant *kith_cli_find_claimants (KithCli *cli, const char *address, GError **error);

/* Resolves @address and shows the result; @event: (nullable): with --json, the object says so.
   Returns the exit code of `kith resolve`. */
int kith_cli_show_claimants (KithCli *cli, const char *address, const char *event);

G_END_DECLS
