/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starts GStreamer once and makes the audio of calls, and legs that are joined. */
#include "media/engine.h"

#include <gst/gst.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "media/devices/sound-devices.h"
#include "media/devices/sound-server.h"
#include "media/media-elements.h"
#include "media/priority.h"
#include "media/relay/relay-leg.h"
#include "media/stream/call-media.h"

#define BUFFER_MIN_MS 10
#define BUFFER_MAX_MS 200

struct _KithMediaEngine {
  GObject parent_instance;
  KithCallMediaParts parts; /* owner is set for each call */
  KithMicrophone *silence;  /* in the place of a microphone that is not wanted */
};

static void maker_init (KithMediaMakerInterface *iface);
static void bridge_init (KithBridgeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithMediaEngine,
                               kith_media_engine,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_MEDIA_MAKER, maker_init)
                                   G_IMPLEMENT_INTERFACE (KITH_TYPE_BRIDGE, bridge_init))

static KithMedia *
media_engine_create (KithMediaMaker *maker,
                     const KithMediaTransport *transport,
                     const char *id,
                     GError **error)
{
  KithCallMediaParts parts = KITH_MEDIA_ENGINE (maker)->parts;

  parts.owner = G_OBJECT (maker);
  if (transport->listen_only) {
    parts.microphone = KITH_MEDIA_ENGINE (maker)->silence;
  }
  return kith_call_media_new (&parts, transport, id, error);
}

static gboolean
media_engine_check (KithMediaMaker *maker, gboolean microphone, GError **error)
{
  KithCallMediaParts *parts = &KITH_MEDIA_ENGINE (maker)->parts;

  return microphone ? kith_microphone_check (parts->microphone, error)
                    : kith_loudspeaker_check (parts->loudspeaker, error);
}

static void
media_engine_look_async (KithMediaMaker *maker, GAsyncReadyCallback callback, gpointer user_data)
{
  kith_sound_devices_look_async (callback, user_data);
}

static gboolean
media_engine_look_finish (KithMediaMaker *maker,
                          GAsyncResult *result,
                          gchar **microphone,
                          gchar **loudspeaker,
                          GError **error)
{
  return kith_sound_devices_look_finish (result, microphone, loudspeaker, error);
}

static KithPriority
media_engine_get_priority (KithMediaMaker *maker)
{
  return kith_priority_get ();
}

static void
maker_init (KithMediaMakerInterface *iface)
{
  iface->get_priority = media_engine_get_priority;
  iface->look_async = media_engine_look_async;
  iface->look_finish = media_engine_look_finish;
  iface->check = media_engine_check;
  iface->create = media_engine_create;
}

static KithMedia *
media_engine_create_leg (KithBridge *bridge,
                         const KithMediaTransport *transport,
                         const char *id,
                         GError **error)
{
  const KithCallMediaParts *own = &KITH_MEDIA_ENGINE (bridge)->parts;
  const KithRelayLegParts parts = { .owner = G_OBJECT (bridge),
                                    .ssrcs = own->ssrcs,
                                    .frame_ms = own->frame_ms,
                                    .dscp = own->dscp };

  return kith_relay_leg_new (&parts, transport, id, error);
}

static void
media_engine_join (KithBridge *bridge, KithMedia *one, KithMedia *other)
{
  (void)bridge;
  g_return_if_fail (KITH_IS_RELAY_LEG (one) && (other == NULL || KITH_IS_RELAY_LEG (other)));
  kith_relay_line_join (kith_relay_leg_get_line (KITH_RELAY_LEG (one)),
                        other != NULL ? kith_relay_leg_get_line (KITH_RELAY_LEG (other)) : NULL);
}

static KithBridgeManner
media_engine_get_manner (KithBridge *bridge, KithMedia *leg)
{
  (void)bridge;
  g_return_val_if_fail (KITH_IS_RELAY_LEG (leg), KITH_BRIDGE_APART);
  return kith_relay_line_get_manner (kith_relay_leg_get_line (KITH_RELAY_LEG (leg)));
}

