/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries the well-known sockets of PulseAudio and PipeWire with a non-blocking connect. */
#include "media/devices/sound-server.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "media/media-elements.h"

static gboolean
answers (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (path == NULL || strlen (path) >= sizeof address.sun_path) {
    return FALSE;
  }
  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return FALSE;
  }
  gboolean connected = connect (fd, (struct sockaddr *)&address, sizeof address) == 0;
  close (fd);
  return connected;
}

static gboolean
answers_in (const char *directory, const char *name)
{
  g_autofree gchar *path = directory != NULL ? g_build_filename (directory, name, NULL) : NULL;

  return answers (path);
}

/* PULSE_SERVER is a list of [{machine}]unix:PATH, /PATH or tcp:HOST, tried in order. */
static gboolean
pulse_of_environment (const char *list)
{
  g_auto (GStrv) words = g_strsplit (list, " ", 16);

  for (guint i = 0; words[i] != NULL; i++) {
    const char *brace = words[i][0] == '{' ? strchr (words[i], '}') : NULL;
    const char *server = brace != NULL ? brace + 1 : words[i];
    if (g_str_has_prefix (server, "unix:")) {
      server += strlen ("unix:");
    }
    if (server[0] == '\0') {
      continue;
    }
    if (server[0] != '/' || answers (server)) {
      /* a network server cannot be tried without waiting: the worker thread will see */
      return TRUE;
    }
  }
  return FALSE;
}

KithSoundServer
kith_sound_server_find (void)
{
  const char *server = g_getenv ("PULSE_SERVER");
  const char *remote = g_getenv ("PIPEWIRE_REMOTE");
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  g_autofree gchar *fallback = g_strdup_printf ("/run/user/%u", (guint)getuid ());

  if (runtime == NULL || runtime[0] == '\0') {
    runtime = fallback;
  }
  if (server != NULL && server[0] != '\0') {
    if (pulse_of_environment (server)) {
      return KITH_SOUND_PULSE;
    }
  } else if (answers_in (g_getenv ("PULSE_RUNTIME_PATH"), "native")
             || answers_in (runtime, "pulse/native") || answers ("/run/pulse/native")) {
    return KITH_SOUND_PULSE;
  }
  if (remote == NULL || remote[0] == '\0') {
    remote = "pipewire-0";
  }
  if (remote[0] == '/' ? answers (remote) : answers_in (runtime, remote)) {
    return KITH_SOUND_PIPEWIRE;
  }
  return KITH_SOUND_NONE;
}

const char *
kith_sound_server_check (const char *pulse, const char *pipewire, GError **error)
{
  const char *package = NULL;

  switch (kith_sound_server_find ()) {
  case KITH_SOUND_PULSE:
    if (kith_media_element_exists (pulse)) {
      return pulse;
    }
    package = "gstreamer1.0-pulseaudio";
    break;
  case KITH_SOUND_PIPEWIRE:
    if (kith_media_element_exists (pipewire)) {
      return pipewire;
    }
    package = "pipewire-pulse and gstreamer1.0-pulseaudio";
    break;
  case KITH_SOUND_NONE:
    g_set_error_literal (
        error,
        KITH_ERROR,
        KITH_ERROR_MEDIA,
        "no sound device: start PipeWire or PulseAudio, or use --audio-in FILE --audio-out FILE");
    return NULL;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_MEDIA,
               "no way to the sound server: install %s",
               package);
  return NULL;
}
