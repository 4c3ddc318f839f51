/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of INFO: a key that there is, which is printed and read again, or none. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/call/key-info.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  if (size == 0) {
    return 0;
  }
  g_autofree gchar *body
      = g_memdup2 (data + 1, size - 1); /* just as large: reads beyond are seen */
  char key
      = kith_key_info_read (data[0] == 0 ? KITH_KEY_INFO_TYPE : "application/dtmf", body, size - 1);

  if (key != 0) {
    g_autofree gchar *again = kith_key_info_print (key, 100);
    if (strchr ("0123456789*#ABCD", key) == NULL
        || kith_key_info_read (KITH_KEY_INFO_TYPE, again, strlen (again)) != key) {
      abort ();
    }
  }
  return 0;
}
