/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One QUIC connection (RFC 9000) without any I/O of its own: datagrams in, datagrams out, one byte
   stream and small control messages. */
#pragma once

#include "base/clock.h"
#include "model/call/reason.h"
#include "quic/quic-identity.h"

G_BEGIN_DECLS

#define KITH_QUIC_MTU 1200
#define KITH_QUIC_CONTROL_MAX 64        /* bytes of a control message */
#define KITH_QUIC_NOTE_MAX 1024         /* bytes of a note */
#define KITH_QUIC_MAX_NOTES (64 * 1024) /* bytes of notes that may wait for acknowledgement */

/* A connection; main thread. Free it from the loop, never from inside one of its events. */
typedef struct _KithQuic KithQuic;

typedef struct {
  gboolean client;
  KithQuicCredentials *credentials; /* a reference is taken */
  gboolean expects_peer;            /* FALSE: anybody with a valid device certificate */
  KithPeerKey expected_identity;
  KithPeerKey expected_device;
  KithVerifyFunc verify;
  gpointer verify_data;
  KithClock *clock;
} KithQuicConfig;

/* All may come from inside kith_quic_input(), kith_quic_write(), kith_quic_end(),
   kith_quic_consume(), kith_quic_send_control() and from the deadlines. In them every other call on
   the connection is allowed, except kith_quic_free(). */
typedef struct {
  void (*transmit) (const guint8 *packet, gsize len, gpointer user_data);
  void (*up) (gpointer user_data); /* the handshake is done and the peer is who it should be */
  /* Bytes of the stream; each has to be handed back by kith_quic_consume(). @end: nothing more will
     come. */
  void (*data) (const guint8 *data, gsize len, gboolean end, gpointer user_data);
  void (*writable) (gpointer user_data); /* the peer acknowledged stream bytes */
  void (*heard) (gpointer user_data);    /* an authenticated sign of life of the peer */
  void (*control) (const guint8 *data, gsize len, gpointer user_data);
  /* A note of 1 to KITH_QUIC_NOTE_MAX bytes; NULL: notes are dropped. */
  void (*note) (const guint8 *data, gsize len, gpointer user_data);
  /* The end that did not come from kith_quic_close(): once, final. @text: valid during the call. */
  void (*down) (KithReason reason, const char *text, gpointer user_data);
} KithQuicEvents;

/* @events is kept, not copied. A server waits for the first packet. (transfer full) */
KithQuic *
kith_quic_new (const KithQuicConfig *config, const KithQuicEvents *events, gpointer user_data);
void kith_quic_free (KithQuic *quic);

/* Client: sends the first packet. Once. */
void kith_quic_start (KithQuic *quic);

/* A datagram from the peer; anything that is no valid packet of this connection is ignored. TRUE
   when it proved to come from the peer: it completed the handshake, or carried or acknowledged data
   under the connection's keys. */
gboolean kith_quic_input (KithQuic *quic, const guint8 *packet, gsize len);

/* Queues bytes on the stream (copied). The caller keeps the queue short by kith_quic_get_unacked().
   FALSE while it is not up or there is no stream yet (server, until the client's first byte came),
   and after kith_quic_end(). */
gboolean kith_quic_write (KithQuic *quic, const guint8 *data, gsize len);

/* Ends our side of the stream after what is queued. */
void kith_quic_end (KithQuic *quic);

/* TRUE when kith_quic_write() would take bytes. */
gboolean kith_quic_is_writable (KithQuic *quic);

/* Stream bytes that the peer has not acknowledged, sent or not. */
gsize kith_quic_get_unacked (KithQuic *quic);

/* Opens the flow-control window by @len bytes that were processed. */
void kith_quic_consume (KithQuic *quic, gsize len);

/* Sends an unreliable message that the peer acknowledges: that is heard. One waits at a time; a
   newer one replaces it. */
void kith_quic_send_control (KithQuic *quic, const guint8 *data, gsize len);

/* Sends a message that says nothing but is acknowledged, now, whatever the timers say: the path
   below has changed. */
void kith_quic_poke (KithQuic *quic);

/* Queues a note (copied): reliable, in order, beside the stream. FALSE when @len is out of bounds,
   while it is not up, when the peer takes no notes, or when KITH_QUIC_MAX_NOTES wait.
   (quic-notes.c) */
gboolean kith_quic_send_note (KithQuic *quic, const guint8 *data, gsize len);

/* TRUE while notes wait for the peer's acknowledgement. (quic-notes.c) */
gboolean kith_quic_owes_notes (KithQuic *quic);

/* The peer's device certificate; valid from "up" on. (transfer none) */
const KithDeviceCert *kith_quic_get_peer (KithQuic *quic);

/* RFC 8446 section 7.5. FALSE before "up". */
gboolean kith_quic_export_key (KithQuic *quic,
                               const char *label,
                               const guint8 *context,
                               gsize context_len,
                               guint8 *key,
                               gsize key_len);

/* Smoothed round trip in milliseconds; 0 before the first answer. */
guint kith_quic_get_rtt_ms (KithQuic *quic);

/* The shortest round trip on the present path, 0 before there is one: a host that was busy, or put
   an answer off, does not count in it. */
guint kith_quic_get_least_rtt_ms (KithQuic *quic);

/* Says goodbye with the number of @why (kith_reason_from_peer() at the other end); no event
   follows. FALSE when the peer cannot be told (no handshake begun, or down already). */
gboolean kith_quic_close (KithQuic *quic, KithReason why);

/* TRUE when a goodbye was sent, by kith_quic_close() or because of an error. */
gboolean kith_quic_said_goodbye (KithQuic *quic);

/* Transmits the last goodbye again, if there was one. */
void kith_quic_repeat_close (KithQuic *quic);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithQuic, kith_quic_free)

G_END_DECLS
