/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The codecs that Kith speaks, as a table of values. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef enum {
  KITH_CODEC_OPUS,
  KITH_CODEC_G722,
  KITH_CODEC_PCMU,
  KITH_CODEC_PCMA,
  KITH_CODEC_TELEPHONE_EVENT,
  KITH_CODEC_RED /* no codec of its own: packets of Opus that repeat earlier ones (RFC 2198) */
} KithCodecId;

#define KITH_N_CODECS (KITH_CODEC_RED + 1)

typedef struct {
  KithCodecId id;
  const char *name; /* as in a=rtpmap (RFC 3551, RFC 7587, RFC 4733, RFC 2198) */
  guint rtp_clock;  /* Hz in a=rtpmap; G.722 says 8000 */
  guint audio_rate; /* Hz of the samples */
  gint default_pt;  /* static payload type, or the dynamic one that we offer */
  gboolean is_static_pt;
  guint channels; /* in a=rtpmap; we send and play one */
} KithCodec;

/* TRUE for what carries voice by itself. */
KITH_API gboolean kith_codec_is_voice (KithCodecId id);

/* The row of @id (static). */
KITH_API const KithCodec *kith_codec_get (KithCodecId id);

/* By rtpmap name (case-insensitive) and clock, or by static payload type when @name is NULL. NULL
   if unknown. */
KITH_API const KithCodec *kith_codec_find (const char *name, guint clock, gint pt);

G_END_DECLS
