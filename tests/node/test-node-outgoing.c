/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stories of a call to somebody by name, from the first step to every end that it can have. */
#include <string.h>

#include "base/error.h"
#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"

typedef struct {
  World world;
  Host *alice, *bob;
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
  host_assert_idle (pair->alice);
  host_assert_idle (pair->bob);
  host_free (pair->bob);
  host_free (pair->alice);
  world_clear (&pair->world);
}

static void
assert_times (KithCall *call, const char *const *names)
{
  gint64 before = NOON_US;

  for (guint i = 0; names[i] != NULL; i++) {
    gint64 at = call_number (call, names[i]);
    g_assert_cmpint (at, >=, before);
    before = at;
  }
}

static void
test_whole (Pair *pair, gconstpointer data)
{
  static const char *const steps[] = { "started-at",  "located-at", "linked-at", "rang-at",
                                       "answered-at", "flowing-at", "ended-at",  NULL };
  g_autofree gchar *bob_key = kith_peer_key_to_text (host_key (pair->bob));
  g_autofree gchar *alice_key = kith_peer_key_to_text (host_key (pair->alice));
  g_autoptr (GError) error = NULL;
  KithMediaStats stats;

  KithCall *call = host_dial (pair->alice, "bob");
  assert_story (pair->alice, "1:locating 1:dialing 1:ringing");
  assert_story (pair->bob, "1:incoming");
  KithCall *theirs = host_call (pair->bob);
  assert_text (call, "peer-address", "bob");
  assert_text (call, "peer-key", bob_key);
  assert_text (call, "located-by", "dht");
  assert_text (call, "trust", "unknown");
  assert_text (call, "encryption", "srtp-link");
  assert_text (call, "path-kind", "host");
  assert_text (theirs, "peer-name", "alice");
  assert_text (theirs, "peer-key", alice_key);
  assert_text (theirs, "encryption", "srtp-link");
  g_assert_cmpint (call_number (call, "answered-at"), ==, 0);
  pass (&pair->world, 2000);

  KithFakeMedia *ours_spy = host_spy (pair->alice), *theirs_spy = host_spy (pair->bob);
  g_assert_cmpint (kith_fake_media_get_state (theirs_spy), ==, KITH_FAKE_MEDIA_PREPARED);
  g_assert_cmpint (host_accept (pair->bob, theirs), ==, -1);
  assert_story (pair->alice, "1:connecting");
  assert_story (pair->bob, "1:connecting");
  g_assert_cmpmem (kith_fake_media_get_local_key (ours_spy),
                   KITH_SRTP_KEY_LEN,
                   kith_fake_media_get_remote_key (theirs_spy),
                   KITH_SRTP_KEY_LEN);
  g_assert_cmpmem (kith_fake_media_get_remote_key (ours_spy),
                   KITH_SRTP_KEY_LEN,
                   kith_fake_media_get_local_key (theirs_spy),
                   KITH_SRTP_KEY_LEN);
  g_assert_cmpint (memcmp (kith_fake_media_get_local_key (ours_spy),
                           kith_fake_media_get_remote_key (ours_spy),
                           KITH_SRTP_KEY_LEN),
                   !=,
                   0);
  speak (pair->alice); /* bob hears alice first */
  assert_story (pair->bob, "1:active");
  assert_story (pair->alice, "");
  speak (pair->bob);
  assert_story (pair->alice, "1:active");
  assert_text (call, "codec", "opus");
  pass (&pair->world, 60 * 1000); /* no timer of an earlier step is left */
  g_assert_true (kith_call_get_stats (call, &stats));
  g_assert_cmpuint (stats.packets_sent, ==, 1);

  g_assert_true (kith_call_hang_up (call, &error));
  settle ();
  assert_story (pair->alice, "1:ended(local)");
  assert_story (pair->bob, "1:ended(remote)");
  assert_times (call, steps);
  g_assert_true (kith_call_get_stats (call, &stats)); /* the last figures stay */
  g_assert_cmpuint (stats.packets_sent, ==, 1);
  g_assert_false (kith_call_hang_up (call, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_WRONG_STATE);
}

/* A second call takes the link that is up, and either side may end it. */
static void
test_again (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  g_assert_true (kith_call_hang_up (host_call (pair->bob), NULL));
  settle ();
  assert_reason (host_call (pair->alice), "remote");
  assert_reason (host_call (pair->bob), "local");
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 1);
  g_free (host_tell (pair->alice));

  guint look_ups = kith_fake_dht_get_look_ups (pair->world.dht);
  talk (pair->alice, pair->bob, "bob");
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 1);
  assert_text (host_call (pair->alice), "located-by", "petname");
  assert_text (host_call (pair->alice), "trust", "seen");
  /* who bob is was not asked again */
  g_assert_cmpuint (kith_fake_dht_get_look_ups (pair->world.dht), <=, look_ups + 3);
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));

  talk (pair->bob, pair->alice, "alice"); /* and the other way on the same link */
  g_assert_cmpuint (kith_link_pool_count (pair->bob->links), ==, 1);
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
}

