/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The friend in the middle by itself: both directions, foreign and unknown channels, floods, and
   every limit. */
#include <string.h>

#include "model/talk/relay-note.h"
#include "node/node-fixture.h"

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/* Somebody with a link to us, played by hand. */
typedef struct {
  KithDeviceCert cert;
  KithFakeLink *near; /* our end */
  KithFakeLink *far;
  GPtrArray *notes; /* of GBytes: what they heard */
  GPtrArray *frames;
  guint id; /* of the contact, 0: none */
} Friend;

typedef struct {
  World world;
  Host *host;
  KithFriendLinks *linked;
  KithRelayServer *relay;
  Friend a, b, c, d;
} Board;

static void
on_note (KithLink *link, GBytes *note, Friend *friend)
{
  g_ptr_array_add (friend->notes, g_bytes_ref (note));
}

static gboolean
on_frame (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  Friend *friend = user_data;

  g_ptr_array_add (friend->frames, g_bytes_new (data, len));
  return FALSE;
}

static void
join (Board *board, Friend *friend, guint8 mark, const char *name)
{
  gint64 now = kith_clock_wall (board->world.clock) / G_USEC_PER_SEC;

  memset (&friend->cert.identity, mark, KITH_KEY_LEN);
  memset (&friend->cert.device, mark + 1, KITH_KEY_LEN);
  kith_fake_link_new_pair (&friend->cert,
                           kith_vault_get_device_cert (board->host->vault, now),
                           &friend->far,
                           &friend->near);
  friend->notes = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  friend->frames = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  g_signal_connect (friend->far, "note", G_CALLBACK (on_note), friend);
  kith_link_set_frame_func (KITH_LINK (friend->far), on_frame, friend);
  KithFriendLink *entry = kith_friend_links_add (board->linked, KITH_LINK (friend->near));
  entry->flags = KITH_RELAY_MAY | KITH_RELAY_CARRIES | KITH_RELAY_GIVES;
  if (name != NULL) {
    g_autoptr (KithFound) found = kith_found_new ();
    found->name = g_strdup (name);
    found->key = friend->cert.identity;
    friend->id = contact_add_now (board->host->contacts, found, NULL, TRUE, NULL)->id;
  }
}

static void
leave (Friend *friend)
{
  g_signal_handlers_disconnect_by_data (friend->far, friend);
  g_object_unref (friend->far);
  g_object_unref (friend->near);
  g_ptr_array_unref (friend->notes);
  g_ptr_array_unref (friend->frames);
}

static void
board_up (Board *board, const KithRelayLimits *limits)
{
  memset (board, 0, sizeof *board);
  world_init (&board->world, NOON_US);
  board->host = host_new_bare (&board->world, "carol");
  board->linked = kith_friend_links_new (board->world.clock, board->host->contacts);
  board->relay
      = kith_relay_server_new (board->world.clock, board->host->contacts, board->linked, limits);
  join (board, &board->a, 10, "alice");
  join (board, &board->b, 20, "bob");
  join (board, &board->c, 30, "dora");
  join (board, &board->d, 40, NULL); /* a stranger */
}

static void
board_down (Board *board)
{
  settle ();
  g_assert_finalize_object (board->relay);
  g_assert_cmpuint (kith_fake_link_get_holds (board->a.near), ==, 0);
  g_assert_cmpuint (kith_fake_link_get_holds (board->b.near), ==, 0);
  kith_friend_links_free (board->linked);
  leave (&board->a);
  leave (&board->b);
  leave (&board->c);
  leave (&board->d);
  settle ();
  host_free (board->host);
  world_clear (&board->world);
}

static const KithRelayLimits usual
    = { .enabled = TRUE, .max_calls = 1, .max_kbit = 200, .max_megabytes = 1 };

/* The next note that @friend heard. */
static KithRelayNote
hear (Friend *friend)
{
  KithRelayNote note = { 0 };

  settle ();
  g_assert_cmpuint (friend->notes->len, >, 0);
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (friend->notes->pdata[0], &len);
  g_assert_true (kith_relay_note_read (data, len, &note));
  g_ptr_array_remove_index (friend->notes, 0);
  return note;
}

