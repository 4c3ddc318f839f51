/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pair of state and event of a call, against a table written by hand. */
#include <string.h>

#include "model/call/call-state.h"

/* One row a state, one column an event: L locate, D dial, R ring, e early, O offered, A accept, a answered, M media flows, H hold, r resume,
   E end. "-": illegal; else the first letters of the next state. */
static const char *const expected[KITH_N_CALL_STATES][KITH_N_CALL_EVENTS] = {
  /*               locate      dial       ring       early    offered     accept        answered      media     hold    resume    end */
  /* new */ { "locating", "dialing", "-", "-", "incoming", "-", "-", "-", "-", "-", "ended" },
  /* locating */ { "-", "dialing", "-", "-", "-", "-", "-", "-", "-", "-", "ended" },
  /* dialing */ { "-", "-", "ringing", "early", "-", "-", "connecting", "-", "-", "-", "ended" },
  /* ringing */ { "-", "-", "-", "early", "-", "-", "connecting", "-", "-", "-", "ended" },
  /* early */ { "-", "-", "early", "early", "-", "-", "connecting", "-", "-", "-", "ended" },
  /* incoming */ { "-", "-", "-", "-", "-", "connecting", "-", "-", "-", "-", "ended" },
  /* connecting */ { "-", "-", "-", "-", "-", "-", "-", "active", "-", "-", "ended" },
  /* active */ { "-", "-", "-", "-", "-", "-", "-", "-", "held", "-", "ended" },
  /* held */ { "-", "-", "-", "-", "-", "-", "-", "-", "-", "active", "ended" },
  /* ended */ { "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-" },
};

static void
test_pairs (void)
{
  guint n_pairs = 0;

  for (guint state = 0; state < KITH_N_CALL_STATES; state++) {
    for (guint event = 0; event < KITH_N_CALL_EVENTS; event++) {
      KithCallState next = (KithCallState)99;
      gboolean legal = kith_call_state_next ((KithCallState)state, (KithCallEvent)event, &next);
      const char *got = legal ? kith_call_state_word (next) : "-";
      g_test_message ("%s + %s",
                      kith_call_state_word ((KithCallState)state),
                      kith_call_event_word ((KithCallEvent)event));
      g_assert_cmpstr (got, ==, expected[state][event]);
      g_assert_true (legal || next == (KithCallState)99);
      n_pairs++;
    }
  }
  g_assert_cmpuint (n_pairs, ==, 110);
}

static void
test_words (void)
{
  static const char *const words[] = { "new",      "locating",   "dialing", "ringing", "early",
                                       "incoming", "connecting", "active",  "held",    "ended" };

  g_assert_cmpuint (G_N_ELEMENTS (words), ==, KITH_N_CALL_STATES);
  for (guint i = 0; i < KITH_N_CALL_STATES; i++) {
    g_assert_cmpstr (kith_call_state_word ((KithCallState)i), ==, words[i]);
  }
  for (guint i = 0; i < KITH_N_CALL_EVENTS; i++) {
    const char *word = kith_call_event_word ((KithCallEvent)i);
    g_assert_nonnull (word);
    for (guint j = 0; j < i; j++) {
      g_assert_cmpstr (word, !=, kith_call_event_word ((KithCallEvent)j));
    }
  }
}

static void
test_out_of_range (void)
{
  KithCallState next = KITH_CALL_NEW;

  g_assert_false (
      kith_call_state_next ((KithCallState)KITH_N_CALL_STATES, KITH_CALL_EVENT_END, &next));
  g_assert_false (kith_call_state_next ((KithCallState)-1, KITH_CALL_EVENT_END, &next));
  g_assert_false (kith_call_state_next (KITH_CALL_NEW, (KithCallEvent)KITH_N_CALL_EVENTS, &next));
  g_assert_null (kith_call_state_word ((KithCallState)KITH_N_CALL_STATES));
  g_assert_null (kith_call_event_word ((KithCallEvent)KITH_N_CALL_EVENTS));
}

/* From every state the end can be reached, and every state can be reached from the beginning. */
static void
test_paths (void)
{
  gboolean reached[KITH_N_CALL_STATES] = { [KITH_CALL_NEW] = TRUE };

  for (guint round = 0; round < KITH_N_CALL_STATES; round++) {
    for (guint state = 0; state < KITH_N_CALL_STATES; state++) {
      for (guint event = 0; reached[state] && event < KITH_N_CALL_EVENTS; event++) {
        KithCallState next;
        if (kith_call_state_next ((KithCallState)state, (KithCallEvent)event, &next)) {
          reached[next] = TRUE;
        }
      }
    }
  }
  for (guint state = 0; state < KITH_N_CALL_STATES; state++) {
    g_assert_true (reached[state]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/call-state/pairs", test_pairs);
  g_test_add_func ("/model/call-state/words", test_words);
  g_test_add_func ("/model/call-state/out-of-range", test_out_of_range);
  g_test_add_func ("/model/call-state/paths", test_paths);
  return g_test_run ();
}
