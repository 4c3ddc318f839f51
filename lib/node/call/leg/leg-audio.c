/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio of a leg: keys, offer and answer, and the gate that only the user's consent opens. */
#include "node/call/leg/leg-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

#define SRTP_LABEL "EXPORTER-kith-srtp"

static void
on_flowing (KithMedia *media, KithLeg *leg)
{
  kith_leg_tell (leg, KITH_TRACE_MEDIA, "step-first-packet");
  if (leg->flowing_at == 0 && kith_leg_state_is_answered (leg->state)) {
    leg->flowing_at = kith_clock_wall (leg->context->clock);
    kith_leg_notify (leg);
  } else if (leg->state == KITH_LEG_EARLY) {
    leg->told.before.heard = TRUE;
    kith_leg_notify (leg);
    return;
  }
  (void)kith_leg_change_state (leg, KITH_LEG_EVENT_FLOW);
}

static void
on_failed (KithMedia *media, const char *why, KithLeg *leg)
{
  kith_leg_tell_of (leg, KITH_TRACE_TROUBLE, "step-audio-failed", "error", why);
  kith_leg_end (leg, KITH_REASON_MEDIA_FAILED, why);
}

static void
on_tone (KithMedia *media, const char *key, KithLeg *leg)
{
  kith_leg_tell_pressed (leg, key[0], TRUE);
}

static void
on_redescribed (KithMedia *media, KithLeg *leg)
{
  kith_leg_tell_stream (leg);
}

/* On a thread of the audio's, which has the link as long as it lives. */
static gboolean
send_on_link (const guint8 *data, gsize len, gpointer user_data)
{
  return kith_link_send_media (user_data, data, len);
}

gboolean
kith_leg_check_sound (const KithCallContext *context, gboolean listen_only, GError **error)
{
  return (listen_only || kith_media_maker_check (context->media, TRUE, error))
         && kith_media_maker_check (context->media, FALSE, error);
}

gboolean
kith_leg_make_media (KithLeg *leg, const char *local_host, GError **error)
{
  KithMediaTransport transport
      = { .local_host = local_host, .listen_only = leg->voice.listen_only };

  if (leg->link != NULL) {
    transport.send = send_on_link;
    transport.send_data = leg->link;
  }
  leg->media = leg->voice.bridged
                   ? kith_bridge_create_leg (leg->context->bridge, &transport, leg->log_id, error)
                   : kith_media_maker_create (leg->context->media, &transport, leg->log_id, error);
  if (leg->media == NULL) {
    return FALSE;
  }
  if (leg->link != NULL) {
    g_object_set_data_full (G_OBJECT (leg->media),
                            "kith-link",
                            g_object_ref (leg->link),
                            g_object_unref);
    leg->trouble.ear = kith_leg_ear_new (leg->link, leg->media, leg->context->clock);
  }
  if (leg->voice.muted) {
    kith_media_set_muted (leg->media, TRUE); /* the audio of a second try is new */
  }
  kith_media_set_flow (leg->media, !leg->voice.in_background, !leg->voice.in_background);
  g_signal_connect (leg->media, "flowing", G_CALLBACK (on_flowing), leg);
  g_signal_connect (leg->media, "failed", G_CALLBACK (on_failed), leg);
  g_signal_connect (leg->media, "tone", G_CALLBACK (on_tone), leg);
  g_signal_connect (leg->media, "redescribed", G_CALLBACK (on_redescribed), leg);
  return TRUE;
}

gchar *
kith_leg_describe (KithLeg *leg, const KithOffer *offer)
{
  leg->sdp.told_ssrc = kith_offer_audio (offer)->ssrc;
  leg->sdp.told_wish = leg->sdp.wish;
  return kith_sdp_session_print (&leg->sdp.session, offer);
}

/* What we can do, and want. (transfer full) */
static KithOffer *
get_local (KithLeg *leg, GError **error)
{
  KithOffer *local = kith_media_get_local (leg->media, error);

  if (local != NULL) {
    kith_offer_audio (local)->direction = leg->sdp.wish;
  }
  return local;
}

gchar *
kith_leg_make_offer (KithLeg *leg, GError **error)
{
  g_autoptr (KithOffer) offer = get_local (leg, error);

  if (offer == NULL) {
    return NULL;
  }
  if (leg->sdp.order != NULL) {
    kith_offer_prefer (offer, leg->sdp.order);
  }
  kith_offer_audio (offer)->profile
      = leg->link != NULL ? KITH_PROFILE_RTP_SAVP : KITH_PROFILE_RTP_AVP;
  return kith_leg_describe (leg, offer);
}

gboolean
kith_leg_is_link_used_up (KithLink *link)
{
  GHashTable *used = g_object_get_data (G_OBJECT (link), KITH_LEG_USED_DATA);

  return used != NULL && g_hash_table_size (used) >= KITH_LEG_MAX_USED;
}

/* The keys follow from the link and the Call-ID: one Call-ID keys one call of a link, whoever chose
   it. */
