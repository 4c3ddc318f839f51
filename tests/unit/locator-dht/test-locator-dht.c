/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The locator over real workers: states, look-ups, publications and watches, also when a worker
   dies. */
#include <fcntl.h>
#include <gmodule.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "common/absent.h"
#include "dht-lab.h"
#include "dht-node-id.h"
#include "locator-dht.h"
#include "ports/plugin.h"

extern const KithPlugin kith_plugin_dht;

static gchar *state_dir;

static KithLocator *
make (const char *settings, const KithPlugin *plugin)
{
  g_autofree gchar *text
      = g_strdup_printf ("[dht]\nport=0\ndiscovery=false\nnetwork=77\n%s", settings);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  const KithPluginContext context = { .config = file,
                                      .state_dir = state_dir,
                                      .config_dir = state_dir,
                                      .libexec_dir = KITH_BUILD_DIR "/plugins/locator-dht" };

  g_autofree gchar *id_file = g_build_filename (state_dir, "dht-node-id", NULL);

  (void)unlink (id_file); /* all nodes of this test share a folder, but they are different nodes */
  g_assert_true (g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL));
  GObject *object = plugin->create (&context, &error);
  g_assert_no_error (error);
  return KITH_LOCATOR (object);
}

/* Runs the loop until @condition holds; fails after @ms, or four times as long on a machine that is
   busy. */
#define wait_until(condition, ms)                                                                  \
  G_STMT_START                                                                                     \
  {                                                                                                \
    const gint64 until_ = g_get_monotonic_time () + (gint64)(ms)*4000;                             \
    guint tick_ = g_timeout_add (10, on_tick, NULL);                                               \
    while (!(condition) && g_get_monotonic_time () < until_) {                                     \
      g_main_context_iteration (NULL, TRUE);                                                       \
    }                                                                                              \
    g_source_remove (tick_);                                                                       \
    g_assert_true (condition);                                                                     \
  }                                                                                                \
  G_STMT_END

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
run_for (guint ms)
{
  const gint64 until = g_get_monotonic_time () + (gint64)ms * 1000;

  wait_until (g_get_monotonic_time () >= until, ms + 1000);
}

static guint64
get_status (KithLocator *locator, const char *key)
{
  g_autoptr (GVariant) status = kith_locator_get_status (locator);
  g_autoptr (GVariant) value = g_variant_lookup_value (status, key, NULL);

  if (value == NULL) {
    return 0;
  }
  return g_variant_is_of_type (value, G_VARIANT_TYPE_UINT16)   ? g_variant_get_uint16 (value)
         : g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32) ? g_variant_get_uint32 (value)
                                                               : g_variant_get_uint64 (value);
}

/* A look-up and what it found. */
typedef struct {
  GPtrArray *values;
  guint most; /* say "enough" at this number, 0: never */
  gboolean done, ok;
  GError *error;
  gint64 since_us, took_us;
} Search;

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  Search *search = user_data;

  g_assert_false (search->done);
  g_assert_null (contact);
  g_ptr_array_add (search->values, g_bytes_ref (value));
  return search->most == 0 || search->values->len < search->most;
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Search *search = user_data;

  g_assert_false (search->done);
  search->ok = kith_locator_look_up_finish (KITH_LOCATOR (source), result, &search->error);
  search->done = TRUE;
  search->took_us = g_get_monotonic_time () - search->since_us;
}

static void
search_start (Search *search,
              KithLocator *locator,
              const guint8 *location,
              GCancellable *cancellable)
{
  const KithQuery query = { .location = location };

  *search = (Search){ .values = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref),
                      .most = search->most };
  search->since_us = g_get_monotonic_time ();
  kith_locator_look_up_async (locator, &query, on_found, cancellable, on_done, search);
  g_assert_false (search->done);
  g_assert_cmpuint (search->values->len, ==, 0);
}

static void
search_clear (Search *search)
{
  g_clear_error (&search->error);
  g_clear_pointer (&search->values, g_ptr_array_unref);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (kith_locator_stop_finish (KITH_LOCATOR (source), result, NULL));
  *(gboolean *)user_data = TRUE;
}

