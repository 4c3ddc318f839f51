/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests what carries a link: a friend first and a direct pair later, notes and frames beside SIP,
   knocks that ask to check back. */
#include <string.h>
#include <unistd.h>

#include "common/own-time.h"
#include "common/steps.h"
#include "link-fixture.h"
#include "model/call/reason.h"
#include "model/talk/note.h"

#define FRIEND_DELAY 15

typedef struct Side Side;

/* One end of the path that a friend would carry. */
struct Side {
  Person *person;
  Side *other;
  guint id; /* of the friend's path; 0: none */
  guint carried;
  gboolean released;
};

typedef struct {
  Person *alice;
  Person *bob;
  Side sides[2];
  KithLink *ours;
  KithLink *theirs;
  guint changes;
} Paths;

static Paths *running;  /* the test that runs: for hooks that know only a person */
static gboolean strip;  /* knocks lose their candidates */
static gboolean mute;   /* of what the friend carries, only media comes through */
static KithKnock offer; /* the last one of alice, as it was */
static KithKnock answer;

typedef struct {
  Side *to;
  GBytes *packet;
} Carried;

static gboolean
on_carried (gpointer user_data)
{
  Carried *carried = user_data;
  gsize len = 0;
  const guint8 *data = g_bytes_get_data (carried->packet, &len);

  kith_link_maker_friend_path_input (carried->to->person->maker, carried->to->id, data, len);
  g_bytes_unref (carried->packet);
  g_free (carried);
  return G_SOURCE_REMOVE;
}

static gboolean
side_send (const guint8 *packet, gsize len, gpointer user_data)
{
  Side *side = user_data;

  g_assert_false (side->released);
  if (mute && (packet[0] < 128 || packet[0] > 191)) {
    return TRUE;
  }
  Carried *carried = g_new0 (Carried, 1);
  side->carried++;
  carried->to = side->other;
  carried->packet = g_bytes_new (packet, len);
  g_timeout_add (FRIEND_DELAY, on_carried, carried);
  return TRUE;
}

static void
side_released (gpointer user_data)
{
  Side *side = user_data;

  g_assert_false (side->released);
  side->released = TRUE;
}

static guint
add_friend_path (Side *side, const guint8 *link_id)
{
  KithFriendPath friend_path = { .delay_ms = FRIEND_DELAY,
                                 .send = side_send,
                                 .released = side_released,
                                 .user_data = side };

  memset (friend_path.friend_key.bytes, 'c', sizeof friend_path.friend_key.bytes);
  return kith_link_maker_add_friend_path (side->person->maker, link_id, &friend_path);
}

/* The friend opens its channel when it carries the answer. */
static gboolean
filter (Person *from, KithKnock *knock)
{
  if (knock->kind == KITH_KNOCK_OFFER) {
    offer = *knock;
  } else if (knock->kind == KITH_KNOCK_ANSWER) {
    answer = *knock;
  }
  if (strip) {
    knock->n_candidates = 0;
    if (knock->kind == KITH_KNOCK_ANSWER && running->sides[0].id == 0) {
      running->sides[0].id = add_friend_path (&running->sides[0], knock->link_id);
      g_assert_cmpuint (running->sides[0].id, !=, 0);
      running->sides[1].id = add_friend_path (&running->sides[1], knock->link_id);
      g_assert_cmpuint (running->sides[1].id, !=, 0);
    }
  }
  return TRUE;
}

static void
setup (Paths *paths, gconstpointer data)
{
  running = paths;
  strip = mute = FALSE;
  paths->alice = person_new ("alice");
  paths->bob = person_new ("bob");
  persons_wire (paths->alice, paths->bob);
  person_start (paths->alice);
  person_start (paths->bob);
  paths->alice->knock_filter = paths->bob->knock_filter = filter;
  paths->sides[0] = (Side){ .person = paths->alice, .other = &paths->sides[1] };
  paths->sides[1] = (Side){ .person = paths->bob, .other = &paths->sides[0] };
}

