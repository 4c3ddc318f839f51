/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client of TURN (RFC 8656): one UDP socket at a server's address, reached by UDP, TCP or TLS. */
#pragma once

#include "base/clock.h"
#include "model/net/endpoint.h"
#include "model/net/turn-server.h"

G_BEGIN_DECLS

/* addresses that may send to us; the one that was used least lately makes room */
#define KITH_TURN_MAX_PEERS 64

/* Main thread. */
typedef struct _KithTurnClient KithTurnClient;

/* All come from the loop. The client may be freed in all of them. */
typedef struct {
  /* Once: an address was allocated. @server: who answered, @mapped: how the server sees us (family
     0: it did not say). */
  void (*ready) (const KithEndpoint *server,
                 const KithEndpoint *relayed,
                 const KithEndpoint *mapped,
                 gpointer user_data);
  void (*datagram) (const KithEndpoint *from, const guint8 *data, gsize len, gpointer user_data);
  /* Once, the last: refused, unreachable, or gone, which is noticed within half a minute. @why: a
     plain sentence without a secret. */
  void (*failed) (const char *why, gpointer user_data);
} KithTurnClientEvents;

/* Connects and allocates an IPv4 address with the long-term credentials of @server: SHA-256 when
   the server offers it (RFC 8489 section 9.2), else MD5. Gives up after 8 s. @events is kept, not
   copied. (transfer full) */
KithTurnClient *kith_turn_client_new (KithTurnServer *server,
                                      KithClock *clock,
                                      const KithTurnClientEvents *events,
                                      gpointer user_data);

/* Where the address was allocated: the server of kith_turn_client_new(), or the one to which that
   sent us (300 Try Alternate, followed once, over the same transport, and not to loopback or
   multicast addresses). (transfer none) */
KithTurnServer *kith_turn_client_get_server (KithTurnClient *client);

/* Gives the address back, as well as that goes without waiting, and closes. No event follows. */
void kith_turn_client_free (KithTurnClient *client);

/* Sends @len bytes (1 to KITH_STUN_DATA_MAX) from the allocated address to @to, with a permission
   for @to first (RFC 8656 section 9). FALSE when
   dropped: not ready, no IPv4 address that may be sent to, too long, or too much waits. */
gboolean kith_turn_client_send (KithTurnClient *client,
                                const KithEndpoint *to,
                                const guint8 *data,
                                gsize len);

/* How many peers have a permission now. */
guint kith_turn_client_count_peers (KithTurnClient *client);

G_END_DECLS
