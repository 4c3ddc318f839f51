/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joins ICE, QUIC and the SIP stream to one link and ends them in the right order. */
#include "link/link-object.h"

#include "base/log.h"
#include "link/link-life.h"
#include "link/quic-conn.h"
#include "link/sip-pump.h"

#define MAX_EARLY 16  /* packets kept until ICE has a pair */
#define REPEAT_MS 60  /* the goodbye is said once more after this … */
#define LINGER_MS 400 /* … and again to whatever the peer still sends until this */
#define MAX_REPEATS 4
#define MAX_MEDIA 1452 /* bytes of a media datagram: an IPv6 packet of 1500 */

typedef enum { PHASE_OPENING, PHASE_UP, PHASE_ENDED } Phase;

struct _KithQuicLink {
  GObject parent_instance;
  KithLinkHub *hub;
  guint id;
  Phase phase;
  gboolean outgoing;
  gboolean was_up;
  KithDeviceCert peer; /* from "up" on */
  KithIce *ice;
  KithQuic *quic;
  KithSipPump *pump;
  KithLinkLife *life;
  const KithQuicLinkOwner *owner;
  gpointer owner_data;
  GQueue early; /* of GBytes */
  KithLinkMediaFunc media;
  gpointer media_data;
  gint64 since_us;
  KithReason reason;
  gchar *text;
  gboolean quiet; /* abandoned: nobody is told */
  GSource *ending;
  KithDeadline linger;
  gint64 linger_until;
  guint repeats;
};

