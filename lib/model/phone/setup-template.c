/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a template is kept as pieces: text, then a value, then text. */
#include "model/phone/setup-template.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define MAX_RULES 16 /* agents and files of one template */
#define MAC_DIGITS 12

typedef enum {
  VALUE_NONE,
  VALUE_USER,
  VALUE_NAME,
  VALUE_NUMBER,
  VALUE_PASSWORD,
  VALUE_HA1,
  VALUE_SERVER,
  VALUE_HOST,
  VALUE_PORT,
  VALUE_TRANSPORT,
  VALUE_REALM,
  VALUE_MAC,
} Value;

static const char *const words[] = { "",       "USER", "NAME", "NUMBER",    "PASSWORD", "HA1",
                                     "SERVER", "HOST", "PORT", "TRANSPORT", "REALM",    "MAC" };

typedef struct {
  gchar *text;
  Value value; /* what stands behind it */
} Piece;

struct _KithSetupTemplate {
  GPtrArray *agents; /* in lower case */
  GPtrArray *files;
  gchar *type;
  gboolean is_markup;
  GArray *pieces;
};

static void
piece_clear (gpointer data)
{
  g_free (((Piece *)data)->text);
}

void
kith_setup_template_free (KithSetupTemplate *template)
{
  if (template != NULL) {
    g_ptr_array_unref (template->agents);
    g_ptr_array_unref (template->files);
    g_array_unref (template->pieces);
    g_free (template->type);
    g_free (template);
  }
}

static KithSetupTemplate *
template_new (void)
{
  KithSetupTemplate *template = g_new0 (KithSetupTemplate, 1);

  template->agents = g_ptr_array_new_with_free_func (g_free);
  template->files = g_ptr_array_new_with_free_func (g_free);
  template->pieces = g_array_new (FALSE, TRUE, sizeof (Piece));
  g_array_set_clear_func (template->pieces, piece_clear);
  return template;
}

static gboolean
refuse (GError **error, guint line, const char *why)
{
  g_set_error (error, KITH_ERROR, KITH_ERROR_INVALID_ARGUMENTS, "line %u: %s", line, why);
  return FALSE;
}

/* Reading */

static gboolean
take_type (KithSetupTemplate *template, const char *value)
{
  const gsize len = strlen (value);

  if (template->type != NULL || len == 0 || len > KITH_SETUP_TYPE_MAX
      || strspn (value, "abcdefghijklmnopqrstuvwxyz0123456789/+-.;= ") != len) {
    return FALSE;
  }
  template->type = g_strdup (value);
  template->is_markup = strstr (value, "xml") != NULL || strstr (value, "html") != NULL;
  return TRUE;
}

/* One line above the body: "file: *.cfg". */
static gboolean
take_rule (KithSetupTemplate *template, const char *line)
{
  const char *colon = strchr (line, ':');

  if (colon == NULL) {
    return FALSE;
  }
  g_autofree gchar *value = g_strstrip (g_strdup (colon + 1));
  const guint n = template->agents->len + template->files->len;
  if (g_str_has_prefix (line, "type:")) {
    return take_type (template, value);
  }
  if (*value == '\0' || strlen (value) > KITH_SETUP_FILE_MAX || n >= MAX_RULES) {
    return FALSE;
  }
  if (g_str_has_prefix (line, "agent:")) {
    g_ptr_array_add (template->agents, g_ascii_strdown (value, -1));
    return TRUE;
  }
  if (g_str_has_prefix (line, "file:")) {
    g_ptr_array_add (template->files, g_steal_pointer (&value));
    return TRUE;
  }
  return FALSE;
}

static Value
parse_value (const char *at, gsize len)
{
  for (guint i = 1; i < G_N_ELEMENTS (words); i++) {
    if (strlen (words[i]) == len && strncmp (words[i], at, len) == 0) {
      return (Value)i;
    }
  }
  return VALUE_NONE;
}

