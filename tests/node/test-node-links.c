/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How links come to be: knocks through the inbox, strangers, doubtful links, and what an inbox lets
   through. */
#include <string.h>

#include "base/error.h"
#include "model/names/epoch.h"
#include "node/call/call-private.h"
#include "node/call/leg/leg-private.h"
#include "node/node-fixture.h"
#include "node/spy-locator.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

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

/* No packet reaches bob's slot: the offer in his inbox and the answer in hers make the link. */
static void
test_knock (Pair *pair, gconstpointer data)
{
  kith_fake_net_set_open (pair->world.net, host_device (pair->bob), FALSE);
  talk (pair->alice, pair->bob, "bob");
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
  host_break_links (pair->alice);

  kith_link_pool_set_inbox (pair->alice->links, NULL); /* without an inbox nobody can be told */
  KithCall *call = host_dial (pair->alice, "bob");
  pass (&pair->world, 4000);
  assert_reason (call, "unreachable");
}

static void
test_strangers (Pair *pair, gconstpointer data)
{
  pair->bob->config->strangers_ring = FALSE;
  KithCall *call = host_dial (pair->alice, "bob");
  assert_reason (call, "unauthorized");
  g_assert_null (host_call (pair->bob));
  g_assert_cmpuint (kith_link_pool_count (pair->bob->links), ==, 0);
  kith_fake_net_set_open (pair->world.net, host_device (pair->bob), FALSE);
  call = host_dial (pair->alice, "bob"); /* a stranger's knock is not answered either */
  assert_state (call, "dialing");
  pass (&pair->world, 4000);
  assert_reason (call, "unreachable");

  kith_account_set_hidden (pair->bob->account, TRUE); /* as a node of such a policy does */
  kith_fake_net_set_open (pair->world.net, host_device (pair->bob), TRUE);
  call = host_dial (pair->alice, "bob"); /* there is no slot to go to */
  assert_state (call, "dialing");
  pass (&pair->world, 4000);
  assert_reason (call, "unauthorized");
  g_assert_cmpuint (kith_trace_get_marks (kith_call_get_trace (call)) & KITH_MARK_KNOWN_ONLY,
                    !=,
                    0);
  g_assert_null (host_call (pair->bob));
  g_assert_cmpuint (kith_link_pool_count (pair->bob->links), ==, 0);

  g_assert_true (kith_trust_pin (pair->bob->trust, "ally", host_key (pair->alice), 1, NULL));
  call = host_dial (pair->alice, "bob"); /* now she is known, by whatever name */
  assert_state (call, "ringing");
  g_assert_true (kith_call_hang_up (call, NULL));
}

/* A call does not go over a link on which nothing was heard for a while. */
static void
test_suspect (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  g_assert_true (kith_call_hang_up (host_call (pair->alice), NULL));
  settle ();
  KithFakeLink *link = NULL;
  for (guint id = 1; id < 2000 && link == NULL; id++) {
    KithLink *found = kith_link_pool_get (pair->alice->links, id);
    link = found != NULL ? KITH_FAKE_LINK (found) : NULL;
  }
  kith_fake_link_set_suspect (link, TRUE);
  KithCall *call = host_dial (pair->alice, "bob");
  assert_state (call, "ringing");
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 2);
  g_assert_cmpuint (kith_fake_link_get_holds (link), ==, 0);
  g_assert_true (kith_call_hang_up (call, NULL));
  settle ();
  kith_fake_link_set_suspect (link, FALSE);
  call = host_dial (pair->alice, "bob");
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 2);
  g_assert_true (kith_call_hang_up (call, NULL));
}

/* As many Call-IDs as a link may see, all but @free of them. */
static void
use_up (KithFakeLink *link, guint free)
{
  GHashTable *used = g_object_get_data (G_OBJECT (link), KITH_LEG_USED_DATA);
  gint64 id = 0;

  g_assert_nonnull (used);
  while (g_hash_table_size (used) < KITH_LEG_MAX_USED - free) {
    id++;
    g_hash_table_add (used, g_memdup2 (&id, sizeof id));
  }
}

/* A link that has carried as many calls as it may: those on it go on, and the next one dialled
   takes a fresh one. */
