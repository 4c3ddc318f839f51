/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the way of an established call fares: silences, reconnecting, and the path that is used now. */
#include "base/log.h"
#include "node/call/call-private.h"

#define LOOK_MS 50       /* between two looks while something is wrong */
#define SILENT_MS 250    /* without audio on a troubled link: the user is told */
#define BACK_MS 2000     /* the link is well again, but no audio comes: perhaps they send none */
#define INTERRUPT_MS 500 /* a gap that people notice */
#define RTCP_FIRST 192   /* second byte of RTCP beside RTP (RFC 5761 section 4) */
#define RTCP_LAST 223

static gint64
now (KithCall *call)
{
  return kith_clock_now (call->context->clock);
}

static gboolean
is_troubled (KithCall *call)
{
  return call->link_moving || call->link_suspect;
}

/* TRUE when audio should come from them. */
static gboolean
is_talking (KithCall *call)
{
  return call->state == KITH_CALL_ACTIVE && call->heard_us != 0 && kith_call_expects_sound (call);
}

static guint
silent_ms (KithCall *call)
{
  return (guint)MIN ((now (call) - call->heard_us) / 1000, G_MAXINT);
}

static void
count_gap (KithCall *call, guint ms)
{
  call->longest_gap_ms = MAX (call->longest_gap_ms, ms);
  if (ms >= INTERRUPT_MS) {
    call->interruptions++;
  }
}

/* @what is so when it is over. */
static void
set_reconnecting (KithCall *call, gboolean reconnecting, const char *what)
{
  if (call->reconnecting == reconnecting) {
    return;
  }
  call->reconnecting = reconnecting;
  kith_info (call->log_id, reconnecting ? "reconnecting" : "connected again");
  if (reconnecting) {
    call->trouble_us = is_talking (call) ? call->heard_us : now (call);
    call->lost_at = kith_clock_wall (call->context->clock) - (now (call) - call->trouble_us);
  } else {
    call->lost_at = 0;
    call->reconnected_after_ms = (guint)MIN ((now (call) - call->trouble_us) / 1000, G_MAXINT);
    kith_trace_add (call->trace,
                    KITH_TRACE_MEDIA,
                    "%s after %.1f s",
                    what,
                    call->reconnected_after_ms / 1000.0);
  }
  kith_call_notify (call);
}

static gboolean on_look (gpointer user_data);

/* What the user should see now. */
static void
look (KithCall *call)
{
  gboolean show = call->reconnecting;

  if (is_troubled (call)) {
    show = !is_talking (call) || silent_ms (call) >= SILENT_MS;
  } else if (call->reconnecting) {
    show = is_talking (call) && now (call) - call->well_us < (gint64)BACK_MS * 1000;
  }
  set_reconnecting (call,
                    show,
                    is_talking (call) ? "no audio came, but they are heard again"
                                      : "they are heard again");
  if ((is_troubled (call) || call->reconnecting) && call->look_timer == 0) {
    call->look_timer = kith_clock_add (call->context->clock, LOOK_MS, on_look, call);
  }
}

static gboolean
on_look (gpointer user_data)
{
  KithCall *call = user_data;

  look (call);
  if (is_troubled (call) || call->reconnecting) {
    return G_SOURCE_CONTINUE;
  }
  call->look_timer = 0;
  return G_SOURCE_REMOVE;
}

static void
take_trouble (KithCall *call, gboolean *flag, gboolean on)
{
  gboolean before = is_troubled (call);

  *flag = on;
  if (before && !is_troubled (call)) {
    call->well_us = now (call);
  }
  look (call);
}

static void
on_moving (KithLink *link, gboolean moving, KithCall *call)
{
  take_trouble (call, &call->link_moving, moving);
}

static void
on_suspect (KithLink *link, gboolean suspect, KithCall *call)
{
  take_trouble (call, &call->link_suspect, suspect);
}

/* The path */

/* The name under which @key is known here, or the head of the key. (transfer full) */
static gchar *
name_of (KithCall *call, const KithPeerKey *key)
{
  g_auto (GStrv) names = kith_trust_list (call->context->trust);
  KithPeerKey pinned;

  for (guint i = 0; names[i] != NULL; i++) {
    if (kith_trust_get_pin (call->context->trust, names[i], &pinned)
        && kith_peer_key_equal (&pinned, key)) {
      return g_strdup (names[i]);
    }
  }
  g_autofree gchar *text = kith_peer_key_to_text (key);
  return g_strndup (text, 8);
}

