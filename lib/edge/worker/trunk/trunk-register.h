/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registration of one trunk: one REGISTER after the other, each a client transaction, at one
   target after the other. */
#pragma once

#include "base/clock.h"
#include "edge/edge-frames.h"
#include "edge/worker/io/tls-peer.h"
#include "edge/worker/way.h"
#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

typedef struct _KithTrunkRegister KithTrunkRegister;

/* What it needs. */
typedef struct {
  /* Sends to the network. Returns an errno; gives @way the number of its connection. */
  int (*send) (gpointer data, KithWay *way, const char *text, gsize len);
  /* Connects by TLS to @peer at @way, which gets the number of its connection. Returns an errno. */
  int (*connect) (gpointer data, KithWay *way, const KithTlsPeer *peer);
  /* Our address and port towards @way. FALSE: there is no way. */
  gboolean (*own_address) (gpointer data, const KithWay *way, KithEndpoint *own);
  /* The connection is that of a trunk now: it stays. */
  void (*keep) (gpointer data, guint32 stream);
  /* The connection leads nowhere: it is closed, without a word to its user. */
  void (*drop) (gpointer data, guint32 stream);
  /* A frame for kithd: TRUNK_STATE, ASK_DIGEST, RESOLVE. */
  void (*tell) (gpointer data, const KithEdgeFrame *frame);
  gpointer data;
} KithTrunkFuncs;

/* What begins the branch of a REGISTER, as kith_branch_read_outward() gives it back; with a full
   stop, which no branch of the user agent has there. */
#define KITH_TRUNK_BRANCH "z9hG4bKt."

/* @trunk is copied. It begins at once. (transfer full) */
KithTrunkRegister *kith_trunk_register_new (KithClock *clock,
                                            const guint8 *key,
                                            const KithEdgeTrunk *trunk,
                                            const KithTrunkFuncs *funcs);
void kith_trunk_register_free (KithTrunkRegister *self);

/* From the beginning, as @trunk says now. */
void kith_trunk_register_change (KithTrunkRegister *self, const KithEdgeTrunk *trunk);

/* Now, whatever it waits for. */
void kith_trunk_register_retry (KithTrunkRegister *self);

/* It is off, and says so to its registrar; TRUE of _leaves() while that is not answered. */
void kith_trunk_register_stop (KithTrunkRegister *self);
gboolean kith_trunk_register_leaves (KithTrunkRegister *self);

/* What was asked came; what nobody asked any more is passed over. TRUE: it was ours. */
gboolean kith_trunk_register_targets (KithTrunkRegister *self, const KithEdgeTargets *targets);
gboolean kith_trunk_register_answer (KithTrunkRegister *self, const KithTrunkAnswer *answer);

/* A response with the branch @branch (without our mark). TRUE: it was ours. */
gboolean kith_trunk_register_take (KithTrunkRegister *self,
                                   const KithSipLines *response,
                                   KithSipPiece branch);

/* Datagrams to @peer are refused there; the connection @stream is gone; a pong came on it; our
   addresses may have changed. */
void kith_trunk_register_refused (KithTrunkRegister *self, const KithEndpoint *peer);
void kith_trunk_register_lost (KithTrunkRegister *self, guint32 stream);
/* TLS failed on the connection @stream, which is gone: "its certificate has expired". */
void kith_trunk_register_distrusted (KithTrunkRegister *self, guint32 stream, const char *why);
void kith_trunk_register_pong (KithTrunkRegister *self, guint32 stream);
void kith_trunk_register_moved (KithTrunkRegister *self);

const KithEdgeTrunk *kith_trunk_register_get (KithTrunkRegister *self);
KithTrunkState kith_trunk_register_state (KithTrunkRegister *self);

/* By which way it is registered; NULL: it is not. (transfer none), until the next call. */
const KithWay *kith_trunk_register_way (KithTrunkRegister *self);

/* The value of the Route that begins what goes to it; NULL: none. (transfer none) */
const char *kith_trunk_register_route (KithTrunkRegister *self);

/* TRUE if what comes from there is its: of its connection, of a target of the last hour, or of
   accept-from. */
gboolean kith_trunk_register_is_source (KithTrunkRegister *self, const KithWay *way);

/* The hosts that are its sources now, port 0: at most @room. Returns their number. */
guint kith_trunk_register_sources (KithTrunkRegister *self, KithEndpoint *hosts, guint room);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTrunkRegister, kith_trunk_register_free)

G_END_DECLS
