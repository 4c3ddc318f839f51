/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One question to the node's set-up, then the answer. */
#include "bus-phone-setup.h"

#include <string.h>

#include "base/error.h"
#include "model/phone/phone-password.h"

typedef struct {
  KithNode *node; /* owned */
  GDBusMethodInvocation *invocation;
  gchar *name;
  gchar *password;
  KithdSetupReply reply;
} Request;

/* What is to be typed into the phone. */
static void
describe (const Request *request, GVariantDict *dict)
{
  g_auto (GStrv) servers = kith_node_get_servers (request->node);
  const char *fingerprint = NULL;
  guint32 tls_port = 0;

  g_variant_dict_insert (dict, "user", "s", request->name);
  g_variant_dict_insert_value (dict,
                               "servers",
                               g_variant_new_strv ((const char *const *)servers, -1));
  g_variant_dict_insert (dict, "port", "u", (guint32)kith_node_get_sip_port (request->node));
  g_variant_dict_insert (dict, "realm", "s", KITH_PHONE_REALM);
  g_autoptr (GVariant) tls = kith_node_get_sip_tls (request->node);
  if (g_variant_lookup (tls, "port", "u", &tls_port) && tls_port != 0
      && g_variant_lookup (tls, "fingerprint", "&s", &fingerprint)) {
    g_variant_dict_insert (dict, "tls-port", "u", tls_port);
    g_variant_dict_insert (dict, "tls-fingerprint", "s", fingerprint);
  }
}

static void
finish (Request *request, GVariantDict *dict)
{
  request->reply (request->invocation, request->name, request->password, g_variant_dict_end (dict));
  explicit_bzero (request->password, strlen (request->password));
  g_free (request->password);
  g_free (request->name);
  g_object_unref (request->node);
  g_free (request);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = NULL;
  gint64 until_us = 0;
  g_autofree gchar *address
      = kith_phone_setup_open_finish (KITH_PHONE_SETUP (source), result, &until_us, &error);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  describe (request, &dict);
  if (address != NULL) {
    g_variant_dict_insert (&dict, "url", "s", address);
    g_variant_dict_insert (&dict, "until", "x", until_us);
  } else {
    g_variant_dict_insert (&dict, "problem", "s", error->message);
  }
  finish (request, &dict);
}

void
kithd_setup_answer (KithNode *node,
                    GDBusMethodInvocation *invocation,
                    const char *name,
                    gchar *password,
                    guint seconds,
                    KithdSetupReply reply)
{
  Request *request = g_new0 (Request, 1);
  KithPhoneSetup *setup = kith_node_get_phone_setup (node);
  GVariantDict dict;

  request->node = g_object_ref (node);
  request->invocation = invocation;
  request->name = g_strdup (name);
  request->password = password;
  request->reply = reply;
  if (seconds > 0 && setup != NULL) {
    kith_phone_setup_open_async (setup, name, password, seconds, on_opened, request);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  describe (request, &dict);
  finish (request, &dict);
}

gboolean
kithd_setup_check_seconds (guint seconds, GError **error)
{
  if (seconds >= KITH_SETUP_SECONDS_LEAST && seconds <= KITH_SETUP_SECONDS_MAX) {
    return TRUE;
  }
  g_set_error (error,
               KITH_ERROR,
               KITH_ERROR_INVALID_ARGUMENTS,
               "A phone is set up within %u to %u seconds",
               KITH_SETUP_SECONDS_LEAST,
               KITH_SETUP_SECONDS_MAX);
  return FALSE;
}
