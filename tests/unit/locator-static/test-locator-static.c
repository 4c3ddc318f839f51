/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contact file: what it may say, how its mistakes are told, and that its changes are noticed
   without losing what was good. */
#include <gmodule.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "contact-file.h"
#include "ports/locator.h"
#include "ports/plugin.h"

extern const KithPlugin kith_plugin_static;

static gchar *config_dir;

static gchar *
some_key (KithPeerKey *key)
{
  memset (key, 0x5a, sizeof *key);
  return kith_peer_key_to_text (key);
}

static void
test_parse (void)
{
  KithPeerKey key;
  g_autofree gchar *text = some_key (&key);
  g_autofree gchar *file
      = g_strdup_printf ("# friends\n\n[Bob]\r\n key = "
                         "%s\nsip=sip:bob@192.0.2.7\n[carol]\nsip=sip:carol@example.org\n",
                         text);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) contacts
      = kith_contact_file_parse (file, strlen (file), "contacts", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (contacts), ==, 2);
  const KithFound *bob = g_hash_table_lookup (contacts, "bob");
  g_assert_nonnull (bob);
  g_assert_true (kith_peer_key_equal (&bob->key, &key));
  g_assert_cmpstr (bob->sip_uri, ==, "sip:bob@192.0.2.7");
  g_assert_cmpint (bob->proof, ==, KITH_PROOF_STATIC);
  g_assert_cmpstr (bob->source, ==, "static");
  const KithFound *carol = g_hash_table_lookup (contacts, "carol");
  g_assert_nonnull (carol);
  g_assert_true (kith_peer_key_is_zero (&carol->key));
}

