/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of this host's addresses a link offers, and the notice that they changed. */
#pragma once

#include "model/net/endpoint.h"

G_BEGIN_DECLS

#define KITH_MAX_LOCAL 8 /* leaves room for what a STUN server adds */

/**
 * kith_local_addresses:
 * @addresses: (out caller-allocates): those with port 0; IPv4 first
 *
 * Addresses of interfaces that are up, without link-local ones and without those of container
 * bridges (docker*, br-*, virbr*, veth*, lxc*, cni*, podman*). When nothing is left, container
 * addresses count; when there are none either, 127.0.0.1 does (a host alone with itself).
 *
 * Returns: their number.
 */
guint kith_local_addresses (KithEndpoint addresses[KITH_MAX_LOCAL]);

typedef struct _KithAddressWatch KithAddressWatch;

/* Calls @func 300 ms after the kernel reported the last of a burst of address changes. NULL when
   the kernel's notices cannot be
   had: then nothing is ever called. (transfer full) */
KithAddressWatch *kith_address_watch_new (void (*func) (gpointer user_data), gpointer user_data);
void kith_address_watch_free (KithAddressWatch *watch);

G_END_DECLS
