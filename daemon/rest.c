/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A timer that each call puts off. */
#include "rest.h"

#include "base/clock.h"
#include "base/footprint.h"

#define REST_MS 10000 /* after the start, and after the last call is forgotten */

/* What other libraries are linked with, and no call uses: their start touches it, or the database,
   which has time. Of GnuTLS a new link needs a tenth. */
static const char *const unused[] = {
  "libgnutls.",    "libcrypto.",   "libssl.",        "libp11-kit.", "libtasn1.", "libidn2.",
  "libunistring.", "libsqlite3.",  "libgupnp-",      "libgssdp-",   "libsoup-",  "libxml2.",
  "libicu",        "libstdc++.",   "libgcc_s.",      "libgssapi_",  "libkrb5",   "libk5crypto.",
  "libcom_err.",   "libkeyutils.", "libresolv.",     "libnghttp2.", "libbrotli", "libpsl.",
  "libgstvideo-",  "libgsttag-",   "libgstpbutils-", "libdw",       "libelf",    "libunwind.",
  "liblzma.",      "libbz2.",      "libz.",          "libmount.",   "libblkid.", "libselinux.",
  "libpcre2-",     "libplc4.",     "libplds4.",      NULL,
};

struct _KithdRest {
  KithNode *node;
  guint timer;
};

static gboolean
on_rest (gpointer user_data)
{
  KithdRest *rest = user_data;

  rest->timer = 0;
  kith_footprint_release (unused);
  return G_SOURCE_REMOVE;
}

static void
on_call_added (KithNode *node, KithCall *call, KithdRest *rest)
{
  kith_clock_cancel (kith_clock_get_default (), &rest->timer);
}

static void
on_call_removed (KithNode *node, KithCall *call, KithdRest *rest)
{
  g_autoptr (GList) calls = kith_node_get_calls (node);

  kith_clock_cancel (kith_clock_get_default (), &rest->timer);
  if (calls == NULL) {
    rest->timer = kith_clock_add (kith_clock_get_default (), REST_MS, on_rest, rest);
  }
}

KithdRest *
kithd_rest_new (KithNode *node)
{
  KithdRest *rest = g_new0 (KithdRest, 1);

  rest->node = g_object_ref (node);
  g_signal_connect (node, "call-added", G_CALLBACK (on_call_added), rest);
  g_signal_connect (node, "call-removed", G_CALLBACK (on_call_removed), rest);
  on_call_removed (node, NULL, rest);
  return rest;
}

void
kithd_rest_free (KithdRest *rest)
{
  if (rest != NULL) {
    kith_clock_cancel (kith_clock_get_default (), &rest->timer);
    g_signal_handlers_disconnect_by_data (rest->node, rest);
    g_object_unref (rest->node);
    g_free (rest);
  }
}
