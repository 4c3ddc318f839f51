/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a STUN question is answered with, what is refused, and how many of them; which nodes are
   told. */
#include <glib.h>
#include <string.h>

#include "peer-choice.h"
#include "stun-answer.h"

static KithEndpoint
address (const char *text)
{
  KithEndpoint endpoint;

  g_assert_true (kith_endpoint_parse (text, &endpoint));
  return endpoint;
}

static KithStunPlace
place (const char *source)
{
  return (KithStunPlace){ .source = address (source),
                          .local = address ("203.0.113.1:4222"),
                          .other_port = 40001 };
}

/* Asks with @question and @padding bytes of an attribute that may be passed over; the reply is
   checked as far as it goes for all. */
static KithStunVerdict
ask (KithStunGate *gate,
     gint64 now_ms,
     const KithStun *question,
     gsize padding,
     const KithStunPlace *where,
     KithStunReply *reply)
{
  guint8 data[KITH_STUN_MAX] = { 0 };
  gsize len = kith_stun_encode (question, data, sizeof data);

  if (padding > 0) {
    data[len] = 0x80;
    data[len + 3] = (guint8)(padding - 4);
    len += padding;
    data[3] = (guint8)(len - 20);
  }
  const KithStunVerdict verdict = kith_stun_judge (gate, now_ms, data, len, where, reply);
  if (verdict == KITH_STUN_ANSWERED) {
    g_assert_cmpuint (reply->len + 8, <=, 2 * (len + 8));
  }
  return verdict;
}

static KithStun
question (void)
{
  KithStun stun = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_REQUEST };
  const guint8 random[12] = { 7 };

  kith_stun_make_id (stun.id, random);
  return stun;
}

static void
read_reply (const KithStunReply *reply, KithStun *answer)
{
  g_assert_true (kith_stun_decode (reply->data, reply->len, answer));
  g_assert_cmpint (answer->kind, ==, KITH_STUN_SUCCESS);
}

static void
test_answers (void)
{
  g_autofree KithStunGate *gate = g_new0 (KithStunGate, 1);
  KithStunPlace where = place ("198.51.100.9:5000");
  const KithEndpoint second = address ("203.0.113.1:40001");
  const KithEndpoint elsewhere = address ("203.0.113.2:40001");
  KithStun ask_for = question ();
  KithStunReply reply;
  KithStun answer;

  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_ANSWERED);
  read_reply (&reply, &answer);
  g_assert_true (kith_endpoint_is_same (&answer.mapped, &where.source));
  g_assert_true (kith_endpoint_is_same (&answer.other, &second));
  g_assert_true (kith_endpoint_is_same (&reply.to, &where.source));
  g_assert_cmpmem (answer.id, 16, ask_for.id, 16);
  g_assert_cmpint (ask (gate, 1, &ask_for, 16, &where, &reply), ==, KITH_STUN_ANSWERED);
  read_reply (&reply, &answer);
  g_assert_true (kith_endpoint_is_same (&answer.origin, &where.local));

  ask_for.change = KITH_STUN_CHANGE_PORT;
  g_assert_cmpint (ask (gate, 1, &ask_for, 8, &where, &reply), ==, KITH_STUN_ANSWERED);
  g_assert_true (reply.from_other_port && !reply.from_other_ip);
  read_reply (&reply, &answer);
  g_assert_true (kith_endpoint_is_same (&answer.origin, &second));

  ask_for.change |= KITH_STUN_CHANGE_IP;
  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_REFUSED);
  where.other = address ("203.0.113.2:0");
  g_assert_cmpint (ask (gate, 1, &ask_for, 8, &where, &reply), ==, KITH_STUN_ANSWERED);
  g_assert_true (reply.from_other_port && reply.from_other_ip);
  read_reply (&reply, &answer);
  g_assert_true (kith_endpoint_is_same (&answer.other, &elsewhere));
  g_assert_true (kith_endpoint_is_same (&answer.origin, &elsewhere));
  where.other_port = 0;
  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_REFUSED);

  ask_for = question ();
  ask_for.response_port = 6000;
  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_ANSWERED);
  g_assert_cmpuint (reply.to.port, ==, 6000);
  g_assert_true (kith_endpoint_is_same_host (&reply.to, &where.source));
  read_reply (&reply, &answer);
  g_assert_true (kith_endpoint_is_same (&answer.mapped, &where.source));
}

