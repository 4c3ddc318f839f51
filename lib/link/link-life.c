/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reckons with the times of the last signs of life and asks for new ones. */
#include "link/link-life.h"

/* the loop was held up: what came meanwhile is read before anything is made of the silence */
#define LATE_MS 1000
#define LATE_LOOK_MS 100
#define PEER_HOLD_FACTOR 4 /* keep-alives after which a peer's word that it holds is stale */

struct _KithLinkLife {
  KithLinkTimes times;
  const KithLinkLifeEvents *events;
  gpointer user_data;
  KithTimer deadline;
  gint64 due; /* when it is to come */
  guint holds;
  gint64 heard;       /* authenticated */
  gint64 media_heard; /* media that SRTP authenticated */
  gint64 used;
  gint64 peer_holds_until;
  gint64 owed_since; /* the peer owes a sign of life; 0: it does not */
  gint64 pinged;     /* last ping, 0: none since it was heard */
  gint64 asked;      /* first one since anything was heard, even media; 0: none */
  gboolean told_silent;
  gboolean suspect;
  /* held until a moment ago, and not heard since: the peer, who holds it, has to be told */
  gboolean let_go;
};

static gint64
us (guint ms)
{
  return (gint64)ms * 1000;
}

static gint64
quiet_since (const KithLinkLife *life)
{
  return MAX (life->heard, life->media_heard);
}

static gboolean
has_flowed (const KithLinkLife *life)
{
  return life->holds > 0 && life->media_heard != 0
         && kith_clock_now (life->deadline.clock) - life->media_heard < us (life->times.suspect);
}

/* Silence after which a held link, or one that owes, is asked for a sign of life: less while media
   flowed before. */
static gint64
quiet_limit (const KithLinkLife *life)
{
  return us (has_flowed (life) ? MIN (life->times.quiet_media, life->times.quiet)
                               : life->times.quiet);
}

/* How long the peer has been deaf: silence before it owed us anything counts only as far as a held
   link's would. */
static gint64
deaf_since (const KithLinkLife *life)
{
  return MAX (quiet_since (life), life->owed_since - us (life->times.quiet));
}

/* After media a lost answer would be noticed at once; otherwise one that is lost alone is no reason
   to move. */
static gint64
answer_limit (KithLinkLife *life)
{
  guint least = has_flowed (life) ? life->times.answer : 3 * life->times.answer;

  return us (MAX (least, 3 * life->events->rtt (life->user_data)));
}

/* The earlier of @at and @other, if that is still to come. */
static gint64
sooner (gint64 at, gint64 other, gint64 now)
{
  return other > now ? MIN (at, other) : at;
}

static void
look_at (KithLinkLife *life, gint64 at)
{
  life->due = at;
  kith_timer_set (&life->deadline, at);
}

/* When to look again. */
static void
schedule (KithLinkLife *life)
{
  gint64 now = kith_clock_now (life->deadline.clock);
  gint64 at;

  if (life->owed_since != 0 || life->holds > 0) {
    at = now + MIN (us (life->times.quiet) / 2, us (life->times.suspect) / 6);
    at = sooner (at, MAX (life->pinged, quiet_since (life)) + quiet_limit (life), now);
    if (life->asked != 0 && !life->told_silent) {
      at = sooner (at, life->asked + answer_limit (life), now);
    }
  } else {
    at = MIN (life->heard + us (life->times.keep_idle),
              MAX (life->used, life->peer_holds_until) + us (life->times.idle));
  }
  look_at (life, MAX (at, now + 1000));
}

static void
ping (KithLinkLife *life, gint64 now)
{
  life->pinged = now;
  if (life->asked == 0) {
    life->asked = now;
  }
  if (life->owed_since == 0) {
    life->owed_since = now;
  }
  life->events->ping (life->holds > 0, life->user_data);
}

static gboolean
is_ping_due (KithLinkLife *life, gint64 now)
{
  if (life->owed_since != 0) {
    return now - MAX (life->pinged, quiet_since (life)) >= quiet_limit (life)
           || now - MAX (life->pinged, life->owed_since) >= us (life->times.keep_held);
  }
  if (life->holds > 0) {
    return now - quiet_since (life) >= quiet_limit (life)
           || now - life->heard >= us (life->times.keep_held);
  }
  return now - life->heard >= us (life->times.keep_idle);
}

