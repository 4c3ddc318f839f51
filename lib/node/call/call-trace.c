/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call writes into its time line: states, its link's troubles, and the quality of its audio. */
#include "node/call/call-private.h"

#include <string.h>

#define SAMPLE_MS 1000
#define STEADY 3        /* samples in a row until another quality is believed */
#define MAX_QUALITY 40  /* lines about it */
#define SILENT 2        /* samples without a packet that are worth a line */
#define MAX_SILENCES 20 /* lines about them */
#define CALM                                                                                       \
  8 /* samples after a silence until the quality is told again: its losses weigh on the figures for a while */

typedef struct _KithCallWatch {
  guint timer;
  KithMediaStats before;    /* at the last line about quality */
  guint64 received;         /* at the last sample */
  const char *quality;      /* the word that was written last; NULL none */
  const char *next_quality; /* the one that shows now, for so many samples */
  guint steady;
  guint n_quality;
  guint silent;
  guint n_silences;
  gboolean told_silence;
  guint calm;      /* samples since it was silent; CALM and more: it never was, or long ago */
  double well_mos; /* at the last sample that was not silent */
  gboolean heard;
} Watch;

static Watch *
get_watch (KithCall *call)
{
  if (call->watch == NULL) {
    call->watch = g_new0 (Watch, 1);
    call->watch->calm = CALM;
  }
  return call->watch;
}

/* Who ended it, in the words of people. */
static void
trace_end (KithCall *call, KithReason reason)
{
  if (reason == KITH_REASON_NETWORK_LOST && !kith_link_pool_has_address (call->context->links)) {
    kith_trace_mark (call->trace, KITH_MARK_NO_NETWORK);
    kith_trace_add (call->trace, KITH_TRACE_TROUBLE, "this host has no network address");
  }
  const char *who = reason == KITH_REASON_LOCAL    ? "we hung up"
                    : reason == KITH_REASON_REMOTE ? "they hung up"
                                                   : kith_reason_text (reason);

  kith_trace_add (call->trace,
                  KITH_TRACE_END,
                  "%s%s%s",
                  who,
                  call->detail != NULL ? ": " : "",
                  call->detail != NULL ? call->detail : "");
}

void
kith_call_trace_state (KithCall *call, KithCallState after)
{
  if (kith_trace_get_nat (call->trace, FALSE) == KITH_NAT_UNKNOWN) {
    kith_call_trace_our_nat (call); /* it may be found out while the call is made */
  }
  if (after == KITH_CALL_ENDED) {
    trace_end (call, call->reason);
    kith_clock_cancel (call->context->clock, &get_watch (call)->timer);
    g_clear_pointer (&call->watch, g_free);
  } else {
    kith_trace_add (call->trace, KITH_TRACE_STATE, "%s", kith_call_state_word (after));
  }
}

void
kith_call_mark_turn (KithCall *call)
{
  KithTurnPool *turn = call->context->turn;
  guint works = 0;
  guint failed = 0;

  for (guint i = 0; turn != NULL && i < kith_turn_pool_get_n (turn); i++) {
    KithTurnFacts facts = { 0 };
    kith_turn_pool_get_facts (turn, i, &facts);
    works += facts.state == KITH_TURN_WORKS;
    failed += facts.state == KITH_TURN_FAILED;
    if (facts.state == KITH_TURN_FAILED && call->turn_failure == NULL) {
      const char *why = facts.why != NULL ? facts.why : "it failed";
      const char *remedy = strstr (why, "; ");
      call->turn_failure
          = g_strdup_printf ("%s: %.*s",
                             facts.label,
                             (int)(remedy != NULL ? remedy - why : (gssize)strlen (why)),
                             why);
    }
  }
  if (works > 0) {
    kith_trace_mark (call->trace, KITH_MARK_TURN);
  } else if (failed > 0) {
    kith_trace_mark (call->trace, KITH_MARK_TURN_FAILED);
  }
}

void
kith_call_trace_network (KithCall *call)
{
  GPtrArray *locators = kith_directory_get_locators (call->context->locations);
  gboolean has_network = FALSE;
  gboolean online = FALSE;

  for (guint i = 0; i < locators->len; i++) {
    if (strcmp (kith_locator_get_name (locators->pdata[i]), "static") != 0) {
      has_network = TRUE;
      online = online || kith_locator_get_state (locators->pdata[i]) == KITH_LOCATOR_ONLINE;
    }
  }
  gboolean needs_network = call->address == NULL || call->address->kind != KITH_ADDRESS_SIP;
  if (has_network && !online && needs_network) {
    kith_trace_mark (call->trace, KITH_MARK_ALONE);
    kith_trace_add (call->trace, KITH_TRACE_TROUBLE, "no other node of the network answers");
  }
  if (!kith_link_pool_has_address (call->context->links)) {
    kith_trace_mark (call->trace, KITH_MARK_NO_NETWORK);
    kith_trace_add (call->trace, KITH_TRACE_TROUBLE, "this host has no network address");
  }
}

