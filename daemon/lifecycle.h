/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon towards its supervisor (sd_notify protocol) and its own process (no core dumps,
   private files). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KithdLifecycle KithdLifecycle;

/* No core dump with keys in it, files of ours alone, SIGPIPE ignored. */
void kithd_lifecycle_harden (void);

/* Reads and clears NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; without them it does nothing.
   (transfer full) */
KithdLifecycle *kithd_lifecycle_new (void);
void kithd_lifecycle_free (KithdLifecycle *lifecycle);

/* READY=1, and from now on WATCHDOG=1 at half the interval asked for, as long as the main loop
   turns. */
void kithd_lifecycle_ready (KithdLifecycle *lifecycle);

/* STOPPING=1. */
void kithd_lifecycle_stopping (KithdLifecycle *lifecycle);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdLifecycle, kithd_lifecycle_free)

G_END_DECLS
