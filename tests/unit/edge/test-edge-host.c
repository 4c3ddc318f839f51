/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host of kith-edge with a program that says what the test wants: what it is told, what is made
   of what it says, and what happens when it dies. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "edge/edge-host.h"

static const char tiny[] = KITH_BUILD_DIR "/tests/unit/tiny-edge";

typedef struct {
  KithClock *clock; /* (unowned) */
  KithEdge *edge;
  KithEdgeFacts facts;
  int stream; /* our end, -1 none */
  gboolean no_stream;
  guint n_known, n_streams, n_changes, n_stopped;
} Story;

static int
on_open_stream (gpointer user_data, GError **error)
{
  Story *story = user_data;
  int pair[2];

  if (story->no_stream) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_NOT_READY, "not yet");
    return -1;
  }
  if (story->stream >= 0) {
    close (story->stream);
  }
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  story->stream = pair[0];
  story->n_streams++;
  return pair[1];
}

static guint
on_list_known (KithEndpoint *hosts, guint room, gpointer user_data)
{
  const Story *story = user_data;

  for (guint i = 0; i < story->n_known && i < room; i++) {
    hosts[i] = (KithEndpoint){ .family = 4, .ip = { 192, 0, 2, (guint8)i } };
  }
  return MIN (story->n_known, room);
}

static void
on_changed (KithEdge *edge, Story *story)
{
  story->n_changes++;
}

static gboolean
on_late (gpointer user_data)
{
  g_assert_not_reached (); /* waited for 10 s */
  return G_SOURCE_REMOVE;
}

/* Until @condition: the clock stands still, what happens takes the system's time. */
#define RUN_UNTIL(condition)                                                                       \
  do {                                                                                             \
    const guint late_ = g_timeout_add_seconds (10, on_late, NULL);                                 \
    while (kith_edge_get_facts (story->edge, &story->facts), !(condition)) {                       \
      g_main_context_iteration (NULL, TRUE);                                                       \
    }                                                                                              \
    g_source_remove (late_);                                                                       \
  } while (FALSE)

