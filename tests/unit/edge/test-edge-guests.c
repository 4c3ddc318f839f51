/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of what strangers may cost: floods, connections, and what comes over them. */
#include <string.h>

#include "edge-bench.h"
#include "model/net/stun.h"
#include "model/phone/phone-password.h"

#define OPTIONS(n)                                                                                 \
  "OPTIONS sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/%s 10.0.0.7;branch=z9hG4bKo" n                  \
  "\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: o" n                                           \
  "\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n"

#define INVITE(n)                                                                                  \
  "INVITE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKi" n                  \
  "\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: i" n "\nCSeq: 1 INVITE\n\n"

static void
options (Bench *bench, const char *from, guint n)
{
  g_autofree gchar *text = g_strdup_printf (OPTIONS ("%u"), "UDP", n, n);

  bench_datagram (bench, from, text);
}

static guint64
count (Bench *bench, KithEdgeCount which)
{
  KithEdgeStatus status;

  kith_front_get_status (bench->edge, &status);
  return status.counts[which];
}

static void
test_flood_of_one (void)
{
  Bench *bench = bench_new ();

  for (guint i = 0; i < 1000; i++) {
    options (bench, "198.51.100.7:5070", i);
  }
  g_assert_cmpuint (bench->sent->len, ==, KITH_EDGE_NEW_BURST);
  g_assert_cmpuint (count (bench, KITH_EDGE_N_FLOOD), ==, 1000 - KITH_EDGE_NEW_BURST);
  g_assert_cmpuint (bench->lines, ==, 1);
  options (bench, "198.51.100.8:5070", 1500); /* others are served */
  g_assert_cmpuint (bench->sent->len, ==, KITH_EDGE_NEW_BURST + 1);
  kith_clock_advance (bench->clock, 1000);
  for (guint i = 0; i < 100; i++) {
    options (bench, "198.51.100.7:5070", 2000 + i);
  }
  g_assert_cmpuint (bench->sent->len, ==, KITH_EDGE_NEW_BURST + 1 + KITH_EDGE_NEW_RATE);
  bench_free (bench);
}

/* From many addresses: there is a bound for all, and room for hosts that the node knows. */
/* A host that is trusted may send what it likes, and its neighbour may not. */
static void
test_trusted (void)
{
  Bench *bench = bench_new ();
  KithEdgeTrusted trusted = { .n = 1 };

  g_assert_true (kith_ip_network_parse ("198.51.100.0/29", &trusted.list[0]));
  kith_front_set_trusted (bench->edge, &trusted);
  for (guint i = 0; i < 1000; i++) {
    options (bench, "198.51.100.7:5070", i);
  }
  g_assert_cmpuint (bench->sent->len, ==, 1000);
  g_assert_cmpuint (count (bench, KITH_EDGE_N_FLOOD), ==, 0);
  for (guint i = 0; i < 1000; i++) {
    options (bench, "198.51.100.8:5070", 1000 + i);
  }
  g_assert_cmpuint (count (bench, KITH_EDGE_N_FLOOD), ==, 1000 - KITH_EDGE_NEW_BURST);
  bench_free (bench);
}

static void
test_flood_of_many (void)
{
  Bench *bench = bench_new ();
  KithEdgeAddresses *known = g_new0 (KithEdgeAddresses, 1);

  known->n = 1;
  known->list[0] = bench_way ("192.0.2.200:5060").to.peer;
  kith_front_set_known (bench->edge, known);
  g_free (known);
  for (guint i = 0; i < 3000; i++) {
    g_autofree gchar *from = g_strdup_printf ("10.%u.%u.7:5060", i / 200, i % 200);
    options (bench, from, i);
  }
  g_assert_cmpuint (bench->sent->len, ==, KITH_EDGE_ALL_BURST);
  options (bench, "192.0.2.200:5060", 5000);
  g_assert_cmpuint (bench->sent->len, ==, KITH_EDGE_ALL_BURST + 1);
  bench_free (bench);
}

