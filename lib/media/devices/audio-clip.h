/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound file held in memory as mono samples at the rates that calls ask for. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define KITH_TYPE_AUDIO_CLIP (kith_audio_clip_get_type ())
G_DECLARE_FINAL_TYPE (KithAudioClip, kith_audio_clip, KITH, AUDIO_CLIP, GObject)

#define KITH_AUDIO_CLIP_MAX_S 600

/* Reads a WAV file (PCM of 8 to 32 bits or 32-bit float, 1 or 2 channels, 4 to 192 kHz), or, when
   it has no RIFF header, raw signed 16-bit little-endian mono samples at 48 kHz. At most 10
   minutes; the rest is left out. KITH_ERROR_MEDIA names file and cause. */
KithAudioClip *kith_audio_clip_load (const char *path, GError **error);

/* The samples at @rate Hz, made when first asked for; (transfer none), at least one sample, living
   as long as the clip. Main thread. */
const gint16 *kith_audio_clip_get_samples (KithAudioClip *clip, guint rate, gsize *n);

G_END_DECLS
