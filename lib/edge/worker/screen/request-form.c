/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each element is an address with parameters (RFC 3261 section 25.1). */
#include "edge/worker/screen/request-form.h"

#include <string.h>

#include "model/sip/sip-next-hop.h"

/* TRUE: of visible characters that are none of @but. */
static gboolean
is_plain (KithSipPiece piece, const char *but)
{
  for (gsize i = 0; i < piece.len; i++) {
    const guchar c = (guchar)piece.at[i];
    if (c <= ' ' || c == 0x7f || strchr (but, c) != NULL) {
      return FALSE;
    }
  }
  return piece.len > 0;
}

/* "sip:…" and "sips:…" as far as their host and port; any other scheme with something behind it. */
static gboolean
is_uri (KithSipPiece uri)
{
  const char *colon = uri.len > 0 ? memchr (uri.at, ':', uri.len) : NULL;
  const gsize scheme = colon != NULL ? (gsize)(colon - uri.at) : 0;
  KithSipUriParts parts;
  KithEndpoint endpoint;

  if (scheme == 0 || !g_ascii_isalpha (*uri.at) || !is_plain (uri, "<>\"")) {
    return FALSE;
  }
  if ((scheme == 3 && g_ascii_strncasecmp (uri.at, "sip", 3) == 0)
      || (scheme == 4 && g_ascii_strncasecmp (uri.at, "sips", 4) == 0)) {
    return kith_sip_uri_split (uri, &parts)
           && (parts.user.at == NULL || memchr (parts.user.at, '@', parts.user.len) == NULL)
           && (memchr (parts.host.at, ':', parts.host.len) == NULL
               || kith_sip_host_is_number (parts.host, &endpoint));
  }
  return uri.len > scheme + 1;
}

/* ";name;name=value": none is empty. */
static gboolean
are_params (KithSipPiece params)
{
  KithSipPiece item, name, value;

  for (gsize i = 0; i + 1 < params.len; i++) {
    if (params.at[i] == '>' && memchr (params.at, '<', i) == NULL
        && memchr (params.at, '"', i) == NULL) {
      return FALSE;
    }
  }
  while (kith_sip_piece_next (&params, ';', &item)) {
    kith_sip_piece_pair (item, &name, &value);
    if (!is_plain (name, "<>=\"")
        || (value.at != NULL && memchr (value.at, '=', value.len) == value.at)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
is_address (KithSipPiece element)
{
  KithSipPiece uri, params;

  return kith_sip_piece_name (element, &uri, &params) && is_uri (uri) && are_params (params);
}

/* TRUE if all elements of the header can be read; "*" is one that means all. */
static gboolean
are_addresses (const KithSipLines *request, KithSipHeader header)
{
  KithSipPiece element;

  for (guint i = 0; kith_sip_lines_element (request, header, i, &element); i++) {
    if (!is_address (element)
        && !(header == KITH_HEADER_CONTACT && kith_sip_piece_is (element, "*"))) {
      return FALSE;
    }
  }
  return TRUE;
}

const char *
kith_sip_form_fault (const KithSipLines *request)
{
  KithSipPiece value;

  if (!kith_sip_lines_get (request, KITH_HEADER_FROM, &value) || !is_address (value)) {
    return "From";
  }
  if (!kith_sip_lines_get (request, KITH_HEADER_TO, &value) || !is_address (value)) {
    return "To";
  }
  if (!kith_sip_lines_get (request, KITH_HEADER_CALL_ID, &value) || !is_plain (value, "")) {
    return "Call-ID";
  }
  return !are_addresses (request, KITH_HEADER_CONTACT)        ? "Contact"
         : !are_addresses (request, KITH_HEADER_ROUTE)        ? "Route"
         : !are_addresses (request, KITH_HEADER_RECORD_ROUTE) ? "Record-Route"
                                                              : NULL;
}
