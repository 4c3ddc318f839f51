/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads kith.conf against a table of every key that exists. */
#include "node/config.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"

#ifndef KITH_LIBEXEC_DIR
#define KITH_LIBEXEC_DIR "/usr/local/libexec/kith"
#endif
#ifndef KITH_PLUGIN_DIR
#define KITH_PLUGIN_DIR "/usr/local/lib/kith/plugins"
#endif

typedef enum { ROW_BOOL, ROW_UINT, ROW_STRING, ROW_LIST, ROW_CHOICE, ROW_TUNNEL } RowType;

typedef struct {
  const char *group;
  const char *key;
  RowType type;
  gsize offset;
  guint width; /* bytes of an unsigned field */
  guint64 least, most;
  const char *first, *second; /* a choice: TRUE and FALSE */
} Row;

#define AT(field) G_STRUCT_OFFSET (KithConfig, field)
#define UINT(group, key, field, least, most)                                                       \
  {                                                                                                \
    group, key, ROW_UINT, AT (field), sizeof (((KithConfig *)0)->field), least, most, NULL, NULL   \
  }
#define BOOL(group, key, field)                                                                    \
  {                                                                                                \
    group, key, ROW_BOOL, AT (field), 0, 0, 0, NULL, NULL                                          \
  }
#define STRING(group, key, field)                                                                  \
  {                                                                                                \
    group, key, ROW_STRING, AT (field), 0, 0, 0, NULL, NULL                                        \
  }
#define LIST(group, key, field)                                                                    \
  {                                                                                                \
    group, key, ROW_LIST, AT (field), 0, 0, 0, NULL, NULL                                          \
  }

static const Row rows[] = {
  LIST ("node", "locators", locators),
  UINT ("node", "work-bits", work_bits, 0, 24),
  { "node", "strangers", ROW_CHOICE, AT (strangers_ring), 0, 0, 0, "ring", "refuse" },
  UINT ("node", "ring-timeout", ring_timeout_s, 5, 600),
  BOOL ("sip", "enabled", sip_enabled),
  STRING ("sip", "bind", sip_bind),
  UINT ("sip", "port", sip_port, 0, 65535),
  BOOL ("sip", "plain-in", sip_plain_in),
  LIST ("link", "stun", stun_servers),
  BOOL ("link", "lan-only", lan_only),
  BOOL ("link", "port-mapping", port_mapping),
  { "link", "turn-tunnel", ROW_TUNNEL, AT (turn_tunnel), 0, 0, 0, NULL, NULL },
  BOOL ("relay", "enabled", relay_enabled),
  UINT ("relay", "max-calls", relay_max_calls, 1, 64),
  UINT ("relay", "max-kbit", relay_max_kbit, 16, 10000),
  UINT ("relay", "max-megabytes-per-day", relay_max_megabytes, 1, 1000000),
  STRING ("audio", "in", audio_in),
  STRING ("audio", "out", audio_out),
  UINT ("audio", "buffer", buffer_ms, 10, 200),
  UINT ("audio", "frame", frame_ms, 10, 20),
};

static void
store_uint (KithConfig *config, const Row *row, guint64 value)
{
  void *field = G_STRUCT_MEMBER_P (config, row->offset);

  if (row->width == sizeof (guint8)) {
    *(guint8 *)field = (guint8)value;
  } else if (row->width == sizeof (guint16)) {
    *(guint16 *)field = (guint16)value;
  } else {
    *(guint *)field = (guint)value;
  }
}

static gboolean
refuse (GError **error, const Row *row, const char *allowed)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "kith.conf: [%s] %s: %s is needed",
               row->group,
               row->key,
               allowed);
  return FALSE;
}

static gboolean
read_tunnel (KithTunnelMode *mode, const Row *row, const char *text, GError **error)
{
  static const char *const words[] = { "auto", "never", "always" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strcmp (text, words[i]) == 0) {
      *mode = (KithTunnelMode)i;
      return TRUE;
    }
  }
  return refuse (error, row, "auto, never or always");
}

