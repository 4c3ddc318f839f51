/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of elements and packages. */
#include "media/media-elements.h"

#include "base/error.h"

typedef struct {
  const char *factory;
  const char *package;
  gboolean needed; /* by every call; the others only by some configurations */
} ElementRow;

static const ElementRow rows[] = {
  { "capsfilter", "libgstreamer1.0-0", TRUE },
  { "appsink", "gstreamer1.0-plugins-base", TRUE },
  { "appsrc", "gstreamer1.0-plugins-base", TRUE },
  { "audiotestsrc", "gstreamer1.0-plugins-base", TRUE },
  { "audioconvert", "gstreamer1.0-plugins-base", TRUE },
  { "audioresample", "gstreamer1.0-plugins-base", TRUE },
  { "opusenc", "gstreamer1.0-plugins-base", TRUE },
  { "rtpsession", "gstreamer1.0-plugins-good", TRUE },
  { "rtpopuspay", "gstreamer1.0-plugins-good", TRUE },
  { "rtppcmupay", "gstreamer1.0-plugins-good", TRUE },
  { "rtppcmapay", "gstreamer1.0-plugins-good", TRUE },
  { "mulawenc", "gstreamer1.0-plugins-good", TRUE },
  { "alawenc", "gstreamer1.0-plugins-good", TRUE },
  { "srtpenc", "gstreamer1.0-plugins-bad", TRUE },
  { "srtpdec", "gstreamer1.0-plugins-bad", TRUE },
  { "pulsesrc", "gstreamer1.0-pulseaudio", FALSE },
  { "pulsesink", "gstreamer1.0-pulseaudio", FALSE },
  { "pipewiresrc", "gstreamer1.0-pipewire", FALSE },
  { "pipewiresink", "gstreamer1.0-pipewire", FALSE },
};

static const char *
package_of (const char *factory)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (g_str_equal (rows[i].factory, factory)) {
      return rows[i].package;
    }
  }
  return "gstreamer1.0-plugins-base";
}

static GstElement *
make (const char *factory, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "the GStreamer element %s is missing: install the package %s",
                 factory,
                 package_of (factory));
  }
  return element;
}

gboolean
kith_media_elements_preload (GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!rows[i].needed) {
      continue;
    }
    GstElement *element = make (rows[i].factory, error);
    if (element == NULL) {
      return FALSE;
    }
    gst_object_ref_sink (element);
    gst_object_unref (element);
  }
  return TRUE;
}

gboolean
kith_media_element_exists (const char *factory)
{
  GstElementFactory *found = gst_element_factory_find (factory);

  if (found == NULL) {
    return FALSE;
  }
  gst_object_unref (found);
  return TRUE;
}

GstElement *
kith_media_element_add (GstBin *bin, const char *factory, GError **error)
{
  GstElement *element = bin != NULL ? make (factory, error) : NULL;

  if (element != NULL && !gst_bin_add (bin, element)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "the element %s does not fit into its bin",
                 factory);
    return NULL;
  }
  return element;
}