static void
on_end (KithLink *link, guint reason, gboolean *closed)
{
  *closed = TRUE;
}

static void
part (Paths *paths)
{
  gboolean ours = FALSE;
  gboolean theirs = FALSE;

  g_signal_connect (paths->ours, "closed", G_CALLBACK (on_end), &ours);
  g_signal_connect (paths->theirs, "closed", G_CALLBACK (on_end), &theirs);
  kith_link_close (paths->ours, KITH_REASON_LOCAL);
  g_assert_true (run_until (&ours, 500));
  g_assert_true (run_until (&theirs, 500));
  g_clear_object (&paths->ours);
  g_clear_object (&paths->theirs);
}

static void
teardown (Paths *paths, gconstpointer data)
{
  if (paths->ours != NULL) {
    part (paths);
  }
  run_for (50);
  person_free (paths->alice);
  person_free (paths->bob);
  run_for (600);
  g_assert_cmpuint (links_alive, ==, 0);
  running = NULL;
}

static void
on_path_changed (KithLink *link, Paths *paths)
{
  paths->changes++;
}

static void
connect_them (Paths *paths, gboolean with_slot)
{
  connect_both (paths->alice, paths->bob, with_slot, &paths->ours, &paths->theirs);
  g_signal_connect (paths->ours, "path-changed", G_CALLBACK (on_path_changed), paths);
}

static gboolean
is_by_friend (KithLink *link)
{
  KithLinkPath path;

  kith_link_get_path (link, &path);
  if (path.is_relayed_by_friend) {
    g_assert_cmpuint (path.friend_key.bytes[5], ==, 'c');
    g_assert_cmpuint (path.friend_delay_ms, ==, FRIEND_DELAY);
    g_assert_cmpuint (path.remote.endpoint.port, ==, 0);
  } else {
    g_assert_cmpuint (path.remote.endpoint.port, !=, 0);
  }
  return path.is_relayed_by_friend;
}

static void
carry_both_ways (Paths *paths, gsize len)
{
  int a = kith_link_take_sip (paths->ours);
  int b = kith_link_take_sip (paths->theirs);

  carry (a, b, len);
  carry (b, a, len);
  /* A closed end would end the link. */
  g_object_set_data (G_OBJECT (paths->ours), "sip", GINT_TO_POINTER (a));
}

/* No candidate ever arrives: everything goes through the friend. */
static void
test_friend (Paths *paths, gconstpointer data)
{
  strip = TRUE;
  connect_them (paths, FALSE);
  g_assert_true (is_by_friend (paths->ours));
  g_assert_true (is_by_friend (paths->theirs));
  carry_both_ways (paths, 50000);
  g_assert_cmpuint (paths->sides[0].carried, >, 40);
  g_assert_cmpuint (paths->sides[1].carried, >, 40);
  part (paths);
  run_for (600);
  g_assert_true (paths->sides[0].released);
  g_assert_true (paths->sides[1].released);
  /* Both ids are gone: nothing happens. */
  kith_link_maker_friend_path_input (paths->alice->maker,
                                     paths->sides[0].id,
                                     (const guint8 *)"@@",
                                     2);
  kith_link_maker_remove_friend_path (paths->alice->maker, paths->sides[0].id);
}

typedef struct {
  guint count;
  guint8 last[300];
  gsize last_len;
} Heard;

static gboolean
on_data (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  Heard *heard = user_data;

  heard->count++;
  heard->last_len = MIN (len, sizeof heard->last);
  memcpy (heard->last, data, heard->last_len);
  return TRUE;
}

static gboolean
on_forged (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  (void)on_data (link, data, len, user_data);
  return FALSE;
}

