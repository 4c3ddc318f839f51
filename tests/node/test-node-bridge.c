/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that phones of the house have: dialled there, or answered there; the sound is joined, and
   each side follows the other. */
#include <string.h>

#include "base/error.h"
#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

/* alice has two phones, and knows bob. */
typedef struct {
  World world;
  Host *alice, *bob;
  Peer *desk, *dect;
} Scene;

static void
scene_set_up (Scene *scene, gconstpointer data)
{
  world_init (&scene->world, NOON_US);
  scene->alice = host_new (&scene->world, "alice");
  scene->bob = host_new (&scene->world, "bob");
  settle ();
  scene->desk = host_add_phone (scene->alice, "desk", NULL, 50);
  scene->dect = host_add_phone (scene->alice, "dect", "guest", 60);
}

static void
scene_tear_down (Scene *scene, gconstpointer data)
{
  peer_free (scene->desk);
  peer_free (scene->dect);
  pass (&scene->world, 100);
  host_assert_idle (scene->alice);
  host_assert_idle (scene->bob);
  host_free (scene->alice);
  host_free (scene->bob);
  world_clear (&scene->world);
}

/* desk dials bob. */
static KithCall *
dial_bob (Scene *scene)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");

  host_skip (scene->alice);
  host_skip (scene->bob);
  peer_invite (scene->desk, scene->alice, "bob", plain);
  pass (&scene->world, 100);
  return host_call (scene->alice);
}

static KithFakeMedia *
media_of (KithLeg *leg)
{
  return KITH_FAKE_MEDIA (leg->media);
}

/* A phone that dials is answered when, and only when, the person is. */
static void
test_phone_dials (Scene *scene, gconstpointer data)
{
  KithCall *call = dial_bob (scene);

  g_assert_nonnull (call);
  assert_state (call, "ringing");
  g_assert_cmpstr (scene->desk->heard->str, ==, "ringing ");
  assert_state (host_call (scene->bob), "incoming");
  assert_text (host_call (scene->bob), "peer-name", "alice");
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  g_assert_cmpstr (scene->desk->heard->str, ==, "ringing answered ");
  assert_state (call, "connecting");
  KithLeg *far = kith_call_get_leg (call);
  KithLeg *near = call->house.joined;
  g_assert_true (kith_fake_media_get_joined (media_of (far)) == media_of (near));
  g_assert_cmpuint (kith_fake_media_get_state (media_of (near)), ==, KITH_FAKE_MEDIA_STARTED);
  kith_fake_media_flow (media_of (far));
  assert_state (call, "connecting"); /* nothing came of the phone yet */
  kith_fake_media_flow (media_of (near));
  assert_state (call, "active");
  assert_text (call, "encryption", "none"); /* the weaker of both */
  g_assert_true (kith_call_hang_up (host_call (scene->bob), NULL));
  settle ();
  g_assert_cmpstr (scene->desk->heard->str, ==, "ringing answered ended(0) ");
  assert_story (scene->alice,
                "1:locating 1:dialing 1:ringing 1:connecting 1:active 1:ended(remote)");
}

static void
test_phone_hangs_up (Scene *scene, gconstpointer data)
{
  KithCall *call = dial_bob (scene);

  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  kith_dialog_hang_up (scene->desk->dialog, NULL);
  settle ();
  assert_reason (call, "local");
  assert_reason (host_call (scene->bob), "remote");
}

static void
test_phone_cancels (Scene *scene, gconstpointer data)
{
  KithCall *call = dial_bob (scene);

  kith_dialog_hang_up (scene->desk->dialog, NULL);
  settle ();
  assert_reason (call, "local");
  assert_state (host_call (scene->bob), "ended");
}

static void
test_refused (Scene *scene, gconstpointer data)
{
  KithCall *call = dial_bob (scene);

  g_assert_true (kith_call_reject (host_call (scene->bob), KITH_REASON_BUSY, NULL));
  settle ();
  assert_reason (call, "busy");
  g_assert_cmpstr (scene->desk->heard->str, ==, "ringing early ");
  g_assert_cmpint (kith_fake_media_get_tone (media_of (call->house.joined)), ==, KITH_TONE_BUSY);
  pass (&scene->world, 3000);
  g_assert_cmpstr (scene->desk->heard->str, ==, "ringing early ended(486) ");
}

