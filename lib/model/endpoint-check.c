/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which transport addresses a stranger may name, and which are public. */
#include "model/endpoint.h"

#include <string.h>

/* Nothing of GLib's library is used here: the DHT's worker has this code too. */

static gboolean
is_sendable_v4 (const guint8 *ip)
{
  return ip[0] != 0 && ip[0] != 127
         && ip[0] < 224; /* 224/4 multicast, 240/4 reserved with the broadcast address */
}

gboolean
kith_candidate_is_sendable (const KithCandidate *candidate)
{
  static const guint8 zeros[16];
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *ip = candidate->ip;

  if (candidate->port == 0) {
    return FALSE;
  }
  if (candidate->family == 4) {
    return is_sendable_v4 (ip);
  }
  if (candidate->family != 6 || ip[0] == 0xff) {
    return FALSE;
  }
  if (memcmp (ip, mapped, sizeof mapped) == 0) {
    return is_sendable_v4 (ip + 12);
  }
  return memcmp (ip, zeros, 12)
         != 0; /* "::", "::1" and the forgotten IPv4-compatible addresses (RFC 4291 section 2.5.5.1) */
}

gboolean
kith_candidates_any_sendable (const KithCandidate *candidates, guint n)
{
  for (guint i = 0; i < n; i++) {
    if (kith_candidate_is_sendable (&candidates[i])) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_public_v4 (const guint8 *ip)
{
  return is_sendable_v4 (ip) && ip[0] != 10 && !(ip[0] == 100 && (ip[1] & 0xc0) == 64)
         && !(ip[0] == 169 && ip[1] == 254) && !(ip[0] == 172 && (ip[1] & 0xf0) == 16)
         && !(ip[0] == 192 && ip[1] == 168) && !(ip[0] == 192 && ip[1] == 0 && ip[2] == 0)
         && !(ip[0] == 198 && (ip[1] & 0xfe) == 18);
}

gboolean
kith_candidate_is_public (const KithCandidate *candidate)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *ip = candidate->ip;

  if (candidate->family == 4) {
    return is_public_v4 (ip);
  }
  if (candidate->family != 6) {
    return FALSE;
  }
  if (memcmp (ip, mapped, sizeof mapped) == 0) {
    return is_public_v4 (ip + 12);
  }
  return (ip[0] & 0xe0) == 0x20; /* 2000::/3, what is routed today (RFC 4291 section 2.4) */
}

gboolean
kith_candidate_is_same_host (const KithCandidate *a, const KithCandidate *b)
{
  return a->family == b->family && memcmp (a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

gboolean
kith_candidate_is_same (const KithCandidate *a, const KithCandidate *b)
{
  return a->port == b->port && kith_candidate_is_same_host (a, b);
}
