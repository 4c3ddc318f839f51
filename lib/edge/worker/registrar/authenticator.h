/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who knows the password of a phone: nonces that need no memory, counts of how often each was used,
   and silence for those who guess. */
#pragma once

#include "model/phone/phone.h"
#include "model/sip/digest.h"

G_BEGIN_DECLS

#define KITH_NONCE_LIFE_S 300
#define KITH_NONCE_USES 4        /* nonces of one phone whose counts are remembered */
#define KITH_GUESSES 5           /* wrong passwords of a source within a minute, then silence … */
#define KITH_SILENCE_S 60        /* … for so long, and twice as long each time … */
#define KITH_SILENCE_MOST_S 3600 /* … up to this; forgiven after as long without a guess */
#define KITH_GUESSERS_MAX 1024

/* Which counts of nonces a phone has used. Zero at first. */
typedef struct {
  struct {
    guint32 second; /* of the nonce; 0: none */
    guint16 number;
    guint32 top;  /* the highest count */
    guint32 seen; /* bit n: top − n was used */
  } uses[KITH_NONCE_USES];
  guint32 floor; /* counts of nonces up to this second are forgotten: they are used up */
} KithNonceBook;

typedef enum {
  KITH_AUTH_RIGHT,
  KITH_AUTH_NONE,        /* no credentials that can be read, or of a digest that it may not use */
  KITH_AUTH_OTHER_REALM, /* credentials for somewhere else */
  KITH_AUTH_STALE,       /* right, but of an old nonce, or of one that was used */
  KITH_AUTH_WRONG
} KithAuthVerdict;

typedef struct _KithAuthenticator KithAuthenticator;

/* @key: of KITH_EDGE_KEY bytes, which outlives it. */
KithAuthenticator *kith_authenticator_new (const guint8 *key);
void kith_authenticator_free (KithAuthenticator *authenticator);

/**
 * kith_authenticator_judge:
 * @header: which credentials: KITH_HEADER_AUTHORIZATION or KITH_HEADER_PROXY_AUTHORIZATION
 * @phone: (nullable): whom the request is for; NULL: nobody, which is found out by the same work
 * @book: (nullable): of the phone
 * @now_s: seconds since the epoch
 * @credentials: (out): what was found; pieces of @request. Not for KITH_AUTH_NONE.
 */
KithAuthVerdict kith_authenticator_judge (KithAuthenticator *authenticator,
                                          const KithSipLines *request,
                                          KithSipHeader header,
                                          const KithPhone *phone,
                                          KithNonceBook *book,
                                          gint64 now_s,
                                          KithDigestCredentials *credentials);

/* Appends a line of @header ("WWW-Authenticate" or "Proxy-Authenticate") for each digest of @which,
   SHA-256 first. */
void kith_authenticator_challenge (KithAuthenticator *authenticator,
                                   const char *header,
                                   KithPhoneDigest which,
                                   gboolean stale,
                                   gint64 now_s,
                                   GString *lines);

/* TRUE: the source guessed too often, and gets no answer. @now_us: monotonic, as below. */
gboolean
kith_authenticator_is_silent (KithAuthenticator *authenticator, guint64 source, gint64 now_us);

/* The source gave a wrong password. Returns for how many seconds it gets no answer from now on; 0:
   it was not the one too many. */
guint kith_authenticator_fail (KithAuthenticator *authenticator, guint64 source, gint64 now_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithAuthenticator, kith_authenticator_free)

G_END_DECLS
