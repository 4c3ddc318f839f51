/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stories of friends: links kept, knocks carried, calls relayed, friends that refuse, go and come
   back. */
#include <string.h>

#include "common/steps.h"
#include "model/talk/relay-note.h"
#include "node/node-fixture.h"

typedef struct {
  World world;
  Host *alice, *bob, *carol, *dave;
} Circle;

/* Alice and bob never reach each other; carol and dave are reached by all. Nobody is a contact
   yet. */
static void
circle_set_up (Circle *circle, gconstpointer data)
{
  world_init (&circle->world, NOON_US);
  circle->alice = host_new (&circle->world, "alice");
  circle->bob = host_new (&circle->world, "bob");
  circle->carol = host_new (&circle->world, "carol");
  circle->dave = host_new (&circle->world, "dave");
  kith_fake_net_set_apart (circle->world.net,
                           host_device (circle->alice),
                           host_device (circle->bob),
                           TRUE);
}

static void
circle_tear_down (Circle *circle, gconstpointer data)
{
  Host **all[] = { &circle->alice, &circle->bob, &circle->carol, &circle->dave };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    if (*all[i] != NULL) {
      for (guint k = 0; k < (*all[i])->calls->len; k++) {
        (void)kith_call_hang_up ((*all[i])->calls->pdata[k], NULL);
      }
    }
  }
  settle ();
  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    if (*all[i] != NULL) {
      host_free (*all[i]);
    }
  }
  world_clear (&circle->world);
}

static void
befriend (Host *one, Host *other)
{
  (void)host_befriend (one, other, TRUE);
  (void)host_befriend (other, one, TRUE);
}

static void
warm_up (Circle *circle)
{
  pass (&circle->world, 2000);
}

static gboolean
is_online (Host *host, Host *peer)
{
  const KithContact *person = kith_contacts_find (host->contacts, host_key (peer));

  return person != NULL && person->online;
}

static guint
count_links (Host *host, Host *peer)
{
  guint n = 0;

  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (host->links, id);
    n += link != NULL
         && kith_peer_key_equal (&kith_link_get_peer (link)->identity, host_key (peer));
  }
  return n;
}

/* Over all links of @host to @peer. */
static guint
count_notes (Host *host, Host *peer)
{
  guint n = 0;

  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (host->links, id);
    if (link != NULL
        && kith_peer_key_equal (&kith_link_get_peer (link)->identity, host_key (peer))) {
      n += kith_fake_link_get_notes (KITH_FAKE_LINK (link));
    }
  }
  return n;
}

/* All links between the two take so long. */
static void
set_rtt (Host *one, Host *other, guint ms)
{
  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (one->links, id);
    if (link != NULL
        && kith_peer_key_equal (&kith_link_get_peer (link)->identity, host_key (other))) {
      kith_fake_link_set_rtt (KITH_FAKE_LINK (link), ms);
      kith_fake_link_set_rtt (kith_fake_link_get_other (KITH_FAKE_LINK (link)), ms);
    }
  }
}

/* Nothing is heard over the links of the two any more, at either end; or again. */
static void
set_silent (Host *one, Host *other, gboolean silent)
{
  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (other->links, id);
    if (link != NULL
        && kith_peer_key_equal (&kith_link_get_peer (link)->identity, host_key (one))) {
      kith_fake_link_set_suspect (KITH_FAKE_LINK (link), silent);
    }
  }
  for (guint id = 1; id < 2000; id++) {
    KithLink *link = kith_link_pool_get (one->links, id);
    if (link != NULL
        && kith_peer_key_equal (&kith_link_get_peer (link)->identity, host_key (other))) {
      kith_fake_link_set_suspect (KITH_FAKE_LINK (link), silent);
    }
  }
}

static guint
count_relayed (Host *host)
{
  g_autoptr (GVariant) status = g_variant_ref_sink (
      kith_relay_server_get_status (kith_friends_get_relay_server (host->friends)));
  guint32 calls = 99;

  g_assert_true (g_variant_lookup (status, "calls", "u", &calls));
  return calls;
}