static gboolean
read_row (KithConfig *config, const Row *row, GError **error)
{
  void *field = G_STRUCT_MEMBER_P (config, row->offset);
  g_autofree gchar *text = g_key_file_get_string (config->file, row->group, row->key, NULL);
  guint64 number;

  if (text == NULL) {
    return TRUE;
  }
  g_strstrip (text);
  switch (row->type) {
  case ROW_BOOL:
    if (strcmp (text, "true") != 0 && strcmp (text, "false") != 0) {
      return refuse (error, row, "true or false");
    }
    *(gboolean *)field = strcmp (text, "true") == 0;
    return TRUE;
  case ROW_UINT:
    if (!g_ascii_string_to_unsigned (text, 10, row->least, row->most, &number, NULL)) {
      g_autofree gchar *allowed
          = g_strdup_printf ("a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                             row->least,
                             row->most);
      return refuse (error, row, allowed);
    }
    store_uint (config, row, number);
    return TRUE;
  case ROW_STRING:
    g_free (*(gchar **)field);
    *(gchar **)field = *text != '\0' ? g_steal_pointer (&text) : NULL;
    return TRUE;
  case ROW_LIST:
    g_strfreev (*(GStrv *)field);
    *(GStrv *)field = g_key_file_get_string_list (config->file, row->group, row->key, NULL, NULL);
    return TRUE;
  case ROW_CHOICE:
    if (strcmp (text, row->first) != 0 && strcmp (text, row->second) != 0) {
      g_autofree gchar *allowed = g_strdup_printf ("%s or %s", row->first, row->second);
      return refuse (error, row, allowed);
    }
    *(gboolean *)field = strcmp (text, row->first) == 0;
    return TRUE;
  case ROW_TUNNEL:
    return read_tunnel (field, row, text, error);
  }
  return TRUE;
}

/* TURN servers: any number of groups, so that each has its own credentials with any character in them */

static gboolean
is_turn_group (const char *group)
{
  return strcmp (group, "turn") == 0 || g_str_has_prefix (group, "turn ");
}

