/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads kith.conf against a table of every key that exists. */
#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "base/text.h"
#include "model/net/ip-network.h"
#include "net/socket-mark.h"
#include "node/config/config-private.h"

#ifndef KITH_LIBEXEC_DIR
#define KITH_LIBEXEC_DIR "/usr/local/libexec/kith"
#define KITH_PHONES_DIR "/usr/local/share/kith/phones"
#endif
#ifndef KITH_PLUGIN_DIR
#define KITH_PLUGIN_DIR "/usr/local/lib/kith/plugins"
#endif

#define MAX_SHOWN 80
#define DEFAULT_SIP_PORT 5060

typedef enum {
  ROW_BOOL,
  ROW_UINT,
  ROW_STRING,
  ROW_ADDRESS,
  ROW_LIST,
  ROW_PLACES,
  ROW_NETWORKS,
  ROW_CHOICE,
  ROW_TUNNEL,
  ROW_DIGEST,
  ROW_ROLE,
  ROW_RINGS
} RowType;

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
  UINT ("calls", "max-calls", max_calls, 1, 32),
  BOOL ("sip", "enabled", sip_enabled),
  { "sip", "bind", ROW_ADDRESS, AT (sip_bind), 0, 0, 0, NULL, NULL },
  UINT ("sip", "port", sip_port, 0, 65535),
  UINT ("sip", "tls-port", sip_tls_port, 0, 65535),
  BOOL ("sip", "plain-in", sip_plain_in),
  { "sip", "mode", ROW_ROLE, AT (sip_role), 0, 0, 0, NULL, NULL },
  { "sip", "trusted", ROW_NETWORKS, AT (sip_trusted), 0, 0, 0, NULL, NULL },
  UINT ("sip", "dscp", sip_dscp, 0, KITH_DSCP_MAX),
  BOOL ("phones", "enabled", phones_enabled),
  BOOL ("phones", "outside", phones_rules.outside),
  UINT ("phones", "max", phones_max, 0, 100000),
  UINT ("phones", "max-expires", phones_rules.max_expires_s, 60, 86400),
  UINT ("phones", "setup-port", phones_setup_port, 0, 65535),
  { "phones", "digest", ROW_DIGEST, AT (phones_digest), 0, 0, 0, NULL, NULL },
  { "ring", "me", ROW_RINGS, AT (ring_me), 0, 0, 0, NULL, NULL },
  UINT ("bridge", "max-calls", bridge_max_calls, 1, 256),
  { "link", "stun", ROW_PLACES, AT (stun_servers), 0, 0, 0, NULL, NULL },
  BOOL ("link", "lan-only", lan_only),
  BOOL ("link", "port-mapping", port_mapping),
  { "link", "turn-tunnel", ROW_TUNNEL, AT (turn_tunnel), 0, 0, 0, NULL, NULL },
  BOOL ("relay", "enabled", relay_enabled),
  UINT ("relay", "max-calls", relay_max_calls, 1, 64),
  UINT ("relay", "max-kbit", relay_max_kbit, 16, 10000),
  UINT ("relay", "max-megabytes-per-day", relay_max_megabytes, 1, 1000000),
  UINT ("history", "keep", history_keep, 0, 100),
  STRING ("audio", "in", audio_in),
  STRING ("audio", "out", audio_out),
  UINT ("audio", "buffer", buffer_ms, 10, 200),
  UINT ("audio", "frame", frame_ms, 10, 20),
  UINT ("audio", "dscp", audio_dscp, 0, KITH_DSCP_MAX),
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
read_tunnel (KithConfig *config, const Row *row, const char *text, GError **error)
{
  static const char *const words[] = { "auto", "never", "always" };
  KithTunnelMode *mode = G_STRUCT_MEMBER_P (config, row->offset);

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (strcmp (text, words[i]) == 0) {
      *mode = (KithTunnelMode)i;
      return TRUE;
    }
  }
  return kith_config_refuse (error, config, row->group, row->key, text, "auto, never or always");
}

/* The items, without the spaces around them; each is where a server is. */
static gboolean
read_places (KithConfig *config, const Row *row, GError **error)
{
  g_auto (GStrv) list = g_key_file_get_string_list (config->file, row->group, row->key, NULL, NULL);
  GStrv *field = G_STRUCT_MEMBER_P (config, row->offset);

  kith_config_bound_list (config, row->group, row->key, list);
  for (guint i = 0; list != NULL && list[i] != NULL; i++) {
    if (!kith_config_is_place (list[i])) {
      return kith_config_refuse (
          error,
          config,
          row->group,
          row->key,
          list[i],
          "HOST or HOST:PORT, such as stun.example.org:3478, IPv6 in brackets,");
    }
  }
  g_strfreev (*field);
  *field = g_steal_pointer (&list);
  return TRUE;
}

