/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of names, and readers that walk a value once. */
#include "model/sip/sip-header.h"

#include <string.h>

#include "model/sip/sip-bounds.h"

typedef struct {
  const char *name;
  guint8 len;
  char compact; /* or 0 */
  KithSipRule rule;
} Row;

static const Row rows[] = {
  [KITH_HEADER_VIA] = { "via", 3, 'v', KITH_SIP_RULE_VIA },
  [KITH_HEADER_FROM] = { "from", 4, 'f', KITH_SIP_RULE_FROM },
  [KITH_HEADER_TO] = { "to", 2, 't', KITH_SIP_RULE_TO },
  [KITH_HEADER_CALL_ID] = { "call-id", 7, 'i', KITH_SIP_RULE_CALL_ID },
  [KITH_HEADER_CSEQ] = { "cseq", 4, 0, KITH_SIP_RULE_CSEQ },
  [KITH_HEADER_CONTENT_LENGTH] = { "content-length", 14, 'l', KITH_SIP_RULE_LENGTH },
  [KITH_HEADER_CONTENT_TYPE] = { "content-type", 12, 'c', KITH_SIP_RULE_TYPE },
  [KITH_HEADER_MAX_FORWARDS] = { "max-forwards", 12, 0, KITH_SIP_RULE_HOPS },
  [KITH_HEADER_CONTACT] = { "contact", 7, 'm', KITH_SIP_RULE_CONTACT },
  [KITH_HEADER_ROUTE] = { "route", 5, 0, KITH_SIP_RULE_ROUTE },
  [KITH_HEADER_RECORD_ROUTE] = { "record-route", 12, 0, KITH_SIP_RULE_ROUTE },
  [KITH_HEADER_EXPIRES] = { "expires", 7, 0, KITH_SIP_RULE_NUMBER },
  [KITH_HEADER_MIN_EXPIRES] = { "min-expires", 11, 0, KITH_SIP_RULE_NUMBER },
  [KITH_HEADER_SESSION_EXPIRES] = { "session-expires", 15, 'x', KITH_SIP_RULE_NUMBER },
  [KITH_HEADER_MIN_SE] = { "min-se", 6, 0, KITH_SIP_RULE_NUMBER },
  [KITH_HEADER_RETRY_AFTER] = { "retry-after", 11, 0, KITH_SIP_RULE_NUMBER },
  [KITH_HEADER_TIMESTAMP] = { "timestamp", 9, 0, KITH_SIP_RULE_NUMBER },
  [KITH_HEADER_RSEQ] = { "rseq", 4, 0, KITH_SIP_RULE_NUMBER },
  [KITH_HEADER_DATE] = { "date", 4, 0, KITH_SIP_RULE_DROP },
  [KITH_HEADER_MIME_VERSION] = { "mime-version", 12, 0, KITH_SIP_RULE_DROP },
  [KITH_HEADER_USER_AGENT] = { "user-agent", 10, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_SERVER] = { "server", 6, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_SUBJECT] = { "subject", 7, 's', KITH_SIP_RULE_FIRST },
  [KITH_HEADER_ORGANIZATION] = { "organization", 12, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_PRIORITY] = { "priority", 8, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_CONTENT_DISPOSITION] = { "content-disposition", 19, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_REPLY_TO] = { "reply-to", 8, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_RACK] = { "rack", 4, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_REFER_TO] = { "refer-to", 8, 'r', KITH_SIP_RULE_FIRST },
  [KITH_HEADER_REFERRED_BY] = { "referred-by", 11, 'b', KITH_SIP_RULE_FIRST },
  [KITH_HEADER_REPLACES] = { "replaces", 8, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_JOIN] = { "join", 4, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_EVENT] = { "event", 5, 'o', KITH_SIP_RULE_FIRST },
  [KITH_HEADER_SUBSCRIPTION_STATE] = { "subscription-state", 18, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_SIP_ETAG] = { "sip-etag", 8, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_SIP_IF_MATCH] = { "sip-if-match", 12, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_REQUEST_DISPOSITION] = { "request-disposition", 19, 'd', KITH_SIP_RULE_PASS },
  [KITH_HEADER_IDENTITY] = { "identity", 8, 'y', KITH_SIP_RULE_FIRST },
  [KITH_HEADER_IDENTITY_INFO] = { "identity-info", 13, 'n', KITH_SIP_RULE_FIRST },
  [KITH_HEADER_REFER_SUB] = { "refer-sub", 9, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_SUPPRESS_BODY_IF_MATCH] = { "suppress-body-if-match", 22, 0, KITH_SIP_RULE_FIRST },
  [KITH_HEADER_SUPPORTED] = { "supported", 9, 'k', KITH_SIP_RULE_PASS },
  [KITH_HEADER_CONTENT_ENCODING] = { "content-encoding", 16, 'e', KITH_SIP_RULE_PASS },
  [KITH_HEADER_ALLOW_EVENTS] = { "allow-events", 12, 'u', KITH_SIP_RULE_PASS },
  [KITH_HEADER_REQUIRE] = { "require", 7, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_PROXY_REQUIRE] = { "proxy-require", 13, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_AUTHORIZATION] = { "authorization", 13, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_PROXY_AUTHORIZATION] = { "proxy-authorization", 19, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_WWW_AUTHENTICATE] = { "www-authenticate", 16, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_PROXY_AUTHENTICATE] = { "proxy-authenticate", 18, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_PATH] = { "path", 4, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_SERVICE_ROUTE] = { "service-route", 13, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_ALLOW] = { "allow", 5, 0, KITH_SIP_RULE_PASS },
  [KITH_HEADER_REASON] = { "reason", 6, 0, KITH_SIP_RULE_PASS },
};