/* While the network is asked who it is, an attempt to whomever it will be is prepared: one for each
   call, and none where there is a link. */
static void
test_prepared (Pair *pair, gconstpointer data)
{
  KithFakeLinkMaker *maker = KITH_FAKE_LINK_MAKER (pair->alice->maker);
  g_autoptr (GError) error = NULL;

  KithCall *call = kith_call_list_dial (pair->alice->list, "bob", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (kith_fake_link_maker_count_prepared (maker), ==, 1);
  assert_state (call, "locating");
  settle ();
  assert_state (call, "ringing");
  g_assert_cmpuint (kith_fake_link_maker_count_prepared (maker), ==, 0);
  g_assert_cmpuint (kith_fake_link_maker_get_prepares (maker), ==, 1);
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();

  talk (pair->alice, pair->bob, "bob"); /* over the link that is up; now bob is known */
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
  guint before = kith_fake_link_maker_get_prepares (maker);
  talk (pair->alice, pair->bob, "bob");
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
  g_assert_cmpuint (kith_fake_link_maker_get_prepares (maker), ==, before);

  host_break_links (pair->alice); /* known, and no link: while the record is looked for */
  settle ();
  call = kith_call_list_dial (pair->alice->list, "bob", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (kith_fake_link_maker_get_prepares (maker), ==, before);
  settle ();
  g_assert_cmpuint (kith_fake_link_maker_get_prepares (maker), ==, before + 1);
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();

  call = kith_call_list_dial (pair->alice->list, "nobody", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (kith_fake_link_maker_count_prepared (maker), ==, 1);
  g_assert_true (kith_call_hang_up (call, NULL)); /* given up before anybody was found */
  g_assert_cmpuint (kith_fake_link_maker_count_prepared (maker), ==, 0);
}

/* The callee's record is renewed while the link is being made: the maker is told, once for each,
   and not of what it tries already. */
static void
test_newer_record (Pair *pair, gconstpointer data)
{
  KithFakeLinkMaker *maker = KITH_FAKE_LINK_MAKER (pair->alice->maker);

  kith_fake_net_set_reachable (pair->world.net, host_device (pair->bob), FALSE);
  KithCall *call = host_dial (pair->alice, "bob");
  assert_state (call, "dialing");
  pass (&pair->world, 1000);
  g_assert_cmpuint (kith_fake_link_maker_get_retargets (maker), ==, 0);
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->bob->nat), KITH_NAT_SYMMETRIC);
  pass (&pair->world, 1000);
  g_assert_cmpuint (kith_fake_link_maker_get_retargets (maker), ==, 1);
  pass (&pair->world, 3000);
  assert_state (call, "ended");
  kith_fake_nat_set_kind (KITH_FAKE_NAT (pair->bob->nat), KITH_NAT_FULL_CONE);
  pass (&pair->world, 2000);
  g_assert_cmpuint (kith_fake_link_maker_get_retargets (maker), ==, 1);
}

static void
test_rejected (Pair *pair, gconstpointer data)
{
  const struct {
    KithReason reason;
    const char *word;
    guint status;
  } rows[] = { { KITH_REASON_REJECTED, "rejected", 603 }, { KITH_REASON_BUSY, "busy", 486 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithCall *call = host_dial (pair->alice, "bob");
    g_autoptr (GError) error = NULL;
    g_assert_true (kith_call_reject (host_call (pair->bob), rows[i].reason, &error));
    assert_state (host_call (pair->bob), "ended");
    settle ();
    assert_reason (call, rows[i].word);
    assert_reason (host_call (pair->bob), rows[i].word);
    g_assert_cmpint (call_number (call, "sip-status"), ==, rows[i].status);
    g_assert_false (kith_call_reject (host_call (pair->bob), KITH_REASON_BUSY, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_WRONG_STATE);
  }
}

static void
test_busy (Pair *pair, gconstpointer data)
{
  g_autoptr (Host) carol = host_new (&pair->world, "carol");

  pair->bob->config->max_calls = 1;
  talk (pair->alice, pair->bob, "bob");
  g_free (host_tell (pair->bob));
  KithCall *third = host_dial (carol, "bob");
  assert_reason (third, "busy");
  assert_story (pair->bob, "2:ended(busy)"); /* bob was not rung, and his call goes on */
  g_assert_cmpint (call_number (host_call (pair->bob), "rang-at"), ==, 0);
  assert_state (host_call (pair->alice), "active");
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
  third = host_dial (carol, "bob");
  assert_state (third, "ringing");
  g_assert_true (kith_call_hang_up (third, NULL));
  host_assert_idle (carol);
}

/* Both dial at the same moment: one call goes on and rings, the other one ends, and nothing
   hangs. */
static void
test_glare (Pair *pair, gconstpointer data)
{
  KithCall *ours = kith_call_list_dial (pair->alice->list, "bob", NULL);
  KithCall *theirs = kith_call_list_dial (pair->bob->list, "alice", NULL);

  settle ();
  gboolean ours_goes_on
      = memcmp (host_key (pair->alice)->bytes, host_key (pair->bob)->bytes, KITH_KEY_LEN) > 0;
  KithCall *on = ours_goes_on ? ours : theirs;
  assert_state (on, "ringing");
  assert_state (ours_goes_on ? theirs : ours, "ended");
  assert_state (host_call (ours_goes_on ? pair->bob : pair->alice), "incoming");
  g_assert_true (kith_call_hang_up (on, NULL));
  settle ();
}

static void
test_no_answer (Pair *pair, gconstpointer data)
{
  KithCall *call = host_dial (pair->alice, "bob");

  pass (&pair->world, 59 * 1000);
  assert_state (call, "ringing");
  pass (&pair->world, 1000); /* bob's 60 s */
  assert_reason (host_call (pair->bob), "no-answer");
  assert_reason (call, "no-answer");
  g_assert_cmpint (call_number (call, "sip-status"), ==, 480);

  pair->bob->config->ring_timeout_s = 600; /* and if bob never says so: 3 s more */
  call = host_dial (pair->alice, "bob");
  pass (&pair->world, 62900);
  assert_state (call, "ringing");
  pass (&pair->world, 100);
  assert_reason (call, "no-answer");
  assert_reason (host_call (pair->bob), "remote");
}

static void
test_nobody (Pair *pair, gconstpointer data)
{
  KithCall *call = host_dial (pair->alice, "zoe");

  assert_story (pair->alice, "1:locating 1:ended(not-found)");
  assert_text (call, "detail", "nobody in the network goes by the name zoe");
  kith_fake_locator_die (KITH_FAKE_LOCATOR (pair->alice->locator));
  call = host_dial (pair->alice, "bob");
  assert_reason (call, "unreachable"); /* nobody can be asked, which is not the same */
  kith_locator_start (pair->alice->locator);
  settle ();
}

static void
test_own_address (Pair *pair, gconstpointer data)
{
  g_autofree gchar *key = kith_peer_key_to_text (host_key (pair->alice));
  const char *const addresses[] = { "alice", key };

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    KithCall *call = host_dial (pair->alice, addresses[i]);
    assert_reason (call, "unreachable");
    assert_text (call, "detail", "that is your own address");
  }
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 0);
}

/* Who left says so: the caller knows at once. Who vanished is missed within 4 s. */
static void
test_gone (Pair *pair, gconstpointer data)
{
  kith_fake_net_set_reachable (pair->world.net, host_device (pair->bob), FALSE);
  KithCall *call = host_dial (pair->alice, "bob");
  assert_state (call, "dialing");
  pass (&pair->world, 4000);
  assert_reason (call, "unreachable");
  assert_story (pair->alice, "1:locating 1:dialing 1:ended(unreachable)");

  kith_account_withdraw (pair->bob->account);
  call = host_dial (pair->alice, "bob"); /* no time passes */
  assert_reason (call, "unreachable");
  assert_text (call, "detail", "they went offline");
  g_assert_cmpuint (pair->bob->calls->len, ==, 0);
}

/* Another person's program sits where bob's device was: the handshake shows another identity. */
static void
test_wrong_key (Pair *pair, gconstpointer data)
{
  KithDeviceCert stolen = { .device = *host_device (pair->bob) };

  memset (&stolen.identity, 0x66, KITH_KEY_LEN);
  kith_link_maker_stop (pair->bob->maker);
  g_autoptr (KithLinkMaker) thief = kith_fake_link_maker_new (pair->world.net, &stolen);
  g_assert_true (kith_link_maker_start (thief, NULL));
  KithCall *call = host_dial (pair->alice, "bob");
  assert_reason (call, "untrusted");
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 0);
  kith_link_maker_stop (thief);
}