/* The items, without the spaces around them; each is a network. */
static gboolean
read_networks (KithConfig *config, const Row *row, GError **error)
{
  g_auto (GStrv) list = g_key_file_get_string_list (config->file, row->group, row->key, NULL, NULL);
  GStrv *field = G_STRUCT_MEMBER_P (config, row->offset);
  KithIpNetwork network;

  kith_config_bound_list (config, row->group, row->key, list);
  for (guint i = 0; list != NULL && list[i] != NULL; i++) {
    if (!kith_ip_network_parse (list[i], &network)) {
      return kith_config_refuse (error,
                                 config,
                                 row->group,
                                 row->key,
                                 list[i],
                                 "a network such as 192.168.1.0/24 or 2001:db8::/32, or an IP "
                                 "address,");
    }
  }
  g_strfreev (*field);
  *field = g_steal_pointer (&list);
  return TRUE;
}

static gboolean
read_uint (KithConfig *config, const Row *row, const char *text, GError **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, row->least, row->most, &number, NULL)) {
    g_autofree gchar *allowed
        = g_strdup_printf ("a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                           row->least,
                           row->most);
    return kith_config_refuse (error, config, row->group, row->key, text, allowed);
  }
  store_uint (config, row, number);
  return TRUE;
}

static gboolean
read_choice (KithConfig *config, const Row *row, const char *text, GError **error)
{
  const char *first = row->type == ROW_BOOL ? "true" : row->first;
  const char *second = row->type == ROW_BOOL ? "false" : row->second;
  gboolean *field = G_STRUCT_MEMBER_P (config, row->offset);

  if (strcmp (text, first) != 0 && strcmp (text, second) != 0) {
    g_autofree gchar *allowed = g_strdup_printf ("%s or %s", first, second);
    return kith_config_refuse (error, config, row->group, row->key, text, allowed);
  }
  *field = strcmp (text, first) == 0;
  return TRUE;
}

/* Only who is in this house rings for its owner. */
static gboolean
read_rings (KithConfig *config, const Row *row, const char *text, GError **error)
{
  KithRingPlan *plan = G_STRUCT_MEMBER_P (config, row->offset);

  return (kith_ring_plan_parse (text, plan, NULL)
          && kith_ring_plan_find (plan, KITH_RING_ME) == NULL
          && kith_ring_plan_find (plan, KITH_RING_CONTACT) == NULL)
         || kith_config_refuse (error,
                                config,
                                row->group,
                                row->key,
                                text,
                                "a list of agent, phones and phone/NAME, each with @SECONDS if it "
                                "is to ring later, such as agent;phone/desk;phone/dect@10,");
}

static gboolean
read_row (KithConfig *config, const Row *row, GError **error)
{
  void *field = G_STRUCT_MEMBER_P (config, row->offset);
  g_autofree gchar *text = NULL;

  if (!kith_config_get_text (config, row->group, row->key, &text, error)) {
    return FALSE;
  }
  if (text == NULL) {
    return TRUE;
  }
  g_strstrip (text);
  switch (row->type) {
  case ROW_BOOL:
  case ROW_CHOICE:
    return read_choice (config, row, text, error);
  case ROW_UINT:
    return read_uint (config, row, text, error);
  case ROW_ADDRESS:
    if (!g_hostname_is_ip_address (text)) {
      return kith_config_refuse (
          error,
          config,
          row->group,
          row->key,
          text,
          "an IP address of this host, or :: for all (0.0.0.0: all of IPv4),");
    }
    g_free (*(gchar **)field);
    *(gchar **)field = g_steal_pointer (&text);
    return TRUE;
  case ROW_STRING:
    g_free (*(gchar **)field);
    *(gchar **)field = *text != '\0' ? g_steal_pointer (&text) : NULL;
    return TRUE;
  case ROW_LIST:
    g_strfreev (*(GStrv *)field);
    *(GStrv *)field = g_key_file_get_string_list (config->file, row->group, row->key, NULL, NULL);
    kith_config_bound_list (config, row->group, row->key, *(GStrv *)field);
    return TRUE;
  case ROW_PLACES:
    return read_places (config, row, error);
  case ROW_NETWORKS:
    return read_networks (config, row, error);
  case ROW_TUNNEL:
    return read_tunnel (config, row, text, error);
  case ROW_DIGEST:
    return kith_phone_digest_parse (text, field, NULL)
           || kith_config_refuse (error,
                                  config,
                                  row->group,
                                  row->key,
                                  text,
                                  "auto, md5 or sha-256");
  case ROW_ROLE:
    return kith_edge_role_parse (text, field)
           || kith_config_refuse (error,
                                  config,
                                  row->group,
                                  row->key,
                                  text,
                                  "proxy, redirect or stateless");
  case ROW_RINGS:
    return read_rings (config, row, text, error);
  }
  return TRUE;
}

