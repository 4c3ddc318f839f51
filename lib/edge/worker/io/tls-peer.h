/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom a connection that we make by TLS must reach, and whom it believes. */
#pragma once

#include <glib.h>

#include "tls/tls-trust.h"

G_BEGIN_DECLS

/* The trust is made once for all connections of a peer: kith_tls_trust_new_cas() of "ca=",
   kith_tls_trust_new_pin() of "pin="; NULL: that in the system's CAs. It is kept as long as the
   connection needs it. */
typedef struct {
  KithTlsTrust *trust;
  const char *domain; /* that its certificate must name (RFC 5922), not a host that SRV gave */
} KithTlsPeer;

G_END_DECLS
