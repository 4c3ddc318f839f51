/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a link still lives: keep-alive, suspicion, death and idleness, by time alone. */
#pragma once

#include "base/clock.h"
#include "link/link-config.h"

G_BEGIN_DECLS

/* The only control message so far: its kind, then flags. */
#define KITH_LINK_PING 1
#define KITH_LINK_PING_LEN 2
#define KITH_LINK_PING_HELD 1 /* flag: whoever sends it holds the link */

/* Main thread. */
typedef struct _KithLinkLife KithLinkLife;

typedef struct {
  void (*suspect) (gboolean suspect, gpointer user_data);
  void (*ping) (gboolean held, gpointer user_data); /* send something that must be acknowledged */
  /* TRUE while the peer has yet to acknowledge stream bytes */
  gboolean (*is_owed) (gpointer user_data);
  guint (*rtt) (gpointer user_data); /* ms */
  /* A sign of life was asked for and did not come in time; once until something is heard. */
  void (*silent) (guint silent_ms, gpointer user_data);
  void (*over) (gboolean dead, gpointer user_data); /* once: dead, or idle for too long */
} KithLinkLifeEvents;

/* Starts now, alive and neither held nor used. @times is copied, @events kept. (transfer full) */
KithLinkLife *kith_link_life_new (KithClock *clock,
                                  const KithLinkTimes *times,
                                  const KithLinkLifeEvents *events,
                                  gpointer user_data);
void kith_link_life_free (KithLinkLife *life);

/* An authenticated sign of life. */
void kith_link_life_heard (KithLinkLife *life);

/* Media came that SRTP authenticated: a sign of life that spares pings, and holds off suspicion. */
void kith_link_life_media_heard (KithLinkLife *life);

/* The link was used, so that it is not idle; @owed: bytes went out that the peer must
   acknowledge. */
void kith_link_life_used (KithLinkLife *life, gboolean owed);

/* Counts holds up or down. */
void kith_link_life_hold (KithLinkLife *life, gboolean more);

/* The peer said whether it holds the link; while it does (and repeats it), the link is not closed
   for idleness. */
void kith_link_life_peer_holds (KithLinkLife *life, gboolean holds);

gboolean kith_link_life_is_held (KithLinkLife *life);
gboolean kith_link_life_is_suspect (KithLinkLife *life);

G_END_DECLS
