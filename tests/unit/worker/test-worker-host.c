/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real worker process: frames both ways, a second descriptor, every way to die, and when it is
   started again by a clock that the test moves. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tiny-worker.h"
#include "worker/sandbox.h"
#include "worker/worker-host.h"

typedef struct {
  KithClock *clock; /* (unowned) */
  KithWorkerHost *host;
  guint n_started, n_ended, n_pongs, n_said;
  gchar said[TINY_FRAME_MAX];
  gchar *why;
  gboolean no_fd;       /* none is to be had */
  gboolean free_at_end; /* the owner goes when it hears of the end, … */
  gboolean free_at_frame;
} Owner;

static int
on_take_fd (gpointer user_data)
{
  Owner *owner = user_data;
  int pair[2];

  if (owner->no_fd) {
    return -1;
  }
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (write (pair[0], "second", 6), ==, 6);
  close (pair[0]);
  return pair[1];
}

static void
on_started (gpointer user_data)
{
  ((Owner *)user_data)->n_started++;
}

static gboolean
on_frame (KithWireReader body, gpointer user_data)
{
  Owner *owner = user_data;
  const guint8 type = (guint8)kith_wire_get_number (&body, 1);

  if (type == TINY_PONG) {
    owner->n_pongs++;
    return TRUE;
  }
  memset (owner->said, 0, sizeof owner->said);
  kith_wire_get (&body, owner->said, body.left);
  owner->n_said++;
  if (owner->host != NULL && g_str_has_prefix (owner->said, "last words: ")) {
    kith_worker_host_set_why (owner->host, owner->said);
  }
  if (owner->free_at_frame) { /* what was read is the host's, and gone with it */
    g_clear_pointer (&owner->host, kith_worker_host_free);
  }
  return type == TINY_SAID && strcmp (owner->said, "refuse this") != 0;
}

static void
on_ended (const char *why, gpointer user_data)
{
  Owner *owner = user_data;

  owner->n_ended++;
  g_free (owner->why);
  owner->why = g_strdup (why);
  if (owner->free_at_end) {
    g_clear_pointer (&owner->host, kith_worker_host_free);
  }
}

static const KithWorkerKind kind = {
  .log = "tiny",
  .name = "the tiny worker",
  .remedy = "build it",
  .again_ms = 100,
  .frame_max = TINY_FRAME_MAX,
  .ping = TINY_PING,
  .quit = TINY_QUIT,
  .take_fd = on_take_fd,
  .started = on_started,
  .frame = on_frame,
  .ended = on_ended,
};

static gboolean
on_late (gpointer user_data)
{
  g_assert_not_reached (); /* waited for 10 s */
  return G_SOURCE_REMOVE;
}

/* The clock stands still; what happens takes the system's time. */
static void
run_until (const guint *count, guint wanted)
{
  const guint late = g_timeout_add_seconds (10, on_late, NULL);

  while (*count < wanted) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_source_remove (late);
}

static void
advance (Owner *owner, guint ms)
{
  kith_clock_advance (owner->clock, ms);
}

static void
say (Owner *owner, guint8 type, const char *text)
{
  guint8 bytes[TINY_FRAME_MAX];
  KithWireWriter w = kith_frame_begin (bytes, sizeof bytes, type);

  kith_wire_put (&w, text, strlen (text));
  kith_worker_host_send (owner->host, bytes, kith_frame_end (&w, bytes));
}

static void
set_up (Owner *owner, gconstpointer path)
{
  owner->clock = kith_clock_get_default ();
  owner->host = kith_worker_host_new (&kind, path, owner);
  kith_worker_host_start (owner->host);
  advance (owner, 0);
}

static void
tear_down (Owner *owner, gconstpointer path)
{
  g_clear_pointer (&owner->host, kith_worker_host_free);
  g_free (owner->why);
}

/* Until it is started again. */
static void
wait_for_start (Owner *owner)
{
  const guint n = owner->n_started;

  while (owner->n_started == n) {
    advance (owner, 100);
  }
}

/* It is started again after just so long. */
static void
assert_back_after (Owner *owner, guint ms)
{
  const guint n = owner->n_started;

  g_assert_false (kith_worker_host_is_running (owner->host));
  advance (owner, ms - 1);
  g_assert_cmpuint (owner->n_started, ==, n);
  advance (owner, 1);
  g_assert_cmpuint (owner->n_started, ==, n + 1);
}

static void
test_frames (Owner *owner, gconstpointer path)
{
  g_assert_cmpuint (owner->n_started, ==, 1);
  g_assert_cmpuint (kith_worker_host_get_pid (owner->host), >, 1);
  say (owner, TINY_SAY, "hello");
  run_until (&owner->n_said, 1);
  g_assert_cmpstr (owner->said, ==, "hello");
  say (owner, TINY_READ, "");
  run_until (&owner->n_said, 2);
  g_assert_cmpstr (owner->said, ==, "second");
}

