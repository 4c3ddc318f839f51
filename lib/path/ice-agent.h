/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One ICE agent (RFC 8445, aggressive nomination of RFC 5245) with one component for everything. */
#pragma once

#include "model/names/record.h"
#include "path/path-media.h"
#include "ports/turn.h"

G_BEGIN_DECLS

/* An agent whose credentials, ours and the peer's, both come from one seed. Main thread, but
   kith_ice_send(). Its sockets are read by the media thread (base/media-thread.h), or by the main
   loop where there is none. */
typedef struct _KithIce KithIce;

/* The one who opens controls (RFC 8445 section 6.1.1); the one who listens is controlled. */
typedef enum { KITH_ICE_CALLER, KITH_ICE_CALLEE } KithIceRole;

typedef struct {
  KithIceRole role;
  const guint8 *seed;    /* KITH_SEED_LEN bytes */
  const char *stun_host; /* an IP literal, or NULL */
  gboolean two_relays;   /* … and of the next best server */
  guint16 stun_port;
  guint dscp;       /* of all that its sockets send, 0: none */
  KithMailbox *box; /* of kith_path_box_new(): by it the media thread reaches the main loop */
  /* relayed candidates come from its server, also when that is known only later; or NULL */
  KithTurn *turn;
} KithIceConfig;

/* All come from the main loop, never from inside a call; the agent may be freed in all of them. */
typedef struct {
  void (*connected) (gpointer user_data); /* once: a pair works, datagrams can be sent */
  /* more candidates of ours are known, or none more will come */
  void (*gathered) (gpointer user_data);
  void (*moved) (gpointer user_data);  /* another pair was selected */
  void (*failed) (gpointer user_data); /* after connected: no pair is left */
  void (*heard) (gpointer user_data);  /* media came that proved to be the peer's; or NULL */
  /* all but media, which goes where kith_ice_set_media() says */
  void (*datagram) (const guint8 *data, gsize len, gpointer user_data);
} KithIceEvents;

/**
 * kith_ice_new:
 * Binds a UDP socket to each of this host's addresses and waits for checks (RFC 8445); without
 * remote candidates a checking peer is found by its peer-reflexive candidate.
 *
 * Returns: (transfer full): NULL and KITH_ERROR_FAILED when no socket can be had. @events is kept,
 * not copied.
 */
KithIce *kith_ice_new (const KithIceConfig *config,
                       const KithIceEvents *events,
                       gpointer user_data,
                       GError **error);

/* Credentials of another seed, in the same role, before there is a remote candidate. */
void kith_ice_set_seed (KithIce *ice, KithIceRole role, const guint8 seed[KITH_SEED_LEN]);

/* No event follows. The sockets are closed by the media thread, soon. */
void kith_ice_free (KithIce *ice);

/* Our candidates so far, best first. Returns their number. */
guint kith_ice_get_candidates (KithIce *ice, KithCandidate candidates[KITH_MAX_CANDIDATES]);

/* Starts checks at the peer's candidates; those to which nothing may be sent
   (kith_endpoint_is_sendable) are left out, but loopback is allowed while our own addresses are all
   loopback. At most KITH_MAX_CANDIDATES over the agent's life, three of them with the same IP
   address. */
void kith_ice_add_remote (KithIce *ice, const KithCandidate *candidates, guint n);

/* The peer's candidates that are checked, in the order in which they came. Returns their number. */
guint kith_ice_get_remote (KithIce *ice, KithCandidate candidates[KITH_MAX_CANDIDATES]);

/* Packets of media go there from now on, on the media thread; before, they are dropped. Once. */
void kith_ice_set_media (KithIce *ice, KithPathMedia *media);

/* FALSE when no pair is selected yet or the socket's buffer is full. Any thread. */
gboolean kith_ice_send (KithIce *ice, const guint8 *data, gsize len);

/* The selected pair. FALSE while there is none. */
gboolean kith_ice_get_pair (KithIce *ice, KithCandidate *local, KithCandidate *remote);

/* The address of this host from which the selected pair sends. FALSE while there is no pair, and
   for a relayed one. */
gboolean kith_ice_get_base (KithIce *ice, KithEndpoint *base);

/* The seed is public: whoever knows it can make us check at any address, by sending from there or
   pretending to. When checks came from more than eight ports of one IP address, or 24 addresses in
   all, within ten seconds, nothing new is let in for ten seconds. */
void kith_ice_beware (KithIce *ice);

/* From now on the credentials of the seed open nothing any more: a slot's are public, and whoever
   knows them could check with a high priority and so pull the selected pair to itself. To be called
   when the one who was meant is authenticated; pairs that work by then go on. */
void kith_ice_seal (KithIce *ice);

/* The credential named @label ("caller ufrag" …) that comes out of @seed: the first @len digits of
   HMAC-SHA-256. (transfer full) */
gchar *kith_ice_derive (const guint8 seed[KITH_SEED_LEN], const char *label, gsize len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (KithIce, kith_ice_free)

G_END_DECLS