static void
test_used_up (Pair *pair, gconstpointer data)
{
  talk (pair->alice, pair->bob, "bob");
  KithCall *first = host_call (pair->alice), *theirs = host_call (pair->bob);
  KithFakeLink *link = host_link (pair->alice, pair->bob);
  use_up (link, 0);
  use_up (kith_fake_link_get_other (link), 0);
  KithCall *second = host_dial (pair->alice, "bob");
  assert_state (second, "ringing");
  g_assert_true (kith_leg_get_link (leg_of (second)) != KITH_LINK (link));
  assert_state (first, "active");
  assert_state (theirs, "active");
  g_assert_true (kith_call_hang_up (second, NULL));
  settle ();

  /* One that comes in over it all the same is refused alone. */
  second = host_dial (pair->alice, "bob");
  KithFakeLink *fresh = KITH_FAKE_LINK (kith_leg_get_link (leg_of (second)));
  g_assert_true (fresh != link);
  g_assert_true (kith_call_hang_up (second, NULL));
  settle ();
  use_up (kith_fake_link_get_other (fresh), 0);
  second = host_dial (pair->alice, "bob");
  assert_reason (second, "busy");
  g_assert_cmpint (kith_link_get_state (KITH_LINK (fresh)), ==, KITH_LINK_UP);
  assert_state (first, "active");
  g_assert_true (kith_call_hang_up (first, NULL));
  settle ();
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  int *code = user_data;
  gboolean reused;
  g_autoptr (GError) error = NULL;
  g_autoptr (KithLink) link
      = kith_link_pool_open_finish (KITH_LINK_POOL (source), result, &reused, NULL, &error);

  g_assert_true ((link == NULL) == (error != NULL));
  *code = error != NULL ? error->code : reused ? -2 : -1;
}

static int
open_link (Pair *pair, gboolean fresh)
{
  int code = -9;

  const KithLinkWish wish = { .identity = *host_key (pair->bob), .fresh = fresh };
  kith_link_pool_open_async (pair->alice->links, &wish, NULL, on_opened, &code);
  pass (&pair->world, 4000);
  return code;
}

static void
test_pool (Pair *pair, gconstpointer data)
{
  g_assert_cmpint (open_link (pair, FALSE), ==, -1);
  g_assert_cmpint (open_link (pair, FALSE), ==, -2); /* the same again */
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 1);
  g_assert_cmpint (open_link (pair, TRUE), ==, -1);
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 2);
  g_assert_cmpuint (kith_fake_sip_count_links (KITH_FAKE_SIP (pair->alice->sip)), ==, 2);
  host_break_links (pair->alice);
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 0);
  g_assert_cmpuint (kith_link_pool_count (pair->bob->links), ==, 0);
  g_assert_cmpuint (kith_fake_sip_count_links (KITH_FAKE_SIP (pair->alice->sip)), ==, 0);
  g_assert_cmpuint (kith_fake_sip_count_links (KITH_FAKE_SIP (pair->bob->sip)), ==, 0);

  kith_fake_net_set_reachable (pair->world.net, host_device (pair->bob), FALSE);
  g_assert_cmpint (open_link (pair, FALSE), ==, KITH_ERROR_UNREACHABLE);
  kith_account_withdraw (pair->bob->account);
  g_assert_cmpint (open_link (pair, FALSE), ==, KITH_ERROR_NOT_FOUND);

  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  int code = -9;
  const KithLinkWish wish = { .identity = *host_key (pair->bob) };
  kith_link_pool_open_async (pair->alice->links, &wish, cancellable, on_opened, &code);
  g_cancellable_cancel (cancellable);
  pass (&pair->world, 4000);
  g_assert_cmpint (code, !=, -9); /* exactly one end, and no link */
  g_assert_cmpuint (kith_link_pool_count (pair->alice->links), ==, 0);
}

/* A link that somebody whose key is all @mark opens to @host: their end. (transfer full) */
static KithFakeLink *
accept_from (Host *host, guint8 mark)
{
  gint64 now = kith_clock_wall (host->world->clock) / G_USEC_PER_SEC;
  KithDeviceCert cert = { 0 };
  KithFakeLink *ours = NULL;
  g_autoptr (KithFakeLink) theirs = NULL;

  memset (&cert.identity, mark, sizeof cert.identity);
  memset (&cert.device, mark, sizeof cert.device);
  kith_fake_link_new_pair (&cert, kith_vault_get_device_cert (host->vault, now), &ours, &theirs);
  g_signal_emit_by_name (host->maker, "accepted", theirs);
  return ours;
}

