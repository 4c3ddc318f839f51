/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "z9hG4bKk.p.MARK.INDEX.LOOP", "z9hG4bKk.s.MARK.00.LOOP" and "BRANCH.pINDEX", each with the keyed
   hash of kith_branch_outward() behind it. */
#include "edge/worker/proxy/proxy-mark.h"

#include <string.h>

#define FORK "z9hG4bKk.p."
#define STATELESS "z9hG4bKk.s."
#define HEAD 11   /* characters of each */
#define INDEX 2   /* hex digits */
#define UA_TAIL 4 /* ".pNN" */
#define INNER (HEAD + KITH_EDGE_MARK + 1 + INDEX + 1 + KITH_PROXY_LOOP)

void
kith_proxy_loop (const guint8 *key, const KithSipLines *lines, gchar loop[KITH_PROXY_LOOP + 1])
{
  gchar mark[KITH_EDGE_MARK + 1];
  KithSipPiece call_id, route, require;
  KithSipPiece from = kith_sip_lines_tag (lines, KITH_HEADER_FROM);

  (void)kith_sip_lines_get (lines, KITH_HEADER_CALL_ID, &call_id);
  (void)kith_sip_lines_get (lines, KITH_HEADER_ROUTE, &route);
  (void)kith_sip_lines_get (lines, KITH_HEADER_PROXY_REQUIRE, &require);
  g_autofree gchar *text = g_strdup_printf ("%.*s\n%.*s\n%.*s\n%u\n%.*s\n%.*s",
                                            KITH_SIP_PIECE (lines->uri),
                                            KITH_SIP_PIECE (from),
                                            KITH_SIP_PIECE (call_id),
                                            kith_sip_lines_cseq (lines),
                                            KITH_SIP_PIECE (route),
                                            KITH_SIP_PIECE (require));
  kith_edge_mark (key, "loop", text, strlen (text), mark);
  (void)g_strlcpy (loop, mark, KITH_PROXY_LOOP + 1);
}

gboolean
kith_proxy_loops (const guint8 *key, const KithSipLines *lines, const gchar *loop)
{
  KithSipVia via;
  KithSipPiece inner;
  gchar mark[KITH_EDGE_MARK + 1];

  for (guint i = 0; i < KITH_SIP_MAX_VIA && kith_sip_lines_via (lines, i, &via); i++) {
    if (via.branch.len > INNER && memcmp (via.branch.at, FORK, HEAD - 2) == 0
        && memcmp (via.branch.at + INNER - KITH_PROXY_LOOP, loop, KITH_PROXY_LOOP) == 0
        && kith_branch_read_outward (key, via.branch, &inner, mark)) {
      return TRUE;
    }
  }
  return FALSE;
}

gchar *
kith_proxy_mark_print (const guint8 *key, const KithProxyMark *mark, const gchar *loop)
{
  gchar ours[KITH_EDGE_MARK + 1];
  g_autofree gchar *inner
      = mark->kind == KITH_PROXY_MARK_UA
            ? g_strdup_printf ("%.*s.p%02x", KITH_SIP_PIECE (mark->own), mark->index)
            : g_strdup_printf ("%s%s.%02x.%s",
                               mark->kind == KITH_PROXY_MARK_FORK ? FORK : STATELESS,
                               mark->mark,
                               mark->index,
                               loop);

  return kith_branch_outward (key, kith_sip_piece (inner), ours);
}

static gboolean
read_index (KithSipPiece digits, guint *index)
{
  gint high = g_ascii_xdigit_value (digits.at[0]);
  gint low = g_ascii_xdigit_value (digits.at[1]);

  if (high < 0 || low < 0) {
    return FALSE;
  }
  *index = (guint)(high << 4 | low);
  return TRUE;
}

void
kith_proxy_mark_read (const guint8 *key, KithSipPiece inner, KithProxyMark *mark)
{
  const gsize digits = HEAD + KITH_EDGE_MARK + 1;

  memset (mark, 0, sizeof *mark);
  if (inner.len == INNER
      && (memcmp (inner.at, FORK, HEAD) == 0 || memcmp (inner.at, STATELESS, HEAD) == 0)
      && read_index (kith_sip_piece_from (inner, digits), &mark->index)) {
    mark->kind
        = memcmp (inner.at, FORK, HEAD) == 0 ? KITH_PROXY_MARK_FORK : KITH_PROXY_MARK_STATELESS;
    memcpy (mark->mark, inner.at + HEAD, KITH_EDGE_MARK);
  } else if (inner.len > UA_TAIL && memcmp (inner.at + inner.len - UA_TAIL, ".p", 2) == 0
             && read_index (kith_sip_piece_from (inner, inner.len - 2), &mark->index)) {
    mark->kind = KITH_PROXY_MARK_UA;
    mark->own = (KithSipPiece){ inner.at, inner.len - UA_TAIL };
    g_free (kith_branch_outward (key, mark->own, mark->mark));
  }
}
