/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a SIP message goes next, as a value: from a URI, a Route or a Via, without asking a DNS. */
#pragma once

#include "model/net/endpoint.h"
#include "model/sip/sip-piece.h"

G_BEGIN_DECLS

typedef enum {
  KITH_SIP_TRANSPORT_ANY, /* not said: a DNS may tell (RFC 3263 section 4.1) */
  KITH_SIP_TRANSPORT_UDP,
  KITH_SIP_TRANSPORT_TCP,
  KITH_SIP_TRANSPORT_TLS,
} KithSipTransport;

/* "udp", "tcp", "tls"; "" for ANY (static string). */
KITH_API const char *kith_sip_transport_word (KithSipTransport transport);

/* In any case of letters; FALSE: another one than those three. */
KITH_API gboolean kith_sip_transport_find (KithSipPiece word, KithSipTransport *transport);

/**
 * KithSipHop:
 * @host: as it is written, without brackets; it lies in the text that was read
 * @endpoint: family 4 or 6: the host is a number, IPv4 in IPv6 as what it is, and the port the
 * given one or the default; family 0: it is a name, and the port the given one or 0
 * Whether anything may be sent there is another question: kith_endpoint_is_sendable().
 */
typedef struct {
  KithSipTransport transport;
  KithSipPiece host;
  KithEndpoint endpoint;
} KithSipHop;

/* TRUE if @host is an IP literal (brackets of IPv6 may be there): family and address of @endpoint,
   whose port stays. */
KITH_API gboolean kith_sip_host_is_number (KithSipPiece host, KithEndpoint *endpoint);

/**
 * kith_sip_hop_of_uri:
 * @uri: sip:, sips: (which is TLS, whatever "transport" says)
 * RFC 3263 section 4 as far as it goes without a DNS: a number or a given port without a transport
 * is UDP. "maddr" is passed over.
 * Returns: FALSE: no SIP URI, or a transport that Kith does not speak.
 */
KITH_API gboolean kith_sip_hop_of_uri (KithSipPiece uri, KithSipHop *hop);

/* The same for an element of Route or Contact. @loose: (nullable): its URI has "lr". */
KITH_API gboolean kith_sip_hop_of_route (KithSipPiece element, KithSipHop *hop, gboolean *loose);

/* Where the response goes that has @via on top (RFC 3261 section 18.2.2, RFC 3581): received, or
   the host of sent-by; over UDP the port of rport, or of sent-by. "maddr" is passed over. FALSE: a
   transport that Kith does not speak, or a "received" that is no number. */
KITH_API gboolean kith_sip_hop_of_via (const KithSipVia *via, KithSipHop *hop);

G_END_DECLS
