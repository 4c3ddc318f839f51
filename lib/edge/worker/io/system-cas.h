/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CAs that this system believes: their file is opened before the sandbox closes, and read when
   they are asked for. */
#pragma once

#include "tls/tls-trust.h"

G_BEGIN_DECLS

/* Once, while files can be opened. A system without such a file is no problem. */
void kith_system_cas_open (void);

/* The trust in them, read on first use. NULL: this system has none. (transfer none) */
KithTlsTrust *kith_system_cas_get (void);

G_END_DECLS
