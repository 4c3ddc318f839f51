/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which public addresses this host has, for the worker that may not ask the kernel itself. */
#pragma once

#include <glib.h>

#include "worker/dht-frames.h"

G_BEGIN_DECLS

/* Fills @frame (HOST) with the public addresses of interfaces that are up, at most 8
   (KITH_FRAME_KNOWN_MAX), IPv4 first. */
void kith_dht_host_fill (KithDhtFrame *frame);

G_END_DECLS
