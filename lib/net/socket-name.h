/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses of ours as the kernel has them, and back. */
#pragma once

#include <sys/socket.h>

#include "model/net/endpoint.h"

G_BEGIN_DECLS

/* Fills @name; its length. @scope: index of the interface of a link-local IPv6 address, else 0.
   Pure. */
socklen_t
kith_socket_name_set (const KithEndpoint *address, guint scope, struct sockaddr_storage *name);

/* @address gets family, address and port. FALSE, and family 0, when @name is NULL or neither IPv4
   nor IPv6. Pure. */
gboolean kith_socket_name_get (const struct sockaddr *name, KithEndpoint *address);

G_END_DECLS