/* "@USER@" at @at: its length, 0: there is none. */
static gsize
mark_length (const char *at)
{
  const gsize len = *at == '@' ? strspn (at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") : 0;

  return len > 0 && at[len + 1] == '@' ? len + 2 : 0;
}

static gboolean
take_body (KithSetupTemplate *template, const char *body, guint line, GError **error)
{
  GString *text = g_string_new (NULL);

  for (const char *at = body; *at != '\0';) {
    const gsize len = mark_length (at);
    const Value value = len > 0 ? parse_value (at + 1, len - 2) : VALUE_NONE;
    line += *at == '\n' ? 1 : 0;
    if (len > 0 && value == VALUE_NONE) {
      g_string_free (text, TRUE);
      return refuse (error, line, "no such value; those there are: kith.conf(5), setup-port");
    }
    if (len == 0) {
      g_string_append_c (text, *at++);
      continue;
    }
    const Piece piece = { g_strdup (text->str), value };
    g_array_append_val (template->pieces, piece);
    g_string_truncate (text, 0);
    at += len;
  }
  const Piece last = { g_string_free (text, FALSE), VALUE_NONE };
  g_array_append_val (template->pieces, last);
  return TRUE;
}

KithSetupTemplate *
kith_setup_template_parse (const char *text, gsize len, GError **error)
{
  g_autoptr (KithSetupTemplate) template = template_new ();
  g_autofree gchar *copy = NULL;
  guint line = 1;

  if (len > KITH_SETUP_TEMPLATE_MAX || memchr (text, '\0', len) != NULL
      || !g_utf8_validate (text, (gssize)len, NULL)) {
    (void)refuse (error, line, "not at most 16 KiB of UTF-8 text");
    return NULL;
  }
  copy = g_strndup (text, len);
  gchar *at = copy;
  for (; *at != '\0' && *at != '\n'; line++) {
    gchar *end = strchr (at, '\n');
    gchar *next = end != NULL ? end + 1 : at + strlen (at);
    if (end != NULL) {
      *end = '\0';
    }
    if (*at != '#' && !take_rule (template, at)) {
      (void)refuse (error, line, "wanted: agent: WORD, file: PATTERN, type: TYPE, # or nothing");
      return NULL;
    }
    at = next;
  }
  if (template->type == NULL || *at == '\0') {
    (void)refuse (error, line, "no type:, or no document behind an empty line");
    return NULL;
  }
  return take_body (template, at + 1, line + 1, error) ? g_steal_pointer (&template) : NULL;
}

/* Choosing */

guint
kith_setup_template_fits (const KithSetupTemplate *template, const char *file, const char *agent)
{
  g_autofree gchar *lower = g_ascii_strdown (agent, -1);
  g_autofree gchar *name = g_ascii_strdown (file, -1);

  for (guint i = 0; i < template->agents->len; i++) {
    if (strstr (lower, template->agents->pdata[i]) != NULL) {
      return 3;
    }
  }
  for (guint i = 0; i < template->files->len; i++) {
    if (g_pattern_match_simple (template->files->pdata[i], name)) {
      return strcmp (template->files->pdata[i], "*") == 0 ? 1 : 2;
    }
  }
  return 0;
}

const char *
kith_setup_template_get_media_type (const KithSetupTemplate *template)
{
  return template->type;
}

gboolean
kith_setup_find_mac (const char *text, gchar mac[MAC_DIGITS + 1])
{
  guint n = 0;

  for (const char *at = text; *at != '\0' && n < MAC_DIGITS; at++) {
    if (g_ascii_isxdigit (*at)) {
      mac[n++] = g_ascii_tolower (*at);
    } else if (n == 0 || (*at != ':' && *at != '-')) {
      n = 0;
    }
  }
  mac[n == MAC_DIGITS ? n : 0] = '\0';
  return n == MAC_DIGITS;
}

/* Filling in */

/* (transfer full) */
static gchar *
make_ha1 (const KithSetupValues *values)
{
  KithPhoneSecret secret;

  kith_phone_secret_make (values->user, values->password, &secret);
  return kith_hex_encode (secret.md5, sizeof secret.md5);
}

/* (transfer full) */
static gchar *
value_text (const KithSetupValues *values, Value value)
{
  switch (value) {
  case VALUE_USER:
  case VALUE_NAME:
    return g_strdup (values->user);
  case VALUE_NUMBER:
    return g_strdup (values->number);
  case VALUE_PASSWORD:
    return g_strdup (values->password);
  case VALUE_HA1:
    return make_ha1 (values);
  case VALUE_SERVER:
    return g_strdup (values->server);
  case VALUE_HOST:
    return strchr (values->server, ':') != NULL ? g_strdup_printf ("[%s]", values->server)
                                                : g_strdup (values->server);
  case VALUE_PORT:
    return g_strdup_printf ("%u", values->port);
  case VALUE_TRANSPORT:
    return g_strdup ("udp");
  case VALUE_REALM:
    return g_strdup (KITH_PHONE_REALM);
  case VALUE_MAC:
    return g_strdup (values->mac);
  case VALUE_NONE:
    break;
  }
  return g_strdup ("");
}

static void
wipe (gchar *text)
{
  explicit_bzero (text, strlen (text));
  g_free (text);
}

gchar *
kith_setup_template_fill (const KithSetupTemplate *template, const KithSetupValues *values)
{
  /* never longer than this, so that no copy is left behind where it grew */
  GString *out = g_string_sized_new (KITH_SETUP_DOCUMENT_MAX + 1);

  for (guint i = 0; i < template->pieces->len; i++) {
    const Piece *piece = &g_array_index (template->pieces, Piece, i);
    gchar *plain = value_text (values, piece->value);
    gchar *shown = template->is_markup ? g_markup_escape_text (plain, -1) : g_strdup (plain);
    if (out->len + strlen (piece->text) + strlen (shown) <= KITH_SETUP_DOCUMENT_MAX) {
      g_string_append (out, piece->text);
      g_string_append (out, shown);
    } else {
      explicit_bzero (out->str, out->len);
      g_string_free (out, TRUE);
      out = NULL;
    }
    wipe (plain);
    wipe (shown);
    if (out == NULL) {
      return NULL;
    }
  }
  return g_string_free (out, FALSE);
}
