/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One stream out of many: numbers and time go on whoever is followed. */
#include <string.h>

#include "media/relay/rtp-rewrite.h"

#define STEP_US 20000
#define STEP 160

typedef struct {
  KithRtpRewriter rewriter;
  gint64 now_us;
  KithRtpHeader in, out;
} Story;

static Story
story_new (void)
{
  Story story
      = { .now_us = G_USEC_PER_SEC, .in = { .payload = (const guint8 *)"x", .payload_len = 1 } };

  kith_rtp_rewriter_init (&story.rewriter, 77, 65530, G_MAXUINT32 - 200);
  return story;
}

/* The packet @seq of @ssrc, whose time is that of its number. */
static gboolean
say (Story *story, guint32 ssrc, guint seq)
{
  story->in.ssrc = ssrc;
  story->in.seq = (guint16)seq;
  story->in.timestamp = ssrc * 100000 + seq * STEP;
  story->in.marker = FALSE;
  gboolean passed
      = kith_rtp_rewriter_follow (&story->rewriter, &story->in, 8000, story->now_us, &story->out);
  story->now_us += STEP_US;
  return passed;
}

static void
test_one_source (void)
{
  Story story = story_new ();

  for (guint i = 0; i < 70000; i++) { /* over the end of both kinds of numbers, ours and theirs */
    g_assert_true (say (&story, 5, 65000 + i));
    g_assert_cmpuint (story.out.ssrc, ==, 77);
    g_assert_cmpuint (story.out.seq, ==, (guint16)(65531 + i));
    g_assert_cmpuint (story.out.timestamp, ==, G_MAXUINT32 - 200 + 1 + i * STEP);
    g_assert_true (story.out.marker == (i == 0));
  }
}

/* What was lost stays lost, what is late goes in its place, what was before the beginning does
   not. */
static void
test_gaps_and_order (void)
{
  Story story = story_new ();

  g_assert_true (say (&story, 5, 1000));
  guint16 first = story.out.seq;
  g_assert_true (say (&story, 5, 1003));
  g_assert_cmpuint (story.out.seq, ==, (guint16)(first + 3));
  g_assert_true (say (&story, 5, 1001));
  g_assert_cmpuint (story.out.seq, ==, (guint16)(first + 1));
  g_assert_false (say (&story, 5, 998));
  g_assert_true (say (&story, 5, 1004));
  g_assert_cmpuint (story.out.seq, ==, (guint16)(first + 4));
  g_assert_false (say (&story, 5, 40000)); /* a jump is believed with its second packet */
  g_assert_true (say (&story, 5, 1005));
  g_assert_false (say (&story, 5, 40000));
  g_assert_true (say (&story, 5, 40001));
  g_assert_cmpuint (story.out.seq, ==, (guint16)(first + 6));
  g_assert_true (story.out.marker);
}

/* Another source: the next number, and as much later as it is. */
static void
test_other_source (void)
{
  Story story = story_new ();

  for (guint i = 0; i < 10; i++) {
    (void)say (&story, 5, i);
  }
  KithRtpHeader before = story.out;
  story.now_us += 480000; /* half a second since the last one */
  g_assert_false (say (&story, 6, 3000));
  g_assert_false (say (&story, 5, 20000)); /* two that speak at once take nothing from each other */
  g_assert_false (say (&story, 6, 3002));
  g_assert_true (say (&story, 6, 3003));
  g_assert_cmpuint (story.out.seq, ==, (guint16)(before.seq + 1));
  g_assert_cmpuint (story.out.timestamp - before.timestamp, ==, 8 * 560);
  g_assert_true (story.out.marker);
  kith_rtp_rewriter_part (&story.rewriter); /* when it is known there is nothing to wait for */
  before = story.out;
  g_assert_true (say (&story, 7, 9));
  g_assert_cmpuint (story.out.seq, ==, (guint16)(before.seq + 1));
  g_assert_cmpuint (story.out.timestamp - before.timestamp, ==, STEP);
}

static void
test_own (void)
{
  Story story = story_new ();
  KithRtpHeader out;

  (void)say (&story, 5, 1);
  guint32 before = story.out.timestamp;
  guint16 seq = story.out.seq;
  for (guint i = 1; i < 50; i++) {
    kith_rtp_rewriter_make (&story.rewriter, STEP, 8000, story.now_us, &out);
    story.now_us += STEP_US + (i % 2 == 0 ? 3000 : -3000); /* the clock's ticks, not its waking */
    g_assert_cmpuint (out.timestamp, ==, before + i * STEP);
    g_assert_cmpuint (out.seq, ==, (guint16)(seq + i));
    g_assert_true (out.marker == (i == 1));
  }
  /* a key is pressed meanwhile: three packets of one time, then another key */
  guint32 stamps[4];
  for (guint i = 0; i < 4; i++) {
    if (i == 3) {
      kith_rtp_rewriter_make (&story.rewriter, STEP, 8000, story.now_us, &out);
      g_assert_cmpuint (out.seq, ==, (guint16)(seq + 50 + i));
    }
    story.in.timestamp = i < 3 ? 1 : 2;
    kith_rtp_rewriter_press (&story.rewriter, &story.in, &out);
    g_assert_cmpuint (out.seq, ==, (guint16)(seq + 50 + i + (i == 3 ? 1 : 0)));
    stamps[i] = out.timestamp;
  }
  g_assert_cmpuint (stamps[0], ==, stamps[2]);
  g_assert_cmpuint (stamps[3], >, stamps[2]);
}

static void
test_write (void)
{
  guint8 packet[KITH_RTP_MAX_PACKET], payload[KITH_RTP_MAX_PACKET] = { 1, 2, 3 };
  KithRtpHeader header = { .pt = 96,
                           .marker = TRUE,
                           .seq = 0x1234,
                           .timestamp = 0x56789abc,
                           .ssrc = 0xdef01234,
                           .payload = payload,
                           .payload_len = 3 };
  KithRtpHeader read;

  g_assert_cmpuint (kith_rtp_write (&header, packet), ==, 15);
  g_assert_true (kith_rtp_parse (packet, 15, TRUE, &read));
  g_assert_cmpuint (read.pt, ==, 96);
  g_assert_true (read.marker);
  g_assert_cmpuint (read.seq, ==, 0x1234);
  g_assert_cmpuint (read.timestamp, ==, 0x56789abc);
  g_assert_cmpuint (read.ssrc, ==, 0xdef01234);
  g_assert_cmpmem (read.payload, read.payload_len, payload, 3);
  header.payload_len = KITH_RTP_MAX_PACKET - KITH_RTP_HEADER;
  g_assert_cmpuint (kith_rtp_write (&header, packet), ==, KITH_RTP_MAX_PACKET);
  header.payload_len++;
  g_assert_cmpuint (kith_rtp_write (&header, packet), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtp-rewrite/one-source", test_one_source);
  g_test_add_func ("/rtp-rewrite/gaps-and-order", test_gaps_and_order);
  g_test_add_func ("/rtp-rewrite/other-source", test_other_source);
  g_test_add_func ("/rtp-rewrite/own", test_own);
  g_test_add_func ("/rtp-rewrite/write", test_write);
  return g_test_run ();
}
