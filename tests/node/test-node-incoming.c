/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stories of calls with a peer that is moved by hand: over a link or by ordinary SIP, polite or
   not. */
#include <string.h>

#include "base/error.h"
#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

typedef struct {
  World world;
  Host *bob;
  Peer *peer;
  gchar *secure, *plain; /* offers */
} Scene;

/* @data: non-NULL: with a link from the peer to bob. */
static void
scene_set_up (Scene *scene, gconstpointer data)
{
  world_init (&scene->world, NOON_US);
  scene->bob = host_new_bare (&scene->world, "bob");
  scene->peer = peer_new (&scene->world, 7);
  scene->secure = make_sdp ("RTP/SAVP");
  scene->plain = make_sdp ("RTP/AVP");
  if (data != NULL) {
    peer_link (scene->peer, scene->bob);
  }
}

static void
scene_tear_down (Scene *scene, gconstpointer data)
{
  host_assert_idle (scene->bob);
  peer_free (scene->peer);
  host_free (scene->bob);
  world_clear (&scene->world);
  g_free (scene->secure);
  g_free (scene->plain);
}

#define assert_heard(scene, expected)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    settle ();                                                                                     \
    g_strchomp ((scene)->peer->heard->str);                                                        \
    g_assert_cmpstr ((scene)->peer->heard->str, ==, expected);                                     \
    g_string_truncate ((scene)->peer->heard, 0);                                                   \
  }                                                                                                \
  G_STMT_END

static KithFakeDialog *
far_dialog (Scene *scene)
{
  return KITH_FAKE_DIALOG (scene->peer->dialog);
}

/* On a link */

static void
test_answered (Scene *scene, gconstpointer data)
{
  g_autofree gchar *key = kith_peer_key_to_text (&scene->peer->cert.identity);

  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing");
  KithCall *call = host_call (scene->bob);
  assert_text (call, "peer-key", key);
  assert_text (call, "peer-name", "mallory"); /* what the peer calls itself */
  assert_text (call, "trust", "unknown");
  g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
  assert_heard (scene, "answered");
  g_assert_cmpint (host_accept (scene->bob, call), ==, KITH_ERROR_WRONG_STATE); /* twice */
  g_autoptr (GError) error = NULL;
  g_assert_false (kith_call_reject (call, KITH_REASON_REJECTED, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_WRONG_STATE);
  kith_fake_media_flow (host_spy (scene->bob));
  assert_state (call, "active");
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
  assert_story (scene->bob, "1:incoming 1:connecting 1:active 1:ended(remote)");
  g_assert_cmpint (host_accept (scene->bob, call), ==, KITH_ERROR_WRONG_STATE);
  g_assert_false (host_has_pins (scene->bob)); /* who calls is not pinned */
}

/* The audio is set up anew, with another SSRC: the peer is told by a new offer, also when both
   offer at once. */
static void
test_new_ssrc (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing");
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  assert_heard (scene, "answered");
  for (guint i = 0; i < 2; i++) {
    if (i == 1) {
      kith_clock_advance (scene->world.clock, 2000);
      g_assert_true (kith_dialog_reoffer (scene->peer->dialog, scene->secure, NULL));
    }
    guint32 ssrc = kith_fake_media_renew (host_spy (scene->bob));
    g_autofree gchar *line = g_strdup_printf ("a=ssrc:%u ", ssrc);
    settle ();
    if (i == 1) {
      g_assert_null (strstr (kith_dialog_get_remote_sdp (scene->peer->dialog), line));
      kith_clock_advance (scene->world.clock, 1500);
      settle ();
    }
    g_assert_nonnull (strstr (kith_dialog_get_remote_sdp (scene->peer->dialog), line));
    g_assert_false (kith_fake_dialog_has_ended (far_dialog (scene)));
  }
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
}

/* Whatever makes our stream another one again and again: the peer is told once a second, and not
   for ever. */
static void
test_restless (Scene *scene, gconstpointer data)
{
  guint told = 0;

  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing");
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  assert_heard (scene, "answered");
  for (guint i = 0; i < 200; i++) {
    g_autofree gchar *line
        = g_strdup_printf ("a=ssrc:%u ", kith_fake_media_renew (host_spy (scene->bob)));
    settle ();
    told += strstr (kith_dialog_get_remote_sdp (scene->peer->dialog), line) != NULL;
    if (i % 20 == 19) {
      kith_clock_advance (scene->world.clock, 1000);
    }
  }
  g_assert_cmpuint (told, >=, 1);
  g_assert_cmpuint (told, <=, 12);
  g_assert_false (kith_fake_dialog_has_ended (far_dialog (scene)));
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
}

static void
test_cancelled (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  settle ();
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
  assert_story (scene->bob, "1:incoming 1:ended(remote)");
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, KITH_ERROR_WRONG_STATE);
  g_assert_false (kith_fake_sip_count_dialogs (KITH_FAKE_SIP (scene->bob->sip)));
}

