/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses the delay of the jitter buffer from when packets came and when they were sent, pure. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define KITH_JITTER_MIN_MS 10     /* where no packet is late */
#define KITH_JITTER_CAREFUL_MS 20 /* where a packet may be, now and then */
#define KITH_JITTER_MAX_MS 300    /* a network of 250 ± 100 ms wants some 200 */
#define KITH_JITTER_MEMORY 512    /* packets */
#define KITH_JITTER_MEMORY_S 10   /* what is older is forgotten */

/* How long packets were under way lately. The sender's clock is not ours, so only differences of
   @way_us mean anything. */
typedef struct {
  guint start_us; /* the target until enough is known */
  guint target_us;
  gint64 base_us; /* the shortest way of those remembered */
  guint n, next, fresh;
  gboolean learnt;
  gboolean settling; /* what waited in a queue comes first */
  struct {
    gint64 arrival_us, way_us;
  } seen[KITH_JITTER_MEMORY];
} KithJitterControl;

/* Begins at @start_ms, brought into 10 to 300. */
void kith_jitter_control_init (KithJitterControl *control, guint start_ms);

/* Forgets the packets, not the target: another stream begins, or the network was away. Packets that
   come then may have been waiting in a
   queue: as long as each was under way shorter than the one before, only the last of them
   counts. */
void kith_jitter_control_restart (KithJitterControl *control);

/**
 * kith_jitter_control_add:
 * @sent_us: the packet's RTP timestamp as time, without wrap
 * @arrival_us: on our monotonic clock
 * One packet came. The target is so long that 98.5 % of the packets of the last 10 s, and 90 % of
 * those of the last two, were in time: a single late packet moves it no further than to
 * KITH_JITTER_CAREFUL_MS, jitter that lasts raises it within a few packets, and ten seconds after
 * it ended it is low again. When all of the last half second were under way much longer than
 * before, or shorter than any before (another path), the time before is forgotten.
 */
void kith_jitter_control_add (KithJitterControl *control, gint64 sent_us, gint64 arrival_us);

G_END_DECLS
