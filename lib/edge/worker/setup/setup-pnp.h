/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phones that look for their settings by multicast, without sockets ("SIP PnP": SUBSCRIBE to the
   event ua-profile of RFC 6080). Nothing is answered before kithd has given an address. */
#pragma once

#include "base/clock.h"
#include "edge/edge-frames.h"
#include "edge/worker/way.h"

G_BEGIN_DECLS

#define KITH_PNP_PORT 5060
#define KITH_PNP_SEEKERS 16         /* at the same time … */
#define KITH_PNP_SEEKERS_A_SOURCE 2 /* … of one host */
#define KITH_PNP_SEEKERS_A_SECOND 8
#define KITH_PNP_DATAGRAM_MAX 2048 /* bytes */
#define KITH_PNP_PATIENCE_MS 40000 /* a phone repeats for 32 s */

typedef struct _KithSetupPnp KithSetupPnp;

typedef struct {
  /* From now on datagrams of phones come. FALSE: they cannot. */
  gboolean (*open) (gpointer data);
  void (*close) (gpointer data);
  /* From @way's own address to its peer; to hosts of this link alone. */
  void (*send) (gpointer data, const KithWay *way, const char *text, gsize len);
  /* The port that it is sent from. */
  guint16 (*port) (gpointer data);
  /* SEEKER, for kithd. */
  void (*tell) (gpointer data, const KithEdgeFrame *frame);
} KithSetupPnpFuncs;

/* @funcs and @data: must outlive it. It is closed. One thread, that of the edge. */
KithSetupPnp *kith_setup_pnp_new (KithClock *clock, const KithSetupPnpFuncs *funcs, gpointer data);
void kith_setup_pnp_free (KithSetupPnp *pnp);

/* SEEK or ADDRESS of kithd. */
void kith_setup_pnp_order (KithSetupPnp *pnp, const KithEdgeFrame *frame);

/* TRUE while it is open. */
gboolean kith_setup_pnp_is_open (const KithSetupPnp *pnp);

/* A datagram to the group, or an answer to what was sent. */
void
kith_setup_pnp_datagram (KithSetupPnp *pnp, const KithWay *way, const guint8 *bytes, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSetupPnp, kith_setup_pnp_free)

G_END_DECLS
