/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One reader for the parameters of both, and GLib's checksums. */
#include "model/sip/digest.h"

#include <string.h>

typedef enum {
  REALM,
  NONCE,
  OPAQUE,
  ALGORITHM,
  QOP,
  STALE,
  USER,
  URI,
  RESPONSE,
  CNONCE,
  NC,
  USERHASH,
  N_PARAMS
} Param;

static const char *const names[N_PARAMS] = {
  [REALM] = "realm",       [NONCE] = "nonce",   [OPAQUE] = "opaque", [ALGORITHM] = "algorithm",
  [QOP] = "qop",           [STALE] = "stale",   [USER] = "username", [URI] = "uri",
  [RESPONSE] = "response", [CNONCE] = "cnonce", [NC] = "nc",         [USERHASH] = "userhash",
};

typedef struct {
  KithSipPiece values[N_PARAMS]; /* @at NULL: not there */
  gboolean digest;               /* the scheme */
  gboolean bad;                  /* some parameter: there twice, or not to be put in quotes */
} Params;

const char *
kith_digest_algorithm_word (KithDigestAlgorithm algorithm)
{
  return algorithm == KITH_DIGEST_SHA256 ? "SHA-256" : "MD5";
}

/* "SCHEME name=value", where a list of parameters begins; or a scheme without any. */
static gboolean
split_scheme (KithSipPiece item, KithSipPiece *scheme, KithSipPiece *first)
{
  gsize len = 0;

  while (len < item.len && kith_sip_is_token ((guchar)item.at[len])) {
    len++;
  }
  *scheme = (KithSipPiece){ item.at, len };
  *first = kith_sip_piece_trim (kith_sip_piece_from (item, len));
  return len > 0 && (first->len == 0 || (first->at != item.at + len && *first->at != '='));
}

/* What can have stood within quotes: every quote and backslash is escaped. */
static gboolean
is_inner (KithSipPiece piece)
{
  for (gsize i = 0; i < piece.len; i++) {
    if (piece.at[i] == '"' || (piece.at[i] == '\\' && ++i == piece.len)) {
      return FALSE;
    }
  }
  return TRUE;
}

static void
take_param (Params *params, KithSipPiece item)
{
  KithSipPiece name, value;

  kith_sip_piece_pair (item, &name, &value);
  for (guint i = 0; i < N_PARAMS; i++) {
    if (kith_sip_piece_is (name, names[i])) {
      params->bad |= params->values[i].at != NULL || !is_inner (value);
      params->values[i] = value;
    }
  }
  /* RFC 7616 section 3.4: a name in another encoding */
  params->bad |= kith_sip_piece_is (name, "username*");
}

/* One scheme with its parameters. FALSE: nothing is left, or no scheme stands in front. */
static gboolean
take_scheme (KithSipPiece *rest, Params *params)
{
  KithSipPiece item, scheme, first;
  KithSipPiece after = *rest;

  memset (params, 0, sizeof *params);
  if (!kith_sip_piece_next (&after, ',', &item) || !split_scheme (item, &scheme, &first)) {
    return FALSE;
  }
  params->digest = kith_sip_piece_is (scheme, "Digest");
  take_param (params, first);
  *rest = after;
  while (kith_sip_piece_next (&after, ',', &item) && !split_scheme (item, &scheme, &first)) {
    take_param (params, item);
    *rest = after;
  }
  return TRUE;
}

static gboolean
read_algorithm (KithSipPiece value, KithDigestAlgorithm *algorithm, gboolean *session)
{
  static const char *const words[] = { "MD5", "SHA-256", "MD5-sess", "SHA-256-sess" };

  *algorithm = KITH_DIGEST_MD5;
  *session = FALSE;
  if (value.at == NULL) {
    return TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (kith_sip_piece_is (value, words[i])) {
      *algorithm = i % 2 == 0 ? KITH_DIGEST_MD5 : KITH_DIGEST_SHA256;
      *session = i >= 2;
      return TRUE;
    }
  }
  return FALSE;
}

