/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mends of the stock sofia-sip library: definitions in our program that the library calls in place
   of others. */
#pragma once

#include "sip/sofia/sofia.h"

G_BEGIN_DECLS

/**
 * kith_patches_install:
 * Gives sofia-sip a monotonic clock and marks the calling thread as the SIP thread, on which
 * getaddrinfo() reads numbers only. The other mends work by being linked: msg_serialize() drops
 * surplus single-instance headers (the library would abort), tport_magic() never returns a Via that
 * was freed when a transport was added, msg_next() keeps the limit of size for every message of a
 * stream, sip_method_d() reads methods that begin like known ones,
 * nua_client_next_request() starts what waits behind a request of another kind,
 * sip_response_terminates_dialog() lets a call live through a refusal,
 * setsockopt() forgives TCP_NODELAY on AF_UNIX. Idempotent; main thread.
 */
void kith_patches_install (void);

/**
 * kith_patches_orient:
 * @tport: of tport_alloc_secondary(), accepted
 * Tells the library that @tport is a connection, which only its own accept() does: else a message
 * that does not fit into the socket's buffer is dropped in place of queued. The bit is the one
 * after the "accepted" bit, which must be set.
 */
void kith_patches_orient (tport_t *tport);

/* Notes the next epoll_create() of this thread, and takes what was noted: the descriptor (not
   owned), or -1. */
void kith_patches_watch_epoll (void);
int kith_patches_take_epoll (void);

/* Lets the next listen() of this thread succeed without listening, and takes the descriptor (not
   owned), or -1. */
void kith_patches_mute_listen (void);
int kith_patches_take_listen (void);

G_END_DECLS
