/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a QUIC connection, shared by the files that drive ngtcp2. */
#pragma once

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "model/net/quic-states.h"
#include "quic/quic-conn.h"
#include "quic/send-queue.h"

G_BEGIN_DECLS

/* The one stream of both directions. */
typedef struct {
  int64_t id; /* -1: none */
  KithQuicOut out_state;
  KithSendQueue out;
  KithQuicIn in_state;
  GByteArray *in; /* what arrived in this packet */
  /* bytes that were handed on before; on a server the first one is the stream's kind */
  guint64 taken;
} KithQuicStream;

/* Notes: one stream for each direction. */
typedef struct {
  int64_t id; /* ours; -1: none yet */
  KithQuicNotes state;
  KithSendQueue out;
  int64_t peer_id; /* -1: none yet */
  GByteArray *in;  /* kind and lengths included */
  guint64 taken;   /* bytes that were handed on before */
} KithQuicNoteStreams;

/* Unreliable messages: the one that is to be sent, and the last that came. */
typedef struct {
  guint8 out[KITH_QUIC_CONTROL_MAX];
  gsize out_len;
  guint8 in[KITH_QUIC_CONTROL_MAX];
  gsize in_len;
} KithQuicControl;

struct _KithQuic {
  ngtcp2_crypto_conn_ref ref;
  KithQuicConfig config;
  const KithQuicEvents *events;
  gpointer user_data;
  ngtcp2_conn *conn;
  gnutls_session_t tls;
  struct sockaddr_in local; /* a made-up pair: ICE owns the real path */
  struct sockaddr_in remote;
  KithTimer timer;
  KithQuicState state; /* by kith_quic_change() alone */
  KithDeviceCert peer;
  const char *refusal; /* why the peer's certificate was refused */
  KithQuicStream stream;
  KithQuicNoteStreams notes;
  KithQuicControl control;
  gboolean authentic;     /* the packet that is being read is the peer's */
  gboolean tell_heard;    /* to the owner, when the library has done its work */
  gboolean tell_writable; /* the same */
  guint8 goodbye[KITH_QUIC_MTU];
  gsize goodbye_len;
};

/* The one door to another state: says in the log what moved it. FALSE, and nothing changes, when
   @event means nothing now. (quic-conn.c) */
gboolean kith_quic_change (KithQuic *quic, KithQuicEvent event);

/* TRUE once nothing will come of it any more. (quic-conn.c) */
gboolean kith_quic_is_over (const KithQuic *quic);

/* Now, in ngtcp2's nanoseconds. */
ngtcp2_tstamp kith_quic_now (const KithQuic *quic);

/* The made-up path of @quic. */
ngtcp2_path kith_quic_path (KithQuic *quic);

/* Makes TLS session and connection; @first: the client's first packet, on a server. FALSE: nothing
   came of it. (quic-setup.c) */
gboolean kith_quic_make (KithQuic *quic, const ngtcp2_pkt_hd *first);

/* Drops TLS session and connection. (quic-setup.c) */
void kith_quic_unmake (KithQuic *quic);

/* Opens our stream of notes if the peer allows. (quic-notes.c) */
gboolean kith_quic_open_notes (KithQuic *quic);

/* Hands complete notes to the owner. FALSE: the peer broke the rules, and the connection was ended.
   (quic-notes.c) */
gboolean kith_quic_deliver_notes (KithQuic *quic);

/* Ends the connection for an error code of ngtcp2, with a goodbye where that is due.
   (quic-end.c) */
void kith_quic_fail (KithQuic *quic, int code);

/* Ends the connection and tells the owner. (quic-end.c) */
void kith_quic_die (KithQuic *quic, KithReason reason, const char *text);

/* Writes all packets that may be written now and sets the timer. (quic-flush.c) */
void kith_quic_flush (KithQuic *quic);

G_END_DECLS