/* What is private of ours is not told. */
static void
test_private (void)
{
  g_autofree KithStunGate *gate = g_new0 (KithStunGate, 1);
  KithStunPlace where = place ("192.168.1.7:5000");
  const KithStun ask_for = question ();
  KithStunReply reply;
  KithStun answer;

  where.local = address ("192.168.1.2:4222");
  g_assert_cmpint (ask (gate, 1, &ask_for, 40, &where, &reply), ==, KITH_STUN_ANSWERED);
  read_reply (&reply, &answer);
  g_assert_true (kith_endpoint_is_same (&answer.mapped, &where.source));
  g_assert_cmpuint (answer.other.family, ==, 0);
  g_assert_cmpuint (answer.origin.family, ==, 0);
}

/* IPv6 without room for more than the mapped address. */
static void
test_ipv6 (void)
{
  g_autofree KithStunGate *gate = g_new0 (KithStunGate, 1);
  KithStunPlace where = { .source = address ("[2001:db8::9]:5000"),
                          .local = address ("[2001:db8::1]:4222"),
                          .other_port = 40001 };
  const KithStun ask_for = question ();
  KithStunReply reply;
  KithStun answer;

  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_ANSWERED);
  read_reply (&reply, &answer);
  g_assert_true (kith_endpoint_is_same (&answer.mapped, &where.source));
  g_assert_cmpint (ask (gate, 1, &ask_for, 40, &where, &reply), ==, KITH_STUN_ANSWERED);
  read_reply (&reply, &answer);
  g_assert_cmpuint (answer.other.port, ==, 40001);
}

static void
test_refused (void)
{
  static const char *const sources[] = { "127.0.0.1:5000",
                                         "224.0.0.1:5000",
                                         "255.255.255.255:5000",
                                         "0.0.0.0:5000",
                                         "[ff02::1]:5000" };
  static const guint8 with_username[] = { 0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0,   0, 0, 0,
                                          0, 0, 0, 0, 0,    0,    0,    6,    0, 1, 'a', 0, 0, 0 };
  static const guint8 success[20] = { 1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
  static const guint8 allocate[20] = { 0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
  g_autofree KithStunGate *gate = g_new0 (KithStunGate, 1);
  KithStunPlace where;
  KithStun ask_for = question ();
  KithStunReply reply;

  for (guint i = 0; i < G_N_ELEMENTS (sources); i++) {
    where = place (sources[i]);
    g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_REFUSED);
  }
  where = place ("198.51.100.9:5000");
  ask_for.response_port = 1023;
  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_REFUSED);
  ask_for.response_port = 1024;
  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_ANSWERED);
  ask_for.change = KITH_STUN_CHANGE_PORT;
  g_assert_cmpint (ask (gate, 1, &ask_for, 0, &where, &reply), ==, KITH_STUN_REFUSED);
  g_assert_cmpint (kith_stun_judge (gate, 1, with_username, sizeof with_username, &where, &reply),
                   ==,
                   KITH_STUN_REFUSED);
  g_assert_cmpint (kith_stun_judge (gate, 1, success, sizeof success, &where, &reply),
                   ==,
                   KITH_STUN_NO_QUESTION);
  g_assert_cmpint (kith_stun_judge (gate, 1, allocate, sizeof allocate, &where, &reply),
                   ==,
                   KITH_STUN_NO_QUESTION);
}

