/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loadable plugin in several makes, good and bad, for the test of the plugin host. */
#include "base/error.h"
#include "base/export.h"
#include "ports/plugin.h"

#ifndef SAMPLE_MAGIC
#define SAMPLE_MAGIC KITH_PLUGIN_MAGIC
#endif
#ifndef SAMPLE_ABI
#define SAMPLE_ABI KITH_PLUGIN_ABI
#endif
#ifndef SAMPLE_ERROR
#define SAMPLE_ERROR -1
#endif

KITH_API extern const KithPlugin kith_plugin;

static GObject *
create (const KithPluginContext *context, GError **error)
{
  if (SAMPLE_ERROR >= 0) {
    g_set_error_literal (error, KITH_ERROR, SAMPLE_ERROR, "the sample does not want to");
    return NULL;
  }
  return g_object_new (G_TYPE_OBJECT, NULL);
}

const KithPlugin kith_plugin = { .magic = SAMPLE_MAGIC,
                                 .abi = SAMPLE_ABI,
                                 .name = SAMPLE_NAME,
                                 .kind = KITH_PLUGIN_SERVICE,
                                 .version = "7",
                                 .create = create };
