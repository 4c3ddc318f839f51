/* SPDX-License-Identifier: GPL-3.0-or-later */
/* G.722 at 64 kbit/s (ITU-T G.722; RTP by RFC 3551 section 4.5.2), of libspandsp. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct g722_decode_state_s KithG722Decoder;
typedef struct g722_encode_state_s KithG722Encoder;

/* TRUE when there is libspandsp. It is loaded when this is first asked, and not with the program:
   it brings eleven libraries along that nobody else here needs. Any thread. */
gboolean kith_g722_is_there (void);

/* @rate: 16000, or 8000, with which the upper half of the sound is left out. NULL: another rate, or
   the library is not there. One thread at a time. (transfer full) */
KithG722Decoder *kith_g722_decoder_new (guint rate);
void kith_g722_decoder_free (KithG722Decoder *decoder);

/* @len bytes to @out, which has room for 2 samples of each at 16000 Hz, 1 at 8000. Returns the
   number of samples. */
gsize kith_g722_decode (KithG722Decoder *decoder, const guint8 *data, gsize len, gint16 *out);

/* As kith_g722_decoder_new(). (transfer full) */
KithG722Encoder *kith_g722_encoder_new (guint rate);
void kith_g722_encoder_free (KithG722Encoder *encoder);

/* @n samples, at 16000 Hz an even number, to @out: a byte of each two, at 8000 Hz of each. Returns
   the number of bytes. */
gsize kith_g722_encode (KithG722Encoder *encoder, const gint16 *samples, gsize n, guint8 *out);

G_END_DECLS
