/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Judges recordings: which tones are in them, how loud, and with what gaps. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint rate;
  gint16 *samples; /* first channel */
  gsize n;
} KithToneSound;

typedef struct {
  double min_db;       /* a window this loud at the frequency, dBFS of a full-scale sine… */
  double min_share;    /* …and with this share of the window's power, has the tone */
  double min_ms;       /* of tone in all, to be called present */
  double from_s, to_s; /* part of the recording to look at; to_s 0: to the end */
} KithToneRule;

typedef struct {
  gboolean present;
  double level_db;        /* mean over the windows that have the tone; -100: none */
  double total_ms;        /* of windows that have it */
  double first_s, last_s; /* first and last such window */
  double longest_gap_ms;  /* between them, in steps of 10 ms */
} KithToneReport;

/* -40 dBFS, a tenth of the power, half a second. */
extern const KithToneRule kith_tone_rule_default;

/* Reads a WAV file of 16-bit PCM. NULL, or what is wrong (transfer full). Free with
   kith_tone_sound_clear(). */
gchar *kith_tone_sound_read (KithToneSound *sound, const char *path);
void kith_tone_sound_clear (KithToneSound *sound);

/* Goertzel at @hz over windows of 40 ms every 10 ms. */
void kith_tone_measure (const KithToneSound *sound,
                        double hz,
                        const KithToneRule *rule,
                        KithToneReport *report);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KithToneSound, kith_tone_sound_clear)

G_END_DECLS
