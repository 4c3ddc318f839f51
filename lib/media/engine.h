/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the GStreamer graphs of calls: the concrete KithMediaMaker. */
#pragma once

#include "ports/media.h"

G_BEGIN_DECLS

#define KITH_TYPE_MEDIA_ENGINE (kith_media_engine_get_type ())
G_DECLARE_FINAL_TYPE (KithMediaEngine, kith_media_engine, KITH, MEDIA_ENGINE, GObject)

typedef struct {
  const char *audio_in;  /* file played in a loop as the microphone, or NULL: the default device */
  const char *audio_out; /* WAV file that records what is heard; "%c" becomes the call's number; NULL: the default device */
  guint buffer_ms;       /* jitter buffer at the start */
  guint frame_ms;        /* Opus frame: 10 or 20 */
} KithMediaEngineConfig;

/* Initializes GStreamer and loads all elements (about 80 ms). KITH_ERROR_MEDIA names a missing element and its Debian package. */
KithMediaMaker *kith_media_engine_new (const KithMediaEngineConfig *config, GError **error);

G_END_DECLS
