/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Messages made of pieces of others: Via, Route, headers, responses, ACK and CANCEL, byte for
   byte; and the readers of pieces and lines. */
#include <string.h>

#include "model/sip/sip-scan.h"
#include "model/sip/sip-splice.h"

#define REST                                                                                       \
  "From: \"Alice\" <sip:alice@a.example>;tag=a1\r\nTo: <sip:bob@b.example>\r\n"                    \
  "Call-ID: 1@a\r\nCSeq: 7 INVITE\r\n"
#define VIA2 "Via: SIP/2.0/UDP 192.0.2.2:5062;branch=z9hG4bK2;rport\r\n"
#define VIA1 "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
#define INVITE "INVITE sip:bob@b.example SIP/2.0\r\n"
#define LENGTH0 "Content-Length: 0\r\n\r\n"

typedef struct {
  KithSipScan scan;
  KithSipLines lines;
  GString *out;
} Fixture;

/* What comes from outside is scanned first. */
static void
take (Fixture *fixture, const char *text)
{
  kith_sip_scan_init (&fixture->scan, TRUE);
  fixture->out = g_string_new ("left from before");
  g_assert_cmpint (kith_sip_scan_run (&fixture->scan, (const guint8 *)text, strlen (text)),
                   ==,
                   KITH_SIP_SCAN_PASS);
  g_assert_true (
      kith_sip_lines_read (&fixture->lines, fixture->scan.text->str, fixture->scan.text->len));
}

static void
drop (Fixture *fixture)
{
  g_string_free (fixture->out, TRUE);
  kith_sip_scan_clear (&fixture->scan);
}

static void
check (const char *text, const KithSipEdit *edit, const char *expected)
{
  Fixture fixture;
  KithSipLines again;

  take (&fixture, text);
  g_assert_true (kith_sip_splice (&fixture.lines, edit, fixture.out));
  g_assert_cmpstr (fixture.out->str, ==, expected);
  g_assert_true (kith_sip_lines_read (&again, fixture.out->str, fixture.out->len));
  drop (&fixture);
}

static void
test_same (void)
{
  static const KithSipEdit none = { 0 };

  check (INVITE VIA2 VIA1 REST LENGTH0, &none, INVITE VIA2 VIA1 REST LENGTH0);
  check ("SIP/2.0 200 OK\r\n" VIA2 REST "l: 2\r\n\r\nxy",
         &none,
         "SIP/2.0 200 OK\r\n" VIA2 REST "Content-Length: 2\r\n\r\nxy");
  check (INVITE VIA2 "Kith-Caller: phone desk\r\nkith-anything: x\r\n" REST
                     "KITH-VIA: plain\r\nContent-Length: 0\r\nX-Kith-Caller: y\r\n\r\n",
         &none,
         INVITE VIA2 REST "X-Kith-Caller: y\r\n" LENGTH0);
}

/* The scan lets none of ours pass; what nua writes was not scanned. */
static void
test_ours_go (void)
{
  static const char text[] = INVITE VIA2 REST "Kith-Via: plain udp 192.0.2.7:5060\r\n" LENGTH0;
  static const KithSipEdit none = { 0 };
  KithSipLines lines;
  KithSipPiece value;
  g_autoptr (GString) out = g_string_new (NULL);

  g_assert_true (kith_sip_lines_read (&lines, text, strlen (text)));
  g_assert_true (kith_sip_lines_find (&lines, "kith-via", &value));
  g_assert_true (kith_sip_piece_is (value, "plain udp 192.0.2.7:5060"));
  g_assert_false (kith_sip_lines_find (&lines, "Kith-Caller", &value));
  g_assert_true (kith_sip_splice (&lines, &none, out));
  g_assert_cmpstr (out->str, ==, INVITE VIA2 REST LENGTH0);
}

