/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One function for each kind of doubt. */
#include "node/config/config-doubts.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/plain-file.h"
#include "base/text.h"
#include "node/config/config-private.h"

#define MAX_SHOWN 80
#define MAX_GROUPS 16 /* told, of those that nothing reads */

static KithSaying *
add (GPtrArray *doubts, const char *code, const KithConfig *config)
{
  KithSaying *saying = kith_saying_new (code);

  kith_saying_put (saying, "file", config->path);
  g_ptr_array_add (doubts, saying);
  return saying;
}

static void
look_at_twice (const KithConfig *config, GPtrArray *doubts)
{
  if (config->twice == NULL) {
    return;
  }
  g_autofree gchar *shown = kith_text_safe (config->twice, -1, MAX_SHOWN);
  KithSaying *saying
      = add (doubts,
             kith_config_is_turn_group (config->twice) ? "config-turn-twice" : "config-group-twice",
             config);
  kith_saying_put (saying, "group", shown);
}

static void
look_at_lists (const KithConfig *config, GPtrArray *doubts)
{
  for (guint i = 0; i < config->left_out->len; i++) {
    KithSaying *saying = add (doubts, "config-list-long", config);
    kith_saying_put (saying, "error", config->left_out->pdata[i]);
    kith_saying_put_number (saying, "max", KITH_CONFIG_MAX_LIST);
  }
}

static void
look_at_groups (const KithConfig *config, GPtrArray *doubts)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);
  guint n = 0;

  for (guint i = 0; groups[i] != NULL && n <= MAX_GROUPS; i++) {
    if (kith_config_is_read (config, groups[i])) {
      continue;
    }
    if (++n > MAX_GROUPS) {
      kith_saying_put_number (add (doubts, "config-groups-unread", config), "groups", n - 1);
      return;
    }
    const char *meant = kith_config_nearest_group (groups[i]);
    const char *name = strchr (groups[i], ' ');
    g_autofree gchar *shown = kith_text_safe (groups[i], -1, MAX_SHOWN);
    gboolean named = name != NULL && g_strcmp0 (meant, "turn") == 0;
    g_autofree gchar *right = kith_text_safe (named ? name : "", -1, MAX_SHOWN);
    g_autofree gchar *whole = meant != NULL ? g_strconcat (meant, right, NULL) : NULL;
    KithSaying *saying
        = add (doubts, meant != NULL ? "config-group-meant" : "config-group-unread", config);
    kith_saying_put (saying, "group", shown);
    kith_saying_put (saying, "meant", whole);
  }
}

/* The code for why the file of certificates is of no use; NULL when it seems to be one. */
static const char *
judge_certificates (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  gsize len = 0;

  if (!g_file_test (file, G_FILE_TEST_IS_REGULAR)) {
    return g_file_test (file, G_FILE_TEST_EXISTS) ? "config-ca-no-file" : "config-ca-absent";
  }
  if (!kith_plain_file_read (file, KITH_TURN_MAX_CA, &text, &len, &error)) {
    return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ? "config-ca-forbidden"
                                                                     : "config-ca-unreadable";
  }
  return strstr (text, "-----BEGIN CERTIFICATE-----") != NULL ? NULL : "config-ca-empty";
}

static void
look_at_certificates (const KithConfig *config, GPtrArray *doubts)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    g_autofree gchar *ca = kith_config_is_turn_group (groups[i])
                               ? g_key_file_get_string (config->file, groups[i], "ca", NULL)
                               : NULL;
    const char *code = ca != NULL ? judge_certificates (ca) : NULL;
    if (code != NULL) {
      KithSaying *saying = add (doubts, code, config);
      kith_saying_put (saying, "group", groups[i]);
      kith_saying_put (saying, "path", ca);
    }
  }
}

static gboolean
has_secret (const KithConfig *config)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    if (kith_config_is_phone_group (groups[i])
        || ((kith_config_is_turn_group (groups[i]) || kith_config_is_trunk_group (groups[i]))
            && g_key_file_has_key (config->file, groups[i], "password", NULL))) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
look_at_mode (const KithConfig *config, GPtrArray *doubts)
{
  GStatBuf st;

  if (has_secret (config) && g_stat (config->path, &st) == 0
      && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    (void)add (doubts, "config-secret-readable", config);
  }
}

GPtrArray *
kith_config_find_doubts (const KithConfig *config)
{
  GPtrArray *doubts = g_ptr_array_new_with_free_func ((GDestroyNotify)kith_saying_free);

  look_at_twice (config, doubts);
  look_at_lists (config, doubts);
  look_at_groups (config, doubts);
  look_at_certificates (config, doubts);
  look_at_mode (config, doubts);
  return doubts;
}

gboolean
kith_config_look_again (const KithConfig *config, GPtrArray **doubts, GError **error)
{
  g_autoptr (KithConfig) now = kith_config_load (config->was_given ? config->path : NULL, error);

  if (now == NULL) {
    return FALSE;
  }
  *doubts = kith_config_find_doubts (now);
  if (now->read_size != config->read_size
      || (now->read_size >= 0 && now->read_mtime_us != config->read_mtime_us)) {
    (void)add (*doubts, "config-changed", config);
  }
  return TRUE;
}
