/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spy and its maker. */
#include "common/fake-media.h"

#include <string.h>

#include "base/error.h"

static guint32 last_ssrc = 7000; /* of all, so that no two are the same */

struct _KithFakeMediaMaker {
  GObject parent_instance;
  gboolean auto_flow, fail_create, fail_start, fail_remote;
  gboolean lacks[2]; /* loudspeaker, microphone */
  guint n_made, n_live;
  KithFakeMedia *last; /* not owned; cleared when it goes */
  KithPriority priority;
};

struct _KithFakeMedia {
  GObject parent_instance;
  guint rtt_us, reports;
  KithFakeMediaMaker *maker;
  gchar *id, *local_host, *origin;
  guint16 port;
  guint32 ssrc;
  KithMediaTransport transport;
  KithFakeMediaState state;
  KithOffer *remote;
  const KithCodec *codec;
  gboolean muted, has_flowed, has_failed, was_started;
  gboolean sends, plays, is_leg;
  KithTone tone;
  gchar keys[33];        /* of kith_bridge_press() */
  KithFakeMedia *joined; /* not owned; cleared when either goes */
  GArray *packets;
  guint received, dropped;
};

static void kith_fake_media_iface_init (KithMediaInterface *iface);
static void kith_fake_media_maker_iface_init (KithMediaMakerInterface *iface);
static void kith_fake_bridge_iface_init (KithBridgeInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeMedia,
                               kith_fake_media,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_MEDIA, kith_fake_media_iface_init))
G_DEFINE_FINAL_TYPE_WITH_CODE (KithFakeMediaMaker,
                               kith_fake_media_maker,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_MEDIA_MAKER,
                                                      kith_fake_media_maker_iface_init)
                                   G_IMPLEMENT_INTERFACE (KITH_TYPE_BRIDGE,
                                                          kith_fake_bridge_iface_init))

static KithOffer *
fake_get_local (KithMedia *media, GError **error)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);
  KithOffer *offer = kith_offer_new ();
  KithStream *audio = kith_offer_audio (offer);

  audio->host = g_strdup (self->local_host);
  audio->port = self->local_host != NULL ? self->port : 9;
  audio->rtcp_mux = TRUE;
  audio->rtcp_port = audio->port;
  audio->ssrc = self->ssrc;
  audio->profile = self->transport.send != NULL ? KITH_PROFILE_RTP_SAVP : KITH_PROFILE_RTP_AVP;
  for (guint i = 0; i < KITH_N_CODECS; i++) {
    const KithCodec *codec = kith_codec_get ((KithCodecId)i);
    audio->codecs[audio->n_codecs++] = (KithOfferedCodec){ codec->id, (guint8)codec->default_pt };
  }
  return offer;
}

static gboolean
fake_set_remote (KithMedia *media, const KithOffer *remote, gboolean we_offered, GError **error)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);
  const KithStream *audio = kith_offer_audio (remote);

  if (self->maker->fail_remote) {
    self->maker->fail_remote = FALSE;
    kith_fake_media_fail (self, "The encoder stopped");
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_MEDIA, "The encoder stopped");
    return FALSE;
  }
  self->codec = NULL;
  for (guint i = 0; i < audio->n_codecs && self->codec == NULL; i++) {
    if (kith_codec_is_voice (audio->codecs[i].id)) {
      self->codec = kith_codec_get (audio->codecs[i].id);
    }
  }
  if (self->codec == NULL) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED, "There is no codec in common");
    return FALSE;
  }
  g_clear_pointer (&self->remote, kith_offer_free);
  self->remote = kith_offer_copy (remote);
  if (self->state == KITH_FAKE_MEDIA_MADE) {
    self->state = KITH_FAKE_MEDIA_PREPARED;
  }
  return TRUE;
}

static void
fake_set_keys (KithMedia *media, const guint8 *local_key, const guint8 *remote_key)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);

  self->transport.has_keys = TRUE;
  memcpy (self->transport.local_key, local_key, KITH_SRTP_KEY_LEN);
  memcpy (self->transport.remote_key, remote_key, KITH_SRTP_KEY_LEN);
}

static gboolean
fake_start (KithMedia *media, GError **error)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);

  gboolean ready
      = self->state == KITH_FAKE_MEDIA_PREPARED || self->state == KITH_FAKE_MEDIA_LISTENING;
  if (self->maker->fail_start || !ready) {
    self->maker->fail_start = FALSE;
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_MEDIA, "The microphone could not be opened");
    return FALSE;
  }
  self->state = KITH_FAKE_MEDIA_STARTED;
  self->was_started = TRUE;
  self->has_flowed = FALSE;
  return TRUE;
}

