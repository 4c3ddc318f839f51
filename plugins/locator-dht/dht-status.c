/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the DHT locator tells of itself: figures for people, and nodes that may tell how we are
   seen. */
#include "dht-private.h"

#include "worker/datagrams/datagram-filter.h"

static void
add_dropped (GVariantBuilder *builder, const KithFrameStatus *status)
{
  g_auto (GVariantBuilder) reasons = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{su}"));
  guint64 sum = 0;

  for (guint i = 0; i < status->n_dropped && i < KITH_N_DROPS; i++) {
    sum += status->dropped[i];
    if (status->dropped[i] > 0) {
      g_variant_builder_add (&reasons, "{su}", kith_drop_word ((KithDrop)i), status->dropped[i]);
    }
  }
  g_variant_builder_add (builder, "{sv}", "passed", g_variant_new_uint64 (status->passed));
  g_variant_builder_add (builder, "{sv}", "dropped", g_variant_new_uint64 (sum));
  g_variant_builder_add (builder, "{sv}", "dropped-why", g_variant_builder_end (&reasons));
}

GVariant *
kith_dht_get_status (KithLocator *locator)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithFrameStatus *status = &self->status;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autofree gchar *public_address = kith_dht_address_to_text (&status->public_address);

  g_variant_builder_add (&builder,
                         "{sv}",
                         "state",
                         g_variant_new_string (kith_locator_state_word (self->state)));
  g_variant_builder_add (&builder, "{sv}", "peers", g_variant_new_uint32 (status->peers));
  g_variant_builder_add (&builder, "{sv}", "port", g_variant_new_uint16 (status->port4));
  g_variant_builder_add (&builder, "{sv}", "port6", g_variant_new_uint16 (status->port6));
  g_variant_builder_add (&builder, "{sv}", "network", g_variant_new_uint32 (self->config->network));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "worker-pid",
                         g_variant_new_uint32 (kith_worker_host_get_pid (self->worker)));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "restarts",
                         g_variant_new_uint32 (kith_worker_host_get_restarts (self->worker)));
  g_variant_builder_add (&builder, "{sv}", "lost", g_variant_new_uint32 (status->lost));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "tunnel",
                         g_variant_new_boolean (self->tunnel.port != 0));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "has-bootstrap",
                         g_variant_new_boolean (kith_dht_bootstrap_has_any (self->bootstrap)));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "bootstrap",
                         kith_dht_bootstrap_get_status (self->bootstrap));
  add_dropped (&builder, status);
  g_variant_builder_add (&builder,
                         "{sv}",
                         "stun-answered",
                         g_variant_new_uint32 (status->stun_answered));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "stun-refused",
                         g_variant_new_uint32 (status->stun_refused));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "records",
                         g_variant_new_uint32 (g_hash_table_size (self->publications)));
  g_variant_builder_add (&builder,
                         "{sv}",
                         "watches",
                         g_variant_new_uint32 (g_hash_table_size (self->watches)));
  if (*public_address != '\0') {
    g_variant_builder_add (&builder,
                           "{sv}",
                           "public-address",
                           g_variant_new_string (public_address));
  }
  if (self->last_error != NULL) {
    g_variant_builder_add (&builder, "{sv}", "last-error", g_variant_new_string (self->last_error));
  }
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

guint
kith_dht_get_peers (KithLocator *locator, KithWitness *peers, guint room)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithDhtFrame *frame = &self->peers;
  const guint n = MIN (room, frame->n_addresses);

  for (guint i = 0; i < n; i++) {
    peers[i] = (KithWitness){ .endpoint = frame->addresses[i],
                              .is_heard = frame->heard[i] && self->tunnel.port == 0 };
  }
  return n;
}

gboolean
kith_dht_get_outer (KithLocator *locator, KithEndpoint *outer)
{
  KithLocatorDht *self = KITH_LOCATOR_DHT (locator);
  const KithEndpoint *address = &self->status.public_address;

  if (address->family == 0 || self->tunnel.port != 0) {
    return FALSE;
  }
  *outer = *address;
  return TRUE;
}
