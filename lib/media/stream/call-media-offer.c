/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a call's audio offers, and what it takes of the peer's description. */
#include <string.h>

#include "base/error.h"
#include "media/codec/media-terms.h"
#include "media/stream/call-media-private.h"

static KithMediaEnd
end_of (KithCallMedia *self)
{
  gboolean is_link = kith_call_media_is_link (self);
  KithMediaEnd end = { .host = is_link ? NULL : self->transport.local_host,
                       .has_keys = self->transport.has_keys,
                       .has_red = is_link,
                       .frame_ms = self->parts.frame_ms,
                       .ssrc = self->own_ssrc };

  if (self->sockets != NULL) {
    end.port = kith_media_sockets_get_port (self->sockets);
  }
  return end;
}

KithOffer *
kith_call_media_describe (KithCallMedia *self)
{
  KithMediaEnd end = end_of (self);

  return kith_media_end_describe (&end);
}

gboolean
kith_call_media_check_remote (KithCallMedia *self,
                              const KithStream *remote,
                              gboolean we_offered,
                              GError **error)
{
  KithMediaEnd end = end_of (self);

  if (self->stage == KITH_CALL_MEDIA_STOPPED) {
    return kith_call_media_refuse (error, KITH_ERROR_WRONG_STATE, "the call's audio has ended");
  }
  return kith_media_end_check (&end, remote, we_offered, error);
}

/* Fills what the peer decides: codec, payload types, frame. FALSE when nothing is in common. */
gboolean
kith_call_media_choose_codec (KithCallMedia *self,
                              const KithStream *remote,
                              gboolean we_offered,
                              KithGraphConfig *config)
{
  KithMediaEnd end = end_of (self);
  const KithStream *local
      = we_offered && self->local != NULL ? kith_offer_audio (self->local) : NULL;
  KithMediaTerms terms;

  if (!kith_media_end_agree (&end, remote, local, &terms)) {
    return FALSE;
  }
  config->codec = terms.codec;
  config->send_pt = terms.send_pt;
  config->red_pt = terms.red_pt;
  config->frame_ms = terms.frame_ms;
  memcpy (config->pt_map, terms.pt_map, sizeof config->pt_map);
  return TRUE;
}
