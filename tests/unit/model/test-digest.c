/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digest authentication: the examples of the RFCs, what is read and refused, and the way from a
   challenge to credentials that are right. */
#include <string.h>

#include "model/sip/digest.h"

#define HEAD                                                                                       \
  "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a@b>;tag=1\r\nTo: "                \
  "<sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n"
#define RIGHT_MD5 "8ca523f5e9506fed4657c9700eebdbec"
#define P(text) kith_sip_piece (text)

typedef struct {
  const char *algorithm; /* as in a header, with its comma */
  const char *realm;
  const char *password;
  const char *nonce;
  const char *more;
  const char *cnonce; /* NULL: no quality */
  const char *method;
  const char *uri;
  const char *user;
  const char *response;
} Vector;

static const Vector vectors[] = {
  /* RFC 7616 section 3.9.1 */
  { "algorithm=MD5, ",
    "http-auth@example.org",
    "Circle of Life",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "GET",
    "/dir/index.html",
    "Mufasa",
    RIGHT_MD5 },
  { "algorithm=SHA-256, ",
    "http-auth@example.org",
    "Circle of Life",
    "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
    "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "GET",
    "/dir/index.html",
    "Mufasa",
    "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1" },
  /* RFC 2617 section 3.5 */
  { "",
    "testrealm@host.com",
    "Circle Of Life",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
    "0a4f113b",
    "GET",
    "/dir/index.html",
    "Mufasa",
    "6629fae49393a05397450978507c4ef1" },
  /* without a quality, and the same with one, with "-sess" */
  { "",
    "biloxi.com",
    "zanzibar",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "x=y",
    NULL,
    "INVITE",
    "sip:bob@biloxi.com",
    "bob",
    "bf57e4e0d0bffc0fbaedce64d59add5e" },
  { "",
    "biloxi.com",
    "zanzibar",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "x=y",
    "0a4f113b",
    "INVITE",
    "sip:bob@biloxi.com",
    "bob",
    "89eb0059246c02b2f6ee02c7961d5ea3" },
  { "algorithm=md5-SESS, ",
    "biloxi.com",
    "zanzibar",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "x=y",
    "0a4f113b",
    "INVITE",
    "sip:bob@biloxi.com",
    "bob",
    "e4e4ea61d186d07a92c9e1f6919902e9" },
  { "algorithm=\"SHA-256-sess\", ",
    "biloxi.com",
    "zanzibar",
    "dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "x=y",
    "0a4f113b",
    "INVITE",
    "sip:bob@biloxi.com",
    "bob",
    "5da59c9ca40954be9d5063a15a174066c8251be2c10cf47c144c366dc7daf792" },
};

static gchar *
credentials_of (const Vector *vector, const char *response)
{
  g_autofree gchar *quality
      = vector->cnonce != NULL
            ? g_strdup_printf (", qop=auth, nc=00000001, cnonce=\"%s\"", vector->cnonce)
            : g_strdup ("");

  return g_strdup_printf (
      "Digest username=\"%s\", realm=\"%s\", %suri=\"%s\", nonce=\"%s\"%s, response=\"%s\", %s",
      vector->user,
      vector->realm,
      vector->algorithm,
      vector->uri,
      vector->nonce,
      quality,
      response,
      vector->more);
}

/* As a server sees them. */
static void
test_vectors (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++) {
    const Vector *vector = &vectors[i];
    KithDigestCredentials credentials;
    KithDigestHash ha1, wrong;
    g_autofree gchar *text = credentials_of (vector, vector->response);
    g_autofree gchar *upper = g_ascii_strup (vector->response, -1);
    g_autofree gchar *shouted = credentials_of (vector, upper);
    g_test_message ("%s", text);
    g_assert_true (kith_digest_credentials_parse (P (text), &credentials));
    kith_digest_ha1 (credentials.algorithm,
                     P (vector->user),
                     P (vector->realm),
                     P (vector->password),
                     &ha1);
    kith_digest_ha1 (credentials.algorithm, P (vector->user), P (vector->realm), P ("x"), &wrong);
    g_assert_true (kith_digest_is_right (&credentials, &ha1, P (vector->method)));
    g_assert_false (kith_digest_is_right (&credentials, &wrong, P (vector->method)));
    g_assert_false (kith_digest_is_right (&credentials, &ha1, P ("OPTIONS")));
    credentials.response.len--;
    g_assert_false (kith_digest_is_right (&credentials, &ha1, P (vector->method)));
    g_assert_cmpuint (credentials.count, ==, vector->cnonce != NULL ? 1 : 0);
    g_assert_true (kith_digest_credentials_parse (P (shouted), &credentials));
    g_assert_true (kith_digest_is_right (&credentials, &ha1, P (vector->method)));
  }
}

