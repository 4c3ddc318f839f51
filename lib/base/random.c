/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random bytes from the kernel, or the sequence that a test wants. */
#include "base/random.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

static guint64 test_state; /* 0: the kernel's; threads of a test do not ask at the same time */

/* The next number of the sequence of a test (splitmix64). */
static guint64
next_of (guint64 *state)
{
  *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint64 z = *state;
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

gboolean
kith_random_bytes (gpointer data, gsize len)
{
  guint8 *at = data;

  while (len > 0 && test_state != 0) {
    guint64 number = next_of (&test_state);
    gsize n = MIN (len, sizeof number);
    memcpy (at, &number, n);
    at += n;
    len -= n;
  }
  while (len > 0) {
    gssize n = getrandom (at, len, 0);
    if (n < 0 && errno != EINTR) {
      return FALSE;
    }
    at += MAX (n, 0);
    len -= (gsize)MAX (n, 0);
  }
  return TRUE;
}

guint64
kith_random_uint64 (void)
{
  guint64 number;

  if (!kith_random_bytes (&number, sizeof number)) {
    guint64 state = (guint64)g_get_monotonic_time () ^ (guint64)g_get_real_time () << 20;
    number = next_of (&state);
  }
  return number;
}

guint32
kith_random_uint32 (void)
{
  return (guint32)(kith_random_uint64 () >> 32);
}

gint
kith_random_range (gint low, gint high)
{
  if (high <= low) {
    return low;
  }
  return (gint)(low + (gint64)(kith_random_uint64 () % (guint64)((gint64)high - low)));
}

void
kith_random_set_seed (guint64 seed)
{
  test_state = seed;
}
