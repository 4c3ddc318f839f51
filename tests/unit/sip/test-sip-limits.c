/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the SIP room that decide by counting: token buckets, the table of Call-IDs, bodies,
   and the limits of a message. */
#include "sip-wire.h"
#include "sip/screen/call-ids.h"
#include "sip/screen/sip-told.h"
#include "sip/sip-body.h"
#include "sip/sip-limits.h"
#include "sip/sip-links.h"

static guint64
source_of (const char *host)
{
  g_autofree gchar *text = g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:1" : "%s:1", host);
  KithEndpoint endpoint;

  g_assert_true (kith_endpoint_parse (text, &endpoint));
  return kith_call_id_source (&endpoint);
}

static void
test_sources (void)
{
  g_assert_true (source_of ("192.0.2.1") != source_of ("192.0.2.2"));
  g_assert_true (source_of ("::ffff:192.0.2.1") == source_of ("192.0.2.1"));
  g_assert_true (source_of ("2001:db8:0:11::1") == source_of ("2001:db8:0:ff::2")); /* one /56 */
  g_assert_true (source_of ("2001:db8:0:111::1") != source_of ("2001:db8:0:ff::2"));
  g_assert_cmpuint (source_of ("0.0.0.0"), >, G_MAXUINT16);
  g_assert_cmpuint (source_of ("::"), >, G_MAXUINT16);
}

/* A link brings so much of what belongs to no call, and more with the time. */
static void
test_link_tokens (void)
{
  KithSipLink link = { .tokens = KITH_SIP_LINK_NEW_BURST };
  gint64 now = G_USEC_PER_SEC;
  guint n = 0;

  for (n = 0; kith_sip_link_take (&link, now); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_LINK_NEW_BURST);
  for (n = 0; kith_sip_link_take (&link, now + G_USEC_PER_SEC); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_LINK_NEW_RATE);
  for (n = 0; kith_sip_link_take (&link, now + 1000 * G_USEC_PER_SEC); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_LINK_NEW_BURST);
}

/* Of what comes often one line is told, which says how often. */
static void
test_told (void)
{
  KithSipTold told = { 0 };
  guint count = 0;

  g_assert_true (kith_sip_told_now (&told, KITH_SIP_TOLD_RATE, 1000, &count));
  g_assert_cmpuint (count, ==, 1);
  for (guint i = 0; i < 5; i++) {
    g_assert_false (kith_sip_told_now (&told, KITH_SIP_TOLD_RATE, 2000 + i, &count));
  }
  g_assert_true (kith_sip_told_now (&told, KITH_SIP_TOLD_LINK, 2000, &count));
  g_assert_cmpuint (count, ==, 1);
  g_assert_true (kith_sip_told_now (&told, KITH_SIP_TOLD_RATE, 1000 + G_USEC_PER_SEC, &count));
  g_assert_cmpuint (count, ==, 6);
}

/* Each share is filled to its end: the others have their room. */
static void
test_shares (void)
{
  static const guint most[KITH_CALL_IDS_SHARES] = { KITH_SIP_MAX_OWN_CALLS,
                                                    KITH_SIP_MAX_CALLS_KNOWN,
                                                    KITH_SIP_MAX_CALLS_LINKED,
                                                    KITH_SIP_MAX_CALLS_STRANGERS,
                                                    KITH_SIP_MAX_WATCHES };
  KithCallIds *ids = kith_call_ids_new ();
  guint all = 0;

  for (guint share = KITH_CALL_IDS_SHARES; share-- > 0;) { /* strangers come first */
    for (guint i = 0; i < most[share]; i++) {
      g_autofree gchar *id = g_strdup_printf ("%u-%u", share, i);
      g_assert_nonnull (kith_call_ids_add (ids, id, share, 0, 1000 + i, 1));
      all++;
    }
    g_assert_null (kith_call_ids_add (ids, "one more", share, 0, 1, 1));
  }
  g_assert_cmpuint (kith_call_ids_count (ids), ==, all);
  kith_call_ids_sweep (ids, (gint64)(KITH_SIP_LINGER_S + 10) * G_USEC_PER_SEC);
  g_assert_cmpuint (kith_call_ids_count (ids), ==, KITH_SIP_MAX_OWN_CALLS);
  for (guint i = 0; i <= KITH_SIP_MAX_CALLS_A_SOURCE;
       i++) { /* one stranger does not get them all */
    g_autofree gchar *id = g_strdup_printf ("one-%u", i);
    KithCallId *entry = kith_call_ids_add (ids, id, KITH_CALL_IDS_STRANGER, 0, 7, 1);
    g_assert_true ((entry != NULL) == (i < KITH_SIP_MAX_CALLS_A_SOURCE));
  }
  g_assert_nonnull (kith_call_ids_add (ids, "other", KITH_CALL_IDS_STRANGER, 0, 8, 1));
  kith_call_ids_free (ids);
}

