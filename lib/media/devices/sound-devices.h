/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the sound server for the names of its default devices. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Starts to ask, in a thread of its own, as a sound server may keep silent for long: whoever waits
   sets a limit. After gst_init; main thread. One at a time: else KITH_ERROR_MEDIA, or
   KITH_ERROR_IN_PROGRESS once the server should have answered the one before. */
void kith_sound_devices_look_async (GAsyncReadyCallback callback, gpointer user_data);

/* The names for people, "" when there is no such device (what only plays back into itself, such as
   the dummy output of PulseAudio or the monitor of an output, is none). (out) (transfer full)
   FALSE: KITH_ERROR_MEDIA, KITH_ERROR_IN_PROGRESS. */
gboolean kith_sound_devices_look_finish (GAsyncResult *result,
                                         gchar **microphone,
                                         gchar **loudspeaker,
                                         GError **error);

G_END_DECLS
