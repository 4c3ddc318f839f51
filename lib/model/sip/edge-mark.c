/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One keyed hash over a label and what is marked. */
#include "model/sip/edge-mark.h"

#include <string.h>

void
kith_edge_mark (const guint8 key[KITH_EDGE_KEY],
                const char *label,
                const char *text,
                gsize len,
                gchar out[KITH_EDGE_MARK + 1])
{
  GHmac *hmac = g_hmac_new (G_CHECKSUM_SHA256, key, KITH_EDGE_KEY);

  g_hmac_update (hmac, (const guchar *)label, (gssize)strlen (label) + 1);
  g_hmac_update (hmac, (const guchar *)text, (gssize)len);
  (void)g_strlcpy (out, g_hmac_get_string (hmac), KITH_EDGE_MARK + 1);
  g_hmac_unref (hmac);
}
