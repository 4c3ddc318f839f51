/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The links that are up, and the making of new ones: look-up, inbox, SIP stream. */
#pragma once

#include <gio/gio.h>

#include "node/directory/directory.h"
#include "node/links/inbox.h"
#include "ports/link-maker.h"
#include "ports/sip.h"

G_BEGIN_DECLS

#define KITH_TYPE_LINK_POOL (kith_link_pool_get_type ())
G_DECLARE_FINAL_TYPE (KithLinkPool, kith_link_pool, KITH, LINK_POOL, GObject)

#define KITH_LINKS_MAX 256 /* in all */
/* of them that people opened who are not known: no more than that many places, ever */
#define KITH_LINKS_OF_STRANGERS 64

/* What a peer is to us. */
typedef enum {
  KITH_STANDING_REFUSED,  /* no link with us */
  KITH_STANDING_STRANGER, /* one of the strangers' places, if one is free */
  KITH_STANDING_KNOWN     /* a contact, or somebody whose key is pinned */
} KithStanding;

/* Decides about a peer that opened a link to us. */
typedef KithStanding (*KithLinkPolicy) (const KithPeerKey *identity, gpointer user_data);

/* Serves @maker and @sip: every link gets its SIP stream attached under the peer's key. Strangers'
   links take no places that known people could need. (transfer full) */
KithLinkPool *kith_link_pool_new (KithDirectory *directory,
                                  KithLinkMaker *maker,
                                  KithSip *sip,
                                  KithLinkPolicy policy,
                                  gpointer user_data);

/* The inbox through which knocks travel; NULL: none (yet). */
void kith_link_pool_set_inbox (KithLinkPool *pool, KithInbox *inbox);

/* Drops all links; "closed" has been said by the maker. */
void kith_link_pool_clear (KithLinkPool *pool);

/* The link of this id, or NULL. (transfer none) */
KithLink *kith_link_pool_get (KithLinkPool *pool, guint id);

/* What @identity is to us, by the policy. */
KithStanding kith_link_pool_judge (KithLinkPool *pool, const KithPeerKey *identity);

/* How many links are up. */
guint kith_link_pool_count (KithLinkPool *pool);

/* By how many seconds the newest record of a peer that was asked for seemed to come from the
   future, at most, lately; 0: none did. */
gint64 kith_link_pool_get_ahead (KithLinkPool *pool);

/* FALSE when this host has no address of its own to send from: no network. */
gboolean kith_link_pool_has_address (KithLinkPool *pool);

/* Which link is wanted. */
typedef struct {
  KithPeerKey identity;
  gboolean fresh;   /* not one that is up */
  gboolean urgent;  /* somebody waits: get ready while the record is looked for */
  guint prepared;   /* of kith_link_pool_prepare(), used up in any case; 0: nothing was */
  KithTrace *trace; /* the time line of whoever wants it; NULL: none */
} KithLinkWish;

/* As kith_link_maker_prepare() and kith_link_maker_unprepare(), while it is not yet known whose
   link will be wanted. */
guint kith_link_pool_prepare (KithLinkPool *pool);
void kith_link_pool_unprepare (KithLinkPool *pool, guint id);

/**
 * kith_link_pool_open_async:
 * A link to any device of @wish's identity: one that is up, not suspect and not moving (unless
 * fresh), else a new one: reach record, then slot and knock at once.
 * _finish: (transfer full); KITH_ERROR_NOT_FOUND (offline), KITH_ERROR_UNREACHABLE,
 * KITH_ERROR_UNTRUSTED, KITH_ERROR_CANCELLED;
 * @reused tells whether it was up before; @report (out) (nullable), with a link as with an error,
 * what was found out. KITH_ERROR_NOT_AUTHORIZED,
 * KITH_ERROR_LIMIT_REACHED: they took no link of ours. Main thread.
 */
void kith_link_pool_open_async (KithLinkPool *pool,
                                const KithLinkWish *wish,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
KithLink *kith_link_pool_open_finish (KithLinkPool *pool,
                                      GAsyncResult *result,
                                      gboolean *reused,
                                      KithLinkReport *report,
                                      GError **error);

/* Signals: "opened" (KithLink): by us or the peer, with its SIP stream attached;
   "closed" (KithLink, guint reason): after its SIP stream was detached; "suspect" (KithLink,
   gboolean). */

/* What the peer's record said of its NAT when the link was opened, or when it was looked at for the
   link later. FALSE: no record was looked at. */
void kith_link_pool_set_peer_nat (KithLink *link, KithNatKind kind);
gboolean kith_link_pool_get_peer_nat (KithLink *link, KithNatKind *kind);

G_END_DECLS
