/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bins of one codec: samples to RTP packets. */
#pragma once

#include <gst/gst.h>

#include "model/sdp/codec.h"

G_BEGIN_DECLS

/* TRUE for the codecs of voice that these bins can carry: G.722 only where libspandsp is. After
   gst_init(). */
gboolean kith_codec_chain_supports (KithCodecId id);

/* Encoder and payloader; pads "sink" (mono, 16 bits, the codec's audio rate) and "src". (transfer
   floating), NULL and KITH_ERROR_MEDIA. */
GstElement *kith_codec_chain_make_encoder (const KithCodec *codec,
                                           guint8 pt,
                                           guint frame_ms,
                                           guint32 ssrc,
                                           GError **error);

/* What a receiver of @codec under @pt must be told; NULL for codecs we do not receive. (transfer
   full) */
GstCaps *kith_codec_chain_caps (const KithCodec *codec, guint8 pt);

/* Tells an encoder bin what the peer loses: forward error correction is worth its bits only then.
   Ignored by other codecs than Opus. */
void kith_codec_chain_set_loss (GstElement *encoder_bin, guint loss_percent);

/* Each packet of the encoder bin travels again with @copies later ones: the bits are shared out.
   Ignored by other codecs than Opus. */
void kith_codec_chain_set_copies (GstElement *encoder_bin, guint copies);

G_END_DECLS