static void
test_vias (void)
{
  static const KithSipEdit push = { .via = "SIP/2.0/TCP e;branch=z9hG4bK9" };
  static const KithSipEdit pop = { .pop_via = TRUE };
  static const KithSipEdit both = { .pop_via = TRUE, .via = "SIP/2.0/TCP e;branch=z9hG4bK9" };
  static const KithSipEdit mark
      = { .via = "SIP/2.0/TCP e", .received = "2001:db8::1", .rport = 5070 };
  static const KithSipEdit below = { .pop_via = TRUE, .received = "192.0.2.9", .rport = 1 };

  check (INVITE VIA2 REST LENGTH0,
         &push,
         INVITE "Via: SIP/2.0/TCP e;branch=z9hG4bK9\r\n" VIA2 REST LENGTH0);
  check (INVITE VIA2 VIA1 REST LENGTH0, &pop, INVITE VIA1 REST LENGTH0);
  check (INVITE
         "v:SIP/2.0/UDP a;x=\"1,2;rport\" , SIP/2.0/UDP b,\r\n SIP/2.0/UDP c\r\n" REST LENGTH0,
         &pop,
         INVITE "Via: SIP/2.0/UDP b, SIP/2.0/UDP c\r\n" REST LENGTH0);
  check (INVITE VIA2 VIA1 REST LENGTH0,
         &both,
         INVITE "Via: SIP/2.0/TCP e;branch=z9hG4bK9\r\n" VIA1 REST LENGTH0);
  check (INVITE
         "Via: SIP / 2.0 / UDP a:1 ; RPORT=7; branch=z9hG4bK3;received=10.0.0.1;y=\"a;rport=2\","
         "SIP/2.0/UDP b;rport\r\n" VIA1 REST LENGTH0,
         &mark,
         INVITE "Via: SIP/2.0/TCP e\r\nVia: SIP / 2.0 / UDP a:1;branch=z9hG4bK3;y=\"a;rport=2\""
                ";received=2001:db8::1;rport=5070, SIP/2.0/UDP b;rport\r\n" VIA1 REST LENGTH0);
  check (INVITE VIA2 VIA1 REST LENGTH0,
         &below,
         INVITE
         "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;received=192.0.2.9;rport=1\r\n" REST LENGTH0);
}

static void
test_routes (void)
{
  static const KithSipEdit one = { .pop_routes = 1 };
  static const KithSipEdit three = { .pop_routes = 3, .route = "<sip:n;lr>" };
  static const KithSipEdit record = { .record_route = "<sip:t@e;lr>" };

  check (INVITE VIA1 "Route: <sip:a;lr>\r\n" REST "Route: <sip:b;lr>\r\n" LENGTH0,
         &one,
         INVITE VIA1 REST "Route: <sip:b;lr>\r\n" LENGTH0);
  check (INVITE VIA1 "Route: <sip:a;x=1,2;lr> , \"q,\" <sip:b;lr>,<sip:c>\r\n" REST LENGTH0,
         &one,
         INVITE VIA1 "Route: \"q,\" <sip:b;lr>,<sip:c>\r\n" REST LENGTH0);
  check (INVITE VIA1 "Route: <sip:a>, <sip:b>\r\n" REST "Route: <sip:c>, <sip:d>\r\n" LENGTH0,
         &three,
         INVITE "Route: <sip:n;lr>\r\n" VIA1 REST "Route: <sip:d>\r\n" LENGTH0);
  check (INVITE VIA1 REST LENGTH0, &one, INVITE VIA1 REST LENGTH0);
  check (INVITE VIA1 "Record-Route: <sip:x>\r\n" REST LENGTH0,
         &record,
         INVITE "Record-Route: <sip:t@e;lr>\r\n" VIA1 "Record-Route: <sip:x>\r\n" REST LENGTH0);
}

static void
test_headers (void)
{
  static const char *const strip[] = { "Supported", "X-Other", "Contact", NULL };
  static const KithSipEdit edit = { .uri = { "sip:c@192.0.2.3;x=y", 19 },
                                    .hop = TRUE,
                                    .strip = strip,
                                    .lines = "Supported: path\r\nX-New: 1\r\n" };
  static const KithSipEdit hop = { .hop = TRUE };
  Fixture fixture;

  check (INVITE VIA1 REST "k: 100rel\r\nm: <sip:a@b>\r\nSUPPORTED: gruu\r\nx-other: 1\r\n"
                          "x-others: 2\r\nMax-Forwards: 13\r\n" LENGTH0,
         &edit,
         "INVITE sip:c@192.0.2.3;x=y SIP/2.0\r\nMax-Forwards: 12\r\n" VIA1 REST
         "x-others: 2\r\nSupported: path\r\nX-New: 1\r\n" LENGTH0);
  check (INVITE VIA1 REST LENGTH0, &hop, INVITE "Max-Forwards: 70\r\n" VIA1 REST LENGTH0);
  check (INVITE VIA1 REST "Max-Forwards: 1\r\n" LENGTH0,
         &hop,
         INVITE "Max-Forwards: 0\r\n" VIA1 REST LENGTH0);
  take (&fixture, INVITE VIA1 REST "Max-Forwards: 00\r\n" LENGTH0);
  g_assert_false (kith_sip_splice (&fixture.lines, &hop, fixture.out));
  g_assert_cmpuint (fixture.out->len, ==, 0);
  drop (&fixture);
}

