/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan of SIP messages: every limit at the limit and one above, framing of streams in all
   pieces, what is written anew. */
#include <string.h>
#include <time.h>

#include "model/sip/sip-bounds.h"
#include "model/sip/sip-scan.h"
#include "model/sip/sip-stream.h"

#define START "OPTIONS sip:bob@example.org SIP/2.0\r\n"
#define VIA "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
#define FROM "From: <sip:alice@example.org>;tag=1\r\n"
#define TO "To: <sip:bob@example.org>\r\n"
#define IDS "Call-ID: x@y\r\nCSeq: 1 OPTIONS\r\n"
#define NONE "Content-Length: 0\r\n\r\n"
#define BASE VIA FROM TO IDS
#define WHOLE START BASE NONE

/* A message as datagram or as stream; fails if the two disagree where they may not. */
static KithSipScanVerdict
scan_len (KithSipScan *scan, const char *text, gsize len, gboolean stream)
{
  g_autofree guint8 *exact = g_memdup2 (text, len); /* no byte after it may be read */

  kith_sip_scan_init (scan, stream);
  return kith_sip_scan_run (scan, exact, len);
}

static guint
status_of (const char *text)
{
  guint statuses[2] = { 0, 0 };

  for (guint i = 0; i < 2; i++) {
    KithSipScan scan;
    KithSipScanVerdict verdict = scan_len (&scan, text, strlen (text), i == 1);
    g_assert_cmpint (verdict, !=, KITH_SIP_SCAN_IDLE);
    g_assert_cmpint (verdict, !=, KITH_SIP_SCAN_MORE);
    g_assert_true ((verdict == KITH_SIP_SCAN_PASS) == (scan.status == 0));
    statuses[i] = scan.status;
    g_test_message ("%u %s", scan.status, scan.reason);
    kith_sip_scan_clear (&scan);
  }
  g_assert_cmpuint (statuses[0], ==, statuses[1]);
  return statuses[0];
}

/* The message that @text becomes; it must pass. (transfer full) */
static gchar *
passed (const char *text)
{
  KithSipScan scan;

  g_assert_cmpint (scan_len (&scan, text, strlen (text), TRUE), ==, KITH_SIP_SCAN_PASS);
  g_assert_cmpuint (scan.used, ==, strlen (text));
  gchar *out = g_strdup (scan.text->str);
  kith_sip_scan_clear (&scan);
  g_assert_cmpint (scan_len (&scan, out, strlen (out), TRUE), ==, KITH_SIP_SCAN_PASS);
  g_assert_cmpstr (scan.text->str, ==, out); /* once more changes nothing */
  kith_sip_scan_clear (&scan);
  return out;
}

static void
test_plain (void)
{
  g_autofree gchar *same = passed (WHOLE);

  g_assert_cmpstr (same, ==, WHOLE);
  g_autofree gchar *lf
      = passed ("OPTIONS sip:bob@example.org SIP/2.0\nv: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n"
                "f:<sip:alice@example.org>;tag=1\nTO \t: <sip:bob@example.org>\ni:x@y\ncseq:1\n "
                "OPTIONS\nl: 0\n\n");
  g_assert_cmpstr (lf, ==, WHOLE);
  g_autofree gchar *folded
      = passed (START VIA FROM "To:\r\n \t <sip:bob@example.org>\r\n  ;x=y\r\n" IDS
                               "X-Other: a\r\n b\r\n\tc\r\n" NONE);
  g_assert_nonnull (strstr (folded, "\r\nTo: <sip:bob@example.org>;x=y\r\n"));
  g_assert_nonnull (strstr (folded, "\r\nX-Other: a b c\r\n"));
  g_autofree gchar *body
      = passed (START BASE "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\na\r\n\r\n");
  g_assert_true (g_str_has_suffix (body, "Content-Length: 5\r\n\r\na\r\n\r\n"));
  g_autofree gchar *words = passed (
      "!interesting-Method0123456789_*+`.%indeed'~ "
      "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com SIP/2.0\r\n" VIA FROM TO
      "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\nCSeq: 139122385 "
      "!interesting-Method0123456789_*+`.%indeed'~\r\n" NONE);
  g_assert_nonnull (strstr (words, "\"][?}{\r\n"));
  g_autofree gchar *response = passed ("SIP/2.0 180\r\n" BASE NONE);
  g_assert_true (g_str_has_prefix (response, "SIP/2.0 180 \r\n"));
}

typedef struct {
  const char *text;
  guint status;
  const char *reason;
} Bad;

