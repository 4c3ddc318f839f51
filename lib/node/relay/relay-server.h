/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The friend in the middle: carries knocks and packets between two contacts over its own links,
   counted and limited. */
#pragma once

#include <glib-object.h>

#include "node/relay/friend-links.h"

G_BEGIN_DECLS

#define KITH_RELAY_CHANNELS_OF_PAIR 3 /* at once between two contacts: one in use, others tried */
#define KITH_RELAY_IDLE_S 30
#define KITH_RELAY_HEAD KITH_CHANNEL_ID_LEN /* bytes of a frame before the packet */

/* Group [relay] of kith.conf. */
typedef struct {
  gboolean enabled;    /* channels are given; knocks are carried anyway */
  guint max_calls;     /* pairs of contacts at once; half of them for one who asks */
  guint max_kbit;      /* kbit/s of one channel, each way */
  guint max_megabytes; /* a day for one contact: what it asked for, whoever sent it */
} KithRelayLimits;

/* Main thread. Signal "changed" (): what kith_relay_server_get_status() tells, but for bytes. */
#define KITH_TYPE_RELAY_SERVER (kith_relay_server_get_type ())
G_DECLARE_FINAL_TYPE (KithRelayServer, kith_relay_server, KITH, RELAY_SERVER, GObject)

/* @linked is borrowed and must outlive it. (transfer full) */
KithRelayServer *kith_relay_server_new (KithClock *clock,
                                        KithContacts *contacts,
                                        KithFriendLinks *linked,
                                        const KithRelayLimits *limits);

/* within which the other end has to say that it takes what is carried */
#define KITH_RELAY_ANSWER_MS 600

/* Notes from @from: CARRY, CHANNEL that says who is taken, and CHANNEL that closes (FALSE: no
   channel of ours). Whoever is no contact with relay on is refused. Who asks learns that another
   contact is linked only if that one takes what comes from the asker: else the answer is the same,
   and comes at the same time, as for a key that nobody has. */
void kith_relay_server_take_carry (KithRelayServer *relay,
                                   KithFriendLink *from,
                                   const KithRelayNote *note);
void kith_relay_server_take_taken (KithRelayServer *relay,
                                   KithFriendLink *from,
                                   const KithRelayNote *note);
gboolean kith_relay_server_take_closed (KithRelayServer *relay,
                                        KithFriendLink *from,
                                        const KithRelayNote *note);

/* A frame (id, packet) that came over @link: goes on over the other leg. FALSE: its id is of no
   channel that has a leg on this link. Allocates nothing. */
gboolean kith_relay_server_take_frame (KithRelayServer *relay,
                                       KithLink *link,
                                       const guint8 *data,
                                       gsize len);

/* @link is gone: its channels are closed, and the other ends told. Before it is taken out of the
   table of links. */
void kith_relay_server_drop_link (KithRelayServer *relay, KithLink *link);

/* @key may not relay or be relayed for any more: its channels are closed, both ends told. */
void kith_relay_server_drop_contact (KithRelayServer *relay, const KithPeerKey *key);

/* TRUE when what @person may have relayed today is used up: less than a packet of it is left. */
gboolean kith_relay_server_is_spent (const KithRelayLimits *limits,
                                     KithContacts *contacts,
                                     const KithContact *person);

/* What it does now and did today: a{sv} with "enabled" (b), "calls" (u), "pairs" (a(ssxt): names of
   both, µs since the epoch, bytes),
   "idle" (a(ss): those of the pairs whose call is over, while their link lives on),
   "bytes-today" (t), "bytes" (t), "max-calls" (u), "max-kbit" (u), "max-megabytes-per-day" (u),
   "spent" (as: friends whose bytes of today are used up), "day-ends-at" (x: µs since the epoch,
   when all have their bytes again). (transfer full), floating */
GVariant *kith_relay_server_get_status (KithRelayServer *relay);

G_END_DECLS
