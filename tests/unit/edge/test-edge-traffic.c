/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the edge as a whole without sockets: calls both ways, repetitions, refusals and what it
   says itself, with its clock moved. */
#include <string.h>

#include "edge-bench.h"

#define PEER "198.51.100.7:5070"
#define OTHER "203.0.113.9:5060"

#define INVITE                                                                                     \
  "INVITE sip:bob@192.0.2.1 SIP/2.0\n"                                                             \
  "Via: SIP/2.0/UDP 10.0.0.7:5070;rport;branch=z9hG4bKone\n"                                       \
  "From: <sip:alice@10.0.0.7>;tag=a1\nTo: <sip:bob@192.0.2.1>\nCall-ID: call-1\n"                  \
  "CSeq: 1 INVITE\nContact: <sip:alice@10.0.0.7:5070>\nContent-Length: 0\n\n"

/* What the user agent says to the request that it had last. (transfer full) */
static gchar *
answer (Bench *bench, const char *line, const char *to_tag)
{
  const char *request = bench_last_to_ua (bench);
  GString *out = g_string_new (NULL);
  const char *body = strstr (request, "\r\n\r\n");
  g_auto (GStrv) lines = g_strsplit (request, "\r\n", -1);

  g_assert_nonnull (body);
  g_string_append_printf (out, "SIP/2.0 %s\n", line);
  for (guint i = 1; lines[i] != NULL && *lines[i] != '\0'; i++) {
    if (g_str_has_prefix (lines[i], "Via: ") || g_str_has_prefix (lines[i], "From: ")
        || g_str_has_prefix (lines[i], "Call-ID: ") || g_str_has_prefix (lines[i], "CSeq: ")) {
      g_string_append_printf (out, "%s\n", lines[i]);
    } else if (g_str_has_prefix (lines[i], "To: ")) {
      g_string_append_printf (out,
                              to_tag != NULL && strstr (lines[i], "tag=") == NULL ? "%s;tag=%s\n"
                                                                                  : "%s\n",
                              lines[i],
                              to_tag);
    }
  }
  g_string_append (out,
                   "User-Agent: Kith/0.1.0\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE\n"
                   "Supported: \nContent-Length: 0\n\n");
  return g_string_free (out, FALSE);
}

static void
say (Bench *bench, const char *line, const char *to_tag)
{
  g_autofree gchar *text = answer (bench, line, to_tag);

  bench_from_ua (bench, text);
}

static void
expect_way (Bench *bench, const char *address)
{
  const Sent *sent = bench->sent->pdata[bench->sent->len - 1];
  g_autofree gchar *text = kith_endpoint_to_text (&sent->way.to.peer);

  g_assert_cmpstr (text, ==, address);
}

static void
test_incoming (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *tag = bench_tag (bench, "call-1");

  bench_datagram (bench, PEER, INVITE);
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  const char *request = bench_last_to_ua (bench);
  g_autofree gchar *via = bench_header (request, "Via");
  g_assert_true (g_str_has_prefix (via, "SIP/2.0/TCP edge.invalid;branch=z9hG4bKk"));
  g_assert_nonnull (strstr (request, "branch=z9hG4bKone;received=198.51.100.7;rport=5070\r\n"));
  g_autofree gchar *caller = bench_header (request, "Kith-Caller");
  g_assert_cmpstr (caller, ==, "plain udp 198.51.100.7:5070");
  say (bench, "180 Ringing", tag);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 180 Ringing\r\nVia: SIP/2.0/UDP "));
  g_assert_null (strstr (bench_last (bench), "edge.invalid"));
  expect_way (bench, PEER);
  say (bench, "200 OK", tag);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 200 OK"));
  guint sent = bench->sent->len;
  bench_datagram (bench, PEER, INVITE); /* absorbed */
  kith_clock_advance (bench->clock, 31000);
  bench_datagram (bench, PEER, INVITE);
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  g_assert_cmpuint (bench->sent->len, ==, sent);
  g_autofree gchar *ack = g_strdup_printf (
      "ACK sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7:5070;branch=z9hG4bKtwo\n"
      "From: <sip:alice@10.0.0.7>;tag=a1\nTo: <sip:bob@192.0.2.1>;tag=%s\nCall-ID: call-1\n"
      "CSeq: 1 ACK\n\n",
      tag);
  bench_datagram (bench, PEER, ack);
  g_assert_cmpuint (bench->to_ua->len, ==, 2);
  g_assert_nonnull (strstr (bench_last_to_ua (bench), "Content-Length: 0\r\n\r\n"));
  bench_free (bench);
}

