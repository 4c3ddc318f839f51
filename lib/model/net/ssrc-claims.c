/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small table of SSRCs, searched for every packet of media. */
#include "model/net/ssrc-claims.h"

#include "base/error.h"

#define RTP_HEADER 12
#define RTP_SSRC 8
#define RTCP_HEADER 8
#define RTCP_SSRC 4

static guint32
read32 (const guint8 *p)
{
  return (guint32)p[0] << 24 | (guint32)p[1] << 16 | (guint32)p[2] << 8 | p[3];
}

gboolean
kith_ssrc_of_packet (const guint8 *data, gsize len, guint32 *ssrc)
{
  if (len < RTCP_HEADER || data[0] >> 6 != 2) {
    return FALSE;
  }
  if (data[1] >= 192 && data[1] <= 223) { /* RTCP (RFC 5761 section 4) */
    *ssrc = read32 (data + RTCP_SSRC);
    return TRUE;
  }
  if (len < RTP_HEADER) {
    return FALSE;
  }
  *ssrc = read32 (data + RTP_SSRC);
  return TRUE;
}

static KithSsrcClaim *
find (KithSsrcClaims *claims, guint32 ssrc)
{
  for (guint i = 0; i < claims->n; i++) {
    if (claims->claims[i].ssrc == ssrc) {
      return &claims->claims[i];
    }
  }
  return NULL;
}

gboolean
kith_ssrc_claims_add (KithSsrcClaims *claims,
                      guint32 ssrc,
                      GCallback func,
                      gpointer data,
                      GError **error)
{
  if (ssrc == 0) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "a stream over a link needs an SSRC");
    return FALSE;
  }
  if (find (claims, ssrc) != NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_EXISTS,
                 "another stream over this link has the SSRC %u",
                 ssrc);
    return FALSE;
  }
  if (claims->n == KITH_MAX_SSRC_CLAIMS) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "there are %u streams over this link already",
                 claims->n);
    return FALSE;
  }
  claims->claims[claims->n++] = (KithSsrcClaim){ ssrc, func, data };
  return TRUE;
}

gboolean
kith_ssrc_claims_remove (KithSsrcClaims *claims, guint32 ssrc, gpointer data)
{
  KithSsrcClaim *claim = find (claims, ssrc);

  if (claim == NULL || claim->data != data) {
    return FALSE;
  }
  *claim = claims->claims[--claims->n];
  return TRUE;
}

gboolean
kith_ssrc_claims_find (KithSsrcClaims *claims,
                       const guint8 *packet,
                       gsize len,
                       KithSsrcClaim *claim)
{
  guint32 ssrc = 0;
  const KithSsrcClaim *found
      = kith_ssrc_of_packet (packet, len, &ssrc) ? find (claims, ssrc) : NULL;

  if (found == NULL) {
    claims->unclaimed++;
    return FALSE;
  }
  *claim = *found;
  return TRUE;
}
