/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a call's audio; its packets are the wire's. */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "media/rtp/srtp-keep.h"
#include "media/stream/call-media-private.h"

#define REPORT_MS 1000
#define SETTLING 2 /* reports after a hold */
#define BUILD_MS 1
#define MAX_REPAIRS 5

static void media_init (KithMediaInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithCallMedia,
                               kith_call_media,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_MEDIA, media_init))

gboolean
kith_call_media_is_link (KithCallMedia *self)
{
  return self->transport.send != NULL;
}

gboolean
kith_call_media_refuse (GError **error, KithError code, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, code, why);
  return FALSE;
}

/* After every change of stage, gate or direction: the wire lets through what is due. */
static void
set_flow (KithCallMedia *self)
{
  gboolean started = self->gate_open && self->stage == KITH_CALL_MEDIA_STARTED;
  KithCallWireFlow flow
      = { .hears = self->gate_open, .speaks = started, .sounds = started && self->may_send };

  kith_call_wire_set_flow (self->wire, &flow);
}

static void
drop_graph (KithCallMedia *self)
{
  if (self->graph != NULL) {
    kith_call_wire_set_graph (self->wire, NULL);
    kith_call_media_collect_counts (self);
    kith_graph_free (g_steal_pointer (&self->graph));
  }
}

static void
close_down (KithCallMedia *self)
{
  self->gate_open = FALSE;
  self->stage = KITH_CALL_MEDIA_STOPPED;
  set_flow (self);
  kith_call_wire_set_sockets (self->wire, NULL);
  kith_clock_cancel (kith_clock_get_default (), &self->timer);
  kith_clock_cancel (kith_clock_get_default (), &self->builder);
  drop_graph (self);
  kith_audio_inlet_close (&self->inlet);
  kith_audio_outlet_close (&self->outlet);
  g_clear_pointer (&self->sockets, kith_media_sockets_free);
}

static void
fail (KithCallMedia *self, const char *why)
{
  if (self->failed || self->stage == KITH_CALL_MEDIA_STOPPED) {
    return;
  }
  g_autofree gchar *text = g_strdup (why); /* it may live in what is closed down */
  self->failed = TRUE;
  kith_warning (self->id, "audio failed: %s", text);
  close_down (self);
  g_signal_emit_by_name (self, "failed", text);
}

static void
on_device_failed (const char *why, gpointer user_data)
{
  g_autoptr (KithCallMedia) self = g_object_ref (user_data); /* as on_graph_event() */

  fail (self, why);
}

static gboolean make_graph (KithCallMedia *self, GError **error);

/* A new graph in place of one whose receiving half stopped. */
static void
repair (KithCallMedia *self, const char *why)
{
  g_autoptr (GError) error = NULL;

  if (++self->repairs > MAX_REPAIRS) {
    fail (self, why);
    return;
  }
  kith_info (self->id, "audio is set up anew: %s", why);
  if (!make_graph (self, &error)) {
    fail (self, error->message);
    return;
  }
  g_signal_emit_by_name (self, "redescribed");
}

static void
on_graph_event (const KithGraphEvent *event, gpointer user_data)
{
  /* a handler may drop the last reference */
  g_autoptr (KithCallMedia) self = g_object_ref (user_data);
  char digit[] = { event->digit, '\0' };

  switch (event->kind) {
  case KITH_GRAPH_FLOWING:
    if (!self->flowing && self->gate_open) {
      self->flowing = TRUE;
      self->counts.stats.first_received_us = kith_clock_wall (kith_clock_get_default ());
      g_signal_emit_by_name (self, "flowing");
    }
    break;
  case KITH_GRAPH_TONE:
    g_signal_emit_by_name (self, "tone", digit);
    break;
  case KITH_GRAPH_BROKEN:
    repair (self, event->text);
    break;
  case KITH_GRAPH_FAILED:
    fail (self, event->text);
    break;
  }
}

/* SRTP must never see one SSRC begin twice under one key: each graph has its own. It is none of the
   peer's either (RFC 3550 section 8.2). */
static void
choose_ssrc (KithCallMedia *self)
{
  KithSsrcBook *book = self->parts.ssrcs;
  guint32 old = self->own_ssrc;

  self->own_ssrc = kith_ssrc_book_take (book, self->announced_ssrc);
  kith_ssrc_book_give_back (book, old);
  self->config.ssrc = self->own_ssrc;
  if (self->local != NULL) {
    kith_offer_audio (self->local)->ssrc = self->own_ssrc;
  }
}

/* After every change of what the peer may send. */
static void
set_peer (KithCallMedia *self)
{
  kith_call_wire_set_peer (self->wire,
                           self->config.pt_map,
                           self->own_ssrc,
                           self->announced_ssrc,
                           self->transport.has_keys);
}

