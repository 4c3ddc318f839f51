/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real workers on 127.0.0.1: they find values, survive hostile datagrams and frames, and end with
   their parent. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "datagrams/datagram-filter.h"
#include "dht-lab.h"

#define NETWORK 77

static const char *const killers[]
    = { "kill0.bin", "kill1.bin", "kill2.bin", "kill3.bin", "min11.bin" };

typedef struct {
  LabWorker *a, *b;
} Pair;

static void
pair_set_up (Pair *pair, gconstpointer data)
{
  pair->a = lab_worker_start (NETWORK, NULL);
  pair->b = lab_worker_start (NETWORK, NULL);
  lab_worker_bootstrap (pair->b, pair->a);
  lab_worker_join (pair->b);
  lab_worker_join (pair->a);
}

static void
pair_tear_down (Pair *pair, gconstpointer data)
{
  lab_worker_free (pair->a);
  lab_worker_free (pair->b);
}

static void
fill_random (guint8 *data, gsize len)
{
  for (gsize i = 0; i < len; i++) {
    data[i] = (guint8)g_random_int_range (0, 256);
  }
}

static guint64
sum_dropped (const KithFrameStatus *status)
{
  guint64 sum = 0;

  for (guint i = 0; i < status->n_dropped; i++) {
    sum += status->dropped[i];
  }
  return sum;
}

/* It has the value; whether anybody else is there is another question. A question may overtake the
   put of another worker: then it is put once more. */
static void
assert_has (LabWorker *worker, guint32 id, const guint8 *location, const guint8 *value, gsize len)
{
  KithDhtFrame frame;

  lab_worker_ask (worker, KITH_FRAME_GET, id, location);
  if (!lab_worker_wait (worker, KITH_FRAME_VALUE, id, &frame, 4000)) {
    lab_worker_ask (worker, KITH_FRAME_GET, id, location);
    g_assert_true (lab_worker_wait (worker, KITH_FRAME_VALUE, id, &frame, 4000));
  }
  g_assert_cmpmem (frame.value, frame.value_len, value, len);
}

static void
assert_get (LabWorker *worker, guint32 id, const guint8 *location, const guint8 *value, gsize len)
{
  KithDhtFrame frame;

  assert_has (worker, id, location, value, len);
  g_assert_true (lab_worker_wait (worker, KITH_FRAME_DONE, id, &frame, 5000));
  g_assert_true (frame.ok);
}

/* Put here, read back from there, found there, heard there; and not one real datagram is
   dropped. */
static void
test_put_get_listen (Pair *pair, gconstpointer data)
{
  guint8 location[20], value[512], second[512];
  KithDhtFrame frame;
  KithFrameStatus status;

  fill_random (location, sizeof location);
  fill_random (value, sizeof value);
  fill_random (second, sizeof second);
  lab_worker_put (pair->b, 1, location, value, sizeof value, TRUE);
  g_assert_true (lab_worker_wait (pair->b, KITH_FRAME_DONE, 1, &frame, 5000));
  g_assert_true (frame.ok);
  g_assert_true (lab_worker_wait (pair->b, KITH_FRAME_PUBLISHED, 1, &frame, 5000));
  g_assert_cmpuint (frame.replicas, ==, 1);
  assert_get (pair->a, 2, location, value, sizeof value);

  lab_worker_ask (pair->a, KITH_FRAME_LISTEN, 3, location);
  g_assert_true (lab_worker_wait (pair->a, KITH_FRAME_VALUE, 3, &frame, 5000));
  lab_worker_put (pair->b, 4, location, second, sizeof second, FALSE);
  do {
    g_assert_true (lab_worker_wait (pair->a, KITH_FRAME_VALUE, 3, &frame, 5000));
  } while (memcmp (frame.value, second, sizeof second) != 0);

  for (guint i = 0; i < 2; i++) {
    lab_worker_status (i == 0 ? pair->a : pair->b, &status);
    g_assert_cmpuint (status.passed, >, 10);
    g_assert_cmpuint (sum_dropped (&status), ==, 0);
    g_assert_cmpuint (status.peers, ==, 1);
    g_assert_cmpuint (status.public_address.family, ==, 4);
  }
}

/* A listener that comes when several values are there gets all: they come in parts, which the
   filter joins. */
