/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every call needs of the node. */
#pragma once

#include "base/clock.h"
#include "identity/trust.h"
#include "node/config/config.h"
#include "node/directory/directory.h"
#include "node/links/link-pool.h"
#include "node/people/contacts.h"
#include "node/phones/phones.h"
#include "ports/media/bridge.h"
#include "ports/nat/nat.h"
#include "ports/sip.h"
#include "ports/turn.h"
#include "store/met-keys.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Lives as long as the node; everything in it is borrowed. */
typedef struct {
  KithClock *clock;
  const KithConfig *config;
  KithTrust *trust;
  KithContacts *contacts; /* NULL: there are none */
  KithDirectory *directory;
  KithLinkPool *links;
  KithSip *sip;
  KithMediaMaker *media;
  KithBridge *bridge; /* what joins two legs */
  KithPhones *phones; /* NULL: there are none */
  KithNat *nat;
  KithTurn *turn;   /* NULL: no TURN server is configured */
  KithStore *store; /* where ended calls are kept; NULL: nowhere … */
  KithMetKeys *met; /* … and who was met before: with a store only */
  /* NULL: none; the host of a contact who has an ordinary SIP phone */
  gboolean (*knows_host) (const char *host, gpointer user_data);
  gpointer knows_host_data;
  const char *name;    /* our own, normal form */
  gchar *sip_identity; /* "sip:alice@KEY.kith.alt" */
  KithPeerKey identity;
} KithCallContext;

G_END_DECLS
