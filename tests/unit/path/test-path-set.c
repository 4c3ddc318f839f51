/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests over which of its paths a link speaks when its two ends hear each other over different
   ones, or over one no more. */
#include <string.h>

#include "common/own-time.h"
#include "link-fixture.h"
#include "link/link-hub.h"
#include "path/path-set.h"

#define DELAY_MS 10
#define PACKET_MS 20
enum { A, B, N_WAYS };

typedef struct End End;

typedef struct {
  End *end;
  guint index;
  gboolean dead; /* nothing arrives that this end sends over it */
  guint sent;
} Way;

/* One end of a link with two friends between. */
struct End {
  KithPathSet *set;
  KithPath *paths[N_WAYS];
  Way ways[N_WAYS];
  End *other;
  guint n_lost;
  guint arrived; /* media */
  gint64 heard;
  gint64 longest; /* silence, us */
};

typedef struct {
  KithLinkHub *hub;
  Person *person;
  End ends[2]; /* the first one leads */
} Link;

typedef struct {
  End *to;
  guint index;
  guint8 kind; /* 'm': media, 'q': QUIC, to be acknowledged, 'a': QUIC that does */
} Packet;

static guint on_the_way;

static gboolean
on_arrived (gpointer user_data)
{
  g_autofree Packet *packet = user_data;
  gint64 now = g_get_monotonic_time ();

  on_the_way--;
  if (packet->to->set != NULL) {
    packet->to->longest
        = MAX (packet->to->longest, packet->to->heard != 0 ? now - packet->to->heard : 0);
    packet->to->heard = now;
    packet->to->arrived += packet->kind == 'm' ? 1 : 0;
    kith_path_set_heard (packet->to->set, packet->to->paths[packet->index], packet->kind != 'm');
    if (packet->kind == 'q') {
      kith_path_set_transmit (packet->to->set, (const guint8 *)"a", 1);
    }
  }
  return G_SOURCE_REMOVE;
}

static gboolean
on_send (const guint8 *data, gsize len, gpointer user_data)
{
  Way *way = user_data;

  way->sent++;
  if (!way->dead) {
    Packet *packet = g_new0 (Packet, 1);
    packet->to = way->end->other;
    packet->index = way->index;
    packet->kind = data[0];
    on_the_way++;
    g_timeout_add (DELAY_MS, on_arrived, packet);
  }
  return TRUE;
}

static void
on_poke (gpointer user_data)
{
  kith_path_set_transmit (((End *)user_data)->set, (const guint8 *)"q", 1);
}

static void
on_changed (gpointer user_data)
{
}

static void
on_lost (gpointer user_data)
{
  ((End *)user_data)->n_lost++;
}

static const KithPathSetEvents events = { .changed = on_changed, .lost = on_lost, .poke = on_poke };

static gboolean
on_packet (gpointer user_data)
{
  (void)kith_path_set_send (((End *)user_data)->set, (const guint8 *)"m", 1);
  return G_SOURCE_CONTINUE;
}

/* Media flows both ways for @ms. */
static void
talk (Link *link, guint ms)
{
  guint sources[2];

  for (guint i = 0; i < 2; i++) {
    link->ends[i].arrived = 0;
    link->ends[i].heard = link->ends[i].longest = 0;
    for (guint k = 0; k < N_WAYS; k++) {
      link->ends[i].ways[k].sent = 0;
    }
    sources[i] = g_timeout_add (PACKET_MS, on_packet, &link->ends[i]);
  }
  run_for (ms);
  for (guint i = 0; i < 2; i++) {
    g_source_remove (sources[i]);
  }
}

static void
add_way (End *end, guint index, guint delay_ms)
{
  end->ways[index] = (Way){ .end = end, .index = index };
  KithFriendPath friend_path
      = { .delay_ms = delay_ms, .send = on_send, .user_data = &end->ways[index] };
  g_assert_cmpuint (kith_path_set_add_friend_path (end->set, &friend_path), !=, 0);
  end->paths[index] = kith_path_set_find (end->set, KITH_PATH_CARRIED, NULL);
  g_assert_nonnull (end->paths[index]);
}

static void
setup (Link *link, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  longest_stall = 0;
  link->person = person_new ("alice");
  KithLinkConfig config = { .device_secret = link->person->device_secret,
                            .get_device_cert = person_get_device_cert,
                            .verify_device_cert = person_verify_device_cert,
                            .user_data = link->person };
  link->hub = kith_link_hub_new (&config, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 2; i++) {
    End *end = &link->ends[i];
    end->other = &link->ends[1 - i];
    g_autoptr (KithPathMedia) media = kith_path_set_make_media (link->hub->paths);
    end->set = kith_path_set_new (link->hub->paths, media, i == 0, &events, end);
    add_way (end, A, 20);
    kith_path_set_rise (end->set);
  }
  for (guint i = 0; i < 2; i++) {
    kith_path_set_heard (link->ends[i].set, link->ends[i].paths[A], TRUE);
  }
}

static void
teardown (Link *link, gconstpointer data)
{
  for (guint i = 0; i < 2; i++) {
    g_clear_pointer (&link->ends[i].set, kith_path_set_free);
  }
  while (on_the_way > 0) {
    g_main_context_iteration (NULL, TRUE);
  }
  kith_link_hub_unref (link->hub);
  person_free (link->person);
}

static guint
get_current (End *end)
{
  return kith_path_set_get_current (end->set) == end->paths[A] ? A : B;
}

