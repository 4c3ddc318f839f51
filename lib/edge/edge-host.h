/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The concrete KithEdge: kith-edge as a worker process. */
#pragma once

#include "edge/edge-frames.h"
#include "ports/edge.h"

G_BEGIN_DECLS

#define KITH_TYPE_HOSTED_EDGE (kith_edge_host_get_type ())
/* KITH_EDGE_HOST is a frame */
G_DECLARE_FINAL_TYPE (KithEdgeHost, kith_edge_host, KITH, HOSTED_EDGE, GObject)

typedef struct {
  const char *program; /* path of kith-edge */
  /* "::" (IPv6 and IPv4), "0.0.0.0" (IPv4), or one address of this host */
  const char *bind;
  guint16 port;               /* 0: any, the same one as long as we live */
  gboolean plain_in;          /* calls of ordinary SIP are taken; else 403 */
  gboolean strangers_ring;    /* … also of hosts that are not known; else 403 */
  const char *const *trusted; /* (nullable): networks without a limit of requests, as text */
  guint8 dscp;                /* of its packets (RFC 2474), 0: none */
  KithEdgeRole role;
  const KithEdgeRoute *routes; /* @n_routes of them, at most KITH_EDGE_ROUTES_MAX */
  guint n_routes;
  const guint8 *key; /* KITH_EDGE_KEY_LEN bytes: the user agent has the same */
} KithEdgeHostConfig;

/* @config is copied. Main thread. (transfer full) */
KithEdge *kith_edge_host_new (const KithEdgeHostConfig *config);

G_END_DECLS