static void
assert_carrier (Host *host, Host *peer, Host *carrier)
{
  KithFakeLink *link = host_link (host, peer);
  KithLinkPath path = { 0 };

  g_assert_nonnull (link);
  kith_link_get_path (KITH_LINK (link), &path);
  g_assert_cmpint (path.is_relayed_by_friend, ==, carrier != NULL);
  if (carrier != NULL) {
    g_assert_true (kith_peer_key_equal (&path.friend_key, host_key (carrier)));
  }
}

/* Both sides open at once, and at least one link is left; a friend who comes back is linked
   again. */
static void
test_warm (Circle *circle, gconstpointer data)
{
  befriend (circle->alice, circle->carol);
  warm_up (circle);
  g_assert_true (is_online (circle->alice, circle->carol));
  g_assert_true (is_online (circle->carol, circle->alice));
  g_assert_cmpuint (count_links (circle->alice, circle->carol), >=, 1);
  g_assert_cmpuint (count_links (circle->alice, circle->carol), <=, 2);

  host_break_links (circle->alice);
  g_assert_false (is_online (circle->alice, circle->carol));
  warm_up (circle);
  g_assert_true (is_online (circle->alice, circle->carol));

  kith_fake_net_set_reachable (circle->world.net, host_device (circle->carol), FALSE);
  kith_fake_net_set_reachable (circle->world.net, host_device (circle->alice), FALSE);
  host_break_links (circle->alice);
  pass (&circle->world, 60 * 1000);
  g_assert_false (is_online (circle->alice, circle->carol));
  kith_fake_net_set_reachable (circle->world.net, host_device (circle->carol), TRUE);
  kith_fake_net_set_reachable (circle->world.net, host_device (circle->alice), TRUE);
  pass (&circle->world, 5 * 60 * 1000 + 60 * 1000); /* the longest wait between two tries */
  g_assert_true (is_online (circle->alice, circle->carol));
}

/* A friend's new record is tried at once, however long the wait would be. */
static void
test_record (Circle *circle, gconstpointer data)
{
  befriend (circle->alice, circle->carol);
  kith_fake_net_set_reachable (circle->world.net, host_device (circle->carol), FALSE);
  kith_fake_net_set_reachable (circle->world.net, host_device (circle->alice), FALSE);
  pass (&circle->world, 30 * 60 * 1000); /* both wait for minutes now */
  g_assert_false (is_online (circle->alice, circle->carol));
  kith_fake_net_set_reachable (circle->world.net, host_device (circle->carol), TRUE);
  pass (&circle->world, 500);
  g_assert_false (is_online (circle->alice, circle->carol));
  g_object_unref (circle->carol->account); /* as a program that was started again */
  circle->carol->account = kith_account_new (circle->world.clock,
                                             circle->carol->vault,
                                             circle->carol->maker,
                                             circle->carol->nat,
                                             kith_directory_get_locators (circle->carol->directory),
                                             0);
  kith_account_start (circle->carol->account, circle->carol->context.sip_identity);
  pass (&circle->world, 5000);
  g_assert_true (is_online (circle->alice, circle->carol));
}

/* Contacts without relay are not linked; presence is told of a call's link, too. */
static void
test_presence (Circle *circle, gconstpointer data)
{
  (void)host_befriend (circle->alice, circle->carol, FALSE);
  warm_up (circle);
  g_assert_cmpuint (count_links (circle->alice, circle->carol), ==, 0);
  talk (circle->alice, circle->carol, "carol");
  g_assert_true (is_online (circle->alice, circle->carol));
  g_assert_false (is_online (circle->carol, circle->alice)); /* she is no contact there */
  (void)host_befriend (circle->carol, circle->alice, FALSE);
  g_assert_true (is_online (circle->carol, circle->alice));
}

static void
make_common (Circle *circle, Host *friend)
{
  befriend (circle->alice, friend);
  befriend (circle->bob, friend);
  warm_up (circle);
  g_assert_true (is_online (friend, circle->alice));
  g_assert_true (is_online (friend, circle->bob));
}

