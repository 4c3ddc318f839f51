/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads single values of kith.conf, and says what is wrong with one. */
#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "node/config/config-private.h"

#define MAX_SHOWN 80

gboolean
kith_config_refuse (GError **error,
                    const KithConfig *config,
                    const char *group,
                    const char *key,
                    const char *value,
                    const char *needed)
{
  g_autofree gchar *shown = value != NULL ? kith_text_safe (value, -1, MAX_SHOWN) : NULL;
  g_autofree gchar *place = kith_text_safe (group, -1, MAX_SHOWN);

  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "%s: [%s] %s%s%s: %s is needed",
               config->path,
               place,
               key,
               shown != NULL ? "=" : "",
               shown != NULL ? shown : "",
               needed);
  return FALSE;
}

gboolean
kith_config_get_text (const KithConfig *config,
                      const char *group,
                      const char *key,
                      gchar **text,
                      GError **error)
{
  g_autoptr (GError) problem = NULL;

  *text = g_key_file_get_string (config->file, group, key, &problem);
  if (problem == NULL || g_error_matches (problem, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND)
      || g_error_matches (problem, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND)) {
    return TRUE;
  }
  return kith_config_refuse (error,
                             config,
                             group,
                             key,
                             NULL,
                             "UTF-8 in which each backslash is written twice");
}

void
kith_config_bound_list (KithConfig *config, const char *group, const char *key, GStrv list)
{
  g_autofree gchar *again = NULL;
  guint kept = 0, beyond = 0;

  for (guint i = 0; list != NULL && list[i] != NULL; i++) {
    gchar *item = g_strstrip (list[i]);
    gboolean is_there = FALSE;
    list[i] = NULL;
    for (guint k = 0; k < kept && !is_there; k++) {
      is_there = strcmp (list[k], item) == 0;
    }
    if (!is_there && kept < KITH_CONFIG_MAX_LIST) {
      list[kept++] = item;
      continue;
    }
    beyond += is_there ? 0 : 1;
    again = is_there && again == NULL ? kith_text_safe (item, -1, MAX_SHOWN) : again;
    g_free (item);
  }
  if (again != NULL) {
    g_ptr_array_add (
        config->left_out,
        g_strdup_printf ("[%s] %s names “%s” again: it is used once", group, key, again));
  }
  if (beyond > 0) {
    g_ptr_array_add (config->left_out,
                     g_strdup_printf ("[%s] %s names %u more than the %d that are used",
                                      group,
                                      key,
                                      beyond,
                                      KITH_CONFIG_MAX_LIST));
  }
}

gboolean
kith_config_is_place (const char *text)
{
  gboolean bracketed = text[0] == '[';
  const char *end = bracketed ? strchr (text, ']') : strchr (text, ':');
  const char *port = bracketed && end != NULL ? end + 1 : end;
  const char *from = text + (bracketed ? 1 : 0);
  g_autofree gchar *host = end != NULL ? g_strndup (from, (gsize)(end - from)) : g_strdup (from);
  gboolean is_literal = g_hostname_is_ip_address (host);

  if (port != NULL && *port != '\0'
      && (*port != ':' || !g_ascii_string_to_unsigned (port + 1, 10, 1, G_MAXUINT16, NULL, NULL))) {
    return FALSE;
  }
  if (bracketed) {
    return end != NULL && is_literal && strchr (host, ':') != NULL;
  }
  return *host != '\0' && strlen (host) <= 253
         && (is_literal || strpbrk (host, " \t/\\@?#%,=<>\"'()[]{}|") == NULL);
}
