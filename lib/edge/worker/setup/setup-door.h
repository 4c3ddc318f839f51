/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets of the set-up of phones; there are none while nobody is to be set up. */
#pragma once

#include "edge/worker/io/edge-loop.h"
#include "edge/worker/io/edge-ports.h"
#include "edge/worker/setup/setup-http.h"

G_BEGIN_DECLS

typedef struct _KithSetupDoor KithSetupDoor;

/* On the addresses of @start. @ports: those of SIP, must outlive it. @tell: SETUP_STATE, QUESTION,
   SEEKER or LOG, for kithd. */
KithSetupDoor *kith_setup_door_new (KithEdgeLoop *loop,
                                    KithEdgePorts *ports,
                                    const KithEdgeStart *start,
                                    void (*tell) (gpointer data, const KithEdgeFrame *frame),
                                    gpointer data);
void kith_setup_door_free (KithSetupDoor *door);

/* The addresses of this host. */
void kith_setup_door_set_own (KithSetupDoor *door, const KithEdgeAddresses *own);

/* SETUP, DOCUMENT, SEEK or ADDRESS. */
void kith_setup_door_order (KithSetupDoor *door, const KithEdgeFrame *frame);

G_END_DECLS