/* 20 ms of the peer's stream @ssrc come over the link. */
static void
hear_stream (Scene *scene, guint8 ssrc)
{
  const guint8 packet[] = { 0x80, 0x00, 0x00, 0x01, 0, 0, 0, 0xA0, 0, 0, 0, ssrc, 0x7F };

  (void)kith_link_send_media (KITH_LINK (scene->peer->link), packet, sizeof packet);
  settle ();
}

/* The same caller anew, as after a broken network: the new call rings in place of the old one.
   While they talk it rings as a second call over the same link, and each has the packets of its own
   stream. */
static void
test_second_invite (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing");
  g_autoptr (KithDialog) first = g_object_ref (scene->peer->dialog);
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing");
  g_assert_true (kith_fake_dialog_has_ended (KITH_FAKE_DIALOG (first)));
  assert_story (scene->bob, "1:incoming 1:ended(replaced) 2:incoming");
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  g_autoptr (KithDialog) second = g_object_ref (scene->peer->dialog);
  g_auto (GStrv) parts = g_strsplit (scene->secure, "a=ssrc:7 ", -1);
  g_autofree gchar *other = g_strjoinv ("a=ssrc:8 ", parts);
  KithFakeMedia *sevens = host_spy (scene->bob);
  peer_invite (scene->peer, scene->bob, "bob", other);
  assert_heard (scene, "answered ringing");
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  KithFakeMedia *eights = host_spy (scene->bob);
  g_assert_true (sevens != eights);
  hear_stream (scene, 8);
  g_assert_cmpuint (kith_fake_media_get_received (sevens), ==, 0);
  g_assert_cmpuint (kith_fake_media_get_received (eights), ==, 1);
  hear_stream (scene, 7);
  hear_stream (scene, 7);
  g_assert_cmpuint (kith_fake_media_get_received (sevens), ==, 2);
  g_assert_cmpuint (kith_fake_media_get_received (eights), ==, 1);
  g_assert_true (kith_fake_media_plays (eights) && !kith_fake_media_plays (sevens));
  g_assert_true (kith_call_hang_up (host_call (scene->bob), NULL));
  g_assert_true (kith_fake_media_plays (sevens));
  kith_dialog_hang_up (second, NULL);
  settle ();
  g_string_truncate (scene->peer->heard, 0);
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing"); /* the link's media is free again */
  g_assert_true (kith_call_hang_up (host_call (scene->bob), NULL));
  assert_heard (scene, "ended(603)");
}

/* A description without the SSRC that tells its stream from those of other calls. */
static gchar *
without_ssrc (const char *sdp)
{
  g_auto (GStrv) parts = g_strsplit (sdp, "a=ssrc:7 cname:x\r\n", -1);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  return g_strjoinv ("", parts);
}

static gboolean
on_others_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  return FALSE;
}

/* Another call over the link has their SSRC already: this one is refused, and the next with another
   one rings. */
static void
test_ssrc_in_use (Scene *scene, gconstpointer data)
{
  KithLink *link = KITH_LINK (kith_fake_link_get_other (scene->peer->link));

  g_assert_true (kith_link_claim_media (link, 7, on_others_media, scene, NULL));
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ended(488)");
  kith_link_release_media (link, 7, scene);
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing");
  g_assert_false (kith_link_claim_media (link, 7, on_others_media, scene, NULL));
  g_assert_true (kith_call_hang_up (host_call (scene->bob), NULL));
  assert_heard (scene, "ended(603)");
  g_assert_true (kith_link_claim_media (link, 7, on_others_media, scene, NULL));
  kith_link_release_media (link, 7, scene);
}

/* The audio fails while it takes their description: nothing of the call stays with the link. */
static void
test_fails_within (Scene *scene, gconstpointer data)
{
  KithLink *link = KITH_LINK (kith_fake_link_get_other (scene->peer->link));

  kith_fake_media_maker_fail_next_remote (KITH_FAKE_MEDIA_MAKER (scene->bob->media));
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  settle ();
  assert_reason (host_call (scene->bob), "media-failed");
  g_assert_true (kith_link_claim_media (link, 7, on_others_media, scene, NULL));
  kith_link_release_media (link, 7, scene);
}

/* Each is refused with 488 before anyone is rung. */
static void
test_bad_offers (Scene *scene, gconstpointer data)
{
  g_autofree gchar *dtls = make_sdp ("UDP/TLS/RTP/SAVP");
  g_autofree gchar *feedback = make_sdp ("RTP/AVPF");
  g_autofree gchar *nameless = without_ssrc (scene->secure);
  const char *const offers[] = { scene->plain, dtls, feedback, nameless };

  for (guint i = 0; i < G_N_ELEMENTS (offers); i++) {
    g_test_message ("offer %u", i);
    peer_invite (scene->peer, scene->bob, "bob", offers[i]);
    assert_heard (scene, "ended(488)");
    assert_reason (host_call (scene->bob), "not-acceptable");
    g_assert_cmpint (call_number (host_call (scene->bob), "rang-at"), ==, 0);
  }
}

