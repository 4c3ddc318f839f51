/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What links are made with: who we are, whom to ask, and how long things may take. */
#pragma once

#include "ports/link-maker.h"
#include "ports/nat/nat.h"
#include "ports/turn.h"

G_BEGIN_DECLS

/* How the link maker learns who we are; functions so that lib/link needs no lib/identity. */
typedef struct {
  const guint8 *device_secret; /* 64 bytes, libsodium's form; read during new() only */
  /* encoded KithDeviceCert, valid now (transfer full) */
  GBytes *(*get_device_cert) (gpointer user_data);
  /* Decodes, and verifies signature and validity of a peer's certificate. */
  gboolean (*verify_device_cert) (const guint8 *data,
                                  gsize len,
                                  KithDeviceCert *cert,
                                  gpointer user_data);
  /* TRUE for a contact, or whose key is pinned: its offers have places that no stranger can take.
     NULL: nobody is known. */
  gboolean (*is_known) (const KithPeerKey *identity, gpointer user_data);
  gpointer user_data;
  /* started and stopped by the link maker (a reference is taken); NULL: nobody outside is asked */
  KithNat *nat;
  /* TURN servers, checked and stopped by the link maker (a reference is taken); or NULL */
  KithTurn *turn;
  guint dscp; /* of the packets of links, which carry voice (RFC 2474); 0: none */
} KithLinkConfig;

/* Milliseconds. */
typedef struct {
  guint open;    /* kith_link_maker_open_async() gives up */
  guint pending; /* an incoming link that has a path must be authenticated */
  guint quiet;   /* held and nothing heard, not even media: the peer is asked for a sign of life */
  guint keep_held;   /* keep-alive while held */
  guint keep_idle;   /* keep-alive otherwise */
  guint suspect;     /* nothing heard although something is outstanding: "suspect" */
  guint dead;        /* … and "closed" (KITH_REASON_NETWORK_LOST) */
  guint idle;        /* neither held nor used: closed */
  guint dead_held;   /* as dead, while held */
  guint quiet_media; /* as quiet, when media came until then */
  /* how long a sign of life that was asked for may take, if not three round trips: then a new path
     is looked for */
  guint answer;
  guint prepared; /* how long what kith_link_maker_prepare() made is kept */
} KithLinkTimes;

#define KITH_LINK_TIMES_DEFAULT                                                                    \
  ((KithLinkTimes){ 3500, 5000, 1000, 5000, 15000, 3000, 10000, 60000, 30000, 500, 400, 10000 })

G_END_DECLS
