/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nua tells about a dialog becomes its signals. */
#include <string.h>

#include "base/log.h"
#include "sip/sip-private.h"

/* The words of the peer's Reason header (RFC 3326), or @otherwise. */
static gchar *
reason_words (sip_t const *sip, const char *otherwise)
{
  const char *text = sip != NULL && sip->sip_reason != NULL ? sip->sip_reason->re_text : NULL;
  g_autofree gchar *words = kith_sip_safe (text, 64);

  g_strdelimit (words, "\"\\", ' ');
  (void)g_strstrip (words);
  return g_strdup (*words != '\0' ? words : otherwise);
}

static void
set_remote_sdp (KithSipDialog *self, gchar *sdp)
{
  if (sdp != NULL) {
    g_free (self->remote_sdp);
    self->remote_sdp = sdp;
  }
}

/* The number of why another node ended it. */
static void
take_peer_reason (KithSipDialog *self, sip_t const *sip)
{
  const sip_reason_t *reason = self->link_id != 0 && sip != NULL ? sip->sip_reason : NULL;

  for (; reason != NULL; reason = reason->re_next) {
    guint64 number = 0;
    if (reason->re_protocol != NULL && g_ascii_strcasecmp (reason->re_protocol, "Kith") == 0
        && reason->re_cause != NULL
        && g_ascii_string_to_unsigned (reason->re_cause, 10, 0, G_MAXUINT32, &number, NULL)) {
      self->peer_reason = (guint)number;
    }
  }
}

/* TRUE when a Reason (RFC 3326) of the peer's CANCEL says that another phone of the same group has
   the call. */
static gboolean
says_elsewhere (sip_t const *sip)
{
  for (const sip_reason_t *reason = sip != NULL ? sip->sip_reason : NULL; reason != NULL;
       reason = reason->re_next) {
    g_autofree gchar *text = g_ascii_strdown (reason->re_text != NULL ? reason->re_text : "", -1);
    guint64 cause = reason->re_cause != NULL ? g_ascii_strtoull (reason->re_cause, NULL, 10) : 0;
    const char *protocol = reason->re_protocol != NULL ? reason->re_protocol : "";
    if ((cause == 200 && g_ascii_strcasecmp (protocol, "SIP") == 0)
        || (cause == 26 && g_ascii_strcasecmp (protocol, "Q.850") == 0)
        || strstr (text, "completed elsewhere") != NULL) {
      return TRUE;
    }
  }
  return FALSE;
}

static void
on_answer (KithSipDialog *self, sip_t const *sip)
{
  g_autofree gchar *sdp = NULL;
  gboolean readable = kith_sip_dialog_take_sdp (sip, &sdp);

  if (readable && sdp == NULL) {
    sdp = g_strdup (kith_sip_dialog_find_early (self, sip)); /* it was said before */
  }
  if (sdp == NULL) {
    kith_warning (self->object,
                  "the peer's answer has no session description that can be read: hung up");
    nua_bye (self->handle,
             SIPTAG_REASON_STR ("SIP;cause=488;text=\"Not Acceptable Here\""),
             TAG_END ());
    kith_sip_dialog_finish (self, 488, "Not Acceptable Here", FALSE);
    return;
  }
  self->phase = KITH_SIP_DIALOG_UP;
  kith_sip_dialog_take_allow (self, sip);
  set_remote_sdp (self, g_strdup (sdp));
  g_signal_emit_by_name (self, "answered", sdp);
}

static void
on_progress (KithSipDialog *self, int status, sip_t const *sip)
{
  gboolean early = kith_sip_dialog_take_early (self, sip);

  /* sound alone says not that it rings; nobody may have hung up at it */
  if (self->phase == KITH_SIP_DIALOG_CALLING && !self->rang
      && (status == 180 || (status == 183 && !early))) {
    self->rang = TRUE;
    g_signal_emit_by_name (self, "ringing");
  }
}

/* TRUE when nobody sent this response: the library makes one when a host or a port refuses, which
   has no address that it came from; and so does the edge. */
static gboolean
is_made_here (KithSipDialog *self, sip_t const *sip)
{
  msg_t *message = sip != NULL ? nua_current_request (self->stack->nua) : NULL;

  return message == NULL || msg_addr (message)->su_family == AF_UNSPEC
         || kith_sip_edge_find (sip, KITH_SIP_MADE) != NULL;
}