static void
test_bad_answer (Scene *scene, gconstpointer data)
{
  g_autofree gchar *key = kith_peer_key_to_text (&scene->peer->cert.identity);
  g_autofree gchar *refused = g_strdup (scene->secure);
  memcpy (strstr (refused, "audio 9"), "audio 0", 7);
  g_autofree gchar *nameless = without_ssrc (scene->secure);
  const char *const answers[] = { scene->plain, refused, nameless, "v=0\r\nnonsense\r\n" };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    g_test_message ("answer %u", i);
    KithCall *call = host_dial (scene->bob, key);
    assert_state (call, "dialing");
    kith_dialog_ring (scene->peer->dialog);
    kith_dialog_answer (scene->peer->dialog, answers[i]);
    settle ();
    assert_reason (call, i < 3 ? "not-acceptable" : "media-failed");
    assert_heard (scene, "ended(0)"); /* the peer is told by BYE */
  }
  KithCall *call = host_dial (scene->bob, key);
  kith_dialog_answer (scene->peer->dialog, scene->secure); /* no 180 before the 200 */
  settle ();
  assert_state (call, "connecting");
  g_assert_true (kith_call_hang_up (call, NULL));
  assert_heard (scene, "ended(0)");
}

/* What the callee's program or a phone says, and what our user is told. */
static void
test_statuses (Scene *scene, gconstpointer data)
{
  static const struct {
    guint status;
    const char *at_once, *after_ringing;
  } rows[] = {
    { 302, "unreachable", "unreachable" },
    { 400, "internal", "internal" },
    { 401, "unauthorized", "unauthorized" },
    { 403, "unauthorized", "unauthorized" },
    { 404, "not-found", "not-found" },
    { 408, "unreachable", "no-answer" },
    { 415, "not-acceptable", "not-acceptable" },
    { 480, "unreachable", "no-answer" },
    { 485, "ambiguous", "ambiguous" },
    { 486, "busy", "busy" },
    { 487, "no-answer", "no-answer" },
    { 488, "not-acceptable", "not-acceptable" },
    { 500, "internal", "internal" },
    { 503, "unreachable", "unreachable" },
    { 600, "busy", "busy" },
    { 603, "rejected", "rejected" },
    { 604, "not-found", "not-found" },
    { 606, "not-acceptable", "not-acceptable" },
  };

  for (guint i = 0; i < 2 * G_N_ELEMENTS (rows); i++) {
    gboolean rings = i % 2 == 1;
    KithCall *call = host_dial (scene->bob, "sip:phone@198.51.100.7");
    assert_state (call, "dialing");
    if (rings) {
      kith_dialog_ring (scene->peer->dialog);
    }
    kith_dialog_reject (scene->peer->dialog, rows[i / 2].status, "Because");
    settle ();
    g_test_message ("%u%s", rows[i / 2].status, rings ? " after 180" : "");
    assert_reason (call, rings ? rows[i / 2].after_ringing : rows[i / 2].at_once);
    g_assert_cmpint (call_number (call, "sip-status"), ==, rows[i / 2].status);
    pass (&scene->world, 31000); /* or there would be too many */
    g_string_truncate (scene->peer->heard, 0);
  }
}

static void
test_reoffer (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  settle ();
  KithCall *call = host_call (scene->bob);
  g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
  kith_fake_media_flow (host_spy (scene->bob));
  kith_fake_dialog_reoffer (far_dialog (scene), scene->secure);
  settle ();
  g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (far_dialog (scene)), ==, 200);
  const char *const bad[] = { scene->plain, "v=0\r\n" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    kith_fake_dialog_reoffer (far_dialog (scene), bad[i]);
    settle ();
    g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (far_dialog (scene)), ==, 488);
    assert_state (call, "active"); /* and the call goes on as it was */
    guint n = kith_fake_media_get_packets (host_spy (scene->bob))->len;
    speak (scene->bob);
    g_assert_cmpuint (kith_fake_media_get_packets (host_spy (scene->bob))->len, ==, n + 1);
  }
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
}

static gchar *
with_direction (const char *sdp, const char *direction)
{
  return g_strdup_printf ("%sa=%s\r\n", sdp, direction);
}

/* An INVITE without an offer rings; ours goes out with the answer, and nobody talks before theirs
   came in the ACK. */
