/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose packet it is when several streams share one link: claims by the SSRC of the sender (RFC
   3550). */
#pragma once

#include <glib-object.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_MAX_SSRC_CLAIMS 16

/* One stream that is waited for. */
typedef struct {
  guint32 ssrc; /* of the sender, never 0 */
  GCallback func;
  gpointer data;
} KithSsrcClaim;

/* Zeroed: nothing is waited for. */
typedef struct {
  guint n;
  KithSsrcClaim claims[KITH_MAX_SSRC_CLAIMS];
  guint64 unclaimed; /* packets that were nobody's */
} KithSsrcClaims;

/* The SSRC of who sent the packet @data: of RTP that of its header, of RTCP that of the sender of
   the first part. SRTP and SRTCP leave both readable.
   FALSE: it is too short, or none of the two. */
KITH_API gboolean kith_ssrc_of_packet (const guint8 *data, gsize len, guint32 *ssrc);

/* From now on packets of @ssrc are those of @func and @data. FALSE and KITH_ERROR_INVALID_ARGUMENTS
   (0 is no SSRC), KITH_ERROR_EXISTS (it is claimed already) or KITH_ERROR_LIMIT_REACHED (there are
   KITH_MAX_SSRC_CLAIMS). */
KITH_API gboolean kith_ssrc_claims_add (KithSsrcClaims *claims,
                                        guint32 ssrc,
                                        GCallback func,
                                        gpointer data,
                                        GError **error);

/* Gives the claim of @ssrc back. FALSE when there is none, or it is not that of @data. */
KITH_API gboolean kith_ssrc_claims_remove (KithSsrcClaims *claims, guint32 ssrc, gpointer data);

/* Whose the packet @packet is: FALSE, and counted, when it is nobody's. @claim is a copy: what its
   function does may change @claims. */
KITH_API gboolean kith_ssrc_claims_find (KithSsrcClaims *claims,
                                         const guint8 *packet,
                                         gsize len,
                                         KithSsrcClaim *claim);

G_END_DECLS
