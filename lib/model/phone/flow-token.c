/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "f", both ends in hex digits, and a keyed hash over them and the dialog. */
#include "model/phone/flow-token.h"

#include <string.h>

#include "base/wire.h"

#define LETTER 'f'
#define LABEL "flow"
#define END_MAX (1 + 16 + 2 + 4) /* bytes of an end: kind, address, port, binding */
#define SIX 0x10u                /* in the kind: IPv6 */

static void
put_end (KithWireWriter *w, const KithFlowEnd *end)
{
  gboolean six = end->peer.family == 6;

  kith_wire_put_number (w, (guint)end->transport | (six ? SIX : 0u), 1);
  kith_wire_put (w, end->peer.ip, six ? 16 : 4);
  kith_wire_put_number (w, end->peer.port, 2);
  kith_wire_put_number (w, end->binding, 4);
}

static void
get_end (KithWireReader *r, KithFlowEnd *end)
{
  guint kind = (guint)kith_wire_get_number (r, 1);
  gboolean six = (kind & SIX) != 0;

  memset (end, 0, sizeof *end);
  end->transport = (KithSipTransport)(kind & ~SIX);
  end->peer.family = six ? 6 : 4;
  kith_wire_get (r, end->peer.ip, six ? 16 : 4);
  end->peer.port = (guint16)kith_wire_get_number (r, 2);
  end->binding = (guint32)kith_wire_get_number (r, 4);
  if (end->transport < KITH_SIP_TRANSPORT_UDP || end->transport > KITH_SIP_TRANSPORT_TLS) {
    r->ok = false;
  }
}

/* The hash over @digits and the dialog. */
static void
sign (const guint8 *key,
      KithSipPiece digits,
      KithSipPiece call_id,
      KithSipPiece tag,
      gchar mark[KITH_EDGE_MARK + 1])
{
  gchar text[KITH_FLOW_TOKEN_MAX + 768];
  const int n = g_snprintf (text,
                            sizeof text,
                            "%.*s\n%.*s\n%.*s",
                            KITH_SIP_PIECE (digits),
                            KITH_SIP_PIECE (call_id),
                            KITH_SIP_PIECE (tag));

  kith_edge_mark (key, LABEL, text, MIN ((gsize)n, sizeof text - 1), mark);
}

void
kith_flow_token_print (const guint8 key[KITH_EDGE_KEY],
                       const KithFlowToken *token,
                       KithSipPiece call_id,
                       KithSipPiece tag,
                       gchar out[KITH_FLOW_TOKEN_MAX])
{
  static const char digits[] = "0123456789abcdef";
  guint8 bytes[2 * END_MAX];
  KithWireWriter w = { .at = bytes, .room = sizeof bytes, .ok = true };
  gsize n = 0;

  put_end (&w, &token->caller);
  put_end (&w, &token->callee);
  out[n++] = LETTER;
  for (gsize i = 0; i < sizeof bytes - w.room; i++) {
    out[n++] = digits[bytes[i] >> 4];
    out[n++] = digits[bytes[i] & 0xf];
  }
  sign (key, (KithSipPiece){ out, n }, call_id, tag, out + n);
}

gboolean
kith_flow_token_looks (KithSipPiece user)
{
  const gsize least = 1 + 2 * 2 * (END_MAX - 12) + KITH_EDGE_MARK;

  if (user.len < least || user.len >= KITH_FLOW_TOKEN_MAX || *user.at != LETTER) {
    return FALSE;
  }
  for (gsize i = 1; i < user.len; i++) {
    if (!g_ascii_isxdigit (user.at[i])) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_flow_token_parse (const guint8 key[KITH_EDGE_KEY],
                       KithSipPiece user,
                       KithSipPiece call_id,
                       KithSipPiece tag,
                       KithFlowToken *token)
{
  guint8 bytes[KITH_FLOW_TOKEN_MAX / 2];
  gchar mark[KITH_EDGE_MARK + 1];
  guint differ = 0;

  if (!kith_flow_token_looks (user) || (user.len - KITH_EDGE_MARK) % 2 == 0) {
    return FALSE;
  }
  const gsize signed_len = user.len - KITH_EDGE_MARK;
  sign (key, (KithSipPiece){ user.at, signed_len }, call_id, tag, mark);
  for (gsize i = 0; i < KITH_EDGE_MARK; i++) { /* in the same time for each */
    differ |= (guint)(user.at[signed_len + i] ^ mark[i]);
  }
  if (differ != 0) {
    return FALSE;
  }
  for (gsize i = 1; i < signed_len; i += 2) {
    bytes[i / 2]
        = (guint8)(g_ascii_xdigit_value (user.at[i]) << 4 | g_ascii_xdigit_value (user.at[i + 1]));
  }
  KithWireReader r = { .at = bytes, .left = signed_len / 2, .ok = true };
  get_end (&r, &token->caller);
  get_end (&r, &token->callee);
  return r.ok && r.left == 0;
}