static void
test_late_offer (Scene *scene, gconstpointer data)
{
  const char *const answers[] = { data != NULL ? scene->secure : scene->plain,
                                  data != NULL ? scene->plain : scene->secure,
                                  NULL };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    peer_invite (scene->peer, scene->bob, "bob", NULL);
    assert_heard (scene, "ringing");
    KithCall *call = host_call (scene->bob);
    g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
    assert_heard (scene, "answered");
    assert_state (call, "connecting");
    const char *offer = kith_fake_dialog_get_heard_sdp (far_dialog (scene));
    g_assert_nonnull (strstr (offer, "m=audio "));
    g_assert_nonnull (strstr (offer, "opus"));
    g_assert_nonnull (strstr (offer, "PCMU"));
    g_assert_cmpint (kith_fake_media_get_state (host_spy (scene->bob)), ==, KITH_FAKE_MEDIA_MADE);
    kith_fake_dialog_ack (far_dialog (scene), answers[i]);
    settle ();
    if (i == 0) {
      kith_fake_media_flow (host_spy (scene->bob));
      assert_state (call, "active");
      kith_dialog_hang_up (scene->peer->dialog, NULL);
      assert_heard (scene, "ended(200)");
    } else { /* no good, or none at all */
      assert_heard (scene, "ended(0)");
      assert_reason (call, "not-acceptable");
      g_assert_null (host_spy (scene->bob));
    }
  }
}

/* A re-INVITE without an offer gets all that we can do, not the last answer; the answer in the ACK
   counts. */
static void
test_offer_wanted (Scene *scene, gconstpointer data)
{
  g_autofree gchar *held = with_direction (scene->plain, "sendonly");
  g_autofree gchar *deaf = with_direction (scene->plain, "inactive");

  peer_invite (scene->peer, scene->bob, "bob", scene->plain);
  settle ();
  KithCall *call = host_call (scene->bob);
  g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
  kith_fake_media_flow (host_spy (scene->bob));
  kith_fake_dialog_reoffer (far_dialog (scene), held);
  settle ();
  g_assert_nonnull (strstr (kith_fake_dialog_get_heard_sdp (far_dialog (scene)), "a=recvonly"));
  const char *const answers[] = { deaf, scene->plain, NULL };
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++) {
    kith_fake_dialog_reoffer (far_dialog (scene), NULL);
    settle ();
    g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (far_dialog (scene)), ==, 200);
    const char *offer = kith_fake_dialog_get_heard_sdp (far_dialog (scene));
    g_assert_nonnull (strstr (offer, "opus"));
    g_assert_null (strstr (offer, "a=recvonly"));
    g_assert_null (strstr (offer, "a=inactive"));
    kith_fake_dialog_ack (far_dialog (scene), answers[i]);
    settle ();
    if (answers[i] == NULL) {
      break;
    }
    guint n = kith_fake_media_get_packets (host_spy (scene->bob))->len;
    speak (scene->bob);
    g_assert_cmpuint (kith_fake_media_get_packets (host_spy (scene->bob))->len, ==, n + i);
  }
  assert_reason (call, "not-acceptable");
  assert_heard (scene, "ringing answered ended(0)");
}

static void
test_elsewhere (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->plain);
  settle ();
  kith_fake_dialog_cancel_elsewhere (far_dialog (scene));
  settle ();
  assert_reason (host_call (scene->bob), "elsewhere");
}

/* The daemon stops while it rings: nobody declined, so that other telephones of a group go on
   ringing. */
static void
test_stopped (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->plain);
  assert_heard (scene, "ringing");
  kith_call_list_end_all (scene->bob->list);
  assert_heard (scene, "ended(480)");
  assert_reason (host_call (scene->bob), "no-answer");
}

/* Each new offer builds the audio anew: a flood of them is told to wait, one that changes nothing
   costs nothing. */
static void
test_reoffer_flood (Scene *scene, gconstpointer data)
{
  guint taken = 0;

  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  settle ();
  KithCall *call = host_call (scene->bob);
  g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
  kith_fake_media_flow (host_spy (scene->bob));
  for (guint i = 0; i < 50; i++) {
    g_autofree gchar *sdp = g_strdup_printf ("%sa=ptime:%u\r\n", scene->secure, 10 + i);
    kith_fake_dialog_reoffer (far_dialog (scene), sdp);
    settle ();
    guint status = kith_fake_dialog_get_reoffer_status (far_dialog (scene));
    g_assert_true (status == 200 || status == 500);
    taken += status == 200;
    for (guint k = 0; status == 200 && k < 20; k++) {
      kith_fake_dialog_reoffer (far_dialog (scene), sdp); /* the same once more */
      settle ();
      g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (far_dialog (scene)), ==, 200);
    }
  }
  g_assert_cmpuint (taken, ==, 5);
  assert_state (call, "active");
  pass (&scene->world, 2000);
  g_autofree gchar *late = g_strdup_printf ("%sa=ptime:%u\r\n", scene->secure, 100);
  kith_fake_dialog_reoffer (far_dialog (scene), late);
  settle ();
  g_assert_cmpuint (kith_fake_dialog_get_reoffer_status (far_dialog (scene)), ==, 200);
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
}

static void
test_unheard (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ringing");
  pass (&scene->world, 60 * 1000);
  assert_heard (scene, "ended(480)");
  assert_reason (host_call (scene->bob), "no-answer");
}

