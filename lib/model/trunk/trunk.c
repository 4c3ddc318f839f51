/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table of the keys of a trunk, each with how it is read and shown. */
#include "model/trunk/trunk.h"

#include <gio/gio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define MAX_SHOWN 40
#define DEFAULT_CALLS 2
#define DEFAULT_RINGS "me"

typedef enum { HOST, USER, NUMBER, TRANSPORT, TEXT, PIN, SOURCES, WORD, CODE, LIST, CALLS } Kind;

typedef struct {
  const char *key;
  Kind kind;
  gsize offset; /* of its member in KithTrunk */
  gsize room;   /* of a text */
} Key;

#define ROW(key, kind, member)                                                                     \
  {                                                                                                \
    key, kind, G_STRUCT_OFFSET (KithTrunk, member), sizeof ((KithTrunk *)0)->member                \
  }

static const Key rows[] = {
  ROW ("domain", HOST, account.domain),
  ROW ("user", USER, account.user),
  ROW ("number", NUMBER, account.number),
  ROW ("proxy", HOST, account.proxy),
  ROW ("transport", TRANSPORT, account.transport),
  ROW ("ca", TEXT, account.ca),
  ROW ("pin", PIN, account.pin),
  ROW ("accept-from", SOURCES, callers.sources),
  ROW ("hold", WORD, callers.hold),
  ROW ("rings", TEXT, callers.rings),
  ROW ("format", WORD, calls.format),
  ROW ("identity", WORD, calls.identity),
  ROW ("country", CODE, calls.country),
  ROW ("area", CODE, calls.area),
  ROW ("prefixes", LIST, calls.prefixes),
  ROW ("allow", LIST, calls.allow),
  ROW ("deny", LIST, calls.deny),
  ROW ("max-calls", CALLS, calls.max_calls),
};

/* In the order of the enums; the first is the default. */
static const char *const formats[] = { "e164", "00", "national", NULL };
static const char *const identities[] = { "from", "ppi", "pai", "rpid", NULL };
static const char *const holds[] = { "local", "pass", NULL };

const char *
kith_trunk_identity_word (KithTrunkIdentity identity)
{
  return (guint)identity < G_N_ELEMENTS (identities) - 1 ? identities[identity] : NULL;
}

const char *
kith_trunk_hold_word (KithTrunkHold hold)
{
  return (guint)hold < G_N_ELEMENTS (holds) - 1 ? holds[hold] : NULL;
}

void
kith_trunk_line_free (KithTrunkLine *line)
{
  if (line != NULL && line->password != NULL) {
    explicit_bzero (line->password, strlen (line->password));
    g_free (line->password);
  }
  g_free (line);
}

/* Names */

static gboolean
is_sign (char c)
{
  return c == '-' || c == '.';
}

/* What is nearest to @text among names; "" when there is nothing in it. */
static void
propose (const char *text, gchar name[KITH_TRUNK_NAME_MAX + 1])
{
  gsize len = 0;
  gboolean has_letter = FALSE;

  for (const char *at = text; *at != '\0' && len < KITH_TRUNK_NAME_MAX; at++) {
    const char c = g_ascii_tolower (*at);
    if (g_ascii_isalnum (c)) {
      name[len++] = c;
      has_letter = has_letter || g_ascii_isalpha (c);
    } else if (len > 0 && !is_sign (name[len - 1])) {
      name[len++] = c == '.' ? '.' : '-';
    }
  }
  while (len > 0 && is_sign (name[len - 1])) {
    len--;
  }
  name[has_letter ? len : 0] = '\0';
}

gboolean
kith_trunk_name_check (const char *name, GError **error)
{
  gchar near[KITH_TRUNK_NAME_MAX + 1];

  propose (name, near);
  if (*near != '\0' && strcmp (near, name) == 0) {
    return TRUE;
  }
  g_set_error (
      error,
      KITH_ERROR,
      KITH_ERROR_INVALID_ARGUMENTS,
      "A trunk's name is 1 to %d lower-case letters, digits, \"-\" or \".\", with a letter "
      "among them: try %s",
      KITH_TRUNK_NAME_MAX,
      *near != '\0' ? near : "home");
  return FALSE;
}