static void kith_quic_link_iface_init (KithLinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (KithQuicLink,
                               kith_quic_link,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (KITH_TYPE_LINK, kith_quic_link_iface_init))

/* The end */

static void
free_parts (KithQuicLink *link)
{
  kith_deadline_finish (&link->linger);
  g_clear_pointer (&link->life, kith_link_life_free);
  g_clear_pointer (&link->pump, kith_sip_pump_free);
  g_clear_pointer (&link->quic, kith_quic_free);
  g_clear_pointer (&link->ice, kith_ice_free);
  g_queue_clear_full (&link->early, (GDestroyNotify)g_bytes_unref);
}

static void
on_linger (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = user_data; /* the lingering reference */

  if (kith_deadlines_now () >= link->linger_until) {
    free_parts (link);
    return;
  }
  kith_quic_repeat_close (link->quic);
  kith_deadline_set (&link->linger, link->linger_until);
  g_steal_pointer (&link);
}

static gboolean
on_ending (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  g_clear_pointer (&link->ending, g_source_unref);
  g_clear_pointer (&link->pump, kith_sip_pump_free);
  g_clear_pointer (&link->life, kith_link_life_free);
  link->media = NULL;
  if (link->linger_until != 0) {
    kith_deadline_init (&link->linger, link->hub->deadlines, on_linger, g_object_ref (link));
    kith_deadline_set_ms (&link->linger, REPEAT_MS);
  } else {
    free_parts (link);
  }
  if (link->was_up) {
    kith_info ("link",
               "link/%u closed (%s): %s",
               link->id,
               kith_reason_word (link->reason),
               link->text);
    g_signal_emit_by_name (link, "closed", (guint)link->reason);
  }
  if (link->owner != NULL && !link->quiet) {
    const KithQuicLinkOwner *owner = g_steal_pointer (&link->owner);
    owner->down (link, link->reason, link->text, link->owner_data);
  }
  return G_SOURCE_REMOVE;
}

/* The one way into PHASE_ENDED; what follows comes from the loop. */
static void
end (KithQuicLink *link, KithReason reason, const char *text, gboolean told_peer)
{
  if (link->phase == PHASE_ENDED) {
    return;
  }
  link->was_up = link->phase == PHASE_UP;
  link->phase = PHASE_ENDED;
  link->reason = reason;
  link->text = g_strdup (text);
  if (told_peer) {
    link->linger_until = kith_deadlines_now () + (gint64)LINGER_MS * 1000;
  }
  link->ending = g_idle_source_new ();
  g_source_set_priority (link->ending, G_PRIORITY_HIGH);
  g_source_set_static_name (link->ending, "kith-link-ending");
  g_source_set_callback (link->ending, on_ending, g_object_ref (link), g_object_unref);
  g_source_attach (link->ending, g_main_context_get_thread_default ());
}

static void
end_by_us (KithQuicLink *link, KithReason reason, const char *why)
{
  if (link->phase != PHASE_ENDED) {
    end (link, reason, why, kith_quic_close (link->quic, why));
  }
}

/* QUIC */

static void
on_quic_transmit (const guint8 *packet, gsize len, gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (kith_ice_is_connected (link->ice)) {
    (void)kith_ice_send (link->ice, packet, len);
  } else if (link->early.length < MAX_EARLY) {
    g_queue_push_tail (&link->early, g_bytes_new (packet, len));
  }
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
  end_by_us (user_data, KITH_REASON_LOCAL, "the SIP stream was closed");
}

static void
on_life_suspect (gboolean suspect, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (link->phase == PHASE_UP) {
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
    end_by_us (link, KITH_REASON_NETWORK_LOST, "nothing was heard of the peer");
  } else {
    end_by_us (link, KITH_REASON_LOCAL, "idle");
  }
}

static const KithLinkLifeEvents life_events = {
  .suspect = on_life_suspect,
  .ping = on_life_ping,
  .is_owed = on_life_is_owed,
  .over = on_life_over,
};

static void
on_quic_up (gpointer user_data)
{
  static guint last_id;
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (link->phase != PHASE_OPENING) {
    return;
  }
  link->pump = kith_sip_pump_new (link->quic, on_pump_used, on_pump_gone, link, &error);
  if (link->pump == NULL) {
    end_by_us (link, KITH_REASON_INTERNAL, error->message);
    return;
  }
  link->phase = PHASE_UP;
  link->peer = *kith_quic_get_peer (link->quic);
  link->id = ++last_id;
  link->since_us = g_get_real_time ();
  link->life = kith_link_life_new (link->hub->deadlines, &link->hub->times, &life_events, link);
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

  if (link->pump != NULL && link->phase == PHASE_UP) {
    kith_sip_pump_writable (link->pump);
  }
}

static void
on_quic_heard (gpointer user_data)
{
  KithQuicLink *link = user_data;

  if (link->life != NULL && link->phase == PHASE_UP) {
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
  .down = on_quic_down,
};

/* ICE */

static void
on_ice_connected (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);
  GBytes *packet;

  while ((packet = g_queue_pop_head (&link->early)) != NULL) {
    gsize len = 0;
    const guint8 *data = g_bytes_get_data (packet, &len);
    (void)kith_ice_send (link->ice, data, len);
    g_bytes_unref (packet);
  }
  if (link->phase != PHASE_OPENING) {
    return;
  }
  if (link->outgoing) {
    kith_quic_start (link->quic);
  }
  if (link->owner != NULL) {
    link->owner->connected (link, link->owner_data);
  }
}

static void
on_ice_gathered (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (link->owner != NULL && link->phase == PHASE_OPENING) {
    link->owner->gathered (link, link->owner_data);
  }
}

static void
on_ice_moved (gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  link->since_us = g_get_real_time ();
  if (link->phase == PHASE_UP) {
    g_signal_emit_by_name (link, "path-changed");
  }
}

/* RFC 9443: told apart by the first byte; STUN went to the agent already. */
static void
on_ice_datagram (const guint8 *data, gsize len, gpointer user_data)
{
  g_autoptr (KithQuicLink) link = g_object_ref (user_data);

  if (link->phase == PHASE_ENDED) {
    if (link->linger_until != 0 && link->quic != NULL && link->repeats < MAX_REPEATS
        && data[0] >= 64) {
      link->repeats++;
      kith_quic_repeat_close (link->quic);
    }
  } else if (data[0] >= 128 && data[0] <= 191) {
    if (link->media != NULL && link->phase == PHASE_UP) {
      kith_link_life_media_heard (link->life);
    }
    if (link->media != NULL && link->phase == PHASE_UP) { /* "suspect" may have changed that */
      link->media (KITH_LINK (link), data, len, link->media_data);
    }
  } else if (data[0] >= 64) {
    kith_quic_input (link->quic, data, len);
  }
}

static const KithIceEvents ice_events = {
  .connected = on_ice_connected,
  .gathered = on_ice_gathered,
  .moved = on_ice_moved,
  .datagram = on_ice_datagram,
};

/* KithLink */

static guint
link_get_id (KithLink *base)
{
  return KITH_QUIC_LINK (base)->id;
}

static KithLinkState
link_get_state (KithLink *base)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase != PHASE_UP) {
    return KITH_LINK_CLOSED;
  }
  return kith_link_life_is_suspect (link->life) ? KITH_LINK_SUSPECT : KITH_LINK_UP;
}

static int
link_take_sip (KithLink *base)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  return link->pump != NULL ? kith_sip_pump_take (link->pump) : -1;
}

static const KithDeviceCert *
link_get_peer (KithLink *base)
{
  return &KITH_QUIC_LINK (base)->peer;
}

