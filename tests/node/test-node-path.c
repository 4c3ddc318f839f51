/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls whose network changes, goes away and comes back, and what their users are told. */
#include <string.h>

#include "base/error.h"
#include "common/steps.h"
#include "node/node-fixture.h"

typedef struct {
  World world;
  Host *alice, *bob;
  guint n_changed;
} Pair;

static void
pair_set_up (Pair *pair, gconstpointer data)
{
  world_init (&pair->world, NOON_US);
  pair->alice = host_new (&pair->world, "alice");
  pair->bob = host_new (&pair->world, "bob");
}

static void
pair_tear_down (Pair *pair, gconstpointer data)
{
  pass (&pair->world, 5000);
  host_assert_idle (pair->alice);
  host_assert_idle (pair->bob);
  host_free (pair->bob);
  host_free (pair->alice);
  world_clear (&pair->world);
}

/* The youngest link of @host. */
static KithFakeLink *
link_of (Host *host)
{
  KithFakeLink *link = NULL;

  for (guint id = 1; id < 2000; id++) {
    KithLink *found = kith_link_pool_get (host->links, id);
    link = found != NULL ? KITH_FAKE_LINK (found) : link;
  }
  g_assert_nonnull (link);
  return link;
}

/* Both speak for @ms. */
static void
chat (Pair *pair, guint ms)
{
  for (guint i = 0; i < ms; i += 20) {
    speak (pair->alice);
    speak (pair->bob);
    pass (&pair->world, 20);
  }
}

static void
hang_up (Host *host)
{
  g_assert_true (kith_call_hang_up (host_call (host), NULL));
  settle ();
}

static gboolean
is_in_trace (KithCall *call, const char *part)
{
  return steps_count (kith_call_get_trace (call), part) > 0;
}

static void
on_changed (KithCall *call, Pair *pair)
{
  pair->n_changed++;
}

/* Silence, then the voice again: the user sees it, the state does not move, nobody rings. */
static void
test_reconnecting (Pair *pair, gconstpointer data)
{
  KithMediaStats stats;

  talk (pair->alice, pair->bob, "bob");
  KithCall *call = host_call (pair->alice);
  chat (pair, 200);
  host_skip (pair->alice);
  host_skip (pair->bob);
  g_signal_connect (call, "changed", G_CALLBACK (on_changed), pair);
  kith_fake_link_set_moving (link_of (pair->alice), TRUE);
  chat (pair, 1000); /* addresses changed, but the voice still comes */
  g_assert_false (call_is_reconnecting (call));
  pass (&pair->world, 150);
  g_assert_false (call_is_reconnecting (call));
  g_assert_cmpuint (pair->n_changed, ==, 0);
  pass (&pair->world, 200);
  g_assert_true (call_is_reconnecting (call));
  g_assert_cmpuint (pair->n_changed, ==, 1);
  pass (&pair->world, 1050);
  assert_state (call, "active");
  g_assert_true (call_is_reconnecting (call));
  chat (pair, 20);
  g_assert_false (call_is_reconnecting (call));
  g_assert_cmpuint (pair->n_changed, ==, 2);
  gint64 after = call_number (call, "reconnected-after");
  g_assert_cmpint (after, >=, 1400);
  g_assert_cmpint (after, <=, 1450);
  g_assert_true (is_in_trace (call, "Voice is back after 1.4 s"));
  kith_fake_link_set_moving (link_of (pair->alice), FALSE);
  chat (pair, 500);
  g_assert_false (call_is_reconnecting (call));
  g_assert_true (kith_call_get_stats (call, &stats));
  g_assert_cmpuint (stats.interruptions, ==, 1);
  g_assert_cmpuint (stats.longest_gap_ms, >=, 1400);
  g_assert_cmpuint (stats.longest_gap_ms, <=, 1450);
  assert_story (pair->alice, "");
  assert_story (pair->bob, "");
  g_signal_handlers_disconnect_by_data (call, pair);
  hang_up (pair->alice);
  g_assert_true (kith_call_get_stats (call, &stats)); /* they stay */
  g_assert_cmpuint (stats.interruptions, ==, 1);
}

