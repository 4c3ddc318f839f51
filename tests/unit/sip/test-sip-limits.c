/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the SIP room that decide by counting: token buckets, the roster of Call-IDs, bodies, and the limits of a message. */
#include "sip-wire.h"
#include "sip/sip-admission.h"
#include "sip/sip-body.h"
#include "sip/sip-limits.h"
#include "sip/sip-roster.h"

static guint64
source_of (const char *host)
{
  if (strchr (host, ':') != NULL) {
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    g_assert_cmpint (inet_pton (AF_INET6, host, &in6.sin6_addr), ==, 1);
    return kith_admission_source ((struct sockaddr *)&in6);
  }
  struct sockaddr_in in = wire_address (host, 1);
  return kith_admission_source ((struct sockaddr *)&in);
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

static void
test_buckets (void)
{
  KithAdmission *admission = kith_admission_new ();
  guint64 source = source_of ("192.0.2.1");
  gint64 now = 1000000;

  for (guint i = 0; i < KITH_SIP_NEW_BURST; i++) {
    g_assert_true (kith_admission_take (admission, source, FALSE, now));
  }
  g_assert_false (kith_admission_take (admission, source, FALSE, now));
  g_assert_true (
      kith_admission_take (admission, source, TRUE, now)); /* known calls have their own */
  g_assert_true (kith_admission_take (admission, source_of ("192.0.2.2"), FALSE, now));
  now += G_USEC_PER_SEC;
  for (guint i = 0; i < KITH_SIP_NEW_RATE; i++) {
    g_assert_true (kith_admission_take (admission, source, FALSE, now));
  }
  g_assert_false (kith_admission_take (admission, source, FALSE, now));
  for (guint i = 0; i < 100000; i++) { /* the table is bounded, and strangers together are, too */
    (void)kith_admission_take (admission, source_of ("10.0.0.0") + i, FALSE, now + i * 10);
  }
  g_assert_cmpuint (kith_admission_count (admission), <=, KITH_SIP_MAX_SOURCES);
  now += 100000 * 10;
  guint granted = 0;
  for (guint i = 0; i < 5000; i++) {
    granted += kith_admission_take (admission, source_of ("11.0.0.0") + i, FALSE, now);
  }
  g_assert_cmpuint (granted, <=, KITH_SIP_ALL_NEW_BURST);
  g_assert_true (kith_admission_take (admission, 7, FALSE, now)); /* a link is no stranger */
  g_assert_true (kith_admission_take (admission, source, TRUE, now));
  kith_admission_free (admission);
}

static void
test_connections (void)
{
  KithAdmission *admission = kith_admission_new ();
  guint64 source = source_of ("192.0.2.1");
  static guint8 tokens[KITH_SIP_MAX_CONNECTIONS + 1];

  for (guint i = 0; i < KITH_SIP_MAX_CONNECTIONS_A_SOURCE; i++) {
    g_assert_true (kith_admission_may_connect (admission, source));
    kith_admission_connected (admission, &tokens[i], source, i);
  }
  g_assert_false (kith_admission_may_connect (admission, source));
  for (guint i = KITH_SIP_MAX_CONNECTIONS_A_SOURCE; i < KITH_SIP_MAX_CONNECTIONS; i++) {
    g_assert_true (kith_admission_may_connect (admission, source + i));
    kith_admission_connected (admission, &tokens[i], source + i, i);
  }
  g_assert_false (kith_admission_may_connect (admission, source + 5000));
  kith_admission_useful (admission, &tokens[0]);
  g_autoptr (GPtrArray) useless = kith_admission_useless (admission, 3);
  g_assert_cmpuint (useless->len, ==, 2);
  kith_admission_disconnected (admission, &tokens[0]);
  g_assert_true (kith_admission_may_connect (admission, source));
  kith_admission_free (admission);
}

static void
test_roster (void)
{
  KithRoster *roster = kith_roster_new ();
  guint of_source = 0;
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < KITH_SIP_MAX_CALLS; i++) {
    g_autofree gchar *id = g_strdup_printf ("%u", i);
    g_assert_nonnull (kith_roster_add (roster, id, 0, i % 2, FALSE));
    g_assert_null (kith_roster_add (roster, id, 0, 1, FALSE));
  }
  g_assert_null (kith_roster_add (roster, "one more", 0, 1, TRUE));
  g_assert_cmpuint (kith_roster_ringing (roster, 1, &of_source), ==, KITH_SIP_MAX_CALLS);
  g_assert_cmpuint (of_source, ==, KITH_SIP_MAX_CALLS / 2);
  KithRosterEntry *kept = kith_roster_find (roster, "17");
  kith_roster_bind (kept, (KithSipDialog *)&of_source);
  kith_roster_retire (roster, "18", now);
  kith_roster_sweep (roster, now);
  g_assert_nonnull (kith_roster_find (roster, "18"));
  kith_roster_sweep (roster,
                     now
                         + (gint64)(KITH_SIP_LINGER_S + 10)
                               * G_USEC_PER_SEC); /* those that never became a call go, too */
  g_assert_cmpuint (kith_roster_count (roster), ==, 1);
  g_assert_true (kith_roster_find (roster, "17") == kept);
  kith_roster_free (roster);
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
  g_test_add_func ("/sip/limits/buckets", test_buckets);
  g_test_add_func ("/sip/limits/connections", test_connections);
  g_test_add_func ("/sip/limits/roster", test_roster);
  g_test_add_func ("/sip/limits/bodies", test_bodies);
  g_test_add_func ("/sip/limits/message", test_limits);
  g_test_add_func ("/sip/limits/datagram", test_datagram);
  return g_test_run ();
}