static KithFakeLink *
link_of (KithCall *call)
{
  g_assert_nonnull (leg_of (call)->link);
  return KITH_FAKE_LINK (leg_of (call)->link);
}

static void
test_link_lost (Pair *pair, gconstpointer data)
{
  KithCall *call = host_dial (pair->alice, "bob");
  kith_fake_link_break (link_of (call));
  settle ();
  assert_reason (call, "unreachable"); /* it had not been answered */
  assert_reason (host_call (pair->bob), "unreachable");

  talk (pair->alice, pair->bob, "bob");
  call = host_call (pair->alice);
  kith_fake_link_set_suspect (link_of (call), TRUE); /* a doubt is no end */
  pass (&pair->world, 1000);
  assert_state (call, "active");
  kith_fake_link_break (link_of (call));
  settle ();
  assert_reason (call, "network-lost");
  assert_reason (host_call (pair->bob), "network-lost");
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 0);

  talk (pair->alice,
        pair->bob,
        "bob"); /* the peer's program says goodbye on the link, without BYE */
  call = host_call (pair->alice);
  kith_link_close (leg_of (host_call (pair->bob))->link, KITH_REASON_LOCAL);
  settle ();
  assert_reason (call, "remote");
}

/* The peer refuses our certificate after our side believed the link to be up. */
static void
test_link_refused_late (Pair *pair, gconstpointer data)
{
  KithCall *call = host_dial (pair->alice, "bob");
  g_autoptr (KithFakeLink) link = g_object_ref (link_of (call));

  kith_fake_link_end (kith_fake_link_get_other (link), KITH_REASON_LOCAL);
  kith_fake_link_end (link, KITH_REASON_UNTRUSTED);
  settle ();
  assert_reason (call, "untrusted");
}

