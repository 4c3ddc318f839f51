/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A phone of the house: a SIP telephone that registers here, as a value. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_PHONE_NAME_MAX 24
#define KITH_PHONE_NUMBER_MAX 6
#define KITH_PHONE_MD5_LEN 16
#define KITH_PHONE_SHA256_LEN 32

/* Whom it may call. */
typedef enum {
  KITH_PHONE_HOME,  /* whomever its owner may call */
  KITH_PHONE_GUEST, /* people of the house alone */
  KITH_PHONE_DOOR   /* its owner alone */
} KithPhoneClass;

/* Which challenge it gets (RFC 8760). */
typedef enum {
  KITH_PHONE_DIGEST_AUTO, /* both, SHA-256 first */
  KITH_PHONE_DIGEST_MD5,
  KITH_PHONE_DIGEST_SHA256
} KithPhoneDigest;

/* What opens it: H(name ":" realm ":" password) of RFC 7616. The password is kept nowhere. */
typedef struct {
  guint8 md5[KITH_PHONE_MD5_LEN];
  guint8 sha256[KITH_PHONE_SHA256_LEN];
  gboolean has_md5, has_sha256; /* at least one of them */
} KithPhoneSecret;

/* Without pointers: copied by assignment. */
typedef struct {
  gchar name[KITH_PHONE_NAME_MAX + 1];     /* normal form: kith_phone_name_normalize() */
  gchar number[KITH_PHONE_NUMBER_MAX + 1]; /* kith_phone_number_check() */
  KithPhoneClass rights;
  KithPhoneDigest digest;
  KithPhoneSecret secret;
  gint64 since; /* seconds since the epoch; 0: it stands in kith.conf */
} KithPhone;

/* What holds for all phones. */
typedef struct {
  gboolean outside;      /* they may register from other networks than those of this house, too */
  guint32 max_expires_s; /* what is asked for longer is cut to it; 60 to 86,400 */
} KithPhoneRules;
#define KITH_PHONE_LEAST_EXPIRES_S 60
#define KITH_PHONE_MOST_EXPIRES_S 86400

/* "home", "guest", "door"; "auto", "md5", "sha-256" (static). */
KITH_API const char *kith_phone_class_word (KithPhoneClass rights);
KITH_API const char *kith_phone_digest_word (KithPhoneDigest digest);

/* The same back. FALSE and KITH_ERROR_INVALID_ARGUMENTS with the words that there are. */
KITH_API gboolean kith_phone_class_parse (const char *word, KithPhoneClass *rights, GError **error);
KITH_API gboolean kith_phone_digest_parse (const char *word,
                                           KithPhoneDigest *digest,
                                           GError **error);

/**
 * kith_phone_name_normalize:
 * @text: as somebody typed it
 * @name: (out): in lower case
 *
 * 1 to 24 of a to z, 0 to 9, "-" and ".", with a letter among them, none of the two signs at an
 * end; and no word that means something else where phones are named ("me", "agent").
 * Returns: FALSE and KITH_ERROR_INVALID_ARGUMENTS, with a name that would do.
 */
KITH_API gboolean kith_phone_name_normalize (const char *text,
                                             gchar name[KITH_PHONE_NAME_MAX + 1],
                                             GError **error);

/* 2 to 6 digits, the first no 0, and no emergency number. FALSE and
   KITH_ERROR_INVALID_ARGUMENTS. */
KITH_API gboolean kith_phone_number_check (const char *number, GError **error);

/* The first number that is free in @taken (a set of const char *), for @number. @from: (in, out): 0
   at first, and where the next one is looked for. FALSE: all are taken. */
KITH_API gboolean kith_phone_number_next (GHashTable *taken,
                                          guint *from,
                                          gchar number[KITH_PHONE_NUMBER_MAX + 1]);

G_END_DECLS