static gint64
ago (gint64 ms)
{
  return kith_clock_now (kith_clock_get_default ()) - ms * 1000;
}

/* Both ways are proved, and each end prefers another one. */
static void
test_apart (Link *link, gconstpointer data)
{
  add_way (&link->ends[0], B, 30);
  add_way (&link->ends[1], B, 10);
  for (guint i = 0; i < 2; i++) {
    kith_path_set_heard (link->ends[i].set, link->ends[i].paths[B], TRUE);
  }
  g_assert_cmpuint (get_current (&link->ends[0]), ==, A);
  g_assert_cmpuint (get_current (&link->ends[1]), ==, B);
  talk (link, 2500);
  g_assert_cmpint (link->ends[0].longest, <, 200 * 1000 + longest_stall);
  g_assert_cmpint (link->ends[1].longest, <, 200 * 1000 + longest_stall);
  guint chosen = get_current (&link->ends[0]);
  g_assert_cmpuint (chosen, ==, get_current (&link->ends[1]));
  talk (link, 600); /* … and it stays so, and nothing is said twice */
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (get_current (&link->ends[i]), ==, chosen);
    g_assert_cmpuint (link->ends[i].ways[1 - chosen].sent, ==, 0);
  }
}

/* The friend in use is gone; the other end goes on over a way of which this end only has media. */
static void
test_hint (Link *link, gconstpointer data)
{
  guint deaf = GPOINTER_TO_UINT (data);
  End *end = &link->ends[deaf];
  End *other = &link->ends[1 - deaf];

  add_way (end, B, 90);
  add_way (other, B, 10);
  end->paths[B]->n_probes = other->paths[B]->n_probes = 100; /* there is no reason to try it */
  other->paths[B]->proved = TRUE;
  other->paths[A]->heard = ago (3000);
  kith_path_set_doubt (other->set, NULL, 1000);
  kith_path_set_heard (other->set, other->paths[B], TRUE);
  g_assert_cmpuint (get_current (end), ==, A);
  g_assert_cmpuint (get_current (other), ==, B);
  g_assert_false (end->paths[B]->proved);
  end->ways[A].dead = other->ways[A].dead = TRUE;
  talk (link, 1600);
  g_assert_cmpint (other->longest, <, 900 * 1000 + longest_stall); /* soon over both */
  g_assert_cmpint (end->longest, <, 200 * 1000 + longest_stall);
  g_assert_cmpuint (get_current (end), ==, B);
  talk (link, 400);
  g_assert_cmpuint (end->ways[A].sent, ==, 0);
  g_assert_cmpuint (other->arrived, >, 10);
}

/* A way that is dead in one direction: who hears over it does not know, until the deaf end looks
   for a path. */
static void
test_one_way (Link *link, gconstpointer data)
{
  guint deaf = GPOINTER_TO_UINT (data);
  End *end = &link->ends[1 - deaf];
  End *other = &link->ends[deaf];

  for (guint i = 0; i < 2; i++) {
    add_way (&link->ends[i], B, 50);
    kith_path_set_heard (link->ends[i].set, link->ends[i].paths[B], TRUE);
    g_assert_cmpuint (get_current (&link->ends[i]), ==, A);
  }
  run_for (50);
  end->ways[A].dead = TRUE;
  talk (link, 100);
  g_assert_cmpuint (other->arrived, <=, 1);
  other->paths[A]->heard = other->paths[B]->heard = ago (1000);
  kith_path_set_doubt (other->set, NULL, 500); /* it moves, … */
  kith_path_set_spread (end->set, 2500);       /* … and says so */
  talk (link, 2400);
  g_assert_cmpint (other->longest, <, 200 * 1000 + longest_stall);
  g_assert_cmpint (end->longest, <, 200 * 1000 + longest_stall);
  talk (link, 500);
  g_assert_cmpint (other->longest, <, 200 * 1000 + longest_stall);
  g_assert_cmpuint (other->arrived, >, 10);
  g_assert_cmpuint (get_current (end), ==, B);
  g_assert_cmpuint (get_current (other), ==, B);
}

/* Only the last one that goes is told of: with another one left there is nothing to look for. */
static void
test_lost (Link *link, gconstpointer data)
{
  End *end = &link->ends[0];

  add_way (end, B, 50);
  kith_path_set_heard (end->set, end->paths[B], TRUE);
  g_assert_cmpuint (get_current (end), ==, A);
  kith_path_lose (end->paths[A]);
  g_assert_true (kith_path_set_get_current (end->set) == end->paths[B]);
  g_assert_cmpuint (end->n_lost, ==, 0);
  kith_path_lose (end->paths[B]);
  g_assert_null (kith_path_set_get_current (end->set));
  g_assert_cmpuint (end->n_lost, ==, 1);
}

#define ADD(path, data, func) g_test_add (path, Link, data, setup, func, teardown)

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  ADD ("/link/path-set/apart", NULL, test_apart);
  ADD ("/link/path-set/hint/leads", GUINT_TO_POINTER (0), test_hint);
  ADD ("/link/path-set/hint/follows", GUINT_TO_POINTER (1), test_hint);
  ADD ("/link/path-set/one-way/leads", GUINT_TO_POINTER (0), test_one_way);
  ADD ("/link/path-set/one-way/follows", GUINT_TO_POINTER (1), test_one_way);
  ADD ("/link/path-set/lost", NULL, test_lost);
  return g_test_run ();
}
