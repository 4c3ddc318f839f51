/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pure parts of the audio: packet checks, SSRC gate, counters, jitter control, quality. */
#include <math.h>
#include <string.h>

#include "media/playout/jitter-control.h"
#include "media/rtp/rtp-filter.h"
#include "media/rtp/ssrc-book.h"
#include "media/stream/media-stats.h"

static void
test_rtp_parse (void)
{
  guint8 p[64] = { 0x80, 0xe0, 0x12, 0x34, 0, 0, 1, 0, 0xde, 0xad, 0xbe, 0xef, 7 };
  KithRtpHeader h;

  g_assert_true (kith_rtp_parse (p, 13, TRUE, &h));
  g_assert_cmpuint (h.pt, ==, 96);
  g_assert_true (h.marker);
  g_assert_cmpuint (h.seq, ==, 0x1234);
  g_assert_cmpuint (h.timestamp, ==, 256);
  g_assert_cmphex (h.ssrc, ==, 0xdeadbeef);
  g_assert_cmpuint (h.payload_len, ==, 1);
  g_assert_false (kith_rtp_parse (p, 12, TRUE, &h)); /* no payload */
  for (gsize len = 0; len < 12; len++) {
    g_assert_false (kith_rtp_parse (p, len, TRUE, &h));
  }
  g_assert_false (kith_rtp_parse (p, KITH_RTP_MAX_PACKET + 1, TRUE, &h));
  p[0] = 0x40; /* version 1 */
  g_assert_false (kith_rtp_parse (p, 20, TRUE, &h));
  p[0] = 0x83; /* three CSRCs */
  g_assert_false (kith_rtp_parse (p, 24, TRUE, &h));
  g_assert_true (kith_rtp_parse (p, 25, TRUE, &h));
  g_assert_cmpuint (h.payload_len, ==, 1);
  p[0] = 0x90; /* extension of two words */
  p[15] = 2;
  g_assert_false (kith_rtp_parse (p, 24, TRUE, &h));
  g_assert_true (kith_rtp_parse (p, 26, TRUE, &h));
  g_assert_cmpuint (h.payload_len, ==, 2);
  p[14] = 0xff; /* longer than the packet */
  g_assert_false (kith_rtp_parse (p, 64, TRUE, &h));
  p[0] = 0xa0; /* padding */
  p[63] = 10;
  g_assert_true (kith_rtp_parse (p, 64, TRUE, &h));
  g_assert_cmpuint (h.payload_len, ==, 42);
  g_assert_true (kith_rtp_parse (p, 64, FALSE, &h)); /* encrypted: cannot be known */
  g_assert_cmpuint (h.payload_len, ==, 52);
  p[63] = 0;
  g_assert_false (kith_rtp_parse (p, 64, TRUE, &h));
  p[63] = 52; /* all of it */
  g_assert_false (kith_rtp_parse (p, 64, TRUE, &h));
}

static void
test_rtcp_check (void)
{
  guint8 p[128] = { 0x80, 201, 0, 1, 1, 2, 3, 4, 0x81, 202, 0, 2, 1, 2, 3, 4, 1, 0, 0, 0 };

  g_assert_true (kith_rtp_is_rtcp (p, 20));
  g_assert_true (kith_rtcp_check (p, 20));
  g_assert_false (kith_rtcp_check (p, 19));
  g_assert_false (kith_rtcp_check (p, 21));
  g_assert_true (kith_rtcp_check (p, 8));
  p[9] = 96; /* RTP inside of RTCP */
  g_assert_false (kith_rtcp_check (p, 20));
  p[9] = 201; /* a second report of another SSRC */
  p[8] = 0x80;
  p[15] = 9;
  g_assert_false (kith_rtcp_check (p, 20));
  p[15] = 4;
  p[9] = 201;
  g_assert_true (kith_rtcp_check (p, 20));
  p[0] = 0x9f; /* 31 report blocks in 8 bytes */
  g_assert_false (kith_rtcp_check (p, 20));
  p[0] = 0x80;
  p[1] = 202; /* begins with SDES */
  g_assert_false (kith_rtcp_check (p, 20));
  p[1] = 96;
  g_assert_false (kith_rtp_is_rtcp (p, 20));
}

