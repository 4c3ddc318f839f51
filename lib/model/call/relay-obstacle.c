/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for what keeps a friend from carrying a call. */
#include "model/call/relay-obstacle.h"

#include <string.h>

static const char *const words[] = {
  [KITH_RELAY_OBSTACLE_NONE] = "",
  [KITH_RELAY_OBSTACLE_GONE] = "gone",
  [KITH_RELAY_OBSTACLE_BUSY] = "busy",
  [KITH_RELAY_OBSTACLE_NOT_LINKED] = "not-linked",
  [KITH_RELAY_OBSTACLE_OFF] = "relaying-off",
  [KITH_RELAY_OBSTACLE_FRIEND] = "friend-setting",
  [KITH_RELAY_OBSTACLE_OURS] = "own-setting",
  [KITH_RELAY_OBSTACLE_QUOTA] = "quota",
  [KITH_RELAY_OBSTACLE_PEER] = "peer-setting",
};

const char *
kith_relay_obstacle_word (KithRelayObstacle obstacle)
{
  return words[obstacle];
}

KithRelayObstacle
kith_relay_obstacle_parse (const char *word)
{
  for (guint i = 0; word != NULL && i < G_N_ELEMENTS (words); i++) {
    if (strcmp (words[i], word) == 0) {
      return (KithRelayObstacle)i;
    }
  }
  return KITH_RELAY_OBSTACLE_NONE;
}
