/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stands between the kernel and libopendht: filters what comes in and watches who answers and who
   holds our values. */
#pragma once

#include "datagram-filter.h"
#include "dht-frames.h"

/* libopendht's LAN discovery: multicast 239.192.0.1 and ff08::101 */
#define KITH_GUARD_DISCOVERY_PORT 8888

/* The guard defines recvfrom() and sendto() in the executable: libopendht's calls are bound to
   them. All functions: any thread. */

/* Sets the network and what is called (on a thread of the library, briefly) when a peer
   answers after none did, or a stranger asks while there is none. Before the DHT runs. */
void kith_guard_setup (uint32_t network, void (*on_peer) (void));

/* False when libopendht would not go through the guard: then the worker must not run. */
bool kith_guard_is_in_place (void);

/* Fills peers, passed, dropped, known and the STUN counts. Peers are sources that answered a
   request of ours within 60 s; none when the latest answer is more than 30 s old, or who answered
   before was asked more than 2.5 s ago and nobody has answered since. */
void kith_guard_get_status (KithFrameStatus *status);

/* Sources that answered a request of ours within 60 s, the latest first; none when nobody answers,
   as above. Returns how many. */
unsigned kith_guard_get_peers (KithEndpoint *peers, unsigned room);

/* The latest peers, if none of them answered for 4 s, or one was asked 0.6 s ago and nobody
   answered: they should be asked whether they live. Of both families, as far as there are. Returns
   how many (at most @room). */
unsigned kith_guard_get_quiet (KithEndpoint *peers, unsigned room);

/* This host's public addresses, and the port of the IPv6 socket: nodes that are spoken to over IPv4
   are told (other-family.h). */
void kith_guard_set_host (const KithEndpoint *addresses, unsigned n, uint16_t port6);

/* The IPv6 address that a node told which answered us over IPv4. False when there is none, or it
   was taken already. */
bool kith_guard_take_other (KithEndpoint *address);

/* Milliseconds since somebody was asked who answered within 60 s before, if nobody has answered
   since; 0 when nobody is waited for. */
int64_t kith_guard_get_silence (void);

/* While there are no peers: the source of the latest request that passed. It is worth a question:
   its answer makes us connected at once. False when there is none, or it was taken already. */
bool kith_guard_take_stranger (KithEndpoint *stranger);

/* Starts to count which other nodes send the value @id with exactly these bytes. At most 1,024;
   false when there is no room. */
bool kith_guard_expect (uint64_t id, const uint8_t *data, size_t len);

/* How many different sources sent it since it was expected or last counted anew. */
unsigned kith_guard_replicas (uint64_t id);
void kith_guard_count_anew (uint64_t id);
void kith_guard_forget (uint64_t id);

#ifdef KITH_DHT_UNFILTERED
/* Only in the program of the tests: lets everything through. */
void kith_guard_switch_off (void);
#endif
