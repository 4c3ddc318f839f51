/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One pass over the head's lines; the first fault counts, and the lines behind it are read so that
   an answer can name the request. */
#include "model/sip/sip-scan.h"

#include <string.h>

#include "model/sip/sip-bounds.h"
#include "model/sip/sip-header.h"

#define KEPT 4096 /* bytes of a text that rests */
#define NEEDED 5  /* headers without which nothing can be answered */
/* headers: those behind them are not even looked for */
#define MOST_READ (2 * KITH_SIP_MAX_HEADERS)

typedef struct {
  KithSipScan *scan;
  const char *method; /* of a request: from its start line */
  gsize method_len;
  guint64 seen; /* one bit a header of the table */
  guint headers;
  guint vias;
  guint routes;
  guint contacts;
  gboolean has_length;
  gboolean length_bad;
  guint64 length;
  const char *name; /* of the header at hand, as it came: an answer must not grow */
  gsize name_len;
} Reader;

static void
fault (KithSipScan *scan, guint status, const char *what, const char *name)
{
  if (scan->status == 0) {
    scan->status = status;
    (void)g_snprintf (scan->reason,
                      sizeof scan->reason,
                      "%s%s%s",
                      what,
                      *name != '\0' ? " " : "",
                      name);
  }
}

/* A version other than 2.0, or none at all. */
static void
check_version (KithSipScan *scan, const char *text, gsize len)
{
  if (len == 7 && g_ascii_strncasecmp (text, "SIP/2.0", 7) == 0) {
    return;
  }
  gboolean other
      = len >= 7 && g_ascii_strncasecmp (text, "SIP/", 4) == 0 && g_ascii_isdigit (text[4]);
  fault (scan, other ? 505 : 400, other ? "Version Not Supported" : "Bad Request Line", "");
}

static void
read_request_line (Reader *reader, const char *line, gsize len)
{
  KithSipScan *scan = reader->scan;
  const char *end = line + len;
  const char *uri = line;

  while (uri < end && kith_sip_is_token ((guchar)*uri)) {
    uri++;
  }
  reader->method = line;
  reader->method_len = (gsize)(uri - line);
  const char *space = uri;
  while (uri < end && *uri == ' ') {
    uri++;
  }
  const char *version = end;
  while (version > uri && version[-1] != ' ') {
    version--;
  }
  const char *stop = version;
  while (stop > uri && stop[-1] == ' ') {
    stop--;
  }
  if (reader->method_len == 0 || reader->method_len > KITH_SIP_MAX_METHOD || space == uri
      || stop <= uri) {
    fault (scan, 400, "Bad Request Line", "");
    return;
  }
  check_version (scan, version, (gsize)(end - version));
  if (stop - uri > KITH_SIP_MAX_URI) {
    fault (scan, 400, "Request URI Too Long", "");
  }
  for (const char *p = uri; p < stop; p++) {
    if ((guchar)*p <= ' ' || *p == '<' || *p == '>' || *p == '"' || *p == 0x7f) {
      fault (scan, 400, "Bad Request URI", "");
    }
  }
  g_string_append_len (scan->text, line, (gssize)reader->method_len);
  g_string_append_c (scan->text, ' ');
  g_string_append_len (scan->text, uri, stop - uri);
  g_string_append (scan->text, " SIP/2.0\r\n");
}

static void
read_start_line (Reader *reader, const char *line, gsize len)
{
  KithSipScan *scan = reader->scan;

  while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t')) {
    len--;
  }
  scan->request = len < 4 || g_ascii_strncasecmp (line, "SIP/", 4) != 0;
  if (scan->request) {
    read_request_line (reader, line, len);
    return;
  }
  gboolean good = len >= 11 && g_ascii_strncasecmp (line, "SIP/2.0 ", 8) == 0 && line[8] >= '1'
                  && line[8] <= '6' && g_ascii_isdigit (line[9]) && g_ascii_isdigit (line[10])
                  && (len == 11 || line[11] == ' ');
  if (!good) {
    fault (scan, 400, "Bad Status Line", "");
    return;
  }
  g_string_append_len (scan->text, line, (gssize)len);
  g_string_append (scan->text, len == 11 ? " \r\n" : "\r\n");
}

