/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as URI, Route and Via: what is read lies inside of it. */
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
  return 0;
}