static void
test_bad (void)
{
  static const Bad rows[] = {
    { "OPTIONS\r\n" BASE NONE, 400, "Bad Request Line" },
    { "OPTIONS sip:b@h\r\n" BASE NONE, 400, "Bad Request Line" },
    { "OPTIONS sip:b@h SIP/7.0\r\n" BASE NONE, 505, "Version Not Supported" },
    { "OPTIONS sip:b@h HTTP/1.1\r\n" BASE NONE, 400, "Bad Request Line" },
    { "OPTIONS sip:b@h; lr SIP/2.0\r\n" BASE NONE, 400, "Bad Request URI" },
    { "OPTIONS <sip:b@h> SIP/2.0\r\n" BASE NONE, 400, "Bad Request URI" },
    { "OP{TIONS sip:b@h SIP/2.0\r\n" BASE NONE, 400, "Bad Request Line" },
    { "SIP/2.0 99 x\r\n" BASE NONE, 400, "Bad Status Line" },
    { "SIP/2.0 700 x\r\n" BASE NONE, 400, "Bad Status Line" },
    { "SIP/2.0 2000 x\r\n" BASE NONE, 400, "Bad Status Line" },
    { "SIP/3.0 200 x\r\n" BASE NONE, 400, "Bad Status Line" },
    { START FROM TO IDS NONE, 400, "Missing Via" },
    { START VIA TO IDS NONE, 400, "Missing From" },
    { START VIA FROM IDS NONE, 400, "Missing To" },
    { START VIA FROM TO "CSeq: 1 OPTIONS\r\n" NONE, 400, "Missing Call-ID" },
    { START VIA FROM TO "Call-ID: x\r\n" NONE, 400, "Missing CSeq" },
    { START BASE FROM NONE, 400, "Two From" },
    { START BASE "f: <sip:x@y>\r\n" NONE, 400, "Two From" },
    { START BASE TO NONE, 400, "Two To" },
    { START BASE "i: z\r\n" NONE, 400, "Two Call-ID" },
    { START BASE "CSeq: 2 OPTIONS\r\n" NONE, 400, "Two CSeq" },
    { START BASE "Max-Forwards: 1\r\nMax-Forwards: 1\r\n" NONE, 400, "Two Max-Forwards" },
    { START BASE "Content-Type: a/b\r\nc: a/b\r\n" NONE, 400, "Two Content-Type" },
    { START BASE "l: 0\r\n" NONE, 400, "Two Content-Length" },
    { START BASE "Content-Length: -1\r\n\r\n", 400, "Bad Content-Length" },
    { START BASE "Content-Length: 4294967296\r\n\r\n", 400, "Bad Content-Length" },
    { START BASE "Content-Length: 1 1\r\n\r\n", 400, "Bad Content-Length" },
    { START BASE "Content-Length:\r\n\r\n", 400, "Bad Content-Length" },
    { START BASE "Max-Forwards: x\r\n" NONE, 400, "Bad Max-Forwards" },
    { START BASE "Max-Forwards: 256\r\n" NONE, 400, "Bad Max-Forwards" },
    { START "Via: udp 192.0.2.1\r\n" FROM TO IDS NONE, 400, "Bad Via" },
    { START VIA "From: alice\r\n" TO IDS NONE, 400, "Bad From" },
    { START VIA "From: <sip:alice@h\r\n" TO IDS NONE, 400, "Bad From" },
    { START VIA "From:\r\n" TO IDS NONE, 400, "Bad From" },
    { START VIA FROM "To: \"Mr Watson <sip:w@h>\r\n" IDS NONE, 400, "Bad To" },
    { START VIA FROM "To: <sip:w@h>, <sip:v@h>\r\n" IDS NONE, 400, "Bad To" },
    { START VIA FROM TO "Call-ID:\r\nCSeq: 1 OPTIONS\r\n" NONE, 400, "Bad Call-ID" },
    { START VIA FROM TO "Call-ID: a b\r\nCSeq: 1 OPTIONS\r\n" NONE, 400, "Bad Call-ID" },
    { START VIA FROM TO "Call-ID: x\r\nCSeq: 1\r\n" NONE, 400, "Bad CSeq" },
    { START VIA FROM TO "Call-ID: x\r\nCSeq: x OPTIONS\r\n" NONE, 400, "Bad CSeq" },
    { START VIA FROM TO "Call-ID: x\r\nCSeq: 1 INVITE\r\n" NONE, 400, "CSeq Names Another Method" },
    { START VIA FROM TO "Call-ID: x\r\nCSeq: 1 options\r\n" NONE,
      400,
      "CSeq Names Another Method" },
    { START BASE "Contact: nobody\r\n" NONE, 400, "Bad Contact" },
    { START BASE "no colon\r\n" NONE, 400, "Bad Header Line" },
    { START BASE ": no name\r\n" NONE, 400, "Bad Header Line" },
    { START BASE "X-A: b\rc\r\n" NONE, 400, "Bad Character" },
    { START " " BASE NONE, 400, "Bad Header Line" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipScan scan;
    g_test_message ("row %zu: %s", i, rows[i].reason);
    g_assert_cmpuint (status_of (rows[i].text), ==, rows[i].status);
    (void)scan_len (&scan, rows[i].text, strlen (rows[i].text), FALSE);
    g_assert_cmpstr (scan.reason, ==, rows[i].reason);
    kith_sip_scan_clear (&scan);
  }
  static const char with_nul[] = START BASE "X-A: b\0c\r\n" NONE;
  static const char nul_in_line[] = "OPTIONS sip:b@h\0 SIP/2.0\r\n" BASE NONE;
  for (guint i = 0; i < 2; i++) {
    KithSipScan scan;
    g_assert_cmpint (scan_len (&scan, with_nul, sizeof with_nul - 1, i == 1),
                     ==,
                     KITH_SIP_SCAN_REFUSE);
    g_assert_cmpuint (scan.used, ==, sizeof with_nul - 1);
    kith_sip_scan_clear (&scan);
    g_assert_cmpint (scan_len (&scan, nul_in_line, sizeof nul_in_line - 1, i == 1),
                     ==,
                     KITH_SIP_SCAN_REFUSE);
    kith_sip_scan_clear (&scan);
  }
}

static gchar *
repeat (guint n, const char *line)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < n; i++) {
    g_string_append (out, line);
  }
  return g_string_free (out, FALSE);
}

