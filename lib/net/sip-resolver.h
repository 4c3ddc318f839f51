/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding the next hop of an ordinary SIP URI: RFC 3263 without NAPTR, by GResolver. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _KithSipResolver KithSipResolver;

/* @bind: our address, which decides the family that can be reached: "::" both; NULL: none. */
KithSipResolver *kith_sip_resolver_new (const char *bind);
void kith_sip_resolver_free (KithSipResolver *resolver);

/**
 * kith_sip_resolver_resolve_async:
 * A numeric host is itself; with a port: A and AAAA; else SRV _sip._udp, then _sip._tcp (or what
 * transport= says; all are asked at once), then A and AAAA with
 * port 5060; a DNS that says nothing about SRV for 1.2 s is taken for a no. Ends within 3 s. All
 * targets and addresses that are found (at most 8) are kept for a minute: the answer is the best of
 * them that was not given up.
 * _finish: (transfer full): "sip:192.0.2.7:5062;transport=udp" (the user part as in @uri), and our
 * own address towards it. KITH_ERROR_NOT_FOUND, KITH_ERROR_INVALID_ADDRESS, KITH_ERROR_UNSUPPORTED,
 * KITH_ERROR_UNREACHABLE (no route), KITH_ERROR_CANCELLED.
 */
void kith_sip_resolver_resolve_async (KithSipResolver *resolver,
                                      const char *uri,
                                      GCancellable *cancellable,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data);
gchar *kith_sip_resolver_resolve_finish (KithSipResolver *resolver,
                                         GAsyncResult *result,
                                         gchar **local_host,
                                         GError **error);

/* The next hop of @uri without asking anyone: its number, or what was found in the last minute.
   (transfer full) NULL and KITH_ERROR_NOT_FOUND when it must be resolved first, or
   KITH_ERROR_INVALID_ADDRESS, KITH_ERROR_UNSUPPORTED. */
gchar *kith_sip_resolver_next_hop (KithSipResolver *resolver, const char *uri, GError **error);

/* TRUE when @uri has another next hop beside that of kith_sip_resolver_next_hop(). */
gboolean kith_sip_resolver_has_other (KithSipResolver *resolver, const char *uri);

/* The next hop @hop of @uri did not serve (RFC 3263 section 4.3): for a minute others come first.
   FALSE: there is no other. */
gboolean kith_sip_resolver_give_up (KithSipResolver *resolver, const char *uri, const char *hop);

/* Our own address towards the numeric URI @next_hop, asked from the routing table without a packet.
   (transfer full), or NULL. */
gchar *kith_sip_resolver_local_host (KithSipResolver *resolver, const char *next_hop);

G_END_DECLS
