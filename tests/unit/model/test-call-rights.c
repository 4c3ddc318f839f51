/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every caller and callee against a table written by hand; and promises that no table may break. */
#include "model/call/call-rights.h"

#define NO KITH_RIGHT_NO
#define NOBODY KITH_RIGHT_NOBODY
#define YES KITH_RIGHT_YES
#define RINGS KITH_RIGHT_RINGS
#define PERMIT KITH_RIGHT_PERMIT
#define STRANGERS KITH_RIGHT_STRANGERS
#define PLAIN_IN KITH_RIGHT_PLAIN_IN
#define TOLL KITH_RIGHT_TOLL
#define GRANT KITH_RIGHT_GRANT

static const KithRight expected[KITH_N_CALLER_KINDS][KITH_N_CALLEE_KINDS] = {
  /*               me         phone   person  number emergency elsewhere */
  /* me */ { NO, YES, YES, TOLL, YES, YES },
  /* home */ { YES, YES, YES, TOLL, YES, YES },
  /* guest */ { YES, YES, NO, GRANT, YES, NO },
  /* door */ { RINGS, NO, NO, GRANT, YES, NO },
  /* contact */ { YES, YES, NO, GRANT, NO, NO },
  /* stranger */ { STRANGERS, PERMIT, NOBODY, NO, NO, NO },
  /* trunk */ { RINGS, RINGS, RINGS, NO, NO, NO },
  /* plain */ { PLAIN_IN, NO, NO, NO, NO, NO },
};

static void
test_table (void)
{
  for (guint caller = 0; caller < KITH_N_CALLER_KINDS; caller++) {
    for (guint callee = 0; callee < KITH_N_CALLEE_KINDS; callee++) {
      g_test_message ("%u calls %u", caller, callee);
      g_assert_cmpint (kith_call_right ((KithCallerKind)caller, (KithCalleeKind)callee),
                       ==,
                       expected[caller][callee]);
    }
  }
  g_assert_cmpint (kith_call_right ((KithCallerKind)KITH_N_CALLER_KINDS, KITH_CALLEE_ME), ==, NO);
  g_assert_cmpint (kith_call_right (KITH_CALLER_ME, (KithCalleeKind)KITH_N_CALLEE_KINDS), ==, NO);
}

/* Who is not of the house reaches no line that costs, and no other host, without a grant. */
static void
test_promises (void)
{
  static const KithCallerKind outside[]
      = { KITH_CALLER_CONTACT, KITH_CALLER_STRANGER, KITH_CALLER_TRUNK, KITH_CALLER_PLAIN };

  for (gsize i = 0; i < G_N_ELEMENTS (outside); i++) {
    KithRight number = kith_call_right (outside[i], KITH_CALLEE_NUMBER);
    g_assert_true (number == NO || (number == GRANT && outside[i] == KITH_CALLER_CONTACT));
    g_assert_cmpint (kith_call_right (outside[i], KITH_CALLEE_EMERGENCY), ==, NO);
    g_assert_cmpint (kith_call_right (outside[i], KITH_CALLEE_ELSEWHERE), ==, NO);
  }
  for (guint caller = KITH_CALLER_ME; caller <= KITH_CALLER_DOOR; caller++) {
    g_assert_cmpint (kith_call_right ((KithCallerKind)caller, KITH_CALLEE_EMERGENCY), ==, YES);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/call-rights/table", test_table);
  g_test_add_func ("/model/call-rights/promises", test_promises);
  return g_test_run ();
}
