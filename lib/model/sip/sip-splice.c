/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each message is written once, from the top down. */
#include "model/sip/sip-splice.h"

#include <string.h>

#define HOPS 70 /* RFC 3261 section 8.1.1.6 */

typedef struct {
  const KithSipEdit *edit;
  GString *out;
  guint vias;   /* elements so far */
  guint routes; /* elements so far */
} Writer;

static void
append (GString *out, KithSipPiece piece)
{
  if (piece.len > 0) {
    kith_sip_append (out, piece.at, piece.len);
  }
}

static void
append_header (GString *out, const char *name, KithSipPiece value)
{
  g_string_append (out, name);
  g_string_append (out, ": ");
  append (out, value);
  g_string_append (out, "\r\n");
}

static void
append_text (GString *out, const char *name, const char *value)
{
  if (value != NULL) {
    append_header (out, name, kith_sip_piece (value));
  }
}

static void
append_length (GString *out, gsize length)
{
  g_string_append_printf (out, "Content-Length: %zu\r\n\r\n", length);
}

/* A Via's element with where its request came from. */
static void
append_via (GString *out, KithSipPiece element, const char *received, guint16 rport)
{
  KithSipPiece item, name, value;
  gboolean first = TRUE;

  while (kith_sip_piece_next (&element, ';', &item)) {
    kith_sip_piece_pair (item, &name, &value);
    if (!first && (kith_sip_piece_is (name, "received") || kith_sip_piece_is (name, "rport"))) {
      continue;
    }
    g_string_append (out, first ? "" : ";");
    append (out, item);
    first = FALSE;
  }
  g_string_append_printf (out, ";received=%s;rport=%u", received, rport);
}

/* The elements of a Via header, the first of all of which may go, and the next get an address. */
static void
write_vias (Writer *writer, const KithSipLine *line)
{
  const KithSipEdit *edit = writer->edit;
  GString *out = writer->out;
  KithSipPiece rest = line->value;
  KithSipPiece element;
  gsize before = out->len;
  guint popped = edit->pop_via ? 1 : 0;
  gboolean any = FALSE;

  if (writer->vias > popped) {
    append (out, line->whole);
    return;
  }
  g_string_append (out, "Via: ");
  while (kith_sip_piece_next (&rest, ',', &element)) {
    guint nth = writer->vias++;
    if (nth < popped) {
      continue;
    }
    g_string_append (out, any ? ", " : "");
    if (nth == popped && edit->received != NULL) {
      append_via (out, element, edit->received, edit->rport);
    } else {
      append (out, element);
    }
    any = TRUE;
  }
  if (any) {
    g_string_append (out, "\r\n");
  } else {
    g_string_truncate (out, before);
  }
}

static void
write_routes (Writer *writer, const KithSipLine *line)
{
  KithSipPiece rest = line->value;
  KithSipPiece element;

  if (writer->routes >= writer->edit->pop_routes) {
    append (writer->out, line->whole);
    return;
  }
  while (writer->routes < writer->edit->pop_routes && kith_sip_piece_next (&rest, ',', &element)) {
    writer->routes++;
  }
  rest = kith_sip_piece_trim (rest);
  if (rest.len > 0) {
    append_header (writer->out, "Route", rest);
  }
}

