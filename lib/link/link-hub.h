/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all links of one link maker share. */
#pragma once

#include "link/link-config.h"
#include "path/path-hub.h"
#include "quic/quic-identity.h"

G_BEGIN_DECLS

/* Counted: links may outlive their link maker. Main thread. */
typedef struct {
  grefcount refs;
  KithPathHub *paths;
  KithClock *clock; /* of the paths */
  KithLinkTimes times;
  KithQuicIdentity *identity;
  GBytes *(*get_device_cert) (gpointer user_data);
  KithVerifyFunc verify;
  gboolean (*is_known) (const KithPeerKey *identity, gpointer user_data); /* or NULL */
  gpointer user_data;
  /* Delivers a knock by every way there is; NULL while links are not being made. */
  void (*knock) (const KithPeerKey *identity, const KithKnock *knock, gpointer user_data);
  gpointer knock_data;
} KithLinkHub;

/* NULL and KITH_ERROR_FAILED when the device's key is refused. (transfer full) */
KithLinkHub *kith_link_hub_new (const KithLinkConfig *config, GError **error);
KithLinkHub *kith_link_hub_ref (KithLinkHub *hub);
void kith_link_hub_unref (KithLinkHub *hub);

/* Credentials with the device certificate that is valid now. (transfer full) */
KithQuicCredentials *kith_link_hub_get_credentials (KithLinkHub *hub, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithLinkHub, kith_link_hub_unref)

G_END_DECLS
