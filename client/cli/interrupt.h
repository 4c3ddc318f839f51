/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ctrl-C as an event of the main loop. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Counts SIGINT, SIGTERM and SIGHUP; zero before kith_interrupt_watch(). */
typedef struct {
  guint count;
  guint sources[3];
} KithInterrupt;

/* From now on these signals only count, and wake the main loop. */
void kith_interrupt_watch (KithInterrupt *interrupt);
void kith_interrupt_unwatch (KithInterrupt *interrupt);

G_END_DECLS
