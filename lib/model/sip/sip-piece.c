/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every reader walks its piece once and copies nothing. */
#include "model/sip/sip-piece.h"

#include <string.h>

static gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t';
}

KithSipPiece
kith_sip_piece_from (KithSipPiece piece, gsize at)
{
  return at == 0 ? piece : (KithSipPiece){ piece.at + at, piece.len - at };
}

KithSipPiece
kith_sip_piece (const char *text)
{
  return (KithSipPiece){ text, text != NULL ? strlen (text) : 0 };
}

KithSipPiece
kith_sip_piece_trim (KithSipPiece piece)
{
  while (piece.len > 0 && is_blank (*piece.at)) {
    piece.at++;
    piece.len--;
  }
  while (piece.len > 0 && is_blank (piece.at[piece.len - 1])) {
    piece.len--;
  }
  return piece;
}

gboolean
kith_sip_piece_is (KithSipPiece piece, const char *text)
{
  gsize len = strlen (text);

  return piece.len == len && (len == 0 || g_ascii_strncasecmp (piece.at, text, len) == 0);
}

gboolean
kith_sip_piece_same (KithSipPiece a, KithSipPiece b)
{
  return a.len == b.len && (a.len == 0 || memcmp (a.at, b.at, a.len) == 0);
}

gboolean
kith_sip_piece_number (KithSipPiece piece, guint64 most, guint64 *number)
{
  guint64 value = 0;

  *number = 0;
  for (gsize i = 0; i < piece.len; i++) {
    if (!g_ascii_isdigit (piece.at[i])) {
      return FALSE;
    }
    guint digit = (guint)(piece.at[i] - '0');
    if (value > (most - MIN (digit, most)) / 10) {
      return FALSE;
    }
    value = value * 10 + digit;
  }
  if (piece.len == 0 || value > most) {
    return FALSE;
  }
  *number = value;
  return TRUE;
}

/* Bytes of the quoted string at the front of @piece, with its quotes; 0 if it stays open. */
static gsize
quoted (KithSipPiece piece)
{
  for (gsize i = 1; i < piece.len; i++) {
    if (piece.at[i] == '\\') {
      i++;
    } else if (piece.at[i] == '"') {
      return i + 1;
    }
  }
  return 0;
}

/* Bytes up to the first @stop outside of quotes and brackets, or all. */
static gsize
find_outside (KithSipPiece piece, char stop)
{
  gboolean bracket = FALSE;
  gsize i = 0;

  while (i < piece.len) {
    char c = piece.at[i];
    if (c == '"' && !bracket) {
      gsize len = quoted (kith_sip_piece_from (piece, i));
      if (len == 0) {
        return piece.len;
      }
      i += len;
      continue;
    }
    if (c == stop && !bracket) {
      return i;
    }
    bracket = c == '<' || (bracket && c != '>');
    i++;
  }
  return piece.len;
}

gboolean
kith_sip_piece_next (KithSipPiece *rest, char separator, KithSipPiece *item)
{
  while (rest->len > 0) {
    gsize end = find_outside (*rest, separator);
    *item = kith_sip_piece_trim ((KithSipPiece){ rest->at, end });
    *rest = kith_sip_piece_from (*rest, MIN (end + 1, rest->len));
    if (item->len > 0) {
      return TRUE;
    }
  }
  *item = (KithSipPiece){ NULL, 0 };
  return FALSE;
}

void
kith_sip_piece_pair (KithSipPiece item, KithSipPiece *name, KithSipPiece *value)
{
  gsize end = find_outside (item, '=');

  *name = kith_sip_piece_trim ((KithSipPiece){ item.at, end });
  *value = (KithSipPiece){ NULL, 0 };
  if (end == item.len) {
    return;
  }
  *value = kith_sip_piece_trim (kith_sip_piece_from (item, end + 1));
  if (value->len >= 2 && *value->at == '"' && quoted (*value) == value->len) {
    value->at++;
    value->len -= 2;
  }
}

gboolean
kith_sip_piece_param (KithSipPiece params, const char *name, KithSipPiece *value)
{
  KithSipPiece item, key, found;

  while (kith_sip_piece_next (&params, ';', &item)) {
    kith_sip_piece_pair (item, &key, &found);
    if (kith_sip_piece_is (key, name)) {
      if (value != NULL) {
        *value = found;
      }
      return TRUE;
    }
  }
  if (value != NULL) {
    *value = (KithSipPiece){ NULL, 0 };
  }
  return FALSE;
}

/* What follows @params' first ";", which blanks may precede. FALSE for anything else than that. */
static gboolean
take_params (KithSipPiece *params)
{
  *params = kith_sip_piece_trim (*params);
  if (params->len == 0) {
    return TRUE;
  }
  if (*params->at != ';') {
    return FALSE;
  }
  *params = kith_sip_piece_trim (kith_sip_piece_from (*params, 1));
  return TRUE;
}

