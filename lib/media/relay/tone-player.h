/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tones and keys as payloads of a codec, one after the other, on any clock that the caller gives;
   pure. */
#pragma once

#include "media/codec/voice-encoder.h"
#include "model/call/tone.h"

G_BEGIN_DECLS

typedef struct _KithTonePlayer KithTonePlayer;

/* What is played: a tone until it is told to stop, or one key. */
typedef struct {
  KithTone tone; /* NONE: the key */
  char key;
} KithToneWish;

/* For @codec, with @frame_ms of sound in a payload; a key also as events (RFC 4733), of which all
   have the timestamp of the first. NULL: it cannot be encoded, or there is nothing to play. Not
   thread safe. (transfer full) */
KithTonePlayer *
kith_tone_player_new (const KithToneWish *wish, KithCodecId codec, guint frame_ms, gint64 now_us);
void kith_tone_player_free (KithTonePlayer *player);

/* TRUE when it plays for just that. */
gboolean kith_tone_player_is (const KithTonePlayer *player, KithCodecId codec, guint frame_ms);

/* When kith_tone_player_pull() is to be called; G_MAXINT64: the key is over. */
gint64 kith_tone_player_get_due (const KithTonePlayer *player);

/* The length of a payload in @out (room for KITH_VOICE_MAX_PAYLOAD) if one is due at @now_us, else
   0. What was missed for long is left out. */
gsize kith_tone_player_pull (KithTonePlayer *player, gint64 now_us, guint8 *out);

/* Of the RTP clock, from the payload before to the one that was pulled last. */
guint kith_tone_player_get_ticks (const KithTonePlayer *player);

G_END_DECLS