static void
test_call_ids (void)
{
  KithCallIds *ids = kith_call_ids_new ();
  guint of_source = 0;
  gint64 now = G_USEC_PER_SEC;
  KithSipDialog *some = (KithSipDialog *)&of_source;

  for (guint i = 0; i < 100; i++) {
    g_autofree gchar *id = g_strdup_printf ("%u", i);
    g_assert_nonnull (kith_call_ids_add (ids, id, KITH_CALL_IDS_STRANGER, 0, 1 + i % 2, now));
  }
  g_assert_nonnull (kith_call_ids_add (ids, "friend", KITH_CALL_IDS_KNOWN, 0, 1, now));
  g_assert_cmpuint (kith_call_ids_ringing (ids, TRUE, 1, &of_source), ==, 100);
  g_assert_cmpuint (of_source, ==, 50);
  g_assert_cmpuint (kith_call_ids_ringing (ids, FALSE, 1, &of_source), ==, 1);
  KithCallId *kept = kith_call_ids_find (ids, "17");
  kith_call_ids_bind (kept, some);
  /* it lives */
  g_assert_null (kith_call_ids_add (ids, "17", KITH_CALL_IDS_STRANGER, 0, 2, now));
  kith_call_ids_bind (kith_call_ids_find (ids, "18"), some);
  kith_call_ids_retire (ids, "18", now);
  KithCallId *again = kith_call_ids_add (ids, "18", KITH_CALL_IDS_KNOWN, 0, 2, now);
  g_assert_nonnull (again); /* a new call under the Call-ID of one that is over */
  g_assert_cmpuint (kith_call_ids_count (ids), ==, 101);
  now += (gint64)(KITH_SIP_LINGER_S + 10) * G_USEC_PER_SEC;
  kith_call_ids_sweep (ids, now); /* those that never became a call go, too */
  g_assert_cmpuint (kith_call_ids_count (ids), ==, 1);
  g_assert_true (kith_call_ids_find (ids, "17") == kept);
  kith_call_ids_free (ids);
}

/* Where a call's peer speaks from, and how much. */
static void
test_peers (void)
{
  KithCallIds *ids = kith_call_ids_new ();
  gint64 now = G_USEC_PER_SEC;
  KithCallId *entry = kith_call_ids_add (ids, "a", KITH_CALL_IDS_STRANGER, 0, 100, now);
  guint n = 0;

  g_assert_true (kith_call_id_knows (entry, 100));
  g_assert_false (kith_call_id_knows (entry, 101));
  g_assert_false (kith_call_id_knows (entry, 0));
  for (guint64 source = 101; source < 110; source++) {
    kith_call_id_learn (entry, source);
    g_assert_true (kith_call_id_knows (entry, source));
  }
  g_assert_true (kith_call_id_knows (entry, 100)); /* who began it is not pushed out */
  g_assert_false (kith_call_id_knows (entry, 105));
  for (n = 0; kith_call_id_take_transaction (entry, now); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_TRANSACTION_BURST);
  for (n = 0; kith_call_id_take (entry, now); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_LINGER_BURST);
  kith_call_ids_bind (entry, (KithSipDialog *)&n);
  for (n = 0; kith_call_id_take (entry, now); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_DIALOG_BURST);
  for (n = 0; kith_call_id_take (entry, now + G_USEC_PER_SEC); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_DIALOG_RATE);
  for (n = 0; kith_call_id_take_transaction (entry, now + G_USEC_PER_SEC); n++) {
  }
  g_assert_cmpuint (n, ==, KITH_SIP_TRANSACTION_RATE);
  kith_call_ids_free (ids);
}

#define MIXED "multipart/mixed; boundary=xx"
#define PART "--xx\r\nContent-Type: application/sdp\r\n\r\n" SDP_A "\r\n"
#define OTHER                                                                                      \
  "--xx\r\nContent-Type: text/plain\r\nContent-Disposition: render; "                              \
  "handling=optional\r\n\r\nhi\r\n"

