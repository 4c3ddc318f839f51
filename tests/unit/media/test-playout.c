/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The jitter buffer on a clock that the test moves: patterns of arrivals as networks make them. */
#include <math.h>
#include <string.h>

#include "media/codec/red-payload.h"
#include "media/playout/playout.h"
#include "media/playout/time-stretch.h"

#define FRAME_US 20000
#define SAMPLES 160 /* PCMU: 20 ms at 8 kHz */
#define HZ 200.0

/* A peer that says a tone with pauses in PCMU, and a player that takes what is due. */
typedef struct {
  KithPlayout *playout;
  gint64 began_us; /* our clock when the peer said its first sample */
  gint64 now_us;
  guint said; /* packets */
  guint32 first_timestamp;
  gint64 played_us; /* length of all that was played */
  gint64 silent_us; /* of it, made of nothing but silence */
  gboolean copies;  /* each packet goes again with the next one */
} Story;

static guint8
to_ulaw (gint16 sample)
{
  guint8 best = 0;
  static gint16 table[256];

  if (table[0] == 0) {
    g_autoptr (KithVoiceDecoder) decoder = kith_voice_decoder_new (KITH_CODEC_PCMU, 0);
    gint16 out[KITH_VOICE_MAX_SAMPLES];
    guint8 codes[256];
    for (guint i = 0; i < 256; i++) {
      codes[i] = (guint8)i;
    }
    g_assert_cmpuint (kith_voice_decoder_decode (decoder, codes, 256, out), ==, 256);
    memcpy (table, out, sizeof table);
  }
  for (guint i = 1; i < 256; i++) {
    best = ABS (table[i] - sample) < ABS (table[best] - sample) ? (guint8)i : best;
  }
  return best;
}

/* One second of speech-like sound: 0.7 s of tone, 0.3 s of silence. */
static const guint8 *
frame_at (guint number)
{
  static guint8 second[50][SAMPLES];
  static gboolean made;

  for (guint i = 0; !made && i < 50 * SAMPLES; i++) {
    double level = i < 35 * SAMPLES ? 8000 : 0;
    second[i / SAMPLES][i % SAMPLES] = to_ulaw ((gint16)(level * sin (2 * G_PI * HZ * i / 8000)));
  }
  made = TRUE;
  return second[number % 50];
}

static Story
story_new (guint start_ms)
{
  return (Story){ .playout = kith_playout_new (start_ms),
                  .began_us = 1000000,
                  .now_us = 1000000,
                  .first_timestamp = G_MAXUINT32 - 5000 };
}

static void
play_until (Story *story, gint64 until_us)
{
  static gint16 out[KITH_PLAYOUT_SAMPLES];

  while (kith_playout_get_due (story->playout) <= until_us) {
    story->now_us = MAX (story->now_us, kith_playout_get_due (story->playout));
    gsize n = kith_playout_pull (story->playout, story->now_us, out);
    gint32 loudest = 0;
    g_assert_cmpuint (n, >, 0);
    g_assert_cmpuint (n, <=, KITH_PLAYOUT_SAMPLES);
    for (gsize i = 0; i < n; i++) {
      loudest = MAX (loudest, ABS (out[i]));
    }
    gint64 long_us = (gint64)n * G_USEC_PER_SEC / kith_playout_get_rate (story->playout);
    story->played_us += long_us;
    story->silent_us += loudest < 100 ? long_us : 0;
  }
  story->now_us = MAX (story->now_us, until_us);
}

/* Packet @number of the peer comes @way_us after it could be sent. */
static gboolean
arrive (Story *story, guint number, gint64 way_us)
{
  gint64 at_us = story->began_us + (gint64)(number + 1) * FRAME_US + way_us;
  KithPlayoutPacket packet = { .codec = KITH_CODEC_PCMU,
                               .ssrc = 7,
                               .timestamp = story->first_timestamp + number * SAMPLES,
                               .payload = frame_at (number),
                               .len = SAMPLES };

  play_until (story, at_us);
  packet.arrival_us = story->now_us;
  gboolean used = kith_playout_push (story->playout, &packet);
  if (story->copies && number > 0) {
    packet.timestamp -= SAMPLES;
    packet.payload = frame_at (number - 1);
    packet.is_copy = TRUE;
    (void)kith_playout_push (story->playout, &packet);
  }
  story->said = MAX (story->said, number + 1);
  return used;
}