gboolean
kith_sip_piece_name (KithSipPiece element, KithSipPiece *uri, KithSipPiece *params)
{
  element = kith_sip_piece_trim (element);
  gsize skip = element.len > 0 && *element.at == '"' ? quoted (element) : 0;

  *uri = *params = (KithSipPiece){ NULL, 0 };
  if (element.len == 0 || (*element.at == '"' && skip == 0)) {
    return FALSE;
  }
  KithSipPiece rest = kith_sip_piece_from (element, skip);
  const char *open = memchr (rest.at, '<', rest.len);
  if (open == NULL) {
    gsize end = find_outside (element, ';');
    *uri = kith_sip_piece_trim ((KithSipPiece){ element.at, end });
    *params = kith_sip_piece_from (element, end);
    return skip == 0 && uri->len > 0 && take_params (params);
  }
  rest = kith_sip_piece_from (rest, (gsize)(open + 1 - rest.at));
  const char *close = memchr (rest.at, '>', rest.len);
  if (close == NULL) {
    return FALSE;
  }
  *uri = kith_sip_piece_trim ((KithSipPiece){ rest.at, (gsize)(close - rest.at) });
  *params = kith_sip_piece_from (rest, (gsize)(close + 1 - rest.at));
  return uri->len > 0 && take_params (params);
}

/* "HOST", "HOST : PORT" or "[HOST]:PORT". */
static gboolean
take_host (KithSipPiece text, KithSipPiece *host, guint16 *port)
{
  guint64 number = 0;
  KithSipPiece rest;

  text = kith_sip_piece_trim (text);
  if (text.len > 0 && *text.at == '[') {
    const char *close = memchr (text.at, ']', text.len);
    if (close == NULL) {
      return FALSE;
    }
    *host = (KithSipPiece){ text.at + 1, (gsize)(close - text.at) - 1 };
    rest = kith_sip_piece_trim (kith_sip_piece_from (text, (gsize)(close + 1 - text.at)));
  } else {
    const char *colon = text.len > 0 ? memchr (text.at, ':', text.len) : NULL;
    gsize end = colon != NULL ? (gsize)(colon - text.at) : text.len;
    *host = kith_sip_piece_trim ((KithSipPiece){ text.at, end });
    rest = kith_sip_piece_from (text, end);
  }
  for (gsize i = 0; i < host->len; i++) {
    if (is_blank (host->at[i]) || strchr ("<>[]\"@", host->at[i]) != NULL) {
      return FALSE;
    }
  }
  *port = 0;
  if (rest.len > 0) {
    if (*rest.at != ':'
        || !kith_sip_piece_number (kith_sip_piece_trim (kith_sip_piece_from (rest, 1)),
                                   G_MAXUINT16,
                                   &number)
        || number == 0) {
      return FALSE;
    }
    *port = (guint16)number;
  }
  return host->len > 0;
}

/* Where @text has the first @c; its length if it has none. */
static gsize
find (KithSipPiece text, char c)
{
  const char *at = text.len > 0 ? memchr (text.at, c, text.len) : NULL;

  return at != NULL ? (gsize)(at - text.at) : text.len;
}

gboolean
kith_sip_uri_split (KithSipPiece uri, KithSipUriParts *parts)
{
  gsize scheme = find (uri, ':');

  memset (parts, 0, sizeof *parts);
  parts->secure = kith_sip_piece_is ((KithSipPiece){ uri.at, scheme }, "sips");
  if (scheme == uri.len
      || (!parts->secure && !kith_sip_piece_is ((KithSipPiece){ uri.at, scheme }, "sip"))) {
    return FALSE;
  }
  KithSipPiece rest = kith_sip_piece_from (uri, scheme + 1);
  gsize at = find (rest, '@'); /* ";" and "?" may stand before it */
  if (at < rest.len) {
    parts->user = (KithSipPiece){ rest.at, at };
    rest = kith_sip_piece_from (rest, at + 1);
  }
  gsize headers = find (rest, '?');
  if (headers < rest.len) {
    parts->headers = kith_sip_piece_from (rest, headers + 1);
    rest.len = headers;
  }
  gsize params = find (rest, ';');
  if (params < rest.len) {
    parts->params = kith_sip_piece_from (rest, params + 1);
    rest.len = params;
  }
  return take_host (rest, &parts->host, &parts->port);
}

static KithSipPiece
without_brackets (KithSipPiece host)
{
  if (host.len >= 2 && *host.at == '[' && host.at[host.len - 1] == ']') {
    return (KithSipPiece){ host.at + 1, host.len - 2 };
  }
  return host;
}

gboolean
kith_sip_via_split (KithSipPiece element, KithSipVia *via)
{
  KithSipPiece rest = kith_sip_piece_trim (element);
  KithSipPiece parts[2], value;
  guint64 number = 0;

  memset (via, 0, sizeof *via);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++) {
    gsize slash = find (rest, '/');
    if (slash == rest.len) {
      return FALSE;
    }
    parts[i] = kith_sip_piece_trim ((KithSipPiece){ rest.at, slash });
    rest = kith_sip_piece_trim (kith_sip_piece_from (rest, slash + 1));
  }
  while (via->transport.len < rest.len && !is_blank (rest.at[via->transport.len])) {
    via->transport.len++;
  }
  via->transport.at = rest.at;
  rest = kith_sip_piece_from (rest, via->transport.len);
  gsize params = find (rest, ';');
  via->params = kith_sip_piece_from (rest, MIN (params + 1, rest.len));
  rest.len = params;
  if (!kith_sip_piece_is (parts[0], "SIP") || !kith_sip_piece_is (parts[1], "2.0")
      || via->transport.len == 0 || !take_host (rest, &via->host, &via->port)) {
    return FALSE;
  }
  (void)kith_sip_piece_param (via->params, "branch", &via->branch);
  (void)kith_sip_piece_param (via->params, "received", &via->received);
  via->received = without_brackets (via->received);
  via->wants_rport = kith_sip_piece_param (via->params, "rport", &value);
  if (kith_sip_piece_number (value, G_MAXUINT16, &number)) {
    via->rport = (guint16)number;
  }
  return TRUE;
}
