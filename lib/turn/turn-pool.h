/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The configured TURN servers: which of them work from here, and which one is used. */
#pragma once

#include "base/clock.h"
#include "model/call/trace.h"
#include "model/net/endpoint.h"
#include "turn/turn-server.h"

G_BEGIN_DECLS

/* Counted, main thread. */
typedef struct _KithTurnPool KithTurnPool;

/* What an ICE agent is told: an IP literal to speak TURN to. A server that is spoken to by TLS has a bridge of ours on this host. */
typedef struct {
  KithCandidate address;
  gboolean tcp;
  const char *user; /* of the server; valid as long as the pool lives */
  const char *password;
} KithTurnRelay;

typedef enum { KITH_TURN_UNKNOWN, KITH_TURN_WORKS, KITH_TURN_FAILED } KithTurnState;

/* What is known of one server, for people. */
typedef struct {
  const char *label;
  KithTurnTransport transport;
  KithTurnState state;
  gboolean is_used;
  const char *why; /* it failed, else NULL */
  guint took_ms;   /* it worked: connecting and allocating */
} KithTurnFacts;

typedef void (*KithTurnPoolFunc) (gpointer user_data);

/* @servers: element-type KithTurnServer, in order of preference among those of one transport; at most KITH_TURN_MAX_SERVERS are kept. Nothing is
   asked before kith_turn_pool_check(). (transfer full) */
KithTurnPool *kith_turn_pool_new (GPtrArray *servers);
KithTurnPool *kith_turn_pool_ref (KithTurnPool *pool);
void kith_turn_pool_unref (KithTurnPool *pool);

/* Asks all servers for an address, which is given back at once: at the start, and after this host's addresses changed. UDP is preferred to TCP and
   that to TLS, the first in the configuration among equals. */
void kith_turn_pool_check (KithTurnPool *pool);

/* The server in use gave no address, or nothing comes through it any more: asks again, at most every 3 s, and waits hardly longer for it than for
   the others. */
void kith_turn_pool_suspect (KithTurnPool *pool);

/* Ends what is under way; nothing is used any more until the next check. */
void kith_turn_pool_stop (KithTurnPool *pool);

/* The server to use. FALSE while none is known to work. */
gboolean kith_turn_pool_get_relay (KithTurnPool *pool, KithTurnRelay *relay);

/* The best of the others on other hosts that worked when it was asked last: for whom the one in use may be gone. FALSE: there is none. */
gboolean kith_turn_pool_get_second (KithTurnPool *pool, KithTurnRelay *relay);

/* Calls @func from the loop when another server is to be used, or one for the first time. */
void kith_turn_pool_watch (KithTurnPool *pool, KithTurnPoolFunc func, gpointer user_data);
void kith_turn_pool_unwatch (KithTurnPool *pool, gpointer user_data);

/* How often it was noticed that a server spoken to by UDP had forgotten the addresses it lent, as one does that was started again: what agents got
   from it by then is dead. While such a server is used, an address of the pool's own is held there to notice that within half a minute;
   watchers are told. */
guint kith_turn_pool_get_losses (KithTurnPool *pool);

/* The best server spoken to by TCP or TLS: one that works, else, while that is not known, the first. NULL: none is
   configured, or all of them failed. (transfer none) */
KithTurnServer *kith_turn_pool_get_stream_server (KithTurnPool *pool);

/* TRUE when a server answered by UDP at the last check: UDP is not blocked. */
gboolean kith_turn_pool_is_udp_open (KithTurnPool *pool);

/* Says in @trace (NULL: nothing) which server lends addresses, or why none does. */
void kith_turn_pool_trace (KithTurnPool *pool, KithTrace *trace);

guint kith_turn_pool_get_n (KithTurnPool *pool);
void kith_turn_pool_get_facts (KithTurnPool *pool, guint index, KithTurnFacts *facts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTurnPool, kith_turn_pool_unref)

G_END_DECLS
