/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the DHT locator exports: the same struct under one name when it is built in, under another
   as a module. */
#include "ports/plugin.h"

#include "locator-dht.h"

static GObject *
create (const KithPluginContext *context, GError **error)
{
  g_autoptr (KithDhtConfig) config = kith_dht_config_read (context->config, error);

  if (config == NULL) {
    return NULL;
  }
  g_autofree gchar *worker = config->worker != NULL
                                 ? g_strdup (config->worker)
                                 : g_build_filename (context->libexec_dir, "kith-dht", NULL);
  return G_OBJECT (kith_locator_dht_new (g_steal_pointer (&config), context->state_dir, worker));
}

#ifdef KITH_PLUGIN_MODULE
#define SYMBOL kith_plugin
#else
#define SYMBOL kith_plugin_dht
#endif

extern const KithPlugin SYMBOL;
__attribute__ ((visibility ("default"))) const KithPlugin SYMBOL = {
  .magic = KITH_PLUGIN_MAGIC,
  .abi = KITH_PLUGIN_ABI,
  .name = "dht",
  .kind = KITH_PLUGIN_LOCATOR,
  .version = KITH_VERSION,
  .create = create,
};