/* How many of @links are not closed. */
static guint
count_up (GPtrArray *links)
{
  guint n = 0;

  for (guint i = 0; i < links->len; i++) {
    n += kith_link_get_state (links->pdata[i]) == KITH_LINK_UP;
  }
  return n;
}

/* A node that has no place for one more link is busy: that is what the caller is told. */
static void
test_full (Pair *pair, gconstpointer data)
{
  g_autoptr (GPtrArray) links = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint8 mark = 1; mark <= KITH_LINKS_OF_STRANGERS; mark++) {
    g_ptr_array_add (links, accept_from (pair->bob, mark));
  }
  KithCall *call = host_dial (pair->alice, "bob");
  assert_reason (call, "busy");
  assert_text (call, "detail", "their node has as many links as it takes now");
  g_assert_null (host_call (pair->bob));
  host_break_links (pair->bob);
  settle ();
  for (guint i = 0; i < 4; i++) {
    g_assert_cmpint (open_link (pair, TRUE), ==, -1);
  }
  g_assert_cmpint (open_link (pair, TRUE), ==, KITH_ERROR_LIMIT_REACHED);
  host_break_links (pair->alice);
}

/* A link that is closed for a reason that this version does not know, before and after the
   answer. */
static void
test_reason_of_tomorrow (Pair *pair, gconstpointer data)
{
  for (guint answered = 0; answered < 2; answered++) {
    if (answered) {
      talk (pair->alice, pair->bob, "bob");
    } else {
      (void)host_dial (pair->alice, "bob");
    }
    KithCall *call = host_call (pair->alice);
    kith_link_close (leg_of (host_call (pair->bob))->link, (KithReason)77);
    settle ();
    assert_reason (call, answered ? "remote" : "unreachable");
    assert_text (call, "detail", "the peer gave reason 77, which this version does not know");
  }
}

/* However many strangers come, with as many links each as they like: contacts find a place, and
   none of theirs is closed. */
static void
test_crowd (void)
{
  World world;
  g_autoptr (GPtrArray) strangers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) contacts = g_ptr_array_new_with_free_func (g_object_unref);

  world_init (&world, NOON_US);
  Host *bob = host_new_bare (&world, "bob");
  for (guint8 mark = 200; mark < 240; mark++) {
    g_autoptr (KithFound) found = kith_found_new ();
    found->name = g_strdup_printf ("friend%u", mark);
    memset (&found->key, mark, sizeof found->key);
    g_assert_nonnull (contact_add_now (bob->contacts, found, NULL, FALSE, NULL));
  }
  g_ptr_array_add (contacts, accept_from (bob, 200));
  for (guint round = 0; round < 5; round++) {
    for (guint8 mark = 1; mark < 100; mark++) {
      g_ptr_array_add (strangers, accept_from (bob, mark));
    }
  }
  settle ();
  g_assert_cmpuint (count_up (strangers), ==, KITH_LINKS_OF_STRANGERS);
  for (guint8 mark = 201; mark < 240; mark++) {
    for (guint i = 0; i < 4; i++) {
      g_ptr_array_add (contacts, accept_from (bob, mark));
    }
  }
  settle ();
  g_assert_cmpuint (count_up (contacts), ==, contacts->len); /* 157, none refused and none closed */
  g_assert_cmpuint (count_up (strangers), ==, KITH_LINKS_OF_STRANGERS);

  kith_link_close (strangers->pdata[0], KITH_REASON_LOCAL);
  settle ();
  g_autoptr (KithFakeLink) next = accept_from (bob, 150);
  g_autoptr (KithFakeLink) second = accept_from (bob, 151);
  settle ();
  g_assert_cmpint (kith_link_get_state (KITH_LINK (next)), ==, KITH_LINK_UP);
  g_assert_cmpint (kith_link_get_state (KITH_LINK (second)), ==, KITH_LINK_CLOSED);
  host_break_links (bob);
  host_free (bob);
  settle ();
  world_clear (&world);
}

/* The inbox by itself, on a spy */

typedef struct {
  World world;
  Host *bob, *alice;
  KithLocator *locator;
  GPtrArray *locators;
  KithInbox *inbox;
  guint n_knocks;
  KithKnock last;
} Post;

static void
on_knock (KithInbox *inbox, const KithKnock *knock, Post *post)
{
  post->n_knocks++;
  post->last = *knock;
}

