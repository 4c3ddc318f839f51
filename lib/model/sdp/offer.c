/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Session descriptions as values: life cycle and the answer to an offer. */
#include "model/sdp/offer.h"

#include <string.h>

#include "base/error.h"

KithOffer *
kith_offer_new (void)
{
  KithOffer *offer = g_new0 (KithOffer, 1);

  offer->n_media = 1;
  offer->n_streams = 1;
  offer->streams[0] = (KithStream){ .kind = KITH_STREAM_AUDIO, .ptime = 20 };
  return offer;
}

KithOffer *
kith_offer_copy (const KithOffer *offer)
{
  g_return_val_if_fail (offer != NULL, NULL);
  KithOffer *copy = g_new (KithOffer, 1);

  *copy = *offer;
  for (guint i = 0; i < KITH_OFFER_MAX_STREAMS; i++) {
    copy->streams[i].host = g_strdup (offer->streams[i].host);
    copy->streams[i].host_name = g_strdup (offer->streams[i].host_name);
  }
  for (guint i = 0; i < KITH_SDP_MAX_MEDIA; i++) {
    copy->media_lines[i] = g_strdup (offer->media_lines[i]);
  }
  return copy;
}

void
kith_offer_free (KithOffer *offer)
{
  if (offer == NULL) {
    return;
  }
  for (guint i = 0; i < KITH_OFFER_MAX_STREAMS; i++) {
    g_free (offer->streams[i].host);
    g_free (offer->streams[i].host_name);
  }
  for (guint i = 0; i < KITH_SDP_MAX_MEDIA; i++) {
    g_free (offer->media_lines[i]);
  }
  g_free (offer);
}

KithStream *
kith_offer_audio (const KithOffer *offer)
{
  for (guint i = 0; i < offer->n_streams; i++) {
    if (offer->streams[i].kind == KITH_STREAM_AUDIO) {
      return (KithStream *)&offer->streams[i];
    }
  }
  return NULL;
}

gboolean
kith_direction_sends (KithDirection direction)
{
  return direction == KITH_DIRECTION_SENDRECV || direction == KITH_DIRECTION_SENDONLY;
}

gboolean
kith_direction_hears (KithDirection direction)
{
  return direction == KITH_DIRECTION_SENDRECV || direction == KITH_DIRECTION_RECVONLY;
}

static gboolean
has_codec (const KithStream *stream, KithCodecId id)
{
  for (guint i = 0; i < stream->n_codecs; i++) {
    if (stream->codecs[i].id == id) {
      return TRUE;
    }
  }
  return FALSE;
}

/* What goes along with a voice codec is kept when both have it. */
static void
keep (const KithStream *remote, const KithStream *local, KithCodecId id, KithStream *answer)
{
  gboolean kept = FALSE;

  for (guint i = 0; i < remote->n_codecs && !kept; i++) {
    if (remote->codecs[i].id == id && has_codec (local, id)
        && answer->n_codecs < KITH_OFFER_MAX_CODECS) {
      answer->codecs[answer->n_codecs++] = remote->codecs[i];
      kept = TRUE;
    }
  }
}

/* The first common codec in the offerer's order, then copies of its packets and telephone-event,
   with the offerer's numbers. */
static gboolean
choose_codecs (const KithStream *remote, const KithStream *local, KithStream *answer)
{
  for (guint i = 0; i < remote->n_codecs && answer->n_codecs == 0; i++) {
    KithCodecId id = remote->codecs[i].id;
    if (kith_codec_is_voice (id) && has_codec (local, id)) {
      answer->codecs[answer->n_codecs++] = remote->codecs[i];
    }
  }
  if (answer->n_codecs == 0) {
    return FALSE;
  }
  if (answer->codecs[0].id == KITH_CODEC_OPUS) {
    keep (remote, local, KITH_CODEC_RED, answer);
  }
  keep (remote, local, KITH_CODEC_TELEPHONE_EVENT, answer);
  return TRUE;
}

