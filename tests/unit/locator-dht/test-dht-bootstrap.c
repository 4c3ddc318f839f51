/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is told of each node that was named: found or not, answering or not, and since when. */
#include <gio/gio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "dht-bootstrap.h"

#define NOON_US (G_GINT64_CONSTANT (1767268800) * G_USEC_PER_SEC)

/* Knows "node.example" once it is told to. */
typedef struct {
  GResolver parent;
} FakeDns;
typedef struct {
  GResolverClass parent;
} FakeDnsClass;
GType fake_dns_get_type (void);
G_DEFINE_TYPE (FakeDns, fake_dns, G_TYPE_RESOLVER)

static gboolean is_known = FALSE;
static guint n_asked = 0;
static guint n_done = 0;

static void
fake_lookup (GResolver *self,
             const char *name,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  if (is_known) {
    GList *list = g_list_append (NULL, g_inet_address_new_from_string ("192.0.2.7"));
    g_task_return_pointer (task, list, (GDestroyNotify)g_resolver_free_addresses);
  } else {
    g_task_return_new_error (task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND, "no such name");
  }
}

static GList *
fake_finish (GResolver *self, GAsyncResult *result, GError **error)
{
  n_done++;
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_dns_class_init (FakeDnsClass *klass)
{
  G_RESOLVER_CLASS (klass)->lookup_by_name_async = fake_lookup;
  G_RESOLVER_CLASS (klass)->lookup_by_name_finish = fake_finish;
}

static void
fake_dns_init (FakeDns *self)
{
}

static void
on_address (const KithEndpoint *address, gpointer user_data)
{
  n_asked++;
}

static void
wait_done (guint n)
{
  while (n_done < n) {
    (void)g_main_context_iteration (NULL, TRUE);
  }
}

static void
assert_node (KithDhtBootstrap *bootstrap, guint number, const char *state, gint64 answered_us)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (kith_dht_bootstrap_get_status (bootstrap));
  g_autoptr (GVariant) one = g_variant_get_child_value (list, number);
  const char *told = NULL;
  gint64 when = -1;

  g_assert_true (g_variant_lookup (one, "state", "&s", &told));
  g_assert_cmpstr (told, ==, state);
  g_assert_true (g_variant_lookup (one, "answered-at", "x", &when));
  g_assert_cmpint (when, ==, answered_us);
}

static void
test_fates (void)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  KithEndpoint found = { .family = 4, .port = 4222, .ip = { 192, 0, 2, 7 } };
  KithClock *clock = kith_clock_get_default ();

  g_key_file_set_string (file, "dht", "bootstrap", "node.example:4222;[2001:db8::1]:4223");
  g_autoptr (KithDhtConfig) config = kith_dht_config_read (file, &error);
  g_assert_no_error (error);
  g_autoptr (KithDhtBootstrap) bootstrap
      = kith_dht_bootstrap_new (config->bootstrap, NULL, on_address, NULL);
  assert_node (bootstrap, 0, "asking", 0);
  kith_clock_advance (clock, 1000);
  kith_dht_bootstrap_run (bootstrap);
  wait_done (1);
  g_assert_cmpuint (n_asked, ==, 1); /* the number */
  assert_node (bootstrap, 0, "unresolved", 0);
  assert_node (bootstrap, 1, "asking", 0);
  kith_clock_advance (clock, 11000);
  assert_node (bootstrap, 1, "silent", 0);
  /* The name is known now: found, asked, and it answers. */
  is_known = TRUE;
  kith_dht_bootstrap_ask_missing (bootstrap);
  wait_done (2);
  g_assert_cmpuint (n_asked, ==, 3);
  assert_node (bootstrap, 0, "asking", 0);
  kith_dht_bootstrap_heard (bootstrap, &found, NOON_US);
  assert_node (bootstrap, 0, "answers", NOON_US);
  found.port = 4223; /* somebody else on that host */
  kith_dht_bootstrap_heard (bootstrap, &found, NOON_US + 1);
  assert_node (bootstrap, 0, "answers", NOON_US);
  kith_dht_bootstrap_ask_missing (bootstrap);
  g_assert_cmpuint (n_asked, ==, 4); /* the silent one alone */
}

/* A pipe in place of the remembered peers is waited for neither when they are read nor when they
   are written. */
static void
test_pipe (void)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-peers-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (dir, "dht-peers", NULL);
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  const KithEndpoint peer = { .family = 4, .port = 4222, .ip = { 192, 0, 2, 7 } };
  g_autofree gchar *text = NULL;

  g_assert_cmpint (mkfifo (file, 0600), ==, 0);
  g_autoptr (KithDhtBootstrap) bootstrap = kith_dht_bootstrap_new (none, dir, on_address, NULL);
  g_assert_false (kith_dht_bootstrap_has_any (bootstrap));
  kith_dht_bootstrap_remember (bootstrap, &peer, 1);
  kith_dht_bootstrap_save (bootstrap);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "192.0.2.7:4222\n");
  g_assert_cmpint (unlink (file), ==, 0);
  g_assert_cmpint (rmdir (dir), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kith_log_setup (G_LOG_LEVEL_CRITICAL, TRUE);
  g_autoptr (KithClock) clock = kith_clock_new_manual (NOON_US);
  kith_clock_set_default (clock);
  g_autoptr (GResolver) dns = g_object_new (fake_dns_get_type (), NULL);
  g_resolver_set_default (dns);
  g_test_add_func ("/locator-dht/bootstrap/fates", test_fates);
  g_test_add_func ("/locator-dht/bootstrap/pipe", test_pipe);
  return g_test_run ();
}
