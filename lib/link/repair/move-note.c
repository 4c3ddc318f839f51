/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes the notes STANDBY and MOVE within bounds. */
#include "link/repair/move-note.h"

#include <string.h>

#include "model/talk/note.h"

GBytes *
kith_move_note_encode (const KithMoveNote *note)
{
  GByteArray *out = g_byte_array_new ();
  const guint8 head[]
      = { note->is_standby ? KITH_NOTE_STANDBY : KITH_NOTE_MOVE, (guint8)note->kind };

  g_byte_array_append (out, head, note->is_standby ? 1 : 2);
  g_byte_array_append (out, note->seed, sizeof note->seed);
  if (!kith_candidates_append (out, note->candidates, note->n_candidates, NULL)) {
    (void)kith_candidates_append (out, NULL, 0, NULL);
  }
  return g_byte_array_free_to_bytes (out);
}

gboolean
kith_move_note_decode (const guint8 *data, gsize len, KithMoveNote *note)
{
  gsize head = len > 0 && data[0] == KITH_NOTE_STANDBY ? 1 : 2;

  *note = (KithMoveNote){ .is_standby = head == 1 };
  if (len < head + sizeof note->seed || (head == 2 && data[0] != KITH_NOTE_MOVE)) {
    return FALSE;
  }
  if (head == 2) {
    if (data[1] != KITH_KNOCK_ANSWER && data[1] != KITH_KNOCK_CHECK && data[1] != KITH_KNOCK_MOVE) {
      return FALSE;
    }
    note->kind = (KithKnockKind)data[1];
  }
  memcpy (note->seed, data + head, sizeof note->seed);
  head += sizeof note->seed;
  return kith_candidates_decode (data + head,
                                 len - head,
                                 note->candidates,
                                 &note->n_candidates,
                                 NULL);
}
