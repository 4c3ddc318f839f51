/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio of a call: keys, offer and answer, and the gate that only the user's consent opens. */
#include "node/call/call-private.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"

#define SRTP_LABEL "EXPORTER-kith-srtp"
#define USED_DATA "kith-call-ids"
#define MAX_USED 4096 /* calls of one link */

static void
on_flowing (KithMedia *media, KithCall *call)
{
  kith_trace_add (call->trace, KITH_TRACE_MEDIA, "the first packet of their audio came");
  if (call->flowing_at == 0 && call->answered_at != 0) {
    call->flowing_at = kith_clock_wall (call->context->clock);
    kith_call_notify (call);
  }
  (void)kith_call_change_state (call, KITH_CALL_EVENT_MEDIA_FLOWS, KITH_REASON_NONE);
}

static void
on_failed (KithMedia *media, const char *why, KithCall *call)
{
  kith_trace_add (call->trace, KITH_TRACE_TROUBLE, "audio: %s", why);
  kith_call_end (call, KITH_REASON_MEDIA_FAILED, why);
}

static gboolean
send_on_link (const guint8 *data, gsize len, gpointer user_data)
{
  KithCall *call = user_data;
  return call->link != NULL && kith_link_send_media (call->link, data, len);
}

static gboolean
on_link_media (KithLink *link, const guint8 *data, gsize len, gpointer user_data)
{
  KithCall *call = user_data;

  if (call->media == NULL || !kith_media_receive (call->media, data, len)) {
    return FALSE;
  }
  kith_call_heard (call, data, len);
  return TRUE;
}

gboolean
kith_call_check_sound (KithCall *call, GError **error)
{
  KithMediaMaker *maker = call->context->media;

  return (call->listen_only || kith_media_maker_check (maker, TRUE, error))
         && kith_media_maker_check (maker, FALSE, error);
}

gboolean
kith_call_make_media (KithCall *call, const char *local_host, GError **error)
{
  KithMediaTransport transport = { .local_host = local_host, .listen_only = call->listen_only };

  if (call->link != NULL) {
    if (!kith_link_claim_media (call->link, on_link_media, call)) {
      g_set_error_literal (error,
                           KITH_ERROR,
                           KITH_ERROR_LIMIT_REACHED,
                           "there is a call with this peer already");
      return FALSE;
    }
    call->media_claimed = TRUE;
    transport.send = send_on_link;
    transport.send_data = call;
  }
  call->media = kith_media_maker_create (call->context->media, &transport, call->log_id, error);
  if (call->media == NULL) {
    return FALSE;
  }
  if (call->muted) {
    kith_media_set_muted (call->media, TRUE); /* the audio of a second try is new */
  }
  g_signal_connect (call->media, "flowing", G_CALLBACK (on_flowing), call);
  g_signal_connect (call->media, "failed", G_CALLBACK (on_failed), call);
  return TRUE;
}

gchar *
kith_call_describe (KithCall *call, const KithOffer *offer)
{
  return kith_sdp_session_print (&call->session, offer);
}

gchar *
kith_call_make_offer (KithCall *call, GError **error)
{
  g_autoptr (KithOffer) offer = kith_media_get_local (call->media, error);

  if (offer == NULL) {
    return NULL;
  }
  offer->profile = call->link != NULL ? KITH_PROFILE_RTP_SAVP : KITH_PROFILE_RTP_AVP;
  return kith_call_describe (call, offer);
}

