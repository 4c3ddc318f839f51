/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a DHT node finds its first peers: the configured hosts, resolved, and the peers of the last
   run. */
#pragma once

#include "dht-config.h"
#include "worker/dht-frames.h"

G_BEGIN_DECLS

typedef struct _KithDhtBootstrap KithDhtBootstrap;

/* One address to ask; main thread. */
typedef void (*KithDhtBootstrapFunc) (const KithEndpoint *address, gpointer user_data);

/* (transfer full). @hosts: of KithDhtHost, outlives it. @state_dir: (nullable). */
KithDhtBootstrap *kith_dht_bootstrap_new (GPtrArray *hosts,
                                          const char *state_dir,
                                          KithDhtBootstrapFunc func,
                                          gpointer user_data);

/* Tells the remembered peers and the numeric hosts at once, those with names when GResolver
   answers. */
void kith_dht_bootstrap_run (KithDhtBootstrap *bootstrap);

/* Notes who answered lately, for the next run; written to `dht-peers` in the state folder every
   five minutes at most. */
void kith_dht_bootstrap_remember (KithDhtBootstrap *bootstrap, const KithEndpoint *known, guint n);

/* Writes what is remembered now. */
void kith_dht_bootstrap_save (KithDhtBootstrap *bootstrap);

/* A node answered from @address: if it is one of a host that was named, that host answers. @now_us:
   wall time. */
void
kith_dht_bootstrap_heard (KithDhtBootstrap *bootstrap, const KithEndpoint *address, gint64 now_us);

/* The same as kith_dht_bootstrap_run(), for the hosts alone that could not be resolved or have not
   answered yet. */
void kith_dht_bootstrap_ask_missing (KithDhtBootstrap *bootstrap);

/* Each host that was named: aa{sv} "node" s (host:port), "state" s ("asking", "unresolved",
   "silent", "answers"), "error" s (of "unresolved"), "addresses" as, "answered-at" x (wall time in
   µs, 0 never). Floating. */
GVariant *kith_dht_bootstrap_get_status (KithDhtBootstrap *bootstrap);

/* TRUE when there is any host or remembered peer. */
gboolean kith_dht_bootstrap_has_any (KithDhtBootstrap *bootstrap);

/* "192.0.2.7:4222", "[2001:db8::1]:4222", "" for none. (transfer full) */
gchar *kith_dht_address_to_text (const KithEndpoint *address);

void kith_dht_bootstrap_free (KithDhtBootstrap *bootstrap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithDhtBootstrap, kith_dht_bootstrap_free)

G_END_DECLS
