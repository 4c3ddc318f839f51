/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens a copy of each packet with libsrtp, and remembers the tags of the last ones. */
#include "media/rtp/srtp-check.h"

#include <srtp2/srtp.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "media/rtp/rtp-filter.h"

#define N_TAGS 64    /* half a second of voice over a few paths */
#define TAG_LEN 8    /* of the ten bytes of HMAC-SHA1-80 */
#define N_STREAMS 16 /* a peer that begins its audio anew has a new SSRC; nobody needs more */
#define TWIN_US ((gint64)500 * 1000)

typedef struct {
  guint8 bytes[TAG_LEN];
  gint64 seen_us; /* 0: none */
} Tag;

struct _KithSrtpCheck {
  srtp_t session;
  Tag tags[N_TAGS];
  guint next;
  guint32 ssrcs[N_STREAMS]; /* that the session has, in network byte order */
  guint n_ssrcs;            /* noted, counted on in rounds once all places are taken */
};

static srtp_err_status_t
open_session (srtp_t *session, const guint8 *key)
{
  guint8 copy[KITH_SRTP_KEY_LEN];
  srtp_policy_t policy = { .ssrc = { .type = ssrc_any_inbound }, .key = copy, .window_size = 128 };

  memcpy (copy, key, sizeof copy);
  srtp_crypto_policy_set_rtp_default (&policy.rtp);
  srtp_crypto_policy_set_rtcp_default (&policy.rtcp);
  srtp_err_status_t status = srtp_create (session, &policy);
  explicit_bzero (copy, sizeof copy);
  return status;
}

KithSrtpCheck *
kith_srtp_check_new (const guint8 key[KITH_SRTP_KEY_LEN])
{
  srtp_t session = NULL;
  srtp_err_status_t status = open_session (&session, key);

  /* GStreamer's plugin uses the same library, and has started it unless it is not loaded yet. */
  if (status != srtp_err_status_ok && srtp_init () == srtp_err_status_ok) {
    status = open_session (&session, key);
  }
  if (status != srtp_err_status_ok) {
    kith_warning ("media",
                  "libsrtp refuses to check packets (%d): the audio counts as no sign of life",
                  (int)status);
    return NULL;
  }
  KithSrtpCheck *judge = g_new0 (KithSrtpCheck, 1);
  judge->session = session;
  return judge;
}

void
kith_srtp_check_free (KithSrtpCheck *judge)
{
  if (judge != NULL) {
    (void)srtp_dealloc (judge->session);
    g_free (judge);
  }
}

static gboolean
is_twin (const KithSrtpCheck *judge, const guint8 *tag, gint64 now)
{
  for (guint i = 0; i < N_TAGS; i++) {
    const Tag *known = &judge->tags[i];
    if (known->seen_us != 0 && now - known->seen_us < TWIN_US
        && memcmp (known->bytes, tag, TAG_LEN) == 0) {
      return TRUE;
    }
  }
  return FALSE;
}

/* The session keeps something for each SSRC that was authenticated: the oldest makes room, or a peer could fill the memory. */
static void
note_ssrc (KithSrtpCheck *judge, const guint8 *data, gboolean is_rtcp)
{
  guint32 ssrc;

  memcpy (&ssrc, data + (is_rtcp ? 4 : 8), sizeof ssrc);
  for (guint i = 0; i < MIN (judge->n_ssrcs, N_STREAMS); i++) {
    if (judge->ssrcs[i] == ssrc) {
      return;
    }
  }
  guint32 *slot = &judge->ssrcs[judge->n_ssrcs % N_STREAMS];
  if (judge->n_ssrcs >= N_STREAMS) {
    (void)srtp_remove_stream (judge->session, *slot);
  }
  *slot = ssrc;
  judge->n_ssrcs = judge->n_ssrcs < 2 * N_STREAMS - 1 ? judge->n_ssrcs + 1 : N_STREAMS;
}

gboolean
kith_srtp_check_is_peers (KithSrtpCheck *judge, const guint8 *data, gsize len, gboolean is_rtcp)
{
  /* The library works on words. */
  _Alignas(8) guint8 copy[KITH_RTP_MAX_PACKET + SRTP_MAX_TRAILER_LEN];
  int size = (int)len;
  gint64 now = kith_clock_thread_now ();

  if (len < TAG_LEN || len > KITH_RTP_MAX_PACKET) {
    return FALSE;
  }
  const guint8 *tag = data + len - TAG_LEN;
  memcpy (copy, data, len);
  srtp_err_status_t status = is_rtcp ? srtp_unprotect_rtcp (judge->session, copy, &size)
                                     : srtp_unprotect (judge->session, copy, &size);
  if (status == srtp_err_status_replay_fail) {
    return is_twin (judge, tag, now);
  }
  if (status != srtp_err_status_ok) {
    return FALSE;
  }
  note_ssrc (judge, data, is_rtcp);
  Tag *slot = &judge->tags[judge->next++ % N_TAGS];
  memcpy (slot->bytes, tag, TAG_LEN);
  slot->seen_us = now;
  return TRUE;
}
