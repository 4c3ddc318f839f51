/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Server transactions (RFC 3261 section 17.2, RFC 6026): requests of the network that the user
   agent answers. */
#pragma once

#include "base/clock.h"
#include "edge/worker/network.h"
#include "edge/worker/traffic/branch.h"

G_BEGIN_DECLS

typedef struct _KithServers KithServers;

typedef enum {
  KITH_SERVERS_NEW,      /* a transaction was made: hand the request on */
  KITH_SERVERS_PASS,     /* an ACK for the user agent */
  KITH_SERVERS_ABSORBED, /* a repetition; what there is to answer was answered */
  KITH_SERVERS_FULL,     /* there is no room */
} KithServersVerdict;

/* How a transaction sends; text and length. */
typedef void (*KithServersSend) (gpointer data, const KithWay *way, const char *text, gsize len);
/* A call began or ended on the connection of @way: INVITE, and its final response. */
typedef void (*KithServersCall) (gpointer data, const KithWay *way, gboolean begins, guint status);

typedef struct {
  KithServersSend send;
  KithServersCall call;
  gpointer data;
} KithServersFuncs;

KithServers *kith_servers_new (KithClock *clock, const guint8 *key, const KithServersFuncs *funcs);
void kith_servers_free (KithServers *servers);

/* TRUE if the request @lines, whose mark is @mark, belongs to a transaction that came from @way's
   host. Takes nothing. */
gboolean kith_servers_knows (KithServers *servers,
                             const KithSipLines *lines,
                             const gchar *mark,
                             const KithWay *way);

/**
 * kith_servers_take:
 * @mark: of kith_branch_of_request()
 * @way: where it came from; answers go there
 * @bytes: how long it was
 * @proved: whoever sent it had our messages before
 * A request came.
 */
KithServersVerdict kith_servers_take (KithServers *servers,
                                      const KithSipLines *lines,
                                      const gchar *mark,
                                      const KithWay *way,
                                      gsize bytes,
                                      gboolean proved);

/* What kith_servers_take() has just made is not wanted: nobody could be given the request. */
void kith_servers_drop (KithServers *servers, const KithSipLines *lines, const gchar *mark);

/**
 * kith_servers_answer:
 * @method: of the request
 * @status, @text: of a response as it is to be sent
 * FALSE: there is no transaction with this mark.
 */
gboolean kith_servers_answer (KithServers *servers,
                              KithSipPiece method,
                              const gchar *mark,
                              guint status,
                              const GString *text);

/* The request with this mark is answered by the edge itself: its ACK and CANCEL are not the user
   agent's. */
void kith_servers_keep (KithServers *servers, const gchar *mark, KithSipPiece method);
gboolean kith_servers_is_kept (KithServers *servers, const gchar *mark);

/* TRUE if somebody waits for an answer on the connection @stream. */
gboolean kith_servers_owe (KithServers *servers, guint32 stream);

/* The connection is gone: what would be answered there is forgotten. */
void kith_servers_lost (KithServers *servers, guint32 stream);

/* How often an answer was repeated. */
guint64 kith_servers_repeated (KithServers *servers);

G_END_DECLS
