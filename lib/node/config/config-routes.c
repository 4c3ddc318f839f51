/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads routes: one group for each domain whose requests go on to another server. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "node/config/config-private.h"

#define PREFIX "route "

gboolean
kith_config_is_route_group (const char *group)
{
  return g_str_has_prefix (group, PREFIX);
}

const char *const *
kith_config_route_keys (void)
{
  static const char *const route_keys[] = { "domain", "next", "from", NULL };

  return route_keys;
}

/* One key of a route. */
typedef struct {
  const char *key;
  gboolean (*set) (KithEdgeRoute *route, const char *text);
  gboolean may_miss;
  const char *needed;
} Part;

static gboolean
read_part (KithConfig *config,
           const char *group,
           const Part *part,
           KithEdgeRoute *route,
           GError **error)
{
  g_autofree gchar *text = NULL;

  if (!kith_config_get_text (config, group, part->key, &text, error)) {
    return FALSE;
  }
  if (text == NULL && part->may_miss) {
    return TRUE;
  }
  return (text != NULL && part->set (route, g_strstrip (text)))
         || kith_config_refuse (error, config, group, part->key, text, part->needed);
}

static gboolean
read_group (KithConfig *config, const char *group, GError **error)
{
  static const Part parts[] = {
    { "domain", kith_edge_route_set_domain, FALSE, "the name of a domain" },
    { "next",
      kith_edge_route_set_next,
      FALSE,
      "an IP address and a port, such as 192.0.2.7:5060 or tcp:192.0.2.7:5060," },
    { "from",
      kith_edge_route_set_from,
      TRUE,
      "a list of up to 8 addresses and networks, such as 192.168.1.0/24;10.0.0.7," },
  };
  KithEdgeRoute route = { 0 };

  if (!kith_edge_route_set_name (&route, group + strlen (PREFIX))) {
    g_autofree gchar *shown = kith_text_safe (group, -1, 80);
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "%s: [%s]: a route's name is 1 to 24 letters, digits, \"-\" or \".\"",
                 config->path,
                 shown);
    return FALSE;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
    if (!read_part (config, group, &parts[i], &route, error)) {
      return FALSE;
    }
  }
  for (guint i = 0; i < config->routes->len; i++) {
    const KithEdgeRoute *other = &g_array_index (config->routes, KithEdgeRoute, i);
    if (g_ascii_strcasecmp (other->domain, route.domain) == 0) {
      return kith_config_refuse (error,
                                 config,
                                 group,
                                 "domain",
                                 route.domain,
                                 "a domain that no other route has");
    }
  }
  if (config->routes->len == KITH_EDGE_ROUTES_MAX) {
    return kith_config_refuse (error, config, group, "domain", NULL, "not more than 32 routes");
  }
  g_array_append_val (config->routes, route);
  return TRUE;
}

gboolean
kith_config_read_route_groups (KithConfig *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  g_array_set_size (config->routes, 0);
  for (guint i = 0; groups[i] != NULL; i++) {
    if (kith_config_is_route_group (groups[i]) && !read_group (config, groups[i], error)) {
      return FALSE;
    }
  }
  return TRUE;
}