G_STATIC_ASSERT (G_N_ELEMENTS (rows) == KITH_HEADER_KITH && KITH_HEADER_KITH <= 64);

KithSipHeader
kith_sip_header_find (const char *name, gsize len)
{
  char first = (char)(len > 0 ? g_ascii_tolower (*name) : 0);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gboolean same = len == 1 ? first != 0 && first == rows[i].compact
                             : len == rows[i].len && first == *rows[i].name
                                   && g_ascii_strncasecmp (rows[i].name, name, len) == 0;
    if (same) {
      return (KithSipHeader)i;
    }
  }
  return len >= 5 && g_ascii_strncasecmp (name, "kith-", 5) == 0 ? KITH_HEADER_KITH
                                                                 : KITH_HEADER_OTHER;
}

KithSipRule
kith_sip_header_rule (KithSipHeader header)
{
  if (header < G_N_ELEMENTS (rows)) {
    return rows[header].rule;
  }
  return header == KITH_HEADER_KITH ? KITH_SIP_RULE_DROP : KITH_SIP_RULE_PASS;
}

/* A bit for each of 256 bytes: digits and -.!%*_+`'~, and letters. */
static const guint32 tokens[8] = { 0, 0x03ff6ca2, 0x87fffffe, 0x47ffffff, 0, 0, 0, 0 };

gboolean
kith_sip_is_token (guchar c)
{
  return (tokens[c / 32] >> (c % 32) & 1) != 0;
}

gboolean
kith_sip_read_number (const char *text, guint64 most, guint64 *number)
{
  *number = 0;
  if (*text == '\0') {
    return FALSE;
  }
  for (; *text != '\0'; text++) {
    if (!g_ascii_isdigit (*text)) {
      return FALSE;
    }
    *number = *number * 10 + (guint64)(*text - '0');
    if (*number > most) {
      return FALSE;
    }
  }
  return TRUE;
}

static const char *
skip_digits (const char *p, guint most)
{
  const char *start = p;

  while (g_ascii_isdigit (*p) && p - start < (gssize)most) {
    p++;
  }
  return p;
}

gboolean
kith_sip_is_number (const char *value)
{
  const char *end = skip_digits (value, 10);

  if (end == value || g_ascii_strtoull (value, NULL, 10) > G_MAXUINT32) {
    return FALSE;
  }
  if (*end == '.') {
    end = skip_digits (end + 1, 10);
  }
  if (*end == ' ') { /* a delay, as in Timestamp, or a comment */
    const char *after = end + 1;
    const char *delay = skip_digits (after, 10);
    delay = *delay == '.' ? skip_digits (delay + 1, 10) : delay;
    return *delay == '\0' || *after == '(' || *after == ';';
  }
  return *end == '\0' || *end == ';' || *end == '(';
}

/* The end of the quoted string that starts at @p, behind its quote; NULL if it stays open. */
static const char *
skip_quoted (const char *p)
{
  for (p++; *p != '\0'; p++) {
    if (*p == '\\' && p[1] != '\0') {
      p++;
    } else if (*p == '"') {
      return p + 1;
    }
  }
  return NULL;
}

/* The first @stop outside of quotes and brackets, or the end. */
static const char *
find_outside (const char *p, char stop)
{
  gboolean bracket = FALSE;

  while (*p != '\0') {
    if (*p == '"') {
      const char *end = skip_quoted (p);
      if (end == NULL) {
        return p + strlen (p);
      }
      p = end;
      continue;
    }
    if (!bracket && *p == stop) {
      return p;
    }
    bracket = *p == '<' || (bracket && *p != '>');
    p++;
  }
  return p;
}

guint
kith_sip_count (const char *value)
{
  guint count = 1;

  for (const char *p = find_outside (value, ','); *p != '\0'; p = find_outside (p + 1, ',')) {
    count++;
  }
  return count;
}

