/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers stay within their range and differ; a seed makes them the same each time. */
#include "base/random.h"

#include <string.h>

static void
test_range (void)
{
  gboolean seen[7] = { FALSE };

  for (guint i = 0; i < 1000; i++) {
    gint n = kith_random_range (-3, 4);
    g_assert_cmpint (n, >=, -3);
    g_assert_cmpint (n, <, 4);
    seen[n + 3] = TRUE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (seen); i++) {
    g_assert_true (seen[i]); /* by chance one is missed in 10^66 runs */
  }
  g_assert_cmpint (kith_random_range (5, 6), ==, 5);
  g_assert_cmpint (kith_random_range (5, 5), ==, 5);
  g_assert_cmpint (kith_random_range (5, 2), ==, 5);
  gint wide = kith_random_range (G_MININT, G_MAXINT); /* does not overflow */
  g_assert_cmpint (wide, <, G_MAXINT);
}

static void
test_differs (void)
{
  guint8 a[32] = { 0 };
  guint8 b[32] = { 0 };
  guint8 none[32] = { 0 };

  g_assert_true (kith_random_bytes (a, sizeof a));
  g_assert_true (kith_random_bytes (b, sizeof b));
  g_assert_cmpint (memcmp (a, b, sizeof a), !=, 0);
  g_assert_cmpint (memcmp (a, none, sizeof a), !=, 0);
  g_assert_true (kith_random_uint64 () != kith_random_uint64 ());
}

/* Every function follows the seed, whatever lengths are asked for. */
static void
test_seed (void)
{
  guint8 bytes[2][19];
  guint64 long_number[2];
  guint32 number[2];
  gint in_range[2];

  for (guint i = 0; i < 2; i++) {
    kith_random_set_seed (42);
    g_assert_true (kith_random_bytes (bytes[i], sizeof bytes[i]));
    long_number[i] = kith_random_uint64 ();
    number[i] = kith_random_uint32 ();
    in_range[i] = kith_random_range (0, 1000000);
  }
  g_assert_cmpmem (bytes[0], sizeof bytes[0], bytes[1], sizeof bytes[1]);
  g_assert_cmpuint (long_number[0], ==, long_number[1]);
  g_assert_cmpuint (number[0], ==, number[1]);
  g_assert_cmpint (in_range[0], ==, in_range[1]);
  kith_random_set_seed (43);
  g_assert_true (kith_random_bytes (bytes[1], sizeof bytes[1]));
  g_assert_cmpint (memcmp (bytes[0], bytes[1], sizeof bytes[0]), !=, 0);
  kith_random_set_seed (0);
  test_differs ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/random/range", test_range);
  g_test_add_func ("/base/random/differs", test_differs);
  g_test_add_func ("/base/random/seed", test_seed);
  return g_test_run ();
}
