/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What users of a link see of it: the interface KithLink. */
#include <string.h>

#include "base/error.h"
#include "link/link-private.h"

#define MAX_MEDIA 1452 /* bytes of a media datagram: an IPv6 packet of 1500 */

static guint
link_get_id (KithLink *base)
{
  return KITH_QUIC_LINK (base)->id;
}

static KithLinkState
link_get_state (KithLink *base)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase != KITH_LINK_PHASE_UP) {
    return KITH_LINK_CLOSED;
  }
  return kith_link_life_is_suspect (link->life) ? KITH_LINK_SUSPECT : KITH_LINK_UP;
}

static KithReason
link_get_reason (KithLink *base)
{
  return KITH_QUIC_LINK (base)->end.reason;
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

/* Any thread: it touches nothing but the link's media. */
static gboolean
link_send_media (KithLink *base, const guint8 *data, gsize len)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  return len > 0 && len <= MAX_MEDIA && data[0] >= 128 && data[0] <= 191
         && kith_path_media_send (link->media, data, len);
}

static gboolean
link_claim_media (KithLink *base,
                  guint32 remote_ssrc,
                  KithLinkMediaFunc func,
                  gpointer user_data,
                  GError **error)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase != KITH_LINK_PHASE_UP) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "the link is closed");
    return FALSE;
  }
  return kith_path_media_claim (link->media, remote_ssrc, func, user_data, error);
}

static void
link_release_media (KithLink *base, guint32 remote_ssrc, gpointer user_data)
{
  kith_path_media_release (KITH_QUIC_LINK (base)->media, remote_ssrc, user_data);
}

static void
link_give_early (KithLink *base)
{
  kith_path_media_give_early (KITH_QUIC_LINK (base)->media);
}

static guint64
link_get_unclaimed (KithLink *base)
{
  return kith_path_media_get_unclaimed (KITH_QUIC_LINK (base)->media);
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

  return link->phase == KITH_LINK_PHASE_UP
         && kith_quic_export_key (link->quic, label, context, context_len, key, key_len);
}

static void
link_get_path (KithLink *base, KithLinkPath *path)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  path->since_us = link->since_us;
  if (link->phase == KITH_LINK_PHASE_UP) {
    KithPath *current = kith_path_set_get_current (link->paths);
    path->rtt_ms = kith_quic_get_rtt_ms (link->quic);
    path->least_rtt_ms = kith_quic_get_least_rtt_ms (link->quic);
    if (current != NULL) {
      kith_path_describe (current, path);
    }
  }
}

static void
link_hold (KithLink *base)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase == KITH_LINK_PHASE_UP) {
    kith_link_life_hold (link->life, TRUE);
    kith_path_repair_hold (link->repair, TRUE);
  }
}

static void
link_unhold (KithLink *base)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase == KITH_LINK_PHASE_UP) {
    kith_link_life_hold (link->life, FALSE);
    kith_path_repair_hold (link->repair, kith_link_life_is_held (link->life));
  }
}

static void
link_close (KithLink *base, KithReason why)
{
  kith_quic_link_refuse (KITH_QUIC_LINK (base), why);
}

static const char *
link_get_why (KithLink *base)
{
  return KITH_QUIC_LINK (base)->end.text;
}

static gboolean
link_send_note (KithLink *base, const guint8 *data, gsize len)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->phase != KITH_LINK_PHASE_UP || !kith_quic_send_note (link->quic, data, len)) {
    return FALSE;
  }
  kith_link_life_used (link->life, TRUE);
  return TRUE;
}

static gboolean
link_send_frame (KithLink *base, const guint8 *data, gsize len)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);
  guint8 frame[1 + KITH_FRAME_MAX] = { KITH_FRAME_FIRST_BYTE };

  if (link->phase != KITH_LINK_PHASE_UP || len == 0 || len > KITH_FRAME_MAX) {
    return FALSE;
  }
  memcpy (frame + 1, data, len);
  kith_link_life_used (link->life, FALSE);
  return kith_path_set_send (link->paths, frame, len + 1);
}

static void
link_set_frame_func (KithLink *base, KithLinkFrameFunc func, gpointer user_data)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  link->frame = func;
  link->frame_data = user_data;
}

static void
link_add_trace (KithLink *base, KithTrace *trace)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);
  gboolean is_new = trace != link->told.attempt;

  link->told.attempt = NULL;
  if (link->told.all == NULL) {
    link->told.all = kith_trace_new_shared ();
  }
  if (is_new && link->phase == KITH_LINK_PHASE_UP) {
    kith_quic_link_use_trace (link, trace); /* the others know it */
    kith_quic_link_trace_now (link);
  }
  kith_trace_follow (trace, link->told.all);
  kith_quic_link_use_trace (link, link->told.all);
}

static void
link_remove_trace (KithLink *base, KithTrace *trace)
{
  KithQuicLink *link = KITH_QUIC_LINK (base);

  if (link->told.all == NULL) {
    return;
  }
  kith_trace_unfollow (trace, link->told.all);
  if (kith_trace_count_followers (link->told.all) == 0) {
    g_clear_pointer (&link->told.all, kith_trace_unref);
    kith_quic_link_use_trace (link, NULL);
  }
}

void
kith_quic_link_iface_init (KithLinkInterface *iface)
{
  iface->get_id = link_get_id;
  iface->get_state = link_get_state;
  iface->get_reason = link_get_reason;
  iface->get_peer = link_get_peer;
  iface->is_outgoing = link_is_outgoing;
  iface->take_sip = link_take_sip;
  iface->send_media = link_send_media;
  iface->claim_media = link_claim_media;
  iface->release_media = link_release_media;
  iface->give_early = link_give_early;
  iface->get_unclaimed = link_get_unclaimed;
  iface->export_key = link_export_key;
  iface->get_path = link_get_path;
  iface->hold = link_hold;
  iface->unhold = link_unhold;
  iface->close = link_close;
  iface->get_why = link_get_why;
  iface->send_note = link_send_note;
  iface->send_frame = link_send_frame;
  iface->set_frame_func = link_set_frame_func;
  iface->add_trace = link_add_trace;
  iface->remove_trace = link_remove_trace;
}
