/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as URI, Route, Via and peer: what is read lies inside of it, and a peer that was read is
   printed as it was. */
/* link: */
/* dict: sip */
#include <stdint.h>
#include <stdlib.h>

#include "model/sip/sip-next-hop.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

static void
check (const KithSipHop *hop, KithSipPiece text)
{
  demand (hop->host.len > 0 && hop->host.at >= text.at
          && hop->host.at + hop->host.len <= text.at + text.len);
  demand (hop->endpoint.family == 0 || hop->endpoint.port != 0);
  demand (hop->transport != KITH_SIP_TRANSPORT_ANY
          || (hop->endpoint.family == 0 && hop->endpoint.port == 0));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithSipPiece text = { (const char *)data, size };
  KithSipPeer peer, again;
  gboolean loose = FALSE;
  KithSipHop hop;
  KithSipVia via;

  if (kith_sip_hop_of_uri (text, &hop)) {
    check (&hop, text);
  }
  if (kith_sip_hop_of_route (text, &hop, &loose)) {
    check (&hop, text);
  }
  if (kith_sip_via_split (text, &via) && kith_sip_hop_of_via (&via, &hop)) {
    check (&hop, text);
  }
  if (kith_sip_peer_parse (text, &peer)) {
    g_autoptr (GString) out = g_string_new (NULL);
    kith_sip_peer_print (&peer, out);
    demand (kith_sip_peer_parse (kith_sip_piece (out->str), &again));
    demand (again.kind == peer.kind && again.transport == peer.transport
            && kith_endpoint_is_same (&again.endpoint, &peer.endpoint)
            && g_str_equal (again.name, peer.name));
  }
  return 0;
}
