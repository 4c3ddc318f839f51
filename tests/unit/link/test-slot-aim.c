/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts what the victim of spoofed checks gets from a listening agent whose seed everybody
   knows. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/own-time.h"
#include "link-fixture.h"
#include "path/ice-agent.h"
#include "turn/turn-message.h"

#define ATTR_PRIORITY 0x0024
#define ATTR_CONTROLLING 0x802a
#define MAX_VICTIMS 60

typedef struct {
  KithIce *ice;
  KithMailbox *box;
  guint8 seed[KITH_SEED_LEN];
  struct sockaddr_in to;
  gboolean is_connected;
} Aim;

static void
on_connected (gpointer user_data)
{
  ((Aim *)user_data)->is_connected = TRUE;
}

static void
on_nothing (gpointer user_data)
{
}

static void
on_datagram (const guint8 *data, gsize len, gpointer user_data)
{
}

static const KithIceEvents ice_events = { .connected = on_connected,
                                          .gathered = on_nothing,
                                          .moved = on_nothing,
                                          .failed = on_nothing,
                                          .datagram = on_datagram };

/* A check as the seed's caller would make it (RFC 8445 section 7.1). */
static gsize
make_check (const Aim *aim, guint8 id, guint8 *data, gsize room)
{
  g_autofree gchar *ours = kith_ice_derive (aim->seed, "caller ufrag", 8);
  g_autofree gchar *theirs = kith_ice_derive (aim->seed, "callee ufrag", 8);
  g_autofree gchar *pwd = kith_ice_derive (aim->seed, "callee pwd", 32);
  g_autofree gchar *user = g_strconcat (theirs, ":", ours, NULL);
  const guint8 controlling[8] = { 1, 2, 3 };
  const guint8 priority[4] = { 110, 0xff, 0xff, 0xff };
  const guint8 transaction[12] = { id };
  KithStun said = { .method = KITH_STUN_BINDING, .kind = KITH_STUN_REQUEST };
  KithTurnKey key = { .len = 32 };

  memcpy (key.bytes, pwd, 32);
  kith_stun_make_id (said.id, transaction);
  said.user = (KithStunBytes){ (const guint8 *)user, strlen (user) };
  gsize len = kith_stun_encode (&said, data, room);
  len = kith_stun_append (data, len, room, ATTR_PRIORITY, priority, sizeof priority);
  len = kith_stun_append (data, len, room, ATTR_CONTROLLING, controlling, sizeof controlling);
  len = kith_turn_message_seal (data, len, room, &key);
  len = kith_stun_append_fingerprint (data, len, room);
  g_assert_cmpuint (len, >, 0);
  return len;
}

static void
setup (Aim *aim, gconstpointer data)
{
  aim->box = kith_path_box_new ();
  KithIceConfig config = { .role = KITH_ICE_CALLEE, .seed = aim->seed, .box = aim->box };
  KithCandidate candidates[KITH_MAX_CANDIDATES];

  memset (aim->seed, 7, sizeof aim->seed);
  aim->ice = kith_ice_new (&config, &ice_events, aim, NULL);
  g_assert_nonnull (aim->ice);
  kith_ice_beware (aim->ice);
  run_for (50);
  guint n = kith_ice_get_candidates (aim->ice, candidates);
  for (guint i = n; i > 0; i--) {
    if (candidates[i - 1].endpoint.family == 4) {
      aim->to.sin_family = AF_INET;
      memcpy (&aim->to.sin_addr, candidates[i - 1].endpoint.ip, 4);
      aim->to.sin_port = htons (candidates[i - 1].endpoint.port);
    }
  }
  g_assert_cmpint (aim->to.sin_family, ==, AF_INET);
}

static void
teardown (Aim *aim, gconstpointer data)
{
  g_assert_false (aim->is_connected);
  kith_ice_free (aim->ice);
  kith_mailbox_free (aim->box);
  run_for (50);
}

/* A victim who never asked for anything: what it is sent in its name comes from its own socket
   here. */