/* No direct path, no server: the common friend carries knock and packets. */
static void
test_relayed (Circle *circle, gconstpointer data)
{
  make_common (circle, circle->carol);
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->carol);
  assert_carrier (circle->bob, circle->alice, circle->carol);
  g_assert_cmpuint (count_relayed (circle->carol), ==, 1);
  g_assert_cmpuint (
      kith_relay_client_count (kith_friends_get_relay_client (circle->alice->friends)),
      ==,
      1);
  g_assert_cmpuint (kith_relay_client_count (kith_friends_get_relay_client (circle->bob->friends)),
                    ==,
                    1);

  /* A direct path is proved: the friend hears that it is not needed any more. */
  KithFakeLink *link = host_link (circle->alice, circle->bob);
  kith_fake_link_maker_go_direct (KITH_FAKE_LINK_MAKER (circle->alice->maker), link);
  settle ();
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
  g_assert_cmpuint (
      kith_relay_client_count (kith_friends_get_relay_client (circle->alice->friends)),
      ==,
      0);
  g_assert_cmpuint (kith_relay_client_count (kith_friends_get_relay_client (circle->bob->friends)),
                    ==,
                    0);
  g_assert_cmpuint (kith_fake_link_get_holds (host_link (circle->carol, circle->alice)), ==, 0);
}

/* Friends who cannot meet are not linked over a third one for nothing; when they call each other
   they are. */
static void
test_apart (Circle *circle, gconstpointer data)
{
  befriend (circle->alice, circle->bob);
  make_common (circle, circle->carol);
  pass (&circle->world, 60 * 1000);
  g_assert_false (is_online (circle->alice, circle->bob));
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->carol);
  g_assert_true (is_online (circle->alice, circle->bob));
}

/* The knock needs no locator: the DHT is as slow as it likes. */
static void
test_knock_alone (Circle *circle, gconstpointer data)
{
  make_common (circle, circle->carol);
  kith_fake_net_set_apart (circle->world.net,
                           host_device (circle->alice),
                           host_device (circle->bob),
                           FALSE);
  kith_fake_net_set_open (circle->world.net, host_device (circle->bob), FALSE);
  guint before = count_notes (circle->alice, circle->carol);
  talk (circle->alice, circle->bob, "bob");
  g_assert_cmpuint (count_notes (circle->alice, circle->carol), >, before);
  assert_carrier (circle->alice, circle->bob, NULL);
}

static void
assert_not_relayed (Circle *circle)
{
  KithCall *call = host_dial (circle->alice, "bob");

  pass (&circle->world, 4500);
  assert_reason (call, "unreachable");
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
  g_assert_cmpuint (
      kith_relay_client_count (kith_friends_get_relay_client (circle->alice->friends)),
      ==,
      0);
  g_assert_cmpuint (kith_relay_client_count (kith_friends_get_relay_client (circle->bob->friends)),
                    ==,
                    0);
}

static void
set_relay (Host *host, Host *peer, gboolean relay)
{
  const KithContact *person = kith_contacts_find (host->contacts, host_key (peer));

  g_assert_true (contact_set_relay_now (host->contacts, person->id, relay, NULL));
  settle ();
}

/* Each of the three can say no, before the call and in it. */
static void
test_consent (Circle *circle, gconstpointer data)
{
  make_common (circle, circle->carol);
  struct {
    Host *who, *whom;
  } const settings[] = { { circle->alice, circle->carol },
                         { circle->bob, circle->carol },
                         { circle->carol, circle->alice },
                         { circle->carol, circle->bob } };
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    set_relay (settings[i].who, settings[i].whom, FALSE);
    assert_not_relayed (circle);
    set_relay (settings[i].who, settings[i].whom, TRUE);
    warm_up (circle);
  }
  talk (circle->alice, circle->bob, "bob");
  g_assert_cmpuint (count_relayed (circle->carol), ==, 1);
  set_relay (circle->bob, circle->carol, FALSE);
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
  g_assert_cmpuint (
      kith_relay_client_count (kith_friends_get_relay_client (circle->alice->friends)),
      ==,
      0);
}

