/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every pair of state and event of a link, its repair, its standby and its SIP stream, against
   tables written by hand. */
#include "model/net/link-states.h"

#define WRONG 99

/* A number for each state that follows; -1: the event means nothing. */
static const gint phases[KITH_N_LINK_PHASES][KITH_N_LINK_EVENTS] = {
  /*                rise                end */
  /* opening */ { KITH_LINK_PHASE_UP, KITH_LINK_PHASE_FAILED },
  /* up */ { -1, KITH_LINK_PHASE_ENDED },
  /* failed */ { -1, -1 },
  /* ended */ { -1, -1 },
};

static const gint repairs[KITH_N_REPAIR_STATES][KITH_N_REPAIR_EVENTS] = {
  /*               lose                show               hear */
  /* quiet */ { KITH_REPAIR_SILENT, -1, -1 },
  /* silent */ { -1, KITH_REPAIR_SHOWN, KITH_REPAIR_QUIET },
  /* shown */ { -1, -1, KITH_REPAIR_QUIET },
};

static const gint standbys[KITH_N_STANDBY_STATES][KITH_N_STANDBY_EVENTS] = {
  /*             hold               let go                   try                 renew */
  /* off */ { KITH_STANDBY_KEPT, -1, -1, KITH_STANDBY_OFF },
  /* kept */ { -1, KITH_STANDBY_LEFT, KITH_STANDBY_TRIED, KITH_STANDBY_KEPT },
  /* tried */ { -1, KITH_STANDBY_LEFT_TRIED, -1, KITH_STANDBY_KEPT },
  /* left */ { KITH_STANDBY_KEPT, -1, KITH_STANDBY_LEFT_TRIED, KITH_STANDBY_OFF },
  /* left, tried */ { KITH_STANDBY_KEPT, -1, -1, KITH_STANDBY_OFF },
};

static const gint pump_outs[KITH_N_PUMP_OUTS][KITH_N_PUMP_OUT_EVENTS] = {
  /*                end                 close                 tell */
  /* open */ { KITH_PUMP_OUT_ENDED, -1, -1 },
  /* ended */ { -1, KITH_PUMP_OUT_CLOSED, -1 },
  /* closed */ { -1, -1, KITH_PUMP_OUT_TOLD },
  /* told */ { -1, -1, -1 },
};

static const gint pump_ins[KITH_N_PUMP_INS][KITH_N_PUMP_IN_EVENTS] = {
  /*              end                 shut */
  /* open */ { KITH_PUMP_IN_ENDED, -1 },
  /* ended */ { -1, KITH_PUMP_IN_SHUT },
  /* shut */ { -1, -1 },
};

static void
check (gboolean moved, guint from, guint event, guint now, gint expected)
{
  g_test_message ("%u + %u", from, event);
  g_assert_cmpint (moved, ==, expected >= 0);
  g_assert_cmpuint (now, ==, expected >= 0 ? (guint)expected : from);
}

static void
test_link (void)
{
  for (guint from = 0; from < KITH_N_LINK_PHASES; from++) {
    for (guint event = 0; event < KITH_N_LINK_EVENTS; event++) {
      KithLinkPhase state = (KithLinkPhase)from;
      gboolean moved = kith_link_phase_step (&state, (KithLinkEvent)event);
      check (moved, from, event, state, phases[from][event]);
    }
    g_assert_cmpint (kith_link_phase_is_over ((KithLinkPhase)from),
                     ==,
                     from == KITH_LINK_PHASE_FAILED || from == KITH_LINK_PHASE_ENDED);
  }
}

static void
test_repair (void)
{
  for (guint from = 0; from < KITH_N_REPAIR_STATES; from++) {
    for (guint event = 0; event < KITH_N_REPAIR_EVENTS; event++) {
      KithRepairState state = (KithRepairState)from;
      gboolean moved = kith_repair_state_step (&state, (KithRepairEvent)event);
      check (moved, from, event, state, repairs[from][event]);
    }
  }
}

static void
test_standby (void)
{
  for (guint from = 0; from < KITH_N_STANDBY_STATES; from++) {
    for (guint event = 0; event < KITH_N_STANDBY_EVENTS; event++) {
      KithStandbyState state = (KithStandbyState)from;
      gboolean moved = kith_standby_state_step (&state, (KithStandbyEvent)event);
      check (moved, from, event, state, standbys[from][event]);
    }
    g_assert_cmpint (kith_standby_state_is_held ((KithStandbyState)from),
                     ==,
                     from == KITH_STANDBY_KEPT || from == KITH_STANDBY_TRIED);
  }
}

static void
test_pump (void)
{
  for (guint from = 0; from < KITH_N_PUMP_OUTS; from++) {
    for (guint event = 0; event < KITH_N_PUMP_OUT_EVENTS; event++) {
      KithPumpOut state = (KithPumpOut)from;
      gboolean moved = kith_pump_out_step (&state, (KithPumpOutEvent)event);
      check (moved, from, event, state, pump_outs[from][event]);
    }
  }
  for (guint from = 0; from < KITH_N_PUMP_INS; from++) {
    for (guint event = 0; event < KITH_N_PUMP_IN_EVENTS; event++) {
      KithPumpIn state = (KithPumpIn)from;
      gboolean moved = kith_pump_in_step (&state, (KithPumpInEvent)event);
      check (moved, from, event, state, pump_ins[from][event]);
    }
  }
}

static void
test_out_of_range (void)
{
  KithLinkPhase phase = (KithLinkPhase)WRONG;
  KithRepairState repair = (KithRepairState)WRONG;
  KithStandbyState standby = (KithStandbyState)WRONG;
  KithPumpOut out = (KithPumpOut)WRONG;
  KithPumpIn in = (KithPumpIn)WRONG;

  g_assert_false (kith_link_phase_step (&phase, KITH_LINK_EVENT_END));
  g_assert_false (kith_repair_state_step (&repair, KITH_REPAIR_EVENT_LOSE));
  g_assert_false (kith_standby_state_step (&standby, KITH_STANDBY_EVENT_HOLD));
  g_assert_false (kith_pump_out_step (&out, KITH_PUMP_OUT_EVENT_END));
  g_assert_false (kith_pump_in_step (&in, KITH_PUMP_IN_EVENT_END));
  g_assert_cmpuint (phase, ==, WRONG);
  phase = KITH_LINK_PHASE_OPENING;
  repair = KITH_REPAIR_QUIET;
  standby = KITH_STANDBY_OFF;
  out = KITH_PUMP_OUT_OPEN;
  in = KITH_PUMP_IN_OPEN;
  g_assert_false (kith_link_phase_step (&phase, (KithLinkEvent)WRONG));
  g_assert_false (kith_repair_state_step (&repair, (KithRepairEvent)WRONG));
  g_assert_false (kith_standby_state_step (&standby, (KithStandbyEvent)WRONG));
  g_assert_false (kith_pump_out_step (&out, (KithPumpOutEvent)WRONG));
  g_assert_false (kith_pump_in_step (&in, (KithPumpInEvent)WRONG));
  g_assert_cmpuint (phase, ==, KITH_LINK_PHASE_OPENING);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/link-states/link", test_link);
  g_test_add_func ("/model/link-states/repair", test_repair);
  g_test_add_func ("/model/link-states/standby", test_standby);
  g_test_add_func ("/model/link-states/pump", test_pump);
  g_test_add_func ("/model/link-states/out-of-range", test_out_of_range);
  return g_test_run ();
}
