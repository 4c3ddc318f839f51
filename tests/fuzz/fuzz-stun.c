/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeds bytes to the decoder of STUN and TURN: what is understood must mean the same when it is
   written and read again. */
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

static void
want_same (const KithEndpoint *one, const KithEndpoint *other)
{
  want (kith_endpoint_is_same (one, other));
}

static void
want_equal (const KithStunBytes *one, const KithStunBytes *other)
{
  want ((one->data == NULL) == (other->data == NULL) && one->len == other->len
        && (one->len == 0 || memcmp (one->data, other->data, one->len) == 0));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  guint8 written[KITH_STUN_MAX];
  KithStun stun, again;

  if (!kith_stun_decode (data, size, &stun)) {
    return 0;
  }
  const gsize len = kith_stun_encode (&stun, written, sizeof written);
  want (len > 0 && kith_stun_decode (written, len, &again));
  want (again.method == stun.method && again.kind == stun.kind);
  want (memcmp (again.id, stun.id, sizeof stun.id) == 0);
  want (again.has_fingerprint == stun.has_fingerprint);
  want_same (&again.mapped, &stun.mapped);
  want_same (&again.other, &stun.other);
  want_same (&again.origin, &stun.origin);
  want_same (&again.relayed, &stun.relayed);
  want_same (&again.peer, &stun.peer);
  want_same (&again.alternate, &stun.alternate);
  want (again.change == stun.change && again.error_code == stun.error_code);
  want (again.response_port == stun.response_port && again.transport == stun.transport);
  want (again.algorithm == stun.algorithm && again.lifetime_s == stun.lifetime_s);
  want (again.has_lifetime == stun.has_lifetime);
  want_equal (&again.data, &stun.data);
  want_equal (&again.user, &stun.user);
  want_equal (&again.realm, &stun.realm);
  want_equal (&again.nonce, &stun.nonce);
  want_equal (&again.algorithms, &stun.algorithms);
  want_equal (&again.domain, &stun.domain);
  want_equal (&again.software, &stun.software);
  return 0;
}