/* Builds the graph of self->config, in place of an earlier one. */
static gboolean
make_graph (KithCallMedia *self, GError **error)
{
  gboolean again = self->graph != NULL;

  kith_clock_cancel (kith_clock_get_default (), &self->builder);
  if (again) {
    drop_graph (self);
    choose_ssrc (self);
  }
  self->config.has_keys = self->transport.has_keys;
  self->config.local_key = self->transport.local_key;
  self->config.remote_key = self->transport.remote_key;
  self->config.buffer_ms
      = again ? MAX (self->counts.seen.playout.target_ms, 1) : self->parts.buffer_ms;
  self->config.send = kith_call_wire_send;
  self->config.send_data = self->wire;
  self->config.inlet = &self->inlet;
  self->config.outlet = &self->outlet;
  memset (&self->counts.seen, 0, sizeof self->counts.seen);
  memset (&self->counts.loss, 0, sizeof self->counts.loss);
  self->counts.fec_percent = self->counts.fec_copies = 0;
  self->graph = kith_graph_new (&self->config, on_graph_event, self, error);
  if (self->graph == NULL) {
    return FALSE;
  }
  set_peer (self);
  kith_call_wire_set_graph (self->wire, self->graph);
  return TRUE;
}

static gboolean
need_graph (KithCallMedia *self, GError **error)
{
  return self->graph != NULL || make_graph (self, error);
}

static gboolean
on_build (gpointer user_data)
{
  KithCallMedia *self = user_data;
  g_autoptr (GError) error = NULL;

  self->builder = 0;
  if (!need_graph (self, &error)) {
    fail (self, error->message);
  }
  return G_SOURCE_REMOVE;
}

/* Building takes some milliseconds: what is said to the peer goes first. One that was built for
   another answer is of no use, and nothing of it got out. */
static void
build_soon (KithCallMedia *self)
{
  drop_graph (self);
  if (self->builder == 0) {
    self->builder = kith_clock_add (kith_clock_get_default (), BUILD_MS, on_build, self);
  }
}

static gboolean
on_tick (gpointer user_data)
{
  KithCallMedia *self = user_data;

  if (self->graph != NULL) {
    kith_call_media_read_reports (self);
  }
  return G_SOURCE_CONTINUE;
}

static KithOffer *
call_media_get_local (KithMedia *media, GError **error)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  if (self->stage == KITH_CALL_MEDIA_STOPPED) {
    kith_call_media_refuse (error, KITH_ERROR_WRONG_STATE, "the call's audio has ended");
    return NULL;
  }
  if (self->local == NULL) {
    if (!kith_call_media_is_link (self) && self->sockets == NULL) {
      self->sockets = kith_media_sockets_new (self->transport.local_host,
                                              self->parts.dscp,
                                              kith_call_wire_on_socket,
                                              self->wire,
                                              (GDestroyNotify)kith_call_wire_unref,
                                              error);
      if (self->sockets == NULL) {
        return NULL;
      }
      (void)kith_call_wire_ref (self->wire); /* the sockets' */
      kith_call_wire_set_sockets (self->wire, self->sockets);
    }
    self->local = kith_call_media_describe (self);
  }
  return kith_offer_copy (self->local);
}

static gboolean
is_same_graph (const KithGraphConfig *a, const KithGraphConfig *b)
{
  return a->codec == b->codec && a->send_pt == b->send_pt && a->red_pt == b->red_pt
         && a->frame_ms == b->frame_ms && memcmp (a->pt_map, b->pt_map, sizeof a->pt_map) == 0;
}

static gboolean
point_sockets (KithCallMedia *self, const KithStream *remote, GError **error)
{
  guint16 rtcp_port = remote->rtcp_port != 0 ? remote->rtcp_port : (guint16)(remote->port + 1);

  if (kith_call_media_is_link (self)) {
    return TRUE;
  }
  if (self->sockets == NULL) {
    g_autoptr (KithOffer) local = call_media_get_local (KITH_MEDIA (self), error);
    if (local == NULL) {
      return FALSE;
    }
  }
  kith_media_sockets_set_origin (self->sockets, self->origin, self->sip_port);
  return kith_media_sockets_set_remote (self->sockets,
                                        remote->host,
                                        remote->port,
                                        rtcp_port,
                                        remote->rtcp_mux,
                                        error);
}