/* The link is well again, but they send no audio: that is no reason to look for ever. */
static void
test_well_but_silent (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithCall *call = host_call (pair->alice);
  kith_fake_link_set_suspect (link_of (pair->alice), TRUE);
  pass (&pair->world, 1000);
  g_assert_true (call_is_reconnecting (call));
  kith_fake_link_set_suspect (link_of (pair->alice), FALSE);
  pass (&pair->world, 1000);
  g_assert_true (call_is_reconnecting (call));
  pass (&pair->world, 1200);
  g_assert_false (call_is_reconnecting (call));
  assert_state (call, "active");
  hang_up (pair->alice);
}

/* The properties follow the path, and the audio goes on with its keys. */
static void
test_path (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithCall *call = host_call (pair->alice);
  KithFakeLink *link = link_of (pair->alice);
  KithFakeMedia *media = host_spy (pair->alice);
  kith_fake_link_set_rtt (link, 4);
  kith_fake_media_set_rtt (media, 4000);
  chat (pair, 2000);
  KithLinkPath path = { .is_relayed_by_friend = TRUE, .friend_delay_ms = 18 };
  g_autofree guint8 *key = g_memdup2 (kith_fake_media_get_local_key (media), KITH_SRTP_KEY_LEN);

  assert_text (call, "path-kind", "host");
  assert_text (call, "via", "");
  memset (&path.friend_key, 7, sizeof path.friend_key);
  g_assert_true (kith_trust_pin (pair->alice->trust, "carol", &path.friend_key, 1, NULL));
  kith_fake_link_set_path (link, &path);
  assert_text (call, "path-kind", "friend");
  assert_text (call, "via", "carol");
  assert_text (call, "local-candidate", "");
  g_assert_true (is_in_trace (call, "Through carol, about 18 ms one way"));
  chat (pair, 2000);
  /* the old path's round trip says nothing of it */
  g_assert_false (is_in_trace (call, "Through carol, adds"));
  kith_fake_media_set_rtt (media, 38000);
  chat (pair, 2000);
  g_assert_true (
      is_in_trace (call, "Through carol, adds 17 ms: one way takes 19 ms, and took 2 ms directly"));

  guint sent = kith_fake_link_get_sent (link);
  chat (pair, 100);
  g_assert_cmpuint (kith_fake_link_get_sent (link), ==, sent + 5);

  path = (KithLinkPath){ .rtt_ms = 12 };
  g_assert_true (kith_endpoint_parse ("203.0.113.7:4000", &path.local.endpoint));
  g_assert_true (kith_endpoint_parse ("198.51.100.2:5000", &path.remote.endpoint));
  path.local.type = KITH_CANDIDATE_SRFLX;
  kith_fake_link_set_path (link, &path);
  assert_text (call, "path-kind", "srflx");
  assert_text (call, "via", "");
  assert_text (call, "remote-candidate", "198.51.100.2:5000");
  chat (pair, 100);
  g_assert_cmpuint (kith_fake_link_get_sent (link), ==, sent + 10);
  g_assert_cmpmem (kith_fake_media_get_local_key (media),
                   KITH_SRTP_KEY_LEN,
                   key,
                   KITH_SRTP_KEY_LEN);
  g_assert_true (host_spy (pair->alice) == media);
  hang_up (pair->bob);
  assert_text (call, "path-kind", "srflx"); /* of the last path, for who looks later */
}

/* The link dies: the call says so in words, and the next one works at once. */
static void
test_lost (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithCall *call = host_call (pair->alice);
  chat (pair, 100);
  kith_fake_link_set_moving (link_of (pair->alice), TRUE);
  pass (&pair->world, 30000);
  assert_state (call, "active");
  host_break_links (pair->alice);
  assert_reason (call, "network-lost");
  assert_text (call,
               "detail",
               "nothing was heard from bob for 30 s; call again when the network is back");
  g_assert_false (call_is_reconnecting (call));
  talk (pair->alice, pair->bob, "bob");
  hang_up (pair->alice);
}

/* Who lost the call dials again while the other side still hopes: the new call takes the place of
   the old one. */
static void
test_redial (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithCall *old = host_call (pair->bob);
  chat (pair, 100);
  KithFakeLink *lost = link_of (pair->bob);
  kith_fake_link_end (link_of (pair->alice), KITH_REASON_NETWORK_LOST);
  settle ();
  assert_reason (host_call (pair->alice), "network-lost");
  assert_state (old, "active");
  pass (&pair->world, 700);
  talk (pair->alice, pair->bob, "bob");
  assert_reason (old, "network-lost");
  g_assert_true (host_call (pair->bob) != old);
  hang_up (pair->alice);
  kith_fake_link_break (lost);
  settle ();
}

