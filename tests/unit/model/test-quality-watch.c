/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a time line is told of the quality of audio: once it is steady, once it is silent, and not
   without end. */
#include <string.h>

#include "common/steps.h"
#include "model/call/quality-watch.h"

typedef struct {
  KithTrace *trace;
  KithQualityWatch watch;
  KithQualitySample sample;
} Bed;

static void
bed_init (Bed *bed)
{
  *bed = (Bed){ .trace = kith_trace_new (kith_clock_get_default ()), .sample = { .mos = 4.4 } };
  kith_quality_watch_init (&bed->watch);
}

/* So many seconds in which 50 packets come each, or none. */
static void
run (Bed *bed, guint seconds, guint packets, double mos)
{
  for (guint i = 0; i < seconds; i++) {
    bed->sample.received += packets;
    bed->sample.mos = mos;
    kith_quality_watch_take (&bed->watch, bed->trace, &bed->sample, FALSE);
  }
}

static guint
count (Bed *bed, const char *text)
{
  return steps_count (bed->trace, text);
}

static void
test_steady (void)
{
  Bed bed;

  bed_init (&bed);
  run (&bed, 2, 50, 4.4);
  g_assert_cmpuint (count (&bed, "uality"), ==, 0);
  run (&bed, 60, 50, 4.4);
  g_assert_cmpuint (count (&bed, "uality good"), ==, 1);
  run (&bed, 2, 50, 3.2);
  g_assert_cmpuint (count (&bed, "uality poor"), ==, 0);
  run (&bed, 1, 50, 3.2);
  g_assert_cmpuint (count (&bed, "uality poor"), ==, 1);
  for (guint i = 0; i < 100; i++) {
    run (&bed, 3, 50, i % 2 == 0 ? 4.4 : 3.2);
  }
  g_assert_cmpuint (count (&bed, "uality"), ==, 40);
  kith_trace_unref (bed.trace);
}

static void
test_silence (void)
{
  Bed bed;

  bed_init (&bed);
  run (&bed, 5, 50, 4.4);
  run (&bed, 1, 0, 4.0);
  g_assert_cmpuint (count (&bed, "o audio came"), ==, 0);
  run (&bed, 9, 0, 1.0);
  g_assert_cmpuint (count (&bed, "o audio came from them for 2 s"), ==, 1);
  g_assert_cmpuint (kith_trace_get_marks (bed.trace), ==, KITH_MARK_SILENCE);
  g_assert_true (bed.watch.well_mos == 4.4); /* what did not come is no bad quality */
  run (&bed, 7, 50, 1.0);
  g_assert_cmpuint (count (&bed, "heir audio is back after about 10 s"), ==, 1);
  g_assert_cmpuint (count (&bed, "uality bad"), ==, 0);
  run (&bed, 10, 50, 1.0);
  g_assert_cmpuint (count (&bed, "uality bad"), ==, 1);
  kith_trace_unref (bed.trace);
}

/* Neither while another path is looked for, nor when they send nothing. */
static void
test_known_silence (void)
{
  Bed bed;

  bed_init (&bed);
  run (&bed, 5, 50, 4.4);
  for (guint i = 0; i < 10; i++) {
    kith_quality_watch_take (&bed.watch, bed.trace, &bed.sample, TRUE);
  }
  for (guint i = 0; i < 10; i++) {
    kith_quality_watch_rest (&bed.watch, &bed.sample);
  }
  g_assert_cmpuint (count (&bed, "o audio came"), ==, 0);
  g_assert_cmpuint (kith_trace_get_marks (bed.trace), ==, 0);
  kith_trace_unref (bed.trace);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/quality-watch/steady", test_steady);
  g_test_add_func ("/model/quality-watch/silence", test_silence);
  g_test_add_func ("/model/quality-watch/known-silence", test_known_silence);
  return g_test_run ();
}