/* Nothing of the peer comes but media: it keeps a link alive only if SRTP authenticated it. */
static void
test_sign_of_life (Paths *paths, gconstpointer data)
{
  gboolean authentic = GPOINTER_TO_INT (data);
  KithLinkTimes times = { 3500, 5000, 100, 300, 300, 200, 600, 60000, 1000, 50, 100, 10000 };
  Heard heard = { 0 };
  gboolean closed = FALSE;
  guint8 packet[172] = { 0x80, 111, [11] = 7 };

  kith_quic_link_maker_set_times (KITH_QUIC_LINK_MAKER (paths->alice->maker), &times);
  strip = TRUE;
  connect_them (paths, FALSE);
  g_signal_connect (paths->ours, "closed", G_CALLBACK (on_end), &closed);
  g_assert_true (
      kith_link_claim_media (paths->ours, 7, authentic ? on_data : on_forged, &heard, NULL));
  run_for (100);
  mute = TRUE;
  for (guint i = 0; i < 75 && !closed; i++) {
    (void)kith_link_send_media (paths->theirs, packet, sizeof packet);
    run_for (20);
  }
  g_assert_cmpuint (heard.count, >, 20);
  g_assert_true (closed == !authentic);
  if (closed) {
    kith_link_close (paths->theirs, KITH_REASON_LOCAL);
    g_clear_object (&paths->ours);
    g_clear_object (&paths->theirs);
  } else {
    mute = FALSE;
    part (paths);
  }
  run_for (600); /* what is said last of all */
}

/* The friend is first; candidates come later, and the link moves without losing a byte. The friend
   is let go. */
static void
test_friend_then_direct (Paths *paths, gconstpointer data)
{
  Heard heard = { 0 };
  guint8 packet[172] = { 0x80, 111, [11] = 7 };

  strip = TRUE;
  connect_them (paths, FALSE);
  g_assert_true (is_by_friend (paths->ours));
  g_assert_true (kith_link_claim_media (paths->theirs, 7, on_data, &heard, NULL));
  kith_link_hold (paths->ours);
  strip = FALSE;
  g_assert_cmpuint (answer.n_candidates, >, 0);
  kith_link_maker_take_knock (paths->alice->maker, &answer);
  guint sent = 0;
  for (guint i = 0; i < 200; i++, sent++) {
    packet[3] = (guint8)i;
    g_assert_true (kith_link_send_media (paths->ours, packet, sizeof packet));
    run_for (5);
  }
  run_for (50);
  g_assert_cmpuint (heard.count, ==, sent);
  g_assert_false (is_by_friend (paths->ours));
  g_assert_false (is_by_friend (paths->theirs));
  g_assert_cmpuint (paths->changes, >=, 1);
  carry_both_ways (paths, 50000);
  for (guint i = 0; i < 80 && !(paths->sides[0].released && paths->sides[1].released); i++) {
    run_for (100);
  }
  g_assert_true (paths->sides[0].released);
  g_assert_true (paths->sides[1].released);
  g_assert_cmpint (kith_link_get_state (paths->ours), ==, KITH_LINK_UP);
}

/* The only way is the friend's, and it ends: a link that is held goes over to the way that was
   prepared, one that nobody holds notices and ends. */
static void
test_friend_leaves (Paths *paths, gconstpointer data)
{
  gboolean held = GPOINTER_TO_INT (data);
  gboolean closed = FALSE;
  KithLinkTimes times = { 3500, 5000, 100, 500, 700, 300, 1000, 60000, 1000, 50, 100, 10000 };

  kith_quic_link_maker_set_times (KITH_QUIC_LINK_MAKER (paths->alice->maker), &times);
  strip = TRUE;
  connect_them (paths, FALSE);
  g_signal_connect (paths->ours, "closed", G_CALLBACK (on_end), &closed);
  if (held) {
    kith_link_hold (paths->ours);
  }
  run_for (300);
  g_assert_true (is_by_friend (paths->ours));
  kith_link_maker_remove_friend_path (paths->alice->maker, paths->sides[0].id);
  kith_link_maker_remove_friend_path (paths->bob->maker, paths->sides[1].id);
  if (held) {
    run_for (2000);
    g_assert_false (closed);
    g_assert_false (is_by_friend (paths->ours));
    carry_both_ways (paths, 5000);
  } else {
    g_assert_true (run_until (&closed, 4000));
  }
  g_assert_false (paths->sides[0].released); /* it went by itself */
  g_signal_handlers_disconnect_by_data (paths->ours, &closed);
  kith_link_close (paths->ours, KITH_REASON_LOCAL);
  g_clear_object (&paths->ours);
  kith_link_close (paths->theirs, KITH_REASON_LOCAL);
  run_for (50);
  g_clear_object (&paths->theirs);
}

