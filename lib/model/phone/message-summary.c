/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The body of a NOTIFY of the package "message-summary" (RFC 3842). */
#include "model/phone/watch.h"

/* A line's end in it would be a line of its own. */
static void
put_account (GString *out, const char *account)
{
  for (guint i = 0; account[i] != '\0' && i < KITH_WATCH_URI_MAX; i++) {
    if (account[i] > ' ' && account[i] < 0x7f) {
      g_string_append_c (out, account[i]);
    }
  }
}

gchar *
kith_message_summary_print (const char *account, const KithWatchedMessages *messages)
{
  GString *out = g_string_new (NULL);

  g_string_append_printf (out,
                          "Messages-Waiting: %s\r\nMessage-Account: ",
                          messages->fresh > 0 ? "yes" : "no");
  put_account (out, account);
  g_string_append_printf (out,
                          "\r\nVoice-Message: %u/%u (0/0)\r\n",
                          messages->fresh,
                          messages->old);
  return g_string_free (out, FALSE);
}
