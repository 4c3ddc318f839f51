/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as challenges and as credentials: what is read can be answered, printed and read again,
   and says the same. */
/* link: */
/* dict: digest */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/sip/digest.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
demand (gboolean condition)
{
  if (!condition) {
    abort ();
  }
}

/* The value of the header line in @line. */
static KithSipPiece
value_of (const GString *line, const char *name)
{
  gsize skip = strlen (name) + 2;

  demand (g_str_has_suffix (line->str, "\r\n"));
  return (KithSipPiece){ line->str + skip, line->len - skip - 2 };
}

static void
check_credentials (const KithDigestCredentials *credentials, gboolean right)
{
  g_autoptr (GString) line = g_string_new (NULL);
  KithDigestCredentials again;
  KithDigestHash ha1;

  kith_digest_ha1 (credentials->algorithm,
                   credentials->user,
                   credentials->realm,
                   kith_sip_piece ("secret"),
                   &ha1);
  kith_digest_credentials_print (credentials, "Authorization", line);
  if (memchr (line->str, '\0', line->len) != NULL) {
    return;
  }
  demand (kith_digest_credentials_parse (value_of (line, "Authorization"), &again));
  demand (again.count == credentials->count && again.algorithm == credentials->algorithm
          && kith_sip_piece_same (again.response, credentials->response)
          && kith_sip_piece_same (again.nonce, credentials->nonce));
  demand (!right || kith_digest_is_right (&again, &ha1, kith_sip_piece ("REGISTER")));
}

static void
check_challenge (const KithDigestChallenge *challenge)
{
  KithDigestCredentials credentials;
  KithDigestHash ha1, response;

  demand (kith_digest_answer (challenge,
                              kith_sip_piece ("desk"),
                              kith_sip_piece ("sip:kith"),
                              kith_sip_piece ("00000001"),
                              kith_sip_piece ("c"),
                              &credentials));
  kith_digest_ha1 (challenge->algorithm,
                   credentials.user,
                   challenge->realm,
                   kith_sip_piece ("secret"),
                   &ha1);
  kith_digest_respond (&credentials, &ha1, kith_sip_piece ("REGISTER"), &response);
  credentials.response = kith_sip_piece (response.hex);
  check_credentials (&credentials, TRUE);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  KithSipPiece text = { (const char *)data, size };
  KithDigestCredentials credentials;
  KithDigestChallenge challenge;

  if (kith_digest_credentials_parse (text, &credentials)) {
    check_credentials (&credentials, FALSE);
  }
  while (kith_digest_next (&text, &challenge)) {
    check_challenge (&challenge);
  }
  return 0;
}
