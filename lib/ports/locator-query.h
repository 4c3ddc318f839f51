/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a locator is asked, and what it says of itself, as values. */
#pragma once

#include "model/names/peer-key.h"

G_BEGIN_DECLS

typedef enum {
  KITH_LOCATOR_OFFLINE, /* not started, stopped, or its worker is being restarted */
  KITH_LOCATOR_JOINING, /* runs, has no peer yet */
  KITH_LOCATOR_ALONE,   /* runs, nobody answered for some time */
  KITH_LOCATOR_ONLINE   /* at least one peer answered (or needs none) */
} KithLocatorState;

/* What is asked. A locator uses what it understands and finishes quietly if it can do nothing with
   the rest. */
typedef struct {
  const char *name;       /* normal form when a name is looked up, else NULL */
  const KithPeerKey *key; /* the identity when its reach is looked up, else NULL */
  const guint8 *location; /* KITH_LOCATION_LEN bytes where sealed records of it are kept, or NULL */
} KithQuery;

G_END_DECLS
