/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps identity, times and deadlines alive as long as any link needs them. */
#include "link/link-hub.h"

#include <gnutls/crypto.h>

#include "base/error.h"

KithLinkHub *
kith_link_hub_new (const KithLinkerConfig *config, GError **error)
{
  KithQuicIdentity *identity = kith_quic_identity_new (config->device_secret, error);

  if (identity == NULL) {
    return NULL;
  }
  KithLinkHub *hub = g_new0 (KithLinkHub, 1);
  g_ref_count_init (&hub->refs);
  hub->identity = identity;
  hub->deadlines = kith_deadlines_new ();
  hub->detours = g_hash_table_new (NULL, NULL);
  hub->times = KITH_LINK_TIMES_DEFAULT;
  hub->get_device_cert = config->get_device_cert;
  hub->verify = config->verify_device_cert;
  hub->is_known = config->is_known;
  hub->user_data = config->user_data;
  hub->turn = config->turn != NULL ? kith_turn_pool_ref (config->turn) : NULL;
  return hub;
}

KithLinkHub *
kith_link_hub_ref (KithLinkHub *hub)
{
  g_ref_count_inc (&hub->refs);
  return hub;
}

void
kith_link_hub_unref (KithLinkHub *hub)
{
  if (!g_ref_count_dec (&hub->refs)) {
    return;
  }
  kith_quic_identity_free (hub->identity);
  kith_deadlines_unref (hub->deadlines);
  g_hash_table_unref (hub->detours);
  g_free (hub->stun_host);
  g_clear_pointer (&hub->turn, kith_turn_pool_unref);
  g_free (hub);
}

KithQuicCredentials *
kith_link_hub_get_credentials (KithLinkHub *hub, GError **error)
{
  g_autoptr (GBytes) cert = hub->get_device_cert (hub->user_data);

  if (cert == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_NOT_READY,
                         "There is no device certificate that is valid now; check the clock");
    return NULL;
  }
  return kith_quic_identity_get_credentials (hub->identity, cert, error);
}

guint
kith_link_hub_add_detour (KithLinkHub *hub, gpointer path)
{
  do {
    hub->last_detour++;
  } while (hub->last_detour == 0
           || g_hash_table_contains (hub->detours, GUINT_TO_POINTER (hub->last_detour)));
  g_hash_table_insert (hub->detours, GUINT_TO_POINTER (hub->last_detour), path);
  return hub->last_detour;
}

void
kith_link_hub_remove_detour (KithLinkHub *hub, guint id)
{
  g_hash_table_remove (hub->detours, GUINT_TO_POINTER (id));
}

gpointer
kith_link_hub_find_detour (KithLinkHub *hub, guint id)
{
  return g_hash_table_lookup (hub->detours, GUINT_TO_POINTER (id));
}

gboolean
kith_link_random (guint8 *data, gsize len)
{
  return gnutls_rnd (GNUTLS_RND_KEY, data, len) >= 0;
}
