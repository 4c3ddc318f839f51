/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session description as values: its streams, offered or answered (RFC 3264). */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "model/sdp/codec.h"

G_BEGIN_DECLS

#define KITH_SDP_MAX 32768 /* bytes of a body */
#define KITH_SDP_MAX_LINES 256
#define KITH_SDP_MAX_LINE 1024
#define KITH_SDP_MAX_MEDIA 16
#define KITH_SDP_MAX_FORMATS 32 /* a media line */
#define KITH_OFFER_MAX_CODECS 8
#define KITH_OFFER_MAX_STREAMS 2 /* audio and video */

typedef enum {
  KITH_PROFILE_RTP_AVP,
  KITH_PROFILE_RTP_AVPF, /* RFC 4585: as AVP, with feedback for whoever wants to send some */
  KITH_PROFILE_RTP_SAVP,
  KITH_PROFILE_DTLS_SAVP,
  KITH_PROFILE_OTHER
} KithProfile;
typedef enum {
  KITH_DIRECTION_SENDRECV,
  KITH_DIRECTION_SENDONLY,
  KITH_DIRECTION_RECVONLY,
  KITH_DIRECTION_INACTIVE
} KithDirection;

/* What a description is of: of a call over a link, where audio has SRTP keyed by the link, or of an
   ordinary one, which has none. */
typedef enum { KITH_SDP_PLAIN, KITH_SDP_LINK } KithSdpUse;

typedef struct {
  KithCodecId id;
  guint8 pt; /* payload type, 0 to 127 */
} KithOfferedCodec;

typedef enum { KITH_STREAM_AUDIO, KITH_STREAM_VIDEO } KithStreamKind;

/* One m= of a session description that we know what to do with. */
typedef struct {
  KithStreamKind kind;
  guint media_index; /* which m= line it is */
  gchar
      *host; /* IP literal of c=, IPv6 without brackets; NULL on a link, on hold, or with a name */
  gchar *host_name;  /* c= gives a name instead: it is to be looked up; else NULL */
  guint16 port;      /* RTP; 0: stream refused */
  guint16 rtcp_port; /* by a=rtcp (RFC 3605), else port + 1; equal to port with rtcp_mux */
  gboolean rtcp_mux; /* RFC 5761 */
  KithProfile profile;
  KithDirection direction;
  guint ptime;    /* ms, 20 if not given */
  guint maxptime; /* ms, 0 if not given */
  guint n_codecs; /* in order of preference; only codecs we know */
  KithOfferedCodec codecs[KITH_OFFER_MAX_CODECS];
  guint32 ssrc; /* a=ssrc (RFC 5576), 0 if not given */
} KithStream;

typedef struct {
  guint64 session_id; /* o= */
  guint64 session_version;
  /* how many m= lines there are: an answer refuses those that are none of the streams, with port
     0 */
  guint n_media;
  /* these, as they came but with port 0: "video 0 RTP/AVP 31"; or NULL */
  gchar *media_lines[KITH_SDP_MAX_MEDIA];
  guint n_streams;
  KithStream streams[KITH_OFFER_MAX_STREAMS]; /* at most one of a kind */
} KithOffer;

/* One audio stream of 20 ms a packet, all else zero. (transfer full) */
KITH_API KithOffer *kith_offer_new (void);
KITH_API KithOffer *kith_offer_copy (const KithOffer *offer);
KITH_API void kith_offer_free (KithOffer *offer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithOffer, kith_offer_free)

/* The audio stream of @offer, or NULL when it has none. It is as constant as @offer is. */
KITH_API KithStream *kith_offer_audio (const KithOffer *offer);

/* TRUE when who describes itself so sends audio; when it hears any. */
KITH_API gboolean kith_direction_sends (KithDirection direction);
KITH_API gboolean kith_direction_hears (KithDirection direction);

/**
 * kith_sdp_check:
 * The check that every body passes before anything else reads it: the limits above, no NUL within,
 * "v=0" first, and only bytes in m= lines that may stand there; and of the audio streams one that
 * can be used or none that is broken in its m= or c=. Other lines may say what they like, or be
 * none (RFC 8866 section 5: telephones are not as careful as it is).
 * Returns: TRUE, or FALSE and KITH_ERROR_PROTOCOL naming the line.
 */
KITH_API gboolean kith_sdp_check (const char *text, gsize len, GError **error);

/* Check and parse: the first audio stream that has a codec we know and that @use can have. On
   ordinary SIP "c=0.0.0.0" and "c=::" say that the other side hears nothing (hold); on a link that
   is what we always write. NULL and KITH_ERROR_PROTOCOL (broken) or KITH_ERROR_UNSUPPORTED (nothing
   in it for
   us: SIP 488). (transfer full) */
KITH_API KithOffer *kith_sdp_parse (const char *text, gsize len, KithSdpUse use, GError **error);

/* The text of @offer as we send it; a stream without a host (a link's transport) is at c=IN IP4
   0.0.0.0, port 9. (transfer full) */
KITH_API gchar *kith_sdp_print (const KithOffer *offer);

/* The codecs of voice of @offer that @order has too come first, in its order; the others follow as
   they are. For calls of two legs: what one side likes is offered to the other, and of what it
   likes that the other chose is answered, so that both speak the same if they can. */
KITH_API void kith_offer_prefer (KithOffer *offer, const KithOffer *order);

/**
 * kith_offer_answer:
 * @remote: what was offered
 * @local: what we can do: host, port, codecs in our order, direction
 * RFC 3264, of the audio; another stream is refused, since there is nothing here that could take
 * it. Same profile (RTP/AVPF for RTP/AVPF, where @local says RTP/AVP), same payload numbers as
 * offered, first common codec in the offerer's order, telephone-event kept, RED with Opus, rtcp-mux
 * only if offered, direction mirrored.
 * Returns: (transfer full): the answer, or NULL and KITH_ERROR_UNSUPPORTED.
 */
KITH_API KithOffer *
kith_offer_answer (const KithOffer *remote, const KithOffer *local, GError **error);

G_END_DECLS