static void
assert_silent (Friend *friend)
{
  settle ();
  g_assert_cmpuint (friend->notes->len, ==, 0);
}

static void
ask (Board *board, Friend *from, Friend *to, guint8 link_mark, guint knock_len)
{
  KithRelayNote note = { .kind = KITH_NOTE_CARRY,
                         .peer = to->cert.identity,
                         .request = link_mark,
                         .has_channel = TRUE,
                         .knock_len = knock_len };

  memset (note.link_id, link_mark, sizeof note.link_id);
  memset (note.knock, 0x6b, knock_len);
  kith_relay_server_take_carry (board->relay,
                                kith_friend_links_find (board->linked, KITH_LINK (from->near)),
                                &note);
}

static void
assert_refused (Friend *friend, KithChannelOp op, KithRelayReason reason)
{
  KithRelayNote note = hear (friend);

  g_assert_cmpint (note.kind, ==, KITH_NOTE_CHANNEL);
  g_assert_cmpint (note.op, ==, op);
  g_assert_cmpint (note.reason, ==, reason);
}

/* Nobody is told at once that somebody is not there: in the same time those who are there may say
   yes. */
static void
assert_refused_late (Board *board, Friend *friend)
{
  assert_silent (friend);
  pass (&board->world, KITH_RELAY_ANSWER_MS - 50);
  assert_silent (friend);
  pass (&board->world, 60);
  assert_refused (friend, KITH_CHANNEL_REFUSED, KITH_RELAY_NOT_LINKED);
}

/* Asks and takes the two ids. */
static void
open_channel (Board *board,
              Friend *from,
              Friend *to,
              guint8 link_mark,
              guint8 *from_id,
              guint8 *to_id)
{
  ask (board, from, to, link_mark, 0);
  KithRelayNote opened = hear (from);
  KithRelayNote carried = hear (to);
  g_assert_cmpint (opened.op, ==, KITH_CHANNEL_OPENED);
  g_assert_cmpint (carried.kind, ==, KITH_NOTE_CARRIED);
  memcpy (from_id, opened.channel, KITH_CHANNEL_ID_LEN);
  memcpy (to_id, carried.channel, KITH_CHANNEL_ID_LEN);
}

static gboolean
send_frame (Board *board, Friend *from, const guint8 *id, const char *packet)
{
  guint8 frame[KITH_FRAME_MAX];
  gsize len = strlen (packet);

  memcpy (frame, id, KITH_CHANNEL_ID_LEN);
  memcpy (frame + KITH_CHANNEL_ID_LEN, packet, len);
  gboolean ours = kith_relay_server_take_frame (board->relay,
                                                KITH_LINK (from->near),
                                                frame,
                                                KITH_CHANNEL_ID_LEN + len);
  settle ();
  return ours;
}

static void
assert_frame (Friend *friend, const guint8 *id, const char *packet)
{
  g_assert_cmpuint (friend->frames->len, ==, 1);
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (friend->frames->pdata[0], &len);
  g_assert_cmpmem (data, KITH_CHANNEL_ID_LEN, id, KITH_CHANNEL_ID_LEN);
  g_assert_cmpmem (data + KITH_CHANNEL_ID_LEN, len - KITH_CHANNEL_ID_LEN, packet, strlen (packet));
  g_ptr_array_set_size (friend->frames, 0);
}

