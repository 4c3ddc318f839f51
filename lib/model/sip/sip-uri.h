/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a SIP URI that Kith dials, checked (RFC 3261 section 25.1). */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

typedef struct {
  gchar *user; /* as in the URI: what has to be escaped is escaped; NULL: none */
  gchar
      *host; /* lower-case name (IDN as A-labels) or canonical IP literal, IPv6 without brackets */
  guint16 port;          /* 0: not given */
  const char *transport; /* "udp", "tcp" or NULL (static) */
} KithSipUri;

/**
 * kith_sip_uri_parse:
 * @rest: what follows "sip:", valid UTF-8, at most 512 bytes
 *
 * Refuses passwords, headers ("?"), control characters in any disguise, maddr and method
 * parameters; drops the other parameters.
 * Returns: (transfer full): the parts, or NULL and KITH_ERROR_INVALID_ADDRESS, or
 * KITH_ERROR_UNSUPPORTED for a transport other than UDP and TCP.
 */
KITH_API KithSipUri *kith_sip_uri_parse (const char *rest, GError **error);

/* "sip:user@host[:port][;transport=udp|tcp]". (transfer full) */
KITH_API gchar *kith_sip_uri_print (const KithSipUri *uri);

KITH_API void kith_sip_uri_free (KithSipUri *uri);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithSipUri, kith_sip_uri_free)

G_END_DECLS
