/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pipeline with one sound device in it, or with what stands for one, from its opening to its
   closing. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define KITH_AUDIO_RATE 48000 /* Hz of the samples between devices and calls: mono, 16 bits */

typedef struct _KithDeviceLine KithDeviceLine;

/* Main thread, once: it stopped, or never opened; @why is for people. May close the line. */
typedef void (*KithDeviceLineFunc) (const char *why, gpointer user_data);

/**
 * kith_device_line_open:
 * @pipeline: (transfer full): ready to play; it runs on the system's clock
 * @name: of the device, for people: "microphone" (static)
 * @may_block: it has a sound device: it is opened, and later closed, in a worker thread, which has
 * 5 s for the former
 * Returns: (transfer full); NULL and KITH_ERROR_MEDIA when it does not start. Main thread, as all
 * below.
 */
KithDeviceLine *kith_device_line_open (GstElement *pipeline,
                                       const char *name,
                                       gboolean may_block,
                                       KithDeviceLineFunc failed,
                                       gpointer user_data,
                                       GError **error);

/* Stops it; no word of it any more. Its streaming thread may go on until @done (nullable) was
   called, on the main thread, before or after this returns. */
void kith_device_line_close (KithDeviceLine *line, GDestroyNotify done, gpointer done_data);

/* Gives @buffer the time @at of the clock, as @to counts it. FALSE when that does not play (yet):
   it would take it for another time. Any thread. */
gboolean kith_device_line_stamp (GstBuffer *buffer, GstElement *to, GstClockTime at);

/* A live appsrc in @bin, without caps yet, which keeps @queue_ms of what nobody takes, and drops
   what is older. (transfer none), NULL and KITH_ERROR_MEDIA. */
GstElement *kith_device_line_add_way_in (GstBin *bin, guint queue_ms, GError **error);

/* Caps of the samples between devices and calls. (transfer full) */
GstCaps *kith_device_line_caps (void);

G_END_DECLS