static gboolean
call_media_set_remote (KithMedia *media,
                       const KithOffer *described,
                       gboolean we_offered,
                       GError **error)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);
  const KithStream *remote = kith_offer_audio (described);
  KithGraphConfig config = self->config;

  if (remote == NULL) {
    return kith_call_media_refuse (error,
                                   KITH_ERROR_UNSUPPORTED,
                                   "the peer describes no audio stream");
  }
  if (!kith_call_media_check_remote (self, remote, we_offered, error)) {
    return FALSE;
  }
  if (!kith_call_media_choose_codec (self, remote, we_offered, &config)) {
    return kith_call_media_refuse (
        error,
        KITH_ERROR_UNSUPPORTED,
        "the peer speaks no codec that we know (Opus, G.722, PCMA, PCMU)");
  }
  if (!point_sockets (self, remote, error)) {
    return FALSE;
  }
  self->may_send = kith_direction_hears (remote->direction);
  gboolean expects = remote->direction == KITH_DIRECTION_SENDRECV;
  self->counts.settling
      = self->graph != NULL && expects && !self->expects ? SETTLING : self->counts.settling;
  self->expects = expects;
  /* gateways announce SSRCs that they do not use */
  self->announced_ssrc = kith_call_media_is_link (self) ? remote->ssrc : 0;
  gboolean collides = self->announced_ssrc == self->own_ssrc;
  set_flow (self);
  gboolean is_there = self->graph != NULL && is_same_graph (&config, &self->config) && !collides;
  if (is_there) {
    set_peer (self);
  } else {
    self->config = config;
  }
  if (collides && (self->graph == NULL || self->stage == KITH_CALL_MEDIA_MADE)) {
    choose_ssrc (self); /* a new graph in place of one that was used has a new one anyway */
  }
  if (self->stage != KITH_CALL_MEDIA_MADE) {
    return is_there || make_graph (self, error);
  }
  if (!is_there) {
    build_soon (self);
  }
  self->stage = KITH_CALL_MEDIA_PREPARED;
  kith_debug (self->id,
              "audio prepared: %s, payload type %u, %u ms",
              config.codec->name,
              config.send_pt,
              config.frame_ms);
  return TRUE;
}

/* Most peers answer with what we like best ourselves. */
static void
call_media_expect (KithMedia *media)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);
  KithGraphConfig config = self->config;
  g_autoptr (GError) error = NULL;

  if (self->stage != KITH_CALL_MEDIA_MADE || self->graph != NULL || self->local == NULL
      || !kith_call_media_is_link (self) || !self->transport.has_keys
      || !kith_call_media_choose_codec (self, kith_offer_audio (self->local), TRUE, &config)) {
    return;
  }
  self->config = config;
  if (!make_graph (self, &error)) {
    kith_debug (self->id, "audio was not built ahead: %s", error->message);
  }
}

static void
call_media_set_keys (KithMedia *media, const guint8 *local_key, const guint8 *remote_key)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  if (self->stage == KITH_CALL_MEDIA_MADE) {
    drop_graph (self);
  }
  kith_srtp_keep ();
  memcpy (self->transport.local_key, local_key, KITH_SRTP_KEY_LEN);
  memcpy (self->transport.remote_key, remote_key, KITH_SRTP_KEY_LEN);
  self->transport.has_keys = TRUE;
  set_peer (self);
}

static void
call_media_set_origin (KithMedia *media, const char *host, guint16 sip_port)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  g_free (self->origin);
  self->origin = g_strdup (host);
  self->sip_port = sip_port;
}

static gboolean
check_prepared (KithCallMedia *self, GError **error)
{
  gboolean ready
      = self->stage == KITH_CALL_MEDIA_PREPARED || self->stage == KITH_CALL_MEDIA_LISTENING;

  return ready
         || kith_call_media_refuse (error,
                                    KITH_ERROR_WRONG_STATE,
                                    self->stage == KITH_CALL_MEDIA_STOPPED
                                        ? "the call's audio has ended"
                                        : "the peer's description is not known yet");
}

/* From PREPARED to @stage: what the peer sends is heard, and recorded, from now on. */
static gboolean
open_ear (KithCallMedia *self, KithCallMediaStage stage, GError **error)
{
  if (!need_graph (self, error) || !kith_loudspeaker_check (self->parts.loudspeaker, error)
      || !kith_audio_outlet_open (&self->outlet, self->id, error)) {
    return FALSE;
  }
  self->stage = stage;
  self->gate_open = TRUE;
  set_flow (self);
  if (stage == KITH_CALL_MEDIA_STARTED && !kith_audio_inlet_open (&self->inlet, error)) {
    self->gate_open = FALSE;
    self->stage = KITH_CALL_MEDIA_PREPARED;
    set_flow (self);
    kith_audio_outlet_close (&self->outlet);
    return FALSE;
  }
  if (self->sockets != NULL) {
    kith_media_sockets_listen (self->sockets);
  }
  self->timer = kith_clock_add (kith_clock_get_default (), REPORT_MS, on_tick, self);
  return TRUE;
}