static void
test_ssrc_gate (void)
{
  KithSsrcGate gate = { .own = 5, .announced = 77 };
  gint64 now = G_USEC_PER_SEC;

  g_assert_false (kith_ssrc_gate_admit (&gate, 5, now));
  for (guint32 ssrc = 100; ssrc < 100 + KITH_SSRC_SLOTS; ssrc++) {
    g_assert_true (kith_ssrc_gate_admit (&gate, ssrc, now + ssrc));
  }
  g_assert_false (kith_ssrc_gate_admit (&gate, 999, now));
  g_assert_true (kith_ssrc_gate_admit (&gate, 77, now)); /* the announced one needs no slot */
  g_assert_true (kith_ssrc_gate_admit (&gate, 103, now));
  now += 61 * G_USEC_PER_SEC;
  g_assert_true (kith_ssrc_gate_admit (&gate, 101, now));
  g_assert_true (kith_ssrc_gate_admit (&gate, 999, now)); /* in place of 100, the oldest */
  g_assert_true (kith_ssrc_gate_admit (&gate, 101, now));
}

static guint n_drawn;

static guint32
draw_known (void)
{
  static const guint32 drawn[] = { 5, 0, 5, 9, 6, 5 };

  return drawn[n_drawn++];
}

static void
test_ssrc_book (void)
{
  KithSsrcBook *book = kith_ssrc_book_new (draw_known);

  g_assert_cmpuint (kith_ssrc_book_take (book, 0), ==, 5);
  g_assert_cmpuint (kith_ssrc_book_take (book, 9), ==, 6); /* 0 is none, 5 lives, 9 is the peer's */
  kith_ssrc_book_give_back (book, 5);
  g_assert_cmpuint (kith_ssrc_book_take (book, 0), ==, 5);
  g_assert_cmpuint (n_drawn, ==, 6);
  kith_ssrc_book_free (book);
}

static void
feed (KithRtpCounter *counter, guint32 ssrc, guint seq, gint64 arrival_us)
{
  KithRtpHeader header = { .seq = (guint16)seq, .timestamp = seq * 160, .ssrc = ssrc };

  kith_rtp_counter_add (counter, &header, 172, arrival_us, 8000);
}

static void
test_counter (void)
{
  KithRtpCounter counter = { 0 };

  g_assert_cmpuint (kith_rtp_counter_expected (&counter), ==, 0);
  for (guint seq = 65530; seq < 65546; seq++) {
    if (seq != 65533 && seq != 65540) {
      feed (&counter, 1, seq, 1000 + (gint64)seq * 20000);
    }
  }
  g_assert_cmpuint (counter.received, ==, 14);
  g_assert_cmpuint (kith_rtp_counter_lost (&counter), ==, 2);
  g_assert_cmpuint (counter.cycles >> 16, ==, 1);
  g_assert_cmpfloat (counter.jitter_us, <, 1);
  feed (&counter, 1, 65540, 1000 + 65546 * 20000LL); /* late, but there */
  g_assert_cmpuint (kith_rtp_counter_lost (&counter), ==, 1);
  g_assert_cmpfloat (counter.jitter_us, >, 1000);
  feed (&counter, 2, 30000, 0); /* another stream: what was lost stays lost */
  feed (&counter, 2, 30002, 40000);
  g_assert_cmpuint (kith_rtp_counter_lost (&counter), ==, 2);
  feed (&counter, 2, 50000, 60000); /* a jump is not 20,000 lost packets */
  g_assert_cmpuint (kith_rtp_counter_lost (&counter), ==, 2);
}

static void
test_tones (void)
{
  KithToneReader reader = { 0 };
  const guint8 five[] = { 5, 10, 0, 160 }, hash[] = { 11, 10, 0, 160 },
               flash[] = { 16, 10, 0, 160 };
  KithRtpHeader header = { .timestamp = 1000, .payload = five, .payload_len = 4 };

  g_assert_cmpint (kith_tone_reader_feed (&reader, &header), ==, '5');
  g_assert_cmpint (kith_tone_reader_feed (&reader, &header), ==, 0);
  header.timestamp = 2000;
  g_assert_cmpint (kith_tone_reader_feed (&reader, &header), ==, '5');
  header.timestamp = 3000;
  header.payload = hash;
  g_assert_cmpint (kith_tone_reader_feed (&reader, &header), ==, '#');
  header.timestamp = 4000;
  header.payload = flash;
  g_assert_cmpint (kith_tone_reader_feed (&reader, &header), ==, 0);
  header.payload = five;
  header.payload_len = 3;
  g_assert_cmpint (kith_tone_reader_feed (&reader, &header), ==, 0);
}

