/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Marks of edge-mark in branches. */
#include "edge/worker/traffic/branch.h"

#include <string.h>

#define COOKIE "z9hG4bKk"
#define LABEL_IN "in"
#define LABEL_OUT "out"

KithBranchKind
kith_branch_kind (KithSipPiece method)
{
  return kith_sip_piece_is (method, "INVITE") || kith_sip_piece_is (method, "ACK")
             ? KITH_BRANCH_INVITE
         : kith_sip_piece_is (method, "CANCEL") ? KITH_BRANCH_CANCEL
                                                : KITH_BRANCH_OTHER;
}

gboolean
kith_branch_of_request (const guint8 *key,
                        const KithSipLines *lines,
                        gchar mark[KITH_EDGE_MARK + 1])
{
  KithSipVia via;
  KithSipPiece call_id;
  KithSipPiece tag = kith_sip_lines_tag (lines, KITH_HEADER_FROM);

  if (!kith_sip_lines_via (lines, 0, &via)) {
    return FALSE;
  }
  (void)kith_sip_lines_get (lines, KITH_HEADER_CALL_ID, &call_id);
  g_autofree gchar *text = g_strdup_printf ("%.*s\n%.*s\n%.*s:%u\n%.*s\n%u\n%.*s",
                                            KITH_SIP_PIECE (via.branch),
                                            KITH_SIP_PIECE (via.transport),
                                            KITH_SIP_PIECE (via.host),
                                            via.port,
                                            KITH_SIP_PIECE (call_id),
                                            kith_sip_lines_cseq (lines),
                                            KITH_SIP_PIECE (tag));
  kith_edge_mark (key, LABEL_IN, text, strlen (text), mark);
  return TRUE;
}

void
kith_branch_inward (const gchar mark[KITH_EDGE_MARK + 1], gchar *out, gsize room)
{
  (void)g_snprintf (out, room, COOKIE "%s", mark);
}

gboolean
kith_branch_read_inward (KithSipPiece branch, gchar mark[KITH_EDGE_MARK + 1])
{
  gsize cookie = strlen (COOKIE);

  if (branch.len != cookie + KITH_EDGE_MARK || memcmp (branch.at, COOKIE, cookie) != 0) {
    return FALSE;
  }
  memcpy (mark, branch.at + cookie, KITH_EDGE_MARK);
  mark[KITH_EDGE_MARK] = '\0';
  return TRUE;
}

gchar *
kith_branch_outward (const guint8 *key, KithSipPiece branch, gchar mark[KITH_EDGE_MARK + 1])
{
  kith_edge_mark (key, LABEL_OUT, branch.at, branch.len, mark);
  return g_strdup_printf ("%.*s.%s", KITH_SIP_PIECE (branch), mark);
}

gboolean
kith_branch_read_outward (const guint8 *key,
                          KithSipPiece branch,
                          KithSipPiece *inner,
                          gchar mark[KITH_EDGE_MARK + 1])
{
  guint differ = 0;

  if (branch.len <= KITH_EDGE_MARK + 1 || branch.at[branch.len - KITH_EDGE_MARK - 1] != '.') {
    return FALSE;
  }
  *inner = (KithSipPiece){ branch.at, branch.len - KITH_EDGE_MARK - 1 };
  kith_edge_mark (key, LABEL_OUT, inner->at, inner->len, mark);
  for (gsize i = 0; i < KITH_EDGE_MARK; i++) {
    differ |= (guint)(g_ascii_tolower (inner->at[inner->len + 1 + i]) ^ mark[i]);
  }
  return differ == 0;
}

guint64
kith_branch_key (const gchar mark[KITH_EDGE_MARK + 1], KithBranchKind kind)
{
  return g_ascii_strtoull (mark, NULL, 16) ^ (guint64)kind;
}
