/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins ICE, QUIC and the SIP stream to one link and ends them in the right order. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "link/link-private.h"
#include "model/talk/note.h"

#define REPEAT_MS 60  /* the goodbye is said once more after this … */
#define LINGER_MS 400 /* … and again to whatever the peer still sends until this */
#define MAX_REPEATS 4

G_DEFINE_FINAL_TYPE_WITH_CODE (KithQuicLink,
                               kith_quic_link,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LINK, kith_quic_link_iface_init))

/* The end */

static void
free_parts (KithQuicLink *link)
{
  kith_timer_finish (&link->end.linger);
  g_clear_pointer (&link->life, kith_link_life_free);
  g_clear_pointer (&link->pump, kith_sip_pump_free);
  g_clear_pointer (&link->quic, kith_quic_free);
  g_clear_pointer (&link->repair, kith_path_repair_free);
  g_clear_pointer (&link->paths, kith_path_set_free);
}

static void
on_linger (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = user_data; /* the lingering reference */

  if (kith_clock_now (link->hub->clock) >= link->end.until) {
    free_parts (link);
    return;
  }
  kith_quic_repeat_close (link->quic);
  kith_timer_set (&link->end.linger, link->end.until);
  g_steal_pointer (&link);
}

static gboolean
on_ending (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  g_clear_pointer (&link->end.source, g_source_unref);
  g_clear_pointer (&link->pump, kith_sip_pump_free);
  g_clear_pointer (&link->life, kith_link_life_free);
  g_clear_pointer (&link->repair, kith_path_repair_free);
  kith_path_media_shut (link->media);
  if (link->end.until != 0) {
    kith_timer_init (&link->end.linger, link->hub->clock, on_linger, g_object_ref (link));
    kith_timer_set_ms (&link->end.linger, REPEAT_MS);
  } else {
    free_parts (link);
  }
  if (link->phase == KITH_LINK_PHASE_ENDED) {
    kith_trace_tell_of (link->trace, KITH_TRACE_END, "step-link-closed", "error", link->end.text);
    kith_info ("link",
               "link/%u closed (%s): %s",
               link->id,
               kith_reason_word (link->end.reason),
               link->end.text);
    guint64 unclaimed = kith_path_media_get_unclaimed (link->media);
    if (unclaimed > 0) {
      kith_debug ("link",
                  "link/%u dropped %" G_GUINT64_FORMAT " packets of media that were of no call",
                  link->id,
                  unclaimed);
    }
    g_signal_emit_by_name (link, "closed", (guint)link->end.reason);
  }
  if (link->owner != NULL && !link->end.quiet) {
    const KithQuicLinkOwner *owner = g_steal_pointer (&link->owner);
    owner->down (link, link->end.reason, link->end.text, link->owner_data);
  }
  return G_SOURCE_REMOVE;
}

gboolean
kith_quic_link_change (KithQuicLink *link, KithLinkEvent event)
{
  return kith_link_phase_step (&link->phase, event);
}

/* The one way to its end; what follows comes from the loop. */
static void
end (KithQuicLink *link, KithReason reason, const char *text, gboolean told_peer)
{
  if (!kith_quic_link_change (link, KITH_LINK_EVENT_END)) {
    return;
  }
  kith_path_media_shut (link->media);
  link->end.reason = reason;
  link->end.text = g_strdup (text);
  if (told_peer) {
    link->end.until = kith_clock_now (link->hub->clock) + (gint64)LINGER_MS * 1000;
  }
  link->end.source = g_idle_source_new ();
  g_source_set_priority (link->end.source, G_PRIORITY_HIGH);
  g_source_set_static_name (link->end.source, "kith-link-ending");
  g_source_set_callback (link->end.source, on_ending, g_object_ref (link), g_object_unref);
  g_source_attach (link->end.source, g_main_context_get_thread_default ());
}

void
kith_quic_link_end (KithQuicLink *link, KithReason reason, const char *why)
{
  if (!kith_link_phase_is_over (link->phase)) {
    end (link, reason, why, kith_quic_close (link->quic, reason));
  }
}

void
kith_quic_link_refuse (KithQuicLink *link, KithReason why)
{
  if (!kith_link_phase_is_over (link->phase)) {
    const char *text = why == KITH_REASON_LOCAL ? "closed here" : kith_reason_word (why);
    end (link, KITH_REASON_LOCAL, text, kith_quic_close (link->quic, why));
  }
}

/* QUIC */

static void
on_quic_transmit (const guint8 *packet, gsize len, gpointer user_data)
{
  kith_path_set_transmit (((KithQuicLink *)user_data)->paths, packet, len);
}

static void
on_pump_used (gboolean sent, gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->life != NULL) {
    kith_link_life_used (link->life, sent);
  }
}