static void
media_engine_play (KithBridge *bridge, KithMedia *leg, KithTone tone)
{
  (void)bridge;
  g_return_if_fail (KITH_IS_RELAY_LEG (leg));
  kith_relay_line_play (kith_relay_leg_get_line (KITH_RELAY_LEG (leg)), tone);
}

static void
media_engine_press (KithBridge *bridge, KithMedia *leg, char key)
{
  (void)bridge;
  g_return_if_fail (KITH_IS_RELAY_LEG (leg));
  kith_relay_line_press (kith_relay_leg_get_line (KITH_RELAY_LEG (leg)), key);
}

static void
bridge_init (KithBridgeInterface *iface)
{
  iface->create_leg = media_engine_create_leg;
  iface->join = media_engine_join;
  iface->get_manner = media_engine_get_manner;
  iface->play = media_engine_play;
  iface->press = media_engine_press;
}

static void
kith_media_engine_finalize (GObject *object)
{
  KithMediaEngine *self = KITH_MEDIA_ENGINE (object);

  g_clear_pointer (&self->parts.microphone, kith_microphone_unref);
  g_clear_pointer (&self->silence, kith_microphone_unref);
  g_clear_pointer (&self->parts.loudspeaker, kith_loudspeaker_unref);
  kith_ssrc_book_free (self->parts.ssrcs);
  G_OBJECT_CLASS (kith_media_engine_parent_class)->finalize (object);
}

static void
kith_media_engine_class_init (KithMediaEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_media_engine_finalize;
}

static void
kith_media_engine_init (KithMediaEngine *self)
{
  self->parts.ssrcs = kith_ssrc_book_new (NULL);
}

static gboolean
start_gstreamer (GError **error)
{
  g_autoptr (GError) why = NULL;

  gst_segtrap_set_enabled (FALSE);
  if (!gst_init_check (NULL, NULL, &why)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "GStreamer does not start: %s; install libgstreamer1.0-0",
                 why != NULL ? why->message : "unknown cause");
    return FALSE;
  }
  kith_priority_find ();
  return kith_media_elements_preload (error);
}

/* A call would fail at the answer: better said when there is time to mend it. */
static void
warn_without_sound (const KithMediaEngineConfig *config)
{
  if ((config->audio_in == NULL || config->audio_out == NULL)
      && kith_sound_server_find () == KITH_SOUND_NONE) {
    kith_warning ("media",
                  "no sound device: calls will fail until PipeWire or PulseAudio runs, or kithd is "
                  "given --audio-in and --audio-out");
  }
}

KithMediaMaker *
kith_media_engine_new (const KithMediaEngineConfig *config, GError **error)
{
  gint64 began_us = kith_clock_thread_now ();

  if (!start_gstreamer (error)) {
    return NULL;
  }
  g_autoptr (KithMediaEngine) self = g_object_new (KITH_TYPE_MEDIA_ENGINE, NULL);
  warn_without_sound (config);
  KithAudioSource *source = kith_audio_source_new (config->audio_in, error);
  if (source == NULL) {
    return NULL;
  }
  self->parts.buffer_ms = CLAMP (config->buffer_ms, BUFFER_MIN_MS, BUFFER_MAX_MS);
  self->parts.frame_ms = config->frame_ms == 10 ? 10 : 20;
  self->parts.dscp = config->dscp;
  self->parts.microphone = kith_microphone_new (source, self->parts.frame_ms);
  self->silence
      = kith_microphone_new (kith_audio_source_new ("silence", NULL), self->parts.frame_ms);
  self->parts.loudspeaker = kith_loudspeaker_new (kith_audio_sink_new (config->audio_out));
  kith_debug ("media",
              "ready in %" G_GINT64_FORMAT " ms",
              (kith_clock_thread_now () - began_us) / 1000);
  return KITH_MEDIA_MAKER (g_steal_pointer (&self));
}