static void
test_headers_of_ours (void)
{
  Bench *bench = bench_new ();

  bench_datagram (bench,
                  PEER,
                  "INVITE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKx\n"
                  "From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: o\nCSeq: 1 INVITE\n"
                  "Kith-Caller: trunk home\nKith-Anything: x\nkith-via: plain udp 1.2.3.4:5\n\n");
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  g_assert_null (strstr (bench_last_to_ua (bench), "trunk home"));
  g_assert_null (strstr (bench_last_to_ua (bench), "Kith-Anything"));
  g_assert_null (strstr (bench_last_to_ua (bench), "1.2.3.4"));
  bench_free (bench);
}

/* A final refusal of a call that rang is repeated until it is acknowledged. */
static void
test_refusal_repeats (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *tag = bench_tag (bench, "call-1");

  g_autofree gchar *filler = g_strnfill (900, 'x');
  g_autofree gchar *invite
      = g_strdup_printf ("%.*sSubject: %s\n\n", (int)strlen (INVITE) - 1, INVITE, filler);

  bench_datagram (bench, PEER, invite);
  say (bench, "180 Ringing", tag);
  say (bench, "486 Busy Here", tag);
  guint sent = bench->sent->len;
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 486"));
  kith_clock_advance (bench->clock, 499);
  g_assert_cmpuint (bench->sent->len, ==, sent);
  kith_clock_advance (bench->clock, 1);
  g_assert_cmpuint (bench->sent->len, ==, sent + 1);
  g_autofree gchar *ack = g_strdup_printf (
      "ACK sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7:5070;rport;branch=z9hG4bKone\n"
      "From: <sip:alice@10.0.0.7>;tag=a1\nTo: <sip:bob@192.0.2.1>;tag=%s\nCall-ID: call-1\n"
      "CSeq: 1 ACK\n\n",
      tag);
  bench_datagram (bench, PEER, ack);
  g_assert_cmpuint (bench->to_ua->len, ==, 2); /* the user agent hears of it */
  bench_datagram (bench, PEER, ack);
  g_assert_cmpuint (bench->to_ua->len, ==, 2);
  kith_clock_advance (bench->clock, 32000);
  g_assert_cmpuint (bench->sent->len, ==, sent + 1);
  bench_free (bench);
}

/* Nobody can have us flood others: a refusal is hardly longer than what it refuses, and sent once
   for each. */
static void
test_amplification (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *tag = bench_tag (bench, "call-1");
  gsize bytes = strlen (INVITE) + 9; /* line ends */
  gsize back = 0;

  bench_datagram (bench, PEER, INVITE);
  say (bench, "404 Not Found", "stateless");
  g_assert_cmpuint (bench->sent->len, ==, 1);
  g_assert_cmpuint (strlen (bench_last (bench)), <=, bytes + KITH_EDGE_MOST_MORE);
  kith_clock_advance (bench->clock, 20000);
  g_assert_cmpuint (bench->sent->len, ==, 1);
  bench_datagram (bench, PEER, INVITE);
  g_assert_cmpuint (bench->sent->len, ==, 2);
  bench_restart (bench); /* another call that rings and is never acknowledged */
  g_ptr_array_set_size (bench->sent, 0);
  bench_datagram (bench, PEER, INVITE);
  say (bench, "100 Trying", NULL);
  say (bench, "180 Ringing", tag);
  say (bench, "603 Decline", tag);
  kith_clock_advance (bench->clock, 60000);
  for (guint i = 0; i < bench->sent->len; i++) {
    back += strlen (((Sent *)bench->sent->pdata[i])->text);
  }
  g_assert_cmpuint (back, <=, KITH_EDGE_MOST_BACK * bytes);
  bench_free (bench);
}

