/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the address that is guessed while nobody tells how we are seen. */
#include "nat/nat-hint.h"

static KithReach
slot_of (const char *const *candidates)
{
  KithReach slot = { 0 };

  for (; *candidates != NULL; candidates++) {
    g_assert_true (kith_endpoint_parse (*candidates, &slot.candidates[slot.n_candidates].endpoint));
    slot.candidates[slot.n_candidates++].type = KITH_CANDIDATE_HOST;
  }
  return slot;
}

static KithEndpoint
address (const char *text)
{
  KithEndpoint endpoint = { 0 };

  g_assert_true (kith_endpoint_parse (text, &endpoint));
  return endpoint;
}

/* The port is the agent's own, not that of the location network. */
static void
test_guess (void)
{
  const char *const own[] = { "[fd00::2]:5000", "192.168.1.2:6000", "10.0.0.2:7000", NULL };
  const KithEndpoint hint = address ("44.1.2.3:4222");
  const KithEndpoint expected = address ("44.1.2.3:6000");
  KithReach slot = slot_of (own);

  g_assert_true (kith_nat_hint_add (&hint, &slot));
  g_assert_cmpuint (slot.n_candidates, ==, 4);
  g_assert_true (kith_endpoint_is_same (&slot.candidates[3].endpoint, &expected));
  g_assert_cmpint (slot.candidates[3].type, ==, KITH_CANDIDATE_SRFLX);
  g_assert_false (kith_nat_hint_add (&hint, &slot)); /* it has one now */
}

static void
test_none (void)
{
  const char *const own[] = { "192.168.1.2:6000", "44.1.2.3:7000", NULL };
  const char *const only_v6[] = { "[fd00::2]:5000", NULL };
  const char *const hints[]
      = { "192.168.7.7:4222", "127.0.0.1:4222", "[2001:db8::1]:4222", "44.1.2.3:4222" };
  const KithEndpoint unknown = { 0 };
  const KithEndpoint hint = address ("44.9.9.9:4222");
  KithReach slot = slot_of (own);
  KithReach other = slot_of (only_v6);

  for (guint i = 0; i < G_N_ELEMENTS (hints); i++) {
    const KithEndpoint bad = address (hints[i]);
    g_assert_false (kith_nat_hint_add (&bad, &slot));
  }
  g_assert_false (kith_nat_hint_add (&unknown, &slot));
  g_assert_false (kith_nat_hint_add (&hint, &other));
  while (slot.n_candidates < KITH_MAX_CANDIDATES) {
    slot.candidates[slot.n_candidates++] = slot.candidates[0];
  }
  g_assert_false (kith_nat_hint_add (&hint, &slot));
  g_assert_cmpuint (slot.n_candidates, ==, KITH_MAX_CANDIDATES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/nat-hint/guess", test_guess);
  g_test_add_func ("/link/nat-hint/none", test_none);
  return g_test_run ();
}