static void
test_many_values (Pair *pair, gconstpointer data)
{
  LabWorker *c = lab_worker_start (NETWORK, NULL);
  guint8 location[20], values[12][512];
  gboolean seen[12] = { FALSE };
  guint n_seen = 0;
  KithDhtFrame frame;
  KithFrameStatus status;

  fill_random (location, sizeof location);
  for (guint32 i = 0; i < 12; i++) {
    fill_random (values[i], sizeof values[i]);
    lab_worker_put (pair->b, 100 + i, location, values[i], sizeof values[i], TRUE);
    g_assert_true (lab_worker_wait (pair->b, KITH_FRAME_DONE, 100 + i, &frame, 5000));
  }
  lab_worker_bootstrap (c, pair->a);
  lab_worker_join (c);
  lab_worker_ask (c, KITH_FRAME_LISTEN, 5, location);
  while (n_seen < 12) {
    g_assert_true (lab_worker_wait (c, KITH_FRAME_VALUE, 5, &frame, 8000));
    for (guint i = 0; i < 12; i++) {
      if (!seen[i] && memcmp (values[i], frame.value, sizeof values[i]) == 0) {
        seen[i] = TRUE;
        n_seen++;
      }
    }
  }
  lab_worker_status (c, &status);
  g_assert_cmpuint (sum_dropped (&status), ==, 0);
  lab_worker_free (c);
}

/* Nothing is withdrawn from the network, but a value that was cancelled is not kept alive, and the
   place can be used again. */
static void
test_cancel (Pair *pair, gconstpointer data)
{
  guint8 location[20], value[64];
  KithDhtFrame frame;

  fill_random (location, sizeof location);
  for (guint32 i = 1; i <= 600; i++) { /* more than the table of puts holds at one time */
    fill_random (value, sizeof value);
    lab_worker_put (pair->b, i, location, value, sizeof value, TRUE);
    const KithDhtFrame cancel = { .type = KITH_FRAME_CANCEL_PUT, .id = i };
    if (i % 100 == 0) {
      g_assert_true (lab_worker_wait (pair->b, KITH_FRAME_DONE, i, &frame, 5000));
      g_assert_true (frame.ok);
    }
    lab_worker_send (pair->b, &cancel);
  }
  lab_worker_ask (pair->b, KITH_FRAME_LISTEN, 700, location);
  for (guint i = 0; i < 2; i++) { /* the second means nothing */
    const KithDhtFrame unlisten = { .type = KITH_FRAME_UNLISTEN, .id = 700 };
    lab_worker_send (pair->b, &unlisten);
  }
  fill_random (location, sizeof location);
  lab_worker_put (pair->b, 701, location, value, sizeof value, TRUE);
  assert_get (pair->a, 702, location, value, sizeof value);
}

/* A value of ours is withdrawn where we listen, and in the same moment we listen no more: as a node
   that leaves does. */
static void
test_withdraw_and_unlisten (void)
{
  LabWorker *worker = lab_worker_start (NETWORK, NULL);
  guint8 location[20], value[64];
  KithDhtFrame frame;

  for (guint32 i = 1; i <= 300; i++) {
    const KithDhtFrame ends[] = { { .type = KITH_FRAME_CANCEL_PUT, .id = i },
                                  { .type = KITH_FRAME_UNLISTEN, .id = 1000 + i } };
    guint8 bytes[2 * KITH_FRAME_MAX];
    gsize len = 0;
    fill_random (location, sizeof location);
    fill_random (value, sizeof value);
    lab_worker_ask (worker, KITH_FRAME_LISTEN, 1000 + i, location);
    lab_worker_put (worker, i, location, value, sizeof value, TRUE);
    g_assert_true (lab_worker_wait (worker, KITH_FRAME_VALUE, 1000 + i, &frame, 5000));
    for (guint k = 0; k < G_N_ELEMENTS (ends); k++) { /* in one piece */
      len += kith_dht_frame_encode (&ends[k], bytes + len, sizeof bytes - len);
    }
    g_assert_cmpint (send (worker->fd, bytes, len, MSG_NOSIGNAL), ==, (gssize)len);
  }
  KithFrameStatus status;
  lab_worker_status (worker, &status);
  lab_worker_free (worker);
}

/* Asked at 127.0.0.5, it answers from there, not from the address that the kernel likes best: a
   firewall in between knows no other. */