static void
add_packets (KithJitterControl *control, gint64 *sent_us, guint n, gint64 way_us, guint jitter_us)
{
  for (guint i = 0; i < n; i++, *sent_us += 20000) {
    gint64 late = jitter_us > 0 ? (i * 7919) % jitter_us : 0;
    kith_jitter_control_add (control, *sent_us, *sent_us + way_us + late);
  }
}

static void
test_jitter_control (void)
{
  KithJitterControl control;
  gint64 sent_us = 5000000;

  kith_jitter_control_init (&control, 1000);
  g_assert_cmpuint (control.target_us, ==, KITH_JITTER_MAX_MS * 1000);
  kith_jitter_control_init (&control, 60);
  add_packets (&control, &sent_us, 50, 80000, 0);
  g_assert_cmpuint (control.target_us, ==, 60000); /* too early to say */
  add_packets (&control, &sent_us, 80, 80000, 0);  /* 10 ms at a time */
  g_assert_cmpuint (control.target_us, ==, KITH_JITTER_MIN_MS * 1000);
  kith_jitter_control_add (&control, sent_us, sent_us + 300000); /* one alone is no jitter */
  add_packets (&control, &sent_us, 100, 80000, 0);
  g_assert_cmpuint (control.target_us, ==, KITH_JITTER_CAREFUL_MS * 1000);
  add_packets (&control, &sent_us, 25, 80000, 100000); /* half a second of it is enough */
  g_assert_cmpuint (control.target_us, >=, 80000);
  add_packets (&control, &sent_us, 300, 80000, 100000);
  g_assert_cmpuint (control.target_us, >=, 95000);
  g_assert_cmpuint (control.target_us, <=, 105000);
  gint64 calm_us = sent_us;
  while (control.target_us > KITH_JITTER_MIN_MS * 1000) {
    add_packets (&control, &sent_us, 4, 80000, 0);
    g_assert_cmpint (sent_us - calm_us, <=, 12 * G_USEC_PER_SEC);
  }
  g_test_message ("low again %.1f s after the jitter ended", (double)(sent_us - calm_us) / 1e6);
  add_packets (&control, &sent_us, 60, 80000, 1000000); /* a network of seconds is not followed */
  g_assert_cmpuint (control.target_us, ==, KITH_JITTER_MAX_MS * 1000);
}

/* Now and then a packet is a little late: the delay that is kept for it goes when none was for ten
   seconds. */
static void
test_jitter_careful (void)
{
  KithJitterControl control;
  gint64 sent_us = 0;

  kith_jitter_control_init (&control, 20);
  for (guint i = 0; i < 10; i++) {
    add_packets (&control, &sent_us, 199, 50000, 1000);
    add_packets (&control, &sent_us, 1, 61000, 0);
  }
  g_assert_cmpuint (control.target_us, >=, 13000);
  g_assert_cmpuint (control.target_us, <=, KITH_JITTER_CAREFUL_MS * 1000);
  add_packets (&control, &sent_us, 520, 50000, 1000);
  g_assert_cmpuint (control.target_us, ==, KITH_JITTER_MIN_MS * 1000);
}

/* Another path, slower by 80 to 900 ms: within half a second it is what is usual, not so much
   jitter. */
static void
test_jitter_shift (void)
{
  for (gint64 more_us = 80000; more_us < 900000; more_us += 100000) {
    KithJitterControl control;
    gint64 sent_us = 0;
    kith_jitter_control_init (&control, 40);
    add_packets (&control, &sent_us, 500, 50000, 3000);
    add_packets (&control, &sent_us, 32, 50000 + more_us, 3000);
    g_assert_cmpint (control.base_us, >=, 50000 + more_us);
    g_assert_cmpuint (control.target_us, ==, KITH_JITTER_MIN_MS * 1000);
    add_packets (&control, &sent_us, 1, 50000, 0); /* and back */
    g_assert_cmpint (control.base_us, ==, 50000);
    add_packets (&control, &sent_us, 32, 50000, 3000);
    g_assert_cmpuint (control.target_us, ==, KITH_JITTER_MIN_MS * 1000);
  }
}

