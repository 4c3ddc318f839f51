/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a link's life when this program itself was held up, and not the network. */
#include "common/own-time.h"
#include "link-fixture.h"
#include "link/link-life.h"

#define DEAD_MS 1200

typedef struct {
  KithLinkLife *life;
  guint n_suspect, n_silent, n_over, n_pings;
} Bed;

static void
on_suspect (gboolean suspect, gpointer user_data)
{
  ((Bed *)user_data)->n_suspect += suspect ? 1 : 0;
}

static void
on_ping (gboolean held, gpointer user_data)
{
  ((Bed *)user_data)->n_pings++;
}

static gboolean
is_owed (gpointer user_data)
{
  return FALSE;
}

static guint
get_rtt (gpointer user_data)
{
  return 10;
}

static void
on_silent (guint silent_ms, gpointer user_data)
{
  ((Bed *)user_data)->n_silent++;
}

static void
on_over (gboolean dead, gpointer user_data)
{
  Bed *bed = user_data;

  bed->n_over++;
  g_clear_pointer (&bed->life, kith_link_life_free);
}

static const KithLinkLifeEvents events = { .suspect = on_suspect,
                                           .ping = on_ping,
                                           .is_owed = is_owed,
                                           .rtt = get_rtt,
                                           .silent = on_silent,
                                           .over = on_over };

/* As a socket: what waits there is read by the loop after everything that is due. */
static gboolean
on_answer (gpointer user_data)
{
  const Bed *bed = user_data;

  if (bed->life != NULL) {
    kith_link_life_heard (bed->life);
  }
  return G_SOURCE_REMOVE;
}

/* @data: whether the answer came while this program stood still. */
static void
test_held_up (gconstpointer data)
{
  const KithLinkTimes times
      = { 3500, 5000, 100, 300, 60000, 400, DEAD_MS, 60000, DEAD_MS, 50, 100, 10000 };
  g_autoptr (KithClock) clock = g_object_ref (kith_clock_get_default ());
  gboolean answers = GPOINTER_TO_INT (data);
  Bed bed = { 0 };

  bed.life = kith_link_life_new (clock, &times, &events, &bed);
  kith_link_life_hold (bed.life, TRUE);
  g_assert_cmpuint (bed.n_pings, ==, 1);
  if (answers) {
    g_timeout_add (20, on_answer, &bed);
  }
  own_time_jump (DEAD_MS + 1500);
  run_for (300);
  g_assert_cmpuint (bed.n_over, ==, answers ? 0 : 1);
  g_assert_cmpuint (bed.n_silent + bed.n_suspect, ==, 0);
  g_clear_pointer (&bed.life, kith_link_life_free);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/link/life/held-up", GINT_TO_POINTER (TRUE), test_held_up);
  g_test_add_data_func ("/link/life/held-up-in-silence", GINT_TO_POINTER (FALSE), test_held_up);
  return g_test_run ();
}