/* The header at hand for an answer, by the name that it came with. */
static void
echo (Reader *reader)
{
  GString *out = reader->scan->echo;
  const GString *value = reader->scan->value;

  kith_sip_append (out, "\r\n", 2);
  kith_sip_append (out, reader->name, reader->name_len);
  kith_sip_append (out, ": ", 2);
  kith_sip_append (out, value->str, value->len);
}

/* … and for the message. */
static void
pass (Reader *reader, const char *name, gsize len)
{
  GString *out = reader->scan->text;
  const GString *value = reader->scan->value;

  kith_sip_append (out, name, len);
  kith_sip_append (out, ": ", 2);
  kith_sip_append (out, value->str, value->len);
  kith_sip_append (out, "\r\n", 2);
}

static gboolean
is_via (const char *value)
{
  static const char *parts[] = { "SIP", "/", "2.0", "/" };

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    gsize len = strlen (parts[i]);
    value += strspn (value, " \t");
    if (g_ascii_strncasecmp (value, parts[i], len) != 0) {
      return FALSE;
    }
    value += len;
  }
  return TRUE;
}

static void
take_via (Reader *reader, const char *value)
{
  reader->vias += kith_sip_count (value);
  if (!is_via (value)) {
    fault (reader->scan, 400, "Bad", "Via");
  }
  if (reader->vias > KITH_SIP_MAX_VIA + (reader->scan->trusted ? 1u : 0)) {
    fault (reader->scan, 400, "Too Many", "Via");
  }
  echo (reader);
  pass (reader, "Via", 3);
}

static void
take_name (Reader *reader, const char *name, const char *value)
{
  KithSipScan *scan = reader->scan;
  gsize at = scan->text->len;
  gboolean tagged = FALSE;

  g_string_append (scan->text, name);
  g_string_append_len (scan->text, ": ", 2);
  if (!kith_sip_name_rewrite (value, scan->text, &tagged)) {
    g_string_truncate (scan->text, at);
    fault (scan, 400, "Bad", name);
  } else {
    g_string_append (scan->text, "\r\n");
  }
  if (*name == 'T') {
    scan->tagged = tagged || strstr (value, "tag=") != NULL;
  }
  echo (reader);
  scan->tag_at = *name == 'T' ? scan->echo->len : scan->tag_at;
}

static void
take_call_id (Reader *reader, const char *value)
{
  if (*value == '\0' || strlen (value) > KITH_SIP_MAX_CALL_ID || strpbrk (value, " \t") != NULL) {
    fault (reader->scan, 400, "Bad", "Call-ID");
  }
  echo (reader);
  pass (reader, "Call-ID", 7);
}

static void
take_cseq (Reader *reader, const char *value)
{
  KithSipScan *scan = reader->scan;
  gsize digits = strspn (value, "0123456789");
  const char *method = value + digits + strspn (value + digits, " \t");
  g_autofree gchar *number = g_strndup (value, MIN (digits, 16));
  guint64 cseq = 0;

  if (!kith_sip_read_number (number, G_MAXINT32, &cseq) || method == value + digits
      || *method == '\0') {
    fault (scan, 400, "Bad", "CSeq");
  } else if (scan->request
             && (strlen (method) != reader->method_len
                 || strncmp (method, reader->method, reader->method_len) != 0)) {
    fault (scan, 400, "CSeq Names Another Method", "");
  }
  echo (reader);
  pass (reader, "CSeq", 4);
}

static void
take_length (Reader *reader, const char *value)
{
  if (!kith_sip_read_number (value, G_MAXUINT32, &reader->length)) {
    reader->length_bad = TRUE;
    reader->length = 0;
    fault (reader->scan, 400, "Bad", "Content-Length");
  }
  reader->has_length = TRUE;
}

