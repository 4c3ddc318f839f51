/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transport address as a value: where datagrams go, and of which ICE type it is. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_MAX_CANDIDATES 12

typedef enum {
  KITH_CANDIDATE_HOST,
  KITH_CANDIDATE_SRFLX,
  KITH_CANDIDATE_PRFLX,
  KITH_CANDIDATE_RELAY
} KithCandidateType;

/* One ICE candidate of component 1, UDP (RFC 8445). The priority is derived from type and preference. */
typedef struct {
  guint8 ip[16]; /* IPv4 in the first 4 bytes */
  guint16 port;  /* host order */
  guint8 family; /* 4 or 6 */
  guint8 type;   /* KithCandidateType */
} KithCandidate;

/* "192.0.2.7:4000" or "[2001:db8::1]:4000". (transfer full) */
KITH_API gchar *kith_candidate_to_text (const KithCandidate *candidate);

/* Only literals. FALSE if @text is no address. The type becomes KITH_CANDIDATE_HOST. */
KITH_API gboolean kith_candidate_parse (const char *text, KithCandidate *candidate);

/* TRUE if packets may be sent there on a stranger's word: not multicast, broadcast, unspecified, loopback or port 0. */
KITH_API gboolean kith_candidate_is_sendable (const KithCandidate *candidate);

G_END_DECLS