static void
test_lying_from (Scene *scene, gconstpointer data)
{
  g_autofree gchar *bob = g_strdup (scene->bob->context.sip_identity);

  g_free (scene->peer->identity);
  scene->peer->identity = g_steal_pointer (&bob); /* somebody else's key, bob's own even */
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ended(403)");
  g_assert_null (host_call (scene->bob));
}

/* Names that the peer gives itself are shown only as far as they are names. */
static void
test_names_of_strangers (Scene *scene, gconstpointer data)
{
  static const struct {
    const char *user, *shown;
  } rows[] = { { "Alice", "alice" },
               { "%E2%80%AEecila", "" }, /* right-to-left override */
               { "a%0Ab", "" },
               { "0123456789012345678901234567890123456789", "" } };
  g_autofree gchar *key = kith_peer_key_to_text (&scene->peer->cert.identity);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s", rows[i].user);
    g_free (scene->peer->identity);
    scene->peer->identity = g_strdup_printf ("sip:%s@%s.kith.alt", rows[i].user, key);
    peer_invite (scene->peer, scene->bob, "bob", scene->secure);
    settle ();
    assert_text (host_call (scene->bob), "peer-name", rows[i].shown);
    assert_text (host_call (scene->bob), "peer-key", key);
    kith_dialog_hang_up (scene->peer->dialog, NULL);
    settle ();
  }
}

/* Somebody else calls under a name that is pinned: shown as a mismatch, and the pin stays. */
static void
test_mismatch (Scene *scene, gconstpointer data)
{
  KithPeerKey friend, now;

  memset (&friend, 0x55, sizeof friend);
  g_assert_true (kith_trust_pin (scene->bob->trust, "mallory", &friend, 1, NULL));
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  settle ();
  assert_text (host_call (scene->bob), "trust", "mismatch");
  g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
  kith_fake_media_flow (host_spy (scene->bob));
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
  g_assert_true (kith_trust_get_pin (scene->bob->trust, "mallory", &now));
  g_assert_true (kith_peer_key_equal (&now, &friend));
}

/* People who are known have room of their own in the SIP stack. */
static void
test_word_of_judge (Scene *scene, gconstpointer data)
{
  const guint words[] = { KITH_JUDGE_GO_ON, KITH_JUDGE_KNOWN };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    peer_invite (scene->peer, scene->bob, "bob", scene->secure);
    settle ();
    g_assert_cmpuint (kith_fake_sip_get_word (KITH_FAKE_SIP (scene->bob->sip)), ==, words[i]);
    kith_dialog_hang_up (scene->peer->dialog, NULL);
    settle ();
    const KithPeerKey *key = &scene->peer->cert.identity;
    g_assert_true (kith_trust_pin (scene->bob->trust, "ally", key, 1, NULL));
  }
}

/* Ordinary SIP */

static void
test_phone_calls (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->plain);
  assert_heard (scene, "ringing");
  KithCall *call = host_call (scene->bob);
  assert_text (call, "encryption", "none");
  assert_text (call, "peer-key", "");
  assert_text (call, "peer-name", "A telephone");
  g_assert_cmpint (host_accept (scene->bob, call), ==, -1);
  assert_heard (scene, "answered");
  g_assert_null (kith_fake_media_get_local_key (host_spy (scene->bob)));
  kith_fake_media_flow (host_spy (scene->bob));
  assert_state (call, "active");
  g_assert_true (kith_call_hang_up (call, NULL));
  assert_heard (scene, "ended(0)");
}

static void
test_call_phone (Scene *scene, gconstpointer data)
{
  KithCall *call = host_dial (scene->bob, "sip:phone@198.51.100.7");

  kith_dialog_ring (scene->peer->dialog);
  settle ();
  assert_state (call, "ringing");
  g_assert_nonnull (strstr (kith_dialog_get_remote_sdp (scene->peer->dialog), "RTP/AVP"));
  g_assert_nonnull (strstr (kith_dialog_get_remote_sdp (scene->peer->dialog), scene->bob->address));
  kith_dialog_answer (scene->peer->dialog, scene->plain);
  settle ();
  assert_text (call, "encryption", "none");
  kith_fake_media_flow (host_spy (scene->bob));
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
  assert_story (scene->bob, "1:locating 1:dialing 1:ringing 1:connecting 1:active 1:ended(remote)");
  g_assert_false (host_has_pins (scene->bob)); /* there is no key to pin */

  call = host_dial (scene->bob, "sip:phone@198.51.100.7");
  kith_dialog_answer (scene->peer->dialog, scene->secure); /* keys that came in the clear */
  settle ();
  assert_reason (call, "not-acceptable");
  call = host_dial (scene->bob, "sip:phone@nowhere.invalid");
  assert_reason (call, "unreachable");
  assert_text (call, "detail", "There is no host of this name");
  call = host_dial (scene->bob, "sip:phone@203.0.113.9"); /* nobody there */
  assert_reason (call, "unreachable");
  g_assert_cmpint (call_number (call, "sip-status"), ==, 0); /* nobody said 408 */
  assert_text (call, "detail", KITH_PHRASE_SILENCE);
}

