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
#define MAX_FINDING 2000
#define MAX_GROUPS 16 /* told, of those that nothing reads */

static void
doubt_free (gpointer data)
{
  KithConfigDoubt *doubt = data;

  g_free (doubt->finding);
  g_free (doubt->remedy);
  g_free (doubt);
}

/* Takes both texts, which may quote what stands in the file. */
static void
add (GPtrArray *doubts, gchar *finding, gchar *remedy)
{
  KithConfigDoubt *doubt = g_new0 (KithConfigDoubt, 1);

  doubt->finding = kith_text_safe (finding, -1, MAX_FINDING);
  doubt->remedy = kith_text_safe (remedy, -1, MAX_FINDING);
  g_free (finding);
  g_free (remedy);
  g_ptr_array_add (doubts, doubt);
}

static void
look_at_twice (const KithConfig *config, GPtrArray *doubts)
{
  if (config->twice == NULL) {
    return;
  }
  g_autofree gchar *shown = kith_text_safe (config->twice, -1, MAX_SHOWN);
  add (doubts,
       g_strdup_printf (
           "%s: [%s] stands there more than once, and of a key that is in both only the "
           "last counts",
           config->path,
           shown),
       kith_config_is_turn_group (config->twice)
           ? g_strdup ("Give each TURN server a group with a name of its own: [turn home], [turn "
                       "office].")
           : g_strdup ("Make one group of them."));
}

static void
look_at_lists (const KithConfig *config, GPtrArray *doubts)
{
  for (guint i = 0; i < config->left_out->len; i++) {
    const char *text = config->left_out->pdata[i];
    add (doubts,
         g_strdup_printf ("%s: %s", config->path, text),
         g_strdup_printf ("Name each once, and no more than %d.", KITH_CONFIG_MAX_LIST));
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
      add (doubts,
           g_strdup_printf ("%s: nothing reads more than %u of its groups", config->path, n - 1),
           g_strdup ("Correct or remove them: kith.conf(5) lists all groups."));
      return;
    }
    const char *meant = kith_config_nearest_group (groups[i]);
    const char *name = strchr (groups[i], ' ');
    g_autofree gchar *shown = kith_text_safe (groups[i], -1, MAX_SHOWN);
    gboolean named = name != NULL && g_strcmp0 (meant, "turn") == 0;
    g_autofree gchar *right = kith_text_safe (named ? name : "", -1, MAX_SHOWN);
    add (doubts,
         g_strdup_printf ("%s: nothing reads the group [%s]", config->path, shown),
         meant != NULL
             ? g_strdup_printf ("You may mean [%s%s]: correct it, see kith.conf(5).", meant, right)
             : g_strdup ("Correct or remove it: kith.conf(5) lists all groups. That of a "
                         "plugin needs the plugin in locators of [node]."));
  }
}

/* Why the file of certificates is of no use; NULL when it seems to be one. (transfer full) */
static gchar *
judge_certificates (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  gsize len = 0;

  if (!g_file_test (file, G_FILE_TEST_IS_REGULAR)) {
    return g_strdup (g_file_test (file, G_FILE_TEST_EXISTS) ? "it is no file"
                                                            : "there is no such file");
  }
  if (!kith_plain_file_read (file, KITH_TURN_MAX_CA, &text, &len, &error)) {
    return g_strdup (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_ACCES)
                         ? "it cannot be read by you"
                         : "it cannot be read");
  }
  return strstr (text, "-----BEGIN CERTIFICATE-----") != NULL
             ? NULL
             : g_strdup ("no certificate is in it");
}

static void
look_at_certificates (const KithConfig *config, GPtrArray *doubts)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    g_autofree gchar *ca = kith_config_is_turn_group (groups[i])
                               ? g_key_file_get_string (config->file, groups[i], "ca", NULL)
                               : NULL;
    g_autofree gchar *why = ca != NULL ? judge_certificates (ca) : NULL;
    if (why != NULL) {
      add (doubts,
           g_strdup_printf ("%s: [%s] ca=%s: %s", config->path, groups[i], ca, why),
           g_strdup ("Name a readable file with PEM certificates, by its full path, or leave the "
                     "key out to trust what the system trusts."));
    }
  }
}

static gboolean
has_secret (const KithConfig *config)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++) {
    if (kith_config_is_turn_group (groups[i])
        && g_key_file_has_key (config->file, groups[i], "password", NULL)) {
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
    add (doubts,
         g_strdup_printf ("%s holds a password, and others can read it", config->path),
         g_strdup_printf ("Forbid it: chmod 600 %s.", config->path));
  }
}

GPtrArray *
kith_config_find_doubts (const KithConfig *config)
{
  GPtrArray *doubts = g_ptr_array_new_with_free_func (doubt_free);

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
    add (*doubts,
         g_strdup_printf ("%s was changed after kithd read it", config->path),
         g_strdup ("Start kithd anew to use it: systemctl --user restart kithd."));
  }
  return TRUE;
}
