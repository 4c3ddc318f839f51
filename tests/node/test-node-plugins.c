/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which plugins are used, and what becomes of those that cannot be. */
#include <glib/gstdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "node/plugin-host.h"
#include "ports/locator.h"

/* A configuration in which @locators are asked for, with @more lines. */
static KithConfig *
make_config (const char *locators, const char *more)
{
  g_autofree gchar *dir = g_dir_make_tmp ("kith-plugins-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (dir, "kith.conf", NULL);
  g_autofree gchar *text = g_strdup_printf ("[node]\nlocators=%s\n%s", locators, more);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  KithConfig *config = kith_config_load (path, &error);
  g_assert_no_error (error);
  g_free (config->plugin_dir);
  config->plugin_dir = g_strdup (KITH_SAMPLE_DIR);
  g_assert_cmpint (g_remove (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
  return config;
}

static GPtrArray *
load (const char *locators)
{
  g_autoptr (KithConfig) config = make_config (locators, "");
  g_autoptr (GError) error = NULL;
  GPtrArray *plugins = kith_plugin_host_load (config, &error);

  g_assert_no_error (error);
  return plugins;
}

static void
test_built_in (void)
{
  g_autoptr (GPtrArray) plugins = load ("dht; static");
  static const char *const names[] = { "dht", "static" };

  g_assert_cmpuint (plugins->len, ==, 2);
  for (guint i = 0; i < 2; i++) {
    KithLoadedPlugin *plugin = plugins->pdata[i];
    g_assert_cmpstr (plugin->name, ==, names[i]); /* in the order that was asked for */
    g_assert_cmpint (plugin->kind, ==, KITH_PLUGIN_LOCATOR);
    g_assert_nonnull (plugin->version);
    if (plugin->object != NULL) { /* static is quiet without a contact file */
      g_assert_true (KITH_IS_LOCATOR (plugin->object));
      g_assert_cmpstr (kith_locator_get_name (KITH_LOCATOR (plugin->object)), ==, names[i]);
    } else {
      g_assert_nonnull (plugin->last_error);
    }
  }
}

static void
test_modules (void)
{
  static const struct {
    const char *name, *error;
  } rows[] = {
    { "sample-good", NULL },
    { "sample-absent", "no plugin sample-absent" },
    { "sample-empty", "is no plugin of Kith" },
    { "sample-magic", "built for another version" },
    { "sample-abi", "built for another version" },
    { "sample-misnamed", "built for another version" },
    { "sample-unsupported", "does not want to" },
    { "sample-failing", "does not want to" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    const char *beside = i == 0 ? "static" : "sample-good";
    g_autofree gchar *both = g_strdup_printf ("%s;%s", rows[i].name, beside);
    g_test_message ("%s", rows[i].name);
    g_autoptr (GPtrArray) plugins = load (both);
    g_assert_cmpuint (plugins->len, ==, 2);
    KithLoadedPlugin *plugin = plugins->pdata[0], *other = plugins->pdata[1];
    g_assert_cmpstr (plugin->name, ==, rows[i].name);
    g_assert_true ((plugin->object == NULL) == (rows[i].error != NULL));
    if (rows[i].error != NULL) {
      g_assert_nonnull (strstr (plugin->last_error, rows[i].error));
    } else {
      g_assert_null (plugin->last_error);
      g_assert_cmpstr (plugin->version, ==, "7");
      g_assert_cmpint (plugin->kind, ==, KITH_PLUGIN_SERVICE);
    }
    g_assert_nonnull (other->object); /* one that fails does not take the others along */
  }
}

/* What the user wrote wrong keeps all from starting, with words that say what. */
static void
test_refused (void)
{
  static const char *const names[]
      = { "../sample-good", "Sample",
          "/etc/passwd",    "a b",
          "sample.so",      "a-name-that-is-longer-than-thirty-two-characters" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autoptr (KithConfig) config = make_config (names[i], "");
    g_test_message ("%s", names[i]);
    g_assert_null (kith_plugin_host_load (config, &error));
    g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
    g_assert_nonnull (strstr (error->message, names[i]));
    g_clear_error (&error);
  }
  g_autoptr (KithConfig) config = make_config ("sample-good;sample-misconfigured", "");
  g_assert_null (kith_plugin_host_load (config, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
  g_clear_error (&error);
  g_autoptr (KithConfig) wrong_port = make_config ("dht", "[dht]\nport=70000\n");
  g_assert_null (kith_plugin_host_load (wrong_port, &error));
  g_assert_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS);
}

/* A name that is there again makes no second plugin, and what a plugin quotes comes without control
   characters. */
static void
test_again (void)
{
  g_autoptr (GPtrArray) plugins = load ("static;static; static ;sample-absent;static");
  g_autoptr (GError) error = NULL;
  g_autoptr (KithConfig) config = make_config ("static", "[static]\n\302\233\342\200\256=x\n");

  g_assert_cmpuint (plugins->len, ==, 2);
  g_assert_null (kith_plugin_host_load (config, &error));
  g_autofree gchar *safe = kith_text_safe (error->message, -1, 1000);
  g_assert_cmpstr (error->message, ==, safe);
}

static void
test_none (void)
{
  g_autoptr (GPtrArray) plugins = load ("");

  g_assert_cmpuint (plugins->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK); /* warnings about plugins are what is tested */
  g_test_add_func ("/node/plugins/built-in", test_built_in);
  g_test_add_func ("/node/plugins/modules", test_modules);
  g_test_add_func ("/node/plugins/refused", test_refused);
  g_test_add_func ("/node/plugins/again", test_again);
  g_test_add_func ("/node/plugins/none", test_none);
  return g_test_run ();
}
