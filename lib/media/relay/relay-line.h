/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The packets of one leg, on whatever threads bring them: to the peer of the leg that it is joined
   with, as they are or transcoded; and RTCP, which ends at each leg. */
#pragma once

#include "base/mailbox.h"
#include "media/codec/media-terms.h"
#include "media/rtp/media-sockets.h"
#include "ports/media/bridge.h"

G_BEGIN_DECLS

/**
 * KithRelayLine:
 * Counted. One lock guards all lines: it is held while a packet passes, some 10 µs, and while one
 * is encoded, and nobody waits for it but the main thread, since there is one thread that reads
 * media (decision 10). Under it the sockets and the link are told to send; whoever holds it waits
 * for no gate. What the main thread sets holds for every packet after that.
 */
typedef struct _KithRelayLine KithRelayLine;

/* What a line tells, in its mailbox: g_new(), the receiver frees it. */
typedef struct {
  char digit; /* a key press; 0: the first packet of the peer */
} KithRelayNews;

/* Packets leave by @send, or, where that is NULL, by the sockets that are set later. @ssrc: of all
   that is sent. Main thread, as are all but the next two and those that bring packets. (transfer
   full) */
KithRelayLine *kith_relay_line_new (KithMediaSendFunc send, gpointer send_data, guint32 ssrc);

/* Any thread. */
KithRelayLine *kith_relay_line_ref (KithRelayLine *line);
void kith_relay_line_unref (KithRelayLine *line);

/* Nothing comes and nothing goes any more: neither its way out nor box and sockets are used after
   this returns. */
void kith_relay_line_close (KithRelayLine *line);

/* Where it tells its news (not owned); NULL: nowhere. */
void kith_relay_line_set_box (KithRelayLine *line, KithMailbox *box);
void kith_relay_line_set_sockets (KithRelayLine *line, KithMediaSockets *sockets);

/* SRTP from now on. What was begun under the same keys goes on. FALSE: the library refused. */
gboolean
kith_relay_line_set_keys (KithRelayLine *line, const guint8 *local_key, const guint8 *remote_key);

/* What was agreed with the peer that describes itself as @remote, and the SSRC that is known to be
   its own (0: none). */
void kith_relay_line_set_terms (KithRelayLine *line,
                                const KithMediaTerms *terms,
                                const KithStream *remote,
                                guint32 announced_ssrc);

/* @hears: what the peer sends counts; @speaks: ours leave, and with @sounds also RTP. */
void
kith_relay_line_set_flow (KithRelayLine *line, gboolean hears, gboolean speaks, gboolean sounds);

/* News of the first packet come once more, with the next one. */
void kith_relay_line_flow_again (KithRelayLine *line);

/* kith_bridge_join(). @other: or NULL. */
void kith_relay_line_join (KithRelayLine *line, KithRelayLine *other);
KithBridgeManner kith_relay_line_get_manner (KithRelayLine *line);

/* kith_bridge_play(), kith_bridge_press(). */
void kith_relay_line_play (KithRelayLine *line, KithTone tone);
void kith_relay_line_press (KithRelayLine *line, char key);

/* All that packets tell; times and levels are left as they are, but for that of the first packet
   sent. */
void kith_relay_line_get_stats (KithRelayLine *line, KithMediaStats *stats);

/* A packet that a link brought: kith_media_receive(). Any thread. */
gboolean kith_relay_line_receive (KithRelayLine *line, const guint8 *data, gsize len);

/* One that the line's sockets brought (KithMediaSocketsFunc). Media thread. */
void
kith_relay_line_on_socket (KithMediaSockets *sockets, const guint8 *data, gsize len, gpointer line);

G_END_DECLS