static void
set_suspect (KithLinkLife *life, gboolean suspect)
{
  if (life->suspect != suspect) {
    life->suspect = suspect;
    life->events->suspect (suspect, life->user_data);
  }
}

/* How long it may be deaf. A call that was ended while the peer is not heard leaves a goodbye that
   is worth as much patience as the call. */
static gint64
deaf_limit (const KithLinkLife *life)
{
  return us (life->holds > 0 || life->let_go ? MAX (life->times.dead_held, life->times.dead)
                                             : life->times.dead);
}

static void
on_deadline (gpointer user_data)
{
  KithLinkLife *life = user_data;
  gint64 now = kith_clock_now (life->deadline.clock);

  if (now - life->due > us (LATE_MS)) {
    look_at (life, now + us (LATE_LOOK_MS));
    return;
  }
  if (life->holds == 0 && now >= life->peer_holds_until
      && now - life->used >= us (life->times.idle)) {
    life->events->over (FALSE, life->user_data);
    return;
  }
  if (is_ping_due (life, now)) {
    ping (life, now);
  }
  gint64 deaf = life->owed_since == 0 ? 0 : now - deaf_since (life);
  if (deaf >= deaf_limit (life)) {
    life->events->over (TRUE, life->user_data);
    return;
  }
  gboolean silent = life->asked != 0 && !life->told_silent
                    && now - life->asked >= answer_limit (life) && deaf > 0;
  life->told_silent = life->told_silent || silent;
  schedule (life);
  if (deaf >= us (life->times.suspect)) {
    set_suspect (life, TRUE);
  }
  if (silent) {
    life->events->silent ((guint)(deaf / 1000), life->user_data);
  }
}

KithLinkLife *
kith_link_life_new (KithClock *clock,
                    const KithLinkTimes *times,
                    const KithLinkLifeEvents *events,
                    gpointer user_data)
{
  KithLinkLife *life = g_new0 (KithLinkLife, 1);

  life->times = *times;
  life->events = events;
  life->user_data = user_data;
  life->heard = life->used = kith_clock_now (clock);
  kith_timer_init (&life->deadline, clock, on_deadline, life);
  schedule (life);
  return life;
}

void
kith_link_life_free (KithLinkLife *life)
{
  if (life != NULL) {
    kith_timer_finish (&life->deadline);
    g_free (life);
  }
}

void
kith_link_life_heard (KithLinkLife *life)
{
  life->heard = kith_clock_now (life->deadline.clock);
  life->owed_since = life->events->is_owed (life->user_data) ? life->heard : 0;
  life->pinged = life->asked = 0;
  life->told_silent = life->let_go = FALSE;
  schedule (life);
  set_suspect (life, FALSE);
}

void
kith_link_life_media_heard (KithLinkLife *life)
{
  life->media_heard = life->used = kith_clock_now (life->deadline.clock);
  life->asked = 0;
  life->told_silent = FALSE;
  set_suspect (life, FALSE);
}

void
kith_link_life_used (KithLinkLife *life, gboolean owed)
{
  life->used = kith_clock_now (life->deadline.clock);
  if (owed && life->owed_since == 0) {
    life->owed_since = life->used;
    schedule (life);
  }
}

void
kith_link_life_hold (KithLinkLife *life, gboolean more)
{
  if (!more && life->holds == 0) {
    return;
  }
  life->holds = more ? life->holds + 1 : life->holds - 1;
  life->let_go = life->holds == 0;
  life->used = kith_clock_now (life->deadline.clock);
  if (life->holds == (more ? 1 : 0)) {
    ping (life, life->used); /* the peer learns it at once */
  }
  schedule (life);
}

void
kith_link_life_peer_holds (KithLinkLife *life, gboolean holds)
{
  gint64 now = kith_clock_now (life->deadline.clock);

  life->peer_holds_until = holds ? now + us (life->times.keep_held) * PEER_HOLD_FACTOR
                                 : MIN (life->peer_holds_until, now);
}

gboolean
kith_link_life_is_held (KithLinkLife *life)
{
  return life->holds > 0;
}

gboolean
kith_link_life_is_suspect (KithLinkLife *life)
{
  return life->suspect;
}
