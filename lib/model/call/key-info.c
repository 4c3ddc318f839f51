/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two forms that telephones use, of which no RFC tells. */
#include "model/call/key-info.h"

#include <string.h>

#define MAX_BODY 256

static gboolean
is_type (const char *type, const char *wanted)
{
  gsize len = strlen (wanted);

  return g_ascii_strncasecmp (type, wanted, len) == 0 && strchr ("; \t", type[len]) != NULL;
}

/* "5", "*", "d", and by their events "10" to "15". */
static char
read_key (const char *text)
{
  static const char events[] = "*#ABCD";
  gsize len = strcspn (text, " \t\r\n");

  if (len == 1) {
    char key = g_ascii_toupper (text[0]);
    return strchr ("0123456789*#ABCD", key) != NULL ? key : 0;
  }
  return len == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5' ? events[text[1] - '0'] : 0;
}

char
kith_key_info_read (const char *type, const char *body, gsize len)
{
  if (type == NULL || len == 0 || len > MAX_BODY || memchr (body, '\0', len) != NULL) {
    return 0;
  }
  g_autofree gchar *text = g_strndup (body, len);
  if (is_type (type, "application/dtmf")) {
    return read_key (text + strspn (text, " \t\r\n"));
  }
  if (!is_type (type, KITH_KEY_INFO_TYPE)) {
    return 0;
  }
  for (const char *line = text; line != NULL; line = strchr (line, '\n')) {
    line += strspn (line, " \t\r\n");
    if (g_ascii_strncasecmp (line, "signal", strlen ("signal")) == 0) {
      const char *at = line + strlen ("signal");
      at += strspn (at, " \t");
      return *at == '=' ? read_key (at + 1 + strspn (at + 1, " \t")) : 0;
    }
  }
  return 0;
}

gchar *
kith_key_info_print (char key, guint ms)
{
  return g_strdup_printf ("Signal=%c\r\nDuration=%u\r\n", key, ms);
}
