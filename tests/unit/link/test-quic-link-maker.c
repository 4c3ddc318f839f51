/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests links between two link makers over real sockets: making them, refusing them, using them,
   losing them. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "common/fake-nat.h"
#include "common/own-time.h"
#include "link-fixture.h"
#include "model/call/reason.h"

typedef struct {
  Person *alice;
  Person *bob;
} Pair;

static void
setup (Pair *pair, gconstpointer data)
{
  pair->alice = person_new ("alice");
  pair->bob = person_new ("bob");
  persons_wire (pair->alice, pair->bob);
  person_start (pair->alice);
  person_start (pair->bob);
}

static void
teardown (Pair *pair, gconstpointer data)
{
  run_for (20); /* knocks under way */
  person_free (pair->alice);
  person_free (pair->bob);
  run_for (600); /* goodbyes linger for 400 ms */
  g_assert_cmpuint (links_alive, ==, 0);
}

typedef struct {
  gboolean closed;
  guint reason;
  gint64 at;
  guint suspected;
  guint cleared;
} Watch;

static void
on_closed (KithLink *link, guint reason, Watch *watch)
{
  g_assert_false (watch->closed);
  g_assert_cmpint (kith_link_get_state (link), ==, KITH_LINK_CLOSED);
  watch->closed = TRUE;
  watch->reason = reason;
  watch->at = g_get_monotonic_time ();
}

static void
on_suspect (KithLink *link, gboolean suspect, Watch *watch)
{
  if (suspect) {
    watch->suspected++;
  } else {
    watch->cleared++;
  }
}

static void
watch_end (KithLink *link, Watch *watch)
{
  *watch = (Watch){ 0 };
  g_signal_connect (link, "closed", G_CALLBACK (on_closed), watch);
  g_signal_connect (link, "suspect", G_CALLBACK (on_suspect), watch);
}

/* Closes and drops both ends. */
static void
part (KithLink *ours, KithLink *theirs)
{
  Watch near;
  Watch far;

  watch_end (ours, &near);
  watch_end (theirs, &far);
  kith_link_close (ours, KITH_REASON_LOCAL);
  g_assert_true (run_until (&near.closed, 500));
  g_assert_true (run_until (&far.closed, 500));
  g_assert_cmpint (near.reason, ==, KITH_REASON_LOCAL);
  g_assert_cmpint (far.reason, ==, KITH_REASON_REMOTE);
  g_object_unref (ours);
  g_object_unref (theirs);
}

static void
check_ends (Pair *pair, KithLink *ours, KithLink *theirs)
{
  KithLinkPath near;
  KithLinkPath far;

  g_assert_cmpint (kith_link_get_state (ours), ==, KITH_LINK_UP);
  g_assert_cmpint (kith_link_get_state (theirs), ==, KITH_LINK_UP);
  g_assert_true (kith_link_is_outgoing (ours));
  g_assert_false (kith_link_is_outgoing (theirs));
  g_assert_cmpuint (kith_link_get_id (ours), !=, 0);
  g_assert_cmpuint (kith_link_get_id (ours), !=, kith_link_get_id (theirs));
  g_assert_true (kith_peer_key_equal (&kith_link_get_peer (ours)->identity, &pair->bob->identity));
  g_assert_true (kith_peer_key_equal (&kith_link_get_peer (ours)->device, &pair->bob->device));
  g_assert_true (
      kith_peer_key_equal (&kith_link_get_peer (theirs)->identity, &pair->alice->identity));
  g_assert_true (kith_peer_key_equal (&kith_link_get_peer (theirs)->device, &pair->alice->device));
  kith_link_get_path (ours, &near);
  kith_link_get_path (theirs, &far);
  g_assert_cmpuint (near.local.endpoint.port, ==, far.remote.endpoint.port);
  g_assert_cmpuint (near.remote.endpoint.port, ==, far.local.endpoint.port);
  g_assert_cmpint (near.local.endpoint.family, ==, far.remote.endpoint.family);
  g_assert_cmpint (near.since_us, >, 0);
}

static void
test_slot (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  KithReach before = { 0 };
  KithReach after = { 0 };
  guint changes;

  run_for (50);
  changes = pair->bob->slot_changes;
  g_assert_cmpuint (changes, >=, 1);
  g_assert_true (kith_link_maker_get_slot (pair->bob->maker, &before));
  pair->alice->peer = NULL; /* no knock arrives */
  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  check_ends (pair, ours, theirs);
  run_for (250);
  g_assert_cmpuint (pair->bob->slot_changes, ==, changes + 1);
  g_assert_true (kith_link_maker_get_slot (pair->bob->maker, &after));
  g_assert_true (memcmp (before.slot_seed, after.slot_seed, sizeof after.slot_seed) != 0);
  part (ours, theirs);
}

