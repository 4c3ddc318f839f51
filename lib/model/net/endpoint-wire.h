/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transport address in the frames of workers. */
#pragma once

#include "base/wire.h"
#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_ENDPOINT_WIRE_MAX 19 /* bytes */

/* Family u8 (0 none, 4, 6), then with a family 4 or 16 bytes of address and the port u16. */
KITH_API void kith_endpoint_put (KithWireWriter *writer, const KithEndpoint *endpoint);

/* The rest of @endpoint is zero. @may_be_none: family 0 is taken, too. */
KITH_API void
kith_endpoint_get (KithWireReader *reader, KithEndpoint *endpoint, gboolean may_be_none);

G_END_DECLS