/* Whoever is no contact of the friend gets a refusal and nothing else. */
static void
test_strangers (Circle *circle, gconstpointer data)
{
  befriend (circle->bob, circle->carol);
  /* she trusts carol, who does not know her */
  (void)host_befriend (circle->alice, circle->carol, TRUE);
  warm_up (circle);
  g_assert_true (is_online (circle->alice, circle->carol));
  assert_not_relayed (circle);

  /* Even when she asks by hand. */
  KithFakeLink *link = host_link (circle->alice, circle->carol);
  KithRelayNote note
      = { .kind = KITH_NOTE_CARRY, .peer = *host_key (circle->bob), .has_channel = TRUE };
  guint8 bytes[KITH_RELAY_NOTE_MAX];
  gsize len = kith_relay_note_write (&note, bytes);
  guint to_bob = count_notes (circle->carol, circle->bob);
  guint to_alice = count_notes (circle->carol, circle->alice);
  for (guint i = 0; i < 50; i++) {
    g_assert_true (kith_link_send_note (KITH_LINK (link), bytes, len));
  }
  settle ();
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
  g_assert_cmpuint (count_notes (circle->carol, circle->bob), ==, to_bob);
  guint answers = count_notes (circle->carol, circle->alice) - to_alice;
  g_assert_cmpuint (answers, >, 0);
  g_assert_cmpuint (answers, <=, 20); /* a flood is not answered for ever */
}

/* Nobody whom we did not choose can give us a way for our packets. */
static void
test_pushy (Circle *circle, gconstpointer data)
{
  (void)host_befriend (circle->bob, circle->dave, FALSE);
  (void)host_befriend (circle->dave, circle->bob, TRUE);
  warm_up (circle);
  KithFakeLink *link = host_link (circle->dave, circle->bob);
  KithRelayNote note = { .kind = KITH_NOTE_CARRIED,
                         .peer = *host_key (circle->dave),
                         .has_channel = TRUE,
                         .channel = { 1 } };
  guint8 bytes[KITH_RELAY_NOTE_MAX];
  g_assert_true (kith_link_export_key (KITH_LINK (link),
                                       "EXPORTER-kith-link-id",
                                       NULL,
                                       0,
                                       note.link_id,
                                       sizeof note.link_id));
  gsize len = kith_relay_note_write (&note, bytes);
  g_assert_true (kith_link_send_note (KITH_LINK (link), bytes, len));
  settle ();
  g_assert_cmpuint (kith_relay_client_count (kith_friends_get_relay_client (circle->bob->friends)),
                    ==,
                    0);
  set_relay (circle->bob, circle->dave, TRUE);
  g_assert_true (kith_link_send_note (KITH_LINK (link), bytes, len));
  settle ();
  g_assert_cmpuint (kith_relay_client_count (kith_friends_get_relay_client (circle->bob->friends)),
                    ==,
                    1);
}

/* A friend with a newer program: what we do not know of its notes is passed over, and what we know
   of them counts. */
static void
test_of_tomorrow (Circle *circle, gconstpointer data)
{
  const guint all = KITH_RELAY_MAY | KITH_RELAY_CARRIES | KITH_RELAY_GIVES;
  const guint said[] = { 0, all | 0x80 };

  make_common (circle, circle->carol);
  KithFakeLink *link = host_link (circle->carol, circle->alice);
  for (guint i = 0; i < G_N_ELEMENTS (said); i++) {
    const guint8 state[] = { KITH_NOTE_RELAY_STATE, 1, (guint8)said[i] };
    const guint8 other[] = { 32, 9, 0xff, 0xff };
    g_assert_true (kith_link_send_note (KITH_LINK (link), other, sizeof other));
    g_assert_true (kith_link_send_note (KITH_LINK (link), state, sizeof state));
    settle ();
  }
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->carol);
}

/* The friend dies in the call: the other one takes over, and the call does not notice. */
static void
test_replaced (Circle *circle, gconstpointer data)
{
  make_common (circle, circle->carol);
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->carol);
  make_common (circle, circle->dave);

  host_free (circle->carol);
  circle->carol = NULL;
  pass (&circle->world, 500);
  assert_carrier (circle->alice, circle->bob, circle->dave);
  assert_carrier (circle->bob, circle->alice, circle->dave);
  g_assert_cmpuint (count_relayed (circle->dave), ==, 1);
  assert_state (host_call (circle->alice), "active");
  assert_state (host_call (circle->bob), "active");
}

