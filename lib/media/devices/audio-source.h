/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is used as the microphone: the default device, a file in a loop, a tone or silence. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _KithAudioSource KithAudioSource;

/* @spec: NULL the default device; "tone:HZ"; "silence"; else a file, read now. KITH_ERROR_MEDIA.
   (transfer full) */
KithAudioSource *kith_audio_source_new (const char *spec, GError **error);
void kith_audio_source_free (KithAudioSource *source);

/* TRUE when bringing its bin to life may block, so that it must happen in a worker thread. */
gboolean kith_audio_source_is_device (const KithAudioSource *source);

/* FALSE and KITH_ERROR_MEDIA when it is the device and there is no sound server or no element for
   it. Never blocks. */
gboolean kith_audio_source_check (const KithAudioSource *source, GError **error);

/* A live bin, closed, with mono samples of 16 bits at KITH_AUDIO_RATE at its pad "src", in buffers
   of @frame_ms where it is no device; outlived by @source. (transfer floating); NULL and
   KITH_ERROR_MEDIA. */
GstElement *kith_audio_source_make (KithAudioSource *source, guint frame_ms, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithAudioSource, kith_audio_source_free)

G_END_DECLS
