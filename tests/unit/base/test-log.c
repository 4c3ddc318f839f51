/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A log line is one line without control characters, below the level nothing is written, and people
   stay unnamed. */
#include <string.h>

#include "base/log.h"

static void
write_lines (void)
{
  kith_log_setup (G_LOG_LEVEL_INFO, FALSE);
  kith_debug ("call/1", "not to be seen");
  kith_info ("call/2", "first\nforged: line \x1b[31m of %s", kith_personal ("alice"));
  kith_warning (NULL, "second");
  kith_log_setup (G_LOG_LEVEL_DEBUG, TRUE);
  kith_debug ("call/3", "third, of %s", kith_personal ("alice"));
}

static void
test_lines (void)
{
  if (g_test_subprocess ()) {
    write_lines ();
    return;
  }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*info*call/2: first\xEF\xBF\xBD"
                             "forged: line \xEF\xBF\xBD[31m of (personal)\n*");
  g_test_trap_assert_stderr ("*warning*kith: second\n*");
  g_test_trap_assert_stderr ("*debug*call/3: third, of alice\n*");
  g_test_trap_assert_stderr_unmatched ("*not to be seen*");
  g_test_trap_assert_stderr_unmatched ("*\nforged*");
  g_test_trap_assert_stderr_unmatched ("*\x1b[[]31m*");
}

static void
test_personal (void)
{
  kith_log_setup (G_LOG_LEVEL_INFO, FALSE);
  g_assert_null (strstr (kith_personal ("alice"), "alice"));
  g_assert_nonnull (kith_personal (NULL));
  kith_log_setup (G_LOG_LEVEL_INFO, TRUE);
  g_assert_cmpstr (kith_personal ("alice"), ==, "alice");
  g_assert_nonnull (kith_personal (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/log/lines", test_lines);
  g_test_add_func ("/base/log/personal", test_personal);
  return g_test_run ();
}
