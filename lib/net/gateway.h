/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which router packets to the internet go to first, as the kernel's tables say. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

typedef struct {
  KithEndpoint address; /* family 4 or 6, port 0; link-local addresses need the interface */
  char interface[16];   /* its name */
} KithGateway;

/* The default gateway of the least metric. @family: 4 or 6. FALSE: there is none. Reads /proc. */
gboolean kith_gateway_find (guint family, KithGateway *gateway);

/* One line of /proc/net/route or of /proc/net/ipv6_route; FALSE when it is no default route through
   a router. Pure. */
gboolean
kith_gateway_parse_line (guint family, const char *line, KithGateway *gateway, guint32 *metric);

G_END_DECLS