static void
post_init (Post *post, gint64 wall_us)
{
  memset (post, 0, sizeof *post);
  world_init (&post->world, wall_us);
  post->bob = host_new_bare (&post->world, "bob");
  post->alice = host_new_bare (&post->world, "alice");
  post->locator = spy_locator_new ("spy");
  post->locators = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (post->locators, g_object_ref (post->locator));
  post->inbox = kith_inbox_new (post->world.clock, post->bob->vault, post->locators);
  g_signal_connect (post->inbox, "knock", G_CALLBACK (on_knock), post);
}

static void
post_clear (Post *post)
{
  g_assert_finalize_object (post->inbox);
  g_ptr_array_unref (post->locators);
  g_assert_cmpuint (spy_locator_count_open (SPY_LOCATOR (post->locator)), ==, 0);
  g_assert_finalize_object (post->locator);
  host_free (post->alice);
  host_free (post->bob);
  world_clear (&post->world);
}

static gboolean
is_watched (Post *post, gint64 day)
{
  guint8 location[KITH_LOCATION_LEN];

  kith_inbox_location (host_key (post->bob), day, location);
  gboolean by_key = spy_locator_find (SPY_LOCATOR (post->locator), location, TRUE) != NULL;
  guint8 secret[32];
  kith_name_secret ("bob", secret);
  kith_name_inbox_location (secret, day, location);
  gboolean by_name = spy_locator_find (SPY_LOCATOR (post->locator), location, TRUE) != NULL;
  g_assert_cmpint (by_key, ==, by_name); /* both inboxes or none */
  return by_key;
}

/* A knock of alice at @to, sealed as her own inbox does it; delivered to bob's watches. */
static GBytes *
make_knock (Post *post, Host *to, guint8 mark)
{
  g_autoptr (KithLocator) way = spy_locator_new ("way");
  g_autoptr (GPtrArray) ways = g_ptr_array_new ();
  KithKnock knock = { .kind = KITH_KNOCK_OFFER, .n_candidates = 1 };

  g_ptr_array_add (ways, way);
  memset (knock.link_id, mark, sizeof knock.link_id);
  memset (knock.seed, mark, sizeof knock.seed);
  g_assert_true (kith_endpoint_parse ("192.0.2.1:4001", &knock.candidates[0].endpoint));
  g_autoptr (KithInbox) sender = kith_inbox_new (post->world.clock, post->alice->vault, ways);
  kith_inbox_send (sender, host_key (to), NULL, &knock);
  GPtrArray *notes = spy_locator_get_notes (SPY_LOCATOR (way));
  SpyNote *note = notes->pdata[notes->len - 1];
  g_assert_nonnull (note->value);
  g_assert_false (note->keep); /* once, not for ever */
  return g_bytes_ref (note->value);
}

static void
deliver (Post *post, GBytes *value)
{
  guint8 location[KITH_LOCATION_LEN];

  kith_inbox_location (host_key (post->bob),
                       kith_epoch_at (kith_clock_wall (post->world.clock)),
                       location);
  spy_locator_deliver (SPY_LOCATOR (post->locator), location, value);
}

static void
test_inbox (void)
{
  Post post;

  post_init (&post, NOON_US);
  g_autoptr (GBytes) first = make_knock (&post, post.bob, 1);
  g_autoptr (GBytes) again = g_bytes_new (g_bytes_get_data (first, NULL), g_bytes_get_size (first));
  g_autoptr (GBytes) second = make_knock (&post, post.bob, 2);
  g_autoptr (GBytes) other = make_knock (&post, post.alice, 3);
  g_autoptr (GBytes) noise = g_bytes_new_static ("noise", 5);
  deliver (&post, first);
  g_assert_cmpuint (post.n_knocks, ==, 1);
  g_assert_true (kith_peer_key_equal (&post.last.device.identity, host_key (post.alice)));
  g_assert_cmpuint (post.last.link_id[0], ==, 1);
  g_assert_cmpint (post.last.issued, ==, NOON_US / G_USEC_PER_SEC);
  deliver (&post, first); /* the same value comes with every look */
  deliver (&post, again);
  deliver (&post, other);
  deliver (&post, noise);
  g_assert_cmpuint (post.n_knocks, ==, 1);
  deliver (&post, second);
  g_assert_cmpuint (post.n_knocks, ==, 2);
  post_clear (&post);
}

