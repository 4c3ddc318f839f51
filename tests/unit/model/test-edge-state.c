/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every state of kith-edge with every event. */
#include "model/net/edge-state.h"

#define NO KITH_N_EDGE_STATES /* the event means nothing */
#define OFF KITH_EDGE_OFF
#define STA KITH_EDGE_STARTING
#define SRV KITH_EDGE_SERVING
#define BLO KITH_EDGE_BLOCKED
#define END KITH_EDGE_ENDED
#define GON KITH_EDGE_ABSENT

/* clang-format off */
static const guint wanted[KITH_N_EDGE_STATES][KITH_N_EDGE_EVENTS] = {
  /*           START OPEN TAKEN END MISSING STOP */
  /* OFF */  { STA,  NO,  NO,   NO,  NO,    NO },
  /* STA */  { STA,  SRV, BLO,  END, GON,   OFF },
  /* SRV */  { NO,   SRV, BLO,  END, NO,    OFF },
  /* BLO */  { NO,   SRV, BLO,  END, NO,    OFF },
  /* END */  { STA,  NO,  NO,   NO,  GON,   OFF },
  /* GON */  { STA,  NO,  NO,   NO,  GON,   OFF },
};
/* clang-format on */

static void
test_table (void)
{
  for (guint state = 0; state < KITH_N_EDGE_STATES; state++) {
    for (guint event = 0; event < KITH_N_EDGE_EVENTS; event++) {
      KithEdgeState next = (KithEdgeState)NO;
      const gboolean is_known
          = kith_edge_state_next ((KithEdgeState)state, (KithEdgeEvent)event, &next);
      g_assert_cmpuint (is_known, ==, wanted[state][event] != NO);
      g_assert_cmpuint (next, ==, wanted[state][event]);
    }
  }
}

static void
test_words (void)
{
  g_assert_cmpstr (kith_edge_state_word (KITH_EDGE_OFF), ==, "off");
  g_assert_cmpstr (kith_edge_state_word (KITH_EDGE_ABSENT), ==, "absent");
  g_assert_null (kith_edge_state_word ((KithEdgeState)NO));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/edge-state/table", test_table);
  g_test_add_func ("/edge-state/words", test_words);
  return g_test_run ();
}