KithTrunk
kith_trunk_default (const char *name)
{
  KithTrunk trunk = { .calls = { .max_calls = DEFAULT_CALLS } };

  (void)g_strlcpy (trunk.name, name, sizeof trunk.name);
  (void)g_strlcpy (trunk.callers.rings, DEFAULT_RINGS, sizeof trunk.callers.rings);
  return trunk;
}

const char *const *
kith_trunk_keys (void)
{
  static const char *keys[G_N_ELEMENTS (rows) + 1];

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    keys[i] = rows[i].key;
  }
  return keys;
}

/* Values */

static gboolean
is_host (const char *text)
{
  const char *colon = strrchr (text, ':');
  const gboolean bracket = *text == '[';
  const char *end = bracket ? strchr (text, ']') : NULL;
  guint64 port = 1;
  KithEndpoint number = { 0 };
  KithSipPiece host;

  if (bracket && end == NULL) {
    return FALSE;
  }
  if (bracket) {
    colon = end[1] == ':' ? end + 1 : NULL;
    if (colon == NULL && end[1] != '\0') {
      return FALSE;
    }
  } else if (colon != NULL && strchr (text, ':') != colon) {
    return FALSE; /* an IPv6 address needs its brackets */
  }
  host = (KithSipPiece){ text, colon != NULL ? (gsize)(colon - text) : strlen (text) };
  if (colon != NULL
      && (!kith_sip_piece_number (kith_sip_piece (colon + 1), 65535, &port) || port == 0)) {
    return FALSE;
  }
  if (bracket) {
    return kith_sip_host_is_number (host, &number);
  }
  for (gsize i = 0; i < host.len; i++) {
    if (!g_ascii_isalnum (text[i]) && !is_sign (text[i]) && text[i] != '_') {
      return FALSE;
    }
  }
  return host.len > 0 && !is_sign (text[0]);
}

static gboolean
has_only (const char *text, const char *chars)
{
  return strspn (text, chars) == strlen (text);
}

static gboolean
is_user (const char *text)
{
  for (; *text != '\0'; text++) {
    if (!g_ascii_isalnum (*text) && strchr ("-_.!~*'()&=+$,%", *text) == NULL) {
      return FALSE; /* what needs no quotes and no escapes (RFC 3261 section 25.1) */
    }
  }
  return TRUE;
}

