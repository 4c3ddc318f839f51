/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a leg on the main thread: offered, agreed, listened to, started, stopped. */
#include "media/relay/relay-leg.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#define BOX_CAPACITY 64

typedef enum { MADE, PREPARED, LISTENING, STARTED, STOPPED } Stage;

struct _KithRelayLeg {
  GObject parent_instance;
  gchar *id;
  KithRelayLegParts parts;
  KithRelayLine *line;
  KithMailbox *box;
  gchar *local_host; /* of its own sockets; NULL: over a link */
  gchar *origin;     /* where the signalling comes from, or NULL */
  guint16 sip_port;
  KithMediaSockets *sockets;
  KithOffer *local; /* what we can do; or NULL */
  KithMediaTerms terms;
  guint32 ssrc;
  gboolean has_keys;
  gboolean may_send; /* the peer wants to hear us (direction) */
  gboolean flowing;
  Stage stage;
  gint64 first_received_us;
};

static void media_init (KithMediaInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithRelayLeg,
                               kith_relay_leg,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_MEDIA, media_init))

static gboolean
refuse (GError **error, KithError code, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, code, why);
  return FALSE;
}

static KithMediaEnd
end_of (const KithRelayLeg *self)
{
  return (KithMediaEnd){ .host = self->local_host,
                         .port
                         = self->sockets != NULL ? kith_media_sockets_get_port (self->sockets) : 0,
                         .has_keys = self->has_keys,
                         .frame_ms = self->parts.frame_ms,
                         .ssrc = self->ssrc };
}

/* After every change of stage or direction. */
static void
set_flow (KithRelayLeg *self)
{
  gboolean started = self->stage == STARTED;

  kith_relay_line_set_flow (self->line,
                            started || self->stage == LISTENING,
                            started,
                            started && self->may_send);
}

static void
close_down (KithRelayLeg *self)
{
  if (self->stage != STOPPED) {
    self->stage = STOPPED;
    kith_relay_line_close (self->line);
    g_clear_pointer (&self->sockets, kith_media_sockets_free);
    g_clear_pointer (&self->box, kith_mailbox_free);
  }
}

/* What the line tells; a handler may drop the last reference, and stop the leg. */
static void
on_news (gpointer message, gpointer user_data)
{
  g_autoptr (KithRelayLeg) self = g_object_ref (user_data);
  g_autofree KithRelayNews *news = message;
  char digit[] = { news->digit, '\0' };

  if (self->stage != LISTENING && self->stage != STARTED) {
    return;
  }
  if (news->digit != 0) {
    g_signal_emit_by_name (self, "tone", digit);
  } else if (!self->flowing) {
    self->flowing = TRUE;
    self->first_received_us = kith_clock_wall (kith_clock_get_default ());
    g_signal_emit_by_name (self, "flowing");
  }
}

static gboolean
open_sockets (KithRelayLeg *self, GError **error)
{
  if (self->local_host == NULL || self->sockets != NULL) {
    return TRUE;
  }
  self->sockets = kith_media_sockets_new (self->local_host,
                                          self->parts.dscp,
                                          kith_relay_line_on_socket,
                                          self->line,
                                          (GDestroyNotify)kith_relay_line_unref,
                                          error);
  if (self->sockets == NULL) {
    return FALSE;
  }
  (void)kith_relay_line_ref (self->line); /* the sockets' */
  kith_relay_line_set_sockets (self->line, self->sockets);
  return TRUE;
}

static KithOffer *
relay_leg_get_local (KithMedia *media, GError **error)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);

  if (self->stage == STOPPED) {
    refuse (error, KITH_ERROR_WRONG_STATE, "the call's audio has ended");
    return NULL;
  }
  if (!open_sockets (self, error)) {
    return NULL;
  }
  if (self->local == NULL) {
    KithMediaEnd end = end_of (self);
    self->local = kith_media_end_describe (&end);
  }
  return kith_offer_copy (self->local);
}

