/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of anybody: refused, or encoded again to the very same bytes. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/names/record.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* A record that was accepted is the only text of bytes for its value: nobody can vary one that was
   signed. Longer ones than we would write are the exception: their last candidates are cut. */
static void
check_same (GBytes *bytes, const uint8_t *data, size_t size)
{
  gsize len = 0;
  const void *again = bytes != NULL ? g_bytes_get_data (bytes, &len) : NULL;

  if (size <= KITH_RECORD_MAX - KITH_SEAL_OVERHEAD
      && (len != size || memcmp (again, data, size) != 0)) {
    abort ();
  }
}

/* The same for a kind that may have fields of version 2: without them it is what we would write. */
static void
check_record (GBytes *bytes, const uint8_t *data, size_t size)
{
  gsize len = 0;
  const guint8 *again = bytes != NULL ? g_bytes_get_data (bytes, &len) : NULL;

  if (data[0] != KITH_RECORD_VERSION_MORE) {
    check_same (bytes, data, size);
  } else if (size <= KITH_RECORD_MAX - KITH_SEAL_OVERHEAD
             && (again == NULL || len > size || len <= KITH_SIGNATURE_LEN
                 || memcmp (again + 1, data + 1, len - KITH_SIGNATURE_LEN - 1) != 0
                 || memcmp (again + len - KITH_SIGNATURE_LEN,
                            data + size - KITH_SIGNATURE_LEN,
                            KITH_SIGNATURE_LEN)
                        != 0)) {
    abort ();
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithDeviceCert cert;
  KithClaim claim;
  KithReach reach;
  KithKnock knock;

  if (kith_device_cert_decode (data, size, &cert, NULL)) {
    g_autoptr (GBytes) bytes = kith_device_cert_encode (&cert, NULL);
    check_same (bytes, data, size);
  }
  if (kith_claim_decode (data, size, &claim, NULL)) {
    g_autoptr (GBytes) bytes = kith_claim_encode (&claim, NULL);
    check_record (bytes, data, size);
  }
  if (kith_reach_decode (data, size, &reach, NULL)) {
    g_autoptr (GBytes) bytes = kith_reach_encode (&reach, NULL);
    check_record (bytes, data, size);
  }
  if (kith_knock_decode (data, size, &knock, NULL)) {
    g_autoptr (GBytes) bytes = kith_knock_encode (&knock, NULL);
    check_record (bytes, data, size);
  }
  return 0;
}
