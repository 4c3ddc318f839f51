/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kith phone add` and `kith phone password`: a new password, and the set-up of the phone. */
#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

/* Both return the exit code. */
int kith_phone_add (KithCli *cli, const char *name);
int kith_phone_new_password (KithCli *cli, KithBusObject *phone);

/* How TLS is reached, and whom a phone has to trust for it, as @from has it under these keys;
   nothing where there is none. @from: (nullable): a{sv}. */
void kith_phone_say_tls (GVariant *from, const char *port_key, const char *fingerprint_key);

/* `kith phone ca`: the certificate that phones are to trust. Returns the exit code. */
int kith_phone_say_ca (KithCli *cli);

G_END_DECLS