static gboolean
point_sockets (KithRelayLeg *self, const KithStream *remote, GError **error)
{
  guint16 rtcp_port = remote->rtcp_port != 0 ? remote->rtcp_port : (guint16)(remote->port + 1);

  if (self->local_host == NULL) {
    return TRUE;
  }
  if (!open_sockets (self, error)) {
    return FALSE;
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
relay_leg_set_remote (KithMedia *media,
                      const KithOffer *described,
                      gboolean we_offered,
                      GError **error)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);
  const KithStream *remote = kith_offer_audio (described);
  const KithStream *local
      = we_offered && self->local != NULL ? kith_offer_audio (self->local) : NULL;
  KithMediaEnd end = end_of (self);
  KithMediaTerms terms;

  if (self->stage == STOPPED) {
    return refuse (error, KITH_ERROR_WRONG_STATE, "the call's audio has ended");
  }
  if (remote == NULL) {
    return refuse (error, KITH_ERROR_UNSUPPORTED, "the peer describes no audio stream");
  }
  if (!kith_media_end_check (&end, remote, we_offered, error)) {
    return FALSE;
  }
  if (!kith_media_end_agree (&end, remote, local, &terms)) {
    return refuse (error,
                   KITH_ERROR_UNSUPPORTED,
                   "the peer speaks no codec that we know (Opus, G.722, PCMA, PCMU)");
  }
  if (!point_sockets (self, remote, error)) {
    return FALSE;
  }
  self->terms = terms;
  self->may_send = kith_direction_hears (remote->direction);
  kith_relay_line_set_terms (self->line,
                             &terms,
                             remote,
                             self->local_host == NULL ? remote->ssrc : 0);
  self->stage = self->stage == MADE ? PREPARED : self->stage;
  set_flow (self);
  kith_debug (self->id,
              "audio agreed: %s, payload type %u, %u ms",
              terms.codec->name,
              terms.send_pt,
              terms.frame_ms);
  return TRUE;
}

static void
relay_leg_expect (KithMedia *media)
{
  (void)media; /* there is nothing to be built ahead */
}

static void
relay_leg_set_keys (KithMedia *media, const guint8 *local_key, const guint8 *remote_key)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);

  self->has_keys = kith_relay_line_set_keys (self->line, local_key, remote_key);
  if (!self->has_keys) {
    kith_warning (self->id, "SRTP cannot be had: the leg is refused");
  }
}

static void
relay_leg_set_origin (KithMedia *media, const char *host, guint16 sip_port)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);

  g_free (self->origin);
  self->origin = g_strdup (host);
  self->sip_port = sip_port;
}

static gboolean
check_prepared (const KithRelayLeg *self, GError **error)
{
  return self->stage == PREPARED || self->stage == LISTENING
         || refuse (error,
                    KITH_ERROR_WRONG_STATE,
                    self->stage == STOPPED ? "the call's audio has ended"
                                           : "the peer's description is not known yet");
}

static void
enter (KithRelayLeg *self, Stage stage)
{
  self->stage = stage;
  self->flowing = FALSE;
  set_flow (self);
  kith_relay_line_flow_again (self->line);
  if (self->sockets != NULL) {
    kith_media_sockets_listen (self->sockets);
  }
}

static gboolean
relay_leg_listen (KithMedia *media, GError **error)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);

  if (self->stage == STARTED || self->stage == LISTENING) {
    return TRUE;
  }
  if (!check_prepared (self, error)) {
    return FALSE;
  }
  enter (self, LISTENING);
  return TRUE;
}

static gboolean
relay_leg_start (KithMedia *media, GError **error)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);

  if (self->stage == STARTED) {
    return TRUE;
  }
  if (!check_prepared (self, error)) {
    return FALSE;
  }
  enter (self, STARTED);
  return TRUE;
}

static gboolean
relay_leg_receive (KithMedia *media, const guint8 *data, gsize len)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);

  /* Any thread: these two do not change. */
  return self->local_host == NULL && kith_relay_line_receive (self->line, data, len);
}

