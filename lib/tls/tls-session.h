/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A TLS session as a filter of bytes: records in, plain text out, and back. It has no socket. */
#pragma once

#include "tls/tls-trust.h"

G_BEGIN_DECLS

#define KITH_TLS_IN_MAX 131072    /* bytes of records that are not read yet */
#define KITH_TLS_EARLY_MAX 131072 /* bytes of plain text that wait for the end of the handshake */

typedef struct _KithTlsSession KithTlsSession;

typedef enum {
  KITH_TLS_SHAKING, /* hands are shaken */
  KITH_TLS_OPEN,
  KITH_TLS_CLOSED, /* the peer said that nothing more comes */
  KITH_TLS_FAILED, /* it is of no use any more */
} KithTlsState;

/* TLS 1.2 and 1.3. @trust decides the side (a reference is taken); @domain: a client's: whom the
   peer's certificate must name, and what it is asked for (SNI); NULL of a server. A client has
   something to send at once. (transfer full), or NULL with @error. */
KithTlsSession *kith_tls_session_new (KithTlsTrust *trust, const char *domain, GError **error);
void kith_tls_session_free (KithTlsSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithTlsSession, kith_tls_session_free)

KithTlsState kith_tls_session_get_state (KithTlsSession *session);

/* Records came from the peer. Returns the state after them; there may be something to read, and to
   send (an alert, too). */
KithTlsState kith_tls_session_feed (KithTlsSession *session, const guint8 *bytes, gsize len);

/* Takes plain text of the peer. Returns its length, 0: no more for now; look at the state then. */
gsize kith_tls_session_read (KithTlsSession *session, guint8 *out, gsize room);

/* Plain text for the peer; it waits while hands are shaken. FALSE: too much waits, or the session
   has failed. */
gboolean kith_tls_session_write (KithTlsSession *session, const char *text, gsize len);

/* Nothing more will be written: says so. */
void kith_tls_session_end (KithTlsSession *session);

/* The bytes that are to be sent, until kith_tls_session_sent(). (transfer none) */
const guint8 *kith_tls_session_peek (KithTlsSession *session, gsize *len);
void kith_tls_session_sent (KithTlsSession *session);

/* Bytes of plain text that wait for the end of the handshake. */
gsize kith_tls_session_waiting (KithTlsSession *session);

/* Why it failed: "its certificate has expired"; NULL: it has not. (transfer none) */
const char *kith_tls_session_why (KithTlsSession *session);

/* "TLS 1.3"; NULL while hands are shaken. Static. */
const char *kith_tls_session_version (KithTlsSession *session);

G_END_DECLS
