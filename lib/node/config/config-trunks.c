/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads trunks: one group for each, with its password. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "node/config/config-private.h"

#define PREFIX "trunk "
#define PASSWORD "password"
#define MAX_KEYS 32

gboolean
kith_config_is_trunk_group (const char *group)
{
  return g_str_has_prefix (group, PREFIX);
}

const char *const *
kith_config_trunk_keys (void)
{
  static const char *keys[MAX_KEYS];
  guint n = 0;

  for (; kith_trunk_keys ()[n] != NULL && n < MAX_KEYS - 2; n++) {
    keys[n] = kith_trunk_keys ()[n];
  }
  keys[n] = PASSWORD;
  return keys;
}

/* What @key says is none of what is needed; NULL: the group as a whole. */
static gboolean
refuse (KithConfig *config,
        const char *group,
        const char *key,
        const GError *problem,
        GError **error)
{
  g_autofree gchar *shown = kith_text_safe (group, -1, 80);

  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "%s: [%s]%s%s: %s",
               config->path,
               shown,
               key != NULL ? " " : "",
               key != NULL ? key : "",
               problem->message);
  return FALSE;
}

static gboolean
read_values (KithConfig *config, const char *group, KithTrunkLine *line, GError **error)
{
  g_autoptr (GError) problem = NULL;

  for (guint i = 0; kith_trunk_keys ()[i] != NULL; i++) {
    const char *key = kith_trunk_keys ()[i];
    g_autofree gchar *text = NULL;
    if (!kith_config_get_text (config, group, key, &text, error)) {
      return FALSE;
    }
    if (text != NULL && !kith_trunk_set (&line->trunk, key, g_strstrip (text), &problem)) {
      return refuse (config, group, key, problem, error);
    }
  }
  if (!kith_config_get_text (config, group, PASSWORD, &line->password, error)) {
    return FALSE;
  }
  if (line->password != NULL && !kith_trunk_password_check (line->password, &problem)) {
    return refuse (config, group, PASSWORD, problem, error);
  }
  return kith_trunk_check (&line->trunk, &problem) || refuse (config, group, NULL, problem, error);
}

static gboolean
read_group (KithConfig *config, const char *group, GError **error)
{
  g_autoptr (KithTrunkLine) line = g_new0 (KithTrunkLine, 1);
  g_autoptr (GError) problem = NULL;
  const char *name = group + strlen (PREFIX);

  line->line = GPOINTER_TO_UINT (g_hash_table_lookup (config->lines, group));
  if (!kith_trunk_name_check (name, &problem)) {
    return refuse (config, group, NULL, problem, error);
  }
  line->trunk = kith_trunk_default (name);
  if (!read_values (config, group, line, error)) {
    return FALSE;
  }
  g_ptr_array_add (config->trunks, g_steal_pointer (&line));
  return TRUE;
}

gboolean
kith_config_read_trunk_groups (KithConfig *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);
  gboolean ok = TRUE;

  g_ptr_array_set_size (config->trunks, 0);
  for (guint i = 0; ok && groups[i] != NULL; i++) {
    ok = !kith_config_is_trunk_group (groups[i]) || read_group (config, groups[i], error);
  }
  if (ok && config->trunks->len > KITH_TRUNKS_MAX) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "%s: there are %u groups [trunk NAME]: %d are allowed",
                 config->path,
                 config->trunks->len,
                 KITH_TRUNKS_MAX);
    return FALSE;
  }
  return ok;
}
