/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the way of an established leg fares: silences, reconnecting, and the path that is used
   now. */
#include "base/log.h"
#include "node/call/leg/leg-private.h"

#define LOOK_MS 50       /* between two looks while something is wrong */
#define SILENT_MS 250    /* without audio on a troubled link: the user is told */
#define BACK_MS 2000     /* the link is well again, but no audio comes: perhaps they send none */
#define INTERRUPT_MS 500 /* a gap that people notice */

static gint64
now (KithLeg *leg)
{
  return kith_clock_now (leg->context->clock);
}

static gboolean
is_troubled (KithLeg *leg)
{
  return leg->trouble.moving || leg->trouble.suspect;
}

/* TRUE when audio should come from them. */
static gboolean
is_talking (KithLeg *leg)
{
  return leg->state == KITH_LEG_FLOWING && leg->trouble.heard_us != 0
         && kith_leg_expects_sound (leg);
}

static guint
silent_ms (KithLeg *leg)
{
  return (guint)MIN ((now (leg) - leg->trouble.heard_us) / 1000, G_MAXINT);
}

static void
count_gap (KithLeg *leg, guint ms)
{
  leg->trouble.longest_gap_ms = MAX (leg->trouble.longest_gap_ms, ms);
  if (ms >= INTERRUPT_MS) {
    leg->trouble.interruptions++;
  }
}

/* @code: the step when it is over. */
static void
set_reconnecting (KithLeg *leg, gboolean reconnecting, const char *code)
{
  if (leg->trouble.reconnecting == reconnecting) {
    return;
  }
  leg->trouble.reconnecting = reconnecting;
  kith_info (leg->log_id, reconnecting ? "reconnecting" : "connected again");
  if (reconnecting) {
    leg->trouble.since_us = is_talking (leg) ? leg->trouble.heard_us : now (leg);
    leg->trouble.lost_at
        = kith_clock_wall (leg->context->clock) - (now (leg) - leg->trouble.since_us);
  } else {
    leg->trouble.lost_at = 0;
    leg->trouble.reconnected_after_ms
        = (guint)MIN ((now (leg) - leg->trouble.since_us) / 1000, G_MAXINT);
    KithSaying *saying = kith_saying_new (code);
    kith_saying_put_figure (saying, "after", leg->trouble.reconnected_after_ms / 1000.0);
    kith_leg_say (leg, KITH_TRACE_MEDIA, saying);
  }
  kith_leg_notify (leg);
}

static gboolean on_look (gpointer user_data);

/* What the user should see now. */
static void
look (KithLeg *leg)
{
  gboolean show = leg->trouble.reconnecting;

  if (is_troubled (leg)) {
    show = !is_talking (leg) || silent_ms (leg) >= SILENT_MS;
  } else if (leg->trouble.reconnecting) {
    show = is_talking (leg) && now (leg) - leg->trouble.well_us < (gint64)BACK_MS * 1000;
  }
  set_reconnecting (leg, show, is_talking (leg) ? "step-back-unheard" : "step-back");
  if ((is_troubled (leg) || leg->trouble.reconnecting) && leg->trouble.look_timer == 0) {
    leg->trouble.look_timer = kith_clock_add (leg->context->clock, LOOK_MS, on_look, leg);
  }
}

static gboolean
on_look (gpointer user_data)
{
  KithLeg *leg = user_data;

  look (leg);
  if (is_troubled (leg) || leg->trouble.reconnecting) {
    return G_SOURCE_CONTINUE;
  }
  leg->trouble.look_timer = 0;
  return G_SOURCE_REMOVE;
}

static void
take_trouble (KithLeg *leg, gboolean *flag, gboolean on)
{
  gboolean before = is_troubled (leg);

  *flag = on;
  if (before && !is_troubled (leg)) {
    leg->trouble.well_us = now (leg);
  }
  look (leg);
}

static void
on_moving (KithLink *link, gboolean moving, KithLeg *leg)
{
  take_trouble (leg, &leg->trouble.moving, moving);
}

static void
on_suspect (KithLink *link, gboolean suspect, KithLeg *leg)
{
  take_trouble (leg, &leg->trouble.suspect, suspect);
}

/* The path */

/* The name under which @key is known here, or the head of the key. (transfer full) */
static gchar *
name_of (KithLeg *leg, const KithPeerKey *key)
{
  g_auto (GStrv) names = kith_trust_list (leg->context->trust);
  KithPeerKey pinned;

  for (guint i = 0; names[i] != NULL; i++) {
    if (kith_trust_get_pin (leg->context->trust, names[i], &pinned)
        && kith_peer_key_equal (&pinned, key)) {
      return g_strdup (names[i]);
    }
  }
  g_autofree gchar *text = kith_peer_key_to_text (key);
  return g_strndup (text, 8);
}

static void
put_ms (KithSaying *saying, const char *name, guint ms)
{
  kith_saying_put_time (saying, name, (gint64)ms * 1000);
}