static void
test_strangers (void)
{
  Bench *bench = bench_new ();
  KithEdgeAddresses *known = g_new0 (KithEdgeAddresses, 1);
  const char *one = INVITE ("1");
  const char *two = INVITE ("2");

  bench->start.strangers = KITH_EDGE_STRANGERS_REFUSE;
  bench_restart (bench);
  known->n = 1;
  known->list[0] = bench_way ("192.0.2.200:5060").to.peer;
  kith_front_set_known (bench->edge, known);
  g_free (known);
  bench_datagram (bench, "198.51.100.7:5060", one);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 403 "));
  bench_datagram (bench, "192.0.2.200:5060", two);
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  bench->start.plain_in = FALSE;
  bench_restart (bench);
  bench_datagram (bench, "192.0.2.200:5060", two);
  g_assert_cmpuint (bench->to_ua->len, ==, 1);
  g_assert_cmpuint (bench->sent->len, ==, 2);
  bench_free (bench);
}

static void
test_unread (void)
{
  Bench *bench = bench_new ();

  bench_datagram (bench, "198.51.100.7:5060", "junk");
  bench_datagram (bench, "198.51.100.7:5060", "\n");
  g_assert_cmpuint (bench->sent->len, ==, 0);
  bench_datagram (bench,
                  "198.51.100.7:5060",
                  "OPTIONS sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKo\n"
                  "From: <sip:a@b>;tag=1\nFrom: <sip:a@b>;tag=2\nTo: <sip:c@d>\nCall-ID: o\n"
                  "CSeq: 1 OPTIONS\n\n");
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 400 Two From"));
  bench_datagram (bench,
                  "198.51.100.7:5060",
                  "OPTIONS sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP ;branch=z9hG4bKo\n"
                  "From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: o\nCSeq: 1 OPTIONS\n\n");
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 400 Bad Via"));
  bench_free (bench);
}

/* RFC 5626 section 3.5: two line ends get one, a binding request of STUN says where it came
   from. */
static void
test_keep_alives (void)
{
  Bench *bench = bench_new ();
  KithStun stun = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_REQUEST };
  const KithWay way = bench_way ("198.51.100.7:5062");
  guint8 bytes[256];

  bench_datagram (bench, "198.51.100.7:5062", "\n\n");
  g_assert_cmpuint (bench->sent->len, ==, 1);
  g_assert_cmpstr (bench_last (bench), ==, "\r\n");
  bench_datagram (bench, "198.51.100.7:5062", "\n");
  g_assert_cmpuint (bench->sent->len, ==, 1);

  kith_stun_make_id (stun.id, (const guint8 *)"123456789abc");
  gsize len = kith_stun_encode (&stun, bytes, sizeof bytes);
  kith_front_datagram (bench->edge, &way, bytes, len);
  g_assert_cmpuint (bench->sent->len, ==, 2);
  const Sent *sent = bench->sent->pdata[1];
  KithStun answer;
  g_assert_true (kith_stun_decode ((const guint8 *)sent->text, 32, &answer));
  g_assert_cmpint (answer.kind, ==, KITH_STUN_SUCCESS);
  g_assert_cmpmem (answer.id, sizeof answer.id, stun.id, sizeof stun.id);
  g_assert_true (kith_endpoint_is_same (&answer.mapped, &way.to.peer));

  stun.change = KITH_STUN_CHANGE_IP; /* not to be sent from elsewhere */
  len = kith_stun_encode (&stun, bytes, sizeof bytes);
  kith_front_datagram (bench->edge, &way, bytes, len);
  stun.change = 0;
  stun.kind = KITH_STUN_SUCCESS; /* no answer to an answer */
  len = kith_stun_encode (&stun, bytes, sizeof bytes);
  kith_front_datagram (bench->edge, &way, bytes, len);
  kith_front_datagram (bench->edge, &way, bytes, 19);
  g_assert_cmpuint (bench->sent->len, ==, 2);
  stun.kind = KITH_STUN_REQUEST;
  len = kith_stun_encode (&stun, bytes, sizeof bytes);
  for (guint i = 0; i < 1000; i++) { /* they count as anything else */
    kith_front_datagram (bench->edge, &way, bytes, len);
  }
  g_assert_cmpuint (bench->sent->len, ==, KITH_EDGE_NEW_BURST);
  bench_free (bench);
}

