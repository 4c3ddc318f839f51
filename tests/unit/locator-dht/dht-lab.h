/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real DHT worker in a test: started, spoken to in frames, and ended. */
#pragma once

#include <glib.h>

#include "dht-frames.h"

G_BEGIN_DECLS

typedef struct {
  GPid pid;
  int fd;       /* our end of the control socket */
  guint16 port; /* IPv4, bound by the kernel above 32767 */
  guint8 in[65536];
  gsize in_len;
  gboolean closed; /* the worker closed its end */
} LabWorker;

/* Starts kith-dht, or the unfiltered build with @argument, on 127.0.0.1 in @network, and waits
   until it is ready. */
LabWorker *lab_worker_start (guint32 network, const char *argument);

/* Starts the process only: no START is sent. */
LabWorker *lab_worker_spawn (const char *argument);

void lab_worker_send (LabWorker *worker, const KithDhtFrame *frame);

/* The next frame within @ms. FALSE: none came, or the worker closed its end. */
gboolean lab_worker_read (LabWorker *worker, KithDhtFrame *frame, guint ms);

/* Skips frames until one of @type (and @id, unless 0) comes. */
gboolean
lab_worker_wait (LabWorker *worker, KithFrameType type, guint32 id, KithDhtFrame *frame, guint ms);

/* Asks for the status. */
void lab_worker_status (LabWorker *worker, KithFrameStatus *status);

void lab_worker_bootstrap (LabWorker *worker, const LabWorker *other);
void lab_worker_put (LabWorker *worker,
                     guint32 id,
                     const guint8 *location,
                     const guint8 *value,
                     gsize len,
                     gboolean keep);
void lab_worker_ask (LabWorker *worker, KithFrameType type, guint32 id, const guint8 *location);

/* Waits until it has a peer. */
void lab_worker_join (LabWorker *worker);

/* Waits @ms for its end. TRUE and the wait status when it ended. */
gboolean lab_worker_ended (LabWorker *worker, guint ms, int *wait_status);

/* Kills what still runs. */
void lab_worker_free (LabWorker *worker);

/* Sends one datagram to 127.0.0.1:@port from a socket of its own. */
void lab_send (guint16 port, const void *data, gsize len);

/* A file of the test data. (transfer full) */
GBytes *lab_data (const char *name);

G_END_DECLS