/* Each digit of a response counts. */
static void
test_every_digit (void)
{
  KithDigestCredentials credentials;
  KithDigestHash ha1;
  g_autofree gchar *text = credentials_of (&vectors[0], RIGHT_MD5);
  g_autofree gchar *response = g_strdup (RIGHT_MD5);

  g_assert_true (kith_digest_credentials_parse (P (text), &credentials));
  kith_digest_ha1 (KITH_DIGEST_MD5,
                   credentials.user,
                   credentials.realm,
                   P ("Circle of Life"),
                   &ha1);
  credentials.response.at = response;
  for (gsize i = 0; i < 32; i++) {
    gchar digit = response[i];
    response[i] = digit == '0' ? '1' : '0';
    g_assert_false (kith_digest_is_right (&credentials, &ha1, P ("GET")));
    response[i] = digit;
  }
  g_assert_true (kith_digest_is_right (&credentials, &ha1, P ("GET")));
}

static void
test_refused (void)
{
  static const char *const good
      = "username=\"u\",realm=\"r\",nonce=\"n\",uri=\"sip:r\",response=\"" RIGHT_MD5 "\"";
  static const char *const more[] = {
    ",algorithm=SHA-512-256",
    ",algorithm=SHA-256", /* the hash is too short for it */
    ",algorithm=",
    ",qop=auth-int,nc=00000001,cnonce=\"c\"",
    ",qop=auth,nc=0000001,cnonce=\"c\"",
    ",qop=auth,nc=0000000g,cnonce=\"c\"",
    ",qop=auth,cnonce=\"c\"",
    ",qop=auth,nc=00000001",
    ",qop=\"\",nc=00000001,cnonce=\"c\"",
    ",algorithm=MD5-sess",
    ",userhash=true",
    ",username*=UTF-8''u",
    ",username=\"v\"",
    ",uri=\"sip:x\"",
    ",response=\"" RIGHT_MD5 "\"",
  };
  KithDigestCredentials credentials;
  g_autofree gchar *plain = g_strconcat ("Digest ", good, NULL);
  g_autofree gchar *other = g_strconcat ("Basic ", good, NULL);
  g_autofree gchar *spaced
      = g_strconcat (" dIgEsT\t", good, " , userhash=false,new=\"x,y=z\"", NULL);

  g_assert_true (kith_digest_credentials_parse (P (plain), &credentials));
  g_assert_true (kith_digest_credentials_parse (P (spaced), &credentials));
  g_assert_false (kith_digest_credentials_parse (P (other), &credentials));
  g_assert_false (kith_digest_credentials_parse (P (good), &credentials));
  g_assert_false (kith_digest_credentials_parse (P ("Digest"), &credentials));
  g_assert_false (kith_digest_credentials_parse (P (""), &credentials));
  for (gsize i = 0; i < G_N_ELEMENTS (more); i++) {
    g_autofree gchar *text = g_strconcat (plain, more[i], NULL);
    g_test_message ("%s", text);
    g_assert_false (kith_digest_credentials_parse (P (text), &credentials));
  }
  static const char *const needed[] = { "username", "realm", "nonce", "uri", "response" };
  for (gsize i = 0; i < G_N_ELEMENTS (needed); i++) {
    g_autofree gchar *text = g_strdup (plain);
    *strstr (text, needed[i]) = 'x';
    g_assert_false (kith_digest_credentials_parse (P (text), &credentials));
  }
}

typedef struct {
  const char *text;
  const char *expected; /* what can be answered: "realm nonce algorithm flags;…" */
} Challenges;

