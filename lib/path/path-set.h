/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All paths of one link: which is used, which are tried, which are kept a while. */
#pragma once

#include "path/path.h"

G_BEGIN_DECLS

/* Main thread. */
typedef struct _KithPathSet KithPathSet;

typedef struct {
  void (*works) (KithPath *path, gpointer user_data);    /* from the loop; never for a friend's */
  void (*gathered) (KithPath *path, gpointer user_data); /* from the loop */
  /* The link is up, and another path is used, or the path that is used runs over another pair. */
  void (*changed) (gpointer user_data);
  void (*lost) (gpointer user_data); /* the link is up, and its last path that worked is gone */
  /* media of an agent that proved to be the peer's */
  void (*heard) (KithPath *path, gpointer user_data);
  /* All but media that an agent brought. TRUE: it was authenticated. */
  gboolean (*datagram) (KithPath *path, const guint8 *data, gsize len, gpointer user_data);
  /* Transmit something that the peer has to acknowledge, now: it goes over the one path that is to
     be proved. */
  void (*poke) (gpointer user_data);
} KithPathSetEvents;

/* What a link shares with the threads of media, to be given to its set: that sends by agents.
   (transfer full) */
KithPathMedia *kith_path_set_make_media (KithPathHub *hub);

/* @leads: the side whose choice the other follows when both could use several paths. @media: whose
   packets agents bring, and where it may send is told there (a reference is taken). @events is
   kept. (transfer full) */
KithPathSet *kith_path_set_new (KithPathHub *hub,
                                KithPathMedia *media,
                                gboolean leads,
                                const KithPathSetEvents *events,
                                gpointer user_data);

/* Frees all paths at once. No event follows. Not from inside a datagram. */
void kith_path_set_free (KithPathSet *set);

/* A new agent. NULL and KITH_ERROR_FAILED, KITH_ERROR_LIMIT_REACHED. (transfer none) */
KithPath *kith_path_set_add_ice (KithPathSet *set,
                                 KithPathPurpose purpose,
                                 KithIceRole role,
                                 const guint8 *seed,
                                 GError **error);

/* The first agent of a new set: one that gathered before (transfer full). */
void kith_path_set_adopt (KithPathSet *set, KithPath *path);

/* Returns the path's id, or 0 when there are friends' paths enough. */
guint kith_path_set_add_friend_path (KithPathSet *set, const KithFriendPath *friend_path);

/* Takes @path out; it is freed by the loop. */
void kith_path_set_remove (KithPathSet *set, KithPath *path);

/* The newest agent of @purpose with @seed (NULL: any). NULL: none. */
KithPath *kith_path_set_find (KithPathSet *set, KithPathPurpose purpose, const guint8 *seed);

/* The oldest agent of @purpose that does not work (yet). NULL: none. */
KithPath *kith_path_set_find_idle (KithPathSet *set, KithPathPurpose purpose);

/* How many there are of @purpose. */
guint kith_path_set_count (KithPathSet *set, KithPathPurpose purpose);

/* The one that is used; NULL while none works. */
KithPath *kith_path_set_get_current (KithPathSet *set);

/* Sends a frame on the path that is used. FALSE: dropped. Media is sent by the set's
   KithPathMedia. */
gboolean kith_path_set_send (KithPathSet *set, const guint8 *data, gsize len);

/* Sends a packet of QUIC where it is due. Until the link is up the last ones are kept, and go over
   each path that works later, too. */
void kith_path_set_transmit (KithPathSet *set, const guint8 *packet, gsize len);

/* Something of the peer came over @path: packets that QUIC authenticated prove it, media and frames
   (FALSE) that others authenticated are a sign of life only. */
void kith_path_set_heard (KithPathSet *set, KithPath *path, gboolean authentic);

/* The link is up: from now on paths are proved. */
void kith_path_set_rise (KithPathSet *set);

/* Nothing is heard of the peer, or @only's local address is gone: what has not been heard for
   @quiet_ms ranks behind everything that is heard, and QUIC is spoken over all that works until
   something is. */
void kith_path_set_doubt (KithPathSet *set, KithPath *only, guint quiet_ms);

/* The peer looks for a path, since it may not hear us: for @ms everything goes over all proved
   paths, not only where we hear it. */
void kith_path_set_spread (KithPathSet *set, guint ms);

/* What happens is added there; NULL: nowhere. A reference is taken. */
void kith_path_set_set_trace (KithPathSet *set, KithTrace *trace);

/* Calls @func for each path. */
void kith_path_set_foreach (KithPathSet *set,
                            void (*func) (KithPath *path, gpointer user_data),
                            gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPathSet, kith_path_set_free)

G_END_DECLS
