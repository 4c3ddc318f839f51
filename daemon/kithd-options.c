/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parses the command line and lays it over the configuration. */
#include "kithd-options.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define DESCRIPTION                                                                                \
  "Exit status: 0 after a clean stop, 1 on failure, 2 for wrong options or a wrong "               \
  "configuration,\n"                                                                               \
  "3 if kithd is running already.\n\n"                                                             \
  "TERM and INT stop it cleanly, a second one at once. See kithd(8) and kith.conf(5)."

static const struct {
  const char *word;
  GLogLevelFlags level;
} levels[] = {
  { "debug", G_LOG_LEVEL_DEBUG },    { "info", G_LOG_LEVEL_INFO },
  { "notice", G_LOG_LEVEL_MESSAGE }, { "warning", G_LOG_LEVEL_WARNING },
  { "error", G_LOG_LEVEL_CRITICAL },
};

static gboolean
check_range (const char *option, gint value, gint max, GError **error)
{
  if (value >= -1 && value <= max) {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "%s must be a number from 0 to %d",
               option,
               max);
  return FALSE;
}

static gboolean
check_level (KithdOptions *options, GError **error)
{
  options->level = G_LOG_LEVEL_INFO;
  if (options->log_level == NULL) {
    return TRUE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (levels); i++) {
    if (strcmp (levels[i].word, options->log_level) == 0) {
      options->level = levels[i].level;
      return TRUE;
    }
  }
  g_set_error_literal (error,
                       KITH_ERROR,
                       KITH_ERROR_INVALID_ARGUMENTS,
                       "--log-level must be debug, info, notice, warning or error");
  return FALSE;
}

static gboolean
check (KithdOptions *options, int argc, char **argv, GError **error)
{
  if (argc > 1) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS, "“%s” is not an option", argv[1]);
    return FALSE;
  }
  if (options->system_bus && options->session_bus) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "Give either --system or --session");
    return FALSE;
  }
  if (options->restore && options->init == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "--restore goes with --init NAME");
    return FALSE;
  }
  return check_range ("--sip-port", options->sip_port, 65535, error)
         && check_range ("--dht-port", options->dht_port, 65535, error)
         && check_range ("--dht-network", options->dht_network, G_MAXINT, error)
         && check_range ("--work-bits", options->work_bits, 24, error)
         && check_level (options, error);
}