/* @n packets, all in time. */
static void
go_on (Story *story, guint n, gint64 way_us)
{
  for (guint i = 0; i < n; i++) {
    arrive (story, story->said, way_us);
  }
}

static KithPlayoutStats
stats_of (Story *story)
{
  KithPlayoutStats stats;

  kith_playout_get_stats (story->playout, &stats);
  return stats;
}

static void
test_calm (void)
{
  Story story = story_new (40);

  go_on (&story, 500, 30000);
  KithPlayoutStats stats = stats_of (&story);
  g_assert_cmpuint (stats.concealed + stats.late + stats.reordered + stats.recovered, ==, 0);
  g_assert_cmpuint (stats.target_ms, ==, KITH_JITTER_MIN_MS);
  g_assert_cmpuint (stats.delay_ms, <=, KITH_JITTER_MIN_MS + 5);
  g_assert_cmpuint (stats.cut_ms, >=, 25); /* from the 40 of the beginning, in a pause */
  g_assert_cmpuint (stats.played, >=, 497);
  kith_playout_free (story.playout);
}

/* ±25 ms on each of two hops, so that packets overtake each other; then calm again. */
static void
test_jitter_comes_and_goes (void)
{
  Story story = story_new (20);
  g_autoptr (GRand) dice = g_rand_new_with_seed (5);

  go_on (&story, 200, 50000);
  for (guint round = 0; round < 60;
       round++) { /* 20 packets each, in the order in which they come */
    gint64 way_us[20];
    gboolean gone[20] = { FALSE };
    for (guint i = 0; i < 20; i++) {
      way_us[i]
          = 50000 + g_rand_int_range (dice, -25000, 25001) + g_rand_int_range (dice, -25000, 25001);
    }
    for (guint i = 0; i < 20; i++) {
      guint next = 20;
      for (guint k = 0; k < 20; k++) {
        if (!gone[k]
            && (next == 20 || way_us[k] + k * FRAME_US < way_us[next] + (gint64)next * FRAME_US)) {
          next = k;
        }
      }
      gone[next] = TRUE;
      arrive (&story, 200 + round * 20 + next, way_us[next]);
    }
    if (round == 9) {
      g_assert_cmpuint (stats_of (&story).target_ms, >=, 70);
    }
  }
  KithPlayoutStats rough = stats_of (&story);
  g_test_message ("target %u ms, concealed %" G_GUINT64_FORMAT ", late %" G_GUINT64_FORMAT
                  ", reordered %" G_GUINT64_FORMAT,
                  rough.target_ms,
                  rough.concealed,
                  rough.late,
                  rough.reordered);
  g_assert_cmpuint (rough.target_ms, >=, 75);
  g_assert_cmpuint (rough.target_ms, <=, 105);
  g_assert_cmpuint (rough.reordered, >, 100);
  g_assert_cmpuint (rough.concealed, <=, 24); /* of 1200, while it learnt */
  guint calm = 0;
  while (stats_of (&story).delay_ms > 30) {
    go_on (&story, 1, 50000);
    g_assert_cmpuint (++calm, <, 700);
  }
  g_test_message ("down to 30 ms %.1f s after the jitter ended", calm * 0.02);
  kith_playout_free (story.playout);
}

/* One packet of 500 is late: it may be missed, but it must not make the buffer long. */
static void
test_spike (void)
{
  Story story = story_new (20);

  go_on (&story, 250, 10000);
  guint late = story.said;
  go_on (&story, 0, 0);
  for (guint i = 1; i <= 8; i++) {
    arrive (&story, late + i, 10000);
  }
  arrive (&story, late, 180000);
  go_on (&story, 150, 10000);
  KithPlayoutStats stats = stats_of (&story);
  g_assert_cmpuint (stats.target_ms, ==, KITH_JITTER_CAREFUL_MS);
  g_assert_cmpuint (stats.late, ==, 1);
  g_assert_cmpuint (stats.concealed, ==, 1);
  g_assert_cmpuint (stats.delay_ms, <=, 30);
  kith_playout_free (story.playout);
}

