/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lets a locator's datagrams go through a TURN server while the network blocks UDP. */
#pragma once

#include "base/clock.h"
#include "node/config/config.h"
#include "ports/locator.h"
#include "ports/nat/nat.h"
#include "ports/turn.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithUdpTunnel KithUdpTunnel;

/**
 * kith_udp_tunnel_new:
 * @turn: whose servers by TCP or TLS serve (a reference is taken)
 * @locators: element-type KithLocator; the first that takes a tunnel gets it
 * @nat: (nullable): what is known of it
 *
 * With KITH_TUNNEL_AUTO the tunnel is made when a locator that knows whom to ask has no answer for
 * 2 s, or the NAT is found to let no UDP through, and no TURN server answers by UDP; it is dropped
 * when a node answers without it. With KITH_TUNNEL_NEVER nothing is done.
 *
 * Returns: (transfer full)
 */
KithUdpTunnel *kith_udp_tunnel_new (KithClock *clock,
                                    KithTurn *turn,
                                    GPtrArray *locators,
                                    KithNat *nat,
                                    KithTunnelMode mode);
void kith_udp_tunnel_free (KithUdpTunnel *tunnel);

/* @changed is called from the loop whenever the locator's datagrams take another way from now
   on. */
void kith_udp_tunnel_set_changed (KithUdpTunnel *tunnel,
                                  void (*changed) (gpointer user_data),
                                  gpointer user_data);

G_END_DECLS
