/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the lines of an import apart; the first that is wrong ends it. */
#include "model/phone/phone-import.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "model/phone/phone-password.h"

#define FIELDS_MAX 4
#define SEPARATORS " \t,;"

typedef struct {
  GPtrArray *lines;
  GHashTable *names;   /* set of const char * in @lines */
  GHashTable *numbers; /* likewise */
} Import;

static void
line_free (gpointer data)
{
  explicit_bzero (data, sizeof (KithPhoneLine));
  g_free (data);
}

/* One hash of @text, "md5:…" or "sha-256:…". */
static gboolean
read_hash (const char *text, KithPhoneSecret *secret)
{
  if (g_str_has_prefix (text, "md5:")) {
    secret->has_md5 = kith_hex_decode (text + 4, secret->md5, sizeof secret->md5);
    return secret->has_md5;
  }
  if (g_str_has_prefix (text, "sha-256:")) {
    secret->has_sha256 = kith_hex_decode (text + 8, secret->sha256, sizeof secret->sha256);
    return secret->has_sha256;
  }
  return FALSE;
}

static gboolean
read_secret (gchar *text, KithPhone *phone, GError **error)
{
  gchar *second = strchr (text, '+');

  if (!g_str_has_prefix (text, "md5:") && !g_str_has_prefix (text, "sha-256:")) {
    if (!kith_phone_password_check (text, error)) {
      return FALSE;
    }
    kith_phone_secret_make (phone->name, text, &phone->secret);
    return TRUE;
  }
  if (second != NULL) {
    *second++ = '\0';
  }
  if (read_hash (text, &phone->secret) && (second == NULL || read_hash (second, &phone->secret))) {
    return TRUE;
  }
  g_set_error_literal (error,
                       KITH_ERROR,
                       KITH_ERROR_INVALID_ARGUMENTS,
                       "“md5:” is followed by 32 hexadecimal digits, “sha-256:” by 64");
  return FALSE;
}

/* Takes @text apart in place. Returns how many fields there are, at most one more than fit. */
static guint
split (gchar *text, gchar *fields[FIELDS_MAX])
{
  guint n = 0;

  for (gchar *at = text; *at != '\0'; n++) {
    at += strspn (at, SEPARATORS);
    const gsize len = strcspn (at, SEPARATORS);
    if (len == 0 || n == FIELDS_MAX) {
      return len == 0 ? n : n + 1;
    }
    fields[n] = at;
    at += len;
    if (*at != '\0') {
      *at++ = '\0';
    }
  }
  return n;
}

static gboolean
refuse_twice (const char *what, const char *which, GError **error)
{
  g_set_error (error, KITH_ERROR, KITH_ERROR_EXISTS, "%s %s is twice", what, which);
  return FALSE;
}

static gboolean
read_phone (Import *import, gchar *text, KithPhone *phone, GError **error)
{
  gchar *fields[FIELDS_MAX] = { NULL };
  const guint n = split (text, fields);

  if (n < 3 || n > FIELDS_MAX) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "%u words where “NAME NUMBER PASSWORD [CLASS]” is needed",
                 n);
    return FALSE;
  }
  if (!kith_phone_name_normalize (fields[0], phone->name, error)
      || (strcmp (fields[1], "-") != 0 && !kith_phone_number_check (fields[1], error))
      || (n == 4 && !kith_phone_class_parse (fields[3], &phone->rights, error))
      || !read_secret (fields[2], phone, error)) {
    return FALSE;
  }
  if (g_hash_table_contains (import->names, phone->name)) {
    return refuse_twice ("the name", phone->name, error);
  }
  if (strcmp (fields[1], "-") != 0) {
    (void)g_strlcpy (phone->number, fields[1], sizeof phone->number);
    if (!g_hash_table_add (import->numbers, phone->number)) {
      return refuse_twice ("number", phone->number, error);
    }
  }
  (void)g_hash_table_add (import->names, phone->name);
  return TRUE;
}

/* @text ends with NUL and is wiped. */
static gboolean
read_line (Import *import, gchar *text, guint number, guint max, GError **error)
{
  g_autoptr (GError) problem = NULL;
  KithPhoneLine *line = NULL;

  g_strstrip (text);
  if (*text == '\0' || *text == '#') {
    return TRUE;
  }
  if (import->lines->len >= max) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_LIMIT_REACHED,
                 "%u: no more than %u phones are allowed: raise max in [phones] of kith.conf",
                 number,
                 max);
    return FALSE;
  }
  line = g_new0 (KithPhoneLine, 1);
  line->line = number;
  g_ptr_array_add (import->lines, line);
  if (!g_utf8_validate (text, -1, NULL)) {
    g_set_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS, "%u: this is no text", number);
    return FALSE;
  }
  if (!read_phone (import, text, &line->phone, &problem)) {
    g_set_error (error, KITH_ERROR, problem->code, "%u: %s", number, problem->message);
    return FALSE;
  }
  return TRUE;
}

GPtrArray *
kith_phone_import_read (const char *text, gsize len, guint max, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (line_free);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) numbers = g_hash_table_new (g_str_hash, g_str_equal);
  Import import = { lines, names, numbers };
  gboolean ok = TRUE;
  guint number = 0;

  while (ok && len > 0) {
    const char *end = memchr (text, '\n', len);
    const gsize line_len = end != NULL ? (gsize)(end - text) : len;
    gchar *line = g_strndup (text, line_len);
    ok = read_line (&import, line, ++number, max, error);
    explicit_bzero (line, line_len);
    g_free (line);
    text += end != NULL ? line_len + 1 : line_len;
    len -= end != NULL ? line_len + 1 : line_len;
  }
  return ok ? g_steal_pointer (&lines) : NULL;
}