/* Who takes no strangers' calls is not told of by friends either, except to those it knows. */
static void
test_secret (Circle *circle, gconstpointer data)
{
  make_common (circle, circle->carol);
  circle->bob->config->strangers_ring = FALSE;
  KithCall *call = host_dial (circle->alice, "bob");
  pass (&circle->world, 5000);
  assert_reason (call, "unreachable");
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);

  (void)host_befriend (circle->bob, circle->alice, FALSE);
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->carol);
  g_assert_true (kith_call_hang_up (host_call (circle->alice), NULL));
  settle ();
}

/* Friends say that they do not want to carry any more while their links live: whoever carries and
   whoever only stands by is replaced at once. */
static void
test_closes (Circle *circle, gconstpointer data)
{
  g_autoptr (Host) erin = host_new (&circle->world, "erin");

  make_common (circle, circle->carol);
  make_common (circle, circle->dave);
  set_rtt (circle->dave, circle->bob, 80);
  set_rtt (circle->dave, circle->alice, 80);
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->carol);
  g_assert_cmpuint (count_relayed (circle->dave), ==, 1);
  make_common (circle, erin);
  g_assert_cmpuint (count_relayed (erin), ==, 0);

  set_relay (circle->dave, circle->bob, FALSE); /* who stands by: nothing falls silent */
  g_assert_true (is_online (circle->alice, circle->dave));
  g_assert_cmpuint (count_relayed (circle->dave), ==, 0);
  g_assert_cmpuint (count_relayed (erin), ==, 1);
  assert_carrier (circle->alice, circle->bob, circle->carol);
  set_relay (circle->carol, circle->bob, FALSE);
  g_assert_true (is_online (circle->alice, circle->carol));
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
  assert_carrier (circle->alice, circle->bob, erin);
  assert_carrier (circle->bob, circle->alice, erin);
  assert_state (host_call (circle->alice), "active");
  assert_state (host_call (circle->bob), "active");
  g_assert_true (kith_call_hang_up (host_call (circle->alice), NULL));
  settle ();
}

/* The friend's link falls silent: it is given up, and the next one carries. Heard again, it may be
   asked again. */
static void
test_suspect (Circle *circle, gconstpointer data)
{
  make_common (circle, circle->carol);
  talk (circle->alice, circle->bob, "bob");
  make_common (circle, circle->dave);
  g_assert_cmpuint (count_relayed (circle->dave), ==, 0);
  set_silent (circle->alice, circle->carol, TRUE);
  settle ();
  g_assert_cmpuint (count_relayed (circle->dave), ==, 1);
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
  assert_carrier (circle->alice, circle->bob, circle->dave);
  set_silent (circle->alice, circle->carol, FALSE);
  host_free (circle->dave);
  circle->dave = NULL;
  pass (&circle->world, 500);
  assert_carrier (circle->alice, circle->bob, circle->carol);
}

/* Two friends: both are asked, and the quicker one carries. */
static void
test_quicker (Circle *circle, gconstpointer data)
{
  make_common (circle, circle->carol);
  make_common (circle, circle->dave);
  set_rtt (circle->carol, circle->bob, 80);
  set_rtt (circle->carol, circle->alice, 80);
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->dave);
  KithLinkPath path = { 0 };
  kith_link_get_path (KITH_LINK (host_link (circle->alice, circle->bob)), &path);
  g_assert_cmpuint (path.friend_delay_ms, <=, 2);
}

/* A friend that refuses is followed by the next one. */
static void
test_refused (Circle *circle, gconstpointer data)
{
  befriend (circle->alice, circle->carol); /* does not know bob */
  make_common (circle, circle->dave);
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->dave);
  g_assert_cmpuint (count_relayed (circle->carol), ==, 0);
}

static const KithContact *
person_of (Host *host, Host *other)
{
  return kith_contacts_find (host->contacts, host_key (other));
}

static gboolean
is_in_trace (KithCall *call, const char *part)
{
  return steps_count (kith_call_get_trace (call), part) > 0;
}

static KithTrace *
trace_of_call (const KithPeerKey *identity, gpointer user_data)
{
  Host *host = user_data;

  return host->calls->len > 0 ? kith_call_get_trace (host_call (host)) : NULL;
}

