/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ends of a pipeline of ours: pads without an element, which cost neither a queue nor a
   thread. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A pad out of which buffers of @caps are pushed into the pad @name of @to, which may be one to be
   requested. (transfer full), NULL and KITH_ERROR_MEDIA. */
GstPad *kith_loose_pad_in (GstElement *to, const char *name, GstCaps *caps, GError **error);

/* A pad after @name of @from: @func takes its buffers, and finds @data by
   gst_pad_get_element_private(). Events end here. (transfer full), NULL and KITH_ERROR_MEDIA. */
GstPad *kith_loose_pad_out (GstElement *from,
                            const char *name,
                            GstPadChainFunction func,
                            gpointer data,
                            GError **error);

G_END_DECLS
