/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the group [dht] and refuses what it does not understand. */
#include "dht-config.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"

#define MAX_HOSTS 16
#define DISCOVERY_PORT 8888
#define ALLOWED_KEYS                                                                               \
  "bootstrap, port, network, discovery, check-interval, max-publish, max-watch, max-look-up and "  \
  "worker"

static const char *const known_keys[]
    = { "bootstrap",   "port",      "network",     "discovery", "check-interval",
        "max-publish", "max-watch", "max-look-up", "worker",    NULL };

static gboolean
check_keys (GKeyFile *file, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (file, KITH_DHT_GROUP, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++) {
    if (!g_strv_contains (known_keys, keys[i])) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ARGUMENTS,
                   "kith.conf: [dht] has no key \"%s\"; there are " ALLOWED_KEYS,
                   keys[i]);
      return FALSE;
    }
  }
  return TRUE;
}

/* A number from @least to @most, or @normal when the key is missing. */
static gboolean
read_number (GKeyFile *file,
             const char *key,
             guint64 least,
             guint64 most,
             guint64 normal,
             guint64 *number,
             GError **error)
{
  g_autofree gchar *text = g_key_file_get_string (file, KITH_DHT_GROUP, key, NULL);

  *number = normal;
  if (text != NULL
      && !g_ascii_string_to_unsigned (g_strstrip (text), 10, least, most, number, NULL)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "kith.conf: [dht] %s: \"%s\" is no number from %" G_GUINT64_FORMAT
                 " to %" G_GUINT64_FORMAT,
                 key,
                 text,
                 least,
                 most);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_numbers (GKeyFile *file, KithDhtConfig *config, GError **error)
{
  guint64 port, network, check_s, max_publish, max_watch, max_look_up;

  if (!read_number (file, "port", 0, G_MAXUINT16, KITH_DHT_DEFAULT_PORT, &port, error)
      || !read_number (file, "network", 0, G_MAXUINT32, KITH_DHT_DEFAULT_NETWORK, &network, error)
      || !read_number (file, "check-interval", 10, 540, 240, &check_s, error)
      || !read_number (file, "max-publish", 1, 480, 256, &max_publish, error)
      || !read_number (file, "max-watch", 1, 480, 256, &max_watch, error)
      || !read_number (file, "max-look-up", 1, 128, 64, &max_look_up, error)) {
    return FALSE;
  }
  if (port == DISCOVERY_PORT) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "kith.conf: [dht] port: %u is used for finding nodes on the local network; take "
                 "another, or 0 for any",
                 DISCOVERY_PORT);
    return FALSE;
  }
  config->port = (guint16)port;
  config->network = (guint32)network;
  config->check_s = (guint)check_s;
  config->max_publish = (guint)max_publish;
  config->max_watch = (guint)max_watch;
  config->max_look_up = (guint)max_look_up;
  return TRUE;
}

static gboolean
read_discovery (GKeyFile *file, KithDhtConfig *config, GError **error)
{
  g_autofree gchar *text = g_key_file_get_string (file, KITH_DHT_GROUP, "discovery", NULL);

  config->discovery = text == NULL || strcmp (g_strstrip (text), "true") == 0;
  if (text != NULL && !config->discovery && strcmp (text, "false") != 0) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "kith.conf: [dht] discovery: \"%s\" is neither true nor false",
                 text);
    return FALSE;
  }
  return TRUE;
}

static gboolean
read_worker (GKeyFile *file, KithDhtConfig *config, GError **error)
{
  config->worker = g_key_file_get_string (file, KITH_DHT_GROUP, "worker", NULL);
  if (config->worker != NULL && !g_path_is_absolute (config->worker)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "kith.conf: [dht] worker: \"%s\" is no absolute path of a program",
                 config->worker);
    return FALSE;
  }
  return TRUE;
}

static void
host_free (gpointer data)
{
  KithDhtHost *host = data;

  g_free (host->host);
  g_free (host);
}

static gboolean
is_host (const char *text)
{
  return *text != '\0' && strlen (text) <= 253
         && strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%")
                == strlen (text);
}

/* "host:port" or "[IPv6]:port": both have to be there, so that nobody is asked at a port that was
   not meant. */
static gboolean
split_place (const char *text, gchar **host, guint16 *port)
{
  gboolean bracketed = *text == '[';
  const char *end = bracketed ? strchr (text, ']') : strchr (text, ':');
  const char *colon = bracketed && end != NULL ? end + 1 : end;
  const char *from = text + (bracketed ? 1 : 0);
  guint64 number = 0;

  if (colon == NULL || *colon != ':'
      || !g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &number, NULL)) {
    return FALSE;
  }
  g_autofree gchar *name = g_strndup (from, (gsize)(end - from));
  g_autoptr (GInetAddress) inet = g_inet_address_new_from_string (name);
  gboolean is_ipv6 = inet != NULL && g_inet_address_get_family (inet) == G_SOCKET_FAMILY_IPV6;
  if (!is_host (name) || is_ipv6 != bracketed) {
    return FALSE;
  }
  *host = g_steal_pointer (&name);
  *port = (guint16)number;
  return TRUE;
}

static gboolean
refuse_bootstrap (const char *text, GError **error)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "kith.conf: [dht] bootstrap: \"%s\" is no host:port, such as node.example.org:%u, "
               "192.0.2.7:%u or [2001:db8::1]:%u",
               text,
               KITH_DHT_DEFAULT_PORT,
               KITH_DHT_DEFAULT_PORT,
               KITH_DHT_DEFAULT_PORT);
  return FALSE;
}

static gboolean
read_bootstrap (GKeyFile *file, KithDhtConfig *config, GError **error)
{
  g_auto (GStrv) list = g_key_file_get_string_list (file, KITH_DHT_GROUP, "bootstrap", NULL, NULL);

  if (list == NULL ? g_key_file_has_key (file, KITH_DHT_GROUP, "bootstrap", NULL)
                   : list[0] == NULL) {
    return refuse_bootstrap ("", error);
  }
  for (guint i = 0; list != NULL && list[i] != NULL; i++) {
    g_autofree gchar *name = NULL;
    guint16 port = 0;
    if (!split_place (g_strstrip (list[i]), &name, &port)) {
      return refuse_bootstrap (list[i], error);
    }
    if (config->bootstrap->len == MAX_HOSTS) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ARGUMENTS,
                   "kith.conf: [dht] bootstrap: more than %u hosts",
                   MAX_HOSTS);
      return FALSE;
    }
    KithDhtHost *host = g_new0 (KithDhtHost, 1);
    host->host = g_steal_pointer (&name);
    host->port = port;
    g_ptr_array_add (config->bootstrap, host);
  }
  return TRUE;
}

KithDhtConfig *
kith_dht_config_read (GKeyFile *file, GError **error)
{
  g_autoptr (KithDhtConfig) config = g_new0 (KithDhtConfig, 1);

  config->bootstrap = g_ptr_array_new_with_free_func (host_free);
  if (!check_keys (file, error) || !read_numbers (file, config, error)
      || !read_discovery (file, config, error) || !read_worker (file, config, error)
      || !read_bootstrap (file, config, error)) {
    return NULL;
  }
  return g_steal_pointer (&config);
}

void
kith_dht_config_free (KithDhtConfig *config)
{
  if (config == NULL) {
    return;
  }
  g_free (config->worker);
  g_ptr_array_unref (config->bootstrap);
  g_free (config);
}