/* Who knows only the name puts its knock at both inboxes: it counts once. */
static void
test_two_inboxes (void)
{
  Post post;
  g_autoptr (KithLocator) way = spy_locator_new ("way");
  g_autoptr (GPtrArray) ways = g_ptr_array_new ();
  KithKnock knock = { .kind = KITH_KNOCK_OFFER };
  guint8 secret[32], location[KITH_LOCATION_LEN];

  post_init (&post, NOON_US);
  g_ptr_array_add (ways, way);
  kith_name_secret ("bob", secret);
  {
    g_autoptr (KithInbox) sender = kith_inbox_new (post.world.clock, post.alice->vault, ways);
    kith_inbox_send (sender, host_key (post.bob), secret, &knock);
  }
  GPtrArray *notes = spy_locator_get_notes (SPY_LOCATOR (way));
  SpyNote *second = notes->pdata[notes->len - 1];
  SpyNote *first = notes->pdata[notes->len - 2];
  g_assert_true (g_bytes_equal (first->value, second->value));
  kith_name_inbox_location (secret, kith_epoch_at (NOON_US), location);
  g_assert_cmpmem (first->location, KITH_LOCATION_LEN, location, KITH_LOCATION_LEN);
  spy_locator_deliver (SPY_LOCATOR (post.locator), first->location, first->value);
  spy_locator_deliver (SPY_LOCATOR (post.locator), second->location, second->value);
  g_assert_cmpuint (post.n_knocks, ==, 1);
  post_clear (&post);
}

static void
test_old_knock (void)
{
  Post post;

  post_init (&post, NOON_US);
  g_autoptr (GBytes) in_time = make_knock (&post, post.bob, 1);
  g_autoptr (GBytes) late = make_knock (&post, post.bob, 2);
  pass (&post.world, 59 * 1000);
  deliver (&post, in_time);
  g_assert_cmpuint (post.n_knocks, ==, 1);
  pass (&post.world, 2 * 1000);
  deliver (&post, late);
  g_assert_cmpuint (post.n_knocks, ==, 1);
  post_clear (&post);
}

/* Noise keeps nobody out. Real knocks: so many in a minute and no more, and what came too early may
   come again. */
static void
test_flood (void)
{
  Post post;

  post_init (&post, NOON_US);
  pass (&post.world, 30 * 1000);
  for (guint8 i = 0; i < 200; i++) {
    guint8 noise[100];
    memset (noise, i, sizeof noise);
    g_autoptr (GBytes) value = g_bytes_new (noise, sizeof noise);
    deliver (&post, value);
  }
  for (guint8 i = 0; i < 60; i++) {
    g_autoptr (GBytes) knock = make_knock (&post, post.bob, i);
    deliver (&post, knock);
  }
  g_assert_cmpuint (post.n_knocks, ==, 60);
  g_autoptr (GBytes) knock = make_knock (&post, post.bob, 99);
  deliver (&post, knock);
  g_assert_cmpuint (post.n_knocks, ==, 60);
  pass (&post.world, 31 * 1000);
  deliver (&post, knock);
  g_assert_cmpuint (post.n_knocks, ==, 61);
  post_clear (&post);
}

/* Noise does not make room for an old knock to come again, and a broken copy that comes first does
   not hide the real one. */
static void
test_replay (void)
{
  Post post;

  post_init (&post, NOON_US);
  g_autoptr (GBytes) knock = make_knock (&post, post.bob, 1);
  g_autoptr (GByteArray) broken = g_byte_array_new ();
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (knock, &len);
  g_byte_array_append (broken, data, (guint)len);
  broken->data[len - 1] ^= 1;
  g_autoptr (GBytes) copy = g_byte_array_free_to_bytes (g_steal_pointer (&broken));
  g_assert_cmpint (kith_inbox_take (post.inbox, copy), ==, KITH_INBOX_BAD);
  g_assert_cmpint (kith_inbox_take (post.inbox, copy), ==, KITH_INBOX_BAD);
  g_assert_cmpint (kith_inbox_take (post.inbox, knock), ==, KITH_INBOX_NEW);
  for (guint i = 0; i < 600; i++) {
    guint8 noise[100] = { 0 };
    memcpy (noise, &i, sizeof i);
    g_autoptr (GBytes) value = g_bytes_new (noise, sizeof noise);
    deliver (&post, value);
  }
  deliver (&post, knock);
  g_assert_cmpint (kith_inbox_take (post.inbox, knock), ==, KITH_INBOX_SEEN);
  g_assert_cmpuint (post.n_knocks, ==, 1);
  post_clear (&post);
}

