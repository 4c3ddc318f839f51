/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What keeps a friend from carrying a call: whose consent or quota lacks, as a value with words. */
#pragma once

#include <glib.h>

#include "base/export.h"

G_BEGIN_DECLS

/* The later in this list, the more it explains: what comes later hides what came before. Words, not
   numbers, are kept and shown. */
typedef enum {
  KITH_RELAY_OBSTACLE_NONE,
  KITH_RELAY_OBSTACLE_GONE,       /* the friend, or its link to one of the ends, went away */
  KITH_RELAY_OBSTACLE_BUSY,       /* it carries as many calls as it may, or was asked too often */
  KITH_RELAY_OBSTACLE_NOT_LINKED, /* it has no link to the other end, or not with relay on */
  KITH_RELAY_OBSTACLE_OFF,        /* relaying is switched off there */
  KITH_RELAY_OBSTACLE_FRIEND,     /* it has not set relay on for us */
  KITH_RELAY_OBSTACLE_OURS,       /* it would carry for us, and we have not set relay on for it */
  KITH_RELAY_OBSTACLE_QUOTA,      /* the bytes that it relays in a day are used up */
  KITH_RELAY_OBSTACLE_PEER        /* the other end does not want it to carry */
} KithRelayObstacle;

/* "", "gone", "busy", "not-linked", "relaying-off", "friend-setting", "own-setting", "quota",
   "peer-setting" (static) … and back: what is no such word is KITH_RELAY_OBSTACLE_NONE. */
KITH_API const char *kith_relay_obstacle_word (KithRelayObstacle obstacle);
KITH_API KithRelayObstacle kith_relay_obstacle_parse (const char *word);

G_END_DECLS
