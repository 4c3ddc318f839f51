/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound on its way between a call's pipeline and the devices, at the time of the clock that all
   have. */
#include "media/stream/graph-private.h"

/* What does not play yet would take it for another time. */
static gboolean
stamp (KithGraph *graph, GstBuffer *buffer, GstClockTime at)
{
  return kith_device_line_stamp (buffer, graph->pipeline, at);
}

void
kith_graph_on_mouth (GstBuffer *buffer, GstClockTime at, gpointer user_data)
{
  KithGraph *graph = user_data;

  if (!stamp (graph, buffer, at)) {
    gst_buffer_unref (buffer);
    return;
  }
  GstFlowReturn flow = gst_pad_push (graph->mouth, buffer);
  if (flow < GST_FLOW_OK && flow != GST_FLOW_FLUSHING && !atomic_exchange (&graph->dumb, TRUE)) {
    KithGraphMessage failed
        = { .kind = KITH_GRAPH_FAILED,
            .text = g_strdup_printf ("the encoder stopped: %s", gst_flow_get_name (flow)) };
    kith_graph_post (graph, &failed);
  }
}

GstFlowReturn
kith_graph_on_sound (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  KithGraph *graph = gst_pad_get_element_private (pad);

  if (GST_BUFFER_PTS_IS_VALID (buffer)) {
    kith_audio_outlet_play (graph->config.outlet,
                            buffer,
                            GST_BUFFER_PTS (buffer) + gst_element_get_base_time (graph->pipeline));
  }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}