static gboolean
is_stripped (const KithSipLine *line, const char *const *strip)
{
  for (; strip != NULL && *strip != NULL; strip++) {
    gboolean same = line->header < KITH_HEADER_KITH
                        ? kith_sip_header_find (*strip, strlen (*strip)) == line->header
                        : kith_sip_piece_is (line->name, *strip);
    if (same) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
write_start (const KithSipLines *lines, const KithSipEdit *edit, GString *out)
{
  if (lines->status != 0 || edit->uri.len == 0) {
    append (out, lines->start);
    return;
  }
  append (out, lines->method);
  g_string_append_c (out, ' ');
  append (out, edit->uri);
  g_string_append (out, " SIP/2.0\r\n");
}

static void
write_line (Writer *writer, const KithSipLine *line)
{
  if (line->header == KITH_HEADER_KITH || line->header == KITH_HEADER_CONTENT_LENGTH
      || (line->header == KITH_HEADER_MAX_FORWARDS && writer->edit->hop)
      || is_stripped (line, writer->edit->strip)) {
    return;
  }
  if (line->header == KITH_HEADER_VIA) {
    write_vias (writer, line);
  } else if (line->header == KITH_HEADER_ROUTE) {
    write_routes (writer, line);
  } else {
    append (writer->out, line->whole);
  }
}

gboolean
kith_sip_splice (const KithSipLines *lines, const KithSipEdit *edit, GString *out)
{
  Writer writer = { .edit = edit, .out = out };
  gint hops = kith_sip_lines_hops (lines);

  g_string_truncate (out, 0);
  if (edit->hop && hops == 0) {
    return FALSE;
  }
  write_start (lines, edit, out);
  append_text (out, "Via", edit->via);
  append_text (out, "Record-Route", edit->record_route);
  append_text (out, "Route", edit->route);
  if (edit->hop) {
    g_string_append_printf (out, "Max-Forwards: %d\r\n", hops > 0 ? hops - 1 : HOPS);
  }
  for (guint i = 0; i < lines->n; i++) {
    write_line (&writer, &lines->lines[i]);
  }
  g_string_append (out, edit->lines != NULL ? edit->lines : "");
  append_length (out, lines->body.len);
  append (out, lines->body);
  return TRUE;
}

/* What a response gives up when it is too long. */
typedef enum { ALL, NO_PHRASE, NO_LENGTH, NO_LINES, NO_ADDRESS } Brevity;

static void
write_reply (const KithSipLines *request, const KithSipReply *reply, Brevity brevity, GString *out)
{
  KithSipEdit edit
      = { .received = brevity < NO_ADDRESS ? reply->received : NULL, .rport = reply->rport };
  Writer writer = { .edit = &edit, .out = out };

  g_string_truncate (out, 0);
  g_string_append_printf (out,
                          "SIP/2.0 %u %s\r\n",
                          reply->status,
                          brevity < NO_PHRASE ? reply->phrase : "");
  for (guint i = 0; i < request->n; i++) {
    const KithSipLine *line = &request->lines[i];
    if (line->header == KITH_HEADER_VIA) {
      write_vias (&writer, line);
    } else if (line->header == KITH_HEADER_TO && reply->to_tag != NULL && reply->status > 100
               && kith_sip_lines_tag (request, KITH_HEADER_TO).len == 0) {
      g_string_append (out, "To: ");
      append (out, line->value);
      g_string_append_printf (out, ";tag=%s\r\n", reply->to_tag);
    } else if (line->header <= KITH_HEADER_CSEQ
               || (line->header == KITH_HEADER_TIMESTAMP && reply->status == 100)) {
      append (out, line->whole);
    }
  }
  g_string_append (out, brevity < NO_LINES && reply->lines != NULL ? reply->lines : "");
  if (brevity < NO_LENGTH) {
    append_length (out, 0);
  } else {
    g_string_append (out, "\r\n");
  }
}

gboolean
kith_sip_reply (const KithSipLines *request, const KithSipReply *reply, GString *out)
{
  g_string_truncate (out, 0);
  if (request->status != 0 || kith_sip_piece_is (request->method, "ACK")) {
    return FALSE;
  }
  for (guint brevity = ALL; brevity <= NO_ADDRESS; brevity++) {
    write_reply (request, reply, (Brevity)brevity, out);
    if (reply->most == 0 || out->len <= reply->most) {
      return TRUE;
    }
  }
  g_string_truncate (out, 0);
  return FALSE;
}

void
kith_sip_follow (const KithSipLines *invite,
                 const char *method,
                 KithSipPiece to,
                 const char *lines,
                 GString *out)
{
  static const KithSipHeader same[] = { KITH_HEADER_FROM, KITH_HEADER_TO, KITH_HEADER_CALL_ID };
  static const char *const names[] = { "From", "To", "Call-ID" };
  KithSipPiece value;

  g_string_truncate (out, 0);
  g_string_append_printf (out, "%s ", method);
  append (out, invite->uri);
  g_string_append (out, " SIP/2.0\r\n");
  (void)kith_sip_lines_element (invite, KITH_HEADER_VIA, 0, &value);
  append_header (out, "Via", value);
  for (guint i = 0; i < invite->n; i++) {
    if (invite->lines[i].header == KITH_HEADER_ROUTE) {
      append (out, invite->lines[i].whole);
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    (void)kith_sip_lines_get (invite, same[i], &value);
    append_header (out, names[i], same[i] == KITH_HEADER_TO && to.len > 0 ? to : value);
  }
  g_string_append_printf (out,
                          "CSeq: %u %s\r\nMax-Forwards: %u\r\n",
                          kith_sip_lines_cseq (invite),
                          method,
                          HOPS);
  g_string_append (out, lines != NULL ? lines : "");
  append_length (out, 0);
}