static gchar *
in_dialog (const char *method, guint n, const char *tag, const char *call_id)
{
  return g_strdup_printf (
      "%s sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7:5070;branch=z9hG4bK%u\n"
      "From: <sip:alice@10.0.0.7>;tag=a1\nTo: <sip:bob@192.0.2.1>;tag=%s\nCall-ID: %s\n"
      "CSeq: 2 %s\nContent-Length: 0\n\n",
      method,
      n,
      tag,
      call_id,
      method);
}

static void
test_dialogs (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *tag = bench_tag (bench, "call-1");
  g_autofree gchar *good = in_dialog ("BYE", 1, tag, "call-1");
  g_autofree gchar *other_call = in_dialog ("BYE", 2, tag, "call-2");
  g_autofree gchar *guessed = in_dialog ("UPDATE", 3, "abcd", "call-1");
  g_autofree gchar *ack = in_dialog ("ACK", 4, "abcd", "call-1");

  bench_datagram (bench, OTHER, good); /* from wherever */
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  bench_datagram (bench, PEER, other_call);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 481 "));
  expect_way (bench, PEER); /* the port of its Via */
  bench_datagram (bench, PEER, guessed);
  g_assert_cmpuint (bench->sent->len, ==, 2);
  bench_datagram (bench, PEER, ack);
  g_assert_cmpuint (bench->sent->len, ==, 2);
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  bench_free (bench);
}

#define OUT(method, branch, more)                                                                  \
  method " sip:alice@198.51.100.7:5070 SIP/2.0\n"                                                  \
         "Via: SIP/2.0/TCP 127.0.0.1:4711;branch=z9hG4bK" branch ";rport\n"                        \
         "Kith-Via: plain udp 198.51.100.7:5070\nMax-Forwards: 70\n"                               \
         "From: <sip:bob@192.0.2.1>;tag=b1\nTo: <sip:alice@198.51.100.7>" more                     \
         "\nCall-ID: out-1\nCSeq: 1 " method "\nContent-Length: 0\n\n"

/* The peer's response to what was sent last. */
static void
respond (Bench *bench, const char *line)
{
  g_autofree gchar *via = bench_header (bench_last (bench), "Via");
  g_autofree gchar *cseq = bench_header (bench_last (bench), "CSeq");
  g_autofree gchar *text = g_strdup_printf (
      "SIP/2.0 %s\nVia: %s\nFrom: <sip:bob@192.0.2.1>;tag=b1\nTo: <sip:alice@198.51.100.7>;tag=z\n"
      "Call-ID: out-1\nCSeq: %s\nContent-Length: 0\n\n",
      line,
      via,
      cseq);

  bench_datagram (bench, PEER, text);
}