/* All packets stand still for 120 ms, as in a radio network, and come at once: none is lost, and
   the delay goes back. */
static void
test_stall (void)
{
  Story story = story_new (20);

  go_on (&story, 250, 10000);
  for (guint i = 0; i < 6; i++) {
    arrive (&story, story.said, 130000 - i * FRAME_US);
  }
  g_assert_cmpuint (stats_of (&story).concealed + stats_of (&story).late, ==, 0);
  g_assert_cmpuint (stats_of (&story).delay_ms, >=, 100);
  go_on (&story, 150, 10000);
  g_assert_cmpuint (stats_of (&story).delay_ms, <=, 45);
  g_assert_cmpuint (stats_of (&story).late, ==, 0);
  kith_playout_free (story.playout);
}

/* The interface is down for @gap_s; the new path takes @way_us. How long after the first new packet
   it is heard, in ms. */
static void
check_gap (guint gap_s, gint64 way_us)
{
  Story story = story_new (20);

  go_on (&story, 500, 30000);
  /* the peer goes on speaking: packets are lost */
  guint begin = story.said / 50 * 50 + gap_s * 50 + 50;
  guint64 played = stats_of (&story).played;
  arrive (&story, begin, way_us);
  gint64 back_us = story.now_us;
  while (stats_of (&story).played <= played + 1) {
    go_on (&story, 1, way_us);
    g_assert_cmpint (story.now_us - back_us, <, 300000);
  }
  g_test_message ("%u s away, the path then %" G_GINT64_FORMAT " ms: heard %" G_GINT64_FORMAT
                  " ms after the first packet",
                  gap_s,
                  way_us / 1000,
                  (story.now_us - back_us) / 1000);
  g_assert_cmpint (story.now_us - back_us, <=, 120000);
  go_on (&story, 200, way_us);
  KithPlayoutStats stats = stats_of (&story);
  g_assert_cmpuint (stats.delay_ms, <=, 60);
  g_assert_cmpuint (stats.played, >=, played + 190); /* all of it was heard */
  g_assert_cmpint (ABS (story.played_us - (story.now_us - story.began_us)), <=, 400000);
  kith_playout_free (story.playout);
}

static void
test_gaps (void)
{
  check_gap (2, 30000);
  check_gap (10, 30000);
  check_gap (10, 130000);
  check_gap (10, 5000);
  check_gap (65, 30000);
}

/* What was kept in a queue for ten seconds comes in one go: nobody wants to hear it, and what comes
   then is heard at once. */
static void
test_old_queue (void)
{
  Story story = story_new (20);

  go_on (&story, 500, 30000);
  guint first = story.said;
  play_until (&story, story.now_us + 10 * G_USEC_PER_SEC);
  for (guint i = 0; i < 500; i++) {
    arrive (&story, first + i, 0);
  }
  gint64 began_us = story.now_us;
  go_on (&story, 100, 30000);
  KithPlayoutStats stats = stats_of (&story);
  g_test_message ("2 s after a queue of 10 s: delay %u ms", stats.delay_ms);
  g_assert_cmpint (story.now_us - began_us, <=, 2100000);
  g_assert_cmpuint (stats.delay_ms, <=, 120);
  go_on (&story, 600, 30000);
  g_assert_cmpuint (stats_of (&story).delay_ms, <=, 40);
  kith_playout_free (story.playout);
}

/* The peer's clock is 300 ppm faster or slower: over ten minutes the delay does not run away, and
   nothing is made up. */
static void
check_skew (gint64 ppm)
{
  Story story = story_new (20);

  go_on (&story, 500, 30000);
  for (guint i = 0; i < 30000; i++) {
    arrive (&story, story.said, 30000 + 12000 + (gint64)i * FRAME_US * ppm / 1000000);
  }
  KithPlayoutStats stats = stats_of (&story);
  g_test_message ("%" G_GINT64_FORMAT " ppm: delay %u ms, stretched %" G_GUINT64_FORMAT
                  " ms, cut %" G_GUINT64_FORMAT " ms, concealed %" G_GUINT64_FORMAT,
                  ppm,
                  stats.delay_ms,
                  stats.stretched_ms,
                  stats.cut_ms,
                  stats.concealed);
  g_assert_cmpuint (stats.delay_ms, <=, 45);
  g_assert_cmpuint (stats.concealed, <=, 3);
  g_assert_cmpuint (stats.late, <=, 3);
  kith_playout_free (story.playout);
}