static void
test_reply (void)
{
  Fixture fixture;
  KithSipReply reply = { .status = 420,
                         .phrase = "Bad Extension",
                         .to_tag = "tt",
                         .received = "192.0.2.9",
                         .rport = 5099,
                         .lines = "Unsupported: x\r\n" };
  static const char with[]
      = "SIP/2.0 420 Bad Extension\r\n"
        "Via: SIP/2.0/UDP 192.0.2.2:5062;branch=z9hG4bK2"
        ";received=192.0.2.9;rport=5099\r\n" VIA1 "From: \"Alice\" <sip:alice@a.example>;tag=a1\r\n"
        "To: <sip:bob@b.example>;tag=tt\r\nCall-ID: 1@a\r\nCSeq: 7 INVITE\r\n";

  take (&fixture, INVITE VIA2 VIA1 "Timestamp: 5\r\n" REST "Subject: x\r\nl: 2\r\n\r\nab");
  g_autofree gchar *whole = g_strconcat (with, "Unsupported: x\r\n", LENGTH0, NULL);
  g_assert_true (kith_sip_reply (&fixture.lines, &reply, fixture.out));
  g_assert_cmpstr (fixture.out->str, ==, whole);
  reply.most = strlen (whole);
  g_assert_true (kith_sip_reply (&fixture.lines, &reply, fixture.out));
  g_assert_cmpstr (fixture.out->str, ==, whole);
  guint stages = 0; /* each byte less: what goes stays away */
  for (reply.most = strlen (whole); kith_sip_reply (&fixture.lines, &reply, fixture.out);
       reply.most--) {
    const char *text = fixture.out->str;
    guint stage = (strstr (text, "Extension") == NULL) + (strstr (text, "Length") == NULL)
                  + (strstr (text, "Unsupported") == NULL) + (strstr (text, "received") == NULL);
    g_assert_cmpuint (fixture.out->len, <=, reply.most);
    g_assert_true (stage == stages || stage == stages + 1);
    g_assert_true (strstr (text, "Length") != NULL || strstr (text, "Extension") == NULL);
    g_assert_true (strstr (text, "Unsupported") != NULL || strstr (text, "Length") == NULL);
    g_assert_true (strstr (text, "received") != NULL || strstr (text, "Unsupported") == NULL);
    g_assert_true (g_str_has_suffix (text, "\r\n\r\n"));
    stages = stage;
  }
  g_assert_cmpuint (stages, ==, 4);
  g_assert_cmpuint (fixture.out->len, ==, 0);
  reply = (KithSipReply){ .status = 100, .phrase = "Trying", .to_tag = "no" };
  g_assert_true (kith_sip_reply (&fixture.lines, &reply, fixture.out));
  g_assert_cmpstr (fixture.out->str,
                   ==,
                   "SIP/2.0 100 Trying\r\n" VIA2 VIA1 "Timestamp: 5\r\n" REST LENGTH0);
  drop (&fixture);
  reply = (KithSipReply){ .status = 481, .phrase = "No", .to_tag = "no" };
  take (&fixture,
        "BYE sip:b@c SIP/2.0\r\n" VIA1
        "From: <sip:a@b>;tag=1\r\nTo: <sip:c@d;tag=x> ;Tag = \"2\"\r\n"
        "Call-ID: 1\r\nCSeq: 1 BYE\r\n" LENGTH0);
  g_assert_true (kith_sip_reply (&fixture.lines, &reply, fixture.out));
  g_assert_nonnull (strstr (fixture.out->str, "\r\nTo: <sip:c@d;tag=x>;Tag = \"2\"\r\n"));
  drop (&fixture);
  take (&fixture,
        "ACK sip:b@c SIP/2.0\r\n" VIA1 "From: <sip:a@b>\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\n"
        "CSeq: 1 ACK\r\n" LENGTH0);
  g_assert_false (kith_sip_reply (&fixture.lines, &reply, fixture.out));
  drop (&fixture);
  take (&fixture, "SIP/2.0 200 OK\r\n" VIA1 REST LENGTH0);
  g_assert_false (kith_sip_reply (&fixture.lines, &reply, fixture.out));
  drop (&fixture);
}

