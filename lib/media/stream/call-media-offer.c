/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call's audio offers, and what it takes of the peer's description. */
#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "media/codec/codec-chain.h"
#include "media/stream/call-media-private.h"

#define OPUS_PT 96
#define RED_PT 97
#define TONE_PT 101
#define LINK_PORT 9 /* the discard port: the link carries the packets */

/* What we offer after Opus, best first; their payload types are fixed (RFC 3551). */
static const KithCodecId telephone_codecs[] = { KITH_CODEC_G722, KITH_CODEC_PCMA, KITH_CODEC_PCMU };

static void
add_codec (KithStream *stream, KithCodecId id, guint8 pt)
{
  stream->codecs[stream->n_codecs++] = (KithOfferedCodec){ .id = id, .pt = pt };
}

KithOffer *
kith_call_media_describe (KithCallMedia *self)
{
  KithOffer *offer = kith_offer_new ();
  KithStream *audio = kith_offer_audio (offer);

  audio->host = kith_call_media_is_link (self) ? NULL : g_strdup (self->transport.local_host);
  audio->port
      = kith_call_media_is_link (self) ? LINK_PORT : kith_media_sockets_get_port (self->sockets);
  audio->rtcp_mux = TRUE;
  audio->rtcp_port = kith_call_media_is_link (self) ? LINK_PORT : (guint16)(audio->port + 1);
  audio->profile = kith_call_media_is_link (self) || self->transport.has_keys
                       ? KITH_PROFILE_RTP_SAVP
                       : KITH_PROFILE_RTP_AVP;
  audio->direction = KITH_DIRECTION_SENDRECV;
  audio->ptime = self->parts.frame_ms;
  add_codec (audio, KITH_CODEC_OPUS, OPUS_PT);
  if (kith_call_media_is_link (
          self)) { /* not to other makers' telephones, which have no use for it */
    add_codec (audio, KITH_CODEC_RED, RED_PT);
  }
  for (guint i = 0; i < G_N_ELEMENTS (telephone_codecs); i++) {
    if (kith_codec_chain_supports (telephone_codecs[i])) {
      add_codec (audio,
                 telephone_codecs[i],
                 (guint8)kith_codec_get (telephone_codecs[i])->default_pt);
    }
  }
  add_codec (audio, KITH_CODEC_TELEPHONE_EVENT, TONE_PT);
  audio->ssrc = self->config.ssrc;
  offer->session_id = kith_random_uint64 () >> 1;
  offer->session_version = 1;
  return offer;
}

gboolean
kith_call_media_check_remote (KithCallMedia *self,
                              const KithStream *remote,
                              gboolean we_offered,
                              GError **error)
{
  if (self->stage == KITH_CALL_MEDIA_STOPPED) {
    return kith_call_media_refuse (error, KITH_ERROR_WRONG_STATE, "the call's audio has ended");
  }
  if (kith_call_media_is_link (self) && !self->transport.has_keys) {
    return kith_call_media_refuse (
        error,
        KITH_ERROR_MEDIA,
        "the link gave no SRTP keys; audio is never sent over a link without them");
  }
  if (remote->port == 0 || remote->n_codecs > KITH_OFFER_MAX_CODECS) {
    return kith_call_media_refuse (error,
                                   KITH_ERROR_UNSUPPORTED,
                                   "the peer refused the audio stream");
  }
  gboolean fits = self->transport.has_keys ? remote->profile == KITH_PROFILE_RTP_SAVP
                                           : remote->profile == KITH_PROFILE_RTP_AVP
                                                 || remote->profile == KITH_PROFILE_RTP_AVPF;
  if (!fits) {
    return kith_call_media_refuse (
        error,
        KITH_ERROR_UNSUPPORTED,
        "the peer's media profile does not fit to this call's protection");
  }
  if (kith_call_media_is_link (self) && we_offered && remote->ssrc == self->own_ssrc) {
    return kith_call_media_refuse (error,
                                   KITH_ERROR_UNSUPPORTED,
                                   "the peer answered with the SSRC that we had offered");
  }
  if (!kith_call_media_is_link (self) && remote->host == NULL && remote->host_name == NULL
      && kith_direction_hears (remote->direction)) {
    return kith_call_media_refuse (error, KITH_ERROR_UNSUPPORTED, "the peer gave no media address");
  }
  return TRUE;
}

static guint
choose_frame (KithCallMedia *self, const KithCodec *codec, const KithStream *remote)
{
  guint wanted = codec->id == KITH_CODEC_OPUS ? self->parts.frame_ms
                                              : CLAMP (remote->ptime, 10, 60) / 10 * 10;

  if (remote->maxptime >= 10 && wanted > remote->maxptime) {
    wanted = remote->maxptime / 10 * 10;
  }
  return codec->id == KITH_CODEC_OPUS && wanted > 20 ? 20 : wanted;
}

static void
map_codecs (KithGraphConfig *config, const KithStream *stream)
{
  for (guint i = 0; i < stream->n_codecs; i++) {
    KithCodecId id = stream->codecs[i].id;
    if (stream->codecs[i].pt < 128
        && (!kith_codec_is_voice (id) || kith_codec_chain_supports (id))) {
      config->pt_map[stream->codecs[i].pt] = (gint8)id;
    }
  }
}

/* Fills what the peer decides: codec, payload types, frame. FALSE when nothing is in common. */
gboolean
kith_call_media_choose_codec (KithCallMedia *self,
                              const KithStream *remote,
                              gboolean we_offered,
                              KithGraphConfig *config)
{
  config->codec = NULL;
  for (guint i = 0; i < remote->n_codecs && config->codec == NULL; i++) {
    if (remote->codecs[i].pt < 128 && kith_codec_chain_supports (remote->codecs[i].id)) {
      config->codec = kith_codec_get (remote->codecs[i].id);
      config->send_pt = remote->codecs[i].pt;
    }
  }
  if (config->codec == NULL) {
    return FALSE;
  }
  config->red_pt = -1;
  for (guint i = 0; i < remote->n_codecs && config->codec->id == KITH_CODEC_OPUS; i++) {
    if (remote->codecs[i].id == KITH_CODEC_RED && remote->codecs[i].pt < 128
        && kith_call_media_is_link (self)) {
      config->red_pt = remote->codecs[i].pt;
    }
  }
  memset (config->pt_map, KITH_GRAPH_NO_CODEC, sizeof config->pt_map);
  map_codecs (config, remote);
  if (we_offered && self->local != NULL) {
    /* RFC 3264 section 6.1: the peer sends what we offered */
    map_codecs (config, kith_offer_audio (self->local));
  }
  config->frame_ms = choose_frame (self, config->codec, remote);
  return TRUE;
}
