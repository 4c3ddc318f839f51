/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a call's sound goes: the default device, a WAV file or nowhere. */
#pragma once

#include <gst/gst.h>

#include "media/devices/audio-meter.h"
#include "media/devices/wav-writer.h"

G_BEGIN_DECLS

typedef struct _KithAudioSink KithAudioSink;

/* @spec: NULL the default device; "null"; else a file name, in which "%c" becomes the call's number. (transfer full) */
KithAudioSink *kith_audio_sink_new (const char *spec);
void kith_audio_sink_free (KithAudioSink *sink);

/* TRUE when bringing its bin to life may block, so that it must happen in a worker thread. */
gboolean kith_audio_sink_is_device (const KithAudioSink *sink);

/* FALSE and KITH_ERROR_MEDIA when it is the device and there is no sound server or no element for it. Never blocks. */
gboolean kith_audio_sink_check (const KithAudioSink *sink, GError **error);

/* The file that call @id ("call/3") is recorded to, or NULL when there is none. (transfer full) */
gchar *kith_audio_sink_get_path (const KithAudioSink *sink, const char *id);

/* One call's way to a sink: shared by the graph and the recording, which may begin later than the graph. */
typedef struct {
  GMutex mutex;
  KithAudioMeter meter;  /* muted: silence is heard and recorded */
  KithWavWriter *writer; /* under the mutex; NULL: nothing is recorded */
  gint64 began_ns;       /* the pipeline's running time at the recording's beginning */
} KithAudioOutlet;

/**
 * kith_audio_sink_make:
 * @rate: Hz at which the sound is measured and recorded
 * @outlet: fed with what is heard, when it is heard; outlives the bin
 * Returns: (transfer floating): a bin with a pad "sink" for any raw audio; or NULL and KITH_ERROR_MEDIA.
 */
GstElement *
kith_audio_sink_make (KithAudioSink *sink, guint rate, KithAudioOutlet *outlet, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithAudioSink, kith_audio_sink_free)

G_END_DECLS