static void
test_friend_path_bounds (Paths *paths, gconstpointer data)
{
  guint8 id[KITH_SEED_LEN] = { 9 };
  Side *side = &paths->sides[0];

  g_assert_cmpuint (add_friend_path (side, id), ==, 0); /* there is no such link */
  connect_them (paths, TRUE);
  g_assert_true (
      kith_link_export_key (paths->ours, "EXPORTER-kith-link-id", NULL, 0, id, sizeof id));
  guint first = add_friend_path (side, id);
  g_assert_cmpuint (first, !=, 0);
  g_assert_cmpuint (add_friend_path (side, id), !=, first);
  g_assert_cmpuint (add_friend_path (side, id), !=, 0);
  g_assert_cmpuint (add_friend_path (side, id), ==, 0); /* three are enough */
  kith_link_maker_friend_path_input (paths->alice->maker, first, (const guint8 *)"\x45garbage", 8);
  kith_link_maker_friend_path_input (paths->alice->maker, first + 100, (const guint8 *)"@", 1);
  kith_link_maker_remove_friend_path (paths->alice->maker, first);
  kith_link_maker_remove_friend_path (paths->alice->maker, first + 1);
  kith_link_maker_remove_friend_path (paths->alice->maker, first + 2);
  run_for (10);
  g_assert_false (is_by_friend (paths->ours));
  g_assert_false (side->released);
  g_assert_cmpuint (side->carried, ==, 0); /* a direct path needs no friend */
}

static guint n_answers;

static gboolean
count_answers (Person *from, KithKnock *knock)
{
  n_answers += knock->kind == KITH_KNOCK_ANSWER ? 1 : 0;
  return FALSE;
}

/* A peer that moves without end, each time with other credentials, gets few agents and answers of
   us; the link goes on. */
static void
test_endless_moves (Paths *paths, gconstpointer data)
{
  guint8 note[2 + KITH_SEED_LEN + 1] = { KITH_NOTE_MOVE, KITH_KNOCK_MOVE };

  connect_them (paths, TRUE);
  paths->bob->knock_filter = count_answers;
  n_answers = 0;
  gint64 began = g_get_monotonic_time ();
  for (guint i = 0; i < 400; i++) {
    memcpy (note + 2, &i, sizeof i);
    (void)kith_link_send_note (paths->ours, note, sizeof note);
    run_for (1);
  }
  run_for (100);
  guint s = (guint)((g_get_monotonic_time () - began) / G_USEC_PER_SEC) + 1;
  g_assert_cmpuint (n_answers, >, 0);
  g_assert_cmpuint (n_answers, <=, 2 * (6 + s)); /* a listener answers again when it knows more */
  n_answers = 0;
  began = g_get_monotonic_time ();
  for (guint i = 0; i < 400; i++) { /* the last one over and over */
    (void)kith_link_send_note (paths->ours, note, sizeof note);
    run_for (1);
  }
  run_for (100);
  s = (guint)((g_get_monotonic_time () - began) / G_USEC_PER_SEC) + 1;
  g_assert_cmpuint (n_answers, <=, 24 + 4 * s + 2 * s);
  g_assert_cmpint (kith_link_get_state (paths->ours), ==, KITH_LINK_UP);
  g_assert_cmpint (kith_link_get_state (paths->theirs), ==, KITH_LINK_UP);
}

static gboolean
only_checks (Person *from, KithKnock *knock)
{
  return knock->kind == KITH_KNOCK_CHECK;
}

