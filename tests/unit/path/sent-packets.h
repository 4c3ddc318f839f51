/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes down what a test would send by UDP in place of sending it, on addresses of its choice,
   with a clock that runs while the main loop is idle. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define SENT_MAX 4096

/* One datagram that was to leave. */
typedef struct {
  gint64 at_us; /* monotonic, of the time that the test lets go */
  KithEndpoint to;
} SentPacket;

extern SentPacket sent_packets[SENT_MAX];
extern guint n_sent_packets;

/* From now on: this host has those of @addresses (numeric, NULL-terminated; none: it has no
   network), nothing leaves, and a pause of the main loop takes no time. To be called first in
   main(), for the whole process. */
void sent_packets_begin (void);
void sent_packets_set_addresses (const char *const *addresses);

/* Forgets what was sent so far. */
void sent_packets_forget (void);

/* Lets so much time go by for the main loop. */
void sent_packets_pass (guint ms);

/* How many went to @to; all of them with NULL. */
guint sent_packets_count (const KithEndpoint *to);

/* To how many different addresses and ports something went. */
guint sent_packets_count_places (void);

/* When the first and the last went (µs). 0 when none did. */
gint64 sent_packets_first (void);
gint64 sent_packets_last (void);

G_END_DECLS
