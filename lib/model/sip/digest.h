/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digest authentication: challenges and credentials as values, read, computed, compared and written
   (RFC 7616 and 8760 with MD5 and SHA-256, RFC 2617). */
#pragma once

#include "model/sip/sip-lines.h"

G_BEGIN_DECLS

typedef enum {
  KITH_DIGEST_MD5,
  KITH_DIGEST_SHA256,
} KithDigestAlgorithm;

/* A hash in lower-case hexadecimal digits: 32 of MD5, 64 of SHA-256. */
typedef struct {
  gchar hex[65];
} KithDigestHash;

/**
 * KithDigestChallenge:
 * @named: it names its algorithm; else that is MD5
 * @session: "-sess"
 * @has_qop: with quality "auth"; else as RFC 2069 has it, without cnonce
 * @stale: the nonce was old, and the password may be right
 * The pieces are what stands between the quotes, escapes and all; they lie in the text that was
 * read.
 */
typedef struct {
  KithDigestAlgorithm algorithm;
  gboolean named;
  gboolean session;
  gboolean has_qop;
  gboolean stale;
  KithSipPiece realm;
  KithSipPiece nonce;
  KithSipPiece opaque; /* @at NULL: none */
} KithDigestChallenge;

/**
 * KithDigestCredentials:
 * @nc: eight hexadecimal digits; it and @cnonce are there if @has_qop
 * @count: @nc as a number
 * @response: the hash as it was sent
 * The rest as in KithDigestChallenge.
 */
typedef struct {
  KithDigestAlgorithm algorithm;
  gboolean named;
  gboolean session;
  gboolean has_qop;
  KithSipPiece user;
  KithSipPiece realm;
  KithSipPiece nonce;
  KithSipPiece uri;
  KithSipPiece response;
  KithSipPiece cnonce;
  KithSipPiece nc;
  guint32 count;
  KithSipPiece opaque; /* @at NULL: none */
} KithDigestCredentials;

/* "MD5", "SHA-256" (static string). */
KITH_API const char *kith_digest_algorithm_word (KithDigestAlgorithm algorithm);

/* The hash of "USER:REALM:PASSWORD", which is kept in the place of the password. */
KITH_API void kith_digest_ha1 (KithDigestAlgorithm algorithm,
                               KithSipPiece user,
                               KithSipPiece realm,
                               KithSipPiece password,
                               KithDigestHash *ha1);

/**
 * kith_digest_next:
 * @rest: the value of a WWW-Authenticate or Proxy-Authenticate; loses what was read
 * Takes the next challenge that can be answered: Digest with MD5 or SHA-256, with or without
 * "-sess", and quality "auth" or none. All others, and those that are broken, are passed over.
 * Returns: FALSE when there is none left.
 */
KITH_API gboolean kith_digest_next (KithSipPiece *rest, KithDigestChallenge *challenge);

/**
 * kith_digest_choose:
 * @header: KITH_HEADER_WWW_AUTHENTICATE or KITH_HEADER_PROXY_AUTHENTICATE of @response
 * @realm: of which realm; empty: that of the first challenge that can be answered
 * The best challenge of all: SHA-256 before MD5, else the first.
 * Returns: FALSE when there is none.
 */
KITH_API gboolean kith_digest_choose (const KithSipLines *response,
                                      KithSipHeader header,
                                      KithSipPiece realm,
                                      KithDigestChallenge *challenge);

/* Reads the value of an Authorization or Proxy-Authorization. FALSE for another scheme or
   algorithm, quality "auth-int", a hashed user name, a parameter that is missing or there twice, or
   a response that is no hash of that algorithm. */
KITH_API gboolean kith_digest_credentials_parse (KithSipPiece value,
                                                 KithDigestCredentials *credentials);

typedef enum {
  KITH_DIGEST_FOUND,
  KITH_DIGEST_NONE,        /* no such header */
  KITH_DIGEST_OTHER_REALM, /* credentials, but for others: @credentials are the first of them */
  KITH_DIGEST_BAD,         /* none that can be read */
} KithDigestFinding;

/* The credentials for @realm among all headers of that kind (KITH_HEADER_AUTHORIZATION or
   KITH_HEADER_PROXY_AUTHORIZATION) of a request. */
KITH_API KithDigestFinding kith_digest_find (const KithSipLines *request,
                                             KithSipHeader header,
                                             const char *realm,
                                             KithDigestCredentials *credentials);

/* What @credentials should have as their response. @ha1: of their algorithm, user and realm. */
KITH_API void kith_digest_respond (const KithDigestCredentials *credentials,
                                   const KithDigestHash *ha1,
                                   KithSipPiece method,
                                   KithDigestHash *response);

/* TRUE if @credentials prove that their sender knows @ha1. Takes the same time whatever is
   wrong. */
KITH_API gboolean kith_digest_is_right (const KithDigestCredentials *credentials,
                                        const KithDigestHash *ha1,
                                        KithSipPiece method);

/**
 * kith_digest_answer:
 * @user, @uri: without quotes, backslashes and control characters
 * @nc: eight hexadecimal digits; not "00000000"
 * @cnonce: of the client's choice, as @user
 * Fills @credentials for @challenge, but for the response, which stays empty. All pieces must stay
 * while they are used.
 * Returns: FALSE when something would not fit into quotes.
 */
KITH_API gboolean kith_digest_answer (const KithDigestChallenge *challenge,
                                      KithSipPiece user,
                                      KithSipPiece uri,
                                      KithSipPiece nc,
                                      KithSipPiece cnonce,
                                      KithDigestCredentials *credentials);

/* Appends a header line with its end. @name: "Authorization" or "Proxy-Authorization". */
KITH_API void kith_digest_credentials_print (const KithDigestCredentials *credentials,
                                             const char *name,
                                             GString *out);

/* The same for a challenge, always with quality "auth". @name: "WWW-Authenticate" or
   "Proxy-Authenticate". */
KITH_API void
kith_digest_challenge_print (const KithDigestChallenge *challenge, const char *name, GString *out);

G_END_DECLS