void
kith_sip_dialog_on_response (KithSipDialog *self, int status, char const *phrase, sip_t const *sip)
{
  if (self->phase == KITH_SIP_DIALOG_UP) {
    kith_sip_dialog_on_reoffer_response (self, status, phrase, sip);
    return;
  }
  if (self->phase != KITH_SIP_DIALOG_CALLING) {
    return;
  }
  gboolean is_own = self->link_id == 0 && is_made_here (self, sip);

  if (status >= 700) { /* the library's own troubles: there is no way to the peer */
    kith_sip_dialog_finish (self, 503, is_own ? KITH_PHRASE_NOBODY : "Service Unavailable", FALSE);
  } else if (status >= 300) {
    take_peer_reason (self, sip);
    if (status < 400) {
      kith_sip_dialog_take_moved (self, sip);
    }
    const char *words = phrase != NULL && *phrase != '\0' ? phrase : sip_status_phrase (status);
    if (is_own) {
      words = status == 408 ? KITH_PHRASE_SILENCE : status == 503 ? KITH_PHRASE_NOBODY : words;
    }
    kith_sip_dialog_finish (self, (guint)status, words, FALSE);
  } else if (status >= 200) {
    on_answer (self, sip);
  } else if (status > 100) {
    on_progress (self, status, sip);
  }
}

static void
on_ack (KithSipDialog *self, sip_t const *sip)
{
  gchar *sdp = NULL;

  if (self->phase != KITH_SIP_DIALOG_ANSWERING) {
    kith_sip_dialog_reacked (self, sip);
    return;
  }
  self->phase = KITH_SIP_DIALOG_UP;
  if (self->remote_sdp == NULL && kith_sip_dialog_take_sdp (sip, &sdp)) {
    set_remote_sdp (self, sdp);
  }
  g_signal_emit_by_name (self, "confirmed");
}

static void
on_cancel (KithSipDialog *self, sip_t const *sip)
{
  if (self->offer == KITH_SIP_OFFER_THEIRS || self->offer == KITH_SIP_OFFER_WANTED) {
    kith_sip_dialog_drop_offer (self);
  }
  if (self->phase == KITH_SIP_DIALOG_INCOMING) {
    g_autofree gchar *words = reason_words (sip, "Cancelled");
    take_peer_reason (self, sip);
    self->elsewhere = says_elsewhere (sip) || self->peer_reason == KITH_REASON_ELSEWHERE;
    kith_sip_dialog_finish (self, 0, words, FALSE);
  }
}

static void
on_state (KithSipDialog *self, int status, char const *phrase, tagi_t tags[])
{
  int state = -1;

  (void)tl_gets (tags, NUTAG_CALLSTATE_REF (state), TAG_END ());
  if (state == nua_callstate_terminated || state == nua_callstate_terminating) {
    kith_sip_dialog_finish (self, status >= 300 && status < 700 ? (guint)status : 0, phrase, FALSE);
  }
}

static void
on_reoffer (KithSipDialog *self, gboolean is_update, int status, sip_t const *sip)
{
  g_autofree gchar *sdp = NULL;

  if (status >= 200) {
    return; /* nua has answered */
  }
  (void)kith_sip_dialog_take_sdp (sip, &sdp); /* the door refused what cannot be taken */
  kith_sip_dialog_take_reoffer (self, is_update, sdp);
}

void
kith_sip_dialog_on_event (KithSipDialog *self,
                          nua_event_t event,
                          int status,
                          char const *phrase,
                          sip_t const *sip,
                          tagi_t tags[])
{
  g_object_ref (self);
  if (self->phase == KITH_SIP_DIALOG_OVER) {
    kith_debug (self->object, "late event %s %d", nua_event_name (event), status);
  } else if (event == nua_r_invite) {
    kith_sip_dialog_on_response (self, status, phrase, sip);
  } else if (event == nua_i_ack) {
    on_ack (self, sip);
  } else if (event == nua_i_bye) {
    g_autofree gchar *words = reason_words (sip, "Hung up by the peer");
    take_peer_reason (self, sip);
    kith_sip_dialog_finish (self, 0, words, FALSE);
  } else if (event == nua_i_cancel) {
    on_cancel (self, sip);
  } else if (event == nua_i_invite || event == nua_i_update) {
    on_reoffer (self, event == nua_i_update, status, sip);
  } else if (event == nua_i_info) {
    kith_sip_dialog_take_info (self, sip);
  } else if (event == nua_i_state) {
    on_state (self, status, phrase, tags);
  } else if (event == nua_i_error && status >= 400) {
    kith_debug (self->object, "error %d %s", status, phrase);
    if (status == 408) {
      kith_sip_dialog_finish (self, 408, phrase, FALSE);
    }
  }
  g_object_unref (self);
}
