/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Client transactions (RFC 3261 section 17.1, RFC 6026): requests of the user agent that the
   network answers. */
#pragma once

#include "base/clock.h"
#include "edge/worker/network.h"
#include "edge/worker/traffic/branch.h"

G_BEGIN_DECLS

typedef struct _KithClients KithClients;

typedef struct {
  /* Sends to the network. Returns an errno; gives @way the number of its connection. */
  int (*send) (gpointer data, KithWay *way, const char *text, gsize len);
  /* Our address and port towards @way. FALSE: there is no way. */
  gboolean (*own_address) (gpointer data, const KithWay *way, KithEndpoint *own);
  /* A response that nobody sent, for the user agent. */
  void (*made) (gpointer data, const char *text, gsize len);
  /* A call began or ended on the connection of @way: INVITE, and its final response. */
  void (*call) (gpointer data, const KithWay *way, gboolean begins, guint status);
  gpointer data;
} KithClientsFuncs;

KithClients *kith_clients_new (KithClock *clock, const guint8 *key, const KithClientsFuncs *funcs);
void kith_clients_free (KithClients *clients);

/* What is written anew of a request: nothing, when all zero. */
typedef struct {
  KithSipPiece uri;  /* a new Request-URI; empty: as it is */
  const char *route; /* (nullable): a Route on top */
} KithClientsTarget;

/* Sends the user agent's request @lines to @way, and again until it is answered. */
void kith_clients_send (KithClients *clients,
                        const KithSipLines *lines,
                        const KithWay *way,
                        const KithClientsTarget *target);

/* The user agent's request @lines cannot be sent anywhere: it gets @status. */
void kith_clients_refuse (KithClients *clients, const KithSipLines *lines, guint status);

typedef enum {
  KITH_CLIENTS_FORWARD,  /* give it to the user agent, with the branch that it knows */
  KITH_CLIENTS_ABSORBED, /* a repetition */
} KithClientsVerdict;

/* The response @lines came, which has the mark @mark of ours. */
KithClientsVerdict
kith_clients_take (KithClients *clients, const KithSipLines *lines, const gchar *mark);

/* Datagrams to this address are refused there; the connection @stream is gone, and what waits on it
   gets @status. */
void kith_clients_refused (KithClients *clients, const KithEndpoint *peer);
void kith_clients_lost (KithClients *clients, guint32 stream, guint status);

/* TRUE while a request waits for its answer. */
gboolean kith_clients_wait (KithClients *clients);
/* How often a request was sent again. */
guint64 kith_clients_repeated (KithClients *clients);

G_END_DECLS
