/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of text, with the values of labels escaped. */
#include "base/open-metrics.h"

#include <math.h>
#include <string.h>

static const char *
kind_word (KithMetricKind kind)
{
  switch (kind) {
  case KITH_METRIC_GAUGE:
    return "gauge";
  case KITH_METRIC_COUNTER:
    return "counter";
  case KITH_METRIC_INFO:
    return "info";
  }
  return "unknown";
}

static const char *
suffix (KithMetricKind kind)
{
  switch (kind) {
  case KITH_METRIC_GAUGE:
    return "";
  case KITH_METRIC_COUNTER:
    return "_total";
  case KITH_METRIC_INFO:
    return "_info";
  }
  return "";
}

void
kith_metrics_begin (GString *out, const KithMetric *metric)
{
  g_string_append_printf (out, "# TYPE %s %s\n", metric->name, kind_word (metric->kind));
  if (metric->unit != NULL) {
    g_string_append_printf (out, "# UNIT %s %s\n", metric->name, metric->unit);
  }
  g_string_append_printf (out, "# HELP %s %s\n", metric->name, metric->help);
}

static void
add_label (GString *out, const char *label, const char *value)
{
  g_autofree gchar *safe = g_utf8_make_valid (value, -1);

  g_string_append_printf (out, "%s=\"", label);
  for (const char *at = safe; *at != '\0'; at++) {
    if (*at == '\n') {
      g_string_append (out, "\\n");
    } else {
      if (*at == '"' || *at == '\\') {
        g_string_append_c (out, '\\');
      }
      g_string_append_c (out, *at);
    }
  }
  g_string_append_c (out, '"');
}

static void
add (GString *out,
     const KithMetric *metric,
     const char *const *labels,
     const char *const *values,
     guint n,
     double number)
{
  gchar text[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number)) {
    return;
  }
  g_string_append_printf (out, "%s%s", metric->name, suffix (metric->kind));
  for (guint i = 0; i < n; i++) {
    g_string_append_c (out, i == 0 ? '{' : ',');
    add_label (out, labels[i], values[i]);
  }
  g_string_append_printf (out,
                          "%s %s\n",
                          n > 0 ? "}" : "",
                          g_ascii_formatd (text, sizeof text, "%.15g", number));
}

void
kith_metrics_add (GString *out,
                  const KithMetric *metric,
                  const char *label,
                  const char *value,
                  double number)
{
  add (out, metric, &label, &value, label != NULL ? 1 : 0, number);
}

void
kith_metrics_add_pair (GString *out,
                       const KithMetric *metric,
                       const char *const labels[2],
                       const char *const values[2],
                       double number)
{
  add (out, metric, labels, values, 2, number);
}

void
kith_metrics_end (GString *out)
{
  g_string_append (out, "# EOF\n");
}
