/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recognizes the commonest things that are no address. */
#include "model/names/address-advice.h"

#include <arpa/inet.h>
#include <string.h>

#define KEY_LIKE 40     /* no name is so long: it is meant for a key */
#define NUMBER_DIGITS 4 /* of a telephone number, after its plus */

/* Where one of these is dialled, somebody may be in need. */
static const char *const emergency[] = {
  "000", "110", "111", "112", "113", "115", "117", "118", "119", "122", "133", "144",
  "155", "158", "190", "191", "192", "193", "911", "995", "997", "998", "999",
};

static gboolean
is_emergency (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (emergency); i++) {
    if (g_str_equal (emergency[i], text)) {
      return TRUE;
    }
  }
  return FALSE;
}

static gchar *
say_emergency (const char *number)
{
  return g_strdup_printf (
      "There is no emergency call here: dial %s on another telephone. (Somebody "
      "of that name is called with the tag, as in \"%s~7k2f9qxm\".)",
      number,
      number);
}

/* "192.0.2.7", "192.0.2.7:5060", "2001:db8::1" or "[2001:db8::1]:5060" */
static gboolean
is_ip (const char *text)
{
  guint8 bytes[16];
  const char *close = text[0] == '[' ? strchr (text, ']') : NULL;
  const char *colon = close == NULL ? strchr (text, ':') : NULL;
  g_autofree gchar *v6 = close != NULL ? g_strndup (text + 1, (gsize)(close - text - 1)) : NULL;
  g_autofree gchar *v4 = colon != NULL ? g_strndup (text, (gsize)(colon - text)) : NULL;

  return inet_pton (AF_INET6, v6 != NULL ? v6 : text, bytes) == 1
         || (close == NULL && inet_pton (AF_INET, v4 != NULL ? v4 : text, bytes) == 1);
}

static gchar *
say_ip (const char *text)
{
  guint8 bytes[16];
  gboolean is_bare_v6 = inet_pton (AF_INET6, text, bytes) == 1;

  return g_strdup_printf (
      "%s is an IP address and no name: an ordinary SIP telephone there is called "
      "by sip:%s%s%s",
      text,
      is_bare_v6 ? "[" : "",
      text,
      is_bare_v6 ? "]" : "");
}

/* "+49 30 123456", with the blanks, hyphens and brackets that people write. */
static gboolean
is_phone_number (const char *text)
{
  guint digits = 0;

  for (const char *p = text + (*text == '+'); *p != '\0'; p++) {
    if (strchr (" -./()", *p) == NULL && !g_ascii_isdigit (*p)) {
      return FALSE;
    }
    digits += g_ascii_isdigit (*p);
  }
  return *text == '+' ? digits >= NUMBER_DIGITS : digits >= NUMBER_DIGITS && strpbrk (text, " /()");
}

static gchar *
say_number (void)
{
  return g_strdup (
      "Telephone numbers cannot be called: Kith is in no telephone network. Call people "
      "by their name, and a SIP telephone or gateway by sip:NUMBER@HOST");
}

static gchar *
advise_tel (const char *number)
{
  g_autofree gchar *digits = g_strndup (number, strcspn (number, ";"));

  return is_emergency (digits) ? say_emergency (digits) : say_number ();
}

/* Letters and digits only, and far longer than a name may be. */
static gboolean
is_like_a_key (const char *text)
{
  gsize len = strlen (text);

  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isalnum (text[i]) && text[i] != '-') {
      return FALSE;
    }
  }
  return len >= KEY_LIKE;
}

gboolean
kith_address_is_no_name (const char *name, gchar **why)
{
  *why = is_emergency (name) ? say_emergency (name) : is_ip (name) ? say_ip (name) : NULL;
  return *why != NULL;
}

gchar *
kith_address_advice (const char *text)
{
  gchar *why = NULL;

  if (kith_address_is_no_name (text, &why)) {
    return why;
  }
  if (g_ascii_strncasecmp (text, "tel:", 4) == 0) {
    return advise_tel (text + 4);
  }
  if (is_phone_number (text)) {
    return say_number ();
  }
  if (is_like_a_key (text)) {
    return g_strdup_printf (
        "This looks like a key, but is none: a key is 52 letters and digits, and "
        "one of these %d is wrong, missing or too many; copy it again",
        (int)strlen (text));
  }
  return NULL;
}

/* TRUE for what is an address already: what stands in brackets behind it is no other one. */
static gboolean
has_scheme (const char *text)
{
  static const char *const schemes[] = { "kith:", "sip:", "sips:", "tel:" };

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++) {
    if (g_ascii_strncasecmp (text, schemes[i], strlen (schemes[i])) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

gchar *
kith_address_strip (const char *text)
{
  gboolean bare = has_scheme (text + strspn (text, " \t"));
  const char *open = bare ? NULL : strchr (text, '<');
  const char *close = open != NULL ? strrchr (open, '>') : NULL;

  if (close != NULL && close[1 + strspn (close + 1, " \t")] == '\0') {
    g_autofree gchar *inner = g_strstrip (g_strndup (open + 1, (gsize)(close - open - 1)));
    if (has_scheme (inner) || strchr (inner, '@') != NULL || is_ip (inner)) {
      return g_steal_pointer (&inner);
    }
  }
  return g_strstrip (g_strdup (text));
}