static void
stop (KithLocator *locator)
{
  gboolean stopped = FALSE;
  const gint64 since = g_get_monotonic_time ();
  gpointer weak = locator;

  kith_locator_stop_async (locator, NULL, on_stopped, &stopped);
  wait_until (stopped, 3000);
  g_assert_cmpint (g_get_monotonic_time () - since, <, 2500 * 1000);
  g_assert_cmpint (kith_locator_get_state (locator), ==, KITH_LOCATOR_OFFLINE);
  g_object_add_weak_pointer (G_OBJECT (locator), &weak);
  g_object_unref (locator);
  g_assert_null (weak); /* nothing holds it */
}

static GBytes *
random_value (gsize len)
{
  guint8 data[KITH_RECORD_MAX + 1];

  for (gsize i = 0; i < len; i++) {
    data[i] = (guint8)g_random_int_range (0, 256);
  }
  return g_bytes_new (data, len);
}

static void
random_location (guint8 *location)
{
  g_autoptr (GBytes) bytes = random_value (KITH_LOCATION_LEN);

  memcpy (location, g_bytes_get_data (bytes, NULL), KITH_LOCATION_LEN);
}

static KithLocator *
make_joined (KithLocator *to, const KithPlugin *plugin)
{
  g_autofree gchar *settings
      = g_strdup_printf ("bootstrap=127.0.0.1:%u\n", (guint)get_status (to, "port"));
  KithLocator *locator = make (settings, plugin);

  kith_locator_start (locator);
  wait_until (kith_locator_get_state (locator) == KITH_LOCATOR_ONLINE, 5000);
  return locator;
}

static KithLocator *
make_first (void)
{
  g_autofree gchar *file = g_build_filename (state_dir, "dht-peers", NULL);
  (void)unlink (file); /* of the test before */
  KithLocator *locator = make ("", &kith_plugin_dht);

  kith_locator_start (locator);
  wait_until (kith_locator_get_state (locator) == KITH_LOCATOR_ALONE, 5000);
  g_assert_cmpuint (get_status (locator, "port"), >=, 20000);
  return locator;
}

static void
on_state (KithLocator *locator, guint state, GString *states)
{
  g_assert_cmpint (kith_locator_get_state (locator), ==, state);
  g_string_append_c (states, "OJAN"[state]);
}

static void
on_published (KithLocator *locator, guint id, guint replicas, guint *told)
{
  g_assert_cmpuint (id, ==, told[0]);
  told[1] = replicas;
  told[2]++;
}

/* A first node is alone and works; somebody comes, and both are online, at once. */
static void
test_states (void)
{
  KithLocator *a = make ("", &kith_plugin_dht);
  g_autoptr (GString) states = g_string_new (NULL);
  g_autoptr (GBytes) value = random_value (KITH_RECORD_MAX);
  guint8 location[KITH_LOCATION_LEN];
  Search search = { 0 };
  guint told[3] = { 0 };

  random_location (location);
  g_assert_cmpstr (kith_locator_get_name (a), ==, "dht");
  g_signal_connect (a, "state-changed", G_CALLBACK (on_state), states);
  g_signal_connect (a, "published", G_CALLBACK (on_published), told);
  search_start (&search, a, location, NULL);
  wait_until (search.done, 1000);
  g_assert_error (search.error, KITH_ERROR, KITH_ERROR_NOT_READY);
  search_clear (&search);

  told[0] = kith_locator_publish (a, location, value, TRUE); /* before the start: kept for later */
  kith_locator_start (a);
  wait_until (kith_locator_get_state (a) == KITH_LOCATOR_ALONE, 5000);
  search_start (&search, a, location, NULL);
  wait_until (search.done, 2000);
  g_assert_true (search.ok);
  g_assert_cmpuint (search.values->len, ==, 1);
  g_assert_true (g_bytes_equal (search.values->pdata[0], value));
  g_assert_cmpint (search.took_us, <, 700 * 1000);
  search_clear (&search);
  g_assert_cmpuint (told[2], ==, 0); /* found here, but published nowhere */

  const gint64 since = g_get_monotonic_time ();
  KithLocator *b = make_joined (a, &kith_plugin_dht);
  const gint64 took = g_get_monotonic_time () - since;
  g_test_message ("online after %" G_GINT64_FORMAT " ms", took / 1000);
  g_assert_cmpint (took, <, 2000 * 1000); /* 30 ms on an idle machine; a busy one must not fail */
  wait_until (kith_locator_get_state (a) == KITH_LOCATOR_ONLINE, 5000);
  wait_until (told[1] == 1, 5000);
  g_assert_cmpstr (states->str, ==, "JAN");
  search_start (&search, b, location, NULL);
  wait_until (search.done, 4000);
  g_assert_cmpuint (search.values->len, ==, 1);
  search_clear (&search);
  stop (b);
  stop (a);
  g_assert_cmpstr (states->str, ==, "JANO");
}

