/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The locator that keeps and finds sealed records in the distributed hash table. */
#pragma once

#include "ports/locator.h"

#include "dht-config.h"

G_BEGIN_DECLS

#define KITH_TYPE_LOCATOR_DHT (kith_locator_dht_get_type ())
G_DECLARE_FINAL_TYPE (KithLocatorDht, kith_locator_dht, KITH, LOCATOR_DHT, GObject)

/* Takes @config over. @state_dir (nullable): where the addresses of peers are kept between runs;
   @worker: path of kith-dht. Main thread. (transfer full) */
KithLocatorDht *
kith_locator_dht_new (KithDhtConfig *config, const char *state_dir, const char *worker);

G_END_DECLS
