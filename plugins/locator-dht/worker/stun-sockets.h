/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets on which STUN questions come and go: the DHT's own, and a second one on another
   port. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "dht-frames.h"

/* Opens the second sockets, IPv4 and IPv6, on any port; @port4 and @port6 are the DHT's, 0 for
   none. What cannot be had is done without. */
void kith_stun_open (uint16_t port4, uint16_t port6);

/* The descriptor of the second socket of @family (4, 6) for poll(), -1 none; and what has to be
   done when it is readable. */
int kith_stun_get_fd (unsigned family);
void kith_stun_serve (int fd);

/* This host's public addresses, ports do not count: with two of a family, answers can come from
   another address. Any thread. */
void kith_stun_set_addresses (const KithEndpoint *addresses, unsigned n);

/* Receives as recvfrom() does from a UDP socket, and learns to which address of ours it came
   (family 0: unknown, the port is not set). */
ssize_t kith_stun_receive (int fd,
                           void *data,
                           size_t room,
                           int flags,
                           struct sockaddr_storage *from,
                           KithEndpoint *local);

/* Answers @data, which came on the DHT's socket @fd, if it is a STUN binding request. False when it
   is none: it is for the DHT. Any thread. */
bool kith_stun_take (int fd,
                     const uint8_t *data,
                     size_t len,
                     const struct sockaddr_storage *from,
                     const KithEndpoint *local);

/* Fills stun_answered and stun_refused. Any thread. */
void kith_stun_count (KithFrameStatus *status);
