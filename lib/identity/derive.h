/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every key and location that is derived from another, by one function and one list of labels. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_ROOT_LEN 32

/* BLAKE2b personalizations, at most 16 bytes, padded with zeros. One label, one use. */
#define KITH_LABEL_ROOT "kith1-seedphrase"     /* entropy → root */
#define KITH_LABEL_IDENTITY "kith1-identity"   /* root → Ed25519 seed of the identity */
#define KITH_LABEL_DISCOVERY "kith1-discovery" /* root → discovery secret for reach = contacts */
/* identity key → discovery secret for reach = public */
#define KITH_LABEL_PUBLIC_REACH "kith1-reach-pub"
#define KITH_LABEL_CLAIM_PLACE "kith1-claim-loc"
#define KITH_LABEL_CLAIM_KEY "kith1-claim-key"
#define KITH_LABEL_REACH_PLACE "kith1-reach-loc"
#define KITH_LABEL_REACH_KEY "kith1-reach-key"
#define KITH_LABEL_INBOX_PLACE "kith1-inbox-loc"
#define KITH_LABEL_INBOX_CHECK "kith1-inbox-chk"
#define KITH_LABEL_NAME_REACH_PLACE "kith1-nreach-loc" /* what is kept beside a claim */
#define KITH_LABEL_NAME_REACH_KEY "kith1-nreach-key"
#define KITH_LABEL_NAME_INBOX_PLACE "kith1-ninbox-loc"

/* What a derivation is made from; @message may be NULL. */
typedef struct {
  const guint8 *key; /* 16 to 64 bytes */
  gsize key_len;
  const guint8 *message;
  gsize message_len;
} KithDeriveFrom;

/* BLAKE2b of @len bytes (16 to 64), keyed and personalized with @label. */
void kith_derive (const char *label, const KithDeriveFrom *from, guint8 *out, gsize len);

/* Root of @len bytes of entropy; what @label makes of a root. 32 bytes each; the caller wipes
   them. */
void kith_derive_root (const guint8 *entropy, gsize len, guint8 root[KITH_ROOT_LEN]);
void kith_derive_from_root (const guint8 root[KITH_ROOT_LEN], const char *label, guint8 out[32]);

G_END_DECLS
