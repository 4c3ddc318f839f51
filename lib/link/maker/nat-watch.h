/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps what is known of the NAT up to date by probes and port mappings: the concrete KithNat. */
#pragma once

#include "ports/nat/nat.h"

G_BEGIN_DECLS

#define KITH_TYPE_NAT_WATCH (kith_nat_watch_get_type ())
G_DECLARE_FINAL_TYPE (KithNatWatch, kith_nat_watch, KITH, NAT_WATCH, GObject)

/* Nothing is asked before kith_nat_start(). @stun_servers: NULL or "host:port" literals or names,
   all of them are used (copied). @upnp_helper: path of kith-upnp (copied), or NULL: no ports are
   mapped in the router. (transfer full) */
KithNat *kith_nat_watch_new (const char *const *stun_servers, const char *upnp_helper);

G_END_DECLS
