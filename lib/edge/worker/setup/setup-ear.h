/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets for phones that look for their settings: one that hears 224.0.1.75, one that speaks
   with hosts of this link. There are none while nobody waits for a phone. */
#pragma once

#include "edge/worker/io/edge-loop.h"
#include "edge/worker/io/edge-ports.h"
#include "edge/worker/setup/setup-pnp.h"

G_BEGIN_DECLS

typedef struct _KithSetupEar KithSetupEar;

/* @ports: must outlive it. @tell: SEEKER or LOG, for kithd. */
KithSetupEar *kith_setup_ear_new (KithEdgeLoop *loop,
                                  KithEdgePorts *ports,
                                  void (*tell) (gpointer data, const KithEdgeFrame *frame),
                                  gpointer data);
void kith_setup_ear_free (KithSetupEar *ear);

/* The addresses of this host, on whose links it hears. */
void kith_setup_ear_set_own (KithSetupEar *ear, const KithEdgeAddresses *own);

/* SEEK or ADDRESS. */
void kith_setup_ear_order (KithSetupEar *ear, const KithEdgeFrame *frame);

G_END_DECLS
