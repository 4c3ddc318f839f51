/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random bytes from the kernel. */
#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

gboolean
kith_random_bytes (gpointer data, gsize len)
{
  guint8 *at = data;

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
