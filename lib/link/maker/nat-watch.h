/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps what is known of the NAT up to date, and gives the links a STUN server that answers. */
#pragma once

#include "path/path-hub.h"
#include "ports/link.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithNatWatch KithNatWatch;

/* From the loop. */
typedef struct {
  void (*changed) (gpointer user_data); /* the facts did */
  void (*mapped) (gpointer user_data);  /* the router lets others in to other ports of ours */
} KithNatWatchEvents;

/* Nothing is asked before kith_nat_watch_start(). @stun_servers: NULL or several, all of them are used (copied). @upnp_helper: path of
   kith-upnp (copied), or NULL: no ports are mapped. @events is kept. (transfer full) */
KithNatWatch *kith_nat_watch_new (KithPathHub *hub,
                                  const char *const *stun_servers,
                                  const char *upnp_helper,
                                  const KithNatWatchEvents *events,
                                  gpointer user_data);
void kith_nat_watch_free (KithNatWatch *watch);

/* From now on others are asked; and no more. */
void kith_nat_watch_start (KithNatWatch *watch);
void kith_nat_watch_stop (KithNatWatch *watch);

/* Other nodes that may answer: see kith_link_maker_set_witnesses(). They are kept also while it is stopped. */
void kith_nat_watch_set_witnesses (KithNatWatch *watch, const KithCandidate *witnesses, guint n);

/* This host's addresses changed, or there is reason to believe that the outer one did. */
void kith_nat_watch_look_again (KithNatWatch *watch);

/* See kith_link_maker_set_outer_hint(). */
void kith_nat_watch_set_hint (KithNatWatch *watch, const KithCandidate *outer);

/* The listening agent has these candidates now: its ports are mapped, if the router does that. */
void kith_nat_watch_set_slot (KithNatWatch *watch, const KithReach *slot);

/* Adds to @slot the addresses outside of the router from which its ports are mapped, and the one that is guessed while nobody tells. */
void kith_nat_watch_add_outer (KithNatWatch *watch, KithReach *slot);

void kith_nat_watch_get_facts (KithNatWatch *watch, KithNatFacts *facts);

/* TRUE when a new listening agent would know an address that @slot, the one of today, lacks: there is a NAT, its outer address is known, and the
   slot has no reflexive candidate of that address. Says so once for each address. */
gboolean kith_nat_watch_wants_slot (KithNatWatch *watch, const KithReach *slot);

G_END_DECLS
