/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HMAC-SHA-256 over the number of chance and the Call-ID, cut to 64 bits: one guess in 10^19. */
#include "model/sip/sip-token.h"

#include <string.h>

#define CHANCE_CHARS 8

gchar *
kith_sip_token_make (const guint8 *key, const char *call_id, guint32 chance)
{
  gchar prefix[CHANCE_CHARS + 1];
  GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, key, KITH_SIP_TOKEN_KEY);

  (void)g_snprintf (prefix, sizeof prefix, "%08x", chance);
  g_hmac_update (hmac, (const guint8 *)"tag", 4); /* the key has other uses */
  g_hmac_update (hmac, (const guint8 *)prefix, CHANCE_CHARS);
  g_hmac_update (hmac, (const guint8 *)call_id, (gssize)strlen (call_id));
  gchar *tag = g_strdup_printf ("%s%.*s",
                                prefix,
                                KITH_SIP_TOKEN_CHARS - CHANCE_CHARS,
                                g_hmac_get_string (hmac));
  g_hmac_unref (hmac);
  return tag;
}

gboolean
kith_sip_token_check (const guint8 *key, const char *call_id, const char *tag)
{
  guint32 chance = 0;
  guint8 differs = 0;

  if (strlen (tag) != KITH_SIP_TOKEN_CHARS) {
    return FALSE;
  }
  for (gsize i = 0; i < CHANCE_CHARS; i++) {
    if (!g_ascii_isxdigit (tag[i])) {
      return FALSE;
    }
    chance = chance << 4 | (guint32)g_ascii_xdigit_value (tag[i]);
  }
  g_autofree gchar *wanted = kith_sip_token_make (key, call_id, chance);
  for (gsize i = CHANCE_CHARS; i < KITH_SIP_TOKEN_CHARS; i++) {
    differs |= (guint8)(g_ascii_tolower (tag[i]) ^ wanted[i]); /* in the same time for each */
  }
  return differs == 0;
}