static void
complains (const char *file, gssize len, const char *where, const char *what)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (
      kith_contact_file_parse (file, len < 0 ? strlen (file) : (gsize)len, "contacts", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_assert_true (g_str_has_prefix (error->message, where));
  if (strstr (error->message, what) == NULL) {
    g_error ("\"%s\" does not say \"%s\"", error->message, what);
  }
}

static void
test_mistakes (void)
{
  g_autofree gchar *large = g_strnfill (KITH_CONTACT_FILE_MAX + 1, '\n');
  g_autoptr (GString) many = g_string_new (NULL);

  complains ("sip=sip:bob@192.0.2.7\n", -1, "contacts:1:", "no name above");
  complains ("\n\n[bob\n", -1, "contacts:3:", "must end with ]");
  complains ("[b b]\nsip=sip:b@192.0.2.7\n", -1, "contacts:1:", "is no name");
  complains ("[]\n", -1, "contacts:1:", "is no name");
  complains ("[bob]\n[carol]\nsip=sip:c@192.0.2.7\n", -1, "contacts:1:", "neither key= nor sip=");
  complains ("[bob]\nkey=abc\n", -1, "contacts:2:", "52 characters");
  complains ("[bob]\nsip=bob\n", -1, "contacts:2:", "needs an address");
  complains ("[bob]\nsip=sips:bob@example.org\n", -1, "contacts:2:", "needs an address");
  complains ("[bob]\nphone=1\n", -1, "contacts:2:", "key= and sip=");
  complains ("[bob]\nhello\n", -1, "contacts:2:", "this is no");
  complains ("[bob]\nsip=sip:b@192.0.2.7\nsip=sip:b@192.0.2.8\n", -1, "contacts:3:", "twice");
  complains ("[bob]\nsip=sip:b@192.0.2.7\n[BOB]\nsip=sip:b@192.0.2.7\n",
             -1,
             "contacts:3:",
             "twice");
  complains ("[bob]\xff\n", -1, "contacts:", "no UTF-8");
  complains ("[bob]\nsip=sip:b@192.0.2.7\n\0", 28, "contacts:", "no UTF-8");
  complains (large, -1, "contacts:", "larger than 256 KiB");
  for (guint i = 0; i <= KITH_CONTACT_FILE_CONTACTS; i++) {
    g_string_append_printf (many, "[b%u]\nsip=sip:b@192.0.2.7\n", i);
  }
  complains (many->str, -1, "contacts:2001:", "more than 1000");
}

typedef struct {
  KithFound *contact;
  gboolean done;
  GError *error;
} Search;

static gboolean
on_found (KithLocator *locator, GBytes *value, const KithFound *contact, gpointer user_data)
{
  Search *search = user_data;

  g_assert_null (value);
  g_assert_false (search->done);
  search->contact = kith_found_copy (contact);
  return G_SOURCE_CONTINUE;
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Search *search = user_data;

  (void)kith_locator_look_up_finish (KITH_LOCATOR (source), result, &search->error);
  search->done = TRUE;
}

/* The SIP address of @name, "" when it has none, NULL when there is no such contact. (transfer
   full) */
static gchar *
find (KithLocator *locator, const char *name)
{
  const KithQuery query = { .name = name };
  Search search = { 0 };

  kith_locator_look_up_async (locator, &query, on_found, NULL, on_done, &search);
  g_assert_false (search.done);
  while (!search.done) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_no_error (search.error);
  gchar *uri = search.contact == NULL
                   ? NULL
                   : g_strdup (search.contact->sip_uri != NULL ? search.contact->sip_uri : "");
  kith_found_free (search.contact);
  return uri;
}

static void
write_contacts (const char *text)
{
  g_autofree gchar *path = g_build_filename (config_dir, "contacts", NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* Runs the loop until bob's SIP address is @uri. */
static void
wait_for (KithLocator *locator, const char *uri)
{
  const gint64 until = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;
  g_autofree gchar *now = find (locator, "bob");

  while (g_strcmp0 (now, uri) != 0 && g_get_monotonic_time () < until) {
    g_usleep (20000);
    g_free (now);
    now = find (locator, "bob");
  }
  g_assert_cmpstr (now, ==, uri);
}

static gboolean
has_last_error (KithLocator *locator, const char *part)
{
  g_autoptr (GVariant) status = kith_locator_get_status (locator);
  const char *text = NULL;

  return g_variant_lookup (status, "last-error", "&s", &text) && strstr (text, part) != NULL;
}

static KithLocator *
make (const char *settings, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  const KithPluginContext context
      = { .config = file, .state_dir = config_dir, .config_dir = config_dir, .libexec_dir = "/" };

  g_assert_true (
      g_key_file_load_from_data (file, settings, strlen (settings), G_KEY_FILE_NONE, NULL));
  GObject *object = kith_plugin_static.create (&context, error);
  return object != NULL ? KITH_LOCATOR (object) : NULL;
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_true (kith_locator_stop_finish (KITH_LOCATOR (source), result, NULL));
  *(gboolean *)user_data = TRUE;
}

static void
test_life (void)
{
  g_autoptr (KithLocator) locator = make ("", NULL);
  const guint8 location[KITH_LOCATION_LEN] = { 0 };
  g_autoptr (GBytes) value = g_bytes_new_static ("v", 1);
  gboolean stopped = FALSE;

  g_assert_cmpstr (kith_locator_get_name (locator), ==, "static");
  g_assert_cmpint (kith_locator_get_state (locator), ==, KITH_LOCATOR_OFFLINE);
  kith_locator_start (locator);
  g_assert_cmpint (kith_locator_get_state (locator), ==, KITH_LOCATOR_ONLINE);
  g_assert_null (find (locator, "bob")); /* no file yet */
  g_auto (GStrv) none = kith_locator_get_sip_hosts (locator);
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_cmpuint (kith_locator_publish (locator, location, value, TRUE), ==, 0);

  write_contacts ("[bob]\nsip=sip:bob@192.0.2.7\n");
  wait_for (locator, "sip:bob@192.0.2.7");
  write_contacts ("[bob]\nsip=sip:bob@192.0.2.8\n");
  wait_for (locator, "sip:bob@192.0.2.8");

  g_auto (GStrv) hosts = kith_locator_get_sip_hosts (locator);
  g_assert_cmpuint (g_strv_length (hosts), ==, 1);
  g_assert_cmpstr (hosts[0], ==, "192.0.2.8");

  write_contacts ("[bob]\nsip=nonsense nonsense\n");
  for (guint i = 0; i < 200 && !has_last_error (locator, "contacts:2:"); i++) {
    g_usleep (10000);
    g_main_context_iteration (NULL, FALSE);
  }
  g_assert_true (has_last_error (locator, "contacts:2:"));
  wait_for (locator, "sip:bob@192.0.2.8"); /* what was good stays */

  write_contacts ("[bob]\nsip=sip:bob@192.0.2.9\n");
  wait_for (locator, "sip:bob@192.0.2.9");
  g_assert_false (has_last_error (locator, ""));
  g_autofree gchar *path = g_build_filename (config_dir, "contacts", NULL);
  g_assert_cmpint (unlink (path), ==, 0);
  wait_for (locator, NULL);

  kith_locator_stop_async (locator, NULL, on_stopped, &stopped);
  while (!stopped) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_cmpint (kith_locator_get_state (locator), ==, KITH_LOCATOR_OFFLINE);
}

static void
test_cancel (void)
{
  g_autoptr (KithLocator) locator = make ("", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const KithQuery query = { .name = "bob" };
  Search search = { 0 };

  kith_locator_start (locator);
  kith_locator_look_up_async (locator, &query, on_found, cancellable, on_done, &search);
  g_cancellable_cancel (cancellable);
  while (!search.done) {
    g_main_context_iteration (NULL, TRUE);
  }
  g_assert_error (search.error, KITH_ERROR, KITH_ERROR_CANCELLED);
  g_clear_error (&search.error);
}

static void
test_config (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (make ("[static]\nfiles=/x\n", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  g_assert_null (make ("[static]\nfile=\n", &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);

  g_autofree gchar *settings = g_strdup_printf ("[static]\nfile=%s/other\n", config_dir);
  g_autofree gchar *path = g_build_filename (config_dir, "other", NULL);
  g_assert_true (g_file_set_contents (path, "[dora]\nsip=sip:dora@192.0.2.1\n", -1, NULL));
  g_autoptr (KithLocator) locator = make (settings, &error);
  g_assert_no_error (error);
  kith_locator_start (locator);
  g_autofree gchar *dora = find (locator, "dora");
  g_assert_cmpstr (dora, ==, "sip:dora@192.0.2.1");
  g_assert_cmpint (unlink (path), ==, 0);
}

static void
test_module (void)
{
  GModule *module
      = g_module_open (KITH_BUILD_DIR "/plugins/locator-static/static.so", G_MODULE_BIND_LOCAL);
  gpointer symbol = NULL;

  g_assert_nonnull (module);
  g_module_make_resident (module);
  g_assert_true (g_module_symbol (module, KITH_PLUGIN_SYMBOL, &symbol));
  g_assert_cmpuint (((const KithPlugin *)symbol)->magic, ==, KITH_PLUGIN_MAGIC);
  g_assert_cmpstr (((const KithPlugin *)symbol)->name, ==, "static");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  /* a broken file is warned of */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  kith_log_setup (G_LOG_LEVEL_WARNING, FALSE);
  config_dir = g_dir_make_tmp ("kith-test-XXXXXX", &error);
  g_assert_no_error (error);
  g_test_add_func ("/locator-static/parse", test_parse);
  g_test_add_func ("/locator-static/mistakes", test_mistakes);
  g_test_add_func ("/locator-static/life", test_life);
  g_test_add_func ("/locator-static/cancel", test_cancel);
  g_test_add_func ("/locator-static/config", test_config);
  g_test_add_func ("/locator-static/module", test_module);
  const int result = g_test_run ();
  (void)rmdir (config_dir);
  g_free (config_dir);
  return result;
}