static gboolean
on_watched (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  g_ptr_array_add (user_data, g_bytes_ref (value));
  return G_SOURCE_CONTINUE;
}

static gboolean
has_value (GPtrArray *values, GBytes *value)
{
  return g_ptr_array_find_with_equal_func (values, value, g_bytes_equal, NULL);
}

/* kill -9: back within 2 s, on the same port; what was published and watched is again, and look-ups
   go on. */
static void
test_killed_worker (void)
{
  KithLocator *a = make_first ();
  KithLocator *b = make_joined (a, &kith_plugin_dht);
  g_autoptr (GPtrArray) heard = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  g_autoptr (GBytes) ours = random_value (512), theirs = random_value (512),
                     late = random_value (512);
  guint8 own[KITH_LOCATION_LEN], watched[KITH_LOCATION_LEN];
  Search search = { 0 };
  guint told[3] = { 0 };

  random_location (own);
  random_location (watched);
  told[0] = kith_locator_publish (a, own, ours, TRUE);
  g_signal_connect (a, "published", G_CALLBACK (on_published), told);
  g_assert_cmpuint (kith_locator_watch (a, watched, on_watched, heard), >, 0);
  g_assert_cmpuint (kith_locator_publish (b, watched, theirs, TRUE), >, 0);
  wait_until (has_value (heard, theirs) && told[1] == 1, 5000);

  for (guint round = 0; round < 2; round++) {
    const guint64 port = get_status (a, "port");
    const pid_t pid = (pid_t)get_status (a, "worker-pid");
    const gint64 since = g_get_monotonic_time ();
    told[2] = 0;
    g_ptr_array_set_size (heard, 0);
    g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
    wait_until (kith_locator_get_state (a) != KITH_LOCATOR_ONLINE, 2000);
    search_start (&search, a, watched, NULL); /* asked while there is no worker */
    wait_until (kith_locator_get_state (a) == KITH_LOCATOR_ONLINE, 2000 + round * 1000);
    g_test_message ("back after %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - since) / 1000);
    g_assert_cmpuint (get_status (a, "port"), ==, port);
    g_assert_cmpuint (get_status (a, "worker-pid"), !=, pid);
    g_assert_cmpuint (get_status (a, "restarts"), ==, round + 1);
    wait_until (search.done, 4000);
    g_assert_true (has_value (search.values, theirs));
    search_clear (&search);
    wait_until (told[2] > 0 && told[1] == 1, 5000); /* put anew and read back */
    wait_until (has_value (heard, theirs), 5000);   /* listens anew */
  }
  g_assert_cmpuint (kith_locator_publish (b, watched, late, FALSE), >, 0);
  wait_until (has_value (heard, late), 5000);
  stop (a);
  stop (b);
}

/* TRUE once the process has stopped. */
static gboolean
is_stopped (pid_t pid)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/stat", (int)pid);
  g_autofree gchar *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  const char *state = strrchr (text, ')');
  return state != NULL && g_str_has_prefix (state, ") T");
}

/* The way to the others is cut: a look-up that no node answers is no "no", and we are alone at
   once, not after half a minute. */
static void
test_cut_off (void)
{
  KithLocator *a = make_first ();
  KithLocator *b = make_joined (a, &kith_plugin_dht);
  guint8 location[KITH_LOCATION_LEN];
  Search search = { 0 };

  random_location (location);
  search_start (&search, b, location, NULL);
  wait_until (search.done, 4000);
  g_assert_no_error (search.error); /* somebody says that there is nothing */
  g_assert_cmpuint (search.values->len, ==, 0);
  search_clear (&search);
  const pid_t pid = (pid_t)get_status (a, "worker-pid");
  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  wait_until (is_stopped (pid), 1000);
  search_start (&search, b, location, NULL);
  wait_until (search.done, 4500);
  g_assert_error (search.error, KITH_ERROR, KITH_ERROR_NOT_READY);
  g_assert_cmpint (kith_locator_get_state (b), ==, KITH_LOCATOR_ALONE);
  g_assert_cmpuint (get_status (b, "peers"), ==, 0);
  search_clear (&search);
  g_assert_cmpint (kill (pid, SIGCONT), ==, 0);
  wait_until (kith_locator_get_state (b) == KITH_LOCATOR_ONLINE, 10000);
  search_start (&search, b, location, NULL);
  wait_until (search.done, 4000);
  g_assert_no_error (search.error);
  search_clear (&search);
  stop (b);
  stop (a);
}

