/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one loudspeaker of all calls: opened with the first of them, closed with the last; one call
   is heard, the others are discarded. */
#pragma once

#include "media/devices/audio-meter.h"
#include "media/devices/audio-sink.h"
#include "media/devices/device-line.h"
#include "media/devices/wav-writer.h"

G_BEGIN_DECLS

typedef struct _KithLoudspeaker KithLoudspeaker;

/* Opens nothing. @sink: (transfer full). (transfer full) */
KithLoudspeaker *kith_loudspeaker_new (KithAudioSink *sink);

/* It lives on until the worker is done that closes it. */
void kith_loudspeaker_unref (KithLoudspeaker *loudspeaker);

/* FALSE and KITH_ERROR_MEDIA when it could not be opened now. Never blocks. */
gboolean kith_loudspeaker_check (KithLoudspeaker *loudspeaker, GError **error);

/* One call's end of it; all but the meter is for the functions below alone. */
typedef struct {
  KithLoudspeaker *loudspeaker;
  KithAudioMeter meter; /* of what is heard of the call */
  gboolean front, is_open;
  KithDeviceLineFunc failed;
  gpointer user_data;
  guint64 turn; /* under the loudspeaker's mutex, as all below: which time in front it is */
  KithWavWriter *writer; /* NULL: this call is not recorded by itself */
  GstClockTime began;    /* … which began then; of the clock */
} KithAudioOutlet;

/* @loudspeaker is borrowed and outlives the outlet; @failed: the loudspeaker is gone, and the
   outlet closed. Main thread. */
void kith_audio_outlet_init (KithAudioOutlet *outlet,
                             KithLoudspeaker *loudspeaker,
                             KithDeviceLineFunc failed,
                             gpointer user_data);

/* The call is heard, and recorded, from now on: opens the loudspeaker unless it is open. @id: of
   the call, for files. What blocks happens in a worker thread and reports by @failed.
   KITH_ERROR_MEDIA. Main thread. */
gboolean kith_audio_outlet_open (KithAudioOutlet *outlet, const char *id, GError **error);

/* No longer: the last one closes the loudspeaker. Files are complete when it returns. Main
   thread. */
void kith_audio_outlet_close (KithAudioOutlet *outlet);

/* TRUE (at first): this call has the loudspeaker, whoever had it before. FALSE: silence is
   recorded, nothing is heard. Main thread. */
void kith_audio_outlet_set_front (KithAudioOutlet *outlet, gboolean front);

/* Samples of the call, at KITH_AUDIO_RATE; @at: of the clock, when they are due. Any one thread at
   a time. */
void kith_audio_outlet_play (KithAudioOutlet *outlet, GstBuffer *buffer, GstClockTime at);

G_END_DECLS
