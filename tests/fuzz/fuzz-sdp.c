/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Session descriptions of anybody: checked, parsed, answered and printed, and what we print passes
   our own check. */
#include <glib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "model/sdp/offer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

#define MUST(what)                                                                                 \
  do {                                                                                             \
    if (!(what)) {                                                                                 \
      abort ();                                                                                    \
    }                                                                                              \
  } while (0)

static KithOffer *
make_local (KithProfile profile)
{
  KithOffer *local = kith_offer_new ();

  kith_offer_audio (local)->host = g_strdup ("192.0.2.1");
  kith_offer_audio (local)->port = 4000;
  kith_offer_audio (local)->profile = profile;
  for (guint i = 0; i < KITH_N_CODECS; i++) {
    const KithCodec *codec = kith_codec_get ((KithCodecId)i);
    kith_offer_audio (local)->codecs[kith_offer_audio (local)->n_codecs++]
        = (KithOfferedCodec){ codec->id, (guint8)codec->default_pt };
  }
  return local;
}

static void
answer (const KithOffer *offer)
{
  KithProfile profile = kith_offer_audio (offer)->profile == KITH_PROFILE_RTP_AVPF
                            ? KITH_PROFILE_RTP_AVP
                            : kith_offer_audio (offer)->profile;
  g_autoptr (KithOffer) local = make_local (profile);
  g_autoptr (KithOffer) ours = kith_offer_answer (offer, local, NULL);

  if (ours == NULL) {
    return;
  }
  g_autofree gchar *text = kith_sdp_print (ours);
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) again
      = kith_sdp_parse (text,
                        strlen (text),
                        profile == KITH_PROFILE_RTP_AVP ? KITH_SDP_PLAIN : KITH_SDP_LINK,
                        &error);
  MUST (again != NULL);
  MUST (again->n_media == offer->n_media
        && kith_offer_audio (again)->n_codecs == kith_offer_audio (ours)->n_codecs
        && kith_offer_audio (again)->direction == kith_offer_audio (ours)->direction);
}

static void
try_use (const char *text, size_t size, gboolean good, KithSdpUse use)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (KithOffer) offer = kith_sdp_parse (text, size, use, &error);

  MUST (offer == NULL || good);
  MUST (offer != NULL || (error != NULL && g_utf8_validate (error->message, -1, NULL)));
  if (offer == NULL) {
    return;
  }
  MUST (kith_offer_audio (offer)->n_codecs > 0
        && kith_offer_audio (offer)->n_codecs <= KITH_OFFER_MAX_CODECS
        && kith_offer_audio (offer)->media_index < offer->n_media);
  MUST (offer->n_media <= KITH_SDP_MAX_MEDIA && kith_offer_audio (offer)->ptime >= 1
        && kith_offer_audio (offer)->ptime <= 500);
  g_autoptr (KithOffer) copy = kith_offer_copy (offer);
  g_autofree gchar *printed = kith_sdp_print (copy);
  MUST (kith_sdp_check (printed, strlen (printed), NULL));
  answer (offer);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const char *text = size > 0 ? (const char *)data : "";
  gboolean good = kith_sdp_check (text, size, NULL);

  try_use (text, size, good, KITH_SDP_PLAIN);
  try_use (text, size, good, KITH_SDP_LINK);
  return 0;
}