/* More than a socket takes: all of it comes, in its order. */
static void
test_many (Owner *owner, gconstpointer path)
{
  g_autofree gchar *text = g_strnfill (TINY_FRAME_MAX - 3, 't');

  for (guint i = 0; i < 4000; i++) {
    say (owner, TINY_SAY, text);
  }
  say (owner, TINY_SAY, "the end");
  run_until (&owner->n_said, 4001);
  g_assert_cmpstr (owner->said, ==, "the end");
}

/* 0.1 s, then 1, 2, 4 … 30 s; after a long run 0.1 s again. */
static void
test_back_off (Owner *owner, gconstpointer path)
{
  static const guint waits[] = { 100, 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++) {
    say (owner, TINY_DIE, "");
    run_until (&owner->n_ended, i + 1);
    g_assert_cmpstr (owner->why, ==, "ended by signal 9");
    assert_back_after (owner, waits[i]);
    g_assert_cmpuint (kith_worker_host_get_restarts (owner->host), ==, i + 1);
  }
  for (guint i = 0; i < 6; i++) { /* it answers its pings for a minute */
    advance (owner, 10000);
    run_until (&owner->n_pongs, i + 1);
  }
  say (owner, TINY_DIE, "");
  run_until (&owner->n_ended, G_N_ELEMENTS (waits) + 1);
  assert_back_after (owner, 100);
}

static void
test_silent (Owner *owner, gconstpointer path)
{
  advance (owner, 10000);
  run_until (&owner->n_pongs, 1);
  say (owner, TINY_MUTE, "");
  advance (owner, 10000);
  g_assert_true (kith_worker_host_is_running (owner->host));
  advance (owner, 10000);
  run_until (&owner->n_ended, 1);
  g_assert_cmpstr (owner->why, ==, "did not answer for 10 s");
}

static void
test_garbage (Owner *owner, gconstpointer path)
{
  say (owner, TINY_GARBAGE, "");
  run_until (&owner->n_ended, 1);
  g_assert_cmpstr (owner->why, ==, "sent what is no frame");
  g_assert_cmpuint (owner->n_pongs, ==, 0);
  assert_back_after (owner, 100);
  say (owner, TINY_SAY, "refuse this");
  run_until (&owner->n_ended, 2);
  g_assert_cmpstr (owner->why, ==, "sent what is no frame");
}

static void
test_last_words (Owner *owner, gconstpointer path)
{
  say (owner, TINY_SAY, "last words: no port");
  say (owner, TINY_DIE, "");
  run_until (&owner->n_ended, 1);
  g_assert_cmpstr (owner->why, ==, "last words: no port");
}

/* A stopped process reads nothing. */
static void
test_does_not_read (Owner *owner, gconstpointer path)
{
  g_autofree gchar *text = g_strnfill (TINY_FRAME_MAX - 3, 't');

  g_assert_cmpint (kill ((pid_t)kith_worker_host_get_pid (owner->host), SIGSTOP), ==, 0);
  for (guint i = 0; i < 20000; i++) {
    say (owner, TINY_SAY, text);
  }
  run_until (&owner->n_ended, 1);
  g_assert_cmpstr (owner->why, ==, "did not read its frames");
}

static void
test_stop (Owner *owner, gconstpointer path)
{
  kith_worker_host_stop (owner->host);
  run_until (&owner->n_ended, 1);
  g_assert_cmpstr (owner->why, ==, "ended with code 0");
  advance (owner, 60000);
  g_assert_cmpuint (owner->n_started, ==, 1);

  /* one that does not want to */
  kith_worker_host_start (owner->host);
  advance (owner, 0);
  say (owner, TINY_MUTE, "");
  say (owner, TINY_SAY, "mute");
  run_until (&owner->n_said, 1);
  kith_worker_host_stop (owner->host);
  advance (owner, 1999);
  g_assert_true (kith_worker_host_is_running (owner->host));
  advance (owner, 1);
  run_until (&owner->n_ended, 2);
  g_assert_cmpstr (owner->why, ==, "did not end in time");
}

static void
test_let_end (Owner *owner, gconstpointer path)
{
  kith_worker_host_let_end (owner->host);
  say (owner, TINY_DIE, "");
  run_until (&owner->n_ended, 1);
  advance (owner, 60000);
  g_assert_cmpuint (owner->n_started, ==, 1);
}

/* The owner may go whenever it is told something. */
static void
test_freed_at_end (Owner *owner, gconstpointer path)
{
  owner->free_at_end = TRUE;
  say (owner, TINY_DIE, "");
  run_until (&owner->n_ended, 1);
  g_assert_null (owner->host);
  advance (owner, 60000);
  g_assert_cmpuint (owner->n_started, ==, 1);
}

