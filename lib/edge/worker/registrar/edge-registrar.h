/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registrar (RFC 3261 section 10.3): answers REGISTER, and knows where the phones are. */
#pragma once

#include "base/clock.h"
#include "edge/edge-frames.h"
#include "edge/worker/registrar/phone-table.h"

G_BEGIN_DECLS

/* One thread, that of the edge. */
typedef struct _KithEdgeRegistrar KithEdgeRegistrar;

typedef struct {
  /* A frame for kithd: BOUND, UNBOUND, PHONE_STATE or REACHED. */
  void (*tell) (const KithEdgeFrame *frame, gpointer user_data);
  /* An OPTIONS to @binding (registrar/phone-options.h), or the same once more. */
  void (*ask) (const KithBinding *binding, gpointer user_data);
  /* Two line ends to it. */
  void (*ping) (const KithBinding *binding, gpointer user_data);
} KithRegistrarFuncs;

/* @key: of KITH_EDGE_KEY bytes. No phone is known, and nothing is answered. (transfer full) */
KithEdgeRegistrar *kith_edge_registrar_new (KithClock *clock,
                                            const guint8 *key,
                                            const KithRegistrarFuncs *funcs,
                                            gpointer user_data);
void kith_edge_registrar_free (KithEdgeRegistrar *registrar);

/* PHONE, PHONE_GONE, BIND, UNBIND or OPEN of kithd; others are passed over. */
void kith_edge_registrar_order (KithEdgeRegistrar *registrar, const KithEdgeFrame *frame);

/* FALSE: kithd has not told all phones and bindings yet, or has none to tell. */
gboolean kith_edge_registrar_is_open (KithEdgeRegistrar *registrar);

/* FALSE: there is nobody who could register, or not yet. */
gboolean kith_edge_registrar_has_phones (KithEdgeRegistrar *registrar);

/* Where a REGISTER came from. @flow: number of its connection, 0: UDP. @source_key: the source in
   tables of guessers. */
typedef struct {
  KithSipTransport transport;
  KithEndpoint source;
  guint64 flow;
  guint64 source_key;
} KithRegisterFrom;

/* What is to be answered, by kith_sip_reply(). */
typedef struct {
  guint status; /* 0: nothing at all */
  const char *phrase;
  GString *lines; /* whole header lines; emptied first */
} KithRegisterReply;

/* A REGISTER came. Fills @reply, whose lines the caller owns. */
void kith_edge_registrar_take (KithEdgeRegistrar *registrar,
                               const KithSipLines *request,
                               const KithRegisterFrom *from,
                               KithRegisterReply *reply);

typedef enum {
  KITH_EDGE_WHO_OTHER, /* no phone of the house */
  KITH_EDGE_WHO_PHONE,
  KITH_EDGE_WHO_ASKED, /* it has to prove it, or failed to: the reply is filled */
} KithEdgeWho;

/**
 * kith_edge_registrar_who:
 * @phone: (out): its name, until the next call; only for PHONE
 * Who sent a request that begins something: a phone is known by From and by where it registered,
 * and proves it by its connection, by a password of the last 300 s from just there, or by one in
 * the request (407 asks for it). Whoever calls himself so elsewhere is anybody.
 */
KithEdgeWho kith_edge_registrar_who (KithEdgeRegistrar *registrar,
                                     const KithSipLines *request,
                                     const KithRegisterFrom *from,
                                     const char **phone,
                                     KithRegisterReply *reply);

/* The binding @id answered what it was asked with @mark (KithBinding.asked). */
void kith_edge_registrar_hear (KithEdgeRegistrar *registrar, guint32 id, guint32 mark);

/* The phone that a request says it is from, when it registered from that host: for what cannot be
   asked for a password. NULL: none. (transfer none), until the next call. */
const KithTabled *kith_edge_registrar_at_home (KithEdgeRegistrar *registrar,
                                               const KithSipLines *request,
                                               const KithRegisterFrom *from);

/* The connection @flow is gone: what registered by it is not to be reached any more. */
void kith_edge_registrar_lost (KithEdgeRegistrar *registrar, guint64 flow);

/* The phone of that name and where it is, without what is past its time; NULL: none. (transfer
   none), until the next call. */
const KithTabled *kith_edge_registrar_find (KithEdgeRegistrar *registrar, KithSipPiece user);

/* The phone that somebody dials so, by its name or number; as above. */
const KithTabled *kith_edge_registrar_dial (KithEdgeRegistrar *registrar, KithSipPiece user);

/* The binding with that id; NULL: it is no more. (transfer none), until the next call. */
const KithBinding *kith_edge_registrar_binding (KithEdgeRegistrar *registrar, guint32 id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithEdgeRegistrar, kith_edge_registrar_free)

G_END_DECLS
