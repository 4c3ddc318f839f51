/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pair of state and event of a leg, against a table written by hand. */
#include "model/call/leg-state.h"

/* One row a state, one column an event; "-": illegal, else the next state. */
static const char *const expected[KITH_N_LEG_STATES][KITH_N_LEG_EVENTS] = {
  /* clang-format off */
  /*                dial       offered    ring       early    answer      flow       hold         resume        peer-hold     peer-resume  end */
  /* new */         { "dialing", "ringing", "-",       "-",     "-",        "-",       "-",         "-",          "-",          "-",         "ended" },
  /* dialing */     { "-",       "-",       "ringing", "early", "answered", "-",       "-",         "-",          "-",          "-",         "ended" },
  /* ringing */     { "-",       "-",       "-",       "early", "answered", "-",       "-",         "-",          "-",          "-",         "ended" },
  /* early */       { "-",       "-",       "early",   "early", "answered", "-",       "-",         "-",          "-",          "-",         "ended" },
  /* answered */    { "-",       "-",       "-",       "-",     "-",        "flowing", "-",         "-",          "-",          "-",         "ended" },
  /* flowing */     { "-",       "-",       "-",       "-",     "-",        "-",       "held-here", "-",          "held-there", "-",         "ended" },
  /* held-here */   { "-",       "-",       "-",       "-",     "-",        "-",       "-",         "flowing",    "held-both",  "-",         "ended" },
  /* held-there */  { "-",       "-",       "-",       "-",     "-",        "-",       "held-both", "-",          "-",          "flowing",   "ended" },
  /* held-both */   { "-",       "-",       "-",       "-",     "-",        "-",       "-",         "held-there", "-",          "held-here", "ended" },
  /* ended */       { "-",       "-",       "-",       "-",     "-",        "-",       "-",         "-",          "-",          "-",         "-" },
  /* clang-format on */
};

static void
test_pairs (void)
{
  guint n_pairs = 0;

  for (guint state = 0; state < KITH_N_LEG_STATES; state++) {
    for (guint event = 0; event < KITH_N_LEG_EVENTS; event++) {
      KithLegState next = (KithLegState)99;
      gboolean legal = kith_leg_state_next ((KithLegState)state, (KithLegEvent)event, &next);
      g_test_message ("%s + %s",
                      kith_leg_state_word ((KithLegState)state),
                      kith_leg_event_word ((KithLegEvent)event));
      g_assert_cmpstr (legal ? kith_leg_state_word (next) : "-", ==, expected[state][event]);
      g_assert_true (legal || next == (KithLegState)99);
      n_pairs++;
    }
  }
  g_assert_cmpuint (n_pairs, ==, 110);
}

static void
test_out_of_range (void)
{
  KithLegState next = KITH_LEG_NEW;

  g_assert_false (kith_leg_state_next ((KithLegState)KITH_N_LEG_STATES, KITH_LEG_EVENT_END, &next));
  g_assert_false (kith_leg_state_next ((KithLegState)-1, KITH_LEG_EVENT_END, &next));
  g_assert_false (kith_leg_state_next (KITH_LEG_NEW, (KithLegEvent)KITH_N_LEG_EVENTS, &next));
  g_assert_null (kith_leg_state_word ((KithLegState)KITH_N_LEG_STATES));
  g_assert_null (kith_leg_event_word ((KithLegEvent)KITH_N_LEG_EVENTS));
}

/* Who was answered once stays so until the end: no event leads back. */
static void
test_answered (void)
{
  for (guint state = 0; state < KITH_N_LEG_STATES; state++) {
    gboolean answered = kith_leg_state_is_answered ((KithLegState)state);
    for (guint event = 0; event < KITH_N_LEG_EVENTS; event++) {
      KithLegState next;
      if (!kith_leg_state_next ((KithLegState)state, (KithLegEvent)event, &next)) {
        continue;
      }
      if (event == KITH_LEG_EVENT_END) {
        g_assert_cmpuint (next, ==, KITH_LEG_ENDED);
      } else {
        g_assert_true (kith_leg_state_is_answered (next)
                       == (answered || event == KITH_LEG_EVENT_ANSWER));
      }
    }
  }
  g_assert_false (kith_leg_state_is_answered (KITH_LEG_ENDED));
}

/* Every state can be reached from the beginning. */
static void
test_paths (void)
{
  gboolean reached[KITH_N_LEG_STATES] = { [KITH_LEG_NEW] = TRUE };

  for (guint round = 0; round < KITH_N_LEG_STATES; round++) {
    for (guint state = 0; state < KITH_N_LEG_STATES; state++) {
      for (guint event = 0; reached[state] && event < KITH_N_LEG_EVENTS; event++) {
        KithLegState next;
        if (kith_leg_state_next ((KithLegState)state, (KithLegEvent)event, &next)) {
          reached[next] = TRUE;
        }
      }
    }
  }
  for (guint state = 0; state < KITH_N_LEG_STATES; state++) {
    g_assert_true (reached[state]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/leg-state/pairs", test_pairs);
  g_test_add_func ("/model/leg-state/out-of-range", test_out_of_range);
  g_test_add_func ("/model/leg-state/answered", test_answered);
  g_test_add_func ("/model/leg-state/paths", test_paths);
  return g_test_run ();
}