static gboolean
use_call_id (KithLink *link, const char *call_id, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  GHashTable *used = g_object_get_data (G_OBJECT (link), KITH_LEG_USED_DATA);
  guint8 digest[32];
  gsize len = sizeof digest;

  if (used == NULL) {
    used = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    g_object_set_data_full (G_OBJECT (link),
                            KITH_LEG_USED_DATA,
                            used,
                            (GDestroyNotify)g_hash_table_unref);
  }
  if (kith_leg_is_link_used_up (link)) { /* who dials takes a fresh one: they do not know of it */
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_LIMIT_REACHED,
                         "their link has carried as many calls as one may");
    return FALSE;
  }
  g_checksum_update (checksum, (const guchar *)call_id, -1);
  g_checksum_get_digest (checksum, digest, &len);
  if (!g_hash_table_add (used, g_memdup2 (digest, sizeof (gint64)))) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_PROTOCOL,
                         "the peer used a Call-ID twice on one link");
    return FALSE;
  }
  return TRUE;
}

gboolean
kith_leg_set_keys (KithLeg *leg, GError **error)
{
  guint8 keys[2 * KITH_SRTP_KEY_LEN];

  if (leg->link == NULL) {
    return TRUE;
  }
  const char *call_id = kith_dialog_get_call_id (leg->dialog);
  if (!kith_link_export_key (leg->link,
                             SRTP_LABEL,
                             (const guint8 *)call_id,
                             strlen (call_id),
                             keys,
                             sizeof keys)) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_MEDIA,
                         "the link gave no keys for the audio");
    return FALSE;
  }
  gboolean opener = kith_link_is_outgoing (leg->link);
  kith_media_set_keys (leg->media,
                       keys + (opener ? 0 : KITH_SRTP_KEY_LEN),
                       keys + (opener ? KITH_SRTP_KEY_LEN : 0));
  explicit_bzero (keys, sizeof keys);
  kith_leg_tell (leg, KITH_TRACE_KEYS, "step-srtp");
  return TRUE;
}

gboolean
kith_leg_key_media (KithLeg *leg, GError **error)
{
  return (leg->link == NULL
          || use_call_id (leg->link, kith_dialog_get_call_id (leg->dialog), error))
         && kith_leg_set_keys (leg, error);
}

/* What they describe cannot be had: always FALSE. */
static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, KITH_ERROR, KITH_ERROR_UNSUPPORTED, why);
  return FALSE;
}

/* Also tells the audio where the dialog's signalling comes from, which may have changed. */
static KithOffer *
parse (KithLeg *leg, const char *sdp, GError **error)
{
  if (leg->link == NULL && leg->media != NULL && leg->dialog != NULL) {
    kith_media_set_origin (leg->media,
                           kith_dialog_get_remote_host (leg->dialog),
                           kith_sip_get_port (leg->context->sip));
  }
  return kith_sdp_parse (sdp,
                         strlen (sdp),
                         leg->link != NULL ? KITH_SDP_LINK : KITH_SDP_PLAIN,
                         error);
}

/* Between Kith peers nothing but SRTP keyed through the link; with others plain RTP, whether they
   speak of feedback or not. */
static gboolean
check_profile (KithLeg *leg, const KithOffer *offer, GError **error)
{
  KithProfile profile = kith_offer_audio (offer)->profile; /* there is no offer without audio */
  gboolean fits = leg->link != NULL
                      ? profile == KITH_PROFILE_RTP_SAVP
                      : profile == KITH_PROFILE_RTP_AVP || profile == KITH_PROFILE_RTP_AVPF;

  if (!fits) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNSUPPORTED,
                 "the peer's media profile does not fit: %s is needed",
                 leg->link != NULL ? "RTP/SAVP" : "RTP/AVP");
    return FALSE;
  }
  return TRUE;
}

gboolean
kith_leg_start_media (KithLeg *leg, GError **error)
{
  if (!leg->voice.may_speak) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_WRONG_STATE,
                         "nobody accepted this call yet");
    return FALSE;
  }
  if (!kith_media_start (leg->media, error)) {
    return FALSE;
  }
  kith_leg_aim_sound (leg);
  kith_leg_watch_media (leg);
  if (leg->link != NULL) {
    kith_link_give_early (leg->link);
  }
  return TRUE;
}

/* Over a link the stream that they describe is told from those of other calls by its SSRC alone. */
static gboolean
claim_stream (KithLeg *leg, guint32 ssrc, GError **error)
{
  if (leg->trouble.ear == NULL) {
    return TRUE;
  }
  if (ssrc == 0) {
    return refuse (error, "the peer's description of the audio has no SSRC (a=ssrc)");
  }
  return kith_leg_ear_claim (leg->trouble.ear, ssrc, error);
}

static void
release_stream (KithLeg *leg, guint32 ssrc)
{
  if (leg->trouble.ear != NULL) {
    kith_leg_ear_release (leg->trouble.ear, ssrc);
  }
}

