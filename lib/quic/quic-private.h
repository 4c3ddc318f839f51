/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a QUIC connection, shared by the files that drive ngtcp2. */
#pragma once

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "quic/quic-conn.h"
#include "quic/send-queue.h"

G_BEGIN_DECLS

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
  KithDeviceCert peer;
  const char *refusal; /* why the peer's certificate was refused */
  gboolean making;
  gboolean checked; /* the peer's certificate is good */
  gboolean up;
  gboolean dead;

  int64_t stream; /* -1: none */
  gboolean got_kind;
  gboolean stream_closed;
  KithSendQueue out;
  gboolean end_wanted;
  gboolean end_sent;
  GByteArray *in; /* what arrived in this packet */
  gboolean in_end;

  int64_t note_stream;    /* ours; -1: none yet */
  gboolean no_notes;      /* the peer takes none */
  gboolean notes_blocked; /* in this flush: by the peer's window */
  KithSendQueue notes_out;
  int64_t peer_note_stream; /* -1: none yet */
  GByteArray *notes_in;     /* kind and lengths included */
  gboolean got_note_kind;

  gboolean authentic; /* the packet that is being read is the peer's */

  guint8 control_out[KITH_QUIC_CONTROL_MAX];
  gsize control_out_len;
  guint8 control_in[KITH_QUIC_CONTROL_MAX];
  gsize control_in_len;
  gboolean tell_up;
  gboolean tell_end;
  gboolean tell_heard;
  gboolean tell_writable;

  guint8 goodbye[KITH_QUIC_MTU];
  gsize goodbye_len;
};

/* Now, in ngtcp2's nanoseconds. */
ngtcp2_tstamp kith_quic_now (const KithQuic *quic);

/* The made-up path of @quic. */
ngtcp2_path kith_quic_path (KithQuic *quic);

/* Makes TLS session and connection; @first: the client's first packet, on a server. FALSE: nothing came of it. (quic-setup.c) */
gboolean kith_quic_make (KithQuic *quic, const ngtcp2_pkt_hd *first);

/* Drops TLS session and connection. (quic-setup.c) */
void kith_quic_unmake (KithQuic *quic);

/* Opens our stream of notes if the peer allows. (quic-notes.c) */
gboolean kith_quic_open_notes (KithQuic *quic);

/* Hands complete notes to the owner. FALSE: the peer broke the rules, and the connection was ended. (quic-notes.c) */
gboolean kith_quic_deliver_notes (KithQuic *quic);

/* Ends the connection for an error code of ngtcp2, with a goodbye where that is due. (quic-end.c) */
void kith_quic_fail (KithQuic *quic, int code);

/* Ends the connection and tells the owner. (quic-end.c) */
void kith_quic_die (KithQuic *quic, KithReason reason, const char *text);

/* Writes all packets that may be written now and sets the timer. (quic-flush.c) */
void kith_quic_flush (KithQuic *quic);

G_END_DECLS
