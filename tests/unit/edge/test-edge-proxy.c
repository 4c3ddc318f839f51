/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls between two phones of the house, by the rules of RFC 3261 section 16 and those that came
   after, on a clock that the test moves. */
#include <malloc.h>
#include <string.h>

#include "model/sip/sip-lines.h"
#include "proxy-house.h"

#define TO_DECT "INVITE sip:dect@192.0.2.1"

static void
expect_header (const char *text, const char *name, const char *value)
{
  g_autofree gchar *found = bench_header (text, name);

  g_assert_cmpstr (found, ==, value);
}

/* What desk had last. */
static void
expect_at_desk (Bench *bench, const char *status)
{
  g_autofree gchar *start = g_strdup_printf ("SIP/2.0 %s", status);
  const char *last = house_to (bench, DESK, "SIP/2.0 ");

  g_assert_nonnull (last);
  g_assert_cmpstr (g_str_has_prefix (last, start) ? start : last, ==, start);
}

static void
reply_dect (Bench *bench, const char *status)
{
  house_reply (bench, DECT, house_to (bench, DECT, "INVITE "), status, "t1", "");
}

static Bench *
forked (const char *params, const char *params_2)
{
  Bench *bench = house_new ();

  house_enter (bench, "dect", DECT, params);
  house_enter (bench, "dect", DECT_2, params_2);
  kith_clock_advance (bench->clock, 10000);
  g_ptr_array_set_size (bench->sent, 0);
  return bench;
}

static void
test_call (void)
{
  Bench *bench = house_new ();

  house_ask (bench, TO_DECT, "a", "Max-Forwards: 70\n");
  expect_at_desk (bench, "100 ");
  const char *invite = house_to (bench, DECT, "INVITE ");
  g_assert_nonnull (invite);
  g_assert_true (g_str_has_prefix (invite, "INVITE sip:dect@" DECT " SIP/2.0\r\n"));
  expect_header (invite, "Max-Forwards", "69");
  g_assert_nonnull (strstr (invite, "branch=z9hG4bKa;rport;received=192.168.1.50;rport=5062")
                            != NULL
                        ? invite
                        : strstr (invite, "branch=z9hG4bKa;received=192.168.1.50;rport=5062"));
  g_assert_nonnull (strstr (invite, "Record-Route: <sip:f"));
  g_assert_nonnull (strstr (invite, "Max-Breadth: 60\r\n"));
  reply_dect (bench, "180 Ringing");
  expect_at_desk (bench, "180 ");
  reply_dect (bench, "200 OK");
  expect_at_desk (bench, "200 ");
  g_autofree gchar *ok = g_strdup (house_to (bench, DESK, "SIP/2.0 200"));
  expect_header (ok,
                 "Via",
                 "SIP/2.0/UDP 192.168.1.50:5062;branch=z9hG4bKa;received=192.168.1.50;rport=5062");
  g_autofree gchar *ack = house_within (ok, "ACK", 2, FALSE);
  bench_datagram (bench, DESK, ack);
  const char *passed = house_to (bench, DECT, "ACK ");
  g_assert_nonnull (passed);
  g_assert_null (strstr (passed, "Route:"));
  expect_header (passed, "Max-Forwards", "69");
  g_autofree gchar *hold = house_within (ok, "INVITE", 3, TRUE);
  bench_datagram (bench, DECT, hold);
  house_reply (bench, DESK, house_to (bench, DESK, "INVITE "), "200 OK", "d1", "");
  g_assert_nonnull (house_to (bench, DECT, "SIP/2.0 200"));
  g_autofree gchar *bye = house_within (ok, "BYE", 4, TRUE);
  bench_datagram (bench, DECT, bye);
  g_assert_nonnull (house_to (bench, DESK, "BYE "));
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  kith_clock_advance (bench->clock, 60000);
  bench_free (bench);
}

/* By its number; in capitals; who is not there; who is unknown is kithd's. */
static void
test_names (void)
{
  Bench *bench = house_new ();

  house_phone (bench, "attic", "13", KITH_PHONE_HOME);
  house_ask (bench, "INVITE sip:12@192.0.2.1", "a", "");
  house_ask (bench, "INVITE sip:DECT@192.0.2.1:5060", "b", "");
  house_ask (bench, "INVITE sip:dect@kith", "c", "");
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 3);
  house_ask (bench, "INVITE sip:attic@192.0.2.1", "d", "");
  expect_at_desk (bench, "480 ");
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  house_ask (bench, "INVITE sip:bob@192.0.2.1", "e", "");
  house_ask (bench, "INVITE sip:dect@198.51.100.9", "f", ""); /* at another house */
  house_ask (bench, "INVITE sip:dect@192.0.2.1:5070", "g", "");
  g_assert_cmpuint (bench->to_ua->len, ==, 3);
  expect_header (bench_last_to_ua (bench), "Kith-Caller", "phone desk udp 192.168.1.50:5062");
  bench_free (bench);
}

