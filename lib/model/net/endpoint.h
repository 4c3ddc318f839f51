/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transport address as a value: where datagrams go; and an ICE candidate, which is one with a
   type. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_MAX_CANDIDATES 12

/* An IP address and a port. Without holes, so that records can be compared as bytes. */
typedef struct {
  guint8 ip[16];  /* IPv4 in the first 4 bytes */
  guint16 port;   /* host order */
  guint16 family; /* 4 or 6; 0 where there may be none */
} KithEndpoint;

typedef enum {
  KITH_CANDIDATE_HOST,
  KITH_CANDIDATE_SRFLX,
  KITH_CANDIDATE_PRFLX,
  KITH_CANDIDATE_RELAY
} KithCandidateType;

/* One ICE candidate of component 1, UDP (RFC 8445). The priority is derived from type and
   preference. */
typedef struct {
  KithEndpoint endpoint;
  guint16 type; /* KithCandidateType; 16 bits leave no hole */
} KithCandidate;

/* "host", "srflx", "prflx" or "relay" (RFC 8445 section 5.1.2.1; static string). @type:
   KithCandidateType. */
KITH_API const char *kith_candidate_type_word (guint type);

/* The same endpoint and the same type. */
KITH_API gboolean kith_candidate_is_same (const KithCandidate *a, const KithCandidate *b);

/* "192.0.2.7:4000" or "[2001:db8::1]:4000". (transfer full) */
KITH_API gchar *kith_endpoint_to_text (const KithEndpoint *endpoint);

/* Only literals. FALSE if @text is no address. */
KITH_API gboolean kith_endpoint_parse (const char *text, KithEndpoint *endpoint);

/* TRUE if packets may be sent there on a stranger's word: not multicast, broadcast, unspecified,
   loopback or port 0. */
KITH_API gboolean kith_endpoint_is_sendable (const KithEndpoint *endpoint);

/* TRUE if packets may be sent to any of them: a host without network has nothing but loopback
   addresses. */
KITH_API gboolean kith_candidates_any_sendable (const KithCandidate *candidates, guint n);

/* TRUE if the address, whatever the port, is one that the Internet routes: none that is not
   sendable, and none of private networks (RFC 1918, RFC 4193), carrier-grade NAT (100.64/10, RFC
   6598), link-local networks or benchmarks. Documentation addresses count as public. */
KITH_API gboolean kith_endpoint_is_public (const KithEndpoint *endpoint);

/* TRUE for 127/8 and ::1, and for link-local networks (RFC 3927, RFC 4291 section 2.5.6); IPv4 in
   IPv6 as what it is. */
KITH_API gboolean kith_endpoint_is_loopback (const KithEndpoint *endpoint);
KITH_API gboolean kith_endpoint_is_link_local (const KithEndpoint *endpoint);

/* What is known of the two ends when somebody names an address for our sound. */
typedef struct {
  KithEndpoint target;
  KithEndpoint origin;                     /* where the signalling comes from; family 0: unknown */
  gboolean target_is_ours, origin_is_ours; /* an address of this host */
  guint16 sip_port;                        /* ours, 0: none */
} KithMediaTarget;

/**
 * kith_media_target_fault:
 * Whether sound may be sent where the other side of an ordinary call says: not to groups, nobody or
 * port 0; to this host, its loopback and its link only for those whose own packets come from there,
 * and never to our SIP port.
 * Returns: (nullable): why not (static string), or NULL when it may.
 */
KITH_API const char *kith_media_target_fault (const KithMediaTarget *media);

/* TRUE when the target is an address of ours by chance alone: a private one, named by somebody on
   the Internet, who means the host of that address in a network of his own, behind a NAT. */
KITH_API gboolean kith_media_target_is_elsewhere (const KithMediaTarget *media);

/* The same address; the same address and port. */
KITH_API gboolean kith_endpoint_is_same_host (const KithEndpoint *a, const KithEndpoint *b);
KITH_API gboolean kith_endpoint_is_same (const KithEndpoint *a, const KithEndpoint *b);

G_END_DECLS
