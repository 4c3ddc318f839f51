/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the bytes of kith.conf, and says where its form is wrong. */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/plain-file.h"
#include "base/text.h"
#include "node/config/config-private.h"

#define MAX_BYTES (1024 * 1024)
#define MAX_SHOWN 200

/* @why may quote what stands in the file. */
static gboolean
refuse_file (GError **error, const KithConfig *config, const char *why)
{
  g_autofree gchar *safe = kith_text_safe (why, -1, MAX_SHOWN);

  g_set_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS, "%s: %s", config->path, safe);
  return FALSE;
}

/* TRUE when GKeyFile takes @line (stripped) for something. */
static gboolean
is_line (const char *line)
{
  gsize len = strlen (line);

  if (*line == '\0' || *line == '#') {
    return TRUE;
  }
  return *line == '[' ? len > 2 && line[len - 1] == ']'
                      : strchr (line, '=') != NULL && *line != '=';
}

/* What is wrong with the form of @text; NULL when that is not known. (transfer full) */
static gchar *
find_fault (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean in_group = FALSE;

  for (guint i = 0; lines[i] != NULL; i++) {
    const char *line = g_strstrip (lines[i]);
    if (!is_line (line)) {
      return g_strdup_printf ("line %u is no [group], no key=value and no # comment: correct it, "
                              "see kith.conf(5)",
                              i + 1);
    }
    if (!in_group && *line != '\0' && *line != '#' && *line != '[') {
      return g_strdup_printf ("line %u stands before any [group]: see kith.conf(5) for the group "
                              "it belongs to",
                              i + 1);
    }
    in_group = in_group || *line == '[';
  }
  return NULL;
}

/* Notes where each group begins, and the first that stands there again, which GKeyFile makes one
   of. */
static void
note_groups (KithConfig *config, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  g_clear_pointer (&config->twice, g_free);
  g_hash_table_remove_all (config->lines);
  for (guint i = 0; lines[i] != NULL; i++) {
    char *line = g_strstrip (lines[i]);
    if (*line != '[' || !is_line (line)) {
      continue;
    }
    line[strlen (line) - 1] = '\0';
    if (!g_hash_table_contains (config->lines, line + 1)) {
      g_hash_table_insert (config->lines, g_strdup (line + 1), GUINT_TO_POINTER (i + 1));
    } else if (config->twice == NULL) {
      config->twice = g_strdup (line + 1);
    }
  }
}

static gboolean
parse (KithConfig *config, const char *text, gsize len, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (len == 0 || g_key_file_load_from_data (config->file, text, len, G_KEY_FILE_NONE, &problem)) {
    note_groups (config, text);
    return TRUE;
  }
  g_autofree gchar *fault = find_fault (text);
  return refuse_file (error, config, fault != NULL ? fault : problem->message);
}

gboolean
kith_config_read_file (KithConfig *config, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *text = NULL;
  gsize len = 0;
  GStatBuf st;

  config->read_size = -1;
  if (g_stat (config->path, &st) != 0) {
    return errno == ENOENT
               ? !config->was_given || refuse_file (error, config, "there is no such file")
               : refuse_file (error, config, g_strerror (errno));
  }
  if (!S_ISREG (st.st_mode)) {
    return refuse_file (error, config, "it is no file"); /* a pipe would be waited for */
  }
  if (st.st_size > MAX_BYTES) {
    return refuse_file (error, config, "it is larger than a megabyte: that is no kith.conf");
  }
  config->read_size = st.st_size;
  config->read_mtime_us = (gint64)st.st_mtim.tv_sec * G_USEC_PER_SEC + st.st_mtim.tv_nsec / 1000;
  if (g_access (config->path, R_OK) != 0 && errno == EACCES) {
    return refuse_file (error, config, "you may not read it: chmod u+r lets you, if it is yours");
  }
  if (!kith_plain_file_read (config->path, MAX_BYTES, &text, &len, &problem)) {
    return refuse_file (error, config, problem->message);
  }
  gboolean ok = parse (config, text, len, error);
  explicit_bzero (text, len);
  return ok;
}
