/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one microphone of all calls: opened with the first of them, closed with the last; one call
   hears it, the others get silence. */
#pragma once

#include "media/devices/audio-meter.h"
#include "media/devices/audio-source.h"
#include "media/devices/device-line.h"

G_BEGIN_DECLS

typedef struct _KithMicrophone KithMicrophone;

/* Opens nothing. @source: (transfer full); @frame_ms: length of its buffers where it is no device.
   (transfer full) */
KithMicrophone *kith_microphone_new (KithAudioSource *source, guint frame_ms);

/* It lives on until the worker is done that closes it. */
void kith_microphone_unref (KithMicrophone *microphone);

/* FALSE and KITH_ERROR_MEDIA when it could not be opened now. Never blocks. */
gboolean kith_microphone_check (KithMicrophone *microphone, GError **error);

/* Takes samples (transfer full) on the microphone's thread, which waits for it; @at: of the
   clock. */
typedef void (*KithAudioInletFunc) (GstBuffer *buffer, GstClockTime at, gpointer user_data);

/* One call's end of it; all but the meter is for the functions below alone, which belong to the
   main thread. */
typedef struct {
  KithMicrophone *microphone;
  KithAudioMeter meter;  /* of what the call sends; muted: silence */
  KithAudioInletFunc to; /* under the microphone's mutex, as the next two; NULL: nowhere */
  gpointer to_data;
  guint lead; /* samples of silence that go before the next ones */
  gboolean front, is_open;
  KithDeviceLineFunc failed;
  gpointer user_data;
} KithAudioInlet;

/* @microphone is borrowed and outlives the inlet; @failed: the microphone is gone, and the inlet
   closed. */
void kith_audio_inlet_init (KithAudioInlet *inlet,
                            KithMicrophone *microphone,
                            KithDeviceLineFunc failed,
                            gpointer user_data);

/* The call wants sound from now on: opens the microphone unless it is open. What blocks happens in
   a worker thread and reports by @failed. KITH_ERROR_MEDIA. */
gboolean kith_audio_inlet_open (KithAudioInlet *inlet, GError **error);

/* No longer: the last one closes the microphone. */
void kith_audio_inlet_close (KithAudioInlet *inlet);

/* TRUE (at first): this call has the microphone, whoever had it before. FALSE: it gets silence, at
   the same pace. */
void kith_audio_inlet_set_front (KithAudioInlet *inlet, gboolean front);

/* @to gets the samples from now on, after @lead samples of silence: what a resampler behind it
   holds back. NULL: nobody does, and none is under way any more when this returns. */
void kith_audio_inlet_connect (KithAudioInlet *inlet,
                               KithAudioInletFunc to,
                               gpointer user_data,
                               guint lead);

G_END_DECLS
