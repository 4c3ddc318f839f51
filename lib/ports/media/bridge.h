/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The port to what joins two legs of a call: what one peer says the other one hears, without a
   microphone and a loudspeaker of this node. */
#pragma once

#include "model/call/tone.h"
#include "ports/media/media-maker.h"

G_BEGIN_DECLS

#define KITH_TYPE_BRIDGE (kith_bridge_get_type ())
KITH_API
G_DECLARE_INTERFACE (KithBridge, kith_bridge, KITH, BRIDGE, GObject)

/* What becomes of the packets of a leg. */
typedef enum {
  KITH_BRIDGE_APART,   /* it is joined with none: silence goes to the peer, what it says is lost */
  KITH_BRIDGE_RELAYED, /* they go on as they are, both ways: there is a codec in common */
  KITH_BRIDGE_TRANSCODED /* those of one direction at least are decoded, and encoded anew */
} KithBridgeManner;

/* KithBridgeInterface: main thread. */
struct _KithBridgeInterface {
  GTypeInterface parent_interface;
  KithMedia *(*create_leg) (KithBridge *self,
                            const KithMediaTransport *transport,
                            const char *id,
                            GError **error);
  void (*join) (KithBridge *self, KithMedia *one, KithMedia *other);
  KithBridgeManner (*get_manner) (KithBridge *self, KithMedia *leg);
  void (*play) (KithBridge *self, KithMedia *leg, KithTone tone);
  void (*press) (KithBridge *self, KithMedia *leg, char key);
};

/**
 * kith_bridge_create_leg:
 * A leg is a KithMedia with all of its life: offered, answered, listened to (early sound goes on to
 * the other leg, which has to be started for that), started, stopped. Nothing goes to a peer whose
 * leg is not started. It opens no device: set_muted() and set_flow() do nothing. Key presses come
 * as "tone", and go on as packets where both peers know them (RFC 4733). Which codecs two legs have
 * in common is the caller's to see to: kith_offer_prefer().
 * Returns: (transfer full): NULL and KITH_ERROR_MEDIA, as kith_media_maker_create().
 */
KITH_API KithMedia *kith_bridge_create_leg (KithBridge *self,
                                            const KithMediaTransport *transport,
                                            const char *id,
                                            GError **error);

/* From now on @one and @other, legs of this bridge in any stage, hear each other, and nobody else:
   who was joined with one of them before is apart. @other NULL: so is @one. Their streams go on:
   SSRC, numbers and time do not jump. A leg that is stopped or gone leaves the other one apart. */
KITH_API void kith_bridge_join (KithBridge *self, KithMedia *one, KithMedia *other);

/* By what is agreed at this moment. */
KITH_API KithBridgeManner kith_bridge_get_manner (KithBridge *self, KithMedia *leg);

/* The peer of @leg, once that is started, hears @tone in place of whom it is joined with; NONE: not
   any more. */
KITH_API void kith_bridge_play (KithBridge *self, KithMedia *leg, KithTone tone);

/* The peer of @leg is told of a key: by packets (RFC 4733) if it knows these, else by the two tones
   that the key has; after those that it is still being told of. */
KITH_API void kith_bridge_press (KithBridge *self, KithMedia *leg, char key);

G_END_DECLS
