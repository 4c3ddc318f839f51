/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of the reader of session descriptions, shared by the check and the parser. */
#pragma once

#include "model/sdp/offer.h"

G_BEGIN_DECLS

#define KITH_SDP_PAYLOAD_TYPES 128

typedef enum {
  KITH_SDP_AT_NOTHING, /* there is no c= */
  KITH_SDP_AT_HOST,
  KITH_SDP_AT_HOLD, /* "0.0.0.0" or "::" */
  KITH_SDP_AT_NAME,
  KITH_SDP_AT_GROUP, /* multicast, broadcast */
  KITH_SDP_AT_BROKEN
} KithSdpPlace;

/* What a c= says. */
typedef struct {
  KithSdpPlace place;
  gchar *text; /* HOST: the literal as inet_ntop() writes it; NAME: the name; else NULL */
} KithSdpConnection;

/* One m= and the lines that follow it. */
typedef struct {
  guint line;         /* its number, from 1 */
  const char *broken; /* why it is of no use, or NULL */
  gboolean is_audio;
  guint16 port;
  KithProfile profile;
  guint n_formats;
  guint8 formats[KITH_SDP_MAX_FORMATS];      /* payload types, of RTP only */
  gint8 codec_of_pt[KITH_SDP_PAYLOAD_TYPES]; /* KithCodecId, -1: unknown */
  KithSdpConnection connection;              /* its own */
  gboolean has_direction;
  KithDirection direction;
  gboolean rtcp_mux;
  guint16 rtcp_port;
  guint ptime, maxptime;
  guint32 ssrc;
  gchar *refusal; /* its m= with port 0 */
} KithSdpSection;

typedef struct {
  gboolean has_origin;
  guint64 session_id, session_version;
  KithSdpConnection connection;
  KithDirection direction;
  guint n_sections;
  KithSdpSection sections[KITH_SDP_MAX_MEDIA];
} KithSdpText;

/* Reads the whole: FALSE and KITH_ERROR_PROTOCOL, with the number of the line, when a limit of
   model/offer.h is passed, when it is no description at all, or when an m= has bytes that stand in
   none. Lines that are of no use are passed over. @text is to be cleared in any case. */
gboolean kith_sdp_read (KithSdpText *text, const char *data, gsize len, GError **error);
void kith_sdp_text_clear (KithSdpText *text);

/* The c= that counts for @section. */
const KithSdpConnection *kith_sdp_connection_of (const KithSdpText *text,
                                                 const KithSdpSection *section);

/* Why no audio can come of @section, which is not refused: a text, or NULL. */
const char *kith_sdp_fault_of (const KithSdpText *text, const KithSdpSection *section);

/* Sets KITH_ERROR_PROTOCOL for @line; always FALSE. */
gboolean kith_sdp_refuse (guint line, GError **error, const char *why);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KithSdpText, kith_sdp_text_clear)

G_END_DECLS