/* RFC 3263 section 4.3: no response, or 503, from the first address: the next one is tried; a
   refusal counts as the answer that it is. */
static void
test_next_address (Scene *scene, gconstpointer data)
{
  static const char *const addresses[] = { "203.0.113.9", "203.0.113.10", "198.51.100.7", NULL };

  kith_fake_sip_set_addresses (KITH_FAKE_SIP (scene->bob->sip), "pbx.example", addresses);
  KithCall *call = host_dial (scene->bob, "sip:phone@pbx.example");
  settle ();
  g_assert_nonnull (scene->peer->dialog);
  kith_dialog_answer (scene->peer->dialog, scene->plain);
  settle ();
  kith_fake_media_flow (host_spy (scene->bob));
  assert_state (call, "active");
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
  assert_story (scene->bob, "1:locating 1:dialing 1:connecting 1:active 1:ended(remote)");
}

static void
test_no_other_address (Scene *scene, gconstpointer data)
{
  static const struct {
    guint status;
    const char *reason;
  } rows[] = { { 486, "busy" }, { 503, "unreachable" } };
  static const char *const addresses[] = { "198.51.100.7", NULL };

  kith_fake_sip_set_addresses (KITH_FAKE_SIP (scene->bob->sip), "pbx.example", addresses);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithCall *call = host_dial (scene->bob, "sip:phone@pbx.example");
    kith_dialog_reject (scene->peer->dialog, rows[i].status, NULL);
    settle ();
    assert_reason (call, rows[i].reason);
  }
}

/* Sound of a 183 is heard before the answer; our microphone stays shut until then. */
static void
test_early (Scene *scene, gconstpointer data)
{
  KithCall *call = host_dial (scene->bob, "sip:phone@198.51.100.7");
  KithFakeMedia *spy = host_spy (scene->bob);

  kith_fake_dialog_early (far_dialog (scene), scene->secure); /* cannot be heard: no harm done */
  settle ();
  assert_state (call, "dialing");
  kith_fake_dialog_early (far_dialog (scene), scene->plain);
  settle ();
  assert_state (call, "early");
  g_assert_cmpint (kith_fake_media_get_state (spy), ==, KITH_FAKE_MEDIA_LISTENING);
  kith_dialog_ring (scene->peer->dialog);
  settle ();
  assert_state (call, "early");
  kith_fake_media_flow (spy);
  speak (scene->bob);
  assert_state (call, "early");
  g_assert_cmpuint (kith_fake_media_get_packets (spy)->len, ==, 0);
  pass (&scene->world, 30000); /* announcements take their time */
  assert_state (call, "early");
  kith_dialog_answer (scene->peer->dialog, scene->plain);
  settle ();
  assert_state (call, "connecting"); /* who answers has to be heard, too */
  speak (scene->bob);
  g_assert_cmpuint (kith_fake_media_get_packets (spy)->len, ==, 1);
  kith_fake_media_flow (spy);
  assert_state (call, "active");
  kith_dialog_hang_up (scene->peer->dialog, NULL);
  settle ();
  assert_story (scene->bob, "1:locating 1:dialing 1:early 1:connecting 1:active 1:ended(remote)");

  call = host_dial (scene->bob, "sip:phone@198.51.100.7");
  kith_dialog_ring (scene->peer->dialog);
  settle ();
  kith_fake_dialog_early (far_dialog (scene), scene->plain);
  settle ();
  assert_story (scene->bob, "2:locating 2:dialing 2:ringing 2:early");
  pass (&scene->world, (scene->bob->config->ring_timeout_s + 4) * 1000);
  assert_reason (call, "no-answer");
  call = host_dial (scene->bob,
                    "sip:phone@198.51.100.7"); /* it says "100 Trying", and nothing more */
  pass (&scene->world, (scene->bob->config->ring_timeout_s + 4) * 1000);
  assert_reason (call, "no-answer");
}

/* Nobody is called because a stranger says so: it is shown where they are. */
static void
test_moved (Scene *scene, gconstpointer data)
{
  KithCall *call = host_dial (scene->bob, "sip:phone@198.51.100.7");

  assert_text (call, "moved-to", "");
  kith_fake_dialog_move (far_dialog (scene), "sip:home@192.0.2.77:5070");
  settle ();
  assert_reason (call, "unreachable");
  assert_text (call, "moved-to", "sip:home@192.0.2.77:5070");
  assert_text (call, "detail", "they are at sip:home@192.0.2.77:5070 now");
  g_assert_cmpint (call_number (call, "sip-status"), ==, 302);
  g_assert_cmpuint (kith_fake_sip_count_dialogs (KITH_FAKE_SIP (scene->bob->sip)), ==, 0);
}

