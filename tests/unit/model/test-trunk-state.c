/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a trunk's registration: every state and event; its waits. */
#include <glib.h>

#include "model/trunk/trunk-state.h"

/* What follows; columns: wanted found accepted asked silent refused due moved stopped. NULL: the
   event means nothing. */
static const struct {
  const char *state;
  const char *next[KITH_N_TRUNK_EVENTS];
} rows[KITH_N_TRUNK_STATES] = {
  { "off", { "resolving", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL } },
  { "resolving",
    { "resolving", "registering", NULL, NULL, NULL, "failed", NULL, "resolving", "off" } },
  { "registering",
    { "resolving",
      NULL,
      "registered",
      "registering",
      "registering",
      "failed",
      NULL,
      "resolving",
      "off" } },
  { "registered",
    { "resolving", NULL, NULL, NULL, NULL, NULL, "refreshing", "refreshing", "off" } },
  { "refreshing",
    { "resolving",
      NULL,
      "registered",
      "refreshing",
      "registering",
      "failed",
      NULL,
      "refreshing",
      "off" } },
  { "failed", { "resolving", NULL, NULL, NULL, NULL, NULL, "resolving", "resolving", "off" } },
};

static void
test_table (void)
{
  for (guint s = 0; s < KITH_N_TRUNK_STATES; s++) {
    g_assert_cmpstr (kith_trunk_state_word ((KithTrunkState)s), ==, rows[s].state);
    for (guint e = 0; e < KITH_N_TRUNK_EVENTS; e++) {
      KithTrunkState next = (KithTrunkState)77;
      const gboolean ok = kith_trunk_state_next ((KithTrunkState)s, (KithTrunkEvent)e, &next);
      g_test_message ("%s, event %u", rows[s].state, e);
      g_assert_cmpint (ok, ==, rows[s].next[e] != NULL);
      g_assert_cmpstr (ok ? kith_trunk_state_word (next) : NULL, ==, rows[s].next[e]);
      g_assert_true (ok || (int)next == 77);
    }
  }
  KithTrunkState next = KITH_TRUNK_OFF;
  g_assert_false (kith_trunk_state_next (KITH_N_TRUNK_STATES, KITH_TRUNK_EVENT_WANTED, &next));
  g_assert_false (kith_trunk_state_next (KITH_TRUNK_OFF, KITH_N_TRUNK_EVENTS, &next));
  g_assert_null (kith_trunk_state_word (KITH_N_TRUNK_STATES));
}

static void
test_words (void)
{
  for (guint i = 0; i < KITH_N_TRUNK_REASONS; i++) {
    g_assert_nonnull (kith_trunk_reason_word ((KithTrunkReason)i));
  }
  g_assert_null (kith_trunk_reason_word (KITH_N_TRUNK_REASONS));
  for (guint i = 0; i < KITH_N_TRUNK_STATES; i++) {
    g_assert_cmpint (kith_trunk_state_serves ((KithTrunkState)i),
                     ==,
                     i == KITH_TRUNK_REGISTERED || i == KITH_TRUNK_REFRESHING);
  }
}

static void
test_minimum (void)
{
  guint32 ask_s = 300;

  g_assert_true (kith_trunk_take_minimum (300, 1800, &ask_s));
  g_assert_cmpuint (ask_s, ==, 1800);
  g_assert_false (kith_trunk_take_minimum (1800, 1800, &ask_s)); /* no loop */
  g_assert_false (kith_trunk_take_minimum (1800, 60, &ask_s));
  g_assert_false (kith_trunk_take_minimum (300, 86401, &ask_s));
  g_assert_false (kith_trunk_take_minimum (300, G_GUINT64_CONSTANT (4000000000), &ask_s));
  g_assert_cmpuint (ask_s, ==, 1800);
}

static void
test_refresh (void)
{
  static const guint32 pairs[][2]
      = { { 0, 10000 },  { 20, 10000 },   { 59, 29500 },     { 60, 30000 },
          { 90, 60000 }, { 300, 270000 }, { 3600, 3570000 }, { 86400, 86370000 } };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_assert_cmpuint (kith_trunk_refresh_ms (pairs[i][0]), ==, pairs[i][1]);
  }
  g_assert_cmpuint (kith_trunk_refresh_ms (G_MAXUINT32), ==, 86370000);
}

static void
test_waits (void)
{
  static const guint32 most_s[] = { 2, 2, 8, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800 };

  for (guint tries = 0; tries < G_N_ELEMENTS (most_s); tries++) {
    const guint32 most_ms = most_s[tries] * 1000;
    for (guint32 dice = 0; dice < 4; dice++) {
      const guint32 ms
          = kith_trunk_wait_ms (KITH_TRUNK_NO_ANSWER, tries, 0, dice * (G_MAXUINT32 / 3));
      g_assert_cmpuint (ms, <=, most_ms);
      g_assert_cmpuint (ms, >=, tries > 2 ? most_ms / 2 : most_ms);
    }
  }
  g_assert_cmpuint (kith_trunk_wait_ms (KITH_TRUNK_BUSY, 1, 120, 7), ==, 120000);
  g_assert_cmpuint (kith_trunk_wait_ms (KITH_TRUNK_BUSY, 1, G_MAXUINT32, 7), ==, 86400000);
  g_assert_cmpuint (kith_trunk_wait_ms (KITH_TRUNK_WRONG_PASSWORD, 1, 0, 7), ==, 600000);
  g_assert_cmpuint (kith_trunk_wait_ms (KITH_TRUNK_WRONG_PASSWORD, G_MAXUINT, 0, 7), ==, 600000);
  g_assert_cmpuint (kith_trunk_wait_ms (KITH_TRUNK_WRONG_PASSWORD, 1, 3600, 7), ==, 3600000);
  g_assert_cmpuint (kith_trunk_wait_ms (KITH_TRUNK_NO_ANSWER, G_MAXUINT, 0, 0), ==, 900000);
}

static void
test_reasons (void)
{
  static const struct {
    guint status;
    KithTrunkReason reason;
    gboolean next;
  } list[] = {
    { 302, KITH_TRUNK_PROTOCOL, FALSE },     { 400, KITH_TRUNK_PROTOCOL, FALSE },
    { 403, KITH_TRUNK_REFUSES_USER, FALSE }, { 404, KITH_TRUNK_REFUSES_USER, FALSE },
    { 405, KITH_TRUNK_PROTOCOL, FALSE },     { 408, KITH_TRUNK_NO_ANSWER, TRUE },
    { 430, KITH_TRUNK_REFUSES_USER, TRUE },  { 480, KITH_TRUNK_BUSY, TRUE },
    { 500, KITH_TRUNK_BUSY, FALSE },         { 503, KITH_TRUNK_BUSY, TRUE },
    { 504, KITH_TRUNK_NO_ANSWER, TRUE },     { 603, KITH_TRUNK_BUSY, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (list); i++) {
    gboolean next = FALSE;
    g_assert_cmpint (kith_trunk_reason_of (list[i].status, &next), ==, list[i].reason);
    g_assert_cmpint (next, ==, list[i].next);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/trunk-state/table", test_table);
  g_test_add_func ("/trunk-state/words", test_words);
  g_test_add_func ("/trunk-state/minimum", test_minimum);
  g_test_add_func ("/trunk-state/refresh", test_refresh);
  g_test_add_func ("/trunk-state/waits", test_waits);
  g_test_add_func ("/trunk-state/reasons", test_reasons);
  return g_test_run ();
}