static void
test_bodies (void)
{
  static const struct {
    const char *type;
    const char *body;
    guint status;
    gboolean sdp;
  } rows[] = {
    { NULL, "", 0, FALSE },
    { "application/sdp", "", 0, FALSE },
    { "application/sdp", SDP_A, 0, TRUE },
    { " Application/SDP ;x=y", SDP_A, 0, TRUE },
    { "application/sdpx", SDP_A, 415, FALSE },
    { NULL, SDP_A, 415, FALSE },
    { "text/plain", "hi", 415, FALSE },
    { "application/sdp", "v=0\r\n", 400, FALSE },
    { "application/sdp", "\r\n", 400, FALSE },
    { MIXED, PART "--xx--\r\n", 0, TRUE },
    { MIXED, "preamble\r\n" OTHER PART OTHER "--xx--\r\nepilogue", 0, TRUE },
    { "multipart/mixed;boundary=\"xx\"", PART "--xx--", 0, TRUE },
    { MIXED, PART PART "--xx--\r\n", 415, FALSE },
    { MIXED, OTHER "--xx--\r\n", 415, FALSE },
    { MIXED, "--xx\r\nContent-Type: text/plain\r\n\r\nmust\r\n" PART "--xx--\r\n", 415, FALSE },
    { MIXED, PART OTHER OTHER OTHER OTHER "--xx--\r\n", 415, FALSE },
    { MIXED, PART, 400, FALSE },
    { MIXED, "--xx", 400, FALSE },
    { MIXED, "--xx--", 415, FALSE },
    { MIXED, "--xx\r\n--xx--", 400, FALSE },
    { MIXED, "nothing", 400, FALSE },
    { "multipart/mixed", PART "--xx--\r\n", 400, FALSE },
    { "multipart/mixed;boundary=", PART "--xx--\r\n", 400, FALSE },
    { "multipart/alternative; boundary=xx", PART "--xx--\r\n", 415, FALSE },
    { MIXED,
      "--xx\r\nContent-Type: multipart/mixed;boundary=y\r\n\r\n--y\r\n\r\n--y--\r\n" PART
      "--xx--\r\n",
      415,
      FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    gsize len = strlen (rows[i].body);
    g_autofree gchar *exact = g_memdup2 (rows[i].body, len); /* no byte after it may be read */
    g_autofree gchar *sdp = NULL;
    g_test_message ("row %zu", i);
    g_assert_cmpuint (kith_sip_body_sdp (rows[i].type, exact, len, &sdp), ==, rows[i].status);
    g_assert_cmpint (sdp != NULL, ==, rows[i].sdp);
    for (gsize cut = 0; cut < len; cut++) {
      g_autofree gchar *shorter = g_memdup2 (rows[i].body, cut);
      g_autofree gchar *ignored = NULL;
      (void)kith_sip_body_sdp (rows[i].type, shorter, cut, &ignored);
    }
  }
  g_autofree gchar *large = g_strnfill (KITH_SIP_MAX_BODY + 1, 'a');
  g_autofree gchar *none = NULL;
  g_assert_cmpuint (kith_sip_body_sdp ("application/sdp", large, KITH_SIP_MAX_BODY + 1, &none),
                    ==,
                    413);
}

/* Fills @n headers or so: the message at a limit passes, one above does not. */
static guint
ask (Party *bob, const char *extra, const char *uri_user)
{
  static guint number = 0;
  Wire wire;
  g_autofree gchar *host = g_strdup_printf ("127.0.4.%u", 1 + ++number);
  g_autofree gchar *id = g_strdup_printf ("limit%u", number);

  wire_open (&wire, host, 0, kith_sip_get_port (bob->sip), FALSE);
  g_autofree gchar *text = wire_request (&wire, "OPTIONS", id, id, NULL, extra, NULL);
  g_autofree gchar *via_host = g_strdup_printf ("UDP %s", host);
  g_auto (GStrv) parts = g_strsplit (text, "UDP 127.0.0.1", 2);
  g_autofree gchar *ours = g_strjoinv (via_host, parts);
  if (uri_user != NULL) {
    g_autofree gchar *tail = g_strdup (strchr (ours, '@'));
    g_free (ours);
    ours = g_strconcat ("OPTIONS sip:", uri_user, tail, NULL);
  }
  wire_send_raw (&wire, ours, strlen (ours));
  guint status = wire_status (&wire, 1000);
  wire_close (&wire);
  return status;
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

static void
check_count (Party *bob, guint most, const char *line)
{
  g_autofree gchar *full = repeat (most, line);
  g_autofree gchar *over = repeat (most + 1, line);

  g_test_message ("%u times %s", most, line);
  g_assert_cmpuint (ask (bob, full, NULL), ==, 200);
  g_assert_cmpuint (ask (bob, over, NULL), ==, 400);
}

static void
test_limits (void)
{
  Party bob;

  party_start (&bob, "127.0.0.1", TRUE);
  check_count (&bob,
               KITH_SIP_MAX_VIA - 1,
               "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n"); /* and the request's own */
  check_count (&bob, KITH_SIP_MAX_ROUTE, "Route: <sip:192.0.2.1;lr>\r\n");
  check_count (&bob, KITH_SIP_MAX_CONTACT - 1, "Contact: <sip:x@192.0.2.1>\r\n");
  check_count (&bob, KITH_SIP_MAX_HEADERS - 8, "X-Filler: y\r\n");
  g_autofree gchar *value = g_strnfill (KITH_SIP_MAX_HEADER_LINE - strlen ("X-Long: "), 'y');
  g_autofree gchar *line = g_strdup_printf ("X-Long: %s\r\n", value);
  g_autofree gchar *longer = g_strdup_printf ("X-Long: %sy\r\n", value);
  g_assert_cmpuint (ask (&bob, line, NULL), ==, 200);
  g_assert_cmpuint (ask (&bob, longer, NULL), ==, 400);
  g_autofree gchar *tail = g_strdup_printf ("@127.0.0.1:%u", kith_sip_get_port (bob.sip));
  g_autofree gchar *user = g_strnfill (KITH_SIP_MAX_URI - strlen ("sip:") - strlen (tail), 'u');
  g_autofree gchar *long_user = g_strconcat (user, "u", NULL);
  g_assert_cmpuint (ask (&bob, "", user), ==, 200);
  g_assert_cmpuint (ask (&bob, "", long_user), ==, 400);
  party_stop (&bob);
}

static void
test_datagram (void)
{
  Party bob;
  Wire wire;

  party_start (&bob, "127.0.0.1", TRUE);
  wire_open (&wire, "127.0.0.1", 0, kith_sip_get_port (bob.sip), FALSE);
  for (guint over = 0; over < 2; over++) {
    g_autofree gchar *id = g_strdup_printf ("size%u", over);
    g_autofree gchar *plain = wire_request (&wire, "OPTIONS", id, id, NULL, "", NULL);
    gsize rest = KITH_SIP_MAX_DATAGRAM + over - strlen (plain);
    GString *extra = g_string_new (NULL);
    while (rest > 0) {
      gsize len = rest > 4000 ? 2000 : rest > 2000 ? rest / 2 : rest;
      g_autofree gchar *value = g_strnfill (len - strlen ("X-F: \r\n"), 'y');
      g_string_append_printf (extra, "X-F: %s\r\n", value);
      rest -= len;
    }
    wire_send (&wire, "OPTIONS", id, id, NULL, extra->str, NULL);
    g_assert_cmpuint (wire_status (&wire, 1000), ==, over ? 413 : 200);
    g_string_free (extra, TRUE);
  }
  wire_close (&wire);
  party_stop (&bob);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (g_getenv ("KITH_TEST_LOG") != NULL ? G_LOG_LEVEL_DEBUG : G_LOG_LEVEL_CRITICAL,
                  TRUE);
  g_test_add_func ("/sip/limits/sources", test_sources);
  g_test_add_func ("/sip/limits/link-tokens", test_link_tokens);
  g_test_add_func ("/sip/limits/told", test_told);
  g_test_add_func ("/sip/limits/shares", test_shares);
  g_test_add_func ("/sip/limits/call-ids", test_call_ids);
  g_test_add_func ("/sip/limits/peers", test_peers);
  g_test_add_func ("/sip/limits/bodies", test_bodies);
  g_test_add_func ("/sip/limits/message", test_limits);
  g_test_add_func ("/sip/limits/datagram", test_datagram);
  return g_test_run ();
}
