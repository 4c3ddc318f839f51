/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time lines in words: every step that is put together has some, and what has none is said as it
   was kept. */
#include "common/steps.h"
#include "model/call/call-state.h"
#include "model/call/reason.h"
#include "words/reason-words.h"
#include "words/step-words.h"
#include "words/word-table.h"

#include <string.h>

static void
assert_text (const char *code, const char *values, const char *text, const char *wanted)
{
  g_autoptr (GVariant) pack
      = values != NULL ? g_variant_ref_sink (g_variant_new_parsed (values)) : NULL;
  g_autofree gchar *told = kith_step_text (code, pack, text);

  g_assert_cmpstr (told, ==, wanted);
}

/* Each state of a call is told of, but the last one, which has a reason instead. */
static void
test_states (void)
{
  for (guint state = 0; kith_call_state_word ((KithCallState)state) != NULL; state++) {
    g_autofree gchar *code
        = g_strconcat ("step-state-", kith_call_state_word ((KithCallState)state), NULL);
    g_assert_cmpint (kith_words_find (code) != NULL, ==, state != KITH_CALL_ENDED);
  }
  for (guint reason = 0; reason < KITH_N_REASONS; reason++) {
    g_autoptr (KithTrace) trace = kith_trace_new (NULL);
    KithSaying *saying = kith_saying_new ("step-end");
    kith_saying_put_saying (saying, "reason", kith_reason_saying ((KithReason)reason));
    kith_trace_say_at (trace, 1, KITH_TRACE_END, saying);
    g_assert_cmpuint (steps_count (trace, kith_reason_text ((KithReason)reason)), ==, 1);
  }
}

static void
test_text (void)
{
  const char *through = "{'friend': <'carol'>, 'delay-ms': <@x 12>}";

  assert_text ("step-through", through, NULL, "Through carol, about 12 ms one way");
  assert_text ("step-through", through, "other words", "Through carol, about 12 ms one way");
  assert_text ("step-friend-quiet",
               through,
               NULL,
               "Carol is not heard any more: another friend is asked");
  assert_text ("step-status-received", "{'sip-code': <@u 486>}", NULL, "486");
  assert_text ("step-status-received",
               "{'sip-code': <@u 486>, 'phrase': <'Busy'>}",
               NULL,
               "486 Busy");
  /* as it was kept: there was no code, it is a newer one, or a value is not there or another one */
  assert_text (NULL, NULL, "An old line", "An old line");
  assert_text ("", "@a{sv} {}", "An old line", "An old line");
  assert_text ("step-of-next-year", through, "A new line", "A new line");
  assert_text ("step-through", "{'friend': <'carol'>}", "A line", "A line");
  assert_text ("step-through", "{'friend': <'carol'>, 'delay-ms': <'12'>}", "A line", "A line");
  assert_text ("step-of-next-year", through, NULL, "step-of-next-year");
  assert_text (NULL, NULL, NULL, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/steps/states", test_states);
  g_test_add_func ("/words/steps/text", test_text);
  return g_test_run ();
}
