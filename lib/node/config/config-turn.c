/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads TURN servers: any number of groups, so that each has its own credentials with any character
   in them. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "node/config/config-private.h"

#define MAX_SHOWN 80

gboolean
kith_config_is_turn_group (const char *group)
{
  return strcmp (group, "turn") == 0 || g_str_has_prefix (group, "turn ");
}

const char *const *
kith_config_turn_keys (void)
{
  static const char *const turn_keys[] = { "server", "user", "password", "ca", NULL };

  return turn_keys;
}

typedef struct {
  gchar *user;
  gchar *password;
  gchar *ca;
} Login;

static void
login_clear (Login *login)
{
  if (login->password != NULL) {
    explicit_bzero (login->password, strlen (login->password));
  }
  g_free (login->password);
  g_free (login->user);
  g_free (login->ca);
}

/* A secret that was written into the URI is not shown. */
static gchar *
show_uri (const char *uri)
{
  const char *at = strchr (uri, '@');

  return kith_text_safe (at != NULL ? at : uri, -1, MAX_SHOWN);
}

static gboolean
add_server (KithConfig *config,
            const char *group,
            const char *uri,
            const Login *login,
            GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *shown = show_uri (uri);
  g_autofree gchar *place = kith_text_safe (group, -1, MAX_SHOWN);
  g_autoptr (KithTurnServer) server
      = kith_turn_server_parse (uri, login->user, login->password, login->ca, &problem);

  if (server == NULL) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "%s: [%s] server=%s%s: %s",
                 config->path,
                 place,
                 strchr (uri, '@') != NULL ? "…" : "",
                 shown,
                 problem->message);
    return FALSE;
  }
  if (config->turn_servers->len >= KITH_TURN_MAX_SERVERS) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "%s: [%s] server=%s: at most %d servers are allowed in all",
                 config->path,
                 place,
                 shown,
                 KITH_TURN_MAX_SERVERS);
    return FALSE;
  }
  g_ptr_array_add (config->turn_servers, g_steal_pointer (&server));
  return TRUE;
}

static gboolean
read_group (KithConfig *config, const char *group, const Login *login, GError **error)
{
  g_auto (GStrv) uris = g_key_file_get_string_list (config->file, group, "server", NULL, NULL);

  if (uris == NULL || uris[0] == NULL) {
    return kith_config_refuse (error,
                               config,
                               group,
                               "server",
                               NULL,
                               "the URI of a TURN server, such as turn:turn.example.org,");
  }
  for (guint i = 0; uris[i] != NULL; i++) {
    if (!add_server (config, group, g_strstrip (uris[i]), login, error)) {
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_config_read_turn_groups (KithConfig *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);
  gboolean ok = TRUE;

  g_ptr_array_set_size (config->turn_servers, 0);
  for (guint i = 0; ok && groups[i] != NULL; i++) {
    if (kith_config_is_turn_group (groups[i])) {
      Login login = { NULL };
      ok = kith_config_get_text (config, groups[i], "user", &login.user, error)
           && kith_config_get_text (config, groups[i], "password", &login.password, error)
           && kith_config_get_text (config, groups[i], "ca", &login.ca, error)
           && read_group (config, groups[i], &login, error);
      login_clear (&login);
    }
  }
  return ok;
}
