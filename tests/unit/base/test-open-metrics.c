/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text that monitoring programs read, byte by byte. */
#include "base/open-metrics.h"

#include <math.h>

static void
test_text (void)
{
  static const KithMetric memory = { "a_memory_bytes", KITH_METRIC_GAUGE, "bytes", "What it has." };
  static const KithMetric ends = { "a_ends", KITH_METRIC_COUNTER, NULL, "How often." };
  static const KithMetric build = { "a_build", KITH_METRIC_INFO, NULL, "Which one." };
  static const char *const labels[2] = { "worker", "what" };
  static const char *const values[2] = { "kith-edge", "flood" };
  g_autoptr (GString) out = g_string_new (NULL);

  kith_metrics_begin (out, &memory);
  kith_metrics_add (out, &memory, NULL, NULL, 4294967296.0 * 1024);
  kith_metrics_begin (out, &ends);
  kith_metrics_add (out, &ends, "why", "a \"b\" \\ c\nd", 0);
  kith_metrics_add (out, &ends, "why", "\xff", 0.25);
  kith_metrics_add (out, &ends, "why", "none", NAN);
  kith_metrics_add_pair (out, &ends, labels, values, 7);
  kith_metrics_begin (out, &build);
  kith_metrics_add (out, &build, "version", "1", 1);
  kith_metrics_end (out);
  g_assert_cmpstr (out->str,
                   ==,
                   "# TYPE a_memory_bytes gauge\n# UNIT a_memory_bytes bytes\n"
                   "# HELP a_memory_bytes What it has.\na_memory_bytes 4398046511104\n"
                   "# TYPE a_ends counter\n# HELP a_ends How often.\n"
                   "a_ends_total{why=\"a \\\"b\\\" \\\\ c\\nd\"} 0\n"
                   "a_ends_total{why=\"\xef\xbf\xbd\"} 0.25\n"
                   "a_ends_total{worker=\"kith-edge\",what=\"flood\"} 7\n"
                   "# TYPE a_build info\n# HELP a_build Which one.\na_build_info{version=\"1\"} 1\n"
                   "# EOF\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/open-metrics/text", test_text);
  return g_test_run ();
}