static void
take_hops (Reader *reader, const char *value)
{
  guint64 hops = 0;

  if (!kith_sip_read_number (value, 255, &hops)) {
    fault (reader->scan, 400, "Bad", "Max-Forwards");
  }
  pass (reader, "Max-Forwards", 12);
}

/* In a response, which cannot be refused, what is bad or too many is left out. */
static void
take_contact (Reader *reader, const char *value)
{
  KithSipScan *scan = reader->scan;
  gsize at = scan->text->len;
  guint count = 0;

  if (reader->contacts > KITH_SIP_MAX_CONTACT) {
    return;
  }
  g_string_append (scan->text, "Contact: ");
  gboolean good = kith_sip_contact_rewrite (value, scan->text, &count);
  g_string_append (scan->text, "\r\n");
  reader->contacts += count;
  if (good && reader->contacts <= KITH_SIP_MAX_CONTACT) {
    return;
  }
  g_string_truncate (scan->text, at);
  if (scan->request) {
    fault (scan, 400, good ? "Too Many" : "Bad", "Contact");
  }
}

/* The header may come once: TRUE if it did before. @strict: that is a fault. */
static gboolean
is_second (Reader *reader, KithSipHeader index, const char *name)
{
  guint64 bit = G_GUINT64_CONSTANT (1) << index;
  gboolean second = (reader->seen & bit) != 0;

  reader->seen |= bit;
  if (second && *name != '\0') {
    fault (reader->scan, 400, "Two", name);
  }
  return second;
}

static void
take_header (Reader *reader, const char *name, gsize len, const char *value)
{
  KithSipScan *scan = reader->scan;
  KithSipHeader index = kith_sip_header_find (name, len);

  switch (kith_sip_header_rule (index)) {
  case KITH_SIP_RULE_PASS:
    pass (reader, name, len);
    break;
  case KITH_SIP_RULE_VIA:
    (void)is_second (reader, index, "");
    take_via (reader, value);
    break;
  case KITH_SIP_RULE_FROM:
    if (!is_second (reader, index, "From")) {
      take_name (reader, "From", value);
    }
    break;
  case KITH_SIP_RULE_TO:
    if (!is_second (reader, index, "To")) {
      take_name (reader, "To", value);
    }
    break;
  case KITH_SIP_RULE_CALL_ID:
    if (!is_second (reader, index, "Call-ID")) {
      take_call_id (reader, value);
    }
    break;
  case KITH_SIP_RULE_CSEQ:
    if (!is_second (reader, index, "CSeq")) {
      take_cseq (reader, value);
    }
    break;
  case KITH_SIP_RULE_LENGTH:
    if (is_second (reader, index, "Content-Length")) {
      reader->length_bad = TRUE;
    } else {
      take_length (reader, value);
    }
    break;
  case KITH_SIP_RULE_TYPE:
    if (!is_second (reader, index, "Content-Type")) {
      pass (reader, name, len);
    }
    break;
  case KITH_SIP_RULE_HOPS:
    if (!is_second (reader, index, "Max-Forwards")) {
      take_hops (reader, value);
    }
    break;
  case KITH_SIP_RULE_CONTACT:
    take_contact (reader, value);
    break;
  case KITH_SIP_RULE_ROUTE:
    reader->routes += kith_sip_count (value);
    if (reader->routes > KITH_SIP_MAX_ROUTE) {
      fault (scan, 400, "Too Many", "Route");
    }
    pass (reader, name, len);
    break;
  case KITH_SIP_RULE_FIRST:
    if (!is_second (reader, index, "")) {
      pass (reader, name, len);
    }
    break;
  case KITH_SIP_RULE_NUMBER:
    if (kith_sip_is_number (value) && !is_second (reader, index, "")) {
      pass (reader, name, len);
    }
    break;
  case KITH_SIP_RULE_DROP:
    if (scan->trusted && index == KITH_HEADER_KITH) {
      pass (reader, name, len);
    }
    break;
  }
}

/* As g_strstrip(); returns what is left of @len. */
static gsize
strip (const char **text, gsize len)
{
  while (len > 0 && g_ascii_isspace (**text)) {
    (*text)++;
    len--;
  }
  while (len > 0 && g_ascii_isspace ((*text)[len - 1])) {
    len--;
  }
  return len;
}