/* The caller cannot reach the slot; the slot can reach the caller, and is asked to. */
static void
test_check_back (Paths *paths, gconstpointer data)
{
  KithLinkTarget target;
  g_autoptr (GError) error = NULL;

  paths->alice->knock_filter = only_checks;
  person_get_target (paths->bob, TRUE, &target);
  target.n_candidates = 1;
  g_assert_true (kith_endpoint_parse ("192.0.2.99:9", &target.candidates[0].endpoint));
  target.trace = kith_trace_new (kith_clock_get_default ());
  paths->ours = person_open (paths->alice, &target, &error);
  g_assert_no_error (error);
  steps_show (target.trace);
  GPtrArray *entries = kith_trace_get_entries (target.trace);
  guint kinds = 0;
  for (guint i = 0; i < entries->len; i++) {
    KithTraceEntry *entry = entries->pdata[i];
    kinds |= 1u << entry->kind;
  }
  g_assert_cmpuint (kinds,
                    ==,
                    1u << KITH_TRACE_CANDIDATE | 1u << KITH_TRACE_KNOCK | 1u << KITH_TRACE_PAIR
                        | 1u << KITH_TRACE_KEYS | 1u << KITH_TRACE_PATH);
  kith_trace_unref (target.trace);
  run_for (30);
  g_assert_cmpuint (paths->bob->accepted->len, ==, 1);
  paths->theirs = g_ptr_array_steal_index (paths->bob->accepted, 0);
  watch_link (paths->theirs);
}

/* Checks with seeds of nobody are ignored; the slot stays as it is. */
static void
test_check_of_nobody (Paths *paths, gconstpointer data)
{
  KithReach before = { 0 };
  KithReach after = { 0 };
  KithKnock knock = { .kind = KITH_KNOCK_CHECK, .n_candidates = 1 };

  run_for (250);
  knock.device.identity = paths->alice->identity;
  knock.device.device = paths->alice->device;
  g_assert_true (kith_endpoint_parse ("192.0.2.99:9", &knock.candidates[0].endpoint));
  g_assert_true (kith_link_maker_get_slot (paths->bob->maker, &before));
  for (guint i = 0; i < 200; i++) {
    knock.seed[0] = (guint8)i;
    kith_link_maker_take_knock (paths->bob->maker, &knock);
  }
  g_assert_true (kith_link_maker_get_slot (paths->bob->maker, &after));
  g_assert_cmpmem (before.slot_seed, KITH_SEED_LEN, after.slot_seed, KITH_SEED_LEN);
  g_assert_cmpuint (paths->bob->knocks, ==, 0);
}

/* An old record leads to somebody else; the knock finds the one who was meant. */
static void
test_wrong_slot (Paths *paths, gconstpointer data)
{
  Person *mallory = person_new ("mallory");
  KithLinkTarget target;
  g_autoptr (GError) error = NULL;

  person_start (mallory);
  person_get_target (mallory, TRUE, &target);
  target.identity = paths->bob->identity;
  target.device = paths->bob->device;
  paths->alice->knock_delay = 300;
  paths->ours = person_open (paths->alice, &target, &error);
  g_assert_no_error (error);
  run_for (30);
  g_assert_cmpuint (mallory->accepted->len, ==, 0);
  g_assert_cmpuint (paths->bob->accepted->len, ==, 1);
  paths->theirs = g_ptr_array_steal_index (paths->bob->accepted, 0);
  watch_link (paths->theirs);
  person_free (mallory);
}

static void
on_note (KithLink *link, GBytes *note, GPtrArray *notes)
{
  g_ptr_array_add (notes, g_bytes_ref (note));
}

/* Until there are @n, and a moment longer. */
static void
wait_for_notes (GPtrArray *notes, guint n)
{
  for (guint i = 0; i < 500 && notes->len < n; i++) {
    run_for (10);
  }
  run_for (100);
}

