/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds bytes to the STUN decoder: what is understood must mean the same when it is written and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/net/stun.h"

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
  guint8 written[KITH_STUN_MAX];
  KithStun stun, again;

  if (!kith_stun_decode (data, size, &stun)) {
    return 0;
  }
  if (stun.kind == KITH_STUN_ERROR && stun.error_code == 0) {
    stun.error_code = 400; /* one without a code cannot be written */
  } else if (stun.kind != KITH_STUN_ERROR) {
    stun.error_code = 0; /* written into errors only */
  }
  stun.has_foreign = FALSE;
  const gsize len = kith_stun_encode (&stun, written, sizeof written);
  want (len > 0 && kith_stun_decode (written, len, &again));
  want (kith_endpoint_is_same (&again.mapped, &stun.mapped));
  want (kith_endpoint_is_same (&again.other, &stun.other));
  want (kith_endpoint_is_same (&again.origin, &stun.origin));
  want (again.kind == stun.kind && memcmp (again.id, stun.id, sizeof stun.id) == 0);
  want (again.change_ip == stun.change_ip && again.change_port == stun.change_port);
  want (again.response_port == stun.response_port && again.error_code == stun.error_code);
  want (again.has_fingerprint == stun.has_fingerprint);
  return 0;
}