/* Joins the lines of one header in scan->value, without the blanks around it. FALSE for a byte that
   no line may have. */
static gboolean
unfold (KithSipScan *scan, const char *text, gsize len)
{
  GString *value = scan->value;
  gboolean good = TRUE;

  g_string_truncate (value, 0);
  if (memchr (text, '\n', len) == NULL && memchr (text, '\r', len) == NULL
      && memchr (text, '\0', len) == NULL) { /* as nearly all are */
    len = strip (&text, len);
    kith_sip_append (value, text, len);
    return TRUE;
  }
  for (gsize i = 0; i < len; i++) {
    gsize run = i;
    while (run < len && text[run] != '\0' && text[run] != '\r' && text[run] != '\n') {
      run++;
    }
    g_string_append_len (value, text + i, (gssize)(run - i));
    i = run;
    if (i == len) {
      break;
    }
    if (text[i] == '\n' || (text[i] == '\r' && i + 1 < len && text[i + 1] == '\n')) {
      g_string_append_c (value, ' ');
      i += text[i] == '\r';
      while (i + 1 < len && (text[i + 1] == ' ' || text[i + 1] == '\t')) {
        i++;
      }
    } else {
      g_string_append_c (value, '?'); /* for the answer */
      good = FALSE;
    }
  }
  (void)g_strstrip (value->str);
  value->len = strlen (value->str);
  return good;
}

static void
read_header (Reader *reader, const char *line, gsize len)
{
  KithSipScan *scan = reader->scan;
  gsize name = 0;

  if (++reader->headers > KITH_SIP_MAX_HEADERS + (scan->trusted ? KITH_SIP_OURS_HEADERS : 0)) {
    fault (scan, 400, "Too Many Headers", "");
  }
  if (len > KITH_SIP_MAX_HEADER_LINE + (scan->trusted ? KITH_SIP_OURS : 0)) {
    fault (scan, 400, "Header Line Too Long", "");
  }
  while (name < len && kith_sip_is_token ((guchar)line[name])) {
    name++;
  }
  gsize colon = name;
  while (colon < len && (line[colon] == ' ' || line[colon] == '\t')) {
    colon++;
  }
  if (name == 0 || colon == len || line[colon] != ':') {
    fault (scan, 400, "Bad Header Line", "");
    return;
  }
  if (!unfold (scan, line + colon + 1, len - colon - 1)) {
    fault (scan, 400, "Bad Character", "");
  }
  reader->name = line;
  reader->name_len = name;
  take_header (reader, line, name, scan->value->str);
}

/* The end of the line at @p, without its end; @next: the start of the next one. A header goes on in
   lines that start with a blank. */
static const char *
line_end (const char *p, const char *end, gboolean folds, const char **next)
{
  const char *from = p;
  const char *lf = NULL;

  do {
    lf = memchr (from, '\n', (gsize)(end - from));
    *next = lf != NULL ? lf + 1 : end;
    from = *next;
  } while (folds && lf != NULL && from < end && (*from == ' ' || *from == '\t'));
  const char *stop = lf != NULL ? lf : end;
  return stop > p && stop[-1] == '\r' ? stop - 1 : stop;
}

static void
read_head (Reader *reader, const char *head, gsize len)
{
  KithSipScan *scan = reader->scan;
  const char *end = head + len;
  const char *next = NULL;
  const char *stop = line_end (head, end, FALSE, &next);

  if (memchr (head, '\0', (gsize)(stop - head)) != NULL
      || memchr (head, '\r', (gsize)(stop - head)) != NULL) {
    fault (scan, 400, "Bad Character", "");
  }
  read_start_line (reader, head, (gsize)(stop - head));
  while (next < end && reader->headers < MOST_READ) {
    const char *line = next;
    stop = line_end (line, end, TRUE, &next);
    if (stop == line) {
      break; /* the empty line */
    }
    read_header (reader, line, (gsize)(stop - line));
  }
}

