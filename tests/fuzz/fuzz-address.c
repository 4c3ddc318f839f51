/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever is typed: it is refused with a reason, or has one text that means the same. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "model/names/address.h"
#include "model/net/endpoint.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
  do {                                                                                             \
    if (!(what)) {                                                                                 \
      abort ();                                                                                    \
    }                                                                                              \
  } while (0)

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = g_strndup ((const gchar *)data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (KithAddress) address = kith_address_parse (text, &error);
  KithEndpoint endpoint;

  if (address == NULL) {
    MUST (error != NULL && error->domain == KITH_ERROR
          && g_utf8_validate (error->message, -1, NULL));
  } else {
    g_autofree gchar *once = kith_address_to_text (address);
    g_autoptr (KithAddress) again = kith_address_parse (once, NULL);
    MUST (again != NULL && again->kind == address->kind);
    g_autofree gchar *twice = kith_address_to_text (again);
    MUST (g_str_equal (once, twice));
  }
  if (kith_endpoint_parse (text, &endpoint)) {
    g_autofree gchar *shown = kith_endpoint_to_text (&endpoint);
    KithEndpoint same;
    MUST (kith_endpoint_parse (shown, &same) && same.port == endpoint.port
          && same.family == endpoint.family);
    (void)kith_endpoint_is_sendable (&endpoint);
  }
  return 0;
}
