/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GStreamer elements that calls are made of, and the Debian packages that hold them. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Creates and drops one of each element that a call needs, so that no call pays for loading. FALSE
   and KITH_ERROR_MEDIA naming the element and its package. After gst_init. */
gboolean kith_media_elements_preload (GError **error);

/* TRUE if an element of that name can be made. Any thread. */
gboolean kith_media_element_exists (const char *factory);

/* gst_element_factory_make() that adds the element to @bin. (transfer none), NULL and
   KITH_ERROR_MEDIA naming element and package; a NULL @bin is an earlier failure and passes
   through. */
GstElement *kith_media_element_add (GstBin *bin, const char *factory, GError **error);

G_END_DECLS
