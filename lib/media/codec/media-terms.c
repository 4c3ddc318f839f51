/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RFC 3264 for one audio stream: offered, checked, agreed. */
#include "media/codec/media-terms.h"

#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "media/codec/codec-chain.h"

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
kith_media_end_describe (const KithMediaEnd *end)
{
  KithOffer *offer = kith_offer_new ();
  KithStream *audio = kith_offer_audio (offer);
  gboolean is_link = end->host == NULL;

  audio->host = g_strdup (end->host);
  audio->port = is_link ? LINK_PORT : end->port;
  audio->rtcp_mux = TRUE;
  audio->rtcp_port = is_link ? LINK_PORT : (guint16)(audio->port + 1);
  audio->profile = is_link || end->has_keys ? KITH_PROFILE_RTP_SAVP : KITH_PROFILE_RTP_AVP;
  audio->direction = KITH_DIRECTION_SENDRECV;
  audio->ptime = end->frame_ms;
  add_codec (audio, KITH_CODEC_OPUS, OPUS_PT);
  if (end->has_red) { /* other makers' telephones have no use for it */
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
  audio->ssrc = end->ssrc;
  offer->session_id = kith_random_uint64 () >> 1;
  offer->session_version = 1;
  return offer;
}

static gboolean
refuse (GError **error, KithError code, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, code, why);
  return FALSE;
}

gboolean
kith_media_end_check (const KithMediaEnd *end,
                      const KithStream *remote,
                      gboolean we_offered,
                      GError **error)
{
  gboolean is_link = end->host == NULL;

  if (is_link && !end->has_keys) {
    return refuse (error,
                   KITH_ERROR_MEDIA,
                   "the link gave no SRTP keys; audio is never sent over a link without them");
  }
  if (remote->port == 0 || remote->n_codecs > KITH_OFFER_MAX_CODECS) {
    return refuse (error, KITH_ERROR_UNSUPPORTED, "the peer refused the audio stream");
  }
  gboolean fits = end->has_keys ? remote->profile == KITH_PROFILE_RTP_SAVP
                                : remote->profile == KITH_PROFILE_RTP_AVP
                                      || remote->profile == KITH_PROFILE_RTP_AVPF;
  if (!fits) {
    return refuse (error,
                   KITH_ERROR_UNSUPPORTED,
                   "the peer's media profile does not fit to this call's protection");
  }
  if (is_link && we_offered && remote->ssrc == end->ssrc) {
    return refuse (error,
                   KITH_ERROR_UNSUPPORTED,
                   "the peer answered with the SSRC that we had offered");
  }
  if (!is_link && remote->host == NULL && remote->host_name == NULL
      && kith_direction_hears (remote->direction)) {
    return refuse (error, KITH_ERROR_UNSUPPORTED, "the peer gave no media address");
  }
  return TRUE;
}

static guint
choose_frame (const KithMediaEnd *end, const KithCodec *codec, const KithStream *remote)
{
  guint wanted
      = codec->id == KITH_CODEC_OPUS ? end->frame_ms : CLAMP (remote->ptime, 10, 60) / 10 * 10;

  if (remote->maxptime >= 10 && wanted > remote->maxptime) {
    wanted = remote->maxptime / 10 * 10;
  }
  return codec->id == KITH_CODEC_OPUS && wanted > 20 ? 20 : wanted;
}

static void
map_codecs (KithMediaTerms *terms, const KithStream *stream)
{
  for (guint i = 0; i < stream->n_codecs; i++) {
    KithCodecId id = stream->codecs[i].id;
    if (stream->codecs[i].pt < 128
        && (!kith_codec_is_voice (id) || kith_codec_chain_supports (id))) {
      terms->pt_map[stream->codecs[i].pt] = (gint8)id;
    }
  }
}

gboolean
kith_media_end_agree (const KithMediaEnd *end,
                      const KithStream *remote,
                      const KithStream *local,
                      KithMediaTerms *terms)
{
  terms->codec = NULL;
  for (guint i = 0; i < remote->n_codecs && terms->codec == NULL; i++) {
    if (remote->codecs[i].pt < 128 && kith_codec_chain_supports (remote->codecs[i].id)) {
      terms->codec = kith_codec_get (remote->codecs[i].id);
      terms->send_pt = remote->codecs[i].pt;
    }
  }
  if (terms->codec == NULL) {
    return FALSE;
  }
  terms->red_pt = -1;
  for (guint i = 0; i < remote->n_codecs && terms->codec->id == KITH_CODEC_OPUS; i++) {
    if (remote->codecs[i].id == KITH_CODEC_RED && remote->codecs[i].pt < 128 && end->has_red) {
      terms->red_pt = remote->codecs[i].pt;
    }
  }
  memset (terms->pt_map, KITH_MEDIA_NO_CODEC, sizeof terms->pt_map);
  map_codecs (terms, remote);
  if (local != NULL) {
    map_codecs (terms, local); /* RFC 3264 section 6.1: the peer sends what we offered */
  }
  terms->frame_ms = choose_frame (end, terms->codec, remote);
  return TRUE;
}
