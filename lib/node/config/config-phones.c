/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads phones: one group for each, with hashes in place of its password. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "node/config/config-private.h"

#define PREFIX "phone "

gboolean
kith_config_is_phone_group (const char *group)
{
  return g_str_has_prefix (group, PREFIX);
}

const char *const *
kith_config_phone_keys (void)
{
  static const char *const phone_keys[]
      = { "number", "class", "digest", "password-md5", "password-sha256", NULL };

  return phone_keys;
}

/* What @key says is none of what is needed. */
static gboolean
refuse_key (KithConfig *config,
            const char *group,
            const char *key,
            const GError *problem,
            GError **error)
{
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "%s: [%s] %s: %s",
               config->path,
               group,
               key,
               problem->message);
  return FALSE;
}

/* The hash at @key, if it is there; no digit of it is shown. */
static gboolean
read_hash (KithConfig *config,
           const char *group,
           const char *key,
           guint8 *hash,
           gsize len,
           gboolean *is_there,
           GError **error)
{
  g_autofree gchar *text = NULL;

  if (!kith_config_get_text (config, group, key, &text, error)) {
    return FALSE;
  }
  if (text == NULL) {
    return TRUE;
  }
  *is_there = kith_hex_decode (g_strstrip (text), hash, len);
  explicit_bzero (text, strlen (text));
  if (!*is_there) {
    g_autofree gchar *needed
        = g_strdup_printf ("the hash of NAME:kith:PASSWORD in %zu hexadecimal digits", 2 * len);
    return kith_config_refuse (error, config, group, key, NULL, needed);
  }
  return TRUE;
}

static gboolean
read_secret (KithConfig *config, const char *group, KithPhoneSecret *secret, GError **error)
{
  if (!read_hash (config,
                  group,
                  "password-md5",
                  secret->md5,
                  sizeof secret->md5,
                  &secret->has_md5,
                  error)
      || !read_hash (config,
                     group,
                     "password-sha256",
                     secret->sha256,
                     sizeof secret->sha256,
                     &secret->has_sha256,
                     error)) {
    return FALSE;
  }
  return secret->has_md5 || secret->has_sha256
         || kith_config_refuse (error,
                                config,
                                group,
                                "password-sha256 or password-md5",
                                NULL,
                                "the hash of NAME:kith:PASSWORD");
}

/* A number that nobody has. */
static gboolean
read_number (KithConfig *config, const char *group, KithPhone *phone, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *text = NULL;

  if (!kith_config_get_text (config, group, "number", &text, error)) {
    return FALSE;
  }
  if (text == NULL) {
    return kith_config_refuse (error, config, group, "number", NULL, "a number of 2 to 6 digits");
  }
  g_strstrip (text);
  if (!kith_phone_number_check (text, &problem)) {
    return refuse_key (config, group, "number", problem, error);
  }
  (void)g_strlcpy (phone->number, text, sizeof phone->number);
  for (guint i = 0; i < config->phones->len; i++) {
    const KithPhoneLine *other = config->phones->pdata[i];
    if (strcmp (other->phone.number, phone->number) == 0) {
      return kith_config_refuse (error,
                                 config,
                                 group,
                                 "number",
                                 phone->number,
                                 "a number that no other phone has");
    }
  }
  return TRUE;
}

/* Class and digest. */
static gboolean
read_choices (KithConfig *config, const char *group, KithPhone *phone, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *rights = NULL;
  g_autofree gchar *digest = NULL;

  if (!kith_config_get_text (config, group, "class", &rights, error)
      || !kith_config_get_text (config, group, "digest", &digest, error)) {
    return FALSE;
  }
  if (rights != NULL && !kith_phone_class_parse (g_strstrip (rights), &phone->rights, &problem)) {
    return refuse_key (config, group, "class", problem, error);
  }
  phone->digest = config->phones_digest;
  if (digest != NULL && !kith_phone_digest_parse (g_strstrip (digest), &phone->digest, &problem)) {
    return refuse_key (config, group, "digest", problem, error);
  }
  return TRUE;
}

static gboolean
read_group (KithConfig *config, const char *group, GError **error)
{
  g_autofree KithPhoneLine *line = g_new0 (KithPhoneLine, 1);
  g_autoptr (GError) problem = NULL;
  g_autofree gchar *shown = kith_text_safe (group, -1, 80);

  line->line = GPOINTER_TO_UINT (g_hash_table_lookup (config->lines, group));
  if (!kith_phone_name_normalize (group + strlen (PREFIX), line->phone.name, &problem)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "%s: [%s]: %s",
                 config->path,
                 shown,
                 problem->message);
    return FALSE;
  }
  for (guint i = 0; i < config->phones->len; i++) {
    const KithPhoneLine *other = config->phones->pdata[i];
    if (strcmp (other->phone.name, line->phone.name) == 0) {
      return kith_config_refuse (error,
                                 config,
                                 group,
                                 "stands there twice",
                                 NULL,
                                 "one group for each phone");
    }
  }
  if (!read_number (config, group, &line->phone, error)
      || !read_choices (config, group, &line->phone, error)
      || !read_secret (config, group, &line->phone.secret, error)) {
    return FALSE;
  }
  if ((line->phone.digest == KITH_PHONE_DIGEST_MD5 && !line->phone.secret.has_md5)
      || (line->phone.digest == KITH_PHONE_DIGEST_SHA256 && !line->phone.secret.has_sha256)) {
    return kith_config_refuse (error,
                               config,
                               group,
                               "digest",
                               kith_phone_digest_word (line->phone.digest),
                               "one whose hash is there");
  }
  g_ptr_array_add (config->phones, g_steal_pointer (&line));
  return TRUE;
}

gboolean
kith_config_read_phone_groups (KithConfig *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->file, NULL);
  gboolean ok = TRUE;

  g_ptr_array_set_size (config->phones, 0);
  for (guint i = 0; ok && groups[i] != NULL; i++) {
    ok = !kith_config_is_phone_group (groups[i]) || read_group (config, groups[i], error);
  }
  if (ok && config->phones->len > config->phones_max) {
    g_autofree gchar *value = g_strdup_printf ("%u", config->phones_max);
    g_autofree gchar *needed
        = g_strdup_printf ("as many as there are groups [phone NAME], %u,", config->phones->len);
    return kith_config_refuse (error, config, "phones", "max", value, needed);
  }
  return ok;
}
