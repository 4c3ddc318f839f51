/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the GStreamer graphs of calls, and joins legs without one: the concrete KithMediaMaker and
   KithBridge. */
#pragma once

#include "ports/media/bridge.h"

G_BEGIN_DECLS

#define KITH_TYPE_MEDIA_ENGINE (kith_media_engine_get_type ())
G_DECLARE_FINAL_TYPE (KithMediaEngine, kith_media_engine, KITH, MEDIA_ENGINE, GObject)

typedef struct {
  /* WAV or raw file (S16LE mono 48 kHz) played in a loop as the microphone, "tone:HZ", "silence";
     NULL: the default device */
  const char *audio_in;
  /* WAV file that records what is heard, each call its own where "%c" becomes its number; "null":
     nowhere; NULL: the default device */
  const char *audio_out;
  guint buffer_ms; /* jitter buffer at the start; 10 to 200 */
  guint frame_ms;  /* Opus frame: 10 or 20 */
  guint dscp;      /* of the packets of calls that have sockets of their own; 0: none */
} KithMediaEngineConfig;

/* Initializes GStreamer, loads all elements (about 80 ms) and reads audio_in if it is a file (at
   most 10 minutes of it). KITH_ERROR_MEDIA names a missing element and its Debian package, or the
   file and what is wrong with it. No sound device is opened or needed before kith_media_start().
   (transfer full) */
KithMediaMaker *kith_media_engine_new (const KithMediaEngineConfig *config, GError **error);

G_END_DECLS