static void
test_both_ways (void)
{
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];

  board_up (&board, &usual);
  kith_fake_link_set_rtt (board.a.near, 30);
  kith_fake_link_set_rtt (board.b.near, 50);
  ask (&board, &board.a, &board.b, 7, 200);
  KithRelayNote opened = hear (&board.a);
  KithRelayNote carried = hear (&board.b);
  g_assert_cmpuint (opened.request, ==, 7);
  g_assert_cmpuint (opened.asker_rtt_ms, ==, 30);
  g_assert_cmpuint (opened.other_rtt_ms, ==, 50);
  g_assert_cmpuint (carried.asker_rtt_ms, ==, 30);
  g_assert_cmpuint (carried.knock_len, ==, 200);
  g_assert_cmpuint (carried.knock[199], ==, 0x6b);
  g_assert_true (kith_peer_key_equal (&carried.peer, &board.a.cert.identity));
  memcpy (id_a, opened.channel, sizeof id_a);
  memcpy (id_b, carried.channel, sizeof id_b);
  g_assert_cmpint (memcmp (id_a, id_b, sizeof id_a), !=, 0);
  g_assert_cmpuint (kith_fake_link_get_holds (board.a.near), ==, 1);

  g_assert_true (send_frame (&board, &board.a, id_a, "to bob"));
  assert_frame (&board.b, id_b, "to bob");
  g_assert_true (send_frame (&board, &board.b, id_b, "to alice"));
  assert_frame (&board.a, id_a, "to alice");

  g_autoptr (GVariant) status = g_variant_ref_sink (kith_relay_server_get_status (board.relay));
  g_autofree gchar *text = g_variant_print (status, FALSE);
  g_assert_nonnull (strstr (text, "'alice', 'bob'"));
  const KithContact *alice = kith_contacts_get (board.host->contacts, board.a.id);
  g_assert_cmpuint (kith_contacts_get_relayed_today (board.host->contacts, alice), ==, 16 + 14);

  /* One end is done: the other hears of it, and nothing goes any more. */
  KithRelayNote closed
      = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_CLOSED, .reason = KITH_RELAY_DONE };
  memcpy (closed.channel, id_b, sizeof closed.channel);
  KithFriendLink *from_a = kith_friend_links_find (board.linked, KITH_LINK (board.a.near));
  KithFriendLink *from_b = kith_friend_links_find (board.linked, KITH_LINK (board.b.near));
  /* bob's id, not hers */
  g_assert_false (kith_relay_server_take_closed (board.relay, from_a, &closed));
  g_assert_true (kith_relay_server_take_closed (board.relay, from_b, &closed));
  assert_refused (&board.a, KITH_CHANNEL_CLOSED, KITH_RELAY_DONE);
  assert_silent (&board.b);
  g_assert_false (send_frame (&board, &board.a, id_a, "late"));
  board_down (&board);
}

/* An id counts on the link that it was given to, and nowhere else. */
static void
test_foreign (void)
{
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];
  const guint8 unknown[KITH_CHANNEL_ID_LEN] = { 1, 2, 3 };
  guint8 longest[KITH_FRAME_MAX + 1] = { 0 };

  board_up (&board, &usual);
  open_channel (&board, &board.a, &board.b, 1, id_a, id_b);
  g_assert_false (send_frame (&board, &board.b, id_a, "x"));
  g_assert_false (send_frame (&board, &board.a, id_b, "x"));
  g_assert_false (send_frame (&board, &board.c, id_a, "x"));
  g_assert_false (send_frame (&board, &board.d, id_b, "x"));
  g_assert_false (send_frame (&board, &board.a, unknown, "x"));
  g_assert_false (send_frame (&board, &board.a, id_a, "")); /* nothing but an id */
  g_assert_false (kith_relay_server_take_frame (board.relay, KITH_LINK (board.a.near), id_a, 3));
  memcpy (longest, id_a, sizeof id_a);
  g_assert_false (kith_relay_server_take_frame (board.relay,
                                                KITH_LINK (board.a.near),
                                                longest,
                                                sizeof longest));
  settle ();
  g_assert_cmpuint (board.a.frames->len + board.b.frames->len, ==, 0);
  g_assert_true (kith_relay_server_take_frame (board.relay,
                                               KITH_LINK (board.a.near),
                                               longest,
                                               KITH_FRAME_MAX));
  board_down (&board);
}