static void
test_knock (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;

  pair->alice->knock_delay = pair->bob->knock_delay = 30;
  connect_both (pair->alice, pair->bob, FALSE, &ours, &theirs);
  check_ends (pair, ours, theirs);
  g_assert_cmpuint (pair->alice->knocks, ==, 1);
  g_assert_cmpuint (pair->bob->knocks, ==, 1);
  part (ours, theirs);
}

static void
test_both_ways_give_one (Pair *pair, gconstpointer data)
{
  for (guint delay = 0; delay < 40; delay += 4) {
    KithLink *ours;
    KithLink *theirs;
    pair->alice->knock_delay = pair->bob->knock_delay = delay / 2;
    connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
    run_for (150);
    g_assert_cmpuint (pair->bob->accepted->len, ==, 0);
    g_assert_cmpuint (pair->alice->accepted->len, ==, 0);
    check_ends (pair, ours, theirs);
    part (ours, theirs);
  }
}

/* The slot in the record is another one's by now: the knock saves the call. */
static void
test_old_slot (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;
  g_autoptr (GError) error = NULL;

  person_get_target (pair->bob, TRUE, &target);
  target.slot_seed[3] ^= 1;
  KithLink *ours = person_open (pair->alice, &target, &error);
  g_assert_no_error (error);
  run_for (50);
  g_assert_cmpuint (pair->bob->accepted->len, ==, 1);
  KithLink *theirs = g_ptr_array_steal_index (pair->bob->accepted, 0);
  watch_link (theirs);
  part (ours, theirs);
}

static void
expect_error (Pair *pair, const KithLinkTarget *target, KithError code, guint within_ms)
{
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();

  KithLink *link = person_open (pair->alice, target, &error);
  gint64 took = (g_get_monotonic_time () - start) / 1000;
  g_assert_null (link);
  g_assert_error (error, KITH_ERROR, (int)code);
  g_test_message ("%s (after %d ms)", error->message, (int)took);
  g_assert_cmpint (took, <=, within_ms);
  run_for (100);
  g_assert_cmpuint (pair->bob->accepted->len, ==, 0);
}

static void
test_wrong_device (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;

  person_get_target (pair->bob, GPOINTER_TO_INT (data), &target);
  target.device = pair->alice->device;
  expect_error (pair, &target, KITH_ERROR_UNTRUSTED, 1000);
}

static void
test_wrong_identity (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;

  person_get_target (pair->bob, TRUE, &target);
  target.identity = pair->alice->identity;
  /* The knock goes to the one who was meant, who might have answered. */
  expect_error (pair, &target, KITH_ERROR_UNTRUSTED, 3800);
}

static void
test_tampered (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;

  person_get_target (pair->bob, TRUE, &target);
  pair->bob->tamper = TRUE;
  kith_link_maker_stop (pair->bob->maker);
  person_start (pair->bob);
  person_get_target (pair->bob, TRUE, &target);
  expect_error (pair, &target, KITH_ERROR_UNTRUSTED, 1000);
}

static void
test_expired (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;

  pair->bob->not_after = 1;
  kith_link_maker_stop (pair->bob->maker);
  person_start (pair->bob);
  person_get_target (pair->bob, TRUE, &target);
  expect_error (pair, &target, KITH_ERROR_UNTRUSTED, 1000);
}

/* A stolen device certificate: genuine, but of another device key. */
static void
test_stolen (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;

  pair->bob->other_key = pair->alice->device.bytes;
  kith_link_maker_stop (pair->bob->maker);
  person_start (pair->bob);
  person_get_target (pair->bob, TRUE, &target);
  target.device = pair->alice->device;
  expect_error (pair, &target, KITH_ERROR_UNTRUSTED, 1000);
}

/* The server does not believe the client: it accepts nothing, and the client learns why. */
static void
test_refused_client (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;
  g_autoptr (GError) error = NULL;
  Watch near;

  pair->alice->tamper = TRUE;
  person_get_target (pair->bob, TRUE, &target);
  KithLink *ours = person_open (pair->alice, &target, &error);
  g_assert_no_error (error);
  watch_end (ours, &near);
  g_assert_true (run_until (&near.closed, 1000));
  g_assert_cmpint (near.reason, ==, KITH_REASON_UNTRUSTED);
  run_for (100);
  g_assert_cmpuint (pair->bob->accepted->len, ==, 0);
  g_object_unref (ours);
}