/* Both dial again at the same moment: one of the two calls rings, and can be answered. */
static void
test_glare (Pair *pair, gconstpointer data)
{
  kith_fake_dht_set_delay (pair->world.dht, 200);
  (void)host_dial (pair->alice, "bob");
  (void)host_dial (pair->bob, "alice");
  pass (&pair->world, 1000);
  kith_fake_dht_set_delay (pair->world.dht, 0);
  gboolean alice_first
      = memcmp (host_key (pair->alice)->bytes, host_key (pair->bob)->bytes, KITH_KEY_LEN) > 0;
  Host *caller = alice_first ? pair->alice : pair->bob;
  Host *callee = alice_first ? pair->bob : pair->alice;
  g_assert_cmpuint (callee->calls->len, ==, 2);
  assert_state (host_call (callee), "incoming");
  assert_state (caller->calls->pdata[0], "ringing");
  KithCall *yielded = callee->calls->pdata[0];
  assert_state (yielded, "ended");
  const char *reason = kith_reason_word (kith_call_get_reason (yielded));
  g_assert_true (g_str_equal (reason, "replaced") || g_str_equal (reason, "busy"));
  g_assert_cmpint (host_accept (callee, host_call (callee)), ==, -1);
  speak (caller);
  speak (callee);
  assert_state (caller->calls->pdata[0], "active");
  g_assert_true (kith_call_hang_up (caller->calls->pdata[0], NULL));
  settle ();
}

/* But a call that is heard is not thrown out by a second one of the same person: that one rings
   beside it. */
static void
test_no_redial (Pair *pair, gconstpointer data)
{
  g_autoptr (Peer) mallory = peer_new (&pair->world, 0x40);
  g_autofree gchar *sdp = make_sdp ("RTP/SAVP");

  talk (pair->alice, pair->bob, "bob");
  KithCall *call = host_call (pair->bob);
  chat (pair, 100);
  mallory->cert
      = *kith_vault_get_device_cert (pair->alice->vault,
                                     kith_clock_wall (pair->world.clock) / G_USEC_PER_SEC);
  g_free (mallory->identity);
  g_autofree gchar *key = kith_peer_key_to_text (host_key (pair->alice));
  mallory->identity = g_strdup_printf ("sip:alice@%s.kith.alt", key);
  peer_link (mallory, pair->bob);
  peer_invite (mallory, pair->bob, "bob", sdp);
  settle ();
  assert_state (call, "active");
  g_assert_nonnull (strstr (mallory->heard->str, "ringing"));
  kith_dialog_hang_up (mallory->dialog, NULL);
  settle ();
  assert_state (call, "active");
  hang_up (pair->alice);
}

/* A link that looks for a path is not for new calls; the old call's end does not wait for the
   network. */
static void
test_hang_up_away (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithFakeLink *old = link_of (pair->alice);
  kith_fake_link_set_moving (old, TRUE);
  pass (&pair->world, 500);
  hang_up (pair->alice);
  assert_reason (host_call (pair->alice), "local");
  g_assert_cmpuint (kith_fake_link_get_holds (old), ==, 0);
  KithCall *call = host_dial (pair->alice, "bob");
  assert_state (call, "ringing");
  g_assert_true (link_of (pair->alice) != old);
  hang_up (pair->alice);
  kith_fake_link_set_moving (old, FALSE);
  guint count = kith_link_pool_count (pair->alice->links);
  assert_state (host_dial (pair->alice, "bob"), "ringing");
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, count);
  hang_up (pair->alice);
}

/* An answered call waits for its first sound as long as the link looks for a path. */
static void
test_answered_away (Pair *pair, gconstpointer data)
{
  (void)host_dial (pair->alice, "bob");
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  kith_fake_link_set_moving (link_of (pair->bob), TRUE);
  kith_fake_link_set_moving (link_of (pair->alice), TRUE);
  g_assert_true (call_is_reconnecting (host_call (pair->bob)));
  pass (&pair->world, 29000);
  assert_state (host_call (pair->alice), "connecting");
  assert_state (host_call (pair->bob), "connecting");
  kith_fake_link_set_moving (link_of (pair->bob), FALSE);
  kith_fake_link_set_moving (link_of (pair->alice), FALSE);
  speak (pair->alice);
  speak (pair->bob);
  assert_state (host_call (pair->alice), "active");
  hang_up (pair->alice);

  (void)host_dial (pair->alice, "bob"); /* and no longer when the link is well */
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  pass (&pair->world, 21000);
  assert_reason (host_call (pair->bob), "media-failed");
}