static void
test_fork (void)
{
  Bench *bench = forked ("", "");

  house_ask (bench, TO_DECT, "a", "");
  const char *one = house_to (bench, DECT, "INVITE ");
  const char *two = house_to (bench, DECT_2, "INVITE ");
  g_assert_true (one != NULL && two != NULL);
  g_assert_nonnull (strstr (one, "Max-Breadth: 30\r\n"));
  house_reply (bench, DECT, one, "180 Ringing", "t1", "");
  house_reply (bench, DECT_2, two, "180 Ringing", "t2", "");
  g_assert_cmpuint (house_count (bench, DESK, "SIP/2.0 180"), ==, 2);
  house_reply (bench, DECT, one, "200 OK", "t1", "");
  expect_at_desk (bench, "200 ");
  const char *cancel = house_to (bench, DECT_2, "CANCEL ");
  g_assert_nonnull (cancel);
  expect_header (cancel, "Reason", "SIP;cause=200;text=\"Call completed elsewhere\"");
  g_autofree gchar *via = bench_header (two, "Via");
  expect_header (cancel, "Via", via);
  house_reply (bench, DECT_2, cancel, "200 OK", "t2", "");
  house_reply (bench, DECT_2, two, "487 Request Terminated", "t2", "");
  g_assert_nonnull (house_to (bench, DECT_2, "ACK "));
  house_reply (bench, DECT_2, two, "487 Request Terminated", "t2", "");
  g_assert_cmpuint (house_count (bench, DECT_2, "ACK "), ==, 2);
  g_assert_cmpuint (house_count (bench, DESK, "SIP/2.0 487"), ==, 0);
  kith_clock_advance (bench->clock, 33000);
  g_assert_cmpuint (house_count (bench, DECT_2, "CANCEL "), ==, 1);
  bench_free (bench);
}

/* Both answer: both answers go back, and so does one that comes late. */
static void
test_two_answers (void)
{
  Bench *bench = forked ("", "");

  house_ask (bench, TO_DECT, "a", "");
  const char *one = house_to (bench, DECT, "INVITE ");
  const char *two = house_to (bench, DECT_2, "INVITE ");
  house_reply (bench, DECT, one, "200 OK", "t1", "");
  house_reply (bench, DECT_2, two, "200 OK", "t2", "");
  g_assert_cmpuint (house_count (bench, DESK, "SIP/2.0 200"), ==, 2);
  kith_clock_advance (bench->clock, 10000); /* nothing is kept of the branches any more */
  house_reply (bench, DECT, one, "200 OK", "t1", "");
  g_assert_cmpuint (house_count (bench, DESK, "SIP/2.0 200"), ==, 3);
  kith_clock_advance (bench->clock, 23000);
  house_reply (bench, DECT, one, "200 OK", "t1", ""); /* RFC 6026: too late */
  g_assert_cmpuint (house_count (bench, DESK, "SIP/2.0 200"), ==, 3);
  bench_free (bench);
}

static void
cancel (Bench *bench, const char *branch, const char *more)
{
  house_ask (bench, "CANCEL sip:dect@192.0.2.1", branch, more);
}

static void
test_cancel (void)
{
  Bench *bench = house_new ();

  house_ask (bench, TO_DECT, "a", "");
  cancel (bench, "a", "");
  expect_at_desk (bench, "200 ");
  g_assert_null (house_to (bench, DECT, "CANCEL ")); /* not before a response (section 9.1) */
  reply_dect (bench, "180 Ringing");
  expect_header (house_to (bench, DECT, "CANCEL "),
                 "Reason",
                 "SIP;cause=487;text=\"Request Terminated\"");
  cancel (bench, "a", "");
  g_assert_cmpuint (house_count (bench, DECT, "CANCEL "), ==, 1);
  kith_clock_advance (bench->clock, 600); /* it is sent again */
  g_assert_cmpuint (house_count (bench, DECT, "CANCEL "), ==, 2);
  house_reply (bench, DECT, house_to (bench, DECT, "CANCEL "), "200 OK", "t1", "");
  reply_dect (bench, "487 Request Terminated");
  expect_at_desk (bench, "487 ");
  bench_datagram (bench,
                  DESK,
                  "ACK sip:dect@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP " DESK
                  ";branch=z9hG4bKa;rport\nFrom: <sip:desk@192.0.2.1>;tag=d1\n"
                  "To: <sip:x@192.0.2.1>;tag=t1\nCall-ID: call-a\nCSeq: 1 ACK\n\n");
  g_assert_cmpuint (house_count (bench, DECT, "ACK "), ==, 1); /* the edge's own alone */
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_free (bench);
}

/* His own reason goes on; a 200 that crosses it counts; nobody answers it. */
static void
test_cancel_races (void)
{
  Bench *bench = house_new ();

  house_ask (bench, TO_DECT, "a", "");
  reply_dect (bench, "180 Ringing");
  cancel (bench, "a", "Reason: SIP;cause=600;text=\"Busy Everywhere\"\n");
  expect_header (house_to (bench, DECT, "CANCEL "),
                 "Reason",
                 "SIP;cause=600;text=\"Busy Everywhere\"");
  reply_dect (bench, "200 OK");
  expect_at_desk (bench, "200 ");
  g_assert_nonnull (strstr (house_to (bench, DESK, "SIP/2.0 200"), "CSeq: 1 INVITE"));
  house_ask (bench, TO_DECT, "b", "");
  reply_dect (bench, "180 Ringing");
  cancel (bench, "b", "");
  kith_clock_advance (bench->clock, 32100);
  expect_at_desk (bench, "487 ");
  cancel (bench, "c", ""); /* of nothing: the user agent says so */
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  house_ask (bench, TO_DECT, "d", "");
  reply_dect (bench, "200 OK");
  cancel (bench, "d", ""); /* too late */
  g_assert_nonnull (strstr (house_to (bench, DESK, "SIP/2.0 200"), "CSeq: 1 CANCEL"));
  g_assert_cmpuint (house_count (bench, DECT, "CANCEL "), ==, 1 + 11); /* of the two before */
  bench_free (bench);
}

