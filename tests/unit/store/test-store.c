/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests the thread of the database: order, errors, bounds, the end, a slow disk and a death right
   after the answer. */
#include "store/store.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"

#define DELAY_US 100000 /* of each fsync() while the disk is slow */
#define TICK_US 5000

static gint is_slow;
static gint synced; /* how often something was brought to the disk */
static gint hangs;  /* whoever waits for the thread is told that it does not end */

__attribute__ ((visibility ("default"))) int fsync (int fd);
__attribute__ ((visibility ("default"))) int fdatasync (int fd);

/* In place of those of the C library. */
int
fsync (int fd)
{
  if (g_atomic_int_get (&is_slow)) {
    g_usleep (DELAY_US);
  }
  int result = (int)syscall (SYS_fsync, fd);
  g_atomic_int_inc (&synced);
  return result;
}

int
fdatasync (int fd)
{
  return fsync (fd);
}

/* It waits for nothing but the thread's end here. */
int
poll (struct pollfd *fds, nfds_t n, int ms)
{
  return g_atomic_int_get (&hangs) ? 0 : (int)syscall (SYS_poll, fds, n, ms);
}

typedef struct {
  gchar *dir;
  KithStore *store;
  GString *told;
  guint answers;
  int code; /* of the last answer's error, or -1 */
} Place;

static void
open_store (Place *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = kith_database_open (place->dir, &error);

  g_assert_no_error (error);
  g_assert_true (kith_database_run (
      database,
      "CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY, word TEXT UNIQUE)",
      &error));
  place->store = kith_store_new (database);
}

static void
set_up (Place *place, gconstpointer data)
{
  place->dir = g_dir_make_tmp ("kith-store-XXXXXX", NULL);
  place->told = g_string_new (NULL);
  open_store (place);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_atomic_int_set (&is_slow, 0);
  if (place->store != NULL) {
    g_assert_finalize_object (place->store);
  }
  g_autoptr (GDir) dir = g_dir_open (place->dir, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (place->dir, name, NULL);
    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (place->dir), ==, 0);
  g_free (place->dir);
  g_string_free (place->told, TRUE);
}

/* One row. */
typedef struct {
  const char *word;
  GThread *thread; /* which wrote it */
} Row;

static gboolean
write_row (KithDatabase *database, gpointer data, GError **error)
{
  Row *row = data;
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database, "INSERT INTO things (word) VALUES (?1)", error);

  row->thread = g_thread_self ();
  if (statement == NULL) {
    return FALSE;
  }
  kith_statement_bind_text (statement, 1, row->word);
  return kith_statement_run (statement, error);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Place *place = user_data;
  g_autoptr (GError) error = NULL;
  gpointer data = NULL;

  gboolean ok = kith_store_run_finish (KITH_STORE (source), result, &data, &error);
  g_string_append_printf (place->told, "%s%s ", ((Row *)data)->word, ok ? "" : "!");
  place->code = ok ? -1 : error->code;
  place->answers++;
}

static void
ask (Place *place, Row *row)
{
  guint before = place->answers;

  kith_store_run_async (place->store, write_row, row, NULL, on_written, place);
  g_assert_cmpuint (place->answers, ==, before); /* never from within */
}

static void
wait_for (Place *place, guint answers)
{
  while (place->answers < answers) {
    (void)g_main_context_iteration (NULL, TRUE);
  }
}

static gchar *
list_words (Place *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithDatabase) database = kith_database_open (place->dir, &error);
  g_autoptr (KithStatement) statement
      = kith_database_prepare (database,
                               "SELECT group_concat (word, ' ') FROM (SELECT word FROM things "
                               "ORDER BY id)",
                               &error);
  gboolean row = FALSE;

  g_assert_no_error (error);
  g_assert_true (kith_statement_step (statement, &row, &error));
  return g_strdup (kith_statement_get_text (statement, 0));
}