static void
test_answers_from (void)
{
  static const guint8 head[] = { 0x86, 0xa1, 'a', 0x81, 0xa2, 'i', 'd', 0xc4, 20 };
  static const guint8 tail[]
      = { 0xa1, 'q', 0xa4, 'p', 'i',  'n', 'g',  0xa1, 't', 0xce, 1,   2,    3,   4,
          0xa1, 'y', 0xa1, 'q', 0xa1, 'v', 0xa4, 'R',  'N', 'G',  '1', 0xa1, 'n', NETWORK };
  guint8 question[sizeof head + 20 + sizeof tail], answer[1500];
  LabWorker *worker = lab_worker_start (NETWORK, NULL);
  const struct timeval patience = { 5, 0 };
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  memcpy (question, head, sizeof head);
  memset (question + sizeof head, 5, 20);
  memcpy (question + sizeof head + 20, tail, sizeof tail);
  g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), ==, 0);
  for (guint i = 5; i < 8; i++) {
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons (worker->port) };
    struct sockaddr_in from = { 0 };
    socklen_t len = sizeof from;
    to.sin_addr.s_addr = htonl (INADDR_LOOPBACK - 1 + i);
    g_assert_cmpint (
        sendto (fd, question, sizeof question, 0, (const struct sockaddr *)&to, sizeof to),
        ==,
        sizeof question);
    do { /* it asks us as well, and what it asked before may come late */
      g_assert_cmpint (recvfrom (fd, answer, sizeof answer, 0, (struct sockaddr *)&from, &len),
                       >,
                       0);
    } while (answer[0] != 0x85 && memmem (answer, sizeof answer, "\xa1r", 2) == NULL);
    g_assert_cmphex (ntohl (from.sin_addr.s_addr), ==, INADDR_LOOPBACK - 1 + i);
  }
  g_assert_cmpint (close (fd), ==, 0);
  lab_worker_free (worker);
}

/* Alone, the local store answers, and quickly. */
static void
test_alone (void)
{
  LabWorker *worker = lab_worker_start (NETWORK, NULL);
  guint8 location[20], value[100];
  KithDhtFrame frame;
  const gint64 since = g_get_monotonic_time ();

  fill_random (location, sizeof location);
  fill_random (value, sizeof value);
  lab_worker_put (worker, 1, location, value, sizeof value, TRUE);
  g_assert_true (lab_worker_wait (worker, KITH_FRAME_DONE, 1, &frame, 3000));
  g_assert_false (frame.ok); /* nobody else stored it */
  lab_worker_ask (worker, KITH_FRAME_GET, 2, location);
  g_assert_true (lab_worker_wait (worker, KITH_FRAME_VALUE, 2, &frame, 3000));
  g_assert_cmpmem (frame.value, frame.value_len, value, sizeof value);
  g_assert_cmpint (g_get_monotonic_time () - since, <, G_USEC_PER_SEC);
  g_assert_false (lab_worker_wait (worker, KITH_FRAME_PUBLISHED, 1, &frame, 300));

  /* When somebody comes, it spreads, and that is told. */
  LabWorker *other = lab_worker_start (NETWORK, NULL);
  lab_worker_bootstrap (other, worker);
  g_assert_true (lab_worker_wait (worker, KITH_FRAME_PUBLISHED, 1, &frame, 5000));
  g_assert_cmpuint (frame.replicas, ==, 1);
  lab_worker_free (worker); /* the other one really has it */
  assert_has (other, 3, location, value, sizeof value);
  lab_worker_free (other);
}

/* The killers, before any word of ours: they do not matter, and the DHT goes on. */
static void
test_killers_filtered (Pair *pair, gconstpointer data)
{
  guint8 location[20], value[100];
  KithFrameStatus status;
  int ended;

  for (guint i = 0; i < G_N_ELEMENTS (killers); i++) {
    g_autofree gchar *path = g_build_filename ("opendht-killers", killers[i], NULL);
    g_autoptr (GBytes) killer = lab_data (path);
    for (guint k = 0; k < 5; k++) {
      lab_send (pair->a->port, g_bytes_get_data (killer, NULL), g_bytes_get_size (killer));
    }
    g_assert_false (lab_worker_ended (pair->a, 50, &ended));
  }
  fill_random (location, sizeof location);
  fill_random (value, sizeof value);
  lab_worker_put (pair->a, 1, location, value, sizeof value, TRUE);
  assert_get (pair->b, 2, location, value, sizeof value);
  lab_worker_status (pair->a, &status);
  g_assert_cmpuint (status.dropped[KITH_DROP_TYPE], ==, 5 * G_N_ELEMENTS (killers));
}

