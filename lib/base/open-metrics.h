/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes numbers as text that monitoring programs read (OpenMetrics 1.0). */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

#define KITH_METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

typedef enum { KITH_METRIC_GAUGE, KITH_METRIC_COUNTER, KITH_METRIC_INFO } KithMetricKind;

/* One metric, constant. Its samples are written after it, and before the next one. */
typedef struct {
  const char *name; /* ends with its unit, if it has one; without _total and _info */
  KithMetricKind kind;
  const char *unit; /* (nullable): "bytes", "seconds" */
  const char *help;
} KithMetric;

/* The lines that say what @metric is. Any thread, as all of them. */
KITH_API void kith_metrics_begin (GString *out, const KithMetric *metric);

/* One sample, with a label where @label is not NULL; its @value may be any text. What is no finite
   number is left out. */
KITH_API void kith_metrics_add (GString *out,
                                const KithMetric *metric,
                                const char *label,
                                const char *value,
                                double number);

/* The same with two labels. */
KITH_API void kith_metrics_add_pair (GString *out,
                                     const KithMetric *metric,
                                     const char *const labels[2],
                                     const char *const values[2],
                                     double number);

/* The last line. */
KITH_API void kith_metrics_end (GString *out);

G_END_DECLS