static void
test_gone (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;

  person_get_target (pair->bob, TRUE, &target);
  kith_link_maker_stop (pair->bob->maker);
  pair->alice->peer = NULL;
  expect_error (pair, &target, KITH_ERROR_UNREACHABLE, 3800);
}

static void
on_cancelled_open (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (kith_link_maker_open_finish (KITH_LINK_MAKER (source), result, NULL, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_CANCELLED);
  *(gboolean *)user_data = TRUE;
}

static void
test_cancel (Pair *pair, gconstpointer data)
{
  KithLinkTarget target;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean done = FALSE;

  person_get_target (pair->bob, FALSE, &target);
  pair->alice->peer = NULL;
  kith_link_maker_open_async (pair->alice->maker, &target, cancellable, on_cancelled_open, &done);
  run_for (50);
  g_assert_false (done);
  g_cancellable_cancel (cancellable);
  g_assert_true (run_until (&done, 200));
  done = FALSE;
  kith_link_maker_open_async (pair->alice->maker, &target, NULL, on_cancelled_open, &done);
  run_for (50);
  kith_link_maker_stop (pair->alice->maker);
  g_assert_true (run_until (&done, 200));
}

static void
test_sip_bytes (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  char byte;

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  int a = kith_link_take_sip (ours);
  int b = kith_link_take_sip (theirs);
  g_assert_cmpint (a, >=, 0);
  g_assert_cmpint (kith_link_take_sip (ours), ==, -1);
  g_assert_cmpint (fcntl (a, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (a, F_GETFD) & FD_CLOEXEC, !=, 0);
  carry (b, a, 700); /* the accepting side may speak first */
  carry (a, b, 1024 * 1024);
  carry (b, a, 1024 * 1024);

  g_assert_cmpint (shutdown (a, SHUT_WR), ==, 0);
  run_for (100);
  g_assert_cmpint (read (b, &byte, 1), ==, 0);
  carry (b, a, 5000); /* the other way is still open */
  Watch near;
  watch_end (ours, &near);
  kith_link_close (theirs, KITH_REASON_LOCAL);
  g_assert_true (run_until (&near.closed, 500));
  g_assert_cmpint (read (a, &byte, 1), ==, 0);
  close (a);
  close (b);
  g_object_unref (ours);
  g_object_unref (theirs);
}

typedef struct {
  const char *bad; /* between two good messages */
  const char *why;
} BadSip;

/* What no SIP peer sends ends the link; what came before it arrives, nothing of it or behind it
   does. */
static void
test_sip_bad (Pair *pair, gconstpointer data)
{
#define BAD                                                                                        \
  "OPTIONS sip:x@y SIP/2.0\r\nVia: SIP/2.0/TCP y\r\nFrom: <sip:x@y>\r\nTo: <sip:x@y>\r\nCall-ID: " \
  "x\r\nCSeq: 1 OPTIONS\r\n"
  static const BadSip rows[] = {
    { BAD "Content-Length: 4294967295\r\n\r\nw", "protocol: Message Too Large" },
    { BAD "Content-Length: 2147483647\r\n\r\nw", "protocol: Message Too Large" },
    { BAD "Content-Length: 300000000\r\n\r\n", "protocol: Message Too Large" },
    { BAD "\r\n", "protocol: Missing Content-Length" },
    { BAD "From: <sip:z@y>\r\nContent-Length: 0\r\n\r\n", "protocol: Two From" },
    { "\x16\x03\x01", "protocol: Not SIP" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    KithLink *ours;
    KithLink *theirs;
    Watch near;
    Watch far;
    g_autoptr (GString) good = sip_message (2);
    g_autoptr (GString) all = g_string_new (good->str);
    char heard[2000] = "";
    connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
    watch_end (ours, &near);
    watch_end (theirs, &far);
    int a = kith_link_take_sip (ours);
    int b = kith_link_take_sip (theirs);
    g_string_append_printf (all, "%s%s", rows[i].bad, good->str);
    g_assert_cmpint (write (a, all->str, all->len), ==, (gssize)all->len);
    g_assert_true (run_until (&far.closed, 1000));
    g_assert_true (run_until (&near.closed, 1000));
    g_test_message ("%s", rows[i].why);
    g_assert_cmpint (far.reason, ==, KITH_REASON_INTERNAL);
    g_assert_cmpint (near.reason, ==, KITH_REASON_INTERNAL);
    g_assert_cmpint (read (b, heard, sizeof heard - 1), ==, (gssize)good->len);
    g_assert_cmpstr (heard, ==, good->str);
    g_assert_cmpint (read (b, heard, sizeof heard), ==, 0);
    close (a);
    close (b);
    g_object_unref (ours);
    g_object_unref (theirs);
  }
}

/* Headers by which this node's own parts speak with each other never come from outside. */
static void
test_sip_own_headers (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  char heard[2000] = "";

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  int a = kith_link_take_sip (ours);
  int b = kith_link_take_sip (theirs);
  static const char text[]
      = BAD "Kith-Caller: phone desk\r\nKITH-VIA : plain\r\n x\r\nContent-Length: 0\r\n\r\n";
  g_assert_cmpint (write (a, text, sizeof text - 1), ==, sizeof text - 1);
  for (guint i = 0; i < 100 && heard[0] == '\0'; i++) {
    run_for (10);
    (void)!read (b, heard, sizeof heard - 1);
  }
  g_assert_cmpstr (heard, ==, BAD "Content-Length: 0\r\n\r\n");
  part (ours, theirs);
  close (a);
  close (b);
}

/* Nobody reads at the other end: no more than the windows and buffers are taken. */
static void
test_back_pressure (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  g_autoptr (GString) message = sip_message (16000);
  static char block[65536];
  gsize taken = 0;

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  int a = kith_link_take_sip (ours);
  int b = kith_link_take_sip (theirs);
  for (guint i = 0; i < 1200; i++) {
    gsize from = taken % message->len; /* what was not taken of a message comes next */
    ssize_t n = write (a, message->str + from, message->len - from);
    taken += n > 0 ? (gsize)n : 0;
    run_for (n > 0 ? 0 : 1);
  }
  g_test_message ("%" G_GSIZE_FORMAT " bytes were taken without a reader", taken);
  g_assert_cmpuint (taken, >=, 256 * 1024);
  g_assert_cmpuint (taken, <, 2 * 1024 * 1024);
  gsize got = 0;
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  while (got < taken - taken % message->len && g_get_monotonic_time () < end) {
    ssize_t n = read (b, block, sizeof block);
    got += n > 0 ? (gsize)n : 0;
    run_for (1);
  }
  g_assert_cmpuint (got, ==, taken - taken % message->len);
  part (ours, theirs);
  close (a);
  close (b);
}

typedef struct {
  guint count;
  guint8 last[200];
  gsize last_len;
} Heard;

static gboolean
on_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  Heard *heard = user_data;

  heard->count++;
  heard->last_len = MIN (len, sizeof heard->last);
  memcpy (heard->last, data, heard->last_len);
  return TRUE;
}

static void
test_media (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  Heard near = { 0 };
  Heard far = { 0 };
  guint8 packet[172] = { 0x80, 111, [11] = 7 };
  g_autoptr (GError) twice = NULL;
  g_autoptr (GError) closed = NULL;

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  g_assert_true (kith_link_claim_media (ours, 7, on_media, &near, NULL));
  g_assert_false (kith_link_claim_media (ours, 7, on_media, &far, &twice));
  g_assert_error (twice, KITH_ERROR, KITH_ERROR_EXISTS);
  kith_link_release_media (ours, 7, &far); /* not the owner's */
  g_assert_false (kith_link_claim_media (ours, 7, on_media, &far, NULL));
  g_assert_true (kith_link_claim_media (theirs, 7, on_media, &far, NULL));
  for (guint i = 0; i < 100; i++) {
    packet[3] = (guint8)i;
    g_assert_true (kith_link_send_media (ours, packet, sizeof packet));
    g_assert_true (kith_link_send_media (theirs, packet, sizeof packet));
    run_for (2);
  }
  run_for (50);
  g_assert_cmpuint (near.count, ==, 100);
  g_assert_cmpuint (far.count, ==, 100);
  g_assert_cmpmem (far.last, far.last_len, packet, sizeof packet);
  packet[0] = 0x40; /* neither RTP nor RTCP */
  g_assert_false (kith_link_send_media (ours, packet, sizeof packet));
  packet[0] = 0x80;
  g_assert_cmpuint (kith_link_get_unclaimed (theirs), ==, 0);
  kith_link_release_media (theirs, 7, &far);
  g_assert_true (kith_link_send_media (ours, packet, sizeof packet));
  run_for (30);
  g_assert_cmpuint (far.count, ==, 100);
  g_assert_cmpuint (kith_link_get_unclaimed (theirs), ==, 1);
  g_assert_true (kith_link_claim_media (theirs, 7, on_media, &far, NULL));
  g_assert_cmpuint (far.count, ==, 100);
  kith_link_give_early (theirs); /* what came before it was claimed, once */
  kith_link_give_early (theirs);
  g_assert_cmpuint (far.count, ==, 101);
  g_assert_cmpmem (far.last, far.last_len, packet, sizeof packet);
  kith_link_release_media (theirs, 7, &far);
  for (guint i = 0; i < 20; i++) {
    packet[11] = i < 10 ? 8 : 7;
    packet[3] = (guint8)i;
    g_assert_true (kith_link_send_media (ours, packet, sizeof packet));
  }
  run_for (30);
  g_assert_true (kith_link_claim_media (theirs, 7, on_media, &far, NULL));
  kith_link_give_early (theirs); /* the newest of them */
  g_assert_cmpuint (far.count, ==, 109);
  g_assert_cmpuint (far.last[3], ==, 19);
  g_object_ref (theirs);
  part (ours, theirs);
  g_assert_false (kith_link_claim_media (theirs, 8, on_media, &far, &closed));
  g_assert_error (closed, KITH_ERROR, KITH_ERROR_WRONG_STATE);
  g_object_unref (theirs);
}

/* Two streams over one link: RTP and RTCP of each go to its own ear, and what is of neither to
   nobody. */
static void
test_media_of_two (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  Heard one = { 0 };
  Heard two = { 0 };

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  g_assert_true (kith_link_claim_media (theirs, 0x01020304, on_media, &one, NULL));
  g_assert_true (kith_link_claim_media (theirs, 0x01020305, on_media, &two, NULL));
  for (guint i = 0; i < 30; i++) {
    guint8 last = (guint8)(4 + i % 3);
    guint8 rtp[172] = { 0x80, 96, [8] = 1, 2, 3, last };
    guint8 rtcp[40] = { 0x80, 200, [4] = 1, 2, 3, last };
    g_assert_true (kith_link_send_media (ours, rtp, sizeof rtp));
    g_assert_true (kith_link_send_media (ours, rtcp, sizeof rtcp));
    run_for (2);
  }
  run_for (50);
  g_assert_cmpuint (one.count, ==, 20);
  g_assert_cmpuint (two.count, ==, 20);
  g_assert_cmpuint (one.last[7], ==, 4);
  g_assert_cmpuint (two.last[7], ==, 5);
  g_assert_cmpuint (kith_link_get_unclaimed (theirs), ==, 20);
  part (ours, theirs);
}

static void
test_exporter (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  guint8 a[60] = { 0 };
  guint8 b[60] = { 0 };
  guint8 c[60] = { 0 };
  const guint8 context[] = "3848276298220188511@192.0.2.1";

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  g_assert_true (
      kith_link_export_key (ours, "EXPORTER-kith-srtp", context, sizeof context, a, sizeof a));
  g_assert_true (
      kith_link_export_key (theirs, "EXPORTER-kith-srtp", context, sizeof context, b, sizeof b));
  g_assert_true (kith_link_export_key (theirs,
                                       "EXPORTER-kith-srtp",
                                       context,
                                       sizeof context - 2,
                                       c,
                                       sizeof c));
  g_assert_cmpmem (a, sizeof a, b, sizeof b);
  g_assert_true (memcmp (b, c, sizeof b) != 0);
  g_assert_true (memcmp (a, a + 30, 30) != 0);
  g_object_ref (ours);
  part (ours, theirs);
  g_assert_false (
      kith_link_export_key (ours, "EXPORTER-kith-srtp", context, sizeof context, a, sizeof a));
  g_assert_false (kith_link_send_media (ours, a, 12));
  g_assert_cmpint (kith_link_take_sip (ours), ==, -1);
  g_assert_true (kith_peer_key_equal (&kith_link_get_peer (ours)->device, &pair->bob->device));
  g_object_unref (ours);
}

static void
test_goodbye (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  Watch near;
  Watch far;

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  watch_end (ours, &near);
  watch_end (theirs, &far);
  gint64 start = g_get_monotonic_time ();
  kith_link_maker_stop (pair->bob->maker);
  g_assert_true (run_until (&near.closed, 1000));
  g_assert_true (run_until (&far.closed, 1000));
  g_assert_cmpint (near.reason, ==, KITH_REASON_REMOTE);
  g_assert_cmpint (far.reason, ==, KITH_REASON_LOCAL);
  g_assert_cmpint (near.at - start, <, 100 * 1000);
  g_object_unref (ours);
  g_object_unref (theirs);
}

static void
set_times (Pair *pair, const KithLinkTimes *times)
{
  kith_quic_link_maker_set_times (KITH_QUIC_LINK_MAKER (pair->alice->maker), times);
  kith_quic_link_maker_set_times (KITH_QUIC_LINK_MAKER (pair->bob->maker), times);
}

static void
test_idle (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;
  Watch near;
  Watch far;
  KithLinkTimes times = { 3500, 5000, 100, 500, 1500, 300, 1000, 600, 1000, 50, 100, 10000 };

  set_times (pair, &times);
  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  watch_end (ours, &near);
  watch_end (theirs, &far);
  longest_stall = 0;
  kith_link_hold (ours); /* held by one side: neither closes it */
  run_for (1500);
  g_assert_false (near.closed);
  g_assert_false (far.closed);
  g_assert_true (near.suspected + far.suspected == 0 || longest_stall > 100 * 1000);
  kith_link_unhold (ours);
  gint64 start = g_get_monotonic_time ();
  g_assert_true (run_until (&near.closed, 1000));
  g_assert_true (run_until (&far.closed, 1000));
  g_assert_cmpint (near.at - start, >, 400 * 1000);
  g_assert_cmpint (near.at - start, <, 900 * 1000);
  g_object_unref (ours);
  g_object_unref (theirs);
}

/* Runs bob's loop, which is apart from ours, and ours, without waiting. */
static void
turn (GMainContext *bobs)
{
  g_main_context_push_thread_default (bobs);
  while (g_main_context_iteration (bobs, FALSE)) {
  }
  g_main_context_pop_thread_default (bobs);
  run_for (1);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(KithLink **)user_data
      = kith_link_maker_open_finish (KITH_LINK_MAKER (source), result, NULL, &error);
  g_assert_no_error (error);
}

/* The peer says nothing any more, without a goodbye: its loop stands still, first for a while, then
   for ever. */
static void
test_lost (void)
{
  KithLinkTimes times = { 3500, 5000, 100, 500, 1500, 300, 1000, 60000, 1000, 50, 100, 10000 };
  g_autoptr (GMainContext) bobs = g_main_context_new ();
  Person *alice = person_new ("alice");
  KithLinkTarget target;
  KithLink *ours = NULL;
  Watch near;

  g_main_context_push_thread_default (bobs);
  Person *bob = person_new ("bob");
  person_start (bob);
  person_get_target (bob, TRUE, &target);
  g_main_context_pop_thread_default (bobs);
  kith_quic_link_maker_set_times (KITH_QUIC_LINK_MAKER (alice->maker), &times);
  person_start (alice);
  kith_link_maker_open_async (alice->maker, &target, NULL, on_opened, &ours);
  for (guint i = 0; i < 2000 && (ours == NULL || bob->accepted->len == 0); i++) {
    turn (bobs);
  }
  g_assert_nonnull (ours);
  watch_link (ours);
  watch_end (ours, &near);
  kith_link_hold (ours);
  for (guint i = 0; i < 1000; i++) {
    turn (bobs);
  }
  g_assert_cmpuint (near.suspected, ==, 0);
  run_for (600);
  g_assert_cmpuint (near.suspected, ==, 1);
  g_assert_cmpint (kith_link_get_state (ours), ==, KITH_LINK_SUSPECT);
  for (guint i = 0; i < 300; i++) {
    turn (bobs);
  }
  g_assert_cmpuint (near.cleared, ==, 1);
  g_assert_cmpint (kith_link_get_state (ours), ==, KITH_LINK_UP);

  gint64 start = g_get_monotonic_time ();
  g_assert_true (run_until (&near.closed, 3000));
  g_assert_cmpint (near.reason, ==, KITH_REASON_NETWORK_LOST);
  g_assert_cmpuint (near.suspected, ==, 2);
  g_assert_cmpint (near.at - start, >, 700 * 1000);
  g_assert_cmpint (near.at - start, <, 1500 * 1000);
  g_object_unref (ours);
  person_free (alice);
  g_main_context_push_thread_default (bobs);
  person_free (bob);
  g_main_context_pop_thread_default (bobs);
  for (guint i = 0; i < 600; i++) {
    turn (bobs);
  }
  g_assert_cmpuint (links_alive, ==, 0);
}

static void
test_two_at_once (Pair *pair, gconstpointer data)
{
  KithLink *first[2];
  KithLink *second[2];

  connect_both (pair->alice, pair->bob, TRUE, &first[0], &first[1]);
  connect_both (pair->bob, pair->alice, TRUE, &second[0], &second[1]);
  int a = kith_link_take_sip (first[0]);
  int b = kith_link_take_sip (first[1]);
  int c = kith_link_take_sip (second[0]);
  int d = kith_link_take_sip (second[1]);
  carry (a, b, 20000);
  carry (c, d, 20000);
  carry (b, a, 20000);
  carry (d, c, 20000);
  part (first[0], first[1]);
  part (second[0], second[1]);
  close (a);
  close (b);
  close (c);
  close (d);
}

static guint
count_fds (void)
{
  guint n = 0;

  for (int fd = 0; fd < 1024; fd++) {
    n += fcntl (fd, F_GETFD) >= 0 ? 1 : 0;
  }
  return n;
}

static void
test_fifty (Pair *pair, gconstpointer data)
{
  KithLink *ours;
  KithLink *theirs;

  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  part (ours, theirs);
  run_for (700);
  guint before = count_fds ();
  for (guint i = 0; i < 50; i++) {
    connect_both (pair->alice, pair->bob, i % 2 == 0, &ours, &theirs);
    part (ours, theirs);
  }
  for (guint i = 0; i < 100 && (i < 7 || links_alive > 0 || count_fds () > before); i++) {
    run_for (100); /* what is closed is freed by the loop, later on a busy machine */
  }
  g_assert_cmpuint (links_alive, ==, 0);
  /* A slot that is just being renewed may hold a socket more or less; fifty lost links would hold
     hundreds. */
  g_assert_cmpuint (count_fds (), <, before + 10);
}

static void
test_garbage (Pair *pair, gconstpointer data)
{
  KithReach reach = { 0 };
  KithReach after = { 0 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (4711);
  struct sockaddr_in to = { .sin_family = AF_INET };
  KithLink *ours;
  KithLink *theirs;

  run_for (50);
  g_assert_true (kith_link_maker_get_slot (pair->bob->maker, &reach));
  g_assert_cmpint (reach.candidates[0].endpoint.family, ==, 4);
  memcpy (&to.sin_addr, reach.candidates[0].endpoint.ip, 4);
  to.sin_port = htons (reach.candidates[0].endpoint.port);
  int fd = socket (AF_INET, SOCK_DGRAM, 0);
  for (guint i = 0; i < 5000; i++) {
    guint8 packet[1400];
    guint len = (guint)g_rand_int_range (rand, 0, sizeof packet);
    for (guint k = 0; k < len; k++) {
      packet[k] = (guint8)g_rand_int (rand);
    }
    if (len > 20 && i % 3 == 0) { /* looks like a STUN binding request */
      const guint8 head[]
          = { 0, 1, (guint8)((len - 20) >> 8), (guint8)(len - 20), 0x21, 0x12, 0xa4, 0x42 };
      memcpy (packet, head, sizeof head);
    } else if (len > 6 && i % 3 == 1) { /* or like a first QUIC packet */
      const guint8 head[] = { 0xc0, 0, 0, 0, 1, 8 };
      memcpy (packet, head, sizeof head);
    }
    (void)sendto (fd, packet, len, 0, (struct sockaddr *)&to, sizeof to);
    if (i % 50 == 0) {
      run_for (1);
    }
  }
  close (fd);
  run_for (300);
  g_assert_true (kith_link_maker_get_slot (pair->bob->maker, &after));
  g_assert_cmpmem (reach.slot_seed,
                   sizeof reach.slot_seed,
                   after.slot_seed,
                   sizeof after.slot_seed);
  g_assert_cmpuint (pair->bob->accepted->len, ==, 0);
  pair->alice->peer = NULL;
  connect_both (pair->alice, pair->bob, TRUE, &ours, &theirs);
  part (ours, theirs);
}

/* More offers than are allowed at once, and the same one twice; whoever is known has room all the
   same. */
static void
test_offer_flood (Pair *pair, gconstpointer data)
{
  KithKnock knock = { .kind = KITH_KNOCK_OFFER, .n_candidates = 1 };
  guint before;

  run_for (50);
  pair->bob->peer = NULL;
  knock.device.identity = pair->alice->identity;
  knock.device.device = pair->alice->device;
  g_assert_true (kith_endpoint_parse ("192.0.2.99:9", &knock.candidates[0].endpoint));
  kith_link_maker_take_knock (pair->bob->maker, &knock);
  kith_link_maker_take_knock (pair->bob->maker, &knock);
  g_assert_cmpuint (pair->bob->knocks, ==, 1);
  for (guint i = 0; i < 100; i++) {
    knock.link_id[0] = (guint8)(i + 1);
    kith_link_maker_take_knock (pair->bob->maker, &knock);
  }
  g_assert_cmpuint (pair->bob->knocks, ==, 2); /* of one identity */
  for (guint i = 100; i < 200; i++) {
    knock.link_id[0] = (guint8)(i + 1);
    knock.device.identity.bytes[0] = (guint8)i;
    kith_link_maker_take_knock (pair->bob->maker, &knock);
  }
  g_assert_cmpuint (pair->bob->knocks, ==, 16);
  pair->bob->known = &pair->alice->identity;
  knock.device.identity = pair->alice->identity;
  for (guint i = 200; i < 210; i++) {
    knock.link_id[0] = (guint8)(i + 1);
    kith_link_maker_take_knock (pair->bob->maker, &knock);
  }
  g_assert_cmpuint (pair->bob->knocks, ==, 18); /* four of this one */
  before = count_fds ();
  knock.kind = KITH_KNOCK_ANSWER; /* to nothing that we asked */
  kith_link_maker_take_knock (pair->bob->maker, &knock);
  g_assert_cmpuint (count_fds (), ==, before);
}

/* What the NAT's port says reaches the slot, the agents and who listens, and it runs as long as
   links are made. */
static void
test_nat (void)
{
  const KithEndpoint outer = { .family = 4, .port = 4242, .ip = { 192, 0, 2, 77 } };
  const KithEndpoint server = { .family = 6, .port = 3478, .ip = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };
  KithNat *nat = kith_fake_nat_new ();
  KithFakeNat *fake = KITH_FAKE_NAT (nat);
  KithReach slot = { 0 };

  person_fake_nat = nat;
  Person *alice = person_new ("alice");
  person_fake_nat = NULL;
  g_assert_false (kith_fake_nat_is_running (fake));
  person_start (alice);
  g_assert_true (kith_fake_nat_is_running (fake));
  run_for (300);
  g_assert_cmpuint (kith_fake_nat_count_slots (fake), >, 0);
  const guint changes = alice->slot_changes;
  kith_fake_nat_set_outer (fake, &outer);
  g_assert_cmpuint (alice->slot_changes, ==, changes + 1);
  g_assert_true (kith_link_maker_get_slot (alice->maker, &slot));
  g_assert_true (kith_endpoint_is_same (&slot.candidates[slot.n_candidates - 1].endpoint, &outer));
  kith_fake_nat_set_stun (fake, &server);
  kith_fake_nat_want_slot (fake);
  run_for (1000);
  g_assert_cmpuint (alice->slot_changes, >, changes + 1);
  kith_link_maker_stop (alice->maker);
  g_assert_false (kith_fake_nat_is_running (fake));
  person_free (alice);
  g_assert_finalize_object (nat);
}

int
main (int argc, char **argv)
{
  own_time_begin ();
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func, data)                                                                      \
  g_test_add ("/link/" path, Pair, GINT_TO_POINTER (data), setup, func, teardown)
  ADD ("slot", test_slot, 0);
  ADD ("knock", test_knock, 0);
  ADD ("both-ways-give-one", test_both_ways_give_one, 0);
  ADD ("old-slot", test_old_slot, 0);
  ADD ("wrong-device", test_wrong_device, TRUE);
  ADD ("wrong-device-knock", test_wrong_device, FALSE);
  ADD ("wrong-identity", test_wrong_identity, 0);
  ADD ("tampered", test_tampered, 0);
  ADD ("expired", test_expired, 0);
  ADD ("stolen", test_stolen, 0);
  ADD ("refused-client", test_refused_client, 0);
  ADD ("gone", test_gone, 0);
  ADD ("cancel", test_cancel, 0);
  ADD ("sip-bytes", test_sip_bytes, 0);
  ADD ("sip-bad", test_sip_bad, 0);
  ADD ("sip-own-headers", test_sip_own_headers, 0);
  ADD ("back-pressure", test_back_pressure, 0);
  ADD ("media", test_media, 0);
  ADD ("media-of-two", test_media_of_two, 0);
  ADD ("exporter", test_exporter, 0);
  ADD ("goodbye", test_goodbye, 0);
  ADD ("idle", test_idle, 0);
  ADD ("two-at-once", test_two_at_once, 0);
  ADD ("fifty", test_fifty, 0);
  ADD ("garbage", test_garbage, 0);
  ADD ("offer-flood", test_offer_flood, 0);
  g_test_add_func ("/link/nat", test_nat);
  g_test_add_func ("/link/lost", test_lost);
  return g_test_run ();
}