static void
best_of (const char *first, const char *second, const char *wanted)
{
  Bench *bench = forked ("", "");

  house_ask (bench, TO_DECT, "a", "");
  const char *one = house_to (bench, DECT, "INVITE ");
  const char *two = house_to (bench, DECT_2, "INVITE ");
  house_reply (bench, DECT, one, first, "t1", "Proxy-Authenticate: Digest realm=\"one\"\n");
  expect_at_desk (bench, "100 ");
  house_reply (bench, DECT_2, two, second, "t2", "WWW-Authenticate: Digest realm=\"two\"\n");
  expect_at_desk (bench, wanted);
  if (g_str_has_prefix (wanted, "40") && g_str_has_prefix (first, "40")) {
    const char *both = house_to (bench, DESK, "SIP/2.0 4");
    g_assert_true (strstr (both, "realm=\"one\"") != NULL
                   && strstr (both, "realm=\"two\"") != NULL);
  }
  kith_clock_advance (bench->clock, 600); /* until it is acknowledged */
  g_assert_cmpuint (house_count (bench, DESK, "SIP/2.0 "), >=, 3);
  bench_free (bench);
}

static void
test_best (void)
{
  best_of ("486 Busy Here", "404 Not Found", "486 ");
  best_of ("480 Away", "486 Busy Here", "486 ");
  best_of ("302 Moved", "404 Not Found", "302 ");
  best_of ("503 Overloaded", "500 Error", "500 ");
  best_of ("503 Overloaded", "503 Overloaded", "500 ");
  best_of ("407 Proxy Authentication Required", "401 Unauthorized", "407 ");
  best_of ("408 Timeout", "500 Error", "500 ");
}

/* 6xx ends the search. */
static void
test_decline (void)
{
  Bench *bench = forked ("", "");

  house_ask (bench, TO_DECT, "a", "");
  const char *one = house_to (bench, DECT, "INVITE ");
  const char *two = house_to (bench, DECT_2, "INVITE ");
  house_reply (bench, DECT_2, two, "180 Ringing", "t2", "");
  house_reply (bench, DECT, one, "603 Decline", "t1", "");
  g_assert_nonnull (house_to (bench, DECT_2, "CANCEL "));
  expect_at_desk (bench, "180 ");
  house_reply (bench, DECT_2, two, "487 Request Terminated", "t2", "");
  expect_at_desk (bench, "603 ");
  bench_free (bench);
}

static void
test_timers (void)
{
  Bench *bench = house_new ();

  house_ask (bench, TO_DECT, "a", "");
  kith_clock_advance (bench->clock, 31999);
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 7);
  expect_at_desk (bench, "100 ");
  kith_clock_advance (bench->clock, 1);
  expect_at_desk (bench, "408 ");
  kith_clock_advance (bench->clock, 40000);
  house_ask (bench, TO_DECT, "b", "");
  reply_dect (bench, "180 Ringing");
  kith_clock_advance (bench->clock, 180000);
  reply_dect (bench, "180 Ringing"); /* it rings on: timer C begins anew */
  kith_clock_advance (bench->clock, 180000);
  g_assert_null (house_to (bench, DECT, "CANCEL "));
  kith_clock_advance (bench->clock, 1001);
  g_assert_nonnull (house_to (bench, DECT, "CANCEL "));
  reply_dect (bench, "487 Request Terminated");
  expect_at_desk (bench, "408 ");
  bench_free (bench);
}

/* Higher q first, the others 15 s later. */
static void
test_groups (void)
{
  Bench *bench = forked (";q=0.3", ";q=0.9");

  house_ask (bench, TO_DECT, "a", "");
  g_assert_null (house_to (bench, DECT, "INVITE "));
  const char *first = house_to (bench, DECT_2, "INVITE ");
  house_reply (bench, DECT_2, first, "180 Ringing", "t2", "");
  kith_clock_advance (bench->clock, 14999);
  g_assert_null (house_to (bench, DECT, "INVITE "));
  kith_clock_advance (bench->clock, 1);
  g_assert_nonnull (house_to (bench, DECT, "INVITE "));
  const char *gone = house_to (bench, DECT_2, "CANCEL ");
  g_assert_nonnull (gone);
  g_assert_null (strstr (gone, "elsewhere"));
  house_reply (bench, DECT_2, first, "487 Request Terminated", "t2", "");
  expect_at_desk (bench, "180 ");
  reply_dect (bench, "480 Away");
  expect_at_desk (bench, "480 ");
  house_ask (bench, TO_DECT, "b", "");
  house_reply (bench, DECT_2, house_to (bench, DECT_2, "INVITE "), "486 Busy", "t2", "");
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 2); /* at once */
  bench_free (bench);
}

