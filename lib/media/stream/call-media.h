/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio of one call: the concrete KithMedia. */
#pragma once

#include "media/devices/loudspeaker.h"
#include "media/devices/microphone.h"
#include "media/rtp/ssrc-book.h"
#include "ports/media/media-maker.h"

G_BEGIN_DECLS

#define KITH_TYPE_CALL_MEDIA (kith_call_media_get_type ())
G_DECLARE_FINAL_TYPE (KithCallMedia, kith_call_media, KITH, CALL_MEDIA, GObject)

/* What a call borrows from the engine. */
typedef struct {
  GObject *owner; /* kept alive as long as the call needs the others, which are of all calls */
  KithMicrophone *microphone;
  KithLoudspeaker *loudspeaker;
  KithSsrcBook *ssrcs;
  guint buffer_ms;
  guint frame_ms;
  guint dscp; /* of packets, 0: none */
} KithCallMediaParts;

/* Opens nothing. KITH_ERROR_MEDIA when the transport is neither link nor sockets. (transfer
   full) */
KithMedia *kith_call_media_new (const KithCallMediaParts *parts,
                                const KithMediaTransport *transport,
                                const char *id,
                                GError **error);

G_END_DECLS
