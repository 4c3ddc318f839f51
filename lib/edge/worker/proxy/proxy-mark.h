/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The branches of requests that this proxy forwards: what comes back with one tells where it
   belongs, also after a restart. */
#pragma once

#include "edge/worker/traffic/branch.h"

G_BEGIN_DECLS

#define KITH_PROXY_LOOP 8 /* characters of the hash by which a loop is found */

typedef enum {
  KITH_PROXY_MARK_NONE,      /* not of this proxy */
  KITH_PROXY_MARK_FORK,      /* of a phone's request */
  KITH_PROXY_MARK_UA,        /* of the user agent's request to a phone */
  KITH_PROXY_MARK_STATELESS, /* nothing is kept of it */
} KithProxyMarkKind;

/**
 * KithProxyMark:
 * @mark: of the request that was forwarded: FORK and STATELESS as kith_branch_of_request(), UA as
 * kith_branch_outward()
 * @index: which of the branches
 * @own: UA: the branch that the user agent wrote
 */
typedef struct {
  KithProxyMarkKind kind;
  gchar mark[KITH_EDGE_MARK + 1];
  guint index;
  KithSipPiece own;
} KithProxyMark;

/* What a loop leaves the same, and a spiral changes (RFC 5393 section 4.2): of the request as it
   came. Without the tag of To: the ACK of a refusal has one, and its INVITE had none. */
void
kith_proxy_loop (const guint8 *key, const KithSipLines *lines, gchar loop[KITH_PROXY_LOOP + 1]);

/* TRUE if a Via of @lines was written here for the very same request. */
gboolean kith_proxy_loops (const guint8 *key, const KithSipLines *lines, const gchar *loop);

/* The branch of @mark, with the hash @loop (not of UA). (transfer full) */
gchar *kith_proxy_mark_print (const guint8 *key, const KithProxyMark *mark, const gchar *loop);

/* @inner: of kith_branch_read_outward(), so it was written here. */
void kith_proxy_mark_read (const guint8 *key, KithSipPiece inner, KithProxyMark *mark);

G_END_DECLS
