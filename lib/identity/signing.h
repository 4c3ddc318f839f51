/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ed25519 signatures over encoded values, each kind under its own domain tag. */
#pragma once

#include <glib.h>

#include "model/names/record.h"

G_BEGIN_DECLS

#define KITH_DOMAIN_DEVICE "kith1-device"
#define KITH_DOMAIN_CLAIM "kith1-claim"
#define KITH_DOMAIN_REACH "kith1-reach"
#define KITH_DOMAIN_KNOCK "kith1-knock"

/* What is signed: domain ‖ addressee's key (only if there is one) ‖ the encoded value without its
   last 64 bytes. */
typedef struct {
  const char *domain;
  const KithPeerKey *addressee; /* (nullable) */
  const guint8 *encoded;        /* with its signature field */
  gsize len;                    /* at most KITH_RECORD_MAX */
} KithSigned;

/* @secret: 64 bytes as libsodium keeps it. FALSE only if @len is out of range. Any thread. */
gboolean kith_signing_sign (const KithSigned *what,
                            const guint8 *secret,
                            guint8 signature[KITH_SIGNATURE_LEN]);

/* TRUE if the last 64 bytes are a signature of @key over the rest. Any thread; 52 µs. */
gboolean kith_signing_verify (const KithSigned *what, const KithPeerKey *key);

G_END_DECLS