/* What cannot be dialled ends with a tone, and says why. */
static void
test_nobody (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");
  static const struct {
    const char *dialled, *reason, *heard;
    guint mark;
  } rows[] = {
    { "0301234567", "not-found", "early ended(404) ", KITH_MARK_NO_LINE },
    { "nobody-of-that-name", "not-found", "early ended(404) ", 0 },
    { "not!a!name", "not-found", "early ended(404) ", 0 },
    { "bob", "unauthorized", "early ended(403) ", KITH_MARK_NO_RIGHT }, /* dect is a guest's */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Peer *phone = rows[i].mark == KITH_MARK_NO_RIGHT ? scene->dect : scene->desk;
    g_string_truncate (phone->heard, 0);
    peer_invite (phone, scene->alice, rows[i].dialled, plain);
    settle ();
    KithCall *call = host_call (scene->alice);
    g_assert_nonnull (call);
    assert_text (call, "peer-address", rows[i].dialled);
    pass (&scene->world, 10000);
    assert_reason (call, rows[i].reason);
    g_assert_cmpstr (phone->heard->str, ==, rows[i].heard);
    g_assert_cmpuint (kith_trace_get_marks (kith_call_get_trace (call)) & rows[i].mark,
                      ==,
                      rows[i].mark);
    host_skip (scene->alice);
  }
}

/* A phone that gives up hears no more, and one without a description has nothing to hear. */
static void
test_tone_given_up (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");

  peer_invite (scene->desk, scene->alice, "0301234567", plain);
  settle ();
  g_assert_cmpstr (scene->desk->heard->str, ==, "early ");
  kith_dialog_hang_up (scene->desk->dialog, NULL);
  pass (&scene->world, 5000);
  g_assert_cmpstr (scene->desk->heard->str, ==, "early ended(200) ");
  g_string_truncate (scene->desk->heard, 0);
  peer_invite (scene->desk, scene->alice, "0301234567", NULL);
  settle ();
  g_assert_cmpstr (scene->desk->heard->str, ==, "ended(404) ");
}

/* Twenty at once, then one in three seconds; and four at the same time. */
static void
test_dials_too_often (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");

  for (guint i = 0; i < 20; i++) {
    peer_invite (scene->desk, scene->alice, "0301234567", NULL);
    settle ();
  }
  g_string_truncate (scene->desk->heard, 0);
  peer_invite (scene->desk, scene->alice, "0301234567", NULL);
  settle ();
  g_assert_cmpstr (scene->desk->heard->str, ==, "ended(480) ");
  pass (&scene->world, 3000);
  g_string_truncate (scene->desk->heard, 0);
  peer_invite (scene->desk, scene->alice, "0301234567", NULL);
  settle ();
  g_assert_cmpstr (scene->desk->heard->str, ==, "ended(404) ");
  pass (&scene->world, 30000);
  g_string_truncate (scene->desk->heard, 0);
  for (guint i = 0; i < 5; i++) {
    peer_invite (scene->desk, scene->alice, "dect", plain);
    settle ();
  }
  g_assert_cmpstr (scene->desk->heard->str, ==, "ended(486) ");
  kith_call_list_end_all (scene->alice->list);
}

/* Sound before the answer goes to the phone that dialled, and nothing of it leaves; without any
   within a second it hears that it rings. */
static void
test_early (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");

  peer_invite (scene->desk, scene->alice, "dect", plain);
  settle ();
  KithCall *call = host_call (scene->alice);
  kith_dialog_progress (scene->dect->dialog, plain);
  settle ();
  KithFakeMedia *near = media_of (call->house.joined);
  KithFakeMedia *far = media_of (kith_call_get_leg (call));
  assert_state (call, "early");
  g_assert_cmpstr (scene->desk->heard->str, ==, "early "); /* nobody rings yet */
  g_assert_cmpint (kith_fake_media_get_state (near), ==, KITH_FAKE_MEDIA_STARTED);
  g_assert_cmpint (kith_fake_media_get_state (far), ==, KITH_FAKE_MEDIA_LISTENING);
  g_assert_true (kith_fake_media_get_joined (far) == near);
  pass (&scene->world, 1100);
  g_assert_cmpint (kith_fake_media_get_tone (near), ==, KITH_TONE_RING_BACK);
  kith_fake_media_flow (far);
  g_assert_cmpint (kith_fake_media_get_tone (near), ==, KITH_TONE_NONE);
  kith_dialog_ring (scene->dect->dialog);
  settle ();
  g_assert_cmpstr (scene->desk->heard->str, ==, "early ringing "); /* both are passed on */
  kith_dialog_answer (scene->dect->dialog, plain);
  settle ();
  g_assert_cmpstr (scene->desk->heard->str, ==, "early ringing answered ");
  g_assert_cmpint (kith_fake_media_get_state (far), ==, KITH_FAKE_MEDIA_STARTED);
  g_assert_true (kith_call_hang_up (call, NULL));
}