/* A link that was up before does not answer: once, and only once, a fresh one is tried. */
static void
test_warm_link (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithFakeLink *old = link_of (host_call (pair->alice));
  guint old_id = kith_link_get_id (KITH_LINK (old));
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
  g_free (host_tell (pair->alice));

  guint far_id = kith_link_get_id (KITH_LINK (kith_fake_link_get_other (old)));
  kith_sip_detach_link (pair->bob->sip, far_id); /* bob does not hear this link any more */
  KithCall *call = host_dial (pair->alice, "bob");
  assert_story (pair->alice, "2:locating 2:dialing");
  g_assert_cmpuint (kith_link_get_id (leg_of (call)->link), ==, old_id);
  kith_fake_dialog_end (KITH_FAKE_DIALOG (leg_of (call)->dialog), 408, "Request Timeout");
  settle ();
  assert_story (pair->alice, "2:ringing");
  g_assert_cmpuint (kith_link_get_id (leg_of (call)->link), !=, old_id);
  g_assert_cmpuint (kith_fake_link_get_holds (old), ==, 0);
  g_assert_cmpuint (kith_fake_media_maker_count_live (KITH_FAKE_MEDIA_MAKER (pair->alice->media)),
                    ==,
                    1);
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  speak (pair->alice);
  speak (pair->bob);
  assert_state (call, "active");
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
}