/* Jobs are done in their order on one other thread, once it has begun; each has its own error. */
static void
test_order (Place *place, gconstpointer data)
{
  Row rows[] = { { "one", NULL }, { "two", NULL }, { "two", NULL }, { "three", NULL } };

  ask (place, &rows[0]);
  g_assert_true (rows[0].thread == g_thread_self ());
  wait_for (place, 1);
  kith_store_start (place->store);
  for (guint i = 1; i < G_N_ELEMENTS (rows); i++) {
    ask (place, &rows[i]);
  }
  wait_for (place, 4);
  g_assert_cmpstr (place->told->str, ==, "one two two! three ");
  g_assert_true (rows[1].thread != g_thread_self ());
  g_assert_true (rows[3].thread == rows[1].thread);
  g_autofree gchar *words = list_words (place);
  g_assert_cmpstr (words, ==, "one two three");
}

/* In memory there is nothing to wait for: no thread, the same answers. */
static void
test_in_memory (Place *place, gconstpointer data)
{
  Row row = { "one", NULL };
  g_autoptr (KithDatabase) database = kith_database_open_in_memory (NULL);

  g_object_unref (place->store);
  place->store = kith_store_new (database);
  kith_store_start (place->store);
  ask (place, &row);
  g_assert_true (row.thread == g_thread_self ());
  wait_for (place, 1);
  g_assert_cmpint (place->code, ==, KITH_ERROR_FAILED); /* there is no such table */
}

typedef struct {
  gint64 last;
  gint64 longest; /* pause of the loop, in µs */
} Pulse;

static gboolean
on_tick (gpointer user_data)
{
  Pulse *pulse = user_data;
  gint64 now = g_get_monotonic_time ();

  pulse->longest = MAX (pulse->longest, now - pulse->last);
  pulse->last = now;
  return G_SOURCE_CONTINUE;
}

/* The longest pause of the main loop while a row is brought to a slow disk. */
static gint64
measure (Place *place, const char *word)
{
  Row row = { word, NULL };
  Pulse pulse = { .last = g_get_monotonic_time () };
  gint64 begin = pulse.last;
  guint timer = g_timeout_add (TICK_US / 1000, on_tick, &pulse);
  gint before = g_atomic_int_get (&synced);

  ask (place, &row);
  wait_for (place, place->answers + 1);
  (void)on_tick (&pulse);
  g_source_remove (timer);
  g_assert_cmpint (place->code, ==, -1);
  /* the answer is of what is on the disk */
  g_assert_cmpint (g_atomic_int_get (&synced), >, before);
  g_assert_cmpint (pulse.last - begin, >=, DELAY_US);
  return pulse.longest;
}

/* A disk that takes its time holds up the answer, and not the loop. */
static void
test_slow_disk (Place *place, gconstpointer data)
{
  gint64 least = G_MAXINT64;

  g_atomic_int_set (&is_slow, 1);
  g_assert_cmpint (measure (place, "waited for"), >=, DELAY_US);
  kith_store_start (place->store);
  for (guint i = 0; i < 5 && least > DELAY_US / 4; i++) { /* other programs may hold us up */
    g_autofree gchar *word = g_strdup_printf ("word %u", i);
    gint64 longest = measure (place, word);
    least = MIN (least, longest);
  }
  g_test_message ("the longest pause was %" G_GINT64_FORMAT " µs", least);
  g_assert_cmpint (least, <, DELAY_US / 2);
}

/* What was taken is kept, also when it is time to leave; nothing is taken after that. */
static void
test_stop (Place *place, gconstpointer data)
{
  Row rows[] = { { "one", NULL }, { "two", NULL }, { "three", NULL }, { "late", NULL } };

  kith_store_start (place->store);
  g_atomic_int_set (&is_slow, 1);
  for (guint i = 0; i < 3; i++) {
    ask (place, &rows[i]);
  }
  kith_store_stop (place->store);
  g_autofree gchar *words = list_words (place);
  g_assert_cmpstr (words, ==, "one two three");
  ask (place, &rows[3]);
  wait_for (place, 4);
  g_assert_cmpint (place->code, ==, KITH_ERROR_NOT_READY);
  g_assert_cmpstr (place->told->str, ==, "one two three late! ");
}

typedef struct {
  int fd;
  gboolean is_done;
} Hang;

