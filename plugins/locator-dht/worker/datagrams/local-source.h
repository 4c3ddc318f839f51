/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of this host's addresses a node of the DHT knows us by, so that what it gets comes from
   there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "dht-frames.h"

#define KITH_LOCAL_SOURCE_LEN 18        /* IPv4 as mapped IPv6, then the port in network order */
#define KITH_LOCAL_LIFE_MS (120 * 1000) /* then the kernel chooses again */

/* A host has several addresses: IPv4 and IPv6 of several interfaces, and with IPv6 mostly two of
   one interface. The kernel answers from the one that it likes best, not from the one that was
   asked, and a firewall or NAT before the one who asks lets only that in. A table of 512 places,
   each for the last of those who fall on it: who lost its place is answered as the kernel likes.
   Not thread-safe: the caller has a lock. */

/* Something came from @source to our address @local at @now_ms. Addresses that are none of one host
   (multicast, link-local) are passed over. */
void kith_local_note (const uint8_t source[KITH_LOCAL_SOURCE_LEN],
                      const KithEndpoint *local,
                      int64_t now_ms);

/* TRUE and @local when something came from @source lately. */
bool
kith_local_find (const uint8_t source[KITH_LOCAL_SOURCE_LEN], int64_t now_ms, KithEndpoint *local);

/* Nothing is known of @source any more: our address is gone. */
void kith_local_forget (const uint8_t source[KITH_LOCAL_SOURCE_LEN]);

/* sendto() with the source address @local. Returns as sendto() does. Any thread. */
ssize_t kith_local_send (int fd,
                         const void *data,
                         size_t len,
                         int flags,
                         const struct sockaddr *to,
                         socklen_t to_len,
                         const KithEndpoint *local);
