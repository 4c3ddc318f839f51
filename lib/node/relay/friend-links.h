/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The links that are up, by whose they are, and what their far ends said of relaying. */
#pragma once

#include "base/clock.h"
#include "model/talk/relay-note.h"
#include "node/people/contacts.h"
#include "ports/link.h"

G_BEGIN_DECLS

#define KITH_RELAY_WORD_MS 2000 /* who relays for us says so as soon as a link is up */

/* One link. */
typedef struct {
  KithLink *link; /* (owned) */
  KithPeerKey identity;
  guint flags;         /* KITH_RELAY_MAY …: what the peer said last, 0 before */
  guint told;          /* what we said last, G_MAXUINT: nothing */
  gint64 told_us;      /* monotonic time of that */
  gint64 added_us;     /* monotonic time when it came up */
  gboolean is_quiet;   /* suspect */
  double tokens;       /* knocks that it may ask us to carry, see kith_friend_links_may_ask() */
  gint64 refilled_us;  /* monotonic time of the last look at them */
  gboolean says_taken; /* it says whose knocks it takes (KITH_CHANNEL_TAKEN); older peers do not */
  GHashTable *takes;   /* set of KithPeerKey: those; NULL: none yet (owned) */
} KithFriendLink;

/* Main thread. */
typedef struct _KithFriendLinks KithFriendLinks;

/* Both are borrowed and must outlive it. (transfer full) */
KithFriendLinks *kith_friend_links_new (KithClock *clock, KithContacts *contacts);
void kith_friend_links_free (KithFriendLinks *linked);

KithFriendLink *kith_friend_links_add (KithFriendLinks *linked, KithLink *link);
void kith_friend_links_remove (KithFriendLinks *linked, KithLink *link);

/* NULL when it is not there. */
KithFriendLink *kith_friend_links_find (KithFriendLinks *linked, KithLink *link);

/* A link to @identity that is up and not quiet: one without a friend in between if there is any,
   and of several the same one at both ends.
   NULL: none. */
KithFriendLink *kith_friend_links_best (KithFriendLinks *linked, const KithPeerKey *identity);

/* TRUE when any link to @identity is up. */
gboolean kith_friend_links_is_linked (KithFriendLinks *linked, const KithPeerKey *identity);

/* TRUE when a link to anybody is up who is a contact, with relay on or off. */
gboolean kith_friend_links_has_contact (KithFriendLinks *linked);

/* What the owner of @identity does for us, by what was said over all links: no word of it 2 s after
   a link came up is a no. */
KithRelaysForUs kith_friend_links_relays (KithFriendLinks *linked, const KithPeerKey *identity);

/* The best links to contacts with relay on that said all of @flags and run without a friend in
   between, one for each, the quickest first. (transfer container) (element-type KithFriendLink) */
GPtrArray *kith_friend_links_friends (KithFriendLinks *linked, guint flags);

/* All. (transfer container) (element-type KithFriendLink) */
GPtrArray *kith_friend_links_list (KithFriendLinks *linked);

/* Round trip in ms, as notes tell it. */
guint16 kith_friend_links_rtt (const KithFriendLink *entry);

/* TRUE when a friend carries the packets of this link. */
gboolean kith_friend_links_is_carried (const KithFriendLink *entry);

/* Takes one of the entry's tokens (20 at once, 2 more each second). FALSE: it asks too often. */
gboolean kith_friend_links_may_ask (KithFriendLinks *linked, KithFriendLink *entry);

/* The peer of @entry said that it takes what comes from @asker (all zeros: that it says such
   things). */
void kith_friend_links_set_taken (KithFriendLink *entry, const KithPeerKey *asker);

/* TRUE when @asker may be told that @entry is there: its peer said so, or is too old to say so, or
   lets us relay nothing. */
gboolean kith_friend_links_may_tell (const KithFriendLink *entry, const KithPeerKey *asker);

/* Writes @note to its link. FALSE: it was not sent. */
gboolean kith_friend_links_send (KithFriendLink *entry, const KithRelayNote *note);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithFriendLinks, kith_friend_links_free)

G_END_DECLS