static void
add_our_nat (KithCall *call, const KithNatFacts *facts)
{
  g_autofree gchar *seen = facts->has_reflexive ? kith_candidate_to_text (&facts->reflexive) : NULL;

  kith_trace_set_nat (call->trace, FALSE, facts->kind);
  kith_trace_add (call->trace,
                  KITH_TRACE_NAT,
                  "ours: %s%s%s%s%s",
                  kith_nat_kind_text (facts->kind),
                  seen != NULL ? ", seen as " : "",
                  seen != NULL ? seen : "",
                  facts->has_mapping ? ", port mapped by " : "",
                  facts->has_mapping ? facts->mapped_by : "");
}

void
kith_call_trace_nat (KithCall *call)
{
  KithNatFacts facts;

  kith_call_trace_network (call);
  kith_call_mark_turn (call);
  kith_link_pool_get_nat (call->context->links, &facts);
  add_our_nat (call, &facts);
}

void
kith_call_trace_our_nat (KithCall *call)
{
  KithNatFacts facts;

  kith_link_pool_get_nat (call->context->links, &facts);
  if (facts.kind != KITH_NAT_UNKNOWN && facts.kind != kith_trace_get_nat (call->trace, FALSE)) {
    add_our_nat (call, &facts);
  }
}

static void
add_their_nat (KithCall *call, KithNatKind kind)
{
  if (call->state != KITH_CALL_ENDED && kind != KITH_NAT_UNKNOWN
      && kind != kith_trace_get_nat (call->trace, TRUE)) {
    kith_trace_set_nat (call->trace, TRUE, kind);
    kith_trace_add (call->trace, KITH_TRACE_NAT, "theirs: %s", kith_nat_kind_text (kind));
  }
}

static void
on_their_nat (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (KithCall) call = user_data;
  g_autofree KithReach *reach = kith_directory_reach_finish (KITH_DIRECTORY (source), result, NULL);

  if (reach != NULL) {
    if (call->link != NULL) {
      kith_link_pool_set_peer_nat (call->link, reach->nat);
    }
    add_their_nat (call, reach->nat);
  }
}

void
kith_call_trace_their_nat (KithCall *call)
{
  KithNatKind kind;

  if (call->link != NULL && kith_link_pool_get_peer_nat (call->link, &kind)) {
    add_their_nat (call, kind);
  } else {
    kith_directory_reach_async (call->context->locations,
                                &call->peer_key,
                                call->cancellable,
                                on_their_nat,
                                g_object_ref (call));
  }
}

/* The link */

static void
on_moving (KithLink *link, gboolean moving, KithCall *call)
{
  kith_trace_mark (call->trace, KITH_MARK_SILENCE); /* the link itself adds the lines */
}

static void
on_path_changed (KithLink *link, KithCall *call)
{
  KithLinkPath path;

  kith_trace_mark (call->trace, KITH_MARK_MOVED);
  kith_link_get_path (link, &path);
  if (path.is_relayed_by_friend) {
    kith_trace_mark (call->trace, KITH_MARK_FRIEND_CARRIED);
  }
}

void
kith_call_trace_link (KithCall *call)
{
  KithLinkPath path;

  /* One that was made for this call told its beginning already, and does not repeat it. */
  kith_link_set_trace (call->link, call->trace);
  kith_link_get_path (call->link, &path);
  if (path.is_relayed_by_friend) {
    kith_trace_mark (call->trace, KITH_MARK_FRIEND_CARRIED);
  }
  g_signal_connect (call->link, "moving", G_CALLBACK (on_moving), call);
  g_signal_connect (call->link, "path-changed", G_CALLBACK (on_path_changed), call);
}

void
kith_call_trace_unlink (KithCall *call)
{
  if (call->link != NULL) {
    g_signal_handlers_disconnect_by_func (call->link, on_moving, call);
    g_signal_handlers_disconnect_by_func (call->link, on_path_changed, call);
    kith_link_set_trace (call->link, NULL);
  }
}

/* The audio */

/* Classes of ITU-T G.107, annex B. */
static const char *
quality_word (double mos)
{
  return mos >= 4.0 ? "good" : mos >= 3.6 ? "fair" : mos >= 3.1 ? "poor" : "bad";
}

static double
loss_percent (guint64 lost, guint64 received)
{
  return lost + received > 0 ? 100.0 * (double)lost / (double)(lost + received) : 0;
}

static guint64
more (guint64 after, guint64 before)
{
  return after > before ? after - before : 0;
}

static void
trace_quality (KithCall *call, const KithMediaStats *stats)
{
  Watch *watch = call->watch;
  double lost = loss_percent (more (stats->packets_lost, watch->before.packets_lost),
                              more (stats->packets_received, watch->before.packets_received));

  kith_trace_add (
      call->trace,
      KITH_TRACE_MEDIA,
      "quality %s: MOS %.1f, lost %.1f %%, jitter %.1f ms, buffer %u ms, round trip %u ms",
      watch->next_quality,
      stats->mos,
      lost,
      stats->jitter_us / 1000.0,
      stats->buffer_ms,
      stats->rtt_us / 1000);
  watch->quality = watch->next_quality;
  watch->before = *stats;
  watch->n_quality++;
}