/* Who floods the locators shuts out what friends carry no more than the other way round. */
static void
test_flood_and_friends (void)
{
  Post post;

  post_init (&post, NOON_US);
  for (guint8 i = 0; i < 61; i++) {
    g_autoptr (GBytes) knock = make_knock (&post, post.bob, i);
    deliver (&post, knock);
  }
  g_assert_cmpuint (post.n_knocks, ==, 60);
  for (guint8 i = 100; i < 161; i++) {
    g_autoptr (GBytes) knock = make_knock (&post, post.bob, i);
    g_assert_cmpint (kith_inbox_take (post.inbox, knock),
                     ==,
                     i < 160 ? KITH_INBOX_NEW : KITH_INBOX_BAD);
  }
  g_assert_cmpuint (post.n_knocks, ==, 120);
  post_clear (&post);
}

static gboolean
is_alice (const KithPeerKey *identity, gpointer user_data)
{
  const Post *post = user_data;

  return kith_peer_key_equal (identity, kith_vault_get_identity (post->alice->vault));
}

/* Who floods with knocks of strangers shuts out no contact. */
static void
test_flood_and_contacts (void)
{
  Post post;

  post_init (&post, NOON_US);
  kith_inbox_set_known_func (post.inbox, NULL, NULL);
  for (guint i = 0; i < 200; i++) {
    g_autoptr (GBytes) knock = make_knock (&post, post.bob, (guint8)i);
    deliver (&post, knock);
  }
  g_assert_cmpuint (post.n_knocks, ==, 60);
  kith_inbox_set_known_func (post.inbox, is_alice, &post);
  g_autoptr (GBytes) knock = make_knock (&post, post.bob, 210);
  deliver (&post, knock);
  g_assert_cmpuint (post.n_knocks, ==, 61);
  post_clear (&post);
}

static void
test_days (void)
{
  Post post;
  gint64 day = kith_epoch_at (NOON_US);

  post_init (&post, NOON_US + DAY_US / 2 - DAY_US / 12); /* 22:00 */
  g_assert_true (is_watched (&post, day));
  g_assert_false (is_watched (&post, day + 1));
  g_assert_false (is_watched (&post, day - 1));
  pass (&post.world, 3600 * 1000 + 60 * 1000); /* 23:01 */
  g_assert_true (is_watched (&post, day));
  g_assert_true (is_watched (&post, day + 1));
  pass (&post.world, 3600 * 1000); /* 00:01 */
  g_assert_true (is_watched (&post, day));
  g_assert_true (is_watched (&post, day + 1));
  g_assert_cmpuint (spy_locator_count_open (SPY_LOCATOR (post.locator)), ==, 4);
  pass (&post.world, 3600 * 1000); /* 01:01 */
  g_assert_false (is_watched (&post, day));
  g_assert_true (is_watched (&post, day + 1));
  g_assert_cmpuint (spy_locator_count_open (SPY_LOCATOR (post.locator)), ==, 2);
  post_clear (&post);
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/node/links/" name, Pair, NULL, pair_set_up, function, pair_tear_down)

  g_test_init (&argc, &argv, NULL);
  ADD ("knock", test_knock);
  ADD ("strangers", test_strangers);
  ADD ("suspect", test_suspect);
  ADD ("used-up", test_used_up);
  ADD ("pool", test_pool);
  ADD ("full", test_full);
  ADD ("reason-of-tomorrow", test_reason_of_tomorrow);
  g_test_add_func ("/node/links/crowd", test_crowd);
  g_test_add_func ("/node/inbox/inbox", test_inbox);
  g_test_add_func ("/node/inbox/two-inboxes", test_two_inboxes);
  g_test_add_func ("/node/inbox/old-knock", test_old_knock);
  g_test_add_func ("/node/inbox/flood", test_flood);
  g_test_add_func ("/node/inbox/replay", test_replay);
  g_test_add_func ("/node/inbox/flood-and-friends", test_flood_and_friends);
  g_test_add_func ("/node/inbox/flood-and-contacts", test_flood_and_contacts);
  g_test_add_func ("/node/inbox/days", test_days);
  return g_test_run ();
}
