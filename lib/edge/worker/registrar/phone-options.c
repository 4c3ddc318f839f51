/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The branch says which binding it was, and when: nothing else is kept of the request. */
#include "edge/worker/registrar/phone-options.h"

#include <string.h>

#include "edge/worker/traffic/branch.h"

#define COOKIE "z9hG4bKo."
#define DIGITS 8

void
kith_phone_options_write (const guint8 *key,
                          const KithBinding *binding,
                          const char *own,
                          GString *out)
{
  gchar inner[sizeof COOKIE + 2 * DIGITS + 1];
  gchar mark[KITH_EDGE_MARK + 1];

  (void)g_snprintf (inner, sizeof inner, COOKIE "%08x.%08x", binding->id, binding->asked);
  g_autofree gchar *branch = kith_branch_outward (key, kith_sip_piece (inner), mark);
  g_string_printf (out,
                   "OPTIONS %s SIP/2.0\r\nVia: SIP/2.0/%s %s;branch=%s;rport\r\n"
                   "Max-Forwards: 70\r\nFrom: <sip:kith@%s>;tag=%s\r\nTo: <%s>\r\n"
                   "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\n",
                   binding->uri,
                   binding->transport == KITH_SIP_TRANSPORT_TLS   ? "TLS"
                   : binding->transport == KITH_SIP_TRANSPORT_TCP ? "TCP"
                                                                  : "UDP",
                   own,
                   branch,
                   own,
                   mark,
                   binding->uri,
                   mark);
  if (binding->path != NULL) {
    g_string_append_printf (out, "Route: %s\r\n", binding->path);
  }
  g_string_append (out, "Accept: application/sdp\r\nContent-Length: 0\r\n\r\n");
}

static gboolean
read_number (const char *at, guint32 *number)
{
  gchar digits[DIGITS + 1];
  guint64 value = 0;

  memcpy (digits, at, DIGITS);
  digits[DIGITS] = '\0';
  if (!g_ascii_string_to_unsigned (digits, 16, 1, G_MAXUINT32, &value, NULL)) {
    return FALSE;
  }
  *number = (guint32)value;
  return TRUE;
}

gboolean
kith_phone_options_read (KithSipPiece inner, guint32 *id, guint32 *asked)
{
  const gsize cookie = strlen (COOKIE);

  return inner.len == cookie + 2 * DIGITS + 1 && memcmp (inner.at, COOKIE, cookie) == 0
         && inner.at[cookie + DIGITS] == '.' && read_number (inner.at + cookie, id)
         && read_number (inner.at + cookie + DIGITS + 1, asked);
}
