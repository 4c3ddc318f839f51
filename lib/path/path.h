/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One way for the packets of a link: an ICE agent, or a friend who carries them. */
#pragma once

#include "path/ice-agent.h"
#include "path/path-hub.h"
#include "ports/link-maker.h"

G_BEGIN_DECLS

/* In the order in which they are preferred. */
typedef enum { KITH_PATH_DIRECT, KITH_PATH_RELAYED, KITH_PATH_FRIEND } KithPathClass;

/* What a path was made for. */
typedef enum {
  KITH_PATH_FIRST,    /* with the link itself */
  KITH_PATH_STANDBY,  /* listens in case the peer loses its path */
  KITH_PATH_REPAIR,   /* checks, to replace a path that is lost */
  KITH_PATH_LISTENER, /* answers a path repair of the peer */
  KITH_PATH_CARRIED   /* a friend's */
} KithPathPurpose;

typedef struct _KithPath KithPath;

/* All on the main thread: works, gathered, moved, lost, heard from the loop, datagram from there or
   from within kith_path_input(). */
typedef struct {
  void (*works) (KithPath *path, gpointer user_data); /* packets can be sent */
  /* more candidates of ours are known, or none more will come */
  void (*gathered) (KithPath *path, gpointer user_data);
  void (*moved) (KithPath *path, gpointer user_data); /* another pair of the agent is used */
  /* a friend carries no more, or the agent has no pair left */
  void (*lost) (KithPath *path, gpointer user_data);
  void (*heard) (KithPath *path, gpointer user_data); /* media came that proved to be the peer's */
  /* All but media that an agent brought. TRUE: it was authenticated. */
  gboolean (*datagram) (KithPath *path, const guint8 *data, gsize len, gpointer user_data);
} KithPathEvents;

/* Main thread. The fields below the line belong to the path set (path-set.c). */
struct _KithPath {
  KithPathPurpose purpose;
  KithIceRole role;
  KithIce *ice;               /* NULL: a friend's path */
  KithFriendPath friend_path; /* while ice is NULL */
  KithPathHub *hub;
  const KithPathEvents *events;
  gpointer user_data;
  guint8 seed[KITH_SEED_LEN]; /* of the agent */
  guint id;                   /* of the friend's path, in the hub's table */
  gboolean works;
  /* ---- */
  gboolean proved; /* an authenticated packet came over it */
  gboolean stale;  /* nothing came over it since that was noticed */
  gboolean doomed; /* the address of this host that it uses is gone (path-repair.c) */
  gboolean gone;   /* taken out, to be freed by the loop */
  gint64 made;     /* monotonic times, 0: never */
  gint64 worked;
  gint64 proved_at;
  gint64 heard;
  gint64 left;  /* when it stopped being the one in use */
  guint n_told; /* candidates of ours that the peer was told (path-repair.c) */
  guint n_probes;
  gint64 next_probe;
};

/* An agent of its own whose credentials come from @seed; with @two_relays it has addresses of two
   TURN servers, if two work. NULL and KITH_ERROR_FAILED when no socket can be had. @events is kept.
   (transfer full) */
KithPath *kith_path_new_ice (KithPathHub *hub,
                             KithPathPurpose purpose,
                             KithIceRole role,
                             const guint8 *seed,
                             gboolean two_relays,
                             GError **error);

/* Another seed for an agent that was told of no remote candidate yet. */
void kith_path_set_seed (KithPath *path, const guint8 *seed);

/* @friend_path is copied; the path works at once. It can be found by its id in the hub until it is
   freed. (transfer full) */
KithPath *kith_path_new_friend_path (KithPathHub *hub, const KithFriendPath *friend_path);

/* From now on @events (kept) are told; that a friend's works is not. */
void kith_path_set_events (KithPath *path, const KithPathEvents *events, gpointer user_data);

/* Media that an agent brings goes to @media, on the media thread. Once. */
void kith_path_set_media (KithPath *path, KithPathMedia *media);

/* Closes sockets, or releases the friend's path. */
void kith_path_free (KithPath *path);

/* The friend carries no more: lost follows, and kith_path_free() will not call released. */
void kith_path_lose (KithPath *path);

/* FALSE: dropped. */
gboolean kith_path_send (KithPath *path, const guint8 *data, gsize len);

/* A datagram of the peer that a friend carried. TRUE: it was authenticated. */
gboolean kith_path_input (KithPath *path, const guint8 *data, gsize len);

KithPathClass kith_path_get_class (KithPath *path);

/* Fills in all but rtt_ms and since_us. */
void kith_path_describe (KithPath *path, KithLinkPath *description);

/* "192.0.2.7:4000 to 198.51.100.2:5000, direct" … for people. (transfer full) */
KithSaying *kith_path_say (KithPath *path);

/* Adds the step @code with @path as its route. */
void kith_path_tell (KithTrace *trace, KithTraceKind kind, const char *code, KithPath *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithPath, kith_path_free)

G_END_DECLS