static void
test_refusals (void)
{
  Board board;

  board_up (&board, &usual);
  ask (&board, &board.d, &board.b, 1, 10); /* a stranger asks */
  assert_refused (&board.d, KITH_CHANNEL_REFUSED, KITH_RELAY_STRANGER);
  ask (&board, &board.a, &board.d, 2, 10); /* for a stranger */
  assert_refused_late (&board, &board.a);
  ask (&board, &board.a, &board.a, 3, 10); /* for herself */
  assert_refused_late (&board, &board.a);
  assert_silent (&board.b);
  assert_silent (&board.d);

  KithFriendLink *to_bob = kith_friend_links_find (board.linked, KITH_LINK (board.b.near));
  to_bob->flags = 0; /* he does not let us relay: his knock comes all the same */
  ask (&board, &board.a, &board.b, 4, 10);
  assert_refused (&board.a, KITH_CHANNEL_NONE, KITH_RELAY_UNWANTED);
  g_assert_false (hear (&board.b).has_channel);
  ask (&board, &board.a, &board.b, 5, 0); /* without a knock there is nothing left */
  assert_refused (&board.a, KITH_CHANNEL_REFUSED, KITH_RELAY_UNWANTED);
  assert_silent (&board.b);
  to_bob->flags = KITH_RELAY_MAY;

  kith_fake_link_set_friend (board.b.near, &board.c.cert.identity, 10); /* no friends of friends */
  ask (&board, &board.a, &board.b, 6, 0);
  assert_refused (&board.a, KITH_CHANNEL_REFUSED, KITH_RELAY_NOT_LINKED);
  kith_fake_link_set_friend (board.b.near, NULL, 0);

  to_bob->is_quiet = TRUE;
  ask (&board, &board.a, &board.b, 7, 10);
  assert_refused_late (&board, &board.a);
  g_assert_true (contact_set_relay_now (board.host->contacts, board.b.id, FALSE, NULL));
  to_bob->is_quiet = FALSE;
  ask (&board, &board.a, &board.b, 8, 10);
  assert_refused_late (&board, &board.a);
  assert_silent (&board.b);
  board_down (&board);
}

static void
test_off (void)
{
  const KithRelayLimits off
      = { .enabled = FALSE, .max_calls = 4, .max_kbit = 200, .max_megabytes = 1 };
  Board board;

  board_up (&board, &off);
  ask (&board, &board.a, &board.b, 1, 10);
  assert_refused (&board.a, KITH_CHANNEL_NONE, KITH_RELAY_OFF);
  g_assert_cmpuint (hear (&board.b).knock_len, ==, 10);
  board_down (&board);
}

/* One call at once, three channels of it; the same asked again takes the place of the old one. */
static void
test_calls (void)
{
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN], old[KITH_CHANNEL_ID_LEN];

  board_up (&board, &usual);
  open_channel (&board, &board.a, &board.b, 1, old, id_b);
  open_channel (&board, &board.b, &board.a, 2, id_b, id_a);
  open_channel (&board, &board.a, &board.b, 3, id_a, id_b);
  ask (&board, &board.a, &board.b, 4, 0);
  assert_refused (&board.a, KITH_CHANNEL_REFUSED, KITH_RELAY_BUSY);
  ask (&board, &board.a, &board.c, 5, 0);
  assert_refused (&board.a, KITH_CHANNEL_REFUSED, KITH_RELAY_BUSY);
  assert_silent (&board.b);
  assert_silent (&board.c);

  ask (&board, &board.a, &board.b, 1, 0);
  assert_refused (&board.a, KITH_CHANNEL_CLOSED, KITH_RELAY_DONE);
  assert_refused (&board.b, KITH_CHANNEL_CLOSED, KITH_RELAY_DONE);
  g_assert_cmpint (hear (&board.a).op, ==, KITH_CHANNEL_OPENED);
  g_assert_true (hear (&board.b).has_channel);
  g_assert_false (send_frame (&board, &board.a, old, "x"));
  board_down (&board);
}

static void
assert_idle (Board *board, guint calls, guint idle)
{
  g_autoptr (GVariant) status = g_variant_ref_sink (kith_relay_server_get_status (board->relay));
  g_autoptr (GVariant) pairs = g_variant_lookup_value (status, "pairs", G_VARIANT_TYPE ("a(ssxt)"));
  g_autoptr (GVariant) over = g_variant_lookup_value (status, "idle", G_VARIANT_TYPE ("a(ss)"));

  g_assert_cmpuint (g_variant_n_children (pairs), ==, calls);
  g_assert_cmpuint (g_variant_n_children (over), ==, idle);
}

static void
on_changed (KithRelayServer *relay, guint *n)
{
  (*n)++;
}

