/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the audio of one call. */
#pragma once

#include <gio/gio.h>

#include "base/export.h"
#include "model/sdp/offer.h"

G_BEGIN_DECLS

#define KITH_TYPE_MEDIA (kith_media_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithMedia, kith_media, KITH, MEDIA, GObject)

#define KITH_SRTP_KEY_LEN 30 /* AES_CM_128_HMAC_SHA1_80: key 16, salt 14 (RFC 3711) */

typedef struct {
  /* received stream; lost by sequence numbers */
  guint64 packets_sent, packets_received, packets_lost;
  guint64 bytes_sent, bytes_received;
  guint64 reports_received; /* RTCP: they live, also when they send no sound */
  guint jitter_us;
  guint rtt_us;          /* by RTCP, 0 unknown */
  guint buffer_ms;       /* jitter buffer's present target */
  guint delay_ms;        /* and what it holds at this moment */
  guint remote_loss_ppm; /* what the peer reports of our stream */
  double mos;            /* estimate by ITU-T G.107, 1.0 to 4.5 */
  double level_in_db;    /* RMS of the microphone and of the peer, dBFS, -100 silence */
  double level_out_db;
  /* wall time of the first packet sent, first packet received, first sound heard (-40 dBFS); 0 not
     yet */
  gint64 first_sent_us;
  gint64 first_received_us;
  gint64 first_heard_us;
  /* between two packets of the peer, and how many gaps people notice (0.5 s): the call fills them
     in */
  guint longest_gap_ms;
  guint interruptions;
  /* What was played: frames from their own packets, from what other packets told of them (FEC,
     copies), and made up. */
  guint64 frames_played, frames_recovered, frames_concealed;
  guint64 packets_late, packets_reordered;
  guint fec_percent; /* the loss that our FEC is made for, 0: off */
} KithMediaStats;

/**
 * KithMediaInterface: the audio of one call; main thread, but for receive() and the packets that
 * are sent (KithMediaSendFunc).
 * Life: made → (offer | take offer) → prepared (pipeline built, nothing sent, while it rings) →
 * [listening (early sound is heard, nothing sent)] → started (after the accept) → stopped.
 *
 * Signals: "flowing" (): the first valid packet of the peer came, once after listen() and once
 * after start(). "failed" (const char *why): once, final.
 * "tone" (const char *digit). "redescribed" (): by itself our SSRC became another one (the audio
 * was set up anew): the peer is to be told.
 */
struct _KithMediaInterface {
  GTypeInterface parent_interface;
  KithOffer *(*get_local) (KithMedia *self, GError **error);
  gboolean (*set_remote) (KithMedia *self,
                          const KithOffer *remote,
                          gboolean we_offered,
                          GError **error);
  void (*expect) (KithMedia *self);
  void (*set_keys) (KithMedia *self, const guint8 *local_key, const guint8 *remote_key);
  gboolean (*start) (KithMedia *self, GError **error);
  gboolean (*listen) (KithMedia *self, GError **error);
  gboolean (*receive) (KithMedia *self, const guint8 *data, gsize len);
  void (*set_muted) (KithMedia *self, gboolean muted);
  void (*set_flow) (KithMedia *self, gboolean send, gboolean play);
  void (*get_stats) (KithMedia *self, KithMediaStats *stats);
  const KithCodec *(*get_codec) (KithMedia *self);
  void (*stop) (KithMedia *self);
  void (*set_origin) (KithMedia *self, const char *host, guint16 sip_port);
};

/* What we can do, as an offer (profile, port, codecs); binds the ports if they are ours. (transfer
   full), NULL and KITH_ERROR_MEDIA. */
KITH_API KithOffer *kith_media_get_local (KithMedia *self, GError **error);

/* It rings at a peer to whom get_local() was offered over a link: the pipeline for the likely
   answer is built ahead. Another answer is as good, only slower. */
KITH_API void kith_media_expect (KithMedia *self);

/* The agreed description of the peer: codec and payload type are taken from its first codec in
   common; builds the pipeline up to but not including sending, the first time with the next turn of
   the loop. @we_offered: it is an answer to ours. KITH_ERROR_UNSUPPORTED or KITH_ERROR_MEDIA. May
   be called again. Our SSRC may be another one afterwards (what replaces a pipeline has its own,
   and none is the peer's): an answer has that of get_local() as it is then. */
KITH_API gboolean kith_media_set_remote (KithMedia *self,
                                         const KithOffer *remote,
                                         gboolean we_offered,
                                         GError **error);

/* Own sockets: @host (IP literal) is where the call's signalling comes from, @sip_port our own SIP
   port (0: none). Before set_remote(), which refuses what kith_media_target_fault() does; audio is
   sent to, and taken from, nobody but the described address and this host. */
KITH_API void kith_media_set_origin (KithMedia *self, const char *host, guint16 sip_port);

/* SRTP keys, before set_remote(), when they were not known at creation. */
KITH_API void
kith_media_set_keys (KithMedia *self, const guint8 *local_key, const guint8 *remote_key);

/* Opens the microphone and the gate: the first call that lets a packet out. Needs set_remote(). */
KITH_API gboolean kith_media_start (KithMedia *self, GError **error);

/* What the peer sends is heard from now on; the microphone stays closed, and no packet leaves
   before start(), which may follow. Needs set_remote(). */
KITH_API gboolean kith_media_listen (KithMedia *self, GError **error);

/* A packet from the link (RTP or RTCP, protected). TRUE when it is the peer's: SRTP authenticated
   it. Others are dropped, and before start() or listen() all are. Any thread that knows that the
   media lives. */
KITH_API gboolean kith_media_receive (KithMedia *self, const guint8 *data, gsize len);
KITH_API void kith_media_set_muted (KithMedia *self, gboolean muted);

/* Whether this call has the microphone, and the loudspeaker: at first both, and no other call of
   the same maker has them then. Without, silence is sent, and heard and recorded; the packets go on
   both ways. At once, before start() and after it. What the user muted stays so. */
KITH_API void kith_media_set_flow (KithMedia *self, gboolean send, gboolean play);
KITH_API void kith_media_get_stats (KithMedia *self, KithMediaStats *stats);

/* The codec agreed on, or NULL (transfer none). */
KITH_API const KithCodec *kith_media_get_codec (KithMedia *self);

/* Closes the gate and the devices; recordings are complete when it returns. */
KITH_API void kith_media_stop (KithMedia *self);

G_END_DECLS