/* "auth" is one of the qualities. */
static gboolean
has_auth (KithSipPiece qop)
{
  KithSipPiece item;

  while (kith_sip_piece_next (&qop, ',', &item)) {
    if (kith_sip_piece_is (item, "auth")) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
read_challenge (const Params *params, KithDigestChallenge *challenge)
{
  const KithSipPiece *values = params->values;

  memset (challenge, 0, sizeof *challenge);
  challenge->named = values[ALGORITHM].at != NULL;
  challenge->has_qop = values[QOP].at != NULL;
  challenge->stale = kith_sip_piece_is (values[STALE], "true");
  challenge->realm = values[REALM];
  challenge->nonce = values[NONCE];
  challenge->opaque = values[OPAQUE];
  return params->digest && !params->bad && values[REALM].at != NULL && values[NONCE].at != NULL
         && read_algorithm (values[ALGORITHM], &challenge->algorithm, &challenge->session)
         && (!challenge->has_qop || has_auth (values[QOP]));
}

gboolean
kith_digest_next (KithSipPiece *rest, KithDigestChallenge *challenge)
{
  Params params;

  while (take_scheme (rest, &params)) {
    if (read_challenge (&params, challenge)) {
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
kith_digest_choose (const KithSipLines *response,
                    KithSipHeader header,
                    KithSipPiece realm,
                    KithDigestChallenge *challenge)
{
  KithDigestChallenge next;
  gboolean found = FALSE;

  memset (challenge, 0, sizeof *challenge);
  for (guint i = 0; i < response->n; i++) {
    KithSipPiece rest = response->lines[i].value;
    while (response->lines[i].header == header && kith_digest_next (&rest, &next)) {
      gboolean fits = found || realm.len > 0
                          ? kith_sip_piece_same (next.realm, found ? challenge->realm : realm)
                          : TRUE;
      if (fits && (!found || next.algorithm > challenge->algorithm)) {
        *challenge = next;
        found = TRUE;
      }
    }
  }
  return found;
}

static gboolean
is_hex (KithSipPiece piece, gsize len)
{
  for (gsize i = 0; i < piece.len; i++) {
    if (!g_ascii_isxdigit (piece.at[i])) {
      return FALSE;
    }
  }
  return piece.len == len;
}

static gsize
size_of (KithDigestAlgorithm algorithm)
{
  return algorithm == KITH_DIGEST_SHA256 ? 64 : 32;
}

/* Eight hexadecimal digits as a number. */
static guint32
read_count (KithSipPiece nc)
{
  guint32 count = 0;

  for (gsize i = 0; i < nc.len && i < 8; i++) {
    count = count << 4 | ((guint32)g_ascii_xdigit_value (nc.at[i]) & 0xf);
  }
  return count;
}

gboolean
kith_digest_credentials_parse (KithSipPiece value, KithDigestCredentials *credentials)
{
  Params params;

  memset (credentials, 0, sizeof *credentials);
  if (!take_scheme (&value, &params) || !params.digest || params.bad) {
    return FALSE;
  }
  const KithSipPiece *values = params.values;
  credentials->named = values[ALGORITHM].at != NULL;
  credentials->has_qop = values[QOP].at != NULL;
  credentials->user = values[USER];
  credentials->realm = values[REALM];
  credentials->nonce = values[NONCE];
  credentials->uri = values[URI];
  credentials->response = values[RESPONSE];
  if (credentials->has_qop) {
    credentials->cnonce = values[CNONCE];
    credentials->nc = values[NC];
  }
  credentials->opaque = values[OPAQUE];
  credentials->count = read_count (credentials->nc);
  gboolean counted = !credentials->has_qop
                     || (kith_sip_piece_is (values[QOP], "auth") && is_hex (values[NC], 8)
                         && values[CNONCE].at != NULL);
  return counted && values[USER].at != NULL && values[REALM].at != NULL && values[NONCE].at != NULL
         && values[URI].at != NULL && !kith_sip_piece_is (values[USERHASH], "true")
         && read_algorithm (values[ALGORITHM], &credentials->algorithm, &credentials->session)
         && (!credentials->session || credentials->has_qop)
         && is_hex (values[RESPONSE], size_of (credentials->algorithm));
}

KithDigestFinding
kith_digest_find (const KithSipLines *request,
                  KithSipHeader header,
                  const char *realm,
                  KithDigestCredentials *credentials)
{
  KithDigestFinding finding = KITH_DIGEST_NONE;
  KithDigestCredentials next;

  memset (credentials, 0, sizeof *credentials);
  for (guint i = 0; i < request->n; i++) {
    if (request->lines[i].header != header) {
      continue;
    }
    gboolean good = kith_digest_credentials_parse (request->lines[i].value, &next);
    if (good && kith_sip_piece_same (next.realm, kith_sip_piece (realm))) {
      *credentials = next;
      return KITH_DIGEST_FOUND;
    }
    if (good && finding != KITH_DIGEST_OTHER_REALM) {
      *credentials = next;
      finding = KITH_DIGEST_OTHER_REALM;
    } else if (finding == KITH_DIGEST_NONE) {
      finding = KITH_DIGEST_BAD;
    }
  }
  return finding;
}

/* The hash of @n pieces with colons between them. */
static void
hash (KithDigestAlgorithm algorithm, const KithSipPiece *pieces, guint n, KithDigestHash *out)
{
  g_autoptr (GChecksum) sum
      = g_checksum_new (algorithm == KITH_DIGEST_SHA256 ? G_CHECKSUM_SHA256 : G_CHECKSUM_MD5);

  for (guint i = 0; i < n; i++) {
    if (i > 0) {
      g_checksum_update (sum, (const guchar *)":", 1);
    }
    if (pieces[i].len > 0) {
      g_checksum_update (sum, (const guchar *)pieces[i].at, (gssize)pieces[i].len);
    }
  }
  (void)g_strlcpy (out->hex, g_checksum_get_string (sum), sizeof out->hex);
}

void
kith_digest_ha1 (KithDigestAlgorithm algorithm,
                 KithSipPiece user,
                 KithSipPiece realm,
                 KithSipPiece password,
                 KithDigestHash *ha1)
{
  const KithSipPiece pieces[] = { user, realm, password };

  hash (algorithm, pieces, G_N_ELEMENTS (pieces), ha1);
}

void
kith_digest_respond (const KithDigestCredentials *credentials,
                     const KithDigestHash *ha1,
                     KithSipPiece method,
                     KithDigestHash *response)
{
  KithDigestAlgorithm algorithm = credentials->algorithm;
  KithDigestHash a1 = *ha1;
  KithDigestHash a2;

  if (credentials->session) {
    const KithSipPiece pieces[]
        = { kith_sip_piece (ha1->hex), credentials->nonce, credentials->cnonce };
    hash (algorithm, pieces, G_N_ELEMENTS (pieces), &a1);
  }
  const KithSipPiece request[] = { method, credentials->uri };
  hash (algorithm, request, G_N_ELEMENTS (request), &a2);
  if (credentials->has_qop) {
    const KithSipPiece pieces[]
        = { kith_sip_piece (a1.hex), credentials->nonce,      credentials->nc,
            credentials->cnonce,     kith_sip_piece ("auth"), kith_sip_piece (a2.hex) };
    hash (algorithm, pieces, G_N_ELEMENTS (pieces), response);
  } else {
    const KithSipPiece pieces[]
        = { kith_sip_piece (a1.hex), credentials->nonce, kith_sip_piece (a2.hex) };
    hash (algorithm, pieces, G_N_ELEMENTS (pieces), response);
  }
}

gboolean
kith_digest_is_right (const KithDigestCredentials *credentials,
                      const KithDigestHash *ha1,
                      KithSipPiece method)
{
  gsize size = size_of (credentials->algorithm);
  KithDigestHash right;
  guint differs = 0;

  kith_digest_respond (credentials, ha1, method, &right);
  if (credentials->response.len != size) {
    return FALSE;
  }
  for (gsize i = 0; i < size; i++) { /* some write hexadecimal digits as capitals */
    differs |= (guint)(guchar)right.hex[i]
               ^ (guint)(guchar)g_ascii_tolower (credentials->response.at[i]);
  }
  return differs == 0;
}

/* What may stand in quotes as it is. */
static gboolean
is_quotable (KithSipPiece piece)
{
  for (gsize i = 0; i < piece.len; i++) {
    guchar c = (guchar)piece.at[i];
    if (c < 0x20 || c == 0x7f || c == '"' || c == '\\') {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_digest_answer (const KithDigestChallenge *challenge,
                    KithSipPiece user,
                    KithSipPiece uri,
                    KithSipPiece nc,
                    KithSipPiece cnonce,
                    KithDigestCredentials *credentials)
{
  memset (credentials, 0, sizeof *credentials);
  credentials->algorithm = challenge->algorithm;
  credentials->named = challenge->named;
  credentials->session = challenge->session;
  /* a session needs a cnonce, which goes with a quality */
  credentials->has_qop = challenge->has_qop || challenge->session;
  credentials->user = user;
  credentials->realm = challenge->realm;
  credentials->nonce = challenge->nonce;
  credentials->opaque = challenge->opaque;
  credentials->uri = uri;
  if (credentials->has_qop) {
    credentials->nc = nc;
    credentials->count = read_count (nc);
    credentials->cnonce = cnonce;
  }
  return is_quotable (user) && is_quotable (uri) && is_quotable (cnonce) && is_hex (nc, 8);
}

static void
append_quoted (GString *out, const char *name, KithSipPiece value)
{
  if (value.at != NULL) {
    g_string_append_printf (out, "%s=\"", name);
    g_string_append_len (out, value.at, (gssize)value.len);
    g_string_append (out, "\", ");
  }
}

static void
append_algorithm (GString *out, KithDigestAlgorithm algorithm, gboolean session)
{
  g_string_append_printf (out,
                          "algorithm=%s%s, ",
                          kith_digest_algorithm_word (algorithm),
                          session ? "-sess" : "");
}

/* In the place of the last comma. */
static void
end_line (GString *out)
{
  g_string_truncate (out, out->len - 2);
  g_string_append (out, "\r\n");
}

void
kith_digest_credentials_print (const KithDigestCredentials *credentials,
                               const char *name,
                               GString *out)
{
  g_string_append_printf (out, "%s: Digest ", name);
  append_quoted (out, names[USER], credentials->user);
  append_quoted (out, names[REALM], credentials->realm);
  append_quoted (out, names[NONCE], credentials->nonce);
  append_quoted (out, names[URI], credentials->uri);
  append_quoted (out, names[RESPONSE], credentials->response);
  append_quoted (out, names[OPAQUE], credentials->opaque);
  if (credentials->named) {
    append_algorithm (out, credentials->algorithm, credentials->session);
  }
  if (credentials->has_qop) {
    append_quoted (out, names[CNONCE], credentials->cnonce);
    g_string_append (out, "qop=auth, nc=");
    g_string_append_len (out, credentials->nc.at, (gssize)credentials->nc.len);
    g_string_append (out, ", ");
  }
  end_line (out);
}

void
kith_digest_challenge_print (const KithDigestChallenge *challenge, const char *name, GString *out)
{
  g_string_append_printf (out, "%s: Digest ", name);
  append_quoted (out, names[REALM], challenge->realm);
  append_quoted (out, names[NONCE], challenge->nonce);
  append_quoted (out, names[OPAQUE], challenge->opaque);
  append_algorithm (out, challenge->algorithm, challenge->session);
  g_string_append (out, challenge->stale ? "qop=\"auth\", stale=true, " : "qop=\"auth\", ");
  end_line (out);
}