/* What every message must have. The table's first five rows are those without which there is no
   answer. */
static void
check_whole (Reader *reader)
{
  static const char *names[NEEDED] = { "Via", "From", "To", "Call-ID", "CSeq" };
  gboolean all = TRUE;

  for (guint i = 0; i < NEEDED; i++) {
    if ((reader->seen & (G_GUINT64_CONSTANT (1) << i)) == 0) {
      fault (reader->scan, 400, "Missing", names[i]);
      all = FALSE;
    }
  }
  gboolean ack
      = reader->scan->request && reader->method_len == 3 && strncmp (reader->method, "ACK", 3) == 0;
  if (!all || ack || !reader->scan->request) {
    g_string_truncate (reader->scan->echo, 0);
    reader->scan->tag_at = 0;
  }
}

/* Bytes up to behind the empty line, or 0. Goes on where it stopped before. */
static gsize
find_head (KithSipScan *scan, const char *data, gsize len)
{
  const char *end = data + len;
  const char *p = data + scan->searched;

  while (p < end) {
    const char *lf = memchr (p, '\n', (gsize)(end - p));
    if (lf == NULL) {
      break;
    }
    if (lf + 1 < end && lf[1] == '\n') {
      return (gsize)(lf + 2 - data);
    }
    if (lf + 2 < end && lf[1] == '\r' && lf[2] == '\n') {
      return (gsize)(lf + 3 - data);
    }
    p = lf + 1;
  }
  scan->searched = len > 2 ? len - 2 : 0;
  return 0;
}

/* Reads the head again, and the body with it: nothing is kept between runs but two numbers. */
static KithSipScanVerdict
finish (KithSipScan *scan, Reader *reader, const char *body, gsize rest)
{
  gsize length = reader->has_length ? (gsize)reader->length : rest;

  if (!reader->length_bad && length > KITH_SIP_MAX_BODY) {
    fault (scan, 413, "Request Entity Too Large", "");
  } else if (length > rest) {
    fault (scan, 400, "Body Too Short", "");
  }
  if (scan->status != 0) {
    return KITH_SIP_SCAN_REFUSE;
  }
  if (reader->has_length || length > 0) {
    g_string_append_printf (scan->text, "Content-Length: %zu\r\n", length);
  }
  g_string_append (scan->text, "\r\n");
  g_string_append_len (scan->text, body, (gssize)length);
  return KITH_SIP_SCAN_PASS;
}

static KithSipScanVerdict
run_datagram (KithSipScan *scan, const char *data, gsize len)
{
  Reader reader = { .scan = scan };
  gsize head = find_head (scan, data, len);

  scan->used += len;
  scan->searched = 0;
  if (scan->used > KITH_SIP_MAX_DATAGRAM) {
    fault (scan, 413, "Message Too Large", "");
  }
  head = head != 0 ? head : len;
  read_head (&reader, data, head);
  check_whole (&reader);
  return finish (scan, &reader, data + head, len - head);
}

static KithSipScanVerdict
break_off (KithSipScan *scan)
{
  scan->searched = 0;
  scan->wanted = 0;
  return KITH_SIP_SCAN_BREAK;
}

static KithSipScanVerdict
run_stream (KithSipScan *scan, const char *data, gsize len)
{
  Reader reader = { .scan = scan };
  gsize skipped = scan->used;
  /* a whole message that grew when it was written anew */
  gsize most = KITH_SIP_MAX_STREAM + (scan->trusted ? KITH_SIP_MAX_REWRITE + KITH_SIP_OURS : 0);

  if (scan->wanted > len) {
    return KITH_SIP_SCAN_MORE;
  }
  gsize head = find_head (scan, data, MIN (len, most));
  if (head == 0 && len < most) {
    gboolean has_line = memchr (data, '\n', MIN (len, KITH_SIP_MAX_HEADER_LINE)) != NULL;
    if (has_line || len < KITH_SIP_MAX_HEADER_LINE) {
      return KITH_SIP_SCAN_MORE;
    }
    fault (scan, 400, "Bad Request Line", "");
    return break_off (scan);
  }
  read_head (&reader, data, head != 0 ? head : most);
  check_whole (&reader);
  if (!reader.has_length) {
    fault (scan, 400, "Missing", "Content-Length");
  }
  if (head == 0 || (!reader.length_bad && reader.length > KITH_SIP_MAX_BODY)
      || head + reader.length > most) {
    scan->status = 0;
    fault (scan, 413, "Message Too Large", "");
    return break_off (scan);
  }
  if (!reader.has_length || reader.length_bad) {
    return break_off (scan);
  }
  scan->wanted = head + (gsize)reader.length;
  if (len < scan->wanted) {
    return KITH_SIP_SCAN_MORE;
  }
  scan->used = skipped + scan->wanted;
  scan->searched = 0;
  scan->wanted = 0;
  return finish (scan, &reader, data + head, (gsize)reader.length);
}