static gboolean
has_call (const KithPeerKey *identity, gpointer user_data)
{
  return trace_of_call (identity, user_data) != NULL;
}

static void
on_obstacle (KithRelayClient *client,
             const KithPeerKey *identity,
             guint obstacle,
             const char *friend_name,
             Host *host)
{
  if (has_call (identity, host)) {
    kith_call_note_obstacle (host_call (host), (KithRelayObstacle)obstacle, friend_name);
  }
}

/* As the node does. */
static void
listen_to_words (Host *host)
{
  static const KithRelayClientCalls calls = { .trace = trace_of_call, .has_call = has_call };
  KithRelayClient *client = kith_friends_get_relay_client (host->friends);

  kith_relay_client_set_calls (client, &calls, host);
  g_signal_connect (client, "obstacle", G_CALLBACK (on_obstacle), host);
}

/* What friends do for us is known from what they said, and that they said nothing. */
static void
test_unwilling (Circle *circle, gconstpointer data)
{
  (void)host_befriend (circle->alice, circle->carol, TRUE);
  g_assert_cmpint (person_of (circle->alice, circle->carol)->relays_for_us,
                   ==,
                   KITH_RELAYS_UNKNOWN);
  warm_up (circle);
  pass (&circle->world, 2500);
  g_assert_true (is_online (circle->alice, circle->carol));
  g_assert_cmpint (person_of (circle->alice, circle->carol)->relays_for_us, ==, KITH_RELAYS_NO);
  listen_to_words (circle->alice);
  kith_fake_net_set_apart (circle->world.net,
                           host_device (circle->alice),
                           host_device (circle->bob),
                           FALSE);
  talk (circle->alice, circle->bob, "bob");
  g_assert_true (is_in_trace (host_call (circle->alice), "Carol does not relay for us: ask"));

  (void)host_befriend (circle->carol, circle->alice, TRUE);
  pass (&circle->world, 100);
  g_assert_cmpint (person_of (circle->alice, circle->carol)->relays_for_us, ==, KITH_RELAYS_YES);
  g_assert_cmpint (person_of (circle->carol, circle->alice)->relays_for_us, ==, KITH_RELAYS_YES);
  set_relay (circle->carol, circle->alice, FALSE);
  pass (&circle->world, 100);
  g_assert_cmpint (person_of (circle->alice, circle->carol)->relays_for_us, ==, KITH_RELAYS_NO);
  host_break_links (circle->alice);
  g_assert_cmpint (person_of (circle->alice, circle->carol)->relays_for_us,
                   ==,
                   KITH_RELAYS_UNKNOWN);
}

/* Who changes their mind, and what the others are told. */
typedef struct {
  guint who, whom; /* in the order of the circle: alice, bob, carol */
  gboolean in_call;
  KithRelayObstacle alice, bob;
  const char *alice_line, *bob_line;
} Word;

static void
assert_obstacle (Host *host, KithRelayObstacle obstacle, const char *line)
{
  KithTrace *trace = kith_call_get_trace (host_call (host));
  const char *name = NULL;

  g_assert_cmpstr (kith_relay_obstacle_word (kith_trace_get_obstacle (trace, &name)),
                   ==,
                   kith_relay_obstacle_word (obstacle));
  g_assert_cmpstr (name, ==, obstacle != KITH_RELAY_OBSTACLE_NONE ? "carol" : "");
  g_assert_true (line == NULL || is_in_trace (host_call (host), line));
}

/* Time line and cause name who does not want it, at both ends. */
static void
test_words (Circle *circle, gconstpointer data)
{
  const Word *word = data;
  Host *const all[] = { circle->alice, circle->bob, circle->carol };

  make_common (circle, circle->carol);
  listen_to_words (circle->alice);
  listen_to_words (circle->bob);
  if (!word->in_call) {
    set_relay (all[word->who], all[word->whom], FALSE);
    pass (&circle->world, 2500);
    assert_not_relayed (circle);
    assert_obstacle (circle->alice, word->alice, word->alice_line);
    return;
  }
  talk (circle->alice, circle->bob, "bob");
  assert_carrier (circle->alice, circle->bob, circle->carol);
  assert_obstacle (circle->alice, KITH_RELAY_OBSTACLE_NONE, "Carol relays, about");
  set_relay (all[word->who], all[word->whom], FALSE);
  assert_obstacle (circle->alice, word->alice, word->alice_line);
  assert_obstacle (circle->bob, word->bob, word->bob_line);
}

