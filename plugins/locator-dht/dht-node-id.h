/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The DHT node's own id, kept between runs so that nobody waits for the node of the last run. */
#pragma once

#include <glib.h>

#include "model/names/record.h"

G_BEGIN_DECLS

/* Fills @id from `dht-node-id` in @state_dir (nullable: a random one that is not kept). A missing,
   broken or more than a week old one is replaced, so that a node cannot be followed for long. Main
   thread; a small file. */
void kith_dht_node_id_load (const char *state_dir, guint8 id[KITH_LOCATION_LEN]);

G_END_DECLS
