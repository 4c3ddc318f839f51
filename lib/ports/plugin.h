/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plugin exports: one const struct. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define KITH_PLUGIN_MAGIC 0x4B495448u /* "KITH" */
#define KITH_PLUGIN_ABI 1u
#define KITH_PLUGIN_SYMBOL "kith_plugin"

typedef enum { KITH_PLUGIN_LOCATOR, KITH_PLUGIN_SERVICE } KithPluginKind;

/* What the core tells a plugin when it makes its object. Strings live as long as the call. */
typedef struct {
  GKeyFile *config; /* (transfer none): kith.conf; a plugin reads only the group of its own name */
  const char *state_dir;   /* where it may keep files, 0700, exists */
  const char *config_dir;  /* where kith.conf is */
  const char *libexec_dir; /* where helper programs are installed */
} KithPluginContext;

/**
 * KithPlugin: `const KithPlugin kith_plugin` in a loadable module; the same struct under
 * `kith_plugin_NAME` when built in.
 * create: (transfer full): an object that implements KithLocator (or a service's interface), or
 * NULL and an error in KITH_ERROR. KITH_ERROR_UNSUPPORTED means "not applicable here", which is
 * ordinary and quiet.
 */
typedef struct {
  guint32 magic;
  guint32 abi;
  const char *name; /* such as "dht" */
  KithPluginKind kind;
  const char *version;
  GObject *(*create) (const KithPluginContext *context, GError **error);
} KithPlugin;

G_END_DECLS
