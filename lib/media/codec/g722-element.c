/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GStreamer's base class of encoders around kith_g722_encode(). */
#include "media/codec/g722-element.h"

#include "media/codec/g722.h"

#define RATE 16000
#define PIECE (RATE / 100) /* samples that are encoded at a time: packets are multiples of 10 ms */

struct _KithG722Element {
  GstAudioEncoder parent_instance;
  KithG722Encoder *encoder; /* while it is started */
};

G_DEFINE_FINAL_TYPE (KithG722Element, kith_g722_element, GST_TYPE_AUDIO_ENCODER)

static GstStaticPadTemplate sink_template
    = GST_STATIC_PAD_TEMPLATE ("sink",
                               GST_PAD_SINK,
                               GST_PAD_ALWAYS,
                               GST_STATIC_CAPS ("audio/x-raw, format=" GST_AUDIO_NE (
                                   S16) ", layout=interleaved, channels=1, rate=16000"));

static GstStaticPadTemplate src_template
    = GST_STATIC_PAD_TEMPLATE ("src",
                               GST_PAD_SRC,
                               GST_PAD_ALWAYS,
                               GST_STATIC_CAPS ("audio/G722, channels=1, rate=16000"));

static gboolean
element_start (GstAudioEncoder *base)
{
  KithG722Element *self = KITH_G722_ELEMENT (base);

  self->encoder = kith_g722_encoder_new (RATE);
  if (self->encoder == NULL) {
    GST_ELEMENT_ERROR (self, LIBRARY, INIT, (NULL), ("libspandsp is missing"));
  }
  return self->encoder != NULL;
}

static gboolean
element_stop (GstAudioEncoder *base)
{
  g_clear_pointer (&KITH_G722_ELEMENT (base)->encoder, kith_g722_encoder_free);
  return TRUE;
}

static gboolean
element_set_format (GstAudioEncoder *base, GstAudioInfo *info)
{
  g_autoptr (GstCaps) caps = gst_static_pad_template_get_caps (&src_template);

  (void)info; /* there is only one */
  gst_audio_encoder_set_frame_samples_min (base, PIECE);
  gst_audio_encoder_set_frame_samples_max (base, PIECE);
  gst_audio_encoder_set_frame_max (base, 1);
  gst_audio_encoder_set_hard_min (base, TRUE);
  return gst_audio_encoder_set_output_format (base, caps);
}

static GstFlowReturn
element_handle_frame (GstAudioEncoder *base, GstBuffer *buffer)
{
  KithG722Element *self = KITH_G722_ELEMENT (base);
  GstMapInfo in, out;
  gsize n = 0;

  if (buffer == NULL || !gst_buffer_map (buffer, &in, GST_MAP_READ)) {
    return GST_FLOW_OK; /* the end: nothing is kept back here */
  }
  n = MIN (in.size / sizeof (gint16), PIECE);
  g_autoptr (GstBuffer) made = gst_audio_encoder_allocate_output_buffer (base, n / 2);
  gboolean good = made != NULL && gst_buffer_map (made, &out, GST_MAP_WRITE);
  if (good) {
    (void)kith_g722_encode (self->encoder, (const gint16 *)(gconstpointer)in.data, n, out.data);
    gst_buffer_unmap (made, &out);
  }
  gst_buffer_unmap (buffer, &in);
  return good ? gst_audio_encoder_finish_frame (base, g_steal_pointer (&made), (gint)n)
              : GST_FLOW_ERROR;
}

static void
kith_g722_element_class_init (KithG722ElementClass *klass)
{
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstAudioEncoderClass *base = GST_AUDIO_ENCODER_CLASS (klass);

  gst_element_class_add_static_pad_template (element, &sink_template);
  gst_element_class_add_static_pad_template (element, &src_template);
  gst_element_class_set_static_metadata (element,
                                         "G.722 encoder",
                                         "Codec/Encoder/Audio",
                                         "Encodes G.722 with libspandsp",
                                         "Kith");
  base->start = element_start;
  base->stop = element_stop;
  base->set_format = element_set_format;
  base->handle_frame = element_handle_frame;
}

static void
kith_g722_element_init (KithG722Element *self)
{
  (void)self;
}

GstElement *
kith_g722_element_new (void)
{
  return GST_ELEMENT (g_object_new (KITH_TYPE_G722_ELEMENT, NULL));
}
