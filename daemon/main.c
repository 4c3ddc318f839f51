/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kithd: options, configuration, directories, then the run. */
#include <errno.h>
#include <gio/gio.h>
#include <locale.h>
#include <stdio.h>

#include "base/log.h"
#include "kithd-options.h"
#include "lifecycle.h"
#include "make-identity.h"
#include "node/config/config-doubts.h"
#include "node/doctor/doctor.h"
#include "node/plugin-host.h"
#include "runner.h"
#include "terminal.h"

/* Each doubt with its remedy: to standard output when it was asked for, else to the log. */
static void
tell_doubts (const KithConfig *config, gboolean asked)
{
  g_autoptr (GPtrArray) doubts = kith_config_find_doubts (config);

  for (guint i = 0; i < doubts->len; i++) {
    g_autofree gchar *finding = kith_saying_tell (doubts->pdata[i]);
    g_autofree gchar *remedy = kith_saying_help (doubts->pdata[i]);
    if (asked) {
      kithd_print_line (stdout, "%s → %s", finding, remedy);
    } else {
      kith_warning ("config", "%s. %s", finding, remedy);
    }
  }
}

/* Locators that a start would do without. */
static void
tell_failed (const KithConfig *config, const GPtrArray *plugins)
{
  for (guint i = 0; i < plugins->len; i++) {
    const KithLoadedPlugin *plugin = plugins->pdata[i];
    if (plugin->object == NULL) {
      kithd_print_line (stdout,
                        "%s: [node] locators: %s cannot be used: %s → Correct its name (static and "
                        "dht are always there), or install the plugin.",
                        config->path,
                        plugin->name,
                        plugin->last_error);
    }
  }
}

/* As much of a start as reads the configuration; nothing is written. */
static int
check_config (KithConfig *config)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&config->state_dir, g_free);
  kith_log_setup (G_LOG_LEVEL_ERROR, FALSE); /* what is told is told once */
  g_autoptr (GPtrArray) plugins = kith_plugin_host_load (config, &error);

  if (plugins == NULL) {
    kithd_print_line (stderr, "kithd: %s", error->message);
    return KITHD_EXIT_USAGE;
  }
  tell_doubts (config, TRUE);
  tell_failed (config, plugins);
  return KITHD_EXIT_CLEAN;
}

/* What kithd would say of the identity at a start; nothing is written. */
static int
check_state (const KithConfig *config)
{
  g_autoptr (KithSaying) saying = NULL;
  KithHealth health = kith_doctor_judge_identity (config->state_dir, &saying);
  g_autofree gchar *finding = kith_saying_tell (saying);
  g_autofree gchar *remedy = kith_saying_help (saying);

  kithd_print_line (stdout,
                    "%s identity: %s%s%s",
                    kith_health_word (health),
                    finding,
                    *remedy != '\0' ? " → " : "",
                    remedy);
  return health == KITH_HEALTH_BAD ? KITHD_EXIT_FAILED : KITHD_EXIT_CLEAN;
}

/* What was asked for must have been written. */
static int
finish (int status)
{
  if (fflush (stdout) != 0 || ferror (stdout)) {
    (void)fprintf (stderr, "kithd: the output could not be written: %s\n", g_strerror (errno));
    return KITHD_EXIT_FAILED;
  }
  return status;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *address = NULL;

  /* What kithd says is English: programs make other languages of codes and values. */
  (void)setlocale (LC_CTYPE, "");
  kithd_lifecycle_harden ();
  g_autoptr (KithdOptions) options = kithd_options_parse (&argc, &argv, &error);
  if (options == NULL) {
    kithd_print_line (stderr, "kithd: %s", error->message);
    kithd_print_line (stderr, "Try “kithd --help”.");
    return KITHD_EXIT_USAGE;
  }
  if (options->version) {
    (void)printf ("kithd " KITH_VERSION "\n");
    return finish (KITHD_EXIT_CLEAN);
  }
  kith_log_setup (options->level, options->log_personal);
  g_autoptr (KithConfig) config = kithd_options_load_config (options, &error);
  if (config == NULL) {
    kithd_print_line (stderr, "kithd: %s", error->message);
    return KITHD_EXIT_USAGE;
  }
  if (options->check_config) {
    return finish (check_config (config));
  }
  if (options->check_state) {
    return finish (check_state (config));
  }
  if (g_mkdir_with_parents (config->state_dir, 0700) != 0) {
    kithd_print_line (stderr,
                      "kithd: cannot make the directory %s: %s",
                      config->state_dir,
                      g_strerror (errno));
    return KITHD_EXIT_FAILED;
  }
  if (options->init != NULL) {
    return kithd_make_identity (config, options->init, options->restore);
  }
  tell_doubts (config, FALSE);
  address = options->bus_address != NULL
                ? g_strdup (options->bus_address)
                : g_dbus_address_get_for_bus_sync (options->system_bus ? G_BUS_TYPE_SYSTEM
                                                                       : G_BUS_TYPE_SESSION,
                                                   NULL,
                                                   &error);
  if (address == NULL) {
    kithd_print_line (stderr,
                      "kithd: there is no message bus: %s. %s",
                      error->message,
                      kithd_bus_remedy (options->system_bus));
    return KITHD_EXIT_FAILED;
  }
  return kithd_run (options, config, address);
}