static void
order (Story *story, const char *text)
{
  g_assert_cmpint (send (story->stream, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
}

static void
set_up_with (Story *story, const char *program, const char *bind, guint16 port)
{
  guint8 key[KITH_EDGE_KEY_LEN];
  const KithEdgeOwner owner = { on_open_stream, on_list_known, story };
  static const char *const trusted[] = { "192.0.2.0/24", "::1", NULL };
  const KithEdgeRoute route
      = { .name = "b", .domain = "b.example", .next = { .family = 4, .port = 5060 } };
  const KithEdgeHostConfig config = { .program = program,
                                      .bind = bind,
                                      .port = port,
                                      .plain_in = TRUE,
                                      .role = KITH_EDGE_ROLE_STATELESS,
                                      .routes = &route,
                                      .n_routes = 1,
                                      .trusted = trusted,
                                      .key = key };

  memset (key, 0x5a, sizeof key);
  story->clock = kith_clock_get_default ();
  story->stream = -1;
  story->n_known = 3;
  story->edge = kith_edge_host_new (&config);
  g_signal_connect (story->edge, "changed", G_CALLBACK (on_changed), story);
  kith_edge_start (story->edge, &owner);
  kith_clock_advance (story->clock, 0);
  kith_edge_get_facts (story->edge, &story->facts);
}

static void
set_up (Story *story, gconstpointer data)
{
  set_up_with (story, tiny, "::", 0);
}

static void
tear_down (Story *story, gconstpointer data)
{
  g_clear_object (&story->edge);
  if (story->stream >= 0) {
    close (story->stream);
  }
}

static void
assert_told (Story *story, const char *wanted)
{
  gchar text[256] = { 0 };

  order (story, "tell");
  g_assert_cmpint (recv (story->stream, text, sizeof text - 1, 0), >, 0);
  g_assert_cmpstr (g_strchomp (text), ==, wanted);
}

static void
on_proxied (KithEdge *edge, const KithProxiedCall *call, gpointer user_data)
{
  *(KithProxiedCall *)user_data = *call;
}

static void
test_told (Story *story, gconstpointer data)
{
  g_assert_cmpint (story->facts.state, ==, KITH_EDGE_STARTING);
  g_assert_cmpuint (story->facts.pid, >, 1);
  g_assert_cmpuint (story->n_streams, ==, 1);
  assert_told (
      story,
      "port=0 plain=1 strangers=1 binds=2/4 key=5a hosts=1 known=3/1 role=stateless/1 trusted=2");

  order (story, "ready 5070 0");
  RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
  g_assert_cmpuint (story->facts.port, ==, 5070);
  g_assert_null (story->facts.problem);

  KithProxiedCall call = { 0 };
  g_signal_connect (story->edge, "proxied-call", G_CALLBACK (on_proxied), &call);
  order (story, "call");
  RUN_UNTIL (call.id == 77);
  g_assert_cmpint (call.phase, ==, KITH_PROXIED_CONFIRMED);
  g_assert_cmpstr (call.callee, ==, "dect");
  g_signal_handlers_disconnect_by_data (story->edge, &call);
}

/* Hosts that become known are told with the next ping, and only then. */
static void
test_known (Story *story, gconstpointer data)
{
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GVariant) counts = NULL;
  guint64 n = 0;
  guint32 memory = 0;

  kith_clock_advance (story->clock, 10000);
  do {
    g_clear_pointer (&status, g_variant_unref);
    g_main_context_iteration (NULL, TRUE);
    status = kith_edge_get_status (story->edge);
    g_assert_true (g_variant_lookup (status, "memory", "u", &memory));
  } while (memory == 0);
  g_assert_cmpuint (memory, ==, 3500);
  counts = g_variant_lookup_value (status, "counts", G_VARIANT_TYPE ("a{st}"));
  g_assert_true (g_variant_lookup (counts, "flood", "t", &n));
  g_assert_cmpuint (n, ==, 7);
  assert_told (
      story,
      "port=0 plain=1 strangers=1 binds=2/4 key=5a hosts=1 known=3/1 role=stateless/1 trusted=2");
  story->n_known = 2;
  kith_clock_advance (story->clock, 10000);
  order (story, "ready 5070 0"); /* behind the STATUS */
  RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
  assert_told (
      story,
      "port=0 plain=1 strangers=1 binds=2/4 key=5a hosts=1 known=2/2 role=stateless/1 trusted=2");
}

/* A new process has a new stream and all that the old one knew, the port among it. Until then who
   calls still finds a port. */
static void
test_death (Story *story, gconstpointer data)
{
  order (story, "ready 5070 0");
  RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
  for (guint i = 1; i <= 3; i++) {
    order (story, "die");
    RUN_UNTIL (story->facts.state == KITH_EDGE_ENDED);
    g_assert_cmpstr (story->facts.last_end, ==, "ended by signal 9");
    g_assert_cmpstr (story->facts.problem, ==, "kith-edge ended by signal 9, and is started again");
    g_assert_cmpuint (story->facts.port, ==, 5070);
    g_assert_cmpuint (story->facts.n_ends_lately, ==, i);
    g_assert_cmpuint (story->n_streams, ==, i);
    kith_clock_advance (story->clock, i == 1 ? 99 : 999);
    g_assert_cmpuint (story->n_streams, ==, i);
    kith_clock_advance (story->clock, i == 3 ? 1001 : 1);
    g_assert_cmpuint (story->n_streams, ==, i + 1);
    assert_told (story,
                 "port=5070 plain=1 strangers=1 binds=2/4 key=5a hosts=1 known=3/1 "
                 "role=stateless/1 trusted=2");
    order (story, "ready 5070 0");
    RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
    g_assert_cmpuint (story->facts.restarts, ==, i);
    g_assert_null (story->facts.problem);
  }
  for (guint i = 0; i < 7; i++) { /* with its pings answered */
    kith_clock_advance (story->clock, 10000);
    order (story, "ready 5070 13");
    RUN_UNTIL (story->facts.state == KITH_EDGE_BLOCKED);
    order (story, "ready 5070 0");
    RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
  }
  g_assert_cmpuint (story->facts.n_ends_lately, ==, 0);
}

/* It is us who hold the port. */
static void
test_port_taken (Story *story, gconstpointer data)
{
  struct sockaddr_in at = { .sin_family = AF_INET };
  socklen_t len = sizeof at;
  const int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (const struct sockaddr *)&at, sizeof at), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *)&at, &len), ==, 0);
  g_autofree gchar *said = g_strdup_printf ("ready %u %d", ntohs (at.sin_port), EADDRINUSE);
  g_autofree gchar *wanted = g_strdup_printf ("port %u is taken by test-edge-host (process %d)",
                                              ntohs (at.sin_port),
                                              getpid ());
  order (story, said);
  RUN_UNTIL (story->facts.state == KITH_EDGE_BLOCKED);
  g_assert_cmpstr (story->facts.problem, ==, wanted);
  g_assert_cmpint (story->facts.error_number, ==, EADDRINUSE);
  g_assert_cmpuint (story->facts.port, ==, 0);

  /* the same again is no news */
  const guint n_changes = story->n_changes;
  order (story, said);
  kith_clock_advance (story->clock, 0);
  g_autofree gchar *other = g_strdup_printf ("ready %u %d", ntohs (at.sin_port), EACCES);
  g_usleep (20000); /* two orders, not one */
  order (story, other);
  RUN_UNTIL (story->facts.error_number == EACCES);
  g_assert_cmpuint (story->n_changes, ==, n_changes + 1);
  g_assert_nonnull (strstr (story->facts.problem, "cannot be served at 0.0.0.0: "));

  order (story, "ready 5070 0");
  RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
  g_assert_null (story->facts.problem);
  g_assert_cmpint (story->facts.error_number, ==, 0);
  close (fd);
}