/* A link without its SIP stream would only stand in the way of a new one. */
static void
on_pump_gone (gpointer user_data)
{
  kith_quic_link_end (user_data, KITH_REASON_LOCAL, "the SIP stream was closed");
}

/* What no Kith sends. The texts of a scan are its own words and name a header at most. */
static void
on_pump_bad (const char *why, gpointer user_data)
{
  kith_quic_link_end (user_data, KITH_REASON_INTERNAL, why);
}

static const KithSipPumpEvents pump_events
    = { .used = on_pump_used, .gone = on_pump_gone, .bad = on_pump_bad };

static void
on_life_suspect (gboolean suspect, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (link->phase == KITH_LINK_PHASE_UP) {
    if (suspect
        && !kith_path_repair_is_moving (link->repair)) { /* else it was told, and its end will be */
      kith_trace_tell (link->trace, KITH_TRACE_TROUBLE, "step-peer-silent");
    }
    g_signal_emit_by_name (link, "suspect", suspect);
  }
}

static void
on_life_ping (gboolean held, gpointer user_data)
{
  const guint8 message[KITH_LINK_PING_LEN] = { KITH_LINK_PING, held ? KITH_LINK_PING_HELD : 0 };

  kith_quic_send_control (((KithQuicLink *)user_data)->quic, message, sizeof message);
}

static gboolean
on_life_is_owed (gpointer user_data)
{
  KithQuic *quic = ((KithQuicLink *)user_data)->quic;

  return kith_quic_get_unacked (quic) > 0 || kith_quic_owes_notes (quic);
}

static void
on_life_over (gboolean dead, gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (dead) {
    kith_quic_link_end (link, KITH_REASON_NETWORK_LOST, "nothing was heard of the peer");
  } else {
    kith_quic_link_end (link, KITH_REASON_LOCAL, "idle");
  }
}

static guint
on_life_rtt (gpointer user_data)
{
  return kith_quic_get_rtt_ms (((KithQuicLink *)user_data)->quic);
}

static void
on_life_silent (guint silent_ms, gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->phase == KITH_LINK_PHASE_UP) {
    kith_path_repair_alarm (link->repair, silent_ms);
  }
}

static const KithLinkLifeEvents life_events = {
  .suspect = on_life_suspect,
  .ping = on_life_ping,
  .is_owed = on_life_is_owed,
  .rtt = on_life_rtt,
  .silent = on_life_silent,
  .over = on_life_over,
};

static void
on_quic_up (gpointer user_data)
{
  static guint last_id;
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (link->phase != KITH_LINK_PHASE_OPENING) {
    return;
  }
  link->pump = kith_sip_pump_new (link->quic, &pump_events, link, &error);
  if (link->pump == NULL) {
    kith_quic_link_end (link, KITH_REASON_INTERNAL, error->message);
    return;
  }
  link->peer = *kith_quic_get_peer (link->quic);
  if (!kith_quic_link_start_repair (link)) {
    kith_quic_link_end (link, KITH_REASON_INTERNAL, "the link has no id");
    return;
  }
  (void)kith_quic_link_change (link, KITH_LINK_EVENT_RISE);
  link->id = ++last_id;
  link->up_us = link->since_us = kith_clock_wall (link->hub->clock);
  kith_path_media_open (link->media, KITH_LINK (link));
  kith_path_set_rise (link->paths);
  KithPath *first = kith_path_set_find (link->paths, KITH_PATH_FIRST, NULL);
  if (link->is_slot && first != NULL) {
    kith_ice_seal (first->ice);
  }
  kith_quic_link_trace_up (link);
  link->life = kith_link_life_new (link->hub->clock, &link->hub->times, &life_events, link);
  if (link->owner != NULL) {
    link->owner->up (link, link->owner_data);
  }
}

static void
on_quic_data (const guint8 *data, gsize len, gboolean is_end, gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->pump != NULL) {
    kith_sip_pump_data (link->pump, data, len, is_end);
  }
}

static void
on_quic_writable (gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->pump != NULL && link->phase == KITH_LINK_PHASE_UP) {
    kith_sip_pump_writable (link->pump);
  }
}

static void
on_quic_heard (gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->life != NULL && link->phase == KITH_LINK_PHASE_UP) {
    kith_link_life_heard (link->life);
  }
}

static void
on_quic_control (const guint8 *data, gsize len, gpointer user_data)
{
  KithQuicLink *link = user_data;

  /* Longer and unknown messages belong to later versions. */
  if (link->life != NULL && len >= KITH_LINK_PING_LEN && data[0] == KITH_LINK_PING) {
    kith_link_life_peer_holds (link->life, (data[1] & KITH_LINK_PING_HELD) != 0);
  }
}

