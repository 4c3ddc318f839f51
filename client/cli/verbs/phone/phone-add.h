/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith phone add` and `kith phone password`: a new password, and the set-up of the phone. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Both return the exit code. */
int kith_phone_add (KithCli *cli, const char *name);
int kith_phone_new_password (KithCli *cli, KithBusObject *phone);

G_END_DECLS
