/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens any bytes as a claim, a reach record, its copy or a knock: as they came, and sealed by
   someone who knows the place. */
/* link: kith-identity */
#include <glib/gstdio.h>
#include <stdint.h>
#include <string.h>

#include "identity/derive.h"
#include "identity/envelope.h"
#include "identity/seal.h"
#include "identity/vault.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define NOW 1800000000
#define NAME "alice"

enum { CLAIM, REACH, KNOCK, COPY, N_KINDS };
enum { SEALED = 4 }; /* in the first byte: the rest is what is inside */

typedef struct {
  KithVault *vault;
  const KithPeerKey *identity;
  guint8 name_secret[32];
  guint8 claim_key[32];
  guint8 reach_key[32];
  guint8 copy_key[32];
} Fixed;

static void
make_fixed (Fixed *fixed)
{
  static const guint8 entropy[16] = { 7, 7, 7 };
  g_autofree gchar *dir = g_dir_make_tmp ("kith-fuzz-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "identity.key", NULL);
  guint8 secret[32];

  if (!kith_identity_init () || dir == NULL) {
    abort ();
  }
  fixed->vault = kith_vault_create (dir, NAME, entropy, NULL, NULL);
  if (fixed->vault == NULL) {
    abort ();
  }
  (void)g_remove (path);
  (void)g_rmdir (dir);
  fixed->identity = kith_vault_get_identity (fixed->vault);
  kith_name_secret (NAME, fixed->name_secret);
  kith_derive (KITH_LABEL_CLAIM_KEY,
               &(KithDeriveFrom){ .key = fixed->name_secret, .key_len = 32 },
               fixed->claim_key,
               32);
  kith_derive (KITH_LABEL_NAME_REACH_KEY,
               &(KithDeriveFrom){ .key = fixed->name_secret, .key_len = 32 },
               fixed->copy_key,
               32);
  kith_derive (KITH_LABEL_PUBLIC_REACH,
               &(KithDeriveFrom){ .key = fixed->identity->bytes, .key_len = 32 },
               secret,
               32);
  kith_derive (KITH_LABEL_REACH_KEY,
               &(KithDeriveFrom){ .key = secret, .key_len = 32 },
               fixed->reach_key,
               32);
}

/* What the network would deliver: the bytes themselves, or sealed for the right place. */
static GBytes *
deliver (const Fixed *fixed, guint kind, gboolean sealed, const uint8_t *data, size_t size)
{
  if (!sealed || size > KITH_RECORD_MAX) {
    return g_bytes_new (data, size);
  }
  switch (kind) {
  case CLAIM:
    return kith_envelope_close (fixed->claim_key, data, size, NULL);
  case REACH:
    return kith_envelope_close (fixed->reach_key, data, size, NULL);
  case COPY:
    return kith_envelope_close (fixed->copy_key, data, size, NULL);
  default:
    return kith_envelope_address (fixed->identity, data, size, NULL);
  }
}

/* Whatever opens can be encoded again: nothing out of bounds came through. */
static void
check (GBytes *encoded)
{
  if (encoded == NULL) {
    abort ();
  }
  g_bytes_unref (encoded);
}

static void
open_knock (const Fixed *fixed, GBytes *value)
{
  g_autoptr (GBytes) inner = NULL;
  g_autoptr (GError) error = NULL;
  KithKnock knock;

  if (!kith_vault_unseal (fixed->vault, value, &inner)) {
    return;
  }
  if (kith_knock_open (inner, fixed->identity, NOW, &knock, &error)) {
    check (kith_knock_encode (&knock, NULL));
  } else if (error == NULL) {
    abort ();
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static Fixed fixed;
  g_autoptr (GError) error = NULL;
  KithClaim claim;
  KithReach reach;

  if (fixed.vault == NULL) {
    make_fixed (&fixed);
  }
  if (size == 0) {
    return 0;
  }
  guint kind = (data[0] & 3) % N_KINDS;
  g_autoptr (GBytes) value = deliver (&fixed, kind, (data[0] & SEALED) != 0, data + 1, size - 1);
  if (value == NULL) {
    return 0;
  }
  if (kind == KNOCK) {
    open_knock (&fixed, value);
    return 0;
  }
  if (kind == CLAIM && kith_claim_open (value, NAME, fixed.name_secret, NOW, &claim, &error)) {
    check (kith_claim_encode (&claim, NULL));
  } else if (kind == REACH && kith_reach_open (value, fixed.identity, NOW, &reach, &error)) {
    check (kith_reach_encode (&reach, NULL));
  } else if (kind == COPY
             && kith_reach_open_for_name (value,
                                          fixed.name_secret,
                                          fixed.identity,
                                          NOW,
                                          &reach,
                                          &error)) {
    check (kith_reach_encode (&reach, NULL));
  } else if (error == NULL) {
    abort ();
  }
  return 0;
}