/* Keys go on in the form that the other side knows: as packets by themselves, as packets that are
   made, by INFO, or in the sound. */
static void
test_keys (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP"); /* which knows no such packets */
  g_autoptr (GString) keyed = g_string_new (plain);

  g_string_replace (keyed, " 96 0\r\n", " 96 0 101\r\na=rtpmap:101 telephone-event/8000\r\n", 0);
  peer_invite (scene->desk, scene->alice, "dect", keyed->str);
  settle ();
  KithCall *call = host_call (scene->alice);
  kith_dialog_answer (scene->dect->dialog, plain);
  settle ();
  kith_fake_dialog_ack (KITH_FAKE_DIALOG (scene->desk->dialog), NULL);
  KithFakeMedia *near = media_of (call->house.joined);
  KithLeg *leg = kith_call_get_leg (call);
  KithFakeMedia *far = media_of (leg);
  kith_fake_media_tone (near, "1"); /* dect's peer takes neither packets nor INFO */
  g_assert_cmpstr (kith_fake_media_get_keys (far), ==, "1");
  kith_fake_dialog_set_takes_info (KITH_FAKE_DIALOG (leg->dialog), TRUE);
  kith_fake_media_tone (near, "2");
  settle ();
  g_assert_cmpstr (kith_fake_media_get_keys (far), ==, "1");
  g_assert_cmpstr (scene->dect->heard->str, ==, "key(2) ");
  g_string_truncate (scene->dect->heard, 0);
  kith_fake_media_tone (far, "3"); /* desk takes packets: this one went on as it was */
  g_assert_cmpstr (kith_fake_media_get_keys (near), ==, "");
  kith_fake_dialog_set_takes_info (KITH_FAKE_DIALOG (scene->dect->dialog), TRUE);
  g_assert_true (kith_dialog_press (scene->dect->dialog, '4')); /* by INFO */
  settle ();
  g_assert_cmpstr (kith_fake_media_get_keys (near), ==, "4");
  g_assert_true (kith_call_hang_up (call, NULL));
}

/* Who is a contact of alice's has a number there. */
static void
test_contact_number (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");
  guint id = host_befriend (scene->alice, scene->bob, FALSE);

  g_assert_true (contact_set_number_now (scene->alice->contacts, id, "13", NULL));
  peer_invite (scene->desk, scene->alice, "13", plain);
  pass (&scene->world, 100);
  assert_state (host_call (scene->bob), "incoming");
  assert_text (host_call (scene->alice), "peer-name", "bob");
  assert_text (host_call (scene->alice), "peer-address", "13");
  g_assert_true (kith_call_hang_up (host_call (scene->bob), NULL));
  settle ();
  (void)host_dial (scene->alice, "13"); /* at the node, too */
  pass (&scene->world, 100);
  assert_state (host_call (scene->bob), "incoming");
  g_assert_true (kith_call_hang_up (host_call (scene->alice), NULL));
}

/* At the node a phone is called by its name or number: with microphone and loudspeaker. */
static void
test_node_calls_phone (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");
  KithCall *call = host_dial (scene->alice, "dect");

  settle ();
  g_assert_nonnull (scene->dect->dialog);
  assert_state (call, "dialing");
  kith_dialog_ring (scene->dect->dialog);
  settle ();
  assert_state (call, "ringing");
  kith_dialog_answer (scene->dect->dialog, plain);
  settle ();
  kith_fake_media_flow (host_spy (scene->alice));
  assert_state (call, "active");
  assert_text (call, "peer-name", "dect");
  g_assert_false (kith_call_is_bridged (call));
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  call = host_dial (scene->alice, "11");
  settle ();
  g_assert_nonnull (scene->desk->dialog);
  assert_text (call, "peer-name", "desk");
  kith_dialog_reject (scene->desk->dialog, 486, NULL);
  settle ();
  assert_reason (call, "busy");
  kith_fake_media_maker_set_devices (KITH_FAKE_MEDIA_MAKER (scene->alice->media), FALSE, FALSE);
  call = host_dial (scene->alice, "desk");
  settle ();
  assert_reason (call, "media-failed"); /* nobody here could speak with it */
}