static void
on_quic_note (const guint8 *data, gsize len, gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->phase != KITH_LINK_PHASE_UP) {
    return;
  }
  if (data[0] < KITH_NOTE_FIRST_OF_NODE) {
    kith_path_repair_take_note (link->repair, data, len);
    return;
  }
  g_autoptr (GBytes) note = g_bytes_new (data, len);
  kith_link_life_used (link->life, FALSE);
  g_signal_emit_by_name (link, "note", note);
}

static void
on_quic_down (KithReason reason, const char *text, gpointer user_data)
{
  KithQuicLink *link = user_data;

  end (link, reason, text, kith_quic_said_goodbye (link->quic));
}

static const KithQuicEvents quic_events = {
  .transmit = on_quic_transmit,
  .up = on_quic_up,
  .data = on_quic_data,
  .writable = on_quic_writable,
  .heard = on_quic_heard,
  .control = on_quic_control,
  .note = on_quic_note,
  .down = on_quic_down,
};

/* Paths */

/* Something can be sent, though nobody is authenticated yet. */
static void
start (KithQuicLink *link)
{
  if (link->phase == KITH_LINK_PHASE_OPENING && link->outgoing && !link->started) {
    link->started = TRUE;
    kith_quic_start (link->quic);
  }
}

static void
on_path_works (KithPath *path, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (link->repair != NULL) {
    kith_path_repair_path_works (link->repair, path);
  }
  if (link->phase != KITH_LINK_PHASE_OPENING) {
    return;
  }
  kith_quic_link_trace_pair (link, path);
  start (link);
  if (link->owner != NULL) {
    link->owner->connected (link, link->owner_data);
  }
}

static void
on_path_gathered (KithPath *path, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (link->repair != NULL) {
    kith_path_repair_path_gathered (link->repair, path);
  }
  if (link->owner != NULL && link->phase == KITH_LINK_PHASE_OPENING) {
    link->owner->gathered (link, link->owner_data);
  }
}

static void
on_path_changed (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  link->since_us = kith_clock_wall (link->hub->clock);
  if (link->phase == KITH_LINK_PHASE_UP) {
    g_signal_emit_by_name (link, "path-changed");
  }
}

static void
on_path_lost (gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->phase == KITH_LINK_PHASE_UP) {
    kith_path_repair_lost (link->repair);
  }
}

static void
on_path_poke (gpointer user_data)
{
  kith_quic_poke (((KithQuicLink *)user_data)->quic);
}

static void
heard_over (KithQuicLink *link, KithPath *path, gboolean authentic)
{
  kith_path_set_heard (link->paths, path, authentic);
  if (link->repair != NULL && path->proved) {
    kith_path_repair_heard (link->repair, path);
  }
}

/* Media or a frame that proved to be the peer's came over @path. */
static void
heard_beside (KithQuicLink *link, KithPath *path)
{
  if (link->phase == KITH_LINK_PHASE_UP) {
    heard_over (link, path, FALSE);
  }
  if (link->phase == KITH_LINK_PHASE_UP) {
    kith_link_life_media_heard (link->life);
  }
}

static void
tell_media (KithQuicLink *link)
{
  if (link->phase == KITH_LINK_PHASE_UP) {
    g_signal_emit_by_name (link, "media");
  }
}

static void
on_path_heard (KithPath *path, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  heard_beside (link, path);
  tell_media (link);
}

/* A frame, or media that a friend carried: a sign of life only if it proved to be the peer's, since
   anybody can send such a thing. */
static gboolean
on_beside (KithQuicLink *link, KithPath *path, const guint8 *data, gsize len)
{
  gboolean is_frame = data[0] == KITH_FRAME_FIRST_BYTE;
  gboolean proved = FALSE;

  if (link->phase != KITH_LINK_PHASE_UP) {
    return FALSE;
  }
  if (!is_frame) {
    proved = kith_path_media_take (link->media, data, len);
  } else if (link->frame != NULL && len > 1) {
    proved = link->frame (KITH_LINK (link), data + 1, len - 1, link->frame_data);
  }
  if (proved) { /* what came may have ended the call, and the link */
    heard_beside (link, path);
  }
  if (proved && !is_frame) {
    tell_media (link);
  }
  return proved;
}

/* RFC 9443: told apart by the first byte; STUN went to the agent already. */
static gboolean
on_path_datagram (KithPath *path, const guint8 *data, gsize len, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (kith_link_phase_is_over (link->phase)) {
    if (link->end.until != 0 && link->quic != NULL && link->end.repeats < MAX_REPEATS
        && data[0] >= 64) {
      link->end.repeats++;
      kith_quic_repeat_close (link->quic);
    }
    return FALSE;
  }
  if ((data[0] >= 128 && data[0] <= 191) || data[0] == KITH_FRAME_FIRST_BYTE) {
    return on_beside (link, path, data, len);
  }
  if (data[0] < 64 || !kith_quic_input (link->quic, data, len)) {
    return FALSE;
  }
  heard_over (link, path, TRUE);
  return TRUE;
}

