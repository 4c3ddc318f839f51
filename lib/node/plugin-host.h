/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds plugins, built in and loadable, and makes their objects. */
#pragma once

#include <glib-object.h>

#include "node/config/config.h"
#include "ports/plugin.h"

G_BEGIN_DECLS

/* One plugin that is in use, or that failed to be. */
typedef struct {
  gchar *name;
  KithPluginKind kind;
  gchar *version;
  GObject *object;   /* NULL when it could not be made */
  gchar *last_error; /* or NULL */
} KithLoadedPlugin;

/* The plugins named in @config->locators, in that order: built in ones first by name, else
   `NAME.so` of the plugin directory.
   One that fails stays in the list with its error; an invalid configuration of it is an error of
   the whole (KITH_ERROR_INVALID_ARGUMENTS). (transfer full) (element-type KithLoadedPlugin) */
GPtrArray *kith_plugin_host_load (const KithConfig *config, GError **error);

G_END_DECLS
