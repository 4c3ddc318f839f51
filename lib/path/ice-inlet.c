/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps what is for the main loop until that comes to it, and wakes it once. */
#include "path/ice-inlet.h"

#include <pthread.h>

#include "base/clock.h"
#include "path/ice-candidate.h"

#define MAX_DATAGRAMS 128 /* that wait; more are dropped, as a socket's buffer would */
#define MAX_SOURCES 24
#define RTP_FIRST 128 /* first byte of RTP and RTCP (RFC 9443) */
#define RTP_LAST 191
#define HEARD_US ((gint64)100 * 1000) /* how often the main loop is told that media comes */

struct _KithIceInlet {
  gatomicrefcount refs;
  KithClock *clock; /* (not owned) */
  KithMailbox *box;
  const KithIceInletEvents *events; /* NULL: shut; main thread only */
  gpointer user_data;
  pthread_mutex_t mutex; /* guards all below */
  KithPathMedia *media;
  gboolean connected, gathered, woken;
  guint told;       /* KithIceTold */
  gint64 heard;     /* when the main loop was last told so, 0: never */
  GQueue datagrams; /* of GBytes */
  KithEndpoint sources[MAX_SOURCES];
  guint n_sources;
};

KithIceInlet *
kith_ice_inlet_new (KithMailbox *box, const KithIceInletEvents *events, gpointer user_data)
{
  KithIceInlet *inlet = g_new0 (KithIceInlet, 1);

  g_atomic_ref_count_init (&inlet->refs);
  inlet->clock = kith_clock_get_default ();
  inlet->box = kith_mailbox_ref (box);
  inlet->events = events;
  inlet->user_data = user_data;
  pthread_mutex_init (&inlet->mutex, NULL);
  return inlet;
}

KithIceInlet *
kith_ice_inlet_ref (KithIceInlet *inlet)
{
  g_atomic_ref_count_inc (&inlet->refs);
  return inlet;
}

void
kith_ice_inlet_unref (KithIceInlet *inlet)
{
  if (g_atomic_ref_count_dec (&inlet->refs)) {
    g_queue_clear_full (&inlet->datagrams, (GDestroyNotify)g_bytes_unref);
    g_clear_pointer (&inlet->media, kith_path_media_unref);
    kith_mailbox_unref (inlet->box);
    pthread_mutex_destroy (&inlet->mutex);
    g_free (inlet);
  }
}

void
kith_ice_inlet_shut (KithIceInlet *inlet)
{
  inlet->events = NULL;
}

void
kith_ice_inlet_set_media (KithIceInlet *inlet, KithPathMedia *media)
{
  pthread_mutex_lock (&inlet->mutex);
  if (inlet->media == NULL) {
    inlet->media = kith_path_media_ref (media);
  }
  pthread_mutex_unlock (&inlet->mutex);
}

gboolean
kith_ice_inlet_is_connected (KithIceInlet *inlet)
{
  pthread_mutex_lock (&inlet->mutex);
  gboolean connected = inlet->connected;
  pthread_mutex_unlock (&inlet->mutex);
  return connected;
}

/* To the main loop */

/* Locked: the next thing that came. FALSE: nothing more. */
static gboolean
take_next (KithIceInlet *inlet, guint *told, KithEndpoint *source, GBytes **datagram)
{
  *told = inlet->told & -inlet->told;
  *datagram = NULL;
  source->port = 0;
  if (*told != 0) {
    inlet->told &= ~*told;
  } else if (inlet->n_sources > 0) {
    *source = inlet->sources[0];
    inlet->n_sources--;
    memmove (inlet->sources, inlet->sources + 1, inlet->n_sources * sizeof *source);
  } else {
    *datagram = g_queue_pop_head (&inlet->datagrams);
  }
  return *told != 0 || source->port != 0 || *datagram != NULL;
}

static void
deliver (KithIceInlet *inlet, guint told, const KithEndpoint *source, GBytes *datagram)
{
  if (told != 0) {
    inlet->events->told ((KithIceTold)told, inlet->user_data);
  } else if (datagram == NULL) {
    inlet->events->source (source, inlet->user_data);
  } else {
    gsize len = 0;
    const guint8 *data = g_bytes_get_data (datagram, &len);
    inlet->events->datagram (data, len, inlet->user_data);
  }
}

/* On the main loop, with a reference of its own. */
static void
on_woken (gpointer data)
{
  KithIceInlet *inlet = data;
  gboolean more = TRUE;

  pthread_mutex_lock (&inlet->mutex);
  inlet->woken = FALSE;
  pthread_mutex_unlock (&inlet->mutex);
  while (more && inlet->events != NULL) {
    guint told;
    KithEndpoint source;
    g_autoptr (GBytes) datagram = NULL;
    pthread_mutex_lock (&inlet->mutex);
    more = take_next (inlet, &told, &source, &datagram);
    pthread_mutex_unlock (&inlet->mutex);
    if (more) {
      deliver (inlet, told, &source, datagram);
    }
  }
  kith_ice_inlet_unref (inlet);
}

/* Ends what began with the lock: the main loop is woken, unless it was already. */
static void
unlock_and_wake (KithIceInlet *inlet)
{
  gboolean wakes = !inlet->woken;

  inlet->woken = TRUE;
  pthread_mutex_unlock (&inlet->mutex);
  if (wakes) {
    kith_path_box_post (inlet->box,
                        on_woken,
                        (GDestroyNotify)kith_ice_inlet_unref,
                        kith_ice_inlet_ref (inlet));
  }
}