/* Without IPv4 the other family is served. */
static void
test_family_missing (Story *story, gconstpointer data)
{
  g_autofree gchar *said = g_strdup_printf ("ready 5070 %d", EAFNOSUPPORT);

  order (story, said);
  RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
  g_assert_cmpuint (story->facts.port, ==, 5070);
}

static void
test_last_words (Story *story, gconstpointer data)
{
  order (story, "fail");
  RUN_UNTIL (story->facts.state == KITH_EDGE_ENDED);
  g_assert_cmpstr (story->facts.last_end, ==, "gave up: nothing goes");
}

static void
test_log (Story *story, gconstpointer data)
{
  order (story, "log");
  RUN_UNTIL (story->facts.port == 5061);
}

static void
test_absent (void)
{
  Story stack = { 0 }, *story = &stack;

  set_up_with (story, "/nowhere/kith-edge", "127.0.0.1", 5060);
  g_assert_cmpint (story->facts.state, ==, KITH_EDGE_ABSENT);
  g_assert_cmpstr (story->facts.problem, ==, "there is no /nowhere/kith-edge");
  g_assert_cmpuint (story->facts.port, ==, 0);
  tear_down (story, NULL);
}

/* The user agent is not there yet: it is tried again. */
static void
test_no_stream (void)
{
  Story stack = { .no_stream = TRUE }, *story = &stack;

  set_up_with (story, tiny, "127.0.0.1", 5060);
  g_assert_cmpint (story->facts.state, ==, KITH_EDGE_ABSENT);
  g_assert_cmpuint (story->facts.pid, ==, 0);
  story->no_stream = FALSE;
  kith_clock_advance (story->clock, 100);
  RUN_UNTIL (story->facts.state == KITH_EDGE_STARTING);
  assert_told (story,
               "port=5060 plain=1 strangers=1 binds=1/4 key=5a hosts=1 known=3/1 role=stateless/1 "
               "trusted=2");
  tear_down (story, NULL);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Story *story = user_data;

  g_assert_true (kith_edge_stop_finish (KITH_EDGE (source), result, NULL));
  story->n_stopped++;
}

static void
test_stop (Story *story, gconstpointer data)
{
  kith_edge_stop_async (story->edge, NULL, on_stopped, story);
  RUN_UNTIL (story->n_stopped == 1);
  g_assert_cmpint (story->facts.state, ==, KITH_EDGE_OFF);
  g_assert_cmpuint (story->facts.pid, ==, 0);
  kith_clock_advance (story->clock, 60000);
  g_assert_cmpuint (story->n_streams, ==, 1);
}

/* The user agent closes its stream first: no death, and nothing is started any more. */
static void
test_let_end (Story *story, gconstpointer data)
{
  order (story, "ready 5070 0");
  RUN_UNTIL (story->facts.state == KITH_EDGE_SERVING);
  kith_edge_let_end (story->edge);
  order (story, "die");
  RUN_UNTIL (story->facts.pid == 0);
  g_assert_cmpint (story->facts.state, ==, KITH_EDGE_SERVING);
  g_assert_null (story->facts.last_end);
  kith_clock_advance (story->clock, 60000);
  g_assert_cmpuint (story->n_streams, ==, 1);
  kith_edge_stop_async (story->edge, NULL, on_stopped, story);
  RUN_UNTIL (story->n_stopped == 1);
  g_assert_cmpint (story->facts.state, ==, KITH_EDGE_OFF);
}

int
main (int argc, char **argv)
{
  g_autoptr (KithClock) clock = kith_clock_new_manual (0);

  kith_clock_set_default (clock);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/edge-host/" name, Story, NULL, set_up, func, tear_down)
  ADD ("told", test_told);
  ADD ("known", test_known);
  ADD ("death", test_death);
  ADD ("port-taken", test_port_taken);
  ADD ("family-missing", test_family_missing);
  ADD ("last-words", test_last_words);
  ADD ("log", test_log);
  g_test_add_func ("/edge-host/absent", test_absent);
  g_test_add_func ("/edge-host/no-stream", test_no_stream);
  ADD ("stop", test_stop);
  ADD ("let-end", test_let_end);
  return g_test_run ();
}