static void
test_skew (void)
{
  check_skew (300);
  check_skew (-300);
}

/* The sender begins its timestamps anew, forwards, backwards, or as a new stream: at most a moment
   is lost. */
static void
test_jumps (void)
{
  static const guint32 jumps[] = { 80000000, 0x80000000u, (guint32)-160000, 16000 * 60 };

  for (guint i = 0; i < G_N_ELEMENTS (jumps); i++) {
    Story story = story_new (20);
    go_on (&story, 200, 30000);
    guint64 played = stats_of (&story).played;
    story.first_timestamp += jumps[i];
    go_on (&story, 100, 30000);
    g_assert_cmpuint (stats_of (&story).played, >=, played + 95);
    g_assert_cmpuint (stats_of (&story).delay_ms, <=, 60);
    kith_playout_free (story.playout);
  }
}

/* A peer whose timestamps jump in every packet, as far as they can, for as long as it likes; and
   one that sends single samples. */
static void
test_hostile_times (void)
{
  Story story = story_new (20);
  KithPlayoutPacket one
      = { .codec = KITH_CODEC_PCMU, .ssrc = 7, .payload = frame_at (0), .len = 1 };

  go_on (&story, 10, 30000);
  for (guint i = 0; i < 20000; i++) {
    story.first_timestamp += G_MAXINT32;
    go_on (&story, 1, 30000);
  }
  g_assert_cmpuint (stats_of (&story).delay_ms, <=, 200);
  guint64 played = stats_of (&story).played;
  go_on (&story, 100, 30000);
  g_assert_cmpuint (stats_of (&story).played, >=, played + 95);
  one.timestamp = story.first_timestamp + story.said * SAMPLES;
  one.arrival_us = story.now_us;
  (void)kith_playout_push (story.playout, &one);
  one.timestamp += 8000; /* and a hole of a second after it */
  (void)kith_playout_push (story.playout, &one);
  guint64 concealed = stats_of (&story).concealed;
  play_until (&story, story.now_us + 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (stats_of (&story).concealed, <=, concealed + 600); /* not one by one */
  kith_playout_free (story.playout);
}

static void
test_streams (void)
{
  Story story = story_new (20);
  KithPlayoutPacket other
      = { .codec = KITH_CODEC_PCMA, .ssrc = 9, .payload = frame_at (0), .len = SAMPLES };

  go_on (&story, 50, 0);
  for (guint i = 0; i < 20; i++) { /* two at once: the first one stays */
    go_on (&story, 1, 0);
    other.timestamp += SAMPLES;
    other.arrival_us = story.now_us;
    g_assert_false (kith_playout_push (story.playout, &other));
  }
  g_assert_cmpuint (stats_of (&story).concealed, ==, 0);
  other.timestamp += SAMPLES;
  g_assert_true (kith_playout_push (story.playout, &other)); /* the second in a row takes over */
  kith_playout_free (story.playout);
}

/* Every fifth packet is lost: with copies nothing has to be made up, and the delay is one frame
   more while it lasts. */
static void
test_copies (void)
{
  Story story = story_new (20);

  story.copies = TRUE;
  go_on (&story, 250, 30000);
  guint before_ms = stats_of (&story).delay_ms;
  for (guint i = 0; i < 500; i++) {
    if (i % 5 != 3) {
      arrive (&story, story.said, 30000);
    } else {
      story.said++;
    }
  }
  KithPlayoutStats stats = stats_of (&story);
  g_test_message ("recovered %" G_GUINT64_FORMAT ", concealed %" G_GUINT64_FORMAT
                  ", delay %u -> %u ms",
                  stats.recovered,
                  stats.concealed,
                  before_ms,
                  stats.delay_ms);
  g_assert_cmpuint (stats.recovered, >=, 96);
  g_assert_cmpuint (stats.concealed, <=, 3);
  g_assert_cmpuint (stats.delay_ms, <=, before_ms + 28);
  go_on (&story, 50 * 60, 30000);
  g_assert_cmpuint (stats_of (&story).delay_ms, <=, before_ms + 6); /* nothing of it stays */
  kith_playout_free (story.playout);
}

static void
test_red (void)
{
  static const guint8 payload[]
      = { 0x80 | 96, 0x0f, 0x00 << 2 | 0, 3, 96, 'o', 'l', 'd', 'n', 'e', 'w' };
  KithRedBlock blocks[KITH_RED_MAX_COPIES + 1];
  KithRedWriter writer = { 0 };
  guint8 out[KITH_RED_MAX_PACKET];

  g_assert_cmpuint (kith_red_read (payload, sizeof payload, 5000, blocks), ==, 2);
  g_assert_cmpmem (blocks[0].data, blocks[0].len, "new", 3);
  g_assert_cmpmem (blocks[1].data, blocks[1].len, "old", 3);
  g_assert_cmpuint (blocks[1].timestamp, ==, 5000 - 960);
  for (gsize len = 0; len <= 8; len++) { /* no data of its own */
    g_assert_cmpuint (kith_red_read (payload, len, 5000, blocks), ==, 0);
  }
  for (guint i = 0; i < 5; i++) {
    guint8 data[200];
    memset (data, (int)i, sizeof data);
    KithRedBlock block = { 96, G_MAXUINT32 - 1000 + i * 960, data, i == 3 ? 200 : 40 };
    gsize len = kith_red_write (&writer, &block, 2, out);
    guint n = kith_red_read (out, len, block.timestamp, blocks);
    g_assert_cmpuint (n, ==, MIN (i, 2) + 1);
    for (guint k = 0; k < n; k++) {
      g_assert_cmpuint (blocks[k].data[0], ==, i - k);
      g_assert_cmpuint (blocks[k].timestamp, ==, block.timestamp - k * 960);
      g_assert_cmpuint (blocks[k].len, ==, i - k == 3 ? 200 : 40);
    }
  }
  KithRedBlock late = { 96, 1 << 20, (const guint8 *)"x", 1 };
  g_assert_cmpuint (kith_red_write (&writer, &late, 2, out), ==, 2); /* the others are too old */
}

static void
test_stretch (void)
{
  gint16 x[1600];

  for (guint rate = 8000; rate <= 48000; rate *= 6) {
    gsize n = rate / 50;
    for (gsize i = 0; i < n; i++) {
      x[i] = (gint16)(10000 * sin (2 * G_PI * 200 * (double)i / rate));
    }
    gsize less = kith_stretch_shorten (x, n, rate, n, FALSE);
    g_assert_cmpuint (n - less, ==, rate / 200); /* one period of 200 Hz */
    gsize more = kith_stretch_lengthen (x, less, rate, rate / 100, FALSE);
    g_assert_cmpuint (more - less, ==, rate / 200);
    for (gsize i = 0; i < more; i++) { /* still the same tone, without a seam */
      g_assert_cmpint (ABS (x[i] - (gint16)(10000 * sin (2 * G_PI * 200 * (double)i / rate))),
                       <,
                       400);
    }
    for (gsize i = 0; i < n; i++) {
      x[i] = (gint16)g_random_int_range (-10000, 10000);
    }
    g_assert_cmpuint (kith_stretch_shorten (x, n, rate, n, FALSE), ==, n); /* no period in noise */
    g_assert_cmpuint (kith_stretch_shorten (x, n, rate, rate / 200, TRUE), ==, n - rate / 200);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/playout/calm", test_calm);
  g_test_add_func ("/playout/jitter-comes-and-goes", test_jitter_comes_and_goes);
  g_test_add_func ("/playout/spike", test_spike);
  g_test_add_func ("/playout/stall", test_stall);
  g_test_add_func ("/playout/gaps", test_gaps);
  g_test_add_func ("/playout/old-queue", test_old_queue);
  g_test_add_func ("/playout/skew", test_skew);
  g_test_add_func ("/playout/jumps", test_jumps);
  g_test_add_func ("/playout/hostile-times", test_hostile_times);
  g_test_add_func ("/playout/streams", test_streams);
  g_test_add_func ("/playout/copies", test_copies);
  g_test_add_func ("/playout/red", test_red);
  g_test_add_func ("/playout/stretch", test_stretch);
  return g_test_run ();
}