static void
test_unsound (void)
{
  Bench *bench = forked ("", "");

  house_ask (bench, TO_DECT, "a", "Max-Forwards: 0\n");
  expect_at_desk (bench, "483 ");
  house_ask (bench, TO_DECT, "b", "Proxy-Require: sec-agree\n");
  expect_at_desk (bench, "420 ");
  expect_header (house_to (bench, DESK, "SIP/2.0 420"), "Unsupported", "sec-agree");
  house_ask (bench, TO_DECT, "c", "Max-Breadth: 1\n");
  expect_at_desk (bench, "440 ");
  g_assert_null (house_to (bench, DECT, "INVITE "));
  house_ask (bench, TO_DECT, "d", "Max-Breadth: 2\n");
  const char *invite = house_to (bench, DECT, "INVITE ");
  g_assert_nonnull (strstr (invite, "Max-Breadth: 1\r\n"));
  /* it comes back as it left us, but to the one who is asked */
  g_autofree gchar *via = bench_header (invite, "Via");
  g_autofree gchar *loop = g_strdup_printf ("Via: %s\n", via);
  g_autofree gchar *again = g_strdup_printf (
      "INVITE sip:dect@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP " DESK ";branch=z9hG4bKe;rport\n%s"
      "From: <sip:desk@192.0.2.1>;tag=d1\nTo: <sip:x@192.0.2.1>\nCall-ID: call-d\n"
      "CSeq: 1 INVITE\nContent-Length: 0\n\n",
      loop);
  bench_datagram (bench, DESK, again);
  expect_at_desk (bench, "482 ");
  g_autoptr (GString) spiral = g_string_new (again); /* another target is a spiral */
  g_string_replace (spiral, "sip:dect@192.0.2.1 SIP", "sip:12@192.0.2.1 SIP", 1);
  g_string_replace (spiral, "bKe;", "bKf;", 1);
  g_string_replace (spiral, "Max-Breadth: 1", "Max-Breadth: 9", 1);
  bench_datagram (bench, DESK, spiral->str);
  expect_at_desk (bench, "100 ");
  bench_free (bench);
}

static void
test_rights (void)
{
  Bench *bench = house_new ();

  house_phone (bench, "desk", "11", KITH_PHONE_DOOR);
  house_ask (bench, TO_DECT, "a", "");
  expect_at_desk (bench, "403 ");
  house_phone (bench, "desk", "11", KITH_PHONE_GUEST);
  house_ask (bench, "REFER sip:dect@192.0.2.1", "b", "");
  expect_at_desk (bench, "405 ");
  for (guint i = 0; i < 5; i++) {
    g_autofree gchar *branch = g_strdup_printf ("i%u", i);
    house_ask (bench, TO_DECT, branch, "");
  }
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 4);
  expect_at_desk (bench, "486 ");
  house_reply (bench, DECT, house_to (bench, DECT, "INVITE "), "200 OK", "t1", "");
  house_ask (bench, TO_DECT, "j", ""); /* one that was answered rings no more */
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 5);
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_free (bench);
}

/* Twenty a minute. */
static void
test_often (void)
{
  Bench *bench = house_new ();

  for (guint i = 0; i < 21; i++) {
    g_autofree gchar *branch = g_strdup_printf ("i%u", i);
    house_ask (bench, TO_DECT, branch, "");
    if (i < 20) {
      reply_dect (bench, "486 Busy Here");
    }
    kith_clock_advance (bench->clock, 50);
  }
  g_assert_nonnull (house_to (bench, DESK, "SIP/2.0 480 "));
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 20);
  kith_clock_advance (bench->clock, 3000);
  house_ask (bench, TO_DECT, "later", "");
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 21);
  bench_free (bench);
}

static void
test_message (void)
{
  Bench *bench = house_new ();
  g_autofree gchar *filler = g_strnfill (1301, 'x');
  g_autofree gchar *large
      = g_strdup_printf ("Content-Type: text/plain\nContent-Length: 1301\n\n%s", filler);

  house_ask (bench,
             "MESSAGE sip:dect@192.0.2.1",
             "m",
             "Content-Type: text/plain\nContent-Length: 2\n\nhi");
  const char *message = house_to (bench, DECT, "MESSAGE ");
  g_assert_true (message != NULL && g_str_has_suffix (message, "\r\n\r\nhi"));
  g_assert_null (strstr (message, "Record-Route"));
  house_reply (bench, DECT, message, "200 OK", "t1", "");
  expect_at_desk (bench, "200 ");
  house_ask (bench, "MESSAGE sip:dect@192.0.2.1", "n", large);
  expect_at_desk (bench, "413 ");
  for (guint i = 0; i < 5; i++) {
    g_autofree gchar *branch = g_strdup_printf ("o%u", i);
    house_ask (bench, "MESSAGE sip:dect@192.0.2.1", branch, "");
  }
  expect_at_desk (bench, "503 ");
  kith_clock_advance (bench->clock, 1000);
  guint n = house_count (bench, DESK, "SIP/2.0 ");
  house_ask (bench, "MESSAGE sip:dect@192.0.2.1", "p", "");
  kith_clock_advance (bench->clock, 33000);
  g_assert_cmpuint (house_count (bench, DESK, "SIP/2.0 "), ==, n); /* RFC 4320: no 408 */
  g_assert_cmpuint (house_count (bench, DECT, "MESSAGE "), >, 11);
  bench_free (bench);
}