/* "+49;+4179", "*". */
static gboolean
is_list (const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, ";", -1);

  for (guint i = 0; words[i] != NULL; i++) {
    const char *word = g_strstrip (words[i]);
    const char *digits = *word == '+' ? word + 1 : word;
    if (strcmp (word, "*") != 0 && (*digits == '\0' || !has_only (digits, "0123456789"))) {
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
is_text (const char *text)
{
  for (; *text != '\0'; text++) {
    if (g_ascii_iscntrl (*text)) {
      return FALSE;
    }
  }
  return TRUE;
}

/* What is wrong with @value (static), or NULL. */
static const char *
text_fault (Kind kind, const char *value)
{
  switch (kind) {
  case HOST:
    return is_host (value) ? NULL : "a host, with or without a port: sip.example.org:5060";
  case USER:
    return is_user (value) ? NULL : "the user alone, without \"sip:\" and \"@\"";
  case NUMBER:
    return value[0] == '+' && strlen (value) >= 6 && has_only (value + 1, "0123456789")
               ? NULL
               : "a number with its country: +4930123456";
  case PIN:
    return strlen (value) == KITH_TRUNK_PIN_MAX && has_only (value, "0123456789abcdef")
               ? NULL
               : "the SHA-256 of a certificate in 64 hexadecimal digits";
  case CODE:
    return has_only (value, "0123456789") ? NULL : "digits alone: 49";
  case LIST:
    return is_list (value) ? NULL : "beginnings of numbers with \";\" between: +49;+4179";
  case TEXT:
    return is_text (value) ? NULL : "a text of one line";
  case TRANSPORT:
  case SOURCES:
  case WORD:
  case CALLS:
    break;
  }
  return NULL;
}

static gboolean
refuse (const Key *row, const char *value, const char *wanted, GError **error)
{
  g_autofree gchar *shown = kith_text_safe (value, -1, MAX_SHOWN);

  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "“%s” is no %s of a trunk: it is %s",
               shown,
               row->key,
               wanted);
  return FALSE;
}

static gpointer
member (KithTrunk *trunk, const Key *row)
{
  return (guint8 *)trunk + row->offset;
}

static gboolean
set_text (KithTrunk *trunk, const Key *row, const char *value, GError **error)
{
  const char *fault = *value != '\0' ? text_fault (row->kind, value) : NULL;

  if (fault == NULL && strlen (value) >= row->room) {
    g_autofree gchar *most
        = g_strdup_printf ("%" G_GSIZE_FORMAT " characters at most", row->room - 1);
    return refuse (row, value, most, error);
  }
  if (fault != NULL) {
    return refuse (row, value, fault, error);
  }
  (void)g_strlcpy (member (trunk, row), value, row->room);
  if (strcmp (row->key, "rings") == 0 && *value == '\0') {
    (void)g_strlcpy (trunk->callers.rings, DEFAULT_RINGS, sizeof trunk->callers.rings);
  }
  return TRUE;
}

static const char *const *
words_of (const Key *row)
{
  switch (row->key[0]) {
  case 'h':
    return holds;
  case 'f':
    return formats;
  default:
    return identities;
  }
}

/* An enum of int's size behind @at. */
static void
put_enum (gpointer at, guint i)
{
  memcpy (at, &(int){ (int)i }, sizeof (int));
}

static gboolean
set_word (KithTrunk *trunk, const Key *row, const char *value, GError **error)
{
  const char *const *words = words_of (row);

  for (guint i = 0; words[i] != NULL; i++) {
    if (strcmp (words[i], value) == 0 || (i == 0 && *value == '\0')) {
      put_enum (member (trunk, row), i);
      return TRUE;
    }
  }
  g_autofree gchar *all = g_strjoinv (", ", (gchar **)words);
  g_autofree gchar *wanted = g_strdup_printf ("one of %s", all);
  return refuse (row, value, wanted, error);
}

static gboolean
set_sources (KithTrunk *trunk, const Key *row, const char *value, GError **error)
{
  g_auto (GStrv) words = g_strsplit (value, ";", -1);
  KithEndpoint list[KITH_TRUNK_SOURCES_MAX] = { 0 };
  guint n = 0;

  for (guint i = 0; words[i] != NULL; i++) {
    KithSipPiece host = kith_sip_piece_trim (kith_sip_piece (words[i]));
    if (host.len == 0) {
      continue;
    }
    if (n == KITH_TRUNK_SOURCES_MAX || !kith_sip_host_is_number (host, &list[n])) {
      return refuse (row,
                     value,
                     "at most 8 addresses with \";\" between: 192.0.2.7;2001:db8::7",
                     error);
    }
    n++;
  }
  trunk->callers.n_sources = n;
  memcpy (trunk->callers.sources, list, sizeof list);
  return TRUE;
}

static gboolean
set_calls (KithTrunk *trunk, const Key *row, const char *value, GError **error)
{
  guint64 n = DEFAULT_CALLS;

  if (*value != '\0'
      && (!kith_sip_piece_number (kith_sip_piece (value), KITH_TRUNK_CALLS_MAX, &n) || n == 0)) {
    return refuse (row, value, "a number from 1 to 32", error);
  }
  trunk->calls.max_calls = (guint)n;
  return TRUE;
}

static gboolean
set_transport (KithTrunk *trunk, const Key *row, const char *value, GError **error)
{
  if (*value == '\0' || strcmp (value, "auto") == 0) {
    trunk->account.transport = KITH_SIP_TRANSPORT_ANY;
    return TRUE;
  }
  return kith_sip_transport_find (kith_sip_piece (value), &trunk->account.transport)
         || refuse (row, value, "one of auto, udp, tcp, tls", error);
}

static const Key *
find_row (const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (strcmp (rows[i].key, key) == 0) {
      return &rows[i];
    }
  }
  return NULL;
}

