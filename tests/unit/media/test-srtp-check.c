/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests which packets count as the peer's: genuine ones, once or as twins, and nothing that a stranger can make. */
#include <srtp2/srtp.h>
#include <string.h>

#include "media/rtp/srtp-check.h"

#define RTP_LEN 172
#define RTCP_LEN 28
#ifdef __SANITIZE_ADDRESS__ /* each packet costs twenty times as much: fewer, the same way around */
#define STRIDE 9
#else
#define STRIDE 1
#endif

static const guint8 key[KITH_SRTP_KEY_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
static const guint8 other_key[KITH_SRTP_KEY_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8, 10 };

typedef struct {
  _Alignas(8) guint8 data[RTP_LEN + SRTP_MAX_TRAILER_LEN];
  int len;
} Packet;

static srtp_t
sender_new (const guint8 *secret)
{
  guint8 copy[KITH_SRTP_KEY_LEN];
  srtp_policy_t policy = { .ssrc = { .type = ssrc_any_outbound }, .key = copy };
  srtp_t session = NULL;

  memcpy (copy, secret, sizeof copy);
  srtp_crypto_policy_set_rtp_default (&policy.rtp);
  srtp_crypto_policy_set_rtcp_default (&policy.rtcp);
  g_assert_cmpint (srtp_create (&session, &policy), ==, srtp_err_status_ok);
  return session;
}

static void
protect (srtp_t sender, guint number, Packet *packet)
{
  *packet = (Packet){ .data = { 0x80, 111, (guint8)(number >> 8), (guint8)number, [11] = 7 },
                      .len = RTP_LEN };
  memset (packet->data + 12, 0x5a, RTP_LEN - 12);
  g_assert_cmpint (srtp_protect (sender, packet->data, &packet->len), ==, srtp_err_status_ok);
  g_assert_cmpint (packet->len, ==, RTP_LEN + 10);
}

static gboolean
judge_it (KithSrtpCheck *judge, const Packet *packet)
{
  return kith_srtp_check_is_peers (judge, packet->data, (gsize)packet->len, FALSE);
}

static void
test_genuine (void)
{
  g_autoptr (KithSrtpCheck) judge = kith_srtp_check_new (key);
  srtp_t sender = sender_new (key);
  Packet packet, first;

  g_assert_nonnull (judge);
  protect (sender, 65000, &first);
  g_assert_true (judge_it (judge, &first));
  /* Over the roll-over, with every seventh lost. */
  for (guint i = 65001; i < 65001 + 70000; i += STRIDE) {
    protect (sender, i & 0xffff, &packet);
    if (i % 7 != 0) {
      g_assert_true (judge_it (judge, &packet));
    }
  }
  g_assert_false (judge_it (judge, &first)); /* an old one again */
  (void)srtp_dealloc (sender);
}

static void
test_twins (void)
{
  g_autoptr (KithSrtpCheck) judge = kith_srtp_check_new (key);
  srtp_t sender = sender_new (key);
  Packet packets[40], forged;

  for (guint i = 0; i < G_N_ELEMENTS (packets); i++) {
    protect (sender, 100 + i, &packets[i]);
    g_assert_true (judge_it (judge, &packets[i]));
  }
  /* By the slower of two paths they come once more. */
  for (guint i = 0; i < G_N_ELEMENTS (packets); i++) {
    g_assert_true (judge_it (judge, &packets[i]));
  }
  forged = packets[0];
  forged.data[forged.len - 1] ^= 1;
  g_assert_false (judge_it (judge, &forged));
  g_usleep (550 * 1000);
  g_assert_false (judge_it (judge, &packets[39])); /* recorded and played again */
  (void)srtp_dealloc (sender);
}

static void
test_strangers (void)
{
  g_autoptr (KithSrtpCheck) judge = kith_srtp_check_new (key);
  srtp_t sender = sender_new (key);
  srtp_t stranger = sender_new (other_key);
  Packet packet;

  for (guint i = 0; i < 3000; i++) { /* under many names, too: nothing is kept of them */
    protect (stranger, i & 0xffff, &packet);
    packet.data[10] = (guint8)i;
    g_assert_false (judge_it (judge, &packet));
  }
  protect (sender, 5, &packet);
  for (gint at = 0; at < packet.len; at++) {
    Packet bad = packet;
    bad.data[at] ^= 0x10;
    g_assert_false (judge_it (judge, &bad));
    bad = packet;
    bad.len = at;
    g_assert_false (judge_it (judge, &bad));
  }
  g_assert_true (judge_it (judge, &packet));
  (void)srtp_dealloc (sender);
  (void)srtp_dealloc (stranger);
}

/* A peer that invents SSRCs does not fill the memory: the oldest is forgotten, and so is what came under it. */
static void
test_many_ssrcs (void)
{
  g_autoptr (KithSrtpCheck) judge = kith_srtp_check_new (key);
  srtp_t sender = sender_new (key);
  Packet first = { .len = 0 }, last = first;

  for (guint32 ssrc = 1; ssrc <= 2000; ssrc++) {
    last = (Packet){ .data = { 0x80, 111, 0, 9, [10] = (guint8)(ssrc >> 8), [11] = (guint8)ssrc },
                     .len = RTP_LEN };
    g_assert_cmpint (srtp_protect (sender, last.data, &last.len), ==, srtp_err_status_ok);
    g_assert_true (judge_it (judge, &last));
    first = ssrc == 1 ? last : first;
  }
  g_usleep (550 * 1000);
  g_assert_false (judge_it (judge, &last)); /* still known: played again */
  g_assert_true (judge_it (judge, &first));
  (void)srtp_dealloc (sender);
}

static void
test_rtcp (void)
{
  g_autoptr (KithSrtpCheck) judge = kith_srtp_check_new (key);
  srtp_t sender = sender_new (key);
  Packet packet = { .data = { 0x80, 200, 0, 6, [7] = 7 }, .len = RTCP_LEN };

  g_assert_cmpint (srtp_protect_rtcp (sender, packet.data, &packet.len), ==, srtp_err_status_ok);
  packet.data[9] ^= 1;
  g_assert_false (kith_srtp_check_is_peers (judge, packet.data, (gsize)packet.len, TRUE));
  packet.data[9] ^= 1;
  g_assert_true (kith_srtp_check_is_peers (judge, packet.data, (gsize)packet.len, TRUE));
  g_assert_false (kith_srtp_check_is_peers (judge, packet.data, 3, TRUE));
  (void)srtp_dealloc (sender);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media/srtp-judge/genuine", test_genuine);
  g_test_add_func ("/media/srtp-judge/twins", test_twins);
  g_test_add_func ("/media/srtp-judge/strangers", test_strangers);
  g_test_add_func ("/media/srtp-judge/many-ssrcs", test_many_ssrcs);
  g_test_add_func ("/media/srtp-judge/rtcp", test_rtcp);
  return g_test_run ();
}
