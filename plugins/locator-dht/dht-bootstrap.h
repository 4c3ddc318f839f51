/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a DHT node finds its first peers: the configured hosts, resolved, and the peers of the last run. */
#pragma once

#include "dht-config.h"
#include "worker/worker-frames.h"

G_BEGIN_DECLS

typedef struct _KithDhtBootstrap KithDhtBootstrap;

/* One address to ask; main thread. */
typedef void (*KithDhtBootstrapFunc) (const KithFrameAddress *address, gpointer user_data);

/* (transfer full). @hosts: of KithDhtHost, outlives it. @state_dir: (nullable). */
KithDhtBootstrap *kith_dht_bootstrap_new (GPtrArray *hosts,
                                          const char *state_dir,
                                          KithDhtBootstrapFunc func,
                                          gpointer user_data);

/* Tells the remembered peers and the numeric hosts at once, those with names when GResolver answers. */
void kith_dht_bootstrap_run (KithDhtBootstrap *bootstrap);

/* Notes who answered lately, for the next run; written to `dht-peers` in the state folder every five minutes at most. */
void
kith_dht_bootstrap_remember (KithDhtBootstrap *bootstrap, const KithFrameAddress *known, guint n);

/* Writes what is remembered now. */
void kith_dht_bootstrap_save (KithDhtBootstrap *bootstrap);

/* TRUE when there is any host or remembered peer. */
gboolean kith_dht_bootstrap_has_any (KithDhtBootstrap *bootstrap);

/* "192.0.2.7:4222", "[2001:db8::1]:4222", "" for none. (transfer full) */
gchar *kith_dht_address_to_text (const KithFrameAddress *address);

void kith_dht_bootstrap_free (KithDhtBootstrap *bootstrap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithDhtBootstrap, kith_dht_bootstrap_free)

G_END_DECLS
