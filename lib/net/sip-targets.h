/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All targets of a SIP domain in the order in which they are to be tried: RFC 3263 with NAPTR, SRV
   and addresses. */
#pragma once

#include <gio/gio.h>

#include "model/sip/sip-next-hop.h"

G_BEGIN_DECLS

typedef struct {
  KithSipTransport transport; /* never ANY */
  KithEndpoint endpoint;
} KithSipTarget;

/**
 * kith_sip_targets_async:
 * @host: a name or a literal, with or without brackets
 * @port: 0: none was given
 * @transport: ANY: as the DNS says; without a word of it UDP
 *
 * A literal is itself, and a port asks for addresses alone. Else NAPTR (what it says counts where
 * no transport was given); then SRV by priority and weight; then its own addresses with the usual
 * port. Where no name server answers within a second only the last is asked for: it may stand in
 * /etc/hosts. The blocking calls have a thread of their own; the callback comes in the caller's
 * main context.
 */
void kith_sip_targets_async (const char *host,
                             guint16 port,
                             KithSipTransport transport,
                             GAsyncReadyCallback callback,
                             gpointer user_data);

/* Fills @list with at most @room of them and returns their number; 0: KITH_ERROR_NOT_FOUND. */
guint
kith_sip_targets_finish (GAsyncResult *result, KithSipTarget *list, guint room, GError **error);

G_END_DECLS
