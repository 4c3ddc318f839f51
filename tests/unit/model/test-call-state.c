/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may follow what in a call, and that all which its legs can do keeps to it. */
#include <string.h>

#include "model/call/call-state.h"

/* Per state: what may be next. */
static const char *const expected[KITH_N_CALL_STATES] = {
  /* new */ " locating dialing incoming ended ",
  /* locating */ " dialing ended ",
  /* dialing */ " ringing early connecting ended ",
  /* ringing */ " dialing early connecting ended ",
  /* early */ " dialing ringing connecting ended ",
  /* incoming */ " connecting ended ",
  /* connecting */ " active ended ",
  /* active */ " held ended ",
  /* held */ " active ended ",
  /* ended */ " ",
};

static void
test_pairs (void)
{
  guint n_pairs = 0;

  for (guint before = 0; before < KITH_N_CALL_STATES; before++) {
    for (guint after = 0; after < KITH_N_CALL_STATES; after++) {
      g_autofree gchar *word
          = g_strdup_printf (" %s ", kith_call_state_word ((KithCallState)after));
      gboolean may = kith_call_state_may_follow ((KithCallState)before, (KithCallState)after);
      g_test_message ("%s ->%s", kith_call_state_word ((KithCallState)before), word);
      g_assert_true (may == (strstr (expected[before], word) != NULL));
      n_pairs++;
    }
  }
  g_assert_cmpuint (n_pairs, ==, 100);
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
  g_assert_null (kith_call_state_word ((KithCallState)KITH_N_CALL_STATES));
  g_assert_false (kith_call_state_may_follow ((KithCallState)KITH_N_CALL_STATES, KITH_CALL_ENDED));
  g_assert_false (kith_call_state_may_follow (KITH_CALL_NEW, (KithCallState)KITH_N_CALL_STATES));
  g_assert_false (kith_call_state_may_follow ((KithCallState)-1, KITH_CALL_ENDED));
}

/* One leg: both sides, all states; the two columns are outgoing and incoming. */
static void
test_of_one (void)
{
  static const char *const of[KITH_N_LEG_STATES][2] = {
    { "dialing", "new" },    { "dialing", "new" },           { "ringing", "incoming" },
    { "early", "incoming" }, { "connecting", "connecting" }, { "active", "active" },
    { "held", "held" },      { "active", "active" },         { "held", "held" },
    { "ended", "ended" },
  };

  for (guint i = 0; i < KITH_N_LEG_STATES; i++) {
    KithLegState leg = (KithLegState)i;
    g_assert_cmpstr (
        kith_call_state_word (kith_call_state_of (KITH_CALL_STEP_FOUND, TRUE, &leg, 1)),
        ==,
        of[i][0]);
    g_assert_cmpstr (kith_call_state_word (kith_call_state_of (KITH_CALL_STEP_NEW, FALSE, &leg, 1)),
                     ==,
                     of[i][1]);
    g_assert_cmpuint (kith_call_state_of (KITH_CALL_STEP_OVER, TRUE, &leg, 1), ==, KITH_CALL_ENDED);
  }
}

static void
test_of_none (void)
{
  static const KithCallState of[KITH_N_CALL_STEPS]
      = { KITH_CALL_NEW, KITH_CALL_LOCATING, KITH_CALL_DIALING, KITH_CALL_ENDED };

  for (guint step = 0; step < KITH_N_CALL_STEPS; step++) {
    g_assert_cmpuint (kith_call_state_of ((KithCallStep)step, TRUE, NULL, 0), ==, of[step]);
  }
}

/* The furthest of several counts, and one that ended only when all did. */
static void
test_of_many (void)
{
  const KithLegState rings[] = { KITH_LEG_DIALING, KITH_LEG_RINGING, KITH_LEG_ENDED };
  const KithLegState early[] = { KITH_LEG_ENDED, KITH_LEG_EARLY, KITH_LEG_RINGING };
  const KithLegState left[] = { KITH_LEG_ENDED, KITH_LEG_DIALING };
  const KithLegState over[] = { KITH_LEG_ENDED, KITH_LEG_ENDED };

  g_assert_cmpuint (kith_call_state_of (KITH_CALL_STEP_FOUND, TRUE, rings, 3),
                    ==,
                    KITH_CALL_RINGING);
  g_assert_cmpuint (kith_call_state_of (KITH_CALL_STEP_FOUND, TRUE, early, 3), ==, KITH_CALL_EARLY);
  g_assert_cmpuint (kith_call_state_of (KITH_CALL_STEP_FOUND, TRUE, left, 2),
                    ==,
                    KITH_CALL_DIALING);
  g_assert_cmpuint (kith_call_state_of (KITH_CALL_STEP_FOUND, TRUE, over, 2), ==, KITH_CALL_ENDED);
}

/* TRUE when two legs may be so at the same time: when one is answered, the other has ended. */
static gboolean
may_be (const KithLegState *legs)
{
  return (!kith_leg_state_is_answered (legs[0]) || legs[1] == KITH_LEG_ENDED)
         && (!kith_leg_state_is_answered (legs[1]) || legs[0] == KITH_LEG_ENDED);
}

/* TRUE for states and events that a leg of that side never sees. */
static gboolean
is_foreign (gboolean outgoing, KithLegState leg, KithLegEvent event)
{
  return outgoing ? event == KITH_LEG_EVENT_OFFERED
                  : leg == KITH_LEG_DIALING || leg == KITH_LEG_EARLY || event == KITH_LEG_EVENT_DIAL
                        || event == KITH_LEG_EVENT_RING || event == KITH_LEG_EVENT_EARLY;
}

/* Whatever the table of legs lets happen to one of two legs, the call's table lets follow. */
static void
check_steps (gboolean outgoing, guint *n_steps)
{
  KithCallStep step = outgoing ? KITH_CALL_STEP_FOUND : KITH_CALL_STEP_NEW;

  for (guint i = 0; i < KITH_N_LEG_STATES * KITH_N_LEG_STATES * KITH_N_LEG_EVENTS; i++) {
    KithLegState legs[2] = { (KithLegState)(i % KITH_N_LEG_STATES),
                             (KithLegState)(i / KITH_N_LEG_STATES % KITH_N_LEG_STATES) };
    KithLegEvent event = (KithLegEvent)(i / (KITH_N_LEG_STATES * KITH_N_LEG_STATES));
    KithCallState before = kith_call_state_of (step, outgoing, legs, 2);
    if (!may_be (legs) || is_foreign (outgoing, legs[0], event)
        || (!outgoing && legs[1] != KITH_LEG_ENDED)
        || !kith_leg_state_next (legs[0], event, &legs[0]) || !may_be (legs)) {
      continue;
    }
    KithCallState after = kith_call_state_of (step, outgoing, legs, 2);
    g_test_message ("%s -> %s", kith_call_state_word (before), kith_call_state_word (after));
    g_assert_true (before == after || kith_call_state_may_follow (before, after));
    (*n_steps)++;
  }
}

static void
test_steps (void)
{
  guint n_steps = 0;

  check_steps (TRUE, &n_steps);
  check_steps (FALSE, &n_steps);
  g_test_message ("%u steps", n_steps);
  g_assert_cmpuint (n_steps, >, 60);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/call-state/pairs", test_pairs);
  g_test_add_func ("/model/call-state/words", test_words);
  g_test_add_func ("/model/call-state/of-one", test_of_one);
  g_test_add_func ("/model/call-state/of-none", test_of_none);
  g_test_add_func ("/model/call-state/of-many", test_of_many);
  g_test_add_func ("/model/call-state/steps", test_steps);
  return g_test_run ();
}
