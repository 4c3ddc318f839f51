/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes of friends: refused, or written again to the very same bytes. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/talk/relay-note.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  guint8 again[KITH_RELAY_NOTE_MAX];
  KithRelayNote note;

  if (kith_relay_note_read (data, size, &note)
      && (kith_relay_note_write (&note, again) != size || memcmp (again, data, size) != 0)) {
    abort ();
  }
  return 0;
}