/* A call that is over is told as such, while the link of the two lives on; one that rings is none
   of these. */
static void
test_idle (void)
{
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];
  guint n_changed = 0;

  board_up (&board, &usual);
  open_channel (&board, &board.a, &board.b, 1, id_a, id_b);
  for (guint i = 0; i < 12; i++) { /* a handshake */
    g_assert_true (send_frame (&board, &board.a, id_a, "x"));
  }
  pass (&board.world, 5000);
  g_assert_true (send_frame (&board, &board.a, id_a, "x"));
  assert_idle (&board, 1, 0);
  for (guint i = 0; i < 60; i++) { /* silence of both, by DTX */
    g_assert_true (send_frame (&board, &board.a, id_a, "x"));
    g_assert_true (send_frame (&board, &board.b, id_b, "x"));
    pass (&board.world, 400);
    assert_idle (&board, 1, 0);
  }
  g_signal_connect (board.relay, "changed", G_CALLBACK (on_changed), &n_changed);
  pass (&board.world, 3000);
  assert_idle (&board, 1, 1);
  g_assert_true (send_frame (&board, &board.a, id_a, "x")); /* the link keeps itself awake */
  pass (&board.world, 5000);
  assert_idle (&board, 1, 1);
  g_assert_cmpuint (n_changed, ==, 1);
  g_signal_handlers_disconnect_by_data (board.relay, &n_changed);
  board_down (&board);
}

/* Who asks without end is not answered without end. */
static void
test_asking_flood (void)
{
  Board board;

  board_up (&board, &usual);
  for (guint i = 0; i < 1000; i++) {
    ask (&board, &board.d, &board.b, 1, 512);
    ask (&board, &board.a, &board.b, 1, 0);
  }
  settle ();
  g_assert_cmpuint (board.d.notes->len, <=, 20);
  g_assert_cmpuint (board.b.notes->len, <=, 2 * 20);
  pass (&board.world, 3000);
  g_ptr_array_set_size (board.d.notes, 0);
  ask (&board, &board.d, &board.b, 1, 512);
  assert_refused (&board.d, KITH_CHANNEL_REFUSED, KITH_RELAY_STRANGER);
  board_down (&board);
}

/* 200 kbit/s each way, with one second of it at once. */
static void
test_rate (void)
{
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];
  g_autofree gchar *packet = g_strnfill (1000 - KITH_CHANNEL_ID_LEN, 'x');

  board_up (&board, &usual);
  open_channel (&board, &board.a, &board.b, 1, id_a, id_b);
  for (guint i = 0; i < 1000; i++) {
    g_assert_true (send_frame (&board, &board.a, id_a, packet));
  }
  g_assert_cmpuint (board.b.frames->len, ==, 25);
  g_assert_true (send_frame (&board, &board.b, id_b, packet)); /* the other way is not touched */
  g_assert_cmpuint (board.a.frames->len, ==, 1);
  pass (&board.world, 500);
  for (guint i = 0; i < 1000; i++) {
    (void)send_frame (&board, &board.a, id_a, packet);
  }
  g_assert_cmpuint (board.b.frames->len, ==, 25 + 12);
  board_down (&board);
}