/* A path that is ours is told by the link itself. */
static void
trace_path (KithLeg *leg)
{
  if (leg->path.now.is_relayed_by_friend) {
    KithSaying *saying = kith_saying_new ("step-through");
    kith_saying_put (saying, "friend", leg->path.via);
    put_ms (saying, "delay-ms", leg->path.now.friend_delay_ms);
    kith_leg_say (leg, KITH_TRACE_PATH, saying);
  }
}

void
kith_leg_take_path (KithLeg *leg)
{
  KithMediaStats stats = { 0 };

  if (leg->media != NULL) {
    kith_media_get_stats (leg->media, &stats);
  }
  kith_link_get_path (leg->link, &leg->path.now);
  leg->path.is_known = TRUE;
  leg->path.old_rtt_us = stats.rtt_us;
  leg->path.told_relay = FALSE;
  g_clear_pointer (&leg->path.via, g_free);
  if (leg->path.now.is_relayed_by_friend) {
    leg->path.via = name_of (leg, &leg->path.now.friend_key);
  }
  trace_path (leg);
}

/* The audio's round trip through the friend is set against the direct one of the call, if it ever
   had one, else against those of the two links that the friend has. */
void
kith_leg_measure_path (KithLeg *leg, const KithMediaStats *stats)
{
  KithLinkPath path = { 0 };

  if (leg->link == NULL || !leg->path.is_known) {
    return;
  }
  if (!leg->path.now.is_relayed_by_friend) {
    kith_link_get_path (leg->link, &path);
    leg->path.direct_rtt_ms = path.least_rtt_ms != 0 ? path.least_rtt_ms : leg->path.direct_rtt_ms;
    return;
  }
  if (leg->path.told_relay || stats->rtt_us == 0 || stats->rtt_us == leg->path.old_rtt_us) {
    return;
  }
  guint takes = (stats->rtt_us + 1000) / 2000;
  guint legs = leg->path.now.friend_delay_ms;
  guint without = leg->path.direct_rtt_ms != 0 ? (leg->path.direct_rtt_ms + 1) / 2 : legs;
  leg->path.told_relay = TRUE;
  KithSaying *saying = kith_saying_new (leg->path.direct_rtt_ms != 0 ? "step-through-adds"
                                                                     : "step-through-adds-legs");
  kith_saying_put (saying, "friend", leg->path.via);
  put_ms (saying, "added-ms", takes > without ? takes - without : 0);
  put_ms (saying, "takes-ms", takes);
  put_ms (saying, "without-ms", without);
  kith_leg_say (leg, KITH_TRACE_PATH, saying);
}

/* What the ear noted meanwhile: when this comes late, it was not silent for so long. */
static void
on_media (KithLink *link, KithLeg *leg)
{
  gint64 heard_us;
  guint silent;

  if (leg->trouble.ear == NULL || !kith_leg_ear_take (leg->trouble.ear, &heard_us, &silent)) {
    return;
  }
  if (is_talking (leg)) {
    count_gap (leg, silent);
  }
  leg->trouble.heard_us = heard_us;
  if (leg->trouble.reconnecting) {
    set_reconnecting (leg, FALSE, "step-back-voice");
  }
}

static void
on_path_changed (KithLink *link, KithLeg *leg)
{
  kith_leg_take_path (leg);
  kith_leg_notify (leg);
}

/* For the leg's other files */

void
kith_leg_follow_link (KithLeg *leg)
{
  g_signal_connect (leg->link, "moving", G_CALLBACK (on_moving), leg);
  g_signal_connect (leg->link, "suspect", G_CALLBACK (on_suspect), leg);
  g_signal_connect (leg->link, "path-changed", G_CALLBACK (on_path_changed), leg);
  g_signal_connect (leg->link, "media", G_CALLBACK (on_media), leg);
  leg->trouble.suspect = kith_link_get_state (leg->link) == KITH_LINK_SUSPECT;
}

void
kith_leg_unfollow_link (KithLeg *leg)
{
  if (leg->link == NULL) {
    return;
  }
  g_signal_handlers_disconnect_by_func (leg->link, on_moving, leg);
  g_signal_handlers_disconnect_by_func (leg->link, on_suspect, leg);
  g_signal_handlers_disconnect_by_func (leg->link, on_path_changed, leg);
  g_signal_handlers_disconnect_by_func (leg->link, on_media, leg);
  if (leg->trouble.reconnecting && is_talking (leg)) {
    count_gap (leg, silent_ms (leg)); /* the silence that it ended with */
  }
  kith_clock_cancel (leg->context->clock, &leg->trouble.look_timer);
  leg->trouble.moving = leg->trouble.suspect = FALSE;
  leg->trouble.reconnecting = FALSE;
}

gboolean
kith_leg_is_cut_off (KithLeg *leg)
{
  return leg->trouble.reconnecting || is_troubled (leg)
         || (is_talking (leg) && silent_ms (leg) >= INTERRUPT_MS);
}

void
kith_leg_add_gaps (KithLeg *leg, KithMediaStats *stats)
{
  stats->longest_gap_ms = leg->trouble.longest_gap_ms;
  stats->interruptions = leg->trouble.interruptions;
}