static int
open_victim (const Aim *aim)
{
  struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = aim->to.sin_addr };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *)&at, sizeof at), ==, 0);
  return fd;
}

static void
pretend (const Aim *aim, int victim, guint8 id)
{
  guint8 data[256];
  gsize len = make_check (aim, id, data, sizeof data);

  g_assert_cmpint (sendto (victim, data, len, 0, (const struct sockaddr *)&aim->to, sizeof aim->to),
                   ==,
                   (gssize)len);
}

/* Packets that came to @victim: answers to what was sent in its name, and checks. */
static void
count (int victim, guint *n_answers, guint *n_checks)
{
  guint8 data[1500];

  while (recv (victim, data, sizeof data, 0) > 0) {
    *n_answers += data[0] == 1;
    *n_checks += data[0] == 0;
  }
}

/* One packet in somebody's name: an answer and five checks. */
static void
test_one (Aim *aim, gconstpointer data)
{
  int victim = open_victim (aim);
  guint n_answers = 0, n_checks = 0;

  pretend (aim, victim, 1);
  run_for (9000);
  count (victim, &n_answers, &n_checks);
  g_test_message ("%u answers, %u checks", n_answers, n_checks);
  g_assert_cmpuint (n_answers, ==, 1);
  g_assert_cmpuint (n_checks, >=, 1);
  g_assert_cmpuint (n_checks, <=, 5);
  close (victim);
}

/* Sixty ports of one host, again and again: no more than eight of them are checked at in ten
   seconds. */
static void
test_many (Aim *aim, gconstpointer data)
{
  int victims[MAX_VICTIMS];
  guint n_checked = 0, n_checks = 0, n_answers = 0;

  for (guint i = 0; i < MAX_VICTIMS; i++) {
    victims[i] = open_victim (aim);
  }
  for (guint round = 0; round < 8; round++) {
    for (guint i = 0; i < MAX_VICTIMS; i++) {
      pretend (aim, victims[i], (guint8)(round * MAX_VICTIMS + i));
      run_for (2);
    }
    run_for (900);
  }
  for (guint i = 0; i < MAX_VICTIMS; i++) {
    guint before = n_checks;
    count (victims[i], &n_answers, &n_checks);
    n_checked += n_checks > before;
    close (victims[i]);
  }
  g_test_message ("%u ports checked at, %u checks, %u answers to %u packets",
                  n_checked,
                  n_checks,
                  n_answers,
                  8 * MAX_VICTIMS);
  g_assert_cmpuint (n_checked, >, 0);
  g_assert_cmpuint (n_checked, <=, 8 + 1);
  g_assert_cmpuint (n_checks, <=, (8 + 1) * 5);
  g_assert_cmpuint (n_answers, <=, 8 * MAX_VICTIMS);
}

/* After ten seconds whoever knows the seed is let in again. */
static void
test_calm (Aim *aim, gconstpointer data)
{
  guint n_answers = 0, n_checks = 0;
  int victims[12];
  int late = open_victim (aim);

  for (guint i = 0; i < G_N_ELEMENTS (victims); i++) {
    victims[i] = open_victim (aim);
    pretend (aim, victims[i], (guint8)i);
    run_for (20);
  }
  pretend (aim, late, 20);
  run_for (300);
  count (late, &n_answers, &n_checks);
  g_assert_cmpuint (n_checks, ==, 0);
  run_for (11000);
  pretend (aim, late, 21);
  run_for (300);
  count (late, &n_answers, &n_checks);
  g_assert_cmpuint (n_checks, >=, 1);
  close (late);
  for (guint i = 0; i < G_N_ELEMENTS (victims); i++) {
    close (victims[i]);
  }
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/link/slot-aim/one", Aim, NULL, setup, test_one, teardown);
  g_test_add ("/link/slot-aim/many", Aim, NULL, setup, test_many, teardown);
  g_test_add ("/link/slot-aim/calm", Aim, NULL, setup, test_calm, teardown);
  return g_test_run ();
}