static void
watch_quality (KithCall *call, const KithMediaStats *stats)
{
  Watch *watch = call->watch;
  const char *word = quality_word (stats->mos);

  watch->steady = word == watch->next_quality ? watch->steady + 1 : 1;
  watch->next_quality = word;
  if (word != watch->quality && watch->steady >= STEADY && watch->n_quality < MAX_QUALITY) {
    trace_quality (call, stats);
  }
}

static void
watch_silence (KithCall *call, const KithMediaStats *stats)
{
  Watch *watch = call->watch;

  if (stats->packets_received > watch->received) {
    if (watch->told_silence) {
      kith_trace_add (call->trace,
                      KITH_TRACE_MEDIA,
                      "their audio is back after about %u s",
                      watch->silent);
    }
    watch->silent = 0;
    watch->told_silence = FALSE;
  } else if (++watch->silent == SILENT && !call->reconnecting
             && watch->n_silences++ < MAX_SILENCES) {
    watch->told_silence = TRUE;
    kith_trace_mark (call->trace, KITH_MARK_SILENCE);
    kith_trace_add (call->trace, KITH_TRACE_TROUBLE, "no audio came from them for %d s", SILENT);
  }
  watch->received = stats->packets_received;
}

/* What was lost with a path is told as silence, and not once more as bad quality. */
static void
follow_quality (KithCall *call, const KithMediaStats *stats)
{
  Watch *watch = call->watch;

  if (call->reconnecting || watch->silent >= SILENT) {
    watch->calm = 0;
    return;
  }
  if (watch->silent > 0) {
    return;
  }
  if (watch->calm < CALM) {
    watch->before = *stats;
    watch->steady = 0;
    watch->calm++;
    return;
  }
  watch->well_mos = stats->mos;
  watch_quality (call, stats);
}

/* They send nothing, as they said: no silence, and no quality; that of before counts until they are heard well again. */
static void
rest (KithCall *call, const KithMediaStats *stats)
{
  Watch *watch = call->watch;

  watch->silent = 0;
  watch->told_silence = FALSE;
  watch->received = stats->packets_received;
  watch->calm = 0;
}

static gboolean
on_sample (gpointer user_data)
{
  KithCall *call = user_data;
  KithMediaStats stats = { 0 };

  if (call->media == NULL) {
    call->watch->timer = 0;
    return G_SOURCE_REMOVE;
  }
  kith_media_get_stats (call->media, &stats);
  if (stats.first_heard_us != 0 && !call->watch->heard) {
    call->watch->heard = TRUE;
    kith_trace_add_at (call->trace, stats.first_heard_us, KITH_TRACE_MEDIA, "their first sound");
  }
  if (!kith_call_expects_sound (call)) {
    rest (call, &stats);
  } else if (stats.packets_received > 0 && call->state == KITH_CALL_ACTIVE) {
    watch_silence (call, &stats);
    kith_call_measure_path (call, &stats);
    follow_quality (call, &stats);
  }
  return G_SOURCE_CONTINUE;
}

void
kith_call_trace_media (KithCall *call)
{
  Watch *watch = get_watch (call);
  const KithCodec *codec = kith_media_get_codec (call->media);

  kith_trace_add (call->trace,
                  KITH_TRACE_MEDIA,
                  "the microphone is open, codec %s",
                  codec != NULL ? codec->name : "unknown");
  if (watch->timer == 0) {
    watch->timer = kith_clock_add (call->context->clock, SAMPLE_MS, on_sample, call);
  }
}

void
kith_call_keep_mos (KithCall *call, KithMediaStats *stats)
{
  gboolean silent = call->lost_at != 0 || !kith_call_expects_sound (call);

  if (silent && call->watch != NULL && call->watch->well_mos > 0) {
    stats->mos = call->watch->well_mos;
  }
}

void
kith_call_trace_media_end (KithCall *call)
{
  KithMediaStats *stats = &call->last_stats;

  if (call->watch == NULL || call->watch->timer == 0) {
    return; /* it never began */
  }
  kith_clock_cancel (call->context->clock, &call->watch->timer);
  kith_call_keep_mos (call, stats);
  if (stats->first_heard_us != 0 && !call->watch->heard) {
    kith_trace_add_at (call->trace, stats->first_heard_us, KITH_TRACE_MEDIA, "their first sound");
  }
  kith_trace_add (call->trace,
                  KITH_TRACE_MEDIA,
                  "in all %" G_GUINT64_FORMAT " packets sent, %" G_GUINT64_FORMAT
                  " received, %.1f %% lost, MOS %.1f, jitter %.1f ms, buffer %u ms",
                  stats->packets_sent,
                  stats->packets_received,
                  loss_percent (stats->packets_lost, stats->packets_received),
                  stats->mos,
                  stats->jitter_us / 1000.0,
                  stats->buffer_ms);
}