gboolean
kith_trunk_set (KithTrunk *trunk, const char *key, const char *value, GError **error)
{
  const Key *row = find_row (key);

  if (row == NULL) {
    g_autofree gchar *shown = kith_text_safe (key, -1, MAX_SHOWN);
    g_autofree gchar *all = g_strjoinv (", ", (gchar **)kith_trunk_keys ());
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "A trunk has no “%s”: it has %s",
                 shown,
                 all);
    return FALSE;
  }
  switch (row->kind) {
  case HOST:
  case USER:
  case NUMBER:
  case TEXT:
  case PIN:
  case CODE:
  case LIST:
    return set_text (trunk, row, value, error);
  case TRANSPORT:
    return set_transport (trunk, row, value, error);
  case SOURCES:
    return set_sources (trunk, row, value, error);
  case WORD:
    return set_word (trunk, row, value, error);
  case CALLS:
    return set_calls (trunk, row, value, error);
  }
  return FALSE;
}

static gchar *
get_sources (const KithTrunk *trunk)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < trunk->callers.n_sources; i++) {
    KithEndpoint endpoint = trunk->callers.sources[i];
    g_autoptr (GInetAddress) address = g_inet_address_new_from_bytes (
        endpoint.ip,
        endpoint.family == 4 ? G_SOCKET_FAMILY_IPV4 : G_SOCKET_FAMILY_IPV6);
    g_autofree gchar *host = g_inet_address_to_string (address);
    g_string_append_printf (text, "%s%s", i > 0 ? ";" : "", host);
  }
  return g_string_free (text, FALSE);
}

gchar *
kith_trunk_get (const KithTrunk *trunk, const char *key)
{
  const Key *row = find_row (key);

  g_return_val_if_fail (row != NULL, NULL);
  gconstpointer at = (const guint8 *)trunk + row->offset;
  switch (row->kind) {
  case HOST:
  case USER:
  case NUMBER:
  case TEXT:
  case PIN:
  case CODE:
  case LIST:
    return g_strdup (at);
  case TRANSPORT:
    return g_strdup (kith_sip_transport_word (trunk->account.transport));
  case SOURCES:
    return get_sources (trunk);
  case WORD: {
    int i = 0;
    memcpy (&i, at, sizeof i);
    return g_strdup (words_of (row)[i]);
  }
  case CALLS:
    return g_strdup_printf ("%u", trunk->calls.max_calls);
  }
  return NULL;
}

gboolean
kith_trunk_check (const KithTrunk *trunk, GError **error)
{
  const gboolean domain = *trunk->account.domain != '\0';

  if (domain && *trunk->account.user != '\0') {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "A trunk needs the %s that the provider gave you: %s",
               domain ? "user" : "domain",
               domain ? "--user 4930123456" : "--domain sip.example.org");
  return FALSE;
}

gboolean
kith_trunk_password_check (const char *password, GError **error)
{
  const gsize len = strlen (password);

  if (len > 0 && len <= KITH_TRUNK_PASSWORD_MAX && is_text (password)) {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "A trunk's password is 1 to %d characters in one line",
               KITH_TRUNK_PASSWORD_MAX);
  return FALSE;
}