static void
test_notes (Paths *paths, gconstpointer data)
{
  g_autoptr (GPtrArray) notes = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  guint8 note[KITH_NOTE_MAX + 1];
  guint queued = 0;

  connect_them (paths, TRUE);
  g_signal_connect (paths->theirs, "note", G_CALLBACK (on_note), notes);
  memset (note, 'n', sizeof note);
  note[0] = KITH_NOTE_FIRST_OF_NODE;
  for (gsize len = 1; len <= KITH_NOTE_MAX; len++) {
    note[len - 1] = len == 1 ? KITH_NOTE_FIRST_OF_NODE : (guint8)len;
    g_assert_true (kith_link_send_note (paths->ours, note, len));
    if (len % 20 == 0) {
      run_for (5);
    }
  }
  g_assert_false (kith_link_send_note (paths->ours, note, sizeof note));
  g_assert_false (kith_link_send_note (paths->ours, note, 0));
  wait_for_notes (notes, KITH_NOTE_MAX);
  g_assert_cmpuint (notes->len, ==, KITH_NOTE_MAX);
  for (guint i = 0; i < notes->len; i++) {
    gsize len = 0;
    (void)g_bytes_get_data (notes->pdata[i], &len);
    g_assert_cmpuint (len, ==, i + 1);
  }
  /* Without the loop nothing is acknowledged: a bounded number fits, and all of these arrive. */
  g_ptr_array_set_size (notes, 0);
  while (queued < 1000 && kith_link_send_note (paths->ours, note, KITH_NOTE_MAX)) {
    queued++;
  }
  g_assert_cmpuint (queued, >=, 32);
  g_assert_cmpuint (queued, <=, 65);
  wait_for_notes (notes, queued);
  g_assert_cmpuint (notes->len, ==, queued);
  note[0] = 15; /* for the links themselves, or of a later version */
  g_assert_true (kith_link_send_note (paths->ours, note, 3));
  run_for (50);
  g_assert_cmpuint (notes->len, ==, queued);
}

static void
test_frames (Paths *paths, gconstpointer data)
{
  Heard near = { 0 };
  Heard far = { 0 };
  guint8 frame[KITH_FRAME_MAX + 1];

  connect_them (paths, TRUE);
  memset (frame, 0x77, sizeof frame);
  kith_link_set_frame_func (paths->theirs, on_data, &far);
  kith_link_set_frame_func (paths->ours, on_data, &near);
  g_assert_true (kith_link_send_frame (paths->ours, frame, 1));
  g_assert_true (kith_link_send_frame (paths->ours, frame, KITH_FRAME_MAX));
  g_assert_false (kith_link_send_frame (paths->ours, frame, sizeof frame));
  g_assert_true (kith_link_send_frame (paths->theirs, frame, 60));
  run_for (50);
  g_assert_cmpuint (far.count, ==, 2);
  g_assert_cmpmem (far.last, far.last_len, frame, 300);
  g_assert_cmpuint (near.count, ==, 1);
  g_assert_cmpmem (near.last, near.last_len, frame, 60);
  kith_link_set_frame_func (paths->theirs, NULL, NULL);
  g_assert_true (kith_link_send_frame (paths->ours, frame, 1));
  run_for (30);
  g_assert_cmpuint (far.count, ==, 2);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/link/paths/" path, Paths, NULL, setup, func, teardown)
  ADD ("friend", test_friend);
  ADD ("friend-then-direct", test_friend_then_direct);
  g_test_add ("/link/paths/authentic-media",
              Paths,
              GINT_TO_POINTER (TRUE),
              setup,
              test_sign_of_life,
              teardown);
  g_test_add ("/link/paths/forged-media", Paths, NULL, setup, test_sign_of_life, teardown);
  ADD ("friend-leaves", test_friend_leaves);
  g_test_add ("/link/paths/friend-leaves-a-call",
              Paths,
              GINT_TO_POINTER (TRUE),
              setup,
              test_friend_leaves,
              teardown);
  ADD ("endless-moves", test_endless_moves);
  ADD ("friend-path-bounds", test_friend_path_bounds);
  ADD ("check-back", test_check_back);
  ADD ("check-of-nobody", test_check_of_nobody);
  ADD ("wrong-slot", test_wrong_slot);
  ADD ("notes", test_notes);
  ADD ("frames", test_frames);
  return g_test_run ();
}
