/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The worker's own end of the frames: what waits to be sent and what came, without waiting for
   kithd. */
#pragma once

#include "base/wire.h"

#define KITH_WORKER_CONTROL_FD 3
#define KITH_WORKER_OUT_MAX ((size_t)512 << 10) /* bytes that wait for kithd */

/* The first thing that a worker does. Descriptor 3 must be a stream socket; it and the following
   ones, @n_fds in all, are kept over no exec, all above are closed. SIGPIPE is ignored. Returns
   NULL, or what is wrong (static string). */
const char *kith_worker_end_open (unsigned n_fds);

/* A whole frame is to be sent. False: then more than @most bytes (up to KITH_WORKER_OUT_MAX) would
   wait, and it is not taken. */
bool kith_worker_end_send (const uint8_t *frame, size_t len, size_t most);

/* Sends what can be sent now. Ends the process when kithd is gone. Returns whether more waits: then
   look for POLLOUT. */
bool kith_worker_end_flush (void);

/* There is something to read, or the socket was closed: then the process ends. Hands all whole
   frames, of at most @most bytes (up to 32 KiB), to @take. False: what came is no frame, or @take
   said so. */
bool kith_worker_end_read (size_t most, bool (*take) (KithWireReader body));
