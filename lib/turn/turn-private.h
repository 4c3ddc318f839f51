/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a TURN client, shared by the files that make it up. */
#pragma once

#include <gio/gio.h>

#include "turn/turn-client.h"
#include "turn/turn-message.h"
#include "turn/turn-stream.h"

G_BEGIN_DECLS

/* between two questions whether the server lives, and, by UDP, knows us still */
#define KITH_TURN_ALIVE_MS 20000
#define KITH_TURN_LIFETIME_S 600 /* asked for */
#define KITH_TURN_MAX_TRANSACTIONS 16

typedef struct {
  KithStunMethod method; /* 0: free */
  guint8 id[KITH_STUN_ID_LEN];
  KithEndpoint peer;  /* CREATE_PERMISSION */
  guint32 lifetime_s; /* ALLOCATE, REFRESH */
  guint sends;
  gint64 due_us; /* send again or give up */
} KithTurnTransaction;

typedef struct {
  KithEndpoint peer; /* family 0: free; the port does not count */
  gint64 used_us;
  gint64 asked_us;
} KithTurnPermission;

struct _KithTurnClient {
  KithTurnServer *server;
  const KithTurnClientEvents *events;
  gpointer user_data;
  KithTurnStream *stream; /* TCP, TLS */
  GByteArray *in;         /* of the stream: what is no whole message yet */
  GCancellable *resolving;
  GSocket *udp;
  GSource *udp_source;
  KithEndpoint address; /* of the server */
  KithTurnTransaction transactions[KITH_TURN_MAX_TRANSACTIONS];
  KithTurnPermission permissions[KITH_TURN_MAX_PEERS];
  KithTimer timer;
  gint64 refresh_us, alive_us, give_up_us;
  KithStunBytes realm, nonce, algorithms; /* of our own; NULL: not challenged yet */
  KithTurnKey key;
  guint n_challenges;
  gboolean ready, failed;
  gboolean was_sent_on;   /* by a server, to another one */
  KithEndpoint alternate; /* … that is to be asked by the loop; family 0: none */
  gchar *alternate_name;  /* … what its certificate says; NULL: the same */
  gboolean *freed;
};

/* TRUE when the server is spoken to by UDP. (turn-client.c) */
gboolean kith_turn_is_datagram (KithTurnClient *client);

/* The last event; the client may be gone after it. (turn-client.c) */
void kith_turn_client_fail (KithTurnClient *client, const char *why);

/* Makes a request; NULL when many are under way. (turn-client.c) */
KithTurnTransaction *kith_turn_client_begin (KithTurnClient *client,
                                             KithStunMethod method,
                                             const KithEndpoint *peer,
                                             guint32 lifetime_s);

/* Builds the request anew, with today's nonce, and sends it. (turn-client.c) */
gboolean kith_turn_client_send_transaction (KithTurnClient *client,
                                            KithTurnTransaction *transaction);

/* Sends again what is due, and sets the timer to what comes next. The client may be gone after it.
   (turn-client.c) */
void kith_turn_client_run_timer (KithTurnClient *client);

/* Frees what a client keeps of a challenge; there is none then. (turn-client.c) */
void kith_turn_client_forget (KithStunBytes *bytes);

/* The id of a new request. FALSE when the system has no randomness. (turn-client.c) */
gboolean kith_turn_client_make_id (guint8 id[KITH_STUN_ID_LEN]);

/* Something came from the server, one message. The client may be gone after it. (turn-answers.c) */
void kith_turn_client_answer (KithTurnClient *client, const guint8 *data, gsize len);

/* Connects to client->server, or resolves its name; when that is done the first request is made.
   (turn-transport.c) */
void kith_turn_transport_open (KithTurnClient *client);

/* Ends connection, socket and timer. (turn-transport.c) */
void kith_turn_transport_close (KithTurnClient *client);

/* FALSE: dropped. (turn-transport.c) */
gboolean kith_turn_transport_send (KithTurnClient *client, const guint8 *data, gsize len);

G_END_DECLS