static void
test_challenges (void)
{
  static const Challenges rows[] = {
    { "Digest realm=\"a\", nonce=\"b\"", "a b MD5 ;" },
    { "digest nonce=b,REALM=\"a\",Qop=\"auth\",stale=TRUE,opaque=\"\"", "a b MD5 qsO;" },
    { "Digest realm=\"a\", nonce=\"b\", algorithm=SHA-256, qop=\"auth-int, auth\"",
      "a b SHA-256 q;" },
    { "Digest realm=\"a\", nonce=\"b\", algorithm=MD5-sess, qop=auth", "a b MD5 qS;" },
    { "Digest realm=\"a, Digest x=y\", nonce=\"b\\\",\" , Digest realm=\"c\",nonce=\"d\"",
      "a, Digest x=y b\\\", MD5 ;c d MD5 ;" },
    { "Basic realm=\"a\", Digest realm=\"c\", nonce=\"d\", Negotiate, Digest realm=\"e\", nonce=f",
      "c d MD5 ;e f MD5 ;" },
    { "Digest realm=\"a\", nonce=\"b\", algorithm=SHA-512-256, Digest nonce=\"d\",realm=\"c\"",
      "c d MD5 ;" },
    { "Digest realm=\"a\", nonce=\"b\", qop=\"auth-int\"", "" },
    { "Digest realm=\"a\"", "" },
    { "Digest nonce=\"a\"", "" },
    { "Digest realm=\"a\", nonce=\"b\", nonce=\"c\"", "" },
    { "Digest realm=a\"b\", nonce=c", "" },
    { "Digest realm=a\\, nonce=c", "" },
    { "realm=\"a\", nonce=\"b\"", "" },
    { "Digest", "" },
    { "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipPiece rest = P (rows[i].text);
    KithDigestChallenge next;
    g_autoptr (GString) found = g_string_new (NULL);
    g_test_message ("%s", rows[i].text);
    while (kith_digest_next (&rest, &next)) {
      g_string_append_printf (found,
                              "%.*s %.*s %s %s%s%s%s;",
                              KITH_SIP_PIECE (next.realm),
                              KITH_SIP_PIECE (next.nonce),
                              kith_digest_algorithm_word (next.algorithm),
                              next.has_qop ? "q" : "",
                              next.stale ? "s" : "",
                              next.session ? "S" : "",
                              next.opaque.at != NULL ? "O" : "");
    }
    g_assert_cmpstr (found->str, ==, rows[i].expected);
  }
}

static void
read_lines (KithSipLines *lines, GString *text, const char *headers)
{
  g_string_printf (text, "%s%sContent-Length: 0\r\n\r\n", HEAD, headers);
  g_assert_true (kith_sip_lines_read (lines, text->str, text->len));
}

static void
test_choice (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  KithDigestChallenge best;
  KithSipLines lines;

  read_lines (&lines,
              text,
              "WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=MD5\r\n"
              "Proxy-Authenticate: Digest realm=\"p\", nonce=\"2\"\r\n"
              "WWW-Authenticate: Digest realm=\"b\", nonce=\"3\", algorithm=SHA-256,"
              " Digest realm=\"a\", nonce=\"4\", algorithm=SHA-256\r\n"
              "WWW-Authenticate: Digest realm=\"a\", nonce=\"5\", algorithm=SHA-256\r\n");
  g_assert_true (kith_digest_choose (&lines, KITH_HEADER_WWW_AUTHENTICATE, P (NULL), &best));
  g_assert_true (kith_sip_piece_is (best.nonce, "4"));
  g_assert_true (kith_digest_choose (&lines, KITH_HEADER_WWW_AUTHENTICATE, P ("b"), &best));
  g_assert_true (kith_sip_piece_is (best.nonce, "3"));
  g_assert_false (kith_digest_choose (&lines, KITH_HEADER_WWW_AUTHENTICATE, P ("p"), &best));
  g_assert_true (kith_digest_choose (&lines, KITH_HEADER_PROXY_AUTHENTICATE, P (NULL), &best));
  g_assert_true (kith_sip_piece_is (best.realm, "p"));
}

#define CREDENTIALS(realm)                                                                         \
  "Authorization: Digest username=\"u\",realm=\"" realm                                            \
  "\",nonce=\"n\",uri=\"sip:r\",response=\"" RIGHT_MD5 "\"\r\n"

static void
test_find (void)
{
  static const char *const headers[] = {
    "Proxy-" CREDENTIALS ("kith"),
    "Authorization: Basic abc\r\n",
    "Authorization: Basic abc\r\n" CREDENTIALS ("x") CREDENTIALS ("y"),
    CREDENTIALS ("x") "Authorization: Digest broken\r\n" CREDENTIALS ("kith"),
    CREDENTIALS ("KITH"),
  };
  static const KithDigestFinding findings[] = { KITH_DIGEST_NONE,
                                                KITH_DIGEST_BAD,
                                                KITH_DIGEST_OTHER_REALM,
                                                KITH_DIGEST_FOUND,
                                                KITH_DIGEST_OTHER_REALM };
  static const char *const realms[] = { "", "", "x", "kith", "KITH" };
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++) {
    KithDigestCredentials found;
    KithSipLines lines;
    read_lines (&lines, text, headers[i]);
    g_assert_cmpint (kith_digest_find (&lines, KITH_HEADER_AUTHORIZATION, "kith", &found),
                     ==,
                     findings[i]);
    g_assert_true (kith_sip_piece_same (found.realm, P (realms[i])));
  }
}

