/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of names, and readers that walk a value once. */
#include "model/sip/sip-header.h"

#include <string.h>

#include "model/sip/sip-bounds.h"

typedef struct {
  const char *name;
  char compact; /* or 0 */
  KithSipRule rule;
} Row;

static const Row rows[] = {
  { "via", 'v', KITH_SIP_RULE_VIA },
  { "from", 'f', KITH_SIP_RULE_FROM },
  { "to", 't', KITH_SIP_RULE_TO },
  { "call-id", 'i', KITH_SIP_RULE_CALL_ID },
  { "cseq", 0, KITH_SIP_RULE_CSEQ },
  { "content-length", 'l', KITH_SIP_RULE_LENGTH },
  { "content-type", 'c', KITH_SIP_RULE_TYPE },
  { "max-forwards", 0, KITH_SIP_RULE_HOPS },
  { "contact", 'm', KITH_SIP_RULE_CONTACT },
  { "route", 0, KITH_SIP_RULE_ROUTE },
  { "record-route", 0, KITH_SIP_RULE_ROUTE },
  { "expires", 0, KITH_SIP_RULE_NUMBER },
  { "min-expires", 0, KITH_SIP_RULE_NUMBER },
  { "session-expires", 'x', KITH_SIP_RULE_NUMBER },
  { "min-se", 0, KITH_SIP_RULE_NUMBER },
  { "retry-after", 0, KITH_SIP_RULE_NUMBER },
  { "timestamp", 0, KITH_SIP_RULE_NUMBER },
  { "rseq", 0, KITH_SIP_RULE_NUMBER },
  { "date", 0, KITH_SIP_RULE_DROP },
  { "mime-version", 0, KITH_SIP_RULE_DROP },
  { "user-agent", 0, KITH_SIP_RULE_FIRST },
  { "server", 0, KITH_SIP_RULE_FIRST },
  { "subject", 's', KITH_SIP_RULE_FIRST },
  { "organization", 0, KITH_SIP_RULE_FIRST },
  { "priority", 0, KITH_SIP_RULE_FIRST },
  { "content-disposition", 0, KITH_SIP_RULE_FIRST },
  { "reply-to", 0, KITH_SIP_RULE_FIRST },
  { "rack", 0, KITH_SIP_RULE_FIRST },
  { "refer-to", 'r', KITH_SIP_RULE_FIRST },
  { "referred-by", 'b', KITH_SIP_RULE_FIRST },
  { "replaces", 0, KITH_SIP_RULE_FIRST },
  { "join", 0, KITH_SIP_RULE_FIRST },
  { "event", 'o', KITH_SIP_RULE_FIRST },
  { "subscription-state", 0, KITH_SIP_RULE_FIRST },
  { "sip-etag", 0, KITH_SIP_RULE_FIRST },
  { "sip-if-match", 0, KITH_SIP_RULE_FIRST },
  { "request-disposition", 'd', KITH_SIP_RULE_PASS },
  { "identity", 'y', KITH_SIP_RULE_FIRST },
  { "identity-info", 'n', KITH_SIP_RULE_FIRST },
  { "refer-sub", 0, KITH_SIP_RULE_FIRST },
  { "suppress-body-if-match", 0, KITH_SIP_RULE_FIRST },
};

G_STATIC_ASSERT (G_N_ELEMENTS (rows) <= 64);

KithSipRule
kith_sip_rule_find (const char *name, gsize len, guint *index)
{
  *index = G_MAXUINT;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gboolean same = len == 1 ? rows[i].compact != 0 && g_ascii_tolower (*name) == rows[i].compact
                             : g_ascii_strncasecmp (rows[i].name, name, len) == 0
                                   && rows[i].name[len] == '\0';
    if (same) {
      *index = i;
      return rows[i].rule;
    }
  }
  return len >= 5 && g_ascii_strncasecmp (name, "kith-", 5) == 0 ? KITH_SIP_RULE_DROP
                                                                 : KITH_SIP_RULE_PASS;
}

gboolean
kith_sip_is_token (guchar c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("-.!%*_+`'~", c) != NULL);
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

/* The first of @stops outside of quotes and brackets, or the end. */
static const char *
find_outside (const char *p, const char *stops)
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
    if (!bracket && strchr (stops, *p) != NULL) {
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

  for (const char *p = find_outside (value, ","); *p != '\0'; p = find_outside (p + 1, ",")) {
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
  for (const char *p = find_outside (params, ";"); *p == ';'; p = find_outside (p + 1, ";")) {
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
    const char *end = find_outside (close + (open != NULL), ",");
    g_string_append (out, *count > 0 ? ", " : "");
    g_string_append_len (out, from, end - from);
    p = end;
    (*count)++;
  }
  return *count > 0;
}
