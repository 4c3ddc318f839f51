/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds the session description in a body without the help of the library, whose multipart parser
   asserts. */
#include "sip/sip-body.h"

#include <string.h>

#include "model/sdp/offer.h"
#include "sip/sip-limits.h"

#define MAX_BOUNDARY 70 /* RFC 2046 */

typedef struct {
  const char *text;
  gsize len;
} Slice;

static guint
check (Slice body, gchar **sdp)
{
  if (body.len > KITH_SDP_MAX) {
    return 413;
  }
  if (!kith_sdp_check (body.text, body.len, NULL)) {
    return 400;
  }
  *sdp = g_strndup (body.text, body.len);
  return 0;
}

/* TRUE if @type names @wanted before any parameter. */
static gboolean
is_type (const char *type, const char *wanted)
{
  gsize len = strlen (wanted);

  while (*type == ' ' || *type == '\t') {
    type++;
  }
  return g_ascii_strncasecmp (type, wanted, len) == 0
         && (type[len] == '\0' || strchr ("; \t\r\n", type[len]) != NULL);
}

/* "--" and the boundary of @type, or NULL. */
static gchar *
find_delimiter (const char *type)
{
  for (const char *p = strchr (type, ';'); p != NULL; p = strchr (p, ';')) {
    p += 1 + strspn (p + 1, " \t\r\n");
    if (g_ascii_strncasecmp (p, "boundary=", 9) != 0) {
      continue;
    }
    p += 9;
    gboolean quoted = *p == '"';
    p += quoted ? 1 : 0;
    gsize len = strcspn (p, quoted ? "\"" : "; \t\r\n");
    return len > 0 && len <= MAX_BOUNDARY ? g_strdup_printf ("--%.*s", (int)len, p) : NULL;
  }
  return NULL;
}

/* The value of header @name among the @len bytes of a part's header lines, or NULL. Folded lines
   are not followed. */
static gchar *
find_header (Slice head, const char *name)
{
  const char *p = head.text;
  const char *end = head.text + head.len;
  gsize name_len = strlen (name);

  while (p < end) {
    const char *stop = memchr (p, '\n', (gsize)(end - p));
    stop = stop != NULL ? stop : end;
    gsize line = (gsize)(stop - p);
    if (line > name_len && g_ascii_strncasecmp (p, name, name_len) == 0 && p[name_len] == ':') {
      gchar *value = g_strndup (p + name_len + 1, line - name_len - 1);
      return g_strstrip (value);
    }
    p = stop + 1;
  }
  return NULL;
}

/* Cuts a part into header lines and body. FALSE if there is no empty line. */
static gboolean
split_part (Slice part, Slice *head, Slice *body)
{
  if (part.len >= 2 && memcmp (part.text, "\r\n", 2) == 0) {
    *head = (Slice){ part.text, 0 };
    *body = (Slice){ part.text + 2, part.len - 2 };
    return TRUE;
  }
  const char *gap = part.len > 0 ? memmem (part.text, part.len, "\r\n\r\n", 4) : NULL;
  if (gap == NULL) {
    return FALSE;
  }
  *head = (Slice){ part.text, (gsize)(gap - part.text) + 2 };
  *body = (Slice){ gap + 4, part.len - head->len - 2 };
  return TRUE;
}

/* 0 for a part that may be ignored or is the first SDP, which is then left in @found. */
static guint
look_at_part (Slice part, Slice *found)
{
  Slice head;
  Slice body;

  if (!split_part (part, &head, &body)) {
    return 400;
  }
  g_autofree gchar *type = find_header (head, "Content-Type");
  g_autofree gchar *encoding = find_header (head, "Content-Transfer-Encoding");
  g_autofree gchar *disposition = find_header (head, "Content-Disposition");
  if (type == NULL || !is_type (type, "application/sdp")) {
    gboolean optional = disposition != NULL && strstr (disposition, "handling=optional") != NULL;
    return optional ? 0 : 415;
  }
  if (found->text != NULL || (encoding != NULL && g_ascii_strcasecmp (encoding, "base64") == 0)) {
    return 415;
  }
  *found = body;
  return 0;
}

static guint
check_parts (const char *delimiter, Slice all, gchar **sdp)
{
  const char *end = all.text + all.len;
  gsize mark = strlen (delimiter);
  const char *at = memmem (all.text, all.len, delimiter, mark);
  Slice found = { NULL, 0 };
  guint parts = 0;

  while (at != NULL) {
    at += mark;
    if (end - at >= 2 && memcmp (at, "--", 2) == 0) {
      return found.text != NULL ? check (found, sdp) : 415;
    }
    const char *line = memchr (at, '\n', (gsize)(end - at));
    if (line == NULL || ++parts > KITH_SIP_MAX_PARTS) {
      return line == NULL ? 400 : 415;
    }
    const char *next = memmem (line + 1, (gsize)(end - line - 1), delimiter, mark);
    if (next == NULL) {
      return 400;
    }
    gsize len = (gsize)(next - line - 1);
    if (len >= 2 && next[-1] == '\n') { /* the line break before a delimiter belongs to it */
      len -= next[-2] == '\r' ? 2 : 1;
    }
    guint status = look_at_part ((Slice){ line + 1, len }, &found);
    if (status != 0) {
      return status;
    }
    at = next;
  }
  return 400;
}

guint
kith_sip_body_sdp (const char *type, const char *body, gsize len, gchar **sdp)
{
  *sdp = NULL;
  if (len == 0) {
    return 0;
  }
  if (len > KITH_SIP_MAX_BODY) {
    return 413;
  }
  if (type == NULL) {
    return 415;
  }
  if (is_type (type, "application/sdp")) {
    return check ((Slice){ body, len }, sdp);
  }
  if (!is_type (type, "multipart/mixed")) {
    return 415;
  }
  g_autofree gchar *delimiter = find_delimiter (type);
  return delimiter != NULL ? check_parts (delimiter, (Slice){ body, len }, sdp) : 400;
}
