/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ctrl-C as an event of the main loop. */
#include "cli/interrupt.h"

#include <glib-unix.h>
#include <signal.h>

static gboolean
on_signal (gpointer interrupt)
{
  ((KithInterrupt *)interrupt)->count++;
  return G_SOURCE_CONTINUE;
}

void
kith_interrupt_watch (KithInterrupt *interrupt)
{
  interrupt->sources[0] = g_unix_signal_add (SIGINT, on_signal, interrupt);
  interrupt->sources[1] = g_unix_signal_add (SIGTERM, on_signal, interrupt);
  interrupt->sources[2] = g_unix_signal_add (SIGHUP, on_signal, interrupt);
}

void
kith_interrupt_unwatch (KithInterrupt *interrupt)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (interrupt->sources); i++) {
    g_clear_handle_id (&interrupt->sources[i], g_source_remove);
  }
}
