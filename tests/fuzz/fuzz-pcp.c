/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds bytes to the reader of PCP answers: what it takes for a mapping has the length and the
   bytes of one. */
/* link: kith-link */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "router/pcp-message.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
want (gboolean ok)
{
  if (!ok) {
    abort ();
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithPcpResponse response;
  const gboolean is_announcement = kith_pcp_is_announcement (data, size);

  if (!kith_pcp_read (data, size, &response)) {
    want (!is_announcement || size == 12);
    return 0;
  }
  want (size >= 8 && size <= KITH_PCP_MAX && (data[1] & 0x80) != 0);
  want (data[0] == 2 || response.result == KITH_PCP_UNSUPP_VERSION);
  if (response.has_map) {
    want (size >= 60 && response.opcode == KITH_PCP_MAP);
    want (response.external.family == 4 || response.external.family == 6);
    want (memcmp (response.nonce, data + 24, KITH_PCP_NONCE_LEN) == 0);
  }
  want (!is_announcement || response.opcode == KITH_PCP_ANNOUNCE);
  want (*kith_pcp_result_text (response.result) != '\0');
  return 0;
}
