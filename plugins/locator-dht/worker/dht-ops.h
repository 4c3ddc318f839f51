/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker's operations on libopendht: gets with deadlines, puts that are kept and read back,
   listens. */
#pragma once

#include <opendht/opendht_c.h>

#include "dht-frames.h"

/* All functions: main thread of the worker. Times are monotonic milliseconds. */

typedef void (*KithOpsSend) (const KithDhtFrame *frame);

/* @send hands a frame to the daemon. @check_s: how often kept values are read back from the
   network. */
void kith_ops_init (dht_runner *runner, KithOpsSend send, unsigned check_s);

/* Carries out GET, CANCEL_GET, PUT, CANCEL_PUT, LISTEN and UNLISTEN. What exceeds the tables ends
   at once with DONE and ok = 0. */
void kith_ops_take (const KithDhtFrame *frame, int64_t now_ms);

/* Handles the notes that libopendht's threads left. */
void kith_ops_handle_notes (int64_t now_ms, bool has_peers);

/* Deadlines and read-backs. Returns the milliseconds until it wants to be called again (at most
   1,000). */
int kith_ops_tick (int64_t now_ms, bool has_peers);

/* A first peer came, or came back: puts what is kept once more. */
void kith_ops_put_all_again (int64_t now_ms);

/* TRUE while a put is under way. */
bool kith_ops_is_putting (void);