/* The same datagrams with the filter switched off: each ends the process, so the test above means
   something. */
static void
test_killers_unfiltered (gconstpointer data)
{
  g_autofree gchar *path = g_build_filename ("opendht-killers", (const char *)data, NULL);
  g_autoptr (GBytes) killer = lab_data (path);
  LabWorker *worker = lab_worker_start (0, "--no-filter");
  gboolean ended = FALSE;
  int status = 0;

  for (guint i = 0; i < 20 && !ended; i++) {
    lab_send (worker->port, g_bytes_get_data (killer, NULL), g_bytes_get_size (killer));
    ended = lab_worker_ended (worker, 100, &status);
  }
  g_assert_true (ended);
  lab_worker_free (worker);
}

/* What our network never sends is refused, with its reason. */
static void
test_reasons (Pair *pair, gconstpointer data)
{
#define PUT(value)                                                                                 \
  "\x86\xa1"                                                                                       \
  "a\x84\xa2id\xc4\x14IIIIIIIIIIIIIIIIIIII\xa1h\xc4\x14HHHHHHHHHHHHHHHHHHHH\xa5token\xc4\2TT\xa6v" \
  "alues\x91" value "\xa1q\xa3put\xa1y\xa1q\xa1t\1\xa1nM"
  static const char signed_value[] = PUT ("\x82\xa2id\1\xa3"
                                          "dat\x82\xa4"
                                          "body\x84\xa3seq\0\xa5owner\xc4\1o\xa4type\0\xa4"
                                          "data\xc4\2dd\xa3sig\xc4\1s");
  static const char encrypted[] = PUT ("\x82\xa2id\1\xa3"
                                       "dat\xc4\4cccc");
  KithFrameStatus status;

  lab_send (pair->a->port, signed_value, sizeof signed_value - 1);
  lab_send (pair->a->port, encrypted, sizeof encrypted - 1);
  lab_send (pair->a->port, "hello", 5);
  for (guint i = 0; i < 100; i++) {
    lab_worker_status (pair->a, &status);
    if (sum_dropped (&status) == 3) {
      break;
    }
    g_usleep (10000);
  }
  g_assert_cmpuint (status.dropped[KITH_DROP_SIGNED], ==, 1);
  g_assert_cmpuint (status.dropped[KITH_DROP_ENCRYPTED], ==, 1);
  g_assert_cmpuint (sum_dropped (&status), ==, 3);
}

