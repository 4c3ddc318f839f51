/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to the TURN servers (RFC 8656) that lend addresses, and through which datagrams can
   leave. */
#pragma once

#include <glib-object.h>

#include "base/export.h"
#include "model/call/trace.h"
#include "model/net/endpoint.h"
#include "model/net/turn-server.h"

G_BEGIN_DECLS

#define KITH_TURN_TOKEN_LEN 16

#define KITH_TYPE_TURN (kith_turn_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithTurn, kith_turn, KITH, TURN, GObject)

/* What an ICE agent is told: an IP literal to speak TURN to. A server that is spoken to by TLS has
   a bridge of ours on this host. */
typedef struct {
  KithEndpoint address;
  gboolean tcp;
  const char *user; /* of the server; valid as long as the KithTurn lives */
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

/* A UDP port on loopback whose datagrams leave from, and come in at, an address of a TURN server
   that is spoken to by TCP or TLS. */
typedef struct _KithTurnGate KithTurnGate;

/* Both come from the loop. The gate may be closed in them. */
typedef struct {
  /* Once: who sends to @port on 127.0.0.1, and reads from there, writes and reads @token before
     each datagram (lib/turn/turn-gate.h). */
  void (*ready) (guint16 port, const guint8 token[KITH_TURN_TOKEN_LEN], gpointer user_data);
  void (*failed) (const char *why, gpointer user_data); /* once, the last; a plain sentence */
} KithTurnGateEvents;

/**
 * KithTurnInterface: the configured servers; main thread. Which of them work is found out by
 * kith_turn_check(), and one that works is in use.
 *
 * Signal: "changed" (): from the loop, when another server is to be used, or one for the first
 * time, or the addresses of the one in use were
 * lost: see kith_turn_get_losses().
 */
struct _KithTurnInterface {
  GTypeInterface parent_interface;
  void (*check) (KithTurn *self);
  void (*suspect) (KithTurn *self);
  void (*stop) (KithTurn *self);
  gboolean (*get_relay) (KithTurn *self, KithTurnRelay *relay);
  gboolean (*get_second) (KithTurn *self, KithTurnRelay *relay);
  guint (*get_losses) (KithTurn *self);
  gboolean (*is_udp_open) (KithTurn *self);
  guint (*get_n) (KithTurn *self);
  void (*get_facts) (KithTurn *self, guint index, KithTurnFacts *facts);
  KithTurnGate *(*open_gate) (KithTurn *self,
                              const KithTurnGateEvents *events,
                              gpointer user_data,
                              GError **error);
  void (*close_gate) (KithTurn *self, KithTurnGate *gate);
};

/* Asks all servers for an address, which is given back at once: at the start, and after this host's
   addresses changed. UDP is preferred to TCP and that to TLS, the first in the configuration among
   equals. */
KITH_API void kith_turn_check (KithTurn *self);

/* The server in use gave no address, or nothing comes through it any more: asks again, at most
   every 3 s, and waits hardly longer for it than for the others. */
KITH_API void kith_turn_suspect (KithTurn *self);

/* Ends what is under way; nothing is used any more until the next check. */
KITH_API void kith_turn_stop (KithTurn *self);

/* The server to use. FALSE while none is known to work. */
KITH_API gboolean kith_turn_get_relay (KithTurn *self, KithTurnRelay *relay);

/* The best of the others on other hosts that worked when it was asked last: for whom the one in use
   may be gone. FALSE: there is none. */
KITH_API gboolean kith_turn_get_second (KithTurn *self, KithTurnRelay *relay);

/* How often it was noticed that a server spoken to by UDP had forgotten the addresses it lent, as
   one does that was started again: what agents got from it by then is dead. It is noticed within
   half a minute. */
KITH_API guint kith_turn_get_losses (KithTurn *self);

/* TRUE when a server answered by UDP at the last check: UDP is not blocked. */
KITH_API gboolean kith_turn_is_udp_open (KithTurn *self);

/* How many servers there are, and what is known of each. */
KITH_API guint kith_turn_get_n (KithTurn *self);
KITH_API void kith_turn_get_facts (KithTurn *self, guint index, KithTurnFacts *facts);

/* Opens a gate at the best server that is spoken to by TCP or TLS. @events is kept, not copied.
   NULL and KITH_ERROR_NOT_FOUND: none is configured, or all of them failed; KITH_ERROR_FAILED: no
   loopback socket can be had. Belongs to @self until it is closed by kith_turn_close_gate(), which
   gives the address back. */
KITH_API KithTurnGate *kith_turn_open_gate (KithTurn *self,
                                            const KithTurnGateEvents *events,
                                            gpointer user_data,
                                            GError **error);
KITH_API void kith_turn_close_gate (KithTurn *self, KithTurnGate *gate);

/* Says in @trace (NULL: nothing) which server lends addresses, or why none does. */
KITH_API void kith_turn_trace (KithTurn *self, KithTrace *trace);

G_END_DECLS