static guint
count_answers (KithStunGate *gate, gint64 now_ms, guint n, guint first_host)
{
  const KithStun ask_for = question ();
  KithStunPlace where = place ("198.51.100.9:5000");
  KithStunReply reply;
  guint answered = 0;

  for (guint i = 0; i < n; i++) {
    if (first_host != 0) {
      where.source.ip[2] = (guint8)((first_host + i) >> 8);
      where.source.ip[3] = (guint8)(first_host + i);
    }
    answered += ask (gate, now_ms, &ask_for, 0, &where, &reply) == KITH_STUN_ANSWERED;
  }
  return answered;
}

static void
test_rates (void)
{
  g_autofree KithStunGate *gate = g_new0 (KithStunGate, 1);

  g_assert_cmpuint (count_answers (gate, 1, 1000, 0), ==, KITH_STUN_BURST);
  g_assert_cmpuint (count_answers (gate, 1001, 1000, 0), ==, KITH_STUN_PER_SOURCE);
  g_assert_cmpuint (count_answers (gate, 1002, 1000, 0), ==, 0);
  /* From everywhere: first what is left of the burst, then so many a second. */
  memset (gate, 0, sizeof *gate);
  g_assert_cmpuint (count_answers (gate, 1, 5000, 1), ==, 2 * KITH_STUN_PER_SECOND);
  g_assert_cmpuint (count_answers (gate, 1001, 5000, 6000), ==, KITH_STUN_PER_SECOND);
  g_assert_cmpuint (count_answers (gate, 101001, 5000, 12000), ==, 2 * KITH_STUN_PER_SECOND);
}

/* Peers */

static KithEndpoint
node (guint8 a, guint8 d, guint16 port)
{
  return (KithEndpoint){ .family = 4, .ip = { a, 0, 113, d }, .port = port };
}

static void
test_choice (void)
{
  KithEndpoint live[64];
  KithDhtFrame told = { .type = KITH_FRAME_PEERS };
  KithDhtFrame frame, later;

  /* 20 of one address, then 10 private ones, then 5 other public ones. */
  for (guint i = 0; i < 35; i++) {
    live[i] = i < 20   ? node (203, 1, (guint16)(1000 + i))
              : i < 30 ? node (10, (guint8)i, 4222)
                       : node (203, (guint8)i, 4222);
  }
  g_assert_true (kith_peer_choice (&told, live, 35, NULL, 0, &frame));
  g_assert_cmpuint (frame.n_addresses, ==, KITH_FRAME_PEERS_MAX);
  for (guint i = 0; i < 6; i++) { /* six different public hosts first */
    g_assert_cmpuint (frame.addresses[i].ip[0], ==, 203);
    g_assert_cmpuint (frame.addresses[i].ip[3], ==, i == 0 ? 1 : 29 + i);
    g_assert_true (frame.heard[i]);
  }
  /* The same nodes in another order: no news. */
  for (guint i = 0; i < 17; i++) {
    KithEndpoint swap = live[i];
    live[i] = live[34 - i];
    live[34 - i] = swap;
  }
  g_assert_false (kith_peer_choice (&frame, live, 35, NULL, 0, &later));
  g_assert_true (kith_peer_choice (&frame, live, 34, NULL, 0, &later));

  /* Nobody live: what was tried, and that is news; then nothing at all. */
  g_assert_true (kith_peer_choice (&frame, NULL, 0, live, 2, &later));
  g_assert_cmpuint (later.n_addresses, ==, 2);
  g_assert_false (later.heard[0]);
  g_assert_true (kith_peer_choice (&later, live, 2, NULL, 0, &frame));
  g_assert_true (kith_peer_choice (&later, NULL, 0, NULL, 0, &frame));
  g_assert_cmpuint (frame.n_addresses, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stun-answer/answers", test_answers);
  g_test_add_func ("/stun-answer/private", test_private);
  g_test_add_func ("/stun-answer/ipv6", test_ipv6);
  g_test_add_func ("/stun-answer/refused", test_refused);
  g_test_add_func ("/stun-answer/rates", test_rates);
  g_test_add_func ("/peer-choice/choice", test_choice);
  return g_test_run ();
}