/* A callee on a connection: two Record-Routes, and 430 when it is gone. */
static void
test_tcp (void)
{
  Bench *bench = house_new ();

  house_phone (bench, "cell", "14", KITH_PHONE_HOME);
  house_enter_tcp (bench, "cell", "192.168.1.60:40000", 7);
  house_ask (bench, "INVITE sip:cell@192.0.2.1", "a", "");
  const char *invite = house_to (bench, "#7", "INVITE ");
  g_assert_nonnull (invite);
  g_assert_nonnull (strstr (invite, "Via: SIP/2.0/TCP 192.0.2.1:5060;"));
  g_autofree gchar *record = bench_header (invite, "Record-Route");
  g_assert_nonnull (strstr (record, ";transport=tcp;lr>, <sip:"));
  house_reply_tcp (bench, 7, invite, "200 OK", "t1");
  g_autofree gchar *ok = g_strdup (house_to (bench, DESK, "SIP/2.0 200"));
  g_autofree gchar *ack = house_within (ok, "ACK", 2, FALSE);
  bench_datagram (bench, DESK, ack);
  const char *passed = house_to (bench, "#7", "ACK ");
  g_assert_nonnull (passed);
  g_assert_null (strstr (passed, "Route:"));
  g_autofree gchar *info = house_within (ok, "INFO", 3, FALSE);
  kith_front_closed (bench->edge, 7);
  bench_datagram (bench, DESK, info);
  expect_at_desk (bench, "430 ");
  /* while it rings: the branch is over */
  house_enter_tcp (bench, "cell", "192.168.1.60:40001", 8);
  house_ask (bench, "INVITE sip:cell@192.0.2.1", "b", "");
  kith_front_closed (bench->edge, 8);
  expect_at_desk (bench, "480 ");
  bench_free (bench);
}

/* In dialogs: another host has no part in it, and the next edge knows the way. */
static void
test_tokens (void)
{
  Bench *bench = house_new ();

  house_ask (bench, TO_DECT, "a", "");
  reply_dect (bench, "200 OK");
  g_autofree gchar *ok = g_strdup (house_to (bench, DESK, "SIP/2.0 200"));
  g_autofree gchar *bye = house_within (ok, "BYE", 3, FALSE);
  bench_datagram (bench, "192.168.1.99:5060", bye);
  g_assert_null (house_to (bench, DECT, "BYE "));
  g_autoptr (GString) other = g_string_new (bye);
  g_string_replace (other, "call-a", "call-b", 0);
  bench_datagram (bench, DESK, other->str);
  g_assert_null (house_to (bench, DECT, "BYE "));
  expect_at_desk (bench, "481 ");
  g_autoptr (GString) hops = g_string_new (bye);
  g_string_replace (hops, "Max-Forwards: 70", "Max-Forwards: 0", 0);
  bench_datagram (bench, DESK, hops->str);
  expect_at_desk (bench, "483 ");
  bench_restart (bench);
  bench_datagram (bench, DESK, bye);
  g_assert_nonnull (house_to (bench, DECT, "BYE "));
  house_reply (bench, DECT, house_to (bench, DECT, "BYE "), "200 OK", "t1", "");
  expect_at_desk (bench, "200 ");
  bench_free (bench);
}

/* A phone that puts the first Route into the Request-URI (section 16.4). */
static void
test_strict (void)
{
  Bench *bench = house_new ();

  house_ask (bench, TO_DECT, "a", "");
  reply_dect (bench, "200 OK");
  g_autofree gchar *ok = g_strdup (house_to (bench, DESK, "SIP/2.0 200"));
  g_autofree gchar *record = bench_header (ok, "Record-Route");
  g_autofree gchar *uri = g_strndup (record + 1, strcspn (record + 1, ">"));
  g_autofree gchar *bye = g_strdup_printf (
      "BYE %s SIP/2.0\nVia: SIP/2.0/UDP " DESK ";branch=z9hG4bKs;rport\n"
      "From: <sip:desk@192.0.2.1>;tag=d1\nTo: <sip:x@192.0.2.1>;tag=t1\nCall-ID: call-a\n"
      "CSeq: 2 BYE\nRoute: <sip:next@192.168.1.77;lr>, <sip:dect@" DECT ";x=1>\n\n",
      uri);
  bench_datagram (bench, DESK, bye);
  const char *passed = house_to (bench, DECT, "BYE ");
  g_assert_nonnull (passed);
  g_assert_true (g_str_has_prefix (passed, "BYE sip:dect@" DECT ";x=1 SIP/2.0\r\n"));
  expect_header (passed, "Route", "<sip:next@192.168.1.77;lr>");
  bench_free (bench);
}

#define FROM_UA(method, more)                                                                      \
  method " sip:dect@192.0.2.1 SIP/2.0\n"                                                           \
         "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKnua;rport\nKith-Via: phone dect\n" more         \
         "From: <sip:bob@192.0.2.1>;tag=b1\nTo: <sip:dect@192.0.2.1>\nCall-ID: ua-1\n"             \
         "CSeq: 1 " method "\nContent-Length: 0\n\n"

/* A call of kithd's to a phone goes to all its places, too. */
static void
test_own_call (void)
{
  Bench *bench = forked ("", "");
  const char *invite = FROM_UA ("INVITE", "Supported: timer, 100rel, replaces\n");

  bench_from_ua (bench, invite);
  const char *one = house_to (bench, DECT, "INVITE ");
  const char *two = house_to (bench, DECT_2, "INVITE ");
  g_assert_true (one != NULL && two != NULL);
  expect_header (one, "Supported", "timer, replaces");
  g_assert_null (strstr (one, "Record-Route"));
  house_reply (bench, DECT, one, "180 Ringing", "t1", "");
  expect_header (bench_last_to_ua (bench), "Via", "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKnua");
  expect_header (bench_last_to_ua (bench), "Kith-Caller", "plain udp 192.168.1.51:5060");
  house_reply (bench, DECT_2, two, "180 Ringing", "t2", "");
  house_reply (bench, DECT_2, two, "200 OK", "t2", "");
  g_assert_true (g_str_has_prefix (bench_last_to_ua (bench), "SIP/2.0 200 "));
  g_assert_nonnull (strstr (house_to (bench, DECT, "CANCEL "), "cause=200"));
  house_reply (bench, DECT, one, "487 Request Terminated", "t1", "");
  guint n = bench->to_ua->len;
  kith_clock_advance (bench->clock, 5000);
  house_reply (bench, DECT_2, two, "200 OK", "t2", ""); /* so that it is acknowledged again */
  g_assert_cmpuint (bench->to_ua->len, ==, n + 1);
  bench_free (bench);
}

