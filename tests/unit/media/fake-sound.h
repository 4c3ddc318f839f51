/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound server of our own: elements in the place of pulsesrc and pulsesink, which count how often
   they are opened. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define FAKE_SOUND_HZ 1000 /* what the microphone hears, at -10 dBFS */

typedef struct {
  gint opened, closed; /* so often; atomic */
} FakeSoundCount;

typedef struct {
  FakeSoundCount microphone, loudspeaker;
  gint streams; /* atomic; how often a stream to the loudspeaker was set up */
  gint blocks;  /* atomic; TRUE: who opens a device waits until it is FALSE */
  gint stalls;  /* atomic; TRUE: the loudspeaker takes nothing until it is FALSE */
  gint gaps;    /* atomic; how often what it got did not follow what it had */
  GMutex mutex;
  GArray *played; /* of gint16, 48 kHz: what the loudspeaker got; under the mutex */
} FakeSound;

extern FakeSound fake_sound;

/* After gst_init(): from now on there is a sound server, with these two devices. */
void fake_sound_install (void);

/* Takes what was played since the last time. (transfer full) */
GArray *fake_sound_take_played (void);

/* What a device that goes away says: an error of the youngest microphone that is open. */
void fake_sound_break (void);

G_END_DECLS
