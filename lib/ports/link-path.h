/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The path of a link as values: where it runs, and how quick it is. */
#pragma once

#include "model/names/peer-key.h"
#include "model/net/endpoint.h"

G_BEGIN_DECLS

/* How the path runs now. */
typedef struct {
  KithCandidate local; /* all zero when a friend relays */
  KithCandidate remote;
  guint rtt_ms;
  /* the quickest round trip on this path, which no hurry of either host made longer; 0 not known */
  guint least_rtt_ms;
  gint64 since_us; /* wall time */
  gboolean is_relayed_by_friend;
  KithPeerKey friend_key; /* while is_relayed_by_friend */
  /* what one way through the friend takes, by the round trips of both of its links when it was
     chosen */
  guint friend_delay_ms;
} KithLinkPath;

G_END_DECLS