void
kith_ice_inlet_tell (KithIceInlet *inlet, KithIceTold what)
{
  pthread_mutex_lock (&inlet->mutex);
  inlet->told |= what;
  unlock_and_wake (inlet);
}

/* What the agent tells: on the media thread where a packet was the cause, on the main one where a
   timer or a call of ours was */

static void
on_state (NiceAgent *agent, guint stream, guint component, guint state, KithIceInlet *inlet)
{
  pthread_mutex_lock (&inlet->mutex);
  if (!inlet->connected
      && (state == NICE_COMPONENT_STATE_CONNECTED || state == NICE_COMPONENT_STATE_READY)) {
    inlet->connected = TRUE;
    inlet->told |= KITH_ICE_TOLD_CONNECTED;
    unlock_and_wake (inlet);
  } else if (inlet->connected && state == NICE_COMPONENT_STATE_FAILED) {
    /* Such as the connection with a TURN server by TCP that broke. */
    inlet->told |= KITH_ICE_TOLD_FAILED;
    unlock_and_wake (inlet);
  } else {
    pthread_mutex_unlock (&inlet->mutex);
  }
}

/* Host candidates are there from the start; every other comes when its server answers. */
static void
on_candidate (NiceAgent *agent, NiceCandidate *candidate, KithIceInlet *inlet)
{
  if (candidate->type != NICE_CANDIDATE_TYPE_HOST) {
    kith_ice_inlet_tell (inlet, KITH_ICE_TOLD_GATHERED);
  }
}

static void
on_gathered (NiceAgent *agent, guint stream, KithIceInlet *inlet)
{
  pthread_mutex_lock (&inlet->mutex);
  inlet->told |= KITH_ICE_TOLD_COMPLETE | (inlet->gathered ? 0 : KITH_ICE_TOLD_GATHERED);
  inlet->gathered = TRUE;
  unlock_and_wake (inlet);
}

static void
on_selected (NiceAgent *agent,
             guint stream,
             guint component,
             gpointer local,
             gpointer remote,
             KithIceInlet *inlet)
{
  if (kith_ice_inlet_is_connected (inlet)) {
    kith_ice_inlet_tell (inlet, KITH_ICE_TOLD_MOVED);
  }
}

/* A check came from an address that we did not know. */
static void
on_source (NiceAgent *agent, NiceCandidate *nice, KithIceInlet *inlet)
{
  KithCandidate candidate;

  if (!kith_ice_from_nice (nice, &candidate)) {
    return;
  }
  pthread_mutex_lock (&inlet->mutex);
  if (inlet->n_sources < MAX_SOURCES) {
    inlet->sources[inlet->n_sources++] = candidate.endpoint;
  }
  unlock_and_wake (inlet);
}

/* Packets */

/* Not for each packet: nobody judges a silence that is shorter than several HEARD_US. */
static void
tell_heard (KithIceInlet *inlet)
{
  gint64 now = kith_clock_now (inlet->clock);

  pthread_mutex_lock (&inlet->mutex);
  if (inlet->heard != 0 && now - inlet->heard < HEARD_US) {
    pthread_mutex_unlock (&inlet->mutex);
    return;
  }
  inlet->heard = now;
  inlet->told |= KITH_ICE_TOLD_HEARD;
  unlock_and_wake (inlet);
}

static void
take_media (KithIceInlet *inlet, const guint8 *data, gsize len)
{
  pthread_mutex_lock (&inlet->mutex);
  KithPathMedia *media = inlet->media; /* it stays as long as we do */
  pthread_mutex_unlock (&inlet->mutex);
  if (media != NULL && kith_path_media_take (media, data, len)) {
    tell_heard (inlet);
  }
}

void
kith_ice_inlet_on_datagram (NiceAgent *agent,
                            guint stream,
                            guint component,
                            guint len,
                            gchar *data,
                            gpointer user_data)
{
  KithIceInlet *inlet = user_data;
  const guint8 *bytes = (const guint8 *)data;

  if (len == 0) {
    return;
  }
  if (bytes[0] >= RTP_FIRST && bytes[0] <= RTP_LAST) {
    take_media (inlet, bytes, len);
    return;
  }
  pthread_mutex_lock (&inlet->mutex);
  if (inlet->datagrams.length < MAX_DATAGRAMS) {
    g_queue_push_tail (&inlet->datagrams, g_bytes_new (data, len));
  }
  unlock_and_wake (inlet);
}

void
kith_ice_inlet_listen (KithIceInlet *inlet, NiceAgent *agent)
{
  g_signal_connect (agent, "component-state-changed", G_CALLBACK (on_state), inlet);
  g_signal_connect (agent, "candidate-gathering-done", G_CALLBACK (on_gathered), inlet);
  g_signal_connect (agent, "new-candidate-full", G_CALLBACK (on_candidate), inlet);
  g_signal_connect (agent, "new-selected-pair-full", G_CALLBACK (on_selected), inlet);
}

void
kith_ice_inlet_listen_for_sources (KithIceInlet *inlet, NiceAgent *agent)
{
  g_signal_connect (agent, "new-remote-candidate-full", G_CALLBACK (on_source), inlet);
}

void
kith_ice_inlet_ignore (KithIceInlet *inlet, NiceAgent *agent)
{
  g_signal_handlers_disconnect_by_data (agent, inlet);
}
