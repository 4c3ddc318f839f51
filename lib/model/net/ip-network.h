/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network of IP addresses as a value: "192.168.1.0/24". */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

typedef struct {
  KithEndpoint address; /* port 0; bits beyond the prefix are zero */
  guint16 prefix;       /* bits: up to 32 or 128 */
} KithIpNetwork;

/* "127.0.0.0/8", "2001:db8::/32", or an address alone. FALSE: @text is none. */
KITH_API gboolean kith_ip_network_parse (const char *text, KithIpNetwork *network);

/* TRUE if @prefix is one of @address, and no bit beyond it is set. */
KITH_API gboolean kith_ip_network_is_valid (const KithIpNetwork *network);

/* TRUE if the address of @endpoint, whatever its port, is of @network. */
KITH_API gboolean kith_ip_network_has (const KithIpNetwork *network, const KithEndpoint *endpoint);

G_END_DECLS
