/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a link, shared by the files that make it up. */
#pragma once

#include "link/link-life.h"
#include "link/link-object.h"
#include "link/repair/path-repair.h"
#include "link/sip-pump.h"
#include "model/net/link-states.h"
#include "path/path-set.h"
#include "quic/quic-conn.h"

G_BEGIN_DECLS

/* How it ends, and what lingers then: the peer may not have heard the goodbye. */
typedef struct {
  KithReason reason;
  gchar *text;
  gboolean quiet;  /* abandoned: nobody is told */
  GSource *source; /* what follows, from the loop */
  KithTimer linger;
  gint64 until; /* of the lingering; 0: the peer was not told */
  guint repeats;
} KithLinkEnd;

/* Who is told what happens, and what they know already. */
typedef struct {
  gconstpointer attempt; /* only compared: the trace that it was opened for */
  KithTrace *all;        /* shared: those of the calls over it; NULL: there are none */
  KithCandidate candidates[2 * KITH_MAX_CANDIDATES]; /* of both */
  guint n;
} KithLinkTold;

struct _KithQuicLink {
  GObject parent_instance;
  KithLinkHub *hub;
  guint id;
  KithLinkPhase phase; /* by kith_quic_link_change() alone */
  gboolean outgoing;
  gboolean is_slot;    /* the first agent's seed is public */
  gboolean started;    /* outgoing: the first packet was sent */
  KithDeviceCert peer; /* from "up" on */
  KithPathSet *paths;
  KithQuic *quic;
  KithSipPump *pump;
  KithLinkLife *life;
  KithPathRepair *repair;        /* from "up" on */
  guint8 link_id[KITH_SEED_LEN]; /* from "up" on: exported, the same at both ends */
  const KithQuicLinkOwner *owner;
  gpointer owner_data;
  KithPathMedia *media; /* what the threads of media may use; open from "up" to the end */
  KithLinkFrameFunc frame;
  gpointer frame_data;
  KithTrace *trace;
  KithLinkTold told;
  gint64 up_us;    /* wall time */
  gint64 since_us; /* of the path */
  KithLinkEnd end;
};

/* The one door to another phase. FALSE, and nothing changes, when @event means nothing now.
   (link-object.c) */
gboolean kith_quic_link_change (KithQuicLink *link, KithLinkEvent event);

/* Says goodbye with the number of @reason and ends it; @why is for us. What follows comes from the
   loop. (link-object.c) */
void kith_quic_link_end (KithQuicLink *link, KithReason reason, const char *why);

/* The same, by our own will: the peer is told @why. (link-object.c) */
void kith_quic_link_refuse (KithQuicLink *link, KithReason why);

/* Add to its trace, if it has one: that a pair works; who the peer is, the path, and what else was
   tried; all that is so by now, for a trace that begins. (link-trace.c) */
void kith_quic_link_trace_pair (KithQuicLink *link, KithPath *path);
void kith_quic_link_trace_up (KithQuicLink *link);
void kith_quic_link_trace_now (KithQuicLink *link);

/* From "up" on it has a repair. FALSE when the connection is gone. (link-moves.c) */
gboolean kith_quic_link_start_repair (KithQuicLink *link);

/* Implements KithLink. (link-iface.c) */
void kith_quic_link_iface_init (KithLinkInterface *iface);

G_END_DECLS