static void
test_warm_link_twice (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithFakeLink *old = link_of (host_call (pair->alice));
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
  g_free (host_tell (pair->alice));
  kith_sip_detach_link (pair->bob->sip,
                        kith_link_get_id (KITH_LINK (kith_fake_link_get_other (old))));
  KithCall *call = host_dial (pair->alice, "bob");
  /* slower: by knocking */
  kith_fake_net_set_open (pair->world.net, host_device (pair->bob), FALSE);
  kith_fake_dialog_end (KITH_FAKE_DIALOG (leg_of (call)->dialog), 408, "Request Timeout");
  for (guint turn = 0; turn < 100 && (leg_of (call) == NULL || leg_of (call)->dialog == NULL);
       turn++) {
    g_main_context_iteration (NULL, FALSE);
  }
  assert_state (call, "dialing"); /* the second INVITE is out, and not answered either */
  kith_fake_dialog_end (KITH_FAKE_DIALOG (leg_of (call)->dialog), 408, "Request Timeout");
  assert_reason (call, "unreachable");
  settle ();
  assert_story (pair->alice, "2:locating 2:dialing 2:ended(unreachable)");
  g_assert_true (kith_call_hang_up (host_call (pair->bob), NULL));
}

/* The same end on a link that was new: no retry. */
static void
test_new_link_silent (Pair *pair, gconstpointer data)
{
  KithCall *call = kith_call_list_dial (pair->alice->list, "bob", NULL);

  for (guint turn = 0; turn < 100 && (leg_of (call) == NULL || leg_of (call)->dialog == NULL);
       turn++) {
    g_main_context_iteration (NULL, FALSE);
  }
  kith_fake_dialog_end (KITH_FAKE_DIALOG (leg_of (call)->dialog), 408, "Request Timeout");
  assert_reason (call, "unreachable");
  settle ();
  g_assert_cmpuint (pair->bob->calls->len, ==, 1); /* the INVITE had come through after all */
  g_assert_true (kith_call_hang_up (host_call (pair->bob), NULL));
}

/* Hanging up */

static void
test_hang_up_early (Pair *pair, gconstpointer data)
{
  KithCall *call = kith_call_list_dial (pair->alice->list, "bob", NULL);
  assert_state (call, "locating");
  g_assert_true (kith_call_hang_up (call, NULL));
  assert_reason (call, "local");
  settle ();
  assert_story (pair->alice, "1:locating 1:ended(local)");

  kith_fake_net_set_reachable (pair->world.net, host_device (pair->bob), FALSE);
  call = host_dial (pair->alice, "bob"); /* the link is under way */
  assert_state (call, "dialing");
  g_assert_true (kith_call_hang_up (call, NULL));
  pass (&pair->world, 5000);
  assert_reason (call, "local");
  kith_fake_net_set_reachable (pair->world.net, host_device (pair->bob), TRUE);
  g_assert_cmpuint (pair->bob->calls->len, ==, 0);
  g_free (host_tell (pair->alice));

  call = kith_call_list_dial (pair->alice->list, "bob", NULL); /* the INVITE is under way */
  for (guint turn = 0; turn < 100 && (leg_of (call) == NULL || leg_of (call)->dialog == NULL);
       turn++) {
    g_main_context_iteration (NULL, FALSE);
  }
  assert_state (call, "dialing");
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  assert_reason (call, "local");
  host_assert_idle (pair->bob);
}

static void
test_hang_up_late (Pair *pair, gconstpointer data)
{
  KithCall *call = host_dial (pair->alice, "bob");
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  assert_reason (call, "local");
  assert_reason (host_call (pair->bob), "remote");

  call = host_dial (pair->alice, "bob");
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  assert_state (call, "connecting");
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  assert_reason (host_call (pair->bob), "remote");

  call = host_dial (pair->alice, "bob"); /* the callee hangs up what rings: that is a refusal */
  g_assert_true (kith_call_hang_up (host_call (pair->bob), NULL));
  settle ();
  assert_reason (host_call (pair->bob), "rejected");
  assert_reason (call, "rejected");

  call = host_dial (pair->alice, "bob"); /* CANCEL and 200 cross */
  kith_call_accept_async (host_call (pair->bob), NULL, NULL, NULL);
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  assert_reason (call, "local");
  assert_reason (host_call (pair->bob), "remote");
}

