/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads where the streams of a session description go. */
#include "model/sdp/sdp-place.h"

#include <arpa/inet.h>
#include <string.h>

#define MAX_NAME 253 /* RFC 1035 section 2.3.4 */

/* "192.168.001.010": four numbers up to 255, decimal also with zeros before them. */
static gboolean
parse_v4 (const char *text, guint8 ip[4])
{
  g_auto (GStrv) parts = g_strsplit (text, ".", 5);

  if (g_strv_length (parts) != 4) {
    return FALSE;
  }
  for (guint i = 0; i < 4; i++) {
    gsize len = strlen (parts[i]);
    guint64 value = g_ascii_strtoull (parts[i], NULL, 10);
    if (len == 0 || len > 3 || strspn (parts[i], "0123456789") != len || value > 255) {
      return FALSE;
    }
    ip[i] = (guint8)value;
  }
  return TRUE;
}

/* An IPv4 address in an IPv6 one is what it is: an IPv4 address. */
static gboolean
parse_v6 (const char *text, guint8 ip[16], gboolean *is_v4)
{
  static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };

  if (inet_pton (AF_INET6, text, ip) != 1) {
    return FALSE;
  }
  if (memcmp (ip, mapped, sizeof mapped) == 0) {
    memmove (ip, ip + sizeof mapped, 4);
    *is_v4 = TRUE;
  }
  return TRUE;
}

/* Letters, digits, dots, hyphens and low lines, with a letter in the last label: numbers alone are
   a slip, and no name. */
static gboolean
is_name (const char *text)
{
  gsize len = strlen (text);
  const char *dot = len > 0 ? g_strrstr_len (text, (gssize)len - 1, ".") : NULL;
  gboolean has_letter = FALSE;

  for (const char *p = dot != NULL ? dot : text; *p != '\0'; p++) {
    has_letter = has_letter || g_ascii_isalpha (*p);
  }
  for (const char *p = text; *p != '\0'; p++) {
    if (!g_ascii_isalnum (*p) && strchr (".-_", *p) == NULL) {
      return FALSE;
    }
  }
  return len > 0 && len <= MAX_NAME && has_letter && g_ascii_isalnum (text[0])
         && strstr (text, "..") == NULL;
}

static KithSdpPlace
place_of_ip (const guint8 ip[16], gboolean is_v4, gchar **text)
{
  static const guint8 zeros[16];
  char shown[INET6_ADDRSTRLEN];

  if (memcmp (ip, zeros, is_v4 ? 4 : 16) == 0) {
    return KITH_SDP_AT_HOLD;
  }
  if (is_v4 ? ip[0] >= 224 : ip[0] == 0xff) {
    return KITH_SDP_AT_GROUP;
  }
  *text = g_strdup (inet_ntop (is_v4 ? AF_INET : AF_INET6, ip, shown, sizeof shown));
  return KITH_SDP_AT_HOST;
}

/* The address of "IN IP4 address" between any blanks, without brackets and time to live. (transfer
   full) (nullable) */
static gchar *
host_of (const char *value)
{
  g_autofree gchar *even = g_strdelimit (g_strdup (value), "\t", ' ');
  g_auto (GStrv) words = g_strsplit (even, " ", -1);
  const char *found[3] = { NULL };
  guint n = 0;

  for (guint i = 0; words[i] != NULL; i++) {
    if (*words[i] != '\0' && n++ < G_N_ELEMENTS (found)) {
      found[n - 1] = words[i];
    }
  }
  if (n != 3 || g_ascii_strcasecmp (found[0], "IN") != 0
      || (g_ascii_strcasecmp (found[1], "IP4") != 0 && g_ascii_strcasecmp (found[1], "IP6") != 0)) {
    return NULL;
  }
  gsize len = strcspn (found[2], "/");
  const char *life = found[2] + len;
  if (life[strspn (life, "0123456789/")] != '\0') {
    return NULL;
  }
  gboolean in_brackets = len > 2 && found[2][0] == '[' && found[2][len - 1] == ']';
  return in_brackets ? g_strndup (found[2] + 1, len - 2) : g_strndup (found[2], len);
}

KithSdpPlace
kith_sdp_place_parse (const char *value, gchar **text)
{
  g_autofree gchar *host = host_of (value);
  guint8 ip[16] = { 0 };
  gboolean is_v4 = FALSE;

  *text = NULL;
  if (host == NULL) {
    return KITH_SDP_AT_BROKEN;
  }
  char *zone = strchr (host, ':') != NULL ? strchr (host, '%') : NULL;
  if (zone != NULL) {
    *zone = '\0';
  }
  if (parse_v4 (host, ip)) {
    return place_of_ip (ip, TRUE, text);
  }
  if (parse_v6 (host, ip, &is_v4)) {
    return place_of_ip (ip, is_v4, text);
  }
  if (!is_name (host)) {
    return KITH_SDP_AT_BROKEN;
  }
  *text = g_strdup (host);
  return KITH_SDP_AT_NAME;
}
