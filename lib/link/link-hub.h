/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all links of one linker share. */
#pragma once

#include "link/deadlines.h"
#include "link/linker.h"
#include "link/quic-identity.h"
#include "link/turn-pool.h"

G_BEGIN_DECLS

/* Counted: links may outlive their linker. Main thread. */
typedef struct {
  grefcount refs;
  KithDeadlines *deadlines;
  KithLinkTimes times;
  KithQuicIdentity *identity;
  GBytes *(*get_device_cert) (gpointer user_data);
  KithVerifyFunc verify;
  gboolean (*is_known) (const KithPeerKey *identity, gpointer user_data); /* or NULL */
  gpointer user_data;
  gchar *stun_host; /* an IP literal once resolved, or NULL */
  guint16 stun_port;
  KithTurnPool *turn;  /* or NULL */
  GHashTable *detours; /* id → KithPath (not owned) */
  guint last_detour;
  /* Delivers a knock by every way there is; NULL while links are not being made. */
  void (*knock) (const KithPeerKey *identity, const KithKnock *knock, gpointer user_data);
  gpointer knock_data;
} KithLinkHub;

/* NULL and KITH_ERROR_FAILED when the device's key is refused. (transfer full) */
KithLinkHub *kith_link_hub_new (const KithLinkerConfig *config, GError **error);
KithLinkHub *kith_link_hub_ref (KithLinkHub *hub);
void kith_link_hub_unref (KithLinkHub *hub);

/* Credentials with the device certificate that is valid now. (transfer full) */
KithQuicCredentials *kith_link_hub_get_credentials (KithLinkHub *hub, GError **error);

/* Gives @path an id > 0 by which kith_link_hub_find_detour() finds it until it is removed. */
guint kith_link_hub_add_detour (KithLinkHub *hub, gpointer path);
void kith_link_hub_remove_detour (KithLinkHub *hub, guint id);
gpointer kith_link_hub_find_detour (KithLinkHub *hub, guint id);

/* Bytes for seeds and ids. FALSE when the system has no randomness. */
gboolean kith_link_random (guint8 *data, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithLinkHub, kith_link_hub_unref)

G_END_DECLS