static guint
with_extra (const char *extra)
{
  g_autofree gchar *text = g_strconcat (START, BASE, extra, NONE, NULL);

  return status_of (text);
}

static void
check_count (guint most, const char *line)
{
  g_autofree gchar *full = repeat (most, line);
  g_autofree gchar *over = repeat (most + 1, line);

  g_test_message ("%u times %s", most, line);
  g_assert_cmpuint (with_extra (full), ==, 0);
  g_assert_cmpuint (with_extra (over), ==, 400);
}

/* @most bytes in the place of %s pass, one more does not. */
static void
check_length (gsize most, const char *format)
{
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  for (gsize over = 0; over < 2; over++) {
    g_autofree gchar *filler = g_strnfill (most + over, 'y');
    g_autofree gchar *text = g_strconcat (parts[0], filler, parts[1], NULL);
    g_test_message ("%zu bytes in %.40s", most + over, format);
    g_assert_cmpuint (status_of (text), ==, over ? 400 : 0);
  }
}

static gchar *
named (const char *quote, const char *name, const char *more)
{
  return g_strconcat (START VIA "From: ",
                      quote,
                      name,
                      more,
                      quote,
                      " <sip:a@h>;tag=1\r\n" TO IDS NONE,
                      NULL);
}

/* A name of as many characters as are shown, each in four bytes, and of one byte more; written anew
   it is not longer than that. */
static void
test_long_names (void)
{
  static const char *quotes[] = { "\"", "" };
  g_autofree gchar *name = repeat (KITH_SIP_MAX_DISPLAY, "😀");
  g_autofree gchar *latin = repeat (KITH_SIP_MAX_DISPLAY * 2, "\xe4");

  for (gsize i = 0; i < G_N_ELEMENTS (quotes); i++) {
    for (guint more = 0; more < 2; more++) {
      g_autofree gchar *text = named (quotes[i], name, more == 0 ? "" : "a");
      g_assert_cmpuint (status_of (text), ==, more == 0 ? 0 : 400);
      g_autofree gchar *same = more == 0 ? passed (text) : g_strdup (name);
      g_assert_nonnull (strstr (same, name));
    }
  }
  for (guint more = 0; more < 2; more++) {
    g_autofree gchar *text = named ("", latin, more == 0 ? "" : "\xe4");
    g_assert_cmpuint (status_of (text), ==, more == 0 ? 0 : 400);
    g_free (more == 0 ? passed (text) : NULL);
  }
}

static void
test_limits (void)
{
  check_count (KITH_SIP_MAX_VIA - 1, "v: SIP/2.0/UDP 192.0.2.1\r\n");
  check_count ((KITH_SIP_MAX_VIA - 1) / 2,
               "Via: SIP/2.0/UDP 192.0.2.1;x=\",\", SIP/2.0/UDP 192.0.2.1\r\n");
  check_count (KITH_SIP_MAX_ROUTE, "Route: \"a,b\" <sip:192.0.2.1;lr;x=,>\r\n");
  check_count (KITH_SIP_MAX_ROUTE / 2,
               "Route: <sip:192.0.2.1;lr>\r\nRecord-Route: <sip:192.0.2.1;lr>\r\n");
  check_count (KITH_SIP_MAX_CONTACT, "m: <sip:x@192.0.2.1>\r\n");
  check_count (KITH_SIP_MAX_CONTACT / 2,
               "Contact: sip:x@192.0.2.1, \"a, b\" <sip:y@192.0.2.1,>;q=1\r\n");
  check_count (KITH_SIP_MAX_HEADERS - 6,
               "X-Filler: y\r\n"); /* the base has five, and Content-Length */
  check_length (KITH_SIP_MAX_HEADER_LINE - strlen ("X-Long: "), START BASE "X-Long: %s\r\n" NONE);
  check_length (KITH_SIP_MAX_HEADER_LINE - strlen ("X-Long: \r\n z"),
                START BASE "X-Long: %s\r\n z\r\n" NONE);
  check_length (KITH_SIP_MAX_URI - strlen ("sip:@h"), "OPTIONS sip:%s@h SIP/2.0\r\n" BASE NONE);
  check_length (KITH_SIP_MAX_URI - strlen ("sip:@h"),
                START VIA "From: <sip:%s@h>;tag=1\r\n" TO IDS NONE);
  check_length (KITH_SIP_MAX_URI - strlen ("sip:@h"),
                START VIA "From: sip:%s@h;tag=1\r\n" TO IDS NONE);
  check_length (KITH_SIP_MAX_URI - strlen ("sip:@h"), START VIA FROM "To: <sip:%s@h>\r\n" IDS NONE);
  check_length (KITH_SIP_MAX_URI - strlen ("sip:@h"), START BASE "Contact: <sip:%s@h>\r\n" NONE);
  check_length (KITH_SIP_MAX_URI - strlen ("sip:@h"), START BASE "Contact: sip:%s@h;q=1\r\n" NONE);
  check_length (KITH_SIP_MAX_DISPLAY_BYTES - 2,
                START VIA "From: \"%s\" <sip:a@h>;tag=1\r\n" TO IDS NONE);
  check_length (KITH_SIP_MAX_DISPLAY_BYTES, START VIA "From: %s <sip:a@h>;tag=1\r\n" TO IDS NONE);
  check_length (KITH_SIP_MAX_CALL_ID, START VIA FROM TO "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\n" NONE);
  for (guint over = 0; over < 2; over++) {
    g_autofree gchar *method = g_strnfill (KITH_SIP_MAX_METHOD + over, 'y');
    g_autofree gchar *text
        = g_strdup_printf ("%s sip:b@h SIP/2.0\r\n" VIA FROM TO "Call-ID: x\r\nCSeq: 1 %s\r\n" NONE,
                           method,
                           method);
    g_assert_cmpuint (status_of (text), ==, over ? 400 : 0);
  }
  g_assert_cmpuint (with_extra ("Max-Forwards: 255\r\n"), ==, 0);
  g_assert_cmpuint (status_of (START VIA FROM TO "Call-ID: x\r\nCSeq: 2147483647 OPTIONS\r\n" NONE),
                    ==,
                    0);
  g_assert_cmpuint (status_of (START VIA FROM TO "Call-ID: x\r\nCSeq: 2147483648 OPTIONS\r\n" NONE),
                    ==,
                    400);
}