static const Word words[] = {
  { 0,
    2,
    FALSE,
    KITH_RELAY_OBSTACLE_OURS,
    KITH_RELAY_OBSTACLE_NONE,
    "Carol would relay for us, and is not asked: `kith contact set carol --relay on`",
    NULL },
  { 1,
    2,
    FALSE,
    KITH_RELAY_OBSTACLE_PEER,
    KITH_RELAY_OBSTACLE_NONE,
    "Carol does not carry: the other side does not want carol to carry",
    NULL },
  { 2,
    0,
    FALSE,
    KITH_RELAY_OBSTACLE_FRIEND,
    KITH_RELAY_OBSTACLE_NONE,
    "Carol does not relay for us: ask",
    NULL },
  { 2,
    1,
    FALSE,
    KITH_RELAY_OBSTACLE_NOT_LINKED,
    KITH_RELAY_OBSTACLE_NONE,
    "Carol does not carry: carol has no link to the other side, or does not relay for them",
    NULL },
  { 0,
    2,
    TRUE,
    KITH_RELAY_OBSTACLE_OURS,
    KITH_RELAY_OBSTACLE_PEER,
    "Carol carries no more: you took relay off for carol",
    "Carol carries no more: the other side does not want carol to carry calls any more" },
  { 1,
    2,
    TRUE,
    KITH_RELAY_OBSTACLE_PEER,
    KITH_RELAY_OBSTACLE_OURS,
    "Carol carries no more: the other side does not want carol to carry calls any more",
    "Carol carries no more: you took relay off for carol" },
  { 2,
    0,
    TRUE,
    KITH_RELAY_OBSTACLE_FRIEND,
    KITH_RELAY_OBSTACLE_NOT_LINKED,
    "Carol carries no more: does not have us as a contact with relay on",
    "Carol carries no more: carol does not relay for the other side any more" },
  { 2,
    1,
    TRUE,
    KITH_RELAY_OBSTACLE_NOT_LINKED,
    KITH_RELAY_OBSTACLE_FRIEND,
    "Carol carries no more: carol does not relay for the other side any more",
    "Carol carries no more: does not have us as a contact with relay on" },
};

/* The owner goes while a link is being opened: it is gone at once, and what comes of the link
   reaches nobody. */
static void
test_gone (Circle *circle, gconstpointer data)
{
  gpointer friends = circle->alice->friends;

  (void)host_befriend (circle->alice, circle->bob, TRUE);
  pass (&circle->world, 100); /* whom she never reaches */
  g_object_add_weak_pointer (friends, &friends);
  g_clear_object (&circle->alice->friends);
  g_assert_null (friends);
  pass (&circle->world, 10 * 1000);
  g_assert_false (is_online (circle->alice, circle->bob));
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/friends/" name, Circle, NULL, circle_set_up, function, circle_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("gone", test_gone);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autofree gchar *path = g_strdup_printf ("/node/friends/words/%u", i);
    g_test_add (path, Circle, &words[i], circle_set_up, test_words, circle_tear_down);
  }
  ADD ("warm", test_warm);
  ADD ("record", test_record);
  ADD ("presence", test_presence);
  ADD ("relayed", test_relayed);
  ADD ("apart", test_apart);
  ADD ("knock-alone", test_knock_alone);
  ADD ("consent", test_consent);
  ADD ("strangers", test_strangers);
  ADD ("pushy", test_pushy);
  ADD ("of-tomorrow", test_of_tomorrow);
  ADD ("replaced", test_replaced);
  ADD ("closes", test_closes);
  ADD ("secret", test_secret);
  ADD ("suspect", test_suspect);
  ADD ("quicker", test_quicker);
  ADD ("refused", test_refused);
  ADD ("unwilling", test_unwilling);
  return g_test_run ();
}
