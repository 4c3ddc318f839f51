/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps identity, times and clock alive as long as any link needs them. */
#include "link/link-hub.h"

#include "base/error.h"

KithLinkHub *
kith_link_hub_new (const KithLinkConfig *config, GError **error)
{
  KithQuicIdentity *identity = kith_quic_identity_new (config->device_secret, error);

  if (identity == NULL) {
    return NULL;
  }
  KithLinkHub *hub = g_new0 (KithLinkHub, 1);
  g_ref_count_init (&hub->refs);
  hub->identity = identity;
  hub->paths = kith_path_hub_new (config->turn, KITH_LINK_TIMES_DEFAULT.prepared);
  hub->paths->dscp = config->dscp;
  hub->clock = hub->paths->clock;
  hub->times = KITH_LINK_TIMES_DEFAULT;
  hub->get_device_cert = config->get_device_cert;
  hub->verify = config->verify_device_cert;
  hub->is_known = config->is_known;
  hub->user_data = config->user_data;
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
  kith_path_hub_unref (hub->paths);
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