/* For whom the owner is told that today's bytes are used up, until midnight. */
static void
assert_spent (Board *board, const char *names)
{
  g_autoptr (GVariant) status = g_variant_ref_sink (kith_relay_server_get_status (board->relay));
  g_autoptr (GVariant) spent
      = g_variant_lookup_value (status, "spent", G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree gchar *text = g_variant_print (spent, TRUE);
  gint64 now = kith_clock_wall (board->world.clock);
  gint64 ends_at = 0;

  g_assert_cmpstr (text, ==, names);
  g_assert_true (g_variant_lookup (status, "day-ends-at", "x", &ends_at));
  g_assert_cmpint (ends_at, >, now);
  g_assert_cmpint (ends_at - now, <=, DAY_US);
  g_assert_cmpint (ends_at % DAY_US, ==, 0);
}

/* What is left is too little for a packet: no channel is given that would close at once. */
static void
test_crumbs (void)
{
  Board board;

  board_up (&board, &usual);
  kith_contacts_add_relayed (board.host->contacts, board.a.id, 1000 * 1000 - KITH_FRAME_MAX);
  ask (&board, &board.a, &board.b, 1, 0);
  g_assert_cmpint (hear (&board.a).op, ==, KITH_CHANNEL_OPENED);
  (void)hear (&board.b);
  assert_spent (&board, "@as []");
  kith_contacts_add_relayed (board.host->contacts, board.a.id, 1);
  assert_spent (&board, "['alice']");
  pass (&board.world, 6000);
  assert_refused (&board.a, KITH_CHANNEL_CLOSED, KITH_RELAY_QUOTA);
  ask (&board, &board.a, &board.b, 2, 0);
  assert_refused (&board.a, KITH_CHANNEL_REFUSED, KITH_RELAY_QUOTA);
  board_down (&board);
}

/* An end closes: the other one hears whether it does not want us, and nothing that is not for it to
   say. */
static void
test_closed_words (void)
{
  static const struct {
    KithRelayReason said, heard;
    gboolean may;
  } cases[] = {
    { KITH_RELAY_DONE, KITH_RELAY_DONE, TRUE },
    { KITH_RELAY_UNWANTED, KITH_RELAY_UNWANTED, TRUE },
    { KITH_RELAY_DONE, KITH_RELAY_UNWANTED, FALSE }, /* it took its consent back just before */
    { KITH_RELAY_QUOTA, KITH_RELAY_OTHER, TRUE },
    { KITH_RELAY_STRANGER, KITH_RELAY_OTHER, TRUE },
    { KITH_RELAY_OTHER, KITH_RELAY_OTHER, TRUE },
  };
  Board board;

  board_up (&board, &usual);
  KithFriendLink *from = kith_friend_links_find (board.linked, KITH_LINK (board.b.near));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];
    KithRelayNote closed
        = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_CLOSED, .reason = cases[i].said };
    open_channel (&board, &board.a, &board.b, (guint8)(1 + i), id_a, id_b);
    memcpy (closed.channel, id_b, sizeof closed.channel);
    from->flags = cases[i].may ? KITH_RELAY_MAY : 0;
    g_assert_true (kith_relay_server_take_closed (board.relay, from, &closed));
    from->flags = KITH_RELAY_MAY;
    assert_refused (&board.a, KITH_CHANNEL_CLOSED, cases[i].heard);
    assert_silent (&board.b);
  }
  board_down (&board);
}

/* One megabyte a day for each contact, of what it asked for itself; the next day there is another
   one. */
static void
test_quota (void)
{
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];
  g_autofree gchar *packet = g_strnfill (1000 - KITH_CHANNEL_ID_LEN, 'x');

  board_up (&board, &usual);
  open_channel (&board, &board.a, &board.b, 1, id_a, id_b);
  for (guint second = 0; second < 60 && board.a.notes->len == 0; second++) {
    for (guint i = 0; i < 25; i++) {
      (void)send_frame (&board, &board.a, id_a, packet);
    }
    pass (&board.world, 1000);
  }
  g_assert_cmpuint (board.b.frames->len, ==, 1000); /* not a byte more */
  assert_refused (&board.a, KITH_CHANNEL_CLOSED, KITH_RELAY_QUOTA);
  assert_refused (&board.b, KITH_CHANNEL_CLOSED, KITH_RELAY_QUOTA);
  ask (&board, &board.a, &board.b, 2, 0);
  assert_refused (&board.a, KITH_CHANNEL_REFUSED, KITH_RELAY_QUOTA);
  assert_spent (&board, "['alice']"); /* bob paid nothing for her */
  ask (&board, &board.c, &board.b, 3, 0);
  g_assert_cmpint (hear (&board.c).op, ==, KITH_CHANNEL_OPENED);
  kith_relay_server_drop_link (board.relay, KITH_LINK (board.c.near));
  g_autoptr (GPtrArray) kept = kith_contacts_list (board.host->contacts);
  g_assert_cmpuint (((const KithContact *)kept->pdata[0])->relayed, ==, 1000 * 1000);
  pass (&board.world, 12 * 3600 * 1000); /* midnight */
  assert_spent (&board, "@as []");
  ask (&board, &board.a, &board.b, 4, 0);
  g_assert_cmpint (hear (&board.a).op, ==, KITH_CHANNEL_OPENED);
  board_down (&board);
}