/* A message of exactly @size bytes, its body @body bytes long; the rest are header lines. (transfer
   full) */
static gchar *
sized (gsize size, gsize body)
{
  GString *out = g_string_new (START BASE);
  g_autofree gchar *end = g_strdup_printf ("Content-Length: %zu\r\n\r\n", body);
  g_autofree gchar *filler = g_strnfill (body, 'b');
  gsize rest = size - out->len - strlen (end) - body;

  while (rest > 0) {
    gsize len = rest > 4000 ? 2000 : rest > 2000 ? rest / 2 : rest;
    g_autofree gchar *value = g_strnfill (len - strlen ("X-F: \r\n"), 'y');
    g_string_append_printf (out, "X-F: %s\r\n", value);
    rest -= len;
  }
  g_string_append_printf (out, "%s%s", end, filler);
  g_assert_cmpuint (out->len, ==, size);
  return g_string_free (out, FALSE);
}

static void
test_sizes (void)
{
  static const struct {
    gsize size;
    gsize body;
    gboolean stream;
    guint status;
  } rows[] = {
    { KITH_SIP_MAX_DATAGRAM, 0, FALSE, 0 },
    { KITH_SIP_MAX_DATAGRAM + 1, 0, FALSE, 413 },
    { KITH_SIP_MAX_DATAGRAM, 8000, FALSE, 0 },
    { KITH_SIP_MAX_DATAGRAM + 1, 8000, FALSE, 413 },
    { KITH_SIP_MAX_STREAM, 0, TRUE, 0 },
    { KITH_SIP_MAX_STREAM + 1, 0, TRUE, 413 },
    { KITH_SIP_MAX_STREAM, KITH_SIP_MAX_BODY, TRUE, 0 },
    { KITH_SIP_MAX_STREAM + 1, KITH_SIP_MAX_BODY, TRUE, 413 },
    { 40000, KITH_SIP_MAX_BODY, TRUE, 0 },
    { 40000, KITH_SIP_MAX_BODY + 1, TRUE, 413 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithSipScan scan;
    g_autofree gchar *text = sized (rows[i].size, rows[i].body);
    g_test_message ("%zu bytes, body of %zu", rows[i].size, rows[i].body);
    KithSipScanVerdict verdict = scan_len (&scan, text, rows[i].size, rows[i].stream);
    g_assert_cmpuint (scan.status, ==, rows[i].status);
    g_assert_cmpint (verdict,
                     ==,
                     rows[i].status == 0 ? KITH_SIP_SCAN_PASS
                     : rows[i].stream    ? KITH_SIP_SCAN_BREAK
                                         : KITH_SIP_SCAN_REFUSE);
    kith_sip_scan_clear (&scan);
  }
}

/* Lengths that are lies are known from the head alone, in the first message and in any that
   follows, in one piece and in many. */
static void
test_lies (void)
{
  static const char *lengths[]
      = { "4294967295", "4294967290", "2147483647", "2147483648",           "300000000",
          "65536",      "32769",      "4294967296", "18446744073709551615", "99999999999999999999",
          "-1",         "0x10",       "+1" };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++) {
    for (guint before = 0; before < 3; before++) {
      g_autofree gchar *good = repeat (before, WHOLE);
      g_autofree gchar *text
          = g_strdup_printf ("%s%s%sContent-Length: %s\r\n\r\nw", good, START, BASE, lengths[i]);
      for (gsize piece = 1; piece <= strlen (text); piece += piece < 4 ? 1 : 97) {
        g_autoptr (KithSipStream) stream = kith_sip_stream_new ();
        KithSipScanVerdict verdict = KITH_SIP_SCAN_MORE;
        guint whole = 0;
        for (gsize at = 0; at < strlen (text); at += piece) {
          kith_sip_stream_push (stream, (const guint8 *)text + at, MIN (piece, strlen (text) - at));
          while ((verdict = kith_sip_stream_next (stream)) == KITH_SIP_SCAN_PASS) {
            whole++;
          }
        }
        g_assert_cmpuint (whole, ==, before);
        g_assert_cmpint (verdict, ==, KITH_SIP_SCAN_BREAK);
        g_assert_false (kith_sip_stream_is_partial (stream));
      }
    }
  }
}

