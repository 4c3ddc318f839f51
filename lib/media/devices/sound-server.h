/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds out, without waiting, which sound server there is. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { KITH_SOUND_NONE, KITH_SOUND_PULSE, KITH_SOUND_PIPEWIRE } KithSoundServer;

/* Looks for a socket that accepts connections: PulseAudio's protocol first (also spoken by
   PipeWire), then PipeWire's own. Never blocks. PULSE_SERVER, PULSE_RUNTIME_PATH, XDG_RUNTIME_DIR
   and PIPEWIRE_REMOTE are honoured. */
KithSoundServer kith_sound_server_find (void);

/* The element for the default device: @pulse or @pipewire, whichever has both a server and a plugin
   (static). NULL and KITH_ERROR_MEDIA that says what to start or to install. Never blocks; after
   gst_init. */
const char *kith_sound_server_check (const char *pulse, const char *pipewire, GError **error);

G_END_DECLS
