/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One leg of a call that is joined with another: a KithMedia without devices, whose packets are its
   line's. */
#pragma once

#include "media/relay/relay-line.h"
#include "media/rtp/ssrc-book.h"

G_BEGIN_DECLS

#define KITH_TYPE_RELAY_LEG (kith_relay_leg_get_type ())
G_DECLARE_FINAL_TYPE (KithRelayLeg, kith_relay_leg, KITH, RELAY_LEG, GObject)

/* What a leg borrows. */
typedef struct {
  GObject *owner;      /* kept alive as long as the leg needs the other */
  KithSsrcBook *ssrcs; /* of all streams of this node */
  guint frame_ms;      /* of Opus, where it is transcoded to that */
  guint dscp;          /* of packets of sockets of its own, 0: none */
} KithRelayLegParts;

/* Opens nothing. KITH_ERROR_MEDIA when the transport is neither link nor sockets. (transfer
   full) */
KithMedia *kith_relay_leg_new (const KithRelayLegParts *parts,
                               const KithMediaTransport *transport,
                               const char *id,
                               GError **error);

/* Its packets. (transfer none) */
KithRelayLine *kith_relay_leg_get_line (KithRelayLeg *leg);

G_END_DECLS
