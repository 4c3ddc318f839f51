/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edge itself, without sockets: what comes in, and what that brings. */
#pragma once

#include "base/clock.h"
#include "edge/edge-frames.h"
#include "edge/worker/network.h"

G_BEGIN_DECLS

typedef struct _KithFront KithFront;

/* @start: (transfer none): what kithd said. @network and @data: must outlive it. */
KithFront *kith_front_new (KithClock *clock,
                           const KithEdgeStart *start,
                           const KithNetwork *network,
                           gpointer data);
void kith_front_free (KithFront *front);

/* Hosts that the node knows. */
void kith_front_set_known (KithFront *front, const KithEdgeAddresses *known);

/* The hosts that may send as much as they like. */
void kith_front_set_trusted (KithFront *front, const KithEdgeTrusted *trusted);

/* This host's addresses: who dials somebody at one of them means this edge. */
void kith_front_set_own (KithFront *front, const KithEdgeAddresses *own);

/* Our addresses may have changed. */
void kith_front_moved (KithFront *front);

/* It ends soon: who knows us somewhere is told. */
void kith_front_quit (KithFront *front);

/* What kithd says of phones, trunks and its part for them: PHONE, PHONE_GONE, BIND, UNBIND, OPEN,
   ROLE, ROUTE, TRUNK, TRUNK_GONE, TRUNK_RETRY, DIGEST, TARGETS. */
void kith_front_order (KithFront *front, const KithEdgeFrame *frame);

/* TRUE if it is worth while to read a datagram from there. */
gboolean kith_front_may_read (KithFront *front, const KithWay *way);
void kith_front_datagram (KithFront *front, const KithWay *way, const guint8 *data, gsize len);

/* Somebody connected. FALSE: close it. */
gboolean kith_front_accept (KithFront *front, guint32 stream, const KithWay *way);
/* Bytes of a connection. It may be closed when this returns. */
void kith_front_bytes (KithFront *front, guint32 stream, const guint8 *data, gsize len);
/* The peer writes no more. TRUE: it still gets an answer; the connection stays for that. */
gboolean kith_front_ended (KithFront *front, guint32 stream);
/* A connection is gone, or could not be made. */
void kith_front_closed (KithFront *front, guint32 stream);
/* TLS stands on a connection. */
void kith_front_shaken (KithFront *front);
/* TLS failed on a connection, which is closed next. */
void
kith_front_distrusted (KithFront *front, guint32 stream, const KithEndpoint *peer, const char *why);
/* Datagrams to this address are refused there. */
void kith_front_refused (KithFront *front, const KithEndpoint *peer);

/* A message of the user agent, scanned as that of a process of ours. */
void kith_front_from_user_agent (KithFront *front, const char *text, gsize len);

/* TRUE while a request of the user agent, or one by which we leave, waits for its answer. */
gboolean kith_front_waits (KithFront *front);

/* Fills in everything but the memory. */
void kith_front_get_status (KithFront *front, KithEdgeStatus *status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithFront, kith_front_free)

G_END_DECLS