/* Groups and keys that there are */

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

gboolean
kith_config_is_read (const KithConfig *config, const char *group)
{
  return is_our_group (group) || kith_config_is_turn_group (group)
         || kith_config_is_phone_group (group) || kith_config_is_route_group (group)
         || kith_config_is_trunk_group (group) || strcmp (group, "dht") == 0
         || strcmp (group, "static") == 0
         || g_strv_contains ((const gchar *const *)config->locators, group);
}

const char *
kith_config_nearest_group (const char *group)
{
  static const char *const others[] = { "turn", "phone", "route", "trunk", "dht", "static", NULL };
  g_autoptr (GPtrArray) groups = g_ptr_array_new ();
  g_autofree gchar *word = g_strndup (group, strcspn (group, " "));

  for (guint i = 0; others[i] != NULL; i++) {
    g_ptr_array_add (groups, (gpointer)others[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_ptr_array_add (groups, (gpointer)rows[i].group);
  }
  g_ptr_array_add (groups, NULL);
  return kith_nearest_word (word, (const char *const *)groups->pdata);
}

/* The keys of one group: (transfer container), ends with NULL. */
static GPtrArray *
list_keys (const char *group)
{
  GPtrArray *keys = g_ptr_array_new ();
  const char *const *more = kith_config_is_turn_group (group)    ? kith_config_turn_keys ()
                            : kith_config_is_phone_group (group) ? kith_config_phone_keys ()
                            : kith_config_is_route_group (group) ? kith_config_route_keys ()
                            : kith_config_is_trunk_group (group) ? kith_config_trunk_keys ()
                                                                 : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (strcmp (rows[i].group, group) == 0) {
      g_ptr_array_add (keys, (gpointer)rows[i].key);
    }
  }
  for (guint i = 0; more != NULL && more[i] != NULL; i++) {
    g_ptr_array_add (keys, (gpointer)more[i]);
  }
  g_ptr_array_add (keys, NULL);
  return keys;
}

static gboolean
check_group (const KithConfig *config, const char *group, GError **error)
{
  g_autoptr (GPtrArray) known = list_keys (group);
  g_auto (GStrv) keys = g_key_file_get_keys (config->file, group, NULL, NULL);
  const char *const *words = (const char *const *)known->pdata;

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++) {
    if (!g_strv_contains (words, keys[i])) {
      const char *meant = kith_nearest_word (keys[i], words);
      g_autofree gchar *all = g_strjoinv (", ", (gchar **)known->pdata);
      g_autofree gchar *shown = kith_text_safe (keys[i], -1, MAX_SHOWN);
      g_autofree gchar *place = kith_text_safe (group, -1, MAX_SHOWN);
      g_set_error (error,
                   KITH_ERROR,
                   KITH_ERROR_INVALID_ARGUMENTS,
                   "%s: [%s] has no key %s; %s%s: see kith.conf(5)",
                   config->path,
                   place,
                   shown,
                   meant != NULL ? "you may mean " : "there are ",
                   meant != NULL ? meant : all);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_keys (KithConfig *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    gboolean ours = kith_config_is_turn_group (groups[i]) || kith_config_is_phone_group (groups[i])
                    || kith_config_is_route_group (groups[i])
                    || kith_config_is_trunk_group (groups[i]) || is_our_group (groups[i]);
    if (ours && !check_group (config, groups[i], error)) { /* a plugin checks its own */
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
kith_config_apply (KithConfig *config, GError **error)
{
  g_ptr_array_set_size (config->left_out, 0);
  if (!check_keys (config, error)) {
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!read_row (config, &rows[i], error)) {
      return FALSE;
    }
  }
  if (!kith_config_read_turn_groups (config, error)
      || !kith_config_read_phone_groups (config, error)
      || !kith_config_read_route_groups (config, error)
      || !kith_config_read_trunk_groups (config, error)) {
    return FALSE;
  }
  if (config->frame_ms != 10 && config->frame_ms != 20) {
    return kith_config_refuse (error, config, "audio", "frame", NULL, "10 or 20");
  }
  return TRUE;
}

guint16
kith_config_get_tls_port (const KithConfig *config)
{
  return config->sip_port == DEFAULT_SIP_PORT
                 || g_key_file_has_key (config->file, "sip", "tls-port", NULL)
             ? config->sip_tls_port
             : 0;
}

/* The first of two @places, from the directory of the running program (an installed prefix or a
   build tree), that has @file in it and @is that, else where it was built for. (transfer full) */
static gchar *
find_dir (const char *const places[2], const char *file, GFileTest is, const char *otherwise)
{
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree gchar *dir = self != NULL ? g_path_get_dirname (self) : NULL;

  for (guint i = 0; dir != NULL && i < 2; i++) {
    g_autofree gchar *place = g_canonicalize_filename (places[i], dir);
    g_autofree gchar *wanted = g_build_filename (place, file, NULL);
    if (g_file_test (wanted, is)) {
      return g_steal_pointer (&place);
    }
  }
  return g_strdup (otherwise);
}

static const char *const libexec_places[2] = { "../libexec/kith", "../plugins/locator-dht" };
static const char *const phones_places[2] = { "../share/kith/phones", "../packaging/phones" };

static KithConfig *
config_new (void)
{
  KithConfig *config = g_new0 (KithConfig, 1);

  config->file = g_key_file_new ();
  config->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  config->left_out = g_ptr_array_new_with_free_func (g_free);
  config->state_dir = g_build_filename (g_get_user_state_dir (), "kith", NULL);
  config->config_dir = g_build_filename (g_get_user_config_dir (), "kith", NULL);
  config->libexec_dir
      = find_dir (libexec_places, "kith-dht", G_FILE_TEST_IS_EXECUTABLE, KITH_LIBEXEC_DIR);
  config->plugin_dir = g_strdup (KITH_PLUGIN_DIR);
  config->locators = g_strsplit ("static;dht", ";", -1);
  config->work_bits = 10;
  config->strangers_ring = TRUE;
  config->ring_timeout_s = 60;
  config->max_calls = 8;
  config->sip_enabled = TRUE;
  config->sip_bind = g_strdup ("::");
  config->sip_port = DEFAULT_SIP_PORT;
  config->sip_tls_port = 5061;
  config->sip_plain_in = TRUE;
  config->sip_dscp = KITH_DSCP_SIGNALLING;
  config->phones_enabled = TRUE;
  config->phones_max = 256;
  config->phones_setup_port = 5080;
  config->phones_dir
      = find_dir (phones_places, "page.tmpl", G_FILE_TEST_IS_REGULAR, KITH_PHONES_DIR);
  config->phones_rules.max_expires_s = 3600;
  config->routes = g_array_new (FALSE, TRUE, sizeof (KithEdgeRoute));
  config->phones = g_ptr_array_new_with_free_func (g_free);
  config->trunks = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_trunk_line_free);
  kith_ring_plan_init (&config->ring_me);
  config->bridge_max_calls = 32;
  config->port_mapping = TRUE;
  config->turn_servers = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_turn_server_unref);
  config->relay_enabled = TRUE;
  config->relay_max_calls = 4;
  config->relay_max_kbit = 200;
  config->relay_max_megabytes = 500;
  config->history_keep = 100;
  config->buffer_ms = 20;
  config->frame_ms = 20;
  config->audio_dscp = KITH_DSCP_VOICE;
  return config;
}

KithConfig *
kith_config_load (const char *path, GError **error)
{
  g_autoptr (KithConfig) config = config_new ();

  config->path
      = path != NULL ? g_strdup (path) : g_build_filename (config->config_dir, "kith.conf", NULL);
  if (path != NULL) {
    g_free (config->config_dir);
    config->config_dir = g_path_get_dirname (path);
  }
  config->was_given = path != NULL;
  if (!kith_config_read_file (config, error)) {
    return NULL;
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
  g_hash_table_unref (config->lines);
  g_free (config->twice);
  g_ptr_array_unref (config->left_out);
  g_free (config->path);
  g_free (config->state_dir);
  g_free (config->config_dir);
  g_free (config->libexec_dir);
  g_free (config->plugin_dir);
  g_strfreev (config->locators);
  g_free (config->sip_bind);
  g_strfreev (config->sip_trusted);
  g_strfreev (config->stun_servers);
  g_ptr_array_unref (config->turn_servers);
  g_ptr_array_unref (config->phones);
  g_array_unref (config->routes);
  g_free (config->phones_dir);
  g_ptr_array_unref (config->trunks);
  g_free (config->audio_in);
  g_free (config->audio_out);
  g_free (config);
}
