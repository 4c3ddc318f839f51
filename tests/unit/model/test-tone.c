/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tones as steps, keys as pairs of frequencies, and what follows which reason. */
#include "model/call/tone.h"

static void
test_steps (void)
{
  guint n = 7;

  g_assert_null (kith_tone_get_steps (KITH_TONE_NONE, &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_null (kith_tone_get_steps ((KithTone)99, &n));
  g_assert_cmpuint (n, ==, 0);
  for (guint tone = KITH_TONE_RING_BACK; tone < KITH_N_TONES; tone++) {
    const KithToneStep *steps = kith_tone_get_steps ((KithTone)tone, &n);
    g_assert_cmpuint (n, >, 0);
    g_assert_cmpuint (steps[0].hz[0], >, 0);      /* it begins with sound … */
    g_assert_cmpuint (steps[n - 1].hz[0], ==, 0); /* … and has a pause */
    for (guint i = 0; i < n; i++) {
      g_assert_cmpuint (steps[i].ms, >, 0);
    }
  }
}

static void
test_keys (void)
{
  guint16 hz[2] = { 0 };

  g_assert_true (kith_tone_get_key ('1', hz));
  g_assert_cmpuint (hz[0], ==, 697);
  g_assert_cmpuint (hz[1], ==, 1209);
  g_assert_true (kith_tone_get_key ('0', hz));
  g_assert_cmpuint (hz[0], ==, 941);
  g_assert_cmpuint (hz[1], ==, 1336);
  g_assert_true (kith_tone_get_key ('D', hz));
  g_assert_cmpuint (hz[0], ==, 941);
  g_assert_cmpuint (hz[1], ==, 1633);
  for (guint key = 0; key < 256; key++) {
    gboolean is_key
        = g_ascii_isdigit (key) || key == '*' || key == '#' || (key >= 'A' && key <= 'D');
    g_assert_true (kith_tone_get_key ((char)key, hz) == is_key);
  }
}

static void
test_reasons (void)
{
  guint busy = 0;
  guint no_way = 0;

  for (guint reason = 0; reason < KITH_N_REASONS; reason++) {
    KithTone tone = kith_tone_of_reason ((KithReason)reason);
    busy += tone == KITH_TONE_BUSY;
    no_way += tone == KITH_TONE_NO_WAY;
    g_assert_cmpint (tone, !=, KITH_TONE_RING_BACK);
  }
  g_assert_cmpuint (busy, ==, 3);
  g_assert_cmpuint (no_way, ==, 5);
  g_assert_cmpint (kith_tone_of_reason (KITH_REASON_BUSY), ==, KITH_TONE_BUSY);
  g_assert_cmpint (kith_tone_of_reason (KITH_REASON_NOT_FOUND), ==, KITH_TONE_NO_WAY);
  g_assert_cmpint (kith_tone_of_reason (KITH_REASON_NO_ANSWER), ==, KITH_TONE_NONE);
  g_assert_cmpint (kith_tone_of_reason (KITH_REASON_LOCAL), ==, KITH_TONE_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tone/steps", test_steps);
  g_test_add_func ("/tone/keys", test_keys);
  g_test_add_func ("/tone/reasons", test_reasons);
  return g_test_run ();
}