/* What is no call is answered here, the same to all, and the user agent hears nothing of it. */
static void
test_outside (void)
{
  static const struct {
    const char *method, *uri, *line, *status, *says;
  } cases[] = {
    { "OPTIONS", "sip:bob@192.0.2.1", "Max-Forwards: 0\n", "200", "\r\nAllow: INVITE, ACK, " },
    { "OPTIONS", "sip:nobody@192.0.2.1", "", "200", "\r\nAccept: application/sdp\r\n" },
    { "OPTIONS", "sip:bob@192.0.2.1", "Require: 100rel\n", "420", "\r\nUnsupported: 100rel\r\n" },
    { "INVITE",
      "sip:bob@192.0.2.1",
      "Proxy-Require: sec-agree\n",
      "420",
      "Unsupported: sec-agree\r\n" },
    { "INVITE", "mailto:bob@192.0.2.1", "", "416", "" },
    { "OPTIONS", "http://192.0.2.1", "", "416", "" },
    { "BYE", "sip:bob@192.0.2.1", "", "481", "" },
    { "UPDATE", "sip:bob@192.0.2.1", "", "481", "" },
    { "MESSAGE", "sip:bob@192.0.2.1", "", "405", "\r\nAllow: INVITE, ACK, " },
    { "REFER", "sip:bob@192.0.2.1", "", "405", "" },
    { "SUBSCRIBE", "sip:bob@192.0.2.1", "Event: dialog\n", "405", "" },
    { "NOTIFY", "sip:bob@192.0.2.1", "Event: dialog\n", "405", "" },
    { "PUBLISH", "sip:bob@192.0.2.1", "Event: presence\n", "405", "" },
    { "JUGGLE", "sip:bob@192.0.2.1", "", "501", "\r\nAllow: INVITE, ACK, " },
  };
  Bench *bench = bench_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *text
        = g_strdup_printf ("%s %s SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKt%u\n"
                           "From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: t%u\nCSeq: 1 %s\n"
                           "User-Agent: something that has a name of such a length that there is "
                           "room for all lines of the answer\n%s\n",
                           cases[i].method,
                           cases[i].uri,
                           i,
                           i,
                           cases[i].method,
                           cases[i].line);
    g_autofree gchar *start = g_strdup_printf ("SIP/2.0 %s ", cases[i].status);
    bench_datagram (bench, "198.51.100.7:5070", text);
    g_assert_cmpuint (bench->sent->len, ==, i + 1);
    g_assert_true (g_str_has_prefix (bench_last (bench), start));
    g_test_message ("%s", bench_last (bench));
    g_assert_nonnull (strstr (bench_last (bench), cases[i].says));
    g_assert_cmpuint (strlen (bench_last (bench)), <=, strlen (text) + 10 + KITH_EDGE_MOST_MORE);
  }
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_free (bench);
}

/* Without a phone there is no registrar: from outside not even that is said. */
static void
test_register_without_phones (void)
{
  static const char text[]
      = "REGISTER sip:192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKr\n"
        "From: <sip:a@b>;tag=1\nTo: <sip:a@b>\nCall-ID: r\nCSeq: 1 REGISTER\n\n";
  Bench *bench = bench_new ();

  bench_datagram (bench, "8.8.8.8:5070", text);
  g_assert_cmpuint (bench->sent->len, ==, 0);
  /* one that began just now does not know yet */
  bench_datagram (bench, "192.168.1.7:5070", text);
  g_assert_cmpuint (bench->sent->len, ==, 0);
  kith_clock_advance (bench->clock, KITH_EDGE_BEGINNING_S * 1000);
  bench_datagram (bench, "192.168.1.7:5070", text);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 405 "));
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_free (bench);
}

static gboolean
knock (Bench *bench, guint32 stream, const char *from)
{
  KithWay way = bench_way (from);

  way.to.tcp = TRUE;
  return kith_front_accept (bench->edge, stream, &way);
}

static void
test_pieces (void)
{
  g_autofree gchar *text = g_strdup_printf (OPTIONS ("%u"), "TCP", 1u, 1u);
  GString *bytes = g_string_new (text);

  g_string_replace (bytes, "\n", "\r\n", 0);
  for (gsize cut = 1; cut < bytes->len; cut++) {
    Bench *bench = bench_new ();
    g_assert_true (knock (bench, 5, "198.51.100.7:40000"));
    kith_front_bytes (bench->edge, 5, (const guint8 *)bytes->str, cut);
    g_assert_cmpuint (bench->sent->len, ==, 0);
    kith_front_bytes (bench->edge, 5, (const guint8 *)bytes->str + cut, bytes->len - cut);
    g_assert_cmpuint (bench->sent->len, ==, 1);
    bench_free (bench);
  }
  g_string_free (bytes, TRUE);
}

