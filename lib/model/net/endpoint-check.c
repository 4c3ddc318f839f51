/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which transport addresses a stranger may name, and which are public. */
#include "model/net/endpoint.h"

#include <string.h>

/* Nothing of GLib's library is used here: the DHT's worker has this code too. */

static gboolean
is_sendable_v4 (const guint8 *ip)
{
  /* 224/4 multicast, 240/4 reserved with the broadcast address */
  return ip[0] != 0 && ip[0] != 127 && ip[0] < 224;
}

gboolean
kith_endpoint_is_sendable (const KithEndpoint *endpoint)
{
  static const guint8 zeros[16];
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *ip = endpoint->ip;

  if (endpoint->port == 0) {
    return FALSE;
  }
  if (endpoint->family == 4) {
    return is_sendable_v4 (ip);
  }
  if (endpoint->family != 6 || ip[0] == 0xff) {
    return FALSE;
  }
  if (memcmp (ip, mapped, sizeof mapped) == 0) {
    return is_sendable_v4 (ip + 12);
  }
  /* "::", "::1" and the forgotten IPv4-compatible addresses (RFC 4291 section 2.5.5.1) */
  return memcmp (ip, zeros, 12) != 0;
}

gboolean
kith_candidates_any_sendable (const KithCandidate *candidates, guint n)
{
  for (guint i = 0; i < n; i++) {
    if (kith_endpoint_is_sendable (&candidates[i].endpoint)) {
      return TRUE;
    }
  }
  return FALSE;
}

/* The four bytes of an IPv4 address, also of one in an IPv6 one; NULL for others. */
static const guint8 *
v4_of (const KithEndpoint *endpoint)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };

  if (endpoint->family == 4) {
    return endpoint->ip;
  }
  return endpoint->family == 6 && memcmp (endpoint->ip, mapped, sizeof mapped) == 0
             ? endpoint->ip + sizeof mapped
             : NULL;
}

gboolean
kith_endpoint_is_loopback (const KithEndpoint *endpoint)
{
  static const guint8 loopback[16] = { [15] = 1 };
  const guint8 *v4 = v4_of (endpoint);

  if (v4 != NULL) {
    return v4[0] == 127;
  }
  return endpoint->family == 6 && memcmp (endpoint->ip, loopback, sizeof loopback) == 0;
}

gboolean
kith_endpoint_is_link_local (const KithEndpoint *endpoint)
{
  const guint8 *v4 = v4_of (endpoint);

  if (v4 != NULL) {
    return v4[0] == 169 && v4[1] == 254;
  }
  return endpoint->family == 6 && endpoint->ip[0] == 0xfe && (endpoint->ip[1] & 0xc0) == 0x80;
}

const char *
kith_media_target_fault (const KithMediaTarget *media)
{
  const KithEndpoint *target = &media->target;
  gboolean is_loopback = kith_endpoint_is_loopback (target);
  gboolean is_ours = is_loopback || media->target_is_ours;
  gboolean from_us = media->origin_is_ours || kith_endpoint_is_loopback (&media->origin);

  if (!is_loopback && !kith_endpoint_is_sendable (target)) {
    return "the other side wants its sound at an address that is no host's";
  }
  if (target->port == 0) {
    return "the other side wants its sound at port 0";
  }
  if (is_ours && !from_us) {
    return "the other side wants its sound at this computer itself";
  }
  if (is_ours && target->port == media->sip_port) {
    return "the other side wants its sound at our own SIP port";
  }
  if (kith_endpoint_is_link_local (target) && !from_us
      && !kith_endpoint_is_link_local (&media->origin)) {
    return "the other side wants its sound in our local network, and is not there itself";
  }
  return NULL;
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
kith_endpoint_is_public (const KithEndpoint *endpoint)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };
  const guint8 *ip = endpoint->ip;

  if (endpoint->family == 4) {
    return is_public_v4 (ip);
  }
  if (endpoint->family != 6) {
    return FALSE;
  }
  if (memcmp (ip, mapped, sizeof mapped) == 0) {
    return is_public_v4 (ip + 12);
  }
  return (ip[0] & 0xe0) == 0x20; /* 2000::/3, what is routed today (RFC 4291 section 2.4) */
}

gboolean
kith_media_target_is_elsewhere (const KithMediaTarget *media)
{
  return media->target_is_ours && !media->origin_is_ours && media->target.port != 0
         && kith_endpoint_is_sendable (&media->target)
         && !kith_endpoint_is_link_local (&media->target)
         && !kith_endpoint_is_public (&media->target) && kith_endpoint_is_public (&media->origin);
}

gboolean
kith_endpoint_is_same_host (const KithEndpoint *a, const KithEndpoint *b)
{
  return a->family == b->family && memcmp (a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

gboolean
kith_endpoint_is_same (const KithEndpoint *a, const KithEndpoint *b)
{
  return a->port == b->port && kith_endpoint_is_same_host (a, b);
}

gboolean
kith_candidate_is_same (const KithCandidate *a, const KithCandidate *b)
{
  return a->type == b->type && kith_endpoint_is_same (&a->endpoint, &b->endpoint);
}
