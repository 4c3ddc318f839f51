/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has the list of pinned names kept by the thread that may wait for the disk. */
#pragma once

#include "identity/trust.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Main thread. Keeps all pins of @trust as they are now, behind all that @store has to do. That it
   cannot be done is told in the log, under @log_id. */
void kith_pins_keep (KithTrust *trust, KithStore *store, const char *log_id);

G_END_DECLS
