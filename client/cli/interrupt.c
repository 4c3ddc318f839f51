/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ctrl-C and Ctrl-Z as events of the main loop. */
#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

static gboolean
on_signal (gpointer interrupt)
{
  ((KithInterrupt *)interrupt)->count++;
  return G_SOURCE_CONTINUE;
}

/* GLib takes no SIGTSTP: its handler writes to a pipe of our own. */
static int stop_pipe[2] = { -1, -1 };

static void
on_stop_signal (int number)
{
  int kept = errno;

  (void)!write (stop_pipe[1], "", 1);
  errno = kept;
}

static gboolean
on_stop (gint fd, GIOCondition condition, gpointer interrupt)
{
  char byte;

  if (read (fd, &byte, 1) == 1) {
    ((KithInterrupt *)interrupt)->count++;
  }
  return G_SOURCE_CONTINUE;
}

void
kith_interrupt_watch_stop (KithInterrupt *interrupt)
{
  const struct sigaction action = { .sa_handler = on_stop_signal, .sa_flags = SA_RESTART };

  if (g_unix_open_pipe (stop_pipe, FD_CLOEXEC, NULL)
      && g_unix_set_fd_nonblocking (stop_pipe[0], TRUE, NULL)
      && g_unix_set_fd_nonblocking (stop_pipe[1], TRUE, NULL)) {
    interrupt->stop_source = g_unix_fd_add (stop_pipe[0], G_IO_IN, on_stop, interrupt);
    (void)sigaction (SIGTSTP, &action, NULL);
  }
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
  if (interrupt->stop_source != 0) {
    (void)signal (SIGTSTP, SIG_DFL);
    g_clear_handle_id (&interrupt->stop_source, g_source_remove);
    (void)close (stop_pipe[0]);
    (void)close (stop_pipe[1]);
  }
}