static void
assert_gives_up (const guint8 *data, gsize len)
{
  LabWorker *worker = lab_worker_start (NETWORK, NULL);
  KithDhtFrame frame;
  int status;

  g_assert_cmpint (send (worker->fd, data, len, MSG_NOSIGNAL), ==, (gssize)len);
  g_assert_true (lab_worker_wait (worker, KITH_FRAME_FAILED, 0, &frame, 3000));
  g_assert_true (lab_worker_ended (worker, 3000, &status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 2);
  lab_worker_free (worker);
}

static void
test_garbage_frames (void)
{
  const guint8 zero[] = { 0, 0 }, huge[] = { 0xff, 0xff, 1 }, event[] = { 0, 5, 65, 0, 1, 0, 2 };
  const guint8 start_again[] = { 0, 10, 1, 0, 0, 0, 0, 0, 77, 0, 0, 60 };
  guint8 noise[256];

  assert_gives_up (zero, sizeof zero);
  assert_gives_up (huge, sizeof huge);
  assert_gives_up (event, sizeof event);
  assert_gives_up (start_again, sizeof start_again);
  fill_random (noise, sizeof noise);
  noise[0] = 0xf0;
  assert_gives_up (noise, sizeof noise);
}

/* The socket closes: it ends, at once. */
static void
test_closed (Pair *pair, gconstpointer data)
{
  const gint64 since = g_get_monotonic_time ();
  int status;

  shutdown (pair->a->fd, SHUT_RDWR);
  g_assert_true (lab_worker_ended (pair->a, 2000, &status));
  g_assert_cmpint (g_get_monotonic_time () - since, <, G_USEC_PER_SEC / 2);
}

/* The parent dies while the socket stays open somewhere: it ends too. */
static void
test_parent_killed (void)
{
  int report[2];
  GPid worker = 0;
  gboolean gone = FALSE;

  g_assert_cmpint (pipe (report), ==, 0);
  const pid_t parent = fork ();
  if (parent == 0) {
    LabWorker *lab = lab_worker_start (NETWORK, NULL);
    (void)fcntl (lab->fd, F_SETFD, 0);
    if (fork ()
        == 0) { /* holds our end of the control socket, and the worker cannot see the end of it */
      g_usleep (5 * G_USEC_PER_SEC);
      _exit (0);
    }
    if (write (report[1], &lab->pid, sizeof lab->pid) < 0) {
      _exit (1);
    }
    pause ();
    _exit (0);
  }
  g_assert_cmpint (read (report[0], &worker, sizeof worker), ==, sizeof worker);
  g_assert_cmpint (kill (worker, 0), ==, 0);
  kill (parent, SIGKILL);
  waitpid (parent, NULL, 0);
  for (guint i = 0; i < 200 && !gone; i++) {
    g_usleep (10000);
    gone = kill (worker, 0) != 0 && errno == ESRCH;
    g_autofree gchar *path = g_strdup_printf ("/proc/%d/stat", worker);
    g_autofree gchar *stat = NULL;
    gone = gone || !g_file_get_contents (path, &stat, NULL, NULL) || strstr (stat, ") Z ") != NULL;
  }
  g_assert_true (gone);
  close (report[0]);
  close (report[1]);
}

/* What the sandbox must not let happen. In a build with sanitizers there is no seccomp: nothing to
   test. */
static void
test_sandbox (void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  g_test_skip ("no seccomp in a build with sanitizers");
#else
  static const struct {
    const char *what;
    int signal;       /* that ended it, or 0 */
    const char *word; /* that it printed, or NULL */
  } tries[]
      = { { "nothing", 0, "allowed\n" }, { "open", 0, "refused\n" }, { "file", 0, "refused\n" },
          { "memory", 0, "refused\n" },  { "exec", SIGSYS, "" },     { "fork", SIGSYS, "" },
          { "ptrace", SIGSYS, "" },      { "unix", SIGSYS, "" },     { "code", SIGSYS, "" } };

  for (guint i = 0; i < G_N_ELEMENTS (tries); i++) {
    g_autofree gchar *option = g_strdup_printf ("--try=%s", tries[i].what);
    const char *argv[]
        = { KITH_BUILD_DIR "/plugins/locator-dht/kith-dht-unfiltered", option, NULL };
    g_autofree gchar *out = NULL;
    g_autoptr (GError) error = NULL;
    int status = 0;
    g_spawn_sync (NULL,
                  (gchar **)argv,
                  NULL,
                  G_SPAWN_DEFAULT,
                  NULL,
                  NULL,
                  &out,
                  NULL,
                  &status,
                  &error);
    g_assert_no_error (error);
    g_assert_cmpstr (out, ==, tries[i].word);
    g_assert_cmpint (WIFSIGNALED (status) ? WTERMSIG (status) : 0, ==, tries[i].signal);
  }
#endif
}

/* By hand it says what it is; the installed program knows no way around its filter. */
static void
test_by_hand (void)
{
  static const char *const options[] = { NULL, "--no-filter", "--try=open" };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++) {
    const char *argv[] = { KITH_BUILD_DIR "/plugins/locator-dht/kith-dht", options[i], NULL };
    g_autofree gchar *text = NULL;
    int status = 0;
    g_assert_true (g_spawn_sync (NULL,
                                 (gchar **)argv,
                                 NULL,
                                 G_SPAWN_STDOUT_TO_DEV_NULL,
                                 NULL,
                                 NULL,
                                 NULL,
                                 &text,
                                 &status,
                                 NULL));
    g_assert_cmpint (WEXITSTATUS (status), ==, 64);
    g_assert_nonnull (strstr (text, "started by kithd"));
  }
}

/* STUN questions never reach libopendht; from an address that nobody may name they get no answer
   either. */
