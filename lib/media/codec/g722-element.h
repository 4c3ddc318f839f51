/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The encoder of G.722 as a GStreamer element: Debian has none but that of libav, with 37 MB. */
#pragma once

#include <gst/audio/gstaudioencoder.h>

G_BEGIN_DECLS

#define KITH_TYPE_G722_ELEMENT (kith_g722_element_get_type ())
G_DECLARE_FINAL_TYPE (KithG722Element, kith_g722_element, KITH, G722_ELEMENT, GstAudioEncoder)

/* Samples of 16 bits, mono, at 16 kHz, to audio/G722. It fails to start where
   kith_g722_is_there() is FALSE. (transfer floating) */
GstElement *kith_g722_element_new (void);

G_END_DECLS