static void
test_stream (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *one = g_strdup_printf (OPTIONS ("%u"), "TCP", 1u, 1u);
  g_autofree gchar *two = g_strdup_printf (OPTIONS ("%u"), "TCP", 2u, 2u);
  g_autofree gchar *both = g_strconcat (one, two, NULL);

  g_assert_true (knock (bench, 5, "198.51.100.7:40000"));
  bench_stream (bench, 5, "\n\n");
  g_assert_cmpstr (bench_last (bench), ==, "\r\n");
  bench_stream (bench, 5, both);
  g_assert_cmpuint (bench->sent->len, ==, 3);
  /* what the user agent says to that peer goes by the same connection */
  bench_from_ua (bench,
                 "OPTIONS sip:x@198.51.100.7 SIP/2.0\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKu\n"
                 "Kith-Via: plain tcp 198.51.100.7:40000\nFrom: <sip:a@b>;tag=1\nTo: <sip:c@d>\n"
                 "Call-ID: u\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n");
  const Sent *sent = bench->sent->pdata[bench->sent->len - 1];
  g_assert_cmpuint (sent->way.stream, ==, 5);
  g_assert_nonnull (strstr (sent->text, "Via: SIP/2.0/TCP 192.0.2.1:5060;"));
  g_autofree gchar *attack = g_strconcat (
      one,
      "OPTIONS sip:b@c SIP/2.0\nVia: SIP/2.0/TCP x;branch=z9hG4bKp\nFrom: <sip:a@b>;tag=1\n"
      "To: <sip:c@d>\nCall-ID: p\nCSeq: 1 OPTIONS\nContent-Length: 4294967295\n\nw",
      NULL);
  bench_stream (bench, 5, attack);
  g_assert_cmpuint (bench->closed->len, ==, 1); /* it cannot be followed */
  /* who waited on it is told */
  g_assert_nonnull (strstr (bench_last_to_ua (bench), "SIP/2.0 503 "));
  bench_free (bench);
}

static void
test_idle (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *text = g_strdup_printf (OPTIONS ("%u"), "TCP", 1u, 1u);

  g_assert_true (knock (bench, 5, "198.51.100.7:40000"));
  g_assert_true (knock (bench, 6, "198.51.100.7:40001"));
  bench_stream (bench, 6, text);
  kith_clock_advance (bench->clock, 31000);
  g_assert_cmpuint (bench->closed->len, ==, 1);
  g_assert_cmpuint (g_array_index (bench->closed, guint32, 0), ==, 5);
  kith_clock_advance (bench->clock, 3000);
  g_assert_cmpuint (bench->closed->len, ==, 2);
  bench_free (bench);
}

static void
invite (Bench *bench, guint32 stream)
{
  bench_stream (bench,
                stream,
                "INVITE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/TCP 10.0.0.7;branch=z9hG4bKi\n"
                "From: <sip:a@b>;tag=1\nTo: <sip:c@d>\nCall-ID: i\nCSeq: 1 INVITE\n"
                "Content-Length: 0\n\n");
}

static void
answer_invite (Bench *bench, const char *line)
{
  g_autofree gchar *via = bench_header (bench_last_to_ua (bench), "Via");
  g_autofree gchar *tag = bench_tag (bench, "i");
  g_autofree gchar *text = g_strdup_printf (
      "SIP/2.0 %s\nVia: %s\nVia: SIP/2.0/TCP 10.0.0.7;branch=z9hG4bKi\nFrom: <sip:a@b>;tag=1\n"
      "To: <sip:c@d>;tag=%s\nCall-ID: i\nCSeq: 1 INVITE\nContent-Length: 0\n\n",
      line,
      via,
      tag);

  bench_from_ua (bench, text);
}

