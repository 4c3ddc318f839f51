/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a message came from and where its answer goes, as a value. */
#pragma once

#include <sys/socket.h>

#include "model/sip/sip-next-hop.h"
#include "model/sip/sip-way.h"

G_BEGIN_DECLS

typedef struct {
  KithSipWay to;
  guint8 own[16]; /* our address in a datagram, of the peer's family; all zero: any */
  guint32 scope;  /* the interface of a link-local address, else 0 */
  guint32 stream; /* number of the connection; 0 with TCP: one is to be found, or made */
} KithWay;

/* From and to the system's form (IPv4 in IPv6 becomes IPv4). FALSE: another family. */
gboolean kith_way_from_native (KithWay *way, const struct sockaddr *address);
socklen_t kith_way_to_native (const KithWay *way, struct sockaddr_storage *address);

/* How it goes, and the other way round. */
KithSipTransport kith_way_transport (const KithWay *way);
void kith_way_set_transport (KithWay *way, KithSipTransport transport);

/* The address alone: "192.0.2.7", "2001:db8::1" or "[2001:db8::1]"; INET6_ADDRSTRLEN + 2 bytes. */
void kith_way_host (const KithEndpoint *endpoint, gboolean in_brackets, gchar *out, gsize room);

/* The key of a source in tables: an IPv4 address or the /56 of an IPv6 address. */
guint64 kith_way_source (const KithEndpoint *peer);

G_END_DECLS
