/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of libspandsp, found when they are first needed. */
#include "media/codec/g722.h"

#include <gmodule.h>
#include <stdint.h>

#include <spandsp/telephony.h> /* the next one wants it, and does not ask for it */

#include <spandsp/g722.h>

#define LIBRARY "libspandsp.so.2"
#define BITS 64000

typedef struct {
  __typeof__ (&g722_decode_init) decode_init;
  __typeof__ (&g722_decode_free) decode_free;
  __typeof__ (&g722_decode) decode;
  __typeof__ (&g722_encode_init) encode_init;
  __typeof__ (&g722_encode_free) encode_free;
  __typeof__ (&g722_encode) encode;
} Functions;

static Functions spandsp;

static gboolean
load (void)
{
  const struct {
    const char *name;
    gpointer *place;
  } rows[] = {
    { "g722_decode_init", (gpointer *)&spandsp.decode_init },
    { "g722_decode_free", (gpointer *)&spandsp.decode_free },
    { "g722_decode", (gpointer *)&spandsp.decode },
    { "g722_encode_init", (gpointer *)&spandsp.encode_init },
    { "g722_encode_free", (gpointer *)&spandsp.encode_free },
    { "g722_encode", (gpointer *)&spandsp.encode },
  };
  GModule *library = g_module_open (LIBRARY, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
  gboolean whole = library != NULL;

  for (guint i = 0; whole && i < G_N_ELEMENTS (rows); i++) {
    whole = g_module_symbol (library, rows[i].name, rows[i].place);
  }
  if (whole) {
    g_module_make_resident (library);
  } else if (library != NULL) {
    (void)g_module_close (library);
  }
  return whole;
}

gboolean
kith_g722_is_there (void)
{
  enum { MISSING = 1, THERE };
  static gsize answer;

  if (g_once_init_enter (&answer)) {
    g_once_init_leave (&answer, load () ? THERE : MISSING);
  }
  return answer == THERE;
}

static gboolean
is_usable (guint rate)
{
  return (rate == 8000 || rate == 16000) && kith_g722_is_there ();
}

KithG722Decoder *
kith_g722_decoder_new (guint rate)
{
  return is_usable (rate)
             ? spandsp.decode_init (NULL, BITS, rate == 8000 ? G722_SAMPLE_RATE_8000 : 0)
             : NULL;
}

void
kith_g722_decoder_free (KithG722Decoder *decoder)
{
  if (decoder != NULL) {
    (void)spandsp.decode_free (decoder);
  }
}

gsize
kith_g722_decode (KithG722Decoder *decoder, const guint8 *data, gsize len, gint16 *out)
{
  int n = len <= G_MAXINT16 ? spandsp.decode (decoder, out, data, (int)len) : 0;

  return n > 0 ? (gsize)n : 0;
}

KithG722Encoder *
kith_g722_encoder_new (guint rate)
{
  return is_usable (rate)
             ? spandsp.encode_init (NULL, BITS, rate == 8000 ? G722_SAMPLE_RATE_8000 : 0)
             : NULL;
}

void
kith_g722_encoder_free (KithG722Encoder *encoder)
{
  if (encoder != NULL) {
    (void)spandsp.encode_free (encoder);
  }
}

gsize
kith_g722_encode (KithG722Encoder *encoder, const gint16 *samples, gsize n, guint8 *out)
{
  int len = n <= G_MAXINT16 ? spandsp.encode (encoder, out, samples, (int)n) : 0;

  return len > 0 ? (gsize)len : 0;
}