static void
test_stun (Pair *pair, gconstpointer data)
{
  static const guint8 question[20] = { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 };
  static const guint8 broken[20] = { 0, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42 };
  KithFrameStatus before, after;

  lab_worker_status (pair->a, &before);
  for (guint i = 0; i < 5; i++) {
    lab_send (pair->a->port, question, sizeof question);
  }
  lab_send (pair->a->port, broken, sizeof broken);
  const gint64 until = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  do {
    lab_worker_status (pair->a, &after);
  } while ((after.stun_refused < 5 || sum_dropped (&after) == sum_dropped (&before))
           && g_get_monotonic_time () < until);
  g_assert_cmpuint (after.stun_refused, ==, 5);
  g_assert_cmpuint (after.stun_answered, ==, 0);
  g_assert_cmpuint (sum_dropped (&after), ==, sum_dropped (&before) + 1);
}

/* The daemon is told of those who answer. */
static void
test_peers (Pair *pair, gconstpointer data)
{
  KithDhtFrame frame;

  LabWorker *late = lab_worker_start (NETWORK, NULL);
  lab_worker_bootstrap (late, pair->a);
  g_assert_true (lab_worker_wait (late, KITH_FRAME_PEERS, 0, &frame, 5000));
  g_assert_cmpuint (frame.n_addresses, >=, 1);
  g_assert_true (frame.heard[0]);
  g_assert_cmpuint (frame.addresses[0].family, ==, 4);
  g_assert_cmpuint (frame.addresses[0].ip[0], ==, 127);
  lab_worker_free (late);

  /* Nobody there: those that were asked. */
  LabWorker *alone = lab_worker_start (NETWORK, NULL);
  const KithDhtFrame nobody = { .type = KITH_FRAME_BOOTSTRAP,
                                .address = { .family = 4, .ip = { 127, 0, 0, 1 }, .port = 9 } };
  lab_worker_send (alone, &nobody);
  g_assert_true (lab_worker_wait (alone, KITH_FRAME_PEERS, 0, &frame, 10000));
  g_assert_cmpuint (frame.n_addresses, ==, 1);
  g_assert_false (frame.heard[0]);
  g_assert_cmpuint (frame.addresses[0].port, ==, 9);
  lab_worker_free (alone);
}

/* A clean end waits for a put, and not for more. */
static void
test_quit (Pair *pair, gconstpointer data)
{
  const KithDhtFrame quit = { .type = KITH_FRAME_QUIT };
  guint8 location[20], value[512];
  const gint64 since = g_get_monotonic_time ();
  int status;

  fill_random (location, sizeof location);
  fill_random (value, sizeof value);
  lab_worker_put (pair->b, 1, location, value, sizeof value, FALSE);
  lab_worker_send (pair->b, &quit);
  g_assert_true (lab_worker_ended (pair->b, 2500, &status));
  g_assert_cmpint (g_get_monotonic_time () - since, <, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (status, ==, 0);
  assert_has (pair->a, 2, location, value, sizeof value);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Pair, NULL, pair_set_up, func, pair_tear_down)
  ADD ("/dht-worker/put-get-listen", test_put_get_listen);
  ADD ("/dht-worker/many-values", test_many_values);
  ADD ("/dht-worker/cancel", test_cancel);
  g_test_add_func ("/dht-worker/withdraw-and-unlisten", test_withdraw_and_unlisten);
  g_test_add_func ("/dht-worker/answers-from", test_answers_from);
  g_test_add_func ("/dht-worker/alone", test_alone);
  ADD ("/dht-worker/stun", test_stun);
  ADD ("/dht-worker/peers", test_peers);
  ADD ("/dht-worker/killers/filtered", test_killers_filtered);
  for (guint i = 0; i < G_N_ELEMENTS (killers); i++) {
    g_autofree gchar *path = g_strdup_printf ("/dht-worker/killers/unfiltered/%s", killers[i]);
    g_test_add_data_func (path, killers[i], test_killers_unfiltered);
  }
  ADD ("/dht-worker/reasons", test_reasons);
  g_test_add_func ("/dht-worker/garbage-frames", test_garbage_frames);
  ADD ("/dht-worker/closed", test_closed);
  g_test_add_func ("/dht-worker/parent-killed", test_parent_killed);
  g_test_add_func ("/dht-worker/sandbox", test_sandbox);
  g_test_add_func ("/dht-worker/by-hand", test_by_hand);
  ADD ("/dht-worker/quit", test_quit);
  return g_test_run ();
}