/* A challenge is printed, read, answered; the answer is printed, read, and right. */
static void
test_both_ways (void)
{
  for (guint i = 0; i < 8; i++) {
    KithDigestChallenge challenge
        = { .algorithm = i % 2 != 0 ? KITH_DIGEST_SHA256 : KITH_DIGEST_MD5,
            .session = (i & 2) != 0,
            .stale = (i & 4) != 0,
            .realm = P ("kith"),
            .nonce = P ("n,1=="),
            .opaque = P ((i & 4) != 0 ? "o" : NULL) };
    KithDigestChallenge read;
    KithDigestCredentials credentials, again;
    KithDigestHash ha1, response;
    g_autoptr (GString) out = g_string_new (NULL);
    kith_digest_challenge_print (&challenge, "WWW-Authenticate", out);
    g_assert_true (g_str_has_prefix (out->str, "WWW-Authenticate: Digest realm=\"kith\", "));
    g_assert_true (g_str_has_suffix (out->str, "\r\n"));
    KithSipPiece rest = { out->str + 18, out->len - 20 };
    g_assert_true (kith_digest_next (&rest, &read));
    g_assert_true (read.algorithm == challenge.algorithm && read.session == challenge.session
                   && read.stale == challenge.stale && read.has_qop
                   && (read.opaque.at != NULL) == (challenge.opaque.at != NULL));
    kith_digest_ha1 (read.algorithm, P ("desk"), P ("kith"), P ("secret"), &ha1);
    g_assert_true (kith_digest_answer (&read,
                                       P ("desk"),
                                       P ("sip:kith"),
                                       P ("0000000a"),
                                       P ("c1"),
                                       &credentials));
    kith_digest_respond (&credentials, &ha1, P ("REGISTER"), &response);
    credentials.response = P (response.hex);
    g_autoptr (GString) line = g_string_new (NULL);
    kith_digest_credentials_print (&credentials, "Authorization", line);
    g_assert_true (g_str_has_prefix (line->str, "Authorization: Digest username=\"desk\", "));
    g_assert_true (g_str_has_suffix (line->str, "\r\n"));
    g_assert_true (
        kith_digest_credentials_parse ((KithSipPiece){ line->str + 15, line->len - 17 }, &again));
    g_assert_cmpuint (again.count, ==, 10);
    g_assert_true (kith_digest_is_right (&again, &ha1, P ("REGISTER")));
  }
}

static void
test_answers (void)
{
  KithDigestChallenge old = { .realm = P ("r"), .nonce = P ("n") };
  KithDigestCredentials credentials;
  g_autoptr (GString) line = g_string_new (NULL);

  g_assert_true (
      kith_digest_answer (&old, P ("u"), P ("sip:r"), P ("00000001"), P ("c"), &credentials));
  credentials.response = P ("x");
  kith_digest_credentials_print (&credentials, "Proxy-Authorization", line);
  g_assert_cmpstr (line->str,
                   ==,
                   "Proxy-Authorization: Digest username=\"u\", realm=\"r\", nonce=\"n\", "
                   "uri=\"sip:r\", response=\"x\"\r\n");
  g_assert_false (
      kith_digest_answer (&old, P ("u\""), P ("sip:r"), P ("00000001"), P ("c"), &credentials));
  g_assert_false (
      kith_digest_answer (&old, P ("u"), P ("a\r\nb"), P ("00000001"), P ("c"), &credentials));
  g_assert_false (
      kith_digest_answer (&old, P ("u"), P ("sip:r"), P ("00000001"), P ("\\"), &credentials));
  g_assert_false (kith_digest_answer (&old, P ("u"), P ("sip:r"), P ("1"), P ("c"), &credentials));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/digest/vectors", test_vectors);
  g_test_add_func ("/model/digest/every-digit", test_every_digit);
  g_test_add_func ("/model/digest/refused", test_refused);
  g_test_add_func ("/model/digest/challenges", test_challenges);
  g_test_add_func ("/model/digest/choice", test_choice);
  g_test_add_func ("/model/digest/find", test_find);
  g_test_add_func ("/model/digest/both-ways", test_both_ways);
  g_test_add_func ("/model/digest/answers", test_answers);
  return g_test_run ();
}