/* A phone's hold is passed on, and its end. */
static void
test_hold (Scene *scene, gconstpointer data)
{
  KithCall *call = dial_bob (scene);
  g_autofree gchar *plain = make_sdp ("RTP/AVP");
  g_autoptr (GString) held = g_string_new (plain);
  gboolean is_held = FALSE;

  g_string_replace (held, "a=sendrecv", "a=sendonly", 0);
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  kith_fake_dialog_ack (KITH_FAKE_DIALOG (scene->desk->dialog), NULL);
  kith_fake_media_flow (media_of (kith_call_get_leg (call)));
  kith_fake_media_flow (media_of (call->house.joined));
  kith_fake_media_flow (host_spy (scene->bob));
  settle ();
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->desk->dialog), held->str);
  pass (&scene->world, 2000);
  g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (KITH_FAKE_DIALOG (scene->desk->dialog)),
                    ==,
                    200);
  assert_state (call, "held");
  g_object_get (host_call (scene->bob), "held-by-peer", &is_held, NULL);
  g_assert_true (is_held);
  kith_fake_dialog_reoffer (KITH_FAKE_DIALOG (scene->desk->dialog), plain);
  pass (&scene->world, 3000);
  assert_state (call, "active");
  g_object_get (host_call (scene->bob), "held-by-peer", &is_held, NULL);
  g_assert_false (is_held);
  g_assert_true (kith_call_hang_up (call, NULL));
}

/* A person calls: the node and its phones ring, and a phone answers. */
static void
test_phone_answers (Scene *scene, gconstpointer data)
{
  g_autofree gchar *plain = make_sdp ("RTP/AVP");
  KithCall *out = host_dial (scene->bob, "alice");

  pass (&scene->world, 100);
  KithCall *call = host_call (scene->alice);
  assert_state (call, "incoming");
  assert_state (out, "ringing");
  g_assert_nonnull (scene->desk->dialog);
  g_assert_nonnull (scene->dect->dialog);
  kith_dialog_ring (scene->desk->dialog);
  kith_dialog_ring (scene->dect->dialog);
  kith_dialog_answer (scene->dect->dialog, plain);
  settle ();
  assert_state (out, "connecting");
  assert_state (call, "connecting");
  g_assert_cmpstr (scene->desk->heard->str, ==, "ended(0) ");
  g_assert_true (kith_dialog_is_elsewhere (scene->desk->dialog)
                 || g_strcmp0 (kith_fake_dialog_get_reason (KITH_FAKE_DIALOG (scene->desk->dialog)),
                               "elsewhere")
                        == 0);
  g_assert_true (kith_fake_media_get_joined (media_of (kith_call_get_leg (call)))
                 == media_of (call->house.joined));
  kith_dialog_hang_up (scene->dect->dialog, NULL);
  settle ();
  assert_reason (call, "local");
  assert_reason (out, "remote");
}

/* Answered at the node itself. */
static void
test_node_answers (Scene *scene, gconstpointer data)
{
  (void)host_dial (scene->bob, "alice");
  pass (&scene->world, 100);
  g_assert_cmpint (host_accept (scene->alice, host_call (scene->alice)), ==, -1);
  g_assert_cmpstr (scene->desk->heard->str, ==, "ended(0) ");
  g_assert_cmpstr (scene->dect->heard->str, ==, "ended(0) ");
  g_assert_true (kith_call_hang_up (host_call (scene->alice), NULL));
}

/* Without sound devices of its own a node rings its phones, and is busy when they are. */
static void
test_no_devices (Scene *scene, gconstpointer data)
{
  kith_fake_media_maker_set_devices (KITH_FAKE_MEDIA_MAKER (scene->alice->media), FALSE, FALSE);
  KithCall *out = host_dial (scene->bob, "alice");
  pass (&scene->world, 100);
  assert_state (out, "dialing"); /* nobody rings yet */
  kith_dialog_ring (scene->desk->dialog);
  settle ();
  assert_state (out, "ringing");
  g_assert_cmpint (host_accept (scene->alice, host_call (scene->alice)), ==, KITH_ERROR_MEDIA);
  kith_dialog_reject (scene->desk->dialog, 486, NULL);
  kith_dialog_reject (scene->dect->dialog, 480, NULL);
  settle ();
  assert_reason (out, "busy");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function)                                                                        \
  g_test_add ("/node/bridge/" path, Scene, NULL, scene_set_up, function, scene_tear_down)
  ADD ("phone-dials", test_phone_dials);
  ADD ("phone-hangs-up", test_phone_hangs_up);
  ADD ("phone-cancels", test_phone_cancels);
  ADD ("refused", test_refused);
  ADD ("nobody", test_nobody);
  ADD ("tone-given-up", test_tone_given_up);
  ADD ("dials-too-often", test_dials_too_often);
  ADD ("early", test_early);
  ADD ("keys", test_keys);
  ADD ("contact-number", test_contact_number);
  ADD ("node-calls-phone", test_node_calls_phone);
  ADD ("hold", test_hold);
  ADD ("phone-answers", test_phone_answers);
  ADD ("node-answers", test_node_answers);
  ADD ("no-devices", test_no_devices);
  return g_test_run ();
}