/* Audio */

/* When it rang there; 0: never. */
static gint64
host_rang (KithCall *call)
{
  gint64 at = 0;

  g_object_get (call, "rang-at", &at, NULL);
  return at;
}

static void
test_media_fails (Pair *pair, gconstpointer data)
{
  KithFakeMediaMaker *ours = KITH_FAKE_MEDIA_MAKER (pair->alice->media);

  kith_fake_media_maker_fail_next (ours, FALSE);
  KithCall *call = host_dial (pair->alice, "bob");
  assert_reason (call, "media-failed");
  assert_text (call, "detail", "There is no sound card");
  g_assert_cmpuint (pair->bob->calls->len, ==, 0);

  kith_fake_media_maker_fail_next (ours, TRUE); /* at the answer */
  call = host_dial (pair->alice, "bob");
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  assert_reason (call, "media-failed");
  assert_reason (host_call (pair->bob), "remote");

  talk (pair->alice, pair->bob, "bob");
  call = host_call (pair->alice);
  kith_fake_media_fail (host_spy (pair->alice), "The sound card was pulled out");
  settle ();
  assert_reason (call, "media-failed");
  assert_text (call, "detail", "The sound card was pulled out");
  assert_reason (host_call (pair->bob), "remote");

  kith_fake_media_maker_fail_next (KITH_FAKE_MEDIA_MAKER (pair->bob->media), FALSE);
  call = host_dial (pair->alice, "bob"); /* the callee's audio: their fault */
  assert_reason (host_call (pair->bob), "media-failed");
  assert_reason (call, "media-failed"); /* and whose audio it was is said */

  kith_fake_media_maker_fail_next (KITH_FAKE_MEDIA_MAKER (pair->bob->media), TRUE);
  call = host_dial (pair->alice, "bob");
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, KITH_ERROR_MEDIA);
  assert_reason (host_call (pair->bob), "media-failed");
  assert_reason (call, "media-failed"); /* and whose audio it was is said */
}

/* Who has no sound device disturbs nobody, and is not disturbed; one that comes back is used at
   once. */
static void
test_no_device (Pair *pair, gconstpointer data)
{
  KithFakeMediaMaker *ours = KITH_FAKE_MEDIA_MAKER (pair->alice->media);
  KithFakeMediaMaker *theirs = KITH_FAKE_MEDIA_MAKER (pair->bob->media);
  g_autoptr (GError) error = NULL;

  kith_fake_media_maker_set_devices (ours, FALSE, TRUE);
  KithCall *call = host_dial (pair->alice, "bob");
  assert_reason (call, "media-failed");
  assert_text (call, "detail", "no microphone: plug one in");
  g_assert_cmpuint (pair->bob->calls->len, ==, 0);

  call = kith_call_list_dial_to_listen (pair->alice->list, "bob", &error);
  g_assert_no_error (error);
  settle ();
  assert_state (call, "ringing");
  g_assert_true (kith_fake_media_is_listen_only (host_spy (pair->alice)));
  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  settle ();
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  kith_fake_media_maker_set_devices (ours, TRUE, FALSE);
  call = kith_call_list_dial_to_listen (pair->alice->list, "bob", &error); /* deaf as well */
  settle ();
  assert_reason (call, "media-failed");

  kith_fake_media_maker_set_devices (ours, TRUE, TRUE);
  kith_fake_media_maker_set_devices (theirs, FALSE, TRUE);
  g_string_truncate (pair->bob->story, 0);
  call = host_dial (pair->alice, "bob"); /* it does not ring, and whose fault it is is said */
  assert_reason (call, "media-failed");
  g_assert_cmpint (host_rang (call), ==, 0);
  g_assert_null (strstr (pair->bob->story->str, "incoming"));
  assert_reason (host_call (pair->bob), "media-failed");

  kith_fake_media_maker_set_devices (theirs, TRUE, TRUE);
  talk (pair->alice, pair->bob, "bob");
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
}

