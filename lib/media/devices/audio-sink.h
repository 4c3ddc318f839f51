/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is used as the loudspeaker: the default device, a WAV file, files of the calls, or
   nothing. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What is due is heard so much later; basesink's default of 20 ms would be added to the
   mouth-to-ear delay. */
#define KITH_AUDIO_DEADLINE_NS (5 * GST_MSECOND)

typedef struct _KithAudioSink KithAudioSink;

/* @spec: NULL the default device; "null"; else a file name, in which "%c" becomes the call's
   number. (transfer full) */
KithAudioSink *kith_audio_sink_new (const char *spec);
void kith_audio_sink_free (KithAudioSink *sink);

/* TRUE when bringing its bin to life may block, so that it must happen in a worker thread. */
gboolean kith_audio_sink_is_device (const KithAudioSink *sink);

/* FALSE and KITH_ERROR_MEDIA when it is the device and there is no sound server or no element for
   it. Never blocks. */
gboolean kith_audio_sink_check (const KithAudioSink *sink, GError **error);

/* The file that all that is heard goes to, NULL: there is none. (transfer none) */
const char *kith_audio_sink_get_path (const KithAudioSink *sink);

/* The file of call @id ("call/3") alone, when the name has "%c"; NULL: it has none. (transfer
   full) */
gchar *kith_audio_sink_get_path_of (const KithAudioSink *sink, const char *id);

/* Mono samples of 16 bits at KITH_AUDIO_RATE, as they are handed to the device; @at: of the clock,
   when they are heard. In the streaming thread. */
typedef void (*KithAudioHeardFunc) (GstBuffer *buffer, GstClockTime at, gpointer user_data);

/* A bin with a pad "sink" for such samples, and the device in it. @user_data outlives it. (transfer
   floating); NULL and KITH_ERROR_MEDIA. */
GstElement *kith_audio_sink_make (KithAudioHeardFunc heard, gpointer user_data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithAudioSink, kith_audio_sink_free)

G_END_DECLS
