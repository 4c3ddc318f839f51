/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP and TLS connections: who may have one, for how long, and which one leads to a peer. */
#pragma once

#include "base/clock.h"
#include "edge/worker/network.h"
#include "model/sip/sip-stream.h"

G_BEGIN_DECLS

typedef struct _KithFlows KithFlows;

typedef struct {
  guint32 stream;
  KithWay way; /* its own, with its number */
  KithSipStream *in;
  guint64 source;
  gint64 last_us; /* when it was opened, or a message went over it */
  gboolean accepted;
  gboolean useful;     /* it brought a whole message, or had one */
  gboolean broken;     /* what it brings is no SIP any more */
  gboolean registered; /* a phone did over it: it stays */
  guint calling;       /* INVITEs that wait for their answer */
  guint calls;         /* that were answered over it */
} KithFlow;

/* A connection is to be closed: it is forgotten already. */
typedef void (*KithFlowsClose) (gpointer data, guint32 stream);

KithFlows *kith_flows_new (KithClock *clock, KithFlowsClose close, gpointer data);
void kith_flows_free (KithFlows *flows);

/* In all, and of one source. */
void kith_flows_set_limits (KithFlows *flows, guint most, guint most_of_source);

/* Somebody connected: the connection @stream with @way. May close another one to make room. FALSE:
   one too many. */
gboolean kith_flows_accept (KithFlows *flows, guint32 stream, const KithWay *way);

/* We connected. */
void kith_flows_add (KithFlows *flows, guint32 stream, const KithWay *way);
void kith_flows_remove (KithFlows *flows, guint32 stream);

/* (transfer none) (nullable) */
KithFlow *kith_flows_get (KithFlows *flows, guint32 stream);
/* The one that leads there, by TLS or without as @to says. (transfer none) (nullable) */
KithFlow *kith_flows_find (KithFlows *flows, const KithSipWay *to);

/* A message went over it. */
void kith_flows_active (KithFlows *flows, KithFlow *flow);

/* An INVITE began to wait on the connection @stream, or was answered with @status (0: never). */
void kith_flows_call (KithFlows *flows, guint32 stream, gboolean begins, guint status);

guint kith_flows_count (KithFlows *flows);
/* Connections that were refused or closed to make room. */
guint64 kith_flows_refused (KithFlows *flows);

G_END_DECLS