/* What comes back over a channel is paid by who asked for it, too; and one who asks gets half of
   the calls at most. */
static void
test_asker_pays (void)
{
  const KithRelayLimits limits
      = { .enabled = TRUE, .max_calls = 2, .max_kbit = 200, .max_megabytes = 1 };
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];

  board_up (&board, &limits);
  open_channel (&board, &board.a, &board.b, 1, id_a, id_b);
  g_assert_true (send_frame (&board, &board.a, id_a, "to bob"));
  g_assert_true (send_frame (&board, &board.b, id_b, "to alice"));
  const KithContact *alice = kith_contacts_get (board.host->contacts, board.a.id);
  const KithContact *bob = kith_contacts_get (board.host->contacts, board.b.id);
  g_assert_cmpuint (kith_contacts_get_relayed_today (board.host->contacts, alice), ==, 14 + 16);
  g_assert_cmpuint (kith_contacts_get_relayed_today (board.host->contacts, bob), ==, 0);
  kith_contacts_add_relayed (board.host->contacts, board.b.id, 1000 * 1000); /* bob's are gone */
  g_assert_true (send_frame (&board, &board.a, id_a, "x"));
  g_assert_true (send_frame (&board, &board.b, id_b, "x"));
  pass (&board.world, 6000);
  assert_silent (&board.a);

  ask (&board, &board.a, &board.c, 2, 0);
  assert_refused (&board.a, KITH_CHANNEL_REFUSED, KITH_RELAY_BUSY);
  ask (&board, &board.c, &board.b, 3, 0);
  g_assert_cmpint (hear (&board.c).op, ==, KITH_CHANNEL_OPENED);
  board_down (&board);
}

static void
say_taken (Board *board, Friend *from, const Friend *whom)
{
  KithRelayNote note = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_TAKEN };

  if (whom != NULL) {
    note.peer = whom->cert.identity;
  }
  kith_relay_server_take_taken (board->relay,
                                kith_friend_links_find (board->linked, KITH_LINK (from->near)),
                                &note);
}

/* Bob says whose knocks he takes: until he took alice's, she hears of him what she would hear of
   nobody, at the same time. */
static void
test_told (void)
{
  Board board;
  guint8 unknown[KITH_CHANNEL_ID_LEN];

  board_up (&board, &usual);
  say_taken (&board, &board.b, NULL);
  for (guint knock_len = 0; knock_len <= 10; knock_len += 10) {
    ask (&board, &board.a, &board.b, 1, knock_len);
    KithRelayNote carried = hear (&board.b); /* he gets what is for him, and a channel */
    g_assert_true (carried.has_channel);
    memcpy (unknown, carried.channel, sizeof unknown);
    assert_refused_late (&board, &board.a);
    assert_refused (&board.b, KITH_CHANNEL_CLOSED, KITH_RELAY_DONE);
    g_assert_false (send_frame (&board, &board.b, unknown, "x"));
  }

  /* He wants no channel, or cannot have one: she does not hear of that either. */
  ask (&board, &board.a, &board.b, 2, 0);
  KithRelayNote closed
      = { .kind = KITH_NOTE_CHANNEL, .op = KITH_CHANNEL_CLOSED, .reason = KITH_RELAY_OTHER };
  memcpy (closed.channel, hear (&board.b).channel, sizeof closed.channel);
  KithFriendLink *from_b = kith_friend_links_find (board.linked, KITH_LINK (board.b.near));
  g_assert_true (kith_relay_server_take_closed (board.relay, from_b, &closed));
  assert_refused_late (&board, &board.a);
  ask (&board, &board.a, &board.b, 3, 0);
  (void)hear (&board.b);
  kith_relay_server_drop_link (board.relay, KITH_LINK (board.b.near)); /* as if he went just now */
  assert_refused_late (&board, &board.a);
  kith_contacts_add_relayed (board.host->contacts, board.a.id, 1000 * 1000);
  ask (&board, &board.a, &board.b, 4, 10);
  (void)hear (&board.b);
  assert_refused_late (&board, &board.a);
  board_down (&board);
}