static gboolean
fake_listen (KithMedia *media, GError **error)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);

  if (self->state != KITH_FAKE_MEDIA_PREPARED && self->state != KITH_FAKE_MEDIA_LISTENING) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "There is nothing to hear");
    return FALSE;
  }
  self->state = KITH_FAKE_MEDIA_LISTENING;
  return TRUE;
}

static gboolean
is_open (const KithFakeMedia *self)
{
  return self->state == KITH_FAKE_MEDIA_STARTED || self->state == KITH_FAKE_MEDIA_LISTENING;
}

static gboolean
fake_receive (KithMedia *media, const guint8 *data, gsize len)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);

  if (!is_open (self)) {
    self->dropped++;
    return FALSE;
  }
  self->received++;
  if (self->maker->auto_flow) {
    kith_fake_media_flow (self);
  }
  return TRUE;
}

static void
fake_set_muted (KithMedia *media, gboolean muted)
{
  KITH_FAKE_MEDIA (media)->muted = muted;
}

static void
fake_set_flow (KithMedia *media, gboolean send, gboolean play)
{
  KITH_FAKE_MEDIA (media)->sends = send;
  KITH_FAKE_MEDIA (media)->plays = play;
}

static void
fake_get_stats (KithMedia *media, KithMediaStats *stats)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);

  stats->packets_sent = self->packets->len;
  stats->packets_received = self->received;
  stats->reports_received = self->reports;
  stats->mos = 4.4;
  stats->rtt_us = self->rtt_us;
  stats->level_in_db = stats->level_out_db = -100;
}

static const KithCodec *
fake_get_codec (KithMedia *media)
{
  return KITH_FAKE_MEDIA (media)->codec;
}

static void
part (KithFakeMedia *leg)
{
  if (leg->joined != NULL) {
    leg->joined->joined = NULL;
    leg->joined = NULL;
  }
}

static void
fake_stop (KithMedia *media)
{
  part (KITH_FAKE_MEDIA (media));
  KITH_FAKE_MEDIA (media)->state = KITH_FAKE_MEDIA_STOPPED;
}

static void
fake_set_origin (KithMedia *media, const char *host, guint16 sip_port)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (media);

  (void)sip_port;
  g_free (self->origin);
  self->origin = g_strdup (host);
}

static void
kith_fake_media_iface_init (KithMediaInterface *iface)
{
  iface->get_local = fake_get_local;
  iface->set_remote = fake_set_remote;
  iface->set_keys = fake_set_keys;
  iface->start = fake_start;
  iface->listen = fake_listen;
  iface->receive = fake_receive;
  iface->set_muted = fake_set_muted;
  iface->set_flow = fake_set_flow;
  iface->get_stats = fake_get_stats;
  iface->get_codec = fake_get_codec;
  iface->stop = fake_stop;
  iface->set_origin = fake_set_origin;
}

static void
kith_fake_media_finalize (GObject *object)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (object);

  part (self);
  self->maker->n_live--;
  if (self->maker->last == self) {
    self->maker->last = NULL;
  }
  g_object_unref (self->maker);
  g_clear_pointer (&self->remote, kith_offer_free);
  g_array_unref (self->packets);
  g_free (self->id);
  g_free (self->local_host);
  g_free (self->origin);
  G_OBJECT_CLASS (kith_fake_media_parent_class)->finalize (object);
}

static void
kith_fake_media_class_init (KithFakeMediaClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = kith_fake_media_finalize;
}

static void
kith_fake_media_init (KithFakeMedia *self)
{
  self->packets = g_array_new (FALSE, TRUE, sizeof (KithFakePacket));
  self->sends = self->plays = TRUE;
}

static KithMedia *
fake_create (KithMediaMaker *maker,
             const KithMediaTransport *transport,
             const char *id,
             GError **error)
{
  KithFakeMediaMaker *self = KITH_FAKE_MEDIA_MAKER (maker);

  if (self->fail_create) {
    self->fail_create = FALSE;
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_MEDIA, "There is no sound card");
    return NULL;
  }
  KithFakeMedia *media = g_object_new (KITH_TYPE_FAKE_MEDIA, NULL);
  media->maker = g_object_ref (self);
  media->id = g_strdup (id);
  media->transport = *transport;
  media->transport.local_host = NULL;
  media->local_host = g_strdup (transport->local_host);
  media->port = (guint16)(40000 + 2 * self->n_made);
  media->ssrc = ++last_ssrc;
  self->n_made++;
  self->n_live++;
  self->last = media;
  return KITH_MEDIA (media);
}

