/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All addresses of this host. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

/* The addresses of the interfaces that are up, loopback and link-local ones among them, each once,
   port 0. Returns their number, at most @room. */
guint kith_own_addresses (KithEndpoint *list, guint room);

G_END_DECLS