static void
test_whose_phone (Scene *scene, gconstpointer data)
{
  static const struct {
    const char *user, *heard;
  } rows[] = { { "carol", "ringing" },
               { "100", "ringing" },
               { "BOB", "ringing" },
               { "bob", "ringing" },
               { "", "ringing" } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s", rows[i].user);
    peer_invite (scene->peer, scene->bob, rows[i].user, scene->plain);
    assert_heard (scene, rows[i].heard);
    kith_dialog_hang_up (scene->peer->dialog, NULL);
    settle ();
    g_string_truncate (scene->peer->heard, 0);
  }
  g_assert_cmpuint (scene->bob->calls->len, ==, G_N_ELEMENTS (rows));
}

static void
test_bad_phones (Scene *scene, gconstpointer data)
{
  peer_invite (scene->peer, scene->bob, "bob", scene->secure);
  assert_heard (scene, "ended(488)");
  assert_reason (host_call (scene->bob), "not-acceptable");
}

/* The list */

static void
test_limits (Scene *scene, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < scene->bob->config->max_calls; i++) {
    assert_state (host_dial (scene->bob, "sip:phone@198.51.100.7"), "dialing");
  }
  g_assert_null (kith_call_list_dial (scene->bob->list, "sip:phone@198.51.100.7", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_LIMIT_REACHED);
  g_clear_error (&error);
  g_assert_true (kith_call_hang_up (scene->bob->calls->pdata[3], NULL));
  assert_state (host_dial (scene->bob, "sip:phone@198.51.100.7"), "dialing");
  for (guint i = 0; i < scene->bob->calls->len; i++) {
    (void)kith_call_hang_up (scene->bob->calls->pdata[i], NULL);
  }
  g_assert_null (kith_call_list_dial (scene->bob->list, "not an address", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ADDRESS);
  g_clear_error (&error);
  g_assert_null (kith_call_list_dial (scene->bob->list, "sips:bob@example.org", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED);
}

static void
ring_in_vain (Scene *scene, Peer *peer, const char *offer, const char *heard)
{
  g_string_truncate (peer->heard, 0);
  peer_invite (peer, scene->bob, "bob", offer);
  settle ();
  g_assert_cmpstr (g_strchomp (peer->heard->str), ==, heard);
  kith_dialog_hang_up (peer->dialog, NULL);
  settle ();
}

/* A dozen calls a minute that nobody answers, then the line is busy for this peer, and for nobody
   else. */
static void
test_in_vain (Scene *scene, gconstpointer data)
{
  g_autoptr (Peer) other = peer_new (&scene->world, 9);

  peer_link (other, scene->bob);
  for (guint i = 0; i < 12; i++) {
    ring_in_vain (scene, scene->peer, scene->secure, "ringing");
  }
  guint n = scene->bob->calls->len;
  ring_in_vain (scene, scene->peer, scene->secure, "ended(486)");
  peer_link (scene->peer, scene->bob); /* a new link is no new peer */
  ring_in_vain (scene, scene->peer, scene->secure, "ended(486)");
  g_assert_cmpuint (scene->bob->calls->len, ==, n + 1); /* our user sees these as one */
  g_assert_cmpint (call_number (host_call (scene->bob), "calls"), ==, 2);
  ring_in_vain (scene, other, scene->secure, "ringing");
  pass (&scene->world, 61 * 1000);
  ring_in_vain (scene, scene->peer, scene->secure, "ringing");
  for (guint i = 0; i < 20; i++) { /* what was answered was not in vain */
    peer_invite (other, scene->bob, "bob", scene->secure);
    settle ();
    g_assert_cmpint (host_accept (scene->bob, host_call (scene->bob)), ==, -1);
    kith_dialog_hang_up (other->dialog, NULL);
    settle ();
  }
}

static void
test_in_vain_plain (Scene *scene, gconstpointer data)
{
  for (guint i = 0; i < 30; i++) {
    ring_in_vain (scene, scene->peer, scene->plain, "ringing");
  }
  ring_in_vain (scene, scene->peer, scene->plain, "ended(486)");
  pass (&scene->world, 61 * 1000);
  ring_in_vain (scene, scene->peer, scene->plain, "ringing");
}

/* One identity opens four links to us and no more, from however many devices. */
static void
test_links_of_one (Scene *scene, gconstpointer data)
{
  Peer *same[6];

  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    same[i] = peer_new (&scene->world, (guint8)(20 + i));
    memset (&same[i]->cert.identity, 20, KITH_KEY_LEN);
    peer_link (same[i], scene->bob);
    settle ();
    g_assert_cmpuint (kith_link_pool_count (scene->bob->links), ==, MIN (i + 1, 4));
  }
  peer_link (scene->peer, scene->bob); /* somebody else still can */
  g_assert_cmpuint (kith_link_pool_count (scene->bob->links), ==, 5);
  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    peer_free (same[i]);
  }
  g_assert_cmpuint (kith_link_pool_count (scene->bob->links), ==, 1);
}