static void
test_own_cancel (void)
{
  Bench *bench = forked ("", "");
  const char *invite = FROM_UA ("INVITE", "");
  const char *cancel_it
      = FROM_UA ("CANCEL", "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\n");
  const char *ack = FROM_UA ("ACK", "");

  bench_from_ua (bench, invite);
  const char *one = house_to (bench, DECT, "INVITE ");
  const char *two = house_to (bench, DECT_2, "INVITE ");
  house_reply (bench, DECT, one, "180 Ringing", "t1", "");
  house_reply (bench, DECT_2, two, "486 Busy Here", "t2", "");
  bench_from_ua (bench, cancel_it);
  g_assert_true (g_str_has_prefix (bench_last_to_ua (bench), "SIP/2.0 200 "));
  g_assert_nonnull (strstr (house_to (bench, DECT, "CANCEL "), "cause=200"));
  house_reply (bench, DECT, one, "487 Request Terminated", "t1", "");
  g_assert_true (g_str_has_prefix (bench_last_to_ua (bench), "SIP/2.0 486 "));
  bench_from_ua (bench, ack);
  g_assert_cmpuint (house_count (bench, DECT, "ACK "), ==, 1);
  bench_free (bench);
}

/* The torture tests of RFC 4475 as if desk sent them to dect: nothing that dect gets is other than
   one whole message, and calls go on. */
static void
test_torture (void)
{
  g_autofree gchar *folder = g_build_filename (KITH_TEST_DATA, "rfc4475", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  Bench *bench = house_new ();
  const KithWay way = bench_way (DESK);
  g_autoptr (GRegex) from = g_regex_new ("^(from|f)[ \\t]*:.*\\R([ \\t].*\\R)*",
                                         G_REGEX_MULTILINE | G_REGEX_CASELESS | G_REGEX_RAW,
                                         0,
                                         NULL);
  const char *name = NULL;
  guint n = 0, went = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_autofree gchar *text = NULL;
    gsize len = 0;
    g_assert_true (g_file_get_contents (path, &text, &len, NULL));
    g_autoptr (GString) ours = g_string_new_len (text, (gssize)len);
    gchar *end = memchr (ours->str, '\n', ours->len);
    if (end != NULL && g_str_has_suffix (name, ".dat")) {
      const gsize rest = ours->len - (gsize)(end + 1 - ours->str);
      g_autofree gchar *others
          = g_regex_replace_literal (from, end + 1, (gssize)rest, 0, "", 0, NULL);
      g_autoptr (GString) aimed = g_string_new ("INVITE sip:dect@192.0.2.1 SIP/2.0\r\n");
      g_string_append (aimed,
                       "Via: SIP/2.0/UDP " DESK ";branch=z9hG4bKx\r\n"
                       "From: <sip:desk@192.0.2.1>;tag=t\r\n");
      g_string_append (aimed, others != NULL ? others : "");
      const guint invites = house_count (bench, DECT, "INVITE ");
      kith_front_datagram (bench->edge, &way, (const guint8 *)ours->str, ours->len);
      kith_front_datagram (bench->edge, &way, (const guint8 *)aimed->str, aimed->len);
      if (house_count (bench, DECT, "INVITE ") > invites) {
        reply_dect (bench, "486 Busy Here");
        went++;
      }
      kith_clock_advance (bench->clock, 4000);
      n++;
    }
  }
  g_assert_cmpuint (n, >=, 40);
  g_assert_cmpuint (went, >=, 10);
  g_test_message ("%u of %u went on", went, n);
  for (guint i = 0; i < bench->sent->len; i++) {
    const Sent *sent = bench->sent->pdata[i];
    static KithSipLines lines;
    g_assert_true (kith_sip_lines_read (&lines, sent->text, strlen (sent->text))
                   || strcmp (sent->text, "\r\n\r\n") == 0);
  }
  kith_clock_advance (bench->clock, 33000);
  house_enter (bench, "desk", DESK, "");
  house_enter (bench, "dect", DECT, "");
  house_ask (bench, TO_DECT, "good", "");
  reply_dect (bench, "200 OK");
  expect_at_desk (bench, "200 ");
  bench_free (bench);
}

/* What a call costs after its answer, for as long as late answers may come: 40 phones, 20 calls
   each. */