static void
test_mos (void)
{
  /* G.107: R 93.2 */
  g_assert_cmpfloat (fabs (kith_media_mos (KITH_CODEC_PCMU, 0, 0) - 4.41), <, 0.01);
  g_assert_cmpfloat (kith_media_mos (KITH_CODEC_PCMU, 0, 400),
                     <,
                     kith_media_mos (KITH_CODEC_PCMU, 0, 150) - 0.3);
  g_assert_cmpfloat (kith_media_mos (KITH_CODEC_OPUS, 5, 50), <, 4.0);
  g_assert_cmpfloat (kith_media_mos (KITH_CODEC_OPUS, 100, 2000), ==, 1.0);
  for (guint percent = 1; percent <= 100; percent++) {
    g_assert_cmpfloat (kith_media_mos (KITH_CODEC_OPUS, percent, 60),
                       <=,
                       kith_media_mos (KITH_CODEC_OPUS, percent - 1, 60));
  }
}

static void
test_loss_and_fec (void)
{
  KithLossMeter meter = { 0 };
  KithFecRule rule = { 0 };

  for (guint i = 1; i <= 20; i++) {
    kith_loss_meter_step (&meter, i * 50, i * 5);
  }
  g_assert_cmpfloat (fabs (meter.percent - 10), <, 0.5);
  for (guint i = 21; i <= 40; i++) {
    kith_loss_meter_step (&meter, i * 50, 100);
  }
  g_assert_cmpfloat (meter.percent, <, 0.5);
  g_assert_cmpuint (kith_fec_rule_step (&rule, 20000), ==, 0);
  g_assert_cmpuint (kith_fec_rule_get_copies (&rule), ==, 0);
  for (guint i = 0; i < 20; i++) { /* reordering: lost in one report, there in the next */
    g_assert_cmpuint (kith_fec_rule_step (&rule, i % 2 * 40000), ==, 0);
  }
  kith_fec_rule_step (&rule, 60000);
  g_assert_cmpuint (kith_fec_rule_step (&rule, 60000), >=, 3);
  g_assert_cmpuint (kith_fec_rule_get_copies (&rule), ==, 1);
  g_assert_cmpuint (kith_fec_rule_step (&rule, 200000), >=, 8);
  g_assert_cmpuint (kith_fec_rule_get_copies (&rule), ==, 2);
  for (guint i = 0; i < 10; i++) {
    kith_fec_rule_step (&rule, 200000);
  }
  g_assert_cmpuint (kith_fec_rule_step (&rule, 200000), ==, 20);
  guint calm = 0;
  for (guint before = 20, now; (now = kith_fec_rule_step (&rule, 0)) > 0; calm++) {
    g_assert_cmpuint (now, <=, before);
    before = now;
    g_assert_cmpuint (calm, <, 60);
  }
  g_test_message ("FEC is off %u s after loss of 20 %% ended", calm);
  g_assert_cmpuint (calm, >, 10);
  g_assert_cmpuint (kith_fec_rule_get_copies (&rule), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media-parts/rtp-parse", test_rtp_parse);
  g_test_add_func ("/media-parts/rtcp-check", test_rtcp_check);
  g_test_add_func ("/media-parts/ssrc-gate", test_ssrc_gate);
  g_test_add_func ("/media-parts/ssrc-book", test_ssrc_book);
  g_test_add_func ("/media-parts/counter", test_counter);
  g_test_add_func ("/media-parts/tones", test_tones);
  g_test_add_func ("/media-parts/jitter-control", test_jitter_control);
  g_test_add_func ("/media-parts/jitter-careful", test_jitter_careful);
  g_test_add_func ("/media-parts/jitter-shift", test_jitter_shift);
  g_test_add_func ("/media-parts/mos", test_mos);
  g_test_add_func ("/media-parts/loss-and-fec", test_loss_and_fec);
  return g_test_run ();
}