/* Who is taken is told at once, and from then on as ever. */
static void
test_taken (void)
{
  Board board;

  board_up (&board, &usual);
  kith_fake_link_set_rtt (board.b.near, 50);
  say_taken (&board, &board.b, NULL);
  ask (&board, &board.a, &board.b, 1, 10);
  KithRelayNote carried = hear (&board.b);
  say_taken (&board, &board.b, &board.c); /* somebody else */
  assert_silent (&board.a);
  say_taken (&board, &board.b, &board.a);
  KithRelayNote opened = hear (&board.a);
  g_assert_cmpint (opened.op, ==, KITH_CHANNEL_OPENED);
  g_assert_cmpuint (opened.other_rtt_ms, ==, 50);
  g_assert_true (send_frame (&board, &board.a, opened.channel, "to bob"));
  assert_frame (&board.b, carried.channel, "to bob");
  ask (&board, &board.a, &board.b, 2, 0);
  g_assert_cmpint (hear (&board.a).op, ==, KITH_CHANNEL_OPENED);
  (void)hear (&board.b);
  pass (&board.world, 2 * KITH_RELAY_ANSWER_MS);
  assert_silent (&board.a);

  ask (&board, &board.c, &board.b, 3, 10); /* he took what came from dora before */
  assert_refused (&board.c, KITH_CHANNEL_NONE, KITH_RELAY_BUSY);
  board_down (&board);
}

static void
test_ends (void)
{
  Board board;
  guint8 id_a[KITH_CHANNEL_ID_LEN], id_b[KITH_CHANNEL_ID_LEN];

  board_up (&board, &usual);
  open_channel (&board, &board.a, &board.b, 1, id_a, id_b);
  pass (&board.world, 20 * 1000);
  g_assert_true (send_frame (&board, &board.b, id_b, "x")); /* one way is enough */
  pass (&board.world, 25 * 1000);
  assert_silent (&board.a);
  pass (&board.world, 10 * 1000);
  assert_refused (&board.a, KITH_CHANNEL_CLOSED, KITH_RELAY_IDLE);
  assert_refused (&board.b, KITH_CHANNEL_CLOSED, KITH_RELAY_IDLE);
  g_assert_cmpuint (kith_fake_link_get_holds (board.a.near), ==, 0);

  open_channel (&board, &board.a, &board.b, 2, id_a, id_b);
  kith_relay_server_drop_link (board.relay, KITH_LINK (board.b.near));
  assert_refused (&board.a, KITH_CHANNEL_CLOSED, KITH_RELAY_GONE);
  assert_silent (&board.b);

  open_channel (&board, &board.a, &board.b, 3, id_a, id_b);
  kith_relay_server_drop_contact (board.relay, &board.a.cert.identity);
  assert_refused (&board.a, KITH_CHANNEL_CLOSED, KITH_RELAY_STRANGER);
  assert_refused (&board.b,
                  KITH_CHANNEL_CLOSED,
                  KITH_RELAY_NOT_LINKED); /* for bob, she is the one */
  board_down (&board);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/node/relay/both-ways", test_both_ways);
  g_test_add_func ("/node/relay/foreign", test_foreign);
  g_test_add_func ("/node/relay/refusals", test_refusals);
  g_test_add_func ("/node/relay/off", test_off);
  g_test_add_func ("/node/relay/calls", test_calls);
  g_test_add_func ("/node/relay/idle", test_idle);
  g_test_add_func ("/node/relay/asking-flood", test_asking_flood);
  g_test_add_func ("/node/relay/rate", test_rate);
  g_test_add_func ("/node/relay/quota", test_quota);
  g_test_add_func ("/node/relay/crumbs", test_crumbs);
  g_test_add_func ("/node/relay/closed-words", test_closed_words);
  g_test_add_func ("/node/relay/asker-pays", test_asker_pays);
  g_test_add_func ("/node/relay/told", test_told);
  g_test_add_func ("/node/relay/taken", test_taken);
  g_test_add_func ("/node/relay/ends", test_ends);
  return g_test_run ();
}
