/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says and counts the entries of a time line. */
#include "common/steps.h"

#include <string.h>

#include "words/step-words.h"

/* (transfer full) */
static gchar *
say (const KithTraceEntry *entry)
{
  g_autoptr (KithSaying) saying = kith_saying_read (entry->code, entry->values);

  if (saying == NULL) {
    g_autofree gchar *values
        = entry->values != NULL ? g_variant_print (entry->values, TRUE) : g_strdup ("nothing");
    g_error ("the step “%s” has no words, or not all values for them: %s", entry->code, values);
  }
  return kith_step_tell (entry);
}

guint
steps_count (KithTrace *trace, const char *part)
{
  GPtrArray *entries = kith_trace_get_entries (trace);
  guint n = 0;

  for (guint i = 0; i < entries->len; i++) {
    g_autofree gchar *text = say (entries->pdata[i]);
    n += strstr (text, part) != NULL;
  }
  return n;
}

void
steps_show (KithTrace *trace)
{
  GPtrArray *entries = kith_trace_get_entries (trace);

  for (guint i = 0; i < entries->len; i++) {
    const KithTraceEntry *entry = entries->pdata[i];
    const KithTraceEntry *first = entries->pdata[0];
    g_autofree gchar *text = say (entry);
    g_test_message ("%6d ms %s: %s",
                    (int)((entry->at_us - first->at_us) / 1000),
                    kith_trace_kind_word (entry->kind),
                    text);
  }
}
