/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notes by which two ends of a link prepare and agree on a new path, as values. */
#pragma once

#include "model/names/record.h"

G_BEGIN_DECLS

/* KITH_NOTE_STANDBY: a listening agent of @seed waits at @candidates. KITH_NOTE_MOVE: a knock of
   @kind for this very link. */
typedef struct {
  gboolean is_standby;
  KithKnockKind kind; /* unless is_standby */
  guint8 seed[KITH_SEED_LEN];
  guint n_candidates;
  KithCandidate candidates[KITH_MAX_CANDIDATES];
} KithMoveNote;

/* Wire: first byte (lib/model/note.h); of a move the kind, one byte; seed 16; the candidates as in
   records. (transfer full) */
GBytes *kith_move_note_encode (const KithMoveNote *note);

/* FALSE when @data, any bytes, is no such note. */
gboolean kith_move_note_decode (const guint8 *data, gsize len, KithMoveNote *note);

G_END_DECLS
