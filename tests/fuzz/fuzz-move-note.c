/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes about new paths as a peer may send them: refused, or encoded again to the very same
   bytes. */
/* link: kith-link */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "link/repair/move-note.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithMoveNote note;

  if (kith_move_note_decode (data, size, &note)) {
    g_autoptr (GBytes) bytes = kith_move_note_encode (&note);
    gsize len = 0;
    const void *again = g_bytes_get_data (bytes, &len);
    if (note.n_candidates > KITH_MAX_CANDIDATES || len != size || memcmp (again, data, size) != 0) {
      abort ();
    }
  }
  return 0;
}
