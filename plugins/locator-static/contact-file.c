/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a contact file line by line, so that every complaint can name its line. */
#include "contact-file.h"

#include <string.h>

#include "base/error.h"
#include "model/names/address.h"

typedef struct {
  const char *path;
  guint line;
  GHashTable *contacts;
  KithFound *contact; /* of the group we are in, owned by the table */
  guint group_line;
  gboolean has_key;
} Parser;

static gboolean G_GNUC_PRINTF (3, 4)
    complain (const Parser *parser, GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree gchar *why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "%s:%u: %s",
               parser->path,
               parser->line,
               why);
  return FALSE;
}

/* A group must say something. */
static gboolean
end_group (Parser *parser, GError **error)
{
  if (parser->contact != NULL && !parser->has_key && parser->contact->sip_uri == NULL) {
    parser->line = parser->group_line;
    return complain (parser,
                     error,
                     "[%s] has neither key= nor sip=; add one, or remove it",
                     parser->contact->name);
  }
  return TRUE;
}

static gboolean
begin_group (Parser *parser, const char *line, GError **error)
{
  g_autoptr (GError) problem = NULL;
  const gsize len = strlen (line);

  if (!end_group (parser, error)) {
    return FALSE;
  }
  if (line[len - 1] != ']') {
    return complain (parser, error, "a name must end with ], such as [bob]");
  }
  g_autofree gchar *text = g_strndup (line + 1, len - 2);
  g_autofree gchar *name = kith_name_normalize (g_strstrip (text), &problem);
  if (name == NULL) {
    return complain (parser, error, "[%s] is no name: %s", text, problem->message);
  }
  if (g_hash_table_contains (parser->contacts, name)) {
    return complain (parser, error, "[%s] is there twice; put everything into one", name);
  }
  if (g_hash_table_size (parser->contacts) == KITH_CONTACT_FILE_CONTACTS) {
    return complain (parser,
                     error,
                     "more than %u contacts; remove some",
                     KITH_CONTACT_FILE_CONTACTS);
  }
  parser->contact = kith_found_new ();
  parser->contact->name = g_strdup (name);
  parser->contact->proof = KITH_PROOF_STATIC;
  parser->contact->source = g_strdup ("static");
  parser->contact->age_ms = -1;
  parser->group_line = parser->line;
  parser->has_key = FALSE;
  g_hash_table_insert (parser->contacts, g_steal_pointer (&name), parser->contact);
  return TRUE;
}

static gboolean
take_sip (Parser *parser, const char *value, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (KithAddress) address = kith_address_parse (value, &problem);

  if (address == NULL || address->kind != KITH_ADDRESS_SIP) {
    return complain (parser,
                     error,
                     "sip= needs an address such as sip:bob@192.0.2.7: %s",
                     problem != NULL ? problem->message
                                     : "this is an address of Kith, which needs key= or nothing");
  }
  g_free (parser->contact->sip_uri);
  parser->contact->sip_uri = g_strdup (address->sip_uri);
  return TRUE;
}

static gboolean
take_entry (Parser *parser, char *line, GError **error)
{
  g_autoptr (GError) problem = NULL;
  char *equals = strchr (line, '=');

  if (parser->contact == NULL) {
    return complain (parser,
                     error,
                     "there is no name above this line; begin with one, such as [bob]");
  }
  if (equals == NULL) {
    return complain (parser, error, "this is no [name], key=, sip= or # comment");
  }
  *equals = '\0';
  const char *key = g_strchomp (line);
  const char *value = g_strstrip (equals + 1);
  if (strcmp (key, "key") == 0 && !parser->has_key) {
    parser->has_key = kith_peer_key_parse (value, &parser->contact->key, &problem);
    if (!parser->has_key) {
      return complain (parser,
                       error,
                       "key= needs the 52 characters of a key, as `kith status` shows it: %s",
                       problem->message);
    }
    return TRUE;
  }
  if (strcmp (key, "sip") == 0 && parser->contact->sip_uri == NULL) {
    return take_sip (parser, value, error);
  }
  if (strcmp (key, "key") == 0 || strcmp (key, "sip") == 0) {
    return complain (parser,
                     error,
                     "%s= is there twice in [%s]; keep one",
                     key,
                     parser->contact->name);
  }
  return complain (parser, error, "there is no \"%s\"; a contact has key= and sip=", key);
}

static gboolean
take_line (Parser *parser, char *line, GError **error)
{
  g_strstrip (line);
  if (*line == '\0' || *line == '#' || *line == ';') {
    return TRUE;
  }
  return *line == '[' ? begin_group (parser, line, error) : take_entry (parser, line, error);
}

GHashTable *
kith_contact_file_parse (const char *text, gsize len, const char *path, GError **error)
{
  Parser parser = { .path = path };
  g_autoptr (GHashTable) contacts
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)kith_found_free);

  if (len > KITH_CONTACT_FILE_MAX || !g_utf8_validate (text, (gssize)len, NULL)) {
    complain (&parser,
              error,
              "the file is larger than %u KiB or no UTF-8 text",
              KITH_CONTACT_FILE_MAX / 1024);
    return NULL;
  }
  g_autofree gchar *copy = g_strndup (text, len);
  g_auto (GStrv) lines = g_strsplit (copy, "\n", -1);
  parser.contacts = contacts;
  for (guint i = 0; lines[i] != NULL; i++) {
    parser.line = i + 1;
    if (!take_line (&parser, lines[i], error)) {
      return NULL;
    }
  }
  return end_group (&parser, error) ? g_steal_pointer (&contacts) : NULL;
}
