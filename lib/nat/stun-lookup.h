/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the addresses of STUN servers without anybody waiting for them. */
#pragma once

#include <gio/gio.h>

#include "model/net/stun.h"

G_BEGIN_DECLS

typedef struct _KithStunLookup KithStunLookup;

/* One server has an address, IPv4 preferred. From the loop; servers with the same address come once
   each. */
typedef void (*KithStunFoundFunc) (const KithEndpoint *server, gpointer user_data);

/* Resolves all of @servers ("host:port", "host", "[v6]:port") at the same time. Those that cannot
   be resolved are named in the log. (transfer full) */
KithStunLookup *
kith_stun_lookup_new (const char *const *servers, KithStunFoundFunc found, gpointer user_data);

/* @found is not called any more. */
void kith_stun_lookup_free (KithStunLookup *lookup);

G_END_DECLS