/* The connection of a call stays while it rings and lasts. */
static void
test_call_keeps_connection (void)
{
  Bench *bench = bench_new ();
  g_autofree gchar *tag = bench_tag (bench, "i");

  g_assert_true (knock (bench, 5, "198.51.100.7:40000"));
  invite (bench, 5);
  g_assert_nonnull (strstr (bench_last_to_ua (bench), "Kith-Caller: plain tcp 198.51.100.7:40000"));
  answer_invite (bench, "180 Ringing");
  kith_clock_advance (bench->clock, 60000);
  answer_invite (bench, "200 OK");
  kith_clock_advance (bench->clock, 600000);
  g_assert_cmpuint (bench->closed->len, ==, 0);
  g_autofree gchar *bye = g_strdup_printf (
      "BYE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/TCP 10.0.0.7;branch=z9hG4bKj\n"
      "From: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=%s\nCall-ID: i\nCSeq: 2 BYE\n"
      "Content-Length: 0\n\n",
      tag);
  bench_stream (bench, 5, bye);
  kith_clock_advance (bench->clock, 34000);
  g_assert_cmpuint (bench->closed->len, ==, 1);
  bench_free (bench);
}

/* Shares: sixteen a source; when all places are taken, who is idle makes room. */
static void
test_places (void)
{
  Bench *bench = bench_new ();
  guint32 stream = 0;

  for (guint i = 0; i < 16; i++) {
    g_autofree gchar *from = g_strdup_printf ("198.51.100.%u:40000", i + 1);
    for (guint k = 0; k < 16; k++) {
      g_autofree gchar *text = g_strdup_printf (OPTIONS ("%u"), "TCP", stream, stream);
      g_assert_true (knock (bench, ++stream, from));
      bench_stream (bench, stream, text);
    }
    g_assert_false (knock (bench, 9999, from));
  }
  g_assert_true (knock (bench, 1000, "203.0.113.9:40000"));
  g_assert_cmpuint (bench->closed->len, ==, 1);
  invite (bench, 1000);
  for (guint i = 0; i < 40; i++) {
    g_autofree gchar *from = g_strdup_printf ("203.0.113.%u:40000", i + 10);
    g_assert_true (knock (bench, 2000 + i, from));
  }
  for (guint i = 0; i < bench->closed->len; i++) {
    g_assert_cmpuint (g_array_index (bench->closed, guint32, i), !=, 1000);
  }
  bench_free (bench);
}

/* desk is at 192.168.1.50:5062, and was there before this edge began. */
static void
register_desk (Bench *bench)
{
  g_autofree KithEdgeFrame *frame = g_new0 (KithEdgeFrame, 1);

  frame->type = KITH_EDGE_PHONE;
  (void)g_strlcpy (frame->phone.name, "desk", sizeof frame->phone.name);
  kith_phone_secret_make ("desk", "7k2f-9qxm-41tr-c8ne", &frame->phone.secret);
  kith_front_order (bench->edge, frame);
  memset (frame, 0, sizeof *frame);
  frame->type = KITH_EDGE_OPEN;
  frame->rules.max_expires_s = 3600;
  kith_front_order (bench->edge, frame);
  memset (frame, 0, sizeof *frame);
  frame->type = KITH_EDGE_BIND;
  frame->binding.id = 1;
  (void)g_strlcpy (frame->binding.phone, "desk", sizeof frame->binding.phone);
  (void)g_strlcpy (frame->binding.contact,
                   "sip:desk@10.9.9.9:5070;x=y",
                   sizeof frame->binding.contact);
  (void)g_strlcpy (frame->binding.call_id, "r", sizeof frame->binding.call_id);
  frame->binding.expires_s = kith_clock_wall (bench->clock) / G_USEC_PER_SEC + 600;
  frame->binding.source = bench_way ("192.168.1.50:5062").to.peer;
  kith_front_order (bench->edge, frame);
}

#define TO_PHONE(name)                                                                             \
  "INVITE sip:" name "@192.0.2.1 SIP/2.0\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKn" name         \
  "\nKith-Via: phone " name "\nMax-Forwards: 70\nFrom: <sip:a@b>;tag=1\nTo: <sip:" name            \
  "@d>\nCall-ID: n\nCSeq: 1 INVITE\nContent-Length: 0\n\n"

