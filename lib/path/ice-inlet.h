/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an ICE agent tells, on whichever thread it does: media goes on at once, all else to the main
   loop. */
#pragma once

#include <nice/agent.h>

#include "model/net/endpoint.h"
#include "path/path-media.h"

G_BEGIN_DECLS

/* Counted: the agent's threads keep one as well as the main loop does. */
typedef struct _KithIceInlet KithIceInlet;

/* Events that tell nothing but that they were; several may be told as one. */
typedef enum {
  KITH_ICE_TOLD_CONNECTED = 1, /* once */
  KITH_ICE_TOLD_GATHERED = 2,
  KITH_ICE_TOLD_MOVED = 4,
  KITH_ICE_TOLD_FAILED = 8,
  KITH_ICE_TOLD_COMPLETE = 16, /* it has gathered all that it was told of */
  /* a packet of media came that proved to be the peer's; at most every 100 ms */
  KITH_ICE_TOLD_HEARD = 32
} KithIceTold;

/* On the main loop, one after the other in the order in which they came, but that what was told
   comes before what was brought. Each may shut the inlet. */
typedef struct {
  void (*told) (KithIceTold what, gpointer user_data);
  /* a check came from there first */
  void (*source) (const KithEndpoint *source, gpointer user_data);
  void (*datagram) (const guint8 *data, gsize len, gpointer user_data);
} KithIceInletEvents;

/* @box is of kith_path_box_new(); @events is kept. Main thread. (transfer full) */
KithIceInlet *
kith_ice_inlet_new (KithMailbox *box, const KithIceInletEvents *events, gpointer user_data);

/* Any thread. */
KithIceInlet *kith_ice_inlet_ref (KithIceInlet *inlet);
void kith_ice_inlet_unref (KithIceInlet *inlet);

/* No event follows. Main thread. */
void kith_ice_inlet_shut (KithIceInlet *inlet);

/* From now on packets of media go there; before, they are dropped. Once. Main thread. */
void kith_ice_inlet_set_media (KithIceInlet *inlet, KithPathMedia *media);

/* TRUE once a pair works. Any thread. */
gboolean kith_ice_inlet_is_connected (KithIceInlet *inlet);

/* Has the main loop told. Any thread. */
void kith_ice_inlet_tell (KithIceInlet *inlet, KithIceTold what);

/* Connects to the signals of @agent; with @sources also to that of new remote candidates; and no
   more. */
void kith_ice_inlet_listen (KithIceInlet *inlet, NiceAgent *agent);
void kith_ice_inlet_listen_for_sources (KithIceInlet *inlet, NiceAgent *agent);
void kith_ice_inlet_ignore (KithIceInlet *inlet, NiceAgent *agent);

/* For nice_agent_attach_recv(), with an inlet: on the media thread. */
void kith_ice_inlet_on_datagram (NiceAgent *agent,
                                 guint stream,
                                 guint component,
                                 guint len,
                                 gchar *data,
                                 gpointer inlet);

G_END_DECLS
