/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of a request, bounded and safe to be shown. */
#include "sip/dialog/sip-words.h"

#include <string.h>

#include "sip/sip-limits.h"
#include "sip/sip-private.h"

gchar *
kith_sip_words_uri (const url_t *url)
{
  char text[KITH_SIP_MAX_URI + 1] = "";
  ssize_t n = url_e (text, sizeof text, url);

  return kith_sip_safe (n > 0 && (gsize)n < sizeof text ? text : "", KITH_SIP_MAX_URI);
}

gchar *
kith_sip_words_user (const url_t *url)
{
  gsize len = url->url_user != NULL ? strlen (url->url_user) : 0;

  if (len == 0 || len > KITH_SIP_MAX_URI) {
    return g_strdup ("");
  }
  g_autofree gchar *plain = g_malloc (len + 1);
  (void)url_unescape (plain, url->url_user);
  return kith_sip_safe (plain, KITH_SIP_MAX_URI);
}

gchar *
kith_sip_words_display (const char *display)
{
  g_autofree gchar *bare = g_strdup (display != NULL ? display : "");
  gsize len = strlen (bare);

  if (len >= 2 && bare[0] == '"' && bare[len - 1] == '"') {
    gsize to = 0;
    for (gsize from = 1; from < len - 1; from++) {
      if (bare[from] == '\\' && from + 1 < len - 1) {
        from++;
      }
      bare[to++] = bare[from];
    }
    bare[to] = '\0';
  }
  return kith_sip_safe (bare, KITH_SIP_MAX_DISPLAY);
}