/* The keys follow from the link and the Call-ID: one Call-ID keys one call of a link, whoever chose it. */
static gboolean
use_call_id (KithLink *link, const char *call_id, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  GHashTable *used = g_object_get_data (G_OBJECT (link), USED_DATA);
  guint8 digest[32];
  gsize len = sizeof digest;

  if (used == NULL) {
    used = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
    g_object_set_data_full (G_OBJECT (link), USED_DATA, used, (GDestroyNotify)g_hash_table_unref);
  }
  if (g_hash_table_size (used) >= MAX_USED) {
    kith_link_close (link, "many calls"); /* the next call gets a fresh one */
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNREACHABLE,
                         "the link to the peer is used up: call again");
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
kith_call_key_media (KithCall *call, GError **error)
{
  guint8 keys[2 * KITH_SRTP_KEY_LEN];

  if (call->link == NULL) {
    return TRUE;
  }
  const char *call_id = kith_dialog_get_call_id (call->dialog);
  if (!use_call_id (call->link, call_id, error)) {
    return FALSE;
  }
  if (!kith_link_export_key (call->link,
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
  gboolean opener = kith_link_is_outgoing (call->link);
  kith_media_set_keys (call->media,
                       keys + (opener ? 0 : KITH_SRTP_KEY_LEN),
                       keys + (opener ? KITH_SRTP_KEY_LEN : 0));
  explicit_bzero (keys, sizeof keys);
  kith_trace_add (call->trace,
                  KITH_TRACE_KEYS,
                  "audio: SRTP AES_CM_128_HMAC_SHA1_80, keyed by the link");
  return TRUE;
}

/* Also tells the audio where the dialog's signalling comes from, which may have changed. */
static KithOffer *
parse (KithCall *call, const char *sdp, GError **error)
{
  if (call->link == NULL && call->media != NULL && call->dialog != NULL) {
    kith_media_set_origin (call->media,
                           kith_dialog_get_remote_host (call->dialog),
                           kith_sip_get_port (call->context->sip));
  }
  return kith_sdp_parse (sdp,
                         strlen (sdp),
                         call->link != NULL ? KITH_SDP_LINK : KITH_SDP_PLAIN,
                         error);
}

/* Between Kith peers nothing but SRTP keyed through the link; with others plain RTP, whether they speak of feedback or not. */
static gboolean
check_profile (KithCall *call, const KithOffer *offer, GError **error)
{
  gboolean fits = call->link != NULL ? offer->profile == KITH_PROFILE_RTP_SAVP
                                     : offer->profile == KITH_PROFILE_RTP_AVP
                                           || offer->profile == KITH_PROFILE_RTP_AVPF;

  if (!fits) {
    g_set_error (error,
                 KITH_ERROR,
                 KITH_ERROR_UNSUPPORTED,
                 "the peer's media profile does not fit: %s is needed",
                 call->link != NULL ? "RTP/SAVP" : "RTP/AVP");
    return FALSE;
  }
  return TRUE;
}

gboolean
kith_call_start_media (KithCall *call, GError **error)
{
  if (!call->accepted) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_WRONG_STATE,
                         "nobody accepted this call yet");
    return FALSE;
  }
  if (!kith_media_start (call->media, error)) {
    return FALSE;
  }
  kith_call_aim_sound (call);
  kith_call_trace_media (call);
  return TRUE;
}

/* @remote counts from now on, for the audio and for what is expected of it. */
static gboolean
take_remote (KithCall *call, const KithOffer *remote, gboolean we_offered, GError **error)
{
  if (!kith_media_set_remote (call->media, remote, we_offered, error)) {
    return FALSE;
  }
  kith_call_take_target (call, remote, we_offered);
  if (!call->outgoing || call->got_answer) { /* an announcement before the answer is no hold */
    kith_call_take_direction (call, remote->direction);
  }
  return TRUE;
}

gboolean
kith_call_take_answer (KithCall *call, const char *sdp, GError **error)
{
  g_autoptr (KithOffer) remote = sdp != NULL ? parse (call, sdp, error) : NULL;

  if (sdp == NULL) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNSUPPORTED,
                         "the answer carried no session description");
  }
  if (remote == NULL || !check_profile (call, remote, error)) {
    return FALSE;
  }
  if (remote->port == 0) {
    g_set_error_literal (error,
                         KITH_ERROR,
                         KITH_ERROR_UNSUPPORTED,
                         "the peer refused the audio stream");
    return FALSE;
  }
  return take_remote (call, remote, TRUE, error);
}

gboolean
kith_call_apply_answer (KithCall *call, const char *sdp, GError **error)
{
  return kith_call_take_answer (call, sdp, error) && kith_call_start_media (call, error);
}

gboolean
kith_call_apply_early (KithCall *call, const char *sdp, GError **error)
{
  return kith_call_take_answer (call, sdp, error) && kith_media_listen (call->media, error);
}

gboolean
kith_call_prepare_answer (KithCall *call, const char *sdp, GError **error)
{
  g_autoptr (KithOffer) remote = parse (call, sdp, error);

  if (remote == NULL || !check_profile (call, remote, error)) {
    return FALSE;
  }
  g_autoptr (KithOffer) local = kith_media_get_local (call->media, error);
  if (local == NULL) {
    return FALSE;
  }
  g_autoptr (KithOffer) answer = kith_offer_answer (remote, local, error);
  if (answer == NULL || !take_remote (call, remote, FALSE, error)) {
    return FALSE;
  }
  g_clear_pointer (&call->answer, kith_offer_free);
  call->answer = g_steal_pointer (&answer);
  return TRUE;
}

gchar *
kith_call_reanswer (KithCall *call, const char *sdp, GError **error)
{
  if (call->media == NULL || !call->accepted) {
    g_set_error_literal (error, KITH_ERROR, KITH_ERROR_WRONG_STATE, "there is no audio to change");
    return NULL;
  }
  if (!kith_call_prepare_answer (call, sdp, error)) {
    return NULL;
  }
  return kith_call_describe (call, call->answer);
}

void
kith_call_drop_media (KithCall *call)
{
  g_autoptr (KithMedia) media = g_steal_pointer (&call->media);

  if (call->media_claimed && call->link != NULL) {
    kith_link_release_media (call->link, call);
  }
  call->media_claimed = FALSE;
  kith_call_forget_target (call);
  g_clear_pointer (&call->unaimed, kith_offer_free);
  if (media == NULL) {
    return;
  }
  kith_media_get_stats (media, &call->last_stats);
  kith_call_add_gaps (call, &call->last_stats);
  call->codec = kith_media_get_codec (media);
  call->have_stats = TRUE;
  kith_call_trace_media_end (call);
  g_signal_handlers_disconnect_by_data (media, call);
  kith_media_stop (media);
}
