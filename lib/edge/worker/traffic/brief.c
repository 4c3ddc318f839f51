/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line by line: some are left out, some get their short name. */
#include "edge/worker/traffic/brief.h"

#include <string.h>

#include "model/sip/sip-lines.h"

static gboolean
is_spare (KithSipHeader header, KithSipPiece name)
{
  return header == KITH_HEADER_USER_AGENT || header == KITH_HEADER_SERVER
         || header == KITH_HEADER_TIMESTAMP || header == KITH_HEADER_ALLOW_EVENTS
         || kith_sip_piece_is (name, "Allow") || kith_sip_piece_is (name, "Accept")
         || kith_sip_piece_is (name, "Supported");
}

/* RFC 3261 section 7.3.3. NULL: it has none. */
static const char *
short_name (KithSipHeader header)
{
  static const struct {
    KithSipHeader header;
    const char *name;
  } names[] = { { KITH_HEADER_VIA, "v" },         { KITH_HEADER_FROM, "f" },
                { KITH_HEADER_TO, "t" },          { KITH_HEADER_CALL_ID, "i" },
                { KITH_HEADER_CONTACT, "m" },     { KITH_HEADER_CONTENT_LENGTH, "l" },
                { KITH_HEADER_CONTENT_TYPE, "c" } };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    if (names[i].header == header) {
      return names[i].name;
    }
  }
  return NULL;
}

gboolean
kith_brief (const char *text, gsize len, KithBrief brief, GString *out)
{
  static KithSipLines lines; /* one thread has the edge */

  g_string_truncate (out, 0);
  if (!kith_sip_lines_read (&lines, text, len) || lines.status == 0) {
    return FALSE;
  }
  if (brief == KITH_BRIEF_BARE) {
    g_string_append_printf (out, "SIP/2.0 %u \r\n", lines.status);
  } else {
    g_string_append_len (out, lines.start.at, (gssize)lines.start.len);
  }
  for (guint i = 0; i < lines.n; i++) {
    const KithSipLine *line = &lines.lines[i];
    const char *name = brief >= KITH_BRIEF_COMPACT ? short_name (line->header) : NULL;
    if (brief >= KITH_BRIEF_NEEDED && is_spare (line->header, line->name)) {
      continue;
    }
    if (name != NULL) {
      g_string_append_printf (out, "%s:%.*s\r\n", name, KITH_SIP_PIECE (line->value));
    } else {
      g_string_append_len (out, line->whole.at, (gssize)line->whole.len);
    }
  }
  g_string_append (out, "\r\n");
  if (lines.body.len > 0) {
    g_string_append_len (out, lines.body.at, (gssize)lines.body.len);
  }
  return TRUE;
}
