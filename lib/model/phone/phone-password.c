/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random letters, and the hashes of RFC 7616 that stand for a password. */
#include "model/phone/phone-password.h"

#include <string.h>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

#define SECRET_BYTES 10

gboolean
kith_phone_password_make (gchar password[KITH_PHONE_PASSWORD_LEN + 1])
{
  guint8 bytes[SECRET_BYTES];

  if (!kith_random_bytes (bytes, sizeof bytes)) {
    return FALSE;
  }
  gchar *letters = kith_base32_encode (bytes, sizeof bytes);
  g_snprintf (password,
              KITH_PHONE_PASSWORD_LEN + 1,
              "%.4s-%.4s-%.4s-%.4s",
              letters,
              letters + 4,
              letters + 8,
              letters + 12);
  explicit_bzero (letters, strlen (letters));
  explicit_bzero (bytes, sizeof bytes);
  g_free (letters);
  return TRUE;
}

gboolean
kith_phone_password_check (const char *password, GError **error)
{
  gsize len = 0;

  while (g_ascii_isgraph (password[len])) {
    len++;
  }
  if (password[len] == '\0' && len >= KITH_PHONE_PASSWORD_LEAST
      && len <= KITH_PHONE_PASSWORD_MOST) {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "a password is %d to %d letters, digits or signs of ASCII, without blanks",
               KITH_PHONE_PASSWORD_LEAST,
               KITH_PHONE_PASSWORD_MOST);
  return FALSE;
}

static gboolean
hash (GChecksumType type, const char *name, const char *password, guint8 *out, gsize len)
{
  GChecksum *checksum = g_checksum_new (type);

  g_checksum_update (checksum, (const guchar *)name, -1);
  g_checksum_update (checksum, (const guchar *)":" KITH_PHONE_REALM ":", -1);
  g_checksum_update (checksum, (const guchar *)password, -1);
  g_checksum_get_digest (checksum, out, &len);
  g_checksum_free (checksum);
  return TRUE;
}

void
kith_phone_secret_make (const char *name, const char *password, KithPhoneSecret *secret)
{
  secret->has_md5 = hash (G_CHECKSUM_MD5, name, password, secret->md5, sizeof secret->md5);
  secret->has_sha256
      = hash (G_CHECKSUM_SHA256, name, password, secret->sha256, sizeof secret->sha256);
}