/* Every way to cut three messages and keep-alives between them gives the same three. */
static void
test_pieces (void)
{
  static const char second[]
      = START BASE "Content-Type: text/plain\r\nContent-Length: 9\r\n\r\n\r\n\r\nOPTIO";
  static const char all[] = "\r\n\r\n" WHOLE "\r\n" START BASE
                            "Content-Type: text/plain\r\nContent-Length: 9\r\n\r\n\r\n\r\nOPTIO"
                            "\n\n" WHOLE "\r\n\r\n";
  gsize len = sizeof all - 1;

  for (gsize cut = 0; cut < len; cut++) {
    for (gsize piece = 1; piece < len; piece += 211) {
      g_autoptr (KithSipStream) stream = kith_sip_stream_new ();
      guint whole = 0;
      for (gsize at = 0; at < len;) {
        gsize n = at < cut ? cut - at : MIN (piece, len - at);
        kith_sip_stream_push (stream, (const guint8 *)all + at, n);
        at += n;
        KithSipScanVerdict verdict = KITH_SIP_SCAN_IDLE;
        while (verdict == KITH_SIP_SCAN_IDLE || verdict == KITH_SIP_SCAN_PASS) {
          verdict = kith_sip_stream_next (stream);
          if (verdict == KITH_SIP_SCAN_PASS) {
            whole++;
            g_assert_cmpstr (kith_sip_stream_scan (stream)->text->str,
                             ==,
                             whole == 2 ? second : WHOLE);
          }
        }
        g_assert_cmpint (verdict, ==, KITH_SIP_SCAN_MORE);
      }
      g_assert_cmpuint (whole, ==, 3);
      g_assert_false (kith_sip_stream_is_partial (stream));
    }
  }
}

/* Of a head without end only the beginning costs time: what an answer needs is not looked for
   behind it. */
static void
test_endless_head (void)
{
  for (guint stream = 0; stream < 2; stream++) {
    for (guint many = 0; many < 2; many++) {
      GString *text = g_string_new (START);
      KithSipScan scan;
      for (guint i = 0; i < (many ? 5000 : 200); i++) {
        g_string_append (text, "a:\n");
      }
      g_string_append (text, BASE NONE);
      KithSipScanVerdict verdict = scan_len (&scan, text->str, text->len, stream == 1);
      g_assert_cmpint (verdict, ==, many && stream ? KITH_SIP_SCAN_BREAK : KITH_SIP_SCAN_REFUSE);
      g_assert_cmpuint (scan.status, ==, 400);
      g_assert_cmpint (scan.echo->len > 0, ==, !many);
      kith_sip_scan_clear (&scan);
      g_string_free (text, TRUE);
    }
  }
}

/* However large a message was or is to be, a stream that rests has little more than the bytes that
   it waits with. */
static void
test_rest (void)
{
  g_autofree gchar *filler = g_strnfill (4000, 'x');
  g_autoptr (KithSipStream) stream = kith_sip_stream_new ();
  const KithSipScan *scan = kith_sip_stream_scan (stream);
  GString *text = g_string_new (START BASE);

  for (guint i = 0; i < 8; i++) {
    g_string_append_printf (text, "X-%u: %s\r\nVia: SIP/2.0/UDP h;x=%s\r\n", i, filler, filler);
  }
  g_string_truncate (text, 60000);
  g_string_append (text, "\r\nContent-Length: 9\r\n\r\n");
  kith_sip_stream_push (stream, (const guint8 *)text->str, text->len);
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_MORE);
  g_assert_cmpuint (scan->text->allocated_len + scan->echo->allocated_len, <=, 8192);
  kith_sip_stream_push (stream, (const guint8 *)"123456789" WHOLE "OPT", 9 + strlen (WHOLE "OPT"));
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_PASS);
  g_assert_cmpuint (scan->text->len, >, 50000);
  kith_sip_stream_rest (stream);
  g_assert_cmpuint (scan->text->allocated_len + scan->echo->allocated_len, <=, 8192);
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_PASS);
  g_assert_cmpstr (scan->text->str, ==, WHOLE);
  kith_sip_stream_rest (stream);
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_MORE);
  g_assert_true (kith_sip_stream_is_partial (stream));
  g_string_free (text, TRUE);
}

