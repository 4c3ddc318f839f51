/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys in bodies of INFO. */
#include "model/call/key-info.h"

#include <string.h>

static void
test_read (void)
{
  static const struct {
    const char *type, *body;
    char key;
  } rows[] = {
    { "application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", '5' },
    { "application/dtmf-relay", "Signal= 5\nDuration= 160", '5' },
    { "application/dtmf-relay; x=y", "signal = *\r\n", '*' },
    { "Application/DTMF-Relay", "Duration=250\r\nSignal=#", '#' },
    { "application/dtmf-relay", "Signal=11\r\n", '#' },
    { "application/dtmf-relay", "Signal=15\r\n", 'D' },
    { "application/dtmf-relay", "Signal=16\r\n", 0 },
    { "application/dtmf-relay", "Signal=!\r\n", 0 }, /* a hook flash */
    { "application/dtmf-relay", "Signal", 0 },
    { "application/dtmf-relay", "Signal=", 0 },
    { "application/dtmf-relay", "Duration=1\r\n", 0 },
    { "application/dtmf-relay", "\r\n\r\n", 0 },
    { "application/dtmf", "7", '7' },
    { "application/dtmf", " d\r\n", 'D' },
    { "application/dtmf", "77", 0 },
    { "application/dtmf", "", 0 },
    { "application/dtmfx", "7", 0 },
    { "text/plain", "Signal=5", 0 },
    { NULL, "Signal=5", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s: %s", rows[i].type, rows[i].body);
    g_assert_cmpint (kith_key_info_read (rows[i].type, rows[i].body, strlen (rows[i].body)),
                     ==,
                     rows[i].key);
  }
  g_autofree gchar *large = g_strnfill (300, ' ');
  g_assert_cmpint (kith_key_info_read ("application/dtmf", large, 300), ==, 0);
  g_assert_cmpint (kith_key_info_read ("application/dtmf",
                                       "5\0"
                                       "5",
                                       3),
                   ==,
                   0);
}

static void
test_print (void)
{
  static const char keys[] = "0123456789*#ABCD";

  for (guint i = 0; keys[i] != '\0'; i++) {
    g_autofree gchar *body = kith_key_info_print (keys[i], 160);
    g_assert_cmpint (kith_key_info_read (KITH_KEY_INFO_TYPE, body, strlen (body)), ==, keys[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sip/key-info/read", test_read);
  g_test_add_func ("/sip/key-info/print", test_print);
  return g_test_run ();
}
