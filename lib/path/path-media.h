/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of a link the threads of media share with the main loop: whose packets are whose, and by
   which agents ours leave. */
#pragma once

#include "base/clock.h"
#include "path/path-box.h"
#include "ports/link.h"

G_BEGIN_DECLS

#define KITH_PATH_MEDIA_WAYS 14 /* agents over which one packet goes at the same time */

/* Counted. Made shut: nothing passes either way. */
typedef struct _KithPathMedia KithPathMedia;

/* Sends by one way (an agent). Any thread. FALSE: dropped. */
typedef gboolean (*KithPathMediaWayFunc) (gpointer way, const guint8 *data, gsize len);

/* Main thread: a packet that is to go where only the main loop can bring it (a friend's link). */
typedef void (*KithPathMediaLateFunc) (const guint8 *data, gsize len, gpointer user_data);

/* @box is of kith_path_box_new(), @send that of all ways; of @clock, which lives as long, other
   threads ask the time. Main thread. (transfer full) */
KithPathMedia *kith_path_media_new (KithClock *clock, KithMailbox *box, KithPathMediaWayFunc send);

/* Any thread. */
KithPathMedia *kith_path_media_ref (KithPathMedia *media);
void kith_path_media_unref (KithPathMedia *media);

/* From now on packets pass; those that come are given out as @link's (not owned). Main thread. */
void kith_path_media_open (KithPathMedia *media, KithLink *link);

/* No packet passes any more: no claim's function is running when this returns, but the caller's
   own. Main thread. */
void kith_path_media_shut (KithPathMedia *media);

/* As kith_link_claim_media(), without the state; kith_link_release_media();
   kith_link_get_unclaimed(). Main thread. */
gboolean kith_path_media_claim (KithPathMedia *media,
                                guint32 ssrc,
                                KithLinkMediaFunc func,
                                gpointer user_data,
                                GError **error);
void kith_path_media_release (KithPathMedia *media, guint32 ssrc, gpointer user_data);
guint64 kith_path_media_get_unclaimed (KithPathMedia *media);

/* As kith_link_give_early(). Main thread. */
void kith_path_media_give_early (KithPathMedia *media);

/* Gives a packet that came to the one who claimed it; one that is nobody's is kept for a while.
   TRUE when it proved to be the peer's. Any thread; the media thread where an agent has it. */
gboolean kith_path_media_take (KithPathMedia *media, const guint8 *data, gsize len);

/* From now on packets leave by the @n ways @ways, which live until another list took their place;
   with @late (not NULL) each goes there, too. Main thread. */
void kith_path_media_aim (KithPathMedia *media,
                          gpointer const *ways,
                          guint n,
                          KithPathMediaLateFunc late,
                          gpointer user_data);

/* Sends one packet. FALSE when it was dropped. Any thread. */
gboolean kith_path_media_send (KithPathMedia *media, const guint8 *data, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPathMedia, kith_path_media_unref)

G_END_DECLS
