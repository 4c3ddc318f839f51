/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the audio stream that concerns us from a session description. */
#include <string.h>

#include "base/error.h"
#include "model/sdp/sdp-private.h"

#define DEFAULT_PTIME 20

/* Codecs that we know, in the order of the m= line, each once. Returns whether one of them carries
   voice. */
static gboolean
take_codecs (const KithSdpSection *section, KithStream *stream)
{
  gboolean seen[KITH_N_CODECS] = { FALSE };
  gboolean has_voice = FALSE;

  for (guint i = 0; i < section->n_formats; i++) {
    guint8 pt = section->formats[i];
    gint id = section->codec_of_pt[pt];
    if (id < 0 || seen[id] || stream->n_codecs == KITH_OFFER_MAX_CODECS) {
      continue;
    }
    seen[id] = TRUE;
    has_voice = has_voice || kith_codec_is_voice (id);
    stream->codecs[stream->n_codecs++] = (KithOfferedCodec){ (KithCodecId)id, pt };
  }
  return has_voice;
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED, why);
  return FALSE;
}

/* Where the audio goes into @stream: a host, a name to be looked up, or neither on hold and on
   links. */
static gboolean
take_place (const KithSdpConnection *connection, KithStream *stream, GError **error)
{
  switch (connection->place) {
  case KITH_SDP_AT_HOST:
    stream->host = g_strdup (connection->text);
    return TRUE;
  case KITH_SDP_AT_NAME:
    stream->host_name = g_strdup (connection->text);
    return TRUE;
  case KITH_SDP_AT_HOLD:
  case KITH_SDP_AT_NOTHING: /* refused */
  case KITH_SDP_AT_BROKEN:
    return TRUE;
  case KITH_SDP_AT_GROUP:
    return refuse (error,
                   "The session description sends the audio to a group; only an IP address of one "
                   "host is supported");
  }
  return FALSE;
}

static guint16
rtcp_port_of (const KithSdpSection *section)
{
  if (section->rtcp_mux) {
    return section->port;
  }
  if (section->rtcp_port != 0) {
    return section->rtcp_port;
  }
  return section->port == 0 || section->port == G_MAXUINT16 ? 0 : (guint16)(section->port + 1);
}

/* "c=0.0.0.0" is how old phones put a call on hold (RFC 3264 section 8.4): nothing may be sent
   there. */
static KithDirection
direction_of (const KithSdpText *text, const KithSdpSection *section, gboolean on_hold)
{
  KithDirection direction = section->has_direction ? section->direction : text->direction;

  if (!on_hold || !kith_direction_hears (direction)) {
    return direction;
  }
  return kith_direction_sends (direction) ? KITH_DIRECTION_SENDONLY : KITH_DIRECTION_INACTIVE;
}

static KithOffer *
make_offer (KithSdpText *text, guint index, KithSdpUse use, GError **error)
{
  const KithSdpSection *section = &text->sections[index];
  const KithSdpConnection *connection = kith_sdp_connection_of (text, section);
  g_autoptr (KithOffer) offer = kith_offer_new ();
  gboolean on_hold = use == KITH_SDP_PLAIN && connection->place == KITH_SDP_AT_HOLD;

  KithStream *audio = kith_offer_audio (offer);
  (void)take_codecs (section, audio);
  if (!take_place (connection, audio, error)) {
    return NULL;
  }
  audio->media_index = index;
  audio->port = section->port;
  audio->rtcp_mux = section->rtcp_mux;
  audio->rtcp_port = rtcp_port_of (section);
  audio->profile = section->profile;
  audio->direction = direction_of (text, section, on_hold && section->port != 0);
  audio->ptime = section->ptime != 0 ? section->ptime : DEFAULT_PTIME;
  audio->maxptime = section->maxptime;
  audio->ssrc = section->ssrc;
  offer->session_id = text->session_id;
  offer->session_version = text->session_version;
  offer->n_media = text->n_sections;
  for (guint i = 0; i < text->n_sections; i++) {
    offer->media_lines[i] = i != index ? g_steal_pointer (&text->sections[i].refusal) : NULL;
  }
  return g_steal_pointer (&offer);
}

/* What a call of this kind can have: never plain RTP on a link, and no encryption where there are
   no keys. */
static gboolean
fits (KithProfile profile, KithSdpUse use)
{
  return use == KITH_SDP_LINK ? profile == KITH_PROFILE_RTP_SAVP
                              : profile == KITH_PROFILE_RTP_AVP || profile == KITH_PROFILE_RTP_AVPF;
}

/* The first audio stream with a codec of ours that this call can have; another one only if there is
   none, to be refused by its name, and one that they refuse themselves last. */
static gboolean
choose_section (const KithSdpText *text, KithSdpUse use, guint *index)
{
  gint fallback = -1;

  for (guint i = 0; i < text->n_sections; i++) {
    const KithSdpSection *section = &text->sections[i];
    KithStream probe = { 0 };
    if (!section->is_audio || kith_sdp_fault_of (text, section) != NULL
        || !take_codecs (section, &probe)) {
      continue;
    }
    if (section->port != 0 && fits (section->profile, use)
        && kith_sdp_connection_of (text, section)->place != KITH_SDP_AT_GROUP) {
      *index = i;
      return TRUE;
    }
    if (fallback < 0 || (section->port != 0 && text->sections[fallback].port == 0)) {
      fallback = (gint)i;
    }
  }
  *index = fallback < 0 ? 0 : (guint)fallback;
  return fallback >= 0;
}

KithOffer *
kith_sdp_parse (const char *text, gsize len, KithSdpUse use, GError **error)
{
  g_auto (KithSdpText) read = { 0 };
  guint index = 0;

  if (!kith_sdp_check (text, len, error) || !kith_sdp_read (&read, text, len, error)) {
    return NULL;
  }
  if (!choose_section (&read, use, &index)) {
    refuse (error, "The other side offers no audio with a codec that is known here");
    return NULL;
  }
  return make_offer (&read, index, use, error);
}
