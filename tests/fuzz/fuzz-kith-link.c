/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Invitations as they come from a QR code or a web page: what is accepted is bounded and clean. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/names/address.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
  do {                                                                                             \
    if (!(what)) {                                                                                 \
      abort ();                                                                                    \
    }                                                                                              \
  } while (0)

static void
check (const KithAddress *address)
{
  MUST (address->kind != KITH_ADDRESS_SIP && address->sip_uri == NULL);
  MUST (address->name != NULL || address->has_key);
  MUST (address->name == NULL || strlen (address->name) <= KITH_NAME_MAX);
  MUST (address->permit == NULL || strlen (address->permit) <= 64);
  MUST (address->hints == NULL || g_strv_length (address->hints) <= 4);
  if (address->name != NULL) {
    g_autofree gchar *safe = kith_text_safe (address->name, -1, 100);
    /* nothing in a name has to be hidden from a terminal */
    MUST (g_str_equal (safe, address->name));
    g_autofree gchar *normal = kith_name_normalize (address->name, NULL);
    MUST (g_strcmp0 (normal, address->name) == 0);
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *rest = g_strndup ((const gchar *)data, size);
  g_autofree gchar *text = g_strconcat ("kith:", rest, NULL);
  g_autoptr (KithAddress) address = kith_address_parse (text, NULL);

  if (address != NULL) {
    check (address);
    g_autofree gchar *once = kith_address_to_text (address);
    g_autoptr (KithAddress) again = kith_address_parse (once, NULL);
    MUST (again != NULL);
    MUST (again->has_key == address->has_key && kith_peer_key_equal (&again->key, &address->key));
    MUST (again->has_tag == address->has_tag
          && memcmp (again->tag, address->tag, KITH_TAG_LEN) == 0);
    MUST (g_strcmp0 (again->name, address->name) == 0
          && g_strcmp0 (again->permit, address->permit) == 0);
  }
  return 0;
}
