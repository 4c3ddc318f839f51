/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pair of state and event of an account's presence, against a table written by hand. */
#include "model/names/registration-state.h"

static const char *const expected[KITH_N_REGISTRATION_STATES][KITH_N_REGISTRATION_EVENTS] = {
  /*                start      joined        peerless  read-back     missed        withdraw       lost */
  /* offline */ { "joining", "-", "-", "-", "-", "-", "-" },
  /* joining */ { "-", "publishing", "alone", "-", "-", "withdrawing", "offline" },
  /* publishing */ { "-", "-", "alone", "registered", "publishing", "withdrawing", "offline" },
  /* registered */ { "-", "-", "alone", "registered", "publishing", "withdrawing", "offline" },
  /* alone */ { "-", "publishing", "-", "-", "-", "withdrawing", "offline" },
  /* withdrawing */ { "-", "-", "-", "-", "-", "-", "offline" },
};

static void
test_pairs (void)
{
  guint n_pairs = 0;

  for (guint state = 0; state < KITH_N_REGISTRATION_STATES; state++) {
    for (guint event = 0; event < KITH_N_REGISTRATION_EVENTS; event++) {
      KithRegistrationState next = (KithRegistrationState)99;
      gboolean legal = kith_registration_state_next ((KithRegistrationState)state,
                                                     (KithRegistrationEvent)event,
                                                     &next);
      g_test_message ("%s + %s",
                      kith_registration_state_word ((KithRegistrationState)state),
                      kith_registration_event_word ((KithRegistrationEvent)event));
      g_assert_cmpstr (legal ? kith_registration_state_word (next) : "-",
                       ==,
                       expected[state][event]);
      g_assert_true (legal || next == (KithRegistrationState)99);
      n_pairs++;
    }
  }
  g_assert_cmpuint (n_pairs, ==, 42);
}

static void
test_words (void)
{
  static const char *const states[]
      = { "offline", "joining", "publishing", "registered", "alone", "withdrawing" };
  static const char *const events[]
      = { "start", "joined", "peerless", "read-back", "missed", "withdraw", "lost" };

  g_assert_cmpuint (G_N_ELEMENTS (states), ==, KITH_N_REGISTRATION_STATES);
  g_assert_cmpuint (G_N_ELEMENTS (events), ==, KITH_N_REGISTRATION_EVENTS);
  for (guint i = 0; i < KITH_N_REGISTRATION_STATES; i++) {
    g_assert_cmpstr (kith_registration_state_word ((KithRegistrationState)i), ==, states[i]);
  }
  for (guint i = 0; i < KITH_N_REGISTRATION_EVENTS; i++) {
    g_assert_cmpstr (kith_registration_event_word ((KithRegistrationEvent)i), ==, events[i]);
  }
  g_assert_null (kith_registration_state_word ((KithRegistrationState)KITH_N_REGISTRATION_STATES));
  g_assert_null (kith_registration_event_word ((KithRegistrationEvent)KITH_N_REGISTRATION_EVENTS));
}

static void
test_out_of_range (void)
{
  KithRegistrationState next;

  g_assert_false (kith_registration_state_next ((KithRegistrationState)-1,
                                                KITH_REGISTRATION_EVENT_LOST,
                                                &next));
  g_assert_false (kith_registration_state_next (KITH_REGISTRATION_JOINING,
                                                (KithRegistrationEvent)KITH_N_REGISTRATION_EVENTS,
                                                &next));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/registration-state/pairs", test_pairs);
  g_test_add_func ("/model/registration-state/words", test_words);
  g_test_add_func ("/model/registration-state/out-of-range", test_out_of_range);
  return g_test_run ();
}
