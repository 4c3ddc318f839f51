/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inside of a node, shared by the files that start it, ask it for something and tell of it. */
#pragma once

#include "base/clock.h"
#include "identity/trust.h"
#include "identity/vault.h"
#include "net/known-hosts.h"
#include "node/accounts/account.h"
#include "node/call/call-list.h"
#include "node/directory/directory.h"
#include "node/edge-tie.h"
#include "node/links/inbox.h"
#include "node/links/link-pool.h"
#include "node/links/udp-tunnel.h"
#include "node/node.h"
#include "node/phones/house-calls.h"
#include "node/phones/phone-setup.h"
#include "node/phones/tls-keeper.h"
#include "node/phones/watchers.h"
#include "node/relay/friends.h"
#include "ports/edge.h"
#include "ports/link-maker.h"
#include "ports/media/media-maker.h"
#include "ports/nat/nat.h"
#include "ports/sip.h"
#include "ports/turn.h"
#include "store/met-keys.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Since the node was made. */
typedef struct {
  guint64 begun[2]; /* calls: incoming, outgoing */
  guint64 ended[KITH_N_REASONS];
} KithNodeCounts;

struct _KithNode {
  GObject parent_instance;
  KithClock *clock;
  KithConfig *config; /* borrowed */
  GPtrArray *plugins; /* of KithLoadedPlugin */
  KithStore *store;   /* its thread runs once there is an identity */
  KithMetKeys *met;
  KithVault *vault;
  KithTrust *trust;
  KithContacts *contacts;
  KithPhones *phones;          /* NULL: switched off */
  KithPhoneSetup *phone_setup; /* NULL: as phones */
  KithTrunks *trunks;
  KithDirectory *directory;
  KithTurn *turn; /* NULL: no TURN server is configured */
  KithNat *nat;   /* asks nobody with lan-only */
  KithUdpTunnel *tunnel;
  KithLinkMaker *maker;
  KithSip *sip;
  KithEdge *edge; /* NULL: [sip] is off */
  KithMediaMaker *media;
  KithLinkPool *links;
  KithInbox *inbox;
  KithFriends *friends;
  KithKnownHosts *known_hosts;
  KithEdgeTie *edge_tie;
  KithHouseCalls *house_calls; /* NULL without an edge */
  KithTlsKeeper *tls;          /* NULL: no SIP over TLS */
  KithAccount *account;
  KithCallContext context;
  KithCallList *calls;
  KithWatchers *watchers; /* NULL: there are no phones */
  GHashTable *proxied;    /* of KithProxiedCall: those that live; NULL as the one above */
  KithRegistrationState registration;
  KithEndpoint seen;   /* our address as others saw it last; family 0: not known */
  gboolean was_online; /* a locator was online before */
  /* keep a second daemon away from our state directory: a file in it, and itself; -1: none */
  int locks[2];
  GError *start_problem; /* why the node does not run although there is an identity, or NULL */
  guint stopping;        /* parts that still have to say that they stopped */
  GTask *stop_task;
  gint64 started_us; /* wall time */
  KithNodeCounts counts;
};

/* node-metrics.c: from now on calls are counted. */
void kith_node_count_calls (KithNode *node);

/* TRUE when @identity is a contact, or some name is pinned to it. */
gboolean kith_node_is_known (KithNode *node, const KithPeerKey *identity);

G_END_DECLS
