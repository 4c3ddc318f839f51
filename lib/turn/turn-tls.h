/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bridge on this host: libnice speaks TURN over TCP to it, it speaks TLS to the server. */
#pragma once

#include <gio/gio.h>

#include "model/net/endpoint.h"
#include "model/net/turn-server.h"

G_BEGIN_DECLS

#define KITH_TURN_TLS_MAX 64 /* connections at once */

/* Main thread. */
typedef struct _KithTurnTls KithTurnTls;

/* Listens on a loopback address for connections of this process's user, each of which gets a TLS
   connection of its own to @server. NULL and KITH_ERROR_FAILED when there is no loopback to listen
   on. (transfer full) */
KithTurnTls *kith_turn_tls_new (KithTurnServer *server, GError **error);

/* Closes all connections. */
void kith_turn_tls_free (KithTurnTls *bridge);

/* Where it listens: @family is 4 or 6. FALSE when it does not in that family. */
gboolean kith_turn_tls_get_address (KithTurnTls *bridge, guint8 family, KithEndpoint *address);

G_END_DECLS
