/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ctrl-C and Ctrl-Z as events of the main loop. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Counts SIGINT, SIGTERM and SIGHUP; zero before kith_interrupt_watch(). */
typedef struct {
  guint count;
  guint sources[3];
  guint stop_source;
} KithInterrupt;

/* From now on these signals only count, and wake the main loop. */
void kith_interrupt_watch (KithInterrupt *interrupt);
/* Ctrl-Z (SIGTSTP) counts, too, in place of stopping the program. One at a time in a program. */
void kith_interrupt_watch_stop (KithInterrupt *interrupt);
void kith_interrupt_unwatch (KithInterrupt *interrupt);

G_END_DECLS
