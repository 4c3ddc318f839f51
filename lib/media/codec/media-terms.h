/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one end of a call can do, as an offer, and what it takes of the peer's description; pure,
   but for which codecs there are here. */
#pragma once

#include "model/sdp/offer.h"

G_BEGIN_DECLS

#define KITH_MEDIA_NO_CODEC (-1)

/* One end of ours. */
typedef struct {
  const char *host;  /* of its own sockets; NULL: a link carries the packets */
  guint16 port;      /* the same */
  gboolean has_keys; /* SRTP */
  gboolean has_red;  /* packets may repeat earlier ones (RFC 2198): on links alone */
  guint frame_ms;    /* Opus: 10 or 20 */
  guint32 ssrc;      /* ours */
} KithMediaEnd;

/* What was agreed. */
typedef struct {
  const KithCodec *codec; /* to send */
  guint8 send_pt;
  gint16 red_pt; /* under which packets may repeat earlier ones, -1: the peer does not know it */
  gint8 pt_map[128]; /* KithCodecId of what may arrive, or KITH_MEDIA_NO_CODEC */
  guint frame_ms;    /* length of a packet that we send */
} KithMediaTerms;

/* Everything that @end can do, what we like best first. (transfer full) */
KithOffer *kith_media_end_describe (const KithMediaEnd *end);

/* TRUE when a stream that is described so can be had, whatever its codecs; else KITH_ERROR_MEDIA
   (there are no keys) or KITH_ERROR_UNSUPPORTED. @we_offered: it is an answer to ours. */
gboolean kith_media_end_check (const KithMediaEnd *end,
                               const KithStream *remote,
                               gboolean we_offered,
                               GError **error);

/* What follows from the peer's description @remote, and from @local, what we had offered, or NULL.
   FALSE when there is no codec in common. */
gboolean kith_media_end_agree (const KithMediaEnd *end,
                               const KithStream *remote,
                               const KithStream *local,
                               KithMediaTerms *terms);

G_END_DECLS