/* A worker that stops answering is replaced, not waited for. */
static void
test_stopped_process (void)
{
  KithLocator *a = make_first ();
  const pid_t pid = (pid_t)get_status (a, "worker-pid");

  g_assert_cmpint (kill (pid, SIGSTOP), ==, 0);
  wait_until (is_stopped (pid), 1000);
  wait_until (get_status (a, "worker-pid") != (guint64)pid
                  && kith_locator_get_state (a) != KITH_LOCATOR_OFFLINE,
              25000);
  stop (a);
}

static void
test_look_ups (void)
{
  KithLocator *a = make_first ();
  KithLocator *b = make_joined (a, &kith_plugin_dht);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  guint8 location[KITH_LOCATION_LEN];
  Search search = { 0 };

  random_location (location);
  for (guint i = 0; i < 3; i++) {
    g_autoptr (GBytes) value = random_value (100 + i);
    g_assert_cmpuint (kith_locator_publish (a, location, value, TRUE), >, 0);
  }
  run_for (300);
  search_start (&search, b, location, NULL);
  wait_until (search.done, 4000);
  g_assert_cmpuint (search.values->len, ==, 3);
  search_clear (&search);

  search.most = 1;
  search_start (&search, b, location, NULL);
  wait_until (search.done, 4000);
  g_assert_true (search.ok);
  g_assert_cmpuint (search.values->len, ==, 1);
  search_clear (&search);

  search_start (&search, b, location, cancellable);
  g_cancellable_cancel (cancellable);
  wait_until (search.done, 1000);
  g_assert_error (search.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  search_clear (&search);
  search_start (&search, b, location, cancellable); /* cancelled before it began */
  wait_until (search.done, 1000);
  g_assert_error (search.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  search_clear (&search);

  search_start (&search, b, NULL, NULL); /* nothing that a DHT understands */
  wait_until (search.done, 1000);
  g_assert_true (search.ok);
  search_clear (&search);

  random_location (location);
  search_start (&search, b, location, NULL);
  kith_locator_stop_async (b, NULL, NULL, NULL);
  wait_until (search.done, 1000);
  g_assert_error (search.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  search_clear (&search);
  run_for (100);
  g_object_unref (b);
  stop (a);
}

static void
test_limits (void)
{
  KithLocator *a = make ("max-publish=2\nmax-watch=1\nmax-look-up=1\n", &kith_plugin_dht);
  g_autoptr (GBytes) largest = random_value (KITH_RECORD_MAX),
                     larger = random_value (KITH_RECORD_MAX + 1), empty = g_bytes_new (NULL, 0);
  g_autoptr (GPtrArray) heard = g_ptr_array_new ();
  guint8 location[KITH_LOCATION_LEN];
  Search first = { 0 }, second = { 0 };

  random_location (location);
  kith_locator_start (a);
  g_assert_cmpuint (kith_locator_publish (a, location, larger, TRUE), ==, 0);
  g_assert_cmpuint (kith_locator_publish (a, location, empty, TRUE), ==, 0);
  const guint one = kith_locator_publish (a, location, largest, TRUE);
  g_assert_cmpuint (one, >, 0);
  g_assert_cmpuint (kith_locator_publish (a, location, largest, TRUE), >, 0);
  g_assert_cmpuint (kith_locator_publish (a, location, largest, TRUE), ==, 0);
  kith_locator_unpublish (a, one);
  kith_locator_unpublish (a, one);
  g_assert_cmpuint (kith_locator_publish (a, location, largest, TRUE), >, 0);
  const guint watch = kith_locator_watch (a, location, on_watched, heard);
  g_assert_cmpuint (watch, >, 0);
  g_assert_cmpuint (kith_locator_watch (a, location, on_watched, heard), ==, 0);
  kith_locator_unwatch (a, watch);
  kith_locator_unwatch (a, watch);
  search_start (&first, a, location, NULL);
  search_start (&second, a, location, NULL);
  wait_until (second.done, 1000);
  g_assert_error (second.error, KITH_ERROR, KITH_ERROR_LIMIT_REACHED);
  wait_until (first.done, 4000);
  search_clear (&first);
  search_clear (&second);
  stop (a);
}

/* No worker: said, and no harm. */
static void
test_no_worker (void)
{
  g_autofree gchar *line = g_strdup_printf ("worker=%s\n", absent_path ("kith-dht"));
  KithLocator *a = make (line, &kith_plugin_dht);
  Search search = { 0 };
  guint8 location[KITH_LOCATION_LEN] = { 1 };

  kith_locator_start (a);
  search_start (&search, a, location, NULL);
  wait_until (search.done, 4000);
  g_assert_cmpint (kith_locator_get_state (a), ==, KITH_LOCATOR_OFFLINE);
  g_autoptr (GVariant) status = kith_locator_get_status (a);
  const char *last_error = NULL;
  g_assert_true (g_variant_lookup (status, "last-error", "&s", &last_error));
  g_assert_nonnull (strstr (last_error, "could not be started"));
  search_clear (&search);
  stop (a);
}

/* A node comes back under its own id, for a week. */
static void
test_node_id (void)
{
  g_autofree gchar *file = g_build_filename (state_dir, "dht-node-id", NULL);
  guint8 first[KITH_LOCATION_LEN], again[KITH_LOCATION_LEN];
  const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

  (void)unlink (file);
  kith_dht_node_id_load (state_dir, first);
  kith_dht_node_id_load (state_dir, again);
  g_assert_cmpmem (first, sizeof first, again, sizeof again);
  g_assert_true (g_file_set_contents (file, "what is this", -1, NULL));
  kith_dht_node_id_load (state_dir, again);
  g_assert_true (memcmp (first, again, sizeof first) != 0);
  g_assert_cmpint (utimensat (AT_FDCWD, file, old, 0), ==, 0);
  kith_dht_node_id_load (state_dir, first);
  g_assert_true (memcmp (first, again, sizeof first) != 0);
  kith_dht_node_id_load (NULL, again);
  g_assert_true (memcmp (first, again, sizeof first) != 0);
  g_assert_cmpint (unlink (file), ==, 0); /* a pipe in its place is not waited for */
  g_assert_cmpint (mkfifo (file, 0600), ==, 0);
  kith_dht_node_id_load (state_dir, first);
  kith_dht_node_id_load (state_dir, again); /* it was replaced by a file */
  g_assert_cmpmem (first, sizeof first, again, sizeof again);
}

/* Peers are remembered: a node without any bootstrap comes back into its network. */
static void
test_remembered_peers (void)
{
  KithLocator *a = make_first ();
  KithLocator *b = make_joined (a, &kith_plugin_dht);
  g_autofree gchar *file = g_build_filename (state_dir, "dht-peers", NULL);
  struct stat info;

  run_for (1500); /* the worker tells whom it knows once a second */
  stop (b);
  g_assert_cmpint (stat (file, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  b = make ("", &kith_plugin_dht);
  kith_locator_start (b);
  wait_until (kith_locator_get_state (b) == KITH_LOCATOR_ONLINE, 5000);
  stop (b);
  stop (a);
  g_assert_cmpint (unlink (file), ==, 0);
}

/* The loadable module is the same plugin. */
static void
test_module (void)
{
  GModule *module
      = g_module_open (KITH_BUILD_DIR "/plugins/locator-dht/dht.so", G_MODULE_BIND_LOCAL);
  gpointer symbol = NULL;

  g_assert_nonnull (module);
  g_module_make_resident (module); /* it has a GType */
  g_assert_true (g_module_symbol (module, KITH_PLUGIN_SYMBOL, &symbol));
  const KithPlugin *plugin = symbol;
  g_assert_cmpuint (plugin->magic, ==, KITH_PLUGIN_MAGIC);
  g_assert_cmpuint (plugin->abi, ==, KITH_PLUGIN_ABI);
  g_assert_cmpstr (plugin->name, ==, kith_plugin_dht.name);
  g_assert_cmpint (plugin->kind, ==, KITH_PLUGIN_LOCATOR);
}

static void
refuse (const char *text, const char *part)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  const KithPluginContext context = { .config = file,
                                      .state_dir = state_dir,
                                      .config_dir = state_dir,
                                      .libexec_dir = "/nowhere" };

  g_assert_true (g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL));
  g_assert_null (kith_plugin_dht.create (&context, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  if (strstr (error->message, part) == NULL) {
    g_error ("\"%s\" does not say \"%s\"", error->message, part);
  }
}

static void
test_config (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const char *text
      = "[dht]\nbootstrap=node.example.org:4222;192.0.2.7:5000;[2001:db8::1]:6000;\nport="
        "0\nnetwork=9\ndiscovery=false\ncheck-interval=10\n";

  g_autoptr (KithDhtConfig) config = kith_dht_config_read (file, NULL);
  g_assert_cmpuint (config->port, ==, 4222);
  g_assert_true (config->discovery);
  g_assert_cmpuint (config->bootstrap->len, ==, 0);
  g_clear_pointer (&config, kith_dht_config_free);
  g_assert_true (g_key_file_load_from_data (file, text, strlen (text), G_KEY_FILE_NONE, NULL));
  config = kith_dht_config_read (file, NULL);
  g_assert_nonnull (config);
  g_assert_cmpuint (config->bootstrap->len, ==, 3);
  const KithDhtHost *hosts[3]
      = { config->bootstrap->pdata[0], config->bootstrap->pdata[1], config->bootstrap->pdata[2] };
  g_assert_cmpstr (hosts[0]->host, ==, "node.example.org");
  g_assert_cmpuint (hosts[0]->port, ==, 4222);
  g_assert_cmpuint (hosts[1]->port, ==, 5000);
  g_assert_cmpstr (hosts[2]->host, ==, "2001:db8::1");
  g_assert_false (config->discovery);

  refuse ("[dht]\nbotstrap=x\n", "bootstrap, port, network");
  refuse ("[dht]\nport=65536\n", "from 0 to 65535");
  refuse ("[dht]\nport=8888\n", "local network");
  refuse ("[dht]\nport=many\n", "no number");
  refuse ("[dht]\nnetwork=-1\n", "no number");
  refuse ("[dht]\ndiscovery=yes\n", "neither true nor false");
  refuse ("[dht]\nbootstrap=a b:4222\n", "host:port");
  refuse ("[dht]\nbootstrap=host:0\n", "host:port");
  refuse ("[dht]\nbootstrap=host\n", "host:port"); /* no port */
  refuse ("[dht]\nbootstrap=192.0.2.7\n", "host:port");
  refuse ("[dht]\nbootstrap=\n", "host:port"); /* an empty one */
  refuse ("[dht]\nbootstrap=a:1;;b:2\n", "host:port");
  refuse ("[dht]\nbootstrap=:4222\n", "host:port");
  refuse ("[dht]\nbootstrap=2001:db8::1:4222\n", "host:port"); /* no brackets */
  refuse ("[dht]\nbootstrap=[2001:db8::1]\n", "host:port");
  refuse ("[dht]\nbootstrap=[192.0.2.7]:4222\n", "host:port");
  refuse ("[dht]\nbootstrap=[2001:db8::1]4222\n", "host:port");
  refuse ("[dht]\nbootstrap=host:+4\n", "host:port");
  refuse ("[dht]\nbootstrap=host:99999\n", "host:port");
  refuse ("[dht]\nworker=kith-dht\n", "absolute path");
  refuse ("[dht]\ncheck-interval=5\n", "from 10 to 540");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  /* warnings about dead workers are expected here */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  kith_log_setup (G_LOG_LEVEL_WARNING, FALSE);
  state_dir = g_dir_make_tmp ("kith-test-XXXXXX", &error);
  g_assert_no_error (error);
  g_test_add_func ("/locator-dht/config", test_config);
  g_test_add_func ("/locator-dht/module", test_module);
  g_test_add_func ("/locator-dht/states", test_states);
  g_test_add_func ("/locator-dht/look-ups", test_look_ups);
  g_test_add_func ("/locator-dht/limits", test_limits);
  g_test_add_func ("/locator-dht/killed-worker", test_killed_worker);
  g_test_add_func ("/locator-dht/cut-off", test_cut_off);
  g_test_add_func ("/locator-dht/stopped-process", test_stopped_process);
  g_test_add_func ("/locator-dht/no-worker", test_no_worker);
  g_test_add_func ("/locator-dht/node-id", test_node_id);
  g_test_add_func ("/locator-dht/remembered-peers", test_remembered_peers);
  const int result = g_test_run ();
  g_autofree gchar *file = g_build_filename (state_dir, "dht-peers", NULL);
  g_autofree gchar *id_file = g_build_filename (state_dir, "dht-node-id", NULL);
  (void)unlink (file);
  (void)unlink (id_file);
  (void)rmdir (state_dir);
  g_free (state_dir);
  return result;
}
