/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One outgoing link in the making: checks at the slot and a knock at the inbox race, the first
   authenticated one wins. */
#pragma once

#include "link/link-object.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithLinkAttempt KithLinkAttempt;

typedef struct {
  /* Deliver a check or an offer to @identity. */
  void (*knock) (const KithPeerKey *identity, const KithKnock *knock, gpointer user_data);
  /* Once: the link that is up (transfer none), or NULL and the error. The attempt is to be freed
     here. */
  void (*done) (KithLinkAttempt *attempt,
                KithQuicLink *link,
                const GError *error,
                gpointer user_data);
} KithLinkAttemptEvents;

/* @prepared: an agent that gathered its addresses already, or NULL (transfer full); @events is
   kept. (transfer full) */
KithLinkAttempt *kith_link_attempt_new (KithLinkHub *hub,
                                        const KithLinkTarget *target,
                                        KithPath *prepared,
                                        GCancellable *cancellable,
                                        const KithLinkAttemptEvents *events,
                                        gpointer user_data);

/* Starts both ways; may call knock and done before it returns. */
void kith_link_attempt_start (KithLinkAttempt *attempt);

/* As kith_link_maker_retarget(); ignored when @target is another device. May call knock, but not
   done. */
void kith_link_attempt_retarget (KithLinkAttempt *attempt, const KithLinkTarget *target);

/* What was found out so far (transfer none). */
const KithLinkReport *kith_link_attempt_get_report (KithLinkAttempt *attempt);

/* TRUE when @knock, an answer, was for this one; then its candidates are used. */
gboolean kith_link_attempt_take_answer (KithLinkAttempt *attempt, const KithKnock *knock);

/* As kith_link_maker_add_friend_path(): 0 when @link_id is another one's. */
guint kith_link_attempt_add_friend_path (KithLinkAttempt *attempt,
                                         const guint8 link_id[KITH_SEED_LEN],
                                         const KithFriendPath *friend_path);

/* Ends what did not win; no event follows. */
void kith_link_attempt_free (KithLinkAttempt *attempt);

G_END_DECLS