static gboolean
starts_with_scheme (const char *p)
{
  const char *start = p;

  while (g_ascii_isalnum (*p) || *p == '+' || *p == '-' || *p == '.') {
    p++;
  }
  return p > start && g_ascii_isalpha (*start) && *p == ':';
}

/* Where the URI's bracket opens: behind a quoted string, else the first bracket with a scheme, else
   the first bracket; NULL: none. */
static const char *
find_bracket (const char *value)
{
  const char *from = value;
  const char *any = NULL;

  if (*value == '"') {
    from = skip_quoted (value);
    if (from == NULL) {
      return NULL;
    }
  }
  for (const char *p = strchr (from, '<'); p != NULL; p = strchr (p + 1, '<')) {
    const char *inside = p + 1 + strspn (p + 1, " \t");
    any = any != NULL ? any : p;
    if (starts_with_scheme (inside)) {
      return p;
    }
  }
  return any;
}

/* A token or several, or one quoted string: what a parser takes. */
static gboolean
is_plain_display (const char *text, gsize len)
{
  if (len > 0 && *text == '"') {
    const char *end = skip_quoted (text);
    return end != NULL && end == text + len;
  }
  for (gsize i = 0; i < len; i++) {
    if (!kith_sip_is_token ((guchar)text[i]) && text[i] != ' ' && text[i] != '\t') {
      return FALSE;
    }
  }
  return TRUE;
}

static void
append_quoted (GString *out, const char *text, gsize len)
{
  gboolean utf8 = g_utf8_validate_len (text, len, NULL);

  g_string_append_c (out, '"');
  for (gsize i = 0; i < len; i++) {
    guchar c = (guchar)text[i];
    if (c == '"' || c == '\\') {
      g_string_append_c (out, '\\');
      g_string_append_c (out, (char)c);
    } else if (c < 0x20 || c == 0x7f) {
      g_string_append_c (out, ' ');
    } else if (c >= 0x80 && !utf8) { /* ISO-8859-1 */
      g_string_append_unichar (out, c);
    } else {
      g_string_append_c (out, (char)c);
    }
  }
  g_string_append_c (out, '"');
}

static gboolean
has_tag (const char *params)
{
  for (const char *p = find_outside (params, ';'); *p == ';'; p = find_outside (p + 1, ';')) {
    const char *name = p + 1 + strspn (p + 1, " \t");
    if (g_ascii_strncasecmp (name, "tag", 3) == 0 && name[3 + strspn (name + 3, " \t")] == '=') {
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
kith_sip_name_rewrite (const char *value, GString *out, gboolean *tagged)
{
  const char *open = find_bracket (value);

  *tagged = FALSE;
  if (open == NULL) {
    gsize len = strcspn (value, ";");
    if (!starts_with_scheme (value) || len > KITH_SIP_MAX_URI) {
      return FALSE;
    }
    *tagged = has_tag (value + len);
    g_string_append (out, value);
    return TRUE;
  }
  const char *close = strchr (open, '>');
  gsize display = (gsize)(open - value);
  while (display > 0 && (value[display - 1] == ' ' || value[display - 1] == '\t')) {
    display--;
  }
  if (close == NULL || close - open - 1 > KITH_SIP_MAX_URI) {
    return FALSE;
  }
  const char *rest = close + 1 + strspn (close + 1, " \t");
  if (*rest != '\0' && *rest != ';') {
    return FALSE;
  }
  gsize before = out->len;
  if (is_plain_display (value, display)) {
    g_string_append_len (out, value, (gssize)display);
  } else {
    append_quoted (out, value, display);
  }
  if (out->len - before > KITH_SIP_MAX_DISPLAY_BYTES) {
    return FALSE;
  }
  if (display > 0) {
    g_string_append_c (out, ' ');
  }
  g_string_append_len (out, open, close + 1 - open);
  g_string_append (out, rest);
  *tagged = has_tag (rest);
  return TRUE;
}

gboolean
kith_sip_contact_rewrite (const char *value, GString *out, guint *count)
{
  const char *p = value;

  *count = 0;
  while (*p != '\0' && *count <= KITH_SIP_MAX_CONTACT) {
    p += strspn (p, " \t,");
    const char *open = *p == '*' || starts_with_scheme (p) ? NULL : find_bracket (p);
    const char *from = open != NULL ? open : p;
    if (*p == '\0') {
      break;
    }
    if (open == NULL && *p != '*' && !starts_with_scheme (p)) {
      return FALSE;
    }
    const char *close = open != NULL ? strchr (open, '>') : p + strcspn (p, ";,");
    if (close == NULL || close - from > KITH_SIP_MAX_URI + (open != NULL)) {
      return FALSE;
    }
    const char *end = find_outside (close + (open != NULL), ',');
    g_string_append (out, *count > 0 ? ", " : "");
    g_string_append_len (out, from, end - from);
    p = end;
    (*count)++;
  }
  return *count > 0;
}
