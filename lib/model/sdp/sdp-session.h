/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The descriptions that we give of one session, one after another: one id, and a version that rises
   with each change. */
#pragma once

#include "model/sdp/offer.h"

G_BEGIN_DECLS

/* All zeros: none was given yet. */
typedef struct {
  guint64 id, version; /* of o= in the last text */
  gchar *last;         /* that text, or NULL */
} KithSdpSession;

/**
 * kith_sdp_session_print:
 * @session: our side of one dialog
 * @offer: what we offer or answer now, as for kith_sdp_print()
 * The text that is sent next (RFC 3264 section 8): the first one has the id and version of @offer,
 * later ones the same id, and the version of the one before when they say the same as it, else one
 * more.
 * Returns: (transfer full): the text.
 */
KITH_API gchar *kith_sdp_session_print (KithSdpSession *session, const KithOffer *offer);

/* Frees what is in it: it may be used anew. */
KITH_API void kith_sdp_session_clear (KithSdpSession *session);

G_END_DECLS
