/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fields of those frames between kithd and kith-edge that are about trunks. */
#pragma once

#include "base/wire.h"
#include "ports/edge/trunk-lines.h"

G_BEGIN_DECLS

#define KITH_EDGE_TARGETS_MAX 16
#define KITH_EDGE_INSTANCE_LEN 36 /* of a UUID in text */

/* What the edge is told of a trunk. */
typedef struct {
  gchar name[KITH_TRUNK_NAME_MAX + 1];
  gchar domain[KITH_TRUNK_HOST_MAX + 1];
  gchar user[KITH_TRUNK_USER_MAX + 1];
  gchar number[KITH_NUMBER_MAX + 1];
  gchar proxy[KITH_TRUNK_HOST_MAX + 1];
  gchar pin[KITH_TRUNK_PIN_MAX + 1];
  gchar instance[KITH_EDGE_INSTANCE_LEN + 1]; /* a UUID that stays */
  KithSipTransport transport;
  guint n_sources;
  KithEndpoint sources[KITH_TRUNK_SOURCES_MAX];
  gchar certificates[KITH_TRUNK_CERTIFICATES_MAX + 1]; /* PEM; "": the system's */
} KithEdgeTrunk;

/* A host of which the targets are asked. */
typedef struct {
  guint32 id;
  gchar host[KITH_TRUNK_HOST_MAX + 1];
  guint16 port; /* 0: as the DNS says, or the usual one */
  KithSipTransport transport;
} KithEdgeResolve;

typedef struct {
  KithSipTransport transport; /* never ANY */
  KithEndpoint endpoint;
} KithEdgeTarget;

/* The targets, the best first; none: @text says why. */
typedef struct {
  guint32 id;
  guint n;
  KithEdgeTarget list[KITH_EDGE_TARGETS_MAX];
  gchar text[201];
} KithEdgeTargets;

/* They write and read one kind of fields each, in the order of the struct, and clear the ok of what
   they are given where one is out of bounds. A text is its length (u8 where it can be 255 bytes at
   most, else u16) and its bytes, none of them a control character but the line ends of
   certificates; numbers have 1, 2 or 4 bytes; flags are 0 or 1. Any thread. */
void kith_edge_put_trunk_name (KithWireWriter *w, const char *name);
void kith_edge_get_trunk_name (KithWireReader *r, gchar name[KITH_TRUNK_NAME_MAX + 1]);
void kith_edge_put_trunk (KithWireWriter *w, const KithEdgeTrunk *trunk);
void kith_edge_get_trunk (KithWireReader *r, KithEdgeTrunk *trunk);
void kith_edge_put_answer (KithWireWriter *w, const KithTrunkAnswer *answer);
void kith_edge_get_answer (KithWireReader *r, KithTrunkAnswer *answer);
void kith_edge_put_targets (KithWireWriter *w, const KithEdgeTargets *targets);
void kith_edge_get_targets (KithWireReader *r, KithEdgeTargets *targets);
void kith_edge_put_trunk_report (KithWireWriter *w, const KithTrunkReport *report);
void kith_edge_get_trunk_report (KithWireReader *r, KithTrunkReport *report);
void kith_edge_put_challenge (KithWireWriter *w, const KithTrunkQuestion *question);
void kith_edge_get_challenge (KithWireReader *r, KithTrunkQuestion *question);
void kith_edge_put_resolve (KithWireWriter *w, const KithEdgeResolve *resolve);
void kith_edge_get_resolve (KithWireReader *r, KithEdgeResolve *resolve);

G_END_DECLS
