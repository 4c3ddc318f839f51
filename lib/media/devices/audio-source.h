/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call uses as its microphone: the default device, a file in a loop, a tone or silence. */
#pragma once

#include <gst/gst.h>

#include "media/devices/audio-meter.h"

G_BEGIN_DECLS

typedef struct _KithAudioSource KithAudioSource;

/* @spec: NULL the default device; "tone:HZ"; "silence"; else a file, read now. KITH_ERROR_MEDIA. (transfer full) */
KithAudioSource *kith_audio_source_new (const char *spec, GError **error);
void kith_audio_source_free (KithAudioSource *source);

/* TRUE when bringing its bin to life may block, so that it must happen in a worker thread. */
gboolean kith_audio_source_is_device (const KithAudioSource *source);

/* FALSE and KITH_ERROR_MEDIA when it is the device and there is no sound server or no element for it. Never blocks. */
gboolean kith_audio_source_check (const KithAudioSource *source, GError **error);

/**
 * kith_audio_source_make:
 * @rate: Hz of the mono 16-bit samples at the bin's pad "src"
 * @frame_ms: length of its buffers
 * @meter: fed with the samples as they are sent; its mute switch turns them to silence; outlives the bin
 * Returns: (transfer floating): a live bin, closed; or NULL and KITH_ERROR_MEDIA.
 */
GstElement *kith_audio_source_make (KithAudioSource *source,
                                    guint rate,
                                    guint frame_ms,
                                    KithAudioMeter *meter,
                                    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithAudioSource, kith_audio_source_free)

G_END_DECLS
