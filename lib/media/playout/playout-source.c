/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one thread that plays: it sleeps until the next piece is due and pushes it. */
#include "media/playout/playout-source.h"

#include "base/clock.h"

struct _KithPlayoutSource {
  GstPushSrc parent_instance;
  /* guards all below: the media thread puts packets in, the streaming thread takes sound out */
  GMutex mutex;
  GCond changed;
  KithPlayout *playout;
  gboolean flushing;
  guint rate; /* of the present caps; the streaming thread's own */
};

G_DEFINE_FINAL_TYPE (KithPlayoutSource, kith_playout_source, GST_TYPE_PUSH_SRC)

static GstStaticPadTemplate src_template
    = GST_STATIC_PAD_TEMPLATE ("src",
                               GST_PAD_SRC,
                               GST_PAD_ALWAYS,
                               GST_STATIC_CAPS ("audio/x-raw, format=S16LE, layout=interleaved, "
                                                "channels=1, rate=[8000, 48000]"));

static gboolean
set_rate (KithPlayoutSource *self, guint rate)
{
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-raw",
                                                  "format",
                                                  G_TYPE_STRING,
                                                  "S16LE",
                                                  "layout",
                                                  G_TYPE_STRING,
                                                  "interleaved",
                                                  "channels",
                                                  G_TYPE_INT,
                                                  1,
                                                  "rate",
                                                  G_TYPE_INT,
                                                  (gint)rate,
                                                  NULL);

  self->rate = rate;
  return gst_base_src_set_caps (GST_BASE_SRC (self), caps);
}

/* The caps are those of the first packet. */
static gboolean
playout_source_negotiate (GstBaseSrc *base)
{
  return TRUE;
}

/* Sleeps until sound is due. FALSE when the element is being stopped. */
static gboolean
wait_for_sound (KithPlayoutSource *self, gint64 *due_us)
{
  while (!self->flushing) {
    *due_us = kith_playout_get_due (self->playout);
    if (*due_us == G_MAXINT64) {
      g_cond_wait (&self->changed, &self->mutex);
    } else if (*due_us <= kith_clock_thread_now ()) {
      return TRUE;
    } else {
      (void)g_cond_wait_until (&self->changed, &self->mutex, *due_us);
    }
  }
  return FALSE;
}

static GstFlowReturn
playout_source_create (GstPushSrc *push, GstBuffer **buffer)
{
  KithPlayoutSource *self = KITH_PLAYOUT_SOURCE (push);
  g_autoptr (GstBuffer) made
      = gst_buffer_new_allocate (NULL, KITH_PLAYOUT_SAMPLES * sizeof (gint16), NULL);
  gint64 due_us = 0;
  GstMapInfo map;

  if (!gst_buffer_map (made, &map, GST_MAP_WRITE)) {
    return GST_FLOW_ERROR;
  }
  g_mutex_lock (&self->mutex);
  gboolean on = wait_for_sound (self, &due_us);
  gsize n = on ? kith_playout_pull (self->playout,
                                    kith_clock_thread_now (),
                                    (gint16 *)(gpointer)map.data)
               : 0;
  guint rate = kith_playout_get_rate (self->playout);
  due_us = kith_playout_get_due (self->playout) - (gint64)n * G_USEC_PER_SEC / rate;
  g_mutex_unlock (&self->mutex);
  gst_buffer_unmap (made, &map);
  if (!on) {
    return GST_FLOW_FLUSHING;
  }
  if (rate != self->rate && !set_rate (self, rate)) {
    return GST_FLOW_NOT_NEGOTIATED;
  }
  gint64 running = due_us * 1000 - (gint64)gst_element_get_base_time (GST_ELEMENT (self));
  gst_buffer_set_size (made, (gssize)(n * sizeof (gint16)));
  GST_BUFFER_PTS (made) = (GstClockTime)MAX (running, 0);
  GST_BUFFER_DURATION (made) = gst_util_uint64_scale (n, GST_SECOND, rate);
  *buffer = g_steal_pointer (&made);
  return GST_FLOW_OK;
}

static void
set_flushing (GstBaseSrc *base, gboolean flushing)
{
  KithPlayoutSource *self = KITH_PLAYOUT_SOURCE (base);

  g_mutex_lock (&self->mutex);
  self->flushing = flushing;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->mutex);
}

static gboolean
playout_source_unlock (GstBaseSrc *base)
{
  set_flushing (base, TRUE);
  return TRUE;
}

static gboolean
playout_source_unlock_stop (GstBaseSrc *base)
{
  set_flushing (base, FALSE);
  return TRUE;
}

static void
kith_playout_source_finalize (GObject *object)
{
  KithPlayoutSource *self = KITH_PLAYOUT_SOURCE (object);

  g_clear_pointer (&self->playout, kith_playout_free);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (kith_playout_source_parent_class)->finalize (object);
}

static void
kith_playout_source_class_init (KithPlayoutSourceClass *klass)
{
  GstElementClass *element = GST_ELEMENT_CLASS (klass);
  GstBaseSrcClass *base = GST_BASE_SRC_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = kith_playout_source_finalize;
  gst_element_class_add_static_pad_template (element, &src_template);
  gst_element_class_set_static_metadata (element,
                                         "Jitter buffer",
                                         "Source/Network/RTP",
                                         "Plays a call's packets when they are due",
                                         "Kith");
  base->negotiate = playout_source_negotiate;
  base->unlock = playout_source_unlock;
  base->unlock_stop = playout_source_unlock_stop;
  GST_PUSH_SRC_CLASS (klass)->create = playout_source_create;
}

static void
kith_playout_source_init (KithPlayoutSource *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->changed);
  gst_base_src_set_live (GST_BASE_SRC (self), TRUE);
  gst_base_src_set_format (GST_BASE_SRC (self), GST_FORMAT_TIME);
}

static gpointer
keep_memory (gpointer owner)
{
  return gst_memory_ref (owner);
}

static void
let_memory_go (gpointer owner)
{
  gst_memory_unref (owner);
}

GstElement *
kith_playout_source_new (guint start_ms)
{
  KithPlayoutSource *self = g_object_new (KITH_TYPE_PLAYOUT_SOURCE, NULL);

  self->playout = kith_playout_new (start_ms);
  kith_playout_set_owning (self->playout, keep_memory, let_memory_go);
  return GST_ELEMENT (self);
}

void
kith_playout_source_push (KithPlayoutSource *self, const KithPlayoutPacket *packets, guint n)
{
  g_mutex_lock (&self->mutex);
  gboolean idle = kith_playout_get_due (self->playout) == G_MAXINT64;
  for (guint i = 0; i < n; i++) {
    (void)kith_playout_push (self->playout, &packets[i]);
  }
  if (idle) {
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->mutex);
}

void
kith_playout_source_get_stats (KithPlayoutSource *self, KithPlayoutStats *stats)
{
  g_mutex_lock (&self->mutex);
  kith_playout_get_stats (self->playout, stats);
  g_mutex_unlock (&self->mutex);
}
