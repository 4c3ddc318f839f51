/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The concrete KithLink: one QUIC connection over a set of paths, the SIP stream inside and media
   beside it. */
#pragma once

#include "link/link-hub.h"
#include "model/call/reason.h"
#include "path/ice-agent.h"
#include "path/path.h"
#include "ports/link-maker.h"

G_BEGIN_DECLS

#define KITH_TYPE_QUIC_LINK (kith_quic_link_get_type ())
G_DECLARE_FINAL_TYPE (KithQuicLink, kith_quic_link, KITH, QUIC_LINK, GObject)

typedef struct {
  KithIceRole role;      /* the caller is the QUIC client */
  const guint8 *seed;    /* KITH_SEED_LEN bytes */
  gboolean is_slot;      /* the seed is that of a slot, which anybody may know */
  gboolean expects_peer; /* FALSE: anybody with a valid device certificate */
  KithPeerKey identity;
  KithPeerKey device;
  /* an agent of that role, which gets the seed (transfer full, also on failure); or NULL */
  KithPath *prepared;
} KithQuicLinkConfig;

/* What the one who made the link is told; all from the loop or from inside a datagram's arrival.
   The link may be dropped and closed in all of them. */
typedef struct {
  /* a pair works; nobody is authenticated yet */
  void (*connected) (KithQuicLink *link, gpointer user_data);
  void (*gathered) (KithQuicLink *link, gpointer user_data); /* all our candidates are known */
  void (*up) (KithQuicLink *link, gpointer user_data);
  /* The end, before or after "up", unless it was abandoned: once, final, after "closed". @text:
     valid during the call. */
  void (*down) (KithQuicLink *link, KithReason reason, const char *text, gpointer user_data);
} KithQuicLinkOwner;

/* Opens sockets and waits (callee) or is ready to check (caller). NULL and KITH_ERROR_FAILED or
   KITH_ERROR_NOT_READY. (transfer full) */
KithQuicLink *
kith_quic_link_new (KithLinkHub *hub, const KithQuicLinkConfig *config, GError **error);

/* @owner (NULL: nobody) is kept, not copied. */
void
kith_quic_link_set_owner (KithQuicLink *link, const KithQuicLinkOwner *owner, gpointer user_data);

/* As kith_ice_get_candidates() and kith_ice_add_remote(). */
guint kith_quic_link_get_candidates (KithQuicLink *link,
                                     KithCandidate candidates[KITH_MAX_CANDIDATES]);
void kith_quic_link_add_remote (KithQuicLink *link, const KithCandidate *candidates, guint n);

/* TRUE once a pair works (and for ever). */
gboolean kith_quic_link_is_connected (KithQuicLink *link);

/* TRUE when @knock is the peer's and belongs to the link: to a move, or late to the attempt that
   made it; then its candidates are used. */
gboolean kith_quic_link_take_knock (KithQuicLink *link, const KithKnock *knock);

/* This host's addresses are others now: a path that used one that is gone is replaced. */
void kith_quic_link_addresses_changed (KithQuicLink *link, const KithEndpoint *addresses, guint n);

/* As kith_link_maker_add_friend_path(). */
guint kith_quic_link_add_friend_path (KithQuicLink *link, const KithFriendPath *friend_path);

/* TRUE when @link_id is the id that both ends export. FALSE unless it is up. */
gboolean kith_quic_link_has_id (KithQuicLink *link, const guint8 link_id[KITH_SEED_LEN]);

/* What happens to it is added to @trace; NULL: no more. A reference is taken. */
void kith_quic_link_use_trace (KithQuicLink *link, KithTrace *trace);

/* Adds candidates to its trace, if it has one. */
void kith_quic_link_trace_candidates (KithQuicLink *link,
                                      gboolean theirs,
                                      const KithCandidate *candidates,
                                      guint n);

/* Adds the pairs of addresses that were tried and are not used to its trace, if it has one: all of
   them while none works. @missed: one of them would have been needed. */
void kith_quic_link_trace_tried (KithQuicLink *link, gboolean missed);

/* It is made: the trace of its attempt is left, and not told again what it knows. */
void kith_quic_link_end_attempt (KithQuicLink *link);

/* Ends one that is not up, without events; @why: for the log. The peer gets a goodbye if it was
   spoken to. */
void kith_quic_link_abandon (KithQuicLink *link, const char *why);

G_END_DECLS