static gboolean
fake_check (KithMediaMaker *maker, gboolean microphone, GError **error)
{
  if (KITH_FAKE_MEDIA_MAKER (maker)->lacks[microphone]) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_MEDIA,
                 "no %s: plug one in",
                 microphone ? "microphone" : "loudspeaker");
    return FALSE;
  }
  return TRUE;
}

static KithPriority
fake_get_priority (KithMediaMaker *maker)
{
  return KITH_FAKE_MEDIA_MAKER (maker)->priority;
}

static KithMedia *
fake_create_leg (KithBridge *bridge,
                 const KithMediaTransport *transport,
                 const char *id,
                 GError **error)
{
  KithMedia *leg = fake_create (KITH_MEDIA_MAKER (bridge), transport, id, error);

  if (leg != NULL) {
    KITH_FAKE_MEDIA (leg)->is_leg = TRUE;
  }
  return leg;
}

static void
fake_join (KithBridge *bridge, KithMedia *one, KithMedia *other)
{
  (void)bridge;
  g_assert_true (KITH_FAKE_MEDIA (one)->is_leg && one != other);
  part (KITH_FAKE_MEDIA (one));
  if (other != NULL) {
    g_assert_true (KITH_FAKE_MEDIA (other)->is_leg);
    part (KITH_FAKE_MEDIA (other));
    KITH_FAKE_MEDIA (one)->joined = KITH_FAKE_MEDIA (other);
    KITH_FAKE_MEDIA (other)->joined = KITH_FAKE_MEDIA (one);
  }
}

static KithBridgeManner
fake_get_manner (KithBridge *bridge, KithMedia *leg)
{
  KithFakeMedia *self = KITH_FAKE_MEDIA (leg);

  (void)bridge;
  g_assert_true (self->is_leg);
  return self->joined == NULL                 ? KITH_BRIDGE_APART
         : self->joined->codec == self->codec ? KITH_BRIDGE_RELAYED
                                              : KITH_BRIDGE_TRANSCODED;
}

static void
fake_press (KithBridge *bridge, KithMedia *leg, char key)
{
  gsize n = strlen (KITH_FAKE_MEDIA (leg)->keys);

  if (n + 1 < sizeof KITH_FAKE_MEDIA (leg)->keys) {
    KITH_FAKE_MEDIA (leg)->keys[n] = key;
  }
}

static void
fake_play (KithBridge *bridge, KithMedia *leg, KithTone tone)
{
  KITH_FAKE_MEDIA (leg)->tone = tone;
}

static void
kith_fake_bridge_iface_init (KithBridgeInterface *iface)
{
  iface->create_leg = fake_create_leg;
  iface->join = fake_join;
  iface->get_manner = fake_get_manner;
  iface->play = fake_play;
  iface->press = fake_press;
}

static void
kith_fake_media_maker_iface_init (KithMediaMakerInterface *iface)
{
  iface->get_priority = fake_get_priority;
  iface->check = fake_check;
  iface->create = fake_create;
}

static void
kith_fake_media_maker_class_init (KithFakeMediaMakerClass *klass)
{
  (void)klass;
}

static void
kith_fake_media_maker_init (KithFakeMediaMaker *self)
{
  (void)self;
}

KithMediaMaker *
kith_fake_media_maker_new (void)
{
  return g_object_new (KITH_TYPE_FAKE_MEDIA_MAKER, NULL);
}

void
kith_fake_media_maker_fail_next_remote (KithFakeMediaMaker *maker)
{
  maker->fail_remote = TRUE;
}

void
kith_fake_media_maker_set_auto_flow (KithFakeMediaMaker *maker, gboolean auto_flow)
{
  maker->auto_flow = auto_flow;
}

void
kith_fake_media_maker_fail_next (KithFakeMediaMaker *maker, gboolean at_start)
{
  *(at_start ? &maker->fail_start : &maker->fail_create) = TRUE;
}

void
kith_fake_media_maker_set_devices (KithFakeMediaMaker *maker,
                                   gboolean microphone,
                                   gboolean loudspeaker)
{
  maker->lacks[TRUE] = !microphone;
  maker->lacks[FALSE] = !loudspeaker;
}