static void
test_follow (void)
{
  Fixture fixture;

  take (&fixture,
        INVITE "Via: SIP/2.0/UDP e;branch=z9hG4bKe, SIP/2.0/UDP x\r\n" VIA1
               "Route: <sip:p;lr>,<sip:q>\r\nRoute: <sip:r>\r\nMax-Forwards: 3\r\n" REST
               "Content-Length: 2\r\n\r\nab");
  kith_sip_follow (&fixture.lines,
                   "ACK",
                   kith_sip_piece ("<sip:bob@b.example>;tag=z"),
                   NULL,
                   fixture.out);
  g_assert_cmpstr (fixture.out->str,
                   ==,
                   "ACK sip:bob@b.example SIP/2.0\r\nVia: SIP/2.0/UDP e;branch=z9hG4bKe\r\n"
                   "Route: <sip:p;lr>,<sip:q>\r\nRoute: <sip:r>\r\n"
                   "From: \"Alice\" <sip:alice@a.example>;tag=a1\r\n"
                   "To: <sip:bob@b.example>;tag=z\r\nCall-ID: 1@a\r\nCSeq: 7 ACK\r\n"
                   "Max-Forwards: 70\r\n" LENGTH0);
  kith_sip_follow (&fixture.lines,
                   "CANCEL",
                   kith_sip_piece (NULL),
                   "Reason: SIP;cause=200\r\n",
                   fixture.out);
  g_assert_true (g_str_has_prefix (fixture.out->str, "CANCEL sip:bob@b.example SIP/2.0\r\n"));
  g_assert_nonnull (strstr (fixture.out->str, "\r\nTo: <sip:bob@b.example>\r\n"));
  g_assert_nonnull (strstr (fixture.out->str, "\r\nCSeq: 7 CANCEL\r\n"));
  g_assert_true (g_str_has_suffix (fixture.out->str, "\r\nReason: SIP;cause=200\r\n" LENGTH0));
  drop (&fixture);
}

static void
test_lines (void)
{
  Fixture fixture;
  KithSipPiece piece;
  KithSipVia via;

  take (&fixture,
        "SIP/2.0 183 Session Progress\r\nVia: SIP/2.0/TCP [2001:db8::1]:5070;rport=9;received="
        "[2001:db8::2];branch=b1,SIP/2.0/UDP h;rport\r\n" REST "Contact: <sip:a>, <sip:b>\r\n"
        "Contact: <sip:c>\r\nl: 1\r\n\r\nx");
  const KithSipLines *lines = &fixture.lines;
  g_assert_cmpuint (lines->status, ==, 183);
  g_assert_true (kith_sip_piece_is (lines->method, "INVITE"));
  g_assert_true (kith_sip_piece_is (lines->body, "x"));
  g_assert_cmpuint (kith_sip_lines_cseq (lines), ==, 7);
  g_assert_cmpint (kith_sip_lines_hops (lines), ==, -1);
  g_assert_true (kith_sip_piece_is (kith_sip_lines_tag (lines, KITH_HEADER_FROM), "a1"));
  g_assert_cmpuint (kith_sip_lines_tag (lines, KITH_HEADER_TO).len, ==, 0);
  g_assert_true (kith_sip_lines_element (lines, KITH_HEADER_CONTACT, 2, &piece));
  g_assert_true (kith_sip_piece_is (piece, "<sip:c>"));
  g_assert_false (kith_sip_lines_element (lines, KITH_HEADER_CONTACT, 3, &piece));
  g_assert_true (kith_sip_lines_via (lines, 0, &via));
  g_assert_true (kith_sip_piece_is (via.transport, "tcp"));
  g_assert_true (kith_sip_piece_is (via.host, "2001:db8::1"));
  g_assert_cmpuint (via.port, ==, 5070);
  g_assert_true (kith_sip_piece_is (via.received, "2001:db8::2"));
  g_assert_true (kith_sip_piece_is (via.branch, "b1"));
  g_assert_cmpuint (via.rport, ==, 9);
  g_assert_true (kith_sip_lines_via (lines, 1, &via));
  g_assert_true (kith_sip_piece_is (via.host, "h"));
  g_assert_true (via.wants_rport && via.rport == 0 && via.port == 0 && via.branch.len == 0);
  g_assert_false (kith_sip_lines_via (lines, 2, &via));
  drop (&fixture);
}

