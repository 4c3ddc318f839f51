/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of codecs. */
#include "model/sdp/codec.h"

static const KithCodec codecs[KITH_N_CODECS] = {
  [KITH_CODEC_OPUS] = { KITH_CODEC_OPUS, "opus", 48000, 48000, 96, FALSE, 2 },
  [KITH_CODEC_G722] = { KITH_CODEC_G722, "G722", 8000, 16000, 9, TRUE, 1 },
  [KITH_CODEC_PCMU] = { KITH_CODEC_PCMU, "PCMU", 8000, 8000, 0, TRUE, 1 },
  [KITH_CODEC_PCMA] = { KITH_CODEC_PCMA, "PCMA", 8000, 8000, 8, TRUE, 1 },
  [KITH_CODEC_TELEPHONE_EVENT]
  = { KITH_CODEC_TELEPHONE_EVENT, "telephone-event", 8000, 8000, 101, FALSE, 1 },
  [KITH_CODEC_RED] = { KITH_CODEC_RED, "red", 48000, 48000, 97, FALSE, 2 },
};

gboolean
kith_codec_is_voice (KithCodecId id)
{
  return id != KITH_CODEC_TELEPHONE_EVENT && id != KITH_CODEC_RED;
}

const KithCodec *
kith_codec_get (KithCodecId id)
{
  g_return_val_if_fail ((guint)id < KITH_N_CODECS, NULL);
  return &codecs[id];
}

const KithCodec *
kith_codec_find (const char *name, guint clock, gint pt)
{
  for (guint i = 0; i < KITH_N_CODECS; i++) {
    const KithCodec *codec = &codecs[i];
    gboolean same = name != NULL
                        ? g_ascii_strcasecmp (name, codec->name) == 0 && clock == codec->rtp_clock
                        : codec->is_static_pt && pt == codec->default_pt;
    if (same) {
      return codec;
    }
  }
  return NULL;
}