gboolean
kith_fake_media_is_listen_only (KithFakeMedia *media)
{
  return media->transport.listen_only;
}

KithFakeMedia *
kith_fake_media_maker_get_last (KithFakeMediaMaker *maker)
{
  return maker->last;
}

guint
kith_fake_media_maker_count_made (KithFakeMediaMaker *maker)
{
  return maker->n_made;
}

guint
kith_fake_media_maker_count_live (KithFakeMediaMaker *maker)
{
  return maker->n_live;
}

KithFakeMediaState
kith_fake_media_get_state (KithFakeMedia *media)
{
  return media->state;
}

gboolean
kith_fake_media_was_started (KithFakeMedia *media)
{
  return media->was_started;
}

const char *
kith_fake_media_get_id (KithFakeMedia *media)
{
  return media->id;
}

gboolean
kith_fake_media_is_muted (KithFakeMedia *media)
{
  return media->muted;
}

gboolean
kith_fake_media_sends (KithFakeMedia *media)
{
  return media->sends;
}

gboolean
kith_fake_media_plays (KithFakeMedia *media)
{
  return media->plays;
}

const guint8 *
kith_fake_media_get_local_key (KithFakeMedia *media)
{
  return media->transport.has_keys ? media->transport.local_key : NULL;
}

const guint8 *
kith_fake_media_get_remote_key (KithFakeMedia *media)
{
  return media->transport.has_keys ? media->transport.remote_key : NULL;
}

void
kith_fake_media_tick (KithFakeMedia *media)
{
  guint8 packet[] = { 0x80, 0x00, 0x00, 0x01, 0, 0, 0, 0xA0, 0, 0, 0, 0, 0x7F };
  KithFakePacket note
      = { .state = media->state, .has_keys = media->transport.has_keys, .muted = media->muted };
  gboolean peer_listens
      = media->remote != NULL && kith_direction_hears (kith_offer_audio (media->remote)->direction);

  if (media->state != KITH_FAKE_MEDIA_STARTED || !peer_listens) {
    return;
  }
  packet[10] = (guint8)(media->ssrc >> 8);
  packet[11] = (guint8)media->ssrc;
  note.taken = media->transport.send == NULL
               || media->transport.send (packet, sizeof packet, media->transport.send_data);
  g_array_append_val (media->packets, note);
}

GArray *
kith_fake_media_get_packets (KithFakeMedia *media)
{
  return media->packets;
}

guint
kith_fake_media_get_received (KithFakeMedia *media)
{
  return media->received;
}

guint
kith_fake_media_get_dropped (KithFakeMedia *media)
{
  return media->dropped;
}

void
kith_fake_media_flow (KithFakeMedia *media)
{
  if (is_open (media) && !media->has_flowed) {
    media->has_flowed = TRUE;
    g_signal_emit_by_name (media, "flowing");
  }
}

void
kith_fake_media_fail (KithFakeMedia *media, const char *why)
{
  if (!media->has_failed) {
    media->has_failed = TRUE;
    g_signal_emit_by_name (media, "failed", why);
  }
}

void
kith_fake_media_tone (KithFakeMedia *media, const char *digit)
{
  g_signal_emit_by_name (media, "tone", digit);
}

const char *
kith_fake_media_get_origin (KithFakeMedia *media)
{
  return media->origin;
}

const KithOffer *
kith_fake_media_get_remote (KithFakeMedia *media)
{
  return media->remote;
}

void
kith_fake_media_add_report (KithFakeMedia *media)
{
  media->reports++;
}

void
kith_fake_media_set_rtt (KithFakeMedia *media, guint rtt_us)
{
  media->rtt_us = rtt_us;
}

void
kith_fake_media_maker_set_priority (KithFakeMediaMaker *maker, KithPriority priority)
{
  maker->priority = priority;
}

guint32
kith_fake_media_renew (KithFakeMedia *media)
{
  media->ssrc = ++last_ssrc;
  g_signal_emit_by_name (media, "redescribed");
  return media->ssrc;
}

gboolean
kith_fake_media_is_leg (KithFakeMedia *media)
{
  return media->is_leg;
}

KithTone
kith_fake_media_get_tone (KithFakeMedia *media)
{
  return media->tone;
}

const char *
kith_fake_media_get_keys (KithFakeMedia *media)
{
  return media->keys;
}

KithFakeMedia *
kith_fake_media_get_joined (KithFakeMedia *media)
{
  return media->joined;
}