/* The audio may fail within this, which ends the leg: its ear has given back all claims then. */
static gboolean
set_remote (KithLeg *leg, const KithOffer *remote, gboolean we_offered, GError **error)
{
  const KithStream *audio = kith_offer_audio (remote);
  guint32 old = leg->sdp.claimed_ssrc;
  g_autoptr (KithMedia) media = g_object_ref (leg->media);
  gboolean ok = kith_media_set_remote (media, remote, we_offered, error);

  if (ok && leg->media != media) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_MEDIA, "the audio failed");
    ok = FALSE;
  }
  if (audio->ssrc != old) {
    release_stream (leg, ok ? old : audio->ssrc);
  }
  return ok;
}

/* @remote counts from now on, for the audio and for what is expected of it. */
static gboolean
take_remote (KithLeg *leg, const KithOffer *remote, gboolean we_offered, GError **error)
{
  const KithStream *audio = kith_offer_audio (remote);
  g_autoptr (KithLeg) kept = g_object_ref (leg);

  if (!claim_stream (leg, audio->ssrc, error) || !set_remote (leg, remote, we_offered, error)) {
    return FALSE;
  }
  leg->sdp.claimed_ssrc = leg->link != NULL ? audio->ssrc : 0;
  g_clear_pointer (&leg->sdp.theirs, kith_offer_free);
  leg->sdp.theirs = kith_offer_copy (remote);
  kith_leg_take_target (leg, remote, we_offered);
  if (leg->side == KITH_LEG_CALLER
      || leg->told.got_answer) { /* an announcement before the answer is no hold */
    kith_leg_take_direction (leg, audio->direction);
  }
  return TRUE;
}

gboolean
kith_leg_take_answer (KithLeg *leg, const char *sdp, GError **error)
{
  g_autoptr (KithOffer) remote = sdp != NULL ? parse (leg, sdp, error) : NULL;

  if (sdp == NULL) {
    (void)refuse (error, "the answer carried no session description");
  }
  if (remote == NULL || !check_profile (leg, remote, error)) {
    return FALSE;
  }
  if (kith_offer_audio (remote)->port == 0) {
    return refuse (error, "the peer refused the audio stream");
  }
  return take_remote (leg, remote, TRUE, error);
}

gboolean
kith_leg_apply_answer (KithLeg *leg, const char *sdp, GError **error)
{
  return kith_leg_take_answer (leg, sdp, error) && kith_leg_start_media (leg, error);
}

gboolean
kith_leg_apply_early (KithLeg *leg, const char *sdp, GError **error)
{
  return kith_leg_take_answer (leg, sdp, error) && kith_media_listen (leg->media, error);
}

gboolean
kith_leg_prepare_answer (KithLeg *leg, const char *sdp, GError **error)
{
  g_autoptr (KithOffer) remote = parse (leg, sdp, error);

  if (remote == NULL || !check_profile (leg, remote, error)) {
    return FALSE;
  }
  g_autoptr (KithOffer) local = get_local (leg, error);
  if (local == NULL) {
    return FALSE;
  }
  if (leg->sdp.order != NULL) { /* the first that is in both counts */
    kith_offer_prefer (remote, leg->sdp.order);
  }
  g_autoptr (KithOffer) answer = kith_offer_answer (remote, local, error);
  if (answer == NULL || !take_remote (leg, remote, FALSE, error)) {
    return FALSE;
  }
  g_autoptr (KithOffer) now = kith_media_get_local (leg->media, error);
  if (now == NULL) {
    return FALSE;
  }
  /* it may have another one since the peer's is known */
  kith_offer_audio (answer)->ssrc = kith_offer_audio (now)->ssrc;
  g_clear_pointer (&leg->sdp.answer, kith_offer_free);
  leg->sdp.answer = g_steal_pointer (&answer);
  return TRUE;
}

gchar *
kith_leg_reanswer (KithLeg *leg, const char *sdp, GError **error)
{
  if (leg->media == NULL || !leg->voice.may_speak) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "there is no audio to change");
    return NULL;
  }
  if (!kith_leg_prepare_answer (leg, sdp, error)) {
    return NULL;
  }
  return kith_leg_describe (leg, leg->sdp.answer);
}

void
kith_leg_drop_media (KithLeg *leg)
{
  g_autoptr (KithMedia) media = g_steal_pointer (&leg->media);

  g_clear_pointer (&leg->trouble.ear, kith_leg_ear_free);
  leg->sdp.claimed_ssrc = 0;
  kith_clock_cancel (leg->context->clock, &leg->sdp.reoffer_timer);
  kith_leg_forget_target (leg);
  g_clear_pointer (&leg->target.offer, kith_offer_free);
  if (media == NULL) {
    return;
  }
  kith_media_get_stats (media, &leg->quality.last);
  kith_leg_add_gaps (leg, &leg->quality.last);
  leg->quality.codec = kith_media_get_codec (media);
  leg->quality.manner = leg->voice.bridged ? kith_bridge_get_manner (leg->context->bridge, media)
                                           : KITH_BRIDGE_APART;
  leg->quality.has_last = TRUE;
  kith_leg_watch_end (leg);
  g_signal_handlers_disconnect_by_data (media, leg);
  kith_media_stop (media);
}