static gboolean
call_media_listen (KithMedia *media, GError **error)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  return self->stage == KITH_CALL_MEDIA_STARTED
         || (check_prepared (self, error)
             && (self->stage == KITH_CALL_MEDIA_LISTENING
                 || open_ear (self, KITH_CALL_MEDIA_LISTENING, error)));
}

static gboolean
call_media_start (KithMedia *media, GError **error)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  if (self->stage == KITH_CALL_MEDIA_STARTED) {
    return TRUE;
  }
  if (!check_prepared (self, error) || !kith_microphone_check (self->parts.microphone, error)) {
    return FALSE;
  }
  if (self->stage == KITH_CALL_MEDIA_PREPARED) {
    return open_ear (self, KITH_CALL_MEDIA_STARTED, error);
  }
  self->stage = KITH_CALL_MEDIA_STARTED;
  set_flow (self);
  self->flowing = FALSE; /* who answers has to be heard, too */
  kith_graph_flow_again (self->graph);
  return kith_audio_inlet_open (&self->inlet, error);
}

static gboolean
call_media_receive (KithMedia *media, const guint8 *data, gsize len)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  /* Any thread: these two do not change. */
  return kith_call_media_is_link (self) && kith_call_wire_receive (self->wire, data, len);
}

static void
call_media_set_muted (KithMedia *media, gboolean muted)
{
  atomic_store (&KITH_CALL_MEDIA (media)->inlet.meter.muted, muted);
}

static void
call_media_set_flow (KithMedia *media, gboolean send, gboolean play)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  kith_audio_inlet_set_front (&self->inlet, send);
  kith_audio_outlet_set_front (&self->outlet, play);
}

static const KithCodec *
call_media_get_codec (KithMedia *media)
{
  KithCallMedia *self = KITH_CALL_MEDIA (media);

  return self->stage != KITH_CALL_MEDIA_MADE ? self->config.codec : NULL;
}

static void
call_media_stop (KithMedia *media)
{
  close_down (KITH_CALL_MEDIA (media));
}

static void
media_init (KithMediaInterface *iface)
{
  iface->get_local = call_media_get_local;
  iface->set_remote = call_media_set_remote;
  iface->expect = call_media_expect;
  iface->set_keys = call_media_set_keys;
  iface->start = call_media_start;
  iface->listen = call_media_listen;
  iface->receive = call_media_receive;
  iface->set_muted = call_media_set_muted;
  iface->set_flow = call_media_set_flow;
  iface->get_stats = kith_call_media_get_stats;
  iface->get_codec = call_media_get_codec;
  iface->stop = call_media_stop;
  iface->set_origin = call_media_set_origin;
}

static void
kith_call_media_dispose (GObject *object)
{
  close_down (KITH_CALL_MEDIA (object));
  G_OBJECT_CLASS (kith_call_media_parent_class)->dispose (object);
}

static void
kith_call_media_finalize (GObject *object)
{
  KithCallMedia *self = KITH_CALL_MEDIA (object);

  explicit_bzero (self->transport.local_key, KITH_SRTP_KEY_LEN);
  explicit_bzero (self->transport.remote_key, KITH_SRTP_KEY_LEN);
  g_free ((gchar *)self->transport.local_host);
  g_free (self->origin);
  kith_ssrc_book_give_back (self->parts.ssrcs, self->own_ssrc);
  g_clear_pointer (&self->local, kith_offer_free);
  kith_call_wire_unref (self->wire);
  g_object_unref (self->parts.owner);
  g_free (self->id);
  G_OBJECT_CLASS (kith_call_media_parent_class)->finalize (object);
}

static void
kith_call_media_class_init (KithCallMediaClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_call_media_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_call_media_finalize;
}

static void
kith_call_media_init (KithCallMedia *self)
{
  memset (self->config.pt_map, KITH_GRAPH_NO_CODEC, sizeof self->config.pt_map);
}

KithMedia *
kith_call_media_new (const KithCallMediaParts *parts,
                     const KithMediaTransport *transport,
                     const char *id,
                     GError **error)
{
  if (transport->send == NULL && transport->local_host == NULL) {
    kith_call_media_refuse (error,
                            KITH_ERROR_MEDIA,
                            "the audio has neither a link nor a local address to send from");
    return NULL;
  }
  KithCallMedia *self = g_object_new (KITH_TYPE_CALL_MEDIA, NULL);
  self->id = g_strdup (id);
  self->transport = *transport;
  self->transport.local_host = g_strdup (transport->local_host);
  self->parts = *parts;
  g_object_ref (parts->owner);
  self->wire = kith_call_wire_new (transport->send, transport->send_data);
  kith_audio_inlet_init (&self->inlet, parts->microphone, on_device_failed, self);
  kith_audio_outlet_init (&self->outlet, parts->loudspeaker, on_device_failed, self);
  choose_ssrc (self);
  return KITH_MEDIA (self);
}
