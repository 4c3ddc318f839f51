/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a phone's states. */
#include "model/phone/phone-state.h"

#include "base/state-table.h"

#define TO(state) (KITH_PHONE_##state + 1)

#define REFUSALS TO (WRONG_PASSWORD), TO (WRONG_REALM)

/* heard, silent, refused, mistaken, left, read; 0: nothing follows */
static const guint8 table[KITH_N_PHONE_STATES][KITH_N_PHONE_EVENTS] = {
  [KITH_PHONE_NEVER] = { TO (OK), TO (UNREACHABLE), REFUSALS, 0, TO (KEPT) },
  [KITH_PHONE_KEPT] = { TO (OK), TO (UNREACHABLE), 0, 0, TO (GONE), 0 },
  [KITH_PHONE_OK] = { TO (OK), TO (UNREACHABLE), 0, 0, TO (GONE), 0 },
  [KITH_PHONE_UNREACHABLE] = { TO (OK), TO (UNREACHABLE), REFUSALS, TO (GONE), 0 },
  [KITH_PHONE_GONE] = { TO (OK), TO (UNREACHABLE), REFUSALS, 0, TO (KEPT) },
  [KITH_PHONE_WRONG_PASSWORD] = { TO (OK), 0, REFUSALS, 0, TO (KEPT) },
  [KITH_PHONE_WRONG_REALM] = { TO (OK), 0, REFUSALS, 0, TO (KEPT) },
};

gboolean
kith_phone_state_next (KithPhoneState *state, KithPhoneEvent event)
{
  guint next = 0;

  if (!kith_state_table_next (&table[0][0],
                              KITH_N_PHONE_STATES,
                              KITH_N_PHONE_EVENTS,
                              (guint)*state,
                              (guint)event,
                              &next)) {
    return FALSE;
  }
  *state = (KithPhoneState)next;
  return TRUE;
}

const char *
kith_phone_state_word (KithPhoneState state)
{
  switch (state) {
  case KITH_PHONE_NEVER:
    return "never";
  case KITH_PHONE_KEPT:
    return "kept";
  case KITH_PHONE_OK:
    return "ok";
  case KITH_PHONE_UNREACHABLE:
    return "unreachable";
  case KITH_PHONE_GONE:
    return "gone";
  case KITH_PHONE_WRONG_PASSWORD:
    return "wrong-password";
  case KITH_PHONE_WRONG_REALM:
    return "wrong-realm";
  }
  return "";
}
