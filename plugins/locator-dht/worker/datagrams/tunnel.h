/* SPDX-License-Identifier: GPL-3.0-or-later */
/* While UDP is blocked: datagrams of the DHT go to a port of kithd on loopback, which sends them
   from elsewhere. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "dht-frames.h"

/* The header of each datagram on loopback: token, family u8 (4), address 4, port u16. */
#define KITH_TUNNEL_HEADER_LEN (KITH_FRAME_TOKEN_LEN + 7)

/* What a datagram that came in is. */
typedef enum {
  KITH_TUNNEL_NOT,  /* not of the tunnel */
  KITH_TUNNEL_FROM, /* out of the tunnel: header cut off, *from is the peer */
  KITH_TUNNEL_BAD   /* from the tunnel's port, but without token or header: drop it */
} KithTunnelKind;

/* From now on through @port on 127.0.0.1 with @token; 0: no more. Any thread, as all functions
   here. */
void kith_tunnel_set (uint16_t port, const uint8_t token[KITH_FRAME_TOKEN_LEN]);

/* TRUE when what is for @to goes through the tunnel: it is on, and @to is an IPv4 address that is
   not of a local network. */
bool kith_tunnel_takes (const struct sockaddr *to);

/* Sends @len bytes for @to through it from @fd. As sendto(). */
ssize_t
kith_tunnel_send (int fd, const void *data, size_t len, int flags, const struct sockaddr_in *to);

/* TRUE now and then (10 s): the same request should go without the tunnel too, to see whether UDP
   works again. */
bool kith_tunnel_should_try (int64_t now_ms);

/* Looks at a datagram of *@len bytes that came from *@from. */
KithTunnelKind kith_tunnel_unwrap (uint8_t *data, size_t *len, struct sockaddr_storage *from);

/* A peer answered without the tunnel; @from: who. Counts only while the tunnel is on, and no local
   address. */
void kith_tunnel_note_direct (const struct sockaddr *from);

/* TRUE once after a peer answered without the tunnel. */
bool kith_tunnel_take_direct (void);
