/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts names, tags and addresses together, and takes tags away from those who have proved none. */
#include "model/call/who.h"

#include <string.h>

#include "base/text.h"
#include "model/names/address.h"
#include "model/names/name.h"

/* so many letters and digits after a tilde may be taken for a tag, which has 8 */
#define TAG_LIKE 6

static gboolean
is_set (const char *text)
{
  return text != NULL && *text != '\0';
}

/* A telephone may call itself anything: its name never stands alone. */
static gboolean
is_said_by_sip (const KithWho *who)
{
  return !is_set (who->key) && is_set (who->address)
         && g_ascii_strncasecmp (who->address, "sip", 3) == 0 && strchr (who->address, ':') != NULL;
}

gchar *
kith_who_name (const KithWho *who)
{
  if (!is_set (who->name)) {
    return g_strdup (is_set (who->address) ? who->address : "");
  }
  if (is_said_by_sip (who)) {
    g_autofree gchar *name = g_strdelimit (g_strdup (who->name), "\"<>", '\'');
    return g_strdup_printf ("\"%s\" <%s>", name, who->address);
  }
  if (!is_set (who->key)) {
    return g_strcmp0 (who->encryption, "none") == 0
               ? g_strdup_printf ("%s (ordinary SIP)", who->name)
               : g_strdup (who->name);
  }
  if (!is_set (who->tag)) {
    return g_strdup (who->name);
  }
  if (is_set (who->own_name) && strcmp (who->own_name, who->name) != 0) {
    return g_strdup_printf ("%s (%s~%s)", who->name, who->own_name, who->tag);
  }
  return g_strdup_printf ("%s~%s", who->name, who->tag);
}

gchar *
kith_who_text (const KithWho *who)
{
  g_autofree gchar *name = kith_who_name (who);

  return g_strcmp0 (who->trust, "mismatch") == 0
             ? g_strdup_printf ("%s (ANOTHER KEY than before)", name)
             : g_steal_pointer (&name);
}

/* What people may take for the sign before a tag; @before: the character in front. */
static gboolean
is_tilde (gunichar c, gunichar before)
{
  static const gunichar tildes[] = { 0x7e,   0x2dc,  0x2f7,  0x2053, 0x223c, 0x223d, 0x223e,
                                     0x223f, 0x2241, 0x2242, 0x2243, 0x301c, 0x3030, 0xff5e };

  for (guint i = 0; i < G_N_ELEMENTS (tildes); i++) {
    if (c == tildes[i]) {
      return TRUE;
    }
  }
  /* Above or through nothing that it belongs to. */
  return (c == 0x303 || c == 0x334 || c == 0x360) && !g_unichar_isalpha (before);
}

static gboolean
is_followed_by_tag (const char *rest)
{
  guint n = 0;

  for (; *rest != '\0' && g_unichar_isspace (g_utf8_get_char (rest));
       rest = g_utf8_next_char (rest)) {
  }
  for (; *rest != '\0' && g_unichar_isalnum (g_utf8_get_char (rest));
       rest = g_utf8_next_char (rest)) {
    n++;
  }
  return n >= TAG_LIKE;
}

gchar *
kith_who_unproved (const char *text)
{
  g_autofree gchar *safe = kith_text_safe (text != NULL ? text : "", -1, KITH_WHO_MAX);
  GString *name = g_string_new (NULL);
  gunichar before = ' ';

  for (const char *at = safe; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);
    gboolean tilde = is_tilde (c, before);
    if (tilde && is_followed_by_tag (g_utf8_next_char (at))) {
      break;
    }
    g_string_append_unichar (name, tilde ? ' ' : c);
    before = c;
  }
  gchar *left = g_strstrip (g_string_free (name, FALSE));
  if (*left == '\0') {
    g_clear_pointer (&left, g_free);
  }
  return left;
}

gchar *
kith_who_unproved_uri (const char *uri)
{
  GString *text = g_string_new (uri);

  (void)g_string_replace (text, "~", "%7E", 0);
  return g_string_free (text, FALSE);
}

gchar *
kith_who_claimed_on_link (const char *uri)
{
  const char *colon = strchr (uri, ':');
  const char *at = strchr (uri, '@');

  if (colon == NULL || at == NULL || at < colon) {
    return NULL; /* a display name could be anything, even a tag */
  }
  g_autofree gchar *raw = g_strndup (colon + 1, (gsize)(at - colon - 1));
  g_autofree gchar *plain = g_uri_unescape_string (raw, NULL);
  return plain != NULL ? kith_name_normalize (plain, NULL) : NULL;
}

gchar *
kith_who_claimed_by_sip (const char *uri, const char *display)
{
  gchar *name = kith_who_unproved (display);
  g_autoptr (KithAddress) address = name == NULL ? kith_address_parse (uri, NULL) : NULL;

  return name != NULL || address == NULL ? name : kith_who_unproved (address->sip_user);
}
