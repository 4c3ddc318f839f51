/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict check of session descriptions that everything else relies on. */
#include <string.h>

#include "base/error.h"
#include "model/offer.h"

typedef struct {
  guint number;  /* of the line, from 1 */
  guint n_media; /* m= lines so far */
  gboolean has_time;
} Check;

static gboolean
refuse (const Check *check, GError **error, const char *why)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_PROTOCOL,
               "The session description is broken in line %u: %s",
               check->number,
               why);
  return FALSE;
}

/* RFC 8866 section 9, token-char. */
static gboolean
is_token_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`{|}~", c) != NULL);
}

static gboolean
is_token (const char *text, gsize len)
{
  for (gsize i = 0; i < len; i++) {
    if (!is_token_char (text[i])) {
      return FALSE;
    }
  }
  return len > 0;
}

static gboolean
is_number (const char *text, gsize len, guint64 max)
{
  guint64 value = 0;

  if (len == 0 || len > 20) {
    return FALSE;
  }
  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isdigit (text[i])) {
      return FALSE;
    }
    guint64 digit = (guint64)(text[i] - '0');
    if (value > (max - digit) / 10) {
      return FALSE;
    }
    value = value * 10 + digit;
  }
  return TRUE;
}

static gboolean
are_numbers (char **words, guint n_words)
{
  for (guint i = 0; i < n_words; i++) {
    if (!is_number (words[i], strlen (words[i]), G_MAXUINT64)) {
      return FALSE;
    }
  }
  return TRUE;
}

/* "IN IP4 192.0.2.1" or "IN IP6 2001:db8::1" at @words; the address itself is looked at when it is used. */
static gboolean
is_network_address (char **words)
{
  gsize len = strlen (words[2]);

  if (strcmp (words[0], "IN") != 0
      || (strcmp (words[1], "IP4") != 0 && strcmp (words[1], "IP6") != 0)) {
    return FALSE;
  }
  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isalnum (words[2][i]) && strchr (".:-/_%", words[2][i]) == NULL) {
      return FALSE;
    }
  }
  return len > 0;
}

static gboolean
check_origin (const Check *check, const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", 8);

  if (g_strv_length (words) != 6 || words[0][0] == '\0' || !are_numbers (words + 1, 2)
      || !is_network_address (words + 3)) {
    return refuse (check, error, "\"o=\" is not user, session, version, network and address");
  }
  return TRUE;
}

static gboolean
check_connection (const Check *check, const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", 5);

  return (g_strv_length (words) == 3 && is_network_address (words))
         || refuse (check, error, "\"c=\" is not a network and an address");
}

static gboolean
check_protocol (const char *protocol)
{
  g_auto (GStrv) parts = g_strsplit (protocol, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++) {
    if (!is_token (parts[i], strlen (parts[i]))) {
      return FALSE;
    }
  }
  return parts[0] != NULL;
}

static gboolean
check_formats (const Check *check, const char *protocol, char **formats, GError **error)
{
  gboolean is_rtp = strstr (protocol, "RTP/") != NULL;
  guint n = g_strv_length (formats);

  if (n == 0 || n > KITH_SDP_MAX_FORMATS) {
    return refuse (check, error, "\"m=\" has no formats or more than 32");
  }
  for (guint i = 0; i < n; i++) {
    gsize len = strlen (formats[i]);
    if (!is_token (formats[i], len) || (is_rtp && !is_number (formats[i], len, 127))) {
      return refuse (
          check,
          error,
          "\"m=\" has a format that is not a token, or not a payload type from 0 to 127");
    }
  }
  return TRUE;
}

static gboolean
check_media (Check *check, const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", KITH_SDP_MAX_FORMATS + 5);

  if (++check->n_media > KITH_SDP_MAX_MEDIA) {
    return refuse (check, error, "there are more than 8 \"m=\"");
  }
  if (g_strv_length (words) < 4 || !is_token (words[0], strlen (words[0]))
      || !check_protocol (words[2])) {
    return refuse (check, error, "\"m=\" is not media, port, protocol and formats");
  }
  const char *slash = strchr (words[1], '/');
  gsize port_len = slash != NULL ? (gsize)(slash - words[1]) : strlen (words[1]);
  if (!is_number (words[1], port_len, G_MAXUINT16)
      || (slash != NULL && !is_number (slash + 1, strlen (slash + 1), G_MAXUINT16))) {
    return refuse (check, error, "the port in \"m=\" is not a number up to 65535");
  }
  return check_formats (check, words[2], words + 3, error);
}

static gboolean
check_attribute (const Check *check, const char *value, GError **error)
{
  const char *colon = strchr (value, ':');
  gsize len = colon != NULL ? (gsize)(colon - value) : strlen (value);

  return is_token (value, len) || refuse (check, error, "\"a=\" does not begin with a token");
}

static gboolean
check_bandwidth (const Check *check, const char *value, GError **error)
{
  const char *colon = strchr (value, ':');
  gboolean good = colon != NULL && is_token (value, (gsize)(colon - value))
                  && is_number (colon + 1, strlen (colon + 1), G_MAXUINT64);

  return good || refuse (check, error, "\"b=\" is not a token and a number");
}

static gboolean
check_time (Check *check, const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, " ", 4);

  check->has_time = TRUE;
  return (g_strv_length (words) == 2 && are_numbers (words, 2))
         || refuse (check, error, "\"t=\" is not two numbers");
}

/* Empty lines at the very end, which some phones send, are no lines. */
static gsize
without_empty_end (const char *text, gsize len)
{
  while (
      len >= 2 && text[len - 1] == '\n'
      && (text[len - 2] == '\n' || (len >= 3 && text[len - 2] == '\r' && text[len - 3] == '\n'))) {
    len -= text[len - 2] == '\r' ? 2 : 1;
  }
  return len;
}

/* The first three lines have their places; what follows depends on whether a medium has begun. */
static gboolean
check_place (const Check *check, char type, GError **error)
{
  static const char first[] = "vos";

  if (check->number <= 3) {
    return type == first[check->number - 1]
           || refuse (check, error, "it begins with \"v=\", \"o=\" and \"s=\" in this order");
  }
  const char *allowed = check->n_media > 0 ? "micbka" : "iuepcbtrzkam";
  return strchr (allowed, type) != NULL
         || refuse (check, error, "a line of this type is not allowed here");
}

static gboolean
check_value (Check *check, char type, const char *value, GError **error)
{
  switch (type) {
  case 'v':
    return strcmp (value, "0") == 0 || refuse (check, error, "the version is not 0");
  case 'o':
    return check_origin (check, value, error);
  case 'c':
    return check_connection (check, value, error);
  case 't':
    return check_time (check, value, error);
  case 'm':
    return check_media (check, value, error);
  case 'a':
    return check_attribute (check, value, error);
  case 'b':
    return check_bandwidth (check, value, error);
  default:
    return *value != '\0' || type == 's' || refuse (check, error, "it is empty");
  }
}

static gboolean
check_line (Check *check, const char *line, gsize len, GError **error)
{
  if (len > KITH_SDP_MAX_LINE) {
    return refuse (check, error, "it is longer than 1024 bytes");
  }
  for (gsize i = 0; i < len; i++) {
    if (((guint8)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f) {
      return refuse (check, error, "it has a control character");
    }
  }
  if (len < 2 || line[0] < 'a' || line[0] > 'z' || line[1] != '=') {
    return refuse (check, error, "it is not a letter, \"=\" and a value");
  }
  g_autofree gchar *value = g_strndup (line + 2, len - 2);
  return check_place (check, line[0], error) && check_value (check, line[0], value, error);
}

static gboolean
check_text (Check *check, const char *text, gsize len, GError **error)
{
  check->number = 1;
  if (len == 0 || len > KITH_SDP_MAX) {
    return refuse (check, error, "the whole is empty or longer than 32768 bytes");
  }
  if (!g_utf8_validate_len (text, len, NULL)) {
    return refuse (check, error, "the whole is not valid UTF-8, or has a NUL byte");
  }
  return TRUE;
}

gboolean
kith_sdp_check (const char *text, gsize len, GError **error)
{
  Check check = { 0 };

  g_return_val_if_fail (text != NULL, FALSE);
  if (!check_text (&check, text, len, error)) {
    return FALSE;
  }
  check.number = 0;
  const char *end = text + without_empty_end (text, len);
  for (const char *line = text; line < end;) {
    const char *newline = memchr (line, '\n', (gsize)(end - line));
    gsize line_len = (gsize)((newline != NULL ? newline : end) - line);
    if (line_len > 0 && line[line_len - 1] == '\r') {
      line_len--;
    }
    if (++check.number > KITH_SDP_MAX_LINES) {
      return refuse (&check, error, "there are more than 256 lines");
    }
    if (!check_line (&check, line, line_len, error)) {
      return FALSE;
    }
    line = newline != NULL ? newline + 1 : end;
  }
  return (check.number > 3 && check.has_time)
         || refuse (&check, error, "\"s=\" and \"t=\" are missing, or nothing follows");
}