static void
relay_leg_set_muted (KithMedia *media, gboolean muted)
{
  (void)media;
  (void)muted; /* it has no microphone */
}

static void
relay_leg_set_flow (KithMedia *media, gboolean send, gboolean play)
{
  (void)media;
  (void)send; /* it has no device that another call might want */
  (void)play;
}

static void
relay_leg_get_stats (KithMedia *media, KithMediaStats *stats)
{
  KithRelayLeg *self = KITH_RELAY_LEG (media);

  memset (stats, 0, sizeof *stats);
  stats->mos = 1.0;
  stats->level_in_db = stats->level_out_db = -100;
  stats->first_received_us = self->first_received_us;
  kith_relay_line_get_stats (self->line, stats);
}

static const KithCodec *
relay_leg_get_codec (KithMedia *media)
{
  return KITH_RELAY_LEG (media)->terms.codec;
}

static void
relay_leg_stop (KithMedia *media)
{
  close_down (KITH_RELAY_LEG (media));
}

static void
media_init (KithMediaInterface *iface)
{
  iface->get_local = relay_leg_get_local;
  iface->set_remote = relay_leg_set_remote;
  iface->expect = relay_leg_expect;
  iface->set_keys = relay_leg_set_keys;
  iface->start = relay_leg_start;
  iface->listen = relay_leg_listen;
  iface->receive = relay_leg_receive;
  iface->set_muted = relay_leg_set_muted;
  iface->set_flow = relay_leg_set_flow;
  iface->get_stats = relay_leg_get_stats;
  iface->get_codec = relay_leg_get_codec;
  iface->stop = relay_leg_stop;
  iface->set_origin = relay_leg_set_origin;
}

static void
kith_relay_leg_dispose (GObject *object)
{
  close_down (KITH_RELAY_LEG (object));
  G_OBJECT_CLASS (kith_relay_leg_parent_class)->dispose (object);
}

static void
kith_relay_leg_finalize (GObject *object)
{
  KithRelayLeg *self = KITH_RELAY_LEG (object);

  kith_ssrc_book_give_back (self->parts.ssrcs, self->ssrc);
  kith_relay_line_unref (self->line);
  g_clear_pointer (&self->local, kith_offer_free);
  g_free (self->local_host);
  g_free (self->origin);
  g_free (self->id);
  g_object_unref (self->parts.owner);
  G_OBJECT_CLASS (kith_relay_leg_parent_class)->finalize (object);
}

static void
kith_relay_leg_class_init (KithRelayLegClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_relay_leg_dispose;
  G_OBJECT_CLASS (klass)->finalize = kith_relay_leg_finalize;
}

static void
kith_relay_leg_init (KithRelayLeg *self)
{
  (void)self;
}

KithRelayLine *
kith_relay_leg_get_line (KithRelayLeg *leg)
{
  return leg->line;
}

KithMedia *
kith_relay_leg_new (const KithRelayLegParts *parts,
                    const KithMediaTransport *transport,
                    const char *id,
                    GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  if (transport->send == NULL && transport->local_host == NULL) {
    refuse (error,
            KITH_ERROR_MEDIA,
            "the audio has neither a link nor a local address to send from");
    return NULL;
  }
  KithRelayLeg *self = g_object_new (KITH_TYPE_RELAY_LEG, NULL);
  self->id = g_strdup (id);
  self->parts = *parts;
  g_object_ref (parts->owner);
  self->local_host = transport->send == NULL ? g_strdup (transport->local_host) : NULL;
  self->ssrc = kith_ssrc_book_take (parts->ssrcs, 0);
  self->line = kith_relay_line_new (transport->send, transport->send_data, self->ssrc);
  self->box = kith_mailbox_new (context, BOX_CAPACITY, on_news, g_free, self);
  kith_relay_line_set_box (self->line, self->box);
  if (transport->has_keys) {
    relay_leg_set_keys (KITH_MEDIA (self), transport->local_key, transport->remote_key);
  }
  return KITH_MEDIA (self);
}