static gboolean
link_is_outgoing (KithLink *base)
{
  return KITH_QUIC_LINK (base)->outgoing;
}

static gboolean
link_send_media (KithLink *base, const guint8 *data, gsize len)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase != PHASE_UP || len == 0 || len > MAX_MEDIA || data[0] < 128 || data[0] > 191) {
    return FALSE;
  }
  kith_link_life_used (link->life, FALSE);
  return kith_ice_send (link->ice, data, len);
}

static gboolean
link_claim_media (KithLink *base, KithLinkMediaFunc func, gpointer user_data)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase != PHASE_UP || link->media != NULL) {
    return FALSE;
  }
  link->media = func;
  link->media_data = user_data;
  return TRUE;
}

static void
link_release_media (KithLink *base, gpointer user_data)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->media != NULL && link->media_data == user_data) {
    link->media = NULL;
    link->media_data = NULL;
  }
}

static gboolean
link_export_key (KithLink *base,
                 const char *label,
                 const guint8 *context,
                 gsize context_len,
                 guint8 *key,
                 gsize key_len)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  return link->phase == PHASE_UP
         && kith_quic_export_key (link->quic, label, context, context_len, key, key_len);
}

static void
link_get_path (KithLink *base, KithLinkPath *path)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  path->since_us = link->since_us;
  if (link->phase == PHASE_UP) {
    path->rtt_ms = kith_quic_get_rtt_ms (link->quic);
    (void)kith_ice_get_pair (link->ice, &path->local, &path->remote);
  }
}

static void
link_hold (KithLink *base)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase == PHASE_UP) {
    kith_link_life_hold (link->life, TRUE);
  }
}

static void
link_unhold (KithLink *base)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase == PHASE_UP) {
    kith_link_life_hold (link->life, FALSE);
  }
}

static void
link_close (KithLink *base, const char *why)
{
  end_by_us (KITH_QUIC_LINK (base), KITH_REASON_LOCAL, why != NULL ? why : "closed");
}

static void
kith_quic_link_iface_init (KithLinkInterface *iface)
{
  iface->get_id = link_get_id;
  iface->get_state = link_get_state;
  iface->get_peer = link_get_peer;
  iface->is_outgoing = link_is_outgoing;
  iface->take_sip = link_take_sip;
  iface->send_media = link_send_media;
  iface->claim_media = link_claim_media;
  iface->release_media = link_release_media;
  iface->export_key = link_export_key;
  iface->get_path = link_get_path;
  iface->hold = link_hold;
  iface->unhold = link_unhold;
  iface->close = link_close;
}

/* Life cycle */

static void
kith_quic_link_dispose (GObject *object)
{
  KithQuicLink *link = KITH_QUIC_LINK (object);

  if (link->phase != PHASE_ENDED && link->quic != NULL) {
    link->phase = PHASE_ENDED;
    (void)kith_quic_close (link->quic, "dropped");
  }
  free_parts (link);
  g_clear_pointer (&link->text, g_free);
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
  KithIceConfig ice = { config->role, config->seed, hub->stun_host, hub->stun_port };

  link->hub = kith_link_hub_ref (hub);
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
    .deadlines = hub->deadlines,
  };
  link->outgoing = quic.client;
  link->quic = kith_quic_new (&quic, &quic_events, link);
  link->ice = kith_ice_new (&ice, &ice_events, link, error);
  return link->ice != NULL ? g_steal_pointer (&link) : NULL;
}

void
kith_quic_link_set_owner (KithQuicLink *link, const KithQuicLinkOwner *owner, gpointer user_data)
{
  link->owner = owner;
  link->owner_data = user_data;
}

guint
kith_quic_link_get_candidates (KithQuicLink *link, KithCandidate candidates[KITH_MAX_CANDIDATES])
{
  return link->ice != NULL ? kith_ice_get_candidates (link->ice, candidates) : 0;
}

void
kith_quic_link_add_remote (KithQuicLink *link, const KithCandidate *candidates, guint n)
{
  if (link->phase == PHASE_OPENING) {
    kith_ice_add_remote (link->ice, candidates, n);
  }
}

gboolean
kith_quic_link_is_connected (KithQuicLink *link)
{
  return link->ice != NULL && kith_ice_is_connected (link->ice);
}

void
kith_quic_link_abandon (KithQuicLink *link, const char *why)
{
  link->quiet = TRUE;
  kith_quic_link_set_owner (link, NULL, NULL);
  end_by_us (link, KITH_REASON_LOCAL, why);
}
