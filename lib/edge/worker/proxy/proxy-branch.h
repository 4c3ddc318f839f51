/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One branch of a forwarded request: a client transaction (RFC 3261 section 17.1, RFC 6026) and the
   CANCEL that may follow it. */
#pragma once

#include "base/clock.h"
#include "edge/worker/way.h"
#include "model/sip/sip-lines.h"
#include "model/sip/transaction.h"

G_BEGIN_DECLS

typedef struct _KithProxyBranch KithProxyBranch;

/* How it ended by itself. */
typedef enum {
  KITH_PROXY_BRANCH_DONE,   /* long after its final response: nothing is repeated any more */
  KITH_PROXY_BRANCH_SILENT, /* nobody answered in time */
  KITH_PROXY_BRANCH_BROKEN, /* it could not be sent */
} KithProxyBranchEnd;

typedef struct {
  /* Sends to the network. Returns an errno; gives @way the number of its connection. */
  int (*send) (gpointer data, KithWay *way, const char *text, gsize len);
  /* It ended; it may be freed from here. */
  void (*over) (gpointer data, KithProxyBranch *branch, KithProxyBranchEnd end);
  gpointer data;
} KithProxyBranchFuncs;

/* @text: (transfer full): the request as the network sees it. @funcs: outlives it. Nothing is sent
   yet. */
KithProxyBranch *kith_proxy_branch_new (KithClock *clock,
                                        const KithProxyBranchFuncs *funcs,
                                        gboolean invite,
                                        const KithWay *way,
                                        GString *text);
void kith_proxy_branch_free (KithProxyBranch *branch);

/* Sends it; when that fails it is over within this call. */
void kith_proxy_branch_start (KithProxyBranch *branch);

/* Somebody does not want it any more: an INVITE gets a CANCEL, at once or with its first response.
   @lines: (nullable): of that CANCEL. */
void kith_proxy_branch_cancel (KithProxyBranch *branch, const char *lines);

/* A response to its request came. TRUE: it is to be judged; repetitions are absorbed. */
gboolean kith_proxy_branch_take (KithProxyBranch *branch, const KithSipLines *response);

/* Its CANCEL was answered. */
void kith_proxy_branch_cancelled (KithProxyBranch *branch);

/* Its connection is gone (@stream), or datagrams there are refused (@peer). */
void kith_proxy_branch_lost (KithProxyBranch *branch, guint32 stream);
void kith_proxy_branch_refused (KithProxyBranch *branch, const KithEndpoint *peer);

/* TRUE while a final response may come that is to be judged. */
gboolean kith_proxy_branch_waits (const KithProxyBranch *branch);

/* TRUE while repetitions of what came are to be answered. */
gboolean kith_proxy_branch_lives (const KithProxyBranch *branch);

/* How often something was sent again. */
guint kith_proxy_branch_repeats (const KithProxyBranch *branch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithProxyBranch, kith_proxy_branch_free)

G_END_DECLS
