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
#include "runner.h"

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *address = NULL;

  (void)setlocale (LC_ALL, "");
  kithd_lifecycle_harden ();
  g_autoptr (KithdOptions) options = kithd_options_parse (&argc, &argv, &error);
  if (options == NULL) {
    (void)fprintf (stderr, "kithd: %s\nTry “kithd --help”.\n", error->message);
    return KITHD_EXIT_USAGE;
  }
  if (options->version) {
    (void)printf ("kithd " KITH_VERSION "\n");
    return KITHD_EXIT_CLEAN;
  }
  kith_log_setup (options->level, options->log_personal);
  g_autoptr (KithConfig) config = kithd_options_load_config (options, &error);
  if (config == NULL) {
    (void)fprintf (stderr, "kithd: %s\n", error->message);
    return KITHD_EXIT_USAGE;
  }
  if (g_mkdir_with_parents (config->state_dir, 0700) != 0) {
    (void)fprintf (stderr,
                   "kithd: cannot make the directory %s: %s\n",
                   config->state_dir,
                   g_strerror (errno));
    return KITHD_EXIT_FAILED;
  }
  if (options->init != NULL) {
    return kithd_make_identity (config, options->init, options->restore);
  }
  address = options->bus_address != NULL
                ? g_strdup (options->bus_address)
                : g_dbus_address_get_for_bus_sync (options->system_bus ? G_BUS_TYPE_SYSTEM
                                                                       : G_BUS_TYPE_SESSION,
                                                   NULL,
                                                   &error);
  if (address == NULL) {
    (void)fprintf (stderr, "kithd: there is no message bus: %s\n", error->message);
    return KITHD_EXIT_FAILED;
  }
  return kithd_run (options, config, address);
}
