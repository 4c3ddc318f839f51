/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a session description. */
#include <string.h>

#include "model/sdp/offer.h"

#define LINK_PORT 9 /* "discard": the stream has no port of its own */

static const char *
profile_text (KithProfile profile)
{
  switch (profile) {
  case KITH_PROFILE_RTP_AVP:
  case KITH_PROFILE_OTHER:
    return "RTP/AVP";
  case KITH_PROFILE_RTP_AVPF:
    return "RTP/AVPF";
  case KITH_PROFILE_RTP_SAVP:
    return "RTP/SAVP";
  case KITH_PROFILE_DTLS_SAVP:
    return "UDP/TLS/RTP/SAVP";
  }
  return "RTP/AVP";
}

static const char *
direction_text (KithDirection direction)
{
  switch (direction) {
  case KITH_DIRECTION_SENDRECV:
    return "sendrecv";
  case KITH_DIRECTION_SENDONLY:
    return "sendonly";
  case KITH_DIRECTION_RECVONLY:
    return "recvonly";
  case KITH_DIRECTION_INACTIVE:
    return "inactive";
  }
  return "sendrecv";
}

static void
print_codec (GString *out, const KithOffer *offer, const KithOfferedCodec *offered)
{
  const KithCodec *codec = kith_codec_get (offered->id);

  if (codec == NULL) {
    return;
  }
  const char *channels = codec->channels == 2 ? "/2" : "";
  g_string_append_printf (out,
                          "a=rtpmap:%u %s/%u%s\r\n",
                          offered->pt,
                          codec->name,
                          codec->rtp_clock,
                          channels);
  if (codec->id == KITH_CODEC_OPUS) {
    g_string_append_printf (out, "a=fmtp:%u useinbandfec=1\r\n", offered->pt);
  } else if (codec->id == KITH_CODEC_TELEPHONE_EVENT) {
    g_string_append_printf (out, "a=fmtp:%u 0-15\r\n", offered->pt);
  }
  for (guint i = 0; codec->id == KITH_CODEC_RED && i < offer->n_codecs; i++) {
    if (offer->codecs[i].id == KITH_CODEC_OPUS) {
      guint8 pt = offer->codecs[i].pt;
      g_string_append_printf (out, "a=fmtp:%u %u/%u\r\n", offered->pt, pt, pt);
      break;
    }
  }
}

static void
print_stream (GString *out, const KithOffer *offer)
{
  guint port = offer->host != NULL ? offer->port : LINK_PORT;
  gboolean is_default_rtcp
      = offer->rtcp_mux || offer->rtcp_port == 0 || offer->rtcp_port == offer->port + 1;

  g_string_append_printf (out, "m=audio %u %s", port, profile_text (offer->profile));
  for (guint i = 0; i < offer->n_codecs; i++) {
    g_string_append_printf (out, " %u", offer->codecs[i].pt);
  }
  if (offer->n_codecs == 0) {
    g_string_append (out, " 0"); /* a format is obligatory */
  }
  g_string_append (out, "\r\n");
  for (guint i = 0; i < offer->n_codecs; i++) {
    print_codec (out, offer, &offer->codecs[i]);
  }
  g_string_append_printf (out, "a=ptime:%u\r\n", offer->ptime);
  if (offer->maxptime != 0) {
    g_string_append_printf (out, "a=maxptime:%u\r\n", offer->maxptime);
  }
  if (offer->rtcp_mux) {
    g_string_append (out, "a=rtcp-mux\r\n");
  }
  if (offer->host != NULL && !is_default_rtcp) {
    g_string_append_printf (out, "a=rtcp:%u\r\n", offer->rtcp_port);
  }
  if (offer->ssrc != 0) {
    g_string_append_printf (out, "a=ssrc:%u cname:kith\r\n", offer->ssrc);
  }
  g_string_append_printf (out, "a=%s\r\n", direction_text (offer->direction));
}

gchar *
kith_sdp_print (const KithOffer *offer)
{
  g_return_val_if_fail (offer != NULL, NULL);
  GString *out = g_string_new ("v=0\r\n");
  const char *host = offer->host != NULL ? offer->host : "0.0.0.0";
  const char *family = strchr (host, ':') != NULL ? "IP6" : "IP4";
  guint index = MIN (offer->media_index, KITH_SDP_MAX_MEDIA - 1);
  guint n_media = CLAMP (offer->n_media, index + 1, KITH_SDP_MAX_MEDIA);

  g_string_append_printf (out,
                          "o=- %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " IN %s %s\r\n",
                          offer->session_id,
                          offer->session_version,
                          family,
                          host);
  g_string_append_printf (out, "s=-\r\nc=IN %s %s\r\nt=0 0\r\n", family, host);
  for (guint i = 0; i < n_media; i++) {
    if (i == index) {
      print_stream (out, offer);
    } else {
      g_string_append_printf (out,
                              "m=%s\r\n",
                              offer->media_lines[i] != NULL ? offer->media_lines[i]
                                                            : "audio 0 RTP/AVP 0");
    }
  }
  return g_string_free (out, FALSE);
}
