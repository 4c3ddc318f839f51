/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The daemon's command line. */
#pragma once

#include "node/config/config.h"

G_BEGIN_DECLS

typedef struct {
  gchar *config_path;
  gchar *state_dir;
  gchar *bus_address;
  gchar *init; /* name of the identity to make, or NULL */
  gboolean restore;
  gboolean system_bus;
  gboolean session_bus;
  gboolean foreground;
  gboolean version;
  gboolean check_config;
  gboolean check_state;
  gchar *audio_in;
  gchar *audio_out;
  gchar *sip_bind;
  gint sip_port;    /* -1: not given */
  gint dht_port;    /* -1 */
  gint dht_network; /* -1 */
  gint work_bits;   /* -1 */
  gboolean no_discovery;
  GStrv bootstrap;
  gchar *log_level;
  gboolean log_personal;
  GLogLevelFlags level; /* of log_level */
} KithdOptions;

/* Parses and checks. NULL and KITH_ERROR_INVALID_ARGUMENTS or an error of GOption. (transfer
   full) */
KithdOptions *kithd_options_parse (int *argc, char ***argv, GError **error);
void kithd_options_free (KithdOptions *options);

/* The configuration file with the options laid over it: those of the DHT go into group [dht] of its
   key file. NULL and KITH_ERROR_INVALID_ARGUMENTS. (transfer full) */
KithConfig *kithd_options_load_config (const KithdOptions *options, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithdOptions, kithd_options_free)

G_END_DECLS