static void
test_stream_faults (void)
{
  static const char *noise[]
      = { "\x16\x03\x01\x02", " OPTIONS sip:a SIP/2.0\r\n", "{\"a\":1}\n", "\xff\xff" };
  g_autoptr (KithSipStream) stream = kith_sip_stream_new ();
  static const char bad[] = START BASE FROM NONE;

  /* refused, and the next one is read */
  kith_sip_stream_push (stream, (const guint8 *)bad, sizeof bad - 1);
  kith_sip_stream_push (stream, (const guint8 *)WHOLE, sizeof WHOLE - 1);
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_REFUSE);
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_PASS);
  static const char without[] = START BASE "\r\n"; /* no length: what follows cannot be found */
  kith_sip_stream_push (stream, (const guint8 *)without, sizeof without - 1);
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_BREAK);
  g_assert_cmpstr (kith_sip_stream_scan (stream)->reason, ==, "Missing Content-Length");
  kith_sip_stream_push (stream, (const guint8 *)WHOLE, sizeof WHOLE - 1);
  g_assert_cmpint (kith_sip_stream_next (stream), ==, KITH_SIP_SCAN_BREAK);
  for (gsize i = 0; i < G_N_ELEMENTS (noise); i++) {
    KithSipScan scan;
    g_assert_cmpint (scan_len (&scan, noise[i], strlen (noise[i]), TRUE), ==, KITH_SIP_SCAN_BREAK);
    kith_sip_scan_clear (&scan);
    g_assert_cmpint (scan_len (&scan, noise[i], strlen (noise[i]), FALSE), ==, KITH_SIP_SCAN_IDLE);
    kith_sip_scan_clear (&scan);
  }
  KithSipScan scan; /* no line end where the first one must be */
  g_autofree gchar *endless = g_strnfill (KITH_SIP_MAX_HEADER_LINE, 'A');
  g_assert_cmpint (scan_len (&scan, endless, KITH_SIP_MAX_HEADER_LINE - 1, TRUE),
                   ==,
                   KITH_SIP_SCAN_MORE);
  kith_sip_scan_clear (&scan);
  g_assert_cmpint (scan_len (&scan, endless, KITH_SIP_MAX_HEADER_LINE, TRUE),
                   ==,
                   KITH_SIP_SCAN_BREAK);
  kith_sip_scan_clear (&scan);
}

static void
test_datagrams (void)
{
  KithSipScan scan;

  static const char *nothing[] = { "\r\n\r\n", "\n", "", "\x01\x02", "\xf8x", " " };
  for (gsize i = 0; i < G_N_ELEMENTS (nothing); i++) {
    g_assert_cmpint (scan_len (&scan, nothing[i], strlen (nothing[i]), FALSE),
                     ==,
                     KITH_SIP_SCAN_IDLE);
    kith_sip_scan_clear (&scan);
  }
  static const char more[] = "\r\n" START BASE "l: 2\r\n\r\nabOPTIONS sip:x SIP/2.0\r\n\r\n";
  g_assert_cmpint (scan_len (&scan, more, sizeof more - 1, FALSE), ==, KITH_SIP_SCAN_PASS);
  g_assert_true (g_str_has_suffix (scan.text->str, "Content-Length: 2\r\n\r\nab"));
  kith_sip_scan_clear (&scan);
  static const char less[] = START BASE "l: 3\r\n\r\nab";
  g_assert_cmpint (scan_len (&scan, less, sizeof less - 1, FALSE), ==, KITH_SIP_SCAN_REFUSE);
  g_assert_cmpuint (scan.status, ==, 400);
  kith_sip_scan_clear (&scan);
  static const char none[] = START BASE "\r\nab"; /* all the rest is the body */
  g_assert_cmpint (scan_len (&scan, none, sizeof none - 1, FALSE), ==, KITH_SIP_SCAN_PASS);
  g_assert_true (g_str_has_suffix (scan.text->str, "Content-Length: 2\r\n\r\nab"));
  kith_sip_scan_clear (&scan);
  /* not even a line end */
  static const char open[] = START VIA FROM TO "Call-ID: x\r\nCSeq: 1 OPTIONS";
  g_assert_cmpint (scan_len (&scan, open, sizeof open - 1, FALSE), ==, KITH_SIP_SCAN_PASS);
  kith_sip_scan_clear (&scan);
}

