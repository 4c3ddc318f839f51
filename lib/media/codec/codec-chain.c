/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encoders of Opus, G.722, PCMA and PCMU as GStreamer bins. */
#include "media/codec/codec-chain.h"

#include "base/error.h"
#include "base/random.h"
#include "media/codec/g722-element.h"
#include "media/codec/g722.h"
#include "media/media-elements.h"

#define OPUS_BITRATE 28000
#define OPUS_BITRATE_ONCE 24000 /* each packet goes twice */
#define OPUS_BITRATE_TWICE 20000
#define OPUS_COMPLEXITY 8
#define OPUS_COMPLEXITY_SLOW 5 /* costs half; for machines with few processors */
#define FEW_PROCESSORS 2
#define ENCODER "kith-encoder"

typedef struct {
  KithCodecId id;
  const char *encoder; /* NULL: our own */
  const char *pay;
} ChainRow;

static const ChainRow rows[] = {
  { KITH_CODEC_OPUS, "opusenc", "rtpopuspay" },
  { KITH_CODEC_G722, NULL, "rtpg722pay" },
  { KITH_CODEC_PCMU, "mulawenc", "rtppcmupay" },
  { KITH_CODEC_PCMA, "alawenc", "rtppcmapay" },
};

static const ChainRow *
row_of (KithCodecId id)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].id == id) {
      return &rows[i];
    }
  }
  return NULL;
}

gboolean
kith_codec_chain_supports (KithCodecId id)
{
  return row_of (id) != NULL
         && (id != KITH_CODEC_G722
             || (kith_g722_is_there () && kith_media_element_exists (row_of (id)->pay)));
}

static const ChainRow *
need_row (const KithCodec *codec, GError **error)
{
  const ChainRow *row = row_of (codec->id);

  if (row == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNSUPPORTED,
                 "the codec %s is not supported",
                 codec->name);
  }
  return row;
}

static void
expose (GstElement *bin, GstElement *element, const char *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

  gst_element_add_pad (bin, gst_ghost_pad_new (name, pad));
}

static GstElement *
finish (GstElement *bin, GstElement *first, GstElement *last, gboolean linked, GError **error)
{
  if (!linked) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_MEDIA, "the codec's elements do not fit together");
    return NULL;
  }
  expose (bin, first, "sink");
  expose (bin, last, "src");
  gst_object_ref (bin);
  g_object_force_floating (G_OBJECT (bin));
  return bin;
}

static GstElement *
add_encoder (GstBin *bin, const ChainRow *row, GError **error)
{
  GstElement *own = row->encoder == NULL ? kith_g722_element_new () : NULL;

  if (own == NULL) {
    return kith_media_element_add (bin, row->encoder, error);
  }
  (void)gst_bin_add (bin, own);
  return own;
}

static void
tune_encoder (const KithCodec *codec, GstElement *encoder, guint frame_ms)
{
  if (codec->id != KITH_CODEC_OPUS) {
    return;
  }
  gst_util_set_object_arg (G_OBJECT (encoder), "audio-type", "voice");
  gst_util_set_object_arg (G_OBJECT (encoder), "frame-size", frame_ms == 10 ? "10" : "20");
  g_object_set (encoder,
                "bitrate",
                OPUS_BITRATE,
                "complexity",
                g_get_num_processors () > FEW_PROCESSORS ? OPUS_COMPLEXITY : OPUS_COMPLEXITY_SLOW,
                "inband-fec",
                FALSE,
                "dtx",
                FALSE,
                NULL);
}

static void
tune_payloader (const KithCodec *codec, GstElement *pay, guint frame_ms)
{
  if (codec->id != KITH_CODEC_OPUS) {
    g_object_set (pay,
                  "min-ptime",
                  (gint64)frame_ms * GST_MSECOND,
                  "max-ptime",
                  (gint64)frame_ms * GST_MSECOND,
                  NULL);
  }
}

GstElement *
kith_codec_chain_make_encoder (const KithCodec *codec,
                               guint8 pt,
                               guint frame_ms,
                               guint32 ssrc,
                               GError **error)
{
  const ChainRow *row = need_row (codec, error);
  if (row == NULL) {
    return NULL;
  }
  g_autoptr (GstElement) bin = gst_object_ref_sink (gst_bin_new ("sender"));
  GstElement *encoder = add_encoder (GST_BIN (bin), row, error);
  GstElement *pay
      = encoder != NULL ? kith_media_element_add (GST_BIN (bin), row->pay, error) : NULL;
  if (pay == NULL) {
    return NULL;
  }
  /* the bin owns it; names of children cannot be changed */
  g_object_set_data (G_OBJECT (bin), ENCODER, encoder);
  tune_encoder (codec, encoder, frame_ms);
  tune_payloader (codec, pay, frame_ms);
  /* A first sequence number in the lower half: SRTP's rollover counter cannot be misjudged at the
     start (RFC 3711 section 3.3.1). */
  g_object_set (pay,
                "pt",
                (guint)pt,
                "ssrc",
                ssrc,
                "seqnum-offset",
                kith_random_range (0, 32768),
                NULL);
  return finish (bin, encoder, pay, gst_element_link (encoder, pay), error);
}

GstCaps *
kith_codec_chain_caps (const KithCodec *codec, guint8 pt)
{
  if (kith_codec_is_voice (codec->id) && row_of (codec->id) == NULL) {
    return NULL;
  }
  g_autofree gchar *encoding = g_ascii_strup (codec->name, -1);
  GstCaps *caps = gst_caps_new_simple ("application/x-rtp",
                                       "media",
                                       G_TYPE_STRING,
                                       "audio",
                                       "clock-rate",
                                       G_TYPE_INT,
                                       (gint)codec->rtp_clock,
                                       "encoding-name",
                                       G_TYPE_STRING,
                                       encoding,
                                       "payload",
                                       G_TYPE_INT,
                                       (gint)pt,
                                       NULL);
  if (codec->id == KITH_CODEC_OPUS) {
    /* decode to mono, whatever is sent */
    gst_caps_set_simple (caps, "sprop-stereo", G_TYPE_STRING, "0", NULL);
  }
  return caps;
}

void
kith_codec_chain_set_copies (GstElement *encoder_bin, guint copies)
{
  static const gint rates[] = { OPUS_BITRATE, OPUS_BITRATE_ONCE, OPUS_BITRATE_TWICE };
  GstElement *encoder = g_object_get_data (G_OBJECT (encoder_bin), ENCODER);

  if (encoder != NULL
      && g_object_class_find_property (G_OBJECT_GET_CLASS (encoder), "inband-fec") != NULL) {
    g_object_set (encoder, "bitrate", rates[MIN (copies, G_N_ELEMENTS (rates) - 1)], NULL);
  }
}

void
kith_codec_chain_set_loss (GstElement *encoder_bin, guint loss_percent)
{
  GstElement *encoder = g_object_get_data (G_OBJECT (encoder_bin), ENCODER);

  if (encoder != NULL
      && g_object_class_find_property (G_OBJECT_GET_CLASS (encoder), "inband-fec") != NULL) {
    g_object_set (encoder,
                  "inband-fec",
                  loss_percent > 0,
                  "packet-loss-percentage",
                  MIN (loss_percent, 50),
                  NULL);
  }
}