/* A call to a phone goes to where it registered, under the name that it gave there. */
static void
test_to_phone (void)
{
  Bench *bench = bench_new ();
  const char *to_desk = TO_PHONE ("desk");
  const char *to_nobody = TO_PHONE ("attic");

  register_desk (bench);
  bench_from_ua (bench, to_desk);
  g_assert_cmpuint (bench->sent->len, ==, 1);
  const Sent *sent = bench->sent->pdata[0];
  g_autofree gchar *to = kith_endpoint_to_text (&sent->way.to.peer);
  g_assert_cmpstr (to, ==, "192.168.1.50:5062");
  g_assert_true (g_str_has_prefix (sent->text, "INVITE sip:desk@10.9.9.9:5070;x=y SIP/2.0\r\n"));
  g_assert_null (strstr (sent->text, "Kith-"));
  bench_from_ua (bench, to_nobody);
  g_assert_cmpuint (bench->sent->len, ==, 1);
  g_assert_true (g_str_has_prefix (bench_last_to_ua (bench), "SIP/2.0 480 "));
  g_autofree gchar *made = bench_header (bench_last_to_ua (bench), "Kith-Made");
  g_assert_cmpstr (made, ==, "edge");
  bench_free (bench);
}

#define FROM_DESK                                                                                  \
  "INVITE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 10.9.9.9;branch=z9hG4bKd;rport\n"            \
  "Kith-Caller: phone desk\nFrom: <sip:desk@192.0.2.1>;tag=1\nTo: <sip:bob@d>\nCall-ID: d\n"       \
  "CSeq: 1 INVITE\nContent-Length: 0\n\n"

/* Who calls as a phone is asked for the password there, and is anybody elsewhere. */
static void
test_from_phone (void)
{
  Bench *bench = bench_new ();

  register_desk (bench);
  bench_datagram (bench, "192.168.1.50:5062", FROM_DESK);
  g_assert_true (g_str_has_prefix (bench_last (bench), "SIP/2.0 407 "));
  g_assert_cmpuint (bench->to_ua->len, ==, 0);
  bench_datagram (bench, "192.168.1.51:5062", FROM_DESK);
  g_autofree gchar *caller = bench_header (bench_last_to_ua (bench), "Kith-Caller");
  g_assert_cmpstr (caller, ==, "plain udp 192.168.1.51:5062");
  bench_free (bench);
}

/* Who brings requests and does not read gets no more answers. */
static void
test_does_not_read (void)
{
  Bench *bench = bench_new ();

  g_assert_true (knock (bench, 5, "198.51.100.7:40000"));
  bench->waiting = KITH_EDGE_MAX_WAITING;
  bench_stream (bench,
                5,
                "BYE sip:bob@192.0.2.1 SIP/2.0\nVia: SIP/2.0/TCP 10.0.0.7;branch=z9hG4bKj\n"
                "From: <sip:a@b>;tag=1\nTo: <sip:c@d>;tag=x\nCall-ID: i\nCSeq: 2 BYE\n"
                "Content-Length: 0\n\n");
  g_assert_cmpuint (bench->sent->len, ==, 0);
  bench_free (bench);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edge/flood-of-one", test_flood_of_one);
  g_test_add_func ("/edge/trusted", test_trusted);
  g_test_add_func ("/edge/flood-of-many", test_flood_of_many);
  g_test_add_func ("/edge/strangers", test_strangers);
  g_test_add_func ("/edge/unread", test_unread);
  g_test_add_func ("/edge/keep-alives", test_keep_alives);
  g_test_add_func ("/edge/outside", test_outside);
  g_test_add_func ("/edge/register-without-phones", test_register_without_phones);
  g_test_add_func ("/edge/pieces", test_pieces);
  g_test_add_func ("/edge/stream", test_stream);
  g_test_add_func ("/edge/idle", test_idle);
  g_test_add_func ("/edge/call-keeps-connection", test_call_keeps_connection);
  g_test_add_func ("/edge/places", test_places);
  g_test_add_func ("/edge/to-phone", test_to_phone);
  g_test_add_func ("/edge/from-phone", test_from_phone);
  g_test_add_func ("/edge/does-not-read", test_does_not_read);
  return g_test_run ();
}