static void
test_memory (void)
{
  Bench *bench = house_new ();
  gsize before = 0;

  for (guint phone = 0; phone < 40; phone++) {
    g_autofree gchar *name = g_strdup_printf ("p%u", phone);
    g_autofree gchar *number = g_strdup_printf ("%u", 100 + phone);
    g_autofree gchar *from = g_strdup_printf ("192.168.2.%u:5060", phone + 1);
    house_phone (bench, name, number, KITH_PHONE_HOME);
    house_enter (bench, name, from, "");
  }
  for (guint i = 0; i < 800; i++) {
    const guint phone = i % 40;
    if (i == 40) { /* what does not grow with calls is there */
      before = mallinfo2 ().uordblks;
    }
    g_ptr_array_set_size (bench->sent, 0);
    g_autofree gchar *from = g_strdup_printf ("192.168.2.%u:5060", phone + 1);
    g_autofree gchar *invite = g_strdup_printf (
        "INVITE sip:dect@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bKm%u;rport\n"
        "From: <sip:p%u@192.0.2.1>;tag=d1\nTo: <sip:dect@192.0.2.1>\nCall-ID: m-%u\n"
        "CSeq: 1 INVITE\nContact: <sip:p%u@%s>\nContent-Length: 0\n\n",
        from,
        i,
        phone,
        i,
        phone,
        from);
    bench_datagram (bench, from, invite);
    reply_dect (bench, "200 OK");
    g_autofree gchar *ok = g_strdup (house_to (bench, from, "SIP/2.0 200"));
    g_assert_nonnull (ok);
    g_autofree gchar *bye = house_within (ok, "BYE", 1000 + i, TRUE);
    bench_datagram (bench, DECT, bye);
    kith_clock_advance (bench->clock, 35);
  }
  g_ptr_array_set_size (bench->sent, 0);
  const gsize each = (mallinfo2 ().uordblks - before) / 760;
  g_test_message ("%zu bytes a finished call", each);
#ifndef __SANITIZE_ADDRESS__
  g_assert_cmpuint (each, <=, 400);
#endif
  bench_free (bench);
}

static void
expect_told (Bench *bench, guint n, KithProxiedPhase phase, guint status)
{
  g_assert_cmpuint (bench->n_calls, ==, n);
  g_assert_cmpint (bench->call.phase, ==, phase);
  g_assert_cmpuint (bench->call.status, ==, status);
  g_assert_cmpstr (bench->call.caller, ==, "desk");
  g_assert_cmpstr (bench->call.callee, ==, "dect");
}

/* kithd hears of each phase once. */
static void
test_told (void)
{
  Bench *bench = house_new ();

  house_ask (bench, TO_DECT, "a", "");
  g_assert_cmpuint (bench->n_calls, ==, 0);
  reply_dect (bench, "180 Ringing");
  reply_dect (bench, "180 Ringing");
  expect_told (bench, 1, KITH_PROXIED_EARLY, 0);
  reply_dect (bench, "200 OK");
  expect_told (bench, 2, KITH_PROXIED_CONFIRMED, 0);
  const guint64 id = bench->call.id;
  reply_dect (bench, "200 OK");
  g_autofree gchar *ok = g_strdup (house_to (bench, DESK, "SIP/2.0 200"));
  g_autofree gchar *bye = house_within (ok, "BYE", 4, TRUE);
  bench_datagram (bench, DECT, bye);
  expect_told (bench, 3, KITH_PROXIED_TERMINATED, 0);
  g_assert_cmpuint (bench->call.id, ==, id);
  house_ask (bench, TO_DECT, "b", "");
  reply_dect (bench, "180 Ringing");
  reply_dect (bench, "486 Busy Here");
  expect_told (bench, 5, KITH_PROXIED_TERMINATED, 486);
  house_ask (bench, "MESSAGE sip:dect@192.0.2.1", "m", "");
  house_reply (bench, DECT, house_to (bench, DECT, "MESSAGE "), "200 OK", "t1", "");
  house_ask (bench, TO_DECT, "c", ""); /* refused before it rang */
  reply_dect (bench, "480 Away");
  g_assert_cmpuint (bench->n_calls, ==, 5);
  house_ask (bench, TO_DECT, "d", "");
  reply_dect (bench, "200 OK");
  kith_clock_advance (bench->clock, 12 * 3600 * 1000 + 60000); /* nobody hangs up */
  expect_told (bench, 7, KITH_PROXIED_TERMINATED, 0);
  bench_free (bench);
}

static void
set_role (Bench *bench, KithEdgeRole role)
{
  const KithEdgeFrame frame = { .type = KITH_EDGE_ROLE, .role = role };

  kith_front_order (bench->edge, &frame);
}

/* 302 with all places, and how long they are valid. */
static void
test_redirect (void)
{
  Bench *bench = forked (";q=0.3", "");

  set_role (bench, KITH_EDGE_ROLE_REDIRECT);
  house_ask (bench, TO_DECT, "a", "");
  const char *moved = house_to (bench, DESK, "SIP/2.0 302 ");
  g_assert_nonnull (moved);
  g_assert_nonnull (strstr (moved, "Contact: <sip:dect@" DECT ">;q=0.300;expires="));
  g_assert_nonnull (strstr (moved, "Contact: <sip:dect@" DECT_2 ">;q=1.000;expires="));
  g_assert_null (house_to (bench, DECT, "INVITE "));
  house_phone (bench, "attic", "13", KITH_PHONE_HOME);
  house_ask (bench, "INVITE sip:attic@192.0.2.1", "b", "");
  g_assert_nonnull (house_to (bench, DESK, "SIP/2.0 480 "));
  house_ask (bench, "INVITE sip:bob@192.0.2.1", "c", ""); /* a name is kithd's */
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  bench_free (bench);
}