/* Text that is no scanned message. */
static void
test_no_lines (void)
{
  static const char *const texts[] = {
    "",
    "\r\n\r\n",
    "INVITE\r\n\r\n",
    "INVITE sip:b\r\n\r\n",
    "SIP/2.0 99 x\r\n\r\n",
    INVITE VIA1 REST,
    INVITE REST "\r\n",
    INVITE VIA1 REST "no colon\r\n\r\n",
  };
  KithSipLines lines;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_false (kith_sip_lines_read (&lines, texts[i], strlen (texts[i])));
  }
  g_autoptr (GString) many = g_string_new (INVITE VIA1 REST);
  for (guint i = 5; i < KITH_SIP_MAX_LINES; i++) {
    g_string_append (many, "X: y\r\n");
  }
  gsize len = many->len;
  g_string_append (many, "\r\n");
  g_assert_true (kith_sip_lines_read (&lines, many->str, many->len));
  g_string_truncate (many, len);
  g_string_append (many, "X: y\r\n\r\n");
  g_assert_false (kith_sip_lines_read (&lines, many->str, many->len));
}

typedef struct {
  const char *text;
  const char *uri; /* NULL: refused */
  const char *params;
} Name;

static void
test_names (void)
{
  static const Name rows[] = {
    { "sip:a@b", "sip:a@b", "" },
    { "sip:a@b ;tag=1;x", "sip:a@b", "tag=1;x" },
    { "<sip:a@b;lr>", "sip:a@b;lr", "" },
    { " Bob <sip:a@b> ; tag=1", "sip:a@b", "tag=1" },
    { "\"a < \\\" ;\" <sip:a>;q=1", "sip:a", "q=1" },
    { "\"open <sip:a>", NULL, NULL },
    { "\"b\" sip:a", NULL, NULL },
    { "<sip:a", NULL, NULL },
    { "<>", NULL, NULL },
    { "", NULL, NULL },
    { "<sip:a> x", NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipPiece uri, params;
    gboolean good = kith_sip_piece_name (kith_sip_piece (rows[i].text), &uri, &params);
    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (good, ==, rows[i].uri != NULL);
    g_assert_true (!good || kith_sip_piece_is (uri, rows[i].uri));
    g_assert_true (!good || kith_sip_piece_is (params, rows[i].params));
  }
}

typedef struct {
  const char *text;
  const char *user;
  const char *host; /* NULL: refused */
  guint16 port;
  const char *params;
  const char *headers;
} Uri;

static void
test_uris (void)
{
  static const Uri rows[] = {
    { "sip:a@b", "a", "b", 0, "", "" },
    { "SIPS:b:5061", "", "b", 5061, "", "" },
    { "sip:a;x?y:p@[2001:db8::1]:7;lr;t=1?h=v", "a;x?y:p", "2001:db8::1", 7, "lr;t=1", "h=v" },
    { "sip:@b", "", "b", 0, "", "" },
    { "sip:b;lr", "", "b", 0, "lr", "" },
    { "sip:b?x", "", "b", 0, "", "x" },
    { "tel:+49", NULL, NULL, 0, NULL, NULL },
    { "sip", NULL, NULL, 0, NULL, NULL },
    { "sip:", NULL, NULL, 0, NULL, NULL },
    { "sip:a@", NULL, NULL, 0, NULL, NULL },
    { "sip:a@b:0", NULL, NULL, 0, NULL, NULL },
    { "sip:a@b:65536", NULL, NULL, 0, NULL, NULL },
    { "sip:a@b:", NULL, NULL, 0, NULL, NULL },
    { "sip:a@[::1", NULL, NULL, 0, NULL, NULL },
    { "sip:a@[::1]5060", NULL, NULL, 0, NULL, NULL },
    { "sip:a@b@c", NULL, NULL, 0, NULL, NULL },
    { "sip:a@b c", NULL, NULL, 0, NULL, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipUriParts parts;
    gboolean good = kith_sip_uri_split (kith_sip_piece (rows[i].text), &parts);
    g_test_message ("%s", rows[i].text);
    g_assert_cmpint (good, ==, rows[i].host != NULL);
    if (good) {
      g_assert_true (kith_sip_piece_is (parts.user, rows[i].user));
      g_assert_true (kith_sip_piece_is (parts.host, rows[i].host));
      g_assert_cmpuint (parts.port, ==, rows[i].port);
      g_assert_true (kith_sip_piece_is (parts.params, rows[i].params));
      g_assert_true (kith_sip_piece_is (parts.headers, rows[i].headers));
    }
    g_assert_cmpint (!good || parts.secure, ==, !good || rows[i].text[3] == 'S');
  }
}

static void
test_pieces (void)
{
  KithSipPiece rest = kith_sip_piece (" , a=\"x,\\\",\" ,<b,c>,,d");
  KithSipPiece item, name, value;
  guint64 number = 0;

  g_assert_true (kith_sip_piece_next (&rest, ',', &item));
  g_assert_true (kith_sip_piece_is (item, "a=\"x,\\\",\""));
  kith_sip_piece_pair (item, &name, &value);
  g_assert_true (kith_sip_piece_is (name, "A") && kith_sip_piece_is (value, "x,\\\","));
  g_assert_true (kith_sip_piece_next (&rest, ',', &item) && kith_sip_piece_is (item, "<b,c>"));
  g_assert_true (kith_sip_piece_next (&rest, ',', &item) && kith_sip_piece_is (item, "d"));
  g_assert_false (kith_sip_piece_next (&rest, ',', &item));
  g_assert_true (kith_sip_piece_param (kith_sip_piece ("lr;X = \"a;b\" ; y="), "x", &value));
  g_assert_true (kith_sip_piece_is (value, "a;b"));
  g_assert_true (kith_sip_piece_param (kith_sip_piece ("lr;x"), "LR", &value));
  g_assert_null (value.at);
  g_assert_true (kith_sip_piece_param (kith_sip_piece ("y="), "y", &value));
  g_assert_true (value.at != NULL && value.len == 0);
  g_assert_false (kith_sip_piece_param (kith_sip_piece ("xlr;lrx"), "lr", &value));
  g_assert_true (kith_sip_piece_number (kith_sip_piece ("255"), 255, &number) && number == 255);
  g_assert_false (kith_sip_piece_number (kith_sip_piece ("256"), 255, &number));
  g_assert_cmpuint (number, ==, 0);
  g_assert_false (kith_sip_piece_number (kith_sip_piece ("9"), 5, &number));
  g_assert_false (kith_sip_piece_number (kith_sip_piece (""), 5, &number));
  g_assert_false (kith_sip_piece_number (kith_sip_piece ("1 "), 5, &number));
  g_assert_true (
      kith_sip_piece_number (kith_sip_piece ("18446744073709551615"), G_MAXUINT64, &number));
  g_assert_cmpuint (number, ==, G_MAXUINT64);
  g_assert_false (
      kith_sip_piece_number (kith_sip_piece ("18446744073709551616"), G_MAXUINT64, &number));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/sip-splice/same", test_same);
  g_test_add_func ("/model/sip-splice/ours-go", test_ours_go);
  g_test_add_func ("/model/sip-splice/vias", test_vias);
  g_test_add_func ("/model/sip-splice/routes", test_routes);
  g_test_add_func ("/model/sip-splice/headers", test_headers);
  g_test_add_func ("/model/sip-splice/reply", test_reply);
  g_test_add_func ("/model/sip-splice/follow", test_follow);
  g_test_add_func ("/model/sip-splice/lines", test_lines);
  g_test_add_func ("/model/sip-splice/no-lines", test_no_lines);
  g_test_add_func ("/model/sip-splice/names", test_names);
  g_test_add_func ("/model/sip-splice/uris", test_uris);
  g_test_add_func ("/model/sip-splice/pieces", test_pieces);
  return g_test_run ();
}
