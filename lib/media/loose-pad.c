/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links pads that nobody but their makers owns. */
#include "media/loose-pad.h"

#include "base/error.h"

static GstPad *
find_pad (GstElement *element, const char *name)
{
  GstPad *pad = gst_element_get_static_pad (element, name);

  return pad != NULL ? pad : gst_element_request_pad_simple (element, name);
}

/* FALSE when they do not fit to each other. */
static gboolean
link_pads (GstPad *from, GstPad *to, GError **error)
{
  if (from == NULL || to == NULL || GST_PAD_LINK_FAILED (gst_pad_link (from, to))) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_MEDIA,
                         "the ends of the audio pipeline do not fit to it");
    return FALSE;
  }
  return TRUE;
}

GstPad *
kith_loose_pad_in (GstElement *to, const char *name, GstCaps *caps, GError **error)
{
  g_autoptr (GstPad) sink = find_pad (to, name);
  g_autoptr (GstPad) pad = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));
  g_autofree gchar *stream = g_strdup_printf ("%s-%p", name, (void *)pad);
  GstSegment segment;

  if (!link_pads (pad, sink, error)) {
    return NULL;
  }
  gst_pad_set_active (pad, TRUE);
  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (pad, gst_event_new_stream_start (stream));
  gst_pad_push_event (pad, gst_event_new_caps (caps));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
  return g_steal_pointer (&pad);
}

static gboolean
on_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  gst_event_unref (event);
  return TRUE;
}

GstPad *
kith_loose_pad_out (GstElement *from,
                    const char *name,
                    GstPadChainFunction func,
                    gpointer data,
                    GError **error)
{
  g_autoptr (GstPad) src = find_pad (from, name);
  g_autoptr (GstPad) pad = gst_object_ref_sink (gst_pad_new (NULL, GST_PAD_SINK));

  gst_pad_set_element_private (pad, data);
  gst_pad_set_chain_function (pad, func);
  gst_pad_set_event_function (pad, on_event);
  if (!link_pads (src, pad, error)) {
    return NULL;
  }
  gst_pad_set_active (pad, TRUE);
  return g_steal_pointer (&pad);
}