/* Who lost the network comes back on new links while the old ones are not dead yet; but not without
   end. */
static void
test_lost_links_of_one (Scene *scene, gconstpointer data)
{
  Peer *same[10];

  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    same[i] = peer_new (&scene->world, (guint8)(20 + i));
    memset (&same[i]->cert.identity, 20, KITH_KEY_LEN);
    peer_link (same[i], scene->bob);
    settle ();
    g_assert_cmpuint (kith_link_pool_count (scene->bob->links), ==, MIN (i + 1, 8));
    KithFakeLink *end = i < 8 ? kith_fake_link_get_other (same[i]->link) : NULL;
    if (end != NULL && i % 2 == 0) {
      kith_fake_link_set_moving (end, TRUE);
    } else if (end != NULL) {
      kith_fake_link_set_suspect (end, TRUE);
    }
  }
  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    peer_free (same[i]);
  }
  g_assert_cmpuint (kith_link_pool_count (scene->bob->links), ==, 0);
}

static guint
count_listed (Scene *scene)
{
  g_autoptr (GList) calls = kith_call_list_get (scene->bob->list);

  return g_list_length (calls);
}

static void
test_ended_stay (Scene *scene, gconstpointer data)
{
  KithCall *call = host_dial (scene->bob, "sip:phone@198.51.100.7");

  pass (&scene->world, 2000); /* one that goes on is not touched */
  g_assert_true (kith_call_hang_up (call, NULL));
  pass (&scene->world, 29000);
  g_assert_cmpuint (count_listed (scene), ==, 1);
  g_assert_cmpuint (scene->bob->n_removed, ==, 0);
  pass (&scene->world, 2000);
  g_assert_cmpuint (count_listed (scene), ==, 0);
  g_assert_cmpuint (scene->bob->n_removed, ==, 1);
  assert_reason (call, "local"); /* who holds it can read it still */

  for (guint i = 0; i < 100; i++) { /* young, but too many: the oldest go */
    g_assert_true (kith_call_hang_up (host_dial (scene->bob, "sip:phone@198.51.100.7"), NULL));
    settle ();
  }
  pass (&scene->world, 1000);
  g_assert_cmpuint (count_listed (scene), ==, 64);
  call = host_dial (scene->bob, "sip:phone@198.51.100.7");
  kith_call_list_end_all (scene->bob->list);
  g_assert_cmpuint (count_listed (scene), ==, 0);
  assert_reason (call, "local");
}

int
main (int argc, char **argv)
{
#define ADD(name, data, function)                                                                  \
  g_test_add ("/node/incoming/" name, Scene, data, scene_set_up, function, scene_tear_down)
#define LINK "link"

  g_test_init (&argc, &argv, NULL);
  ADD ("answered", LINK, test_answered);
  ADD ("cancelled", LINK, test_cancelled);
  ADD ("second-invite", LINK, test_second_invite);
  ADD ("bad-offers", LINK, test_bad_offers);
  ADD ("ssrc-in-use", LINK, test_ssrc_in_use);
  ADD ("fails-within", LINK, test_fails_within);
  ADD ("new-ssrc", LINK, test_new_ssrc);
  ADD ("restless", LINK, test_restless);
  ADD ("bad-answer", LINK, test_bad_answer);
  ADD ("statuses", NULL, test_statuses);
  ADD ("reoffer", LINK, test_reoffer);
  ADD ("reoffer-flood", LINK, test_reoffer_flood);
  ADD ("late-offer", LINK, test_late_offer);
  ADD ("late-offer-of-phone", NULL, test_late_offer);
  ADD ("offer-wanted", NULL, test_offer_wanted);
  ADD ("elsewhere", NULL, test_elsewhere);
  ADD ("stopped", NULL, test_stopped);
  ADD ("early", NULL, test_early);
  ADD ("moved", NULL, test_moved);
  ADD ("unheard", LINK, test_unheard);
  ADD ("lying-from", LINK, test_lying_from);
  ADD ("names-of-strangers", LINK, test_names_of_strangers);
  ADD ("mismatch", LINK, test_mismatch);
  ADD ("word-of-judge", LINK, test_word_of_judge);
  ADD ("phone-calls", NULL, test_phone_calls);
  ADD ("call-phone", NULL, test_call_phone);
  ADD ("next-address", NULL, test_next_address);
  ADD ("no-other-address", NULL, test_no_other_address);
  ADD ("whose-phone", NULL, test_whose_phone);
  ADD ("bad-phones", NULL, test_bad_phones);
  ADD ("limits", NULL, test_limits);
  ADD ("in-vain", LINK, test_in_vain);
  ADD ("in-vain-plain", NULL, test_in_vain_plain);
  ADD ("links-of-one", NULL, test_links_of_one);
  ADD ("lost-links-of-one", NULL, test_lost_links_of_one);
  ADD ("ended-stay", NULL, test_ended_stay);
  return g_test_run ();
}
