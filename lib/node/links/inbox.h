/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Knocks: sealed ICE offers and answers left at a peer's inbox, and those left at ours. */
#pragma once

#include <glib-object.h>

#include "base/clock.h"
#include "identity/vault.h"
#include "ports/link.h"
#include "ports/locator.h"

G_BEGIN_DECLS

#define KITH_TYPE_INBOX (kith_inbox_get_type ())
G_DECLARE_FINAL_TYPE (KithInbox, kith_inbox, KITH, INBOX, GObject)

/* Watches our inboxes, that of the identity and that of the name, on all @locators (element-type
   KithLocator) that can watch, today's and close to midnight its neighbour's.
   Signal "knock" (gpointer const KithKnock *): a verified one that was not seen before. (transfer
   full) */
KithInbox *kith_inbox_new (KithClock *clock, KithVault *vault, GPtrArray *locators);

/* TRUE when @identity is a contact, or pinned. */
typedef gboolean (*KithInboxKnown) (const KithPeerKey *identity, gpointer user_data);

/* Who is known (@func is kept; NULL: nobody): strangers' knocks are limited to 60 a minute, those
   of known people to 120. */
void kith_inbox_set_known_func (KithInbox *inbox, KithInboxKnown func, gpointer user_data);

/* What kith_inbox_take() says of a sealed knock. */
typedef enum {
  KITH_INBOX_BAD,  /* not for us, broken, old, or too many came in this minute */
  KITH_INBOX_SEEN, /* it came before, by whatever way, and was for us */
  KITH_INBOX_NEW   /* "knock" was emitted */
} KithInboxVerdict;

/* A sealed knock that came by another way than the locators: verified and told as if it had been
   found in the inbox. It has a number a minute of its own, so that what floods the locators does
   not shut it out. */
KithInboxVerdict kith_inbox_take (KithInbox *inbox, GBytes *sealed);

/* While anybody (counted) waits for a knock that cannot wait, such as a link that lost its path,
   the inbox is looked into every second too: those that tell a watch what comes may only know an
   address of ours that is gone. */
void kith_inbox_set_urgent (KithInbox *inbox, gboolean urgent);

/* Our address as the others see it has changed, or the network is back: the watches are made anew
   from here, and the inbox is looked into every second for some seconds, since those who watch for
   us may only know an address that is gone. */
void kith_inbox_renew (KithInbox *inbox);

/* Signal "sealed" (gpointer const KithPeerKey *identity, gpointer const KithKnock *knock, GBytes
   *): this is about to be left at the inbox of @identity, and may travel by other ways as well. */

/* Signs, seals and leaves @knock (device, issued and signature are filled in) at the inbox of
   @identity, and with @name_secret (32 bytes) at the inbox of that name too: the receiver counts
   both once. Fire and forget. */
void kith_inbox_send (KithInbox *inbox,
                      const KithPeerKey *identity,
                      const guint8 *name_secret,
                      const KithKnock *knock);

G_END_DECLS