/* Both look for a path in vain: the sentence says why, and that in time. */
static void
test_unreachable (Pair *pair, gconstpointer data)
{
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->alice->nat), KITH_NAT_SYMMETRIC);
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->bob->nat), KITH_NAT_PORT_RESTRICTED);
  pass (&pair->world, 1100); /* bob publishes it */
  kith_fake_net_set_reachable (pair->world.net, host_device (pair->bob), FALSE);
  KithCall *call = host_dial (pair->alice, "bob");
  pass (&pair->world, 4500);
  assert_reason (call, "unreachable");
  assert_text (call,
               "detail",
               "you are behind a symmetric NAT and bob is behind a port-restricted NAT, between "
               "which there is no direct path: a TURN server or a friend of both who relays is "
               "needed");
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->bob->nat), KITH_NAT_SYMMETRIC);
  pass (&pair->world, 1100);
  call = host_dial (pair->alice, "bob");
  pass (&pair->world, 4500);
  assert_text (call,
               "detail",
               "both sides are behind a symmetric NAT, between which there is no direct path: a "
               "TURN server or a friend of both who relays is needed");
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->bob->nat), KITH_NAT_FULL_CONE);
  pass (&pair->world, 1100);
  call = host_dial (pair->alice, "bob"); /* the NATs are not to blame */
  pass (&pair->world, 4500);
  assert_reason (call, "unreachable");
  g_autofree gchar *detail = call_text (call, "detail");
  g_assert_null (strstr (detail, "NAT"));
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->alice->nat), KITH_NAT_SYMMETRIC);
  g_autoptr (Host) carol = host_new (&pair->world, "carol"); /* has just started */
  kith_fake_net_set_reachable (pair->world.net, host_device (carol), FALSE);
  call = host_dial (pair->alice, "carol");
  kith_fake_nat_set_kind (KITH_FAKE_NAT (carol->nat), KITH_NAT_SYMMETRIC);
  pass (&pair->world, 4500);
  g_autofree gchar *late = call_text (call, "detail");
  g_assert_true (g_str_has_prefix (late, "both sides are behind a symmetric NAT"));
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->alice->nat), KITH_NAT_BLOCKED);
  call = host_dial (pair->alice, "bob");
  pass (&pair->world, 4500);
  assert_text (call,
               "detail",
               "you are in a network that blocks UDP: a TURN server by TCP or TLS, or a friend of "
               "both who relays, is needed");
}

/* A callee whose sound does not work says so, and the caller is told the truth. */
static void
test_no_sound (Pair *pair, gconstpointer data)
{
  kith_fake_media_maker_fail_next (KITH_FAKE_MEDIA_MAKER (pair->bob->media), FALSE);
  KithCall *call = host_dial (pair->alice, "bob");
  assert_reason (call, "media-failed");
  assert_text (call, "detail", "bob's phone has no working microphone or speaker");
  g_assert_cmpint (call_number (call, "sip-status"), ==, 480);
  call = host_dial (pair->alice, "bob");
  kith_fake_media_maker_fail_next (KITH_FAKE_MEDIA_MAKER (pair->bob->media), TRUE);
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, KITH_ERROR_MEDIA);
  assert_reason (call, "media-failed");
  assert_text (call, "detail", "bob's phone has no working microphone or speaker");
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/path/" name, Pair, NULL, pair_set_up, function, pair_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("reconnecting", test_reconnecting);
  ADD ("well-but-silent", test_well_but_silent);
  ADD ("path", test_path);
  ADD ("lost", test_lost);
  ADD ("redial", test_redial);
  ADD ("glare", test_glare);
  ADD ("no-redial", test_no_redial);
  ADD ("hang-up-away", test_hang_up_away);
  ADD ("answered-away", test_answered_away);
  ADD ("unreachable", test_unreachable);
  ADD ("no-sound", test_no_sound);
  return g_test_run ();
}
