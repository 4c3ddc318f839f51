/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the place of the C library's function that tells the time, and of the main loop's that
   waits. */
#include "common/own-time.h"

#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static gboolean active;
static gint64 began_us;
static gint64 ahead_us; /* what the loop has jumped over */
static guint patience_ms;

/* Hides that of the C library for all of the process. */
__attribute__ ((visibility ("default"))) int
clock_gettime (clockid_t id, struct timespec *now)
{
  if (!active || id != CLOCK_MONOTONIC) {
    return (int)syscall (SYS_clock_gettime, id, now);
  }
  gint64 us = began_us + __atomic_load_n (&ahead_us, __ATOMIC_RELAXED);
  now->tv_sec = us / G_USEC_PER_SEC;
  now->tv_nsec = us % G_USEC_PER_SEC * 1000;
  return 0;
}

static gint
poll_or_jump (GPollFD *fds, guint n, gint timeout)
{
  struct pollfd *polled = (struct pollfd *)fds;
  int ready = poll (polled, n, timeout < 0 ? -1 : MIN (timeout, (gint)patience_ms));

  if (ready == 0 && timeout > 0) {
    __atomic_fetch_add (&ahead_us, (gint64)timeout * 1000, __ATOMIC_RELAXED);
  }
  return ready;
}

void
own_time_begin (void)
{
  began_us = own_time_get_real ();
  active = TRUE;
  g_main_context_set_poll_func (NULL, poll_or_jump);
}

void
own_time_set_patience (guint ms)
{
  patience_ms = ms;
}

void
own_time_jump (guint ms)
{
  __atomic_fetch_add (&ahead_us, (gint64)ms * 1000, __ATOMIC_RELAXED);
}

gint64
own_time_get_real (void)
{
  struct timespec now;

  (void)syscall (SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}
