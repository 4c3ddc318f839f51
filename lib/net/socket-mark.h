/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What routers are told of a socket's packets, so that voice does not wait behind downloads (RFC
   2474, 4594). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_DSCP_MAX 63
#define KITH_DSCP_VOICE 46      /* EF */
#define KITH_DSCP_SIGNALLING 24 /* CS3 */

/* The byte of the IP header (type of service, traffic class) that carries @dscp; its other two bits
   are the network's. Pure. */
guint8 kith_dscp_byte (guint dscp);

/* From now on what @fd (IPv4 or IPv6, UDP or TCP) sends has @dscp in its header, and what a
   listening one accepts, too; 0: as the kernel has it. Where it cannot be set nothing happens. */
void kith_socket_mark (int fd, guint dscp);

G_END_DECLS