static gboolean
is_turn_key (const char *key)
{
  static const char *const keys[] = { "server", "user", "password", "ca" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    if (strcmp (keys[i], key) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
read_turn_group (KithConfig *config, const char *group, GError **error)
{
  g_auto (GStrv) uris = g_key_file_get_string_list (config->file, group, "server", NULL, NULL);
  g_autofree gchar *user = g_key_file_get_string (config->file, group, "user", NULL);
  g_autofree gchar *password = g_key_file_get_string (config->file, group, "password", NULL);
  g_autofree gchar *ca = g_key_file_get_string (config->file, group, "ca", NULL);
  g_autoptr (GError) problem = NULL;
  gboolean ok = uris != NULL && uris[0] != NULL;

  if (!ok) {
    g_set_error_literal (&problem,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "the key server is needed, such as turn:turn.example.org");
  }
  for (guint i = 0; ok && uris[i] != NULL; i++) {
    KithTurnServer *server
        = kith_turn_server_parse (g_strstrip (uris[i]), user, password, ca, &problem);
    ok = server != NULL;
    if (ok && config->turn_servers->len >= KITH_TURN_MAX_SERVERS) {
      kith_turn_server_unref (server);
      g_set_error (&problem,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ARGUMENTS,
                   "at most %d servers are allowed in all",
                   KITH_TURN_MAX_SERVERS);
      ok = FALSE;
    } else if (ok) {
      g_ptr_array_add (config->turn_servers, server);
    }
  }
  if (!ok) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "kith.conf: [%s]: %s",
                 group,
                 problem->message);
  }
  if (password != NULL) {
    explicit_bzero (password, strlen (password));
  }
  return ok;
}

static gboolean
read_turn_groups (KithConfig *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  g_ptr_array_set_size (config->turn_servers, 0);
  for (guint i = 0; groups[i] != NULL; i++) {
    if (is_turn_group (groups[i]) && !read_turn_group (config, groups[i], error)) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
is_our_group (const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (strcmp (rows[i].group, group) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
is_our_key (const char *group, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (strcmp (rows[i].group, group) == 0 && strcmp (rows[i].key, key) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean
check_keys (KithConfig *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  for (guint g = 0; groups[g] != NULL; g++) {
    gboolean turn = is_turn_group (groups[g]);
    if (!turn && !is_our_group (groups[g])) {
      continue; /* a plugin's: it checks its own */
    }
    g_auto (GStrv) keys = g_key_file_get_keys (config->file, groups[g], NULL, NULL);
    for (guint k = 0; keys[k] != NULL; k++) {
      if (turn ? !is_turn_key (keys[k]) : !is_our_key (groups[g], keys[k])) {
        g_set_error (error,
                     KITH_ERROR,
                     KITH_ERROR_INVALID_ARGUMENTS,
                     "kith.conf: [%s] has no key %s: see kith.conf(5)",
                     groups[g],
                     keys[k]);
        return FALSE;
      }
    }
  }
  return TRUE;
}

gboolean
kith_config_apply (KithConfig *config, GError **error)
{
  if (!check_keys (config, error)) {
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!read_row (config, &rows[i], error)) {
      return FALSE;
    }
  }
  if (!read_turn_groups (config, error)) {
    return FALSE;
  }
  if (config->frame_ms != 10 && config->frame_ms != 20) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_INVALID_ARGUMENTS,
                         "kith.conf: [audio] frame: 10 or 20 is needed");
    return FALSE;
  }
  return TRUE;
}

/* Where helper programs are: beside the running program (an installed prefix or a build tree), else where they were built for. */
static gchar *
find_libexec_dir (void)
{
  static const char *const places[] = { "../libexec/kith", "../plugins/locator-dht" };
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *dir = self != NULL ? g_path_get_dirname (self) : NULL;

  for (guint i = 0; dir != NULL && i < G_N_ELEMENTS (places); i++) {
    g_autofree gchar *place = g_build_filename (dir, places[i], NULL);
    g_autofree gchar *worker = g_build_filename (place, "kith-dht", NULL);
    if (g_file_test (worker, G_FILE_TEST_IS_EXECUTABLE)) {
      return g_steal_pointer (&place);
    }
  }
  return g_strdup (KITH_LIBEXEC_DIR);
}

static KithConfig *
config_new (void)
{
  KithConfig *config = g_new0 (KithConfig, 1);

  config->file = g_key_file_new ();
  config->state_dir = g_build_filename (g_get_user_state_dir (), "kith", NULL);
  config->config_dir = g_build_filename (g_get_user_config_dir (), "kith", NULL);
  config->libexec_dir = find_libexec_dir ();
  config->plugin_dir = g_strdup (KITH_PLUGIN_DIR);
  config->locators = g_strsplit ("static;dht", ";", -1);
  config->work_bits = 10;
  config->strangers_ring = TRUE;
  config->ring_timeout_s = 60;
  config->sip_enabled = TRUE;
  config->sip_bind = g_strdup ("0.0.0.0");
  config->sip_port = 5060;
  config->sip_plain_in = TRUE;
  config->port_mapping = TRUE;
  config->turn_servers = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_turn_server_unref);
  config->relay_enabled = TRUE;
  config->relay_max_calls = 4;
  config->relay_max_kbit = 200;
  config->relay_max_megabytes = 500;
  config->buffer_ms = 40;
  config->frame_ms = 20;
  return config;
}

KithConfig *
kith_config_load (const char *path, GError **error)
{
  g_autoptr (KithConfig) config = config_new ();
  g_autofree gchar *standard = g_build_filename (config->config_dir, "kith.conf", NULL);
  const char *file = path != NULL ? path : standard;
  g_autoptr (GError) problem = NULL;

  if (path != NULL) {
    g_free (config->config_dir);
    config->config_dir = g_path_get_dirname (path);
  }
  if (!g_key_file_load_from_file (config->file, file, G_KEY_FILE_NONE, &problem)) {
    gboolean missing = g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    if (!missing || path != NULL) {
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ARGUMENTS,
                   "%s: %s",
                   file,
                   problem->message);
      return NULL;
    }
  }
  return kith_config_apply (config, error) ? g_steal_pointer (&config) : NULL;
}

void
kith_config_free (KithConfig *config)
{
  if (config == NULL) {
    return;
  }
  g_key_file_unref (config->file);
  g_free (config->state_dir);
  g_free (config->config_dir);
  g_free (config->libexec_dir);
  g_free (config->plugin_dir);
  g_strfreev (config->locators);
  g_free (config->sip_bind);
  g_strfreev (config->stun_servers);
  g_ptr_array_unref (config->turn_servers);
  g_free (config->audio_in);
  g_free (config->audio_out);
  g_free (config);
}
