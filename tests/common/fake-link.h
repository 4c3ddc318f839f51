/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links between nodes of one process: always both ends at once, with a real SIP stream between
   them. */
#pragma once

#include "base/clock.h"
#include "model/call/reason.h"
#include "ports/link-maker.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_NET (kith_fake_net_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeNet, kith_fake_net, KITH, FAKE_NET, GObject)
#define KITH_TYPE_FAKE_LINK (kith_fake_link_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeLink, kith_fake_link, KITH, FAKE_LINK, GObject)
#define KITH_TYPE_FAKE_LINK_MAKER (kith_fake_link_maker_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeLinkMaker, kith_fake_link_maker, KITH, FAKE_LINK_MAKER, GObject)

/* Which device is where; @clock times the failures (3.5 s without a path) and may be NULL: they
   then come with the next turn. */
KithFakeNet *kith_fake_net_new (KithClock *clock);

/* FALSE: the device's slot is not reached (a hard NAT): only a knock that is delivered and answered
   brings the link up. */
void kith_fake_net_set_open (KithFakeNet *net, const KithPeerKey *device, gboolean open);

/* FALSE: nothing reaches the device at all. */
void kith_fake_net_set_reachable (KithFakeNet *net, const KithPeerKey *device, gboolean reachable);

/* TRUE: no packet goes from one of the two devices to the other, whatever is tried; each can still
   be reached by others. */
void kith_fake_net_set_apart (KithFakeNet *net,
                              const KithPeerKey *one,
                              const KithPeerKey *other,
                              gboolean apart);

/**
 * kith_fake_link_maker_new:
 * A maker for the device of @own (copied). start() enters it in @net; open_async() to another one's
 * device key yields two ends:
 * "accepted" there, the callback here. The wrong identity behind a device key is
 * KITH_ERROR_UNTRUSTED. Every open emits "knock" with an offer. Friends' paths are taken for an
 * open_async() under way, for an offer that was taken, and for a link that is up (by its exported
 * id). A link comes up over one when a packet went there and back; when the one in use is removed
 * another one is used, and without one the link is moving.
 */
KithLinkMaker *kith_fake_link_maker_new (KithFakeNet *net, const KithDeviceCert *own);

/* How many prepared attempts wait now, and how many there were ever. */
guint kith_fake_link_maker_count_prepared (KithFakeLinkMaker *maker);
guint kith_fake_link_maker_get_prepares (KithFakeLinkMaker *maker);

/* How often an attempt under way was told of a newer record. */
guint kith_fake_link_maker_get_retargets (KithFakeLinkMaker *maker);

/* The host has an address, or nothing but loopback. */
void kith_fake_link_maker_set_network (KithFakeLinkMaker *maker, gboolean network);

/* How many friends' paths it has now. */
guint kith_fake_link_maker_count_friend_paths (KithFakeLinkMaker *maker);

/* A direct path was proved: both ends let their friends' paths go. */
void kith_fake_link_maker_go_direct (KithFakeLinkMaker *maker, KithFakeLink *link);

/* The round trip that get_path() tells; 1 ms at first. */
void kith_fake_link_set_rtt (KithFakeLink *link, guint ms);

/* Who carries it now, NULL: nobody; says "path-changed". */
void kith_fake_link_set_friend (KithFakeLink *link, const KithPeerKey *key, guint delay_ms);

/* How many notes and frames it was given to send. */
guint kith_fake_link_get_notes (KithFakeLink *link);
guint kith_fake_link_get_frames (KithFakeLink *link);

/* Both ends close with KITH_REASON_NETWORK_LOST, as when the path is gone. */
void kith_fake_link_break (KithFakeLink *link);

/* Only this end closes, with @reason, as when the peer refuses it. */
void kith_fake_link_end (KithFakeLink *link, KithReason reason);

/* Emits "suspect" at this end. */
void kith_fake_link_set_suspect (KithFakeLink *link, gboolean suspect);

/* Emits "moving" at this end: a new path is looked for, or the peer is heard again. */
void kith_fake_link_set_moving (KithFakeLink *link, gboolean moving);

/* The path of this end is @path (copied) from now on; emits "path-changed". */
void kith_fake_link_set_path (KithFakeLink *link, const KithLinkPath *path);

/* The other end, or NULL when it is gone (transfer none). */
KithFakeLink *kith_fake_link_get_other (KithFakeLink *link);

/* How often it is held now, and how many media datagrams it was given. */
guint kith_fake_link_get_holds (KithFakeLink *link);
guint kith_fake_link_get_sent (KithFakeLink *link);

/* For the maker: two new ends; @opener_cert is what the acceptor sees, and the other way round.
   Both (transfer full). */
void kith_fake_link_new_pair (const KithDeviceCert *opener_cert,
                              const KithDeviceCert *acceptor_cert,
                              KithFakeLink **opener,
                              KithFakeLink **acceptor);

G_END_DECLS