static void
test_names (void)
{
  static const struct {
    const char *from;
    const char *anew; /* NULL: as it came */
  } rows[] = {
    { "Bob <sip:b@h>;tag=1", NULL },
    { "Bob Hope Jr. <sip:b@h>;tag=1", NULL },
    { "\"Bob, \\\"B\\\" <x>\" <sip:b@h>;tag=1", NULL },
    { "sip:b@h;tag=1", NULL },
    { "Jörg Müller <sip:b@h>;tag=1", "\"Jörg Müller\" <sip:b@h>;tag=1" },
    { "J\xf6rg <sip:b@h>;tag=1", "\"Jörg\" <sip:b@h>;tag=1" },
    { "Bell, Alexander <sip:b@h>;tag=1", "\"Bell, Alexander\" <sip:b@h>;tag=1" },
    { "Door: front <sip:b@h>;tag=1", "\"Door: front\" <sip:b@h>;tag=1" },
    { "Door [2] (front) {x} <sip:b@h>;tag=1", "\"Door [2] (front) {x}\" <sip:b@h>;tag=1" },
    { "a <b> c <sip:b@h>;tag=1", "\"a <b> c\" <sip:b@h>;tag=1" },
    { "Bob \"the\\Great\" <sip:b@h>", "\"Bob \\\"the\\\\Great\\\"\" <sip:b@h>" },
    { "\"A\" B <sip:b@h>", "\"\\\"A\\\" B\" <sip:b@h>" },
    { "\x1b[31mred <sip:b@h>", "\" [31mred\" <sip:b@h>" },
    { "<sip:b@h>;x=\"<sip:evil@h>\";tag=1", NULL },
    { "门 <tel:+1234>", "\"门\" <tel:+1234>" },
    { "x@y; z <sip:b@h> ;tag=1", "\"x@y; z\" <sip:b@h>;tag=1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree gchar *text = g_strdup_printf (START VIA "From: %s\r\n" TO IDS NONE, rows[i].from);
    g_autofree gchar *out = passed (text);
    g_autofree gchar *wanted
        = g_strdup_printf ("\r\nFrom: %s\r\n", rows[i].anew != NULL ? rows[i].anew : rows[i].from);
    g_test_message ("%s", rows[i].from);
    g_assert_nonnull (strstr (out, wanted));
  }
  g_autofree gchar *contacts = passed (
      START BASE "Contact: Müller, Jörg <sip:1@h>;q=1, sip:2@h, \"x\" <sip:3@h,>\r\n" NONE);
  g_assert_nonnull (strstr (contacts, "\r\nContact: <sip:1@h>;q=1, sip:2@h, <sip:3@h,>\r\n"));
}

static void
test_left_out (void)
{
  g_autofree gchar *out
      = passed (START BASE "Kith-Caller: phone desk\r\nKITH-Via: plain\r\nKith-Other: "
                           "x\r\nTimestamp: soon\r\nExpires: never\r\nexpires: 60\r\n"
                           "x: 90;refresher=uac\r\nSession-Expires: abc\r\nMin-SE: "
                           "99999999999\r\nDate: yesterday\r\nUser-Agent: one\r\n"
                           "User-Agent: two\r\ns: a\r\nSubject: b\r\nTimestamp: 5.2 "
                           "0.1\r\nRetry-After: 5 (busy);duration=1\r\nWarning: 1\r\n"
                           "Warning: 2\r\n" NONE);
  static const char *gone[]
      = { "kith-", "soon", "never", "abc", "9999", "yesterday", "two", "Subject" };
  static const char *kept[] = { "expires: 60\r\n",
                                "x: 90;refresher=uac\r\n",
                                "User-Agent: one\r\n",
                                "s: a\r\n",
                                "Timestamp: 5.2 0.1\r\n",
                                "Retry-After: 5 (busy);duration=1\r\n",
                                "Warning: 1\r\nWarning: 2\r\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++) {
    g_assert_nonnull (strstr (out, kept[i]));
  }
  g_autofree gchar *lower = g_ascii_strdown (out, -1);
  for (gsize i = 0; i < G_N_ELEMENTS (gone); i++) {
    g_autofree gchar *word = g_ascii_strdown (gone[i], -1);
    g_test_message ("%s", word);
    g_assert_null (strstr (lower, word));
  }
}

/* A response is read as far as it can be: there is nobody to refuse it to. */
static void
test_responses (void)
{
  g_autofree gchar *contacts = repeat (KITH_SIP_MAX_CONTACT, "Contact: <sip:x@h>\r\n");
  g_autofree gchar *text = g_strconcat ("SIP/2.0 302 Moved\r\n",
                                        BASE,
                                        contacts,
                                        "Contact: <sip:more@h>\r\n",
                                        NONE,
                                        NULL);
  g_autofree gchar *out = passed (text);
  g_assert_null (strstr (out, "more@h"));
  g_assert_nonnull (strstr (out, "Contact: <sip:x@h>\r\nContact: <sip:x@h>\r\n"));
  g_autofree gchar *bad = passed ("SIP/2.0 486 Busy\r\n" BASE "Contact: nobody\r\n" NONE);
  g_assert_null (strstr (bad, "nobody"));
  g_autofree gchar *odd
      = passed ("SIP/2.0 200 OK\r\n" VIA FROM "To: Küche, links <sip:b@h>;tag=2\r\n" IDS
                "Contact: Küche, links <sip:b@h>\r\n" NONE);
  g_assert_nonnull (strstr (odd, "\r\nTo: \"Küche, links\" <sip:b@h>;tag=2\r\n"));
  g_assert_nonnull (strstr (odd, "\r\nContact: <sip:b@h>\r\n"));
}

static void
test_answers (void)
{
  static const char *silent[]
      = { "ACK sip:b@h SIP/2.0\r\n" VIA FROM TO "Call-ID: x\r\nCSeq: 1 INVITE\r\n" NONE,
          "SIP/2.0 200 OK\r\n" BASE FROM NONE,
          START VIA FROM TO "CSeq: 1 OPTIONS\r\n" NONE,
          "PING",
          "jaK" };
  KithSipScan scan;
  g_autoptr (GString) out = g_string_new (NULL);

  static const char bad[] = START
      "To: <sip:b@h>;x=1\r\nv: SIP/2.0/UDP a\r\nVia: SIP/2.0/UDP b\r\n" FROM "From: z\r\n" IDS NONE;
  g_assert_cmpint (scan_len (&scan, bad, sizeof bad - 1, FALSE), ==, KITH_SIP_SCAN_REFUSE);
  g_assert_true (kith_sip_scan_answer (&scan, scan.status, scan.reason, "t", out));
  g_assert_cmpstr (out->str,
                   ==,
                   "SIP/2.0 400 Two From\r\nTo: <sip:b@h>;x=1;tag=t\r\nv: SIP/2.0/UDP a\r\nVia: "
                   "SIP/2.0/UDP b\r\n" FROM IDS "l: 0\r\n\r\n");
  g_assert_cmpuint (out->len, <=, sizeof bad - 1 + 64);
  kith_sip_scan_clear (&scan);
  static const char tagged[] = START VIA "From: z\r\nTo: <sip:b@h>;tag=q\r\n" IDS NONE;
  (void)scan_len (&scan, tagged, sizeof tagged - 1, FALSE);
  g_assert_true (kith_sip_scan_answer (&scan, scan.status, scan.reason, "t", out));
  g_assert_nonnull (strstr (out->str, "\r\nTo: <sip:b@h>;tag=q\r\n"));
  kith_sip_scan_clear (&scan);
  /* that it is not sent back */
  static const char nul[] = START VIA FROM "To: \"a\0b\" <sip:b@h>\r\n" IDS NONE;
  (void)scan_len (&scan, nul, sizeof nul - 1, FALSE);
  g_assert_cmpstr (scan.reason, ==, "Bad Character");
  g_assert_true (kith_sip_scan_answer (&scan, scan.status, scan.reason, "t", out));
  g_assert_nonnull (strstr (out->str, "\r\nTo: \"a?b\" <sip:b@h>;tag=t\r\n"));
  kith_sip_scan_clear (&scan);
  /* The shortest of messages, the longest of words. */
  static const char *least[]
      = { "A s:b SIP/2.0\nv:SIP/2.0/U h\nf:s:a\nt:s:b\ni:x\ncseq:1 A\nl:5\n\n",
          "A s:b SIP/2.0\nv:SIP/2.0/U h\nf:s:a\nt:s:b\ni:x\ncseq:1 B\nl:0\n\n",
          "A s:b SIP/7.0\nv:SIP/2.0/U h\nf:s:a\nt:s:b\ni:x\ncseq:1 A\nl:0\n\n" };
  for (gsize i = 0; i < G_N_ELEMENTS (least); i++) {
    (void)scan_len (&scan, least[i], strlen (least[i]), FALSE);
    g_assert_true (kith_sip_scan_answer (&scan, scan.status, scan.reason, "0123abcd", out));
    g_test_message ("%s: %zu for %zu", scan.reason, out->len, strlen (least[i]));
    g_assert_cmpuint (out->len, <=, strlen (least[i]) + 64);
    kith_sip_scan_clear (&scan);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (silent); i++) {
    (void)scan_len (&scan, silent[i], strlen (silent[i]), FALSE);
    g_assert_false (kith_sip_scan_answer (&scan, 400, "Bad", "t", out));
    kith_sip_scan_clear (&scan);
  }
}

static gint64
cpu_us (clock_t since)
{
  return (gint64)(clock () - since) * G_USEC_PER_SEC / CLOCKS_PER_SEC;
}

/* Messages made to cost much cost little, also byte by byte. */
static void
test_cost (void)
{
  static const char *lines[] = { "Contact: ", "From: ", "Via: ", "X: " };
  static const char *fillers[] = { "<", "\"", "\\\"", ",<", ";", "a:", "<a:" };

  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++) {
    for (gsize j = 0; j < G_N_ELEMENTS (fillers); j++) {
      GString *text = g_string_new (START BASE);
      while (text->len < KITH_SIP_MAX_STREAM - 5000) {
        g_autofree gchar *filler = repeat (4000 / (guint)strlen (fillers[j]), fillers[j]);
        g_string_append_printf (text, "%s%s\r\n", lines[i], filler);
      }
      g_string_append (text, NONE);
      KithSipScan scan;
      clock_t start = clock (); /* of CPU: the machine may be busy */
      (void)scan_len (&scan, text->str, text->len, TRUE);
      gint64 took = cpu_us (start);
      g_test_message ("%s%s: %" G_GINT64_FORMAT " us", lines[i], fillers[j], took);
      g_assert_cmpint (took, <, 50000); /* some 1,000 on a quiet machine */
      kith_sip_scan_clear (&scan);
      g_string_free (text, TRUE);
    }
  }
  g_autoptr (KithSipStream) stream = kith_sip_stream_new ();
  g_autofree gchar *text = sized (KITH_SIP_MAX_STREAM, 30000);
  clock_t start = clock ();
  for (gsize at = 0; at < KITH_SIP_MAX_STREAM; at++) {
    kith_sip_stream_push (stream, (const guint8 *)text + at, 1);
    g_assert_cmpint (kith_sip_stream_next (stream),
                     ==,
                     at + 1 < KITH_SIP_MAX_STREAM ? KITH_SIP_SCAN_MORE : KITH_SIP_SCAN_PASS);
  }
  g_test_message ("byte by byte: %" G_GINT64_FORMAT " us", cpu_us (start));
  g_assert_cmpint (cpu_us (start), <, 2000000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sip-scan/plain", test_plain);
  g_test_add_func ("/sip-scan/bad", test_bad);
  g_test_add_func ("/sip-scan/limits", test_limits);
  g_test_add_func ("/sip-scan/long-names", test_long_names);
  g_test_add_func ("/sip-scan/sizes", test_sizes);
  g_test_add_func ("/sip-scan/lies", test_lies);
  g_test_add_func ("/sip-scan/pieces", test_pieces);
  g_test_add_func ("/sip-scan/endless-head", test_endless_head);
  g_test_add_func ("/sip-scan/rest", test_rest);
  g_test_add_func ("/sip-scan/stream-faults", test_stream_faults);
  g_test_add_func ("/sip-scan/datagrams", test_datagrams);
  g_test_add_func ("/sip-scan/names", test_names);
  g_test_add_func ("/sip-scan/left-out", test_left_out);
  g_test_add_func ("/sip-scan/responses", test_responses);
  g_test_add_func ("/sip-scan/answers", test_answers);
  g_test_add_func ("/sip-scan/cost", test_cost);
  return g_test_run ();
}