static void
test_never_flows (Pair *pair, gconstpointer data)
{
  KithCall *call = host_dial (pair->alice, "bob");

  g_assert_cmpint (host_accept (pair->bob, host_call (pair->bob)), ==, -1);
  speak (pair->alice); /* bob hears alice, alice never hears bob */
  pass (&pair->world, 19900);
  assert_state (call, "connecting");
  assert_state (host_call (pair->bob), "active");
  pass (&pair->world, 200);
  assert_reason (call, "media-failed");
  assert_reason (host_call (pair->bob), "remote");
}

static void
test_mute (Pair *pair, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean muted = FALSE;

  kith_fake_dht_set_delay (pair->world.dht, 50);
  KithCall *call = host_dial (pair->alice, "bob");
  g_assert_false (kith_call_set_muted (call, TRUE, &error)); /* there is no audio yet */
  g_assert_error (error, KITH_ERROR, KITH_ERROR_WRONG_STATE);
  g_clear_error (&error);
  g_assert_true (kith_call_hang_up (call, NULL));
  pass (&pair->world, 100);
  kith_fake_dht_set_delay (pair->world.dht, 0);

  talk (pair->alice, pair->bob, "bob");
  call = host_call (pair->alice);
  g_assert_true (kith_call_set_muted (call, TRUE, &error));
  g_assert_true (kith_fake_media_is_muted (host_spy (pair->alice)));
  g_object_get (call, "muted", &muted, NULL);
  g_assert_true (muted);
  g_assert_true (kith_call_set_muted (call, FALSE, &error));
  g_assert_false (kith_fake_media_is_muted (host_spy (pair->alice)));
  g_assert_true (kith_call_hang_up (call, NULL));
  g_assert_false (kith_call_set_muted (call, TRUE, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_WRONG_STATE);
  settle ();
}

/* What one calls a contact is sent to nobody, also when the contact has given no other name. */
static void
test_private_name (Pair *pair, gconstpointer data)
{
  static const struct {
    const char *own_name, *sent;
  } rows[] = { { "bob", "bob" }, { NULL, "anyone" } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (KithFound) found = kith_found_new ();
    g_autoptr (GError) error = NULL;
    found->key = *host_key (pair->bob);
    found->name = g_strdup (rows[i].own_name);
    guint id = contact_add_now (pair->alice->contacts, found, "mum", FALSE, &error)->id;
    g_assert_no_error (error);
    KithCall *call = host_dial (pair->alice, "mum");
    assert_text (call, "peer-name", "mum");
    assert_state (host_call (pair->bob), "incoming");
    g_assert_cmpstr (kith_fake_dialog_get_request_user (
                         KITH_FAKE_DIALOG (leg_of (host_call (pair->bob))->dialog)),
                     ==,
                     rows[i].sent);
    g_assert_true (kith_call_hang_up (call, NULL));
    settle ();
    g_assert_true (contact_remove_now (pair->alice->contacts, id, &error));
  }
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/outgoing/" name, Pair, NULL, pair_set_up, function, pair_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("whole", test_whole);
  ADD ("again", test_again);
  ADD ("prepared", test_prepared);
  ADD ("newer-record", test_newer_record);
  ADD ("rejected", test_rejected);
  ADD ("busy", test_busy);
  ADD ("glare", test_glare);
  ADD ("no-answer", test_no_answer);
  ADD ("nobody", test_nobody);
  ADD ("own-address", test_own_address);
  ADD ("gone", test_gone);
  ADD ("wrong-key", test_wrong_key);
  ADD ("link-lost", test_link_lost);
  ADD ("link-refused-late", test_link_refused_late);
  ADD ("warm-link", test_warm_link);
  ADD ("warm-link-twice", test_warm_link_twice);
  ADD ("new-link-silent", test_new_link_silent);
  ADD ("hang-up-early", test_hang_up_early);
  ADD ("hang-up-late", test_hang_up_late);
  ADD ("media-fails", test_media_fails);
  ADD ("no-device", test_no_device);
  ADD ("never-flows", test_never_flows);
  ADD ("mute", test_mute);
  ADD ("private-name", test_private_name);
  return g_test_run ();
}