static gboolean
wait_for_byte (KithDatabase *database, gpointer data, GError **error)
{
  Hang *hang = data;
  guint8 byte;

  g_assert_cmpint (read (hang->fd, &byte, 1), ==, 1);
  g_atomic_int_set (&hang->is_done, TRUE);
  return TRUE;
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Place *place = user_data;
  g_autoptr (GError) error = NULL;

  place->code
      = kith_store_run_finish (KITH_STORE (source), result, NULL, &error) ? -1 : error->code;
  place->answers++;
}

static gboolean
do_nothing (KithDatabase *database, gpointer data, GError **error)
{
  return TRUE;
}

/* A disk that hangs: so many may wait for it, and no more; whoever leaves does not wait for
   ever. */
static void
test_hanging_disk (Place *place, gconstpointer data)
{
  int pipes[2];
  Hang hang = { 0 };
  Hang second = { 0 };

  g_assert_cmpint (pipe (pipes), ==, 0);
  hang.fd = second.fd = pipes[0];
  kith_store_start (place->store);
  kith_store_run_async (place->store, wait_for_byte, &hang, NULL, on_counted, place);
  for (guint i = 1; i < KITH_STORE_MAX_WAITING; i++) {
    kith_store_run_async (place->store, do_nothing, NULL, NULL, on_counted, place);
  }
  kith_store_run_async (place->store, do_nothing, NULL, NULL, on_counted, place);
  wait_for (place, 1);
  g_assert_cmpint (place->code, ==, KITH_ERROR_LIMIT_REACHED);
  g_assert_cmpint (write (pipes[1], "x", 1), ==, 1);
  wait_for (place, 1 + KITH_STORE_MAX_WAITING);
  g_assert_cmpint (place->code, ==, -1);

  kith_store_run_async (place->store, wait_for_byte, &second, NULL, NULL, NULL);
  g_atomic_int_set (&hangs, 1);
  kith_store_stop (place->store);
  g_atomic_int_set (&hangs, 0);
  /* the thread ends with the process, at the latest */
  g_assert_cmpint (write (pipes[1], "x", 1), ==, 1);
  while (!g_atomic_int_get (&second.is_done)) {
    g_usleep (1000);
  }
  place->store = NULL; /* the thread has it */
}

static gchar *self;

/* The child: writes a row, says so when it is answered, and waits for its end. */
static void
run_child (char *dir)
{
  Place place = { .dir = dir, .told = g_string_new (NULL) };
  Row row = { "kept", NULL };

  open_store (&place);
  kith_store_start (place.store);
  ask (&place, &row);
  wait_for (&place, 1);
  g_assert_cmpint (place.code, ==, -1);
  g_print ("kept\n");
  while (TRUE) {
    (void)g_main_context_iteration (NULL, TRUE);
  }
}

/* Killed in the moment of the answer: the row is there. */
static void
test_killed (Place *place, gconstpointer data)
{
  const char *const argv[] = { self, "--child", place->dir, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) child = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  char line[8] = "";

  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (child),
                                        line,
                                        sizeof line - 1,
                                        NULL,
                                        &error),
                   >,
                   0);
  g_subprocess_send_signal (child, SIGKILL);
  g_assert_cmpstr (line, ==, "kept\n");
  g_assert_true (g_subprocess_wait (child, NULL, &error));
  g_autofree gchar *words = list_words (place);
  g_assert_cmpstr (words, ==, "kept");
}

int
main (int argc, char **argv)
{
#define ADD(name, function)                                                                        \
  g_test_add ("/store/store/" name, Place, NULL, set_up, function, tear_down)

  if (argc == 3 && strcmp (argv[1], "--child") == 0) {
    run_child (argv[2]);
  }
  self = argv[0];
  g_test_init (&argc, &argv, NULL);
  ADD ("order", test_order);
  ADD ("in-memory", test_in_memory);
  ADD ("slow-disk", test_slow_disk);
  ADD ("stop", test_stop);
  ADD ("hanging-disk", test_hanging_disk);
  ADD ("killed", test_killed);
  return g_test_run ();
}
