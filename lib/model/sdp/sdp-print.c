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

static const char *
kind_text (KithStreamKind kind)
{
  switch (kind) {
  case KITH_STREAM_AUDIO:
    return "audio";
  case KITH_STREAM_VIDEO:
    return "video";
  }
  return "audio";
}

static void
print_codec (GString *out, const KithStream *stream, const KithOfferedCodec *offered)
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
  for (guint i = 0; codec->id == KITH_CODEC_RED && i < stream->n_codecs; i++) {
    if (stream->codecs[i].id == KITH_CODEC_OPUS) {
      guint8 pt = stream->codecs[i].pt;
      g_string_append_printf (out, "a=fmtp:%u %u/%u\r\n", offered->pt, pt, pt);
      break;
    }
  }
}

static const char *
host_of (const KithStream *stream)
{
  return stream != NULL && stream->host != NULL ? stream->host : "0.0.0.0";
}

static const char *
family_of (const char *host)
{
  return strchr (host, ':') != NULL ? "IP6" : "IP4";
}

static void
print_connection (GString *out, const char *host)
{
  g_string_append_printf (out, "c=IN %s %s\r\n", family_of (host), host);
}

static void
print_stream (GString *out, const KithStream *stream, const char *session_host)
{
  guint port = stream->host != NULL ? stream->port : LINK_PORT;
  gboolean is_default_rtcp
      = stream->rtcp_mux || stream->rtcp_port == 0 || stream->rtcp_port == stream->port + 1;

  g_string_append_printf (out,
                          "m=%s %u %s",
                          kind_text (stream->kind),
                          port,
                          profile_text (stream->profile));
  for (guint i = 0; i < stream->n_codecs; i++) {
    g_string_append_printf (out, " %u", stream->codecs[i].pt);
  }
  if (stream->n_codecs == 0) {
    g_string_append (out, " 0"); /* a format is obligatory */
  }
  g_string_append (out, "\r\n");
  if (strcmp (host_of (stream), session_host) != 0) {
    print_connection (out, host_of (stream));
  }
  for (guint i = 0; i < stream->n_codecs; i++) {
    print_codec (out, stream, &stream->codecs[i]);
  }
  g_string_append_printf (out, "a=ptime:%u\r\n", stream->ptime);
  if (stream->maxptime != 0) {
    g_string_append_printf (out, "a=maxptime:%u\r\n", stream->maxptime);
  }
  if (stream->rtcp_mux) {
    g_string_append (out, "a=rtcp-mux\r\n");
  }
  if (stream->host != NULL && !is_default_rtcp) {
    g_string_append_printf (out, "a=rtcp:%u\r\n", stream->rtcp_port);
  }
  if (stream->ssrc != 0) {
    g_string_append_printf (out, "a=ssrc:%u cname:kith\r\n", stream->ssrc);
  }
  g_string_append_printf (out, "a=%s\r\n", direction_text (stream->direction));
}

static const KithStream *
find_stream (const KithOffer *offer, guint index)
{
  for (guint i = 0; i < offer->n_streams; i++) {
    if (MIN (offer->streams[i].media_index, KITH_SDP_MAX_MEDIA - 1) == index) {
      return &offer->streams[i];
    }
  }
  return NULL;
}

static guint
count_media (const KithOffer *offer)
{
  guint n = MIN (offer->n_media, KITH_SDP_MAX_MEDIA);

  for (guint i = 0; i < offer->n_streams; i++) {
    n = MAX (n, MIN (offer->streams[i].media_index, KITH_SDP_MAX_MEDIA - 1) + 1);
  }
  return n;
}

gchar *
kith_sdp_print (const KithOffer *offer)
{
  g_return_val_if_fail (offer != NULL, NULL);
  GString *out = g_string_new ("v=0\r\n");
  const char *host = host_of (offer->n_streams > 0 ? &offer->streams[0] : NULL);
  guint n_media = count_media (offer);

  g_string_append_printf (out,
                          "o=- %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " IN %s %s\r\ns=-\r\n",
                          offer->session_id,
                          offer->session_version,
                          family_of (host),
                          host);
  print_connection (out, host);
  g_string_append (out, "t=0 0\r\n");
  for (guint i = 0; i < n_media; i++) {
    const KithStream *stream = find_stream (offer, i);
    if (stream != NULL) {
      print_stream (out, stream, host);
    } else {
      g_string_append_printf (out,
                              "m=%s\r\n",
                              offer->media_lines[i] != NULL ? offer->media_lines[i]
                                                            : "audio 0 RTP/AVP 0");
    }
  }
  return g_string_free (out, FALSE);
}
