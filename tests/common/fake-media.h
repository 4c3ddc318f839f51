/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A spy in the place of the audio: it notes every packet it would send, and in which state it
   was. */
#pragma once

#include "ports/media/bridge.h"

G_BEGIN_DECLS

#define KITH_TYPE_FAKE_MEDIA (kith_fake_media_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeMedia, kith_fake_media, KITH, FAKE_MEDIA, GObject)
#define KITH_TYPE_FAKE_MEDIA_MAKER (kith_fake_media_maker_get_type ())
G_DECLARE_FINAL_TYPE (KithFakeMediaMaker, kith_fake_media_maker, KITH, FAKE_MEDIA_MAKER, GObject)

typedef enum {
  KITH_FAKE_MEDIA_MADE,
  KITH_FAKE_MEDIA_PREPARED,
  KITH_FAKE_MEDIA_LISTENING,
  KITH_FAKE_MEDIA_STARTED,
  KITH_FAKE_MEDIA_STOPPED
} KithFakeMediaState;

/* One packet that went out. */
typedef struct {
  KithFakeMediaState state; /* anything but STARTED is a breach of consent */
  gboolean has_keys;
  gboolean muted;
  gboolean taken; /* what the transport said */
} KithFakePacket;

/* It is a KithBridge as well: its legs are such media, too. */
KithMediaMaker *kith_fake_media_maker_new (void);

/* TRUE: the first packet that is received after start() emits "flowing", as the real thing does.
   Default FALSE. */
void kith_fake_media_maker_set_auto_flow (KithFakeMediaMaker *maker, gboolean auto_flow);

/* The next create() (or, with @at_start, the next start() of any media) fails with
   KITH_ERROR_MEDIA. */
void kith_fake_media_maker_fail_next (KithFakeMediaMaker *maker, gboolean at_start);

/* The next set_remote() of any media says "failed" from within, and fails. */
void kith_fake_media_maker_fail_next_remote (KithFakeMediaMaker *maker);

/* From now on a call finds no microphone, no loudspeaker, or both again. */
void kith_fake_media_maker_set_devices (KithFakeMediaMaker *maker,
                                        gboolean microphone,
                                        gboolean loudspeaker);

/* What it says of the priority of sound from now on. Default: unknown. */
void kith_fake_media_maker_set_priority (KithFakeMediaMaker *maker, KithPriority priority);

/* TRUE when the media was made without a microphone. */
gboolean kith_fake_media_is_listen_only (KithFakeMedia *media);

/* The youngest media that was made, or NULL (transfer none: it may be gone unless somebody holds
   it); how many were made, and live now. */
KithFakeMedia *kith_fake_media_maker_get_last (KithFakeMediaMaker *maker);
guint kith_fake_media_maker_count_made (KithFakeMediaMaker *maker);
guint kith_fake_media_maker_count_live (KithFakeMediaMaker *maker);

KithFakeMediaState kith_fake_media_get_state (KithFakeMedia *media);

/* TRUE if it was ever started, also when it has been stopped since. */
gboolean kith_fake_media_was_started (KithFakeMedia *media);
const char *kith_fake_media_get_id (KithFakeMedia *media);
gboolean kith_fake_media_is_muted (KithFakeMedia *media);

/* It was set up anew: it has the SSRC that is returned, and says "redescribed". */
guint32 kith_fake_media_renew (KithFakeMedia *media);

/* What set_flow() said last: whether it has the microphone, the loudspeaker. */
gboolean kith_fake_media_sends (KithFakeMedia *media);
gboolean kith_fake_media_plays (KithFakeMedia *media);

/* The keys in use, or NULL. */
const guint8 *kith_fake_media_get_local_key (KithFakeMedia *media);
const guint8 *kith_fake_media_get_remote_key (KithFakeMedia *media);

/* The microphone gives 20 ms: a packet goes out if the gate is open (started, and the direction
   lets us send). */
void kith_fake_media_tick (KithFakeMedia *media);

/* Of KithFakePacket, in order (transfer none). */
GArray *kith_fake_media_get_packets (KithFakeMedia *media);

/* Packets that came in while started or listening, and while not (these are dropped). */
guint kith_fake_media_get_received (KithFakeMedia *media);
guint kith_fake_media_get_dropped (KithFakeMedia *media);

/* What the real thing would notice by itself. "flowing" and "failed" come once at most, "flowing"
   only after start(). */
void kith_fake_media_flow (KithFakeMedia *media);
void kith_fake_media_fail (KithFakeMedia *media, const char *why);
void kith_fake_media_tone (KithFakeMedia *media, const char *digit);

/* Where it was told that the signalling comes from, and what the peer's last description was; or
   NULL (transfer none). */
const char *kith_fake_media_get_origin (KithFakeMedia *media);
const KithOffer *kith_fake_media_get_remote (KithFakeMedia *media);

/* One more report (RTCP) of the peer came. */
void kith_fake_media_add_report (KithFakeMedia *media);

/* The round trip that its statistics tell. */
void kith_fake_media_set_rtt (KithFakeMedia *media, guint rtt_us);

/* TRUE when it was made by kith_bridge_create_leg(); and the leg that it is joined with, or NULL
   (transfer none). */
gboolean kith_fake_media_is_leg (KithFakeMedia *media);
KithFakeMedia *kith_fake_media_get_joined (KithFakeMedia *media);

/* The keys of kith_bridge_press(), in order. */
const char *kith_fake_media_get_keys (KithFakeMedia *media);

/* What kith_bridge_play() said last. */
KithTone kith_fake_media_get_tone (KithFakeMedia *media);

G_END_DECLS