static const KithPathSetEvents path_events = {
  .works = on_path_works,
  .gathered = on_path_gathered,
  .changed = on_path_changed,
  .lost = on_path_lost,
  .heard = on_path_heard,
  .datagram = on_path_datagram,
  .poke = on_path_poke,
};

/* Life cycle */

static void
kith_quic_link_dispose (GObject *object)
{
  KithQuicLink *link = KITH_QUIC_LINK (object);

  if (link->quic != NULL && kith_quic_link_change (link, KITH_LINK_EVENT_END)) {
    (void)kith_quic_close (link->quic, KITH_REASON_LOCAL);
  }
  if (link->media != NULL) {
    kith_path_media_shut (link->media);
  }
  free_parts (link);
  g_clear_pointer (&link->media, kith_path_media_unref);
  g_clear_pointer (&link->end.text, g_free);
  g_clear_pointer (&link->trace, kith_trace_unref);
  g_clear_pointer (&link->told.all, kith_trace_unref);
  g_clear_pointer (&link->hub, kith_link_hub_unref);
  G_OBJECT_CLASS (kith_quic_link_parent_class)->dispose (object);
}

static void
kith_quic_link_class_init (KithQuicLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = kith_quic_link_dispose;
}

static void
kith_quic_link_init (KithQuicLink *link)
{
}

KithQuicLink *
kith_quic_link_new (KithLinkHub *hub, const KithQuicLinkConfig *config, GError **error)
{
  g_autoptr (KithQuicLink) link = g_object_new (KITH_TYPE_QUIC_LINK, NULL);
  g_autoptr (KithQuicCredentials) credentials = kith_link_hub_get_credentials (hub, error);
  g_autoptr (KithPath) prepared = config->prepared;

  link->hub = kith_link_hub_ref (hub);
  link->media = kith_path_set_make_media (hub->paths);
  if (credentials == NULL) {
    return NULL;
  }
  KithQuicConfig quic = {
    .client = config->role == KITH_ICE_CALLER,
    .credentials = credentials,
    .expects_peer = config->expects_peer,
    .expected_identity = config->identity,
    .expected_device = config->device,
    .verify = hub->verify,
    .verify_data = hub->user_data,
    .clock = hub->clock,
  };
  link->outgoing = quic.client;
  link->is_slot = config->is_slot;
  link->quic = kith_quic_new (&quic, &quic_events, link);
  link->paths = kith_path_set_new (hub->paths, link->media, quic.client, &path_events, link);
  if (prepared != NULL) {
    kith_path_set_seed (prepared, config->seed);
    kith_path_set_adopt (link->paths, g_steal_pointer (&prepared));
    return g_steal_pointer (&link);
  }
  KithPath *first
      = kith_path_set_add_ice (link->paths, KITH_PATH_FIRST, config->role, config->seed, error);
  if (first == NULL) {
    return NULL;
  }
  if (link->is_slot && !quic.client) {
    kith_ice_beware (first->ice);
  }
  return g_steal_pointer (&link);
}

void
kith_quic_link_set_owner (KithQuicLink *link, const KithQuicLinkOwner *owner, gpointer user_data)
{
  link->owner = owner;
  link->owner_data = user_data;
}

static KithPath *
get_first (KithQuicLink *link)
{
  return link->paths != NULL ? kith_path_set_find (link->paths, KITH_PATH_FIRST, NULL) : NULL;
}

guint
kith_quic_link_get_candidates (KithQuicLink *link, KithCandidate candidates[KITH_MAX_CANDIDATES])
{
  KithPath *first = get_first (link);

  return first != NULL ? kith_ice_get_candidates (first->ice, candidates) : 0;
}

void
kith_quic_link_add_remote (KithQuicLink *link, const KithCandidate *candidates, guint n)
{
  KithPath *first = get_first (link);

  if (first != NULL && !kith_link_phase_is_over (link->phase)) {
    kith_ice_add_remote (first->ice, candidates, n);
    kith_quic_link_trace_candidates (link, TRUE, candidates, n);
  }
}

gboolean
kith_quic_link_is_connected (KithQuicLink *link)
{
  return link->paths != NULL && kith_path_set_get_current (link->paths) != NULL;
}

guint
kith_quic_link_add_friend_path (KithQuicLink *link, const KithFriendPath *friend_path)
{
  if (kith_link_phase_is_over (link->phase)) {
    return 0;
  }
  guint id = kith_path_set_add_friend_path (link->paths, friend_path);
  if (id != 0) {
    start (link);
  }
  return id;
}

void
kith_quic_link_abandon (KithQuicLink *link, const char *why)
{
  link->end.quiet = TRUE;
  kith_quic_link_set_owner (link, NULL, NULL);
  kith_quic_link_end (link, KITH_REASON_LOCAL, why);
}
