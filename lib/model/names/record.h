/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wire form of what goes into the DHT: plain values and their encoding, without any
   cryptography. */
#pragma once

#include <glib.h>

#include "base/export.h"
#include "model/names/name.h"
#include "model/names/peer-key.h"
#include "model/net/endpoint.h"
#include "model/net/nat-facts.h"

G_BEGIN_DECLS

#define KITH_RECORD_MAX 512        /* bytes of a sealed value */
#define KITH_LOCATION_LEN 20       /* an OpenDHT InfoHash */
#define KITH_SIGNATURE_LEN 64      /* Ed25519 */
#define KITH_SEED_LEN 16           /* from which both sides' ICE credentials are derived */
#define KITH_RECORD_VERSION 1      /* what is written */
#define KITH_RECORD_VERSION_MORE 2 /* what is read, too: see "Records that grow" below */
#define KITH_RECORD_MAX_MORE 16    /* fields behind those of version 1 */
#define KITH_MAX_URIS 3
#define KITH_URI_MAX 80
#define KITH_CAPABILITY_VOICE 1u
/* answers only people it knows: no address is in the record, a knock may stay without an answer */
#define KITH_CAPABILITY_KNOWN_ONLY 2u

/* A device's right to speak for an identity; at most 7 days. Wire: identity 32, device 32,
   not-before u32, not-after u32, label length u8, label (at most 16 bytes UTF-8), signature 64 by
   the identity over the domain tag "kith1-device" and all before. */
typedef struct {
  KithPeerKey identity;
  KithPeerKey device;
  gint64 not_before; /* seconds since the epoch */
  gint64 not_after;
  gchar label[17];
  guint8 signature[KITH_SIGNATURE_LEN];
} KithDeviceCert;

/* "This key holds this name": found under the name, proved by the work in nonce. */
typedef struct {
  gchar name[KITH_NAME_MAX + 1];
  KithPeerKey identity;
  guint64 nonce;
  guint8 difficulty; /* zero bits at the head of the work hash */
  /* FALSE while the tag is still being computed: nonce, difficulty and tag are 0 */
  gboolean has_work;
  /* what the work is said to prove: compared for free, evaluated only on a match */
  guint8 tag[KITH_TAG_LEN];
  guint64 seq;
  gint64 issued; /* seconds since the epoch */
  gint64 expires;
  guint8 signature[KITH_SIGNATURE_LEN]; /* by the identity, domain tag "kith1-claim" */
} KithClaim;

/* The SIP contact: where a device of an identity can be reached. */
typedef struct {
  KithDeviceCert device;
  gboolean gone; /* the device left; nothing below but the times counts */
  guint64 seq;
  gint64 issued; /* seconds since the epoch */
  gint64 expires;
  /* KITH_CAPABILITY_…; bits 8 to 11 are nat on the wire, and 0 here unless a newer program has a
     kind of its own */
  guint32 capabilities;
  KithNatKind nat;   /* what the device knows of its NAT; unknown in records of older programs */
  gboolean has_slot; /* a listening agent waits with these credentials */
  guint8 slot_seed[KITH_SEED_LEN];
  guint n_candidates;
  KithCandidate candidates[KITH_MAX_CANDIDATES];
  guint n_uris;
  gchar uris[KITH_MAX_URIS][KITH_URI_MAX + 1]; /* SIP contact URIs */
  guint8 signature[KITH_SIGNATURE_LEN];        /* by the device, domain tag "kith1-reach" */
} KithReach;

typedef enum {
  KITH_KNOCK_OFFER = 1,
  KITH_KNOCK_ANSWER = 2, /* to an offer or a move: its seed, the candidates of the other side */
  /* "check from your listening agent of this seed to these candidates of mine": needs no answer */
  KITH_KNOCK_CHECK = 3,
  KITH_KNOCK_MOVE = 4 /* an offer for a new path of a link that exists */
} KithKnockKind;

/* A message of ICE for one link, by whatever way it travels: an inbox, a friend, the link
   itself. */
typedef struct {
  KithKnockKind kind;
  KithDeviceCert device; /* who knocks */
  /* random, the same in all knocks of one attempt; of a move: exported by the link */
  guint8 link_id[KITH_SEED_LEN];
  /* ICE credentials of both sides are derived from it; of a check: that of the listening agent */
  guint8 seed[KITH_SEED_LEN];
  gint64 issued; /* seconds since the epoch */
  guint n_candidates;
  KithCandidate candidates[KITH_MAX_CANDIDATES];
  guint8 signature[KITH_SIGNATURE_LEN]; /* by the device, domain tag "kith1-knock" */
} KithKnock;

/**
 * Encoders write the value with its signature field as the last 64 bytes; what is to be signed is
 * the encoding without these.
 * Returns: (transfer full): the bytes, or NULL and KITH_ERROR_INVALID_ARGUMENTS when a field is out
 * of bounds.
 * A reach or knock with more candidates than fit in KITH_RECORD_MAX minus KITH_SEAL_OVERHEAD loses
 * the last ones.
 */
#define KITH_SEAL_OVERHEAD 57 /* a knock's: version 1, check 8, sealed box 48; the AEAD needs 41 */
KITH_API GBytes *kith_device_cert_encode (const KithDeviceCert *cert, GError **error);
KITH_API GBytes *kith_claim_encode (const KithClaim *claim, GError **error);
KITH_API GBytes *kith_reach_encode (const KithReach *reach, GError **error);
KITH_API GBytes *kith_knock_encode (const KithKnock *knock, GError **error);

/* A list of candidates as it stands in records (count, then each), for messages that are no
   records. Appends to @out, which may hold at most 200 bytes. FALSE and
   KITH_ERROR_INVALID_ARGUMENTS, and then @out is as it was. */
KITH_API gboolean kith_candidates_append (GByteArray *out,
                                          const KithCandidate *candidates,
                                          guint n,
                                          GError **error);

/* FALSE and KITH_ERROR_PROTOCOL when @data is not one such list and nothing else. */
KITH_API gboolean kith_candidates_decode (const guint8 *data,
                                          gsize len,
                                          KithCandidate candidates[KITH_MAX_CANDIDATES],
                                          guint *n,
                                          GError **error);

/* Records that grow: version 2 of claim, reach and knock has the fields of version 1, then at most
   KITH_RECORD_MAX_MORE further ones, each type 1 byte (1 to 255, rising, so that none comes twice),
   length 1, and as many bytes, then the signature over all of it. A reader skips the types that it
   does not know; none is known yet, and nobody writes version 2 yet. A device certificate has one
   form only. */

/* Decoders check version, lengths, counts, UTF-8 of names and URIs, and that nothing else follows.
   FALSE and KITH_ERROR_PROTOCOL. What they give of a record of version 2 is what its fields of
   version 1 say. */
KITH_API gboolean kith_device_cert_decode (const guint8 *data,
                                           gsize len,
                                           KithDeviceCert *cert,
                                           GError **error);
KITH_API gboolean kith_claim_decode (const guint8 *data,
                                     gsize len,
                                     KithClaim *claim,
                                     GError **error);
KITH_API gboolean kith_reach_decode (const guint8 *data,
                                     gsize len,
                                     KithReach *reach,
                                     GError **error);
KITH_API gboolean kith_knock_decode (const guint8 *data,
                                     gsize len,
                                     KithKnock *knock,
                                     GError **error);

G_END_DECLS
