/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request that goes to several places (RFC 3261 section 16): its branches, group after group,
   and what is handed back of their responses. */
#pragma once

#include "edge/worker/proxy/proxy-branch.h"
#include "edge/worker/proxy/proxy-mark.h"
#include "model/phone/flow-token.h"

G_BEGIN_DECLS

#define KITH_PROXY_TARGETS 10 /* of one request */

/* One place. */
typedef struct {
  KithWay way;
  gchar *uri;      /* the Request-URI there */
  gchar *route;    /* (nullable): a Route on top */
  guint16 q;       /* thousandths: those with the same are asked at once, the highest first */
  guint32 binding; /* its id */
} KithProxyTarget;

typedef struct {
  guint n;
  KithProxyTarget list[KITH_PROXY_TARGETS];
} KithProxyTargets;

/* Frees what the targets have. */
void kith_proxy_targets_clear (KithProxyTargets *targets);

/* Appends one. FALSE: there are too many. */
gboolean kith_proxy_targets_add (KithProxyTargets *targets, const KithProxyTarget *target);

typedef struct _KithProxyFork KithProxyFork;

/* What a fork asks of whoever has it. */
typedef struct {
  /* Sends to the network. Returns an errno; gives @way the number of its connection. */
  int (*send) (gpointer data, KithWay *way, const char *text, gsize len);
  /* Our address and port towards @way. FALSE: there is no way. */
  gboolean (*own_address) (gpointer data, const KithWay *way, KithEndpoint *own);
  /* A response for who asked: @response came from @way, @lines (nullable) are to be added. */
  void (*pass) (gpointer data,
                KithProxyFork *fork,
                const KithSipLines *response,
                const KithWay *way,
                const char *lines);
  /* The same of nobody's: @request, which had none, gets @status. */
  void (*made) (gpointer data, KithProxyFork *fork, const KithSipLines *request, guint status);
  /* Nothing of it is under way any more; it may be freed from here. */
  void (*over) (gpointer data, KithProxyFork *fork);
  gpointer data;
} KithProxyForkFuncs;

/**
 * KithProxyOrder:
 * @key: of the edge
 * @mark: FORK or UA, with its mark; the index is the fork's to write
 * @caller: where it came from, for Record-Route
 * @record: requests of its dialog are to come here
 * @pop_routes: so many elements of its Route were for us
 * @breadth: branches that it may have at once
 * @stream: the connection that it came by, 0: none
 * @received, @rport: (nullable): what its topmost Via gets (RFC 3581)
 */
typedef struct {
  const guint8 *key;
  KithProxyMark mark;
  KithFlowEnd caller;
  gboolean record;
  guint pop_routes;
  guint breadth;
  guint32 stream;
  const char *received;
  guint16 rport;
} KithProxyOrder;

/* @request: INVITE or another that is no ACK and no CANCEL. @targets: (transfer full): at least
   one. Nothing is sent yet. */
KithProxyFork *kith_proxy_fork_new (KithClock *clock,
                                    const KithProxyForkFuncs *funcs,
                                    const KithProxyOrder *order,
                                    const KithSipLines *request,
                                    KithProxyTargets *targets);
void kith_proxy_fork_free (KithProxyFork *fork);

/* Asks the first group. What that brings may end the fork within this call. */
void kith_proxy_fork_start (KithProxyFork *fork);

/* A response to the branch @index came from @way. */
void kith_proxy_fork_take (KithProxyFork *fork,
                           guint index,
                           const KithSipLines *response,
                           const KithWay *way);

/* Whoever asked gives up. @lines: (nullable): of each CANCEL: his Reason. */
void kith_proxy_fork_cancel (KithProxyFork *fork, const char *lines);

/* The connection is gone: of a branch, or of who asked. */
void kith_proxy_fork_lost (KithProxyFork *fork, guint32 stream);
/* Datagrams to @peer are refused there. */
void kith_proxy_fork_refused (KithProxyFork *fork, const KithEndpoint *peer);

/* TRUE while no final response was handed back. */
gboolean kith_proxy_fork_waits (const KithProxyFork *fork);
gboolean kith_proxy_fork_is_invite (const KithProxyFork *fork);
const KithProxyMark *kith_proxy_fork_mark (const KithProxyFork *fork);

/* How often something was sent again. */
guint kith_proxy_fork_repeats (KithProxyFork *fork);

/* Data of its owner's; @data: (transfer full): is freed with it by g_free(). */
void kith_proxy_fork_set_data (KithProxyFork *fork, gpointer data);
gpointer kith_proxy_fork_data (const KithProxyFork *fork);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithProxyFork, kith_proxy_fork_free)

G_END_DECLS
