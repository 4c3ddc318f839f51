/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hosts that a probe of the NAT asks, what they answered, and whom that makes worth asking
   more. */
#pragma once

#include "model/net/stun.h"
#include "nat/nat-classify.h"

G_BEGIN_DECLS

#define KITH_MAX_PROBE_SERVERS 4
#define KITH_MAX_PROBE_NODES 16
#define KITH_MAX_TARGETS (KITH_MAX_PROBE_SERVERS + KITH_MAX_PROBE_NODES)

typedef struct {
  KithEndpoint address;
  gboolean is_server; /* configured: believed whatever its address */
  gboolean answered;
  KithEndpoint mapped; /* how it saw us */
  KithEndpoint other;  /* from where it can answer as well; family 0: from nowhere */
  guint rtt_ms;
} KithNatTarget;

/* Of one run. All functions are pure. */
typedef struct {
  KithNatTarget all[KITH_MAX_TARGETS];
  guint n;
  KithNatAnswer extra; /* of a target's other port */
  gboolean has_extra;
} KithNatTargets;

/* TRUE when @address may be asked and is none of them: it is written behind them; raise n to keep
   it. */
gboolean kith_nat_targets_offer (KithNatTargets *targets,
                                 const KithEndpoint *address,
                                 gboolean is_server,
                                 guint family);

/* TRUE when @address is none of them. */
gboolean kith_nat_targets_is_new (const KithNatTargets *targets, const KithEndpoint *address);

/* Keeps what @answer says when it came from @target, is its first one and makes sense. FALSE: it is
   to be ignored. */
gboolean kith_nat_target_take (KithNatTarget *target,
                               const KithStun *answer,
                               const KithEndpoint *from,
                               guint rtt_ms);

/* 0: it has no second address, 1: a second port, 2: a second host. */
guint kith_nat_target_worth (const KithNatTarget *target);

/* All answers; returns their number. */
guint kith_nat_targets_get_answers (const KithNatTargets *targets,
                                    KithNatAnswer answers[KITH_MAX_TARGETS + 1]);

/* Different hosts, of all or of those that answered. */
guint kith_nat_targets_count_hosts (const KithNatTargets *targets, gboolean answered);

/* The STUN server for others to use: a configured one first, then the quickest; @before (NULL:
   none) when it is as good. A node whose answer contradicts @reflexive (NULL: not known), what most
   say, is not taken: it could name any address as ours, to which peers would then send. NULL when
   there is none. (transfer none) */
const KithNatTarget *kith_nat_targets_choose_server (const KithNatTargets *targets,
                                                     const KithEndpoint *reflexive,
                                                     const KithEndpoint *before);

/* @best: whom a second socket asks, @stranger: another host, that it does not ask; NULL when there
   is none. (transfer none) */
void kith_nat_targets_choose_pair (const KithNatTargets *targets,
                                   const KithNatTarget **best,
                                   const KithNatTarget **stranger);

G_END_DECLS
