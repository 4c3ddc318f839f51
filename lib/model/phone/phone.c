/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of phones, and what a name and a number may be. */
#include "model/phone/phone.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define FIRST_NUMBER 11
#define MAX_SHOWN 40

/* In the order of the enums. */
static const char *const classes[] = { "home", "guest", "door" };
static const char *const digests[] = { "auto", "md5", "sha-256" };

const char *
kith_phone_class_word (KithPhoneClass rights)
{
  return (guint)rights < G_N_ELEMENTS (classes) ? classes[rights] : "";
}

const char *
kith_phone_digest_word (KithPhoneDigest digest)
{
  return (guint)digest < G_N_ELEMENTS (digests) ? digests[digest] : "";
}

/* FALSE: @word is none of the @n @words, of which @what names one. */
static gboolean
find_word (const char *const *words,
           guint n,
           const char *what,
           const char *word,
           guint *index,
           GError **error)
{
  for (guint i = 0; i < n; i++) {
    if (strcmp (words[i], word) == 0) {
      *index = i;
      return TRUE;
    }
  }
  g_autofree gchar *shown = kith_text_safe (word, -1, MAX_SHOWN);
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "“%s” is no %s: there are %s, %s and %s",
               shown,
               what,
               words[0],
               words[1],
               words[2]);
  return FALSE;
}

gboolean
kith_phone_class_parse (const char *word, KithPhoneClass *rights, GError **error)
{
  guint i = 0;

  if (!find_word (classes, G_N_ELEMENTS (classes), "class of phones", word, &i, error)) {
    return FALSE;
  }
  *rights = (KithPhoneClass)i;
  return TRUE;
}

gboolean
kith_phone_digest_parse (const char *word, KithPhoneDigest *digest, GError **error)
{
  guint i = 0;

  if (!find_word (digests, G_N_ELEMENTS (digests), "digest", word, &i, error)) {
    return FALSE;
  }
  *digest = (KithPhoneDigest)i;
  return TRUE;
}

/* Names */

static gboolean
is_sign (char c)
{
  return c == '-' || c == '.';
}

/* What is nearest to @text among names, at most KITH_PHONE_NAME_MAX characters; "" when there is
   nothing in it. */
static void
propose (const char *text, gchar name[KITH_PHONE_NAME_MAX + 1])
{
  gsize len = 0;
  gboolean has_letter = FALSE;

  for (const char *at = text; *at != '\0' && len < KITH_PHONE_NAME_MAX; at++) {
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
kith_phone_name_normalize (const char *text, gchar name[KITH_PHONE_NAME_MAX + 1], GError **error)
{
  static const char *const other_words[] = { "me", "agent", NULL };
  g_autofree gchar *lower = g_ascii_strdown (text, -1);

  propose (text, name);
  if (g_strv_contains (other_words, name)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "“%s” stands for somebody else wherever phones are named: try %s-phone",
                 name,
                 name);
    return FALSE;
  }
  if (*name != '\0' && strcmp (name, lower) == 0) {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "A phone's name is 1 to %d letters, digits, \"-\" or \".\"%s: try %s",
               KITH_PHONE_NAME_MAX,
               *name == '\0' ? " with a letter among them" : "",
               *name != '\0' ? name : "desk");
  return FALSE;
}

/* Numbers */

static gboolean
is_emergency (const char *number)
{
  static const char *const numbers[] = {
    "110", "111", "112", "113", "114", "115", "117", "118", "119", "122", "123", "133",
    "144", "155", "158", "190", "191", "192", "193", "199", "911", "933", "999", NULL,
  };

  return g_strv_contains (numbers, number);
}

gboolean
kith_phone_number_check (const char *number, GError **error)
{
  const gsize len = strlen (number);

  if (len < 2 || len > KITH_PHONE_NUMBER_MAX || strspn (number, "0123456789") != len
      || number[0] == '0') {
    g_autofree gchar *shown = kith_text_safe (number, -1, MAX_SHOWN);
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "“%s” is no number of a phone: 2 to %d digits, the first no 0, such as 11",
                 shown,
                 KITH_PHONE_NUMBER_MAX);
    return FALSE;
  }
  if (is_emergency (number)) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_INVALID_ARGUMENTS,
                 "%s calls for help somewhere, and no phone may stand in its way: choose another",
                 number);
    return FALSE;
  }
  return TRUE;
}

gboolean
kith_phone_number_next (GHashTable *taken, guint *from, gchar number[KITH_PHONE_NUMBER_MAX + 1])
{
  for (guint n = MAX (*from, FIRST_NUMBER); n < 1000000; n++) {
    g_snprintf (number, KITH_PHONE_NUMBER_MAX + 1, "%u", n);
    if (!is_emergency (number) && !g_hash_table_contains (taken, number)) {
      *from = n + 1;
      return TRUE;
    }
  }
  return FALSE;
}
