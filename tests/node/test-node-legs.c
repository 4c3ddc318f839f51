/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call with two legs: its state is that of the furthest, it goes on while one of them does, and
   ends as the last one ended. */
#include <string.h>

#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

/* bob calls somebody at two telephones at once. */
typedef struct {
  World world;
  Host *bob;
  Peer *phones[2];
  KithCall *call;
} Scene;

static void
scene_set_up (Scene *scene, gconstpointer data)
{
  world_init (&scene->world, NOON_US);
  scene->bob = host_new_bare (&scene->world, "bob");
  scene->phones[0] = peer_new (&scene->world, 50);
  scene->phones[1] = peer_new (&scene->world, 60);
  scene->call = host_dial (scene->bob, "sip:phone@198.51.100.50");
  KithLeg *second = kith_call_make_leg (scene->call, KITH_LEG_CALLEE);
  kith_call_add_leg (scene->call, second);
  kith_leg_dial (second, 0, "sip:phone@198.51.100.60");
  settle ();
  assert_state (scene->call, "dialing");
  g_free (host_tell (scene->bob));
}

static void
scene_tear_down (Scene *scene, gconstpointer data)
{
  peer_free (scene->phones[0]);
  peer_free (scene->phones[1]);
  host_assert_idle (scene->bob);
  host_free (scene->bob);
  world_clear (&scene->world);
}

static void
let_ring (Scene *scene, guint phone)
{
  kith_dialog_ring (scene->phones[phone]->dialog);
  settle ();
}

static void
refuse (Scene *scene, guint phone, guint status)
{
  kith_dialog_reject (scene->phones[phone]->dialog, status, NULL);
  settle ();
}

/* One refuses, the other answers. */
static void
test_one_answers (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");

  let_ring (scene, 0);
  let_ring (scene, 1);
  assert_state (scene->call, "ringing");
  refuse (scene, 0, 486);
  assert_state (scene->call, "ringing");
  g_assert_cmpuint (kith_leg_get_state (scene->call->legs->pdata[0]), ==, KITH_LEG_ENDED);
  kith_dialog_answer (scene->phones[1]->dialog, plain);
  settle ();
  assert_state (scene->call, "connecting");
  g_assert_true (kith_call_get_leg (scene->call) == scene->call->legs->pdata[1]);
  assert_text (scene->call, "codec", "opus");
  g_assert_true (kith_call_hang_up (scene->call, NULL));
  settle ();
  assert_story (scene->bob, "1:ringing 1:connecting 1:ended(local)");
}

/* The one that rang refuses, the other one has not rung yet; then nobody is left. */
static void
test_all_refuse (Scene *scene, gconstpointer data)
{
  let_ring (scene, 0);
  assert_state (scene->call, "ringing");
  refuse (scene, 0, 603);
  assert_state (scene->call, "dialing");
  refuse (scene, 1, 486);
  assert_state (scene->call, "ended");
  assert_reason (scene->call, "busy");
  assert_story (scene->bob, "1:ringing 1:dialing 1:ended(busy)");
}

/* One answers: the other one stops to ring, and is told that nobody missed a call there. */
static void
test_answered_elsewhere (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");
  KithFakeDialog *other = KITH_FAKE_DIALOG (scene->phones[0]->dialog);

  let_ring (scene, 0);
  let_ring (scene, 1);
  kith_dialog_answer (scene->phones[1]->dialog, plain);
  settle ();
  assert_state (scene->call, "connecting");
  g_assert_cmpuint (kith_leg_get_state (scene->call->legs->pdata[0]), ==, KITH_LEG_ENDED);
  g_assert_cmpuint (kith_leg_get_reason (scene->call->legs->pdata[0]), ==, KITH_REASON_ELSEWHERE);
  g_assert_nonnull (strstr (scene->phones[0]->heard->str, "ended(0)"));
  g_assert_cmpstr (kith_fake_dialog_get_reason (other), ==, "elsewhere");
  kith_dialog_hang_up (scene->phones[1]->dialog, NULL);
  settle ();
  assert_story (scene->bob, "1:ringing 1:connecting 1:ended(remote)");
}

/* Who answered hangs up while another one is still asked: a call that was answered does not ring
   again. */
static void
test_no_way_back (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");

  kith_dialog_answer (scene->phones[1]->dialog, plain);
  settle ();
  kith_fake_media_flow (KITH_FAKE_MEDIA (leg_of (scene->call)->media));
  assert_state (scene->call, "active");
  KithLeg *third = kith_call_make_leg (scene->call, KITH_LEG_CALLEE);
  kith_call_add_leg (scene->call, third);
  kith_leg_dial (third, 0, "sip:phone@198.51.100.50");
  settle ();
  let_ring (scene, 0);
  assert_state (scene->call, "active");
  kith_dialog_hang_up (scene->phones[1]->dialog, NULL);
  settle ();
  assert_state (scene->call, "ended");
  assert_reason (scene->call, "remote");
  g_assert_cmpuint (kith_leg_get_state (third), ==, KITH_LEG_ENDED);
}

/* Two legs over one link that breaks: both end, and the call with them. */
static void
test_link_closed (Scene *scene, gconstpointer data)
{
  Peer *peer = peer_new (&scene->world, 70);
  g_autofree gchar *key = kith_peer_key_to_text (&peer->cert.identity);

  peer_link (peer, scene->bob);
  KithCall *call = host_dial (scene->bob, key);
  kith_dialog_ring (peer->dialog);
  settle ();
  KithLeg *second = kith_call_make_leg (call, KITH_LEG_CALLEE);
  kith_call_add_leg (call, second);
  kith_leg_dial (second, 0, NULL);
  settle ();
  kith_dialog_ring (peer->dialog);
  settle ();
  assert_state (call, "ringing");
  g_assert_nonnull (kith_leg_get_link (second));
  kith_fake_link_break (peer->link);
  settle ();
  g_assert_cmpuint (kith_leg_get_state (call->legs->pdata[0]), ==, KITH_LEG_ENDED);
  g_assert_cmpuint (kith_leg_get_state (second), ==, KITH_LEG_ENDED);
  assert_reason (call, "unreachable");
  peer_free (peer);
  g_assert_true (kith_call_hang_up (scene->call, NULL));
  settle ();
}

/* Our user leaves: one end, and both telephones stop. */
static void
test_hang_up (Scene *scene, gconstpointer data)
{
  let_ring (scene, 1);
  g_assert_true (kith_call_hang_up (scene->call, NULL));
  settle ();
  assert_story (scene->bob, "1:ringing 1:ended(local)");
  for (guint i = 0; i < 2; i++) {
    g_assert_nonnull (strstr (scene->phones[i]->heard->str, "ended(0)"));
    g_assert_cmpuint (kith_leg_get_reason (scene->call->legs->pdata[i]), ==, KITH_REASON_LOCAL);
  }
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/legs/" name, Scene, NULL, scene_set_up, function, scene_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("one-answers", test_one_answers);
  ADD ("all-refuse", test_all_refuse);
  ADD ("answered-elsewhere", test_answered_elsewhere);
  ADD ("no-way-back", test_no_way_back);
  ADD ("link-closed", test_link_closed);
  ADD ("hang-up", test_hang_up);
  return g_test_run ();
}
