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

  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "%s: [%s] %s%s%s: %s is needed",
               config->path,
               group,
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