void
kith_offer_prefer (KithOffer *offer, const KithOffer *order)
{
  g_return_if_fail (offer != NULL && order != NULL);
  KithStream *ours = kith_offer_audio (offer);
  const KithStream *theirs = kith_offer_audio (order);
  guint placed = 0;

  for (guint k = 0; ours != NULL && theirs != NULL && k < theirs->n_codecs; k++) {
    for (guint i = placed; i < ours->n_codecs; i++) {
      KithOfferedCodec found = ours->codecs[i];
      if (found.id == theirs->codecs[k].id && kith_codec_is_voice (found.id)) {
        memmove (ours->codecs + placed + 1,
                 ours->codecs + placed,
                 (i - placed) * sizeof *ours->codecs);
        ours->codecs[placed++] = found;
        break;
      }
    }
  }
}

static KithDirection
mirror (KithDirection remote, KithDirection local)
{
  gboolean sends = kith_direction_hears (remote) && kith_direction_sends (local);
  gboolean receives = kith_direction_sends (remote) && kith_direction_hears (local);

  if (sends) {
    return receives ? KITH_DIRECTION_SENDRECV : KITH_DIRECTION_SENDONLY;
  }
  return receives ? KITH_DIRECTION_RECVONLY : KITH_DIRECTION_INACTIVE;
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED, why);
  return FALSE;
}

/* @answer is a copy of @local at first. */
static gboolean
answer_audio (const KithStream *remote, const KithStream *local, KithStream *answer, GError **error)
{
  if (remote->profile == KITH_PROFILE_OTHER
      || (remote->profile != local->profile
          && !(remote->profile == KITH_PROFILE_RTP_AVPF
               && local->profile == KITH_PROFILE_RTP_AVP))) {
    return refuse (
        error,
        "The other side wants another kind of encryption for the audio than this call can have");
  }
  if (remote->port == 0) {
    return refuse (error, "The other side offers no audio");
  }
  answer->n_codecs = 0;
  if (!choose_codecs (remote, local, answer)) {
    return refuse (error, "The other side offers no codec that is known here");
  }
  answer->profile = remote->profile;
  answer->rtcp_mux = remote->rtcp_mux && local->rtcp_mux;
  if (answer->rtcp_mux) {
    answer->rtcp_port = local->port;
  } else if (local->rtcp_mux || local->rtcp_port == 0) {
    answer->rtcp_port = (guint16)(local->port + 1);
  }
  answer->direction = mirror (remote->direction, local->direction);
  if (remote->maxptime != 0 && answer->ptime > remote->maxptime) {
    answer->ptime = remote->maxptime;
  }
  answer->media_index = remote->media_index;
  return TRUE;
}

/* An answer has no stream that was not offered. */
static void
drop_all_but_audio (KithOffer *offer)
{
  KithStream audio = { 0 };

  for (guint i = 0; i < offer->n_streams; i++) {
    KithStream *stream = &offer->streams[i];
    if (stream->kind == KITH_STREAM_AUDIO) {
      audio = *stream;
    } else {
      g_free (stream->host);
      g_free (stream->host_name);
    }
    *stream = (KithStream){ 0 };
  }
  offer->streams[0] = audio;
  offer->n_streams = 1;
}

KithOffer *
kith_offer_answer (const KithOffer *remote, const KithOffer *local, GError **error)
{
  g_return_val_if_fail (remote != NULL && local != NULL, NULL);
  const KithStream *theirs = kith_offer_audio (remote);
  const KithStream *ours = kith_offer_audio (local);

  if (theirs == NULL || ours == NULL) {
    (void)refuse (error, "The other side offers no audio");
    return NULL;
  }
  g_autoptr (KithOffer) answer = kith_offer_copy (local);
  drop_all_but_audio (answer);
  if (!answer_audio (theirs, ours, kith_offer_audio (answer), error)) {
    return NULL;
  }
  answer->n_media = remote->n_media;
  for (guint i = 0; i < KITH_SDP_MAX_MEDIA; i++) {
    g_free (answer->media_lines[i]);
    answer->media_lines[i] = g_strdup (remote->media_lines[i]);
  }
  return g_steal_pointer (&answer);
}
