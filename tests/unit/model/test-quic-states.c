/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pair of state and event of a QUIC connection, against tables written by hand. */
#include "model/net/quic-states.h"

#define WRONG 99

/* A number for each state that follows; -1: the event means nothing. */
static const gint states[KITH_N_QUIC_STATES][KITH_N_QUIC_EVENTS] = {
  /*             make              made               unmake          peer               shaken            told          end */
  /* idle */ { KITH_QUIC_MAKING, -1, -1, -1, -1, -1, KITH_QUIC_FAILED },
  /* making */ { -1, KITH_QUIC_SHAKING, KITH_QUIC_IDLE, -1, -1, -1, -1 },
  /* shaking */ { -1, -1, KITH_QUIC_IDLE, KITH_QUIC_CHECKED, -1, -1, KITH_QUIC_FAILED },
  /* checked */ { -1, -1, -1, -1, KITH_QUIC_SHAKEN, -1, KITH_QUIC_FAILED },
  /* shaken */ { -1, -1, -1, -1, -1, KITH_QUIC_UP, KITH_QUIC_FAILED },
  /* up */ { -1, -1, -1, -1, -1, -1, KITH_QUIC_ENDED },
  /* failed */ { -1, -1, -1, -1, -1, -1, -1 },
  /* ended */ { -1, -1, -1, -1, -1, -1, -1 },
};

static const gint outs[KITH_N_QUIC_OUTS][KITH_N_QUIC_OUT_EVENTS] = {
  /*             end                    sent              close */
  /* open */ { KITH_QUIC_OUT_ENDING, -1, KITH_QUIC_OUT_CLOSED },
  /* ending */ { -1, KITH_QUIC_OUT_ENDED, KITH_QUIC_OUT_CLOSED },
  /* ended */ { -1, -1, KITH_QUIC_OUT_CLOSED },
  /* closed */ { -1, -1, -1 },
};

static const gint ins[KITH_N_QUIC_INS][KITH_N_QUIC_IN_EVENTS] = {
  /*             end               tell */
  /* open */ { KITH_QUIC_IN_ENDED, -1 },
  /* ended */ { -1, KITH_QUIC_IN_TOLD },
  /* told */ { -1, -1 },
};

static const gint notes[KITH_N_QUIC_NOTES][KITH_N_QUIC_NOTES_EVENTS] = {
  /*             open                 block                    turn                  refuse */
  /* none */ { KITH_QUIC_NOTES_OPEN, -1, -1, KITH_QUIC_NOTES_REFUSED },
  /* open */ { -1, KITH_QUIC_NOTES_BLOCKED, -1, KITH_QUIC_NOTES_REFUSED },
  /* blocked */ { -1, -1, KITH_QUIC_NOTES_OPEN, KITH_QUIC_NOTES_REFUSED },
  /* refused */ { -1, -1, -1, -1 },
};

static void
check (gboolean moved, guint from, guint event, guint now, gint expected)
{
  g_test_message ("%u + %u", from, event);
  g_assert_cmpint (moved, ==, expected >= 0);
  g_assert_cmpuint (now, ==, expected >= 0 ? (guint)expected : from);
}

static void
test_states (void)
{
  for (guint from = 0; from < KITH_N_QUIC_STATES; from++) {
    for (guint event = 0; event < KITH_N_QUIC_EVENTS; event++) {
      KithQuicState state = (KithQuicState)from;
      gboolean moved = kith_quic_state_step (&state, (KithQuicEvent)event);
      check (moved, from, event, state, states[from][event]);
    }
  }
}

static void
test_streams (void)
{
  for (guint from = 0; from < KITH_N_QUIC_OUTS; from++) {
    for (guint event = 0; event < KITH_N_QUIC_OUT_EVENTS; event++) {
      KithQuicOut state = (KithQuicOut)from;
      gboolean moved = kith_quic_out_step (&state, (KithQuicOutEvent)event);
      check (moved, from, event, state, outs[from][event]);
    }
  }
  for (guint from = 0; from < KITH_N_QUIC_INS; from++) {
    for (guint event = 0; event < KITH_N_QUIC_IN_EVENTS; event++) {
      KithQuicIn state = (KithQuicIn)from;
      gboolean moved = kith_quic_in_step (&state, (KithQuicInEvent)event);
      check (moved, from, event, state, ins[from][event]);
    }
  }
  for (guint from = 0; from < KITH_N_QUIC_NOTES; from++) {
    for (guint event = 0; event < KITH_N_QUIC_NOTES_EVENTS; event++) {
      KithQuicNotes state = (KithQuicNotes)from;
      gboolean moved = kith_quic_notes_step (&state, (KithQuicNotesEvent)event);
      check (moved, from, event, state, notes[from][event]);
    }
  }
}

static void
test_words (void)
{
  static const char *const words[]
      = { "idle", "making", "shaking", "checked", "shaken", "up", "failed", "ended" };

  g_assert_cmpuint (G_N_ELEMENTS (words), ==, KITH_N_QUIC_STATES);
  for (guint i = 0; i < KITH_N_QUIC_STATES; i++) {
    KithQuicState state = (KithQuicState)i;
    g_assert_cmpstr (kith_quic_state_word (state), ==, words[i]);
    g_assert_cmpint (kith_quic_state_is_over (state),
                     ==,
                     state == KITH_QUIC_FAILED || state == KITH_QUIC_ENDED);
    g_assert_cmpint (kith_quic_state_was_up (state),
                     ==,
                     state == KITH_QUIC_UP || state == KITH_QUIC_ENDED);
  }
  g_assert_null (kith_quic_state_word ((KithQuicState)WRONG));
}

static void
test_out_of_range (void)
{
  KithQuicState state = (KithQuicState)WRONG;
  KithQuicOut out = (KithQuicOut)WRONG;
  KithQuicIn in = (KithQuicIn)WRONG;
  KithQuicNotes note = (KithQuicNotes)WRONG;

  g_assert_false (kith_quic_state_step (&state, KITH_QUIC_EVENT_END));
  g_assert_false (kith_quic_out_step (&out, KITH_QUIC_OUT_EVENT_END));
  g_assert_false (kith_quic_in_step (&in, KITH_QUIC_IN_EVENT_END));
  g_assert_false (kith_quic_notes_step (&note, KITH_QUIC_NOTES_EVENT_OPEN));
  g_assert_cmpuint (state, ==, WRONG);
  state = KITH_QUIC_IDLE;
  out = KITH_QUIC_OUT_OPEN;
  in = KITH_QUIC_IN_OPEN;
  note = KITH_QUIC_NOTES_NONE;
  g_assert_false (kith_quic_state_step (&state, (KithQuicEvent)WRONG));
  g_assert_false (kith_quic_out_step (&out, (KithQuicOutEvent)WRONG));
  g_assert_false (kith_quic_in_step (&in, (KithQuicInEvent)WRONG));
  g_assert_false (kith_quic_notes_step (&note, (KithQuicNotesEvent)WRONG));
  g_assert_cmpuint (state, ==, KITH_QUIC_IDLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/quic-states/states", test_states);
  g_test_add_func ("/model/quic-states/streams", test_streams);
  g_test_add_func ("/model/quic-states/words", test_words);
  g_test_add_func ("/model/quic-states/out-of-range", test_out_of_range);
  return g_test_run ();
}