/* A path that is ours is told by the link itself. */
static void
trace_path (KithCall *call)
{
  if (call->path.is_relayed_by_friend) {
    kith_trace_add (call->trace,
                    KITH_TRACE_PATH,
                    "through %s, about %u ms one way",
                    call->via,
                    call->path.friend_delay_ms);
  }
}

void
kith_call_take_path (KithCall *call)
{
  KithMediaStats stats = { 0 };

  if (call->media != NULL) {
    kith_media_get_stats (call->media, &stats);
  }
  kith_link_get_path (call->link, &call->path);
  call->have_path = TRUE;
  call->old_rtt_us = stats.rtt_us;
  call->told_relay = FALSE;
  g_clear_pointer (&call->via, g_free);
  if (call->path.is_relayed_by_friend) {
    call->via = name_of (call, &call->path.friend_key);
  }
  trace_path (call);
}

/* The audio's round trip through the friend is set against the direct one of the call, if it ever had one, else against those of the two links that the
   friend has. */
void
kith_call_measure_path (KithCall *call, const KithMediaStats *stats)
{
  KithLinkPath path = { 0 };

  if (call->link == NULL || !call->have_path) {
    return;
  }
  if (!call->path.is_relayed_by_friend) {
    kith_link_get_path (call->link, &path);
    call->direct_rtt_ms = path.least_rtt_ms != 0 ? path.least_rtt_ms : call->direct_rtt_ms;
    return;
  }
  if (call->told_relay || stats->rtt_us == 0 || stats->rtt_us == call->old_rtt_us) {
    return;
  }
  guint takes = (stats->rtt_us + 1000) / 2000;
  guint legs = call->path.friend_delay_ms;
  guint without = call->direct_rtt_ms != 0 ? (call->direct_rtt_ms + 1) / 2 : legs;
  call->told_relay = TRUE;
  kith_trace_add (call->trace,
                  KITH_TRACE_PATH,
                  call->direct_rtt_ms != 0
                      ? "through %s, adds %u ms: one way takes %u ms, and took %u ms directly"
                      : "through %s, adds %u ms: one way takes %u ms, and the ways to them and on "
                        "%u ms",
                  call->via,
                  takes > without ? takes - without : 0,
                  takes,
                  without);
}

static void
on_path_changed (KithLink *link, KithCall *call)
{
  kith_call_take_path (call);
  kith_call_notify (call);
}

/* For the call's other files */

void
kith_call_follow_link (KithCall *call)
{
  g_signal_connect (call->link, "moving", G_CALLBACK (on_moving), call);
  g_signal_connect (call->link, "suspect", G_CALLBACK (on_suspect), call);
  g_signal_connect (call->link, "path-changed", G_CALLBACK (on_path_changed), call);
  call->link_suspect = kith_link_get_state (call->link) == KITH_LINK_SUSPECT;
}

void
kith_call_unfollow_link (KithCall *call)
{
  if (call->link == NULL) {
    return;
  }
  g_signal_handlers_disconnect_by_func (call->link, on_moving, call);
  g_signal_handlers_disconnect_by_func (call->link, on_suspect, call);
  g_signal_handlers_disconnect_by_func (call->link, on_path_changed, call);
  if (call->reconnecting && is_talking (call)) {
    count_gap (call, silent_ms (call)); /* the silence that it ended with */
  }
  kith_clock_cancel (call->context->clock, &call->look_timer);
  call->link_moving = call->link_suspect = FALSE;
  call->reconnecting = FALSE;
}

void
kith_call_heard (KithCall *call, const guint8 *data, gsize len)
{
  if (len < 2 || (data[1] >= RTCP_FIRST && data[1] <= RTCP_LAST)) {
    return;
  }
  if (is_talking (call)) {
    count_gap (call, silent_ms (call));
  }
  call->heard_us = now (call);
  if (call->reconnecting) {
    set_reconnecting (call, FALSE, "voice is back");
  }
}

gboolean
kith_call_is_cut_off (KithCall *call)
{
  return call->reconnecting || is_troubled (call)
         || (is_talking (call) && silent_ms (call) >= INTERRUPT_MS);
}

void
kith_call_add_gaps (KithCall *call, KithMediaStats *stats)
{
  stats->longest_gap_ms = call->longest_gap_ms;
  stats->interruptions = call->interruptions;
}
