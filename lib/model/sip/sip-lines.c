/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over a head whose lines are whole. */
#include "model/sip/sip-lines.h"

#include <string.h>

#define NEEDED (KITH_HEADER_CSEQ + 1)

/* How many digits @piece starts with. */
static gsize
digits (KithSipPiece piece)
{
  gsize n = 0;

  while (n < piece.len && g_ascii_isdigit (piece.at[n])) {
    n++;
  }
  return n;
}

/* Takes the next line off the front, with its end. FALSE: there is no line end. */
static gboolean
take_line (KithSipPiece *rest, KithSipPiece *line)
{
  const char *lf = rest->len > 0 ? memchr (rest->at, '\n', rest->len) : NULL;

  if (lf == NULL) {
    return FALSE;
  }
  *line = (KithSipPiece){ rest->at, (gsize)(lf + 1 - rest->at) };
  rest->at = lf + 1;
  rest->len -= line->len;
  return TRUE;
}

static KithSipPiece
without_end (KithSipPiece line)
{
  while (line.len > 0 && (line.at[line.len - 1] == '\n' || line.at[line.len - 1] == '\r')) {
    line.len--;
  }
  return line;
}

static gboolean
read_start (KithSipLines *lines)
{
  KithSipPiece line = without_end (lines->start);
  const char *space = memchr (line.at, ' ', line.len);
  guint64 status = 0;

  if (space == NULL) {
    return FALSE;
  }
  KithSipPiece first = { line.at, (gsize)(space - line.at) };
  KithSipPiece rest = { space + 1, line.len - first.len - 1 };
  space = rest.len > 0 ? memchr (rest.at, ' ', rest.len) : NULL;
  if (space == NULL) {
    return FALSE;
  }
  KithSipPiece second = { rest.at, (gsize)(space - rest.at) };
  if (kith_sip_piece_is (first, "SIP/2.0")) {
    gboolean good = kith_sip_piece_number (second, 699, &status) && status >= 100;
    lines->status = (guint)status;
    return good;
  }
  lines->method = first;
  lines->uri = second;
  return first.len > 0 && second.len > 0;
}

static gboolean
read_line (KithSipLine *line, KithSipPiece whole)
{
  KithSipPiece text = without_end (whole);
  const char *colon = memchr (text.at, ':', text.len);

  if (colon == NULL) {
    return FALSE;
  }
  line->whole = whole;
  line->name = kith_sip_piece_trim ((KithSipPiece){ text.at, (gsize)(colon - text.at) });
  line->value
      = kith_sip_piece_trim ((KithSipPiece){ colon + 1, text.len - (gsize)(colon + 1 - text.at) });
  line->header = kith_sip_header_find (line->name.at, line->name.len);
  return line->name.len > 0;
}

gboolean
kith_sip_lines_read (KithSipLines *lines, const char *text, gsize len)
{
  KithSipPiece rest = { text, len };
  KithSipPiece line;
  guint needed = 0;

  lines->status = 0;
  lines->n = 0;
  lines->method = lines->uri = (KithSipPiece){ NULL, 0 };
  if (!take_line (&rest, &lines->start) || !read_start (lines)) {
    return FALSE;
  }
  while (take_line (&rest, &line)) {
    if (without_end (line).len == 0) {
      lines->body = rest;
      KithSipPiece cseq;
      (void)kith_sip_lines_get (lines, KITH_HEADER_CSEQ, &cseq);
      if (lines->status != 0) {
        lines->method = kith_sip_piece_trim (kith_sip_piece_from (cseq, digits (cseq)));
      }
      return needed == (1u << NEEDED) - 1;
    }
    if (lines->n == KITH_SIP_MAX_LINES || !read_line (&lines->lines[lines->n], line)) {
      return FALSE;
    }
    KithSipHeader header = lines->lines[lines->n++].header;
    needed |= header < NEEDED ? 1u << header : 0;
  }
  return FALSE;
}

gboolean
kith_sip_lines_get (const KithSipLines *lines, KithSipHeader header, KithSipPiece *value)
{
  for (guint i = 0; i < lines->n; i++) {
    if (lines->lines[i].header == header) {
      *value = lines->lines[i].value;
      return TRUE;
    }
  }
  *value = (KithSipPiece){ NULL, 0 };
  return FALSE;
}

gboolean
kith_sip_lines_find (const KithSipLines *lines, const char *name, KithSipPiece *value)
{
  KithSipHeader header = kith_sip_header_find (name, strlen (name));

  for (guint i = 0; i < lines->n; i++) {
    const KithSipLine *line = &lines->lines[i];
    if (line->header == header
        && (header < KITH_HEADER_KITH || kith_sip_piece_is (line->name, name))) {
      *value = line->value;
      return TRUE;
    }
  }
  *value = (KithSipPiece){ NULL, 0 };
  return FALSE;
}

gboolean
kith_sip_lines_element (const KithSipLines *lines,
                        KithSipHeader header,
                        guint nth,
                        KithSipPiece *element)
{
  for (guint i = 0; i < lines->n; i++) {
    KithSipPiece rest = lines->lines[i].value;
    while (lines->lines[i].header == header && kith_sip_piece_next (&rest, ',', element)) {
      if (nth-- == 0) {
        return TRUE;
      }
    }
  }
  *element = (KithSipPiece){ NULL, 0 };
  return FALSE;
}

gboolean
kith_sip_lines_via (const KithSipLines *lines, guint nth, KithSipVia *via)
{
  KithSipPiece element;

  if (!kith_sip_lines_element (lines, KITH_HEADER_VIA, nth, &element)) {
    memset (via, 0, sizeof *via);
    return FALSE;
  }
  return kith_sip_via_split (element, via);
}

KithSipPiece
kith_sip_lines_tag (const KithSipLines *lines, KithSipHeader header)
{
  KithSipPiece value, uri, params, tag = { NULL, 0 };

  (void)kith_sip_lines_get (lines, header, &value);
  if (kith_sip_piece_name (value, &uri, &params)) {
    (void)kith_sip_piece_param (params, "tag", &tag);
  }
  return tag;
}

guint32
kith_sip_lines_cseq (const KithSipLines *lines)
{
  KithSipPiece value;
  guint64 number = 0;

  (void)kith_sip_lines_get (lines, KITH_HEADER_CSEQ, &value);
  value.len = digits (value);
  (void)kith_sip_piece_number (value, G_MAXUINT32, &number);
  return (guint32)number;
}

gint
kith_sip_lines_hops (const KithSipLines *lines)
{
  KithSipPiece value;
  guint64 number = 0;

  if (!kith_sip_lines_get (lines, KITH_HEADER_MAX_FORWARDS, &value)) {
    return -1;
  }
  return kith_sip_piece_number (value, G_MAXINT, &number) ? (gint)number : 0;
}