void
kith_sip_scan_init (KithSipScan *scan, gboolean stream)
{
  memset (scan, 0, sizeof *scan);
  scan->stream = stream;
  scan->text = g_string_new (NULL);
  scan->echo = g_string_new (NULL);
  scan->value = g_string_new (NULL);
}

void
kith_sip_scan_clear (KithSipScan *scan)
{
  if (scan->text != NULL) {
    g_string_free (scan->text, TRUE);
    g_string_free (scan->echo, TRUE);
    g_string_free (scan->value, TRUE);
    memset (scan, 0, sizeof *scan);
  }
}

static void
rest (GString **text)
{
  g_string_truncate (*text, 0);
  if ((*text)->allocated_len > KEPT) {
    g_string_free (*text, TRUE);
    *text = g_string_new (NULL);
  }
}

void
kith_sip_scan_rest (KithSipScan *scan)
{
  rest (&scan->text);
  rest (&scan->echo);
  rest (&scan->value);
  scan->tag_at = 0;
}

KithSipScanVerdict
kith_sip_scan_run (KithSipScan *scan, const guint8 *data, gsize len)
{
  gsize blank = 0;
  gsize lines = 0;

  g_string_truncate (scan->text, 0);
  g_string_truncate (scan->echo, 0);
  scan->status = 0;
  scan->reason[0] = '\0';
  scan->used = 0;
  scan->ping = FALSE;
  scan->request = FALSE;
  scan->tagged = FALSE;
  scan->tag_at = 0;
  while (blank < len && (data[blank] == '\r' || data[blank] == '\n')) {
    lines += data[blank] == '\n';
    blank++;
  }
  /* line ends in front of a message mean nothing (RFC 3261 section 7.5) */
  if (blank > 0 && (scan->stream || blank == len)) {
    scan->used = blank;
    scan->ping = lines >= 2;
    return KITH_SIP_SCAN_IDLE;
  }
  if (blank == len) {
    return scan->stream ? KITH_SIP_SCAN_MORE : KITH_SIP_SCAN_IDLE;
  }
  if (!kith_sip_is_token (data[blank])) {
    scan->used = len;
    fault (scan, 400, "Not SIP", "");
    return scan->stream ? break_off (scan) : KITH_SIP_SCAN_IDLE;
  }
  scan->used = blank;
  return scan->stream ? run_stream (scan, (const char *)data, len)
                      : run_datagram (scan, (const char *)data + blank, len - blank);
}

gboolean
kith_sip_scan_answer (const KithSipScan *scan,
                      guint status,
                      const char *phrase,
                      const char *to_tag,
                      GString *out)
{
  g_string_truncate (out, 0);
  if (scan->tag_at == 0) {
    return FALSE;
  }
  g_string_append_printf (out, "SIP/2.0 %u %s", status, phrase);
  g_string_append_len (out, scan->echo->str, (gssize)scan->tag_at);
  if (!scan->tagged) {
    g_string_append_printf (out, ";tag=%s", to_tag);
  }
  g_string_append (out, scan->echo->str + scan->tag_at);
  g_string_append (out, "\r\nl: 0\r\n\r\n"); /* compact: what came may have been very short */
  return TRUE;
}