/* Nothing is kept: each message finds its way by itself. */
static void
test_stateless (void)
{
  Bench *bench = house_new ();

  set_role (bench, KITH_EDGE_ROLE_STATELESS);
  house_ask (bench, TO_DECT, "a", "");
  house_ask (bench, TO_DECT, "a", "");
  g_assert_cmpuint (house_count (bench, DECT, "INVITE "), ==, 2);
  g_assert_null (house_to (bench, DESK, "SIP/2.0 100 "));
  const char *invite = house_to (bench, DECT, "INVITE ");
  g_autofree gchar *via = bench_header (invite, "Via");
  house_ask (bench, "CANCEL sip:dect@192.0.2.1", "a", "");
  expect_header (house_to (bench, DECT, "CANCEL "), "Via", via); /* the same branch */
  reply_dect (bench, "487 Request Terminated");
  expect_at_desk (bench, "487 ");
  bench_datagram (bench,
                  DESK,
                  "ACK sip:dect@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP " DESK
                  ";branch=z9hG4bKa;rport\nFrom: <sip:desk@192.0.2.1>;tag=d1\n"
                  "To: <sip:x@192.0.2.1>;tag=t1\nCall-ID: call-a\nCSeq: 1 ACK\n\n");
  expect_header (house_to (bench, DECT, "ACK "), "Via", via);
  house_ask (bench, TO_DECT, "b", "");
  reply_dect (bench, "200 OK");
  g_autofree gchar *ok = g_strdup (house_to (bench, DESK, "SIP/2.0 200"));
  g_autofree gchar *bye = house_within (ok, "BYE", 4, TRUE);
  bench_datagram (bench, DECT, bye);
  g_assert_nonnull (house_to (bench, DESK, "BYE "));
  house_ask (bench, TO_DECT, "c", "Max-Forwards: 0\n");
  expect_at_desk (bench, "483 ");
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_free (bench);
}

#define ELSEWHERE "INVITE sip:carol@b.example"

/* For another domain: phones of class home, and who is named; nobody else learns that there is
   one. */
static void
test_route (void)
{
  Bench *bench = house_new ();
  KithEdgeFrame frame = { .type = KITH_EDGE_ROUTE };

  g_assert_true (kith_edge_route_set_name (&frame.route, "b"));
  g_assert_true (kith_edge_route_set_domain (&frame.route, "b.example"));
  g_assert_true (kith_edge_route_set_next (&frame.route, "udp:203.0.113.9:5070"));
  g_assert_true (kith_edge_route_set_from (&frame.route, "198.51.100.0/24"));
  kith_front_order (bench->edge, &frame);
  house_ask (bench, ELSEWHERE, "a", "");
  const char *passed = house_to (bench, "203.0.113.9:5070", "INVITE sip:carol@b.example SIP/2.0");
  g_assert_nonnull (passed);
  house_reply (bench, "203.0.113.9:5070", passed, "180 Ringing", "c", "");
  expect_at_desk (bench, "180 ");
  house_phone (bench, "desk", "11", KITH_PHONE_GUEST);
  house_ask (bench, ELSEWHERE, "b", "");
  expect_at_desk (bench, "403 ");
#define PLAIN(n)                                                                                   \
  ELSEWHERE " SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKp" n                            \
            ";rport\nFrom: <sip:x@y>;tag=1\nTo: <sip:carol@b.example>\nCall-ID: p" n               \
            "\nCSeq: 1 INVITE\nContent-Length: 0\n\n"
  bench_datagram (bench, "198.51.100.7:5060", PLAIN ("1"));
  g_assert_cmpuint (house_count (bench, "203.0.113.9:5070", "INVITE "), ==, 2);
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_datagram (bench, "198.18.0.7:5060", PLAIN ("2"));
  g_assert_cmpuint (house_count (bench, "203.0.113.9:5070", "INVITE "), ==, 2);
  bench_free (bench);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proxy/call", test_call);
  g_test_add_func ("/proxy/names", test_names);
  g_test_add_func ("/proxy/fork", test_fork);
  g_test_add_func ("/proxy/two-answers", test_two_answers);
  g_test_add_func ("/proxy/cancel", test_cancel);
  g_test_add_func ("/proxy/cancel-races", test_cancel_races);
  g_test_add_func ("/proxy/best", test_best);
  g_test_add_func ("/proxy/decline", test_decline);
  g_test_add_func ("/proxy/timers", test_timers);
  g_test_add_func ("/proxy/groups", test_groups);
  g_test_add_func ("/proxy/unsound", test_unsound);
  g_test_add_func ("/proxy/rights", test_rights);
  g_test_add_func ("/proxy/often", test_often);
  g_test_add_func ("/proxy/message", test_message);
  g_test_add_func ("/proxy/tcp", test_tcp);
  g_test_add_func ("/proxy/tokens", test_tokens);
  g_test_add_func ("/proxy/strict", test_strict);
  g_test_add_func ("/proxy/own-call", test_own_call);
  g_test_add_func ("/proxy/own-cancel", test_own_cancel);
  g_test_add_func ("/proxy/torture", test_torture);
  g_test_add_func ("/proxy/memory", test_memory);
  g_test_add_func ("/proxy/told", test_told);
  g_test_add_func ("/proxy/redirect", test_redirect);
  g_test_add_func ("/proxy/stateless", test_stateless);
  g_test_add_func ("/proxy/route", test_route);
  return g_test_run ();
}