static void
test_freed_at_frame (Owner *owner, gconstpointer path)
{
  say (owner, TINY_SAY, "one");
  run_until (&owner->n_said, 1);
  owner->free_at_frame = TRUE;
  say (owner, TINY_SAY, "two");
  run_until (&owner->n_said, 2);
  g_assert_null (owner->host);
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL) {
    n++;
  }
  return n;
}

/* It is tried again, with its reason, and the second descriptor is not leaked. */
static void
test_absent (Owner *owner, gconstpointer path)
{
  g_assert_cmpuint (owner->n_started, ==, 0);
  g_assert_cmpuint (owner->n_ended, ==, 1);
  g_assert_nonnull (strstr (owner->why, "could not be started: "));
  g_assert_false (kith_worker_host_is_running (owner->host));
  advance (owner, 100);
  const guint before = count_descriptors ();
  for (guint i = 0; i < 10; i++) {
    advance (owner, 30000);
  }
  g_assert_cmpuint (owner->n_ended, >, 10);
  g_assert_cmpuint (kith_worker_host_get_pid (owner->host), ==, 0);
  /* fewer: what the first one had is closed in its time */
  g_assert_cmpuint (count_descriptors (), <=, before);
}

static void
test_no_descriptor (Owner *owner, gconstpointer path)
{
  owner->no_fd = TRUE;
  say (owner, TINY_DIE, "");
  run_until (&owner->n_ended, 1);
  advance (owner, 100);
  g_assert_cmpuint (owner->n_started, ==, 1);
  g_assert_cmpuint (owner->n_ended, ==, 2);
  owner->no_fd = FALSE;
  advance (owner, 1000);
  g_assert_cmpuint (owner->n_started, ==, 2);
  say (owner, TINY_DIE, ""); /* that it could not be started counts as no death */
  run_until (&owner->n_ended, 3);
  assert_back_after (owner, 100);
}

static int
read_oom_score (guint pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%u/oom_score_adj", pid);
  g_autofree gchar *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return atoi (text);
}

static void
test_oom_score (Owner *owner, gconstpointer path)
{
  const int own = read_oom_score ((guint)getpid ());

  say (owner, TINY_TRY, "nothing");
  run_until (&owner->n_said, 1);
  g_assert_cmpstr (owner->said, ==, "allowed");
  g_assert_cmpint (read_oom_score (kith_worker_host_get_pid (owner->host)),
                   ==,
                   MIN (own + 300, 1000));
}

/* What the sandbox refuses by an error, and what it ends the process for. */
static void
test_sandbox (Owner *owner, gconstpointer path)
{
  static const char *const refused[] = { "open", "file" };
  static const char *const deadly[] = { "exec", "fork", "ptrace", "unix", "code" };

  if (KITH_SANDBOX_IS_LOOSE) {
    g_test_skip ("no seccomp in a build with sanitizers");
    return;
  }
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    say (owner, TINY_TRY, refused[i]);
    run_until (&owner->n_said, i + 1);
    g_assert_cmpstr (owner->said, ==, "refused");
    say (owner, TINY_DIE, "");
    run_until (&owner->n_ended, i + 1);
    wait_for_start (owner);
  }
  for (guint i = 0; i < G_N_ELEMENTS (deadly); i++) {
    say (owner, TINY_TRY, deadly[i]);
    run_until (&owner->n_ended, G_N_ELEMENTS (refused) + i + 1);
    g_assert_cmpstr (owner->why, ==, "ended by signal 31");
    wait_for_start (owner);
  }
}

int
main (int argc, char **argv)
{
  static const char tiny[] = KITH_BUILD_DIR "/tests/unit/tiny-worker";
  g_autoptr (KithClock) clock = kith_clock_new_manual (0);

  kith_clock_set_default (clock);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, path, func)                                                                      \
  g_test_add ("/worker-host/" name, Owner, path, set_up, func, tear_down)
  ADD ("frames", tiny, test_frames);
  ADD ("many", tiny, test_many);
  ADD ("back-off", tiny, test_back_off);
  ADD ("silent", tiny, test_silent);
  ADD ("garbage", tiny, test_garbage);
  ADD ("last-words", tiny, test_last_words);
  ADD ("does-not-read", tiny, test_does_not_read);
  ADD ("stop", tiny, test_stop);
  ADD ("let-end", tiny, test_let_end);
  ADD ("freed-at-end", tiny, test_freed_at_end);
  ADD ("freed-at-frame", tiny, test_freed_at_frame);
  ADD ("absent", "/nowhere/tiny-worker", test_absent);
  ADD ("no-descriptor", tiny, test_no_descriptor);
  ADD ("oom-score", tiny, test_oom_score);
  ADD ("sandbox", tiny, test_sandbox);
  return g_test_run ();
}