static void
test_outgoing (void)
{
  Bench *bench = bench_new ();

  bench_from_ua (bench, OUT ("INVITE", "n1", ""));
  g_autofree gchar *via = bench_header (bench_last (bench), "Via");
  g_assert_true (g_str_has_prefix (via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKn1."));
  g_assert_null (strstr (bench_last (bench), "Kith-"));
  g_assert_null (strstr (bench_last (bench), "127.0.0.1"));
  expect_way (bench, PEER);
  respond (bench, "180 Ringing");
  g_autofree gchar *back = bench_header (bench_last_to_ua (bench), "Via");
  g_assert_cmpstr (back, ==, "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKn1");
  guint sent = bench->sent->len;
  kith_clock_advance (bench->clock, 100000); /* it rings: nothing is repeated */
  g_assert_cmpuint (bench->sent->len, ==, sent);
  respond (bench, "200 OK");
  respond (bench, "200 OK");
  g_assert_cmpuint (bench->to_ua->len, ==, 3); /* each one, so that each is acknowledged */
  bench_from_ua (bench, OUT ("ACK", "n2", ";tag=z"));
  g_assert_true (g_str_has_prefix (bench_last (bench), "ACK "));
  g_assert_cmpuint (bench->sent->len, ==, sent + 1);
  bench_free (bench);
}

static void
test_outgoing_refused (void)
{
  Bench *bench = bench_new ();

  bench_from_ua (bench, OUT ("INVITE", "n1", ""));
  g_autofree gchar *invite = g_strdup (bench_last (bench));
  respond (bench, "486 Busy Here");
  g_assert_true (g_str_has_prefix (bench_last (bench), "ACK sip:alice@198.51.100.7:5070 "));
  g_assert_nonnull (strstr (bench_last (bench), "To: <sip:alice@198.51.100.7>;tag=z\r\n"));
  g_autofree gchar *one = bench_header (invite, "Via");
  g_autofree gchar *two = bench_header (bench_last (bench), "Via");
  g_assert_cmpstr (one, ==, two);
  g_assert_cmpuint (bench->sent->len, ==, 2);
  bench_from_ua (bench, OUT ("ACK", "n1", ";tag=z")); /* that is done */
  g_assert_cmpuint (bench->sent->len, ==, 2);
  g_ptr_array_set_size (bench->sent, 1);
  respond (bench, "486 Busy Here");
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  g_assert_true (g_str_has_prefix (bench_last (bench), "ACK "));
  bench_free (bench);
}

static void
test_silence (void)
{
  Bench *bench = bench_new ();

  bench_from_ua (bench, OUT ("INVITE", "n1", ""));
  kith_clock_advance (bench->clock, 31999);
  g_assert_cmpuint (bench->sent->len, ==, 7); /* 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s */
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  kith_clock_advance (bench->clock, 1);
  g_assert_true (g_str_has_prefix (bench_last_to_ua (bench), "SIP/2.0 408 "));
  g_autofree gchar *made = bench_header (bench_last_to_ua (bench), "Kith-Made");
  g_assert_cmpstr (made, ==, "edge");
  g_autofree gchar *via = bench_header (bench_last_to_ua (bench), "Via");
  g_assert_cmpstr (via, ==, "SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKn1");
  g_ptr_array_set_size (bench->sent, 0);
  bench_from_ua (bench, OUT ("BYE", "n3", ";tag=z"));
  kith_clock_advance (bench->clock, 32000);
  g_assert_cmpuint (bench->sent->len, ==, 11); /* 0, 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s */
  g_assert_cmpuint (bench->to_ua->len, ==, 2);
  bench_free (bench);
}

static void
test_nobody_there (void)
{
  Bench *bench = bench_new ();
  KithWay way = bench_way (PEER);

  bench_from_ua (bench, OUT ("INVITE", "n1", ""));
  kith_front_refused (bench->edge, &way.to.peer);
  g_assert_true (g_str_has_prefix (bench_last_to_ua (bench), "SIP/2.0 503 "));
  g_assert_nonnull (strstr (bench_last_to_ua (bench), "Kith-Made: edge\r\n"));
  bench->send_problem = 101;
  bench_from_ua (bench, OUT ("INVITE", "n4", ""));
  g_assert_cmpuint (bench->to_ua->len, ==, 2);
  bench->send_problem = 0;
  bench_from_ua (bench,
                 "INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKq\n"
                 "From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: o\nCSeq: 1 INVITE\n"
                 "Content-Length: 0\n\n"); /* without a Kith-Via */
  g_assert_cmpuint (bench->to_ua->len, ==, 3);
  bench_free (bench);
}

static void
test_forged_response (void)
{
  Bench *bench = bench_new ();

  bench_from_ua (bench, OUT ("INVITE", "n1", ""));
  bench_datagram (bench,
                  PEER,
                  "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKn1."
                  "0123456789abcdef\nFrom: <sip:bob@192.0.2.1>;tag=b1\n"
                  "To: <sip:alice@198.51.100.7>;tag=z\nCall-ID: out-1\nCSeq: 1 INVITE\n\n");
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_free (bench);
}

/* The edge dies in a call: what is under way goes on with the next one. */
static void
test_restart (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *tag = bench_tag (bench, "call-1");

  bench_datagram (bench, PEER, INVITE);
  g_autofree gchar *before = bench_header (bench_last_to_ua (bench), "Via");
  bench_restart (bench);
  say (bench, "200 OK", tag); /* goes where the Via says that it came from */
  expect_way (bench, PEER);
  bench_datagram (bench, PEER, INVITE);
  g_autofree gchar *after = bench_header (bench_last_to_ua (bench), "Via");
  g_assert_cmpstr (before, ==, after);
  bench_from_ua (bench, OUT ("INVITE", "n1", ""));
  bench_restart (bench);
  respond (bench, "200 OK");
  g_assert_true (g_str_has_prefix (bench_last_to_ua (bench), "SIP/2.0 200 OK"));
  bench_free (bench);
}

static void
test_user_agent_rests (void)
{
  Bench *bench = bench_new ();

  bench->ua_rests = TRUE;
  bench_datagram (bench, PEER, INVITE);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 503 "));
  g_assert_nonnull (strstr (bench_last (bench), "Retry-After: 5\r\n"));
  bench->ua_rests = FALSE;
  bench_datagram (bench, PEER, INVITE); /* it is new, then */
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  bench_free (bench);
}

static void
test_cancel (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *tag = bench_tag (bench, "call-1");

  bench_datagram (bench, PEER, INVITE);
  g_autofree gchar *invite = bench_header (bench_last_to_ua (bench), "Via");
  g_autofree gchar *ringing = answer (bench, "180 Ringing", tag);
  g_autofree gchar *over = answer (bench, "487 Request Terminated", tag);
  bench_from_ua (bench, ringing);
  bench_datagram (bench,
                  PEER,
                  "CANCEL sip:bob@192.0.2.1 SIP/2.0\n"
                  "Via: SIP/2.0/UDP 10.0.0.7:5070;rport;branch=z9hG4bKone\n"
                  "From: <sip:alice@10.0.0.7>;tag=a1\nTo: <sip:bob@192.0.2.1>\nCall-ID: call-1\n"
                  "CSeq: 1 CANCEL\nContent-Length: 0\n\n");
  g_assert_cmpuint (bench->to_ua->len, ==, 2);
  g_autofree gchar *cancel = bench_header (bench_last_to_ua (bench), "Via");
  g_assert_cmpstr (invite, ==, cancel); /* by which nua finds what it cancels */
  say (bench, "200 OK", tag);
  g_assert_nonnull (strstr (bench_last (bench), "CSeq: 1 CANCEL"));
  bench_from_ua (bench, over);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 487"));
  bench_free (bench);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edge/incoming", test_incoming);
  g_test_add_func ("/edge/headers-of-ours", test_headers_of_ours);
  g_test_add_func ("/edge/refusal-repeats", test_refusal_repeats);
  g_test_add_func ("/edge/amplification", test_amplification);
  g_test_add_func ("/edge/dialogs", test_dialogs);
  g_test_add_func ("/edge/outgoing", test_outgoing);
  g_test_add_func ("/edge/outgoing-refused", test_outgoing_refused);
  g_test_add_func ("/edge/silence", test_silence);
  g_test_add_func ("/edge/nobody-there", test_nobody_there);
  g_test_add_func ("/edge/forged-response", test_forged_response);
  g_test_add_func ("/edge/restart", test_restart);
  g_test_add_func ("/edge/user-agent-rests", test_user_agent_rests);
  g_test_add_func ("/edge/cancel", test_cancel);
  return g_test_run ();
}