/* Whose node it is, and on which bus. */
static void
add_own_options (GOptionContext *context, KithdOptions *o)
{
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &o->config_path, "Configuration file", "FILE" },
    { "check-config",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->check_config,
      "Read the configuration, say what is wrong or doubtful in it, and exit",
      NULL },
    { "check-state",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->check_state,
      "Read the identity, say whether kithd can start with it, and exit",
      NULL },
    { "state-dir",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &o->state_dir,
      "Where keys and state are kept",
      "DIR" },
    { "init",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &o->init,
      "Make the identity NAME, print its 12 words and exit",
      "NAME" },
    { "restore",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->restore,
      "With --init: read the 12 words of an identity from standard input",
      NULL },
    { "session",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->session_bus,
      "Serve on the session bus (default)",
      NULL },
    { "system",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->system_bus,
      "Serve on the system bus, for this user and root",
      NULL },
    { "bus",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &o->bus_address,
      "Serve on the bus at this D-Bus address",
      "ADDRESS" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/* Sound and the network. */
static void
add_network_options (GOptionContext *context, KithdOptions *o)
{
  const GOptionEntry entries[] = {
    { "audio-in",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &o->audio_in,
      "Play this file as the microphone",
      "FILE" },
    { "audio-out",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &o->audio_out,
      "Record what is heard to this file",
      "FILE" },
    { "sip-port", 0, 0, G_OPTION_ARG_INT, &o->sip_port, "Port for plain SIP (0: any)", "PORT" },
    { "sip-bind", 0, 0, G_OPTION_ARG_FILENAME, &o->sip_bind, "Address for plain SIP", "IP" },
    { "dht-port", 0, 0, G_OPTION_ARG_INT, &o->dht_port, "UDP port of the DHT (0: any)", "PORT" },
    { "bootstrap",
      0,
      0,
      G_OPTION_ARG_FILENAME_ARRAY,
      &o->bootstrap,
      "A node of the DHT to begin with; repeatable",
      "HOST:PORT" },
    { "dht-network",
      0,
      0,
      G_OPTION_ARG_INT,
      &o->dht_network,
      "Number of the DHT network (0: that of OpenDHT's own programs)",
      "N" },
    { "no-discovery",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->no_discovery,
      "Do not look for DHT nodes on the local network",
      NULL },
    { "work-bits",
      0,
      0,
      G_OPTION_ARG_INT,
      &o->work_bits,
      "Proof of work of records (0: private test network)",
      "N" },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/* The log, and what every program has. */
static void
add_program_options (GOptionContext *context, KithdOptions *o)
{
  const GOptionEntry entries[] = {
    { "log-level",
      0,
      0,
      G_OPTION_ARG_FILENAME,
      &o->log_level,
      "debug, info (default), notice, warning or error",
      "LEVEL" },
    { "log-personal",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->log_personal,
      "Log names and addresses of people",
      NULL },
    { "foreground",
      0,
      0,
      G_OPTION_ARG_NONE,
      &o->foreground,
      "Stay in the foreground (always so)",
      NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &o->version, "Print the version and exit", NULL },
    { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/* Texts are read as file names are: GLib would turn them from the locale's letters into UTF-8,
   which they are already. */
KithdOptions *
kithd_options_parse (int *argc, char ***argv, GError **error)
{
  int broken = kith_text_find_broken (*argc, *argv);
  g_autoptr (KithdOptions) o = g_new0 (KithdOptions, 1);
  g_autoptr (GOptionContext) context
      = g_option_context_new ("- the telephone that needs no server");

  if (broken > 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "Argument %d is not valid UTF-8: set the terminal to UTF-8, and type it again",
                 broken);
    return NULL;
  }
  o->sip_port = -1;
  o->dht_port = -1;
  o->dht_network = -1;
  o->work_bits = -1;
  add_own_options (context, o);
  add_network_options (context, o);
  add_program_options (context, o);
  g_option_context_set_description (context, DESCRIPTION);
  if (!g_option_context_parse (context, argc, argv, error) || !check (o, *argc, *argv, error)) {
    return NULL;
  }
  return g_steal_pointer (&o);
}

void
kithd_options_free (KithdOptions *options)
{
  g_free (options->config_path);
  g_free (options->state_dir);
  g_free (options->bus_address);
  g_free (options->init);
  g_free (options->audio_in);
  g_free (options->audio_out);
  g_free (options->sip_bind);
  g_strfreev (options->bootstrap);
  g_free (options->log_level);
  g_free (options);
}

static void
lay_text (gchar **target, const gchar *text)
{
  if (text != NULL) {
    g_free (*target);
    *target = g_strdup (text);
  }
}

KithConfig *
kithd_options_load_config (const KithdOptions *options, GError **error)
{
  g_autoptr (KithConfig) config = kith_config_load (options->config_path, error);

  if (config == NULL) {
    return NULL;
  }
  lay_text (&config->state_dir, options->state_dir);
  lay_text (&config->audio_in, options->audio_in);
  lay_text (&config->audio_out, options->audio_out);
  lay_text (&config->sip_bind, options->sip_bind);
  if (options->sip_port >= 0) {
    config->sip_port = (guint16)options->sip_port;
  }
  if (options->work_bits >= 0) {
    config->work_bits = (guint8)options->work_bits;
  }
  if (options->dht_port >= 0) {
    g_key_file_set_integer (config->file, "dht", "port", options->dht_port);
  }
  if (options->dht_network >= 0) {
    g_key_file_set_integer (config->file, "dht", "network", options->dht_network);
  }
  if (options->no_discovery) {
    g_key_file_set_boolean (config->file, "dht", "discovery", FALSE);
  }
  if (options->bootstrap != NULL) {
    g_key_file_set_string_list (config->file,
                                "dht",
                                "bootstrap",
                                (const gchar *const *)options->bootstrap,
                                g_strv_length (options->bootstrap));
  }
  return g_steal_pointer (&config);
}
